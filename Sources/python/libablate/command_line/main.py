"""Parses the command line, runs the command, and turns what went wrong into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from .. import __version__, isa
from ..errors import AblateError
from . import curve, info, profile, prune, reproduce, sweep
from .answer import write

COMMANDS = (info, sweep, profile, curve, prune, reproduce)
FAILED, INTERRUPTED = 1, 130
# What a user can cause: everything else is a fault of this program, and its traceback is wanted.
CAUSED = (AblateError, ArithmeticError, ImportError, LookupError, MemoryError, OSError, TypeError, ValueError)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="ablate",
        description="What does each unit of a trained network do? Ablates units and tells what changes.",
        epilog="exit status: 0 done, 1 failed (a line on stderr says why), 2 wrong usage, 130 interrupted.\n"
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
        part.set_defaults(run=command.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; its exit code. Wrong usage ends in argparse's SystemExit with 2."""
    options = parser().parse_args(arguments)
    shown = warnings.showwarning
    warnings.showwarning = tell_warning  # type: ignore[assignment]
    try:
        write(options.run(options), options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has enough; the interpreter would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except CAUSED as error:
        tell(text_of(error))
        return FAILED
    finally:
        warnings.showwarning = shown
    return 0


def tell(text: str) -> None:
    """One line on stderr."""
    print(f"ablate: {' '.join(text.split())}", file=sys.stderr)


def tell_warning(message: Warning | str, *_: Any) -> None:
    """A warning of Python's, as a line."""
    tell(f"warning: {message}")


def text_of(error: BaseException) -> str:
    """What an error says; of an operating system's error the file and the reason."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{os.fspath(error.filename)}: {error.strerror}"
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    if isinstance(error, MemoryError) and not str(error):
        return "out of memory"
    return str(error) or type(error).__name__
