"""Orders of units, rank correlations and curves: NumPy and SciPy, and masked runs one by one."""

import ctypes
import math
import warnings
from ctypes import byref, c_size_t

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier, MLPRegressor

import libablate._declarations as c
from host import Failure, Mask, Model, Reference, Session, Sweep, check, floats, greedy, library, pointer, replacement
from test_sweep import from_sklearn

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
doubles = ctypes.c_double


def unit_array(units):
    return (c.Unit * len(units))(*units)


def pairs(array):
    return [(entry.layer, entry.unit) for entry in array]


def units_of(model, layers=None):
    named = None if layers is None else (c_size_t * len(layers))(*layers)
    count = c_size_t()
    check(library.ablate_model_units(model.address, named, len(layers or ()), None, 0, byref(count)))
    out = (c.Unit * count.value)()
    check(library.ablate_model_units(model.address, named, len(layers or ()), out, len(out), byref(count)))
    return pairs(out)


def by_scores(model, units, scores, direction="low_first"):
    scores = np.array(scores, np.float64)
    out, warning = unit_array([(7, 7)] * len(units)), ctypes.c_char_p(b"untouched")
    check(
        library.ablate_order_by_scores(
            model.address, unit_array(units), pointer(scores, doubles), len(units), c.DIRECTIONS[direction], out,
            byref(warning),
        )
    )  # fmt: skip
    return pairs(out), warning.value


def at_random(model, units, seed):
    out = unit_array(units)
    check(library.ablate_order_at_random(model.address, out, len(units), seed, out))
    return pairs(out)


def norms(model, layer, norm):
    out = np.full(model.layer(layer).units, np.nan)
    check(
        library.ablate_model_weight_norms(model.address, layer, c.WEIGHT_NORMS[norm], pointer(out, doubles), len(out))
    )
    return out


def effects_of(sweep):
    out = np.full(len(sweep), np.nan)
    check(library.ablate_sweep_effects(sweep.address, pointer(out, doubles), len(out)))
    return out


def correlation(kind, x, y):
    x, y = np.array(x, np.float64), np.array(y, np.float64)
    out = doubles(7)
    check(
        library.ablate_rank_correlation(
            c.CORRELATIONS[kind], pointer(x, doubles), pointer(y, doubles), len(x), byref(out)
        )
    )
    return out.value


def curves(model, orders, x, labels, points=None, threads=1, progress=None, **how):
    x, labels = floats(x), np.ascontiguousarray(labels, np.int32)
    described = replacement(**how)
    options = c.CurveOptions(replacement=ctypes.pointer(described), threads=threads)
    options.progress = callback = c.Progress(progress) if progress else c.Progress()
    if points is not None:
        options.points, options.point_count = (c_size_t * len(points))(*points), len(points)
    flat = unit_array([unit for order in orders for unit in order])
    out = np.full((len(orders), len(orders[0]) + 1 if points is None else len(points)), -1.0)
    check(
        library.ablate_curves_run(
            model.address, byref(options), flat, len(orders), len(orders[0]), pointer(x), len(x),
            pointer(labels, ctypes.c_int32), pointer(out, doubles), out.size,
        )
    )  # fmt: skip
    del callback
    return out


def summary(values, points=None):
    values = np.ascontiguousarray(values, np.float64)
    orders, count = values.shape
    means, deviations, areas = np.full(count, -1.0), np.full(count, -1.0), np.full(orders, -1.0)
    named = None if points is None else (c_size_t * len(points))(*points)
    outs = [pointer(out, doubles) for out in (means, deviations, areas)]
    check(library.ablate_curves_summarize(pointer(values, doubles), orders, named, count, *outs))
    return means, deviations, areas


@pytest.fixture(scope="module")
def digits():
    """64-12-8-10, ReLU, and all rows."""
    return trained("relu")


def trained(activation):
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    network = MLPClassifier(hidden_layer_sizes=(12, 8), activation=activation, max_iter=60, random_state=1).fit(
        x[::3], y[::3]
    )
    layers, head = from_sklearn(network)
    return Model.build(layers, head=head), x, y.astype(np.int32)


# ---- orders ----


def test_units_of_layers(digits):
    model = digits[0]
    hidden = [(0, unit) for unit in range(12)] + [(1, unit) for unit in range(8)]
    assert units_of(model) == hidden
    assert units_of(model, [2, 0]) == [(2, unit) for unit in range(10)] + hidden[:12]
    count = c_size_t(5)
    for layers in ([3], [0, 0]):
        with pytest.raises(Failure, match="layer"):
            units_of(model, layers)
    with pytest.raises(Failure, match="capacity"):
        check(library.ablate_model_units(model.address, None, 0, unit_array(hidden), 19, byref(count)))
    assert count.value == 5


