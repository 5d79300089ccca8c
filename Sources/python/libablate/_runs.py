"""Running rows through a model, intact or with units ablated: the questions that models and ablations answer alike."""

from __future__ import annotations

from ctypes import c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from ._arrays import Floats, blocks, pointer, rows
from ._brief import brief
from ._enumerators import one_of
from ._library import library
from .errors import UnsupportedError, check

if TYPE_CHECKING:
    from .layers import LayerKey
    from .model import Model


class Runs:
    """What can be asked of a model, intact or ablated."""

    @property
    def _runner(self) -> Model:
        raise NotImplementedError

    @property
    def _mask(self) -> c_void_p | None:
        raise NotImplementedError

    def scores(self, X: Any) -> Floats:
        """The values of the output layer: logits, or the predicted values of a regression.

        Parameters
        ----------
        X : array, [rows, ...]
            Rows of `input_width` values, flat or with the axes of `input_shape`; anything that NumPy can make an array
            of.

        Returns
        -------
        float32 array, [rows, outputs]

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.ones((2, 2)), [0, 1])])
        >>> model.scores([[3, 4]])
        array([[7., 8.]], dtype=float32)
        """
        return self._run(X, "scores", self._runner._info.output_width)

    def decision_function(self, X: Any) -> Floats:
        """The scores as scikit-learn has them: [rows] if one logit tells two classes apart, else [rows, classes]."""
        scores = self.scores(X)
        return scores[:, 0] if self._runner.head == "binary" else scores

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class, float32 [rows, classes]; of each label for a multilabel model.

        Of a binary model both classes have a column, as in scikit-learn: what its sigmoid gives is `[:, 1]`.
        UnsupportedError for a regression.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.zeros((2, 3)), [1, 1])])
        >>> model.predict_proba(np.ones((1, 3)))
        array([[0.5, 0.5]], dtype=float32)
        """
        return self._run(X, "probabilities", self._runner._info.probability_width)

    def outputs(self, X: Any) -> Floats:
        """What the model file itself computes: logits, probabilities or their logarithms, or predicted values.

        Returns
        -------
        float32 array, [rows, outputs]
            But of a binary model the probabilities of both classes, [rows, 2], also where the network has one output,
            [rows, 1], as those of PyTorch and Keras that end in a sigmoid: that is `[:, 1:]`. :meth:`scores` gives the
            one logit.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([([[1.0, 0.0]], None)], head="binary")
        >>> model.outputs([[0, 5]]), model.scores([[0, 5]])
        (array([[0.5, 0.5]], dtype=float32), array([[0.]], dtype=float32))
        """
        width = 2 if self._runner.head == "binary" else self._runner._info.output_width
        return self._run(X, "model", width)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The prediction for each row.

        Parameters
        ----------
        X : array, [rows, ...]

        Returns
        -------
        array
            Class labels as in `classes`, [rows]. Of a multilabel model 0 and 1, int32 [rows, labels]. Of a regression
            the predicted values, float32 [rows], or [rows, outputs] if there are several.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None)], classes=["cat", "dog"])
        >>> model.predict([[1, 0], [0, 1]]).tolist()
        ['cat', 'dog']
        """
        model = self._runner
        if model.head == "regression":
            values = self.scores(X)
            return values[:, 0] if values.shape[1] == 1 else values
        x = rows(X, model)
        out = np.empty((len(x), model._info.prediction_width), np.int32)
        with model._session() as session:
            for begin, block in blocks(x):
                part = out[begin : begin + len(block)]
                check(library.ablate_predict(session, self._mask, pointer(block), len(block), pointer(part)))
        if model.head == "multilabel":
            return out
        assert model.classes is not None
        return model.classes[out[:, 0]]

    def activations(self, X: Any, layer: LayerKey, *, point: str = "activation") -> Floats:
        """The values of a layer's units.

        Parameters
        ----------
        X : array, [rows, ...]
        layer : int, str or Layer
        point : {"activation", "pre_activation"}
            After the activation function and any ablation, or before it.

        Returns
        -------
        float32 array, [rows, units], of a convolution [rows, units, height, width]

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.ones((2, 2)), None)])
        >>> model.activations([[-1, 2]], 0)
        array([[0., 2.]], dtype=float32)
        """
        which = one_of(point, c.POINTS, "point")
        described = self._runner.layers[layer]
        x = rows(X, self._runner)
        out = np.empty((len(x), *described.shape), np.float32)
        run = library.ablate_activations
        with self._runner._session() as session:
            for begin, block in blocks(x):
                part = out[begin : begin + len(block)]
                check(run(session, self._mask, pointer(block), len(block), described.number, which, pointer(part)))
        return out

    def _run(self, X: Any, output: str, width: int) -> Floats:
        x = rows(X, self._runner)
        # Of a regression's probabilities the library says that there are none, so one column has to be there.
        out = np.empty((len(x), max(1, width)), np.float32)
        with self._runner._session() as session:
            for begin, block in blocks(x):
                part = out[begin : begin + len(block)]
                which = c.OUTPUTS[output]
                check(library.ablate_run(session, self._mask, pointer(block), len(block), which, pointer(part)))
        return out


def expect_runs(name: str, value: Any) -> None:
    """Raises a TypeError unless it is a model or an ablation."""
    if not isinstance(value, Runs):
        raise TypeError(f"{name} is a Model or an Ablation, not {brief(value)}")


def expect_model(model: Any) -> None:
    """Raises a TypeError unless it is a model, which is what it runs itself."""
    if not isinstance(model, Runs) or model._runner is not model:
        raise TypeError(f"model has the type {type(model).__name__}: pass what libablate.load and its like give")


def expect_classifier(model: Model, what: str, instead: str = "") -> npt.NDArray[Any]:
    """The class labels of a model; an UnsupportedError that says what takes them if it has none."""
    if model.classes is None:
        kind = "regression" if model.head == "regression" else f"{model.head} model"
        raise UnsupportedError(f"{what} of classifiers with one class per row, not of a {kind}{instead}")
    return model.classes
