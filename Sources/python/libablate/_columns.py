"""The columns of data frames, which have to be those that a network was fitted on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._brief import brief
from ._wording import counted

# How many names of a kind an error lists.
LISTED = 5


def names_of(frame: Any) -> tuple[str, ...] | None:
    """The names of a data frame's columns; None of what has none, or has some that are no texts."""
    columns = getattr(frame, "columns", None)
    if not isinstance(columns, Iterable):
        return None
    found = tuple(columns)
    return found if found and all(isinstance(name, str) for name in found) else None


def given_names(names: Any, width: int) -> tuple[str, ...]:
    """The names of a model's columns as a caller gives them, as many as its rows have values."""
    found = tuple(names) if isinstance(names, Iterable) and not isinstance(names, str) else ()
    if not found or not all(isinstance(name, str) for name in found):
        raise TypeError(f"feature_names is a list of texts, one for each column, not {brief(names)}")
    if len(found) != width:
        raise ValueError(
            f"feature_names has the length {len(found)}; the model takes rows of {counted(width, 'value')}"
        )
    return found


def expect_columns(x: Any, wanted: tuple[str, ...] | None, what: str) -> None:
    """Raises a ValueError, in scikit-learn's words, for a data frame with other columns, or in another order."""
    names = None if wanted is None else names_of(x)
    if wanted is None or names is None or names == wanted:
        return
    lines = [f"{what}: The feature names should match those that were passed during fit."]
    unseen, missing = sorted(set(names) - set(wanted)), sorted(set(wanted) - set(names))
    if unseen:
        lines += ["Feature names unseen at fit time:", *listed(unseen)]
    if missing:
        lines += ["Feature names seen at fit time, yet now missing:", *listed(missing)]
    if not unseen and not missing:
        lines.append("Feature names must be in the same order as they were in fit.")
    raise ValueError("\n".join(lines))


def listed(names: list[str]) -> list[str]:
    """A line for each name, of many for the first."""
    return [f"- {name}" for name in names[:LISTED]] + ["- ..."] * (len(names) > LISTED)
