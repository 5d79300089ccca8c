"""Rows and labels from files: NPY, NPZ, IDX (the format of MNIST) and CSV."""

from .arrays import read_array
from .csv import CSVTable
from .idx import read_idx

__all__ = ["CSVTable", "read_array", "read_idx"]
