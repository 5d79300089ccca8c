"""Models agree with what made them, and say what they are."""

import pickle
import zipfile

import numpy as np
import pytest

import libablate


def test_a_classifier_answers_as_scikit_learn_does(digits):
    model, network = digits.model, digits.network
    np.testing.assert_array_equal(model.predict(digits.x), network.predict(digits.x))
    np.testing.assert_allclose(model.predict_proba(digits.x), network.predict_proba(digits.x), atol=1e-5)
    logits = np.log(network.predict_proba(digits.x).astype(np.float64))
    scores = model.decision_function(digits.x)
    np.testing.assert_allclose(
        scores - scores.mean(1, keepdims=True), logits - logits.mean(1, keepdims=True), atol=1e-3
    )


def test_a_regression_answers_as_scikit_learn_does(diabetes):
    expected = diabetes.network.predict(diabetes.x)
    np.testing.assert_allclose(diabetes.model.predict(diabetes.x), expected, atol=1e-5)
    assert diabetes.model.classes is None
    with pytest.raises(libablate.UnsupportedError):
        diabetes.model.predict_proba(diabetes.x)


def test_layers_by_number_and_name(digits):
    layers = digits.model.layers
    assert [layer.units for layer in layers] == [24, 12, 10]
    assert [layer.is_output for layer in layers] == [False, False, True]
    assert layers[-1].number == 2 and layers[0].activation == "relu"
    np.testing.assert_array_equal(layers[1].weights, digits.network.coefs_[1].T.astype(np.float32))
    np.testing.assert_array_equal(layers[1].bias, digits.network.intercepts_[1].astype(np.float32))
    assert sum(layer.parameter_count for layer in layers) == digits.model.parameter_count
    named = libablate.from_weights([libablate.Dense(np.eye(2), name="first"), libablate.Dense(np.eye(2), name="last")])
    assert named.layers["last"].number == 1
    with pytest.raises(KeyError, match="'first', 'last'"):
        named.layers["middle"]
    with pytest.raises(IndexError, match="has 3"):
        layers[3]
    with pytest.raises(TypeError):
        layers[1.5]


def test_steps_include_scalers():
    model = libablate.from_weights([libablate.Affine(scale=[2, 2], name="scaler"), (np.eye(2), None)])
    assert [(step.kind, step.layer) for step in model.steps] == [("affine", None), ("dense", 0)]
    np.testing.assert_array_equal(model.scores([[1, 3]]), [[2, 6]])


def test_an_onnx_file_from_a_path_and_from_memory(shared):
    path = shared / "models" / "mlp" / "nn10_div255.onnx"
    x = np.random.default_rng(0).random((5, 784), np.float32)
    from_path, from_bytes = libablate.load(path), libablate.load(path.read_bytes())
    np.testing.assert_array_equal(from_path.scores(x), from_bytes.scores(x))
    assert from_path.classes.tolist() == list(range(10))
    renamed = libablate.load(str(path), classes=list("abcdefghij"))
    assert renamed.predict(x).tolist() == [chr(97 + label) for label in from_path.predict(x)]
    with pytest.raises(ValueError, match="^classes has a NaN"):
        libablate.load(path, classes=[np.nan, *range(9)])
    with pytest.raises(ValueError, match="^y has a number that no label has"):
        libablate.sweep(from_path, x, [2**70] * 5, progress=False)
    # Also of what is written, pruned or not.
    for model in (renamed, libablate.prune(renamed, {0: [3]})):
        assert libablate.load(model.to_bytes()).classes.tolist() == list("abcdefghij")
    turned = libablate.load(path, classes=range(9, -1, -1))
    assert libablate.load(turned.to_bytes()).predict(x).tolist() == (9 - from_path.predict(x)).tolist()


def test_files_that_are_none(tmp_path):
    with pytest.raises(libablate.FileError, match=r"nothing\.onnx") as caught:
        libablate.load(tmp_path / "nothing.onnx")
    assert isinstance(caught.value, OSError)
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(libablate.MalformedError):
        libablate.load(tmp_path / "text.onnx")
    with pytest.raises(TypeError):
        libablate.load(tmp_path / "text.onnx", directory=tmp_path)


