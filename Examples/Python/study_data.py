"""The data sets and networks of the study."""

import time
import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sweep import read_array, scaled


@dataclass
class Data:
    """Rows are float32 in 0 to 1; `test_bytes` are the pixels they were made from, `scale` how."""

    title: str
    names: list
    image: tuple
    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray
    test_bytes: np.ndarray
    scale: str
    hidden: tuple
    epochs: int

    @property
    def class_names(self):
        """The classes in a sentence: "digit 1", "sandal"."""
        return [f"digit {name}" if name.isdigit() else name for name in self.names]


def digits():
    """scikit-learn's own copy of the UCI handwritten digits; every other row is kept for testing."""
    x, y = load_digits(return_X_y=True)
    pixels = x.astype(np.uint8)
    rows, scale = scaled(pixels, (1, 16)), "1/16"
    names = [str(digit) for digit in range(10)]
    return Data(
        "handwritten digits", names, (8, 8), rows[::2], y[::2], rows[1::2], y[1::2], pixels[1::2], scale, (32, 16), 150
    )


def fashion_mnist(folder):
    """Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv 1708.07747) in its own split."""
    names = "T-shirt trouser pullover dress coat sandal shirt sneaker bag boot".split()
    files = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]
    train_x, train_y, test_x, test_y = (read_array(folder / f"{name}-ubyte.gz") for name in files)
    rows, tests, scale = scaled(train_x, (1, 255)), scaled(test_x, (1, 255)), "1/255"
    test_y = test_y.astype(np.int64)
    return Data("Fashion-MNIST", names, (28, 28), rows, train_y, tests, test_y, test_x, scale, (392,), 8)


def train(data):
    """A multilayer perceptron as both studies of single neurons had it; and the seconds it took."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network = MLPClassifier(data.hidden, max_iter=data.epochs, random_state=42).fit(data.train_x, data.train_y)
    return network, time.perf_counter() - start


def export(network, path):
    """Writes the network as ONNX, as any user of scikit-learn would."""
    from skl2onnx import to_onnx

    example = np.zeros((1, network.n_features_in_), np.float32)
    path.write_bytes(to_onnx(network, example, options={"zipmap": False}).SerializeToString())
