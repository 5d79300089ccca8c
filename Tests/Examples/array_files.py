"""Writes IDX and NPY files; a path that ends in .gz gets a gzipped file."""

import gzip
import math
import struct

IDX_CODES = {"u1": (8, "B"), "i1": (9, "b"), "i4": (12, "i"), "f4": (13, "f"), "f8": (14, "d")}
NPY_CODES = {"u1": "B", "i1": "b", "i4": "i", "i8": "q", "f4": "f", "f8": "d"}


def _write(path, data):
    if path.suffix == ".gz":
        data = gzip.compress(data, 1)
    path.write_bytes(data)
    return path


def idx_bytes(kind, shape, values):
    code, letter = IDX_CODES[kind]
    header = bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    return header + struct.pack(f">{len(values)}{letter}", *values)


def write_idx(path, kind, shape, values):
    assert math.prod(shape) == len(values)
    return _write(path, idx_bytes(kind, shape, values))


def npy_bytes(descr, shape, values, version=1, fortran=False, header=None):
    """`descr` as NumPy writes it: '<f4', '|u1'. `header` replaces the dictionary's text."""
    if header is None:
        header = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {tuple(shape)!r}, }}"
    text = header.encode("utf-8" if version == 3 else "latin-1")
    size = "<H" if version == 1 else "<I"
    room = 8 + struct.calcsize(size)
    text += b" " * (-(room + len(text) + 1) % 64) + b"\n"
    order = ">" if descr[0] == ">" else "<"
    data = struct.pack(f"{order}{len(values)}{NPY_CODES[descr[1:]]}", *values)
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(size, len(text)) + text + data


def write_npy(path, descr, shape, values, version=1):
    assert math.prod(shape) == len(values)
    return _write(path, npy_bytes(descr, shape, values, version))
