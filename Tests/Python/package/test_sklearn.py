"""Every kind of network and pipeline of scikit-learn answers as it does there."""

import copy
import pickle
from inspect import signature

import numpy as np
import pandas
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

import libablate

rng = np.random.default_rng(11)
X = rng.normal(3, [1, 20, 0.1, 5, 1], size=(200, 5)).astype(np.float32)
CLASSES = np.digitize(X[:, 0] - X[:, 1] / 20, [1.2, 2, 2.8])


def classifier(**options):
    return MLPClassifier(**{"hidden_layer_sizes": (7, 5), "max_iter": 80, "random_state": 1} | options)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_activations(activation):
    network = classifier(activation=activation).fit(X, CLASSES)
    model = libablate.from_sklearn(network)
    np.testing.assert_allclose(model.predict_proba(X), network.predict_proba(X), atol=2e-5)
    np.testing.assert_array_equal(model.predict(X), network.predict(X))


@pytest.mark.parametrize(
    "labels",
    [np.array(["d", "a", "c", "b"]), np.array([40, 10, 30, 20]), np.array([4.0, 1.0, 3.0, 2.0])],
    ids=["strings", "integers", "floats"],
)
def test_labels_are_kept(labels):
    y = labels[CLASSES]
    network = classifier().fit(X, y)
    model = libablate.from_sklearn(network)
    predicted = model.predict(X)
    np.testing.assert_array_equal(predicted, network.predict(X))
    assert predicted.dtype == network.classes_.dtype
    sweep = libablate.sweep(model, X, y, progress=False)
    assert sweep.intact.correct == (network.predict(X) == y).sum()


@pytest.mark.parametrize("names", [["no", "yes"], [False, True], [-1, 1]], ids=["strings", "booleans", "integers"])
def test_two_classes(names):
    y = np.array(names)[(CLASSES > 1).astype(int)]
    network = classifier().fit(X, y)
    model = libablate.from_sklearn(network)
    assert model.head == "binary" and model.scores(X).shape == (200, 1)
    np.testing.assert_allclose(model.predict_proba(X), network.predict_proba(X), atol=2e-5)
    np.testing.assert_array_equal(model.predict(X), network.predict(X))
    assert model.decision_function(X).shape == (200,)
    sweep = libablate.sweep(model, X, y, progress=False)
    assert sweep.intact.correct == (network.predict(X) == y).sum() and sweep.confusion().shape == (2, 2)


def test_several_labels():
    y = np.stack([CLASSES > 0, CLASSES > 1, CLASSES % 2 == 0], axis=1).astype(int)
    network = classifier().fit(X, y)
    model = libablate.from_sklearn(network)
    assert model.head == "multilabel" and model.classes is None
    np.testing.assert_allclose(model.predict_proba(X), network.predict_proba(X), atol=2e-5)
    np.testing.assert_array_equal(model.predict(X), network.predict(X))


@pytest.mark.parametrize("columns", [1, 2])
def test_regressions(columns):
    y = np.stack([X[:, 0], X[:, 4] ** 2], axis=1)[:, :columns]
    network = MLPRegressor(hidden_layer_sizes=(6,), max_iter=80, random_state=1).fit(X, y.squeeze())
    model = libablate.from_sklearn(network)
    np.testing.assert_allclose(model.predict(X), network.predict(X), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "scalers",
    [
        [StandardScaler()],
        [StandardScaler(with_mean=False)],
        [StandardScaler(with_std=False)],
        [MinMaxScaler()],
        [MinMaxScaler((-1, 3))],
        [MaxAbsScaler()],
        [RobustScaler()],
        [RobustScaler(with_centering=False), "passthrough", StandardScaler()],
        [],
    ],
    ids=str,
)
def test_pipelines(scalers):
    pipeline = make_pipeline(*scalers, classifier()).fit(X, CLASSES)
    model = libablate.from_sklearn(pipeline)
    np.testing.assert_allclose(model.predict_proba(X), pipeline.predict_proba(X), atol=1e-4)
    assert [layer.units for layer in model.layers] == [7, 5, 4]
    nested = libablate.from_sklearn(make_pipeline("passthrough", pipeline))
    np.testing.assert_array_equal(nested.scores(X), model.scores(X))


@pytest.mark.parametrize(
    ("estimator", "text"),
    [
        (make_pipeline(PCA(2), classifier()), "PCA in front"),
        (make_pipeline(MinMaxScaler(clip=True), classifier()), "clip"),
        (LogisticRegression(), "LogisticRegression is no"),
    ],
    ids=["another step", "clipping", "another estimator"],
)
def test_what_has_no_counterpart_is_named(estimator, text):
    with np.errstate(all="ignore"):
        estimator.fit(X, CLASSES)
    with pytest.raises(libablate.UnsupportedError, match=text):
        libablate.from_sklearn(estimator)


def test_what_is_a_model_already():
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    with pytest.raises(TypeError, match="is a Model of libablate already"):
        libablate.from_sklearn(model)


