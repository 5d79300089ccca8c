"""Writes small convolutional networks with every operator of theirs, for fuzz_onnx.py to damage.

python Tests/Fuzz/convolutional_seeds.py DIRECTORY
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

node = helper.make_node
GENERATOR = np.random.default_rng(1)


def model(nodes, constants, shape):
    constants = {name: np.asarray(value) for name, value in constants.items()}
    graph = helper.make_graph(
        nodes,
        "seed",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [
            numpy_helper.from_array(value.astype(np.float32) if value.dtype == np.float64 else value, name)
            for name, value in constants.items()
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def weights(*shape):
    return GENERATOR.normal(0, 0.3, shape)


def residual():
    """Padding, a strided convolution, a residual block with squeeze and excite, pooling."""
    nodes = [
        node("Pad", ["x", "pads"], ["p"], mode="constant"),
        node("Conv", ["p", "w1", "b1"], ["c1"], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 0, 0]),
        node("BatchNormalization", ["c1", "four", "four", "four", "four"], ["n1"]),
        node("Relu", ["n1"], ["a1"]),
        node("Conv", ["a1", "w2"], ["c2"], group=4, pads=[2, 2, 2, 2], dilations=[2, 2]),
        node("Add", ["c2", "a1"], ["s"]),
        node("ReduceMean", ["s", "positions"], ["m"], keepdims=1),
        node("Conv", ["m", "w3"], ["c3"]),
        node("HardSigmoid", ["c3"], ["g"]),
        node("Mul", ["s", "g"], ["e"]),
        node("MaxPool", ["e"], ["q"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
        node("AveragePool", ["q"], ["v"], kernel_shape=[2, 2], pads=[1, 1, 0, 0], count_include_pad=1),
        node("LRN", ["v"], ["l"], size=3),
        node("Shape", ["l"], ["shape"]),
        node("Gather", ["shape", "first"], ["batch"]),
        node("Concat", ["batch", "minus"], ["flat"], axis=0),
        node("Reshape", ["l", "flat"], ["r"]),
        node("Gemm", ["r", "w4"], ["y"], transB=1),
    ]
    constants = {
        "pads": np.array([0, 0, 0, 0, 0, 0, 1, 1]),
        "w1": weights(4, 2, 3, 3),
        "b1": weights(4),
        "four": np.abs(weights(4)) + 0.1,
        "w2": weights(4, 1, 3, 3),
        "positions": np.array([2, 3]),
        "w3": weights(4, 4, 1, 1),
        "first": np.array([0]),
        "minus": np.array([-1]),
        "w4": weights(3, 4 * 2 * 2),
    }
    return model(nodes, constants, (2, 8, 8))


def parts():
    """Parts that part and join, resizing, constants of any shape, weights that are computed."""
    nodes = [
        node("ConstantOfShape", ["shape"], ["w"], value=numpy_helper.from_array(np.array([0.1], np.float32))),
        node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        node("Split", ["c", "halves"], ["s1", "s2"], axis=1),
        node("Resize", ["s1", "", "scales"], ["z1"], mode="linear", coordinate_transformation_mode="half_pixel"),
        node("Resize", ["s2", "", "", "sizes"], ["z2"], mode="nearest", axes=[2, 3]),
        node("Concat", ["z1", "z2"], ["j"], axis=1),
        node("Add", ["j", "map"], ["m"]),
        node("Slice", ["m", "starts", "ends", "axes", "steps"], ["t"]),
        node("Transpose", ["t"], ["u"], perm=[0, 2, 3, 1]),
        node("Gather", ["u", "places"], ["g"], axis=3),
        node("Unsqueeze", ["g", "axis"], ["k"]),
        node("Squeeze", ["k", "axis"], ["l"]),
        node("Concat", ["l", "l"], ["d"], axis=2),
        node("ReduceMean", ["d", "last"], ["a"], keepdims=0),
        node("Flatten", ["a"], ["f"]),
        node("MatMul", ["f", "dense"], ["y"]),
    ]
    constants = {
        "shape": np.array([4, 1, 3, 3]),
        "halves": np.array([1, 3]),
        "scales": np.array([1, 1, 2, 2], np.float32),
        "sizes": np.array([8, 8]),
        "map": weights(1, 4, 8, 8),
        "starts": np.array([0, -1]),
        "ends": np.array([6, -9]),
        "axes": np.array([2, 3]),
        "steps": np.array([2, -1]),
        "places": np.array([3, 0]),
        "axis": np.array([1]),
        "last": np.array([3]),
        "dense": weights(3 * 16, 2),
    }
    return model(nodes, constants, (1, 4, 4))


for name, made in {"residual": residual(), "parts": parts()}.items():
    onnx.save(made, Path(sys.argv[1]) / f"{name}.onnx")
