"""Study 001: a class's units dropped from a network that recognises scenes."""

from __future__ import annotations

from ..errors import UnsupportedError
from .page import Page
from .settings import Settings


def run(settings: Settings) -> Page:
    """Says what is missing: the study is of a convolutional network."""
    raise UnsupportedError(
        "study 001 drops units of ResNet-50: it needs a convolutional network, which this version cannot load"
    )
