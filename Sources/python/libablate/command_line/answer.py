"""What a command found, and the ways to write it: text for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._plain import plain
from ..files.whole import write_whole
from . import argument_types


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
    group.add_argument("--csv", type=argument_types.path_text, metavar="FILE", help=said)


def add_json(parser: ArgumentParser, what: str) -> None:
    """--json alone, of a command without a table: prints `what`."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON in place of text")
    parser.set_defaults(csv=None)


def one_output(options: Namespace) -> str | None:
    """Why the options do not go together, if two of them print in place of text."""
    if options.csv == "-" and options.json:
        return "--json and --csv - both print in place of text: give --csv a file"
    return None


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
