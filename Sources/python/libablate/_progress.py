"""What happens while the library works: progress bars, callbacks and Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Union

from . import _declarations as c
from ._brief import brief
from ._numbers import is_truth
from .errors import CancelledError

# True shows a bar (if tqdm is installed) on what takes over a second. A function gets (done, total); total is None if
# nobody knows it, and a true value that the function returns cancels.
Progress = Union[bool, Callable[[int, Union[int, None]], Any]]

PATIENCE = 1.0


class Watch:
    """Watches one piece of long work: it is what the library calls from time to time.

    Python's own way with Ctrl-C would not do here: an exception inside a function that C calls is printed and
    forgotten. So while the library works the signal's handler is ours: it runs the handler that was there before and
    keeps what that raised, the callback then cancels, and `raise_kept` raises it where Python can handle it.
    """

    def __init__(self, progress: Progress, what: str, unit: str) -> None:
        if not callable(progress) and not is_truth(progress):
            raise TypeError(f"progress is True, False or a function, not {brief(progress)}")
        self._progress = progress
        self._what, self._unit = what, unit
        self._kept: BaseException | None = None
        self._bar: Any = None
        self._before = 0
        self._part = 0
        self._total: int | None = None
        self._start = 0.0
        # The library has its address: it has to live as long as what it was given to.
        self.callback = c.Progress(self._called)

    @contextmanager
    def work(self, total: int | None) -> Iterator[None]:
        """The whole of the work, `total` units of it; None if that is not known."""
        self._before, self._total, self._start = 0, total, time.monotonic()
        try:
            yield
        finally:
            self._part = 0
            if self._bar is not None:
                # Of what was stopped the bar stays where it was: its rate is that of what it went since it was opened.
                self._bar.update(max(0, self._before - self._bar.n))
                self._bar.close()
                self._bar = None

    @contextmanager
    def part(self, amount: int) -> Iterator[None]:
        """One call of the library, which does `amount` units of the work."""
        self._part, self._kept = amount, None
        with self._kept_interrupts():
            yield
            if self._kept is None:
                self._before += amount

    def reached(self, done: int) -> None:
        """Tells that others did `done` units of the work by now; CancelledError if a callback wants no more."""
        self._before = done
        if self._report(done):
            raise CancelledError(f"cancelled by the progress callback after {done} {self._unit}")

    def raise_kept(self) -> None:
        """Raises what stopped the work, if something did."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            raise kept

    @contextmanager
    def _kept_interrupts(self) -> Iterator[None]:
        previous = signal.getsignal(signal.SIGINT)
        if not callable(previous) or threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(number: int, frame: Any) -> None:
            try:
                previous(number, frame)
            except BaseException as stop:
                self._kept = stop

        signal.signal(signal.SIGINT, handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    def _called(self, done: int, total: int, _: Any) -> int:
        if self._kept is not None:
            return 1
        try:
            cancelled = self._report(self._before + (self._part * done // total if total else 0))
        except BaseException as stop:
            self._kept = stop
            return 1
        return int(cancelled)

    def _report(self, done: int) -> bool:
        if callable(self._progress):
            return bool(self._progress(done, self._total))
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
        elif self._progress and time.monotonic() - self._start > PATIENCE:
            self._open_bar(done)
        return False

    def _open_bar(self, done: int) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            self._progress = False
            return
        self._bar = tqdm(total=self._total, desc=self._what, unit=f" {self._unit}", initial=done)
