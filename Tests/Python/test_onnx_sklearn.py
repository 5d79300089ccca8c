"""What skl2onnx writes for scikit-learn's networks, against ONNX Runtime and scikit-learn itself."""

import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from onnx_models import Model, reference

RNG = np.random.default_rng(7)
X = RNG.normal(3, 2, (90, 5)).astype(np.float32)
THREE = np.arange(90) % 3
TARGETS = {
    "binary": (THREE == 1).astype(int),
    "binary text": np.array(["no", "yes"])[(THREE == 1).astype(int)],
    "multiclass": THREE + 4,
    "multiclass text": np.array(["ankle boot", "bag", "coat"])[THREE],
    "multilabel": np.stack([THREE == 0, THREE != 1, np.arange(90) % 2 == 0], 1).astype(int),
}
ZIPMAPS = [True, False, "columns"]
ACTIVATIONS = {
    "identity": "identity",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
}


def classifier(**options):
    return MLPClassifier(hidden_layer_sizes=(6, 4), max_iter=30, random_state=1, **options)


def expected_probabilities(model, x):
    found = model.predict_proba(x)
    return np.asarray(found)


def final(model):
    return model[-1] if hasattr(model, "steps") else model


@pytest.mark.parametrize("zipmap", ZIPMAPS, ids=str)
@pytest.mark.parametrize("target", TARGETS)
def test_classifiers(target, zipmap):
    trained = classifier().fit(X, TARGETS[target])
    model = Model(to_onnx(trained, X[:1], options={id(trained): {"zipmap": zipmap}}))
    head = {"binary": "binary", "multic": "softmax", "multil": "multilabel"}[target[:6]]
    assert model.head == head
    assert model.layers[0][1:] == (6, 5, "relu")
    assert model.layers[1][1:] == (4, 6, "relu")
    assert model.layers[2][3] == "identity"
    np.testing.assert_allclose(model.run(X, "probabilities"), expected_probabilities(trained, X), atol=2e-6)
    if head != "multilabel":
        assert model.labels == [str(name) for name in trained.classes_]


@pytest.mark.parametrize("double", [False, True], ids=["float", "double"])
@pytest.mark.parametrize("scaler", [None, StandardScaler, MinMaxScaler, "clip"], ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_and_scalers(activation, scaler, double):
    trained = classifier(activation=activation)
    if scaler is not None:
        trained = make_pipeline(MinMaxScaler(clip=True) if scaler == "clip" else scaler(), trained)
    trained.fit(X, TARGETS["multiclass"])
    x = X.astype(np.float64) if double else X
    proto = to_onnx(trained, x[:1], options={id(final(trained)): {"zipmap": False}})
    model = Model(proto)
    assert [layer[3] for layer in model.layers] == [ACTIVATIONS[activation]] * 2 + ["identity"]
    assert model.kinds[: len(model.kinds) - 3] == {
        None: [],
        "clip": ["affine", "activation"],
    }.get(scaler, ["affine"])
    np.testing.assert_allclose(model.run(x, "probabilities"), reference(proto, x, "probabilities"), atol=2e-6)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_regressors(activation, outputs):
    y = X[:, 0] if outputs == 1 else X[:, :outputs]
    trained = MLPRegressor(hidden_layer_sizes=(6,), activation=activation, max_iter=30, random_state=1).fit(X, y)
    proto = to_onnx(trained, X[:1])
    model = Model(proto)
    assert model.head == "regression"
    assert model.info.class_count == 0
    assert model.layers[-1][1] == outputs
    np.testing.assert_allclose(model.run(X), trained.predict(X).reshape(-1, outputs), rtol=1e-5, atol=1e-5)
    # skl2onnx makes a column of all outputs.
    np.testing.assert_allclose(model.run(X).reshape(-1, 1), reference(proto, X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("opset", range(9, 23))
def test_opsets(opset):
    trained = classifier().fit(X, TARGETS["binary"])
    proto = to_onnx(trained, X[:1], target_opset=opset, options={id(trained): {"zipmap": False}})
    np.testing.assert_allclose(Model(proto).run(X, "probabilities"), trained.predict_proba(X), atol=2e-6)


def test_extra_output_of_class_labels():
    trained = classifier().fit(X, TARGETS["multiclass text"])
    options = {id(trained): {"zipmap": False, "output_class_labels": True}}
    model = Model(to_onnx(trained, X[:1], options=options))
    assert model.labels == ["ankle boot", "bag", "coat"]
    np.testing.assert_allclose(model.run(X, "probabilities"), trained.predict_proba(X), atol=2e-6)


def test_units_keep_their_order():
    trained = classifier().fit(X, TARGETS["multiclass"])
    model = Model(to_onnx(trained, X[:1]))
    for index, (weights, bias) in enumerate(zip(trained.coefs_, trained.intercepts_, strict=True)):
        found, offsets = model.parameters(index)
        np.testing.assert_array_equal(found, weights.T.astype(np.float32))
        np.testing.assert_array_equal(offsets, bias.astype(np.float32))
