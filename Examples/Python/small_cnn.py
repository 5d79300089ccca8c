#!/usr/bin/env python3
"""Trains a small convolutional network with NumPy alone and writes it as ONNX, with a picture to look at.

    small_cnn.py FOLDER                                     scikit-learn's handwritten digits, 8 x 8: seconds
    small_cnn.py FOLDER --fashion-mnist /usr/share/datasets/fashion-mnist    clothes, 28 x 28: some minutes

Convolution, ReLU, max pooling, convolution, ReLU, global average pooling, dense: what class activation maps need.
Writes network.onnx (input [rows, 1, height, width], byte * scale), test_rows.npy (bytes), test_labels.npy and
picture.pgm, the first test picture that the network gets right.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from command_line import run, whole_number
from libablate.studies.small_cnn import Network, train
from study_data import digits, fashion_mnist


def to_onnx(network, height, width):
    names = ["first.weight", "first.bias", "second.weight", "second.bias", "dense.weight", "dense.bias"]
    values = [part.transpose(3, 2, 0, 1) if part.ndim == 4 else part for part in network.parameters]
    windows = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["images", *names[:2]], ["first"], "first", **windows),
        helper.make_node("Relu", ["first"], ["first_relu"]),
        helper.make_node("MaxPool", ["first_relu"], ["pool"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["pool", *names[2:4]], ["second"], "second", **windows),
        helper.make_node("Relu", ["second"], ["second_relu"]),
        helper.make_node("GlobalAveragePool", ["second_relu"], ["means"], "means"),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", *names[4:]], ["scores"], "dense"),
    ]
    classes = values[-1].size
    graph = helper.make_graph(
        nodes,
        "small_cnn",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["rows", 1, height, width])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["rows", classes])],
        [numpy_helper.from_array(np.ascontiguousarray(part), name) for name, part in zip(names, values)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the files go")
    parser.add_argument("--fashion-mnist", type=Path, metavar="DATA", help="the folder of the four IDX files")
    parser.add_argument("--epochs", type=whole_number(1), help="40 for digits, 3 for clothes")
    arguments = parser.parse_args()
    data = fashion_mnist(arguments.fashion_mnist) if arguments.fashion_mnist else digits()
    epochs = arguments.epochs or (3 if arguments.fashion_mnist else 40)
    rng = np.random.default_rng(7)
    images = (-1, *data.image, 1)
    network = Network(len(data.names), rng)
    train(network, data.train_x.reshape(images), data.train_y, epochs, rng)
    tests = data.test_x.reshape(images)
    blocks = [network.forward(tests[begin : begin + 500])[0] for begin in range(0, len(tests), 500)]
    right = np.concatenate(blocks).argmax(axis=1) == data.test_y
    arguments.folder.mkdir(parents=True, exist_ok=True)
    height, width = data.image
    onnx.save(to_onnx(network, height, width), arguments.folder / "network.onnx")
    pixels = data.test_bytes.reshape(len(tests), height, width)
    np.save(arguments.folder / "test_rows.npy", pixels)
    np.save(arguments.folder / "test_labels.npy", data.test_y.astype(np.int32))
    picture = int(np.flatnonzero(right)[0])
    header = f"P5\n{width} {height}\n255\n".encode()
    (arguments.folder / "picture.pgm").write_bytes(header + pixels[picture].tobytes())
    print(f"{data.title}: {right.mean():.2%} of {len(tests)} test pictures right; scale {data.scale}")
    print(f"wrote network.onnx, test_rows.npy, test_labels.npy and picture.pgm (row {picture}) to {arguments.folder}")


if __name__ == "__main__":
    run(main)
