"""Operators of convolutional networks in the versions and combinations that exporters use, against ONNX Runtime."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from onnx_models import Model
from test_onnx_patterns import node

RNG = np.random.default_rng(5)


def values(*shape):
    return RNG.normal(0, 1, shape).astype(np.float32)


def whole(*numbers):
    return np.array(numbers, np.int64)


CONV = {"w": values(4, 3, 3, 3), "b": values(4)}
# x is [N, 3, 6, 5], c is [N, 4, 6, 5].
FIRST = node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1])
SCALE_CHAIN = [
    node("Shape", ["c"], ["s"]),
    node("Gather", ["s", "2"], ["height"], axis=0),
    node("Gather", ["s", "3"], ["width"], axis=0),
    node("Cast", ["height"], ["hf"], to=TensorProto.FLOAT),
    node("Cast", ["width"], ["wf"], to=TensorProto.FLOAT),
    node("Mul", ["hf", "factor"], ["hm"]),
    node("Mul", ["wf", "factor"], ["wm"]),
    node("Floor", ["hm"], ["hr"]),
    node("Ceil", ["wm"], ["wr"]),
    node("Cast", ["hr"], ["hi"], to=TensorProto.INT64),
    node("Cast", ["wr"], ["wi"], to=TensorProto.INT64),
    node("Unsqueeze", ["hi", "0s"], ["hu"]),
    node("Unsqueeze", ["wi", "0s"], ["wu"]),
    node("Slice", ["s", "0s", "2s"], ["front"]),
    node("Concat", ["front", "hu", "wu"], ["sizes"], axis=0),
    node("Resize", ["c", "", "", "sizes"], ["h"], mode="linear", coordinate_transformation_mode="half_pixel"),
]
# As Keras exports padding that depends on the image's size: lengths become a matrix, turned around.
PADDING_CHAIN = [
    node("Shape", ["c"], ["s"]),
    node("Gather", ["s", "2"], ["height"], axis=0),
    node("Sub", ["height", "5"], ["odd"]),
    node("Unsqueeze", ["odd", "0s"], ["one"]),
    node("Concat", ["one", "2s", "0s", "one"], ["back"], axis=0),
    node("Shape", ["back"], ["own"]),
    node("Sub", ["8s", "own"], ["rest"]),
    node("ConstantOfShape", ["rest"], ["zeros"], value=numpy_helper.from_array(np.array([0]))),
    node("Concat", ["back", "zeros"], ["both"], axis=0),
    node("Reshape", ["both", "pairs"], ["matrix"]),
    node("Slice", ["matrix", "-1s", "least", "0s", "-1s"], ["turned"]),
    node("Transpose", ["turned"], ["columns"], perm=[1, 0]),
    node("Reshape", ["columns", "-1s"], ["pads"]),
    node("Pad", ["c", "pads"], ["h"]),
]
# Rows and columns twice, as PyTorch exports what repeats values: -1 is for lengths that stay.
REPEATING_CHAIN = [
    node("Unsqueeze", ["c", "-1s"], ["u"]),
    node("ConstantOfShape", ["5s"], ["ones"], value=numpy_helper.from_array(np.array([1]))),
    node("Mul", ["ones", "-1"], ["stay"]),
    node("Equal", ["wanted", "stay"], ["stays"]),
    node("Where", ["stays", "ones", "wanted"], ["lengths"]),
    node("Expand", ["u", "lengths"], ["wide"]),
    node("Shape", ["c"], ["s"]),
    node("Equal", ["s", "-1"], ["unknown"]),
    node("Where", ["unknown", "1", "s"], ["known"]),
    node("Slice", ["known", "0s", "3s"], ["front"]),
    node("Concat", ["front", "-1s"], ["rows"], axis=0),
    node("Reshape", ["wide", "rows"], ["r"]),
    node("Unsqueeze", ["r", "3s"], ["v"]),
    node("Expand", ["v", "tall"], ["t"]),
    node("Reshape", ["t", "image"], ["h"]),
]
# name: (opset, nodes from c to h, constants)
GRAPHS = {
    "map of constants": (13, [node("Add", ["c", "m"], ["h"])], {"m": values(1, 4, 6, 5)}),
    "map taken away from": (13, [node("Sub", ["m", "c"], ["h"])], {"m": values(4, 6, 5)}),
    "divided by rows of constants": (13, [node("Div", ["c", "m"], ["h"])], {"m": np.abs(values(6, 1)) + 1}),
    "columns of constants": (13, [node("Mul", ["c", "m"], ["h"])], {"m": values(5)}),
    "scaled by channel, then a map": (
        13,
        [node("Mul", ["c", "k"], ["k1"]), node("Add", ["k1", "m"], ["m1"]), node("Mul", ["m1", "k"], ["h"])],
        {"k": values(4, 1, 1), "m": values(6, 5)},
    ),
    "grown by constants": (
        13,
        [node("ReduceMean", ["c"], ["m"], axes=[2, 3]), node("Add", ["m", "k"], ["h"])],
        {"k": values(1, 4, 2, 3)},
    ),
    "one channel": (
        13,
        [node("Slice", ["c", "1s", "2s", "1s"], ["o"]), node("Add", ["o", "m"], ["n"]), node("Relu", ["n"], ["h"])],
        {"m": values(6, 5), "1s": whole(1), "2s": whole(2)},
    ),
    "paths of different shapes": (
        13,
        [
            node("ReduceMean", ["c"], ["r"], axes=[2]),
            node("ReduceMean", ["c"], ["q"], axes=[-1, 1]),
            node("Add", ["r", "q"], ["t"]),
            node("Sub", ["c", "t"], ["u"]),
            node("Mul", ["u", "r"], ["h"]),
        ],
        {},
    ),
    "sum of three, one a constant": (13, [node("Sum", ["c", "k", "c"], ["h"])], {"k": values(4, 1, 1)}),
    "joined with constants": (
        13,
        [node("Relu", ["c"], ["r"]), node("Concat", ["k", "r"], ["h"], axis=1)],
        {"k": values(1, 2, 6, 5)},
    ),
    "joined along rows and columns": (
        13,
        [node("Concat", ["c", "k", "c"], ["j"], axis=2), node("Concat", ["j", "j"], ["h"], axis=-1)],
        {"k": values(1, 4, 2, 5)},
    ),
    "last axes first": (
        13,
        [
            node("Transpose", ["c"], ["t"], perm=[0, 2, 3, 1]),
            node("Add", ["t", "k"], ["u"]),
            node("Relu", ["u"], ["r"]),
            node("Transpose", ["r"], ["v"], perm=[0, 3, 1, 2]),
            node("Conv", ["v", "w2"], ["h"]),
        ],
        {"k": values(4), "w2": values(2, 4, 3, 3)},
    ),
    "channels shuffled": (
        13,
        [
            node("Reshape", ["c", "five"], ["p"]),
            node("Transpose", ["p"], ["t"], perm=[0, 2, 1, 3, 4]),
            node("Reshape", ["t", "four"], ["g"]),
            node("Conv", ["g", "w2"], ["h"], group=2),
        ],
        {"five": whole(-1, 2, 2, 6, 5), "four": whole(0, 4, 6, 5), "w2": values(4, 2, 3, 3)},
    ),
    "old slices and parts": (
        9,
        [
            node("Slice", ["c"], ["s"], starts=[0, 1, -4], ends=[2**31 - 1, 4, 2**31 - 1], axes=[0, 1, 3]),
            node("Split", ["s"], ["p", "q"], axis=1, split=[1, 2]),
            node("Pad", ["q"], ["e"], mode="reflect", pads=[0, 0, 1, 2, 0, 0, 2, 1]),
            node("Pad", ["p"], ["o"], pads=[0, 1, 1, 2, 0, 0, 2, 1], value=0.5),
            node("Mul", ["e", "o"], ["h"]),
        ],
        {},
    ),
    "old upsampling": (7, [node("Upsample", ["c"], ["h"], mode="nearest", scales=[1.0, 1.0, 2.0, 3.0])], {}),
    "old interpolation": (9, [node("Upsample", ["c", "k"], ["h"], mode="linear")], {"k": whole(1, 1, 2, 2) * 1.0}),
    "old resizing": (10, [node("Resize", ["c", "k"], ["h"], mode="nearest")], {"k": np.array([1, 1, 2, 0.5])}),
    "sizes that are computed": (
        13,
        SCALE_CHAIN,
        {
            "2": whole(2)[0],
            "3": whole(3)[0],
            "0s": whole(0),
            "2s": whole(2),
            "factor": np.float32(1.5),
        },
    ),
    "weights that are computed": (
        13,
        [
            node("ConstantOfShape", ["s"], ["k"], value=numpy_helper.from_array(np.array([0.25], np.float32))),
            node("Mul", ["k", "e"], ["g"]),
            node("Gather", ["g", "i"], ["p"], axis=1),
            node("Concat", ["p", "p"], ["o"], axis=0),
            node("Transpose", ["o"], ["t"], perm=[0, 1, 3, 2]),
            node("Conv", ["c", "t"], ["h"]),
        ],
        {"s": whole(2, 4, 3, 1), "e": values(4, 1, 2), "i": whole(3, 0, -2, 1)},
    ),
    "gathered by a range": (
        13,
        [node("Range", ["a", "z", "d"], ["i"]), node("Gather", ["c", "i"], ["g"], axis=3), node("Relu", ["g"], ["h"])],
        {"a": whole(4)[0], "z": whole(-1)[0], "d": whole(-2)[0]},
    ),
    "one element gathered": (13, [node("Gather", ["c", "i"], ["h"], axis=-2)], {"i": whole(-1)[0]}),
    "wrapped and cut": (
        19,
        [node("Pad", ["c", "p", "", "a"], ["h"], mode="wrap")],
        {"p": whole(2, 3, 1, -2), "a": whole(-1, 2)},
    ),
    "edges": (18, [node("Pad", ["c", "p"], ["h"], mode="edge")], {"p": whole(0, 0, 7, 1, 0, 2, 0, 9)}),
    "means of all axes": (18, [node("ReduceMean", ["c", "a"], ["h"])], {"a": whole(1, -1, 2)}),
    "means of channels": (18, [node("ReduceMean", ["c", "a"], ["h"], keepdims=0)], {"a": whole(1)}),
    "largest of all axes": (20, [node("ReduceMax", ["c", "a"], ["h"])], {"a": whole(1, -1, 2)}),
    "largest of positions": (13, [node("ReduceMax", ["c"], ["h"], axes=[2, 3], keepdims=0)], {}),
    "largest of channels": (18, [node("ReduceMax", ["c", "a"], ["h"], keepdims=0)], {"a": whole(1)}),
    "padding computed from lengths": (
        13,
        PADDING_CHAIN,
        {
            "2": np.array(2),
            "5": np.array(5),
            "0s": whole(0),
            "2s": whole(2),
            "8s": whole(8),
            "-1s": whole(-1),
            "pairs": whole(-1, 2),
            "least": whole(-(2**63) + 1),
        },
    ),
    "values repeated": (
        13,
        REPEATING_CHAIN,
        {
            "-1": np.array(-1),
            "1": np.array(1),
            "-1s": whole(-1),
            "0s": whole(0),
            "3s": whole(3),
            "5s": whole(5),
            "wanted": whole(-1, -1, -1, -1, 2),
            "tall": whole(2, 1),
            "image": whole(0, 4, 12, 10),
        },
    ),
    "mean of nothing": (18, [node("ReduceMean", ["c"], ["h"], noop_with_empty_axes=1)], {}),
    "dropout": (13, [node("Dropout", ["c", "ratio"], ["h"])], {"ratio": np.float32(0.5)}),
}


def agree(opset, nodes, constants, shape=(3, 6, 5), first=FIRST, rows=3):
    """x -> first -> nodes -> h -> dense -> y"""
    constants = CONV | constants
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *shape])]

    def session(nodes, output):
        graph = helper.make_graph(
            nodes,
            "g",
            inputs,
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
            [
                numpy_helper.from_array(value.astype(np.float32) if value.dtype == np.float64 else value, name)
                for name, value in ((name, np.asarray(value)) for name, value in constants.items())
            ],
        )
        proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        return proto, onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])

    x = values(rows, *shape)
    _, features = session([first, *nodes], "h")
    width = features.run(None, {"x": x})[0][0].size
    constants["dense"] = values(width, 7)
    last = [node("Flatten", ["h"], ["f"]), node("MatMul", ["f", "dense"], ["y"])]
    proto, whole_session = session([first, *nodes, *last], "y")
    expected = whole_session.run(None, {"x": x})[0]
    model = Model(proto)
    np.testing.assert_allclose(model.run(x.reshape(rows, -1), "scores"), expected, rtol=3e-5, atol=1e-4)
    return model


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs(name):
    # A constant is joined with one row.
    agree(*GRAPHS[name], rows=1 if name.startswith("joined") else 3)


def test_values_repeated_in_files_for_a_fixed_number_of_rows():
    graph = helper.make_graph(
        [
            node("Expand", ["row", "dense"], ["w"]),
            node("Expand", ["x", "shape"], ["same"]),
            node("Unsqueeze", ["same", "2"], ["u"]),
            node("Expand", ["u", "twice"], ["t"]),
            node("Reshape", ["t", "flat"], ["h"]),
            node("MatMul", ["h", "w"], ["y"]),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4, 5])],
        [
            numpy_helper.from_array(values(5), "row"),
            numpy_helper.from_array(whole(6, 5), "dense"),
            numpy_helper.from_array(whole(4, 3), "shape"),
            numpy_helper.from_array(whole(2), "2"),
            numpy_helper.from_array(whole(4, 1, 2), "twice"),
            numpy_helper.from_array(whole(4, 6), "flat"),
        ],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    x = values(4, 3)
    expected = session.run(None, {"x": x})[0]
    np.testing.assert_allclose(Model(proto).run(x, "scores"), expected, rtol=1e-5, atol=1e-6)


MODES = {
    "nearest": ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"],
    "linear": [None],
    "cubic": [None],
}
TRANSFORMATIONS = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"]


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
@pytest.mark.parametrize(("mode", "rounding"), [(mode, each) for mode, all_of in MODES.items() for each in all_of])
def test_resizing(mode, rounding, transformation):
    how = {"mode": mode, "coordinate_transformation_mode": transformation}
    if rounding:
        how["nearest_mode"] = rounding
    for sizes in ([9, 4], [1, 11], [6, 13]):
        agree(19, [node("Resize", ["c", "", "", "sizes"], ["h"], axes=[2, 3], **how)], {"sizes": whole(*sizes)})
    for scales in ([2, 0.5], [1.5, 1.3], [0.6, 3]):
        agree(
            19,
            [node("Resize", ["c", "", "scales"], ["h"], **how)],
            {"scales": np.array([1, 1, *scales], np.float32)},
        )


def test_what_is_put_in_place_again_takes_no_step():
    """Images with their channels last in the file are stored that way here."""
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        node("Conv", ["t", "w"], ["c"]),
        node("Relu", ["c"], ["r"]),
        node("Transpose", ["r"], ["h"], perm=[0, 2, 3, 1]),
    ]
    model = agree(13, nodes[1:], {}, shape=(6, 5, 3), first=nodes[0])
    assert model.kinds == ["convolution", "dense"]


@pytest.mark.parametrize("beta", [0.5, 0.75, 1, 2, 3])
@pytest.mark.parametrize("bias", [-5, 0, 2])
def test_local_response_normalizations_of_sums_below_0(bias, beta):
    graph = helper.make_graph(
        [
            node("LRN", ["x"], ["h"], size=3, alpha=1.5, beta=float(beta), bias=float(bias)),
            node("Flatten", ["h"], ["y"]),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4, 3, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    x = 2 * values(5, 4, 3, 2)
    expected = onnxruntime.InferenceSession(proto.SerializeToString()).run(None, {"x": x})[0]
    assert np.isnan(expected).any() == (bias == -5 and beta in {0.5, 0.75})
    np.testing.assert_allclose(Model(proto).run(x.reshape(5, -1), "scores"), expected, rtol=1e-3)
