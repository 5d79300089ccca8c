"""Where a picture speaks for a class, and what is left of that while the channels it comes from go."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from .. import remove_channels
from .._runs import expect_classifier
from .._tables import few, lines, rows_of
from ..channel_removal import ChannelRemoval
from ..files.whole import beside, followed
from . import answer, argument_types, arguments, output_files
from .answer import Answer
from .rows import add_rows, read_rows

EXAMPLES = """examples:
  ablate cam efficientnet_lite0.onnx pictures.npy --channels-last --mean 127 --scale 1/128 --row 3 --out maps.png
  ablate cam digits.onnx images.npy --class 7 --order lowest_weight --points 0,1,2,4,8 --out maps.gif
  ablate cam scenes.onnx pictures.npz --window=-0.1,0.1 --csv removal.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    add_rows(parser)
    row = "which of ROWS, from 0; default 0"
    parser.add_argument("--row", type=argument_types.whole_number(0), default=0, metavar="N", help=row)
    arguments.add_class(parser, "the class to look at; by default the one that is predicted")
    parser.add_argument(
        "--order",
        choices=("highest_weight", "lowest_weight"),
        help="which channels go first, by the weight by which the class reads them; default highest_weight",
    )
    outside = "only channels go whose weights are outside, the farthest first"
    parser.add_argument("--window", type=window, metavar="LOW,HIGH", help=outside)
    parser.add_argument(
        "--points",
        type=argument_types.each_of(argument_types.whole_number(0)),
        metavar="N,...",
        help="after how many to look; default after each",
    )
    arguments.add_ablation(parser, lasting=True)
    picture = "a picture of the maps (PNG, PDF, SVG), or a GIF in which they change"
    parser.add_argument("--out", type=picture_path, metavar="FILE", help=picture)
    answer.add_arguments(parser, "a line for each point")


def window(text: str) -> tuple[float, float]:
    """A type of argument: two numbers with a comma, the lower in front."""
    low, _, high = text.partition(",")
    found = argument_types.number_or_nan(low), argument_types.number_or_nan(high)
    if math.isnan(sum(found)) or found[0] > found[1]:
        raise argparse.ArgumentTypeError(f"{text} is no window of weights such as -0.1,0.1")
    return found


def picture_path(text: str) -> str:
    """A type of argument: a file of a kind that matplotlib writes."""
    if Path(text).suffix.lower() not in (".png", ".pdf", ".svg", ".gif"):
        raise argparse.ArgumentTypeError(f"{text} is no name that ends in .png, .pdf, .svg or .gif")
    return text


def settle(options: argparse.Namespace) -> str | None:
    """Why the options do not go together."""
    if options.window is not None and options.order is not None:
        return "--window is an order of its own: leave out --order"
    return None if options.out is None else output_files.onto_a_device(options)


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    classes = expect_classifier(model, "removals of channels are")
    rows = read_rows(options, model, need_labels=False)
    if options.row >= len(rows):
        raise ValueError(f"--row is {options.row}: {options.rows} has {len(rows)}, counted from 0")
    row = rows.at(options.row)
    removal = remove_channels(
        model,
        row,
        None if options.class_ is None else arguments.class_label(options.class_, classes),
        order="outside_window" if options.window else options.order or "highest_weight",
        window=options.window,
        points=options.points,
        replacement=options.replacement,
        reference=rows.x if options.replacement.needs_reference else None,
        progress=arguments.progress(),
    )
    columns = removal._columns()
    header, table = list(columns), rows_of(columns)
    shown = few(len(table))
    text = [repr(removal), "", *lines(header, [table[place] for place in shown])]
    if len(shown) < len(table):
        text.append(f"{len(shown)} of {len(table)} points; --csv has all")
    if options.out is not None:
        draw(removal, row, Path(options.out))
        text.append(f"written: {options.out}")
    document: dict[str, Any] = {"row": options.row, "picture": options.out, **removal.to_dict()}
    return Answer(text, document, header, table)


def draw(removal: ChannelRemoval, picture: Any, path: Path) -> None:
    """Writes the maps over the picture, whole or not at all."""
    with beside(followed(path)) as temporary:
        if path.suffix.lower() == ".gif":
            removal.save_animation(temporary, picture)
        else:
            removal.plot(picture).savefig(temporary, format=path.suffix.lower()[1:], dpi=120)
