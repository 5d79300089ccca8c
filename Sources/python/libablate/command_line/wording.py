"""Errors of the package in the words of the command line."""

from __future__ import annotations

import argparse
import re

# Where an error names an argument of Python's: at the start, of several words anywhere outside of paths and quotation
# marks, or as a key of quantiser_options.
NAME = re.compile(r"^[a-z]+(?= (?:is|has|must|and|are)\b)|(?<![\w'/.-])[a-z]+(?:_[a-z]+)+\b(?![./])")
KEY = re.compile(r"quantiser_options\['(\w+)'\]")
# What Python would do, and what does it here.
IN_PYTHON = {
    "one-hot rows become labels with model.classes[y.argmax(axis=1)]": "not one-hot rows, but their classes",
    "tied=True": "--tied",
    "classes=np.unique(y) takes the others": "name others by --class",
    "leave out of classes what y has no row of": "name others by --class",
    "transpose each row by (2, 0, 1), as np.moveaxis(X, -1, 1) does with all": "--channels-last says so",
    " in front: X[None], or [X] of a list": " in front",
    "class numbers become labels with model.classes[y]": "the numbers of classes do not stand for them",
}
FILES = ("model", "second", "rows", "labels")


def by_options(text: str, options: argparse.Namespace) -> str:
    """The text with the options of the command in place of the arguments that they stand for."""
    text = KEY.sub(lambda key: f"--{key[1]}", text)

    def named(found: re.Match[str]) -> str:
        return f"--{found[0].replace('_', '-')}" if found[0] in vars(options) and found[0] not in FILES else found[0]

    text = NAME.sub(named, text)
    for words, own in IN_PYTHON.items():
        text = text.replace(words, own)
    return text
