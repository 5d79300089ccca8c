"""Smaller models, saved models and differences, against masked runs, NumPy and ONNX Runtime."""

import numpy as np
import pytest
from small_cnn_model import trained

import libablate
from libablate.command_line.main import main


def test_a_smaller_model_is_the_masked_one(digits):
    units = {0: [1, 5, 7], 1: [0]}
    smaller = libablate.prune(digits.model, units)
    with digits.model.ablate(units) as ablated:
        np.testing.assert_array_equal(smaller.scores(digits.x), ablated.scores(digits.x))
    assert [layer.units for layer in smaller.layers] == [21, 11, 10]
    np.testing.assert_array_equal(smaller.classes, digits.model.classes)
    assert smaller.cost.parameters == 64 * 21 + 21 + 21 * 11 + 11 + 11 * 10 + 10 == smaller.cost.bytes // 4
    balanced = libablate.prune(digits.model, units, replacement="mean", X=digits.x)
    with digits.model.ablate(units, replacement="mean", reference=digits.x) as ablated:
        np.testing.assert_allclose(balanced.scores(digits.x), ablated.scores(digits.x), atol=1e-4)


def test_tied_channels_go_together(tmp_path, capsys):
    onnx = pytest.importorskip("onnx")
    rng = np.random.default_rng(3)
    constants = {"a.weight": (4, 3, 1, 1), "b.weight": (4, 4, 3, 3), "c.weight": (2, 4)}
    nodes = [
        onnx.helper.make_node("Conv", ["x", "a.weight"], ["a"]),
        onnx.helper.make_node("Conv", ["a", "b.weight"], ["b"], pads=[1, 1, 1, 1]),
        onnx.helper.make_node("Add", ["a", "b"], ["s"]),
        onnx.helper.make_node("GlobalAveragePool", ["s"], ["g"]),
        onnx.helper.make_node("Flatten", ["g"], ["f"]),
        onnx.helper.make_node("Gemm", ["f", "c.weight"], ["y"], transB=1),
    ]
    graph = onnx.helper.make_graph(
        nodes,
        "net",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 3, 5, 5])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 2])],
        [onnx.numpy_helper.from_array(rng.normal(size=shape).astype("f4"), n) for n, shape in constants.items()],
    )
    proto = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    model = libablate.load(proto.SerializeToString())
    groups = libablate.unit_groups(model)
    assert groups == [[(0, unit), (1, unit)] for unit in range(4)]
    x = rng.normal(size=(6, 3, 5, 5)).astype(np.float32)
    with pytest.raises(
        libablate.InvalidArgumentError, match="unit 2 of layer 0 'a', unit 2 of layer 1 'b'; tied=True removes"
    ):
        libablate.prune(model, {"b": 2})
    with pytest.raises(libablate.InvalidArgumentError, match="at least one unit|would have none|all"):
        libablate.prune(model, {"b": "all"}, tied=True)
    smaller = libablate.prune(model, {"b": [2, 0]}, tied=True)
    assert [layer.units for layer in smaller.layers] == [2, 2, 2]
    with model.ablate(groups[0] + groups[2]) as ablated:
        np.testing.assert_array_equal(smaller.scores(x), ablated.scores(x))
    (tmp_path / "network.onnx").write_bytes(proto.SerializeToString())
    command = ["prune", str(tmp_path / "network.onnx"), "--out", str(tmp_path / "smaller.onnx"), "--units", "b:2,1:0"]
    assert main(command) == 1 and "layer 1 'b'; --tied removes all of them" in capsys.readouterr().err
    assert main([*command, "--tied"]) == 0 and "4 units removed" in capsys.readouterr().out
    np.testing.assert_array_equal(libablate.load(tmp_path / "smaller.onnx").scores(x), smaller.scores(x))
    # No layer loses more than is asked for, whatever units the orders of both put in front.
    for more, left in ((["--fraction", "0.5"], 2), (["--count", "1"], 3), (["--fraction", "0.75", "--layers", "b"], 1)):
        command = ["prune", str(tmp_path / "network.onnx"), "--out", str(tmp_path / "half.onnx"), *more, "--tied"]
        assert main(command) == 0
        assert [layer.units for layer in libablate.load(tmp_path / "half.onnx").layers] == [left, left, 2]


def test_curves_of_channels_leave_out_what_they_cannot_have():
    cnn = trained()
    order = [(1, 3), (1, 0), (0, 2)]
    curve = libablate.pruning_curve(cnn.model, cnn.x, cnn.y, order, progress=False)
    # Padding is around the channels of layer 0: only zeros go on as they are.
    assert list(curve.accuracies) == ["zero"] and curve.pruned.tolist() == [0, 1, 2, 3]
    expected = [(cnn.model.ablate(order[:count]).predict(cnn.x) == cnn.y).mean() for count in (1, 2, 3)]
    assert curve.accuracies["zero"][1:].tolist() == expected
    last = libablate.pruning_curve(cnn.model, cnn.x, cnn.y, order[:2], progress=False)
    assert list(last.accuracies) == ["zero", "mean"]
    with pytest.raises(libablate.UnsupportedError):
        libablate.pruning_curve(cnn.model, cnn.x, cnn.y, order, compensations="least_squares", progress=False)


