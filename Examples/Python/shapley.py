#!/usr/bin/env python3
"""Which neurons does a network live on? The Shapley values of hidden neurons, beside what each does alone.

A neuron whose work others can do as well has no effect when it is ablated alone, and is worth something all the same:
its Shapley value is the mean of what its ablation takes away after any of the others. Trains a network on
scikit-learn's handwritten digits, or takes a network and its rows:

    shapley.py [network.onnx rows.npy labels.npy --scale 1/16] [--layer 0] [--top 10] [--permutations 3000]
"""

import argparse
import ctypes
import tempfile
import time
from ctypes import POINTER, byref, c_double, c_int, c_int32, c_size_t, c_uint64, c_void_p
from pathlib import Path

import numpy as np

from libablate_ctypes import (
    Model,
    Owned,
    Progress,
    Replacement,
    Sized,
    Sweep,
    check,
    library,
    make_replacement,
    pointer,
    rows_of,
)
from sweep_ctypes import read_array, scaled


class ShapleyOptions(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("layers", POINTER(c_size_t)),
        ("layer_count", c_size_t),
        ("units", c_void_p),
        ("unit_count", c_size_t),
        ("replacement", POINTER(Replacement)),
        ("threads", c_size_t),
        ("progress", Progress),
        ("user", c_void_p),
        ("seed", c_uint64),
        ("first_permutation", c_uint64),
        ("sample_rows", c_size_t),
        ("tolerance", c_double),
        ("patience", c_size_t),
        ("top_count", c_size_t),
        ("delta", c_double),
        ("largest_change", c_double),
        ("measure", c_int),
    )


class ShapleyValue(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("layer", c_size_t),
        ("unit", c_size_t),
        ("value", c_double),
        ("variance", c_double),
        ("lower", c_double),
        ("upper", c_double),
        ("permutations", c_uint64),
    )


class ShapleySummary(Sized):
    _fields_ = (
        ("size", c_size_t),
        ("permutations", c_uint64),
        ("marginals", c_uint64),
        ("truncated", c_uint64),
        ("intact", c_double),
        ("ablated", c_double),
    )


CREATE = [c_void_p, POINTER(ShapleyOptions), POINTER(ctypes.c_float), c_size_t, POINTER(c_int32), POINTER(c_void_p)]
for name, result, arguments in [
    ("create", c_int, CREATE),
    ("free", None, [c_void_p]),
    ("run", c_int, [c_void_p, c_uint64]),
    ("count", c_size_t, [c_void_p]),
    ("read", c_int, [c_void_p, c_size_t, POINTER(ShapleyValue)]),
    ("summarize", c_int, [c_void_p, POINTER(ShapleySummary)]),
    ("top", c_int, [c_void_p, POINTER(c_size_t), c_size_t, POINTER(c_int)]),
]:
    function = getattr(library, f"ablate_shapley_{name}")
    function.restype, function.argtypes = result, arguments


class Shapley(Owned):
    """The Shapley values of a hidden layer's units: what each contributes to the accuracy on these rows."""

    def __init__(self, model, layer, x, labels, replacement, **options):
        x, labels = rows_of(x, model.info.input_width), np.ascontiguousarray(labels, np.int32)
        chosen = ShapleyOptions(layers=(c_size_t * 1)(layer), layer_count=1, **options)
        chosen.replacement = ctypes.pointer(replacement)
        create, free = library.ablate_shapley_create, library.ablate_shapley_free
        super().__init__(create, free, model.handle, byref(chosen), pointer(x), len(x), pointer(labels, c_int32))

    def run(self, permutations):
        """As often as there is time: each run adds to the ones before."""
        check(library.ablate_shapley_run(self.handle, permutations))
        return self

    @property
    def values(self):
        values = [ShapleyValue() for _ in range(library.ablate_shapley_count(self.handle))]
        for index, value in enumerate(values):
            check(library.ablate_shapley_read(self.handle, index, byref(value)))
        return values

    @property
    def summary(self):
        summary = ShapleySummary()
        check(library.ablate_shapley_summarize(self.handle, byref(summary)))
        return summary

    def top(self, count):
        """The units with the largest values, and whether their intervals tell them from the others."""
        units, settled = np.empty(count, np.uintp), c_int()
        check(library.ablate_shapley_top(self.handle, pointer(units, c_size_t), count, byref(settled)))
        return units, bool(settled.value)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="network, rows, labels")
    parser.add_argument("--scale", default="1", help="what rows are multiplied by, such as 1/255")
    parser.add_argument("--layer", type=int, default=0)
    parser.add_argument("--top", type=int, default=10, help="how many units are printed")
    parser.add_argument("--permutations", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if len(options.files) not in (0, 3):
        parser.error("either no files, or a network, its rows and their labels")
    return options


def load(options):
    """A network, rows and labels."""
    if options.files:
        network, x, labels = options.files
        return Model.load(network), scaled(read_array(x), options.scale), read_array(labels)
    from study_data import digits, export, train

    data = digits()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        export(train(data)[0], path)
        return Model.load(path), data.test_x, data.test_y


def main():
    options = parse_arguments()
    model, x, labels = load(options)
    replacement = make_replacement("zero")
    effects = Sweep(model, [options.layer], replacement).feed(x, labels).results["effect"]
    shapley = Shapley(model, options.layer, x, labels, replacement, seed=options.seed)
    start = time.perf_counter()
    values = shapley.run(options.permutations).values
    seconds = time.perf_counter() - start
    summary = shapley.summary
    rows = f"{len(values)} units, {len(x):,} rows"
    print(f"layer {options.layer}: {rows}, {summary.permutations:,} orders in {seconds:.1f} s")
    print(
        f"accuracy {summary.intact:.2%}, without the layer's units {summary.ablated:.2%}: they share the difference\n"
    )
    top, settled = shapley.top(min(options.top, len(values)))
    print("rank  unit   Shapley value       95 % interval   share   ablated alone   rank")
    alone = np.argsort(np.argsort(effects, kind="stable"), kind="stable")
    for rank, unit in enumerate(top, 1):
        value = values[unit]
        share = value.value / (summary.intact - summary.ablated)
        interval = f"{100 * value.lower:+6.2f} to {100 * value.upper:+6.2f}"
        print(
            f"{rank:4}  {unit:4}   {100 * value.value:+8.3f} pts    {interval}   {share:5.1%}"
            f"    {100 * effects[unit]:+8.3f} pts   {alone[unit] + 1:4}"
        )
    rest = sum(value.value for value in values) - sum(values[unit].value for unit in top)
    print(f"the other {len(values) - len(top)} units: {100 * rest:+.3f} pts together")
    print(
        "the intervals tell these units from the others"
        if settled
        else "more orders are needed to be sure of this list"
    )


if __name__ == "__main__":
    main()
