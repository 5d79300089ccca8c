"""Convolutional networks that ask for too much, or contradict themselves: an error each, and not much memory."""

import resource

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from onnx_models import Failure, Model
from test_onnx_patterns import node

WEIGHTS = np.ones((2, 1, 3, 3), np.float32)
LARGE = 2**62


def made(nodes, constants, shape=(1, 8, 8), opset=18):
    """x, an image, -> nodes -> h -> dense -> y"""
    graph = helper.make_graph(
        [*nodes, node("Flatten", ["h"], ["f"]), node("Gemm", ["f", "dense"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
        + [numpy_helper.from_array(np.ones((4, 2), np.float32), "dense")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def conv(**attributes):
    return [node("Conv", ["x", "w"], ["h"], **attributes)], {"w": WEIGHTS}


def pool(**attributes):
    return [node("MaxPool", ["x"], ["h"], **attributes)], {}


def doubled(count):
    """Joined with itself over and over."""
    names = ["x", *(f"j{index}" for index in range(count - 1)), "h"]
    return [node("Concat", [one, one], [two], axis=1) for one, two in zip(names, names[1:], strict=False)], {}


def summed(count, operator="Mul"):
    names = ["x", *(f"j{index}" for index in range(count - 1)), "h"]
    nodes = []
    for index, (one, two) in enumerate(zip(names, names[1:], strict=False)):
        nodes.append(node("Tanh", [one], [f"t{index}"]))
        nodes.append(node(operator, [one, f"t{index}"], [two]))
    return nodes, {}


CASES = {
    "kernel larger than the image": conv(kernel_shape=[3, 3], dilations=[4, 4]),
    "huge dilation": conv(dilations=[LARGE, LARGE]),
    "huge stride": pool(kernel_shape=[1, 1], strides=[LARGE, 1]),
    "huge pads": conv(pads=[LARGE, LARGE, LARGE, LARGE]),
    "large pads": conv(pads=[2**24, 2**24, 2**24, 2**24]),
    "pads that overflow with units": (
        [node("Conv", ["x", "w"], ["h"], pads=[2**24, 2**24, 2**24, 2**24])],
        {"w": np.ones((5000, 1, 1, 1), np.float32)},
    ),
    "negative pads": conv(pads=[-1, -1, -1, -1]),
    "no stride": conv(strides=[0, 1]),
    "no dilation": conv(dilations=[1, 0]),
    "huge kernel": pool(kernel_shape=[LARGE, LARGE]),
    "kernel of nothing": pool(kernel_shape=[0, 0]),
    "groups that do not divide": conv(group=3),
    "no groups": conv(group=0),
    "weights without elements": ([node("Conv", ["x", "w"], ["h"])], {"w": np.ones((0, 1, 3, 3), np.float32)}),
    "joined with itself": doubled(60),
    "huge padding": ([node("Pad", ["x", "p"], ["h"])], {"p": np.array([0, 0, 0, 0, 0, 0, 2**31 - 1, 0])}),
    "padding that overflows": ([node("Pad", ["x", "p"], ["h"])], {"p": np.array([0, 0, LARGE, 0, 0, 0, LARGE, 0])}),
    "negative padding beyond the image": (
        [node("Pad", ["x", "p"], ["h"])],
        {"p": np.array([0, 0, -9, 0, 0, 0, -9, 0])},
    ),
    "huge scales": (
        [node("Resize", ["x", "", "s"], ["h"])],
        {"s": np.array([1, 1, 2e9, 1e9], np.float32)},
    ),
    "scales of no number": (
        [node("Resize", ["x", "", "s"], ["h"], mode="linear")],
        {"s": np.array([1, 1, np.nan, np.inf], np.float32)},
    ),
    "region of no number": (
        [
            node(
                "Resize",
                ["x", "r", "s"],
                ["h"],
                mode="linear",
                coordinate_transformation_mode="tf_crop_and_resize",
            )
        ],
        {"r": np.full(8, np.nan, np.float32), "s": np.ones(4, np.float32)},
    ),
    "huge sizes": ([node("Resize", ["x", "", "", "s"], ["h"], axes=[2, 3])], {"s": np.array([LARGE, LARGE])}),
    "interpolated sizes": (
        [node("Resize", ["x", "", "", "s"], ["h"], axes=[2, 3], mode="linear")],
        {"s": np.array([2**15, 2**15])},
    ),
    "gathered far away": ([node("Gather", ["x", "i"], ["h"], axis=2)], {"i": np.array([LARGE])}),
    "repeated too often": ([node("Expand", ["x", "s"], ["h"])], {"s": np.array([1, 1, 1, 2**20, 2**20])}),
    "repeated uncountably": ([node("Expand", ["x", "s"], ["h"])], {"s": np.array([1, LARGE, 1, 1])}),
    "slice without a step": (
        [node("Slice", ["x", "o", "e", "a", "z"], ["h"])],
        {"o": np.array([0]), "e": np.array([8]), "a": np.array([2]), "z": np.array([0])},
    ),
    "slice of nothing": (
        [node("Slice", ["x", "o", "e", "a", "z"], ["h"])],
        {"o": np.array([-LARGE]), "e": np.array([LARGE]), "a": np.array([2]), "z": np.array([-LARGE * 2])},
    ),
    "parts that are not all": ([node("Split", ["x", "p"], ["h", "i"], axis=2)], {"p": np.array([LARGE, LARGE])}),
    "mean over no axis that is there": ([node("ReduceMean", ["x", "a"], ["h"])], {"a": np.array([LARGE])}),
    "constant that is repeated too often": (
        [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["h"])],
        {"s": np.array([1, 1, 2**20, 2**20])},
    ),
    "constant of uncountable elements": (
        [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["h"])],
        {"s": np.array([LARGE, LARGE])},
    ),
    "whole numbers repeated": (
        [
            node("ConstantOfShape", ["s"], ["c"], value=numpy_helper.from_array(np.array([1], np.int64))),
            node("Gather", ["x", "c"], ["h"], axis=2),
        ],
        {"s": np.array([2**28])},
    ),
    "endless range": (
        [node("Range", ["a", "b", "c"], ["r"]), node("Gather", ["x", "r"], ["h"], axis=2)],
        {"a": np.int64(0), "b": np.int64(LARGE), "c": np.int64(1)},
    ),
    "range of no step": (
        [node("Range", ["a", "b", "c"], ["r"]), node("Gather", ["x", "r"], ["h"], axis=2)],
        {"a": np.int64(0), "b": np.int64(4), "c": np.int64(0)},
    ),
    "thousands of joins": summed(12_000),
    "size of LRN": ([node("LRN", ["x"], ["h"], size=LARGE)], {}),
}


@pytest.mark.parametrize("name", CASES)
def test_hostile(name):
    nodes, constants = CASES[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Failure) as refused:
        Model(made(nodes, constants))
    assert refused.value.text
    # KiB; a file of a few hundred bytes may take 64 MiB for its tables.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10


REPEATED = {
    "Expand at node 'e', opset 18: it repeats rows": (["Expand", "x", "s"], {"s": np.array([2, 1, 1, 1])}),
    "Expand at node 'e', opset 18: it adds axes in front of rows": (
        ["Expand", "x", "s"],
        {"s": np.array([1, 1, 1, 1, 1])},
    ),
    "Expand at node 'e', opset 18: its result is empty": (["Expand", "x", "s"], {"s": np.array([0])}),
    "Expand at node 'e': its shape has the length -1": (["Expand", "x", "s"], {"s": np.array([-1])}),
    "Expand at node 'e': its inputs have lengths of 8 and 3": (["Expand", "x", "s"], {"s": np.array([3])}),
    "Expand at node 'e', opset 18: its shape must be constant": (["Expand", "x", "s"], {"s": np.ones(2, np.float32)}),
    "Equal at node 'e', opset 18: its inputs must be lengths": (["Equal", "x", "s"], {"s": np.ones(2, np.int64)}),
    "Where at node 'e', opset 18: its inputs must be lengths": (["Where", "s", "x", "x"], {"s": np.ones(8, np.int64)}),
    "Where at node 'e': it combines 2 and 3 numbers": (
        ["Where", "s", "t", "t"],
        {"s": np.ones(2, np.int64), "t": np.ones(3, np.int64)},
    ),
}


@pytest.mark.parametrize("text", REPEATED)
def test_what_cannot_be_repeated(text):
    (kind, *inputs), constants = REPEATED[text]
    nodes = [node(kind, inputs, ["e"], name="e"), node("Reshape", ["x", "e"], ["h"])]
    if kind == "Expand":
        nodes[1] = node("Relu", ["e"], ["h"])
    with pytest.raises(Failure, match=text):
        Model(made(nodes, constants))


def test_lengths_that_are_not_known_are_not_compared():
    """Of one row, rows - 2 is -1."""
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "0"], ["rows"]),
        node("Sub", ["rows", "2"], ["fewer"]),
        node("Equal", ["fewer", "-1"], ["e"], name="e"),
        node("Reshape", ["x", "e"], ["h"]),
    ]
    with pytest.raises(Failure, match="it compares lengths that are not known"):
        Model(made(nodes, {"0": np.array([0]), "2": np.array([2]), "-1": np.array([-1])}))