def test_files_that_another_function_takes(digits, tmp_path):
    def archive(name, *parts):
        with zipfile.ZipFile(tmp_path / name, "w") as file:
            for part in parts:
                file.writestr(part, b"")

    archive("k.keras", "metadata.json", "config.json", "model.weights.h5")
    archive("t.pt", "t/data.pkl", "t/data/0")
    archive("other.zip", "text")
    archive("damaged.zip", "\u00e9")
    (tmp_path / "damaged.zip").write_bytes((tmp_path / "damaged.zip").read_bytes().replace(b"\xc3\xa9", b"\xff\xff"))
    (tmp_path / "k.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    (tmp_path / "network.pkl").write_bytes(pickle.dumps(digits.network))
    np.save(tmp_path / "x.npy", digits.x)
    np.savez(tmp_path / "x.npz", digits.x)
    libablate.sweep(digits.model, digits.x, digits.y, progress=False).save(tmp_path / "r.sweep")
    for name, text in [
        ("k.keras", r"from_keras\(keras.models.load_model\(path\)\)$"),
        ("k.h5", r"from_keras\(keras.models.load_model\(path\)\)$"),
        ("t.pt", r"PyTorch: from_torch\(module, example\)"),
        ("network.pkl", "a pickle: .* from_sklearn or from_torch"),
        ("x.npy", r"numpy.load\(path\)$"),
        ("x.npz", r"numpy.load\(path\)$"),
        ("r.sweep", r"the counts of a sweep: Sweep\(model, ...\).load\(path\)$"),
        ("other.zip", "protobuf$"),
        ("damaged.zip", "protobuf$"),
    ]:
        for file in (tmp_path / name, (tmp_path / name).read_bytes()):
            with pytest.raises(libablate.MalformedError, match=text):
                libablate.load(file)
    with pytest.raises(TypeError, match="^file is a path .*: from_sklearn takes estimators$"):
        libablate.load(digits.network)


def test_images_are_flattened_in_their_order():
    model = libablate.from_weights([(np.arange(12).reshape(1, 12), None)], input_shape=(1, 3, 4))
    image = np.random.default_rng(0).random((2, 1, 3, 4), np.float32)
    np.testing.assert_allclose(model.predict(image), image.reshape(2, 12) @ np.arange(12), rtol=1e-6)
    assert model.input_shape == (1, 3, 4) and "1 x 3 x 4" in repr(model)


@pytest.mark.parametrize("point", ["activation", "pre_activation"])
def test_activations(digits, point):
    z = digits.x @ digits.network.coefs_[0] + digits.network.intercepts_[0]
    expected = np.maximum(z, 0) if point == "activation" else z
    np.testing.assert_allclose(digits.model.activations(digits.x, 0, point=point), expected, atol=1e-5)


def test_weights_that_make_no_model():
    with pytest.raises(ValueError, match=r"\(3, 2\), and not \(units, 4\)"):
        libablate.from_weights([(np.ones((4, 2)), None), (np.ones((3, 2)), None)])
    with pytest.raises(ValueError, match="bias"):
        libablate.from_weights([(np.ones((4, 2)), np.ones(3))])
    with pytest.raises(ValueError, match="swish"):
        libablate.from_weights([(np.eye(2), None, "swish")])
    with pytest.raises(ValueError, match="head is 'softmacks'"):
        libablate.from_weights([(np.eye(2), None)], head="softmacks")
    with pytest.raises(ValueError, match="finite"):
        libablate.from_weights([(np.full((2, 2), np.nan), None)])
    with pytest.raises(ValueError):
        libablate.from_weights([(np.eye(2), None)], classes=["a", "b", "c"])
    with pytest.raises(ValueError, match="label .a. more than once"):
        libablate.from_weights([(np.eye(2), None)], classes=["a", "a"])
    with pytest.raises(ValueError, match="at least one"):
        libablate.from_weights([])
    with pytest.raises(ValueError, match="alpha"):
        libablate.from_weights([libablate.Dense(np.eye(2), beta=1)])


def test_what_is_printed(digits, diabetes):
    assert repr(digits.model) == "Model of 64 inputs, 36 units in 2 hidden layers, 10 classes (softmax)"
    assert repr(diabetes.model) == "Model of 10 inputs, 12 units in 1 hidden layer, 1 output (regression)"
    assert repr(digits.model.layers).splitlines()[3].split() == ["2", "10", "12", "identity", "(output)"]


def test_threads_are_counts():
    model = libablate.from_weights([(np.eye(2), None)], threads=2)
    with pytest.raises(ValueError, match="threads is 0 to 256, not -3"):
        model.threads = -3
    assert model.threads == 2 and model.predict([[0, 1]]).tolist() == [1]
