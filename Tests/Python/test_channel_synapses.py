"""Sweeps over the synapses of convolutions, and of dense layers in front of others: against masked runs, one by one."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import libablate
import test_channels
from host import Failure, Mask, Session, Sweep
from onnx_models import Model
from random_images import ACTIVATIONS, CLASSES, Network, random_network


def windows_network(seed):
    """Strides, dilations, groups, a depthwise convolution and two dense layers whose values are joined."""
    rng = np.random.default_rng(seed)
    network = Network(seed, (int(rng.integers(1, 4)), 9, 8))
    network.conv(6, stride=int(rng.integers(1, 3)), activation=rng.choice(ACTIVATIONS))
    network.conv(4, pad=2, dilation=2, group=2, activation=rng.choice(ACTIVATIONS))
    network.conv(8, kernel=2, pad=0, group=4, activation=rng.choice(ACTIVATIONS))
    network.residual(depthwise=True)
    network.flatten()
    before, shape = network.value, network.shape
    network.dense(3, rng.choice(["Relu", "Sigmoid", "Tanh"]))
    first = network.value
    network.value, network.shape = before, shape
    network.dense(4, None)
    network.node("Concat", [first, network.value], (7,), axis=1)
    network.dense(5, "Relu")
    network.dense(CLASSES)
    return network


def wide_network():
    """A first layer with more slices than fit into one convolution, and one whose channels are pooled last."""
    network = Network(3, (70, 4, 4))
    network.conv(5)
    network.conv(33, activation="HardSwish")
    return network.end(wide=False)


def rows_of(network, count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (count, int(np.prod(network.input_shape)))).astype(np.float32), rng.integers(
        0, CLASSES, count
    )


def every_synapse(model, layers):
    for layer in layers:
        info = model.layer(layer)
        yield from ((layer, unit, source) for unit in range(info.units) for source in range(info.inputs))


def places(sweep):
    return [(each.layer, each.unit, each.input) for each in sweep]


def check(model, sweep, synapses, x, y, metrics):
    """All figures against those of a sweep over the masks, and the counts of some against runs with them."""
    assert places(sweep) == synapses
    masks = [Mask(model, synapses=[each]) for each in synapses]
    one_by_one = Sweep(model, of="masks", masks=masks, metrics=metrics).feed(x, y)
    assert [row[2:] for row in sweep.table()] == [row[2:] for row in one_by_one.table()]
    session = Session(model)
    intact = session.predict(x)
    for item in range(0, len(masks), 1 + len(masks) // 150):
        predicted = session.predict(x, masks[item])
        found = sweep[item]
        assert found.changed == (predicted != intact).sum()
        assert found.correct == (predicted == y).sum()
        if "confusion" in metrics:
            expected = np.zeros((CLASSES, CLASSES), np.int64)
            np.add.at(expected, (y, predicted), 1)
            np.testing.assert_array_equal(sweep.confusion(item), expected)


NETWORKS = [("random", seed) for seed in range(6)] + [("windows", seed) for seed in range(4)] + [("wide", 0)]


def made(kind, seed):
    if kind == "wide":
        return wide_network()
    if kind == "windows":
        return windows_network(seed)
    return random_network(seed, one_axis=seed % 4 == 3)


@pytest.mark.parametrize("kind, seed", NETWORKS)
@pytest.mark.parametrize("metrics", [(), ("confusion", "log_loss", "label_probability")])
def test_sweeps_are_runs_one_by_one(kind, seed, metrics):
    network = made(kind, seed)
    model = Model(network.proto())
    x, y = rows_of(network, 102 if kind == "random" else 30, seed)
    layers = list(range(model.info.layer_count))
    if kind == "wide":
        layers = [1, 0]
    tables = []
    for threads, cut in ((1, len(x)), (2, 13)):
        sweep = Sweep(model, layers=layers, of="synapses", metrics=metrics, threads=threads)
        tables.append(sweep.feed(x[:cut], y[:cut]).feed(x[cut:], y[cut:]).table())
    assert tables[0] == tables[1]
    check(model, sweep, list(every_synapse(model, layers)), x, y, metrics)
    if kind != "wide":
        assert Sweep(model, of="synapses", metrics=metrics).feed(x, y).table() == tables[0]


def test_shards_merge_and_are_saved(tmp_path):
    network = windows_network(8)
    model = Model(network.proto())
    x, y = rows_of(network, 60)
    options = {"of": "synapses", "metrics": ("confusion", "margin", "changed_rows"), "changed_row_limit": 5}
    whole = Sweep(model, **options).feed(x, y)
    first = Sweep(model, threads=2, **options).feed(x[:25], y[:25])
    second = Sweep(model, first_row=25, **options).feed(x[25:], y[25:])
    path = str(tmp_path / "counts").encode()
    library = test_channels.library
    assert library.ablate_sweep_save(second.address, path) == 0
    loaded = Sweep(model, first_row=25, **options)
    assert library.ablate_sweep_load(loaded.address, path) == 0
    assert loaded.table() == second.table()
    assert loaded.merge(first).table() == whole.table()
    changed = [whole.changed_rows(item) for item in range(len(whole))]
    assert [loaded.changed_rows(item) for item in range(len(whole))] == changed
    session = Session(model)
    intact = session.predict(x)
    assert any(changed)
    for item, place in enumerate(places(whole)):
        predicted = session.predict(x, Mask(model, synapses=[place]))
        assert changed[item] == np.flatnonzero(predicted != intact)[:5].tolist()
    other = Sweep(model, layers=[0], **options)
    assert library.ablate_sweep_load(other.address, path) != 0


@pytest.mark.parametrize("seed", range(4))
def test_slices_into_chosen_units(seed):
    network = windows_network(seed)
    model = Model(network.proto())
    x, y = rows_of(network, 30)
    rng = np.random.default_rng(seed)
    units = [(layer, unit) for layer in range(model.info.layer_count) for unit in range(model.layer(layer).units)]
    chosen = [units[index] for index in rng.permutation(len(units))[:11]]
    expected = [(*place, source) for place in chosen for source in range(model.layer(place[0]).inputs)]
    sweep = Sweep(model, of="synapses", order=chosen, metrics=("confusion",)).feed(x, y)
    check(model, sweep, expected, x, y, ("confusion",))


# Of `test_channels.network`: a unit, and the synapses that leave it.
LEAVING = {
    "chain": [
        ((0, 2), [(1, unit, 2) for unit in range(6)]),
        ((1, 3), [(2, unit, source) for source in range(12, 16) for unit in range(7)]),
        ((2, 6), [(3, unit, 6) for unit in range(4)]),
    ],
    "residual": [
        # To the next convolution, and past the sum and the pooling to the dense layer.
        ((0, 1), [(1, unit, 1) for unit in range(4)] + [(3, unit, 1) for unit in range(4)]),
        ((1, 2), [(2, 2, 0)]),
        ((2, 3), [(3, unit, 3) for unit in range(4)]),
    ],
    "branches": [
        ((1, 2), [(2, unit, 5) for unit in range(5)]),
        ((0, 1), [(2, unit, 1) for unit in range(5)]),
        ((2, 0), [(3, unit, 0) for unit in range(4)]),
    ],
}


@pytest.mark.parametrize("kind", LEAVING)
@pytest.mark.parametrize("metrics", [(), ("log_loss",)])
def test_slices_that_leave_units(kind, metrics):
    model = Model(test_channels.network(kind, seed=3)[0])
    x = test_channels.images(50).reshape(50, -1)
    y = np.random.default_rng(1).integers(0, test_channels.CLASSES, 50)
    expected = [synapse for _, synapses in LEAVING[kind] for synapse in synapses]
    order = [unit for unit, _ in LEAVING[kind]]
    sweep = Sweep(model, of="outgoing_synapses", order=order, metrics=metrics, threads=2).feed(x, y)
    check(model, sweep, expected, x, y, metrics)
    last = model.info.layer_count - 1
    with pytest.raises(Failure, match=f"no weights leave unit 0 of layer {last}"):
        Sweep(model, of="outgoing_synapses", order=[(last, 0)])


def test_units_of_other_groups_do_not_read():
    network = Network(0, (2, 6, 6))
    network.conv(4)
    network.conv(6, group=2)
    model = Model(network.end(wide=False).proto())
    sweep = Sweep(model, of="outgoing_synapses", order=[(0, 3), (0, 0)])
    assert places(sweep) == [(1, 3, 1), (1, 4, 1), (1, 5, 1), (1, 0, 0), (1, 1, 0), (1, 2, 0)]


def test_a_layer_reads_what_other_steps_make_of_a_unit():
    """Squeeze and excite: the gate's units scale channels, which the next convolution reads."""
    network = Network(0, (2, 6, 6))
    network.conv(3)
    network.squeeze()
    network.pool("AveragePool")
    network.node("LRN", [network.value], size=3)
    network.conv(4)
    model = Model(network.end(wide=False).proto())
    sweep = Sweep(model, of="outgoing_synapses", order=[(2, 1), (0, 2)])
    next_layer = [(3, unit, 1) for unit in range(4)]
    assert places(sweep) == [*next_layer, (1, 0, 2), (1, 1, 2), *((3, unit, 2) for unit in range(4))]