@SETTINGS
@given(st.data())
def test_orders_by_scores_are_python_s(digits, data):
    model = digits[0]
    units = data.draw(st.permutations(units_of(model, [0, 1, 2])))[: data.draw(st.integers(1, 30))]
    values = st.sampled_from([0.0, -0.0, 1.0, -2.5, math.nan, math.inf, -math.inf]) | st.floats()
    scores = data.draw(st.lists(values, min_size=len(units), max_size=len(units)))
    known = sorted((score, unit) for score, unit in zip(scores, units, strict=True) if not math.isnan(score))
    unknown = sorted(unit for score, unit in zip(scores, units, strict=True) if math.isnan(score))
    low_first, warning = by_scores(model, units, scores)
    assert low_first == [unit for _, unit in known] + unknown
    high_first, _ = by_scores(model, units, scores, "high_first")
    assert high_first == [unit for _, unit in sorted(known, key=lambda entry: (-entry[0], entry[1]))] + unknown
    several = len({layer for layer, _ in units}) > 1
    assert (b"several layers" in warning) if several else warning is None


def splitmix(seed):
    mask = 2**64 - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        bits = seed
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & mask
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & mask
        yield bits ^ (bits >> 31)


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_random_orders_are_the_documented_ones(digits, seed):
    model = digits[0]
    units = units_of(model, [0, 1, 2])
    expected, numbers = sorted(units), splitmix(seed)
    for place in range(len(units) - 1, 0, -1):
        other = next(numbers) * (place + 1) >> 64
        expected[place], expected[other] = expected[other], expected[place]
    assert at_random(model, units, seed) == expected
    assert at_random(model, units[::-1], seed) == expected
    assert at_random(model, [(1, 3)], seed) == [(1, 3)]


def test_every_unit_comes_first_as_often_as_another(digits):
    model = digits[0]
    units = units_of(model)
    counts = np.zeros(len(units))
    for seed in range(2_000):
        counts[units.index(at_random(model, units, seed)[0])] += 1
    assert stats.chisquare(counts).pvalue > 1e-6


def test_bad_lists_of_units_are_refused(digits):
    model = digits[0]
    for units in ([(0, 1), (0, 1)], [(3, 0)], [(0, 12)], [(0, 0)] * 31, []):
        with pytest.raises(Failure, match="unit|layer"):
            by_scores(model, units, np.zeros(max(len(units), 1)))
        with pytest.raises(Failure, match="unit|layer"):
            at_random(model, units, 0)
    scores, out = np.zeros(2), unit_array([(0, 0), (0, 1)])
    warning = ctypes.c_char_p()
    arguments = [model.address, out, pointer(scores, doubles), 2, 0, out, byref(warning)]
    for place in (1, 2, 5, 6):
        with pytest.raises(Failure, match="is NULL"):
            check(library.ablate_order_by_scores(*(None if i == place else a for i, a in enumerate(arguments))))
    with pytest.raises(Failure, match="direction"):
        check(library.ablate_order_by_scores(*arguments[:4], 2, *arguments[5:]))
    assert pairs(out) == [(0, 0), (0, 1)]


def test_weight_norms_are_numpy_s(digits):
    model = digits[0]
    for layer in range(3):
        weights, _ = model.parameters(layer)
        for norm, power in (("l1", 1), ("l2", 2)):
            expected = np.linalg.norm(np.float64(weights), power, axis=1)
            np.testing.assert_allclose(norms(model, layer, norm), expected, rtol=1e-14)
    with pytest.raises(Failure, match="layer 3"):
        out = np.zeros(10)
        check(library.ablate_model_weight_norms(model.address, 3, 1, pointer(out, doubles), 10))
    with pytest.raises(Failure, match="count is 9: expected 12"):
        check(library.ablate_model_weight_norms(model.address, 0, 1, pointer(out, doubles), 9))
    with pytest.raises(Failure, match="norm is 3"):
        check(library.ablate_model_weight_norms(model.address, 0, 3, pointer(out, doubles), 12))


def test_effects_of_a_sweep(digits):
    model, x, y = digits
    sweep = Sweep(model).feed(x, y)
    assert effects_of(sweep).tolist() == [result.effect for result in sweep]
    with pytest.raises(Failure, match="count is 3"):
        check(library.ablate_sweep_effects(sweep.address, pointer(np.zeros(3), doubles), 3))


