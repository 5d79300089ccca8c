"""What is done with all hidden layers, where a layer gives the scores and where a pooling does."""

import json

import numpy as np
import pytest

import libablate
from libablate.command_line.main import main


@pytest.fixture(scope="module")
def pooled():
    """Channels whose means over all positions are the scores: no layer is the output layer."""
    rng = np.random.default_rng(6)
    layers = [libablate.Convolution(rng.normal(size=(4, 1, 3, 3)), None, "relu")]
    layers += [libablate.Convolution(rng.normal(size=(3, 4, 3, 3)), None), libablate.Pooling("global_average")]
    return libablate.from_weights(layers, input_shape=(1, 7, 7))


ALL = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2)]


def test_layers(pooled, digits):
    assert [layer.is_output for layer in pooled.layers] == [False, False]
    assert [layer.number for layer in pooled.layers.hidden] == [0, 1]
    assert [layer.number for layer in digits.model.layers.hidden] == [0, 1]
    assert repr(pooled) == "Model of 1 x 7 x 7 inputs, 7 units in 2 hidden layers, 3 classes (logits)"


def test_calls_agree_with_the_library(pooled, digits, tmp_path):
    for model, units in [(pooled, ALL), (digits.model, libablate.units(digits.model))]:
        x = np.random.default_rng(1).random((20, model.input_width), np.float32)
        y = model.predict(x)
        sweep = libablate.sweep(model, x, y, progress=False)
        assert libablate.units(model) == units == [(item.layer, item.unit) for item in sweep]
        profile = libablate.profile(model, x, progress=False)
        assert list(profile.layers) == sorted({layer for layer, _ in units})
        # All of its layers are measured.
        assert profile.measure("mean", profile.layers[-1]).shape == (units[-1][1] + 1,)


def test_commands(pooled, tmp_path, capsys):
    pooled.save(tmp_path / "network.onnx")
    x = np.random.default_rng(1).random((20, 1, 7, 7), np.float32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", pooled.predict(x))
    files = [str(tmp_path / name) for name in ("network.onnx", "x.npy", "y.npy")]
    for layers in ([], ["--layers", "hidden"], ["--layers", "all"]):
        assert main(["sweep", *files, *layers, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["results"]
        assert [(item["layer"], item["unit"]) for item in found] == ALL
    assert main(["curve", *files, "--by", "l1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["units"] == 7
