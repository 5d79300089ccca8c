"""Errors of the package in the words of the command line."""

from __future__ import annotations

import argparse
import re

# An argument of Python's, where an error names it: at the start, or as a key of quantiser_options.
FIRST = re.compile(r"^([a-z_]+)(?= (?:is|has|must|and|are)\b)")
KEY = re.compile(r"quantiser_options\['(\w+)'\]")
FILES = ("model", "rows", "labels")


def by_options(text: str, options: argparse.Namespace) -> str:
    """The text with the options of the command in place of the arguments that they stand for."""
    text = KEY.sub(lambda key: f"--{key[1]}", text)

    def named(found: re.Match[str]) -> str:
        return f"--{found[1].replace('_', '-')}" if found[1] in vars(options) and found[1] not in FILES else found[1]

    return FIRST.sub(named, text).replace("tied=True", "--tied")
