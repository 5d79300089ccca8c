"""A small convolutional network trained on half of scikit-learn's digits, and some of the others."""

from functools import cache
from types import SimpleNamespace

import numpy as np
from sklearn.datasets import load_digits

from libablate.studies.small_cnn import Network, train


@cache
def trained():
    """The network, its model, and 120 rows [1, 8, 8] with labels."""
    x, y = load_digits(return_X_y=True)
    images = (x / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    rng = np.random.default_rng(5)
    network = Network(10, rng)
    train(network, images[::2], y[::2], 6, rng)
    rows = np.ascontiguousarray(images[1:241:2].transpose(0, 3, 1, 2))
    return SimpleNamespace(network=network, model=network.model((1, 8, 8), list(range(10))), x=rows, y=y[1:241:2])


def features(network, row):
    """What the mean over all places is made of, float64 [units, height, width]; and scores with some units at zero."""
    wide = Network.__new__(Network)
    wide.parameters = [part.astype(np.float64) for part in network.parameters]
    _, (*_, found, _) = wide.forward(row.transpose(1, 2, 0)[None].astype(np.float64))
    dense, bias = wide.parameters[4:]

    def scores(gone):
        kept = found[0].mean(axis=(0, 1))
        kept[list(gone)] = 0
        return kept @ dense + bias

    return found[0].transpose(2, 0, 1), scores, dense
