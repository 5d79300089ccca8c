"""The data sets of the studies, from the files that their makers give out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import Floats
from ..files import read_idx

# Where Debian's package dataset-fashion-mnist puts its files.
FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
CLOTHES = "T-shirt trouser pullover dress coat sandal shirt sneaker bag boot".split()
IDX_NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
MAT_NAMES = ["train_32x32.mat", "test_32x32.mat"]


@dataclass(frozen=True)
class DataSet:
    """A data set of images in its own split.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Of an image: (rows, columns), or (channels, rows, columns).
    classes : list of str
        What each class is called, from 0.
    train_x, test_x : float32 array, [rows, values]
        Pixels divided by 255, in the order of `shape`.
    train_y, test_y : int64 array, [rows]
    """

    name: str
    shape: tuple[int, ...]
    classes: list[str]
    train_x: Floats
    train_y: npt.NDArray[np.int64]
    test_x: Floats
    test_y: npt.NDArray[np.int64]

    @property
    def is_mnist(self) -> bool:
        """Whether it is the data set of the published figures."""
        return self.name == "MNIST"


def read_digits(folder: Path | None) -> DataSet:
    """MNIST, or a data set in its format, from the four IDX files in a folder, gzipped or not.

    Without a folder Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv 1708.07747) from Debian's package.
    """
    place = FASHION_MNIST if folder is None else folder
    paths = [found(place, name) for name in IDX_NAMES]
    if None in paths:
        missing = ", ".join(name for name, path in zip(IDX_NAMES, paths) if path is None)
        hint = (
            "--data takes a folder with the four IDX files of MNIST"
            if folder is not None
            else "give the folder of MNIST's four IDX files with --data, or install Debian's dataset-fashion-mnist"
        )
        raise FileNotFoundError(f"{place} lacks {missing} (.gz); {hint}")
    train_x, train_y, test_x, test_y = (read_idx(path) for path in paths if path is not None)
    shape = train_x.shape[1:]
    if len(shape) != 2 or test_x.shape[1:] != shape:
        raise ValueError(f"{place}: images have the shapes {train_x.shape} and {test_x.shape}, and not [rows, h, w]")
    fashion = "fashion" in str(place.resolve()).lower()
    name = "Fashion-MNIST" if fashion else "MNIST" if len(train_x) == 60_000 else f"digits of {place.name}"
    classes = CLOTHES if fashion else [str(digit) for digit in range(10)]
    return data_set(name, shape, classes, (train_x, train_y), (test_x, test_y))


def read_svhn(folder: Path) -> DataSet:
    """SVHN's cropped digits (Netzer and others 2011) from its two MATLAB files; label 10 stands for digit 0."""
    parts = [read_mat(folder / name) for name in MAT_NAMES]
    return data_set("SVHN", parts[0][0].shape[1:], [str(digit) for digit in range(10)], *parts)


def has_digits(folder: Path | None) -> bool:
    """Whether a folder (by default that of Debian's package) has files of MNIST's names."""
    return all(found(FASHION_MNIST if folder is None else folder, name) is not None for name in IDX_NAMES)


def has_svhn(folder: Path | None) -> bool:
    """Whether a folder has a file of SVHN's names; that the other one is missing is told when they are read."""
    return folder is not None and any((folder / name).is_file() for name in MAT_NAMES)


def found(folder: Path, name: str) -> Path | None:
    """A file of this name, gzipped or not, with a dot for a hyphen or not; None if there is none."""
    for spelling in (name, name.replace("-idx", ".idx")):
        for ending in ("", ".gz"):
            if (folder / (spelling + ending)).is_file():
                return folder / (spelling + ending)
    return None


def read_mat(path: Path) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Images [images, channels, rows, columns] and labels 0 to 9 of one of SVHN's files."""
    from scipy.io import loadmat

    # SciPy, given a path, does not tell that there is no such file.
    with path.open("rb") as file:
        try:
            variables = loadmat(file, variable_names=["X", "y"])
            images, labels = variables["X"], variables["y"].ravel()
        except KeyError as error:
            raise ValueError(f"{path} has no variable {error}: it is none of SVHN's files of cropped digits") from None
        # What SciPy raises for a damaged file is of many types, struct.error and zlib.error among them.
        except Exception as error:
            raise ValueError(f"{path} is no MATLAB file that can be read: {error}") from error
    if images.ndim != 4 or images.shape[2] != 3 or images.dtype != np.uint8:
        raise ValueError(f"{path}: X is {images.dtype} {images.shape}, and not uint8 (rows, columns, 3, images)")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"{path}: y is {labels.dtype}, and not whole numbers")
    labels = labels.astype(np.int64)
    return images.transpose(3, 2, 0, 1), np.where(labels == 10, 0, labels)


def data_set(
    name: str,
    shape: tuple[int, ...],
    classes: list[str],
    train: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    test: tuple[npt.NDArray[Any], npt.NDArray[Any]],
) -> DataSet:
    """A data set from images and labels, after looking whether they fit."""
    parts: list[Any] = []
    for what, (images, labels) in (("training", train), ("test", test)):
        if labels.ndim != 1 or len(images) != len(labels) or not len(labels):
            raise ValueError(f"{name}: {images.shape} {what} images and {labels.shape} labels do not go together")
        if labels.min() < 0 or labels.max() >= len(classes):
            raise ValueError(f"{name}: {what} labels are {labels.min()} to {labels.max()}, and not 0 to 9")
        parts += [images.reshape(len(images), -1).astype(np.float32) / np.float32(255), labels.astype(np.int64)]
    return DataSet(name, tuple(int(length) for length in shape), classes, *parts)
