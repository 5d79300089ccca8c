"""Intact runs against NumPy in float64, within the bound of oracle.py, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.neural_network import MLPClassifier, MLPRegressor

import libablate._declarations as c
import oracle
from host import Failure, Model, Session, floats, library


def assert_within(values, exact, bound):
    assert values.shape == exact.shape
    excess = np.abs(values - exact) - bound
    assert (excess <= 0).all(), f"{excess.max()} above the bound at {np.unravel_index(excess.argmax(), excess.shape)}"


@pytest.mark.parametrize("activation", oracle.ALL)
@pytest.mark.parametrize("layout", ["out_in", "in_out"])
def test_activations(activation, layout):
    random = np.random.default_rng(oracle.ALL.index(activation))
    layers = oracle.network(random, (37, 50, 33, 7), activation, spread=2.0)
    x = floats(random.normal(size=(64, 37)))
    model = Model.build(layers, layout=layout)
    _, exact, bound = oracle.forward(layers, x)[-1]
    assert_within(Session(model).run(x), exact, bound)
    for index, layer in enumerate(layers):
        weights, bias = model.parameters(index)
        assert np.array_equal(weights, layer["weights"]) and np.array_equal(bias, layer["bias"])


@pytest.mark.parametrize(
    ("activation", "alpha", "beta"),
    [
        ("leaky_relu", 0.3, 0),
        ("elu", 0.5, 0),
        ("selu", 1.2, 0.9),
        ("hard_sigmoid", 0.25, 0.4),
        ("leaky_relu", -0.5, 0),
        ("clip", -0.5, 0.75),
        ("clip", 0, 6),
    ],
)
def test_activation_parameters(activation, alpha, beta):
    random = np.random.default_rng(5)
    layers = oracle.network(random, (10, 20, 6), activation, alpha=alpha, beta=beta)
    x = floats(random.normal(size=(50, 10)))
    model = Model.build(layers)
    _, exact, bound = oracle.forward(layers, x)[-1]
    assert_within(Session(model).run(x), exact, bound)
    info = model.layer(0)
    assert (info.alpha, info.beta) == (np.float32(alpha), np.float32(beta))


@pytest.mark.parametrize("activation", oracle.DEFAULTS)
def test_default_parameters_are_those_of_the_operators(activation):
    info = Model.build(oracle.network(np.random.default_rng(0), (3, 4, 2), activation)).layer(0)
    assert (info.alpha, info.beta) == tuple(np.float32(oracle.DEFAULTS[activation]))


@pytest.mark.parametrize("activation", oracle.ALL)
def test_activation_functions_over_their_range(activation):
    """One unit with weight 1: the activation function alone, from the tails through the kinks and the subnormals."""
    x = np.concatenate([np.linspace(-110, 110, 4001), np.geomspace(1e-44, 1, 200), -np.geomspace(1e-44, 1, 200)])
    x = floats(x)[:, None]
    layers = [{"weights": np.ones((1, 1), np.float32), "activation": activation}]
    values = Session(Model.build(layers)).run(x).astype(float)
    exact = oracle.activate(activation, x.astype(float))
    # A few units in the last place of the value; gelu and tanh-gelu cancel for negative x, so of x.
    scale = np.maximum(np.abs(exact), np.abs(x) if "gelu" in activation else 0)
    if activation in ("hard_sigmoid", "hard_swish"):
        scale = np.maximum(scale, np.minimum(np.abs(x) + 1, 2))
    assert_within(values, exact, 8 * oracle.UNIT * scale + 2e-38)


def test_bias_may_be_left_out():
    layers = oracle.network(np.random.default_rng(1), (6, 5, 4))
    for layer in layers:
        layer["bias"] = None
    x = floats(np.random.default_rng(2).normal(size=(9, 6)))
    _, exact, bound = oracle.forward(layers, x)[-1]
    assert_within(Session(Model.build(layers)).run(x), exact, bound)


def test_input_scaler():
    random = np.random.default_rng(3)
    layers = oracle.network(random, (12, 9, 4))
    affine = (random.normal(size=12), random.uniform(0.1, 3, 12), random.normal(size=12))
    x = floats(random.normal(size=(40, 12)))
    for chosen in (affine, (affine[0], affine[1], None), (None, affine[1], None), (None, None, affine[2])):
        _, exact, bound = oracle.forward(layers, x, affine=chosen)[-1]
        model = Model.build(layers, affine=chosen)
        assert_within(Session(model).run(x), exact, bound)
        assert (model.info.layer_count, model.info.step_count) == (2, 3)


@pytest.mark.parametrize("head", list(c.HEADS))
def test_heads(head):
    """Probabilities, the model's own output and predictions, from the library's scores."""
    random = np.random.default_rng(4)
    layers = oracle.network(random, (8, 16, 1 if head == "binary" else 5), "tanh", spread=4.0)
    x = floats(random.normal(size=(100, 8), scale=3))
    model = Model.build(layers, head=head)
    session = Session(model)
    scores = session.run(x)
    exact = scores.astype(float)
    own = session.run(x, output="model")
    np.testing.assert_allclose(own, oracle.model_output(head, exact), rtol=2e-6, atol=2e-7)
    if head == "regression":
        for attempt in (lambda: session.run(x, output="probabilities"), lambda: session.predict(x)):
            with pytest.raises(Failure) as failure:
                attempt()
            assert failure.value.status == c.UNSUPPORTED
        assert (model.info.class_count, model.info.prediction_width, model.info.probability_width) == (0, 0, 0)
        return
    probabilities = session.run(x, output="probabilities")
    np.testing.assert_allclose(probabilities, oracle.probabilities(head, exact), rtol=2e-6, atol=2e-7)
    assert np.array_equal(session.predict(x), oracle.predictions(head, scores))


def test_softmax_of_large_scores_stays_finite():
    layers = [{"weights": floats([[1000.0], [-1000.0], [999.0]])}]
    session = Session(Model.build(layers, head="log_softmax"))
    x = floats([[1], [-1], [0.25]])
    scores = session.run(x).astype(float)
    np.testing.assert_allclose(session.run(x, output="probabilities"), oracle.softmax(scores), rtol=2e-6, atol=1e-37)
    np.testing.assert_allclose(session.run(x, output="model"), oracle.log_softmax(scores), rtol=2e-6)


def test_ties_go_to_the_lowest_index():
    layers = [{"weights": floats([[0], [1], [1], [1], [0.5]])}]
    session = Session(Model.build(layers))
    assert session.predict(floats([[1], [0], [-1]])).tolist() == [1, 0, 0]


def from_sklearn(network):
    kinds = {"relu": "relu", "tanh": "tanh", "logistic": "sigmoid", "identity": "identity"}
    layers = [
        {"weights": floats(w.T), "bias": floats(b), "activation": kinds[network.activation]}
        for w, b in zip(network.coefs_, network.intercepts_, strict=True)
    ]
    layers[-1]["activation"] = "identity"
    heads = {"softmax": "softmax", "identity": "regression"}
    head = heads.get(network.out_activation_, "binary" if len(layers[-1]["bias"]) == 1 else "multilabel")
    return layers, head


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("task", ["multiclass", "binary", "multilabel", "regression"])
def test_scikit_learn(task, activation):
    x, y = load_digits(return_X_y=True)
    x, y = x[:600] / 16, y[:600]
    if task == "binary":
        y = y % 2
    elif task == "multilabel":
        x, y = make_multilabel_classification(600, 20, n_classes=6, random_state=1)
        x = x / 10
    kind = MLPRegressor if task == "regression" else MLPClassifier
    network = kind(hidden_layer_sizes=(24, 12), activation=activation, max_iter=8, random_state=1).fit(x, y)
    layers, head = from_sklearn(network)
    x32 = floats(x)
    session = Session(Model.build(layers, head=head, layout="in_out"))
    if task == "regression":
        np.testing.assert_allclose(session.run(x32)[:, 0], network.predict(x32.astype(float)), rtol=1e-4, atol=1e-4)
        return
    probabilities = network.predict_proba(x32.astype(float))
    np.testing.assert_allclose(session.run(x32, output="model"), probabilities, rtol=1e-4, atol=2e-6)
    # Rows whose margin is inside float32's error may fall either way; there are none in this data.
    assert np.array_equal(session.predict(x32), network.predict(x32.astype(float)))


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_threads_that_share_the_units_of_a_row_change_no_bit(activation):
    random = np.random.default_rng(9)
    layers = oracle.network(random, (900, 1003, 700, 11), activation)
    x = floats(random.normal(size=(5, 900)))
    model = Model.build(layers)
    _, exact, bound = oracle.forward(layers, x)[-1]
    expected = Session(model).run(x)
    hidden = Session(model).activations(x, 0, "pre_activation")
    assert_within(expected, exact, bound)
    for threads in (2, 3, 7):
        session = Session(model, threads)
        for row in range(len(x)):
            assert np.array_equal(session.run(x[row : row + 1]), expected[row : row + 1])
            assert np.array_equal(session.activations(x[row : row + 1], 0, "pre_activation"), hidden[row : row + 1])


def test_class_labels():
    layers = oracle.network(np.random.default_rng(0), (3, 2))
    model = Model.build(layers, labels=["boot", "Größe"])
    out = c.c_char_p()
    for index, label in enumerate(["boot", "Größe"]):
        assert library.ablate_model_class_label(model.address, index, out) == c.OK
        assert out.value.decode() == label
    assert library.ablate_model_class_label(model.address, 2, out) == c.INVALID_ARGUMENT
