"""What a class looks at in a few rows while units go; of models that class activation maps are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._channel_orders import from_outside, looked_at
from ..activation_maps import cam_weights
from ..channel_removal import ChannelRemoval, remove_channels
from ..errors import InvalidArgumentError, UnsupportedError
from ..model import Model
from ._pictures import encoded, number, smaller

EXAMPLES = 6
# A map of more rows or columns is averaged to fewer.
SIDE = 32
ORDERS = {
    "highest": "units of the largest weights go first",
    "lowest": "units of the smallest weights go first",
    "window": "units outside a window of weights go",
}


def can_be_mapped(model: Model, row: Any, removed: dict[str, Any]) -> bool:
    """Whether a model has maps, and its channels can be replaced in this way."""
    try:
        remove_channels(model, row, points=[0], progress=False, **removed)
    except (UnsupportedError, InvalidArgumentError):
        return False
    return True


def examples(predictions: Any, y: Any) -> list[int]:
    """Rows to show: the first of each class that is right, at most `EXAMPLES`; the first rows if none is right."""
    right = np.flatnonzero(predictions == y)
    _, first = np.unique(predictions[right], return_index=True)
    chosen = right[np.sort(first)] if len(right) else np.arange(len(predictions))
    return [int(row) for row in chosen[:EXAMPLES]]


def maps_of(model: Model, rows: Any, chosen: Sequence[int], removed: dict[str, Any]) -> dict[str, Any]:
    """Maps, probabilities and predictions of some rows at several points of each order."""
    found: list[dict[str, Any]] = []
    assert model.classes is not None
    numbers = {label: place for place, label in enumerate(model.classes.tolist())}
    points: list[int] = []
    for row in chosen:
        label = model.predict(rows[row][np.newaxis])[0]
        weights = cam_weights(model, label)
        points = looked_at(len(weights))
        told = {}
        for name, order in (
            ("highest", "highest_weight"),
            ("lowest", "lowest_weight"),
            ("window", from_outside(weights).tolist()),
        ):
            removal = remove_channels(
                model, rows[row], label, order=order, points=points, progress=False, **removed
            )  # fmt: skip
            told[name] = steps(removal, weights, numbers)
        found.append({"row": row, "class": numbers[label.item()], "orders": told})
    return {"rows": found, "points": points, "orders": ORDERS}


def steps(removal: ChannelRemoval, weights: Any, numbers: dict[Any, int]) -> dict[str, Any]:
    """Each point of an order: which weights stay, the first classes, and the map as signed bytes."""
    maps = np.stack([smaller(picture.astype(float), SIDE) for picture in removal.maps])
    limit = float(np.abs(np.nan_to_num(maps)).max()) or 1.0
    values = np.rint(127 * np.nan_to_num(maps) / limit).clip(-127, 127).astype(np.int8)
    left = [weights[np.setdiff1d(np.arange(len(weights)), removal.channels[:gone])] for gone in removal.removed]
    return {
        "height": maps.shape[1],
        "width": maps.shape[2],
        "limit": number(limit),
        "maps": [encoded(picture) for picture in values],
        "windows": [[number(part.min(), 4), number(part.max(), 4)] if len(part) else None for part in left],
        "probability": [number(value, 4) for value in removal.probabilities],
        "first": [
            [[numbers[label], number(share, 4)] for label, share in zip(labels, shares)]
            for labels, shares in zip(removal.top_labels.tolist(), removal.top_probabilities)
        ],
    }
