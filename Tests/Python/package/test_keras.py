"""Networks of Keras answer as they do there."""

import numpy as np
import pytest
from keras_networks import answers, expect_same, functional, keras, layers, own_warnings, sequential, trained

import libablate

pytestmark = own_warnings
RNG = np.random.default_rng(5)


@pytest.mark.parametrize(
    "name",
    ["linear", "relu", "relu6", "leaky_relu", "elu", "selu", "tanh", "sigmoid", "softplus", "gelu", "silu",
     "hard_sigmoid", "hard_silu", "hard_tanh"],
)  # fmt: skip
def test_activations(name):
    x = RNG.normal(0, 5, (50, 6)).astype(np.float32)
    model = sequential((6,), layers.Dense(9, activation=name), layers.Dense(3))
    assert expect_same(model, x, classes=["a", "b", "c"]).classes.tolist() == ["a", "b", "c"]
    activated = sequential((6,), layers.Dense(9), layers.Activation(name), layers.Dense(3))
    expect_same(activated, x)


def test_layers_that_are_activation_functions():
    x = RNG.normal(size=(50, 6)).astype(np.float32)
    for layer in (
        layers.ReLU(), layers.ReLU(max_value=0.5), layers.ReLU(negative_slope=0.2), layers.LeakyReLU(0.1),
        layers.ELU(0.7),
    ):  # fmt: skip
        expect_same(sequential((6,), layers.Dense(9), layer, layers.Dense(3)), x)
        expect_same(sequential((6,), layers.Dense(9, activation=layer), layers.Dense(3)), x)


def test_images_normalisations_and_dropout():
    x = RNG.random((40, 5, 5, 2)).astype(np.float32)
    normalise = layers.Normalization()
    normalise.adapt(x)
    model = keras.Sequential([keras.Input((5, 5, 2)), layers.Rescaling(0.5, offset=0.1), normalise, layers.Flatten(),
        layers.Dense(12, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.BatchNormalization(),
        layers.Dropout(0.5), layers.Dense(8), layers.LeakyReLU(0.2), layers.Dense(4), layers.Softmax()])  # fmt: skip
    found = expect_same(trained(model), x)
    assert found.head == "softmax" and [layer.units for layer in found.layers] == [12, 8, 4]


def test_functional_models():
    x = RNG.normal(size=(20, 6)).astype(np.float32)
    start = keras.Input((6,))
    hidden = layers.Dense(5, activation="relu")(start)
    chain = keras.Model(start, layers.Dense(1, activation="sigmoid")(hidden))
    found = libablate.from_keras(chain)
    assert found.head == "binary"
    np.testing.assert_allclose(found.predict_proba(x)[:, 1:], answers(chain, x), atol=1e-6)
    branch = keras.Model(start, layers.Add()([hidden, layers.Dense(5)(start)]))
    expect_same(branch, x)


def test_ways_of_sums_that_are_refused():
    def after(*parts):
        def network(x):
            found = layers.Add()([layers.Dense(4)(x), x])
            for part in parts:
                found = part(found)
            return found

        return functional((4,), network)

    expect_same(after(layers.ReLU()), RNG.normal(size=(20, 4)).astype(np.float32))
    for model, said in (
        (after(layers.LeakyReLU(0.1, name="l")), r"^layer 'l' \(LeakyReLU\): a function with parameters behind a sum"),
        (after(layers.BatchNormalization(name="b")), "^b is a normalisation at the end, behind no layer"),
        (
            functional((4,), lambda x: layers.Dense(3)(x) * 2.0),
            r"^layer '\w+' \(Multiply\) joins one value with a constant",
        ),
        (after(layers.Softmax(), layers.Dense(2, name="d")), "^d behind a softmax: that is only known at the end$"),
        (
            keras.Sequential([keras.Input((4, 2)), layers.LSTM(3, name="l"), layers.Dense(2)]),
            r"'l' \(LSTM\) is beyond .*n$",
        ),
    ):
        with pytest.raises(libablate.UnsupportedError, match=said):
            libablate.from_keras(model)


def test_names_of_what_is_part_of_a_layer():
    parts = [layers.Dense(3, name="d"), layers.BatchNormalization(name="b"), layers.ReLU(name="r"), layers.Dense(2)]
    model = libablate.from_keras(keras.Sequential([keras.Input((4,)), *parts]))
    for name in ("b", "r"):
        with pytest.raises(KeyError, match=f"'{name}', which goes with the layer in front of it, 'd'"):
            model.layers[name]


def test_a_layer_that_others_read_stays_as_it_is():
    """A normalisation becomes part of the layer in front of it, unless something else reads that layer, too, and never
    of one that happens to run last.
    """

    def network(x):
        hidden = layers.Dense(5)(x)
        parts = [layers.BatchNormalization()(hidden), hidden, layers.Dense(5)(hidden)]
        return layers.Dense(3)(layers.Add()([*parts, layers.BatchNormalization()(hidden)]))

    x = RNG.normal(size=(20, 4)).astype(np.float32)
    expect_same(functional((4,), network), x)

    def another(x):
        hidden = layers.Dropout(0.5)(layers.Dense(5, name="d")(x))
        return layers.Dense(3)(layers.Add()([layers.ReLU(name="r")(hidden), hidden]))

    with pytest.raises(libablate.UnsupportedError, match=r"'r' \(ReLU\): an activation function that follows no layer"):
        libablate.from_keras(functional((4,), another))


class Own(keras.Model):
    def call(self, x):
        return x


class Doubled(keras.Sequential):
    def call(self, x, **options):
        return 2 * super().call(x, **options)


def test_models_that_are_refused():
    one, other = keras.Input((4,)), keras.Input((4,))
    dense = layers.Dense(4)
    for model, said in (
        (Own(), "^Own is neither a Sequential nor a functional model; load may take the model, as model.export"),
        (
            Doubled([keras.Input((4,)), layers.Dense(2)], name="m"),
            "^model 'm' is a Doubled with a `call` of its own; load may",
        ),
        (keras.Model([one, other], layers.Add()([one, other]), name="m"), "^model 'm' has 2 inputs: only one is known"),
        (keras.Model(one, [dense(one), layers.Dense(2)(one)], name="m"), "^model 'm' has 2 outputs: only one is known"),
    ):
        with pytest.raises(libablate.UnsupportedError, match=said):
            libablate.from_keras(model)
    with pytest.raises(ValueError, match=r"^model 'm' is not built: begin it with a keras.Input"):
        libablate.from_keras(keras.Sequential([layers.Dense(3)], name="m"))
