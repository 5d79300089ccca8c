#!/usr/bin/env python3
"""Ablates every unit of a network on a Dask cluster, one at a time, and prints the strongest effects.

Without --scheduler, on processes of this machine, to see how it goes. Rows and labels are NPY files, which all machines
see under the same path; each worker reads its own rows of them. help(libablate.distributed) has advice.

    distributed_sweep.py network.onnx test_rows.npy test_labels.npy --scale 1/16
    distributed_sweep.py network.onnx /data/rows.npy /data/labels.npy --scale 1/16 --scheduler tcp://10.0.0.1:8786
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import libablate
import libablate.distributed
from command_line import run, whole_number
from sweep import chosen_layers, layers_argument, scale_argument, tell_of_scale


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", metavar="MODEL", help="ONNX file of a classifier")
    parser.add_argument("data", metavar="DATA", help="rows of input: an NPY file")
    parser.add_argument("labels", metavar="LABELS", help="their classes: an NPY file")
    parser.add_argument("--scale", default="1", type=scale_argument, help="multiply the data; 1/255 divides")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a running cluster, such as tcp://10.0.0.1:8786")
    parser.add_argument("--workers", type=whole_number(1), default=2, help="without --scheduler: processes here")
    parser.add_argument("--rows-per-task", type=whole_number(1), help="about four tasks per thread by default")
    parser.add_argument("--items-per-task", type=whole_number(1), help="share out units, too")
    parser.add_argument("--layers", default="hidden", type=layers_argument, help="hidden (default), all, or 0,1")
    parser.add_argument("--log-loss", action="store_true", help="find it, too: it has to run all rows that change")
    return parser.parse_args(arguments)


def loader(data, labels, factor, divisor):
    """Rows where they are asked for. It travels as code, since workers do not have this file."""

    def load(begin, end):
        import numpy

        rows = numpy.load(data, mmap_mode="r")[begin:end].astype(numpy.float32)
        return rows * numpy.float32(factor) / numpy.float32(divisor), numpy.load(labels, mmap_mode="r")[begin:end]

    return load


def connected(options):
    """A client of the cluster that runs, or of one that lives as long as the client does."""
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("this takes Dask: python -m pip install distributed") from None
    if options.scheduler:
        return Client(options.scheduler)
    return Client(n_workers=options.workers, threads_per_worker=1, dashboard_address=":0")


def main(arguments=None):
    options = parse_arguments(arguments)
    model = libablate.load(options.model)
    data, labels = np.load(options.data, mmap_mode="r"), np.load(options.labels, mmap_mode="r")
    if len(data) != len(labels):
        raise ValueError(f"{options.data} has {len(data)} rows, {options.labels} has {len(labels)} labels")
    tell_of_scale(data, options.scale)
    metrics = ["confusion", "log_loss"] if options.log_loss else ["confusion"]
    files = [str(Path(name).resolve()) for name in (options.data, options.labels)]
    load = loader(*files, *options.scale)
    with connected(options) as client:
        start = time.perf_counter()
        result = libablate.distributed.sweep(
            client,
            model,
            load,
            rows=len(data),
            layers=chosen_layers(options.layers, model),
            metrics=metrics,
            rows_per_task=options.rows_per_task,
            items_per_task=options.items_per_task,
        )
        print(f"{time.perf_counter() - start:.3f} s on {len(client.nthreads())} workers", file=sys.stderr)
    print(result)


if __name__ == "__main__":
    run(main)
