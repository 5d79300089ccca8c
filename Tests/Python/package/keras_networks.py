"""Keras, if it is there with a library to compute with, and networks of it."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import libablate

# Keras reads both when it is imported. Its settings stay in the environment it is installed in.
BACKENDS = [name for name in ("torch", "jax", "tensorflow") if find_spec(name)]
if "KERAS_BACKEND" not in os.environ and BACKENDS:
    os.environ["KERAS_BACKEND"] = BACKENDS[0]
os.environ.setdefault("KERAS_HOME", str(Path(sys.prefix) / "keras"))
if not BACKENDS:
    pytest.skip(
        "neither PyTorch nor JAX nor TensorFlow is installed, one of which Keras needs", allow_module_level=True
    )
keras = pytest.importorskip("keras", reason="Keras is not installed")
layers = keras.layers
# Of Keras's own variables, with NumPy 2.
own_warnings = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def trained(model):
    """As if trained: no bias and no statistic is what it was at first, and all are the same in each run."""
    rng = np.random.default_rng(5)
    for variable in model.weights:
        # Neither the states of generators nor what a normalisation has adapted to.
        if variable.trainable or "moving" in variable.path:
            shape, inputs = variable.shape, np.prod(variable.shape[:-1])
            variable.assign(rng.normal(0, inputs**-0.5, shape) if len(shape) > 1 else rng.uniform(0.2, 0.8, shape))
    return model


def sequential(shape, *parts):
    return trained(keras.Sequential([keras.Input(shape), *parts]))


def functional(shape, network):
    """The model of a function of its input."""
    start = keras.Input(shape)
    return trained(keras.Model(start, network(start)))


def answers(model, x):
    """What Keras computes, a row of values for each of x."""
    return keras.ops.convert_to_numpy(model(x, training=False)).reshape(len(x), -1)


def expect_same(model, x, **options):
    """That both networks answer alike, of rows in Keras' order; the model."""
    found = libablate.from_keras(model, **options)
    is_turned = len(found.input_shape) == x.ndim - 1 and found.input_shape != x.shape[1:]
    expected = answers(model, x)
    # A network that says the same of every row would show nothing.
    assert np.std(expected, axis=0).min() > 1e-3
    expect_close(found.outputs(np.moveaxis(x, -1, 1) if is_turned else x)[:, -expected.shape[1] :], expected)
    return found


def expect_close(found, expected):
    """Within the rounding of float32."""
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * max(1, np.abs(expected).max()))
