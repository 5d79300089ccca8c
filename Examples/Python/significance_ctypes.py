"""Is it real? The part of ablate.h that tells effects from luck, over libablate_ctypes.py.

judgements = judge(sweep)                       # one record per unit: verdict, p_value, adjusted_p_value, ...
best, = judge_selected(one_half, other_half)    # the best of all, judged on rows it was not chosen on
"""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int64, c_size_t

import numpy as np

from libablate_ctypes import Handle, Sized, check, library

ADJUSTMENTS = {"holm": 0, "benjamini_hochberg": 1, "benjamini_yekutieli": 2}
CHOICES = {"highest_effect": 0, "lowest_effect": 1, "strongest_effect": 2}


class JudgeOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("adjustment", c_int),
        ("testable_only", c_int),
        ("level", c_double),
        ("essential_loss", c_double),
        ("margin", c_double),
    )


class Judgement(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("index", c_size_t),
        ("verdict", c_int),
        ("p_value", c_double),
        ("adjusted_p_value", c_double),
        ("smallest_p_value", c_double),
        ("effect", c_double),
        ("lower", c_double),
        ("upper", c_double),
        ("affected_class", c_size_t),
        ("affected_rows", c_int64),
        ("affected_recall", c_double),
        ("favoured_class", c_size_t),
        ("favoured_rows", c_int64),
    )


library.ablate_verdict_name.restype, library.ablate_verdict_name.argtypes = c_char_p, [c_int]
library.ablate_sweep_judge.argtypes = [Handle, POINTER(JudgeOptions), POINTER(Judgement), c_size_t]
library.ablate_sweep_judge_selected.argtypes = [
    Handle, Handle, c_int, POINTER(JudgeOptions), POINTER(Judgement), c_size_t,
]  # fmt: skip


def judge(sweep, **options):
    """Every result of a sweep; see `options_of`."""
    out = room_for(library.ablate_sweep_count(sweep.handle))
    check(library.ablate_sweep_judge(sweep.handle, byref(options_of(**options)), out, len(out)))
    return as_records(out)


def judge_selected(selection, test, count=1, choice="highest_effect", **options):
    """The `count` results with the highest effect in one sweep, judged by another over other rows."""
    out = room_for(count)
    arguments = selection.handle, test.handle, CHOICES[choice], byref(options_of(**options)), out, count
    check(library.ablate_sweep_judge_selected(*arguments))
    return as_records(out)


def options_of(adjustment="holm", level=0.05, essential_loss=0.01, margin=0.001, testable_only=False):
    return JudgeOptions(
        adjustment=ADJUSTMENTS[adjustment], testable_only=testable_only, level=level, essential_loss=essential_loss,
        margin=margin,
    )  # fmt: skip


def room_for(count):
    out = (Judgement * count)()
    out[0].size = ctypes.sizeof(Judgement)
    return out


def as_records(judgements):
    """Verdicts as words; classes that there are not as -1."""
    kinds = {c_double: float, c_int: "U12"}
    fields = [(name, kinds.get(kind, np.int64)) for name, kind in Judgement._fields_[1:]]
    rows = []
    for entry in judgements:
        verdict = library.ablate_verdict_name(entry.verdict).decode()
        values = {"verdict": verdict} | {
            name: c_int64(getattr(entry, name)).value for name, kind in fields if kind is np.int64
        }
        rows.append(tuple(values.get(name, getattr(entry, name)) for name, _ in fields))
    return np.array(rows, dtype=fields)
