"""The networks and rows that sweeps are timed on, and where they come from.

Trained on MNIST, from ../shared beside the repository or ABLATE_SHARED; or else of the same shapes, trained here on
Fashion-MNIST (Debian's package dataset-fashion-mnist) or on the digits that scikit-learn brings.
"""

import gzip
import itertools
import json
import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("ABLATE_SHARED", REPOSITORY.parent / "shared"))
FASHION = "usr/share/datasets/fashion-mnist"
HIDDEN = {"NN_392": (392,), "NN_392_196": (392, 196)}
ROWS = 7000


@dataclass
class Network:
    """Dense layers with ReLU between them: weights [inputs, units], biases [units], x [rows, inputs], all float32."""

    name: str
    weights: list
    biases: list
    x: np.ndarray
    labels: np.ndarray
    # For each hidden layer, the stored count of rows that are right without each unit.
    stored: list = field(default_factory=list)

    @property
    def widths(self):
        return [len(self.weights[0])] + [len(bias) for bias in self.biases]


def load():
    """What was found, in words, and the networks by name."""
    if (SHARED / "models" / "mlp" / "nn392_div255.npz").exists():
        return f"MNIST and networks of {SHARED.name}", {name: trained(name) for name in HIDDEN}
    for root in (Path("/"), REPOSITORY / "build" / "fashion-mnist"):
        if (root / FASHION).is_dir():
            return "Fashion-MNIST, networks trained here", {n: train(n, *fashion(root / FASHION)) for n in HIDDEN}
    return "scikit-learn's digits, networks trained here", {name: train(name, *digits()) for name in HIDDEN}


def trained(name):
    folder, stem = SHARED / "models" / "mlp", name.lower().replace("_", "", 1) + "_div255"
    arrays = np.load(folder / f"{stem}.npz")
    depth = sum(key.startswith("W") for key in arrays)
    images = np.load(SHARED / "data" / "mnist" / "test7000_images.npy")
    return Network(
        name,
        [np.ascontiguousarray(arrays[f"W{i}"], np.float32) for i in range(depth)],
        [np.ascontiguousarray(arrays[f"b{i}"], np.float32) for i in range(depth)],
        images.astype(np.float32) / np.float32(255),
        np.load(SHARED / "data" / "mnist" / "test7000_labels.npy").astype(np.int32),
        json.loads((folder / f"{stem}.expected.json").read_text())["layers"],
    )


def fashion(folder):
    def read(name, header):
        return np.frombuffer(gzip.decompress((folder / f"{name}-ubyte.gz").read_bytes()), np.uint8)[header:]

    def rows(name):
        return read(f"{name}-images-idx3", 16).reshape(-1, 784).astype(np.float32) / np.float32(255)

    # A third of the rows: the times of a sweep hardly depend on how well a network was trained.
    x, labels = rows("train")[:20000], read("train-labels-idx1", 8)[:20000]
    return x, labels, rows("t10k")[:ROWS], read("t10k-labels-idx1", 8)[:ROWS]


def digits():
    from sklearn.datasets import load_digits

    x, labels = load_digits(return_X_y=True)
    x = x.astype(np.float32) / np.float32(16)
    tests = x[1::2], labels[1::2]
    repeats = -(-ROWS // len(tests[1]))
    return x[::2], labels[::2], np.tile(tests[0], (repeats, 1))[:ROWS], np.tile(tests[1], repeats)[:ROWS]


def train(name, x, labels, test_x, test_labels):
    """Kept in .build-bench, for the processes that time it as for the next time."""
    file = REPOSITORY / ".build-bench" / f"{name}-{x.shape[1]}.npz"
    if not file.exists():
        from sklearn.neural_network import MLPClassifier

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network = MLPClassifier(HIDDEN[name], max_iter=8, random_state=42).fit(x, labels)
        arrays = {f"w{i}": w for i, w in enumerate(network.coefs_)}
        np.savez(file, **arrays, **{f"b{i}": b for i, b in enumerate(network.intercepts_)})
    arrays = np.load(file)
    layers = range(len(arrays) // 2)
    weights = [np.ascontiguousarray(arrays[f"w{i}"], np.float32) for i in layers]
    biases = [np.ascontiguousarray(arrays[f"b{i}"], np.float32) for i in layers]
    return Network(name, weights, biases, np.ascontiguousarray(test_x), test_labels.astype(np.int32))


def random_network(widths, rows, seed=7):
    """Weights and rows from a normal distribution, labels from a uniform one."""
    random = np.random.default_rng(seed)
    pairs = list(itertools.pairwise(widths))
    weights = [(random.standard_normal((k, n)) * np.sqrt(2 / k)).astype(np.float32) for k, n in pairs]
    biases = [random.standard_normal(n).astype(np.float32) / 10 for n in widths[1:]]
    x = random.standard_normal((rows, widths[0])).astype(np.float32)
    labels = random.integers(0, widths[-1], rows).astype(np.int32)
    return Network("-".join(map(str, widths)), weights, biases, x, labels)
