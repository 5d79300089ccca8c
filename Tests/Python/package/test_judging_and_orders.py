"""Judgements, orders and curves against SciPy, statsmodels and masked runs."""

import numpy as np
import pandas
import pytest

import libablate

stats = pytest.importorskip("scipy.stats")


@pytest.fixture(scope="module")
def sweep(digits):
    return libablate.sweep(digits.model, digits.x, digits.y, replacement="dead", progress=False)


@pytest.fixture
def judged(sweep):
    return libablate.judge(sweep)


def test_flips():
    found = libablate.flip_test(13, 4, 900)
    assert found.p_value == pytest.approx(stats.binomtest(4, 17).pvalue, rel=1e-12)
    assert found.p_value_of_loss == pytest.approx(stats.binomtest(13, 17, alternative="greater").pvalue, rel=1e-12)
    assert found.effect == pytest.approx(-9 / 900) and found.lower < found.effect < found.upper
    with pytest.raises(libablate.InvalidArgumentError):
        libablate.flip_test(5, 5, 9)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("holm", "holm"), ("benjamini_hochberg", "fdr_bh"), ("benjamini_yekutieli", "fdr_by")]
)
def test_adjusted_p_values(ours, theirs):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(2).random(40) ** 3
    np.testing.assert_allclose(libablate.adjust_p_values(p, ours), multitest.multipletests(p, method=theirs)[1])
    with pytest.raises(ValueError, match="bonferroni"):
        libablate.adjust_p_values(p, "bonferroni")


def test_judgements(digits, sweep, judged):
    lost, gained = sweep["lost"], sweep["gained"]
    p = [stats.binomtest(int(a), int(a + b)).pvalue if a + b else 1 for a, b in zip(lost, gained)]
    np.testing.assert_allclose(judged["p_value"], p, rtol=1e-9)
    np.testing.assert_array_equal(judged["adjusted_p_value"], libablate.adjust_p_values(judged["p_value"]))
    assert [j.result for j in judged] == list(sweep)
    strongest = judged[int(np.argmin(sweep["effect"]))]
    falls = np.diag(sweep.confusion()) - np.diag(sweep.confusion(strongest.index))
    rows = sweep.confusion().sum(axis=1)
    assert strongest.affected_class == np.argmax(falls / rows)
    assert strongest.affected_rows == falls[strongest.affected_class]
    assert strongest.verdict in ("essential", "useful")
    frame = judged.to_pandas()
    assert list(frame.columns)[:6] == ["layer", "unit", "lost", "gained", "index", "verdict"] and len(frame) == 36
    assert judged.to_dict()["judgements"][0]["lost"] == lost[0]
    for name in ("affected_class", "favoured_class"):
        labels = [getattr(judgement, name) for judgement in judged]
        assert frame[name].dtype == "Int64" and None in labels
        assert [None if is_none else label for label, is_none in zip(frame[name], frame[name].isna())] == labels
    assert frame["affected_rows"].dtype == frame["layer"].dtype == "int64"
    assert repr(judged).startswith("Judgements of 36 results: ")


