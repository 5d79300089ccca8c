"""What is left of a prediction, and of where in an image it comes from, while channels go."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from ctypes import byref, c_size_t
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from ._arrays import Counts, Floats, finite_rows, floats, numbers, pointer
from ._channel_orders import set_order
from ._frames import data_frame
from ._library import library
from ._numbers import places, whole
from ._plain import document
from ._progress import Progress, Watch
from ._runs import expect_classifier, expect_model
from .ablation import Ablation
from .activation_maps import class_number, described
from .errors import check
from .model import Model
from .replacement import Replacing, lasting

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class ChannelRemoval:
    """What is left of a prediction, and of where it comes from, while channels go, see :func:`remove_channels`.

    Attributes
    ----------
    label
        The class that is looked at, as in `model.classes`.
    channels : int64 array
        In the order in which they go.
    layer : int or None
        The layer whose units they are; None if another step computes them, as a sum does.
    removed : int64 array, [points]
        How many are gone.
    predictions : array, [points]
        As in `model.classes`.
    scores, probabilities : float32 array, [points]
        Of the class.
    top_labels, top_probabilities : array, [points, top]
        The classes with the largest scores, largest first.
    maps : float32 array, [points, height, width]
        Class activation maps.
    """

    label: Any
    channels: Counts
    layer: int | None
    removed: Counts
    predictions: npt.NDArray[Any]
    scores: Floats
    probabilities: Floats
    top_labels: npt.NDArray[Any]
    top_probabilities: Floats
    maps: Floats

    @property
    def changed(self) -> int | None:
        """How many channels were gone at the first point where the prediction is none of the class; None if at none."""
        found = np.flatnonzero(self.predictions != self.label)
        return int(self.removed[found[0]]) if len(found) else None

    def plot(self, picture: Any = None, *, points: int | Sequence[int] = 8, names: Any = None) -> Figure:
        """Draws the maps side by side over a picture, by matplotlib, with prediction and largest probabilities.

        Parameters
        ----------
        picture : array, optional
            [height, width], [height, width, 3] or a row of the model, [channels, height, width], of any size; bytes
            are drawn as they are, other values from the least to the largest. The maps alone by default.
        points : int or list of int
            How many points to show, or those: numbers of removed channels.
        names : mapping or list, optional
            What each label is called; labels without a name stand as they are.

        Returns
        -------
        matplotlib figure
            Maps go from black, where nothing speaks for the class or something against it, through red to yellow, the
            most that speaks for it at any point; below, the bar of the class is orange. Titles are orange where the
            prediction is none of the class.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([libablate.Convolution(np.eye(2).reshape(2, 2, 1, 1)),
        ...     libablate.Pooling("global_average"), (np.eye(2), None)], input_shape=(2, 2, 2))
        >>> picture = np.arange(8).reshape(2, 2, 2)
        >>> figure = libablate.remove_channels(model, picture).plot(picture[0])
        >>> [ax.get_title() for ax in figure.axes[:3]]
        ['0 gone\\n1', '1 gone\\n0', '2 gone\\n0']
        """
        from .plots.maps import plot_removal

        return plot_removal(self, picture, points, names)

    def save_animation(
        self,
        path: str | os.PathLike[str],
        picture: Any = None,
        *,
        points: int | Sequence[int] = 16,
        names: Any = None,
        seconds: float = 0.6,
    ) -> Path:
        """Writes a GIF in which the channels go, with map and probabilities; `seconds` for each point.

        By matplotlib and Pillow; the other parameters are those of :meth:`plot`.

        Examples
        --------
        >>> import libablate, numpy as np, pathlib, tempfile
        >>> model = libablate.from_weights([libablate.Convolution(np.eye(2).reshape(2, 2, 1, 1)),
        ...     libablate.Pooling("global_average"), (np.eye(2), None)], input_shape=(2, 2, 2))
        >>> picture = np.arange(8).reshape(2, 2, 2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "units.gif"
        ...     libablate.remove_channels(model, picture).save_animation(path, picture[0]).read_bytes()[:6]
        b'GIF89a'
        """
        from .plots.maps import save_animation

        save_animation(self, Path(path), picture, points, names, seconds)
        return Path(path)

    def __repr__(self) -> str:
        return f"ChannelRemoval of {len(self.channels)} channels for class {self.label}: {self._outcome()}"

    def _outcome(self) -> str:
        """What becomes of the prediction, as far as the points tell."""
        if self.changed is None:
            return f"prediction stays, with up to {self.removed.max(initial=0)} gone"
        place = int(np.flatnonzero(self.predictions != self.label)[0])
        if not place:
            return f"{self.predictions[0]} is predicted from the first point on, with {self.changed} gone"
        before = int(self.removed[place - 1])
        when = f"when {self.changed} are" if self.changed == before + 1 else f"between {before} and {self.changed}"
        return f"prediction changes {when} gone"

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each point: removed, prediction, score, probability."""
        return data_frame(self._columns())

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types, maps included; NaN is None."""
        more = {name: getattr(self, name) for name in ("channels", "top_labels", "top_probabilities", "maps")}
        return document({"label": self.label, **self._columns(), **more})

    def _columns(self) -> dict[str, npt.NDArray[Any]]:
        names = {"removed": "removed", "predictions": "prediction", "scores": "score", "probabilities": "probability"}
        return {column: getattr(self, name) for name, column in names.items()}


def remove_channels(
    model: Model,
    image: Any,
    label: Any = None,
    *,
    order: str | Sequence[int] = "highest_weight",
    window: tuple[float, float] | None = None,
    points: Sequence[int] | None = None,
    top: int | None = None,
    of_class_only: bool = False,
    ablation: Ablation | None = None,
    replacement: Replacing = "zero",
    reference: Any = None,
    upsampled: bool = False,
    progress: Progress = True,
) -> ChannelRemoval:
    """Removes the channels that a class activation map is made of one after the other, and tells what is left.

    Parameters
    ----------
    model : Model
        A classifier with one class per row that ends as :func:`cam` says.
    image : array
        One row, with the first axis that counts rows or without.
    label : optional
        The class to look at, as in `model.classes`; the prediction by default.
    order : {"highest_weight", "lowest_weight", "outside_window"} or list of int
        By the weights by which the class reads the channels: the largest first; the most negative first; those outside
        `window`, the farthest first. Or the channels themselves.
    window : (float, float)
        The weights that stay, for "outside_window", which it implies.
    points : list of int, optional
        The numbers of removed channels at which to look, ascending; all of them from 0 by default.
    top : int, optional
        How many classes to list at each point, at most as many as there are; by default 5, or all of fewer.
    of_class_only : bool
        Only the weight goes by which the class reads a channel; the other classes go on reading it.
    ablation : Ablation, optional
        What is ablated all the time.
    replacement, reference
        What takes the place of a channel, see :meth:`Model.ablate`; not resample.
    upsampled : bool
        Maps as large as the input, see :func:`cam`.
    progress
        As for :func:`sweep`.

    Returns
    -------
    ChannelRemoval

    Examples
    --------
    >>> import libablate, numpy as np
    >>> channels = libablate.Convolution(np.eye(2).reshape(2, 2, 1, 1))
    >>> means = libablate.Pooling("global_average")
    >>> model = libablate.from_weights([channels, means, (np.eye(2), None)], input_shape=(2, 2, 2))
    >>> removal = libablate.remove_channels(model, np.arange(8).reshape(2, 2, 2))
    >>> removal.channels.tolist(), removal.predictions.tolist(), removal.changed
    ([1, 0], [1, 0, 0], 1)
    """
    expect_model(model)
    x = one_row(image, model)
    info = described(model)
    labels = expect_classifier(model, "removals of channels are")
    top = min(5, len(labels)) if top is None else whole("top", top, 1, len(labels))
    if ablation is not None and (not isinstance(ablation, Ablation) or ablation.model is not model):
        raise ValueError("ablation is made by model.ablate, of this very model")
    number = -1 if label is None else class_number(model, info, label, "label")
    struct, kept = lasting(replacement, "there is one row, with no other to draw from").described(model, reference)
    watch = Watch(progress, "channels", "points")
    options = c.CamOptions(
        mask=None if ablation is None else ablation._mask,
        replacement=ctypes.pointer(struct),
        top_count=top,
        progress=watch.callback,
        of_class_only=bool(of_class_only),
        upsampled=bool(upsampled),
    )
    held = set_order(options, order, window, info.channels)
    if points is not None:
        looked = places("points", points)
        options.points, options.point_count = pointer(looked), len(looked)
    if number < 0:
        number = int(np.flatnonzero(labels == (ablation or model).predict(x)[0])[0])
    channels = np.empty(info.channels, np.uintp)
    count = c_size_t()
    check(
        library.ablate_cam_channels(
            model._handle, byref(options), number, pointer(channels), channels.size, byref(count)
        )
    )
    channels = channels[: count.value]
    room = len(channels) + 1 if points is None else len(points)
    size = (info.input_height, info.input_width) if upsampled else (info.height, info.width)
    steps = (c.CamStep * room)()
    for step in steps[:1]:
        step.size = ctypes.sizeof(c.CamStep)
    classes, shares = np.empty((room, options.top_count), np.int32), np.empty((room, options.top_count), np.float32)
    maps = np.empty((room, *size), np.float32)
    with watch.work(room), watch.part(room):
        status = library.ablate_cam_remove(
            model._handle, byref(options), pointer(x), number, steps, pointer(classes), pointer(shares),
            pointer(maps), room, byref(count),
        )  # fmt: skip
    watch.raise_kept()
    check(status)
    del kept, held
    return ChannelRemoval(
        label=labels[number],
        channels=channels.astype(np.int64),
        layer=None if info.layer == c.NONE else int(info.layer),
        removed=np.array([step.removed for step in steps], np.int64),
        predictions=labels[[step.prediction for step in steps]],
        scores=np.array([step.score for step in steps], np.float32),
        probabilities=np.array([step.probability for step in steps], np.float32),
        top_labels=labels[classes],
        top_probabilities=shares,
        maps=maps,
    )


def one_row(image: Any, model: Model) -> Floats:
    """An image as a row of the model."""
    array = numbers(image, "image")
    if array.size != model.input_width:
        wanted = f"one row of {model.input_width} values, {model.input_shape}"
        raise ValueError(f"the model takes {wanted}; image has the shape {array.shape}")
    is_batch = array.ndim > 1 and array.shape[0] == 1 and array.ndim > len(model.input_shape)
    return floats(finite_rows(array if is_batch else array[np.newaxis], model, "image"), "image")
