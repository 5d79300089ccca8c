"""How well each class is told from the others, whatever their sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arrays import Matrix, numbers, pointer
from ._library import library
from .errors import check


def balanced_accuracies(matrix: Any) -> Matrix:
    """How well each class is told from all others, whatever their sizes: (TPR + TNR) / 2 of "predicted as the class".

    Parameters
    ----------
    matrix : int array, [..., classes, classes]
        Confusion matrices, row = label, column = prediction, as `Sweep.confusion` gives them.

    Returns
    -------
    float64 array, [..., classes]
        NaN for a class without rows, and for one that all rows are of.

    Examples
    --------
    >>> import libablate
    >>> libablate.balanced_accuracies([[6, 2], [1, 3]]).tolist()
    [0.75, 0.75]
    """
    given = numbers(matrix, "matrix")
    if given.ndim < 2 or given.shape[-1] != given.shape[-2]:
        raise ValueError(f"matrix is [..., classes, classes], and not of the shape {given.shape}")
    if given.dtype.kind not in "iu" or (given < 0).any():
        raise ValueError("matrix has to hold counts: whole numbers of 0 or more")
    counts = np.ascontiguousarray(given, np.int64)
    out = np.empty(counts.shape[:-1], np.float64)
    for place in np.ndindex(counts.shape[:-2]):
        check(library.ablate_balanced_accuracies(pointer(counts[place]), counts.shape[-1], pointer(out[place])))
    return out
