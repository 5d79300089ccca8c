"""Times whole sweeps of this library, the intact forward pass included, against what people run today.

Rounds are interleaved: in each, every contender runs once untimed, then for a few milliseconds. Times are medians over
the rounds; the ratio is the median of the rounds' own ratios, peer to ours, so above 1 this library is faster. A peer
that takes seconds runs once, over a sample of the items where it says so. No time is shown before the correct counts
agree: float64 decides for a sample of the items, and wherever a peer and this library differ.
"""

import importlib
import statistics
import sys
import time
from dataclasses import dataclass, field

import networks
import numpy as np
from rounds import PAUSE
from sweep_tasks import TASKS, bounds, sample
from workers import Worker

# Module, class. The first five are this library and what it is measured against beside peers.
CONTENDERS = [
    ("sweep_contenders", "Ablate"),
    ("sweep_contenders", "IntactPass"),
    ("sweep_contenders", "SecondFeed"),
    ("sweep_contenders", "Reading"),
    ("sweep_contenders", "ReadingAfterRows"),
    ("sweep_contenders", "ScikitLearn"),
    ("sweep_contenders", "ONNXRuntime"),
    ("torch_contenders", "ForwardHook"),
    ("torch_contenders", "Captum"),
    ("torch_contenders", "VMap"),
    ("numpy_contenders", "ZeroColumn"),
    ("numpy_contenders", "RankOne"),
    ("certificate_contender", "Certificate"),
    ("jax_contender", "JAX"),
]
ROUNDS = 7
# A run of more seconds is not repeated.
SLOW = 2
# Items whose counts float64 checks, however they compare: so many at random, and so many with the most unusual counts.
CHECKED = 60
UNUSUAL = 20


@dataclass
class Entry:
    """A contender in one comparison; times in seconds per whole sweep, one per round."""

    kind: type
    worker: Worker
    picked: np.ndarray
    count: int
    counts: np.ndarray | None = None
    differing: int = 0
    times: list = field(default_factory=list)
    stages: list = field(default_factory=list)

    @property
    def name(self):
        timed = len(self.picked)
        return self.kind.name if timed == self.count else f"{self.kind.name} ({timed} of {self.count} items, scaled)"

    def turn(self, seconds):
        once, each, self.counts = self.worker.ask("run", self.picked, seconds)
        each *= self.count / len(self.picked)
        self.times.append(once + each)
        self.stages.append(each)


class Comparison:
    """One task, one thread count."""

    def __init__(self, task, network, options):
        self.task, self.network, self.options = task, network, options
        self.items = task.items(network)
        self.limits = {}

    def limit(self, picked):
        """The bounds of float64 for these items, computed once."""
        new = [index for index in picked if index not in self.limits]
        for index, *pair in zip(new, *bounds(self.task, self.network, self.items, new)):
            self.limits[index] = pair
        return np.array([self.limits[index] for index in picked]).reshape(-1, 2).T

    def check(self, name, picked, counts, ours):
        """How many counts differ from ours. Stops if float64 contradicts one."""
        differing = picked[counts != ours[picked]]
        unusual = picked[np.argsort(-np.abs(counts - np.median(counts)), kind="stable")[:UNUSUAL]]
        random = np.intersect1d(picked, sample(len(self.items), CHECKED))
        judged = np.unique(np.concatenate([random, unusual, differing[:CHECKED]]))
        least, largest = self.limit(judged)
        for who, found in ((name, counts[np.searchsorted(picked, judged)]), ("ablate", ours[judged])):
            wrong = judged[(found < least) | (found > largest)]
            if len(wrong):
                sys.exit(f"{self.task.name}: {who} contradicts float64 in {len(wrong)} items, the first {wrong[0]}")
        return len(differing)

    def check_all(self, entries):
        ours = entries[0].counts
        self.check("ablate", entries[0].picked, ours, ours)
        if self.task.kind == "units" and self.network.stored:
            stored = np.concatenate([self.network.stored[layer] for layer in self.task.layers])
            self.check("the stored count", entries[0].picked, stored, ours)
        for entry in entries:
            if entry.counts is not None:
                entry.differing = self.check(entry.name, entry.picked, entry.counts, ours)

    def measure(self, entries):
        """Every contender once, to compare; then rounds of those that are not slow."""
        for entry in entries:
            entry.turn(0)
        self.check_all(entries)
        repeated = [entry for entry in entries if entry.times[0] * len(entry.picked) / entry.count < SLOW]
        for entry in repeated:
            entry.times, entry.stages = [], []
        for _ in range(self.options.rounds or ROUNDS):
            for entry in repeated:
                time.sleep(PAUSE)
                entry.turn(self.options.milliseconds / 1000)


