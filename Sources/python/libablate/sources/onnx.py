"""Models from ONNX files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from .._brief import brief
from .._columns import given_names
from .._handles import make
from .._labels import Labels, given, texts
from .._library import library
from ..errors import MalformedError
from ..model import Model
from ._elsewhere import told, told_of_object


def load(
    file: str | os.PathLike[str] | bytes | bytearray | memoryview,
    *,
    directory: str | os.PathLike[str] | None = None,
    classes: Any = None,
    feature_names: Iterable[str] | None = None,
    threads: int = 0,
) -> Model:
    """Loads a model from an ONNX file.

    Parameters
    ----------
    file : path or bytes
        The file, or what is in it.
    directory : path, optional
        For bytes: where tensors that are stored outside of them are looked for.
    classes : array, optional
        Class labels in the order of the scores, in place of those of the file.
    feature_names : list of str, optional
        The columns of the data frame that the network was fitted on, such as `frame.columns`, which ONNX files do not
        tell: data frames with others, or in another order, are refused then. Without them columns are taken as they
        stand.
    threads : int
        How many threads runs use; 0 for one per processor.

    Returns
    -------
    Model
        Of rows without the first axis of the file's input, which counts them, whatever its length there. A network
        whose dense layers work on the last of three axes or more takes each position as a row: of an input [2, 5, 16]
        rows of 16 values.

    Raises
    ------
    FileError
        The file cannot be read.
    MalformedError
        It is not valid ONNX.
    UnsupportedError
        It has an operator that this version does not know; the text names it.

    Examples
    --------
    >>> import libablate
    >>> libablate.load("nowhere.onnx")
    Traceback (most recent call last):
    libablate.errors.FileError: 'nowhere.onnx': cannot read the file: No such file or directory
    """
    if isinstance(file, (str, os.PathLike)):
        if directory is not None:
            raise TypeError("directory goes with bytes; a file's own folder is known")
        source: Any = file
        arguments: tuple[Any, ...] = (library.ablate_model_load, os.fsencode(file))
    else:
        if not isinstance(file, (bytes, bytearray, memoryview)):
            raise TypeError(f"file is a path or the bytes of a file, not {brief(file)}{told_of_object(file)}")
        source = bytes(file)
        folder: bytes | None = None if directory is None else os.fsencode(directory)
        arguments = (library.ablate_model_load_memory, source, len(source), folder)
    try:
        handle = make(*arguments)
    except MalformedError as error:
        raise MalformedError(f"{error}{told(source)}") from None
    model = Model(handle, threads=threads)
    if classes is not None:
        model = renamed(model, given(classes, 0 if model.classes is None else len(model.classes)))
    if feature_names is not None:
        model.feature_names = given_names(feature_names, model.input_width)
    return model


def renamed(model: Model, labels: Labels) -> Model:
    """The model with other class labels, also in files that are written of it."""
    handle = make(library.ablate_model_with_class_labels, model._handle, texts(labels), len(labels))
    return Model(handle, classes=labels, threads=model.threads)
