"""Taylor measures of channels against central differences of the ONNX project's reference evaluator, in float64.

A gate of 1 that multiplies a unit's activations at all positions has the sum of a dL/da over them for its derivative.
"""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

import libablate._declarations as c
from host import Session
from onnx_models import Model, with_readers_of
from profile_host import Profile
from random_images import CLASSES, Network, random_network

ROWS = 3
FOLLOWERS = {"BatchNormalization", "Relu", "Sigmoid", "HardSwish", "Tanh", "LeakyRelu", "Clip", "Elu", "Softplus"}


class LRN(OpRun):
    """The evaluator's own takes the number of rows for that of the channels."""

    def _run(self, x, alpha=None, beta=None, bias=None, size=None):
        squares, channels = np.zeros_like(x), x.shape[1]
        for channel in range(channels):
            first, end = max(0, channel - (size - 1) // 2), min(channels, channel + size // 2 + 1)
            squares[:, channel] = np.sum(x[:, first:end] ** 2, axis=1)
        return (x / (bias + alpha / size * squares) ** beta,)


def in_float64(proto):
    """The same graph, in float64."""
    double = onnx.ModelProto()
    double.CopyFrom(proto)
    for tensor in double.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(np.float64(numpy_helper.to_array(tensor)), tensor.name))
    for value in [*double.graph.input, *double.graph.output]:
        value.type.tensor_type.elem_type = TensorProto.DOUBLE
    return double


def chains(proto):
    """Of each layer, the names of its values: before and after what might belong to it."""
    found = []
    for node in proto.graph.node:
        if node.op_type not in ("Conv", "Gemm"):
            continue
        names = [node.output[0]]
        while True:
            readers = [each for each in proto.graph.node if names[-1] in each.input]
            if len(readers) != 1 or readers[0].op_type not in FOLLOWERS:
                break
            names.append(readers[0].output[0])
        found.append(names)
    return found


def evaluate(proto, feeds, names=None):
    if names:
        proto = onnx.ModelProto.FromString(proto.SerializeToString())
        for name in names:
            proto.graph.output.append(helper.make_tensor_value_info(name, TensorProto.DOUBLE, None))
    return ReferenceEvaluator(proto, new_ops=[LRN]).run(names, feeds)


def gated(proto, name):
    """The graph in which "gate" multiplies the values called `name`."""
    result, behind = with_readers_of(proto, name, "gated")
    graph = result.graph
    for value in graph.output:
        value.name = "gated" if value.name == name else value.name
    graph.input.append(helper.make_tensor_value_info("gate", TensorProto.DOUBLE, None))
    graph.node.insert(behind, helper.make_node("Mul", [name, "gate"], ["gated"]))
    return result


def losses(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]


def slopes(proto, name, shape, x, y, step):
    """dL/dgate of each row and unit."""
    units = shape[1]
    gates = np.repeat(1 + step * np.concatenate([np.eye(units), -np.eye(units)]), len(x), axis=0)
    feeds = {"x": np.tile(np.float64(x), (2 * units,) + (1,) * (x.ndim - 1))}
    feeds["gate"] = gates.reshape(gates.shape + (1,) * (len(shape) - 2))
    found = losses(evaluate(gated(proto, name), feeds)[0], np.tile(y, 2 * units)).reshape(2, units, len(x))
    return (found[0] - found[1]).T / (2 * step)


def expected(proto, model, x, y):
    """Of each layer, dL/dgate [rows, units]; and which rows are far from all bends."""
    double, session, found, smooth = in_float64(proto), Session(model), [], np.ones(len(x), bool)
    for layer, names in enumerate(chains(proto)):
        # A normalisation that went into the weights is part of the layer.
        own = session.activations(x.reshape(len(x), -1), layer)
        for name, values in zip(names, evaluate(double, {"x": np.float64(x)}, names), strict=True):
            if np.allclose(values.reshape(own.shape), own, rtol=1e-4, atol=1e-4):
                fine, coarse = (slopes(double, name, values.shape, x, y, step) for step in (1e-6, 1e-4))
                size = np.abs(fine).max() + 1e-12
                smooth &= (np.abs(fine - coarse) < 1e-4 * size).all(axis=1)
                found.append(fine)
                break
        else:
            raise AssertionError(f"no value of the graph is that of layer {layer}")
    return found, smooth


def check(network, least=2):
    proto = network.proto()
    model = Model(proto)
    random = np.random.default_rng(len(proto.graph.node))
    x = random.normal(0, 1, (ROWS, *network.input_shape)).astype(np.float32)
    y = random.integers(0, CLASSES, ROWS).astype(np.int32)
    found, smooth = expected(proto, model, x, y)
    assert smooth.sum() >= least
    x, y = x[smooth].reshape(smooth.sum(), -1), y[smooth]
    layers = list(range(len(found)))
    together = Profile(model, "taylor", layers=layers).feed(x, y)
    for layer, terms in enumerate(terms[smooth] for terms in found):
        bound = 2e-5 * np.abs(terms).max() + 1e-9
        for row, own in enumerate(terms):
            alone = Profile(model, "taylor", layers=[layer]).feed(x[row : row + 1], y[row : row + 1])
            np.testing.assert_allclose(alone.measure("taylor", layer), np.abs(own), rtol=1e-4, atol=bound)
        np.testing.assert_allclose(together.measure("taylor", layer), np.abs(terms).mean(0), rtol=1e-4, atol=bound)
        signed = together.measure("taylor_of_mean", layer)
        np.testing.assert_allclose(signed, np.abs(terms.mean(0)), rtol=1e-4, atol=bound)


