"""Class activation maps: which places of an image speak for a class."""

from __future__ import annotations

from ctypes import byref
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from . import _labels
from ._arrays import Floats, blocks, pointer, rows
from ._library import library
from ._runs import expect_model, expect_runs
from ._selection import index
from .ablation import Ablation
from .errors import check
from .model import Model


def cam(model: Model | Ablation, X: Any, classes: Any = None, *, upsampled: bool = False) -> Floats:
    """Class activation maps: for each place of an image, how much it speaks for a class (Zhou et al. 2016).

    The map of class c is the sum of the channels that the model's global average pooling reads, each times the weight
    by which the output layer reads its mean for c. The score of c is its bias plus the mean of the map.

    Parameters
    ----------
    model : Model or Ablation
        Ends in global average pooling and a dense layer (or 1 x 1 convolution). What an ablation replaces shows.
    X : array, [rows, ...]
    classes : label or array, [rows], optional
        The class of each map, as in `model.classes`; the prediction of each row by default. Of multilabel models and
        regressions the number of the label or output.
    upsampled : bool
        As large as the input, by bilinear interpolation with half-pixel centres (PyTorch's align_corners=False),
        instead of the model's own resolution.

    Returns
    -------
    float32 array, [rows, height, width]

    Raises
    ------
    UnsupportedError
        The model ends in another way.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> channels = libablate.Convolution(np.eye(2).reshape(2, 2, 1, 1))
    >>> means = libablate.Pooling("global_average")
    >>> model = libablate.from_weights([channels, means, (np.eye(2), None)], input_shape=(2, 2, 2))
    >>> libablate.cam(model, np.arange(8).reshape(1, 2, 2, 2), classes=1).tolist()
    [[[4.0, 5.0], [6.0, 7.0]]]
    """
    expect_runs("model", model)
    runner = model._runner
    x = rows(X, runner)
    info = described(runner)
    shown = None if classes is None else class_numbers(runner, info, classes, len(x))
    size = (info.input_height, info.input_width) if upsampled else (info.height, info.width)
    out = np.empty((len(x), *size), np.float32)
    with runner._session() as session:
        for begin, block in blocks(x):
            part = out[begin : begin + len(block)]
            own = None if shown is None else pointer(shown[begin : begin + len(block)])
            status = library.ablate_cam(
                session, model._mask, pointer(block), len(block), own, int(upsampled), pointer(part)
            )
            check(status)
    return out


def cam_weights(model: Model, label: Any) -> Floats:
    """The weights by which a class reads each channel that its map is made of, float32 [channels].

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([libablate.Convolution(np.ones((2, 1, 1, 1))),
    ...     libablate.Pooling("global_average"), ([[1, 2], [3, 4]], None)], input_shape=(1, 2, 2))
    >>> libablate.cam_weights(model, 1).tolist()
    [3.0, 4.0]
    """
    info = described(model)
    out = np.empty(info.channels, np.float32)
    number = class_number(model, info, label, "label")
    check(library.ablate_cam_weights(model._handle, number, pointer(out), out.size))
    return out


def described(model: Model) -> c.CamInfo:
    """Where a model's maps come from."""
    expect_model(model)
    info = c.CamInfo()
    check(library.ablate_cam_describe(model._handle, byref(info)))
    return info


def class_numbers(model: Model, info: c.CamInfo, labels: Any, count: int) -> npt.NDArray[np.int32]:
    """The numbers of the classes of `count` maps; one label is that of all."""
    if np.ndim(labels) == 0:
        return np.full(count, class_number(model, info, labels, "classes"), np.int32)
    if model.classes is not None:
        return _labels.indices(labels, model.classes, count, "classes")
    found = _labels.column(labels, count, "classes")
    return np.array([index(number, info.map_count, "class") for number in found], np.int32)


def class_number(model: Model, info: c.CamInfo, label: Any, what: str) -> int:
    """The number of the class of a map."""
    return index(label, info.map_count, "class") if model.classes is None else _labels.index(label, model.classes, what)
