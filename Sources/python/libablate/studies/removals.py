"""Study 001, each picture without more and more units: orders, and what is counted in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import cam_weights, remove_channels
from .._arrays import Floats
from .._channel_orders import from_outside
from ..channel_removal import ChannelRemoval
from ..model import Model
from .pictures import Pictures
from .settings import Settings

TOP, BOTTOM, WINDOW, SHARE, CHANCE = (
    "largest weight", "smallest weight", "outermost weight", "largest part of the score", "any (by chance)",
)  # fmt: skip
RANDOM_ORDERS = 10


class Removals:
    """What is left of each picture's class while units go, by order: {order: [removals of a picture]}."""

    def __init__(self, pictures: Pictures, settings: Settings) -> None:
        self.pictures = pictures
        self.found: dict[str, list[ChannelRemoval]] = {}
        # One probe tells of the model whether it can be done, and what its units are.
        probe = remove_channels(pictures.model, pictures.rows[0], points=[0], progress=False)
        self.units, self.layer = len(probe.channels), probe.layer
        self.chance: list[ChannelRemoval] = []
        settings.say(f"removing {self.units} units in several orders from {len(pictures.rows)} pictures")
        for place, row in enumerate(pictures.rows):
            label = None if pictures.labels is None else pictures.labels[place]
            for name, order in self.orders(row, label):
                self.found.setdefault(name, []).append(
                    remove_channels(pictures.model, row, label, order=order, progress=settings.progress)
                )
            rng = np.random.default_rng(place)
            for _ in range(settings.several(RANDOM_ORDERS)):
                order = rng.permutation(self.units).tolist()
                self.chance.append(remove_channels(pictures.model, row, label, order=order, progress=settings.progress))

    def orders(self, row: Floats, label: Any) -> Iterator[tuple[str, Any]]:
        """The study's three orders, and that by what each unit gives to the score of the class in this picture."""
        model = self.pictures.model
        weights = cam_weights(model, model.predict(row[np.newaxis])[0] if label is None else label)
        yield TOP, "highest_weight"
        yield BOTTOM, "lowest_weight"
        yield WINDOW, from_outside(weights)
        if self.layer is not None:
            yield SHARE, np.argsort(-weights * means(model, row, self.layer), kind="stable")

    def of(self, name: str) -> list[ChannelRemoval]:
        """All removals in an order."""
        return self.chance if name == CHANCE else self.found[name]

    @property
    def names(self) -> list[str]:
        """Of all orders."""
        return [*self.found, CHANCE]

    def changes(self, name: str) -> Floats:
        """How many units were gone when the prediction was none of the class for the first time; infinite if never."""
        return np.array([np.inf if r.changed is None else r.changed for r in self.of(name)], np.float32)

    def enough(self) -> Floats:
        """The fewest units of the largest weights with which the prediction stays while others go."""
        return np.maximum(self.units + 1 - self.changes(BOTTOM), 0)

    def probabilities(self, name: str) -> Floats:
        """The median over pictures of the probability of the class, by how many units are gone."""
        return np.median([removal.probabilities for removal in self.of(name)], axis=0)

    def moved(self) -> list[float]:
        """How alike the map is to the intact one when the prediction has changed: correlations over its places."""
        alike = []
        for removal in self.of(TOP):
            if removal.changed is None:
                continue
            before, after = removal.maps[0].ravel(), removal.maps[removal.changed].ravel()
            if before.std() > 0 and after.std() > 0:
                alike.append(float(np.corrcoef(before, after)[0, 1]))
        return alike

    def heirs(self) -> tuple[int, int]:
        """In how many pictures the new prediction is one of the next classes of the intact model, and of how many."""
        changed = [removal for removal in self.of(TOP) if removal.changed is not None]
        among = [removal.predictions[removal.changed] in removal.top_labels[0] for removal in changed]
        return sum(among), len(among)


def means(model: Model, row: Floats, layer: int) -> Floats:
    """What global average pooling makes of a picture's channels."""
    found: Floats = model.activations(row[np.newaxis], layer)[0].mean(axis=(1, 2))
    return found
