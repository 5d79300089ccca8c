"""Curves, Shapley values and greedy elimination of channels, against runs one by one with masks."""

import numpy as np
import pytest

import libablate._declarations as c
from host import Failure, Mask, Reference, Session, greedy
from onnx_models import Model
from random_images import CLASSES, Network, random_network
from test_orders import curves
from test_shapley import Shapley, marginals_of_masked_runs

ROWS = 37


def residual(depthwise=False):
    """Two residual blocks with pooling between, a squeeze and excitation, a channel that is never active."""
    network = Network(11, (2, 9, 8))
    network.conv(4)
    network.residual()
    network.pool("MaxPool")
    network.residual(depthwise=depthwise)
    network.squeeze()
    return network.end(wide=False)


def branches():
    """Paths that part at the input and join."""
    network = Network(12, (3, 7, 7))
    network.branches(3)
    network.pool("AveragePool", kernel=3, stride=2, pad=1, count_include_pad=1)
    network.conv(4, group=1, activation="HardSwish")
    network.norm()
    return network.end(wide=True)


NETWORKS = {
    "residual": residual,
    "depthwise": lambda: residual(depthwise=True),
    "branches": branches,
    **{f"random {seed}": lambda seed=seed: random_network(seed) for seed in (100, 101, 102, 103, 104, 106, 107)},
    "one axis": lambda: random_network(111, one_axis=True),
}


@pytest.fixture(params=NETWORKS)
def case(request):
    network = NETWORKS[request.param]()
    model = Model(network.proto())
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1, (ROWS, model.info.input_width)).astype(np.float32)
    session = Session(model)
    # Labels that a third of the rows do not have, so that removals make rows right, too.
    y = np.where(rng.random(ROWS) < 0.3, rng.integers(0, CLASSES, ROWS), session.predict(x))
    return model, x, y, session


def hidden(model, layers=None):
    layers = range(model.info.layer_count - 1) if layers is None else layers
    return [(layer, unit) for layer in layers for unit in range(model.layer(layer).units)]


def images(model):
    return [layer for layer in range(model.info.layer_count) if model.layer(layer).kind == b"convolution"]


def correct(session, x, y, units, **how):
    mask = Mask(session.model, units, **how) if units else None
    return int((session.predict(x, mask) == y).sum())


def replacements(model, x):
    return {
        "zero": {},
        "dead": {"kind": "dead"},
        "mean": {"kind": "mean", "reference": Reference(model, x)},
        "constant": {"kind": "constant", "constant": -0.4},
        "resample": {"kind": "resample", "seed": 3, "reference": Reference(model, x[::2], keep_rows=True)},
    }


def by_hand(model, order, x, y, points, **how):
    session = Session(model)
    return [(session.predict(x, Mask(model, order[:count], **how) if count else None) == y).mean() for count in points]


@pytest.mark.parametrize("kind", ["zero", "dead", "mean", "constant", "resample"])
def test_curves_are_masked_runs(case, kind):
    model, x, y, _ = case
    how = replacements(model, x)[kind]
    rng = np.random.default_rng(7)
    units = hidden(model)
    orders = [[units[i] for i in rng.permutation(len(units))] for _ in range(2)]
    points = list(range(len(units) + 1))
    tables = [curves(model, orders, x, y, threads=threads, **how) for threads in (1, 2)]
    np.testing.assert_array_equal(tables[0], tables[1])
    for order, own in zip(orders, tables[0]):
        assert own.tolist() == by_hand(model, order, x, y, points, **how)
    # Several layers change between two points, on paths that run side by side, too.
    orders += [units, units[::-1]]
    points = sorted({0, *rng.choice(len(units), min(4, len(units)), replace=False).tolist(), len(units)})
    own = curves(model, orders, x, y, points=points, **how)
    for order, each in zip(orders, own):
        assert each.tolist() == by_hand(model, order, x, y, points, **how)


def test_curves_of_single_layers(case):
    model, x, y, _ = case
    for layer in images(model):
        order = hidden(model, [layer])
        own = curves(model, [order, order[::-1]], x, y)
        assert own[0].tolist() == by_hand(model, order, x, y, range(len(order) + 1))
        assert own[1].tolist() == by_hand(model, order[::-1], x, y, range(len(order) + 1))


