"""Channels of convolutional networks as units: masks, replacements and sweeps, against ONNX Runtime on graphs in which
the ablation is written out, and against runs one by one."""

import ctypes
import gzip
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import libablate._declarations as c
from host import Failure, Mask, Reference, Session, Sweep, library
from onnx_models import Model, with_readers_of
from profile_host import Profile, quantile_edges
from random_images import Network

RNG = np.random.default_rng(5)
SIDE = 9
CLASSES = 4


def network(kind, seed=0):
    """A small network of images [3, 9, 9] and the names of its layers' outputs, after their activation function."""
    rng = np.random.default_rng(seed)
    nodes, constants, layers = [], {}, []

    def conv(name, source, units, inputs, side=3, relu=True, **attributes):
        constants[f"{name}.weight"] = rng.normal(0, 0.5, (units, inputs, side, side)).astype(np.float32)
        constants[f"{name}.bias"] = rng.normal(0, 0.3, units).astype(np.float32)
        nodes.append(helper.make_node("Conv", [source, f"{name}.weight", f"{name}.bias"], [f"{name}_z"], **attributes))
        if relu:
            nodes.append(helper.make_node("Relu", [f"{name}_z"], [name]))
        layers.append(name if relu else f"{name}_z")
        return layers[-1]

    def dense(name, source, units, inputs, relu=False):
        constants[f"{name}.weight"] = rng.normal(0, 0.3, (units, inputs)).astype(np.float32)
        constants[f"{name}.bias"] = rng.normal(0, 0.3, units).astype(np.float32)
        inputs = [source, f"{name}.weight", f"{name}.bias"]
        nodes.append(helper.make_node("Gemm", inputs, [f"{name}_z"], transB=1))
        if relu:
            nodes.append(helper.make_node("Relu", [f"{name}_z"], [name]))
        layers.append(name if relu else f"{name}_z")
        return layers[-1]

    def step(operator, sources, target, **attributes):
        nodes.append(helper.make_node(operator, sources, [target], **attributes))
        return target

    if kind == "chain":
        a = conv("a", "x", 5, 3, pads=[1, 1, 1, 1])
        a = step("MaxPool", [a], "p", kernel_shape=[2, 2], strides=[2, 2])
        b = conv("b", a, 6, 5)
        flat = step("Flatten", [b], "f")
        y = dense("d", dense("c", flat, 7, 6 * 2 * 2, relu=True), CLASSES, 7)
    elif kind == "residual":
        a = conv("a", "x", 4, 3, pads=[1, 1, 1, 1], strides=[2, 2])
        b = conv("b", a, 4, 4, pads=[1, 1, 1, 1])
        d = conv("d", b, 4, 1, pads=[1, 1, 1, 1], relu=False, group=4)
        s = step("Relu", [step("Add", [d, a], "s_z")], "s")
        g = step("Flatten", [step("GlobalAveragePool", [s], "g")], "f")
        y = dense("e", g, CLASSES, 4)
    else:
        a = conv("a", "x", 3, 3, side=1)
        b = conv("b", "x", 4, 3, pads=[1, 1, 1, 1])
        j = step("Concat", [a, b], "j", axis=1)
        e = conv("e", j, 5, 7, strides=[2, 2])
        g = step("Flatten", [step("GlobalAveragePool", [e], "g")], "f")
        y = dense("h", g, CLASSES, 5)
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info(y, TensorProto.FLOAT, ["n", CLASSES])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    proto.ir_version = 9
    onnx.checker.check_model(proto)
    return proto, layers


def ablated(proto, name, keep, add):
    """The graph with the values called `name` times `keep` plus `add`."""
    result, behind = with_readers_of(proto, name, f"{name}_ablated")
    graph = result.graph
    graph.initializer.append(numpy_helper.from_array(keep.astype(np.float32), f"{name}_keep"))
    graph.initializer.append(numpy_helper.from_array(add.astype(np.float32), f"{name}_add"))
    graph.node.insert(behind, helper.make_node("Mul", [name, f"{name}_keep"], [f"{name}_kept"]))
    graph.node.insert(behind + 1, helper.make_node("Add", [f"{name}_kept", f"{name}_add"], [f"{name}_ablated"]))
    return result


def run(proto, x, outputs=None):
    proto = onnx.ModelProto.FromString(proto.SerializeToString())
    for name in outputs or []:
        proto.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None if outputs is None else outputs, {"x": x})[0]


def images(count, seed=1):
    return np.random.default_rng(seed).normal(0, 1, (count, 3, SIDE, SIDE)).astype(np.float32)


KINDS = ["chain", "residual", "branches"]


