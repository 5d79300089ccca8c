"""Convolutional networks of Keras answer as they do there, intact and with units ablated."""

import numpy as np
import pytest
from keras_networks import answers, expect_close, expect_same, functional, keras, layers, own_warnings, sequential

import libablate

pytestmark = own_warnings
RNG = np.random.default_rng(8)
IMAGES = RNG.normal(size=(12, 11, 9, 4)).astype(np.float32)
SEQUENCES = RNG.normal(size=(12, 13, 4)).astype(np.float32)

WINDOWS = [
    {}, {"padding": "same"}, {"padding": "same", "strides": 2}, {"padding": "same", "strides": 3}, {"strides": 2},
    {"padding": "same", "dilation_rate": 2}, {"dilation_rate": 2},
]  # fmt: skip


@pytest.mark.parametrize("how", WINDOWS, ids=str)
@pytest.mark.parametrize("kind", ["Conv", "DepthwiseConv", "SeparableConv"])
@pytest.mark.parametrize("axes", [1, 2])
def test_convolutions(axes, kind, how):
    x = IMAGES if axes == 2 else SEQUENCES
    kernel = (3, 4) if axes == 2 else 4
    more = {"depth_multiplier": 2} if kind != "Conv" else {"groups": 2}
    units = () if kind == "DepthwiseConv" else (6,)
    layer = getattr(layers, f"{kind}{axes}D")(*units, kernel, activation="relu", name="c", **more, **how)
    model = sequential(x.shape[1:], layer, layers.Flatten(), layers.Dense(5))
    found = expect_same(model, x)
    assert found.layers[-2].name == "c" and found.layers[-2].is_convolution
    expected = answers(keras.Model(model.inputs[0], layer.output), x)
    channels = np.moveaxis(expected.reshape(len(x), -1, found.layers["c"].units), -1, 1)
    rows = np.moveaxis(x, -1, 1)
    np.testing.assert_allclose(found.activations(rows, "c").reshape(channels.shape), channels, atol=1e-5)


def test_a_causal_convolution_and_strides_of_their_own():
    x = SEQUENCES
    causal = layers.Conv1D(6, 3, padding="causal", dilation_rate=2, use_bias=False)
    expect_same(sequential(x.shape[1:], causal, layers.Flatten(), layers.Dense(5)), x)
    uneven = layers.Conv2D(6, (2, 5), padding="same", strides=(3, 2))
    expect_same(sequential(IMAGES.shape[1:], uneven, layers.Flatten(), layers.Dense(5)), IMAGES)


@pytest.mark.parametrize("how", [{}, {"strides": 1, "padding": "same"}, {"strides": 2}, {"padding": "same"}], ids=str)
@pytest.mark.parametrize("axes", [1, 2])
def test_poolings(axes, how):
    x = IMAGES if axes == 2 else SEQUENCES
    pool = getattr(layers, f"MaxPooling{axes}D")((3, 2) if axes == 2 else 3, **how)
    expect_same(sequential(x.shape[1:], pool, layers.Flatten(), layers.Dense(5)), x)
    # Windows of 3 at strides of 1 are padded by 1 on both sides; for uneven padding see the next test.
    mean = getattr(layers, f"AveragePooling{axes}D")(3, **{**how, "strides": how.get("strides", 1)})
    expect_same(sequential(x.shape[1:], mean, layers.Flatten(), layers.Dense(5)), x)


def test_a_mean_of_what_is_inside_the_image():
    """By hand: on PyTorch, Keras 3.15 repeats the border where padding is uneven."""
    pool = layers.AveragePooling1D(2, strides=1, padding="same")
    model = keras.Sequential([keras.Input((4, 1)), pool, layers.Flatten(), layers.Dense(4)])
    model.layers[-1].set_weights([np.eye(4), np.zeros(4)])
    np.testing.assert_array_equal(libablate.from_keras(model).scores([[10, 20, 40, 80]]), [[15, 30, 60, 80]])


@pytest.mark.parametrize("keepdims", [False, True])
def test_global_poolings(keepdims):
    for x, axes in ((IMAGES, 2), (SEQUENCES, 1)):
        for kind in ("GlobalMaxPooling", "GlobalAveragePooling"):
            pool = getattr(layers, f"{kind}{axes}D")(keepdims=keepdims)
            behind = layers.Dense(5, activation="tanh")
            if keepdims:
                behind = getattr(layers, f"Conv{axes}D")(5, 1, activation="tanh")
            expect_same(sequential(x.shape[1:], pool, behind, layers.Flatten(), layers.Dense(3)), x)


