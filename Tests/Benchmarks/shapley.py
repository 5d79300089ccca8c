"""Times permutations of Shapley values against an intact forward pass over the same rows.

A permutation is a walk: as many masked runs over all rows as there are units. Its masked runs, one by one, would take
about `units` times the intact pass.
"""

import ctypes
import statistics
import time
from ctypes import byref, c_size_t, c_void_p

import networks
import numpy as np
from sweep_contenders import Ablate, pointer
from sweep_tasks import Task

import libablate._declarations as c

ROUNDS = 7
# Name, network, layer, permutations that are timed together, options.
CASES = [
    ("NN_392, Shapley permutation of 392 units", "NN_392", 0, 6, {}),
    ("NN_392, the same with truncation at 2 points", "NN_392", 0, 6, {"tolerance": 0.02}),
    ("NN_392, the same over 128 drawn rows", "NN_392", 0, 200, {"sample_rows": 128}),
    ("NN_392, the same for P(label)", "NN_392", 0, 2, {"measure": c.SHAPLEY_MEASURES["label_probability"]}),
    ("NN_392_196, Shapley permutation of layer 0", "NN_392_196", 0, 2, {}),
    ("NN_392_196, Shapley permutation of layer 1", "NN_392_196", 1, 6, {}),
]


class Walks(Ablate):
    """An estimate of Shapley values, and a session for the pass it is compared with."""

    def start(self, layer, how):
        options = c.ShapleyOptions(threads=self.threads, layers=(c_size_t * 1)(layer), layer_count=1, **how)
        self.shapley, self.session = c_void_p(), c_void_p()
        self.check(self.library.ablate_shapley_create(self.model, byref(options), *self.rows, byref(self.shapley)))
        self.check(self.library.ablate_session_create(self.model, self.threads, byref(self.session)))
        self.predictions = np.empty(len(self.network.x), np.int32)

    def walk(self, count):
        """Seconds per permutation."""
        begin = time.perf_counter()
        self.check(self.library.ablate_shapley_run(self.shapley, count))
        return (time.perf_counter() - begin) / count

    def intact_pass(self):
        begin = time.perf_counter()
        out = pointer(self.predictions, ctypes.c_int32)
        self.check(self.library.ablate_predict(self.session, None, *self.rows[:2], out))
        return time.perf_counter() - begin

    def free(self):
        self.library.ablate_shapley_free(self.shapley)
        self.library.ablate_session_free(self.session)


def measure(case, network, threads, rounds):
    name, _, layer, count, how = case
    task = Task(name, network.name, "units", (layer,))
    walks = Walks(task, network, task.items(network), threads)
    walks.start(layer, how)
    walks.walk(1)
    walks.intact_pass()
    times = [(walks.walk(count), walks.intact_pass()) for _ in range(rounds)]
    walks.free()
    ours, theirs = (statistics.median(column) for column in zip(*times))
    return {
        "name": name,
        "threads": threads,
        "ours_ms": ours * 1000,
        "peer": "intact forward pass",
        "peer_ms": theirs * 1000,
        "ratio": statistics.median(intact / walk for walk, intact in times),
    }


def measure_all(options):
    """Rows of the table; prints each as it comes. The figure to read is how many intact passes a permutation takes."""
    cases = [case for case in CASES if options.only in case[0]]
    if not cases:
        return []
    source, known = networks.load()
    print(f"\nShapley values over {networks.ROWS} rows; data: {source}")
    print(f"{'permutation':52} {'threads':>7} {'ours ms':>10} {'intact ms':>10} {'passes':>7}")
    rows = []
    for threads in options.threads:
        for case in cases:
            row = measure(case, known[case[1]], threads, options.rounds or ROUNDS)
            rows.append(row)
            passes = 1 / row["ratio"]
            print(
                f"{row['name']:52} {threads:7} {row['ours_ms']:10.3f} {row['peer_ms']:10.3f} {passes:7.2f}", flush=True
            )
    return rows
