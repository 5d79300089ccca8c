"""Is it real? Tests that tell the effects of ablations from luck."""

from __future__ import annotations

import ctypes
from ctypes import byref
from dataclasses import fields
from typing import Any

from . import _declarations as c
from ._brief import brief
from ._enumerators import one_of
from ._library import library
from ._numbers import truth, whole
from ._sweep import Sweep
from .errors import check
from .judgements import LABELS, Judgement, Judgements


def judge(
    sweep: Sweep,
    *,
    adjustment: str = "holm",
    level: float = 0.05,
    essential_loss: float = 0.01,
    margin: float = 0.001,
    testable_only: bool = False,
) -> Judgements:
    """Says of each item of a sweep of a classifier whether its effect is real, with tests adjusted for their number.

    Parameters
    ----------
    sweep : Sweep
        The tests are as many as there are results: sweep the layer in question, not more.
    adjustment : {"holm", "benjamini_hochberg", "benjamini_yekutieli"}
    level : float
        At which an adjusted p-value is significant; the intervals hold the effect with 1 - level.
    essential_loss : float
        Of accuracy, from which on a useful item is essential.
    margin : float
        Of accuracy, which does not matter: an item whose interval is within it is redundant.
    testable_only : bool
        Items with too few flips to be significant whichever way they go do not count as tests.

    Returns
    -------
    Judgements
        In the order of the items. harmful: significantly more rows gained than lost; essential and useful:
        significantly more lost; redundant: nothing changes, or nothing that matters; undecided: the rows do not tell.

    Raises
    ------
    UnsupportedError
        The model is a regression.
    ValueError
        The sweep has seen no rows, or an option is out of its range.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> sweep = libablate.sweep(model, np.tile(np.eye(2), (20, 1)), [0, 1] * 20)
    >>> libablate.judge(sweep)
    Judgements of 2 results: 1 redundant, 1 essential
    """
    expect_sweep("sweep", sweep)
    options = options_of(adjustment, level, essential_loss, margin, testable_only)
    out = room_for(len(sweep))
    check(library.ablate_sweep_judge(sweep._handle, byref(options), out, len(out)))
    return judgements_of(sweep, out)


def judge_selected(
    selection: Sweep,
    test: Sweep,
    *,
    count: int = 1,
    choice: str = "highest_effect",
    adjustment: str = "holm",
    level: float = 0.05,
    essential_loss: float = 0.01,
    margin: float = 0.001,
    testable_only: bool = False,
) -> Judgements:
    """Judges the best of many on rows that they were not chosen on.

    Parameters
    ----------
    selection, test : Sweep
        Of the same model and items over different rows: the first chooses, the second judges.
    count : int
        How many are chosen, and tested.
    choice : {"highest_effect", "lowest_effect", "strongest_effect"}
    adjustment, level, essential_loss, margin, testable_only
        As for :func:`judge`.

    Returns
    -------
    Judgements
        In the order of choice; `index` and `result` are those of `test`.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> halves = [libablate.sweep(model, np.tile(np.eye(2), (20, 1)), [0, 1] * 20) for _ in range(2)]
    >>> libablate.judge_selected(*halves, choice="lowest_effect")[0].result.unit
    1
    """
    expect_sweep("selection", selection)
    expect_sweep("test", test)
    options = options_of(adjustment, level, essential_loss, margin, testable_only)
    out = room_for(whole("count", count, 1, len(test)))
    kind = one_of(choice, c.CHOICES, "choice")
    check(library.ablate_sweep_judge_selected(selection._handle, test._handle, kind, byref(options), out, count))
    return judgements_of(test, out)


def expect_sweep(name: str, value: Any) -> None:
    if not isinstance(value, Sweep):
        raise TypeError(f"{name} is a Sweep, not {brief(value)}")


def options_of(adjustment: str, level: float, essential_loss: float, margin: float, testable_only: bool) -> Any:
    return c.JudgeOptions(
        adjustment=one_of(adjustment, c.ADJUSTMENTS, "adjustment"),
        testable_only=truth("testable_only", testable_only),
        level=level,
        essential_loss=essential_loss,
        margin=margin,
    )


def room_for(count: int) -> Any:
    """Structs for the library to fill in."""
    out = (c.Judgement * count)()
    if count:
        out[0].size = ctypes.sizeof(c.Judgement)
    return out


def judgements_of(sweep: Sweep, out: Any) -> Judgements:
    """The filled-in structs with their results and class labels."""
    classes = sweep.model.classes
    assert classes is not None
    names = {number: name for name, number in c.VERDICTS.items()}

    def judgement(entry: Any) -> Judgement:
        values = {f.name: getattr(entry, f.name) for f in fields(Judgement) if f.name != "result"}
        values["verdict"] = names[entry.verdict]
        for name in LABELS:
            values[name] = None if values[name] == c.NONE else classes[values[name]].item()
        return Judgement(result=sweep[entry.index], **values)

    return Judgements([judgement(entry) for entry in out], sweep.kind, sweep._layers, classes)
