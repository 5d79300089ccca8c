"""Graphs as exporters write them, made by hand: each way to write activations, heads, shapes, against ONNX Runtime."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from onnx_models import Failure, Model, reference

RNG = np.random.default_rng(11)
W1 = RNG.normal(0, 0.7, (4, 6)).astype(np.float32)
B1 = RNG.normal(0, 0.5, 6).astype(np.float32)
W2 = RNG.normal(0, 0.7, (6, 3)).astype(np.float32)
B2 = RNG.normal(0, 0.5, 3).astype(np.float32)
X = RNG.normal(0, 1.5, (40, 4)).astype(np.float32)
node = helper.make_node


def scalar(value, dtype=np.float32):
    return np.array(value, dtype)


def made(nodes, constants, *, shape=("N", 4), out=("y",), opset=17, output_type=TensorProto.FLOAT, **model):
    """A model of x; `constants` become initializers."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, output_type, None) for name in out],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 2)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **model)


WEIGHTS = {"w1": W1, "b1": B1, "w2": W2, "b2": B2}


def between(nodes, constants=None, **options):
    """x -> dense -> nodes from "h" to "a" -> dense -> y"""
    first = [node("Gemm", ["x", "w1", "b1"], ["h"], name="first")]
    last = [node("Gemm", ["a", "w2", "b2"], ["y"], name="last")]
    return made(first + nodes + last, WEIGHTS | (constants or {}), **options)


def behind(nodes, constants=None, out=("y",), **options):
    """x -> dense -> relu -> dense -> nodes from "s" on"""
    first = [node("Gemm", ["x", "w1", "b1"], ["h"]), node("Relu", ["h"], ["a"]), node("Gemm", ["a", "w2", "b2"], ["s"])]
    return made(first + nodes, WEIGHTS | (constants or {}), out=out, **options)


def agree(proto, x=X, output="scores"):
    model = Model(proto)
    np.testing.assert_allclose(model.run(x, output).ravel(), np.ravel(reference(proto, x)), rtol=2e-5, atol=2e-5)
    return model


