"""What test_surgery.py, test_save.py and test_diff.py call: pruning, saving and comparing models."""

import ctypes
import os
from ctypes import byref, c_size_t, c_void_p

import numpy as np

import libablate._declarations as c
from host import Builder, Handle, Model, check, floats, library, pointer, replacement


def chain(width, steps, head=None, labels=None, shape=None):
    """A model of steps: dicts of `Builder.dense`, or ("name", center, scale, shift) for a scaling."""
    builder = Builder(shape or (width,))
    for step in steps:
        if isinstance(step, tuple):
            builder.affine(step[0].encode(), step[1:])
        else:
            builder.dense(step)
    return builder.build(head, labels)


def random_chain(seed, widths, activation="relu", head="logits", scaled=False, labels=None):
    """Dense layers with seeded weights, and a scaling behind each hidden layer if `scaled`."""
    rng = np.random.default_rng(seed)
    steps = []
    for index, (inputs, units) in enumerate(zip(widths, widths[1:], strict=False)):
        last = index == len(widths) - 2
        steps.append(
            {
                "name": f"fc{index}".encode(),
                "weights": rng.normal(size=(units, inputs)) / np.sqrt(inputs),
                "bias": rng.normal(size=units) / 4,
                "activation": "identity" if last else activation,
            }
        )
        if scaled and not last:
            steps.append((f"norm{index}", *(rng.normal(size=units) for _ in range(3))))
    return chain(widths[0], steps, head, labels)


def prune(
    model, units, by="replacement", moments=None, x=None, ridge=0.0, threads=1, progress=None, replace=True, **how
):
    """`units`: (layer, unit) pairs; `moments`: {layer: (means, gram)}; the rest goes to `replacement`."""
    options = c.SurgeryOptions(compensation=c.COMPENSATIONS[by], ridge=ridge, threads=threads)
    keep = []
    if how:
        described = replacement(**how)
        options.replacement = ctypes.pointer(described)
    if moments is not None:
        entries = (c.LayerMoments * len(moments))(*(c.LayerMoments() for _ in moments))
        for entry, (layer, arrays) in zip(entries, moments.items(), strict=True):
            arrays = [np.ascontiguousarray(array, np.float64) for array in arrays]
            keep.append(arrays)
            entry.layer, entry.means, entry.gram = layer, *(pointer(array, ctypes.c_double) for array in arrays)
        options.moments, options.moment_count = entries, len(moments)
    if x is not None:
        x = floats(x)
        options.x, options.rows = pointer(x), len(x)
    options.progress = callback = c.Progress(progress) if progress else c.Progress()
    places = (c.Unit * max(1, len(units)))(*units)
    out = c_void_p()
    check(library.ablate_model_prune(model.address, places, len(units), byref(options), byref(out)))
    del callback, keep
    return Model(out)


def cost(model):
    result = c.ModelCost()
    check(library.ablate_model_read_cost(model.address, byref(result)))
    return result.parameters, result.multiply_adds, result.bytes


def save(model, path):
    check(library.ablate_model_save(model.address, os.fsencode(path)))
    return path


def saved_bytes(model):
    count = c_size_t()
    check(library.ablate_model_save_memory(model.address, None, 0, byref(count)))
    out = ctypes.create_string_buffer(count.value)
    check(library.ablate_model_save_memory(model.address, out, count.value, byref(count)))
    return out.raw


def step_names(model):
    names = []
    for index in range(model.info.step_count):
        info = c.StepInfo()
        check(library.ablate_model_step(model.address, index, byref(info)))
        names.append((info.kind.decode(), info.name.decode(), info.width))
    return names


def class_labels(model):
    labels = []
    for index in range(model.info.probability_width):
        label = ctypes.c_char_p()
        check(library.ablate_model_class_label(model.address, index, byref(label)))
        labels.append(None if label.value is None else label.value.decode())
    return labels


def input_shape(model):
    shape, rank = (c_size_t * 8)(), c_size_t()
    check(library.ablate_model_input_shape(model.address, shape, 8, byref(rank)))
    return tuple(shape[: rank.value])


class Diff(Handle):
    free_name = "ablate_diff_free"

    def __init__(self, first, second, masks=(None, None), first_row=0, threads=1, progress=None):
        options = c.DiffOptions(first_row=first_row, threads=threads)
        options.first_mask, options.second_mask = (None if mask is None else mask.address for mask in masks)
        options.progress = callback = c.Progress(progress) if progress else c.Progress()
        out = c_void_p()
        check(library.ablate_diff_create(first.address, second.address, byref(options), byref(out)))
        super().__init__(out, keep=(callback,))
        self.classes = first.info.class_count

    def feed(self, x, labels=None):
        x = floats(x)
        labels = None if labels is None else np.ascontiguousarray(labels, np.int32)
        check(library.ablate_diff_feed(self.address, pointer(x), len(x), pointer(labels, ctypes.c_int32)))
        return self

    def merge(self, other):
        check(library.ablate_diff_merge(self.address, other.address))
        return self

    @property
    def result(self):
        result = c.DiffResult()
        check(library.ablate_diff_read(self.address, byref(result)))
        return result

    @property
    def confusion(self):
        out = np.full((self.classes, self.classes), -1, np.int64)
        check(library.ablate_diff_confusion(self.address, pointer(out, ctypes.c_int64), out.size))
        return out

    @property
    def bits(self):
        """Everything, as bytes."""
        return bytes(self.result) + (self.confusion.tobytes() if self.classes else b"")
