"""A layer is named by its number, its name, or itself, wherever layers are taken."""

import numpy as np
import pytest

import libablate

QUIET = {"progress": False}
X, Y = np.eye(2), [0, 1]


@pytest.fixture
def model():
    """Layers of one shape that differ in all that is asked of them: the last hidden one is called second."""
    first, second, last = np.array([[[3, 1], [1, 2]], [[5, -1], [1, 4]], [[2, -2], [-1, 7]]])
    named = libablate.Dense(second, None, "relu", name="second")
    return libablate.from_weights([(first, None, "relu"), named, (last, None)])


CALLS = {
    "sweep": lambda m, layer: libablate.sweep(m, X, Y, layers=layer, **QUIET)["layer"],
    "synapses": lambda m, layer: libablate.synapses(m, X, Y, layers=layer, **QUIET)["layer"],
    "pairs": lambda m, layer: libablate.pairs(m, X, Y, layers=layer, **QUIET)["layer"],
    "units": lambda m, layer: libablate.units(m, layer),
    "profile": lambda m, layer: libablate.profile(m, X, layers=layer, **QUIET).layers,
    "measure": lambda m, layer: libablate.profile(m, X, **QUIET).measure("mean", layer),
    "order": lambda m, layer: libablate.sweep(m, X, Y, **QUIET).order(layer),
    "result": lambda m, layer: repr(libablate.sweep(m, X, Y, **QUIET)[layer, 1]),
    "shapley": lambda m, layer: libablate.shapley(m, X, Y, layers=layer, permutations=2, **QUIET).order(),
    "dissect": lambda m, layer: libablate.dissect(m, X, Y, X, Y, layer, **QUIET).layer,
    "greedy": lambda m, layer: libablate.greedy(m, X, Y, layer=layer, **QUIET).order,
    "prune": lambda m, layer: repr(libablate.prune(m, {layer: 1}).layers),
    "ablate": lambda m, layer: m.ablate([(layer, 1)]).scores(X),
    "activations": lambda m, layer: m.activations(X, layer),
    "norms": lambda m, layer: libablate.weight_norms(m, layer),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_layer_names_itself(model, name):
    call = CALLS[name]
    expected = [call(model, number) for number in (0, 1)]
    assert not np.array_equal(*expected)
    for number, name_of in ((0, 0), (1, "second")):
        np.testing.assert_array_equal(call(model, model.layers[name_of]), expected[number])
    np.testing.assert_array_equal(call(model, "second"), expected[1])
    other = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None, "relu"), (np.eye(2), None)])
    with pytest.raises(ValueError, match="^layer 0 is of another model"):
        call(model, other.layers[0])


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("truth", [True, np.True_])
def test_a_truth_value_is_no_layer(model, name, truth):
    with pytest.raises(TypeError, match=r"^(a layer is named by|layers is a number, a name).*, not (np\.)?True"):
        CALLS[name](model, truth)


def test_lists_of_layers(model):
    both = [(0, 0), (0, 1), (1, 0), (1, 1)]
    hidden = model.layers.hidden
    for layers in (hidden, list(hidden), model.layers[:2], iter(hidden), np.array([0, 1]), np.array(hidden)):
        assert libablate.units(model, layers) == both
    assert libablate.units(model, ["second", hidden[0]]) == libablate.units(model, [1, 0])
    with pytest.raises(TypeError, match="not True"):
        libablate.units(model, [0, True])


@pytest.mark.parametrize(
    ("node", "weights", "name"),
    [
        ("/layer1/conv1/Conv", "layer1.conv1.weight", "layer1.conv1"),
        ("/layer1/conv1/Conv", "onnx::Conv_193", "layer1/conv1"),
        ("model/conv2d/Conv2D", "model/conv2d/Conv2D/ReadVariableOp:0", "model/conv2d"),
        ("Conv_0", "kernel", "kernel"),
    ],
)
def test_convolutions_are_called_what_exporters_call_them(node, weights, name):
    onnx = pytest.importorskip("onnx")
    make, number = onnx.helper, onnx.TensorProto.FLOAT
    graph = make.make_graph(
        [
            make.make_node("Conv", ["x", weights], ["c"], name=node),
            make.make_node("GlobalAveragePool", ["c"], ["g"]),
            make.make_node("Flatten", ["g"], ["y"]),
        ],
        "network",
        [make.make_tensor_value_info("x", number, ["n", 1, 3, 3])],
        [make.make_tensor_value_info("y", number, ["n", 2])],
        [onnx.numpy_helper.from_array(np.ones((2, 1, 2, 2), np.float32), weights)],
    )
    proto = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    assert libablate.load(proto.SerializeToString()).layers[0].name == name
