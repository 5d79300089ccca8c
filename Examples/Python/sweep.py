#!/usr/bin/env python3
"""Ablates every unit of a network, one at a time, over a labelled data set, and prints what changes.

The same program as Examples/C/sweep.c with the same arguments, in Python.

    sweep.py mnist.onnx t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz --scale 1/255
"""

import argparse
import gzip
import sys
import time
from pathlib import Path

import numpy as np

import libablate
from command_line import run, whole_number

BATCH = 1024
IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_array(path):
    """An array from an IDX file (the format of MNIST, gzipped or not) or an NPY file."""
    data = Path(path).read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:6] == b"\x93NUMPY":
        return np.load(path, allow_pickle=False)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in IDX_TYPES:
        raise ValueError(f"{path} is neither an IDX nor an NPY file")
    rank = data[3]
    shape = tuple(int(length) for length in np.frombuffer(data, ">u4", rank, 4))
    values = np.frombuffer(data, IDX_TYPES[data[2]], offset=4 + 4 * rank)
    if values.size != np.prod(shape, dtype=np.int64):
        raise ValueError(f"{path} says its shape is {shape}, but holds {values.size} values")
    return values.reshape(shape)


def scaled(batch, scale):
    """Pixels as the network wants them, by a factor and a divisor in float32: 1/255 is no float32."""
    factor, divisor = scale
    return batch.astype(np.float32).reshape(len(batch), -1) * np.float32(factor) / np.float32(divisor)


def tell_of_scale(rows, scale):
    """Forgotten scales make figures that look right and are wrong."""
    if rows.dtype.kind in "iu" and scale == (1, 1) and rows.size and rows.max() > 1:
        hint = f"the rows are whole numbers up to {rows.max()}, and no --scale is given"
        print(f"note: {hint}; a network that was trained on 0 to 1 needs --scale 1/{rows.max()}", file=sys.stderr)


def chosen_layers(text, model):
    if text == "hidden":
        return None
    return list(range(len(model.layers))) if text == "all" else [int(number) for number in text.split(",")]


def chosen_replacement(text):
    kind, _, value = text.partition("=")
    if kind == "constant":
        return libablate.Replacement(kind, constant=float(value))
    return libablate.Replacement(kind, seed=int(value)) if kind == "resample" else libablate.Replacement(kind)


def scale_argument(text):
    """What rows are multiplied with and divided by; "1/255" divides."""
    try:
        number = float(text.removeprefix("1/"))
        if not np.isfinite(number) or (number == 0 and text.startswith("1/")):
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is neither a number nor 1/NUMBER") from None
    return (1, number) if text.startswith("1/") else (number, 1)


def replacement_argument(text):
    kind, equals, value = text.partition("=")
    try:
        if kind in ("zero", "dead", "mean") and not equals:
            return text
        if kind == "constant" and equals:
            float(value)
            return text
        if kind == "resample" and equals and int(value) >= 0:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text} is none of zero, dead, mean, constant=V, resample=SEED")


def layers_argument(text):
    if text in ("hidden", "all") or all(part.isdigit() for part in text.split(",")):
        return text
    raise argparse.ArgumentTypeError(f"{text} is neither hidden, all nor a list of layer numbers such as 0,1")


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", metavar="MODEL", help="ONNX file of a classifier")
    parser.add_argument("data", metavar="DATA", help="rows of input: IDX (also gzipped) or NPY")
    parser.add_argument("labels", metavar="LABELS", help="their classes: IDX (also gzipped) or NPY")
    parser.add_argument(
        "--scale", default="1", type=scale_argument, metavar="F", help="multiply the data; 1/255 divides"
    )
    parser.add_argument(
        "--layers", default="hidden", type=layers_argument, help="hidden (default), all, or numbers: 0,1"
    )
    parser.add_argument(
        "--replacement",
        default="zero",
        type=replacement_argument,
        metavar="R",
        help="zero (default), dead, mean, constant=V or resample=SEED; mean and resample draw from DATA",
    )
    parser.add_argument(
        "--threads", type=whole_number(0), default=0, metavar="N", help="0 (default): one per processor"
    )
    parser.add_argument("--csv", action="store_true", help="print layer,unit,rows,correct,lost,gained for every unit")
    return parser.parse_args(arguments)


def print_csv(results, file=None):
    print("layer,unit,rows,correct,lost,gained", file=file)
    for r in results:
        print(f"{r['layer']},{r['unit']},{r['rows']},{r['correct']},{r['lost']},{r['gained']}", file=file)


def print_table(intact, results, seconds):
    rows = max(intact.rows, 1)
    print(f"intact: {intact.correct} of {intact.rows} rows right, {intact.correct / rows:.2%}")
    print(f"{'layer':>5} {'unit':>5} {'accuracy':>9} {'effect':>8} {'lost':>6} {'gained':>6}")
    for r in results[np.argsort(results["effect"], kind="stable")]:
        accuracy, effect = r["correct"] / rows, 100 * r["effect"]
        print(f"{r['layer']:5} {r['unit']:5} {accuracy:9.2%} {effect:+7.2f}% {r['lost']:6} {r['gained']:6}")
    hurts, helps = (results["effect"] < 0).sum(), (results["effect"] > 0).sum()
    print(
        f"{len(results)} units: removing {hurts} hurts, {len(results) - hurts - helps} changes nothing, {helps} helps"
    )
    print(f"{seconds:.3f} s", file=sys.stderr)


def main(arguments=None):
    options = parse_arguments(arguments)
    model = libablate.load(options.model, threads=options.threads)
    data, labels = read_array(options.data), read_array(options.labels)
    if len(data) != len(labels):
        raise ValueError(f"{options.data} has {len(data)} rows, {options.labels} has {len(labels)} labels")
    tell_of_scale(data, options.scale)
    replacement = chosen_replacement(options.replacement)
    reference = scaled(data, options.scale) if replacement.needs_reference else None
    layers = chosen_layers(options.layers, model)
    sweep = libablate.Sweep(model, layers=layers, replacement=replacement, reference=reference)
    del reference  # the sweep keeps what it needs

    start = time.perf_counter()
    sweep.feed(
        (scaled(data[begin : begin + BATCH], options.scale), labels[begin : begin + BATCH])
        for begin in range(0, len(data), BATCH)
    )
    seconds = time.perf_counter() - start

    if options.csv:
        print_csv(sweep.table)
    else:
        print_table(sweep.intact, sweep.table, seconds)


if __name__ == "__main__":
    run(main)
