"""Sweeps over channels that a convolution reads: by a channel's contribution where counts are asked for, and from where
channels meet for other metrics. Against runs with masks, one by one."""

import ctypes

import numpy as np
import pytest

import libablate._declarations as c
from host import Mask, Reference, Session, Sweep
from onnx_models import Model
from random_images import CLASSES, Network, random_network

COUNTS = ("confusion", "changed_rows")
ALL = (*COUNTS, "log_loss", "label_probability", "kl_divergence", "margin", "class_probabilities")
ROWS = 60


def rows_of(network, rows=ROWS, seed=1):
    return np.random.default_rng(seed).normal(0, 1, (rows, int(np.prod(network.input_shape)))).astype(np.float32)


def figures(result):
    """The bytes of every figure that is a mean."""
    names = [name for name, kind in result._fields_ if kind is ctypes.c_double]
    return [np.float64(getattr(result, name)).tobytes() for name in names]


def replacements(model, network):
    reference = Reference(model, rows_of(network, seed=2), keep_rows=True)
    return [
        {},
        {"kind": "constant", "constant": 0.4},
        {"kind": "mean", "reference": reference},
        {"kind": "resample", "reference": reference, "seed": 3},
    ]


def require_equal_to_masked_runs(network, how_many=4, rows=ROWS):
    """Every figure of every channel, with and without more than counts."""
    model = Model(network.proto())
    session = Session(model)
    x = rows_of(network, rows)
    y = session.predict(x)
    y[::3] = (y[::3] + 1) % CLASSES
    settled = 0
    for how in replacements(model, network)[:how_many]:
        counts = Sweep(model, metrics=COUNTS, changed_row_limit=rows, **how).feed(x, y)
        settled += counts.cost.examined - counts.cost.rerun
        everything = Sweep(model, metrics=ALL, **how).feed(x, y)
        masks = [Mask(model, [(result.layer, result.unit)], **how) for result in counts]
        one_by_one = Sweep(model, of="masks", masks=masks, metrics=ALL).feed(x, y)
        intact = session.predict(x)
        for item, mask in enumerate(masks):
            predicted = session.predict(x, mask)
            expected = np.zeros((CLASSES, CLASSES), np.int64)
            np.add.at(expected, (y, predicted), 1)
            np.testing.assert_array_equal(counts.confusion(item), expected)
            np.testing.assert_array_equal(everything.confusion(item), expected)
            assert counts.changed_rows(item) == np.flatnonzero(predicted != intact).tolist()
            assert figures(everything[item]) == figures(one_by_one[item])
            probabilities = [sweep.class_probabilities(item).tobytes() for sweep in (everything, one_by_one)]
            assert probabilities[0] == probabilities[1]
    return settled


@pytest.mark.parametrize("seed", range(24))
def test_random_networks(seed):
    require_equal_to_masked_runs(random_network(seed, one_axis=seed % 6 == 5))


def settling_network(kind):
    """Few of the steps behind the first layers round, so that most predictions are clear."""
    network = Network(3, (2, 12, 11))
    network.conv(6)
    if kind == "poolings":
        network.pool("MaxPool", kernel=3, stride=2, pad=1)
        network.norm()
        network.conv(8, activation="LeakyRelu")
        network.pool("MaxPool", ceil_mode=1)
        network.pool("AveragePool", kernel=3, stride=1, pad=1)
    elif kind == "strides":
        network.conv(8, kernel=3, stride=2, activation="Clip")
        network.conv(8, dilation=2, pad=2, activation=None)
    elif kind == "depthwise":
        network.conv(6, group=6, activation="HardSwish")
        network.conv(8, kernel=1, pad=0, activation="Tanh")
    elif kind == "residual":
        network.residual()
    elif kind == "branches":
        network.branches(4)
    elif kind == "groups":
        network.conv(8, group=2)
        network.conv(8, group=4)
    return network.end(wide=kind in ("poolings", "branches"))


KINDS = ["poolings", "strides", "depthwise", "residual", "branches", "groups"]


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_that_contributions_settle(kind):
    assert require_equal_to_masked_runs(settling_network(kind), how_many=3) > ROWS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", [{}, {"kind": "constant", "constant": 0.4}])
def test_pairs_that_contributions_settle(kind, how):
    network = settling_network(kind)
    model = Model(network.proto())
    session, x = Session(model), rows_of(network)
    intact = session.predict(x)
    y = np.roll(intact, 1)
    settled = 0
    for layer in [index for index in range(model.info.layer_count) if model.layer(index).kind == b"convolution"]:
        sweep = Sweep(model, [layer], COUNTS, of="pairs", threads=2, changed_row_limit=ROWS, **how).feed(x, y)
        settled += sweep.cost.examined - sweep.cost.rerun
        for item, result in enumerate(sweep):
            units = [unit for unit in (result.unit, result.second_unit) if unit != c.NONE]
            predicted = session.predict(x, Mask(model, [(layer, unit) for unit in units], **how))
            expected = np.zeros((CLASSES, CLASSES), np.int64)
            np.add.at(expected, (y, predicted), 1)
            np.testing.assert_array_equal(sweep.confusion(item), expected)
            assert sweep.changed_rows(item) == np.flatnonzero(predicted != intact).tolist()
    assert settled > ROWS


