"""A host of the library for the tests: handles that free themselves, arrays in and out, errors as exceptions."""

import ctypes
import os
from ctypes import byref, c_size_t, c_void_p

import numpy as np

import built_library
import libablate._declarations as c

PATH = built_library.PATH
library = c.load(PATH)


class Failure(Exception):
    """A status other than ABLATE_OK."""

    def __init__(self, status):
        self.status = status
        self.text = library.ablate_last_error().decode()
        super().__init__(f"{library.ablate_status_name(status).decode()}: {self.text}")


def check(status):
    if status != c.OK:
        raise Failure(status)


def floats(array):
    return np.ascontiguousarray(array, dtype=np.float32)


def pointer(array, kind=ctypes.c_float):
    return None if array is None else array.ctypes.data_as(ctypes.POINTER(kind))


class Handle:
    """An opaque handle, freed with the object."""

    free_name = ""
    # For an object whose making was refused.
    address = None

    def __init__(self, address, keep=()):
        self.address = address
        self.keep = keep

    def close(self):
        if self.address:
            getattr(library, self.free_name)(self.address)
            self.address = None

    def __del__(self):
        self.close()


class Model(Handle):
    free_name = "ablate_model_free"

    @classmethod
    def load(cls, path):
        out = c_void_p()
        check(library.ablate_model_load(os.fsencode(path), byref(out)))
        return cls(out)

    @classmethod
    def build(cls, layers, head=None, affine=None, layout="out_in", input_shape=None, labels=None):
        """`layers`: dicts as `Builder.dense` takes them; `affine`: three arrays."""
        builder = Builder(input_shape or (layers[0]["weights"].shape[1],))
        if affine is not None:
            builder.affine(None, affine)
        for layer in layers:
            builder.dense(layer, layout)
        return builder.build(head, labels)

    @property
    def info(self):
        info = c.ModelInfo()
        check(library.ablate_model_describe(self.address, byref(info)))
        return info

    def layer(self, index):
        info = c.LayerInfo()
        check(library.ablate_model_layer(self.address, index, byref(info)))
        return info

    def parameters(self, index):
        info = self.layer(index)
        window = () if info.kind == b"dense" else (info.kernel_height, info.kernel_width)
        weights = np.empty((info.units, info.inputs, *window), np.float32)
        bias = np.empty(info.units, np.float32)
        check(
            library.ablate_model_parameters(
                self.address, index, pointer(weights), weights.size, pointer(bias), bias.size
            )
        )
        return weights, bias


class Builder(Handle):
    """Takes the steps of a model one after the other."""

    free_name = "ablate_builder_free"

    def __init__(self, shape):
        out = c_void_p()
        check(library.ablate_builder_create((c_size_t * len(shape))(*shape), len(shape), byref(out)))
        super().__init__(out)

    def affine(self, name, arrays):
        """`arrays`: center, scale, shift, each of which may be None."""
        arrays = [None if array is None else floats(array) for array in arrays]
        check(library.ablate_builder_add_affine(self.address, name, *map(pointer, arrays)))

    def dense(self, layer, layout="out_in"):
        """`layer`: a dict with weights [units, inputs], bias, activation, alpha, beta, name."""
        weights = floats(layer["weights"] if layout == "out_in" else layer["weights"].T)
        bias = None if layer.get("bias") is None else floats(layer["bias"])
        dense = c.Dense(
            name=layer.get("name"),
            units=len(layer["weights"]),
            layout=c.LAYOUTS[layout],
            weights=pointer(weights),
            bias=pointer(bias),
            activation=c.ACTIVATIONS[layer.get("activation", "identity")],
            alpha=layer.get("alpha", 0),
            beta=layer.get("beta", 0),
            parameter_count=2 if layer.get("alpha") or layer.get("beta") else 0,
        )
        check(library.ablate_builder_add_dense(self.address, byref(dense)))

    def build(self, head=None, labels=None):
        if head is not None:
            check(library.ablate_builder_set_head(self.address, c.HEADS[head]))
        if labels is not None:
            texts = (ctypes.c_char_p * len(labels))(*(label.encode() for label in labels))
            check(library.ablate_builder_set_class_labels(self.address, texts, len(labels)))
        out = c_void_p()
        check(library.ablate_builder_build(self.address, byref(out)))
        return Model(out)


