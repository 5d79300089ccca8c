"""What ablating one item did, and tables of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _declarations as c

Table = npt.NDArray[np.void]

# What names an item, by kind of sweep.
KEYS = {
    "units": ["layer", "unit"],
    "synapses": ["layer", "unit", "input"],
    "outgoing_synapses": ["layer", "unit", "input"],
    "inputs": ["input"],
    "pairs": ["layer", "unit", "second_layer", "second_unit"],
    "cumulative": ["step", "layer", "unit"],
    "masks": ["mask"],
}
# What is counted of predictions, which regressions have none of.
OF_PREDICTIONS = ("correct", "lost", "gained", "changed")
ON_ERRORS = ("squared_error", "absolute_change")
FIGURES = {
    "log_loss": "log_loss",
    "label_probability": "label_probability",
    "kl_divergence": "kl_divergence",
    "margin": "margin",
}


@dataclass(frozen=True, repr=False)
class Result:
    """What ablating one item did. Indices and figures that do not apply, or were not asked for, are None.

    Attributes
    ----------
    layer, unit : int or None
        Of a cumulative sweep, the last unit that was added; of a synapse, the unit that it goes to.
    input : int or None
        Of a synapse, the input of its unit, of a convolution a channel, numbered within the unit's group; of a sweep of
        inputs, the value.
    second_layer, second_unit : int or None
        Of a pair, the other unit.
    rows : int
        How many rows were seen.
    correct : int
        Rows that are predicted as their label while the item is ablated.
    lost, gained : int
        Right when intact and wrong when ablated; the other way round.
    changed : int
        Rows whose prediction changed. These four are None of a regression.
    effect : float
        Accuracy when ablated minus accuracy when intact; of a regression the same of `squared_error`.
    interaction : float or None
        Of a pair: its effect minus the effects of each; :func:`pairs` tells what its sign means.
    log_loss, label_probability, kl_divergence, margin : float or None
        Means over the rows, of the metrics that were asked for.
    squared_error, absolute_change : float or None
        Of a regression: means over rows and outputs of (output - target)^2 and of |output - intact output|.
    """

    layer: int | None
    unit: int | None
    input: int | None
    second_layer: int | None
    second_unit: int | None
    rows: int
    correct: int | None
    lost: int | None
    gained: int | None
    changed: int | None
    effect: float
    interaction: float | None
    log_loss: float | None
    label_probability: float | None
    kl_divergence: float | None
    margin: float | None
    squared_error: float | None
    absolute_change: float | None

    @property
    def accuracy(self) -> float:
        """correct / rows; NaN for no rows, and of a regression."""
        return self.correct / self.rows if self.rows and self.correct is not None else float("nan")

    def __repr__(self) -> str:
        known = ((field.name, getattr(self, field.name)) for field in fields(self))
        return f"Result({', '.join(f'{name}={value!r}' for name, value in known if value is not None)})"


INDICES = ("layer", "unit", "input", "second_layer", "second_unit")
# Differences, which are printed with their signs.
SIGNED = ("effect", "interaction")
OPTIONAL = ("interaction", *FIGURES, *OF_PREDICTIONS, *ON_ERRORS)


def empty_table(count: int) -> tuple[Table, Any]:
    """`count` results for the library to fill in, as an array of records and as the structs they are."""
    structs: Any = (c.SweepResult * count)()
    table: Table = np.ndarray((count,), np.dtype(c.SweepResult), structs)
    table["size"] = table.dtype.itemsize
    return table, structs


def columns(table: Table) -> dict[str, npt.NDArray[Any]]:
    """The columns of a table; indices that do not apply are -1."""
    found = {}
    for name in table.dtype.names or ():
        if name != "size":
            found[name] = table[name].astype(np.int64) if name in INDICES else table[name].copy()
    return found


def result(record: np.void, asked: set[str]) -> Result:
    """One record of a table; `asked` are the figures that it has, of those that not all sweeps have."""
    values: dict[str, Any] = {}
    for field in fields(Result):
        value = record[field.name].item()
        if field.name in INDICES:
            value = None if value == c.NONE else value
        elif field.name in OPTIONAL:
            value = value if field.name in asked else None
        values[field.name] = value
    return Result(**values)


def expect_metric(name: str, metrics: Sequence[str]) -> None:
    """Raises a ValueError that says how to ask for it unless a metric was."""
    if name in c.METRICS and name not in metrics:
        asked = ", ".join(repr(metric) for metric in (*metrics, name))
        raise ValueError(f"{name} was not asked for: sweep with metrics=[{asked}]")


def expect_column(name: str, metrics: Sequence[str], known: set[str]) -> None:
    """Raises a ValueError if a column says nothing: its metric was not asked for, or is of other sweeps."""
    expect_metric(name, metrics)
    if name in OPTIONAL and name not in known:
        others = "classifiers" if name in OF_PREDICTIONS else "pairs" if name == "interaction" else "regressions"
        raise ValueError(f"{name} is of {others}: this sweep has none")


def shown(kind: str, metrics: list[str], is_regression: bool) -> list[str]:
    """The columns of a table that have something to say."""
    names = list(KEYS[kind])
    names += ["rows", "effect", *ON_ERRORS] if is_regression else ["rows", *OF_PREDICTIONS, "effect"]
    if kind == "pairs":
        names.append("interaction")
    return names + [column for metric, column in FIGURES.items() if metric in metrics]


def sweep_name(kind: str) -> str:
    """How people call a sweep of a kind."""
    return "cumulative sweep" if kind == "cumulative" else f"sweep of {kind.replace('_', ' ')}"