def test_units_that_do_not_divide_by_groups():
    """The weights are those of 3 groups of one channel."""
    conv = node("Conv", ["x", "w"], ["h"], name="odd", group=3)
    with pytest.raises(Failure, match="Conv at node 'odd': its 4 units do not divide into 3 groups"):
        Model(made([conv], {"w": np.ones((4, 1, 3, 3), np.float32)}, shape=(3, 8, 8)))


def test_many_paths_that_join():
    """A thousand products: work and memory that grow with the file."""
    nodes, constants = summed(1000)
    model = Model(made([*nodes[:-1], node("Mul", nodes[-1].input, ["h"])], constants, shape=(1, 2, 2)))
    assert model.run(np.full((1, 4), 0.5, np.float32), "scores").shape == (1, 2)


@pytest.mark.parametrize(
    "shape, text",
    [
        ((1, "height", "width"), r"\[1, \?, \?\]: give it an input of fixed lengths"),
        ((-1, 8, 8), r"\[\?, 8, 8\]: give it an input of fixed lengths"),
        (("channels", 8, 8), r"\[\?, 8, 8\]: give it an input of fixed lengths"),
        ((1, 8, 8, 8), "it has 5 axes"),
    ],
)
def test_inputs_that_are_no_images_of_known_size(shape, text):
    with pytest.raises(Failure, match=f"opset 18.*{text}"):
        Model(made(*conv(), shape=shape))
