"""libablate: what does each unit of a trained network do?

A trained network goes in; units or synapses are ablated, one after the other, over labelled rows; what changes comes
out. Every figure equals what making the same change and running the network again would give.

>>> import libablate, numpy as np
>>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
>>> libablate.sweep(model, np.eye(2), [0, 1])["correct"].tolist()
[2, 1]
"""

from typing import TYPE_CHECKING

from ._balanced_accuracies import balanced_accuracies
from ._curves import Curves, curves
from ._diff import Diff, diff
from ._difference import Difference
from ._library import __version__, isa
from ._profile import Profile, profile
from ._profile_readings import UnitProfile
from ._pruning import PruningCurve, pruning_curve
from ._quantile_edges import quantile_edges
from ._report import report
from ._shapley import Shapley, shapley
from ._shapley_value import ShapleySummary, ShapleyValue
from ._sweep import Sweep
from .ablation import Ablation
from .activation_maps import cam, cam_weights
from .channel_removal import ChannelRemoval, remove_channels
from .dissection import Dissection, dissect
from .elimination import Elimination, greedy
from .errors import (
    AblateError,
    BusyError,
    CancelledError,
    FileError,
    InvalidArgumentError,
    MalformedError,
    OutOfMemoryError,
    UnsupportedError,
)
from .image_rows import rows_from_images
from .judgements import Judgement, Judgements
from .judging import judge, judge_selected
from .layers import Layer, Layers, Step
from .model import Model, ModelCost
from .orders import order_at_random, order_by_scores, rank_correlation, units, weight_norms
from .replacement import Reference, Replacement
from .results import Result
from .significance import FlipTest, adjust_p_values, flip_test
from .sources.keras import from_keras
from .sources.onnx import load
from .sources.sklearn import from_sklearn
from .sources.steps import Affine, Convolution, Dense, Pooling
from .sources.torch import from_torch
from .sources.weights import from_weights
from .surgery import prune, unit_groups
from .sweeps import cumulative, inputs, masks, pairs, sweep, synapses

if TYPE_CHECKING:
    from . import distributed as distributed
else:
    # For type checkers the module is there, and nothing else that is not.
    def __getattr__(name: str) -> object:
        """`libablate.distributed`, which most have no use for, is imported when it is asked for."""
        if name == "distributed":
            from importlib import import_module

            return import_module(".distributed", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AblateError",
    "Ablation",
    "Affine",
    "BusyError",
    "CancelledError",
    "ChannelRemoval",
    "Convolution",
    "Curves",
    "Dense",
    "Diff",
    "Difference",
    "Dissection",
    "Elimination",
    "FileError",
    "FlipTest",
    "InvalidArgumentError",
    "Judgement",
    "Judgements",
    "Layer",
    "Layers",
    "MalformedError",
    "Model",
    "ModelCost",
    "OutOfMemoryError",
    "Pooling",
    "Profile",
    "PruningCurve",
    "Reference",
    "Replacement",
    "Result",
    "Shapley",
    "ShapleySummary",
    "ShapleyValue",
    "Step",
    "Sweep",
    "UnitProfile",
    "UnsupportedError",
    "__version__",
    "adjust_p_values",
    "balanced_accuracies",
    "cam",
    "cam_weights",
    "cumulative",
    "curves",
    "diff",
    "dissect",
    "flip_test",
    "from_keras",
    "from_sklearn",
    "from_torch",
    "from_weights",
    "greedy",
    "inputs",
    "isa",
    "judge",
    "judge_selected",
    "load",
    "masks",
    "order_at_random",
    "order_by_scores",
    "pairs",
    "profile",
    "prune",
    "pruning_curve",
    "quantile_edges",
    "rank_correlation",
    "remove_channels",
    "report",
    "rows_from_images",
    "shapley",
    "sweep",
    "synapses",
    "unit_groups",
    "units",
    "weight_norms",
]
