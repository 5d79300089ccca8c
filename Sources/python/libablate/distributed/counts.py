"""The counts of a sweep as bytes, and those of shares of the items joined into those of all."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .._sweep import Sweep
from ..errors import AblateError, UnsupportedError

Words = npt.NDArray[np.uint64]

# A saved sweep as Sources/AblateSweep/Sweep+File.swift and Tally+Words.swift write it: words of 64 bits, least
# significant byte first. A header; rows, right rows, and two figures of the cost; the intact confusion matrix and sums;
# of each item three counts; of each item its sums; of each its confusion matrix; of each how many changed rows there
# are; of each the rows; a checksum.
WORD = np.dtype("<u8")
VERSION = 1
HEADER = 6
INTACT = 4
COST = slice(2, 4)
SUM = 9
FLIPS = 3
# Words that are Python's numbers at a time.
BLOCK = 1 << 16


def state(sweep: Sweep, words: int | None = None) -> bytes:
    """The counts, as `Sweep.save` writes them; with `words`, so many of the first."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts"
        sweep.save(path)
        with path.open("rb") as file:
            return file.read(-1 if words is None else words * WORD.itemsize)


def restore(sweep: Sweep, data: bytes) -> Sweep:
    """Replaces the counts of a sweep by those of another with the same plan."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts"
        path.write_bytes(data)
        return sweep.load(path)


def expect_joinable(sweep: Sweep, parts: Sequence[Sweep]) -> None:
    """Raises an UnsupportedError unless the library takes what `join` makes of shares: better known before the work.

    All of these are sweeps over no rows yet, and stay so.
    """
    version = int(np.frombuffer(state(sweep, HEADER), WORD)[1])
    advice = "leave items_per_task out"
    if version != VERSION:
        raise UnsupportedError(f"the library saves counts of version {version}, not {VERSION}, to be joined: {advice}")
    try:
        join(sweep, parts)
    except (AblateError, RuntimeError) as error:
        raise UnsupportedError(f"the library saves counts in another way than is joined: {advice} ({error})") from error


def join(sweep: Sweep, parts: Sequence[Sweep]) -> Sweep:
    """Gives a sweep the counts of its shares, which are of the same rows and have its items in its order."""
    header = np.frombuffer(state(sweep, HEADER), WORD)
    counts = [Counts(part) for part in parts]
    first = counts[0].intact.copy()
    for other in counts[1:]:
        alike = np.delete(other.intact, COST) == np.delete(first, COST)
        if not alike.all():
            raise RuntimeError("shares of the items were counted over different rows")
        first[COST] += other.intact[COST]
    blocks = zip(*(count.blocks for count in counts))
    words = np.concatenate([header, first, *(block for group in blocks for block in group)])
    return restore(sweep, np.append(words, np.uint64(checksum(words))).astype(WORD).tobytes())


class Counts:
    """A saved sweep taken apart: what is of the intact model, and blocks that are each [items, ...]."""

    def __init__(self, sweep: Sweep) -> None:
        words: Words = np.frombuffer(state(sweep), WORD)[HEADER:-1]
        items, cells = len(sweep), sweep._class_count**2
        sizes = [cells] if "confusion" in sweep.metrics else []
        sizes += [2 * sweep._class_count] if "one_vs_rest" in sweep.metrics else []
        sizes += [1, sweep._changed_row_limit] if "changed_rows" in sweep.metrics else []
        sums, left = divmod(len(words) - INTACT - cells - items * (FLIPS + sum(sizes)), SUM * (items + 1))
        if left:
            raise RuntimeError(f"the counts of {items} items are not {len(words)} words")
        sizes = [FLIPS, SUM * sums, *sizes]
        begin = INTACT + cells + SUM * sums
        self.intact = words[:begin]
        self.blocks = np.split(words[begin:], np.cumsum([items * size for size in sizes])[:-1])


def checksum(words: Words) -> int:
    """FNV-1a over words, as in Sources/AblateSweep/Fingerprint.swift."""
    value = 0xCBF29CE484222325
    # Each step takes what all before made: there is nothing to do for many words at once.
    for begin in range(0, len(words), BLOCK):
        for word in words[begin : begin + BLOCK].tolist():
            value = ((value ^ word) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
            value ^= value >> 32
    return value