@pytest.mark.parametrize("kind", KINDS)
def test_runs_and_activations(kind):
    proto, layers = network(kind)
    model = Model(proto)
    x = images(7)
    session = Session(model)
    np.testing.assert_allclose(session.run(x.reshape(7, -1)), run(proto, x), rtol=1e-5, atol=1e-5)
    for index, name in enumerate(layers):
        values = run(proto, x, [name])
        np.testing.assert_allclose(session.activations(x.reshape(7, -1), index), values, rtol=1e-5, atol=1e-5)
        weights, _ = model.parameters(index)
        module = name.removesuffix("_z")
        stored = next(each for each in proto.graph.initializer if each.name == f"{module}.weight")
        np.testing.assert_array_equal(weights, numpy_helper.to_array(stored))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["zero", "constant", "mean"])
def test_masks_of_channels(kind, how):
    proto, layers = network(kind)
    model = Model(proto)
    x = images(6)
    other = images(11, seed=2)
    reference = Reference(model, other.reshape(11, -1))
    session = Session(model, threads=2)
    for index, name in enumerate(layers[:-1]):
        info = model.layer(index)
        values = run(proto, other, [name])
        means = values.mean((0, 2, 3) if values.ndim == 4 else 0, dtype=np.float64)
        np.testing.assert_allclose(reference.means(index), means, rtol=1e-5, atol=1e-6)
        chosen = [0, info.units - 1]
        keep, add = np.ones(info.units), np.zeros(info.units)
        keep[chosen] = 0
        options = {"kind": how}
        if how == "constant":
            options["constant"] = 0.75
            add[chosen] = 0.75
        elif how == "mean":
            options["reference"] = reference
            add[chosen] = means[chosen]
        if values.ndim == 4:
            keep, add = keep[:, None, None], add[:, None, None]
        mask = Mask(model, [(index, unit) for unit in chosen], **options)
        expected = run(ablated(proto, name, keep, add), x)
        np.testing.assert_allclose(session.run(x.reshape(6, -1), mask), expected, rtol=1e-4, atol=1e-4)


def test_a_channel_takes_the_map_of_another_row():
    proto, layers = network("residual")
    model = Model(proto)
    x = images(5)
    reference = Reference(model, x.reshape(5, -1), keep_rows=True)
    mask = Mask(model, [(1, 2)], kind="resample", seed=3, reference=reference)
    session = Session(model)
    maps = session.activations(x.reshape(5, -1), 1)
    taken = session.activations(x.reshape(5, -1), 1, mask=mask)
    rows = [next(row for row in range(5) if (maps[row, 2] == each).all()) for each in taken[:, 2]]
    assert sorted(rows) == list(range(5))
    for row in range(5):
        keep, add = np.ones((4, 1, 1)), np.zeros(maps[0].shape)
        keep[2], add[2] = 0, maps[rows[row], 2]
        expected = run(ablated(proto, layers[1], keep, add[None]), x[row : row + 1])
        np.testing.assert_allclose(session.run(x.reshape(5, -1), mask)[row], expected[0], rtol=1e-4, atol=1e-4)


