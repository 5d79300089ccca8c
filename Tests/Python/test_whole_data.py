"""Whole MNIST test rows: sweeps of trained networks against scikit-learn with the weights set to zero.

Correct counts of every neuron are beside the models; a sample is recomputed here, confusion matrices included.
"""

import json

import numpy as np
import pytest

from host import Mask, Model, Session, Sweep, floats
from test_sweep import matrix

NETS = ["nn10_div255", "nn392_div255", "nn392_196_div255", "nn392_raw"]


@pytest.fixture(scope="module")
def mnist(shared):
    folder = shared / "data" / "mnist"
    return np.load(folder / "test7000_images.npy"), np.load(folder / "test7000_labels.npy")


def layers_of(shared, name):
    arrays = np.load(shared / "models" / "mlp" / f"{name}.npz")
    depth = sum(key.startswith("W") for key in arrays)
    return [
        {"weights": arrays[f"W{i}"].T, "bias": arrays[f"b{i}"], "activation": "relu" if i < depth - 1 else "identity"}
        for i in range(depth)
    ]


def input_of(name, images):
    return floats(images) if name.endswith("raw") else floats(images) / np.float32(255)


def classes_by_numpy(layers, x):
    """scikit-learn's forward pass on the same float32 arrays."""
    for layer in layers:
        x = x @ np.float32(layer["weights"].T) + layer["bias"]
        if layer["activation"] == "relu":
            np.maximum(x, 0, out=x)
    return x.argmax(axis=1)


def dead(layers, layer, unit):
    changed = [dict(entry) for entry in layers]
    for key in ("weights", "bias"):
        changed[layer][key] = layers[layer][key].copy()
        changed[layer][key][unit] = 0
    return changed


@pytest.mark.parametrize("name", NETS)
def test_counts_beside_the_models(shared, mnist, name):
    images, labels = mnist
    layers = layers_of(shared, name)
    model = Model.build(layers)
    x = input_of(name, images)
    expected = json.loads((shared / "models" / "mlp" / f"{name}.expected.json").read_text())
    sweep = Sweep(model, threads=2, kind="dead").feed(x, labels)
    assert sweep.intact.rows == expected["rows"] == len(x)
    assert sweep.intact.correct == expected["intact_correct"]
    counts = iter(sweep)
    for layer, wanted in enumerate(expected["layers"]):
        got = [next(counts) for _ in wanted]
        assert {result.layer for result in got} == {layer}
        assert [result.correct for result in got] == wanted

    intact = classes_by_numpy(layers, x)
    right = intact == labels
    results = list(sweep)
    assert np.array_equal(sweep.confusion(), matrix(labels, intact, 10))
    random = np.random.default_rng(0)
    for index in random.choice(len(results), 6, replace=False):
        result = results[index]
        predicted = classes_by_numpy(dead(layers, result.layer, result.unit), x)
        now = predicted == labels
        assert result.lost == (right & ~now).sum() and result.gained == (~right & now).sum()
        assert result.changed == (predicted != intact).sum()
        assert np.array_equal(sweep.confusion(index), matrix(labels, predicted, 10))


@pytest.mark.parametrize("kind", ["zero", "dead"])
def test_every_unit_against_masked_runs(shared, mnist, kind):
    """The net of ten hidden neurons, output layer included, on all rows."""
    images, labels = mnist
    model = Model.build(layers_of(shared, "nn10_div255"))
    x = input_of("nn10_div255", images)
    session = Session(model, 2)
    sweep = Sweep(model, [0, 1], threads=2, kind=kind).feed(x, labels)
    intact = session.predict(x)
    for index, result in enumerate(sweep):
        predicted = session.predict(x, Mask(model, [(result.layer, result.unit)], kind=kind))
        assert result.correct == (predicted == labels).sum()
        assert result.changed == (predicted != intact).sum()
        assert np.array_equal(sweep.confusion(index), matrix(labels, predicted, 10))


def test_batches_and_threads(shared, mnist):
    images, labels = mnist
    model = Model.build(layers_of(shared, "nn392_div255"))
    x = input_of("nn392_div255", images)
    tables = []
    for batch, threads in [(7000, 1), (1000, 2), (333, 0)]:
        sweep = Sweep(model, metrics=("confusion", "log_loss"), threads=threads)
        for start in range(0, 7000, batch):
            sweep.feed(x[start : start + batch], labels[start : start + batch])
        tables.append((sweep.table(), [sweep.confusion(index).tobytes() for index in range(0, 392, 7)]))
    assert tables[0] == tables[1] == tables[2]


def test_seed_network(shared):
    """The 4-3-3-3 network: the confusion matrix of every neuron of every layer, the output's included."""
    folder = shared / "models" / "tiny"
    arrays, data = np.load(folder / "tiny_4_3_3_3.npz"), np.load(folder / "tiny_data.npz")
    expected = json.loads((folder / "tiny_expected.json").read_text())
    layers = [
        {"weights": arrays[f"W{i}"].T, "bias": arrays[f"b{i}"], "activation": "relu" if i < 2 else "identity"}
        for i in range(3)
    ]
    sweep = Sweep(Model.build(layers), [0, 1, 2], kind="dead").feed(data["X_test"], data["y_test"])
    assert sweep.confusion().tolist() == expected["base_cm"]
    assert len(expected["kills"]) == len(sweep) == 9
    for index, wanted in enumerate(expected["kills"]):
        result = sweep[index]
        assert (result.layer, result.unit) == (wanted["layer"], wanted["neuron"])
        assert sweep.confusion(index).tolist() == wanted["cm"]
        assert result.correct == round(wanted["acc"] * result.rows)
