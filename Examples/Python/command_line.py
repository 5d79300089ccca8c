"""What the programs here have in common on the command line: arguments with bounds, and errors in one line."""

import argparse
import sys
from pathlib import Path

import libablate


def whole_number(least):
    """A type of argument: a whole number, `least` or more."""

    def number(text):
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"{text} is no whole number of {least} or more")
        return value

    return number


def run(main):
    """Calls a program's main function; what a user got wrong ends it with one line, not with a traceback."""
    try:
        main()
    except BrokenPipeError:
        sys.exit(1)
    except (libablate.AblateError, IndexError, OSError, TypeError, ValueError) as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {' '.join(str(error).split())}")