def test_curves_leave_each_layer_a_unit(digits):
    """An order of all units of a layer, as Sweep.order makes it, is looked at up to the last but one."""
    x, y, model, quiet = digits.x, digits.y, digits.model, {"compensations": "zero", "progress": False}
    order = libablate.sweep(model, x, y, progress=False).order(1)
    assert len(order) == 12
    curve = libablate.pruning_curve(model, x, y, order, **quiet)
    assert curve.pruned.tolist() == list(range(12))
    expected = [(model.ablate(order[:count]).predict(x) == y).mean() for count in range(1, 12)]
    assert curve.accuracies["zero"][1:].tolist() == expected
    # Units of other layers behind the last one do not help.
    assert libablate.pruning_curve(model, x, y, [(0, 0), *order, (0, 1)], **quiet).pruned[-1] == 12
    assert libablate.pruning_curve(model, x, y, order, points=[11], **quiet).pruned.tolist() == [11]
    with pytest.raises(ValueError, match="^points has 12: all of layer 1 would be gone from 12 on$"):
        libablate.pruning_curve(model, x, y, order, points=[1, 12], **quiet)


def test_least_squares(digits):
    a = digits.model.activations(digits.x, 1).astype(np.float64)
    keep = [unit for unit in range(12) if unit != 4]
    design = np.column_stack([a[:, keep], np.ones(400)])
    stand_in = design @ np.linalg.lstsq(design, a[:, 4], rcond=None)[0]
    last = digits.model.layers[2]
    expected = a[:, keep] @ last.weights[:, keep].T + stand_in[:, None] * last.weights[:, 4] + last.bias
    smaller = libablate.prune(digits.model, {1: 4}, compensation="least_squares", X=digits.x)
    np.testing.assert_allclose(smaller.scores(digits.x), expected, atol=1e-3)


def test_surgery_that_cannot_be(digits):
    for call, error, text in [
        (lambda: libablate.prune(digits.model, {1: "all"}), libablate.InvalidArgumentError, "."),
        (lambda: libablate.prune(digits.model, {2: 1}), libablate.InvalidArgumentError, "output"),
        (lambda: libablate.prune(digits.model, []), libablate.InvalidArgumentError, "."),
        (lambda: libablate.prune(digits.model, {1: 1}, compensation="correlated"), ValueError, "pass X"),
        (lambda: libablate.prune(digits.model, {1: 1}, compensation="magic"), ValueError, "magic"),
    ]:
        with pytest.raises(error, match=text):
            call()
    many = np.tile(digits.x, (50, 1))
    stopped = {"compensation": "correlated", "X": many, "progress": lambda done, total: True}
    with pytest.raises(libablate.CancelledError):
        libablate.prune(digits.model, {1: 1}, **stopped)


def test_a_saved_model_is_the_same(digits, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    path = tmp_path / "saved.onnx"
    digits.model.save(path)
    assert path.read_bytes() == digits.model.to_bytes()
    loaded = libablate.load(path)
    np.testing.assert_array_equal(loaded.scores(digits.x), digits.model.scores(digits.x))
    assert loaded.classes.tolist() == digits.model.classes.tolist() and loaded.head == "softmax"
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: digits.x})
    np.testing.assert_allclose(found, digits.model.predict_proba(digits.x), atol=1e-5)
    with pytest.raises(libablate.FileError):
        digits.model.save(tmp_path / "no folder" / "saved.onnx")


def test_an_ablation_against_its_model(digits):
    model, x, y = digits.model, digits.x, digits.y
    with model.ablate({1: [3, 5]}) as ablated:
        diff = libablate.diff(model, ablated, x, y, progress=False)
        p, q, first, second = model.predict_proba(x), ablated.predict_proba(x), model.predict(x), ablated.predict(x)
    found = diff.result
    assert (found.rows, found.agreeing, found.labelled) == (400, (first == second).sum(), 400)
    assert found.mean_change == pytest.approx(np.abs(q - p).mean(dtype=np.float64), rel=1e-6)
    assert (found.largest_row, found.largest_class) == np.unravel_index(np.abs(q - p).argmax(), p.shape)
    assert found.only_first_right == ((first == y) & (second != y)).sum()
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (first, second), 1)
    np.testing.assert_array_equal(diff.confusion(), confusion)
    assert found.to_dict()["both_right"] == found.both_right


