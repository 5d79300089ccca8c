"""Curves of channels, against runs one by one with masks."""

import numpy as np
import pytest

import libablate._declarations as c
from host import Failure, Mask, Reference, Session
from onnx_models import Model
from random_images import CLASSES, Network, random_network
from test_orders import curves

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
    **{f"random {seed}": lambda seed=seed: random_network(seed) for seed in range(100, 110)},
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
    orders = [[units[i] for i in rng.permutation(len(units))] for _ in range(3)]
    orders += [units, units[::-1]]
    points = list(range(len(units) + 1))
    tables = [curves(model, orders, x, y, threads=threads, **how) for threads in (1, 2)]
    np.testing.assert_array_equal(tables[0], tables[1])
    for order, own in zip(orders, tables[0]):
        assert own.tolist() == by_hand(model, order, x, y, points, **how)
    # Several layers change between two points, on paths that run side by side, too.
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
