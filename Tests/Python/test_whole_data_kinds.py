"""Whole MNIST test rows: every kind of sweep against masked runs, for a sample of items and those that change most."""

import numpy as np
import pytest

from host import Mask, Model, Reference, Session, Sweep, floats

NETS = ["nn10_div255", "nn392_div255", "nn392_196_div255"]


@pytest.fixture(scope="module")
def mnist(shared):
    folder = shared / "data" / "mnist"
    return floats(np.load(folder / "test7000_images.npy")) / np.float32(255), np.load(folder / "test7000_labels.npy")


@pytest.fixture(scope="module", params=NETS)
def model(request, shared):
    return Model.load(shared / "models" / "mlp" / f"{request.param}.onnx")


def sample(results, count):
    """The items with most changes, and as many at random."""
    changed = np.array([result.changed for result in results])
    largest = np.argsort(-changed, kind="stable")[:count]
    return sorted({*largest, *np.random.default_rng(0).choice(len(results), min(count, len(results)), replace=False)})


def expect(result, predicted, intact, labels):
    right, now = intact == labels, predicted == labels
    counted = (result.lost, result.gained, result.changed)
    assert counted == ((right & ~now).sum(), (~right & now).sum(), (predicted != intact).sum())


def test_synapses(model, mnist):
    x, labels = mnist
    sweep = Sweep(model, of="synapses", metrics=(), threads=2).feed(x, labels)
    session, results = Session(model, threads=2), list(sweep)
    intact = session.predict(x)
    assert len(results) == sum(model.layer(i).units * model.layer(i).inputs for i in range(model.info.layer_count))
    for index in sample(results, 12):
        result = results[index]
        mask = Mask(model, synapses=[(result.layer, result.unit, result.input)])
        expect(result, session.predict(x, mask), intact, labels)
    assert sweep.cost.examined < sweep.cost.pairs / 100


def test_inputs(model, mnist):
    x, labels = mnist
    sweep = Sweep(model, of="inputs", metrics=(), threads=2).feed(x, labels)
    session, results = Session(model, threads=2), list(sweep)
    intact = session.predict(x)
    for index in sample(results, 12):
        without = x.copy()
        without[:, results[index].input] = 0
        expect(results[index], session.predict(without), intact, labels)


@pytest.mark.parametrize("kind", ["zero", "mean"])
def test_pairs(model, mnist, kind):
    x, labels = mnist
    reference = Reference(model, x[:500]) if kind == "mean" else None
    how = {"kind": kind, "reference": reference}
    session = Session(model, threads=2)
    intact = session.predict(x)
    for layer in range(model.info.layer_count):
        results = list(Sweep(model, [layer], of="pairs", metrics=(), threads=2, **how).feed(x, labels))
        units = model.layer(layer).units
        assert len(results) == units * (units + 1) // 2
        for index in sample(results, 8):
            result = results[index]
            chosen = [(layer, unit) for unit in (result.unit, result.second_unit) if unit < units]
            expect(result, session.predict(x, Mask(model, chosen, **how)), intact, labels)


def test_cumulative_orders(model, mnist):
    x, labels = mnist
    units = [(layer, unit) for layer in range(model.info.layer_count) for unit in range(model.layer(layer).units)]
    order = [units[index] for index in np.random.default_rng(1).permutation(len(units))[:100]]
    session = Session(model, threads=2)
    intact = session.predict(x)
    curve = list(Sweep(model, of="cumulative", order=order, metrics=(), threads=2).feed(x, labels))
    for step in {*range(0, len(order), 17), len(order) - 1}:
        expect(curve[step], session.predict(x, Mask(model, order[: step + 1])), intact, labels)


def test_threads_and_batches_change_nothing(model, mnist):
    x, labels = mnist

    def counts(threads, cuts):
        sweep = Sweep(model, [0], of="synapses", metrics=(), threads=threads)
        for rows, own in zip(np.split(x, cuts), np.split(labels, cuts)):
            sweep.feed(rows, own)
        return [(result.lost, result.gained, result.changed) for result in sweep]

    assert counts(1, []) == counts(2, [1, 500, 3333])
