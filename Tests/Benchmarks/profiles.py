"""Times profiles of this library against its own intact forward pass over the same rows.

Both take turns in one process, each with memory it has had before. The ratio is the median of the rounds' own, intact
pass to profile: a third means that the profile takes three times as long.
"""

import statistics
import time
from ctypes import byref, c_double, c_void_p

import networks
import numpy as np
from sweep_contenders import IntactPass, c, pointer
from sweep_tasks import Task

ROUNDS = 15
# What is asked for, on top of moments and weight norms.
PROFILES = {
    "moments": (),
    "moments, information": ("class_means", "information"),
    "moments, Gram matrix": ("gram",),
    "all measures": ("class_means", "information", "histogram", "top_rows", "gram", "taylor"),
}


class Profile(IntactPass):
    """A profile that is fed the same rows again and again."""

    def __init__(self, measures, *arguments):
        self.measures = measures
        super().__init__(*arguments)

    def set_up(self):
        super().set_up()
        self.profile = c_void_p()
        options = c.ProfileOptions(threads=self.threads, histogram_high=20)
        for measure in self.measures:
            options.measures |= c.PROFILES[measure]
        self.check(self.library.ablate_profile_create(self.model, byref(options), byref(self.profile)))

    def feed(self):
        self.check(self.library.ablate_profile_feed(self.profile, *self.rows))

    def run_intact(self):
        x, count, _ = self.rows
        self.check(self.library.ablate_run(self.session, None, x, count, c.OUTPUTS["scores"], pointer(self.out)))

    def check_means(self):
        """No time is shown before the means of the first layer are those of float64."""
        found = np.empty(self.network.widths[1])
        values = pointer(found, c_double)
        self.check(self.library.ablate_profile_measure(self.profile, c.MEASURES["mean"], 0, values, found.size))
        x, w, b = self.network.x, self.network.weights[0], self.network.biases[0]
        expected = np.maximum(x.astype(np.float64) @ w + b, 0).mean(axis=0)
        if not np.abs(found - expected).max() < 1e-4:
            raise RuntimeError("the means contradict float64")

    def close(self):
        self.library.ablate_profile_free(self.profile)
        super().close()


def seconds(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def compare(name, measures, network, threads, rounds):
    task = Task(name, "NN_392", "units", (0,))
    profile = Profile(measures, task, network, task.items(network), threads)
    profile.feed()
    profile.check_means()
    profile.run_intact()
    times = [(seconds(profile.feed), seconds(profile.run_intact)) for _ in range(rounds)]
    profile.close()
    return {
        "name": f"NN_392, profile: {name}",
        "threads": threads,
        "ours_ms": statistics.median(ours for ours, _ in times) * 1000,
        "peer": IntactPass.name,
        "peer_ms": statistics.median(intact for _, intact in times) * 1000,
        "ratio": statistics.median(intact / ours for ours, intact in times),
    }


def measure_all(options):
    """Rows of the table; prints each as it comes."""
    chosen = {name: measures for name, measures in PROFILES.items() if options.only in f"NN_392, profile: {name}"}
    if not chosen:
        return []
    source, known = networks.load()
    print(f"\n{'profile of ' + str(len(known['NN_392'].x)) + ' rows; data: ' + source:52} {'threads':>7}", end="")
    print(f" {'ours ms':>10} {'peer ms':>12} {'ratio':>10}  peer")
    rows = []
    for threads in options.threads:
        for name, measures in chosen.items():
            row = compare(name, measures, known["NN_392"], threads, options.rounds or ROUNDS)
            rows.append(row)
            times = f"{row['ours_ms']:10.3f} {row['peer_ms']:12.3f} {row['ratio']:10.2f}"
            print(f"{row['name']:52} {threads:7} {times}  {row['peer']}", flush=True)
    return rows
