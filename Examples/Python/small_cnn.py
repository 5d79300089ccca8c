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
from numpy.lib.stride_tricks import sliding_window_view
from onnx import TensorProto, helper, numpy_helper

from command_line import run, whole_number
from study_data import digits, fashion_mnist

UNITS = (12, 24)
BATCH = 64


class Network:
    """The network with its gradients; images are [rows, height, width, channels]."""

    def __init__(self, classes, rng):
        self.parameters = []
        for shape in [(3, 3, 1, UNITS[0]), (3, 3, *UNITS), (UNITS[1], classes)]:
            scale = np.sqrt(2 / np.prod(shape[:-1]))
            self.parameters += [rng.normal(0, scale, shape).astype(np.float32), np.zeros(shape[-1], np.float32)]

    def forward(self, x):
        first, first_bias, second, second_bias, dense, dense_bias = self.parameters
        a = np.maximum(convolve(x, first) + first_bias, 0)
        windows = a[:, : a.shape[1] // 2 * 2, : a.shape[2] // 2 * 2]
        windows = windows.reshape(len(x), a.shape[1] // 2, 2, a.shape[2] // 2, 2, -1)
        pooled = windows.max(axis=(2, 4))
        b = np.maximum(convolve(pooled, second) + second_bias, 0)
        means = b.mean(axis=(1, 2))
        return means @ dense + dense_bias, (x, a, windows, pooled, b, means)

    def gradients(self, x, labels):
        scores, (x, a, windows, pooled, b, means) = self.forward(x)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        shares[np.arange(len(x)), labels] -= 1
        shares /= len(x)
        of_means = shares @ self.parameters[4].T
        of_b = np.broadcast_to(of_means[:, None, None] / (b.shape[1] * b.shape[2]), b.shape) * (b > 0)
        of_pooled = convolve(of_b, self.parameters[2][::-1, ::-1].swapaxes(2, 3))
        # Where several values of a window are the largest, each gets all of it: they are rarely alike but for 0.
        of_windows = (windows == pooled[:, :, None, :, None]) * of_pooled[:, :, None, :, None]
        of_a = np.zeros_like(a)
        height, width = 2 * pooled.shape[1], 2 * pooled.shape[2]
        of_a[:, :height, :width] = of_windows.reshape(len(x), height, width, -1)
        of_a *= a > 0
        return [
            weights_gradient(x, of_a), of_a.sum(axis=(0, 1, 2)), weights_gradient(pooled, of_b),
            of_b.sum(axis=(0, 1, 2)), means.T @ shares, shares.sum(axis=0),
        ]  # fmt: skip


def windows_of(x):
    """[rows, height, width, channels, 3, 3], zeros around the image."""
    return sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3), axis=(1, 2))


def convolve(x, weights):
    return np.tensordot(windows_of(x), weights, axes=((4, 5, 3), (0, 1, 2)))


def weights_gradient(x, outputs):
    return np.tensordot(windows_of(x), outputs, axes=((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)


def train(network, x, labels, epochs, rng):
    """Adam (Kingma and Ba 2015, arXiv 1412.6980)."""
    moments = [(np.zeros_like(values), np.zeros_like(values)) for values in network.parameters]
    step = 0
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        rate = 3e-3 * (1 - epoch / epochs)
        for begin in range(0, len(x), BATCH):
            step += 1
            chosen = order[begin : begin + BATCH]
            gradients = network.gradients(x[chosen], labels[chosen])
            for values, gradient, (mean, square) in zip(network.parameters, gradients, moments):
                mean += 0.1 * (gradient - mean)
                square += 0.001 * (gradient**2 - square)
                values -= rate * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)


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
