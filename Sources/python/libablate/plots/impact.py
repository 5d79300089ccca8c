"""What each item of a sweep changes, sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .. import results
from .._brief import brief
from . import _canvas
from ._canvas import ABOVE, BELOW, INK, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._sweep import Sweep

# Columns that are differences, or counts of them, and how they are shown: a factor and a name with its unit.
SCALES = {
    "effect": (100.0, "effect on accuracy, percentage points"),
    "interaction": (100.0, "interaction, percentage points of accuracy"),
    "lost": (1.0, "right rows made wrong"),
    "gained": (1.0, "wrong rows made right"),
    "changed": (1.0, "rows predicted differently"),
    "correct": (1.0, "rows predicted right"),
    "log_loss": (1.0, "log-loss, nats"),
    "label_probability": (1.0, "mean probability of the label"),
    "kl_divergence": (1.0, "divergence from the intact model, nats"),
    "margin": (1.0, "mean margin, score units"),
    "squared_error": (1.0, "mean squared error"),
    "absolute_change": (1.0, "mean absolute change"),
}
# What these are of a regression.
ON_ERRORS = {"effect": "effect on the mean squared error", "interaction": "interaction, mean squared error"}
# Columns of which more is worse, and of which it is neither; of an effect and an interaction the model tells.
WORSE, NEITHER = ("lost", "log_loss", "squared_error"), ("changed", "kl_divergence", "absolute_change")
# So many units are named; of more, their number.
NAMED = 3
NOUNS = {"units": "units", "inputs": "input values", "masks": "masks", "pairs": "pairs"}


def column_of(sweep: Sweep, name: str) -> tuple[Any, float, str]:
    """The values of a column as they are drawn, the factor they were multiplied by, and what the axis is called."""
    if name not in SCALES:
        raise ValueError(f"column is {brief(name)}; there are {', '.join(SCALES)}")
    sweep._expect_rows()
    values = np.asarray(sweep[name], float)
    known = results.shown(sweep.kind, list(sweep.metrics), sweep.model.head == "regression")
    known = [column for column in known if column in SCALES]
    if name not in known:
        raise ValueError(f"the sweep did not count {name}; it has {', '.join(known)}")
    factor, label = SCALES[name]
    if name in ON_ERRORS and sweep.model.head == "regression":
        factor, label = 1.0, ON_ERRORS[name]
    return factor * values, factor, label


def better_end(sweep: Sweep, column: str) -> Literal["high", "low", "neither"]:
    """Which end of a column is the better one."""
    if column in NEITHER:
        return "neither"
    is_on_errors = column in results.SIGNED and sweep.model.head == "regression"
    return "low" if column in WORSE or is_on_errors else "high"


def plot_impact(sweep: Sweep, ax: Axes | None, layer: Any, column: str) -> Axes:
    """The items of each layer in ascending order of a column, side by side."""
    values, factor, label = column_of(sweep, column)
    groups = grouped(sweep, layer)
    made = _canvas.axes(ax, width=6.4 if len(groups) < 3 else 9.0)
    intact = 0.0 if column in results.SIGNED else intact_value(sweep, column, factor)
    made.axhline(intact, color=INK, linewidth=1, label="_intact")
    made.use_sticky_edges = False
    colours = {"high": (BELOW, ABOVE), "low": (ABOVE, BELOW), "neither": (QUIET, QUIET)}
    below, above = colours[better_end(sweep, column)]
    begin = 0
    for number, (name, places) in enumerate(groups):
        ordered = np.sort(values[places])
        edges = np.arange(begin, begin + len(ordered) + 1)
        made.stairs(np.minimum(ordered, intact), edges, baseline=intact, fill=True, color=below, alpha=0.45)
        made.stairs(np.maximum(ordered, intact), edges, baseline=intact, fill=True, color=above, alpha=0.45)
        made.stairs(ordered, edges, baseline=None, color=INK, linewidth=1.2, label=name)
        if number:
            made.axvline(begin, color=_canvas.QUIET, linewidth=0.8, linestyle=":", label="_between")
        if len(groups) > 1:
            middle = begin + len(ordered) / 2
            heading = made.get_xaxis_transform()
            made.text(middle, 1.01, name, transform=heading, ha="center", va="bottom", fontsize="medium")
        begin += len(ordered)
    noun = noun_of(sweep, layer)
    within = ", sorted within each layer" if len(groups) > 1 else ", sorted"
    made.set(xlabel=noun + within, ylabel=label)
    if len(groups) == 1:
        name, places = groups[0]
        made.set_title(f"{len(places)} {noun}" + (name and where(noun, name)))
    made.margins(x=0.01)
    made.grid(axis="y", alpha=0.3)
    _canvas.whole_numbers(made.xaxis)
    return made


def noun_of(sweep: Sweep, layer: Any = None) -> str:
    """What the items are; of synapses that were asked for by unit, into or out of which units."""
    noun = NOUNS.get(sweep.kind, "synapses")
    leaving, layers = sweep.kind == "outgoing_synapses", sweep._layers
    units = sweep._units if noun == "synapses" else []
    if layer is not None and not leaving:
        units = [unit for unit in units if unit[0] == layers.number(layer)]
    if not units:
        return noun
    names = [_canvas.unit_name(layers, *unit) for unit in units]
    named = " and ".join(names) if len(names) <= NAMED else f"{len(names)} units"
    return f"{noun} {'out of' if leaving else 'into'} {named}"


def where(noun: str, layer: str) -> str:
    """How a title goes on after the noun, to name the layer if the noun did not."""
    if " out of " in noun:
        return f",\ninto {layer}"
    return "" if ", unit " in noun else f" of {layer}"


def intact_value(sweep: Sweep, column: str, factor: float) -> float:
    """Where the line of no change is: what the column is for the intact model."""
    value = getattr(sweep.intact, column)
    return 0.0 if value is None else factor * float(value)


def grouped(sweep: Sweep, layer: Any) -> list[tuple[str, Any]]:
    """The positions of the items of each layer, with the layer's name; of all items where there are no layers."""
    everything = np.arange(len(sweep))
    if sweep.kind in ("inputs", "masks"):
        if layer is not None:
            raise ValueError(f"a sweep of {sweep.kind} has no layers")
        return [("", everything)]
    of = sweep["layer"]
    layers = sweep._layers
    if sweep.kind == "pairs":
        everything = everything[sweep["second_unit"] >= 0]
        both = sorted({*of[everything].tolist(), *sweep["second_layer"][everything].tolist()})
        if layer is not None and layers.number(layer) not in both:
            raise ValueError(f"layer {layers.number(layer)} was not swept")
        return [(" and ".join(_canvas.layer_name(layers[number]) for number in both), everything)]
    wanted = sorted(set(of[everything].tolist())) if layer is None else [layers.number(layer)]
    groups = [(_canvas.layer_name(layers[number]), everything[of[everything] == number]) for number in wanted]
    if not all(len(places) for _, places in groups):
        raise ValueError(f"layer {wanted[0]} was not swept")
    return groups


def plot_steps(sweep: Sweep, ax: Axes | None, column: str, label: str | None) -> Axes:
    """A column of a cumulative sweep against the number of ablated units, from the intact model on."""
    name = "squared_error" if sweep.model.head == "regression" else "correct"
    values, factor, said = column_of(sweep, name if column == "effect" else column)
    first = intact_value(sweep, name if column == "effect" else column, factor)
    values = np.concatenate([[first], values])
    if column == "effect" and name == "correct":
        values, said = 100 * values / sweep.rows, "accuracy, %"
    made = _canvas.axes(ax)
    marker = "." if len(values) <= 60 else ""
    made.plot(np.arange(len(values)), values, color=None if label else BELOW, marker=marker, label=label)
    made.set(xlabel="units ablated", ylabel=said)
    made.grid(alpha=0.3)
    _canvas.whole_numbers(made.xaxis)
    if label:
        made.legend()
    return made
