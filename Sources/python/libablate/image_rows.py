"""Pictures of bytes becoming rows of a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arrays import Floats, floats, pointer
from ._library import library
from ._runs import Runs, expect_runs
from .errors import check


def rows_from_images(model: Runs, images: Any, *, mean: Any = None, scale: Any = None) -> Floats:
    """Rows of a model from pictures of bytes: (byte - mean) * scale of each channel, in the order the model declares.

    Parameters
    ----------
    model : Model
    images : uint8 array, [rows, height, width, channels], [rows, height, width] or one picture without the rows
        As large as the model's input. One channel is grey and goes into all channels of the model; three are red, green
        and blue; four these and an opacity, which is left out.
    mean, scale : float or array, [channels of the model], optional
        On the scale of bytes: what the model was trained with. 0 and 1 by default.

    Returns
    -------
    float32 array, [rows, *model.input_shape]

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.ones((2, 12)), None)], input_shape=(3, 2, 2))
    >>> picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    >>> libablate.rows_from_images(model, picture, scale=1 / 255).shape
    (1, 3, 2, 2)
    """
    expect_runs("model", model)
    runner = model._runner
    pictures = np.ascontiguousarray(images)
    if pictures.dtype != np.uint8:
        raise TypeError(f"pictures are of bytes, not of {pictures.dtype}")
    shape = pictures.shape
    sizes = (runner.input_shape[:2], runner.input_shape[-2:])
    if pictures.ndim == 2 or (pictures.ndim == 3 and shape[2] in (1, 3, 4) and shape[:2] in sizes):
        pictures = pictures[np.newaxis]
    if pictures.ndim == 3:
        pictures = pictures[..., np.newaxis]
    if pictures.ndim != 4:
        raise ValueError(f"pictures are [rows, height, width, channels]; these have the shape {shape}")
    count, height, width, channels = pictures.shape
    own = 1 if runner.input_width == height * width else 3
    parts = []
    for values, what in ((mean, "mean"), (scale, "scale")):
        array = None if values is None else np.ascontiguousarray(np.broadcast_to(floats(values, what), (own,)))
        parts.append(array)
    out = np.empty((count, *runner.input_shape), np.float32)
    check(
        library.ablate_rows_from_images(
            runner._handle, pointer(pictures), count, height, width, channels, *map(pointer, parts), pointer(out)
        )
    )
    return out