def test_padding_with_zeros():
    parts = [
        layers.ZeroPadding2D(((1, 2), (0, 3))), layers.Conv2D(5, 3, strides=2), layers.ZeroPadding2D(1),
        layers.MaxPooling2D(2), layers.ZeroPadding2D((1, 0)), layers.Dropout(0.1), layers.Conv2D(6, 2, padding="same"),
        layers.Flatten(), layers.Dense(3),
    ]  # fmt: skip
    found = expect_same(sequential(IMAGES.shape[1:], *parts), IMAGES)
    # The first is part of its convolution.
    assert sum("pooling" in step.kind for step in found.steps) == 3
    parts = [layers.ZeroPadding1D((1, 2)), layers.Conv1D(6, 4), layers.ZeroPadding1D(2), layers.AveragePooling1D(3)]
    expect_same(sequential(SEQUENCES.shape[1:], *parts, layers.Flatten(), layers.Dense(3)), SEQUENCES)


def test_normalisations():
    x = IMAGES
    by_channel, by_line = layers.Normalization(), layers.Normalization(axis=1)
    by_channel.adapt(x)
    by_line.adapt(2 * x + 1)
    parts = [
        layers.Rescaling(2, offset=[0.1, 0.2, 0.3, 0.4]), by_channel, by_line,
        layers.Conv2D(5, 3, use_bias=False), layers.BatchNormalization(epsilon=0.1), layers.ReLU(max_value=6),
        layers.BatchNormalization(scale=False), layers.DepthwiseConv2D(3), layers.BatchNormalization(center=False),
        layers.LeakyReLU(0.1), layers.Conv2D(6, 2), layers.BatchNormalization(axis=1), layers.MaxPooling2D(),
        layers.Conv2D(6, 2), layers.Flatten(), layers.BatchNormalization(), layers.Dense(5),
    ]  # fmt: skip
    found = expect_same(sequential(x.shape[1:], *parts), x)
    # What follows a convolution is part of it, unless it differs from position to position.
    names = ["rescaling", "normalization", "normalization", "batch_normalization", "batch_normalization",
             "batch_normalization"]  # fmt: skip
    assert [step.name.rstrip("_0123456789") for step in found.steps if step.kind == "affine"] == names


def test_what_training_alone_has():
    parts = [
        layers.RandomFlip(), layers.RandomRotation(0.1), layers.RandomZoom(0.1), layers.RandomTranslation(0.1, 0.1),
        layers.RandomContrast(0.1), layers.RandomBrightness(0.1, value_range=(-9, 9)), layers.Conv2D(5, 3),
        layers.SpatialDropout2D(0.2), layers.GaussianNoise(0.1), layers.GaussianDropout(0.1), layers.AlphaDropout(0.1),
        layers.ActivityRegularization(0.1), layers.Identity(), layers.Activation("relu"), layers.Flatten(),
        layers.Dense(3),
    ]  # fmt: skip
    assert expect_same(sequential(IMAGES.shape[1:], *parts), IMAGES).layers[0].activation == "relu"


def residual(start):
    """Paths that part and join: a convolution beside two, sums of two and three, and a gate for each channel."""
    first = layers.Conv2D(6, 3, padding="same", use_bias=False, name="first")(start)
    first = layers.ReLU()(layers.BatchNormalization(name="norm_first")(first))
    second = layers.Conv2D(6, 3, padding="same", name="second")(first)
    beside = layers.BatchNormalization(name="norm_beside")(layers.Conv2D(6, 1, name="beside")(start))
    joined = layers.Activation("relu")(layers.Add()([beside, layers.BatchNormalization()(second)]))
    third = layers.Conv2D(6, 3, padding="same", activation="relu", name="third")(joined)
    joined = layers.Add()([third, joined, first])
    gate = layers.Dense(3, activation="relu", name="gate_in")(layers.GlobalAveragePooling2D()(joined))
    gate = layers.Dense(6, activation="sigmoid", name="gate_out")(gate)
    gated = layers.Multiply()([gate, joined]) * layers.Reshape((1, 1, 6))(gate) + joined
    means = layers.GlobalMaxPooling2D()(gated)
    one = layers.Dense(4, activation="tanh", name="one")(means)
    other = layers.Dense(4, activation="relu", name="other")(means)
    return layers.Dense(3, name="scores")(layers.Add()([one, other]) + one * other)


def test_paths_that_part_and_join():
    found = expect_same(functional(IMAGES.shape[1:], residual), IMAGES)
    names = ["beside", "first", "second", "third", "gate_in", "gate_out", "one", "other", "scores"]
    assert [layer.name for layer in found.layers] == names