class Reference(Handle):
    free_name = "ablate_reference_free"

    def __init__(self, model, x, keep_rows=False, threads=1):
        x = floats(x)
        out = c_void_p()
        check(library.ablate_reference_create(model.address, pointer(x), len(x), int(keep_rows), threads, byref(out)))
        super().__init__(out)
        self.model = model

    def means(self, layer):
        means = np.empty(self.model.layer(layer).units, np.float32)
        check(library.ablate_reference_means(self.address, layer, pointer(means), means.size))
        return means


def replacement(kind="zero", constant=0.0, seed=0, reference=None):
    address = None if reference is None else reference.address
    return c.Replacement(kind=c.REPLACEMENTS[kind], constant=constant, seed=seed, reference=address)


class Mask(Handle):
    free_name = "ablate_mask_free"

    def __init__(self, model, units=(), synapses=(), **how):
        """`units`: (layer, unit) pairs; `synapses`: (layer, unit, input); the rest goes to `replacement`."""
        out = c_void_p()
        check(library.ablate_mask_create(model.address, byref(out)))
        super().__init__(out)
        self.model = model
        if how:
            check(library.ablate_mask_set_replacement(out, byref(replacement(**how))))
        for layer, unit in units:
            self.set(layer, unit)
        for layer, unit, source in synapses:
            check(library.ablate_mask_set_synapse(out, layer, unit, source, 1))

    def set(self, layer, unit, ablated=1):
        check(library.ablate_mask_set_unit(self.address, layer, unit, ablated))

    def set_replacement_of(self, layer, unit, **how):
        check(library.ablate_mask_set_unit_replacement(self.address, layer, unit, byref(replacement(**how))))

    def layer(self, index):
        out = np.full(self.model.layer(index).units, 9, np.uint8)
        check(library.ablate_mask_get_layer(self.address, index, pointer(out, ctypes.c_uint8), out.size))
        return out


class Session(Handle):
    free_name = "ablate_session_free"

    def __init__(self, model, threads=1):
        out = c_void_p()
        check(library.ablate_session_create(model.address, threads, byref(out)))
        super().__init__(out)
        self.model = model

    def run(self, x, mask=None, output="scores"):
        x = floats(x)
        info = self.model.info
        width = info.output_width
        if output == "probabilities":
            width = info.probability_width
        elif output == "model" and info.head == c.HEADS["binary"]:
            width = 2
        out = np.full((len(x), width), 777, np.float32)
        address = None if mask is None else mask.address
        check(library.ablate_run(self.address, address, pointer(x), len(x), c.OUTPUTS[output], pointer(out)))
        return out

    def predict(self, x, mask=None):
        x = floats(x)
        width = self.model.info.prediction_width
        out = np.full((len(x), width), -777, np.int32)
        address = None if mask is None else mask.address
        check(library.ablate_predict(self.address, address, pointer(x), len(x), pointer(out, ctypes.c_int32)))
        return out[:, 0] if width == 1 else out

    def activations(self, x, layer, point="activation", mask=None):
        x = floats(x)
        info = self.model.layer(layer)
        shape = (info.units,) if info.kind == b"dense" else (info.units, info.height, info.width)
        out = np.full((len(x), *shape), 777, np.float32)
        address = None if mask is None else mask.address
        check(
            library.ablate_activations(self.address, address, pointer(x), len(x), layer, c.POINTS[point], pointer(out))
        )
        return out


