"""What travels to the workers, and what they do with it: a task counts a share of the items over some rows."""

from __future__ import annotations

import pickle
import threading
import zlib
from collections.abc import Sequence
from typing import Any

from .._library import __version__, isa
from .._sweep import Sweep
from ..ablation import Ablation
from ..model import Model
from ..replacement import Reference, Replacement
from .counts import state
from .rows import Loader, Stored, read
from .shares import Share


class Work:
    """A sweep without its rows. Each process makes model and reference of it once, and forgets them with it."""

    def __init__(
        self, model: Model, shares: list[Share], replacement: Replacement, reference: Any, options: dict[str, Any]
    ) -> None:
        self.shares = shares
        # Made into a model again after a look at where: see `differs`.
        self._pickled = pickle.dumps(model)
        self._replacement, self._rows, self._options = replacement, reference, options
        self._machine = here()
        self._lock = threading.Lock()
        self._model: Model | None = model
        self._reference: Reference | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_lock": None, "_model": None, "_reference": None}

    def __setstate__(self, found: dict[str, Any]) -> None:
        self.__dict__.update(found)
        self._lock = threading.Lock()

    def sweep(
        self, share: Share, first_row: int, threads: int | None, masks: Sequence[Ablation] | None = None
    ) -> Sweep:
        """A sweep of a share of the items over no rows yet; its masks are made unless they are given."""
        model, reference = self._prepared()
        if masks is None:
            masks = [self._ablation(model, mask, reference) for mask in share.masks]
        replacing: dict[str, Any] = {}
        if share.kind != "masks":
            replacing = {"replacement": self._replacement, "reference": reference}
        return Sweep(
            model, share.kind, layers=share.layers, order=share.order, masks=masks, first_row=first_row,
            threads=threads, progress=False, **replacing, **self._options,
        )  # fmt: skip

    def _ablation(self, model: Model, mask: dict[str, Any], reference: Reference | None) -> Ablation:
        return model.ablate(**{"replacement": self._replacement, "reference": reference, **mask})

    def _prepared(self) -> tuple[Model, Reference | None]:
        with self._lock:
            if self._model is None:
                complaint = differs(self._machine, here())
                if complaint:
                    raise RuntimeError(f"this worker {complaint}")
                self._model = pickle.loads(self._pickled)
            if self._reference is None and self._rows is not None:
                rows = self._rows.all() if isinstance(self._rows, Stored) else self._rows
                self._reference = Reference(self._model, rows, keep_rows=self._replacement.kind == "resample")
            return self._model, self._reference


def here() -> tuple[str, str]:
    """The version of the library in this process, and the instruction set that it uses."""
    return __version__, isa()


def differs(wanted: tuple[str, str], found: tuple[str, str]) -> str | None:
    """Why a process cannot count for another, if it cannot."""
    if found[0] != wanted[0]:
        return f"has libablate {found[0]}, and the client {wanted[0]}: install the same"
    if (found[1] == "baseline") != (wanted[1] == "baseline"):
        return (
            f"computes with {found[1]}, and the client with {wanted[1]}, which round differently: "
            "set ABLATE_ISA=baseline for all"
        )
    return None


def same(value: Any) -> Any:
    """A task that keeps something on the cluster."""
    return value


def count(work: Work, share: int, X: Any, y: Any, begin: int, first_row: int, threads: int) -> bytes:
    """A task: the counts of a share over the rows from `begin` on, compressed."""
    sweep = work.sweep(work.shares[share], first_row + begin, threads)
    try:
        if isinstance(X, Loader):
            X, y = X.load()
        sweep.feed(read(X), y)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"in the task of the rows from {begin} on: {error}") from error
    return zlib.compress(state(sweep), 1)