def ratio(ours, theirs):
    """None if ours are too short to be told from noise."""
    if min(ours) <= 0:
        return None
    if len(ours) == 1:
        return statistics.median(theirs) / ours[0]
    if len(theirs) < len(ours):
        theirs = [statistics.median(theirs)] * len(ours)
    return statistics.median(b / a for a, b in zip(ours, theirs))


def rows_of(entries, task, threads):
    """The rows of the table: the whole call against all, then the sweep stage against what compares with it.

    The stage is a further feed to the same sweep less an intact pass, both with memory they have had before. They are
    timed apart, so noise may hide it.
    """
    sweep, intact, again, reading, reading_after_rows, *peers = entries
    stage = [max(statistics.median(a - b for a, b in zip(again.times, intact.times)), 0)]

    def row(name, ours, entry, theirs):
        return {
            "name": name,
            "threads": threads,
            "ours_ms": statistics.median(ours) * 1000,
            "peer": entry.name,
            "peer_ms": statistics.median(theirs) * 1000,
            "ratio": ratio(ours, theirs),
            "differing": entry.differing,
        }

    rows = [row(task.name, sweep.times, entry, entry.times) for entry in (intact, *peers)]
    name = f"{task.name}, sweep stage alone"
    rows += [row(name, stage, entry, entry.times) for entry in (reading, reading_after_rows)]
    return rows + [row(name, stage, entry, entry.stages) for entry in peers if entry.kind.has_stage]


class Bench:
    """The processes of one thread count, and what of it could not be had."""

    def __init__(self, threads, options):
        self.threads, self.options = threads, options
        self.workers, self.missing = {}, set()

    def entries(self, task, known):
        found = []
        for module, name in CONTENDERS:
            kind = getattr(importlib.import_module(module), name)
            if task.kind not in kind.kinds or kind.name in self.missing or self.is_left_out(kind):
                continue
            if name not in self.workers:
                self.workers[name] = Worker(module, name, self.threads)
            try:
                self.workers[name].ask("make", task, known)
            except RuntimeError as error:
                if not kind.optional:
                    raise
                self.missing.add(kind.name)
                print(f"left out: {kind.name}: {error}", flush=True)
                continue
            count = len(task.items(known[task.network]))
            most = None if self.options.whole else kind.most
            found.append(Entry(kind, self.workers[name], sample(count, most), count))
        return found

    def is_left_out(self, kind):
        return kind.optional and self.options.peers.lower() not in kind.name.lower()

    def stop(self):
        for worker in self.workers.values():
            worker.stop()


def show(row):
    shown = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
    times = f"{row['ours_ms']:10.3f} {row['peer_ms']:12.3f} {shown:>10} {row['differing']:6}"
    print(f"{row['name']:52} {row['threads']:7} {times}  {row['peer']}", flush=True)


def measure_all(options):
    """Rows of the table; prints each as it comes."""
    tasks = [task for task in TASKS if options.only in task.name]
    if not tasks:
        return []
    source, known = networks.load()
    print(f"\nsweeps of {len(known[tasks[0].network].x)} rows; data: {source}")
    print(f"{'sweep':52} {'threads':>7} {'ours ms':>10} {'peer ms':>12} {'ratio':>10} {'differ':>6}  peer")
    rows = []
    for threads in options.threads:
        bench = Bench(threads, options)
        for task in tasks:
            comparison, entries = Comparison(task, known[task.network], options), bench.entries(task, known)
            comparison.measure(entries)
            for row in rows_of(entries, task, threads):
                rows.append(row)
                show(row)
        bench.stop()
    return rows
