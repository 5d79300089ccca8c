"""Arrays in files: FILE.npz:NAME, or the one that is called as rows or labels are."""

from __future__ import annotations

from pathlib import Path

X_NAMES, Y_NAMES = ("X", "x", "rows", "images"), ("y", "Y", "labels")


def split_name(text: str) -> tuple[Path, str | None]:
    """A path, and behind a colon the name of an array in it."""
    path, colon, name = text.rpartition(":")
    return (Path(path), name) if colon and path.endswith(".npz") and not Path(text).exists() else (Path(text), None)
