"""The files that a command writes: none may be one that it reads, and all can be written before it begins."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from ..files.whole import expect_makeable, expect_writable
from .named_arrays import split_name
from .wording import FILES


def written(options: Namespace) -> dict[str, str]:
    """The files that a command writes, by the options that name them."""
    found = {f"--{name}": getattr(options, name, None) for name in ("out", "csv")}
    return {name: text for name, text in found.items() if text not in (None, "-")}


def overwritten(options: Namespace) -> str | None:
    """Why the options do not go together, if a file that is written is one that is read, or written, too."""
    found = {name.upper(): getattr(options, name, None) for name in FILES}
    found["--classes"] = getattr(options, "classes", None)
    known = {os.path.realpath(split_name(text)[0]): name for name, text in found.items() if text is not None}
    for name, text in written(options).items():
        path = os.path.realpath(text)
        if path in known:
            return f"{name} is the file of {known[path]}, {text}, which would be lost: name another"
        known[path] = name
    return None


def onto_a_device(options: Namespace) -> str | None:
    """Why --out cannot be written: a file takes its place, which nobody wants of a device or a pipe."""
    out = Path(options.out)
    if out.exists() and not out.is_file() and not out.is_dir():
        return f"--out is {options.out}, a device or a pipe: name a file"
    return None


def expect_all_writable(options: Namespace) -> None:
    """Raises an OSError if a file that the options name cannot be written."""
    if getattr(options, "folder", None) is not None:
        expect_makeable(options.folder)
    for text in written(options).values():
        expect_writable(text)
