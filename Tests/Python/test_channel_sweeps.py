"""Sweeps over channels: threads that share the items of a few images, cancelling between items, and memory."""

import subprocess
import sys

import numpy as np
import pytest

import libablate._declarations as c
from host import Failure, Mask, Reference, Session, Sweep
from onnx_models import Model
from test_channels import CLASSES, KINDS, images, network

METRICS = ("confusion", "log_loss", "kl_divergence", "margin", "class_probabilities", "changed_rows")


def subjects(model):
    """What can be swept in front of the dense layers, and in them at the same time."""
    order = [(1, 2), (0, 1), (1, 0), (0, 0)]
    masks = [Mask(model, [(0, 0), (1, 1)]), Mask(model, [(1, 3)], synapses=[(0, 1, 2)])]
    return {
        "units": {},
        "inputs": {"of": "inputs"},
        "pairs": {"of": "pairs", "layers": [0]},
        "pairs across": {"of": "pairs", "layers": [0, 1]},
        "cumulative": {"of": "cumulative", "order": order},
        "masks": {"of": "masks", "masks": masks},
    }


SUBJECTS = ["units", "inputs", "pairs", "pairs across", "cumulative", "masks"]


def everything(sweep):
    """Every bit of every figure."""
    figures = [bytes(result) for result in [*sweep, sweep.intact]]
    confusions = [sweep.confusion(item).tobytes() for item in range(len(sweep))]
    probabilities = [sweep.class_probabilities(item).tobytes() for item in range(len(sweep))]
    return figures, confusions, probabilities, [sweep.changed_rows(item) for item in range(len(sweep))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_threads_and_batches_change_no_bit(kind, subject):
    model = Model(network(kind, seed=4)[0])
    rows = 230
    x = images(rows).reshape(rows, -1)
    y = np.random.default_rng(6).integers(0, CLASSES, rows)
    what = subjects(model)[subject]
    expected = everything(Sweep(model, metrics=METRICS, **what).feed(x, y))
    for threads, batches in ((2, (1, 229)), (3, (2, 1, 227)), (8, (5, 8, 7, 210))):
        sweep = Sweep(model, metrics=METRICS, threads=threads, **what)
        for first, last in zip(np.cumsum((0, *batches)), np.cumsum(batches), strict=False):
            sweep.feed(x[first:last], y[first:last])
        assert everything(sweep) == expected


@pytest.mark.parametrize(
    ("kind", "layers"),
    [("residual", [0]), ("residual", [0, 1]), ("residual", [0, 2]), ("chain", [0, 2]), ("branches", [0, 1])],
)
@pytest.mark.parametrize("how", ["constant", "resample"])
def test_pairs_are_runs_with_masks(kind, layers, how):
    model = Model(network(kind, seed=3)[0])
    rows = 40
    x = images(rows).reshape(rows, -1)
    y = np.random.default_rng(6).integers(0, CLASSES, rows)
    options = {"kind": how}
    if how == "constant":
        options["constant"] = 0.3
    else:
        options |= {"seed": 5, "reference": Reference(model, x, keep_rows=True)}
    session = Session(model)
    sweep = Sweep(model, metrics=("confusion", "class_probabilities"), of="pairs", layers=layers, threads=2, **options)
    sweep.feed(x[:3], y[:3]).feed(x[3:], y[3:])
    for item, result in enumerate(sweep):
        units = [(result.layer, result.unit)]
        if result.second_unit != c.NONE:
            units.append((result.second_layer, result.second_unit))
        mask = Mask(model, units, **options)
        expected = np.zeros((CLASSES, CLASSES), np.int64)
        np.add.at(expected, (y, session.predict(x, mask)), 1)
        np.testing.assert_array_equal(sweep.confusion(item), expected)
        means = np.stack([session.run(x, mask, "probabilities")[y == each].mean(0) for each in range(CLASSES)])
        np.testing.assert_allclose(sweep.class_probabilities(item), means, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_cancelling_takes_effect_between_items(subject, threads):
    model = Model(network("residual")[0])
    x = images(4).reshape(4, -1)
    y = np.arange(4) % CLASSES
    calls = []
    stop_at = [None]

    def progress(done, total, _):
        calls.append((done, total))
        return int(len(calls) == stop_at[0])

    sweep = Sweep(model, progress=progress, threads=threads, **subjects(model)[subject])
    sweep.feed(x, y)
    done = [each for each, _ in calls]
    assert {total for _, total in calls} == {4 * len(sweep)}
    assert done == sorted(set(done)) and done[-1] == 4 * len(sweep)
    if threads == 1:
        # All rows are one block: it is the items between which progress is told.
        assert len(calls) >= min(len(sweep), 20)
    before = sweep.table()
    calls.clear()
    stop_at[0] = 1
    for _ in range(2):
        with pytest.raises(Failure) as failure:
            sweep.feed(x, y)
        assert failure.value.status == c.CANCELLED
        assert sweep.table() == before
    assert len(calls) == stop_at[0]
    if threads == 1:
        assert calls[-1][0] < calls[-1][1]


@pytest.mark.parametrize(
    ("channels", "items", "what"),
    [(1024, 1024 * 1025 // 2, "of='pairs', layers=[0]"), (4000, 4000, "of='cumulative', order=order")],
)
def test_memory_does_not_grow_with_masks(channels, items, what):
    """All pairs of 1,024 channels are half a million masks, those of an order of 4,000 hold 8 million units."""
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
from host import Sweep
from onnx_models import Model
from random_images import Network

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

network = Network(1, (1, 2, 2))
network.conv({channels}, kernel=1, pad=0)
network.conv(2, kernel=1, pad=0)
model = Model(network.proto())
order = [(0, unit) for unit in range({channels})]
before = resident()
sweep = Sweep(model, metrics=(), {what})
assert len(sweep) == {items}
print(resident() - before)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(told.stdout) < 50 << 20
