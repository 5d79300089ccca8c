"""Feeding rows, all at once or in batches, in blocks that can be cancelled."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path
from typing import Any

from . import _declarations as c
from ._arrays import block, pointer, rows, rows_at_a_time
from ._batches import batches
from ._handles import Handle
from ._progress import Watch
from .errors import check
from .model import Model

# The first rows of an array are as many. The next are twice as many as long as they take less than a part of a second,
# and half as many where they take more than a second: whoever interrupts the work loses no more than that.
FIRST_ROWS = 1024
SHORT, LONG = 0.25, 1.0


class Feeding(Handle):
    """What rows of a model are fed to."""

    _watch: Watch
    # What tells shards apart: the one that was fed here, or the file that was loaded, and those that were merged.
    _shards: set[object] | None = None

    def _feed(self, X: Any, y: Any, model: Model, are_batches: bool) -> None:
        if are_batches:
            with self._watch.work(None):
                for part, labels, of in batches(X):
                    self._feed_rows(part, labels, of)
        else:
            x = rows(X, model)
            with self._watch.work(len(x)):
                self._feed_rows(x, y)

    def _feed_rows(self, X: Any, y: Any, of: str = "") -> None:
        """Looks at rows and labels, whose names errors put `of` behind, and feeds blocks of them."""
        raise NotImplementedError

    def _feed_blocks(self, function: Any, x: Any, answers: Any) -> None:
        most = rows_at_a_time(x)
        begin, count = 0, min(FIRST_ROWS, most)
        while True:
            some = block(x, begin, count)
            part = None if answers is None else answers[begin : begin + len(some)]
            start = time.monotonic()
            with self._watch.part(len(some)):
                status = function(self._handle, pointer(some), len(some), pointer(part))
            if status == c.CANCELLED:
                self._renew()
            self._watch.raise_kept()
            check(status)
            begin += len(some)
            if begin >= len(x):
                return
            took = time.monotonic() - start
            count = min(2 * count, most) if took < SHORT else max(1, count // 2) if took > LONG else count

    def _merge(self, function: Any, other: Any) -> None:
        """Adds the counts of another object; warns of one, or of a file of one, whose counts are in already."""
        check(function(self._handle, self._another(other)))
        own, new = self._known_shards(), other._known_shards()
        if own & new:
            what = type(self).__name__
            warnings.warn(f"this {what} has these counts already: rows that are merged twice count twice", stacklevel=3)
        own |= new

    def _known_shards(self) -> set[object]:
        if self._shards is None:
            self._shards = {object()}
        return self._shards

    def _renew(self) -> None:
        """After a cancelled feed, after which the handle takes no more rows."""


def saved(path: str | bytes | os.PathLike[str]) -> tuple[Any, ...]:
    """What tells a file from others, and from what it was before it was written anew."""
    file = Path(os.fsdecode(path)).resolve()
    found = file.stat()
    return file, found.st_mtime_ns, found.st_size
