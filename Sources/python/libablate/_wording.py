"""Numbers in words."""

from __future__ import annotations


def counted(count: int, noun: str, many: str | None = None) -> str:
    """So many of something: 1 unit, 2 units, or 2 of what many of them are called."""
    return f"{count} {noun}" if count == 1 else f"{count} {many or f'{noun}s'}"
