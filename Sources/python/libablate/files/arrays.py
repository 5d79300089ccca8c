"""One array from a file of any of the formats."""

from __future__ import annotations

import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .csv import CSVTable
from .idx import GZIP, is_idx, read_idx

NPY, NPZ = b"\x93NUMPY", b"PK\x03\x04"


def read_array(path: str | os.PathLike[str], name: str | None = None) -> npt.NDArray[Any]:
    """Reads an array from an NPY, NPZ, IDX (also gzipped) or CSV file; what is in it tells which it is.

    Parameters
    ----------
    path : path
        An NPY file is mapped into memory, not read.
    name : str, optional
        Which array of an NPZ file; one that holds a single array needs no name.

    Returns
    -------
    array
        From a CSV file float64 [rows, columns]. Objects are never unpickled.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is damaged, or of another format.

    Warns
    -----
    UserWarning
        The first line of a CSV file is 0, 1, 2, ... and taken for the names of the columns.

    Examples
    --------
    >>> import libablate.files, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "rows.csv"
    ...     _ = path.write_text("width,height\\n1,2\\n3,4\\n")
    ...     libablate.files.read_array(path).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    kind = format_of(path)
    if name is not None and kind != "npz":
        raise ValueError(f"{path} is no NPZ file: it has no array called {name!r}")
    if kind == "npy":
        return _read_npy(path)
    if kind == "npz":
        return _read_npz(path, name)
    return read_idx(path) if kind == "idx" else _read_csv(path)


def format_of(path: str | os.PathLike[str]) -> str:
    """What a file is, from its first bytes: npy, npz, idx or csv; what nothing else knows is taken for text."""
    if Path(path).is_fifo():
        raise ValueError(f"{path} is a pipe, which can be read only once: rows and labels take a file")
    with Path(path).open("rb") as file:
        start = file.read(8)
    if start.startswith(NPY):
        return "npy"
    if start.startswith(NPZ):
        return "npz"
    return "idx" if start.startswith(GZIP) or is_idx(start) else "csv"


def array_names(path: str | os.PathLike[str]) -> list[str]:
    """What the arrays of an NPZ file are called."""
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return list(arrays.files)
    except (EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no NPZ file that can be read: {error}") from error


def _read_csv(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    table = CSVTable(path)
    if table.is_numbered and table.names is not None:
        warnings.warn(table.taken_for_names(), stacklevel=3)
    return table.numbers()


def _read_npy(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    try:
        mapped: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (EOFError, ValueError) as error:
        raise ValueError(f"{path} is no NPY file that can be read: {error}") from error
    return mapped


def _read_npz(path: str | os.PathLike[str], name: str | None) -> npt.NDArray[Any]:
    names = array_names(path)
    if name is None and len(names) != 1:
        raise ValueError(
            f"{path} holds {', '.join(names) or 'no array'}: say which, as in {path}:{(names or ['X'])[0]}"
        )
    if name is not None and name not in names:
        raise ValueError(f"{path} has no array called {name!r}; there are {', '.join(names) or 'none'}")
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            found: npt.NDArray[Any] = arrays[name or names[0]]
    except (EOFError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: {name or names[0]} cannot be read: {error}") from error
    return found
