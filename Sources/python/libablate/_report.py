"""A report for the browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from . import sweeps
from ._arrays import rows
from ._brief import brief
from ._metrics import default_metrics
from ._numbers import whole
from ._profile import Profile
from ._progress import Progress
from ._runs import expect_model
from .files.whole import expect_writable, write_whole
from .judging import judge
from .model import Model
from .page import _assembly
from .page._data import PageData
from .replacement import Replacing

CHANGED_ROWS = 12


def report(
    model: Model,
    X: Any,
    y: Any,
    path: str | os.PathLike[str],
    *,
    title: str = "What each unit does",
    layers: Any = None,
    replacement: Replacing = "zero",
    reference: Any = None,
    shape: Any = None,
    unit_limit: int = 500,
    threads: int | None = None,
    progress: Progress = True,
) -> Path:
    """Sweeps the units and writes what it finds to a page for the browser, which is one file and needs no network.

    A click on a unit shows what its ablation changes, the rows that do, its weights, and whether its effect is luck.
    Of networks of images that :func:`cam` can be asked of, a slider takes channels away by the weights of a class and
    shows map, prediction and probabilities of a few rows.

    Parameters
    ----------
    model : Model
        A classifier with one class per row, or a regression.
    X : array, [rows, ...]
    y : array, [rows]
        Class labels as in `model.classes`; of a regression the targets.
    path : str or path
        The file, about 5 MB, most of which is plotly.js; replaced if it is there.
    title : str
        The heading.
    layers, replacement, reference, threads, progress
        As for :func:`sweep`.
    shape : tuple of int, optional
        The shape of a row as an image, (rows, columns) or (channels, rows, columns); by default that of the model's
        input if it is one.
    unit_limit : int
        The table and the charts have all units; weights, rows and changes of classes are there for so many, those with
        the strongest effects.

    Returns
    -------
    pathlib.Path
        Of the file.

    Raises
    ------
    ImportError
        plotly is missing: `pip install 'libablate[report]'`.
    OSError
        The file cannot be written there, which is found out first.
    ValueError
        Shapes do not fit, or a label is no class of the model.

    Examples
    --------
    >>> import libablate, numpy as np, pathlib, tempfile
    >>> model = libablate.from_weights([(np.eye(4), None, "relu"), (np.eye(4), None)], input_shape=(2, 2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = libablate.report(model, np.eye(4), [0, 1, 2, 3], pathlib.Path(folder) / "report.html")
    ...     path.read_text("utf-8")[:15]
    '<!doctype html>'
    """
    expect_model(model)
    unit_limit = whole("unit_limit", unit_limit, 0)
    if not isinstance(title, str):
        raise TypeError(f"title is a string, not {brief(title)}")
    if y is None:
        raise TypeError("a report takes rows and their labels: X and y")
    _assembly.plotly()
    expect_writable(path)
    names = [str(name) for name in X.columns] if hasattr(X, "columns") else None
    values = rows(X, model)
    if not len(values):
        raise ValueError("a report is of at least one row")
    options = {"layers": layers, "replacement": replacement, "reference": reference, "threads": threads}
    sweep = sweeps.sweep(
        model,
        values,
        y,
        metrics=[] if model.classes is None else [*default_metrics("units", model), "changed_rows"],
        changed_row_limit=None if model.classes is None else CHANGED_ROWS,
        progress=progress,
        **options,
    )
    swept = sorted(set(sweep["layer"].tolist()))
    profile = Profile(model, "top_rows", layers=swept, top_row_limit=8, threads=threads, progress=progress)
    profile.feed(values)
    judgements = None if model.classes is None else judge(sweep)
    data = PageData(sweep, judgements, profile, values, y, shape, names, unit_limit).collect()
    target = Path(path)
    write_whole(target, _assembly.page(data, title))
    return target
