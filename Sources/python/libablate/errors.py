"""What the library says went wrong, as exceptions that also are the built-in ones a caller would expect."""

from __future__ import annotations

import re

from . import _declarations as c
from ._library import library


class AblateError(Exception):
    """Any failure that the library reports. Its text names the argument, or the file and node."""


class InvalidArgumentError(AblateError, ValueError):
    """An argument is out of range, of another model, or was closed."""


class OutOfMemoryError(AblateError, MemoryError):
    """A buffer could not be had. Nothing is lost: free something and call again."""


class FileError(AblateError, OSError):
    """A file could not be opened, read or written."""


class MalformedError(AblateError, ValueError):
    """A file is damaged or contradicts itself."""


class UnsupportedError(AblateError, NotImplementedError):
    """A model, or a question asked of it, is valid but beyond this version."""


class CancelledError(AblateError):
    """A progress callback asked to stop."""


class BusyError(AblateError, RuntimeError):
    """Another thread is inside this sweep."""


EXCEPTIONS: dict[int, type[AblateError]] = {
    c.INVALID_ARGUMENT: InvalidArgumentError,
    c.OUT_OF_MEMORY: OutOfMemoryError,
    c.IO: FileError,
    c.MALFORMED: MalformedError,
    c.UNSUPPORTED: UnsupportedError,
    c.CANCELLED: CancelledError,
    c.BUSY: BusyError,
}


# What the library calls members of a struct, callers pass as arguments: nearly all have the same name, lengths their
# list's, and some are parts of an argument. What is in quotation marks is a name out of a file.
MEMBER = re.compile(r"'[^']*'|\b(?:options|dense|convolution)\.(\w+)")
LENGTHS = {
    "layer_count": "layers",
    "order_count": "order",
    "unit_count": "units",
    "mask_count": "masks",
    "point_count": "points",
    "channel_count": "order",
}
PARTS = {
    "histogram_low": "histogram_range[0]",
    "histogram_high": "histogram_range[1]",
    "quantiser_low": "quantiser_options['low']",
    "quantiser_high": "quantiser_options['high']",
    "quantiser_threshold": "quantiser_options['threshold']",
    "quantiser_edges": "quantiser_options['edges']",
    "quantiser_edge_count": "the size of quantiser_options['edges']",
}


def argument(member: re.Match[str]) -> str:
    """What a caller in Python knows a member by."""
    name = member[1]
    if name is None:
        return member[0]
    return f"len({LENGTHS[name]})" if name in LENGTHS else PARTS.get(name, name)


def check(status: int) -> None:
    """Raises what a status other than OK stands for."""
    if status == c.OK:
        return
    text = library.ablate_last_error().decode()
    if status == c.INVALID_ARGUMENT:
        text = MEMBER.sub(argument, text)
    raise EXCEPTIONS.get(status, AblateError)(text)
