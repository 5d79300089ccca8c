"""What a class looks at while units go: maps over a picture, side by side or one after the other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._brief import brief
from .._channel_orders import looked_at
from .._numbers import real
from . import _canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..channel_removal import ChannelRemoval

# Units that speak for the class, from nothing to the most of the intact model.
HEAT = "inferno"


def pixels(picture: Any) -> Any:
    """A picture as imshow takes it: [height, width], or [height, width, 3] of bytes or of 0 to 1.

    Rows of a model, [channels, height, width], are turned and stretched from their least value to their largest.
    """
    if isinstance(picture, (str, os.PathLike)):
        raise TypeError(f"a picture is an array, not the name of a file: {brief(picture)}")
    array = np.asarray(picture)
    if array.ndim == 3 and array.shape[0] in (1, 3) and array.shape[2] not in (1, 3, 4):
        array = np.moveaxis(array, 0, -1)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ValueError(f"a picture is [height, width], [height, width, 3] or [3, height, width], not {array.shape}")
    if array.dtype == np.uint8:
        return array
    low, high = float(np.nanmin(array)), float(np.nanmax(array))
    return (array - low) / (high - low if high > low else 1.0)


def steps_at(removal: ChannelRemoval, points: Any) -> list[int]:
    """The places of the points to show: those given, or so many, closer together at the start."""
    there = removal.removed.tolist()
    if isinstance(points, int):
        if points < 2:
            raise ValueError(f"at least 2 points are shown, not {points}")
        wanted = looked_at(max(there), points) if max(there) else [0]
        return sorted({min(range(len(there)), key=lambda place: abs(there[place] - point)) for point in wanted})
    missing = [point for point in points if point not in there]
    if missing or not len(points):
        raise ValueError(
            f"the removal has no point where {missing or 'nothing'} of its channels are gone: it has {there}"
        )
    return [there.index(point) for point in points]


class Drawing:
    """Draws single points of a removal: the map above, the classes with the largest probabilities below."""

    def __init__(self, removal: ChannelRemoval, picture: Any, names: Mapping[Any, str] | Sequence[str] | None) -> None:
        self.removal = removal
        self.picture = None if picture is None else pixels(picture)
        if names is not None and not hasattr(names, "__getitem__"):
            raise TypeError(f"names is a mapping or a list of what each label is called, not {brief(names)}")
        self.names = names
        # Colours mean the same at all points. A map speaks against the class where it is negative.
        self.most = float(np.nanmax(removal.maps)) if removal.maps.size else 1.0
        self.most = self.most if self.most > 0 else 1.0

    def name(self, label: Any) -> str:
        """What a class is called; its label where nobody says."""
        if self.names is None:
            return str(label)
        try:
            return str(self.names[label])
        except LookupError:
            return str(label)

    def title(self, place: int) -> str:
        """How many units are gone, and what the picture is taken for."""
        gone, found = int(self.removal.removed[place]), self.removal.predictions[place]
        return f"{gone} gone\n{_canvas.plain(self.name(found), 20)}"

    def map(self, ax: Axes, place: int) -> Any:
        """The map of a point over the picture."""
        shown = self.removal.maps[place]
        height, width = shown.shape if self.picture is None else self.picture.shape[:2]
        extent = (-0.5, width - 0.5, height - 0.5, -0.5)
        if self.picture is not None:
            ax.imshow(self.picture, cmap=_canvas.PIXELS, extent=extent)
        drawn = ax.imshow(
            shown,
            cmap=HEAT,
            vmin=0,
            vmax=self.most,
            alpha=1.0 if self.picture is None else 0.55,
            interpolation="bilinear",
            extent=extent,
        )
        right = self.removal.predictions[place] == self.removal.label
        ax.set_title(self.title(place), fontsize=9, color=_canvas.INK if right else _canvas.ABOVE)
        ax.set(xticks=[], yticks=[])
        return drawn

    def shares(self, ax: Axes, place: int) -> None:
        """The classes with the largest probabilities, largest on top; that of the map is orange."""
        labels, shares = self.removal.top_labels[place][::-1], self.removal.top_probabilities[place][::-1]
        colours = [_canvas.ABOVE if label == self.removal.label else _canvas.COLOURS[5] for label in labels]
        ax.barh(range(len(shares)), shares, color=colours)
        ax.set(xlim=(0, 1), yticks=[], xticks=[0, 1])
        for level, label in enumerate(labels):
            ax.text(0.03, level, _canvas.plain(self.name(label), 22), va="center", fontsize=7)


def plot_removal(removal: ChannelRemoval, picture: Any, points: Any, names: Any) -> Figure:
    """The map at several points side by side, with the probabilities below."""
    places = steps_at(removal, points)
    drawing = Drawing(removal, picture, names)
    height, width = removal.maps.shape[1:]
    tall = 1.5 * height / width
    figure, made = _canvas.panels(2, len(places), 1.6 * len(places) + 0.6, tall + 2.2)
    made[0, 0].get_gridspec().set_height_ratios([tall, 1.0])
    for (above, below), place in zip(made.T, places):
        drawn = drawing.map(above, place)
        drawing.shares(below, place)
    figure.colorbar(drawn, ax=list(made[0]), label="speaks for the class", shrink=0.9, aspect=12)
    figure.supxlabel("probability", fontsize=9)
    figure.suptitle(f"While units go: {_canvas.plain(drawing.name(removal.label))}", fontsize=10)
    return figure


def save_animation(removal: ChannelRemoval, path: Path, picture: Any, points: Any, names: Any, seconds: float) -> None:
    """A GIF of the points one after the other."""
    plt = _canvas.pyplot()
    from matplotlib.animation import FuncAnimation, PillowWriter

    if not real("seconds", seconds) > 0:
        raise ValueError(f"seconds is above 0, not {seconds}: each point is shown for a while")
    places = steps_at(removal, points)
    drawing = Drawing(removal, picture, names)
    # A fraction is well, whatever its type says.
    rate: Any = 1 / seconds
    # No layout that is found anew for each point: the picture would jump.
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.2))

    def draw(place: int) -> list[Any]:
        left.clear()
        right.clear()
        drawing.map(left, place)
        drawing.shares(right, place)
        right.set(xlabel="probability", title=f"of {_canvas.plain(drawing.name(removal.label))}: "
                  f"{removal.probabilities[place]:.1%}")  # fmt: skip
        return []

    try:
        FuncAnimation(figure, draw, frames=places, init_func=list).save(path, PillowWriter(fps=rate), dpi=80)
    finally:
        plt.close(figure)