class Sweep(Handle):
    free_name = "ablate_sweep_free"

    def __init__(
        self,
        model,
        layers=None,
        metrics=("confusion",),
        threads=1,
        progress=None,
        of="units",
        order=(),
        masks=(),
        changed_row_limit=0,
        first_row=0,
        **how,
    ):
        """`order`: (layer, unit) pairs; the rest goes to `replacement`."""
        described = replacement(**how)
        options = c.SweepOptions(replacement=ctypes.pointer(described), threads=threads, kind=c.SWEEP_KINDS[of])
        options.order = (c.Unit * len(order))(*order)
        options.order_count = len(order)
        options.masks = (c_void_p * len(masks))(*(mask.address for mask in masks))
        options.mask_count = len(masks)
        options.changed_row_limit, options.first_row = changed_row_limit, first_row
        for metric in metrics:
            options.metrics |= c.METRICS[metric]
        if layers is not None:
            options.layers = (c_size_t * len(layers))(*layers)
            options.layer_count = len(layers)
        callback = c.Progress(progress) if progress else c.Progress()
        options.progress = callback
        out = c_void_p()
        check(library.ablate_sweep_create(model.address, byref(options), byref(out)))
        super().__init__(out, keep=(callback,))
        self.model = model
        self.changed_row_limit = changed_row_limit or 16

    def feed(self, x, labels):
        x, labels = floats(x), np.ascontiguousarray(labels, np.int32)
        check(library.ablate_sweep_feed(self.address, pointer(x), len(x), pointer(labels, ctypes.c_int32)))
        return self

    def feed_targets(self, x, targets):
        x, targets = floats(x), floats(targets)
        check(library.ablate_sweep_feed_targets(self.address, pointer(x), len(x), pointer(targets)))
        return self

    def merge(self, other):
        check(library.ablate_sweep_merge(self.address, other.address))
        return self

    def __len__(self):
        return library.ablate_sweep_count(self.address)

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError(index)
        result = c.SweepResult()
        check(library.ablate_sweep_read(self.address, index, byref(result)))
        return result

    @property
    def cost(self):
        result = c.SweepCost()
        check(library.ablate_sweep_read_cost(self.address, byref(result)))
        return result

    @property
    def intact(self):
        result = c.SweepResult()
        check(library.ablate_sweep_read_intact(self.address, byref(result)))
        return result

    def confusion(self, index=None):
        """Of result `index`, or of the intact model."""
        classes = self.model.info.class_count
        out = np.full((classes, classes), -1, np.int64)
        pointed = pointer(out, ctypes.c_int64)
        if index is None:
            check(library.ablate_sweep_confusion_intact(self.address, pointed, out.size))
        else:
            check(library.ablate_sweep_confusion(self.address, index, pointed, out.size))
        return out

    def one_vs_rest(self, index=None):
        """Of result `index`, or of the intact model."""
        out = np.full((self.model.info.class_count, 2, 2), -1, np.int64)
        pointed = pointer(out, ctypes.c_int64)
        if index is None:
            check(library.ablate_sweep_one_vs_rest_intact(self.address, pointed, out.size))
        else:
            check(library.ablate_sweep_one_vs_rest(self.address, index, pointed, out.size))
        return out

    def class_probabilities(self, index=None):
        """Of result `index`, or of the intact model."""
        classes = self.model.info.class_count
        out = np.full((classes, classes), -1, np.float64)
        pointed = pointer(out, ctypes.c_double)
        if index is None:
            check(library.ablate_sweep_class_probabilities_intact(self.address, pointed, out.size))
        else:
            check(library.ablate_sweep_class_probabilities(self.address, index, pointed, out.size))
        return out

    def changed_rows(self, index):
        out = np.full(self.changed_row_limit, -1, np.int64)
        count = c_size_t()
        check(
            library.ablate_sweep_changed_rows(self.address, index, pointer(out, ctypes.c_int64), out.size, byref(count))
        )
        assert (out[count.value :] == -1).all()
        return out[: count.value].tolist()

    def table(self):
        """Every field of every result, as bytes of the doubles too: two sweeps that agree have equal tables."""
        rows = []
        for result in [*self, self.intact]:
            rows.append(tuple(getattr(result, name) for name, _ in result._fields_[1:8]) + bits(result))
        return rows


def greedy(model, layer, x, y, count=None, threads=1, progress=None, **how):
    """The units in the order of their removal, and the curve; y are labels, or targets of a regression."""
    x = floats(x)
    count = model.layer(layer).units if count is None else count
    described = replacement(**how)
    options = c.GreedyOptions(replacement=ctypes.pointer(described), threads=threads)
    options.progress = callback = c.Progress(progress) if progress else c.Progress()
    units, curve = np.zeros(count, np.uintp), np.full(count, np.nan)
    steps = c_size_t()
    if np.issubdtype(np.asarray(y).dtype, np.integer):
        y, function = np.ascontiguousarray(y, np.int32), library.ablate_greedy_run
        pointed = pointer(y, ctypes.c_int32)
    else:
        y, function = floats(y), library.ablate_greedy_run_targets
        pointed = pointer(y)
    status = function(
        model.address, layer, byref(options), pointer(x), len(x), pointed, pointer(units, c_size_t),
        pointer(curve, ctypes.c_double), count, byref(steps),
    )  # fmt: skip
    del callback
    if status != c.CANCELLED:
        check(status)
    return units[: steps.value].tolist(), curve[: steps.value]


def bits(result):
    return tuple(np.float64(getattr(result, n)).tobytes() for n in ("effect", "log_loss", "label_probability"))
