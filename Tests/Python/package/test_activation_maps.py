"""Class activation maps against NumPy in float64 over the features that ONNX Runtime finds."""

import gzip
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import libablate
from shared_data import SHARED

CNN = SHARED / "models" / "cnn"
CLOTHES = Path("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz")


def network(ending="dense", features="relu", classes=4, units=6):
    """A small network of images [2, 8, 9]; `features` are read by the mean that the output layer reads."""
    rng = np.random.default_rng(11)
    constants, nodes = {}, []

    def weights(name, *shape):
        constants[name] = rng.normal(0, 0.4, shape).astype(np.float32)
        return name

    def step(kind, inputs, name, **attributes):
        nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    value = step("Conv", ["x", weights("a.w", 5, 2, 3, 3), weights("a.b", 5)], "a", pads=[1, 1, 1, 1])
    value = step("MaxPool", [step("Relu", [value], "a_relu")], "pool", kernel_shape=[2, 2], strides=[2, 2])
    value = step("Conv", [value, weights("b.w", units, 5, 3, 3), weights("b.b", units)], "b", pads=[1, 1, 1, 1])
    value = step("Relu", [value], "b_relu")
    if features == "sum":
        other = step("Conv", ["pool", weights("c.w", units, 5, 1, 1), weights("c.b", units)], "c")
        value = step("Add", [value, other], "sum")
    if ending == "average pool":
        mean = step("AveragePool", [value], "gap", kernel_shape=[4, 4])
    else:
        mean = step("GlobalAveragePool", [value], "gap")
    if ending == "convolution":
        scores = step("Conv", [mean, weights("d.w", classes, units, 1, 1), weights("d.b", classes)], "d")
        step("Flatten", [scores], "scores")
    else:
        flat = step("Flatten", [mean], "flat")
        step("Gemm", [flat, weights("d.w", classes, units), weights("d.b", classes)], "scores", transB=1)
    if ending == "hidden layer":
        nodes[-1].name = nodes[-1].output[0] = "h"
        step("Relu", ["h"], "h_relu")
        step("Gemm", ["h_relu", weights("e.w", classes, classes), weights("e.b", classes)], "scores", transB=1)
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, 8, 9])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return prepared(proto, value, constants["d.w"].reshape(classes, units), constants["d.b"])


def prepared(proto, features, weights, bias):
    """A model, and what ONNX Runtime finds: the features and the scores of rows."""
    del proto.graph.output[1:]
    proto.graph.output.append(helper.make_tensor_value_info(features, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    name = proto.graph.input[0].name
    del proto.graph.output[1:]

    def run(x):
        scores, found = session.run(None, {name: x})
        return scores, found.astype(np.float64)

    model = libablate.load(proto.SerializeToString())
    return SimpleNamespace(
        model=model, run=run, weights=weights.astype(np.float64), bias=bias.astype(np.float64), proto=proto
    )


def maps(weights, features):
    """sum over k of w_k A_k(y, x)"""
    return np.einsum("k,nkyx->nyx", weights, features)


def upsampled(image, height, width):
    """Bilinear, half-pixel centres, the border repeated: by matrices of hat functions."""

    def matrix(count, length):
        places = np.clip((np.arange(count) + 0.5) * length / count - 0.5, 0, length - 1)
        return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(length)))

    return np.einsum("ij,njk,lk->nil", matrix(height, image.shape[1]), image, matrix(width, image.shape[2]))


def softmax(scores):
    shares = np.exp(scores - scores.max())
    return shares / shares.sum()


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(3).normal(0, 1, (7, 2, 8, 9)).astype(np.float32)


@pytest.mark.parametrize("features", ["relu", "sum"])
@pytest.mark.parametrize("ending", ["dense", "convolution", "average pool"])
def test_maps_are_those_of_numpy(ending, features, rows):
    net = network(ending, features)
    _, found = net.run(rows)
    for label in range(4):
        expected = maps(net.weights[label], found)
        actual = libablate.cam(net.model, rows, label)
        np.testing.assert_allclose(actual, expected, atol=2e-5)
        scores = net.model.scores(rows)[:, label]
        np.testing.assert_allclose(actual.mean(axis=(1, 2)) + net.bias[label], scores, atol=2e-5)
        np.testing.assert_array_equal(libablate.cam_weights(net.model, label), net.weights[label].astype(np.float32))
    large = libablate.cam(net.model, rows, 1, upsampled=True)
    np.testing.assert_allclose(large, upsampled(maps(net.weights[1], found), 8, 9), atol=2e-5)


