"""Parses the command line, runs the command, and turns what went wrong into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .. import __version__, isa
from ..errors import AblateError
from . import cam, curve, diff, dissect, info, profile, prune, report, reproduce, shapley, sweep
from .answer import one_output, write
from .arguments import Usage
from .output_files import expect_all_writable, overwritten
from .wording import by_options

COMMANDS = (info, sweep, profile, shapley, curve, prune, dissect, cam, diff, report, reproduce)
FAILED, INTERRUPTED = 1, 130
# What a user can cause, with files, arguments or packages that are missing: everything else is a fault of this program,
# and its traceback is wanted.
CAUSED = (AblateError, ImportError, MemoryError, OSError, ValueError)


class Parser(argparse.ArgumentParser):
    """argparse's, but for errors of printing help, which that keeps for itself."""

    def _print_message(self, message: str, file: Any = None) -> None:
        (file or sys.stderr).write(message or "")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = Parser(
        prog="ablate",
        description="What does each unit of a trained network do? Ablates units and tells what changes.",
        epilog="exit status: 0 done, 1 failed (a line on stderr says why), 2 wrong usage (wrong whatever\n"
        "the files hold, or without labels), 130 interrupted.\n"
        "`ablate COMMAND --help` has examples.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"libablate {__version__} ({isa()})")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2]
        described = (command.__doc__ or "").strip()
        part = commands.add_parser(
            name,
            help=described.partition("\n")[0].rstrip("."),
            description=described,
            epilog=command.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(part)
        part.set_defaults(run=command.run, settle=getattr(command, "settle", None), refuse=part.error)
    return top


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; --help and --version end in SystemExit, or in an OSError if they cannot be printed."""
    try:
        options = parser().parse_args(arguments)
        conflict = one_output(options) or overwritten(options) or (options.settle and options.settle(options))
        if conflict:
            options.refuse(conflict)
        return options
    finally:
        sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; its exit code. Wrong usage ends in argparse's SystemExit with 2."""
    options = argparse.Namespace()
    try:
        options = parsed(arguments)
        expect_all_writable(options)
        with lines_of_warnings():
            write(options.run(options), options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has enough.
        forget_output()
        return FAILED
    except Usage as error:
        options.refuse(str(error))
    except CAUSED as error:
        tell(by_options(text_of(error), options))
        forget_output()
        return FAILED
    return 0


def forget_output() -> None:
    """Drops output that cannot be written; the interpreter would complain when it flushes at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(text: str) -> None:
    """One line on stderr."""
    print(f"ablate: {' '.join(text.split())}", file=sys.stderr)


@contextmanager
def lines_of_warnings() -> Iterator[None]:
    """What the library warns of is told in a line, once; what Python warns programmers of is not for users."""
    told = set()

    def show(message: Warning | str, *_: Any) -> None:
        if str(message) not in told:
            told.add(str(message))
            tell(f"warning: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show  # type: ignore[assignment]
        yield


def text_of(error: BaseException) -> str:
    """What an error says; of an operating system's error the file and the reason."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{os.fspath(error.filename)}: {error.strerror}"
    if isinstance(error, MemoryError) and not str(error):
        return "out of memory"
    return str(error) or type(error).__name__
