"""Networks that scikit-learn trained, and their data, in memory and in files."""

import csv
import sys
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from idx_files import idx_bytes
from sklearn.datasets import load_diabetes, load_digits
from sklearn.neural_network import MLPClassifier, MLPRegressor

import built_library
import libablate

assert built_library.PATH.is_file()
matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def no_figures_left():
    """Figures that a test or an example leaves are closed: matplotlib warns of many open ones."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def digits():
    """A classifier of 24 and 12 hidden neurons, its model, and 400 rows."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    network = MLPClassifier(hidden_layer_sizes=(24, 12), max_iter=60, random_state=3).fit(x[400:], y[400:])
    model = libablate.from_sklearn(network)
    return SimpleNamespace(network=network, model=model, x=x[:400], y=y[:400])


@pytest.fixture(scope="session")
def diabetes():
    """A regression of 12 hidden neurons, its model, and 200 rows."""
    x, y = load_diabetes(return_X_y=True)
    x, y = (10 * x).astype(np.float32), (y / 100).astype(np.float32)
    network = MLPRegressor(hidden_layer_sizes=(12,), max_iter=300, random_state=3).fit(x[200:], y[200:])
    return SimpleNamespace(network=network, model=libablate.from_sklearn(network), x=x[:200], y=y[:200])


@pytest.fixture(scope="session")
def files(digits, tmp_path_factory):
    """Files of the digits' network and rows, in every format; labels of CSV files are words."""
    folder = tmp_path_factory.mktemp("files")
    words = np.array([f"digit {label}" for label in range(10)])
    digits.model.save(folder / "network.onnx")
    named = libablate.from_weights(
        [(layer.weights, layer.bias, layer.activation) for layer in digits.model.layers], head="softmax", classes=words
    )
    named.save(folder / "named.onnx")
    pixels = np.round(digits.x * 16).astype(np.uint8)
    np.save(folder / "x.npy", digits.x)
    np.save(folder / "y.npy", digits.y)
    np.savez(folder / "data.npz", X=digits.x, y=digits.y, more=np.zeros(3))
    (folder / "x.idx").write_bytes(idx_bytes(pixels.reshape(-1, 8, 8)))
    (folder / "y.idx").write_bytes(idx_bytes(digits.y.astype(np.uint8)))
    with (folder / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"pixel {k}" for k in range(64)), "digit"])
        writer.writerows([*row, words[label]] for row, label in zip(pixels.tolist(), digits.y))
    return SimpleNamespace(folder=folder, **vars(digits))


class Without:
    """`without(network, [(layer, unit)])` sets neurons of scikit-learn's to zero, until `undo()` or the test's end."""

    def __init__(self):
        self.saved = []

    def __call__(self, network, units):
        self.saved.append((network, network.coefs_))
        network.coefs_ = [weights.copy() for weights in network.coefs_]
        for layer, unit in units:
            network.coefs_[layer + 1][unit] = 0
        return network

    def undo(self):
        while self.saved:
            network, network.coefs_ = self.saved.pop()


@pytest.fixture
def without():
    changes = Without()
    yield changes
    changes.undo()


@pytest.fixture
def tiny():
    """Two units behind two inputs, labels as they are: rows of the identity are right."""
    return libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