# ---- rank correlations ----


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_rank_correlations_are_scipy_s(data):
    count = data.draw(st.integers(2, 60))
    few = st.integers(-3, 3).map(float) | st.sampled_from([math.inf, -math.inf])
    column = st.lists(data.draw(st.sampled_from([few, st.floats(-1e6, 1e6)])), min_size=count, max_size=count)
    x, y = data.draw(column), data.draw(column)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.ConstantInputWarning)
        # Infinite values have ranks, too, but SciPy takes them for NaN in one of the two.
        ranks = stats.rankdata(x), stats.rankdata(y)
        expected = [stats.spearmanr(*ranks)[0], stats.kendalltau(*ranks)[0]]
    found = [correlation(kind, x, y) for kind in ("spearman", "kendall")]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_rank_correlations_of_many_values():
    random = np.random.default_rng(5)
    x = np.round(random.normal(size=100_000), 3)
    y = np.round(x + random.normal(size=len(x)), 2)
    assert correlation("spearman", x, y) == pytest.approx(stats.spearmanr(x, y)[0], rel=1e-11)
    assert correlation("kendall", x, y) == pytest.approx(stats.kendalltau(x, y)[0], rel=1e-11)
    assert correlation("kendall", x, x) == correlation("spearman", x, x) == 1
    assert correlation("kendall", x, -x) == correlation("spearman", x, -x) == -1


def test_correlations_of_nothing():
    for kind in c.CORRELATIONS:
        for x, y in (([], []), ([1], [2]), ([1, 1], [1, 2]), ([1, math.nan, 3], [1, 2, 3]), ([1, 2], [2, math.nan])):
            assert math.isnan(correlation(kind, x, y))
    out = doubles(7)
    values = pointer(np.zeros(2), doubles)
    for arguments in ((2, values, values, 2), (0, None, values, 2), (0, values, None, 2), (0, values, values, 2**62)):
        with pytest.raises(Failure):
            check(library.ablate_rank_correlation(*arguments, byref(out)))
    assert out.value == 7


# ---- curves ----


def masked_curve(model, order, x, labels, points=None, **how):
    session = Session(model)
    points = range(len(order) + 1) if points is None else points
    return [(session.predict(x, Mask(model, order[:k], **how)) == labels).mean() for k in points]


@pytest.mark.parametrize("activation", ["relu", "logistic"])
@pytest.mark.parametrize("kind", ["zero", "dead", "mean", "constant", "resample"])
def test_curves_are_masked_runs(activation, kind):
    model, x, y = trained(activation)
    x, y = x[:700], y[:700]
    how = {"kind": kind}
    if kind in ("mean", "resample"):
        how |= {"reference": Reference(model, x[:300], keep_rows=True)}
    if kind == "constant":
        how |= {"constant": 0.75}
    if kind == "resample":
        how |= {"seed": 9}
    for layers in ([0], [1], None, [0, 1, 2]):
        units = units_of(model, layers)
        orders = [at_random(model, units, seed) for seed in range(2)]
        found = curves(model, orders, x, y, **how)
        assert found.tolist() == [masked_curve(model, order, x, y, **how) for order in orders]
        points = [0, 3, 4, len(units) - 1]
        assert np.array_equal(curves(model, orders, x, y, points, threads=2, **how), found[:, points])


def test_a_curve_of_one_layer_is_the_cumulative_sweep(digits):
    model, x, y = digits
    for layers in ([0], [1], None):
        order = at_random(model, units_of(model, layers), 3)
        sweep = Sweep(model, of="cumulative", order=order).feed(x, y)
        expected = [sweep.intact.correct / len(x)] + [result.correct / len(x) for result in sweep]
        assert curves(model, [order], x, y)[0].tolist() == expected


def test_the_curve_of_a_greedy_order(digits):
    model, x, y = digits
    units, accuracies = greedy(model, 1, x, y)
    found = curves(model, [[(1, unit) for unit in units]], x, y)
    assert found[0, 1:].tolist() == accuracies.tolist()