def test_a_judgement_by_its_unit_and_verdicts_counted(digits, sweep, judged):
    assert judged[1, 3] == judged[-2, 3] == judged[24 + 3] and judged[1, 3].result == sweep[1, 3]
    assert judged.index((0, 3)) == 3 == judged.index(judged[3]) and judged.index((1, -1)) == 35
    verdicts = judged["verdict"].tolist()
    assert judged.count("essential") == verdicts.count("essential") > 0 and judged.count(judged[5]) == 1
    assert f" {judged.count('essential')} essential" in repr(judged)
    with pytest.raises(KeyError, match="there is no column 'verdicts'; there are .*verdict, p_value"):
        judged["verdicts"]
    with pytest.raises(ValueError, match="the verdict is 'esential'; there are .*essential"):
        judged.count("esential")
    with pytest.raises(ValueError, match="'essential' is none of these judgements"):
        judged.index("essential")
    with pytest.raises(IndexError, match="there is no unit 24 of layer 0"):
        judged[0, 24]
    with pytest.raises(KeyError, match=r"a sweep of units is named by \[layer, unit\], not by \(0, 1, 2\)"):
        judged[0, 1, 2]
    half = libablate.sweep(digits.model, digits.x[::2], digits.y[::2], progress=False)
    chosen = libablate.judge_selected(half, sweep, choice="lowest_effect")
    unit = (chosen[0].result.layer, chosen[0].result.unit)
    assert chosen[unit] == chosen[0]
    with pytest.raises(KeyError, match="no item of this sweep of units is layer 0, unit"):
        chosen[0, 0 if unit != (0, 0) else 1]
    pairs = libablate.pairs(digits.model, digits.x, digits.y, layers=[0, 1], progress=False)
    tested = libablate.judge(pairs)
    assert tested[(1, 2), (0, 3)] == tested[(0, 3), (1, 2)] and tested[0, 3].result == pairs[0, 3]
    for found in (pairs, tested):
        with pytest.raises(KeyError, match=r"here \[\(1, 2\), \(0, 3\)\], or a single unit by \[layer, unit\]"):
            found[1, 2, 0, 3]


def test_columns_have_the_names_of_the_data_frame(digits, judged):
    few = digits.x[:40], digits.y[:40]
    for found in (
        judged,
        libablate.judge(libablate.pairs(digits.model, *few, layers=1, progress=False)),
        libablate.judge(libablate.synapses(digits.model, *few, layers=2, progress=False)),
        libablate.judge(libablate.inputs(digits.model, *few, progress=False)),
        libablate.judge(libablate.cumulative(digits.model, *few, order=[(1, 4), (1, 2)], progress=False)),
    ):
        frame = found.to_pandas()
        for name in frame.columns:
            expected = frame[name].fillna(-1) if name.startswith("second_") else frame[name]
            missing = expected.isna().to_numpy()
            np.testing.assert_array_equal(found[name][~missing], expected.to_numpy()[~missing], err_msg=name)
        assert (found["lost"] - found["gained"]).dtype == np.int64
    with pytest.raises(KeyError, match="no column 'loss'; there are layer, unit, lost, gained, result, index, verdict"):
        judged["loss"]


def test_classes_are_named(digits):
    names = np.array(list("abcdefghij"))
    weights = [(layer.weights, layer.bias, layer.activation) for layer in digits.model.layers]
    model = libablate.from_weights(weights, classes=names)
    found = libablate.judge(libablate.sweep(model, digits.x, names[digits.y], progress=False))
    assert all(judgement.affected_class is None or judgement.affected_class in names for judgement in found)
    assert any(judgement.affected_class is not None for judgement in found)


def test_the_best_of_one_half_is_judged_on_the_other(digits):
    halves = [libablate.sweep(digits.model, digits.x[s::2], digits.y[s::2], progress=False) for s in (0, 1)]
    found = libablate.judge_selected(*halves, count=2, choice="lowest_effect")
    order = np.argsort(halves[0]["effect"], kind="stable")
    assert [judgement.index for judgement in found] == order[:2].tolist()
    assert found[0].effect == halves[1]["effect"][order[0]]
    with pytest.raises(ValueError, match="count"):
        libablate.judge_selected(*halves, count=0)


def test_regressions_are_not_judged(diabetes):
    sweep = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    with pytest.raises(libablate.UnsupportedError):
        libablate.judge(sweep)


def test_norms_of_the_weights_that_leave_units(digits):
    for layer in (0, -2):
        expected = np.linalg.norm(digits.network.coefs_[layer % 3 + 1], axis=1)
        norms = libablate.weight_norms(digits.model, layer, "outgoing_l2")
        np.testing.assert_allclose(norms, expected, rtol=1e-6)
    assert np.isnan(libablate.weight_norms(digits.model, 2, "outgoing_l2")).all()
    with pytest.raises(ValueError, match="^norm is 'l3'; there are l1, l2, outgoing_l2"):
        libablate.weight_norms(digits.model, 0, "l3")


