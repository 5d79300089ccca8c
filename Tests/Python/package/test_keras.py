"""Networks of Keras answer as they do there."""

import numpy as np
import pytest

import libablate

keras = pytest.importorskip("keras", reason="Keras is not installed")
layers = keras.layers
# Of Keras's own variables, with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
rng = np.random.default_rng(5)


def trained(model):
    """As if trained: no bias and no statistic is what it was at first."""
    for layer in model.layers:
        layer.set_weights([w + rng.uniform(0, 0.5, w.shape) if w.ndim else w for w in layer.get_weights()])
    return model


def answers(model, x):
    return keras.ops.convert_to_numpy(model(x, training=False))


@pytest.mark.parametrize(
    "name",
    ["linear", "relu", "leaky_relu", "elu", "selu", "tanh", "sigmoid", "softplus", "gelu", "hard_sigmoid", "hard_silu"],
)
def test_activations(name):
    x = rng.normal(size=(50, 6)).astype(np.float32)
    model = trained(keras.Sequential([keras.Input((6,)), layers.Dense(9, activation=name), layers.Dense(3)]))
    found = libablate.from_keras(model, classes=["a", "b", "c"])
    np.testing.assert_allclose(found.scores(x), answers(model, x), atol=1e-5)


def test_images_normalisations_and_dropout():
    x = rng.random((40, 5, 5, 2)).astype(np.float32)
    normalise = layers.Normalization()
    normalise.adapt(x)
    model = keras.Sequential([keras.Input((5, 5, 2)), layers.Rescaling(0.5, offset=0.1), normalise, layers.Flatten(),
        layers.Dense(12, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.BatchNormalization(),
        layers.Dropout(0.5), layers.Dense(8), layers.LeakyReLU(0.2), layers.Dense(4), layers.Softmax()])  # fmt: skip
    found = libablate.from_keras(model)
    assert found.head == "softmax" and [layer.units for layer in found.layers] == [12, 8, 4]
    np.testing.assert_allclose(found.outputs(x), answers(model, x), atol=1e-5)


def test_functional_models_that_are_chains_and_others():
    x = rng.normal(size=(20, 6)).astype(np.float32)
    start = keras.Input((6,))
    hidden = layers.Dense(5, activation="relu")(start)
    chain = keras.Model(start, layers.Dense(1, activation="sigmoid")(hidden))
    found = libablate.from_keras(chain)
    assert found.head == "binary"
    np.testing.assert_allclose(found.predict_proba(x)[:, 1:], answers(chain, x), atol=1e-6)
    branch = keras.Model(start, layers.Add()([hidden, layers.Dense(5)(start)]))
    with pytest.raises(libablate.UnsupportedError):
        libablate.from_keras(branch)
    with pytest.raises(libablate.UnsupportedError, match="Conv2D"):
        libablate.from_keras(keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 2), layers.Flatten()]))