def test_curves_with_scores_gone(case):
    model, x, y, _ = case
    order = [*hidden(model, images(model)[:1]), *hidden(model, [model.info.layer_count - 1])]
    order = [order[i] for i in np.random.default_rng(1).permutation(len(order))]
    assert curves(model, [order], x, y)[0].tolist() == by_hand(model, order, x, y, range(len(order) + 1))


def test_curves_can_be_cancelled(case):
    model, x, y, _ = case
    order = hidden(model)
    seen = []

    def progress(done, total, _):
        seen.append((done, total))
        return int(done > ROWS)

    with pytest.raises(Failure) as refused:
        curves(model, [order, order, order], x, y, progress=progress)
    assert refused.value.status == c.CANCELLED
    assert seen == [(ROWS, 3 * ROWS), (2 * ROWS, 3 * ROWS)]


@pytest.mark.parametrize("measure", ["accuracy", "label_probability", "log_loss"])
@pytest.mark.parametrize("kind", ["zero", "mean", "constant"])
def test_walks_are_those_of_masked_runs(case, measure, kind):
    model, x, y, session = case
    if measure == "log_loss" and np.abs(session.run(x)).max() > 20:
        measure = "accuracy"  # The probability of a label may be 0.
    how = replacements(model, x)[kind]
    rng = np.random.default_rng(3)
    units = hidden(model)
    players = [units[i] for i in rng.permutation(len(units))[:9]]
    estimate = Shapley(model, x, y, units=players, seed=5, measure=measure, how=how, threads=2).run(4)
    by_hand = marginals_of_masked_runs(model, x, y, players, range(4), measure, seed=5, how=how)
    if measure == "accuracy":
        assert np.rint(estimate.column() * 4 * ROWS).tolist() == np.rint(by_hand.sum(0) * ROWS).tolist()
    np.testing.assert_allclose(estimate.column(), by_hand.mean(0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(estimate.column("variance"), by_hand.var(0, ddof=1), rtol=1e-4, atol=1e-9)


def test_drawn_rows_and_truncation(case):
    model, x, y, _ = case
    layer = images(model)[-1]
    players = hidden(model, [layer])
    drawn = Shapley(model, x, y, layers=[layer], seed=2, sample_rows=20).run(5)
    by_hand = marginals_of_masked_runs(model, x, y, players, range(5), seed=2, sample_rows=20)
    np.testing.assert_allclose(drawn.column(), by_hand.mean(0), atol=1e-12)
    cut = Shapley(model, x, y, layers=[layer], seed=2, tolerance=0.1, patience=1).run(5)
    by_hand = marginals_of_masked_runs(model, x, y, players, range(5), seed=2, tolerance=0.1, patience=1)
    np.testing.assert_allclose(cut.column(), by_hand.mean(0), atol=1e-12)


def test_threads_runs_and_merges_change_no_bit(case):
    model, x, y, _ = case
    options = {"layers": images(model)[:2], "seed": 9, "measure": "label_probability"}
    whole = Shapley(model, x, y, **options).run(30)
    assert Shapley(model, x, y, threads=3, **options).run(30).table() == whole.table()
    parts = Shapley(model, x, y, **options).run(7).run(6)
    parts.merge(Shapley(model, x, y, first_permutation=13, **options).run(17))
    assert parts.table() == whole.table()
    summary = whole.summary
    session = Session(model)
    chosen = session.run(x, None, "probabilities")[np.arange(ROWS), y]
    assert summary.intact == pytest.approx(chosen.astype(float).mean(), rel=1e-6)
    assert whole.column().sum() == pytest.approx(summary.intact - summary.ablated, abs=1e-9)


def test_intervals_know_which_rows_a_channel_can_change():
    network = Network(3, (1, 6, 6))
    network.conv(4)
    name = network.nodes[0].input[1]
    network.constants[name][1] = 0
    network.constants[network.nodes[0].input[2]][1] = -1
    network.conv(3)
    model = Model(network.end(wide=False).proto())
    x = np.random.default_rng(0).normal(0, 1, (ROWS, 36)).astype(np.float32)
    maps = Session(model).activations(x, 0)
    share = (maps != 0).any((2, 3)).mean(0)
    y = Session(model).predict(x)
    before = Shapley(model, x, y, layers=[0])
    np.testing.assert_allclose(before.column("upper"), share)
    after = before.run(3)
    assert after[1].value == after[1].lower == after[1].upper == 0


def test_shapley_values_can_be_cancelled_and_continued(case):
    model, x, y, _ = case
    left = [2]

    def progress(done, total, _):
        left[0] -= 1
        return int(left[0] == 0)

    options = {"layers": images(model)[-1:], "seed": 1}
    estimate = Shapley(model, x, y, progress=progress, **options)
    with pytest.raises(Failure) as refused:
        estimate.run(40)
    assert refused.value.status == c.CANCELLED
    done = estimate.summary.permutations
    assert 0 <= done < 40
    assert estimate.run(40 - done).table() == Shapley(model, x, y, **options).run(40).table()


@pytest.mark.parametrize("kind", ["zero", "dead", "mean", "constant"])
def test_every_step_of_an_elimination_is_the_best(case, kind):
    model, x, y, session = case
    how = replacements(model, x)[kind]
    for layer in images(model):
        units, curve = greedy(model, layer, x, y, threads=2, **how)
        left = list(range(model.layer(layer).units))
        for step, unit in enumerate(units):
            gone = [(layer, each) for each in units[:step]]
            counts = [correct(session, x, y, [*gone, (layer, each)], **how) for each in left]
            assert unit == left[int(np.argmax(counts))]
            assert curve[step] == max(counts) / ROWS
            left.remove(unit)
        assert not left
        again, own = greedy(model, layer, x, y, count=2, **how)
        assert again == units[:2] and own.tolist() == curve[:2].tolist()


def test_eliminations_of_a_regression():
    network = Network(21, (2, 8, 8))
    network.conv(4, activation="Tanh")
    network.residual()
    network.pool("MaxPool")
    network.conv(5)
    network.flatten()
    network.dense(4, "Relu")
    network.dense(1)
    model = Model(network.proto())
    assert model.head == "regression"
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (ROWS, 128)).astype(np.float32)
    session = Session(model)
    y = session.run(x) + rng.normal(0, 0.1, (ROWS, 1)).astype(np.float32)

    def error(units):
        return ((session.run(x, Mask(model, units)).astype(float) - y) ** 2).mean()

    for layer in images(model):
        units, curve = greedy(model, layer, x, y, threads=2)
        left = list(range(model.layer(layer).units))
        for step, unit in enumerate(units):
            gone = [(layer, each) for each in units[:step]]
            errors = [error([*gone, (layer, each)]) for each in left]
            assert curve[step] == pytest.approx(min(errors), rel=1e-5)
            assert errors[left.index(unit)] == pytest.approx(min(errors), rel=1e-5)
            left.remove(unit)


def test_an_elimination_can_be_cancelled_within_a_step(case):
    model, x, y, _ = case
    layer = images(model)[0]
    whole, _ = greedy(model, layer, x, y)
    seen = []

    def progress(done, total, _):
        seen.append((done, total))
        return int(done == 2)

    assert greedy(model, layer, x, y, progress=progress)[0] == whole[:2]
    assert all(total == len(whole) for _, total in seen) and seen == sorted(seen) and seen[-1][0] == 2
    assert greedy(model, layer, x, y, progress=lambda *_: 1) == ([], pytest.approx([]))


def test_what_eliminations_of_channels_refuse():
    model = Model(residual().proto())
    x = np.zeros((3, model.info.input_width), np.float32)
    with pytest.raises(Failure, match="same value in every row"):
        greedy(model, 0, x, [0, 1, 2], kind="resample", reference=Reference(model, x, keep_rows=True))
    with pytest.raises(Failure, match="label 3 of row 2"):
        greedy(model, 0, x, [0, 1, 3])
    with pytest.raises(Failure, match="feed it labels"):
        greedy(model, 0, x, np.zeros((3, CLASSES)))
