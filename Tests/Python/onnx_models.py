"""ONNX models for the tests of the import: what the C interface says about them, what ONNX Runtime computes."""

import ctypes
import os
from ctypes import byref
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

import host
import libablate._declarations as c
from host import Failure, check, library
from shared_data import SHARED

__all__ = ["SHARED", "Failure", "Model", "reference"]

ACTIVATION_NAMES = {number: name for name, number in c.ACTIVATIONS.items()}
HEAD_NAMES = {number: name for name, number in c.HEADS.items()}


class Model(host.Model):
    """A model loaded from a path, from bytes, or from an onnx.ModelProto."""

    def __init__(self, source, directory=None):
        out = ctypes.c_void_p()
        super().__init__(None)
        if isinstance(source, (str, Path)):
            check(library.ablate_model_load(os.fsencode(source), byref(out)))
        else:
            data = source if isinstance(source, bytes) else source.SerializeToString()
            where = None if directory is None else os.fsencode(directory)
            check(library.ablate_model_load_memory(data, len(data), where, byref(out)))
        self.address = out

    @property
    def head(self):
        return HEAD_NAMES[self.info.head]

    @property
    def layers(self):
        """(name, units, inputs, activation) of each layer."""
        found = map(self.layer, range(self.info.layer_count))
        return [
            (
                each.name.decode(),
                each.units,
                each.inputs,
                ACTIVATION_NAMES[each.activation],
            )
            for each in found
        ]

    @property
    def kinds(self):
        """The kinds of all steps."""
        found = []
        for index in range(self.info.step_count):
            step = c.StepInfo()
            check(library.ablate_model_step(self.address, index, byref(step)))
            found.append(step.kind.decode())
        return found

    @property
    def input_shape(self):
        lengths = (ctypes.c_size_t * 8)()
        rank = ctypes.c_size_t()
        check(library.ablate_model_input_shape(self.address, lengths, 8, byref(rank)))
        return tuple(lengths[: rank.value])

    @property
    def labels(self):
        found = []
        for index in range(self.info.class_count or self.info.prediction_width):
            label = ctypes.c_char_p()
            check(library.ablate_model_class_label(self.address, index, byref(label)))
            found.append(None if label.value is None else label.value.decode())
        return found

    def run(self, x, output="scores"):
        """`scores`, `probabilities`, or what the file itself computes (`model`)."""
        return host.Session(self).run(np.reshape(x, (-1, self.info.input_width)), output=output)


def with_readers_of(proto, name, other):
    """A copy in which what reads the values called `name` reads `other`, and the place of a node that makes these."""
    result = onnx.ModelProto()
    result.CopyFrom(proto)
    behind = 1 + next(place for place, node in enumerate(result.graph.node) if name in node.output)
    for node in result.graph.node:
        for index, source in enumerate(node.input):
            if source == name:
                node.input[index] = other
    return result, behind


def reference(proto, x, output=None):
    """What ONNX Runtime computes for one output, by default the last one."""
    data = proto if isinstance(proto, bytes) else proto.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    outputs = session.run(None if output is None else [output], {session.get_inputs()[0].name: x})
    return outputs[-1]
