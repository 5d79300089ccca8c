"""IDX files: the format of MNIST, http://yann.lecun.com/exdb/mnist."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"


def is_idx(start: bytes) -> bool:
    """Whether a file that starts so is an IDX file."""
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in TYPES


def unpacked(path: str | os.PathLike[str]) -> bytes:
    """What is in a file, out of gzip if it is gzipped."""
    data = Path(path).read_bytes()
    if data[:2] != GZIP:
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, struct.error, zlib.error) as error:
        raise ValueError(f"{path} is gzipped and damaged: {error}") from error


def read_idx(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """Reads an IDX file, gzipped or not.

    Returns
    -------
    array
        Of the shape and the type that the file says; read-only.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no IDX file, or it is not as long as its header says.
    """
    return parse_idx(unpacked(path), path)


def parse_idx(data: bytes, path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """The array of an IDX file's bytes; `path` is for the text of errors."""
    if not is_idx(data):
        raise ValueError(f"{path} is no IDX file")
    rank = data[3]
    begin = 4 + 4 * rank
    if not 1 <= rank <= 16 or len(data) < begin:
        raise ValueError(f"{path} is an IDX file without a header of {rank} axes: it is {len(data)} bytes long")
    shape = struct.unpack_from(f">{rank}I", data, 4)
    kind = np.dtype(TYPES[data[2]])
    expected = begin + math.prod(shape) * kind.itemsize
    if len(data) != expected:
        raise ValueError(f"{path} says that its shape is {shape}: {expected} bytes, and it is {len(data)} bytes long")
    return np.frombuffer(data, kind, offset=begin).reshape(shape)
