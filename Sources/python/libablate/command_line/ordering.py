"""Orders of units by a score, as `curve` and `prune` take them."""

from __future__ import annotations

import argparse
import warnings
from typing import Any

import numpy as np

from .. import Profile, greedy, order_at_random, order_by_scores, sweep, units, weight_norms
from .._arrays import Matrix
from .._profile_readings import one_level_in_words
from ..model import Model
from ..orders import NORMS, Order
from .arguments import progress
from .rows import Rows

INFORMATION = ("entropy", "mutual_information", "kl_selectivity")
BY = ("random", *NORMS, "effect", *INFORMATION, "taylor", "greedy")
# Orders by what ablating a unit does, for which something takes its place.
BY_ABLATION = ("effect", "greedy")
HELP = (
    "random, l1 or l2 (norm of a unit's incoming weights), outgoing_l2 (of those that leave it), effect (of a unit's "
    "ablation on ROWS, as `sweep` tells it: the highest is taken for least needed, of a regression the lowest), "
    "entropy, mutual_information, kl_selectivity, taylor (what ablation changes of the loss, to first order), greedy "
    "(within a layer); of all but the effect the lowest are taken for least needed"
)


def order(model: Model, layers: list[Any], by: str, rows: Rows | None, options: argparse.Namespace) -> Order:
    """The units of some layers, those that are to go first in front: what a score takes for least needed."""
    every = units(model, layers)
    if by == "random":
        return order_at_random(model, every, options.seed)
    if by in NORMS:
        scores = [weight_norms(model, layer, by) for layer in layers]
    else:
        assert rows is not None
        if by == "greedy":
            return greedy_order(model, layers, rows, options)
        if by == "effect":
            kept = {"replacement": options.replacement, "progress": progress()}
            return sweep(model, rows.x, rows.labels, layers=layers, **kept)._order(None, options.needed_first)
        scores = [measured(model, layer, by, rows) for layer in layers]
    return order_by_scores(model, every, np.concatenate(scores), high_first=options.needed_first)


def add_needed_first(parser: argparse.ArgumentParser) -> None:
    """Which end of an order goes first."""
    parser.add_argument(
        "--needed-first", action="store_true", help="what is taken for most needed goes first, not the least needed"
    )


def needs_labels(by: str) -> bool:
    """Whether an order takes labelled rows."""
    return by not in ("random", *NORMS)


def measured(model: Model, layer: Any, by: str, rows: Rows) -> Matrix:
    """A measure of each unit of a layer."""
    measures = "taylor" if by == "taylor" else "information"
    profile = Profile(model, measures, layers=layer, progress=progress()).feed(rows.x, rows.labels)
    alone = profile.on_one_level([layer])
    if model.layers[layer].is_convolution and alone.any():
        warnings.warn(f"layer {layer}: {one_level_in_words(alone)}: --by says little of them", stacklevel=2)
    return profile.measure(by, layer)


def greedy_conflict(options: argparse.Namespace) -> str | None:
    """Why --by greedy does not go together with the other options."""
    if options.needed_first:
        return "--needed-first is not for --by greedy, in which the least needed unit goes first"
    if isinstance(options.layers, list) and len(options.layers) > 1:
        return "--by greedy is within one layer: name no more with --layers"
    return None


def greedy_order(model: Model, layers: list[Any], rows: Rows, options: argparse.Namespace) -> Order:
    """Each time the unit of a layer without which the others do best."""
    if len(layers) != 1:
        raise ValueError("greedy elimination is within one layer: name it with --layers")
    done = greedy(model, rows.x, rows.labels, layer=layers[0], replacement=options.replacement, progress=progress())
    return done.order