def test_norms_and_orders(digits):
    model = digits.model
    units = libablate.units(model)
    assert units == [(0, u) for u in range(24)] + [(1, u) for u in range(12)]
    assert libablate.units(model, [1]) == units[24:]
    norms = libablate.weight_norms(model, 1, "l2")
    np.testing.assert_allclose(norms, np.linalg.norm(digits.network.coefs_[1], axis=0), rtol=1e-6)
    order = libablate.order_by_scores(model, {1: "all"}, norms, high_first=True)
    assert [unit for _, unit in order] == np.argsort(-norms, kind="stable").tolist()
    with pytest.warns(UserWarning, match="several layers"):
        libablate.order_by_scores(model, units, np.arange(36))
    random = libablate.order_at_random(model, units, 5)
    assert sorted(random) == units and random == libablate.order_at_random(model, units[::-1], 5) != units
    with pytest.raises(ValueError, match="scores"):
        libablate.order_by_scores(model, units, [1, 2])


def test_rank_correlations():
    rng = np.random.default_rng(4)
    x, y = rng.integers(0, 9, 50), rng.normal(size=50)
    assert libablate.rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert libablate.rank_correlation(x, y, "kendall") == pytest.approx(stats.kendalltau(x, y).statistic)
    with pytest.raises(ValueError, match="one length"):
        libablate.rank_correlation(x, y[1:])


def test_curves(digits):
    model, x, y = digits.model, digits.x, digits.y
    orders = [libablate.order_at_random(model, {1: "all"}, seed) for seed in range(3)]
    found = libablate.curves(model, x, y, orders, points=[0, 3, 12], replacement="mean", progress=False)
    for row, order in zip(found.accuracies, orders):
        for accuracy, gone in zip(row, (0, 3, 12)):
            ablated = model.ablate(order[:gone], replacement="mean", reference=x)
            assert accuracy == (ablated.predict(x) == y).mean()
    np.testing.assert_allclose(found.means, found.accuracies.mean(axis=0))
    np.testing.assert_allclose(found.deviations, found.accuracies.std(axis=0, ddof=1))
    trapezoids = (found.accuracies[:, 1:] + found.accuracies[:, :-1]) / 2 @ (np.diff([0, 3, 12]) / 12)
    np.testing.assert_allclose(found.areas, trapezoids)
    assert len(found.to_pandas()) == 9 and found.to_dict()["points"] == [0, 3, 12]
    whole = libablate.curves(model, x, y, orders[:1], progress=False)
    assert whole.points.tolist() == list(range(13))


def test_orders_of_results(digits, diabetes):
    model, x, y = digits.model, digits.x, digits.y
    sweep = libablate.sweep(model, x, y, progress=False)
    effects = sweep["effect"][24:]
    order = sweep.order(1)
    assert order == [(1, int(unit)) for unit in np.argsort(-effects, kind="stable")]
    done = libablate.greedy(model, x, y, layer=1, progress=False)
    assert done.order == [(1, int(unit)) for unit in done.units]
    values = libablate.shapley(model, x, y, layers=1, permutations=20, progress=False)
    found = libablate.curves(model, x, y, [order, order[::-1], done.order, values.order()], progress=False)
    # One order is that, however it comes.
    for one in (order, tuple(order), np.array(order), [order], iter(order)):
        alone = libablate.curves(model, x, y, one, progress=False)
        np.testing.assert_array_equal(alone.accuracies, found.accuracies[:1])
    layers = libablate.curves(model, x, y, {order[0][0]: [unit for _, unit in order]}, progress=False)
    np.testing.assert_array_equal(layers.accuracies, found.accuracies[:1])
    across = {0: [3], 1: [5]}
    twice = [libablate.curves(model, x, y, orders, progress=False) for orders in ([across, across], [across])]
    assert twice[0].accuracies.shape == (2, 3) and twice[0].accuracies[0].tolist() == twice[1].accuracies[0].tolist()
    assert found.accuracies[2, 1:].tolist() == done.curve.tolist()
    assert found.areas[0] > found.areas[1]
    # Effects are in one unit in all layers: no warning, which would be an error here.
    every = libablate.units(model)
    assert sweep.order() == [every[place] for place in np.argsort(-sweep["effect"], kind="stable")]
    with pytest.raises(ValueError, match="layer 2 was not swept"):
        sweep.order(2)
    with pytest.raises(ValueError, match="no rows"):
        libablate.Sweep(model, layers=1).order()
    with pytest.raises(ValueError, match="a sweep of units; this is a sweep of inputs"):
        libablate.inputs(model, x, y, progress=False).order()
    regression = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    # Without the most needed unit the error is largest.
    assert regression.order(0)[-1] == (0, int(np.argmax(regression["squared_error"])))


