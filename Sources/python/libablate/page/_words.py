"""What a sweep found, in sentences."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .._sweep import Sweep
from ..judgements import Judgements
from ..results import Result


def count(number: int, noun: str) -> str:
    """So many of something: 1 row, 7,000 rows."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def place(result: Result) -> str:
    """Where a unit is."""
    return f"layer {result.layer}, unit {result.unit}"


REPLACED = {
    "zero": "0",
    "dead": "what it gives with all weights and the bias 0",
    "mean": "its mean",
    "resample": "its value for another row",
}


def summary(sweep: Sweep, judgements: Judgements | None) -> list[str]:
    """What to take away, most important first."""
    intact, replacement = sweep.intact, sweep.replacement
    how = f"Each of {count(len(sweep), 'unit')} was ablated on its own"
    put = f"{replacement.constant:g}" if replacement.kind == "constant" else REPLACED[replacement.kind]
    how += f": {put} took the place of its activation."
    if judgements is None:
        return [
            f"Intact, the mean squared error over {count(intact.rows, 'row')} is {intact.squared_error:.4g}. {how}",
            *regression(sweep),
        ]
    right = (
        f"Intact, the model predicts {intact.correct:,} of {count(intact.rows, 'row')} right ({intact.accuracy:.2%})."
    )
    left_out = (
        []
        if "confusion" in sweep.metrics
        else [
            "The model has so many classes that there are no confusion matrices on this page, and no class that a unit "
            "costs or is predicted more often without it."
        ]
    )
    return [f"{right} {how}", *verdicts(judgements), *extremes(sweep, judgements), *left_out]


def regression(sweep: Sweep) -> list[str]:
    """What is left out for a regression, and its strongest unit."""
    said = []
    for result in sweep.strongest(1):
        change = "rises" if result.effect > 0 else "falls"
        said.append(
            f"The strongest is {place(result)}: without it the mean squared error {change} by {abs(result.effect):.4g}."
        )
    said.append(
        "This is a regression: it has no classes, so there are no confusion matrices, no rows made wrong or right, "
        "no p-values and no verdicts on this page."
    )
    return said


def verdicts(judgements: Judgements) -> list[str]:
    """How many units are what, and what that rests on."""
    counts = Counter(judgement.verdict for judgement in judgements)
    parts = [f"{number:,} {verdict}" for verdict, number in counts.most_common()]
    said = f"Verdicts: {', '.join(parts)}." if parts else "No unit was judged."
    harmful = counts["harmful"]
    test = f"McNemar's exact test, adjusted for {count(len(judgements), 'test')} by Holm's method"
    if harmful:
        are = "unit is" if harmful == 1 else "units are"
        return [said, f"{harmful:,} {are} shown to be harmful: without it more rows are right ({test}, level 5 %)."]
    luck = ": what gains rows may be luck" if any(judgement.effect > 0 for judgement in judgements) else ""
    return [said, f"No unit is shown to be harmful ({test}, level 5 %){luck}."]


def extremes(sweep: Sweep, judgements: Judgements) -> list[str]:
    """The most needed unit, the least needed one, and those that change nothing."""
    said: list[str] = []
    if not len(judgements):
        return said
    ranked = sorted(judgements, key=lambda judgement: judgement.effect)
    for judgement, name in ((ranked[0], "most needed"), (ranked[-1], "least needed")):
        result: Result = judgement.result
        if (judgement.effect < 0) == (name == "most needed") and judgement.effect:
            said.append(f"The {name} is {place(result)}: its ablation {flips(judgement)}.")
    idle = int((sweep["changed"] == 0).sum())
    which = f"{idle:,} of {count(len(sweep), 'unit')}" if idle else "No unit"
    said.append(f"{which} can be ablated without changing any prediction.")
    return said


def flips(judgement: Any) -> str:
    """What the ablation of a unit does."""
    result = judgement.result
    said = f"loses {count(result.lost, 'row')} and gains {result.gained:,} ({100 * result.effect:+.2f} points"
    p_value = f"= {judgement.adjusted_p_value:.2g}" if judgement.adjusted_p_value else "< 1e-300"
    said += f", adjusted p {p_value})"
    if judgement.affected_class is not None and judgement.affected_rows > 0:
        said += f"; class {judgement.affected_class} loses most"
    return said
