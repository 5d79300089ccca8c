"""What Keras itself exports: a unit is a channel behind its bias and activation function, as from_keras has it."""

import numpy as np
import pytest
from keras_networks import answers, expect_close, functional, keras, layers, own_warnings, sequential

import libablate

pytestmark = [
    own_warnings,
    pytest.mark.skipif(keras.backend.backend() != "torch", reason="Keras exports to ONNX by way of PyTorch"),
    pytest.mark.filterwarnings("ignore"),
]
IMAGES = np.random.default_rng(4).normal(size=(60, 11, 9, 3)).astype(np.float32)
SEQUENCES = IMAGES[:, :, 0]


def residual(start):
    value = layers.Conv2D(6, 3, padding="same", use_bias=False, name="first")(start)
    value = layers.Activation("relu")(layers.BatchNormalization()(value))
    branch = layers.Conv2D(6, 3, padding="same", name="second", activation="relu")(value)
    value = layers.Activation("relu")(layers.Add()([value, branch]))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(value)
    gate = layers.Conv2D(6, 1, activation="sigmoid", name="gate")(gate)
    return layers.Dense(4, name="last")(layers.GlobalAveragePooling2D()(layers.Multiply()([value, gate])))


NETWORKS = {
    "plain": lambda: sequential(
        IMAGES.shape[1:],
        layers.Conv2D(5, 3, activation="relu", name="first"),
        layers.Conv2D(4, 3, strides=2, padding="same", activation="silu", name="second"),
        layers.Flatten(),
        layers.Dense(3, name="last"),
    ),
    "separable": lambda: sequential(
        IMAGES.shape[1:],
        layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="first"),
        layers.BatchNormalization(),
        layers.ReLU(6.0),
        layers.MaxPooling2D(),
        layers.Conv2D(4, 1, activation="gelu", name="second"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(3, name="last"),
    ),
    "residual": lambda: functional(IMAGES.shape[1:], residual),
    "of one axis": lambda: sequential(
        SEQUENCES.shape[1:],
        layers.Conv1D(5, 3, padding="causal", activation="elu", name="first"),
        layers.Conv1D(4, 3, activation="tanh", name="second"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(3, name="last"),
    ),
}


def exported(model, x, path):
    model.predict(x[:2], verbose=0)
    model.export(str(path), format="onnx", verbose=False)
    return libablate.load(path)


@pytest.mark.parametrize("name", NETWORKS)
def test_exports(name, tmp_path):
    x = SEQUENCES if name == "of one axis" else IMAGES
    model = NETWORKS[name]()
    expected = answers(model, x)
    found = exported(model, x, tmp_path / "model.onnx")
    expect_close(found.outputs(x), expected)
    y = expected.argmax(1)
    built = libablate.from_keras(model)
    assert [layer.units for layer in found.layers] == [layer.units for layer in built.layers]
    rows = np.moveaxis(x, -1, 1)
    np.testing.assert_array_equal(
        libablate.sweep(found, x, y, progress=False)["correct"],
        libablate.sweep(built, rows, y, progress=False)["correct"],
    )


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_larger_images(interpolation, tmp_path):
    """Keras repeats rows and columns one after the other, of lengths that its file computes."""
    model = sequential(
        IMAGES.shape[1:],
        layers.Conv2D(5, 3, activation="relu", name="first"),
        layers.UpSampling2D((2, 3), interpolation=interpolation),
        layers.Conv2D(4, 3, activation="relu", name="second"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, name="last"),
    )
    expected = answers(model, IMAGES)
    found = exported(model, IMAGES, tmp_path / "model.onnx")
    expect_close(found.outputs(IMAGES), expected)
    assert found.layers[1].shape == (4, 16, 19)


def test_a_channel_without_its_weights_is_what_ablation_takes_away(tmp_path):
    """In Keras: what reads the channel gets zeros."""
    model = NETWORKS["plain"]()
    found = exported(model, IMAGES, tmp_path / "model.onnx")
    front = keras.Model(model.inputs, model.get_layer("first").output)
    behind = keras.Sequential([keras.Input(front.output_shape[1:]), *model.layers[1:]])
    activations = keras.ops.convert_to_numpy(front(IMAGES))
    for unit in range(5):
        silent = activations.copy()
        silent[..., unit] = 0
        expect_close(found.ablate({0: unit}).outputs(IMAGES), answers(behind, silent))


def test_studies_of_channels(tmp_path):
    model = sequential(
        IMAGES.shape[1:],
        layers.Conv2D(5, 3, activation="relu", name="first"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3, name="last"),
    )
    found = exported(model, IMAGES, tmp_path / "model.onnx")
    built = libablate.from_keras(model)
    rows = np.moveaxis(IMAGES, -1, 1)
    expect_close(libablate.cam(found, IMAGES[:3]), libablate.cam(built, rows[:3]))
    assert libablate.prune(found, {0: 1}).layers[0].units == 4
