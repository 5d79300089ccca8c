"""How well each class is told from the others, whatever their sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arrays import Matrix, numbers, pointer
from ._library import library
from .errors import check


def balanced_accuracies(matrices: Any) -> Matrix:
    """How well each class is told from all others, whatever their sizes: (TPR + TNR) / 2 of "predicted as the class".

    Parameters
    ----------
    matrices : int array, [..., classes, 2, 2]
        [[TN, FP], [FN, TP]] of each class, as `Sweep.one_vs_rest` gives them, and scikit-learn's
        multilabel_confusion_matrix.

    Returns
    -------
    float64 array, [..., classes]
        NaN for a class without rows, and for one that all rows are of.

    Examples
    --------
    >>> import libablate
    >>> libablate.balanced_accuracies([[[3, 1], [2, 6]], [[6, 2], [1, 3]]]).tolist()
    [0.75, 0.75]
    """
    given = numbers(matrices, "matrices")
    if given.ndim < 3 or given.shape[-2:] != (2, 2):
        raise ValueError(f"matrices is [..., classes, 2, 2], and not of the shape {given.shape}")
    if given.dtype.kind not in "iu" or (given < 0).any():
        raise ValueError("matrices has to hold counts: whole numbers of 0 or more")
    counts = np.ascontiguousarray(given, np.int64)
    out = np.empty(counts.shape[:-2], np.float64)
    if out.size:
        check(library.ablate_balanced_accuracies(pointer(counts), out.size, pointer(out)))
    return out