def test_what_is_printed_of_a_diff(digits):
    model, x, y = digits.model, digits.x, digits.y
    with model.ablate({0: range(9)}) as ablated:
        diff = libablate.diff(model, ablated, x, y, progress=False)
        first, second = model.predict(x), ablated.predict(x)
    found = diff.result
    pairs, counts = np.unique(np.c_[first, second][first != second], axis=0, return_counts=True)
    expected = {tuple(pair): count for pair, count in zip(pairs.tolist(), counts.tolist())}
    lines = repr(diff).splitlines()
    assert lines[:2] == ["Diff over 400 rows", f"{(first == second).mean():.2%} of 400 rows are predicted alike"]
    assert lines[2].startswith(f"probabilities change by {found.mean_change:.4g} in the mean, by ")
    assert lines[2].endswith(f" at most (row {found.largest_row}, class {found.largest_class})")
    right = [(first == y).mean(), (second == y).mean()]
    assert lines[3].startswith(f"accuracy {right[0]:.2%} and {right[1]:.2%}: {found.both_right} rows right in both, ")
    assert lines[4] == f"the 10 most frequent of {len(pairs)} pairs of predictions that differ:" and len(lines) == 16
    assert lines[5].split() == ["first", "second", "rows"]
    shown = [tuple(map(int, line.split())) for line in lines[6:]]
    assert [rows for *_, rows in shown] == sorted(counts.tolist(), reverse=True)[:10]
    assert all(expected[one, other] == rows for one, other, rows in shown)
    document = diff.to_dict()
    assert document["difference"] == found.to_dict() and tuple(document["pairs"][0].values()) == shown[0]
    assert len(repr(libablate.diff(model, model, x, progress=False)).splitlines()) == 3
    assert repr(libablate.Diff(model, model)) == "Diff over 0 rows"
    pytest.importorskip("pandas")
    frame = diff.to_pandas()
    assert list(frame.columns) == ["first", "second", "rows"]
    assert dict(zip(zip(frame["first"], frame["second"]), frame["rows"])) == expected
    assert list(libablate.diff(model, model, x, progress=False).to_pandas().columns) == ["first", "second", "rows"]


def test_what_is_printed_of_a_diff_of_regressions(diabetes):
    diff = libablate.diff(diabetes.model, libablate.prune(diabetes.model, {0: 2}), diabetes.x, progress=False)
    head, line = repr(diff).splitlines()
    assert head == "Diff over 200 rows" and line.startswith(f"outputs change by {diff.result.mean_change:.4g} in the ")
    assert diff.to_dict()["pairs"] == [] and diff.to_dict()["difference"]["agreeing"] is None
    with pytest.raises(libablate.UnsupportedError, match="classifiers with one class per row"):
        diff.to_pandas()
    marks = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], head="multilabel")
    diff = libablate.diff(marks, marks.ablate({0: 1}, replacement=-9), [[1, 1], [2, -3]], progress=False)
    assert repr(diff).startswith("Diff over 2 rows\n50.00% of 2 rows are predicted alike\noutputs change by")


def test_diffs_in_batches_and_shards(digits):
    smaller = libablate.prune(digits.model, {0: 1})
    whole = libablate.diff(digits.model, smaller, digits.x, progress=False)
    first = libablate.Diff(digits.model, smaller, progress=False)
    first.feed((digits.x[i : i + 50], None) for i in (0, 50, 100, 150))
    second = libablate.Diff(digits.model, smaller, first_row=200, progress=False).feed(digits.x[200:])
    assert first.merge(second).result == whole.result and whole.result.labelled == 0
    assert libablate.Diff(digits.model, smaller).result.largest_row is None


def test_regressions_and_models_that_do_not_match(digits, diabetes):
    smaller = libablate.prune(diabetes.model, {0: 2})
    found = libablate.diff(diabetes.model, smaller, diabetes.x, progress=False).result
    change = np.abs(smaller.predict(diabetes.x) - diabetes.model.predict(diabetes.x)).mean(dtype=np.float64)
    assert found.mean_change == pytest.approx(change, rel=1e-6) and np.isnan(found.agreement)
    with pytest.raises(ValueError, match="classifiers"):
        libablate.diff(diabetes.model, smaller, diabetes.x, diabetes.y)
    with pytest.raises(libablate.InvalidArgumentError):
        libablate.Diff(digits.model, diabetes.model)


def test_classes_of_two_models_are_the_same_in_the_same_order(digits, tmp_path):
    layers = [(layer.weights, layer.bias, layer.activation) for layer in digits.model.layers]
    words = np.array([f"digit {label}" for label in range(10)])
    weights, bias, activation = layers[-1]

    def network(classes, turned=False):
        last = (weights[::-1], bias[::-1], activation) if turned else layers[-1]
        return libablate.from_weights([*layers[:-1], last], head="softmax", classes=classes)

    named, turned, other = network(words), network(words[::-1], True), network([*words[:9], "letter"])
    with pytest.raises(ValueError, match="class 0 is 'digit 0' in the first model and 'digit 9' in the second"):
        libablate.diff(named, turned, digits.x)
    with pytest.raises(ValueError, match="class 9 is 'digit 9' in the first model and 'letter' in the second"):
        libablate.diff(named, other.ablate({0: 1}), digits.x)
    # Labels that were numbers are numbers again, and those of a file are compared as the others are.
    digits.model.save(tmp_path / "saved.onnx")
    for first, second in [
        (digits.model, libablate.load(tmp_path / "saved.onnx")),
        (named, libablate.load(named.to_bytes())),
        (named, libablate.prune(named, {0: 1})),
        # What has no labels is known by places alone.
        (named, network(None)),
        (network(None), turned),
    ]:
        assert libablate.diff(first, second, digits.x).result.rows == 400
