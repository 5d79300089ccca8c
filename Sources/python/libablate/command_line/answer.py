"""What a command found, and the ways to write it: text for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._plain import plain
from ..files.whole import expect_makeable, expect_writable, write_whole
from .arguments import path_text
from .rows import split_name
from .wording import FILES


@dataclass
class Answer:
    """What a command found.

    Attributes
    ----------
    text : list of str
        Lines for people.
    document : dict
        For --json.
    header, rows : list
        The command's table, for --csv.
    """

    text: list[str]
    document: dict[str, Any]
    header: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = field(default_factory=list)


def add_arguments(parser: ArgumentParser, table: str) -> None:
    """--json and --csv; `table` says what the table's rows are."""
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="print all that was found as JSON in place of text")
    said = f"write {table} as CSV, too; - prints it in place of text"
    group.add_argument("--csv", type=path_text, metavar="FILE", help=said)


def one_output(options: Namespace) -> str | None:
    """Why the options do not go together, if two of them print in place of text."""
    if options.csv == "-" and options.json:
        return "--json and --csv - both print in place of text: give --csv a file"
    return None


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


def write(answer: Answer, options: Namespace) -> None:
    """Prints an answer and writes its table, as the options say. What is printed is not lost if writing fails."""
    if options.json:
        print(as_json(answer.document))
    elif options.csv == "-":
        sys.stdout.write(as_csv(answer))
    else:
        print("\n".join(answer.text))
    if options.csv not in (None, "-"):
        write_whole(Path(options.csv), as_csv(answer))


def as_json(document: Any) -> str:
    """JSON without NaN and infinities, which it does not have: they are null."""
    return json.dumps(plain(document), indent=1, allow_nan=False)


def as_csv(answer: Answer) -> str:
    """The table, with a line of names; what does not apply is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.header)
    writer.writerows([["" if cell is None else cell for cell in row] for row in answer.rows])
    return text.getvalue()
