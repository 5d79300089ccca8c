"""What the library says went wrong, as exceptions that also are the built-in ones a caller would expect."""

from __future__ import annotations

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


def check(status: int) -> None:
    """Raises what a status other than OK stands for."""
    if status != c.OK:
        raise EXCEPTIONS.get(status, AblateError)(library.ablate_last_error().decode())
