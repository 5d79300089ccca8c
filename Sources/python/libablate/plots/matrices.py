"""Matrices in colour: confusion of classes, maps of synapses, inputs and pairs, activations by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import results
from .._brief import brief
from .._runs import expect_classifier
from .._selection import place
from . import _canvas
from .impact import better_end, column_of, noun_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .._diff_readings import DiffReadings
    from .._profile_readings import ProfileReadings
    from .._sweep import Sweep
    from ..layers import Layer

# Matrices up to this many rows have their numbers written in.
WRITTEN = 15


def class_names(model: Any) -> list[str]:
    """The class labels as texts."""
    return [str(label) for label in model.classes.tolist()]


def draw_counts(ax: Axes, counts: Any, names: list[str], *, signed: bool = False, marks: Any = None) -> Any:
    """A matrix of counts in colour, with the numbers in the cells if they fit; the picture.

    Colours are shares of a row, so that rare labels are seen, too; those of signed counts are the counts themselves.
    """
    shares = counts if signed else counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    most = _canvas.limit(shares) if signed else 1.0
    colours = _canvas.SIGNED if signed else _canvas.AMOUNTS
    picture = ax.imshow(shares, cmap=colours, vmin=-most if signed else 0, vmax=most)
    if len(names) <= WRITTEN:
        write(ax, counts, np.abs(shares) > 0.6 * most, "{:+d}" if signed else "{:d}", marks)
    _canvas.ticks(ax.xaxis, names)
    _canvas.ticks(ax.yaxis, names)
    ax.set(xlabel="prediction", ylabel="label")
    return picture


def write(ax: Axes, values: Any, dark: Any, form: str, marks: Any = None) -> None:
    """The values of a matrix in its cells, zeros left out; light on dark ones, bold where marked."""
    size = 9 if len(values) <= 10 else 7
    for (row, column), value in np.ndenumerate(values):
        if value:
            weight = "bold" if marks is not None and marks[row, column] else "normal"
            colour = "white" if dark[row, column] else "black"
            said = form.format(value)
            ax.text(column, row, said, ha="center", va="center", color=colour, fontsize=size, fontweight=weight)


def item_name(sweep: Sweep, key: Any) -> str:
    """What an item of a sweep is, in a few words."""
    result = sweep[key] if not isinstance(key, str) else None
    if result is None:
        raise TypeError(f"an item is named by its position or a tuple, not {brief(key)}")
    if sweep.kind == "masks":
        return f"mask {sweep.position(key)}"
    if sweep.kind == "inputs":
        return f"input value {result.input}"
    if sweep.kind == "cumulative":
        return f"{sweep.position(key) + 1} units"
    said = _canvas.unit_name(sweep._layers, result.layer, result.unit)
    if result.input is not None:
        return f"{said}, input {result.input}"
    if result.second_unit is not None:
        return f"{said} and {_canvas.unit_name(sweep._layers, result.second_layer, result.second_unit)}"
    return said


def plot_confusion(sweep: Sweep, key: Any, ax: Axes | None, change: bool) -> Axes:
    """One confusion matrix, or what an ablation adds to the intact one."""
    if change and key is None:
        raise ValueError("a change is that of an item: pass key")
    intact, names = sweep.confusion(), class_names(sweep.model)
    sweep._expect_rows()
    counts = intact if key is None else sweep.confusion(key)
    side = panel_side(names)
    made = _canvas.axes(ax, side + 0.6, side)
    if change:
        picture = draw_counts(made, counts - intact, names, signed=True)
        _canvas.colour_bar(made, picture, "rows, ablated less intact")
        made.set_title(f"change by\n{item_name(sweep, key)}")
        return made
    picture = draw_counts(made, counts, names, marks=counts != intact)
    _canvas.colour_bar(made, picture, "share of the label's rows")
    right = f"{np.trace(counts) / max(1, counts.sum()):.2%} right"
    made.set_title(f"intact\n{right}" if key is None else f"{item_name(sweep, key)} ablated\n{right}")
    return made


def panel_side(names: list[str]) -> float:
    """How large a panel for a matrix of classes is, in inches."""
    return 3.8 + 0.1 * min(len(names), 25) + 0.1 * min(16, max(map(len, names)))


def plot_before_after(sweep: Sweep, key: Any) -> Figure:
    """Confusion matrices intact, with an item ablated, and their difference."""
    expect_classifier(sweep.model, "confusion matrices are")
    sweep._expect_rows()
    side = panel_side(class_names(sweep.model))
    figure, made = _canvas.panels(1, 3, 3 * side + 1.5, side)
    plot_confusion(sweep, None, made[0, 0], False)
    plot_confusion(sweep, key, made[0, 1], False)
    plot_confusion(sweep, key, made[0, 2], True)
    return figure


def plot_diff(diff: DiffReadings, ax: Axes | None) -> Axes:
    """How often each pair of predictions of two models came."""
    counts, names = diff.confusion(), class_names(diff._model)
    made = _canvas.axes(ax, 5.8, 5.2)
    picture = draw_counts(made, counts, names)
    _canvas.colour_bar(made, picture, "share of the first's predictions")
    made.set(xlabel="prediction of the second", ylabel="prediction of the first")
    made.set_title(f"{diff.result.agreement:.2%} of {diff.result.rows} rows alike")
    return made


@dataclass
class Map:
    """The matrix of a map, and what it, its columns and its rows are called.

    `columns` and `rows` are the numbers of what lies there; None if there is nothing to number but the places. One row
    without a name has no scale along y.
    """

    matrix: Any
    title: str
    x: str
    y: str = ""
    columns: list[int] | None = None
    rows: list[int] | None = None


def plot_map(sweep: Sweep, unit: Any, layer: Any, shape: Any, ax: Axes | None, column: str) -> Axes:
    """A column of a sweep of synapses, inputs or pairs, at the place of each."""
    _canvas.expect_axes(ax)
    values, _, label = column_of(sweep, column)
    found = mapped(sweep, values, unit, layer, shape)
    is_picture = _canvas.is_picture(found.matrix)
    made = _canvas.picture_axes(ax, found.matrix, 2.2, 1.0) if is_picture else _canvas.axes(ax, 6.4, 4.8)
    signed, low_is_better = column in results.SIGNED, better_end(sweep, column) == "low"
    _canvas.heat_map(made, found.matrix, label, signed=signed, low_is_better=low_is_better)
    made.set(title=found.title, xlabel=found.x, ylabel=found.y)
    if found.columns is not None:
        _canvas.numbered(made.xaxis, found.columns)
    if found.rows is not None:
        _canvas.numbered(made.yaxis, found.rows)
    elif not found.y:
        made.set_yticks([])
    return made


def mapped(sweep: Sweep, values: Any, unit: Any, layer: Any, shape: Any) -> Map:
    """The map of a sweep of any kind that has one."""
    from .images import image_shape

    model, layers = sweep.model, sweep._layers
    if "synapses" in sweep.kind:
        return layer_map(sweep, values, layer) if unit is None else unit_map(sweep, values, unit, layer, shape)
    if sweep.kind not in ("inputs", "pairs"):
        raise ValueError(f"a map is of synapses, inputs or pairs, not of {sweep.kind}: see plot")
    if unit is not None or layer is not None:
        raise ValueError(f"maps of synapses have a unit or a layer to choose; this is a sweep of {sweep.kind}")
    if sweep.kind == "inputs":
        found = image_shape(model, shape, model.input_width)
        return picture_map(values, found, "each input value replaced", "input value")
    first, second, places = sweep["unit"], sweep["second_unit"], np.flatnonzero(sweep["second_unit"] >= 0)
    numbers = sweep["layer"][places[0]], sweep["second_layer"][places[0]]
    matrix = np.full([layers[int(number)].units for number in numbers], np.nan)
    matrix[first[places], second[places]] = values[places]
    if numbers[0] == numbers[1]:
        matrix = np.fmax(matrix, matrix.T)
    names = [_canvas.layer_name(layers[int(number)]) for number in numbers]
    return Map(matrix, "pairs of units", f"unit of {names[1]}", f"unit of {names[0]}")


def picture_map(values: Any, shape: Any, title: str, what: str) -> Map:
    """Values where they lie in an image, or one after the other, each `what`, if they are none."""
    from .images import as_picture

    picture = as_picture(values, shape)
    return Map(picture, title, what) if shape is None else Map(picture, title, "column", "row")


def layer_map(sweep: Sweep, values: Any, layer: Any) -> Map:
    """The synapses of a layer that were swept, units by inputs."""
    swept = sorted(set(sweep["layer"].tolist())) if layer is None else [sweep._layers.number(layer)]
    if len(swept) > 1:
        raise ValueError(f"layers {swept[0]} to {swept[-1]} were swept: pass unit=(layer, unit), or layer=")
    chosen = np.flatnonzero(sweep["layer"] == swept[0])
    if not len(chosen):
        raise ValueError(f"layer {swept[0]} was not swept")
    rows, down = np.unique(sweep["unit"][chosen], return_inverse=True)
    columns, across = np.unique(sweep["input"][chosen], return_inverse=True)
    matrix = np.full((len(rows), len(columns)), np.nan)
    matrix[down, across] = values[chosen]
    described = sweep._layers[swept[0]]
    name = _canvas.layer_name(described)
    title = f"each weight of {name} ablated"
    if sweep.kind == "outgoing_synapses":
        title = f"{noun_of(sweep)},\ninto {name}, each ablated"
    return Map(matrix, title, input_name(described), "unit", columns.tolist(), rows.tolist())


def unit_map(sweep: Sweep, values: Any, unit: Any, layer: Any, shape: Any) -> Map:
    """The synapses into one unit, as its input lies."""
    from .images import image_shape

    where, number = place(unit, sweep._layers, "unit")
    described = sweep._layers[where]
    if layer is not None and sweep._layers.number(layer) != described.number:
        raise ValueError(f"unit {unit!r} is not of layer {layer!r}: pass one of both")
    chosen = np.flatnonzero((sweep["layer"] == described.number) & (sweep["unit"] == number))
    name = _canvas.unit_name(sweep._layers, described.number, number)
    if len(chosen) != described.inputs:
        raise ValueError(f"the weights into {name} were not all swept")
    ordered = np.empty(described.inputs)
    ordered[sweep["input"][chosen]] = values[chosen]
    found = image_shape(sweep.model, shape, described.inputs, described.number)
    return picture_map(ordered, found, f"each weight into {name} ablated", input_name(described))


def input_name(layer: Layer) -> str:
    """What a unit of a layer reads."""
    if not layer.is_convolution:
        return "input"
    return "input channel" if layer.groups == 1 else "input channel of the unit's group"


def plot_class_means(profile: ProfileReadings, layer: Any, ax: Axes | None, sort: bool) -> Axes:
    """Mean activations of a layer's units by class; the unit that dominates each class is marked."""
    if "class_means" not in profile.measures:
        raise ValueError('activations by class need a profile with measures="class_means"')
    described, names = profile._layers[layer], class_names(profile.model)
    if not profile[layer, 0].rows:
        raise ValueError("the profile has seen no rows: feed some first")
    means = profile.class_means(layer)
    order = np.arange(len(means))
    if sort:
        # Units that do the same for all classes answer to none.
        leaders = np.nan_to_num(means, nan=-np.inf).argmax(axis=1)
        order = np.lexsort((order, np.where(np.nanmin(means, 1) == np.nanmax(means, 1), len(names), leaders)))
    shown = means[order].T
    made = _canvas.axes(ax, min(12.0, max(5.6, 2.4 + 0.28 * len(order))), 2.0 + 0.26 * min(len(names), 25))
    _canvas.heat_map(made, shown, "mean activation", signed=bool(np.nanmin(shown) < 0), zero=True)
    seen = np.flatnonzero(np.isfinite(shown).all(axis=1))
    leaders = shown[seen].argmax(axis=1)
    made.plot(leaders, seen, "o", markersize=5, color=_canvas.ABOVE, markeredgecolor="white")
    _canvas.ticks(made.xaxis, [str(number) for number in order])
    _canvas.ticks(made.yaxis, names)
    made.set(xlabel="unit (dots: the largest of each class)", ylabel="class")
    made.set_title(f"{_canvas.layer_name(described)}: activation by class")
    return made
