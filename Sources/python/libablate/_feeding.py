"""Feeding rows, all at once or in batches, in blocks that can be cancelled."""

from __future__ import annotations

from typing import Any

from . import _declarations as c
from ._arrays import blocks, pointer, rows
from ._batches import batches
from ._handles import Handle
from ._progress import Watch
from .errors import check
from .model import Model


class Feeding(Handle):
    """What rows of a model are fed to."""

    _watch: Watch

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
        for begin, block in blocks(x):
            part = None if answers is None else answers[begin : begin + len(block)]
            with self._watch.part(len(block)):
                status = function(self._handle, pointer(block), len(block), pointer(part))
            if status == c.CANCELLED:
                self._renew()
            self._watch.raise_kept()
            check(status)

    def _renew(self) -> None:
        """After a cancelled feed, after which the handle takes no more rows."""
