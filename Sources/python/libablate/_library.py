"""Finds the shared library, and makes sure that it is the one these declarations are of."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from . import _declarations as c


def find() -> Path:
    """ABLATE_LIBRARY if it is set, else the library inside the package."""
    named = os.environ.get("ABLATE_LIBRARY")
    path = Path(named) if named else Path(__file__).resolve().parent / "lib" / "libablate.so"
    if not path.is_file():
        where = "ABLATE_LIBRARY names" if named else "the package should hold"
        raise ImportError(
            f"{where} {path}, and there is no such file. Install libablate with pip, or set ABLATE_LIBRARY."
        )
    return path


def written(version: int) -> str:
    """A version as people write it: 1002 is 0.1.2."""
    return f"{version // 1_000_000}.{version // 1_000 % 1_000}.{version % 1_000}"


def is_compatible(found: int, needed: int) -> bool:
    """Whether a library of version `found` keeps what `needed` declared: before 1.0 a minor version may change it."""
    place = 1_000_000 if needed >= 1_000_000 else 1_000
    return found // place == needed // place and found >= needed


def load() -> tuple[Path, ctypes.CDLL]:
    """The library and where it is, after checking its version and the structs' sizes."""
    path = find()
    for name, struct in c.STRUCTS.items():
        size = ctypes.sizeof(struct)
        if size != c.STRUCT_SIZES[name]:
            raise ImportError(f"{name} is {size} bytes long here, and {c.STRUCT_SIZES[name]} in {path}")
    try:
        plain = ctypes.CDLL(str(path))
        plain.ablate_version.restype = ctypes.c_uint32
        found = int(plain.ablate_version())
    except (OSError, AttributeError) as error:
        raise ImportError(f"{path} is no libablate that this machine can load: {error}") from error
    if not is_compatible(found, c.VERSION):
        raise ImportError(f"{path} is libablate {written(found)}; this package is made for {written(c.VERSION)}")
    try:
        return path, c.load(path)
    except AttributeError as error:
        raise ImportError(
            f"{path} is another libablate {written(found)} than this package is made for: {error}"
        ) from error


path, library = load()
__version__ = written(library.ablate_version())


def isa() -> str:
    """The instruction set that the kernels use: "v4" (AVX-512), "v3" (AVX2), "neon" (arm64) or "baseline"."""
    name: bytes = library.ablate_isa()
    return name.decode()
