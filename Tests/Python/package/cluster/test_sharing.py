"""Rows and items are shared out, and what is counted of them has the bits of one process."""

import numpy as np
import pytest

import libablate
import libablate.distributed
from libablate.distributed import counts, rows, shares, work

from .expectations import EVERYTHING, assert_same


@pytest.mark.parametrize("items_per_task", [None, 5])
@pytest.mark.parametrize("replacement", ["zero", "dead", "mean", "resample", 0.25])
def test_units(client, digits, replacement, items_per_task):
    # A permutation of rows has none of the output layer.
    layers = [0, 1] if replacement == "resample" else [2, 0]
    x, y = digits.x[:130], digits.y[:130]
    options = {"layers": layers, "replacement": replacement, "metrics": EVERYTHING, "changed_row_limit": 3}
    options |= {"first_row": 70, "reference": digits.x[100:300], "progress": False}
    expected = libablate.sweep(digits.model, x, y, **options)
    options |= {"rows_per_task": 47, "items_per_task": items_per_task}
    found = libablate.distributed.sweep(client, digits.model, x, y, **options)
    assert_same(found, expected)
    assert found.model is digits.model
    with found.ablation(0) as ablated, expected.ablation(0) as other:
        assert ablated.scores(x).tobytes() == other.scores(x).tobytes()
    # It is a sweep like any other.
    found.merge(expected)
    assert found.rows == 260