@pytest.mark.parametrize("kind", KINDS)
def test_threads_and_batches_change_no_bit(kind):
    network = settling_network(kind)
    model = Model(network.proto())
    x = rows_of(network, 230)
    y = np.random.default_rng(6).integers(0, CLASSES, 230)
    for metrics in (COUNTS, ALL):
        expected = Sweep(model, metrics=metrics).feed(x, y)
        sweep = Sweep(model, metrics=metrics, threads=2)
        for first, last in ((0, 1), (1, 8), (8, 230)):
            sweep.feed(x[first:last], y[first:last])
        assert sweep.table() == expected.table()
        assert [sweep.changed_rows(item) for item in range(len(sweep))] == [
            expected.changed_rows(item) for item in range(len(expected))
        ]


@pytest.mark.parametrize("scale", [1e-7, 1e-6])
def test_rounding_decides_where_one_channel_tells_two_classes_apart(scale):
    """Without channel 2, the scores of classes 0 and 1 differ by no more than rounding does."""
    network = Network(5, (1, 10, 10))
    network.conv(6)
    network.pool("MaxPool")
    network.conv(8)
    network.node("GlobalAveragePool", [network.value], (8, 1, 1))
    network.flatten()
    network.dense(CLASSES)
    constants = [network.constants[name] for name in network.constants]
    first_bias, weights, bias, dense, dense_bias = constants[1], constants[2], constants[3], constants[4], constants[5]
    first_bias[2] = 2
    weights[7] = 0
    weights[7, 2] = 0.5
    bias[7] = dense_bias[:] = 0
    dense[1] = dense[0] * (1 + scale * network.rng.normal(0, 1, 8)).astype(np.float32)
    dense[:2, 7] = 4, 0
    dense[2] = 0
    dense_bias[2] = -100
    require_equal_to_masked_runs(network, how_many=1, rows=400)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38])
def test_values_that_bounds_do_not_hold_for(value):
    network = settling_network("poolings")
    model = Model(network.proto())
    session = Session(model)
    x = rows_of(network)
    x[7, 5] = x[11, 0] = value
    y = np.arange(ROWS) % CLASSES
    for how in ({}, {"kind": "constant", "constant": value}):
        sweep = Sweep(model, layers=[0, 1], **how).feed(x, y)
        for item, result in enumerate(sweep):
            expected = np.zeros((CLASSES, CLASSES), np.int64)
            np.add.at(expected, (y, session.predict(x, Mask(model, [(result.layer, result.unit)], **how))), 1)
            np.testing.assert_array_equal(sweep.confusion(item), expected)


@pytest.mark.parametrize("layers", [[0], [0, 1], [1, 0]])
def test_two_layers_that_a_convolution_sees_at_one_point(layers):
    """What replaces the first layer's channels grows beyond float32 in the second, which is swept, too."""
    network = Network(0, (1, 4, 4))
    network.conv(2, kernel=1, pad=0, activation=None)
    network.conv(2, kernel=1, pad=0, group=2, activation=None)
    network.conv(4, kernel=2, pad=0, activation=None)
    network.node("GlobalAveragePool", [network.value], (4, 1, 1))
    network.flatten()
    network.dense(CLASSES)
    first, first_bias, second, second_bias, third, third_bias, dense, dense_bias = network.constants.values()
    for array in (first_bias, second_bias, third, third_bias, dense, dense_bias):
        array[:] = 0
    first[:, 0, 0, 0] = 0, 1
    first_bias[0] = 2e-7
    second[:, 0, 0, 0] = np.finfo(np.float32).max, 1
    third[0, 0, 0] = 1 + 2**-23, -0.99
    third[1:, 1] = 0.3
    dense[:, 0] = -1e-38
    dense[0, 0] = 1e-38
    dense_bias[1:3] = 0.5, -3
    model, how = Model(network.proto()), {"kind": "constant", "constant": 1.0}
    x, y = np.full((3, 16), 0.5, np.float32), np.ones(3, int)
    sweep = Sweep(model, layers=layers, **how).feed(x, y)
    for item, result in enumerate(sweep):
        predictions = Session(model).predict(x, Mask(model, [(result.layer, result.unit)], **how))
        np.testing.assert_array_equal(sweep.confusion(item)[1], np.bincount(predictions, minlength=CLASSES))
