"""Handles of the library as objects: closed by `with`, by close(), or when nothing refers to them any more."""

from __future__ import annotations

import weakref
from ctypes import byref, c_void_p
from types import TracebackType
from typing import Any, Callable, TypeVar

from ._brief import brief
from ._library import library
from .errors import check

Self = TypeVar("Self", bound="Handle")


def make(create: Callable[..., int], *arguments: Any) -> int:
    """The handle that `create` stores through its last argument."""
    out = c_void_p()
    check(create(*arguments, byref(out)))
    assert out.value is not None
    return out.value


class Handle:
    """Owns one handle."""

    _free_name = ""
    # For an object whose making was refused.
    _finalizer: weakref.finalize[Any, Any] | None = None
    _value = 0

    def _own(self, value: int) -> None:
        self._value = value
        self._finalizer = weakref.finalize(self, getattr(library, self._free_name), c_void_p(value))
        # The process gives everything back by itself, and threads may still be inside.
        self._finalizer.atexit = False

    @property
    def _handle(self) -> c_void_p:
        if self.closed:
            raise ValueError(f"this {type(self).__name__} is closed")
        return c_void_p(self._value)

    def _another(self, other: Any) -> c_void_p:
        """The handle of an object of this kind."""
        if not isinstance(other, Handle) or other._free_name != self._free_name:
            raise TypeError(f"other is a {type(self).__name__}, not {brief(other)}")
        return other._handle

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._finalizer is None or not self._finalizer.alive

    def close(self) -> None:
        """Frees what the library holds. Closing twice is allowed; any other use afterwards is a ValueError."""
        if self._finalizer is not None:
            self._finalizer()

    def __reduce__(self) -> Any:
        raise TypeError(f"this {type(self).__name__} lives in the library's memory: it cannot be pickled or copied")

    def __enter__(self: Self) -> Self:
        if self.closed:
            raise ValueError(f"this {type(self).__name__} is closed")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