def test_normalised_and_nonfinite_models():
    """Steps that are no layers stand between, and infinite activations are removed."""
    random = np.random.default_rng(2)
    layers = [
        {"weights": random.normal(size=(7, 5)) * 1e20, "activation": "relu"},
        {"weights": random.normal(size=(6, 7)) * 1e30, "activation": "relu"},
        {"weights": random.normal(size=(4, 6)), "activation": "identity"},
    ]
    model = Model.build(layers, affine=(random.normal(size=5), random.normal(size=5), None))
    x, labels = random.normal(size=(333, 5)), random.integers(0, 4, 333)
    order = at_random(model, units_of(model), 1)
    assert curves(model, [order], x, labels)[0].tolist() == masked_curve(model, order, x, labels)


def test_threads_change_nothing(digits):
    model, x, y = digits
    orders = [at_random(model, units_of(model), seed) for seed in range(3)]
    expected = curves(model, orders, x, y)
    for threads in (2, 5):
        assert np.array_equal(curves(model, orders, x, y, threads=threads), expected)
    assert np.array_equal(curves(model, orders[1:2], x, y), expected[1:2])


def test_progress_and_cancelling(digits):
    model, x, y = digits
    orders = [at_random(model, units_of(model), seed) for seed in range(3)]
    seen = []
    curves(model, orders, x, y, progress=lambda done, total, _: seen.append((done, total)) or 0)
    assert seen[-1] == (3 * len(x), 3 * len(x)) and [done for done, _ in seen] == sorted({done for done, _ in seen})
    for stop in (seen[0][0], seen[-1][0]):
        with pytest.raises(Failure) as failure:
            curves(model, orders, x, y, progress=lambda done, total, _, stop=stop: done >= stop)
        assert failure.value.status == c.CANCELLED


def test_bad_curves_are_refused(digits):
    model, x, y = digits
    order = units_of(model)
    x, y = x[:20], y[:20]
    for orders in ([[(0, 1), (0, 1)]], [[(0, 0)], [(5, 0)]], [[(0, 12)]], [[]]):
        with pytest.raises(Failure, match="unit|layer") as failure:
            curves(model, orders, x, y)
        assert failure.value.status == c.INVALID_ARGUMENT
    for points in ([], [0, 0], [2, 1], [21], [2**64 - 1]):
        with pytest.raises(Failure, match="point"):
            curves(model, [order], x, y, points)
    with pytest.raises(Failure, match="rows is 0"):
        curves(model, [order], x[:0], y[:0])
    with pytest.raises(Failure, match="label 10 of row 19"):
        curves(model, [order], x, [*y[:19], 10])
    with pytest.raises(Failure, match="label -1"):
        curves(model, [order], x, [-1, *y[1:]])
    with pytest.raises(Failure, match="threads"):
        curves(model, [order], x, y, threads=257)
    other = trained("relu")[0]
    with pytest.raises(Failure, match="another model"):
        curves(model, [order], x, y, kind="mean", reference=Reference(other, x))
    network = MLPRegressor(hidden_layer_sizes=(4,), max_iter=5).fit(x, x[:, :2])
    layers, head = from_sklearn(network)
    with pytest.raises(Failure, match="one class") as failure:
        curves(Model.build(layers, head=head), [[(0, 0)]], x, y)
    assert failure.value.status == c.UNSUPPORTED


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_summaries_are_numpy_s(data):
    orders, count = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 9))
    values = np.random.default_rng(data.draw(st.integers(0, 99))).random((orders, count))
    points = sorted(data.draw(st.sets(st.integers(0, 50), min_size=count, max_size=count)))
    for named in (None, points):
        removed = np.arange(count) if named is None else np.array(named)
        means, deviations, areas = summary(values, named)
        np.testing.assert_allclose(means, values.mean(axis=0), rtol=1e-14)
        if orders > 1:
            np.testing.assert_allclose(deviations, values.std(axis=0, ddof=1), rtol=1e-9, atol=1e-15)
        else:
            assert np.isnan(deviations).all()
        if count > 1:
            fractions = (removed - removed[0]) / (removed[-1] - removed[0])
            np.testing.assert_allclose(areas, np.trapezoid(values, fractions, axis=1), rtol=1e-13)
        else:
            assert np.isnan(areas).all()


def test_bad_summaries_are_refused():
    values = pointer(np.zeros(4), doubles)
    for arguments in ((values, 0, None, 4), (values, 2, None, 0), (None, 2, None, 2), (values, 2**40, None, 2**40)):
        with pytest.raises(Failure):
            check(library.ablate_curves_summarize(*arguments, None, None, None))
    with pytest.raises(Failure, match="ascend"):
        check(library.ablate_curves_summarize(values, 2, (c_size_t * 2)(3, 3), 2, None, None, None))
    check(library.ablate_curves_summarize(values, 2, None, 2, None, None, None))
