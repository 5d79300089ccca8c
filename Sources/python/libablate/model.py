"""A trained network."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_char_p, c_size_t, c_void_p, create_string_buffer
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _declarations as c
from ._handles import Handle, make
from ._labels import Labels, from_texts
from ._library import library
from ._numbers import thread_count
from ._runs import Runs
from ._selection import Synapses, Units
from ._wording import counted
from .ablation import Ablation
from .errors import check
from .layers import LayerKey, Layers, Step, read_layers, read_steps
from .replacement import Reference, Replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADS = {number: name for name, number in c.HEADS.items()}


@dataclass(frozen=True)
class ModelCost:
    """Weights and biases, multiply-adds of a row, and bytes of the parameters as float32."""

    parameters: int
    multiply_adds: int
    bytes: int


def restored(data: bytes, classes: Labels | None, threads: int, feature_names: tuple[str, ...] | None = None) -> Model:
    """A model from a pickle, or a copy of one."""
    from .sources.onnx import load

    return load(data, classes=classes, feature_names=feature_names, threads=threads)


class Session(Handle):
    """Scratch memory and threads for runs; one thread at a time."""

    _free_name = "ablate_session_free"

    def __init__(self, model: Model) -> None:
        self._own(make(library.ablate_session_create, model._handle, model.threads))


class Model(Handle, Runs):
    """A trained network; made by :func:`load`, :func:`from_weights`, :func:`from_sklearn` and their like.

    Immutable: any number of threads may use one at once.

    Attributes
    ----------
    classes : array or None
        The class labels in the order of the scores, as the model file or the framework has them; None for multilabel
        models and regressions.
    feature_names : tuple of str or None
        The columns of the data frame that scikit-learn fitted the network on. Data frames with others, or in another
        order, are refused; arrays have no names to compare. An ONNX file has none, but :func:`load` takes them.
    head : {"logits", "softmax", "log_softmax", "binary", "multilabel", "regression"}
        What the scores mean.
    input_shape : tuple of int
        The shape of a row as the model declares it; images as (channels, rows, columns) for PyTorch models.
    input_width, output_width : int
        Values in a row of input; scores in a row.
    parameter_count : int
        Weights and biases of all steps.
    threads : int
        How many threads runs use; 0 for one per processor. May be changed before the first run.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.ones((2, 2)), [0, 1])], classes=["no", "yes"])
    >>> model
    Model of 2 inputs, 2 units in 1 hidden layer, 2 classes (logits)
    >>> model.predict([[1, 2]]).tolist()
    ['yes']
    >>> with model.ablate({1: 1}) as ablated:
    ...     ablated.predict([[1, 2]]).tolist()
    ['no']
    """

    _free_name = "ablate_model_free"

    def __init__(self, handle: int, *, classes: Labels | None = None, threads: int = 0) -> None:
        self._own(handle)
        self.threads = threads
        self.feature_names: tuple[str, ...] | None = None
        # What the framework has as a layer, and which of the layers here it is part of.
        self._parts: dict[str, str] = {}
        # Flat rows would be read in another order than the framework has them in, which nobody was told.
        self._order_to_tell = False
        # Sessions that no thread is in.
        self._idle: deque[Session] = deque()
        self._info = c.ModelInfo()
        check(library.ablate_model_describe(self._handle, byref(self._info)))
        self.head = HEADS[self._info.head]
        self.input_width = int(self._info.input_width)
        self.output_width = int(self._info.output_width)
        self.parameter_count = int(self._info.parameter_count)
        self.input_shape = self._read_input_shape()
        texts = self._read_labels()
        self.classes = (from_texts(texts) if texts else None) if classes is None else classes

    @property
    def threads(self) -> int:
        return self._threads

    @threads.setter
    def threads(self, count: int) -> None:
        self._threads = thread_count(count)

    def __reduce__(self) -> Any:
        return restored, (self.to_bytes(), self.classes, self.threads, self.feature_names)

    def _read_input_shape(self) -> tuple[int, ...]:
        rank = c_size_t()
        check(library.ablate_model_input_shape(self._handle, None, 0, byref(rank)))
        shape = (c_size_t * rank.value)()
        check(library.ablate_model_input_shape(self._handle, shape, rank.value, byref(rank)))
        return tuple(shape)

    def _read_labels(self) -> list[str | None]:
        texts: list[str | None] = []
        for number in range(self._info.class_count):
            label = c_char_p()
            check(library.ablate_model_class_label(self._handle, number, byref(label)))
            texts.append(None if label.value is None else label.value.decode())
        return texts

    @property
    def layers(self) -> Layers:
        """The layers, by number or by name; `layers.hidden` are all but the output layer."""
        return read_layers(self, self._info.layer_count)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in the order they run, scalers and normalisations between layers included."""
        return read_steps(self, self._info.step_count)

    def ablate(
        self,
        units: Units = (),
        *,
        synapses: Synapses = (),
        replacement: Replacing = "zero",
        reference: Any = None,
    ) -> Ablation:
        """The model with units or synapses ablated; the model itself stays as it is.

        Parameters
        ----------
        units : mapping or list of pairs
            {layer: units} with layers by number or name, and units as a number, a list, a slice, an array of booleans
            or "all"; {layer: {unit: replacement}} gives units replacements of their own. Or (layer, unit) pairs, one of
            them alone or a list, also as results of units (`sweep.strongest()`), or a data frame with columns layer and
            unit. Negative numbers, of layers, units and inputs, count from the last, here and everywhere.
        synapses : list of (layer, unit, input)
            Weights that count as 0; of a convolution all from one channel to one unit, a slice of its kernel.
        replacement : {"zero", "dead", "mean", "resample"}, float (a constant) or Replacement
            What takes the place of the units' activations.
        reference : Reference or array, optional
            For mean and resample.

        Returns
        -------
        Ablation
            With `predict`, `scores` and the rest of what a model can be asked; closed by `with`.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.ones((2, 2)), None)])
        >>> with model.ablate({0: [1]}, replacement=10) as ablated:
        ...     ablated.scores([[1, 2]])
        array([[11., 11.]], dtype=float32)
        """
        return Ablation(self, units, synapses=synapses, replacement=replacement, reference=reference)

    def plot_weights(self, layer: LayerKey, unit: int, ax: Axes | None = None, *, shape: Any = None) -> Axes:
        """Draws the incoming weights of a unit, by matplotlib: as an image if its inputs are one.

        Of a channel the kernels side by side, an image for each input channel.

        Parameters
        ----------
        layer : int, str or Layer
        unit : int
        ax : matplotlib axes, optional
        shape : tuple of int, optional
            The shape of the inputs as an image, (rows, columns) or (channels, rows, columns), drawn side by side; by
            default that of the model's input for the first layer, and no image.

        Returns
        -------
        matplotlib axes

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(4), None)])
        >>> model.plot_weights(0, 3, shape=(2, 2)).images[0].get_array().tolist()
        [[0.0, 0.0], [0.0, 1.0]]
        """
        from .plots import images

        return images.plot_weights(self, layer, unit, ax, shape)

    def reference(self, X: Any, *, keep_rows: bool = False) -> Reference:
        """Reference rows for mean and (with keep_rows) resample replacements, see :class:`Reference`."""
        return Reference(self, X, keep_rows=keep_rows, threads=self.threads)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model to an ONNX file, whole or not at all; :func:`load` gives one with the same scores.

        Its input is called "input" and its output "scores", "probabilities", "log_probabilities" or "values", by the
        head, whatever they were called in a file that the model was loaded from. Labels come back as texts do: as
        numbers if all are whole. `feature_names` have no place in the file.
        """
        check(library.ablate_model_save(self._handle, os.fsencode(path)))

    def to_bytes(self) -> bytes:
        """What :meth:`save` would write.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None)], classes=["no", "yes"])
        >>> libablate.load(model.to_bytes()).classes.tolist()
        ['no', 'yes']
        """
        count = c_size_t()
        check(library.ablate_model_save_memory(self._handle, None, 0, byref(count)))
        out = create_string_buffer(count.value)
        check(library.ablate_model_save_memory(self._handle, out, count.value, byref(count)))
        return out.raw

    @property
    def cost(self) -> ModelCost:
        """What the model takes to store and to run."""
        out = c.ModelCost()
        check(library.ablate_model_read_cost(self._handle, byref(out)))
        return ModelCost(out.parameters, out.multiply_adds, out.bytes)

    def close(self) -> None:
        """Frees the model and what runs it. It and its ablations run no more; sweeps made of it live on.

        Of those, `order` and `ablation` take the model, and say that it is closed.
        """
        self._idle.clear()
        super().close()

    @contextmanager
    def _session(self) -> Iterator[c_void_p]:
        """A session for the calling thread alone."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = Session(self)
        try:
            yield session._handle
        finally:
            if not self.closed:
                self._idle.append(session)

    @property
    def _runner(self) -> Model:
        return self

    @property
    def _mask(self) -> None:
        return None

    def __repr__(self) -> str:
        if self.closed:
            return "Model, closed"
        hidden = [layer.units for layer in self.layers.hidden]
        shape = " x ".join(map(str, self.input_shape))
        inputs = counted(self.input_width, "input") if len(self.input_shape) < 2 else f"{shape} inputs"
        layers = f"{counted(sum(hidden), 'unit')} in {counted(len(hidden), 'hidden layer')}"
        outputs = counted(self.output_width, "output")
        if self.classes is not None:
            outputs = f"{len(self.classes)} classes"
        return f"Model of {inputs}, {layers}, {outputs} ({self.head})"
