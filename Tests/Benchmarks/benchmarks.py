"""Every benchmark of the project, in one table and one file."""

import argparse
import ctypes
import importlib
import json
import os
from pathlib import Path

PARTS = ("forward", "images", "sweeps", "profiles", "shapley")


def kernels():
    library = ctypes.CDLL(os.environ["ABLATE_LIBRARY"])
    library.ablate_isa.restype = ctypes.c_char_p
    return library.ablate_isa().decode()


def main():
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/run", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there, too")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--only", default="", metavar="TEXT", help="what has this in its name")
    parser.add_argument("--peers", default="", metavar="TEXT", help="in sweeps, peers that have this in their name")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, help="15 for forward passes and 7 for sweeps unless set")
    parser.add_argument("--milliseconds", type=float, default=10, help="time of a contender in a round")
    parser.add_argument("--whole", action="store_true", help="time slow peers over all items of a sweep: takes days")
    parser.add_argument("--linearity", type=Path, metavar="PNG", help="plot time and memory against sizes, too")
    options = parser.parse_args()
    print(f"kernels: {kernels()}. Ratio: peer to ours, above 1 this library is faster.")
    rows = []
    for part in options.parts:
        rows += importlib.import_module(part).measure_all(options)
        write(rows, options.json)
    if options.linearity:
        linearity = importlib.import_module("linearity")
        points = linearity.measure(options.threads[0])
        linearity.plot(points, options.linearity)
        write(rows + points, options.json)


def write(rows, path):
    if path:
        path.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
