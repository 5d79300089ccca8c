"""NaN and infinite inputs pass through as IEEE arithmetic has it."""

import numpy as np
import pytest

import libablate._declarations as c
import oracle
from host import Mask, Model, Reference, Session, Sweep, floats

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


@pytest.mark.parametrize(("of", "layers"), [("units", [1]), ("pairs", [0, 1])])
def test_a_mean_without_a_number_hides_no_large_one(of, layers):
    """In a layer the mean of one unit is NaN; that of another makes a sum infinite, or the largest number."""
    largest = np.finfo(np.float32).max
    model = Model.build(
        [
            {"weights": np.eye(3, dtype=np.float32)},
            {
                "weights": floats([[1, 0, 0], [0, 1, 0], [0, 0, 1], [10, 0, 0]]),
                "activation": "leaky_relu",
                "alpha": 0.5,
            },
            {"weights": floats([[1, 4, -1, 0]])},
            {"weights": floats([[0.1], [0.2]]), "bias": floats([1, 0])},
        ]
    )
    how = {"kind": "mean", "reference": Reference(model, [[largest, largest, 0], [-largest, -largest, 0]])}
    assert how["reference"].means(0).tolist() == [0, 0, 0]
    means = floats([largest / 4, largest / 4, 0, NAN])
    assert np.array_equal(how["reference"].means(1), means, equal_nan=True)
    x = floats([[1.2e31, 0, 1.2e31]])
    session = Session(model)
    # A run adds 1.2e31, the mean and -1.2e31 in this order. The mean on top of the intact sum, 0, would not overflow.
    assert session.run(x, Mask(model, [(1, 1)], **how)).tolist() == [[INF, INF]]
    for result in Sweep(model, layers, of=of, **how).feed(x, [0]):
        units = [(result.layer, result.unit)]
        if result.second_unit != c.NONE:
            units.append((result.second_layer, result.second_unit))
        assert result.correct == (session.predict(x, Mask(model, units, **how)) == 0).sum(), units
