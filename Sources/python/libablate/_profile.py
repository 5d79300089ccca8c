"""Profiles: what units do over rows, without ablating any."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from ctypes import byref, c_size_t
from typing import Any

from . import _declarations as c
from . import _labels, _selection
from ._arrays import expect_fed, finite_rows, floats, pointer
from ._batches import are_batches
from ._brief import brief
from ._enumerators import one_of, some_of
from ._feeding import Feeding
from ._handles import make
from ._library import library
from ._numbers import real, thread_count, whole
from ._profile_readings import ProfileReadings, one_level_in_words
from ._progress import Progress, Watch
from ._quantile_edges import MOST_BITS, bits_of, told_apart
from ._runs import expect_model
from .model import Model

# What each quantiser takes of quantiser_options.
OPTIONS = {
    "own_threshold": (),
    "threshold": ("threshold",),
    "uniform": ("bits", "low", "high"),
    "edges": ("bits", "edges"),
}
# Figures that are asked for by the name of what has them.
FOUND_IN = {
    "mutual_information": "information",
    "kl_selectivity": "information",
    "class_selectivity": "class_means",
    "taylor_of_mean": "taylor",
    **dict.fromkeys(("mean", "variance", "minimum", "maximum", "fraction_active"), "every profile"),
    **dict.fromkeys(("incoming_l1", "incoming_l2", "outgoing_l2"), "every profile"),
}
NEED_LABELS = {"class_means", "information", "taylor"}


class Profile(ProfileReadings, Feeding):
    """A profile that rows are fed to, as often as there are batches; :func:`profile` makes and feeds one at once.

    Parameters
    ----------
    model : Model
    measures : str or list of str
        On top of means, variances, extremes, active rows and weight norms: class_means, entropy, information,
        histogram, top_rows, gram, taylor. class_means, information and taylor need labels. taylor gives two figures of
        a dL/da, L the cross-entropy of a row's label, which is what ablating a unit changes to first order: `taylor` is
        the mean of its magnitude over the rows, `taylor_of_mean` the magnitude of its mean, in which effects of
        opposite signs cancel. Of a channel a dL/da is summed over its positions first. Where an activation function
        behind the unit has a kink, the derivative of the lower side is taken; of equal maxima in a pooling window the
        first counts.
    layers : int, str, Layer or list of them, optional
        All hidden layers by default.
    quantiser : {"own_threshold", "threshold", "uniform", "edges"}
        How activations become levels for entropy and information; `quantiser_options` are, of
        threshold its threshold, of uniform its bits, low and high, and of edges its edges (of all layers one after the
        other, see :func:`quantile_edges`) and bits, which follow from how many edges there are. The default, active or
        not, tells nothing of channels: the mean over positions of what a ReLU leaves is above 0 in nearly every row, so
        they are on one level, and their entropy and mutual information are 0. Take edges for them.
    histogram_bins : int
    histogram_range : (low, high), optional
        Of all bins; by default the range of the activation function; functions without one need it.
    top_row_limit : int
    positions : {"mean", "maximum"}
        What counts as the activation of a channel of a convolution, over its positions.
    first_row : int
        The number in the whole stream of the first row fed here.
    threads : int, optional
    progress : bool or function
        As for :class:`Sweep`. After a cancelled feed what was fed before can be read, and no more can be fed.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> profile = libablate.Profile(model, "class_means").feed(np.eye(2), [0, 1])
    >>> profile.class_means(0).tolist(), profile.measure("fraction_active", 0).tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5])
    >>> profile[0, 1].largest_class, profile[0, 1].maximum
    (1, 1.0)
    """

    _free_name = "ablate_profile_free"

    def __init__(
        self,
        model: Model,
        measures: str | Iterable[str] = (),
        *,
        layers: Any = None,
        quantiser: str = "own_threshold",
        quantiser_options: dict[str, Any] | None = None,
        histogram_bins: int = 64,
        histogram_range: tuple[float, float] | None = None,
        top_row_limit: int = 8,
        positions: str = "mean",
        first_row: int = 0,
        threads: int | None = None,
        progress: Progress = True,
    ) -> None:
        expect_model(model)
        histogram_bins = whole("histogram_bins", histogram_bins, 1)
        top_row_limit = whole("top_row_limit", top_row_limit, 1)
        given = {} if quantiser_options is None else quantiser_options
        if not isinstance(given, Mapping):
            raise TypeError(f"quantiser_options is a dictionary, not {brief(given)}")
        if quantiser == "edges" and "edges" not in given:
            raise ValueError("the quantiser edges takes quantiser_options with edges, such as quantile_edges finds")
        expect_taken(given, quantiser)
        low, high = range_of(histogram_range)
        self.model = model
        self.measures = some_of(measures, c.PROFILES, "measures", FOUND_IN)
        self._layers = model.layers
        hidden = [layer.number for layer in self._layers.hidden]
        self.layers = tuple(hidden if layers is None else _selection.layer_numbers(layers, self._layers))
        self._bins, self._top_row_limit = histogram_bins, top_row_limit
        self._watch = Watch(progress, "profile", "rows")
        options = c.ProfileOptions(
            measures=sum(c.PROFILES[name] for name in self.measures),
            quantiser=one_of(quantiser, c.QUANTISERS, "quantiser"),
            histogram_bins=histogram_bins,
            histogram_low=low,
            histogram_high=high,
            top_row_limit=top_row_limit,
            positions=one_of(positions, c.POSITIONS, "positions"),
            threads=thread_count(threads, model.threads),
            progress=self._watch.callback,
            first_row=first_row,
        )
        if layers is not None:
            options.layers, options.layer_count = (c_size_t * len(self.layers))(*self.layers), len(self.layers)
        if quantiser == "edges":
            given = {**given, "edges": floats(given["edges"], "quantiser_options['edges']")}
            given.setdefault("bits", bits_of(given["edges"], sum(self._layers[number].units for number in self.layers)))
        for name, value in given.items():
            what = f"quantiser_options[{name!r}]"
            if name == "edges":
                options.quantiser_edges, options.quantiser_edge_count = pointer(value), value.size
            elif name == "bits":
                options.quantiser_bits = whole(what, value, 1, MOST_BITS)
            else:
                setattr(options, f"quantiser_{name}", real(what, value))
        self._own(make(library.ablate_profile_create, model._handle, byref(options)))

    def feed(self, X: Any, y: Any = None) -> Profile:
        """Adds rows: X [rows, ...] with class labels y, or an iterable of (X, y) batches.

        Without labels rows can only be fed if no measure needs them; batches are then (X, None). A list is one of
        batches if its first element is a pair of arrays that do not make up a row.
        """
        self._feed(X, y, self.model, y is None and are_batches(X, self.model.input_width))
        return self

    def _feed_rows(self, X: Any, y: Any, of: str = "") -> None:
        x, classes, labels = finite_rows(X, self.model, f"X{of}"), self.model.classes, None
        if y is None and NEED_LABELS.intersection(self.measures):
            needing = [name for name in self.measures if name in NEED_LABELS]
            need = "needs" if len(needing) == 1 else "need"
            raise ValueError(f"{' and '.join(needing)} {need} labels: pass y{of}")
        if y is not None and classes is not None:
            labels = _labels.indices(y, classes, len(x), f"y{of}")
        self._feed_blocks(library.ablate_profile_feed, x, labels)

    def merge(self, other: Profile) -> Profile:
        """Adds what another profile with the same plan has seen, as if its rows had been fed here; `other` stays.

        Rows that both have count twice, with a warning only if the very same profile was merged before; `rows` tells
        how many there are in all.
        """
        self._merge(library.ablate_profile_merge, other)
        return self


def profile(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    measures: str | Iterable[str] = (),
    layers: Any = None,
    quantiser: str = "own_threshold",
    quantiser_options: dict[str, Any] | None = None,
    histogram_bins: int = 64,
    histogram_range: tuple[float, float] | None = None,
    top_row_limit: int = 8,
    positions: str = "mean",
    first_row: int = 0,
    threads: int | None = None,
    progress: Progress = True,
) -> Profile:
    """Finds what the units of some layers do over rows, in one pass and without ablating any.

    Parameters
    ----------
    model : Model
    X : array, [rows, ...], or iterable of (X, y) batches
    y : array, [rows], optional
        Class labels as in `model.classes`, for class_means, information and taylor.
    measures : str or list of str
        class_means, entropy, information, histogram, top_rows, gram, taylor.
    layers, quantiser, quantiser_options, histogram_bins, histogram_range, top_row_limit, positions, first_row
        As for :class:`Profile`.
    threads, progress
        As for :class:`Profile`.

    Warns
    -----
    UserWarning
        Entropy or information was asked for with another quantiser than edges, and some channels of convolutions are on
        one level in all rows, though their activations differ.

    Raises
    ------
    ValueError
        There are no rows, a value is not finite, or a measure needs labels.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.profile(model, np.eye(2), [0, 1], measures="information").measure("mutual_information", 0).tolist()
    [1.0, 1.0]
    """
    plan = Profile(
        model,
        measures,
        layers=layers,
        quantiser=quantiser,
        quantiser_options=quantiser_options,
        histogram_bins=histogram_bins,
        histogram_range=histogram_range,
        top_row_limit=top_row_limit,
        positions=positions,
        first_row=first_row,
        threads=threads,
        progress=progress,
    )
    plan.feed(X, y)
    expect_fed(plan.rows)
    channels = [layer.number for layer in model.layers if layer.is_convolution and layer.number in plan.layers]
    if channels and quantiser != "edges" and (alone := plan.on_one_level(channels)).any():
        more = "" if layers is None else f", layers={list(plan.layers)}"
        more += "" if positions == "mean" else f", positions={positions!r}"
        how = f"quantiser='edges', quantiser_options={{'edges': libablate.quantile_edges(model, X{more})}}"
        fed_once = y is None and are_batches(X, model.input_width)
        apart = 0 if fed_once else told_apart(plan, X, channels, positions=positions)
        warnings.warn(one_level_in_words(alone, apart, how), stacklevel=2)
    return plan


def expect_taken(options: Mapping[str, Any], quantiser: str) -> None:
    """Raises a ValueError for an option that there is not, or that the quantiser has no use for."""
    one_of(quantiser, c.QUANTISERS, "quantiser")
    known = dict.fromkeys(name for taken in OPTIONS.values() for name in taken)
    for name in options:
        takers = [taker for taker, taken in OPTIONS.items() if name in taken]
        if not takers:
            raise ValueError(f"quantiser_options has no {name!r}; there are {', '.join(known)}")
        if quantiser not in takers:
            raise ValueError(
                f"quantiser_options has {name!r}, which is for quantiser={' or '.join(map(repr, takers))}, and this is "
                f"{quantiser!r}"
            )


def range_of(given: Any) -> tuple[float, float]:
    """The ends of the histograms; both 0 for the range of the activation function."""
    try:
        low, high = (0.0, 0.0) if given is None else (real("histogram_range", end) for end in given)
    except (TypeError, ValueError):
        raise ValueError(f"histogram_range is (low, high), two numbers, not {brief(given)}") from None
    if given is not None and low == high:
        raise ValueError(f"histogram_range is empty: {brief(given)}")
    return low, high
