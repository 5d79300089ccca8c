"""Pictures of bytes becoming rows of a model."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arrays import Floats, floats, numbers, pointer
from ._brief import brief
from ._library import library
from ._runs import Runs, expect_runs
from .errors import check

# Grey; red, green and blue; these and an opacity.
CHANNELS = (1, 3, 4)
# Of models.
OWN_CHANNELS = (1, 3)


def rows_from_images(model: Runs, images: Any, *, mean: Any = None, scale: Any = None) -> Floats:
    """Rows of a model from pictures of bytes: (byte - mean) * scale of each channel, in the order the model declares.

    Parameters
    ----------
    model : Model
    images : uint8 array, [rows, height, width, channels], [rows, height, width] or one picture without the rows
        Also one of Pillow. As large as the model's input, channels last whatever the order of the model's. One channel
        is grey and goes into all channels of the model; three are red, green and blue; four these and an opacity, which
        is left out.
    mean, scale : float or array, [channels of the model], optional
        On the scale of bytes: what the model was trained with. 0 and 1 by default. For (byte / 255 - m) / s, as
        torchvision has it, mean=255 * m and scale=1 / (255 * s).

    Returns
    -------
    float32 array, [rows, *model.input_shape]

    Raises
    ------
    TypeError
        The pictures are no array of bytes.
    ValueError
        They are of another size than the model's input, have their channels first, or mean or scale is not finite or
        of another number of channels.

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
    pictures = four_axes(images, runner.input_shape)
    count, height, width, channels = pictures.shape
    convert, size = library.ablate_rows_from_images, (height, width, channels)
    # No rows: only the size is looked at, before there is memory of it.
    check(convert(runner._handle, None, 0, *size, None, None, None))
    own = runner.input_width // (height * width)
    parts = [per_channel(mean, own, "mean"), per_channel(scale, own, "scale")]
    out = np.empty((count, *runner.input_shape), np.float32)
    check(convert(runner._handle, pointer(pictures), count, *size, *map(pointer, parts), pointer(out)))
    return out


def four_axes(images: Any, input_shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Pictures as [rows, height, width, channels]."""
    if isinstance(images, (str, os.PathLike)):
        raise TypeError(f"images is an array of bytes, not the name of a file: {brief(images)}")
    # Of Pillow: indices of a palette, or parts of inks, would be taken for colours.
    mode = getattr(images, "mode", None)
    if isinstance(mode, str) and mode not in ("L", "RGB", "RGBA"):
        raise TypeError(f"a picture of mode {mode!r} has other values than RGB: pass images.convert('RGB')")
    pictures = np.ascontiguousarray(numbers(images, "images"))
    if pictures.dtype != np.uint8:
        raise TypeError(f"pictures are of bytes, not of {pictures.dtype}")
    shape = pictures.shape
    first = channels_first(shape, input_shape)
    if first:
        raise ValueError(
            f"pictures are [rows, height, width, channels], and these have the shape {shape}, channels first: pass "
            f"images.transpose{first}, or grey ones with an axis for their one channel"
        )
    if len(input_shape) == 3 and shape == input_shape and {input_shape[0], input_shape[2]} <= {*OWN_CHANNELS}:
        raise ValueError(
            f"a picture of the shape {shape} can be {shape[0]} grey ones as well: give it an axis of rows, images[None]"
        )
    size = size_of_images(input_shape)
    is_one = pictures.ndim == 3 and shape[1:] != size and (shape[2] in CHANNELS or shape[:2] == size)
    if pictures.ndim == 2 or is_one:
        pictures = pictures[np.newaxis]
    if pictures.ndim == 3:
        pictures = pictures[..., np.newaxis]
    if pictures.ndim != 4:
        raise ValueError(f"pictures are [rows, height, width, channels]; these have the shape {shape}")
    return pictures


def size_of_images(input_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Height and width; the whole shape if there are no channels."""
    if len(input_shape) != 3:
        return input_shape
    return input_shape[:2] if has_channels_last(input_shape) else input_shape[1:]


def has_channels_last(input_shape: tuple[int, ...]) -> bool:
    """Whether a model takes pictures with their channels behind height and width."""
    return len(input_shape) == 3 and input_shape[2] in OWN_CHANNELS and input_shape[0] not in OWN_CHANNELS


def channels_first(shape: tuple[int, ...], input_shape: tuple[int, ...]) -> tuple[int, ...]:
    """In which order to take the axes of pictures whose channels come first, as those of the model do; none for others.

    A picture of three channels that come first cannot be told from three grey ones: neither is taken.
    """
    if len(input_shape) != 3 or shape[-3:] != input_shape or input_shape[2] in OWN_CHANNELS:
        return ()
    if len(shape) == 3:
        return (1, 2, 0) if input_shape[0] == 3 else ()
    return (0, 2, 3, 1) if len(shape) == 4 else ()


def per_channel(values: Any, channels: int, what: str) -> Floats | None:
    """A number for each channel of a model."""
    if values is None:
        return None
    given = floats(values, what)
    if given.shape not in ((), (1,), (channels,)):
        wanted = "one number" if channels == 1 else f"one number, or one for each of {channels} channels"
        raise ValueError(f"{what} is {wanted}; this has the shape {given.shape}")
    return np.ascontiguousarray(np.broadcast_to(given, (channels,)))
