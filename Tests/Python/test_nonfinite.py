"""NaN and infinite inputs pass through as IEEE arithmetic has it."""

import numpy as np
import pytest

import oracle
from host import Mask, Model, Session, Sweep, floats

NAN, INF = np.nan, np.inf


def test_they_reach_the_scores_of_their_own_row_only():
    random = np.random.default_rng(0)
    model = Model.build(oracle.network(random, (9, 14, 5)))
    session = Session(model)
    x = floats(random.normal(size=(40, 9)))
    clean = session.run(x)
    for value in (NAN, INF, -INF):
        dirty = x.copy()
        dirty[17, 3] = value
        scores = session.run(dirty)
        others = np.arange(40) != 17
        assert scores[others].tobytes() == clean[others].tobytes()
        with np.errstate(invalid="ignore"):
            hidden = np.maximum(dirty[17] @ model.parameters(0)[0].T + model.parameters(0)[1], 0)
            exact = hidden @ model.parameters(1)[0].T + model.parameters(1)[1]
        assert np.array_equal(np.isnan(scores[17]), np.isnan(exact))
        assert np.array_equal(np.isposinf(scores[17]), np.isposinf(exact))
        assert np.array_equal(np.isneginf(scores[17]), np.isneginf(exact))


@pytest.mark.parametrize("activation", oracle.ALL)
def test_activation_functions_at_infinity(activation):
    session = Session(Model.build([{"weights": floats([[1]]), "activation": activation}]))
    low, high, nan = session.run(floats([[-INF], [INF], [NAN]]))[:, 0]
    assert np.isnan(nan)
    limits = {
        "relu": (0, INF), "elu": (-1, INF), "selu": (-1.6732632 * 1.050701, INF), "tanh": (-1, 1), "sigmoid": (0, 1),
        "softplus": (0, INF), "hard_sigmoid": (0, 1), "identity": (-INF, INF), "leaky_relu": (-INF, INF),
    }  # fmt: skip
    if activation in limits:
        np.testing.assert_allclose((low, high), limits[activation], rtol=1e-6)
    else:
        assert high == INF


def test_the_first_nan_wins_the_prediction():
    model = Model.build([{"weights": np.eye(4, dtype=np.float32)}])
    session = Session(model)
    x = floats([[1, 5, 2, 3], [INF, -INF, 0, INF], [-INF, -INF, -INF, -INF], [-1, -2, -INF, -3]])
    with np.errstate(invalid="ignore"):
        scores = session.run(x)
    assert np.array_equal(session.predict(x), np.argmax(scores, axis=1))
    constant = Mask(model, [(0, 2)], kind="constant", constant=NAN)
    assert session.predict(x[:1], constant).tolist() == [2]
    two = Mask(model, [(0, 1), (0, 3)], kind="constant", constant=NAN)
    assert session.predict(x[:1], two).tolist() == [1]


def test_a_sweep_counts_them_like_runs():
    random = np.random.default_rng(2)
    model = Model.build(oracle.network(random, (6, 10, 4)))
    x = floats(random.normal(size=(50, 6)))
    x[3, 1], x[20, 2], x[21, 5] = NAN, INF, -INF
    labels = random.integers(0, 4, 50)
    sweep = Sweep(model).feed(x, labels)
    session = Session(model)
    for result in sweep:
        predicted = session.predict(x, Mask(model, [(0, result.unit)]))
        assert result.correct == (predicted == labels).sum()
