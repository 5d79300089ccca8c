"""One call for each kind of sweep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._arrays import expect_fed, some_rows
from ._numbers import truth
from ._progress import Progress
from ._runs import expect_model
from ._selection import Units
from ._selection import pairs as pairs_of
from ._sweep import Sweep
from .ablation import Ablation
from .model import Model
from .replacement import Replacing, replacement_of


def run(model: Model, kind: str, X: Any, y: Any, replacement: Replacing, reference: Any, **options: Any) -> Sweep:
    """Makes a sweep and feeds it; mean and resample draw from the swept rows themselves unless told otherwise."""
    expect_model(model)
    described = replacement_of(replacement)
    if reference is None and described.needs_reference and described.reference is None:
        if y is None:
            raise ValueError(f"{described.kind} draws from reference rows: with batches, pass reference=")
        reference = some_rows(X, model)
    swept = Sweep(model, kind, replacement=described, reference=reference, **options).feed(X, y)
    expect_fed(swept.rows)
    return swept


def sweep(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    layers: Any = None,
    replacement: Replacing = "zero",
    reference: Any = None,
    metrics: str | Iterable[str] | None = None,
    changed_row_limit: int | None = None,
    first_row: int = 0,
    threads: int | None = None,
    progress: Progress = True,
) -> Sweep:
    """Ablates each unit of the layers, one after the other, and counts what changes.

    Parameters
    ----------
    model : Model
    X : array, [rows, ...], or iterable of (X, y) batches
        An array, a memory map, a data frame, a tensor; or, without y, batches, which may be more than memory holds.
    y : array, [rows]
        Class labels as in `model.classes`, of a regression the targets, [rows] or [rows, outputs].
    layers : int, str, Layer or list of them, optional
        All hidden layers by default.
    replacement : {"zero", "dead", "mean", "resample"}, float (a constant) or Replacement
    reference : Reference or array, optional
        For mean and resample; by default X.
    metrics, changed_row_limit, first_row, threads, progress
        See :class:`Sweep`.

    Returns
    -------
    Sweep

    Raises
    ------
    ValueError
        Shapes do not fit, or a label is no class of the model.
    UnsupportedError
        The model is multilabel.
    KeyboardInterrupt
        Ctrl-C: nothing is returned, and what was counted is lost. Feed a :class:`Sweep` of your own, batch by batch, to
        keep it.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], classes=["a", "b"])
    >>> result = libablate.sweep(model, np.eye(2), ["a", "b"], metrics=["confusion", "log_loss"])
    >>> result[0, 1].lost, round(result[0, 1].log_loss, 4)
    (1, 0.5032)
    """
    options = {"layers": layers, "metrics": metrics, "changed_row_limit": changed_row_limit, "first_row": first_row}
    return run(model, "units", X, y, replacement, reference, threads=threads, progress=progress, **options)


def synapses(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    layers: Any = None,
    units: Units | None = None,
    outgoing: bool = False,
    metrics: str | Iterable[str] | None = None,
    threads: int | None = None,
    progress: Progress = True,
) -> Sweep:
    """Ablates each weight on its own: those into each unit of the layers, or into (or out of) the given units.

    Of a convolution, the weights of a synapse are a slice of the kernel, all that lead from one channel to one unit:
    they are ablated at once.

    Parameters
    ----------
    model, X, y
        As for :func:`sweep`.
    layers : int, str, Layer or list of them, optional
        All layers by default.
    units : list of (layer, unit), optional
        The units whose incoming weights are swept, instead of layers.
    outgoing : bool
        Of `units`, hidden ones, the weights that leave them: in all layers that read them, directly or through steps
        without weights, such as pooling and sums.
    metrics, threads, progress
        See :class:`Sweep`; a weight has no confusion matrix unless asked for.

    Returns
    -------
    Sweep
        By unit and then by input: `result[layer, unit, input]`. The inputs of a convolution are channels, with groups
        numbered within the unit's. Ctrl-C, as for :func:`sweep`, leaves nothing.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None)])
    >>> libablate.synapses(model, np.eye(2), [0, 1])[0, 1, 1].lost
    1
    """
    if truth("outgoing", outgoing) and units is None:
        raise ValueError("outgoing weights are those of units: pass units")
    if layers is not None and units is not None:
        raise ValueError("layers and units exclude each other: pass one of both")
    kind = "outgoing_synapses" if outgoing else "synapses"
    expect_model(model)
    order = None if units is None else pairs_of(units, model.layers)
    options = {"layers": layers, "order": order, "metrics": metrics, "threads": threads, "progress": progress}
    return run(model, kind, X, y, "zero", None, **options)


def inputs(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    replacement: Replacing = "zero",
    reference: Any = None,
    metrics: str | Iterable[str] | None = None,
    threads: int | None = None,
    progress: Progress = True,
) -> Sweep:
    """Replaces each value of the input by zero, a constant or its mean: `result[i]` is that of value i.

    Parameters are those of :func:`sweep`; Ctrl-C, as there, leaves nothing.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None)])
    >>> libablate.inputs(model, np.eye(2), [0, 1])["lost"].tolist()
    [0, 1]
    """
    return run(
        model, "inputs", X, y, replacement, reference, metrics=metrics, threads=threads, progress=progress
    )  # fmt: skip


def pairs(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    layers: Any,
    replacement: Replacing = "zero",
    reference: Any = None,
    metrics: str | Iterable[str] | None = None,
    threads: int | None = None,
    progress: Progress = True,
) -> Sweep:
    """Ablates each unit and each pair of units, of one layer or across two, and finds how they interact.

    Parameters
    ----------
    layers : int, str, Layer or two of them
        One layer: all pairs (i, j) of it, i < j. Two: each unit of the first with each of the second, which is behind.
    model, X, y, replacement, reference, metrics, threads, progress
        As for :func:`sweep`; a pair has no confusion matrix unless asked for.

    Returns
    -------
    Sweep
        `result[(layer, i), (layer, j)]` for pairs, in either order, `result[layer, i]` for single units. Ctrl-C, as for
        :func:`sweep`, leaves nothing.

    Notes
    -----
    The interaction of a pair is the effect of both less the effects of each. Of a classifier, whose effects are on the
    accuracy, a negative one says that both together cost more than each alone, added up: each makes up for the loss of
    the other. A positive one says that they cost less: what one does is of less use without the other. Of a regression,
    whose effects are on the error, it is the other way round. `result.strongest()` goes by |interaction| and so mixes
    both; ``result.to_pandas().sort_values("interaction")`` does not.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [0, 1])])
    >>> libablate.pairs(model, np.eye(2), [0, 1], layers=0)[(0, 0), (0, 1)].interaction
    0.0
    """
    options = {"layers": layers, "metrics": metrics, "threads": threads, "progress": progress}
    return run(model, "pairs", X, y, replacement, reference, **options)


def cumulative(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    order: Units,
    replacement: Replacing = "zero",
    reference: Any = None,
    metrics: str | Iterable[str] | None = None,
    threads: int | None = None,
    progress: Progress = True,
) -> Sweep:
    """Ablates the first unit of an order, the first two, and so on: `result[k]` is that of the first k + 1.

    Ctrl-C, as for :func:`sweep`, leaves nothing.

    Parameters
    ----------
    order : list of (layer, unit)
        Each unit at most once. Results of units, or a data frame with columns layer and unit, are taken, too.
    model, X, y, replacement, reference, metrics, threads, progress
        As for :func:`sweep`.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.cumulative(model, np.eye(2), [0, 1], order=[(0, 1), (0, 0)])["correct"].tolist()
    [1, 1]
    """
    options = {"order": order, "metrics": metrics, "threads": threads, "progress": progress}
    return run(model, "cumulative", X, y, replacement, reference, **options)


def masks(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    masks: Iterable[Ablation],
    metrics: str | Iterable[str] | None = None,
    changed_row_limit: int | None = None,
    threads: int | None = None,
    progress: Progress = True,
) -> Sweep:
    """Each ablation in turn, with the replacements it has: `result[i]` is that of the i-th.

    Ctrl-C, as for :func:`sweep`, leaves nothing.

    Parameters
    ----------
    masks : list of Ablation
        Made by `model.ablate`; each ablates something.
    model, X, y, metrics, changed_row_limit, threads, progress
        As for :func:`sweep`.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.masks(model, np.eye(2), [0, 1], masks=[model.ablate({0: [0, 1]})])[0].correct
    1
    """
    options = {"masks": masks, "metrics": metrics, "changed_row_limit": changed_row_limit}
    return run(model, "masks", X, y, "zero", None, threads=threads, progress=progress, **options)
