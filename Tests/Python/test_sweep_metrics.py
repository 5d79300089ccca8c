"""Metrics beyond counts, regressions, greedy elimination and pairs across layers, against NumPy in float64."""

import numpy as np
import pytest
from scipy.special import rel_entr, softmax
from sklearn.datasets import load_diabetes, load_digits
from sklearn.metrics import multilabel_confusion_matrix
from sklearn.neural_network import MLPClassifier, MLPRegressor

import libablate._declarations as c
from host import Failure, Mask, Model, Reference, Session, Sweep, floats, greedy
from test_forward import from_sklearn

METRICS = tuple(c.METRICS)


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    x = floats(x / 16)
    net = MLPClassifier((14, 9), random_state=3, max_iter=60).fit(x[:700], y[:700])
    return Model.build(*from_sklearn(net)), x[700:1300], y[700:1300]


@pytest.fixture(scope="module")
def diabetes():
    x, y = load_diabetes(return_X_y=True)
    x, y = floats(x * 10), floats(np.stack([y / 100, -y / 50], axis=1))
    net = MLPRegressor(hidden_layer_sizes=(12, 8), activation="tanh", random_state=1, max_iter=400).fit(
        x[:300], y[:300]
    )
    return Model.build(*from_sklearn(net)), x[300:], y[300:]


def margins(scores, labels):
    own = scores[np.arange(len(labels)), labels]
    others = scores.copy()
    others[np.arange(len(labels)), labels] = -np.inf
    return own - others.max(axis=1)


def expect_metrics(result, probabilities, intact, scores, labels):
    """`result` against what float64 makes of the library's own float32 scores."""
    p, q = softmax(intact, axis=1), softmax(scores, axis=1)
    np.testing.assert_allclose(result.kl_divergence, rel_entr(p, q).sum(axis=1).mean(), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(result.margin, margins(scores, labels).mean(), rtol=1e-6, atol=1e-7)
    for label in range(10):
        np.testing.assert_allclose(probabilities[label], q[labels == label].mean(axis=0), rtol=3e-6, atol=1e-11)


@pytest.mark.parametrize("of", ["units", "pairs", "cumulative", "masks", "synapses"])
def test_metrics_are_those_of_masked_runs(digits, of):
    model, x, y = digits
    session = Session(model)
    intact = session.run(x).astype(float)
    how, chosen = {}, lambda result, index: [(result.layer, result.unit)]
    if of == "pairs":
        how = {"layers": [0, 1]}
        chosen = lambda result, index: [  # noqa: E731
            (layer, unit)
            for layer, unit in [(result.layer, result.unit), (result.second_layer, result.second_unit)]
            if layer < 9
        ]
    elif of in ("cumulative", "masks"):
        order = [(0, 3), (1, 2), (0, 7), (1, 8), (0, 0)]
        masks = [Mask(model, order[: step + 1]) for step in range(len(order))]
        how = {"order": order} if of == "cumulative" else {"masks": masks}
        chosen = lambda result, index: order[: index + 1]  # noqa: E731
    sweep = Sweep(model, of=of, metrics=METRICS, changed_row_limit=5, **how).feed(x, y)
    expect_metrics(sweep.intact, sweep.class_probabilities(), intact, intact, y)
    assert sweep.intact.kl_divergence == 0
    assert 0 < sweep.cost.rerun <= sweep.cost.examined <= sweep.cost.pairs == len(sweep) * len(x)
    predicted = session.predict(x)
    for index in range(0, len(sweep), 1 if len(sweep) < 50 else 37):
        result = sweep[index]
        if of == "synapses":
            mask = Mask(model, synapses=[(result.layer, result.unit, result.input)])
        else:
            mask = Mask(model, chosen(result, index))
        scores = session.run(x, mask).astype(float)
        expect_metrics(result, sweep.class_probabilities(index), intact, scores, y)
        expected = multilabel_confusion_matrix(y, session.predict(x, mask), labels=range(10))
        np.testing.assert_array_equal(sweep.one_vs_rest(index), expected)
        changed = np.flatnonzero(session.predict(x, mask) != predicted)
        assert result.changed == len(changed)
        assert sweep.changed_rows(index) == changed[:5].tolist()


def test_changed_rows_do_not_need_losses(digits):
    model, x, y = digits
    full = Sweep(model, metrics=METRICS).feed(x, y)
    quick = Sweep(model, metrics=("changed_rows",), threads=2).feed(x, y)
    assert [quick.changed_rows(i) for i in range(len(quick))] == [full.changed_rows(i) for i in range(len(full))]
    assert quick.cost.examined < quick.cost.pairs / 2 and quick.cost.rerun < quick.cost.pairs / 100
    for metric in set(METRICS) - {"confusion", "changed_rows", "one_vs_rest"}:
        field = {"class_probabilities": "log_loss"}.get(metric, metric)
        assert np.isnan(getattr(quick[0], field))
    with pytest.raises(Failure, match="class probabilities"):
        quick.class_probabilities(0)
    with pytest.raises(Failure, match="one class against the rest"):
        quick.one_vs_rest(0)
    with pytest.raises(Failure, match="changed rows"):
        Sweep(model).changed_rows(0)
    with pytest.raises(Failure, match="out of range"):
        quick.changed_rows(len(quick))


def test_shards_in_any_order_give_the_same(digits):
    model, x, y = digits
    reference = Reference(model, x[:100], keep_rows=True)
    how = {"kind": "resample", "reference": reference, "seed": 4, "metrics": METRICS, "changed_row_limit": 3}
    whole = Sweep(model, **how).feed(x, y)
    cuts = [0, 1, 200, 333, 600]

    def shard(part):
        first, last = cuts[part], cuts[part + 1]
        return Sweep(model, first_row=first, **how).feed(x[first:last], y[first:last])

    for order in [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)]:
        merged = shard(order[0])
        for part in order[1:]:
            merged.merge(shard(part))
        assert merged.table() == whole.table()
        for index in range(len(whole)):
            assert merged.changed_rows(index) == whole.changed_rows(index)
            np.testing.assert_array_equal(merged.one_vs_rest(index), whole.one_vs_rest(index))
            assert merged.class_probabilities(index).tobytes() == whole.class_probabilities(index).tobytes()
            names = ("kl_divergence", "margin")
            assert all(getattr(merged[index], name) == getattr(whole[index], name) for name in names)


