"""What is no ONNX file, but something that another function takes: errors say which."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

# How files begin.
BEGINNINGS = {
    b"BLASWEEP": "the counts of a sweep: Sweep(model, ...).load(path)",
    b"\x89HDF": "an HDF5 file: one of Keras is from_keras(keras.models.load_model(path))",
    b"\x93NUMPY": "an array of NumPy: numpy.load(path)",
    b"\x80": "a pickle: load it as it was written, and from_sklearn or from_torch takes the network",
}
# What is in archives that begin alike.
CONTENTS = {
    "config.json": "a file of Keras: from_keras(keras.models.load_model(path))",
    "data.pkl": "a file of PyTorch: from_torch(module, example) takes the module that it was saved from",
    ".npy": "arrays of NumPy: numpy.load(path)",
}
ENOUGH = 16


def told(source: str | os.PathLike[str] | bytes) -> str:
    """What to add to the error for a file, from its path or its bytes; nothing if it is not known."""
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb") as file:
            start = file.read(ENOUGH)
            names = zipfile.ZipFile(file).namelist() if zipfile.is_zipfile(file) else []
    except (OSError, ValueError, NotImplementedError, struct.error, zipfile.BadZipFile):
        # Of damaged archives more than BadZipFile comes: names that are no text, versions that nothing knows.
        return ""
    found = [what for sign, what in BEGINNINGS.items() if start.startswith(sign)]
    found += [what for end, what in CONTENTS.items() if any(name.endswith(end) for name in names)]
    return f"; it looks like {found[0]}" if found else ""


def told_of_object(value: Any) -> str:
    """What to add to the error for what is neither a path nor bytes; nothing if it is not known."""
    # First, since on PyTorch a model of Keras is a module, too.
    if hasattr(value, "layers") and hasattr(value, "get_config"):
        return ": from_keras takes models of Keras"
    if hasattr(value, "named_children"):
        return ": from_torch takes modules"
    if hasattr(value, "get_params") and hasattr(value, "predict"):
        return ": from_sklearn takes estimators"
    return ": its SerializeToString() gives these" if hasattr(value, "SerializeToString") else ""
