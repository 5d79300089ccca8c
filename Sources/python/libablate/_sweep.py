"""Sweeps: one item after the other ablated, over any number of labelled rows."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterable, Mapping
from ctypes import byref, c_size_t
from pathlib import Path
from typing import Any

from . import _declarations as c
from . import _labels, _selection
from ._arrays import finite_rows
from ._brief import brief
from ._enumerators import one_of
from ._feeding import Feeding, saved
from ._handles import make
from ._items import expect_items
from ._library import library
from ._metrics import metric_names
from ._numbers import thread_count, whole
from ._progress import Progress, Watch
from ._readings import Readings
from ._runs import expect_model
from ._selection import Units
from .ablation import Ablation
from .errors import AblateError, UnsupportedError, check
from .model import Model
from .replacement import Replacing, replacement_of
from .results import sweep_name

OWN_REPLACEMENT = {
    "synapses": "their weights become 0",
    "outgoing_synapses": "their weights become 0",
    "masks": "each ablation has its own",
}


class Sweep(Readings, Feeding):
    """A sweep that rows are fed to, as often as there are batches; :func:`sweep` and its like make and feed one.

    Parameters
    ----------
    model : Model
        A classifier with one class per row, or a regression.
    kind : {"units", "synapses", "inputs", "pairs", "cumulative", "masks", "outgoing_synapses"}
        What is ablated, one after the other. A synapse of a convolution is a slice of its kernel, from one channel to
        one unit.
    layers : int, str, Layer or list of them, optional
        The layers to sweep: for units all hidden ones by default, for synapses all; for pairs one or two.
    order : list of (layer, unit), optional
        For cumulative sweeps, the units in the order they are added; for synapses, the units whose incoming (or
        outgoing) weights are swept.
    masks : list of Ablation
        For masks.
    replacement : {"zero", "dead", "mean", "resample"}, float (a constant) or Replacement
    reference : Reference or array, optional
        For mean and resample.
    metrics : str or list of str, optional
        confusion, one_vs_rest, log_loss, label_probability, kl_divergence, margin, class_probabilities, changed_rows.
        By default confusion; of synapses and pairs, which are many, of regressions, and of models of more than 100
        classes nothing: confusion takes items * classes**2 * 8 bytes for each thread, and once for all, one_vs_rest
        items * classes * 16.
    changed_row_limit : int, optional
        For changed_rows: row numbers per item; 16 by default.
    first_row : int
        The number in the whole stream of the first row fed here.
    threads : int, optional
        0 for one per processor; by default as the model.
    progress : bool or function
        True: a tqdm bar, if tqdm is installed, on what takes over a second. A function gets (rows done, rows in all or
        None); a true value that it returns cancels with a CancelledError.

    Notes
    -----
    Ctrl-C raises KeyboardInterrupt out of a feed, a function for `progress` that cancels CancelledError. What was
    counted before stays: `rows` tells how many rows, in their order, and where to go on feeding. An array is counted in
    blocks, at first of 1,024 rows, then of as many as take a part of a second; the block that was under way is lost.
    Whoever catches the error in a loop over batches has to end the loop, or else the rest of that batch is left out.

    What is summed up for a row: confusion, its prediction, by its label; one_vs_rest, of each class whether it is the
    label, and whether the prediction; log_loss, -ln P(label); label_probability,
    P(label); kl_divergence, the sum over classes of P ln(P / Q), with P intact and Q with the item ablated; margin, the
    score of the label less the best other score (not probabilities), of a binary model its score z for label 1, -z for
    0; class_probabilities, P(class), by its label. Logarithms are natural, and all but the first two means over rows.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> sweep = libablate.Sweep(model)
    >>> for batch in np.eye(2).reshape(2, 1, 2):
    ...     _ = sweep.feed(batch, batch.argmax(axis=1))
    >>> sweep
    Sweep of units: 2 results over 2 rows, 2 right intact (100.00%)
    strongest first:
    layer  unit  rows  correct  lost  gained  changed   effect
        0     1     2        1     1       0        1  -0.5000
        0     0     2        2     0       0        0  +0.0000
    >>> sweep[0, 1].correct, sweep["lost"].tolist(), sweep.confusion((0, 1)).tolist()
    (1, [0, 1], [[1, 0], [1, 0]])
    """

    _free_name = "ablate_sweep_free"

    def __init__(
        self,
        model: Model,
        kind: str = "units",
        *,
        layers: Any = None,
        order: Units | None = None,
        masks: Iterable[Ablation] = (),
        replacement: Replacing = "zero",
        reference: Any = None,
        metrics: str | Iterable[str] | None = None,
        changed_row_limit: int | None = None,
        first_row: int = 0,
        threads: int | None = None,
        progress: Progress = True,
    ) -> None:
        expect_model(model)
        number = one_of(kind, c.SWEEP_KINDS, "kind")
        self.model, self.kind = model, kind
        self.metrics = metric_names(metrics, kind, model)
        if changed_row_limit is not None and "changed_rows" not in self.metrics:
            raise ValueError("changed_row_limit is for the metric 'changed_rows', which is not asked for")
        changed_row_limit = whole("changed_row_limit", 16 if changed_row_limit is None else changed_row_limit, 1)
        self._layers = model.layers
        self._changed_row_limit = changed_row_limit
        self._units: list[tuple[int, int]] = []
        self._watch = Watch(progress, sweep_name(kind), "rows")
        self._masks = ablations(masks)
        self.replacement = replacement_of(replacement)
        if kind in OWN_REPLACEMENT and self.replacement.kind != "zero":
            raise ValueError(f"replacement is not of {sweep_name(kind)}: {OWN_REPLACEMENT[kind]}")
        struct, self._reference = self.replacement.described(model, reference)
        options = c.SweepOptions(
            replacement=ctypes.pointer(struct),
            metrics=sum(c.METRICS[name] for name in self.metrics),
            threads=thread_count(threads, model.threads),
            progress=self._watch.callback,
            kind=number,
            changed_row_limit=changed_row_limit,
            first_row=first_row,
        )
        numbers = None if layers is None else _selection.layer_numbers(layers, self._layers)
        units = None if order is None else _selection.pairs(order, self._layers, "order")
        expect_items(kind, numbers, units, self._masks)
        if numbers is not None:
            options.layers, options.layer_count = (c_size_t * len(numbers))(*numbers), len(numbers)
        if units is not None:
            self._units = units
            options.order, options.order_count = (c.Unit * len(units))(*(c.Unit(*unit) for unit in units)), len(units)
        if self._masks:
            options.masks = (ctypes.c_void_p * len(self._masks))(*(mask._handle.value for mask in self._masks))
            options.mask_count = len(self._masks)
        self._options = options
        self._own(make(library.ablate_sweep_create, model._handle, byref(options)))

    def feed(self, X: Any, y: Any = None) -> Sweep:
        """Adds rows, also those that were fed before: they count twice, since nothing tells which rows were counted.

        Parameters
        ----------
        X : array, [rows, ...], or iterable of (X, y) batches
            An array, a memory map, a data frame, a tensor; or, without y, any number of batches. Finite: NaN and
            infinite rows pass through runs, `model.predict` and its like, and are refused where rows are counted.
        y : array, [rows]
            Class labels as in `model.classes`; of a regression the targets, [rows] or [rows, outputs].

        Returns
        -------
        Sweep
            Itself.

        Raises
        ------
        ValueError
            Shapes do not fit, a value is not finite, or a label is no class of the model. Nothing of that batch is
            counted. Batches before it are, as they are if their iterator fails: `rows` tells where to go on.
        CancelledError
            A function for `progress` cancelled; `rows` tells where to go on.
        """
        self._feed(X, y, self.model, y is None)
        return self

    def _feed_rows(self, X: Any, y: Any, of: str = "") -> None:
        x = finite_rows(X, self.model, f"X{of}")
        classes = self.model.classes
        if classes is None:
            answers: Any = _labels.targets(y, len(x), self.model.output_width, f"y{of}")
            function = library.ablate_sweep_feed_targets
        else:
            answers, function = _labels.indices(y, classes, len(x), f"y{of}"), library.ablate_sweep_feed
        try:
            self._feed_blocks(function, x, answers)
        finally:
            self._table = None

    def _renew(self) -> None:
        """A new handle with the counts of the feeds before, since the old one takes no more.

        Where that cannot be had, the old one stays, which can still be read.
        """
        try:
            fresh = make(library.ablate_sweep_create, self.model._handle, byref(self._options))
        except (AblateError, ValueError):
            return
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = os.fsencode(Path(folder) / "sweep")
                check(library.ablate_sweep_save(self._handle, path))
                check(library.ablate_sweep_load(fresh, path))
        except BaseException as error:
            library.ablate_sweep_free(fresh)
            if isinstance(error, (AblateError, OSError)):
                return
            raise
        old = self._finalizer
        self._own(fresh)
        if old is not None:
            old()

    def ablation(self, key: Any) -> Ablation:
        """The model with an item ablated as it was here, to run it on rows of choice; `key` as in `sweep[key]`.

        Input values have none: UnsupportedError. A resampled value depends on the number of its row in a run.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> libablate.sweep(model, np.eye(2), [0, 1]).ablation((0, 1)).predict(np.eye(2)).tolist()
        [0, 0]
        """
        place = self.position(key)
        if self.kind == "inputs":
            raise UnsupportedError("input values are no part of the model: there is no ablation of one")
        if self.kind == "masks":
            return self._masks[place]
        found = self[place]
        if "synapses" in self.kind:
            return self.model.ablate(synapses=[(found.layer, found.unit, found.input)])
        if self.kind == "cumulative":
            units = list(zip(self["layer"][: place + 1].tolist(), self["unit"][: place + 1].tolist()))
        else:
            units = [(found.layer, found.unit)]
            if found.second_unit is not None:
                units.append((found.second_layer, found.second_unit))
        return self.model.ablate(units, replacement=self.replacement, reference=self._reference)

    def merge(self, other: Sweep) -> Sweep:
        """Adds the counts of another sweep with the same plan, as if its rows had been fed here; `other` stays.

        Shards can be merged in any order with the same bits; with resample and changed_rows if each was made with the
        first_row of its shard. Feed all of a shard, then merge.

        Plans are compared, rows are not: counts do not tell which rows they are of. Rows that both have count twice, as
        does a shard that is merged twice, with a warning if it is the very object, or loaded from the very file, that
        was merged before; `rows` tells how many there are in all.
        """
        self._merge(library.ablate_sweep_merge, other)
        self._table = None
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the counts to a file, whole or not at all.

        They do not tell which rows they are of: keep with a file which shard it is.
        """
        check(library.ablate_sweep_save(self._handle, os.fsencode(path)))

    def load(self, path: str | os.PathLike[str] | None = None) -> Sweep:
        """Replaces the counts by those of a file that a sweep with the same plan saved.

        This one is made as that one was, of the same model with the same options: ``Sweep(model, ...).load(path)``.

        Without merges, go on feeding at row `rows` of what that sweep was fed: rows that are fed again count twice,
        without an error.

        Examples
        --------
        >>> import libablate, numpy as np, pathlib, tempfile
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "counts"
        ...     libablate.sweep(model, np.eye(2), [0, 1]).save(path)
        ...     libablate.Sweep(model).load(path).rows
        2
        """
        # Without its default Python would say of Sweep.load("counts") that the path is missing.
        if not isinstance(self, Sweep):
            raise TypeError("counts are loaded into a sweep of the same plan: Sweep(model, ...).load(path)")
        if not isinstance(path, (str, bytes, os.PathLike)):
            raise TypeError(f"path is that of a file, not {brief(path)}: Sweep(model, ...).load(path)")
        check(library.ablate_sweep_load(self._handle, os.fsencode(path)))
        self._table = None
        self._shards = {saved(path)}
        return self


def ablations(masks: Any) -> tuple[Ablation, ...]:
    """The ablations of a sweep of masks."""
    if isinstance(masks, (Mapping, Ablation)) or not isinstance(masks, Iterable):
        raise TypeError(f"masks are a list of ablations, made by model.ablate, not {brief(masks)}")
    found = tuple(masks)
    for number, mask in enumerate(found):
        if not isinstance(mask, Ablation):
            hint = f": pass model.ablate({brief(mask)})" if isinstance(mask, (Mapping, list, tuple)) else ""
            raise TypeError(f"mask {number} is no ablation, made by model.ablate, but {brief(mask)}{hint}")
    return found
