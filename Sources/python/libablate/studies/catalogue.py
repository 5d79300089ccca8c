"""Which studies there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from .page import Page
from .settings import Settings


@dataclass(frozen=True)
class Study:
    """A study: its number, what it asks, and the module whose function `run` runs it."""

    number: str
    title: str
    module: str

    @property
    def run(self) -> Callable[[Settings], Page]:
        """Runs the study; gives the page it wrote."""
        function: Callable[[Settings], Page] = import_module(f".{self.module}", __package__).run
        return function


STUDIES = {
    study.number: study
    for study in (
        Study("000", "To kill a neuron: each neuron of a 4-3-3-3 network", "confusions"),
        Study("001", "Effects of units when dropped: what a class looks at in a convolutional network", "scenes"),
        Study("002", "Rotten neurons: 784-392-10 and 784-392-196-10 on digits", "rotten"),
        Study("003", "Information-ordered cumulative ablation: 784-100-100-10", "information"),
        Study("004", "Which neuron dominates which digit: 784-10-10", "dominance"),
    )
}


def reproduce(number: str, settings: Settings) -> Page:
    """Runs the study of this number, such as "002"; gives its page, which is written.

    Raises
    ------
    ValueError
        There is no such study, or its data are damaged.
    OSError
        Its data are not there, or nothing can be written.
    UnsupportedError
        The network that 001 is given is none that class activation maps are made of.
    ImportError
        scikit-learn or matplotlib is missing.
    """
    if number not in STUDIES:
        raise ValueError(f"there is no study {number!r}; there are {', '.join(STUDIES)}")
    if find_spec("sklearn") is None or find_spec("matplotlib") is None:
        raise ImportError("scikit-learn trains for the studies, and matplotlib draws: pip install 'libablate[studies]'")
    return STUDIES[number].run(settings)
