"""Loads saved sweeps whose content was changed under a right checksum: whatever they count, no call on them crashes.

Every other file is left with a wrong checksum, or cut: it must be refused.

    python Tests/Fuzz/fuzz_sweep.py [--seed N] [--start N] [--count N]

Changes follow from the seed and the number of the round, so a crash can be repeated with --seed and --start. The round
is written to standard error before it is loaded. The library is found as in Tests/Python.
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))

import ctypes
import struct
from ctypes import byref

import numpy as np

import host
import libablate._declarations as c
import oracle
from host import library

GENERATOR = np.random.default_rng(5)
ROWS = 12
NUMBERS = [0, 1, 2, ROWS, 2**31, 2**32, 2**53, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - ROWS, 2**64 - 1]
REFUSALS = {c.INVALID_ARGUMENT, c.MALFORMED, c.UNSUPPORTED}
WORDS_OF_HEADER = 6


def checksum(words):
    value = 0xCBF29CE484222325
    for word in words:
        value = (value ^ word) * 0x100000001B3 % 2**64
        value ^= value >> 32
    return value


def forge(data, generator):
    """Other counts, and what tells the file from a damaged one."""
    words = list(struct.unpack(f"<{len(data) // 8}Q", data))
    for _ in range(generator.randint(1, 12)):
        # Now and then rows and their number, else counts.
        first = 3 if generator.randrange(8) == 0 else WORDS_OF_HEADER
        place = generator.randrange(first, len(words) - 1)
        length = generator.choice([1, 1, 4, len(words)])
        for word in range(place, min(place + length, len(words) - 1)):
            if word != WORDS_OF_HEADER - 1:
                words[word] = generator.choice([generator.choice(NUMBERS), generator.getrandbits(64)])
    words[-1] = checksum(words[:-1])
    return struct.pack(f"<{len(words)}Q", *words)


def damage(data, generator):
    place = generator.randrange(len(data))
    if generator.randrange(2):
        return data[:place]
    return data[:place] + bytes([data[place] ^ 1 << generator.randrange(8)]) + data[place + 1 :]


def plans():
    """Sweeps of each kind, and of each set of metrics, with the rows that they take."""
    x = host.floats(GENERATOR.normal(size=(ROWS, 4)))
    labels = GENERATOR.integers(0, 3, ROWS)
    classifier = host.Model.build(oracle.network(np.random.default_rng(1), (4, 5, 3)), head="softmax")
    regression = host.Model.build(oracle.network(np.random.default_rng(2), (4, 5, 2)), head="regression")
    targets = host.floats(GENERATOR.normal(size=(ROWS, 2)))
    masks = [host.Mask(classifier, [(0, 1)]), host.Mask(classifier, [(0, 2), (0, 3)])]
    made = []
    for metrics in [("confusion",), tuple(c.METRICS), ("changed_rows", "log_loss"), ()]:
        for how in [
            {},
            {"of": "synapses", "layers": [1]},
            {"of": "pairs", "layers": [0]},
            {"of": "cumulative", "order": [(0, 2), (0, 0)]},
            {"of": "masks", "masks": masks},
        ]:

            def make(metrics=metrics, how=how):
                return host.Sweep(classifier, metrics=metrics, **how)

            made.append((make, lambda sweep: sweep.feed(x, labels)))
    made.append((lambda: host.Sweep(regression, metrics=()), lambda sweep: sweep.feed_targets(x, targets)))
    return made


def use(sweep, other, feed, path):
    """All there is to do with a sweep. Any status will do."""
    size = len(sweep)
    classes = sweep.model.info.class_count
    result, cost = c.SweepResult(), c.SweepCost()
    library.ablate_sweep_read_intact(sweep.address, byref(result))
    library.ablate_sweep_read_cost(sweep.address, byref(cost))
    matrices = (ctypes.c_int64 * (4 * classes))()
    matrix, doubles = (ctypes.c_int64 * classes**2)(), (ctypes.c_double * max(size, classes**2))()
    rows, count = (ctypes.c_int64 * 16)(), ctypes.c_size_t()
    library.ablate_sweep_confusion_intact(sweep.address, matrix, classes**2)
    library.ablate_sweep_class_probabilities_intact(sweep.address, doubles, classes**2)
    for index in range(size):
        library.ablate_sweep_read(sweep.address, index, byref(result))
        library.ablate_sweep_one_vs_rest(sweep.address, index, matrices, 4 * classes)
        library.ablate_sweep_confusion(sweep.address, index, matrix, classes**2)
        library.ablate_sweep_class_probabilities(sweep.address, index, doubles, classes**2)
        library.ablate_sweep_changed_rows(sweep.address, index, rows, 16, byref(count))
    library.ablate_sweep_effects(sweep.address, doubles, size)
    library.ablate_sweep_strongest(sweep.address, (ctypes.c_size_t * size)(), size)
    judgements = (c.Judgement * size)()
    judgements[0].size = ctypes.sizeof(c.Judgement)
    options = c.JudgeOptions(level=0.05, essential_loss=0.1)
    for testable in (0, 1):
        options.testable_only = testable
        library.ablate_sweep_judge(sweep.address, byref(options), judgements, size)
    for pair in [(sweep, other), (other, sweep)]:
        for choice in c.CHOICES.values():
            library.ablate_sweep_judge_selected(
                pair[0].address, pair[1].address, choice, byref(options), judgements, min(2, size)
            )
    try:
        feed(sweep)
        feed(sweep)
    except host.Failure:
        pass
    library.ablate_sweep_merge(other.address, sweep.address)
    library.ablate_sweep_merge(sweep.address, other.address)
    library.ablate_sweep_merge(other.address, sweep.address)
    host.check(library.ablate_sweep_save(sweep.address, path))
    host.check(library.ablate_sweep_load(other.address, path))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="the first round")
    parser.add_argument("--count", type=int, default=1000, help="how many rounds")
    options = parser.parse_args()
    made = plans()
    loaded = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.fsencode(Path(folder) / "sweep")
        for number in range(options.start, options.start + options.count):
            print(f"\r{number}", end="", file=sys.stderr)
            generator = random.Random(options.seed << 32 | number)
            make, feed = generator.choice(made)
            sweep, other = make(), make()
            feed(other)
            host.check(library.ablate_sweep_save(other.address, path))
            is_forged = generator.randrange(2) == 0
            data = (forge if is_forged else damage)(Path(os.fsdecode(path)).read_bytes(), generator)
            Path(os.fsdecode(path)).write_bytes(data)
            status = library.ablate_sweep_load(sweep.address, path)
            if status not in REFUSALS | {c.OK} or (status == c.OK and not is_forged):
                sys.exit(f"\nround {number}: a {'forged' if is_forged else 'damaged'} file gave {status}")
            loaded += status == c.OK
            use(sweep, other, feed, path)
    print(f"\n{loaded} of {options.count} files were taken", file=sys.stderr)


if __name__ == "__main__":
    main()
