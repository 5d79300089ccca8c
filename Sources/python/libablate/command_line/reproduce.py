"""One of the five studies that this library stands on, run again, with its figures beside the published ones.

000  To kill a neuron: each neuron of a 4-3-3-3 network (needs no data)
001  Units dropped from a convolutional network: maps, probabilities and label of pictures (needs no data)
002  Rotten neurons: 784-392-10 and 784-392-196-10 on MNIST and SVHN
003  Information-ordered cumulative ablation: 784-100-100-10 on MNIST
004  Which neuron dominates which digit: 784-10-10 on MNIST

scikit-learn trains the networks (of 001 NumPy), and matplotlib draws. With all rows of MNIST, 002 and 003 take some
minutes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..studies import STUDIES, Settings, reproduce
from . import answer, argument_types, arguments
from .answer import Answer

EXAMPLES = """examples:
  ablate reproduce 000 --out kill
  ablate reproduce 001 --data efficientnet_lite0.onnx --out units   # with scikit-image's photographs
  ablate reproduce 002 --data mnist --out rotten       # the folder with MNIST's four IDX files
  ablate reproduce 003 --quick --out information       # Fashion-MNIST from Debian's package dataset-fashion-mnist
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("study", choices=tuple(STUDIES), metavar="STUDY", help=", ".join(STUDIES))
    parser.add_argument(
        "--out",
        dest="folder",
        type=lambda text: Path(argument_types.path_text(text)),
        required=True,
        metavar="DIR",
        help="where study.md, tables (CSV), figures (PNG, GIF) and networks (ONNX) are written",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help="a folder with MNIST's four IDX files (gzipped or not), or SVHN's train_32x32.mat and test_32x32.mat for "
        "002, or both; by default Debian's Fashion-MNIST. For 001 an ONNX file of a network that takes pictures as "
        "EfficientNet-Lite0 does, or a folder with one, pictures (PNG, JPEG) and classes.txt; by default handwritten "
        "digits",
    )
    parser.add_argument("--quick", action="store_true", help="few rows and epochs: whether it runs, not what it finds")
    answer.add_json(parser, "the comparison")


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    settings = Settings(options.folder, options.data, options.quick, tell, arguments.progress())
    page = reproduce(options.study, settings)
    text = [f"{item.what}: published {item.published}, here {item.ours}" for item in page.compared]
    quick = ["--quick: few rows and epochs; these figures say nothing of the study"] if options.quick else []
    document = {
        "study": options.study,
        "quick": options.quick,
        "page": str(page.path),
        "files": page.written,
        "figures": [{"what": f.what, "published": f.published, "here": f.ours, "why": f.why} for f in page.compared],
    }
    return Answer([*quick, *text, f"written: {page.path} and {len(page.written)} files beside it"], document)


def tell(text: str) -> None:
    """What takes time, on stderr."""
    print(text, file=sys.stderr, flush=True)
