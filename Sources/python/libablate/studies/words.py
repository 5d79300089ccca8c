"""What ablating a unit did, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._arrays import Counts


def verdict(before: Counts, after: Counts, names: Sequence[str]) -> str:
    """Which class lost and where the predictions went; from two confusion matrices, row = label."""
    if np.array_equal(before, after):
        return "Redundant: the confusion matrix stays as it is."
    rows = int(before.sum())
    recall_before, recall = (np.diag(m) / np.maximum(m.sum(axis=1), 1) for m in (before, after))
    said = []
    lost = int(np.argmin(recall - recall_before))
    if recall[lost] < recall_before[lost]:
        said.append(
            f"{names[lost]} loses most: {recall_before[lost]:.0%} of its rows were right, {recall[lost]:.0%} are"
        )
    else:
        said.append("no class loses")
    shift = after.sum(axis=0) - before.sum(axis=0)
    towards = int(np.argmax(shift))
    if shift[towards] >= max(2, 0.05 * rows):
        said.append(f"bias towards {names[towards]}, predicted {shift[towards]} times more")
    gone = [names[k] for k in range(len(names)) if before[:, k].sum() and not after[:, k].sum()]
    if gone:
        said.append(f"{', '.join(gone)} never predicted")
    text = "; ".join(said)
    return text[0].upper() + text[1:] + "."
