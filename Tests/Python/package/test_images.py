"""Convolutional networks from raw weights and from modules of PyTorch (stand-ins with their names and attributes),
against ONNX Runtime."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import libablate
from libablate import Affine, Convolution, Pooling

RNG = np.random.default_rng(21)


def values(*shape):
    return RNG.normal(0, 0.5, shape).astype(np.float32)


def reference(x, nodes, constants):
    """What ONNX Runtime makes of nodes that read "x" and end in "y"."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=8)
    return onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"]).run(
        None, {"x": x}
    )[0]


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs, [output], **attributes)


CONVOLUTIONS = [
    {},
    {"strides": 2, "padding": 1},
    {"strides": (1, 2), "padding": (0, 2), "dilations": (2, 1)},
    {"padding": (1, 0, 2, 3), "groups": 2},
    {"groups": 4},
]


@pytest.mark.parametrize("how", CONVOLUTIONS, ids=str)
def test_convolutions_and_what_a_dense_layer_reads_of_them(how):
    x = values(5, 4, 9, 8)
    groups = how.get("groups", 1)
    weights, bias = values(8, 4 // groups, 3, 2), values(8)
    both = {key: (value, value) if np.ndim(value) == 0 else value for key, value in how.items() if key != "groups"}
    pads = both.get("padding", (0, 0))
    attributes = {
        "strides": both.get("strides", (1, 1)),
        "dilations": both.get("dilations", (1, 1)),
        "pads": pads * 2 if len(pads) == 2 else pads,
        "group": groups,
    }
    nodes = [node("Conv", ["x", "w", "b"], "c", **attributes), node("Relu", ["c"], "r"), node("Flatten", ["r"], "f")]
    flat = reference(x, [*nodes[:-1], node("Flatten", ["r"], "y")], {"w": weights, "b": bias})
    dense = values(3, flat.shape[1])
    expected = reference(x, [*nodes, node("MatMul", ["f", "d"], "y")], {"w": weights, "b": bias, "d": dense.T.copy()})
    model = libablate.from_weights(
        [Convolution(weights, bias, "relu", name="a", **how), (dense, None)], input_shape=(4, 9, 8)
    )
    np.testing.assert_allclose(model.scores(x), expected, atol=1e-4)
    layer = model.layers["a"]
    np.testing.assert_array_equal(layer.weights, weights)
    assert layer.is_convolution and layer.kernel == (3, 2) and layer.groups == groups
    np.testing.assert_allclose(model.activations(x, "a").reshape(5, -1), flat, atol=1e-4)
    assert model.activations(x, "a").shape == (5, *layer.shape)
    assert f"{layer.height} x {layer.width}" in repr(model.layers) and "3 x 2" in repr(model.layers)


POOLINGS = [
    ("maximum", "MaxPool", {"kernel": 2}, {}),
    ("maximum", "MaxPool", {"kernel": 3, "strides": 2, "rounds_up": True, "padding": 1}, {}),
    ("average", "AveragePool", {"kernel": (3, 2), "strides": 2, "padding": (1, 0)}, {"count_include_pad": 0}),
    ("average_counting_padding", "AveragePool", {"kernel": 3, "strides": 2, "padding": 1}, {"count_include_pad": 1}),
    ("maximum", "MaxPool", {"kernel": 2, "strides": 3, "rounds_up": True}, {}),
]


@pytest.mark.parametrize(("kind", "operator", "how", "more"), POOLINGS, ids=str)
def test_poolings(kind, operator, how, more):
    x = values(4, 3, 9, 8)

    def two(name, default):
        value = how.get(name, default)
        return (value, value) if np.ndim(value) == 0 else value

    kernel = two("kernel", 1)
    pads = two("padding", 0)
    pool = node(
        operator, ["x"], "p", kernel_shape=kernel, strides=two("strides", kernel), pads=pads * 2,
        ceil_mode=int(how.get("rounds_up", False)), **more,
    )  # fmt: skip
    flat = reference(x, [pool, node("Flatten", ["p"], "y")], {})
    # A row of the identity for each value: the dense layer has to find as many as there are.
    model = libablate.from_weights([Pooling(kind, **how), (np.eye(flat.shape[1]), None)], input_shape=(3, 9, 8))
    np.testing.assert_allclose(model.scores(x), flat, atol=1e-5)


def test_a_window_that_starts_in_the_end_padding_does_not_count():
    how = {"kernel": (1, 1), "strides": (1, 1), "padding": (0, 0, 1, 0), "rounds_up": True}
    model = libablate.from_weights([Pooling("maximum", **how), (np.eye(2), None)], input_shape=(1, 2, 1))
    np.testing.assert_array_equal(model.scores(np.float32([[1, 2]])), [[1, 2]])


def test_normalisations_of_channels_and_values():
    x = values(4, 3, 5, 5)
    channel, value = values(3), values(3, 5, 5)
    weights = values(2, 3, 5, 5)
    model = libablate.from_weights(
        [
            Affine(scale=value),
            Affine(center=channel, per_channel=True),
            Convolution(np.eye(3).reshape(3, 3, 1, 1)),
            Affine(shift=value),
            Affine(scale=channel, per_channel=True),
            Convolution(weights),
        ],
        input_shape=(3, 5, 5),
    )
    image = ((x.astype(np.float64) * value - channel[:, None, None]) + value) * channel[:, None, None]
    np.testing.assert_allclose(model.scores(x), np.einsum("ncyx,ucyx->nu", image, weights), atol=1e-5)


def test_sequences_and_what_is_wrong():
    x = values(3, 2, 10)
    weights = values(4, 2, 3)
    model = libablate.from_weights(
        [Convolution(weights, strides=(1, 2)), Pooling("global_average")], input_shape=(2, 10), head="logits"
    )
    nodes = [
        node("Conv", ["x", "w"], "c", strides=[2]),
        node("GlobalAveragePool", ["c"], "m"),
        node("Flatten", ["m"], "y"),
    ]
    expected = reference(x, nodes, {"w": weights})
    np.testing.assert_allclose(model.scores(x), expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"not \(units, \(3 channels"):
        libablate.from_weights([Convolution(values(2, 2, 3, 3))], input_shape=(3, 5, 5))
    with pytest.raises(ValueError, match="pass input_shape"):
        libablate.from_weights([Convolution(values(2, 3, 3, 3))])
    with pytest.raises(ValueError, match="^kind is 'median'; there are maximum"):
        libablate.from_weights([Pooling("median")], input_shape=(3, 5, 5))


def module(kind, children=(), own=(), **attributes):
    """A stand-in for a module of PyTorch: its name, its attributes, its children, parameters of its own."""
    methods = {"named_children": lambda self: list(children), "parameters": lambda self, recurse=True: own}
    found = type(kind, (), {**methods, "training": False, "_modules": dict(children)})()
    found.eval = lambda: found
    found.train = lambda mode: found
    for name, value in attributes.items():
        setattr(found, name, tensor(value) if isinstance(value, np.ndarray) else value)
    return found


def tensor(array):
    found = SimpleNamespace(numpy=lambda: array)
    found.detach = found.cpu = lambda: found
    return found


@pytest.fixture
def torch(monkeypatch):
    """What from_torch needs of PyTorch: it runs the module on the example."""
    fake = ModuleType("torch")
    fake.as_tensor = lambda array: array

    class Nothing:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

    fake.no_grad = Nothing
    monkeypatch.setitem(sys.modules, "torch", fake)


def sequential(expected, *modules):
    found = module("Sequential", [(str(place), each) for place, each in enumerate(modules)])
    type(found).__call__ = lambda self, x: tensor(expected)
    return found


def conv(weights, bias=None, kind="Conv2d", **more):
    axes = weights.ndim - 2
    defaults = {
        "stride": (1,) * axes, "padding": (0,) * axes, "dilation": (1,) * axes, "groups": 1, "padding_mode": "zeros"
    }  # fmt: skip
    return module(kind, weight=weights, bias=bias, **{**defaults, **more})


def norm(kind, count):
    parts = {"weight": values(count), "bias": values(count), "running_mean": values(count)}
    return module(kind, running_var=np.abs(values(count)) + 0.3, eps=1e-5, **parts)


def norm_node(normalisation, source, target, constants):
    names = []
    for part in ("weight", "bias", "running_mean", "running_var"):
        names.append(f"{target}.{part}")
        constants[names[-1]] = getattr(normalisation, part).numpy()
    return node("BatchNormalization", [source, *names], target, epsilon=1e-5)


def test_modules_of_pytorch(torch):
    x = values(6, 3, 12, 11)
    first, second, head, bias = values(8, 3, 3, 3), values(6, 4, 4, 4), values(5, 6), values(5)
    front, behind = norm("BatchNorm2d", 3), norm("BatchNorm2d", 8)
    constants = {"w": first, "v": second, "h": head, "hb": bias, "zero": np.float32(0), "six": np.float32(6)}
    nodes = [
        norm_node(front, "x", "n", constants),
        node("Conv", ["n", "w"], "c", strides=[2, 1], pads=[1, 1, 1, 1]),
        norm_node(behind, "c", "m", constants),
        node("Clip", ["m", "zero", "six"], "a"),
        node("MaxPool", ["a"], "p", kernel_shape=[2, 2], strides=[1, 2], pads=[1, 0, 1, 0], ceil_mode=1),
        # PyTorch's "same" of an even kernel has the odd row behind.
        node("Conv", ["p", "v"], "d", group=2, pads=[1, 1, 2, 2]),
        node("AveragePool", ["d"], "q", kernel_shape=[2, 2], strides=[2, 2], count_include_pad=1),
        node("GlobalAveragePool", ["q"], "g"),
        node("Flatten", ["g"], "f"),
        node("Gemm", ["f", "h", "hb"], "y", transB=1),
    ]
    expected = reference(x, nodes, constants)
    network = sequential(
        expected,
        front,
        conv(first, stride=(2, 1), padding=(1, 1)),
        behind,
        module("ReLU6"),
        module("MaxPool2d", kernel_size=2, stride=(1, 2), padding=(1, 0), dilation=1, ceil_mode=True),
        module("Dropout2d"),
        conv(second, padding="same", groups=2),
        module(
            "AvgPool2d", kernel_size=2, stride=2, padding=0, ceil_mode=False, count_include_pad=True,
            divisor_override=None,
        ),
        module("AdaptiveAvgPool2d", output_size=(1, 1)),
        module("Flatten"),
        module("Linear", weight=head, bias=bias),
    )  # fmt: skip
    model = libablate.from_torch(network, x)
    np.testing.assert_allclose(model.scores(x), expected, atol=1e-4)
    assert [layer.kind for layer in model.layers] == ["convolution", "convolution", "dense"]
    assert model.layers[0].activation == "clip"


def test_sequences_of_pytorch(torch):
    x = values(6, 3, 12)
    weights, head = values(4, 3, 3), values(2, 4)
    normalisation = norm("BatchNorm1d", 4)
    constants = {"w": weights, "h": head}
    nodes = [
        node("Conv", ["x", "w"], "c", dilations=[2], pads=[1, 1]),
        norm_node(normalisation, "c", "n", constants),
        node("Relu", ["n"], "r"),
        node("GlobalMaxPool", ["r"], "g"),
        node("Flatten", ["g"], "f"),
        node("Gemm", ["f", "h"], "y", transB=1),
    ]
    expected = reference(x, nodes, constants)
    network = sequential(
        expected,
        conv(weights, kind="Conv1d", dilation=(2,), padding=(1,)),
        normalisation,
        module("ReLU"),
        module("AdaptiveMaxPool1d", output_size=1),
        module("Flatten"),
        module("Linear", weight=head, bias=None),
    )
    np.testing.assert_allclose(libablate.from_torch(network, x).scores(x), expected, atol=1e-4)


def test_what_is_beyond_is_refused(torch):
    x = values(2, 1, 4, 4)
    for each, text in [
        (conv(values(1, 1, 2, 2), padding_mode="reflect"), "reflect"),
        (module("AdaptiveAvgPool2d", output_size=2), "one"),
        (module("Conv3d"), "^module '0' is a Conv3d"),
        (module("Softplus", beta=2.0), "^module '0' is a Softplus with beta 2: only 1"),
        (module("Softmax", dim=0), "^module '0' is a Softmax over axis 0"),
        (
            module("Block", [("norm", module("LayerNorm"))]),
            "^module '0.norm' is a LayerNorm, which is beyond this version$",
        ),
        (module("Scaled", [("flat", module("Flatten"))], own=[1.0]), "^module '0' is a Scaled, which from_torch"),
        # PyTorch's Linear works on the last axis, and so on each of the four columns here.
        (
            module("Linear", weight=values(5, 4), bias=None),
            r"^Sequential does more .* \(weights of step '0' have the shape \(5, 4\), and not \(units, 16\)\): export",
        ),
    ]:
        with pytest.raises(libablate.UnsupportedError, match=text):
            libablate.from_torch(sequential(None, each), x)


def test_a_module_that_does_not_run(torch):
    """It says so itself, and no weights are blamed."""

    def fail(self, x):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x16 and 9x5)")

    network = sequential(None, module("Flatten"), module("Linear", weight=values(5, 9), bias=None))
    type(network).__call__ = fail
    said = r"^Sequential does not run on the example, of shape \(2, 4, 4\): mat1 and mat2 shapes cannot be multiplied"
    with pytest.raises(ValueError, match=said):
        libablate.from_torch(network, values(2, 4, 4))