@pytest.mark.parametrize("form", [list, pandas.DataFrame], ids=["results", "data frame"])
def test_units_as_results_and_data_frames(digits, sweep, form):
    x, y, model = digits.x, digits.y, digits.model
    strongest = sweep.strongest(3)
    pairs = [(found.layer, found.unit) for found in strongest]
    by_unit = sweep.to_pandas().set_index(["layer", "unit"])
    units = strongest if form is list else by_unit.loc[pairs].reset_index()
    in_order = libablate.cumulative(model, x, y, order=units, progress=False)
    assert list(zip(in_order["layer"].tolist(), in_order["unit"].tolist())) == pairs
    np.testing.assert_array_equal(model.ablate(units).scores(x), model.ablate(pairs).scores(x))
    for orders in (units, [units, pairs]):
        found = libablate.curves(model, x, y, orders, progress=False).accuracies
        np.testing.assert_array_equal(found[0], libablate.curves(model, x, y, pairs, progress=False).accuracies[0])
    for other in (
        libablate.pairs(model, x[:9], y[:9], layers=1, progress=False),
        libablate.synapses(model, x[:9], y[:9], layers=2, progress=False),
    ):
        units = other.strongest(3) if form is list else other.to_pandas()
        with pytest.raises(TypeError, match=r"^order(\[0\])? is .* of something else than"):
            libablate.cumulative(model, x, y, order=units, progress=False)


def test_curves_over_a_stretch(digits):
    model, x, y = digits.model, digits.x, digits.y
    order = [libablate.order_at_random(model, {1: "all"}, 1)]
    whole = libablate.curves(model, x, y, order, progress=False)
    part = libablate.curves(model, x, y, order, points=[5, 6, 10], progress=False)
    a, b, c = (whole.accuracies[0, point] for point in (5, 6, 10))
    assert part.accuracies.tolist() == [[a, b, c]]
    assert part.areas[0] == pytest.approx((0.5 * (a + b) + 4 * 0.5 * (b + c)) / 5)


def test_curves_that_cannot_be(digits, diabetes):
    model, x, y = digits.model, digits.x, digits.y
    with pytest.raises(ValueError, match=r"orders\[1\] has 2 units and orders\[0\] 1"):
        libablate.curves(model, x, y, [[(0, 1)], [(0, 1), (0, 2)]])
    with pytest.raises(ValueError, match="at least one"):
        libablate.curves(model, x, y, [])
    with pytest.raises(libablate.UnsupportedError):
        libablate.curves(diabetes.model, diabetes.x, diabetes.y, [[(0, 1)]])
    with pytest.raises(libablate.CancelledError):
        libablate.curves(model, x, y, [[(0, 1)]], progress=lambda done, total: True)
    with pytest.raises(ValueError):
        libablate.curves(model, x, y, [[(0, 1)]], points=[1, 0])
