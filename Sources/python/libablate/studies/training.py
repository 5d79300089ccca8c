"""Training as the studies did: scikit-learn's multilayer perceptron."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

from .. import from_sklearn
from ..model import Model
from .settings import Settings


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes
    ----------
    model : Model
    shape : str
        Such as "784-392-10".
    epochs : int
        How many were trained; `stopped` tells whether it was by their limit.
    train_accuracy : float
    """

    model: Model
    shape: str
    epochs: int
    stopped: bool
    train_accuracy: float

    @property
    def ending(self) -> str:
        """How the training ended, in words."""
        return f"{self.epochs} epochs" + (", the limit" if self.stopped else ", until its loss no longer fell")


def train(settings: Settings, x: Any, y: Any, hidden: tuple[int, ...], *, max_iter: int, **options: Any) -> Trained:
    """Trains a classifier; what is not given is scikit-learn's default: ReLU, Adam, batches of 200, L2 of 0.0001."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    limit = settings.epochs(max_iter)
    network = MLPClassifier(hidden_layer_sizes=hidden, max_iter=limit, **{"random_state": 42, **options})
    shape = "-".join(map(str, [x.shape[1], *hidden, len(set(y.tolist()))]))
    settings.say(f"training {shape} on {len(x):,} rows, {limit} epochs at most")
    start = time.monotonic()
    # One thread adds up in one order: the weights do not depend on how many processors there are.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        accuracy = float(network.fit(x, y).score(x, y))
    trained = Trained(from_sklearn(network), shape, network.n_iter_, network.n_iter_ == limit, accuracy)
    seconds = time.monotonic() - start
    settings.say(f"  {trained.ending}, {seconds:.0f} s: {accuracy:.2%} of the training rows are right")
    return trained