@pytest.mark.parametrize("one_axis", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_random_networks(seed, one_axis):
    check(random_network(seed, one_axis=one_axis))


def moved(network, operator, shape, *constants, **attributes):
    names = [network.constant(f"k{len(network.nodes)}{place}", each) for place, each in enumerate(constants)]
    network.node(operator, [network.value, *names], shape, **attributes)


def windows(network):
    network.conv(4, dilation=2, pad=2, activation="Elu")
    network.conv(6, kernel=2, stride=3, pad=1, group=2, activation="Softplus")
    network.conv(6, kernel=2, pad=1, group=6, dilation=2, activation="Clip")
    network.conv(12, group=6, activation="HardSwish")


def poolings(network):
    network.conv(4, activation="Tanh")
    network.pool("MaxPool", kernel=3, stride=1, pad=1)
    network.pool("AveragePool", kernel=3, stride=2, pad=1, count_include_pad=1, ceil_mode=1)
    network.conv(5, activation="LeakyRelu")
    network.pool("AveragePool", kernel=3, stride=2, pad=1, count_include_pad=0)
    network.conv(5, kernel=1, pad=0, activation="Sigmoid")
    network.node("GlobalMaxPool", [network.value], (5, 1, 1))


def normalisations(network):
    network.conv(5, activation="Tanh")
    network.node("LRN", [network.value], size=3, alpha=0.75, beta=0.75, bias=1.0)
    network.conv(4, activation="Softplus")
    network.node("LRN", [network.value], size=4, alpha=2.0, beta=0.5, bias=0.5)
    network.norm()


def movements(network):
    network.conv(4, activation="Tanh")
    moved(network, "Transpose", (4, 6, 7), perm=[0, 1, 3, 2])
    moved(network, "Pad", (4, 8, 8), np.array([0, 0, 1, 0, 0, 0, 1, 1]), np.float32(0.5))
    network.conv(4, activation="Sigmoid")
    moved(network, "Slice", (4, 6, 4), np.array([1, 0]), np.array([7, 8]), np.array([2, 3]), np.array([1, 2]))
    network.conv(3, activation="Tanh")
    scales = np.array([1, 1, 2, 2], np.float32)
    network.constant("roi", np.empty(0, np.float32))
    network.node("Resize", [network.value, "roi", network.constant("scales", scales)], (3, 12, 8), mode="linear")
    network.conv(3, activation="Tanh")
    moved(network, "Reshape", (6, 6, 8), np.array([0, 6, 6, 8]))
    network.conv(3, activation="Tanh")


def paths(network):
    """Several steps read one point; one reads a point twice."""
    network.conv(4, activation="Tanh")
    first, shape = network.value, network.shape
    network.conv(4, activation=None)
    network.node("Add", [network.value, first])
    network.node("Softplus", [network.value])
    second = network.value
    network.node("Mul", [second, first])
    network.node("Concat", [network.value, first, second, first], (16, *shape[1:]), axis=1)
    network.node("GlobalAveragePool", [network.value], (16, 1, 1))


@pytest.mark.parametrize("blocks", [windows, poolings, normalisations, movements, paths])
def test_every_kind_of_step(blocks):
    network = Network(3, (3, 7, 6))
    blocks(network)
    network.flatten()
    network.dense(5, "Tanh")
    network.dense(CLASSES)
    check(network)


@pytest.mark.parametrize("global_pooling", [False, True])
def test_of_equal_maxima_the_first_counts(global_pooling):
    """Three of four positions have the largest value, which each passes on with a factor of its own."""
    network = Network(1, (1, 2, 2))
    network.conv(1, kernel=1, pad=0, activation=None)
    network.constants["c0.weight"][:], network.constants["c0.bias"][:] = 1, 0
    before = network.value
    moved(network, "Mul", (1, 2, 2), np.float32([[[1, 0.5], [1.5, 3]]]))
    if global_pooling:
        network.node("GlobalMaxPool", [network.value], (1, 1, 1))
    else:
        network.pool("MaxPool")
    network.flatten()
    network.dense(CLASSES)
    model = Model(network.proto())
    assert before and model.info.layer_count == 2
    x, y = np.float32([[1, 6, 2, 1]]), np.int32([0])
    weights, _ = model.parameters(1)
    powers = np.exp(Session(model).run(x)[0].astype(np.float64))
    gradient = (powers / powers.sum() - np.eye(CLASSES)[0]) @ weights.astype(np.float64)
    # The products are 1, 3, 3, 3: the first of the three is x = 6 times 0.5.
    found = Profile(model, "taylor", layers=[0]).feed(x, y).measure("taylor")
    np.testing.assert_allclose(found, np.abs(gradient * 3), rtol=1e-5)


@pytest.mark.parametrize("seed", [2, 7])
def test_batches_threads_merging_and_the_other_layers_change_no_bit(seed):
    network = random_network(seed)
    model = Model(network.proto())
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (60, int(np.prod(network.input_shape)))).astype(np.float32)
    y = random.integers(0, CLASSES, 60).astype(np.int32)
    one = Profile(model, "taylor").feed(x, y)
    many = Profile(model, "taylor", threads=3, positions=c.POSITIONS["maximum"]).feed(x[:7], y[:7]).feed(x[7:], y[7:])
    other = Profile(model, "taylor", threads=2).feed(x[:31], y[:31])
    other.merge(Profile(model, "taylor").feed(x[31:], y[31:]))
    for layer in range(model.info.layer_count - 1):
        alone = Profile(model, "taylor", layers=[layer]).feed(x[::-1], y[::-1])
        for name in ("taylor", "taylor_of_mean"):
            for profile in (many, other, alone):
                np.testing.assert_array_equal(profile.measure(name, layer), one.measure(name, layer))
