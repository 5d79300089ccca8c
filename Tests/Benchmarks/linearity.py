"""How the time and memory of a unit sweep grow with rows, units, depth and classes, on random networks.

Every point is a process of its own, for its peak of memory. Rows are made and fed in batches, so memory should be flat
in them; only making and feeding the sweep is timed.
"""

import argparse
import json
import subprocess
import sys
import time
from ctypes import byref, c_void_p
from pathlib import Path

import numpy as np
from networks import random_network
from sweep_contenders import Ablate
from sweep_tasks import Task

# What a panel varies, its values, and what the others are meanwhile.
SERIES = {
    "rows": [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000],
    "units": [32, 64, 128, 256, 512, 1024, 2048, 4096],
    "depth": [1, 2, 3, 4, 5, 6],
    "classes": [2, 10, 30, 100, 300, 1000],
}
USUAL = {"rows": 10_000, "units": 128, "depth": 1, "classes": 10}
INPUTS = 64
BATCH = 1000
REPEATS = 5


class Fed(Ablate):
    """A sweep over all hidden layers, fed batch by batch."""

    def run(self, rows):
        """Seconds."""
        random, sweep = np.random.default_rng(1), c_void_p()
        begin = time.perf_counter()
        self.check(self.library.ablate_sweep_create(self.model, byref(self.options), byref(sweep)))
        seconds = time.perf_counter() - begin
        x = self.network.x
        for start in range(0, rows, BATCH):
            x[:] = random.standard_normal(x.shape, np.float32)
            begin = time.perf_counter()
            status = self.library.ablate_sweep_feed(sweep, self.rows[0], min(BATCH, rows - start), self.rows[2])
            seconds += time.perf_counter() - begin
            self.check(status)
        self.library.ablate_sweep_free(sweep)
        return seconds


def point(sizes, threads):
    """Of this process: the least seconds of a few sweeps if they are short, and its peak of memory in bytes."""
    hidden = [sizes["units"]] * sizes["depth"]
    network = random_network([INPUTS, *hidden, sizes["classes"]], BATCH)
    task = Task("", "", "units", tuple(range(sizes["depth"])))
    fed = Fed(task, network, task.items(network), threads)
    times = [fed.run(sizes["rows"])]
    while len(times) < REPEATS and sum(times) < 1:
        times.append(fed.run(sizes["rows"]))
    fed.close()
    return min(times), peak_memory()


def peak_memory():
    """In bytes. Of this program alone: getrusage would count what the one that started it had."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def measure(threads):
    """Rows of the table; prints each as it comes."""
    print(f"\n{'sweep of all units of a random network':52} {'threads':>7} {'ours ms':>10} {'peak MB':>12}")
    rows = []
    for what, values in SERIES.items():
        for value in values:
            sizes = USUAL | {what: value}
            command = [sys.executable, __file__, json.dumps(sizes), str(threads)]
            out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            seconds, peak = json.loads(out)
            row = {"name": f"linearity, {value} {what}", "threads": threads, "ours_ms": seconds * 1000}
            row |= {"peer": None, "peer_ms": None, "ratio": None, "peak_bytes": peak, "series": what, "value": value}
            rows.append(row)
            print(f"{row['name']:52} {threads:7} {row['ours_ms']:10.3f} {peak / 1e6:12.1f}", flush=True)
    return rows


def plot(rows, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
    for axis, what in zip(axes.flat, SERIES):
        own = [row for row in rows if row["series"] == what]
        values, times = [row["value"] for row in own], [row["ours_ms"] for row in own]
        axis.loglog(values, times, marker="o", color="tab:blue", label="time, ms")
        line = [times[-1] * value / values[-1] for value in values]
        axis.loglog(values, line, color="grey", linestyle=":", label=f"in proportion to {what}")
        fixed = ", ".join(f"{name} {size:,}" for name, size in USUAL.items() if name != what)
        axis.set(xlabel=what, ylabel="time, ms", title=fixed)
        if what == "depth":
            axis.set_xscale("linear")
        axis.grid(alpha=0.3)
        memory = axis.twinx()
        peaks = [row["peak_bytes"] / 1e6 for row in own]
        memory.plot(values, peaks, marker="s", color="tab:orange", label="peak memory of the process, MB")
        memory.set(ylabel="MB", ylim=(0, 1.3 * max(peaks)))
        handles = [entry for one in (axis, memory) for entry in one.get_legend_handles_labels()[0]]
        axis.legend(handles, [handle.get_label() for handle in handles], loc="upper left", fontsize=8)
    figure.suptitle(f"Sweep of all hidden units, {rows[0]['threads']} thread(s), {INPUTS} inputs, random networks")
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One point, in JSON: seconds and bytes.")
    parser.add_argument("sizes", type=json.loads)
    parser.add_argument("threads", type=int)
    arguments = parser.parse_args()
    print(json.dumps(point(arguments.sizes, arguments.threads)))