@pytest.mark.parametrize("name", ["first", "beside", "third", "gate_in", "one", "other"])
def test_a_unit_that_is_ablated_as_one_without_weights(name):
    model = functional(IMAGES.shape[1:], residual)
    found = libablate.from_keras(model)
    # Of a normalisation behind it the unit's statistics as well.
    for layer in (layer for layer in model.layers if layer.name in (name, f"norm_{name}")):
        layer.set_weights([values * (np.arange(values.shape[-1]) != 2) for values in layer.get_weights()])
    rows = np.moveaxis(IMAGES, -1, 1)
    with found.ablate({name: [2]}) as ablated:
        outputs = ablated.outputs(rows)
    expect_close(outputs, answers(model, IMAGES))
    assert np.abs(outputs - found.outputs(rows)).max() > 1e-3


def test_flat_rows_of_several_channels_are_told_of_once():
    model = sequential((11, 9, 4), layers.Conv2D(6, 3), layers.Flatten(), layers.Dense(3))
    rows, labels = np.moveaxis(IMAGES, -1, 1), np.arange(12) % 3
    for ask in (lambda found, x: found.predict(x), lambda found, x: libablate.sweep(found, x, labels)):
        found = libablate.from_keras(model)
        flat = rows.reshape(12, -1)
        with pytest.warns(UserWarning, match=r"channels .* first, .* X\.reshape\(-1, 4, 11, 9\)") as told:
            ask(found, flat)
        assert len(told) == 1
        ask(found, flat)
    # Their axes tell, so that whoever passed them knows.
    found = libablate.from_keras(model)
    libablate.sweep(found, rows, labels)
    np.testing.assert_array_equal(found.scores(flat), found.scores(flat.reshape(-1, 4, 11, 9)))
    # One channel has one order.
    grey = sequential((11, 9, 1), layers.Conv2D(6, 3), layers.Flatten(), layers.Dense(3))
    libablate.from_keras(grey).predict(np.zeros((2, 99)))


def test_a_network_of_paths_is_saved_and_swept():
    found = libablate.from_keras(functional(IMAGES.shape[1:], residual))
    rows = RNG.normal(size=(60, 4, 11, 9)).astype(np.float32)
    np.testing.assert_array_equal(libablate.load(found.to_bytes()).scores(rows), found.scores(rows))
    labels = np.where(RNG.random(60) < 0.5, found.predict(rows), RNG.integers(0, 3, 60))
    swept = libablate.sweep(found, rows, labels)
    for layer in found.layers.hidden:
        for unit in range(layer.units):
            with found.ablate({layer: [unit]}) as ablated:
                assert swept[layer, unit].correct == (ablated.predict(rows) == labels).sum()


def test_models_in_models_and_layers_that_run_twice():
    inner = functional((None, None, 4), lambda x: layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(4, 3)(x))))
    shared = layers.Conv2D(4, 3, padding="same", activation="tanh", name="shared")
    top = keras.Sequential([layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3)], name="top")

    def network(start):
        return top(shared(shared(inner(start, training=False))))

    model = functional(IMAGES.shape[1:], network)
    found = expect_same(model, IMAGES)
    assert [layer.name for layer in found.layers][1:3] == ["shared", ""]
    # A part of a model, whose layers have been called in other models as well.
    part = keras.Sequential([keras.Model(model.input, shared.output), layers.GlobalAveragePooling2D()])
    expect_same(part, IMAGES)


def test_rows_that_become_images():
    x = IMAGES[..., 0]
    parts = [layers.Rescaling(0.5), layers.Reshape((11, 9, 1)), layers.Conv2D(4, 3, activation="relu")]
    found = expect_same(sequential((11, 9), *parts, layers.Flatten(), layers.Dense(3)), x)
    assert found.input_shape == (1, 11, 9)
    flat = sequential((99,), layers.BatchNormalization(), *parts[1:], layers.Reshape((-1,)), layers.Dense(3))
    expect_same(flat, x.reshape(12, 99))
    # Without a layer that reads images rows are as they are; with one their channels come first.
    assert expect_same(sequential((11, 9, 4), layers.Flatten(), layers.Dense(3)), IMAGES).input_shape == (11, 9, 4)
    found = libablate.from_keras(sequential((11, 9, 4), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(3)))
    with pytest.raises(ValueError, match=r"rows of shape \(4, 11, 9\).*transpose each row by \(2, 0, 1\)"):
        found.scores(IMAGES)


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "mixed_float16"])
def test_weights_of_other_types(kind):
    """Against the same weights in a network of float32: Keras itself computes with few digits."""

    def network(policy):
        parts = [layers.Normalization(mean=0.5, variance=4, dtype=policy), layers.Conv2D(5, 3, dtype=policy),
                 layers.BatchNormalization(dtype=policy), layers.Flatten(), layers.Dense(3, dtype=policy)]  # fmt: skip
        return sequential(IMAGES.shape[1:], *parts)

    short, long = network(kind), network("float32")
    long.set_weights([np.asarray(values, np.float32) for values in short.get_weights()])
    found = libablate.from_keras(short).scores(np.moveaxis(IMAGES, -1, 1))
    expect_close(found, answers(long, IMAGES))


