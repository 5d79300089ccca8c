"""How two models differ on some rows, as figures and in words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from ._plain import document


@dataclass(frozen=True)
class Difference:
    """How two models differ on some rows.

    Attributes
    ----------
    rows : int
    agreeing : int
        Rows predicted alike; `agreement` is their fraction. Of regressions 0 and NaN.
    mean_change, largest_change : float
        Of the probabilities, over rows and classes; of regressions, of the outputs.
    largest_row, largest_class : int or None
        Where the largest change is: the number of its row, and of its class or output.
    labelled : int
        Rows that were fed with labels: the sum of the four that follow.
    both_right, only_first_right, only_second_right, both_wrong : int
    """

    rows: int
    agreeing: int
    agreement: float
    mean_change: float
    largest_change: float
    largest_row: int | None
    largest_class: int | None
    labelled: int
    both_right: int
    only_first_right: int
    only_second_right: int
    both_wrong: int

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types; NaN is None, and so is `agreeing` of regressions."""
        found = asdict(self)
        if self.rows and math.isnan(self.agreement):
            found["agreeing"] = None
        return document(found)


def in_words(found: Difference, classes: Any) -> list[str]:
    """How far the two are from each other, and which of them is right, on one row at least; `classes` of the first."""
    lines = [*alike(found), changes(found, classes)]
    return [*lines, right(found)] if found.labelled else lines


def alike(found: Difference) -> list[str]:
    """How many rows are predicted alike; of regressions there is no saying."""
    if math.isnan(found.agreement):
        return []
    return [f"{found.agreement:.2%} of {found.rows} rows are predicted alike"]


def accuracies(found: Difference) -> tuple[float, float]:
    """Of the first and of the second, on the rows with labels."""
    first, second = found.only_first_right, found.only_second_right
    return (found.both_right + first) / found.labelled, (found.both_right + second) / found.labelled


def changes(found: Difference, classes: Any) -> str:
    """How far outputs or probabilities are from each other."""
    by = f"by {found.mean_change:.4g} in the mean, by {found.largest_change:.4g} at most (row {found.largest_row}"
    if classes is None:
        return f"outputs change {by}, output {found.largest_class})"
    return f"probabilities change {by}, class {classes[found.largest_class]})"


def right(found: Difference) -> str:
    """Which of the two is right, on the rows with labels."""
    first, second = accuracies(found)
    return (
        f"accuracy {first:.2%} and {second:.2%}: {found.both_right} rows right in both, "
        f"{found.only_first_right} in the first alone, {found.only_second_right} in the second alone, "
        f"{found.both_wrong} in neither"
    )