def test_bounds_settle_channels_that_are_pooled_last():
    model = Model(test_channels.network("branches", seed=4)[0])
    x = test_channels.images(300).reshape(300, -1)
    y = np.zeros(300, np.int64)
    cost = Sweep(model, layers=[2], of="synapses", metrics=()).feed(x, y).cost
    assert 0 < cost.examined < 0.5 * cost.pairs
    assert cost.rerun < 0.05 * cost.pairs
    cost = Sweep(model, layers=[2], of="synapses", metrics=("log_loss",)).feed(x, y).cost
    assert cost.rerun > 0.5 * cost.pairs


@pytest.mark.parametrize("metrics", [("confusion",), ("confusion", "label_probability")])
def test_values_that_are_not_finite_or_huge(metrics):
    network = Network(5, (2, 5, 5))
    network.conv(4)
    network.conv(6)
    network.end(wide=False)
    model = Model(network.proto())
    x, y = rows_of(network, 24)
    x[3, 7], x[4, 30], x[5, 2], x[6], x[7] = np.nan, np.inf, -np.inf, 1e7, 1e36
    with np.errstate(all="ignore"):
        sweep = Sweep(model, of="synapses", metrics=metrics).feed(x, y)
        check(model, sweep, list(every_synapse(model, range(4))), x, y, metrics)


