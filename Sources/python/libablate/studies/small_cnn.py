"""A small convolutional network and its training, with NumPy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from .. import Convolution, Pooling, from_weights
from .._arrays import Floats
from ..model import Model

UNITS = (12, 24)
BATCH = 64


class Network:
    """Convolution, ReLU, max pooling, convolution, ReLU, global average pooling, dense; with its gradients.

    Images are [rows, height, width, channels], kernels [height, width, channels, units].
    """

    def __init__(self, classes: int, rng: np.random.Generator) -> None:
        self.parameters: list[Floats] = []
        for shape in [(3, 3, 1, UNITS[0]), (3, 3, *UNITS), (UNITS[1], classes)]:
            scale = np.sqrt(2 / np.prod(shape[:-1]))
            self.parameters += [rng.normal(0, scale, shape).astype(np.float32), np.zeros(shape[-1], np.float32)]

    def forward(self, x: Floats) -> tuple[Floats, tuple[Floats, ...]]:
        """Scores [rows, classes], and what the gradients need."""
        first, first_bias, second, second_bias, dense, dense_bias = self.parameters
        a = np.maximum(convolve(x, first) + first_bias, 0)
        windows = a[:, : a.shape[1] // 2 * 2, : a.shape[2] // 2 * 2]
        windows = windows.reshape(len(x), a.shape[1] // 2, 2, a.shape[2] // 2, 2, -1)
        pooled = windows.max(axis=(2, 4))
        b = np.maximum(convolve(pooled, second) + second_bias, 0)
        means = b.mean(axis=(1, 2))
        return means @ dense + dense_bias, (x, a, windows, pooled, b, means)

    def gradients(self, x: Floats, labels: npt.NDArray[Any]) -> list[Floats]:
        """Of the mean log-loss by each of the parameters."""
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

    def model(self, input_shape: tuple[int, int, int], classes: Any) -> Model:
        """As a model of rows [1, height, width]."""
        first, first_bias, second, second_bias, dense, dense_bias = self.parameters
        return from_weights(
            [
                Convolution(first.transpose(3, 2, 0, 1), first_bias, "relu", padding=1, name="first"),
                Pooling("maximum", 2, name="pool"),
                Convolution(second.transpose(3, 2, 0, 1), second_bias, "relu", padding=1, name="second"),
                Pooling("global_average", name="means"),
                (dense.T, dense_bias),
            ],
            input_shape=input_shape,
            classes=classes,
        )


def windows_of(x: Floats) -> Floats:
    """[rows, height, width, channels, 3, 3], zeros around the image."""
    return sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3), axis=(1, 2))


def convolve(x: Floats, weights: Floats) -> Floats:
    """Images with a kernel at each position, as large as they were."""
    return np.tensordot(windows_of(x), weights, axes=((4, 5, 3), (0, 1, 2)))


def weights_gradient(x: Floats, outputs: Floats) -> Floats:
    """Of kernels, from the gradient of what they gave."""
    gradient: Floats = np.tensordot(windows_of(x), outputs, axes=((0, 1, 2), (0, 1, 2))).transpose(1, 2, 0, 3)
    return gradient


def train(network: Network, x: Floats, labels: npt.NDArray[Any], epochs: int, rng: np.random.Generator) -> None:
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