def test_synapses_of_a_convolution_are_slices_of_its_kernel():
    proto, _ = network("residual")
    model = Model(proto)
    x = images(4)
    changed = onnx.ModelProto.FromString(proto.SerializeToString())
    weights = next(each for each in changed.graph.initializer if each.name == "b.weight")
    values = numpy_helper.to_array(weights).copy()
    values[1, 3] = 0
    values[2, 0] = 0
    weights.CopyFrom(numpy_helper.from_array(values, "b.weight"))
    mask = Mask(model, synapses=[(1, 1, 3), (1, 2, 0)])
    session = Session(model)
    np.testing.assert_allclose(session.run(x.reshape(4, -1), mask), run(changed, x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metrics", [("confusion",), ("confusion", "log_loss")])
def test_sweeps_are_runs_one_by_one(kind, metrics):
    proto, layers = network(kind, seed=4)
    model = Model(proto)
    rows = 230
    x = images(rows).reshape(rows, -1)
    y = np.random.default_rng(6).integers(0, CLASSES, rows)
    session = Session(model)
    for how in ({}, {"kind": "constant", "constant": 0.3}):
        # Of predictions alone, bounds settle most of what becomes of channels that are pooled last.
        last = Sweep(model, layers=[len(layers) - 2], metrics=metrics, **how).feed(x, y).cost
        if kind == "branches" and metrics == ("confusion",):
            assert last.rerun < 0.05 * last.pairs
        tables = []
        for threads in (1, 2):
            sweep = Sweep(model, metrics=metrics, threads=threads, **how).feed(x[:100], y[:100])
            tables.append(sweep.feed(x[100:], y[100:]).table())
        assert tables[0] == tables[1]
        item = 0
        for layer in range(len(layers) - 1):
            for unit in range(model.layer(layer).units):
                predicted = session.predict(x, Mask(model, [(layer, unit)], **how))
                expected = np.zeros((CLASSES, CLASSES), np.int64)
                np.add.at(expected, (y, predicted), 1)
                assert (sweep[item].layer, sweep[item].unit) == (layer, unit)
                np.testing.assert_array_equal(sweep.confusion(item), expected)
                item += 1
        assert item == len(sweep)


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_orders_and_masks(kind):
    proto, _ = network(kind, seed=7)
    model = Model(proto)
    rows = 60
    x = images(rows).reshape(rows, -1)
    y = np.random.default_rng(6).integers(0, CLASSES, rows)
    session = Session(model)

    def correct(units):
        return int((session.predict(x, Mask(model, units)) == y).sum())

    for layers in ([0], [0, 1]):
        sweep = Sweep(model, layers=layers, of="pairs").feed(x, y)
        for result in sweep:
            units = [(result.layer, result.unit)]
            if result.second_unit != c.NONE:
                units.append((result.second_layer, result.second_unit))
            assert result.correct == correct(units)
    order = [(1, 2), (0, 1), (1, 0), (0, 0)]
    sweep = Sweep(model, of="cumulative", order=order).feed(x, y)
    assert [result.correct for result in sweep] == [correct(order[: index + 1]) for index in range(len(order))]
    chosen = [[(0, 0), (1, 1)], [(1, 3)]]
    masks = [Mask(model, units) for units in chosen]
    sweep = Sweep(model, of="masks", masks=masks).feed(x, y)
    assert [result.correct for result in sweep] == [correct(units) for units in chosen]


@pytest.mark.parametrize("how", ["mean", "maximum"])
def test_profiles_of_channels(how):
    proto, layers = network("residual", seed=2)
    model = Model(proto)
    rows = 150
    x = images(rows)
    y = np.random.default_rng(3).integers(0, CLASSES, rows)
    measures = ("class_means", "entropy", "top_rows", "gram")
    options = {"positions": c.POSITIONS[how], "layers": [0, 2], "threads": 2}
    profile = Profile(model, *measures, **options).feed(x[:70].reshape(70, -1), y[:70])
    profile.feed(x[70:].reshape(80, -1), y[70:])
    for layer, name in ((0, layers[0]), (2, layers[2])):
        maps = run(proto, x, [name]).astype(np.float64)
        values = maps.mean((2, 3)) if how == "mean" else maps.max((2, 3))
        np.testing.assert_allclose(profile.measure("mean", layer), values.mean(0), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(profile.measure("variance", layer), values.var(0), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(profile.measure("maximum", layer), values.max(0), rtol=1e-4, atol=1e-5)
        means = np.stack([values[y == each].mean(0) for each in range(CLASSES)], 1)
        np.testing.assert_allclose(profile.class_means(layer), means, rtol=1e-4, atol=1e-5)


def test_attributions_of_the_last_channels():
    proto, layers = network("branches", seed=2)
    model = Model(proto)
    x = images(40)
    y = np.arange(40) % CLASSES
    maps = run(proto, x, [layers[2]]).astype(np.float64)
    means = np.stack([maps.mean((2, 3))[y == each].mean(0) for each in range(CLASSES)], 1)
    weights, _ = model.parameters(3)
    profile = Profile(model, "class_means", layers=[2]).feed(x.reshape(40, -1), y)
    np.testing.assert_allclose(profile.attributions(2), means * weights.T, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("how", ["mean", "maximum"])
def test_quantiles_of_channels(how):
    proto, layers = network("chain", seed=2)
    model = Model(proto)
    x = images(64)
    maps = run(proto, x, [layers[1]])
    values = maps.mean((2, 3)) if how == "mean" else maps.max((2, 3))
    expected = np.sort(values, 0)[[15, 31, 47]].T
    edges = quantile_edges(model, 1, x.reshape(64, -1), bits=2, positions=how)
    np.testing.assert_allclose(edges, expected, rtol=1e-4, atol=1e-5)


def test_rows_of_fashion_mnist(shared):
    folder = Path("/usr/share/datasets/fashion-mnist")
    if not folder.exists():
        pytest.skip("SKIPPED: Debian's package dataset-fashion-mnist is not installed")
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz") as file:
        x = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / np.float32(255)
    with gzip.open(folder / "t10k-labels-idx1-ubyte.gz") as file:
        y = np.frombuffer(file.read(), np.uint8, offset=8).astype(np.int64)
    x, y = x[:1000], y[:1000]
    model = Model(shared / "models" / "cnn" / "fashion_cnn.onnx")
    sweep = Sweep(model, threads=2).feed(x, y)
    assert sweep.intact.correct > 0.85 * len(x)
    session = Session(model, threads=2)
    units = [(layer, unit) for layer in range(3) for unit in range(model.layer(layer).units)]
    assert len(sweep) == len(units)
    for item, place in enumerate(units):
        expected = np.zeros((10, 10), np.int64)
        np.add.at(expected, (y, session.predict(x, Mask(model, [place]))), 1)
        np.testing.assert_array_equal(sweep.confusion(item), expected)


def reshaped_network(first):
    """Values of a layer that pooling reads as another image: [1, 2, 2] of 4 neurons, or 16 channels of a 4 x 4 map."""
    rng = np.random.default_rng(8)
    constants = {"s": np.array([-1, 1, 2, 2] if first == "Gemm" else [-1, 16, 1, 1], np.int64)}
    if first == "Gemm":
        constants |= {"w": rng.normal(0, 1, (16, 4)), "b": rng.normal(0, 1, 4), "v": np.array([[1, -1.0]])}
        nodes = [helper.make_node("Flatten", ["x"], ["f"]), helper.make_node("Gemm", ["f", "w", "b"], ["h"])]
    else:
        constants |= {"w": rng.normal(0, 1, (1, 1, 1, 1)), "b": rng.normal(0, 1, 1), "v": rng.normal(0, 1, (16, 2))}
        nodes = [helper.make_node("Conv", ["x", "w", "b"], ["h"])]
    nodes += [
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Reshape", ["r", "s"], ["i"]),
        helper.make_node("GlobalAveragePool", ["i"], ["g"]),
        helper.make_node("Flatten", ["g"], ["m"]),
        helper.make_node("Gemm", ["m", "v"], ["y"]),
    ]
    initializers = [
        numpy_helper.from_array(value if name == "s" else value.astype(np.float32), name)
        for name, value in constants.items()
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


@pytest.mark.parametrize("first", ["Gemm", "Conv"])
def test_pooling_of_another_image(first):
    model = Model(reshaped_network(first))
    x = np.random.default_rng(9).normal(0, 1, (120, 16)).astype(np.float32)
    session = Session(model)
    y = session.predict(x)
    sweep = Sweep(model).feed(x, y)
    for unit in range(len(sweep)):
        assert sweep[unit].correct == (session.predict(x, Mask(model, [(0, unit)])) == y).sum()
    profile = Profile(model, "class_means", layers=[0]).feed(x, y)
    with pytest.raises(Failure) as refused:
        profile.attributions(0)
    assert refused.value.status == c.UNSUPPORTED
    assert library.ablate_cam_describe(model.address, ctypes.byref(c.CamInfo())) == c.UNSUPPORTED


def test_channels_of_another_models_mask():
    model, other = Model(network("branches")[0]), Model(network("chain")[0])
    mask = Mask(other, synapses=[(3, 0, 0)])
    options = c.CamOptions(mask=mask.address)
    channels, count = (ctypes.c_size_t * 5)(), ctypes.c_size_t()
    status = library.ablate_cam_channels(model.address, ctypes.byref(options), 0, channels, 5, ctypes.byref(count))
    assert status == c.INVALID_ARGUMENT
    assert b"another model" in library.ablate_last_error()


@pytest.mark.parametrize("shape", ["few positions", "one row", "groups in one row"])
def test_threads_that_share_an_image_change_no_bit(shape):
    made = Network(3, (64, 8, 8) if shape == "few positions" else (24, 300))
    if shape == "few positions":
        made.conv(70, stride=2)
        made.residual()
    else:
        made.conv(72, kernel=5, pad=2, group=3 if shape == "groups in one row" else 1)
        made.conv(45)
    proto = made.end(wide=False).proto()
    model = Model(proto)
    x = RNG.normal(0, 1, (2, *made.input_shape)).astype(np.float32)
    expected = run(proto, x)
    for row in range(2):
        one = Session(model, threads=1).run(x[row].reshape(1, -1))
        np.testing.assert_allclose(one, expected[row : row + 1], rtol=1e-4, atol=1e-4 * np.abs(expected).max())
        for threads in (2, 3, 7):
            assert Session(model, threads=threads).run(x[row].reshape(1, -1)).tobytes() == one.tobytes()