def test_a_slice_is_zero_weights_in_the_file():
    """Against a library that knows nothing of slices: ONNX Runtime on the graph with zeros for the weights."""
    proto, _ = test_channels.network("residual", seed=2)
    model = Model(proto)
    x = test_channels.images(80)
    y = np.zeros(80, np.int64)
    sweep = Sweep(model, layers=[1], of="synapses", metrics=("confusion",)).feed(x.reshape(80, -1), y)
    near = 0
    for item, (_, unit, source) in enumerate(places(sweep)):
        changed = onnx.ModelProto.FromString(proto.SerializeToString())
        weights = next(each for each in changed.graph.initializer if each.name == "b.weight")
        values = numpy_helper.to_array(weights).copy()
        values[unit, source] = 0
        weights.CopyFrom(numpy_helper.from_array(values, "b.weight"))
        scores = np.sort(test_channels.run(changed, x), 1)
        near += (scores[:, -1] - scores[:, -2] < 1e-4).sum()
        counts = np.bincount(test_channels.run(changed, x).argmax(1), minlength=test_channels.CLASSES)
        assert np.abs(sweep.confusion(item)[0] - counts).sum() <= 2 * near
    assert near < 3


def test_the_python_package(tmp_path):
    network = windows_network(1)
    path = tmp_path / "network.onnx"
    onnx.save(network.proto(), path)
    model = libablate.load(path)
    x, y = rows_of(network, 30)
    x = x.reshape(-1, *network.input_shape)
    sweep = libablate.synapses(model, x, y, layers=[1, 2], progress=False)
    assert len(sweep) == sum(model.layers[layer].units * model.layers[layer].inputs for layer in (1, 2))
    for key in ((1, 3, 2), (2, 7, 0)):
        assert sweep[key].correct == (sweep.ablation(key).predict(x) == y).sum()
    leaving = libablate.synapses(model, x, y, units=[(0, 4)], outgoing=True, progress=False)
    # Channels 3 to 5 are those of the second group.
    assert [(each.layer, each.unit, each.input) for each in leaving] == [(1, 2, 1), (1, 3, 1)]
    assert leaving[0].changed == sweep[1, 2, 1].changed