ORDER = [(1, 4), (0, 2), (1, 0)]
KINDS = {
    "synapses": {"order": [(1, 3), (2, 0), (1, 5)]},
    "outgoing_synapses": {"order": [(0, 7), (1, 1)]},
    "inputs": {"replacement": "mean"},
    "pairs": {"layers": [0, 1]},
    "cumulative": {"order": ORDER, "replacement": "mean"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(client, digits, kind):
    options = KINDS[kind] | {"progress": False}
    x, y = digits.x[:90], digits.y[:90]
    reference = {"reference": x} if "replacement" in options else {}
    expected = libablate.Sweep(digits.model, kind, **options, **reference).feed(x, y)
    # By default, the reference is X.
    assert_same(
        libablate.distributed.sweep(client, digits.model, x, y, kind=kind, rows_per_task=41, **options), expected
    )
    options["items_per_task"] = 13
    if "synapses" in kind:
        found = libablate.distributed.sweep(client, digits.model, x, y, kind=kind, rows_per_task=41, **options)
        assert_same(found, expected)
    elif len(expected) > 13:
        with pytest.raises(ValueError, match=f"{kind} cannot be shared out"):
            libablate.distributed.sweep(client, digits.model, x, y, kind=kind, **options)


def test_masks(client, digits):
    model, x, y = digits.model, digits.x, digits.y
    ablations = [model.ablate({0: [1, 2]}, replacement=0.25), model.ablate(synapses=[(0, 0, 20)])]
    ablations += [model.ablate({0: {3: 0.5, 4: "dead"}, 1: "all"}), model.ablate({1: slice(3)})]
    expected = libablate.masks(model, x, y, masks=ablations, metrics=EVERYTHING, progress=False)
    for items in (None, 3):
        options = {"masks": iter(ablations), "metrics": EVERYTHING, "progress": False, "items_per_task": items}
        found = libablate.distributed.sweep(client, model, x, y, kind="masks", **options)
        assert_same(found, expected)
        assert found.ablation(2) is ablations[2]
    with model.ablate({0: 1}, replacement="mean", reference=x) as drawing, pytest.raises(ValueError, match="reference"):
        libablate.distributed.sweep(client, model, x, y, kind="masks", masks=[drawing])


def test_a_regression(client, diabetes):
    expected = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    for items in (None, 5):
        options = {"rows_per_task": 77, "items_per_task": items, "progress": False}
        assert_same(libablate.distributed.sweep(client, diabetes.model, diabetes.x, diabetes.y, **options), expected)


def test_class_labels_and_images(client):
    rng = np.random.default_rng(4)
    weights = rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3), "relu"
    layers = [libablate.Convolution(*weights), libablate.Pooling("global_average"), (rng.normal(size=(2, 3)), None)]
    model = libablate.from_weights(layers, input_shape=(2, 6, 6), classes=["cat", "dog"])
    x = rng.integers(0, 255, (70, 2, 6, 6)).astype(np.uint8)
    y = np.where(rng.random(70) < 0.3, "cat", model.predict(x))
    expected = libablate.sweep(model, x, y, metrics=EVERYTHING, progress=False)
    options = {"metrics": EVERYTHING, "progress": False, "rows_per_task": 23, "items_per_task": 2}
    assert_same(libablate.distributed.sweep(client, model, x, y, **options), expected)
    options = {"replacement": "mean", "layers": 0, "progress": False}
    expected = libablate.sweep(model, x, y, **options)
    dask_array = pytest.importorskip("dask.array")
    chunked = dask_array.from_array(x, chunks=(29, 1, 3, 6))
    assert_same(libablate.distributed.sweep(client, model, chunked, y, reference=x, **options), expected)


def test_where_a_pooling_gives_the_scores(client):
    rng = np.random.default_rng(6)
    layers = [libablate.Convolution(rng.normal(size=(4, 1, 3, 3)), None, "relu")]
    layers += [libablate.Convolution(rng.normal(size=(3, 4, 3, 3)), None), libablate.Pooling("global_average")]
    model = libablate.from_weights(layers, input_shape=(1, 7, 7))
    x, y = rng.random((40, 1, 7, 7), np.float32), rng.integers(0, 3, 40)
    expected = libablate.sweep(model, x, y, progress=False)
    assert len(expected) == 7
    options = {"rows_per_task": 23, "items_per_task": 3, "progress": False}
    assert_same(libablate.distributed.sweep(client, model, x, y, **options), expected)


def test_shares(digits):
    for kind, order in [("units", None), ("synapses", None), ("outgoing_synapses", ((0, 3), (1, 2), (0, 9)))]:
        every = shares.Share(kind, order=order)
        plan = work.Work(digits.model, [every], libablate.Replacement(), None, {"metrics": ()})
        whole = plan.sweep(every, 0, 1)
        for items in (7, 24, 30):
            parts = [plan.sweep(share, 0, 1) for share in shares.shares(digits.model, every, items)]
            assert sum(map(len, parts)) == len(whole)
            most = {"units": 1, "synapses": 64, "outgoing_synapses": 12}[kind]
            assert max(map(len, parts)) <= max(items, most)
            if kind != "units":
                names = [(r.layer, r.unit, r.input) for part in parts for r in part]
                assert names == [(r.layer, r.unit, r.input) for r in whole]


def test_shares_of_different_rows_are_not_joined(digits):
    parts = [libablate.Sweep(digits.model, layers=layer) for layer in (0, 1)]
    parts[0].feed(digits.x, digits.y)
    parts[1].feed(digits.x[:5], digits.y[:5])
    with pytest.raises(RuntimeError, match="different rows"):
        counts.join(libablate.Sweep(digits.model), parts)


FORMATS = [
    ({"VERSION": 2}, "version 1, not 2"),
    ({"INTACT": 5}, "another way than is joined: leave items_per_task out .the counts of"),
    ({"checksum": lambda words: 7}, "checksum is wrong"),
]


@pytest.mark.parametrize(("changes", "text"), FORMATS)
def test_a_library_that_saves_other_counts(client, digits, tmp_path, monkeypatch, changes, text):
    def load(begin, end):
        (tmp_path / str(begin)).touch()
        return np.zeros((end - begin, 64), np.float32), np.zeros(end - begin, int)

    for name, value in changes.items():
        monkeypatch.setattr(counts, name, value)
    options = {"rows": 4, "rows_per_task": 2, "progress": False}
    with pytest.raises(libablate.UnsupportedError, match=text):
        libablate.distributed.sweep(client, digits.model, load, items_per_task=5, **options)
    assert not list(tmp_path.iterdir())
    # Whole sweeps are added by the library itself.
    assert libablate.distributed.sweep(client, digits.model, load, **options).rows == 4
    assert len(list(tmp_path.iterdir())) == 2


def test_rows_of_a_task():
    assert rows.step_of(1_000_000, 64, None, 10) == 25_000
    assert rows.step_of(1_000_000, 64, 7, 10) == 7
    assert rows.step_of(100, 64, None, 10) == rows.FEWEST
    assert rows.step_of(10**9, 1 << 20, None, 1) == 4
