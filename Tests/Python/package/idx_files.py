"""Small data sets of scikit-learn's digits in the files of large ones: MNIST's IDX and SVHN's MATLAB files."""

import gzip
import struct
import zlib

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


def element(code, data):
    """A data element of a MATLAB file of level 5, by the format's description; up to four bytes go into its tag."""
    if len(data) <= 4:
        return struct.pack("<HH4s", code, len(data), data)
    return struct.pack("<II", code, len(data)) + data + bytes(-len(data) % 8)


def mat_bytes(variables, compressed):
    """Arrays of bytes by name as a MATLAB file of level 5. What is called y is of class double, whose values MATLAB
    stores as bytes when they are small whole numbers."""
    parts = [b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")]
    for name, array in variables.items():
        kind = 6 if name == "y" else 9
        fields = [(6, struct.pack("<II", kind, 0)), (5, struct.pack(f"<{array.ndim}i", *array.shape))]
        fields += [(1, name.encode()), (2, array.tobytes(order="F"))]
        matrix = element(14, b"".join(element(code, data) for code, data in fields))
        packed = zlib.compress(matrix)
        parts.append(struct.pack("<II", 15, len(packed)) + packed if compressed else matrix)
    return b"".join(parts)


def write_svhn(folder, train=400, test=200, compressed=True):
    """SVHN's two files: images (32, 32, 3, images), labels [images, 1], 10 for digit 0."""
    x, y = images()
    coloured = np.pad(x, ((0, 0), (2, 2), (2, 2)))[..., np.newaxis] // np.array([1, 2, 3], np.uint8)
    for name, part in (("train", slice(train)), ("test", slice(train, train + test))):
        labels = np.where(y[part] == 0, 10, y[part]).astype(np.uint8).reshape(-1, 1)
        variables = {"X": coloured[part].transpose(1, 2, 3, 0), "y": labels}
        (folder / f"{name}_32x32.mat").write_bytes(mat_bytes(variables, compressed))
    return folder
