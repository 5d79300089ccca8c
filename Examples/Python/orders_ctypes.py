"""Orders of units and curves of what is left: that part of ablate.h, over libablate_ctypes.py.

order = order_by_scores(model, units_of(model, [0]), weight_norms(model, 0))    # the smallest weights first
curves = run_curves(model, [order], x, y)                                       # [orders, units + 1] accuracies
"""

import ctypes
import warnings
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_float, c_int, c_int32, c_size_t, c_uint64, c_void_p

import numpy as np

from libablate_ctypes import Handle, Progress, Replacement, Sized, check, library, pointer, rows_of

NORMS = {"l1": 1, "l2": 2}
CORRELATIONS = {"spearman": 0, "kendall": 1}


class Unit(Structure):
    _fields_ = (("layer", c_size_t), ("unit", c_size_t))


class CurveOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("replacement", POINTER(Replacement)),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
        ("points", POINTER(c_size_t)),
        ("point_count", c_size_t),
    )


Units, Doubles = POINTER(Unit), POINTER(c_double)
ORDERS = [Units, c_size_t, c_size_t]
ROWS = [POINTER(c_float), c_size_t, POINTER(c_int32)]
PROTOTYPES = {
    "ablate_model_weight_norms": [Handle, c_size_t, c_int, Doubles, c_size_t],
    "ablate_order_by_scores": [Handle, Units, Doubles, c_size_t, c_int, Units, POINTER(c_char_p)],
    "ablate_order_at_random": [Handle, Units, c_size_t, c_uint64, Units],
    "ablate_rank_correlation": [c_int, Doubles, Doubles, c_size_t, Doubles],
    "ablate_curves_run": [Handle, POINTER(CurveOptions), *ORDERS, *ROWS, Doubles, c_size_t],
    "ablate_curves_summarize": [Doubles, c_size_t, POINTER(c_size_t), c_size_t, Doubles, Doubles, Doubles],
}
for name, arguments in PROTOTYPES.items():
    getattr(library, name).argtypes = arguments


def doubles(values):
    return np.ascontiguousarray(values, np.float64)


def units_of(model, layers=None):
    """(layer, unit) of every unit of the layers, of all hidden ones without a list."""
    chosen = range(model.info.layer_count - 1) if layers is None else layers
    return [(layer, unit) for layer in chosen for unit in range(model.layers[layer].units)]


def weight_norms(model, layer, norm="l1"):
    out = np.empty(model.layers[layer].units)
    check(library.ablate_model_weight_norms(model.handle, layer, NORMS[norm], pointer(out, c_double), len(out)))
    return out


def order_by_scores(model, units, scores, high_first=False):
    """Warns if there are units of several layers."""
    scores, warning = doubles(scores), c_char_p()
    out = (Unit * len(units))(*units)
    check(
        library.ablate_order_by_scores(
            model.handle, out, pointer(scores, c_double), len(units), high_first, out, byref(warning)
        )
    )
    if warning.value:
        warnings.warn(warning.value.decode(), stacklevel=2)
    return [(place.layer, place.unit) for place in out]


def order_at_random(model, units, seed):
    out = (Unit * len(units))(*units)
    check(library.ablate_order_at_random(model.handle, out, len(units), seed, out))
    return [(place.layer, place.unit) for place in out]


def rank_correlation(x, y, kind="spearman"):
    x, y, out = doubles(x), doubles(y), c_double()
    pointed = pointer(x, c_double), pointer(y, c_double)
    check(library.ablate_rank_correlation(CORRELATIONS[kind], *pointed, len(x), byref(out)))
    return out.value


def run_curves(model, orders, x, labels, replacement=None):
    """[orders, units + 1]: the accuracy after each number of removed units."""
    x, labels = rows_of(x, model.info.input_width), np.ascontiguousarray(labels, np.int32)
    flat = [unit for order in orders for unit in order]
    options = CurveOptions(replacement=ctypes.pointer(replacement) if replacement else None)
    out = np.empty((len(orders), len(orders[0]) + 1))
    check(
        library.ablate_curves_run(
            model.handle, byref(options), (Unit * len(flat))(*flat), len(orders), len(orders[0]), pointer(x), len(x),
            pointer(labels, c_int32), pointer(out, c_double), out.size,
        )
    )  # fmt: skip
    return out


def summarize(curves):
    """Mean and standard deviation over orders at each point, and the area under each curve."""
    curves = doubles(curves)
    orders, points = curves.shape
    means, deviations, areas = np.empty(points), np.empty(points), np.empty(orders)
    outs = [pointer(out, c_double) for out in (means, deviations, areas)]
    check(library.ablate_curves_summarize(pointer(curves, c_double), orders, None, points, *outs))
    return means, deviations, areas