def test_rows_are_of_the_type_of_the_weights(torch, monkeypatch):
    """PyTorch multiplies no float32 with float64: the example goes where the weights are, whatever it is."""
    x, weights = values(2, 4), values(3, 4).astype(np.float64)
    monkeypatch.setattr(sys.modules["torch"], "as_tensor", lambda array: Rows(array))

    class Rows(SimpleNamespace):
        def __init__(self, array):
            super().__init__(array=array, to=lambda other: Rows(array.astype(other.numpy().dtype)))

    def forward(self, rows):
        if rows.array.dtype != np.float64:
            raise RuntimeError("expected m1 and m2 to have the same dtype")
        return tensor(rows.array @ weights.T)

    network = module("Sequential", [("0", module("Linear", weight=weights, bias=None))])
    type(network).__call__ = forward
    monkeypatch.setattr(type(network), "parameters", lambda self, recurse=True: [tensor(weights)] if recurse else [])
    for example in (x, x.astype(np.float64), x.tolist()):
        np.testing.assert_allclose(libablate.from_torch(network, example).scores(x), x @ weights.T, atol=1e-5)


def test_names_of_nested_modules(torch):
    x, first, second, last = values(2, 4), values(4, 4), values(4, 4), values(3, 4)
    linear = [module("Linear", weight=weights, bias=None) for weights in (first, second, last)]
    parts = [module("Sequential", [("0", linear[0]), ("1", linear[1])]), linear[2]]
    model = libablate.from_torch(sequential(x @ first.T @ second.T @ last.T, *parts), x)
    assert [layer.name for layer in model.layers] == ["0.0", "0.1", "1"]


