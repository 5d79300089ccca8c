"""Where a study finds its data, where it writes, and how much it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .._progress import Progress


def silence(text: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class Settings:
    """What a study is run with.

    Parameters
    ----------
    out : path
        The folder that everything is written to; it is made if it is not there.
    data : path, optional
        A folder with the data set's files, see :mod:`libablate.studies.data`; for study 001 a network or a folder with
        one, see :mod:`libablate.studies.pictures`.
    quick : bool
        Few rows and few epochs: whether the study runs, not what it finds.
    say : function
        Gets a line of text for each thing that takes time.
    progress : bool or function
        As for :class:`libablate.Sweep`.
    """

    out: Path
    data: Path | None = None
    quick: bool = False
    say: Callable[[str], None] = silence
    progress: Progress = False

    def rows(self, count: int) -> int:
        """How many of `count` rows are used."""
        return min(count, 3000) if self.quick else count

    def epochs(self, count: int) -> int:
        """How many of `count` epochs are trained at most."""
        return min(count, 5) if self.quick else count

    def several(self, count: int) -> int:
        """How many of `count` repetitions are made."""
        return min(count, 3) if self.quick else count