@pytest.mark.skipif("loss" not in signature(MLPRegressor).parameters, reason="needs scikit-learn 1.7")
def test_the_best_that_a_search_found():
    pipeline = make_pipeline(StandardScaler(), classifier(max_iter=5))
    search = GridSearchCV(pipeline, {"mlpclassifier__hidden_layer_sizes": [(3,), (7, 5)]}, cv=2)
    with pytest.raises(libablate.UnsupportedError, match="GridSearchCV is no MLPClassifier"):
        libablate.from_sklearn(search)
    model = libablate.from_sklearn(search.fit(X, CLASSES))
    np.testing.assert_allclose(model.predict_proba(X), search.predict_proba(X), atol=1e-5)


def test_an_exponential_output_has_no_counterpart():
    network = MLPRegressor(loss="poisson", hidden_layer_sizes=(3,), max_iter=10)
    with np.errstate(all="ignore"):
        network.fit(X, CLASSES)
    with pytest.raises(libablate.UnsupportedError, match="exp"):
        libablate.from_sklearn(network)


def test_what_is_not_fitted():
    """scikit-learn's own error, which is a ValueError."""
    with pytest.raises(NotFittedError, match="^MLPClassifier is not fitted: fit it first$"):
        libablate.from_sklearn(classifier())
    with pytest.raises(NotFittedError, match="^StandardScaler is not fitted: fit it first$"):
        fitted = classifier().fit(X, CLASSES)
        libablate.from_sklearn(make_pipeline(StandardScaler(), fitted))


@pytest.fixture(scope="module")
def frame():
    return pandas.DataFrame(X, columns=["a", "b", "c", "d", "e"])


FRAMES = {
    "another order": lambda frame: frame[["b", "a", "c", "d", "e"]],
    "another name": lambda frame: frame.rename(columns={"b": "z"}),
    "one less": lambda frame: frame.drop(columns="b"),
    "more": lambda frame: frame.assign(**{f"more {n}": 0 for n in range(7)}),
}


@pytest.mark.parametrize("change", FRAMES.values(), ids=list(FRAMES))
@pytest.mark.parametrize("scalers", [[], [StandardScaler()], ["passthrough", StandardScaler()]], ids=str)
def test_the_columns_of_data_frames(frame, scalers, change):
    """What scikit-learn says of columns, said of the argument."""
    pipeline = make_pipeline(*scalers, classifier()).fit(frame, CLASSES)
    model = libablate.from_sklearn(pipeline)
    assert model.feature_names == ("a", "b", "c", "d", "e")
    with pytest.raises(ValueError, match="feature names should match") as theirs:
        pipeline.predict(change(frame))
    for asked in (
        lambda x: model.predict(x),
        lambda x: libablate.sweep(model, x, CLASSES, progress=False),
        lambda x: libablate.sweep(model, [(x, CLASSES)], progress=False),
        lambda x: copy.deepcopy(model).scores(x),
        lambda x: pickle.loads(pickle.dumps(model)).scores(x),
        lambda x: libablate.prune(model, {0: 1}).scores(x),
    ):
        with pytest.raises(ValueError, match="^X.*: The feature names") as ours:
            asked(change(frame))
        assert str(ours.value).partition(": ")[2].strip() == str(theirs.value).strip()
        asked(frame)


def test_columns_that_nobody_can_compare(frame):
    named = libablate.from_sklearn(classifier().fit(frame, CLASSES))
    np.testing.assert_array_equal(named.predict(X), named.predict(frame))
    np.testing.assert_array_equal(named.predict(pandas.DataFrame(X)), named.predict(frame))
    without = libablate.from_sklearn(classifier().fit(X, CLASSES))
    assert without.feature_names is None
    np.testing.assert_array_equal(without.predict(frame), without.predict(X))


def test_columns_of_files_are_those_that_are_given(frame):
    """An ONNX file has no names of columns."""
    data = libablate.from_sklearn(classifier().fit(frame, CLASSES)).to_bytes()
    assert libablate.load(data).feature_names is None
    model = libablate.load(data, feature_names=frame.columns)
    assert model.feature_names == copy.copy(model).feature_names == ("a", "b", "c", "d", "e")
    np.testing.assert_array_equal(model.predict(frame), model.predict(X))
    with pytest.raises(ValueError, match="^X: The feature names should match"):
        model.predict(frame[["b", "a", "c", "d", "e"]])
    with pytest.raises(ValueError, match="^feature_names has the length 4; the model takes rows of 5 values"):
        libablate.load(data, feature_names=list("abcd"))
    for wrong in ("abcde", range(5), 5):
        with pytest.raises(TypeError, match="^feature_names is a list of texts, one for each column, not "):
            libablate.load(data, feature_names=wrong)


def test_layers_without_names():
    model = libablate.from_sklearn(classifier().fit(X, CLASSES))
    with pytest.raises(KeyError, match="no layer is called 'fc1'; none has a name, and they go by number, 0 to 2"):
        model.layers["fc1"]
