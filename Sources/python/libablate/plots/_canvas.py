"""What all pictures share: matplotlib, if it is there, and colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._brief import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which readers tell apart who do not see all colours, most different ones first.
# https://jfly.uni-koeln.de/color/
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
BELOW, ABOVE, QUIET, INK = COLOURS[0], COLOURS[1], "#999999", "#222222"
# One hue from nothing to all; two hues around zero, orange above it, or below where that is better; all are told apart
# without red and green.
AMOUNTS, SIGNED, TURNED, PIXELS = "Blues", "PuOr_r", "PuOr", "gray"


def pyplot() -> Any:
    """matplotlib.pyplot, or an error that says what to install."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("plots are drawn by matplotlib: pip install 'libablate[plot]'") from error
    return plt


def axes(ax: Axes | None, width: float = 6.4, height: float = 4.2) -> Axes:
    """The axes to draw into: those given, or those of a new figure of so many inches."""
    expect_axes(ax)
    if ax is not None:
        return ax
    made: Axes = pyplot().subplots(figsize=(width, height), layout="constrained")[1]
    return made


def picture_axes(ax: Axes | None, values: Any, beside: float = 1.8, above: float = 0.5) -> Axes:
    """The axes for a matrix whose cells are square, with a bar of colours; of a new figure with so many inches around.

    It is wider than the picture needs: where width and height fit exactly, matplotlib's layout cuts off the bar's name.
    """
    rows, columns = values.shape
    high = min(3.7, 7.8 * rows / columns)
    return axes(ax, max(5.0, high * columns / rows + beside), max(2.0, high + above))


def expect_axes(ax: Any) -> None:
    """Raises a TypeError for what cannot be drawn into, such as a layer in the first place."""
    if ax is not None and not hasattr(ax, "imshow"):
        raise TypeError(f"ax is matplotlib axes to draw into, not {brief(ax)}; layers and units are named by keyword")


def panels(rows: int, columns: int, width: float, height: float) -> tuple[Figure, Any]:
    """A new figure and an array of its axes, [rows, columns]."""
    figure, made = pyplot().subplots(rows, columns, figsize=(width, height), squeeze=False, layout="constrained")
    return figure, made


def limit(values: Any) -> float:
    """The largest distance from zero, for colours that are symmetric about it; 1 if all is zero or nothing."""
    finite = np.abs(np.asarray(values, float))
    finite = finite[np.isfinite(finite)]
    return float(finite.max()) or 1.0 if finite.size else 1.0


def is_picture(values: Any) -> bool:
    """Whether a matrix is drawn with square cells: not if it is very long."""
    return bool(max(values.shape) <= 4 * min(values.shape))


def heat_map(
    ax: Axes, values: Any, label: str, *, signed: bool, zero: bool = False, low_is_better: bool = False
) -> None:
    """A matrix in colours: symmetric about zero if signed, else from zero or from its least value on."""
    most = limit(values)
    low, high = (-most, most) if signed else (0.0 if zero else None, most if zero else None)
    aspect: Any = "equal" if is_picture(values) and not zero else "auto"
    colours = (TURNED if low_is_better else SIGNED) if signed else AMOUNTS
    picture = ax.imshow(values, cmap=colours, aspect=aspect, interpolation="nearest", vmin=low, vmax=high)
    colour_bar(ax, picture, label)
    whole_numbers(ax.xaxis)
    whole_numbers(ax.yaxis)


def whole_numbers(axis: Any) -> None:
    """Along an axis that counts."""
    pyplot()
    from matplotlib.ticker import MaxNLocator

    # Where there is room for one whole number, by default it would take fractions.
    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def colour_bar(ax: Axes, picture: Any, label: str) -> None:
    """A bar that tells what the colours of a picture are, as high as the picture."""
    wide = picture.get_array().shape[1] / picture.get_array().shape[0] if picture.axes.get_aspect() == 1 else 1.0
    ax.figure.colorbar(picture, cax=ax.inset_axes((1.0 + 0.04 / wide, 0.0, 0.05 / wide, 1.0)), label=label)


def ticks(axis: Any, names: list[str], most: int = 25) -> None:
    """Names along an axis, a few of them if they are many; long ones along x stand upright."""
    step = max(1, -(-len(names) // most))
    places = list(range(0, len(names), step))
    shown = [plain(names[place], 16) for place in places]
    upright = axis.axis_name == "x" and sum(map(len, shown)) > 40
    axis.set_ticks(places, shown, rotation=90 if upright else 0)


def numbered(axis: Any, numbers: list[int]) -> None:
    """What lies along an axis by its number: as it is counted if these are 0, 1, ..., else by names."""
    if len(numbers) > 1 and numbers == list(range(len(numbers))):
        whole_numbers(axis)
    else:
        ticks(axis, [str(number) for number in numbers])


def layer_name(layer: Any) -> str:
    """How pictures call a layer."""
    return f"layer {layer.number}" + (f" ({plain(layer.name)})" if layer.name else "")


def unit_name(layers: Any, layer: Any, unit: Any) -> str:
    """How pictures call a unit."""
    return f"{layer_name(layers[layer])}, unit {unit}"


def plain(text: object, most: int = 24) -> str:
    """A label as it stands: matplotlib would take what is between dollar signs for a formula."""
    said = str(text)
    said = said if len(said) <= most else said[: most - 1] + "…"
    return said.replace("$", r"\$")
