"""Smaller models, ONNX files and differences between models: what libablate_ctypes.py leaves out of ablate.h."""

import ctypes
import os
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t, c_uint64

import numpy as np

from libablate_ctypes import Handle, Model, Out, Owned, Progress, Replacement, Sized, check, library, pointer, rows_of

COMPENSATIONS = {"replacement": 0, "correlated": 1, "least squares": 2}


class Unit(Structure):
    _fields_ = (("layer", c_size_t), ("unit", c_size_t))


class SurgeryOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("compensation", c_int),
        ("replacement", POINTER(Replacement)),
        ("moments", Handle),
        ("moment_count", c_size_t),
        ("x", POINTER(c_float)),
        ("rows", c_size_t),
        ("ridge", c_double),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", Handle),
    )


class ModelCost(Sized):
    _fields_ = (("size", c_size_t), ("parameters", c_int64), ("multiply_adds", c_int64), ("bytes", c_int64))


class DiffOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("first_mask", Handle),
        ("second_mask", Handle),
        ("first_row", c_uint64),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", Handle),
    )


class DiffResult(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("rows", c_int64),
        ("agreeing", c_int64),
        ("agreement", c_double),
        ("mean_change", c_double),
        ("largest_change", c_double),
        ("largest_row", c_int64),
        ("largest_class", c_size_t),
        ("labelled", c_int64),
        ("both_right", c_int64),
        ("only_first_right", c_int64),
        ("only_second_right", c_int64),
        ("both_wrong", c_int64),
    )


for name, arguments in {
    "ablate_model_prune": [Handle, POINTER(Unit), c_size_t, POINTER(SurgeryOptions), Out],
    "ablate_model_read_cost": [Handle, POINTER(ModelCost)],
    "ablate_model_save": [Handle, c_char_p],
    "ablate_diff_create": [Handle, Handle, POINTER(DiffOptions), Out],
    "ablate_diff_feed": [Handle, POINTER(c_float), c_size_t, POINTER(c_int32)],
    "ablate_diff_read": [Handle, POINTER(DiffResult)],
}.items():
    getattr(library, name).restype, getattr(library, name).argtypes = c_int, arguments
library.ablate_diff_free.restype, library.ablate_diff_free.argtypes = None, [Handle]


class SmallerModel(Model):
    """A model without some hidden units, (layer, unit) pairs."""

    def __init__(self, model, units, compensation="replacement", x=None, replacement=None, ridge=0.0, threads=0):
        """`x`: the rows whose activations say how kept units stand in for removed ones; not for "replacement"."""
        options = SurgeryOptions(compensation=COMPENSATIONS[compensation], ridge=ridge, threads=threads)
        if replacement:
            options.replacement = ctypes.pointer(replacement)
        if x is not None:
            x = rows_of(x, model.info.input_width)
            options.x, options.rows = pointer(x), len(x)
        places = (Unit * len(units))(*units)
        prune, free = library.ablate_model_prune, library.ablate_model_free
        Owned.__init__(self, prune, free, model.handle, places, len(units), byref(options))
        self.start(threads)


def cost(model):
    """Parameters, multiply-adds per row, and bytes."""
    result = ModelCost()
    check(library.ablate_model_read_cost(model.handle, byref(result)))
    return result


def save(model, path):
    """Writes an ONNX file."""
    check(library.ablate_model_save(model.handle, os.fsencode(path)))


def difference(first, second, x, labels):
    """How two models differ over labelled rows."""
    x, labels = rows_of(x, first.info.input_width), np.ascontiguousarray(labels, np.int32)
    diff = Owned(library.ablate_diff_create, library.ablate_diff_free, first.handle, second.handle, None)
    check(library.ablate_diff_feed(diff.handle, pointer(x), len(x), pointer(labels, c_int32)))
    result = DiffResult()
    check(library.ablate_diff_read(diff.handle, byref(result)))
    return result
