"""Small data sets of scikit-learn's digits in the files of large ones: MNIST's IDX and SVHN's MATLAB files."""

import gzip
import struct

import numpy as np
from sklearn.datasets import load_digits

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array):
    """An array as an IDX file, by the format's description."""
    kind = array.dtype.str[1:]
    header = bytes([0, 0, CODES[kind], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(f">{kind}").tobytes()


def images():
    """The 1797 digits as images of 28 x 28 bytes, and their labels."""
    x, y = load_digits(return_X_y=True)
    large = np.kron(x.reshape(-1, 8, 8), np.ones((3, 3)))
    return np.pad(large * 15.9375, ((0, 0), (2, 2), (2, 2))).astype(np.uint8), y.astype(np.uint8)


def write_mnist(folder, train=1500):
    """The four files of MNIST; two of them not gzipped, one with a dot in its name, as they are found."""
    x, y = images()
    parts = {
        "train-images-idx3-ubyte.gz": x[:train],
        "train-labels-idx1-ubyte": y[:train],
        "t10k-images.idx3-ubyte": x[train:],
        "t10k-labels-idx1-ubyte.gz": y[train:],
    }
    for name, array in parts.items():
        data = idx_bytes(array)
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder


def write_svhn(folder, train=400, test=200):
    """SVHN's two files: images (32, 32, 3, images), labels [images, 1], 10 for digit 0."""
    from scipy.io import savemat

    x, y = images()
    coloured = np.pad(x, ((0, 0), (2, 2), (2, 2)))[..., np.newaxis] // np.array([1, 2, 3], np.uint8)
    for name, part in (("train", slice(train)), ("test", slice(train, train + test))):
        labels = np.where(y[part] == 0, 10, y[part]).astype(np.uint8).reshape(-1, 1)
        savemat(folder / f"{name}_32x32.mat", {"X": coloured[part].transpose(1, 2, 3, 0), "y": labels})
    return folder
