"""Networks of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..model import Model
from .steps import Affine, Dense
from .weights import from_weights

ACTIVATIONS = {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}
SCALERS = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler")


def from_sklearn(estimator: Any, *, threads: int = 0) -> Model:
    """Makes a model from a fitted network of scikit-learn.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, Pipeline or a search such as GridSearchCV
        Fitted; of a search its `best_estimator_` is taken. The steps before the network in a pipeline may be
        StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler and "passthrough".
    threads : int
        How many threads runs use; 0 for one per processor.

    Returns
    -------
    Model
        With the class labels of the estimator, and its `feature_names` if it was fitted on a data frame. Its figures
        are float32: they agree with scikit-learn's within rounding.

    Raises
    ------
    UnsupportedError
        Something in it has no counterpart here; the text names it.
    sklearn.exceptions.NotFittedError
        It is not fitted; a ValueError.

    Examples
    --------
    >>> import libablate, sklearn.neural_network
    >>> network = sklearn.neural_network.MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", random_state=0)
    >>> libablate.from_sklearn(network.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]))
    Model of 1 input, 3 units in 1 hidden layer, 1 output (regression)
    """
    if isinstance(estimator, Model):
        raise TypeError("the estimator is a Model of libablate already, and can be used as it is")
    steps, network = pipeline_steps(estimator)
    if not hasattr(network, "coefs_") or not hasattr(network, "out_activation_"):
        if hasattr(network, "hidden_layer_sizes"):
            raise not_fitted(network)
        raise UnsupportedError(f"{type(network).__name__} is no MLPClassifier or MLPRegressor")
    scalers: list[Any] = [scaler(step) for step in steps]
    activations = [ACTIVATIONS[network.activation]] * (len(network.coefs_) - 1) + ["identity"]
    layers = [
        Dense(weights, bias, activation, layout="in_out")
        for weights, bias, activation in zip(network.coefs_, network.intercepts_, activations)
    ]
    head, classes = head_of(network)
    model = from_weights([*scalers, *layers], head=head, classes=classes, threads=threads)
    model.feature_names = feature_names(steps, network)
    return model


def feature_names(steps: list[Any], network: Any) -> tuple[str, ...] | None:
    """The columns that the first step was fitted on, if they have names."""
    found = getattr([*steps, network][0], "feature_names_in_", None)
    return None if found is None else tuple(map(str, found))


def pipeline_steps(estimator: Any) -> tuple[list[Any], Any]:
    """What comes before the network, and the network; of a search the best that it found."""
    if hasattr(estimator, "best_estimator_"):
        return pipeline_steps(estimator.best_estimator_)
    if not hasattr(estimator, "steps"):
        return [], estimator
    if not estimator.steps:
        raise ValueError("the pipeline is empty")
    steps = [step for _, step in estimator.steps[:-1] if step is not None and step != "passthrough"]
    inner, network = pipeline_steps(estimator.steps[-1][1])
    return [*steps, *inner], network


def head_of(network: Any) -> tuple[str, Any]:
    """What the scores of a network mean, and its class labels."""
    output = network.out_activation_
    if not hasattr(network, "classes_"):
        if output != "identity":
            raise UnsupportedError(f"a regression whose output goes through {output!r} is beyond this version")
        return "regression", None
    if output == "softmax":
        return "softmax", network.classes_
    if network._label_binarizer.y_type_.startswith("multilabel"):
        return "multilabel", None
    return "binary", network.classes_


def scaler(step: Any) -> Affine:
    """A scaler of scikit-learn as (x - center) * scale + shift."""
    kind = type(step).__name__
    if kind in SCALERS and not hasattr(step, "n_features_in_"):
        raise not_fitted(step)
    if kind == "StandardScaler":
        return Affine(center=step.mean_ if step.with_mean else None, scale=inverse(step.scale_), name="StandardScaler")
    if kind == "MinMaxScaler":
        if step.clip:
            raise UnsupportedError("a MinMaxScaler with clip=True is beyond this version")
        shift = np.full(step.data_min_.shape, step.feature_range[0])
        return Affine(center=step.data_min_, scale=step.scale_, shift=shift, name="MinMaxScaler")
    if kind == "MaxAbsScaler":
        if getattr(step, "clip", False):
            raise UnsupportedError("a MaxAbsScaler with clip=True is beyond this version")
        return Affine(scale=inverse(step.scale_), name="MaxAbsScaler")
    if kind == "RobustScaler":
        return Affine(center=step.center_, scale=inverse(step.scale_), name="RobustScaler")
    raise UnsupportedError(f"{kind} in front of the network is beyond this version; there are {', '.join(SCALERS)}")


def not_fitted(estimator: Any) -> ValueError:
    """scikit-learn's own error, a ValueError; what is asked here was made by it, so that it is installed."""
    from sklearn.exceptions import NotFittedError

    error: ValueError = NotFittedError(f"{type(estimator).__name__} is not fitted: fit it first")
    return error


def inverse(scale: Any) -> Any:
    """1 / scale; None as it is."""
    return None if scale is None else 1 / np.asarray(scale)