def behind(first, shape, rng):
    """A network of images of some shape, with nodes in front of its first convolution, and what ONNX Runtime finds."""
    constants = {
        "pads": np.array([0, 0, 2, 1, 0, 0, 3, 2]), "scales": np.array([1, 1, 2, 3], np.float32),
        "smaller": np.array([1, 1, 0.5, 0.5], np.float32), "image": np.array([0, 1, 6, 7]), "axis": np.array([1]),
        "pads_last": np.array([0, 2, 1, 0, 0, 3, 2, 0]),
    }  # fmt: skip
    nodes = {
        "nothing": [("Identity", ["x"], {})],
        "Pad": [("Pad", ["x", "pads"], {})],
        "Resize": [("Resize", ["x", "", "scales"], {"mode": "linear"})],
        "Resize to less": [("Resize", ["x", "", "smaller"], {"mode": "nearest", "nearest_mode": "floor",
                                                             "coordinate_transformation_mode": "asymmetric"})],
        "Transpose": [("Transpose", ["x"], {"perm": [0, 3, 1, 2]})],
        "Pad and Transpose": [("Pad", ["x", "pads_last"], {}), ("Transpose", ["f0"], {"perm": [0, 3, 1, 2]})],
        "Unsqueeze": [("Unsqueeze", ["x", "axis"], {}), ("Pad", ["f0", "pads"], {})],
        "Reshape": [("Reshape", ["x", "image"], {"allowzero": 0})],
    }[first]  # fmt: skip
    nodes = [helper.make_node(kind, inputs, [f"f{i}"], **more) for i, (kind, inputs, more) in enumerate(nodes)]
    channels = {3: shape[0] if "Transpose" not in first else shape[2], 2: 1, 1: 1}[len(shape)]
    constants["image"][0] = -1
    constants["a"] = rng.normal(size=(3, channels, 3, 3)).astype(np.float32)
    constants["w"] = rng.normal(size=(2, 3)).astype(np.float32)
    nodes += [
        helper.make_node("Conv", [nodes[-1].output[0], "a"], ["conv"]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w"], ["scores"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return prepared(proto, "relu", constants["w"], np.zeros(2))


@pytest.mark.parametrize(
    ("first", "shape", "size"),
    [
        ("nothing", (2, 6, 7), (6, 7)),
        ("Pad", (2, 6, 7), (6, 7)),
        ("Pad", (1, 6, 7), (6, 7)),
        ("Resize", (2, 6, 7), (6, 7)),
        ("Resize to less", (2, 12, 14), (12, 14)),
        ("Transpose", (6, 7, 2), (6, 7)),
        ("Pad and Transpose", (6, 7, 2), (6, 7)),
        ("Pad and Transpose", (6, 7, 1), (6, 7)),
        ("Unsqueeze", (6, 7), (6, 7)),
        ("Reshape", (42,), (6, 7)),
    ],
)
def test_upsampled_maps_are_as_large_as_the_model_s_input(first, shape, size):
    """Whatever is between the input and the first convolution."""
    rng = np.random.default_rng(12)
    net = behind(first, shape, rng)
    x = rng.normal(size=(3, *shape)).astype(np.float32)
    scores, found = net.run(x)
    np.testing.assert_allclose(net.model.scores(x), scores, atol=2e-5)
    large = libablate.cam(net.model, x, 1, upsampled=True)
    np.testing.assert_allclose(large, upsampled(maps(net.weights[1], found), *size), atol=2e-5)
    removal = libablate.remove_channels(net.model, x[0], 1, upsampled=True, points=[0])
    np.testing.assert_array_equal(removal.maps[0], large[0])


def test_sequences_have_maps_of_height_one():
    for steps in ([], [libablate.Convolution(np.ones((2, 2, 3)), padding=(0, 1))]):
        channels = libablate.Convolution(np.arange(6.0).reshape(3, 2, 1))
        mean = libablate.Pooling("global_average")
        model = libablate.from_weights([*steps, channels, mean, (np.eye(3), None)], input_shape=(2, 5))
        assert libablate.cam(model, np.ones((1, 10)), 0, upsampled=True).shape == (1, 1, 5)


def test_the_class_is_the_prediction_unless_it_is_named(rows):
    net = network()
    scores, found = net.run(rows)
    labels = scores.argmax(axis=1)
    assert len(set(labels)) > 1
    expected = np.concatenate([maps(net.weights[label], found[[row]]) for row, label in enumerate(labels)])
    np.testing.assert_allclose(libablate.cam(net.model, rows), expected, atol=2e-5)
    np.testing.assert_array_equal(libablate.cam(net.model, rows), libablate.cam(net.model, rows, labels))
    one_by_one = np.concatenate([libablate.cam(net.model, row[np.newaxis]) for row in rows])
    np.testing.assert_array_equal(libablate.cam(net.model, rows), one_by_one)


def test_what_a_mask_replaces_shows(rows):
    net = network()
    _, found = net.run(rows)
    layer = net.model.layers["b.w"].number
    with net.model.ablate({layer: [0, 3]}, replacement=0.5, synapses=[(-1, 2, 1)]) as ablated:
        found[:, [0, 3]] = 0.5
        weights = net.weights.copy()
        weights[2, 1] = 0
        np.testing.assert_allclose(libablate.cam(ablated, rows, 2), maps(weights[2], found), atol=2e-5)
        labels = ablated.predict(rows)
        np.testing.assert_array_equal(libablate.cam(ablated, rows), libablate.cam(ablated, rows, labels))
    with net.model.ablate({0: [1, 2]}) as ablated:
        assert np.abs(libablate.cam(ablated, rows, 2) - libablate.cam(net.model, rows, 2)).max() > 1e-3
        scores = ablated.scores(rows)[:, 2]
        means = libablate.cam(ablated, rows, 2).mean(axis=(1, 2))
        np.testing.assert_allclose(means + net.bias[2], scores, atol=2e-5)


def test_models_that_end_in_another_way_are_refused(rows, tiny):
    for model, data in [(network("hidden layer").model, rows), (tiny, np.eye(2))]:
        with pytest.raises(libablate.UnsupportedError, match="global average pooling"):
            libablate.cam(model, data, 0)
        with pytest.raises(libablate.UnsupportedError, match="global average pooling"):
            libablate.remove_channels(model, data[0], 0)
    model = network().model
    with pytest.raises(ValueError, match="classes are 0, 1, 2, 3"):
        libablate.cam(model, rows, 4)


@pytest.mark.parametrize("order", ["highest_weight", "lowest_weight", [4, 1, 2]])
@pytest.mark.parametrize("features", ["relu", "sum"])
def test_channels_go_one_after_the_other(order, features, rows):
    net = network(features=features)
    _, found = net.run(rows[:1])
    label = 2
    removal = libablate.remove_channels(net.model, rows[0], label, order=order, top=3)
    sign = {"highest_weight": -1, "lowest_weight": 1}
    expected_order = np.argsort(sign[order] * net.weights[label]) if isinstance(order, str) else order
    assert removal.channels.tolist() == list(expected_order)
    assert removal.removed.tolist() == list(range(len(expected_order) + 1))
    assert removal.layer == (net.model.layers["b.w"].number if features == "relu" else None)
    for step in removal.removed:
        left = found.copy()
        left[:, removal.channels[:step]] = 0
        now = net.weights @ left.mean(axis=(2, 3))[0] + net.bias
        np.testing.assert_allclose(removal.scores[step], now[label], atol=2e-5)
        np.testing.assert_allclose(removal.probabilities[step], softmax(now)[label], atol=2e-5)
        assert removal.predictions[step] == now.argmax()
        assert removal.top_labels[step].tolist() == np.argsort(-now)[:3].tolist()
        np.testing.assert_allclose(removal.top_probabilities[step], np.sort(softmax(now))[::-1][:3], atol=2e-5)
        np.testing.assert_allclose(removal.maps[step], maps(net.weights[label], left)[0], atol=2e-5)
    if features == "relu":
        # To the bit those of masked runs.
        for step in removal.removed[1:]:
            with net.model.ablate({"b.w": removal.channels[:step]}) as ablated:
                assert ablated.scores(rows[:1])[0, label] == removal.scores[step]
                assert ablated.predict_proba(rows[:1])[0, label] == removal.probabilities[step]
                np.testing.assert_array_equal(libablate.cam(ablated, rows[:1], label)[0], removal.maps[step])


def test_a_window_of_weights_keeps_what_is_inside(rows):
    net = network()
    weights = libablate.cam_weights(net.model, 1)
    low, high = sorted(weights.tolist())[1], sorted(weights.tolist())[3]
    removal = libablate.remove_channels(net.model, rows[0], 1, window=(low, high), points=[0, 3])
    distances = np.maximum(np.maximum(low - weights, weights - high), 0)
    assert removal.channels.tolist() == np.argsort(-distances, kind="stable")[:3].tolist()
    kept = np.where((weights >= low) & (weights <= high), net.weights[1], 0)
    _, found = net.run(rows[:1])
    np.testing.assert_allclose(removal.maps[1], maps(kept, found)[0], atol=2e-5)


def test_of_the_class_only_its_own_weights_go(rows):
    net = network()
    _, found = net.run(rows[:1])
    removal = libablate.remove_channels(net.model, rows[0], 3, of_class_only=True, top=4)
    for step, removed in enumerate(removal.removed):
        weights = net.weights.copy()
        weights[3, removal.channels[:removed]] = 0
        now = weights @ found.mean(axis=(2, 3))[0] + net.bias
        np.testing.assert_allclose(removal.scores[step], now[3], atol=2e-5)
        np.testing.assert_allclose(removal.top_probabilities[step], np.sort(softmax(now))[::-1], atol=2e-5)
        np.testing.assert_allclose(removal.maps[step], maps(weights[3], found)[0], atol=2e-5)
        with net.model.ablate(synapses=[(-1, 3, int(unit)) for unit in removal.channels[:removed]]) as ablated:
            assert ablated.scores(rows[:1])[0, 3] == removal.scores[step]


def test_replacements_masks_and_sizes_of_removals(rows):
    net = network()
    reference = net.model.reference(rows)
    means = reference.means("b.w").astype(np.float64)
    _, found = net.run(rows[:1])
    how = {"replacement": "mean", "reference": reference, "upsampled": True, "points": [2, 5]}
    removal = libablate.remove_channels(net.model, rows[0], 0, **how)
    for step, removed in enumerate([2, 5]):
        left = found.copy()
        gone = removal.channels[:removed]
        left[:, gone] = means[gone][:, None, None]
        expected = upsampled(maps(net.weights[0], left), 8, 9)
        np.testing.assert_allclose(removal.maps[step], expected[0], atol=2e-5)
    with net.model.ablate({0: [1]}) as ablated:
        under = libablate.remove_channels(net.model, rows[0], ablation=ablated, points=[0])
        assert under.label == ablated.predict(rows[:1])[0]
        np.testing.assert_array_equal(under.maps, libablate.cam(ablated, rows[:1]))
    with pytest.raises(libablate.UnsupportedError, match="no units of a layer"):
        libablate.remove_channels(network(features="sum").model, rows[0], 0, replacement="mean", reference=rows)
    with pytest.raises(ValueError, match="points must ascend"):
        libablate.remove_channels(net.model, rows[0], 0, points=[2, 1])
    with pytest.raises(ValueError, match="window"):
        libablate.remove_channels(net.model, rows[0], 0, window=(1, -1))


def test_a_removal_is_cancelled(rows):
    calls = []
    with pytest.raises(libablate.CancelledError):
        libablate.remove_channels(
            network().model, rows[0], progress=lambda done, total: calls.append((done, total)) or done == 3
        )
    assert calls == [(1, 7), (2, 7), (3, 7)]


def test_a_binary_model_has_two_maps(rows):
    weights = np.random.default_rng(4).normal(size=(3, 2, 2, 2))
    head = np.array([[0.5, -1.0, 2.0]])
    model = libablate.from_weights(
        [libablate.Convolution(weights), libablate.Pooling("global_average"), (head, [0.1])],
        input_shape=(2, 8, 9),
        head="binary",
    )
    one = libablate.cam(model, rows, 1)
    np.testing.assert_array_equal(libablate.cam(model, rows, 0), -one)
    np.testing.assert_allclose(one.mean(axis=(1, 2)) + 0.1, model.scores(rows)[:, 0], atol=1e-5)
    removal = libablate.remove_channels(model, rows[0], 0)
    assert removal.channels.tolist() == [1, 0, 2] and removal.top_labels.shape == (4, 2)
    np.testing.assert_allclose(removal.scores[0], -model.scores(rows[:1])[0, 0], atol=1e-6)


@pytest.fixture(scope="module")
def lite0():
    if not CNN.is_dir():
        pytest.skip(f"{CNN} is not there")
    proto = onnx.load(CNN / "efficientnet_lite0.onnx")
    weights = {each.name: numpy_helper.to_array(each) for each in proto.graph.initializer}
    return prepared(proto, "head_relu6", weights["fc.weight"], weights["fc.bias"])


def test_maps_and_removals_of_clothes():
    """Of Fashion-MNIST's own pictures where they are, else of noise."""
    if not CNN.is_dir():
        pytest.skip(f"{CNN} is not there")
    proto = onnx.load(CNN / "fashion_cnn.onnx")
    weights = {each.name: numpy_helper.to_array(each) for each in proto.graph.initializer}
    net = prepared(proto, "relu2", weights["fc.weight"], weights["fc.bias"])
    pictures = np.random.default_rng(6).integers(0, 256, (200, 28, 28), np.uint8)
    if CLOTHES.is_file():
        pictures = np.frombuffer(gzip.decompress(CLOTHES.read_bytes()), np.uint8, offset=16)[: 200 * 784]
    x = libablate.rows_from_images(net.model, pictures.reshape(-1, 28, 28), scale=1 / np.float32(255))
    scores, found = net.run(x)
    labels = scores.argmax(axis=1)
    np.testing.assert_array_equal(net.model.predict(x), labels)
    expected = np.concatenate([maps(net.weights[label], found[[row]]) for row, label in enumerate(labels)])
    np.testing.assert_allclose(libablate.cam(net.model, x), expected, atol=2e-5 * np.abs(expected).max())
    for row in range(5):
        removal = libablate.remove_channels(net.model, x[row], order="lowest_weight")
        left = found[row].mean(axis=(1, 2))
        for step, removed in enumerate(removal.removed):
            left[removal.channels[:removed]] = 0
            now = net.weights @ left + net.bias
            np.testing.assert_allclose(removal.probabilities[step], softmax(now)[labels[row]], atol=1e-4)
            assert removal.predictions[step] == now.argmax()


@pytest.fixture(scope="module")
def photographs(lite0):
    return libablate.rows_from_images(
        lite0.model, np.load(CNN / "sample_images_u8_nhwc.npy"), mean=127, scale=1 / np.float32(128)
    )


def test_photographs_are_labelled_as_onnx_runtime_labels_them(lite0, photographs):
    expected = np.load(CNN / "sample_logits.npy")
    scores = lite0.model.scores(photographs)
    np.testing.assert_allclose(scores, expected, atol=2e-4)
    np.testing.assert_array_equal(lite0.model.predict(photographs), expected.argmax(axis=1))
    top = json.loads((CNN / "efficientnet_lite0_top5.json").read_text())
    for image, known in zip(photographs, top.values()):
        removal = libablate.remove_channels(lite0.model, image, points=[0])
        assert removal.top_labels[0].tolist() == [label for label, _, _ in known]
        np.testing.assert_allclose(removal.top_probabilities[0], [share for _, _, share in known], atol=2e-4)


def test_maps_of_photographs(lite0, photographs):
    scores, found = lite0.run(photographs)
    labels = scores.argmax(axis=1)
    expected = np.concatenate([maps(lite0.weights[label], found[[row]]) for row, label in enumerate(labels)])
    np.testing.assert_allclose(libablate.cam(lite0.model, photographs), expected, atol=5e-4 * np.abs(expected).max())
    large = libablate.cam(lite0.model, photographs[:2], upsampled=True)
    assert large.shape == (2, 224, 224)
    np.testing.assert_allclose(large, upsampled(expected[:2], 224, 224), atol=5e-4 * np.abs(expected).max())
    removal = libablate.remove_channels(lite0.model, photographs[1], points=[0, 1, 4, 20, 200, 1280])
    for step, removed in enumerate(removal.removed):
        left = found[[1]].copy()
        left[:, removal.channels[:removed]] = 0
        now = lite0.weights @ left.mean(axis=(2, 3))[0] + lite0.bias
        assert removal.predictions[step] == now.argmax()
        np.testing.assert_allclose(removal.probabilities[step], softmax(now)[labels[1]], atol=2e-4)
        np.testing.assert_allclose(removal.maps[step], maps(lite0.weights[labels[1]], left)[0], atol=2e-3)
    assert removal.predictions[0] == labels[1] and removal.changed is not None
