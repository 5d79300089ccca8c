"""What exporters of frameworks with channels-last images write behind a convolution: its bias and activation function,
behind a transposition. They are part of the layer. Values against ONNX Runtime."""

import numpy as np
import pytest

from host import Failure
from onnx_models import Model
from test_onnx_images import agree, values
from test_onnx_patterns import made, node, reference

# x is [N, 6, 5, 3], c is [N, 4, 6, 5], t is [N, 6, 5, 4].
# h is what the last layer reads, in order: with channels first that takes an arrangement.
FIRST = node("Transpose", ["x"], ["i"], perm=[0, 3, 1, 2])
CONV = node("Conv", ["i", "w", "b"], ["c"], pads=[1, 1, 1, 1])
LAST = node("Transpose", ["c"], ["t"], perm=[0, 2, 3, 1])
BACK = node("Transpose", ["r"], ["h"], perm=[0, 3, 1, 2])
BIAS = {"k": values(1, 1, 1, 4)}
TWO = {"w2": values(4, 3, 1, 1)}
# name: (nodes from c to h, constants, steps in front of the last layer, activation function of the convolution)
GRAPHS = {
    "bias": ([LAST, node("Add", ["t", "k"], ["r"]), BACK], BIAS, ["arrangement"], "identity"),
    "bias of one axis": (
        [LAST, node("Add", ["k", "t"], ["u"]), node("Relu", ["u"], ["r"]), BACK],
        {"k": values(4)},
        ["arrangement"],
        "relu",
    ),
    "normalisation": (
        [
            LAST,
            node("Sub", ["t", "k"], ["u"]),
            node("Mul", ["u", "l"], ["v"]),
            node("Add", ["v", "k"], ["w_"]),
            node("Clip", ["w_", "low", "high"], ["r"]),
            BACK,
        ],
        BIAS | {"l": values(1, 1, 4), "low": np.float32(0), "high": np.float32(0.5)},
        ["arrangement"],
        "clip",
    ),
    "SiLU": (
        [
            LAST,
            node("Add", ["t", "k"], ["u"]),
            node("Sigmoid", ["u"], ["g"]),
            node("Mul", ["u", "g"], ["r"]),
            BACK,
        ],
        BIAS,
        ["arrangement"],
        "silu",
    ),
    "GELU": (
        [
            LAST,
            node("Add", ["t", "k"], ["u"]),
            node("Div", ["u", "root"], ["e"]),
            node("Erf", ["e"], ["erf"]),
            node("Add", ["erf", "one"], ["g"]),
            node("Mul", ["u", "g"], ["m"]),
            node("Mul", ["m", "half"], ["r"]),
            BACK,
        ],
        BIAS | {"root": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)},
        ["arrangement"],
        "gelu",
    ),
    "casts and dropout": (
        [
            LAST,
            node("Cast", ["t"], ["a"], to=1),
            node("Dropout", ["a"], ["b_"]),
            node("Identity", ["b_"], ["d"]),
            node("Neg", ["d"], ["e"]),
            node("Tanh", ["e"], ["r"]),
            BACK,
        ],
        {},
        ["arrangement"],
        "tanh",
    ),
    "one number of four axes": (
        [LAST, node("Mul", ["t", "k"], ["u"]), node("Relu", ["u"], ["r"]), BACK],
        {"k": values(1, 1, 1, 1)},
        ["arrangement"],
        "relu",
    ),
    "no way back": (
        [LAST, node("Add", ["t", "k"], ["u"]), node("Relu", ["u"], ["h"])],
        BIAS,
        [],
        "relu",
    ),
    "a mean of all positions": (
        [LAST, node("Relu", ["t"], ["u"]), node("ReduceMean", ["u"], ["h"], axes=[1, 2], keepdims=0)],
        {},
        ["global average pooling"],
        "relu",
    ),
    "a mean of one axis": (
        [LAST, node("Relu", ["t"], ["u"]), node("ReduceMean", ["u"], ["h"], axes=[3], keepdims=0)],
        {},
        ["arrangement", "global average pooling"],
        "relu",
    ),
    "a number for each row": (
        [LAST, node("Add", ["t", "k"], ["u"]), node("Relu", ["u"], ["r"]), BACK],
        {"k": values(6, 1, 1)},
        ["affine", "activation", "arrangement"],
        "identity",
    ),
    "a number for each value": (
        [LAST, node("Mul", ["t", "k"], ["u"]), node("Relu", ["u"], ["r"]), BACK],
        {"k": values(1, 6, 5, 4)},
        ["affine", "activation", "arrangement"],
        "identity",
    ),
    "a sum of paths": (
        [
            LAST,
            node("Relu", ["t"], ["p"]),
            node("Conv", ["i", "w2"], ["c2"]),
            node("Transpose", ["c2"], ["t2"], perm=[0, 2, 3, 1]),
            node("Add", ["t2", "k"], ["q"]),
            node("Add", ["p", "q"], ["s"]),
            node("Relu", ["s"], ["r"]),
            BACK,
        ],
        BIAS | TWO,
        ["convolution", "sum", "arrangement"],
        "relu",
    ),
    "paths in two orders": (
        [
            LAST,
            node("Relu", ["t"], ["p"]),
            node("Conv", ["i", "w3"], ["c3"]),
            node("Mul", ["p", "c3"], ["h"]),
        ],
        {"w3": values(6, 3, 2, 2)},
        ["arrangement", "convolution", "product", "arrangement"],
        "relu",
    ),
    "squeeze and excite": (
        [
            LAST,
            node("Relu", ["t"], ["p"]),
            node("ReduceMean", ["p"], ["m"], axes=[1, 2], keepdims=1),
            node("Sigmoid", ["m"], ["g"]),
            node("Mul", ["p", "g"], ["r"]),
            BACK,
        ],
        {},
        ["global average pooling", "activation", "product", "arrangement"],
        "relu",
    ),
    "joined along the channels": (
        [
            LAST,
            node("Relu", ["t"], ["p"]),
            node("Conv", ["i", "w2"], ["c2"]),
            node("Transpose", ["c2"], ["t2"], perm=[0, 2, 3, 1]),
            node("Concat", ["p", "t2"], ["r"], axis=3),
            BACK,
        ],
        TWO,
        ["convolution", "concatenation", "arrangement"],
        "relu",
    ),
    "rows and columns exchanged": (
        [
            LAST,
            node("Relu", ["t"], ["u"]),
            node("Transpose", ["u"], ["v"], perm=[0, 3, 2, 1]),
            node("Conv", ["v", "w4"], ["h"]),
        ],
        {"w4": values(2, 4, 3, 3)},
        ["arrangement", "convolution", "arrangement"],
        "relu",
    ),
    "a skip that goes back and forth": (
        [
            LAST,
            node("Relu", ["t"], ["u"]),
            node("Transpose", ["u"], ["r"], perm=[0, 3, 1, 2]),
            node("Add", ["r", "c"], ["h"]),
        ],
        {},
        ["activation", "sum", "arrangement"],
        "identity",
    ),
    "a bias that two read": (
        [
            LAST,
            node("Add", ["t", "k"], ["u"]),
            node("Relu", ["u"], ["v"]),
            node("Concat", ["u", "v"], ["h"], axis=3),
        ],
        BIAS,
        ["activation", "concatenation"],
        "identity",
    ),
    "read by two": (
        [
            LAST,
            node("Transpose", ["t"], ["a"], perm=[0, 3, 1, 2]),
            node("Conv", ["a", "w4"], ["p"]),
            node("Add", ["t", "k"], ["u"]),
            node("Relu", ["u"], ["v"]),
            node("Transpose", ["v"], ["b_"], perm=[0, 3, 1, 2]),
            node("Conv", ["b_", "w4"], ["q"]),
            node("Mul", ["p", "q"], ["h"]),
        ],
        BIAS | {"w4": values(2, 4, 3, 3)},
        ["convolution", "affine", "activation", "convolution", "product", "arrangement"],
        "identity",
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs(name):
    nodes, constants, kinds, activation = GRAPHS[name]
    model = agree(13, [CONV, *nodes], constants, shape=(6, 5, 3), first=FIRST)
    assert sorted(model.kinds) == sorted(["convolution", *kinds, "dense"])
    assert model.layers[0][3] == activation


def test_one_axis():
    nodes = [
        node("Conv", ["i", "w"], ["c"]),
        node("Transpose", ["c"], ["t"], perm=[0, 2, 1]),
        node("Add", ["t", "k"], ["u"]),
        node("Elu", ["u"], ["h"]),
    ]
    first = node("Transpose", ["x"], ["i"], perm=[0, 2, 1])
    model = agree(13, nodes, {"w": values(4, 3, 3), "k": values(4)}, shape=(9, 3), first=first)
    assert model.kinds == ["convolution", "dense"] and model.layers[0][3] == "elu"


def test_a_map_at_the_end():
    """Of a file whose scores are those of each position, with steps behind the convolution."""
    constants = {"w": values(4, 3, 3, 3), "k": values(4)}
    nodes = [
        FIRST,
        node("Conv", ["i", "w"], ["c"]),
        LAST,
        node("Relu", ["t"], ["u"]),
        node("Mul", ["u", "k"], ["y"]),
    ]
    proto = made(nodes, constants, shape=("N", 6, 5, 3))
    model = Model(proto)
    x = values(3, 6, 5, 3)
    expected = reference(proto, x)
    np.testing.assert_allclose(model.run(x.reshape(3, -1), "scores"), expected.reshape(3, -1), rtol=1e-5, atol=1e-5)
    assert model.layers[0][3] == "relu"


def test_paths_of_different_numbers_of_axes_are_refused():
    """Both transposed: an order of four axes says nothing of three."""
    nodes = [
        FIRST,
        CONV,
        LAST,
        node("Reshape", ["c", "long"], ["q"]),
        node("Conv", ["q", "w1"], ["q1"]),
        node("Transpose", ["q1"], ["q2"], perm=[0, 2, 1]),
    ]
    constants = {"w": values(4, 3, 3, 3), "b": values(4), "w1": values(4, 4, 1), "long": np.array([0, 4, 30])}
    for inputs in (["t", "q2"], ["q2", "t"]):
        with pytest.raises(Failure, match="different numbers of axes"):
            Model(made([*nodes, node("Add", inputs, ["y"])], constants, shape=(1, 6, 5, 3)))


def test_a_number_of_more_axes_than_an_image():
    constants = {"w": values(4, 3, 3, 3), "b": values(4), "k": values(1, 1, 1, 1, 1), "flat": np.array([-1, 120])}
    last = {"dense": values(120, 7)}
    nodes = [
        FIRST,
        CONV,
        LAST,
        node("Add", ["t", "k"], ["u"]),
        node("Reshape", ["u", "flat"], ["f"]),
        node("MatMul", ["f", "dense"], ["y"]),
    ]
    proto = made(nodes, constants | last, shape=("N", 6, 5, 3))
    x = values(3, 6, 5, 3)
    found = Model(proto).run(x.reshape(3, -1), "scores")
    np.testing.assert_allclose(found, reference(proto, x), rtol=1e-5, atol=1e-4)