@pytest.mark.parametrize("of", ["units", "synapses", "inputs", "pairs", "cumulative", "masks"])
def test_regressions(diabetes, of):
    model, x, y = diabetes
    session = Session(model)
    intact = session.run(x).astype(float)
    order = [(0, 3), (1, 2), (0, 7)]
    how = {
        "pairs": {"layers": [0]},
        "cumulative": {"order": order},
        "masks": {"masks": [Mask(model, order[: step + 1]) for step in range(3)]},
    }.get(of, {})
    sweep = Sweep(model, of=of, **how)
    for part in np.array_split(np.arange(len(x)), 3):
        sweep.feed_targets(x[part], y[part])
    assert np.isclose(sweep.intact.squared_error, ((intact - y) ** 2).mean(), rtol=1e-6)
    assert sweep.intact.absolute_change == 0 and sweep.intact.rows == len(x)
    for index in range(0, len(sweep), 1 if len(sweep) < 100 else 13):
        result = sweep[index]
        rows, mask = x, None
        if of == "inputs":
            rows = x.copy()
            rows[:, result.input] = 0
        elif of == "synapses":
            mask = Mask(model, synapses=[(result.layer, result.unit, result.input)])
        elif of == "pairs":
            units = {result.unit, result.second_unit} - {c.NONE}
            mask = Mask(model, [(0, unit) for unit in units])
        else:
            mask = Mask(model, order[: index + 1] if of != "units" else [(result.layer, result.unit)])
        scores = session.run(rows, mask).astype(float)
        error = ((scores - y) ** 2).mean()
        assert np.isclose(result.squared_error, error, rtol=1e-6)
        assert np.isclose(result.absolute_change, np.abs(scores - intact).mean(), rtol=1e-6, atol=1e-11)
        assert np.isclose(result.effect, error - ((intact - y) ** 2).mean(), rtol=1e-5, atol=1e-8)
        assert (result.correct, result.lost, result.gained, result.changed) == (0, 0, 0, 0)
        if of == "pairs" and result.second_unit != c.NONE:
            parts = sweep[result.unit].effect + sweep[result.second_unit].effect
            assert np.isclose(result.interaction, result.effect - parts, rtol=0, atol=1e-15)


