"""Estimates with their intervals: Shapley values, judged effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._brief import brief
from . import _canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._shapley_readings import ShapleyReadings
    from ..judgements import Judgements

MEASURES = {
    "accuracy": (100.0, "contribution to accuracy, percentage points"),
    "label_probability": (1.0, "contribution to the mean probability of the label"),
    # Of log_loss more is better, too: it is ln P(label), minus the loss.
    "log_loss": (1.0, "contribution to the mean of ln P(label), nats"),
}
KINDS = {
    "bernstein": "intervals: empirical Bernstein bounds, for any distribution",
    "standard_error": "intervals: ± 1 standard error",
}
# A marker of its own for each verdict: colours alone would not do.
VERDICTS = {
    "harmful": (_canvas.ABOVE, "^"),
    "essential": (_canvas.BELOW, "v"),
    "useful": (_canvas.COLOURS[5], "s"),
    "redundant": (_canvas.COLOURS[2], "o"),
    "undecided": (_canvas.QUIET, "."),
}


def plot_shapley(estimate: ShapleyReadings, ax: Axes | None, count: int, kind: str) -> Axes:
    """The largest values, with their intervals of a kind."""
    if kind not in KINDS:
        raise ValueError(f"intervals are {' or '.join(KINDS)}, not {brief(kind)}")
    if not estimate.summary.permutations:
        raise ValueError("no permutation was walked: run some first")
    factor, label = MEASURES[estimate.measure]
    top = estimate.top(count)[0]
    names = ("value", "lower", "upper", "standard_error")
    values, lower, upper, error = (factor * np.array([getattr(value, name) for value in top]) for name in names)
    if kind == "standard_error":
        lower, upper = values - error, values + error
    made = _canvas.axes(ax, 6.4, max(2.4, 1.2 + 0.22 * len(top)))
    places = np.arange(len(top))
    made.axvline(0, color=_canvas.INK, linewidth=1, label="_zero")
    made.hlines(places, lower, upper, color=_canvas.QUIET, linewidth=2.5)
    made.plot(values, places, "o", markersize=5, color=_canvas.BELOW)
    made.set_yticks(places, [_canvas.unit_name(estimate._layers, value.layer, value.unit) for value in top])
    made.invert_yaxis()
    many = "all" if len(top) == len(estimate) else f"the largest {len(top)} of"
    made.set_xlabel(label)
    # Names of units leave the axes less width than the title needs: it goes on above the names.
    made.set_title(f"Shapley values of {many} {len(estimate)} units\n{KINDS[kind]}", x=1, ha="right")
    made.grid(axis="x", alpha=0.3)
    return made


def plot_judgements(judgements: Judgements, ax: Axes | None) -> Axes:
    """All effects in ascending order with their intervals, each with its verdict."""
    made = _canvas.axes(ax)
    effects = 100 * judgements["effect"].astype(float)
    order = np.lexsort((np.arange(len(effects)), effects))
    places = np.arange(len(order))
    lower, upper, verdicts = (judgements[name][order] for name in ("lower", "upper", "verdict"))
    made.axhline(0, color=_canvas.INK, linewidth=1, label="_zero")
    made.vlines(
        places, 100 * lower.astype(float), 100 * upper.astype(float), color=_canvas.QUIET, linewidth=1, alpha=0.5
    )
    for name, (colour, marker) in VERDICTS.items():
        chosen = verdicts == name
        if chosen.any():
            said = f"{name} ({chosen.sum()})"
            made.plot(places[chosen], effects[order][chosen], marker, markersize=4, color=colour, label=said)
    made.set(xlabel="items, sorted", ylabel="effect on accuracy, percentage points")
    made.set_title("effects with intervals, and verdicts")
    made.margins(x=0.01)
    made.grid(axis="y", alpha=0.3)
    made.legend(loc="lower right")
    return made