ACTIVATIONS = {
    "Relu": ("relu", {}),
    "LeakyRelu": ("leaky_relu", {"alpha": 0.2}),
    "Elu": ("elu", {"alpha": 1.5}),
    "Selu": ("selu", {}),
    "Selu ": ("selu", {"alpha": 1.2, "gamma": 0.9}),
    "Tanh": ("tanh", {}),
    "Sigmoid": ("sigmoid", {}),
    "Softplus": ("softplus", {}),
    "Gelu": ("gelu", {}),
    "Gelu ": ("gelu_tanh", {"approximate": "tanh"}),
    "HardSigmoid": ("hard_sigmoid", {}),
    "HardSigmoid ": ("hard_sigmoid", {"alpha": 0.25, "beta": 0.4}),
    "HardSwish": ("hard_swish", {}),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    expected, attributes = ACTIVATIONS[name]
    model = agree(between([node(name.strip(), ["h"], ["a"], **attributes)], opset=20))
    assert [layer[3] for layer in model.layers] == [expected, "identity"]
    assert model.kinds == ["dense", "dense"]


HALF, ONE, ROOT = scalar(0.5), scalar(1), scalar(np.sqrt(2))
SLOPE, CUBE = scalar(np.sqrt(2 / np.pi)), scalar(0.044715)
GELU = {
    "torch": [("Div", "h r e"), ("Erf", "e f"), ("Add", "f 1 g"), ("Mul", "h g m"), ("Mul", "m .5 a")],
    "tf2onnx": [("Mul", "h i e"), ("Erf", "e f"), ("Add", "1 f g"), ("Mul", ".5 h m"), ("Mul", "m g a")],
    "half first": [("Div", "h r e"), ("Erf", "e f"), ("Add", "f 1 g"), ("Mul", "g .5 m"), ("Mul", "m h a")],
}
GELU_TANH = {
    "torch pow": [
        ("Pow", "h 3 c"),
        ("Mul", "c k d"),
        ("Add", "h d e"),
        ("Mul", "e s f"),
        ("Tanh", "f t"),
        ("Add", "t 1 u"),
        ("Mul", ".5 h m"),
        ("Mul", "m u a"),
    ],
    "cube by products": [
        ("Mul", "h h q"),
        ("Mul", "q h c"),
        ("Mul", "k c d"),
        ("Add", "d h e"),
        ("Mul", "s e f"),
        ("Tanh", "f t"),
        ("Add", "1 t u"),
        ("Mul", "u .5 m"),
        ("Mul", "m h a"),
    ],
    "factored": [
        ("Mul", "h h q"),
        ("Mul", "k q c"),
        ("Add", "c 1 d"),
        ("Mul", "h s e"),
        ("Mul", "e d f"),
        ("Tanh", "f t"),
        ("Add", "t 1 u"),
        ("Mul", "h u m"),
        ("Mul", "m .5 a"),
    ],
}
SWISH = {
    "HardSigmoid": [("HardSigmoid", "h g", {"alpha": 1 / 6, "beta": 0.5}), ("Mul", "h g a")],
    "Clip": [("Add", "h 3 e"), ("Clip", "e 0 6 f"), ("Mul", "h f g"), ("Div", "g 6 a")],
    "Clip of the rest": [("Add", "h 3 e"), ("Clip", "e 0 6 f"), ("Div", "f 6 g"), ("Mul", "g h a")],
}
SHIFTED = {
    "silu": [("Add", "h .5 e"), ("Sigmoid", "e g"), ("Mul", "e g a")],
    "gelu": [
        ("Add", "h .5 b"),
        ("Div", "b r e"),
        ("Erf", "e f"),
        ("Add", "f 1 g"),
        ("Mul", "b g m"),
        ("Mul", "m .5 a"),
    ],
    "hard_swish": [("Add", "h 1 b"), ("HardSigmoid", "b g", {"alpha": 1 / 6, "beta": 0.5}), ("Mul", "b g a")],
}
PATHS = {
    "a skip around it": (["activation", "sum"], [("Tanh", "h t"), ("Add", "h t a")]),
    "twice its argument and a gate": (
        ["affine", "activation", "product", "sum"],
        [("HardSigmoid", "h g", {"alpha": 0.2, "beta": 0.5}), ("Mul", "h g m"), ("Add", "h m n"), ("Add", "n h a")],
    ),
    "a bias that two read": (["activation", "sum"], [("Add", "h v b"), ("Elu", "b e"), ("Add", "b e a")]),
}
SILU = {
    "sigmoid first": [("Sigmoid", "h g"), ("Mul", "h g a")],
    "sigmoid second": [("Sigmoid", "h g"), ("Mul", "g h a")],
}
NUMBERS = {".5": HALF, "1": ONE, "r": ROOT, "i": scalar(1 / np.sqrt(2)), "s": SLOPE, "k": CUBE}
NUMBERS |= {"3": scalar(3), "0": scalar(0), "6": scalar(6), "v": B1 + 1}


def chain(steps):
    made_nodes = []
    for step in steps:
        *inputs, output = step[1].split()
        made_nodes.append(node(step[0], inputs, [output], **(step[2] if len(step) > 2 else {})))
    used = {name for each in made_nodes for name in each.input}
    return made_nodes, {name: value for name, value in NUMBERS.items() if name in used}


@pytest.mark.parametrize(
    "expected,steps",
    [pytest.param("gelu", steps, id=f"gelu {name}") for name, steps in GELU.items()]
    + [pytest.param("gelu_tanh", steps, id=f"tanh {name}") for name, steps in GELU_TANH.items()]
    + [pytest.param("hard_swish", steps, id=f"swish {name}") for name, steps in SWISH.items()]
    + [pytest.param("silu", steps, id=f"silu {name}") for name, steps in SILU.items()]
    + [pytest.param(name, steps, id=f"shifted {name}") for name, steps in SHIFTED.items()],
)
def test_activations_written_out(expected, steps):
    model = agree(between(*chain(steps)))
    assert [layer[3] for layer in model.layers] == [expected, "identity"]
    assert model.kinds == ["dense", "dense"]


WRONG = {
    "no half": [("Div", "h r e"), ("Erf", "e f"), ("Add", "f 1 g"), ("Mul", "h g a")],
    "another root": [("Div", "h 3 e"), ("Erf", "e f"), ("Add", "f 1 g"), ("Mul", "h g m"), ("Mul", "m .5 a")],
    "square": [("Mul", "h h a")],
}


PRODUCTS = {
    "another slope": (["activation"], [("HardSigmoid", "h g", {"alpha": 0.2, "beta": 0.5}), ("Mul", "h g a")]),
    "quick GELU": (["affine", "activation"], [("Mul", "h s e"), ("Sigmoid", "e g"), ("Mul", "h g a")]),
    "behind a scaling": (
        ["activation"],
        [("Mul", "h v e"), ("Add", "e v f"), ("HardSigmoid", "f g", {"alpha": 0.2, "beta": 0.5}), ("Mul", "f g a")],
    ),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_with_an_activation_are_steps_of_their_own(name):
    kinds, steps = PRODUCTS[name]
    model = agree(between(*chain(steps)))
    assert model.kinds == ["dense", *kinds, "product", "dense"]
    assert [layer[3] for layer in model.layers] == ["identity", "identity"]


@pytest.mark.parametrize("name", PATHS)
def test_functions_of_one_layer_are_added_up(name):
    """What all of them start from is part of the layer; a unit is a pre-activation."""
    kinds, steps = PATHS[name]
    model = agree(between(*chain(steps)))
    assert sorted(model.kinds) == sorted(["dense", *kinds, "dense"])


@pytest.mark.parametrize("name", WRONG)
def test_almost_activations_are_refused(name):
    with pytest.raises(Failure, match="none of the activation functions"):
        Model(between(*chain(WRONG[name])))


@pytest.mark.parametrize("opset", [7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23])
def test_opsets(opset):
    squeeze = [node("Squeeze", ["u"], ["a"], axes=[1])] if opset < 13 else [node("Squeeze", ["u", "axis"], ["a"])]
    add = [node("Unsqueeze", ["d"], ["u"], axes=[1])] if opset < 13 else [node("Unsqueeze", ["d", "axis"], ["u"])]
    normalise = [
        node("BatchNormalization", ["h", "g", "b", "m", "v"], ["n"]),
        node("Relu", ["n"], ["r"]),
        node("Dropout", ["r"], ["d"]),
    ]
    constants = {"g": B1 + 1, "b": B1, "m": B1 / 2, "v": B1**2}
    if opset >= 13:
        constants["axis"] = np.array([1])
    tail = [node("Softmax", ["s"], ["y"])]
    first = [node("Gemm", ["x", "w1", "b1"], ["h"]), *normalise, *add, *squeeze, node("Gemm", ["a", "w2", "b2"], ["s"])]
    model = agree(made(first + tail, WEIGHTS | constants, opset=opset), output="model")
    assert model.head == "softmax"
    assert model.kinds == ["dense", "dense"]


BIASES = {"vector": B1, "row": B1[None], "number": scalar(0.25), "one": np.array([0.25], np.float32)}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("bias", BIASES)
def test_biases_of_matmul(bias, side):
    inputs = ["m", "b"] if side == "right" else ["b", "m"]
    nodes = [node("MatMul", ["x", "w1"], ["m"]), node("Add", inputs, ["h"]), node("Tanh", ["h"], ["a"])]
    last = [node("MatMul", ["a", "w2"], ["y"])]
    model = agree(made(nodes + last, {"w1": W1, "w2": W2, "b": BIASES[bias]}))
    assert model.kinds == ["dense", "dense"]
    np.testing.assert_array_equal(model.parameters(0)[1], np.broadcast_to(BIASES[bias].ravel(), 6))


def test_gemm_options():
    nodes = [node("Gemm", ["x", "w1", "b1"], ["h"], alpha=0.5, beta=2.0), node("Relu", ["h"], ["a"])]
    last = [node("Gemm", ["a", "w2"], ["y"], transB=1)]
    agree(made(nodes + last, {"w1": W1, "b1": scalar(0.3), "w2": np.ascontiguousarray(W2.T)}))


def test_scalings_around_an_activation():
    nodes = [
        node("Mul", ["h", "two"], ["i"]),
        node("Sub", ["i", "b1"], ["j"]),
        node("Tanh", ["j"], ["t"]),
        node("Sub", ["one", "t"], ["u"]),
        node("Div", ["u", "scale"], ["a"]),
    ]
    model = agree(between(nodes, {"two": scalar(2), "one": scalar(1), "scale": np.abs(B1) + 1}))
    assert model.kinds == ["dense", "affine", "dense"]


@pytest.mark.parametrize("low,high", [(0, 6), (-1, 0.5), (None, 0.25), (-0.5, None)])
def test_clipping_is_an_activation(low, high):
    bounds = {name: scalar(value) for name, value in (("low", low), ("high", high)) if value is not None}
    inputs = [name if name in bounds else "" for name in ("low", "high")]
    model = agree(between([node("Clip", ["h", *inputs], ["a"])], bounds))
    assert model.kinds == ["dense", "dense"]
    assert model.layers[0][3] == "clip"


def test_large_offsets_lose_nothing():
    center = np.full(4, 123456.789)
    scale = np.full(4, 0.01)
    nodes = [node("Sub", ["d", "c"], ["i"]), node("Div", ["i", "s"], ["j"]), node("MatMul", ["j", "w"], ["y"])]
    nodes.insert(0, node("Cast", ["x"], ["d"], to=TensorProto.DOUBLE))
    weights = W1.astype(np.float64)
    proto = made(nodes, {"c": center, "s": scale, "w": weights}, output_type=TensorProto.DOUBLE)
    x = (123456.789 + RNG.normal(0, 0.02, (50, 4))).astype(np.float32)
    np.testing.assert_allclose(Model(proto).run(x), (x - center) / scale @ weights, rtol=1e-5, atol=1e-4)


CONSTANTS_FIRST = {
    "Identity": [node("Identity", ["w1"], ["k"])],
    "Transpose": [node("Transpose", ["t1"], ["k"], perm=[1, 0])],
    "Transpose twice": [node("Transpose", ["w1"], ["k1"]), node("Transpose", ["k1"], ["k"])],
    "Reshape": [node("Reshape", ["flat", "shape"], ["k"])],
    "Cast": [node("Cast", ["wide"], ["k"], to=TensorProto.FLOAT)],
    "arithmetic": [node("Mul", ["w1", "two"], ["k1"]), node("Div", ["k1", "two"], ["k"])],
    "Constant": [node("Constant", [], ["k"], value=numpy_helper.from_array(W1))],
    "Squeeze": [node("Squeeze", ["deep", "zero"], ["k"])],
}


@pytest.mark.parametrize("way", CONSTANTS_FIRST)
def test_constants_are_folded(way):
    constants = {
        "w1": W1,
        "t1": np.ascontiguousarray(W1.T),
        "flat": W1.ravel(),
        "shape": np.array([4, -1]),
        "wide": W1.astype(np.float64),
        "two": scalar(2),
        "deep": W1[None],
        "zero": np.array([0]),
    }
    used = {name for each in CONSTANTS_FIRST[way] for name in each.input}
    nodes = [*CONSTANTS_FIRST[way], node("MatMul", ["x", "k"], ["y"])]
    agree(made(nodes, {name: value for name, value in constants.items() if name in used}))


def test_shared_tensors():
    square = RNG.normal(0, 0.5, (4, 4)).astype(np.float32)
    nodes = [
        node("Identity", ["w"], ["copy"]),
        node("MatMul", ["x", "w"], ["h"]),
        node("Relu", ["h"], ["a"]),
        node("MatMul", ["a", "copy"], ["y"]),
    ]
    model = agree(made(nodes, {"w": square}))
    assert [layer[0] for layer in model.layers] == ["w", "w_2"]


def image(nodes, constants, shape, **options):
    weights = RNG.normal(0, 0.2, (24, 3)).astype(np.float32)
    return made([*nodes, node("MatMul", ["f", "w"], ["y"])], {"w": weights, **constants}, shape=shape, **options)


LEGACY_FLATTEN = [
    node("Shape", ["x"], ["s"]),
    node("Gather", ["s", "zero"], ["n"], axis=0),
    node("Unsqueeze", ["n", "axis"], ["n1"]),
    node("Concat", ["n1", "minus"], ["t"], axis=0),
    node("Reshape", ["x", "t"], ["f"]),
]
KERAS_FLATTEN = [
    node("Shape", ["x"], ["s"]),
    node("Slice", ["s", "one", "end", "zero1"], ["rest"]),
    node("ReduceProd", ["rest"], ["p"], axes=[0], keepdims=1),
    node("Slice", ["s", "zero1", "one", "zero1"], ["n"]),
    node("Concat", ["n", "p"], ["t"], axis=0),
    node("Reshape", ["x", "t"], ["f"]),
]
IMAGES = {
    "Flatten": ([node("Flatten", ["x"], ["f"])], {}),
    "Flatten from the end": ([node("Flatten", ["x"], ["f"], axis=-3)], {}),
    "Reshape": ([node("Reshape", ["x", "t"], ["f"])], {"t": np.array([-1, 24])}),
    "Reshape keeping": ([node("Reshape", ["x", "t"], ["f"])], {"t": np.array([0, -1])}),
    "legacy": (LEGACY_FLATTEN, {"zero": np.array(0), "axis": np.array([0]), "minus": np.array([-1])}),
    "Keras": (KERAS_FLATTEN, {"one": np.array([1]), "end": np.array([2**31]), "zero1": np.array([0])}),
    "two steps": (
        [node("Reshape", ["x", "t"], ["u"]), node("Flatten", ["u"], ["f"])],
        {"t": np.array([0, 4, 6])},
    ),
    "Transpose": (
        [node("Transpose", ["x"], ["u"], perm=[0, 2, 1, 3]), node("Flatten", ["u"], ["f"])],
        {},
    ),
}


@pytest.mark.parametrize("batch", ["N", -1, 10])
@pytest.mark.parametrize("way", IMAGES)
def test_images(way, batch):
    nodes, constants = IMAGES[way]
    x = RNG.normal(size=(10, 1, 4, 6)).astype(np.float32)
    model = agree(image(nodes, constants, (batch, 1, 4, 6)), x)
    assert model.input_shape == (1, 4, 6)


def test_batch_baked_into_a_reshape():
    x = RNG.normal(size=(2, 1, 4, 6)).astype(np.float32)
    nodes = [node("Reshape", ["x", "t"], ["f"])]
    model = agree(image(nodes, {"t": np.array([2, 24])}, (2, 1, 4, 6)), x)
    assert model.run(np.zeros((7, 24))).shape == (7, 3)


@pytest.mark.parametrize("shape", [("N", "T", 4), (2, 5, 4), ("N", 5, 4)])
def test_positions_are_rows(shape):
    nodes = [
        node("MatMul", ["x", "w1"], ["m"]),
        node("Add", ["b1", "m"], ["h"]),
        node("Relu", ["h"], ["a"]),
        node("MatMul", ["a", "w2"], ["z"]),
        node("Add", ["z", "b2"], ["y"]),
    ]
    x = RNG.normal(size=(2, 5, 4)).astype(np.float32)
    model = agree(made(nodes, WEIGHTS, shape=shape), x)
    assert model.input_shape == (4,)


def test_positions_as_rows_of_a_gemm():
    nodes = [
        node("Reshape", ["x", "rows"], ["r"]),
        node("Gemm", ["r", "w1", "b1"], ["h"]),
        node("Relu", ["h"], ["a"]),
        node("Gemm", ["a", "w2", "b2"], ["z"]),
        node("Reshape", ["z", "back"], ["y"]),
    ]
    constants = WEIGHTS | {"rows": np.array([10, 4]), "back": np.array([2, 5, 3])}
    agree(made(nodes, constants, shape=(2, 5, 4)), RNG.normal(size=(2, 5, 4)).astype(np.float32))


def test_flattening_positions_after_a_layer_is_refused():
    nodes = [
        node("MatMul", ["x", "w1"], ["h"]),
        node("Flatten", ["h"], ["a"], name="flat"),
        node("MatMul", ["a", "w2"], ["y"]),
    ]
    weights = np.ones((30, 2), np.float32)
    with pytest.raises(Failure, match=r"'flat'.*takes rows apart"):
        Model(made(nodes, {"w1": W1, "w2": weights}, shape=("N", 5, 4)))


@pytest.mark.parametrize("name,head", [("Softmax", "softmax"), ("LogSoftmax", "log_softmax")])
@pytest.mark.parametrize("axis", [1, -1])
@pytest.mark.parametrize("opset", [12, 13])
def test_softmax_heads(name, head, axis, opset):
    model = agree(behind([node(name, ["s"], ["y"], axis=axis)], opset=opset), output="model")
    assert model.head == head


def test_a_normalisation_that_makes_weights_too_large_is_told_of():
    """And not that the file has such weights."""
    names = ["g", "b", "m", "v"]

    def loaded(weight, scale, mean):
        rows = [np.full(3, value, np.float32) for value in (scale, 0, mean, 1)]
        nodes = [node("Gemm", ["x", "w"], ["h"], name="h"), node("BatchNormalization", ["h", *names], ["y"])]
        return Model(made(nodes, {"w": np.full((4, 3), weight, np.float32), **dict(zip(names, rows, strict=True))}))

    assert loaded(3, 2, 1).kinds == ["dense"]
    for parameters in [(1e30, 1e30, 0), (1, 1e30, 1e30)]:
        with pytest.raises(Failure, match="'w' has .* not finite with what follows folded in, as BatchNormalization"):
            loaded(*parameters)
    with pytest.raises(Failure, match="has a weight that is not finite, at index 0"):
        loaded(np.inf, 1, 0)


def test_softmax_over_the_batch_is_refused():
    with pytest.raises(Failure, match="axis 0"):
        Model(behind([node("Softmax", ["s"], ["y"], axis=0)]))


def test_logits_and_their_labels():
    label = [node("ArgMax", ["s"], ["label"], axis=1, keepdims=0)]
    for out in (("s", "label"), ("label", "s"), ("label",)):
        model = Model(behind(label, out=out))
        assert model.head == "logits"
        assert model.info.class_count == 3
        proto = behind([], out=("s",))
        np.testing.assert_allclose(model.run(X), reference(proto, X), rtol=2e-5, atol=2e-5)


def test_logits_and_probabilities():
    model = Model(behind([node("Softmax", ["s"], ["p"])], out=("p", "s")))
    assert model.head == "softmax"


def single(nodes, out=("y",)):
    first = [node("Gemm", ["x", "w1", "b1"], ["h"]), node("Relu", ["h"], ["a"]), node("MatMul", ["a", "w2"], ["s"])]
    return made(first + nodes, {"w1": W1, "b1": B1, "w2": W2[:, :1], "last": np.array([-1])}, out=out)


def test_one_sigmoid_is_a_binary_classifier():
    for nodes in (
        [node("Sigmoid", ["s"], ["y"])],
        [node("Squeeze", ["s", "last"], ["q"]), node("Sigmoid", ["q"], ["y"])],
        [node("Sigmoid", ["s"], ["q"]), node("Squeeze", ["q", "last"], ["y"])],
    ):
        proto = single(nodes)
        model = Model(proto)
        assert model.head == "binary"
        expected = reference(proto, X).ravel()
        np.testing.assert_allclose(model.run(X, "probabilities")[:, 1], expected, atol=2e-6)


def test_one_number_is_a_regression():
    assert agree(single([node("Identity", ["s"], ["y"])])).head == "regression"
    assert agree(single([node("Squeeze", ["s", "last"], ["y"])])).head == "regression"


def test_sigmoids_are_labels():
    proto = behind([node("Sigmoid", ["s"], ["y"])])
    model = Model(proto)
    assert model.head == "multilabel"
    np.testing.assert_allclose(model.run(X, "probabilities"), reference(proto, X), atol=2e-6)


def test_labels_of_a_label_encoder():
    nodes = [
        node("ArgMax", ["s"], ["i"], axis=1, keepdims=0),
        node(
            "LabelEncoder",
            ["i"],
            ["label"],
            domain="ai.onnx.ml",
            keys_int64s=[0, 1, 2],
            values_strings=["bag", "coat", "shirt"],
        ),
    ]
    assert Model(behind(nodes, out=("label",))).labels == ["bag", "coat", "shirt"]


def test_labels_that_do_not_fit_are_malformed():
    nodes = [node("ZipMap", ["s"], ["z"], domain="ai.onnx.ml", classlabels_int64s=[1, 2])]
    with pytest.raises(Failure, match="names 2 classes"):
        Model(behind(nodes, out=("z",)))


@pytest.mark.parametrize("label", [b"caf\xe9", b"a\x00b"])
def test_labels_that_would_lose_bytes_are_malformed(label):
    labels = [b"bag", b"coat", label]
    zipped = behind([node("ZipMap", ["s"], ["z"], domain="ai.onnx.ml", classlabels_strings=labels)], out=("z",))
    with pytest.raises(Failure, match="text 2 of attribute 'classlabels_strings' is no UTF-8 or has a NUL"):
        Model(zipped)
    nodes = [
        node("ArgMax", ["s"], ["i"], axis=1, keepdims=0),
        node("ArrayFeatureExtractor", ["classes", "i"], ["label"], domain="ai.onnx.ml"),
    ]
    extracted = behind(nodes, out=("label",))
    extracted.graph.initializer.append(
        TensorProto(name="classes", dims=[3], data_type=TensorProto.STRING, string_data=labels)
    )
    with pytest.raises(Failure, match="text 2 of tensor 'classes' is no UTF-8 or has a NUL"):
        Model(extracted)


def test_a_label_of_the_metadata_that_would_lose_bytes_is_malformed():
    proto = behind([node("Identity", ["s"], ["y"])])
    helper.set_model_props(proto, {"libablate.class.0": "bag", "libablate.class.1": "a\0b"})
    with pytest.raises(Failure, match="class label 1 of the metadata is no UTF-8 or has a NUL"):
        Model(proto)


def test_scalers():
    x = X * 3 + 5
    for options in (
        {"offset": [1.0, 2.0, 3.0, 4.0], "scale": [0.5, 2.0, 1.0, 0.25]},
        {"offset": [5.0], "scale": [1 / 3]},
    ):
        nodes = [node("Scaler", ["x"], ["z"], domain="ai.onnx.ml", **options), node("MatMul", ["z", "w1"], ["y"])]
        assert agree(made(nodes, {"w1": W1}), x).kinds == ["affine", "dense"]


def test_normalisation_in_front_and_behind_an_activation():
    nodes = [
        node("BatchNormalization", ["x", "g", "b", "m", "v"], ["n"], epsilon=0.01),
        node("Gemm", ["n", "w1", "b1"], ["h"]),
        node("Relu", ["h"], ["r"]),
        node("BatchNormalization", ["r", "g2", "b2", "m2", "v2"], ["o"]),
        node("MatMul", ["o", "w2"], ["y"]),
    ]
    four, six = np.arange(1, 5, dtype=np.float32), np.arange(1, 7, dtype=np.float32)
    constants = {"g": four, "b": four - 2, "m": four / 3, "v": four, "g2": -six, "b2": six, "m2": six / 7, "v2": six}
    model = agree(made(nodes, {"w1": W1, "b1": B1, "w2": W2} | constants))
    assert model.kinds == ["affine", "dense", "affine", "dense"]


@pytest.mark.parametrize("dtype", [np.float64, np.float16])
def test_other_precisions(dtype):
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    nodes = [
        node("Cast", ["x"], ["c"], to=kind),
        node("Gemm", ["c", "w1", "b1"], ["h"]),
        node("Tanh", ["h"], ["a"]),
        node("MatMul", ["a", "w2"], ["z"]),
        node("Cast", ["z"], ["y"], to=TensorProto.FLOAT),
    ]
    constants = {name: WEIGHTS[name].astype(dtype) for name in ("w1", "b1", "w2")}
    model = Model(made(nodes, constants))
    w1, b1, w2 = (constants[name].astype(np.float64) for name in ("w1", "b1", "w2"))
    np.testing.assert_allclose(model.run(X), np.tanh(X @ w1 + b1) @ w2, rtol=1e-5, atol=1e-5)


def test_keras_mirror():
    nodes = [
        node("MatMul", ["x", "m/dense/Cast/ReadVariableOp:0"], ["t"], name="m/dense/MatMul"),
        node("Add", ["t", "m/dense/BiasAdd/ReadVariableOp:0"], ["u"], name="m/dense/BiasAdd"),
        node("Elu", ["u"], ["a"], name="m/dense/Elu"),
        node("MatMul", ["a", "m/out/Cast/ReadVariableOp:0"], ["y"], name="m/out/MatMul"),
    ]
    constants = {
        "m/dense/Cast/ReadVariableOp:0": W1,
        "m/dense/BiasAdd/ReadVariableOp:0": B1,
        "m/out/Cast/ReadVariableOp:0": W2,
    }
    assert [layer[0] for layer in agree(made(nodes, constants)).layers] == ["m/dense", "m/out"]


def test_external_data_of_a_file(tmp_path):
    import onnx

    proto = between([node("Relu", ["h"], ["a"])])
    expected = reference(proto, X)
    path = tmp_path / "model.onnx"
    onnx.save(proto, path, save_as_external_data=True, location="model.onnx.data", size_threshold=0)
    np.testing.assert_allclose(Model(path).run(X), expected, rtol=2e-5, atol=2e-5)
    np.testing.assert_allclose(Model(path.read_bytes(), tmp_path).run(X), expected, rtol=2e-5, atol=2e-5)
    with pytest.raises(Failure, match="directory"):
        Model(path.read_bytes())
    whole = (tmp_path / "model.onnx.data").read_bytes()
    (tmp_path / "model.onnx.data").write_bytes(whole[:-1])
    with pytest.raises(Failure, match="cut short"):
        Model(path)