def test_a_layer_of_keras_along_the_last_axis():
    """As Dense is in Keras; a stand-in for a model of it, with the attributes that are read."""
    dense = type("Dense", (), {"__module__": "keras.layers", "name": "fc", "kernel": values(4, 5)})()
    model = type("Sequential", (), {"name": "m", "layers": [dense], "input_shape": (None, 3, 4)})()
    said = (
        r"^layer 'fc' \(Dense\) reads the last axis of \(3, 4\): only whole rows, as behind a Flatten, are known; load"
    )
    with pytest.raises(libablate.UnsupportedError, match=said):
        libablate.from_keras(model)


@pytest.mark.parametrize("size", [16, 17, 300, 1024])
@pytest.mark.parametrize("pooling", ["global_average", "average"])
def test_means_of_many_positions(size, pooling):
    """In one chain of float32 sums those of a million values would be off by 1e-3."""
    kernel = {} if pooling == "global_average" else {"kernel": size}
    steps = [libablate.Convolution(np.eye(3).reshape(3, 3, 1, 1)), libablate.Pooling(pooling, **kernel)]
    model = libablate.from_weights([*steps, (np.eye(3), None)], input_shape=(3, size, size))
    x = np.random.default_rng(size).uniform(0.1, 0.11, (2, 3, size, size)).astype(np.float32)
    np.testing.assert_allclose(model.scores(x), x.astype(np.float64).mean(axis=(2, 3)), rtol=1e-6)
