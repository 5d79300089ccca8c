"""The sweep itself: checks the cluster, keeps it busy, adds up what comes back."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._metrics import metric_names
from .._numbers import thread_count, whole
from .._progress import Progress, Watch
from .._runs import expect_model
from .._selection import Units
from .._sweep import Sweep
from ..ablation import Ablation
from ..errors import UnsupportedError
from ..model import Model
from ..replacement import Reference, Replacement, Replacing, replacement_of
from . import shares
from .cluster import Cluster
from .counts import expect_joinable, join, restore
from .rows import Rows, Stored, rows_of
from .tasks import Tasks
from .work import Work

if TYPE_CHECKING:
    from distributed import Client


def sweep(
    client: Client,
    model: Model,
    X: Any,
    y: Any = None,
    *,
    kind: str = "units",
    layers: Any = None,
    order: Units | None = None,
    masks: Iterable[Ablation] = (),
    replacement: Replacing = "zero",
    reference: Any = None,
    metrics: str | Iterable[str] | None = None,
    changed_row_limit: int | None = None,
    first_row: int = 0,
    rows: int | None = None,
    rows_per_task: int | None = None,
    items_per_task: int | None = None,
    threads: int = 1,
    progress: Progress = True,
) -> Sweep:
    """Sweeps on the workers of a Dask cluster, with the same results as in one process.

    :mod:`libablate.distributed` has advice.

    Parameters
    ----------
    client : distributed.Client
        A synchronous one, with workers.
    model : Model
        It travels to each worker once.
    X : array, [rows, ...], path, Dask array, function, or iterable of (X, y) batches
        An array or batches go to the workers in slices. The path of an NPY file has to be the same for all. A Dask
        array is taken chunk by chunk, where it lies. A function X(begin, end) is called on workers and returns rows and
        labels.
    y : array or path, [rows]
        Class labels as in `model.classes`, of a regression the targets; of a Dask array perhaps one, too.
    kind : {"units", "synapses", "inputs", "pairs", "cumulative", "masks", "outgoing_synapses"}
        What is ablated, one after the other.
    layers, order, masks, replacement, metrics, changed_row_limit, first_row
        See :class:`libablate.Sweep`. The replacements of masks draw from no reference.
    reference : array or path, [rows, ...], optional
        For mean and resample; by default X, if it is an array or a path. All of it travels to each worker, or is read
        there.
    rows : int, optional
        How many rows a function loads.
    rows_per_task : int, optional
        By default about four tasks for each thread of the workers, chunks of a Dask array, batches.
    items_per_task : int, optional
        Shares out items as well as rows: at most so many to a task, if that is more than those of one unit. For units,
        synapses and masks.
    threads : int
        Of the library in a task; 0 for one per processor.
    progress : bool or function
        As for :class:`libablate.Sweep`.

    Returns
    -------
    Sweep
        More rows can be fed to it; they are numbered as after a merge, from `first_row` on.

    Raises
    ------
    ImportError
        Dask is not installed here, or libablate on some worker.
    UnsupportedError
        The model is multilabel; or the library saves counts in a way that shares of items cannot be joined from.
    ValueError
        Shapes do not fit, there are no rows, a label is no class of the model; the cluster has no workers, or one that
        has another libablate.
    distributed.KilledWorker
        Some task was lost again and again, with workers that died.

    Notes
    -----
    Ctrl-C, a callback that cancels, and any error cancel what is left to do on the cluster.

    Examples
    --------
    >>> import libablate.distributed, numpy as np
    >>> from distributed import Client  # doctest: +SKIP
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> with Client(n_workers=2, threads_per_worker=1) as client:  # doctest: +SKIP
    ...     libablate.distributed.sweep(client, model, np.eye(2), [0, 1])["correct"].tolist()
    [2, 1]
    """
    cluster = Cluster(client)
    expect_model(model)
    if model.head == "multilabel":
        raise UnsupportedError("a sweep needs a model that puts each row into one class, or a regression")
    # Here, as on a worker it would be told late.
    for name, value in (("items_per_task", items_per_task), ("rows_per_task", rows_per_task)):
        if value is not None:
            whole(name, value, 1)
    thread_count(threads)
    taken = rows_of(model, X, y, rows, rows_per_task, cluster.threads())
    described = replacement_of(replacement)
    travelling = reference_rows(described, reference, taken)
    options = {"metrics": metric_names(metrics, kind, model), "changed_row_limit": changed_row_limit}
    # The result's own masks: `Sweep.ablation` gives them.
    chosen = tuple(masks)
    every = shares.whole(model, kind, layers, order, chosen)
    work = Work(model, [every], replace(described, reference=None), travelling, options)
    result = work.sweep(every, first_row, None, chosen)
    counted = [result]
    if items_per_task is not None and len(result) > items_per_task:
        work.shares = shares.shares(model, every, items_per_task)
        counted = [work.sweep(share, first_row, 1) for share in work.shares]
        expect_joinable(result, counted)
    watch = Watch(progress, f"sweep of {kind.replace('_', ' ')}", "rows")
    add_up(Tasks(cluster, work, first_row, threads), taken, counted, watch)
    return result if counted[0] is result else join(result, counted)


def add_up(tasks: Tasks, taken: Rows, counted: list[Sweep], watch: Watch) -> None:
    """Has every part of the rows counted for every share of the items, and adds it to what is counted of the share."""
    items, done = sum(map(len, counted)), 0
    # What comes is read into these, to be merged.
    inbox: dict[int, Sweep] = {}
    with watch.work(taken.count), tasks:
        for number, part, found in tasks.run(taken.parts):
            data, whole = zlib.decompress(found), counted[number]
            if number not in inbox:
                inbox[number] = tasks.work.sweep(tasks.work.shares[number], 0, 1)
            whole.merge(restore(inbox[number], data))
            done += part.rows * len(whole)
            watch.reached(done // items)
    if not done:
        raise ValueError("there are no batches, or they have no rows")


def reference_rows(replacement: Replacement, reference: Any, taken: Rows) -> Any:
    """The rows that a replacement draws from, or the file of them; None if it needs none."""
    if not replacement.needs_reference:
        return None
    given = replacement.drawn_from(reference)
    given = taken.reference if given is None else given
    if given is None:
        raise ValueError(f"{replacement.kind} draws from reference rows, and X is no array or path: pass reference=")
    if isinstance(given, Reference):
        raise TypeError("a Reference stays in its process: pass the rows that it was made of")
    return Stored.of(given)