def test_ends():
    shape = IMAGES.shape[1:]
    assert expect_same(sequential(shape, layers.Conv2D(3, 2), layers.GlobalAveragePooling2D()), IMAGES).head == "logits"
    whole = [layers.Conv2D(3, (11, 9)), layers.Flatten(), layers.Softmax()]
    assert expect_same(sequential(shape, *whole), IMAGES).head == "softmax"
    one = [layers.Conv2D(3, 2), layers.GlobalMaxPooling2D(), layers.Dense(1, activation="sigmoid")]
    assert expect_same(sequential(shape, *one), IMAGES).head == "binary"


class Conv2D(layers.Conv2D):
    """Of the same name, and not the same."""


class ReLU(layers.ReLU):
    """And so is this."""


def relu(x):
    """And this."""
    return keras.ops.relu(x) + 1


def behind(*parts):
    """A network of these and of scores behind them."""
    return lambda: sequential(
        IMAGES.shape[1:], layers.Conv2D(4, 3, name="c"), *parts, layers.Flatten(), layers.Dense(2)
    )


def joined(kind):
    def network(start):
        other = start if kind == "Concatenate" else layers.GlobalMaxPooling2D(keepdims=True)(start)
        return layers.Dense(2)(layers.Flatten()(getattr(layers, kind)(name="j")([start, other])))

    return lambda: functional(IMAGES.shape[1:], network)


REFUSED = {
    r"'u' \(UpSampling2D\) is beyond this version; load may take the model": behind(layers.UpSampling2D(name="u")),
    r"'t' \(Conv2DTranspose\) is beyond this version$": behind(layers.Conv2DTranspose(2, 2, name="t")),
    r"'p' \(MaxPooling2D\) has channels_first": behind(layers.MaxPooling2D(data_format="channels_first", name="p")),
    r"'d' \(Dense\) reads the last axis of \(9, 7, 4\)": behind(layers.Dense(3, name="d")),
    r"'s' \(Conv2D\) has the activation function 'mish'": behind(layers.Conv2D(2, 2, activation="mish", name="s")),
    r"'f' \(Conv2D\) has the activation function 'test_keras_images.relu'": behind(
        layers.Conv2D(2, 2, activation=relu, name="f")
    ),
    r"'g' \(Conv2D\) has the activation function 'keras.src.ops.nn.gelu'": behind(
        layers.Conv2D(2, 2, activation=keras.ops.gelu, name="g")
    ),
    r"'h' \(Conv2D\) has the activation function 'test_keras_images.<ReLU": behind(
        layers.Conv2D(2, 2, activation=ReLU(), name="h")
    ),
    r"'r' \(ReLU\): an activation function that follows no": behind(layers.MaxPooling2D(), layers.ReLU(name="r")),
    r"'r' \(ReLU\) has a threshold": behind(layers.ReLU(threshold=0.1, name="r")),
    r"'s' \(Softmax\) has a softmax over axis 1 of": behind(layers.Softmax(axis=1, name="s")),
    r"'i' \(Conv2D\) reads an image of shape \(2, 2, 4\) that a Reshape makes of one of shape \(1, 1, 16\)": behind(
        layers.Flatten(), layers.Dense(16), layers.Reshape((2, 2, 4)), layers.Conv2D(2, 2, name="i")
    ),
    r"'o' \(Conv2D\) is not Keras' own, but of test_keras_images": behind(Conv2D(2, 2, name="o")),
    r"'j' \(Concatenate\) is beyond": joined("Concatenate"),
    r"'j' \(Add\) joins values of the shapes \(11, 9, 4\) and \(1, 1, 4\)": joined("Add"),
    r"ends in an image of shape \(10, 8, 3\)": lambda: sequential(IMAGES.shape[1:], layers.Conv2D(3, 2)),
    r"'r' \(Reshape\) makes an image of several channels, \(3, 3, 2\), of rows of shape \(18,\)": lambda: sequential(
        (18,), layers.Reshape((3, 3, 2), name="r"), layers.Conv2D(2, 2), layers.Flatten()
    ),
    r"the shape of a row is not known: \(None, None, 4\)": lambda: sequential(
        (None, None, 4), layers.Conv2D(2, 2), layers.GlobalMaxPooling2D()
    ),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_beyond_is_refused(said):
    with pytest.raises(libablate.UnsupportedError, match=said):
        libablate.from_keras(REFUSED[said]())
