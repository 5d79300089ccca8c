"""How two models differ on some rows, as figures and in words."""

from __future__ import annotations

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
        """In plain Python types; NaN is None."""
        return document(asdict(self))


def changes(found: Difference, classes: Any) -> str:
    """How far the two are from each other, on some rows."""
    by = f"by {found.mean_change:.4g} in the mean, by {found.largest_change:.4g} at most (row {found.largest_row}"
    if classes is None:
        return f"outputs change {by}, output {found.largest_class})"
    return f"probabilities change {by}, class {classes[found.largest_class]})"


def right(found: Difference) -> str:
    """Which of the two is right, on some rows with labels."""
    both, first, second = found.both_right, found.only_first_right, found.only_second_right
    return (
        f"accuracy {(both + first) / found.labelled:.2%} and {(both + second) / found.labelled:.2%}: {both} rows right "
        f"in both, {first} in the first alone, {second} in the second alone, {found.both_wrong} in neither"
    )