def test_what_regressions_refuse(digits, diabetes):
    model, x, y = diabetes
    with pytest.raises(Failure, match="regression"):
        Sweep(model, metrics=("log_loss",))
    with pytest.raises(Failure, match="feed it targets"):
        Sweep(model).feed(x, np.zeros(len(x), np.int32))
    bad = y.copy()
    bad[7, 1] = np.nan
    sweep = Sweep(model)
    with pytest.raises(Failure, match="target 1 of row 7 is not finite"):
        sweep.feed_targets(x, bad)
    assert sweep.intact.rows == 0
    classifier, images, _ = digits
    with pytest.raises(Failure, match="feed it labels"):
        Sweep(classifier).feed_targets(images, np.zeros((len(images), 10), np.float32))


@pytest.mark.parametrize("kind", ["zero", "mean"])
def test_greedy_curves_are_cumulative_sweeps(digits, kind):
    model, x, y = digits
    how = {"kind": kind, "reference": Reference(model, x) if kind == "mean" else None}
    for layer, units in ((0, 14), (1, 9)):
        order, curve = greedy(model, layer, x, y, threads=2, **how)
        assert sorted(order) == list(range(units))
        again = Sweep(model, of="cumulative", order=[(layer, unit) for unit in order], **how).feed(x, y)
        assert [result.correct / len(x) for result in again] == curve.tolist()
        # The first step is the best of a sweep of units, the lowest of equals.
        singles = [result.correct for result in Sweep(model, [layer], **how).feed(x, y)]
        assert order[0] == int(np.argmax(singles)) and curve[0] == max(singles) / len(x)
        assert greedy(model, layer, x, y, count=3, **how)[0] == order[:3]


def test_greedy_of_a_regression(diabetes):
    model, x, y = diabetes
    order, curve = greedy(model, 0, x, y)
    session = Session(model)
    for step in range(12):
        scores = session.run(x, Mask(model, [(0, unit) for unit in order[: step + 1]])).astype(float)
        assert np.isclose(curve[step], ((scores - y) ** 2).mean(), rtol=1e-6)


def test_greedy_can_be_cancelled_and_keeps_its_steps(digits):
    model, x, y = digits
    order, _ = greedy(model, 0, x, y)
    seen = []

    def progress(done, total, _):
        seen.append((done, total))
        return int(done == 4)

    assert greedy(model, 0, x, y, progress=progress)[0] == order[:4]
    assert seen == [(1, 14), (2, 14), (3, 14), (4, 14)]


def test_what_greedy_refuses(digits, diabetes):
    model, x, y = digits
    for arguments, message in [
        ((model, 2, x, y), "output layer"),
        ((model, 0, x, y, 15), "count is 15: layer 0 has 14 units"),
        ((model, 0, x[:0], y[:0]), "rows is 0"),
        ((model, 0, x, np.full(len(x), 10)), "label 10 of row 0"),
        ((diabetes[0], 0, diabetes[1], np.zeros(len(diabetes[1]), int)), "feed it targets"),
    ]:
        with pytest.raises(Failure, match=message):
            greedy(*arguments)
    reference = Reference(model, x, keep_rows=True)
    with pytest.raises(Failure, match="same value in every row"):
        greedy(model, 0, x, y, kind="resample", reference=reference)


def test_pairs_across_layers(digits):
    model, x, y = digits
    sweep = Sweep(model, [0, 2], of="pairs", threads=2).feed(x, y)
    session = Session(model)
    intact = session.predict(x)
    for index in range(0, len(sweep), 5):
        result = sweep[index]
        places = [(result.layer, result.unit), (result.second_layer, result.second_unit)]
        predicted = session.predict(x, Mask(model, [place for place in places if place[0] != c.NONE]))
        right, now = intact == y, predicted == y
        counted = (result.lost, result.gained, result.changed)
        assert counted == ((right & ~now).sum(), (~right & now).sum(), (predicted != intact).sum())
    with pytest.raises(Failure, match="name the earlier one first"):
        Sweep(model, [1, 0], of="pairs")
    with pytest.raises(Failure, match="one layer or two"):
        Sweep(model, [0, 1, 2], of="pairs")
