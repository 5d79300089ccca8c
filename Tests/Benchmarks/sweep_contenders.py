"""Ways to find how many rows stay right without each item of a sweep: this library, and networks run again and again.

A contender is made with a task, its network, the items [count, ...] and a thread count. `run(picked)` starts from rows
and weights in memory and returns the seconds that do not depend on the number of items, the seconds that do, and the
correct count of each picked item.
"""

import ctypes
import os
import sys
import time
from ctypes import byref, c_size_t, c_void_p
from pathlib import Path

import numpy as np
from sweep_tasks import Edit

sys.path.append(str(Path(__file__).resolve().parents[2] / "Sources" / "python"))
import libablate._declarations as c


class Contender:
    """`most`: the items that are timed; a sweep of more is scaled up from them. None: all.

    `has_stage`: its seconds by item are comparable with what a sweep of ours takes after the forward pass. `optional`:
    the table is complete without it.
    """

    name = ""
    most = None
    has_stage = False
    optional = True
    kinds = ("units", "synapses", "inputs", "pairs", "cumulative")

    def __init__(self, task, network, items, threads):
        self.task, self.network, self.items, self.threads = task, network, items, threads
        self.set_up()

    def set_up(self):
        pass

    def timed(self, picked):
        """The seconds of a run alone."""
        return self.run(picked)[:2]

    def close(self):
        pass


class Ablate(Contender):
    """This library, through its C interface: a sweep made, fed, and freed. Counts are read after the clock stopped.

    The model keeps the bounds that its first sweep worked out, as it keeps its packed weights.
    """

    name = "ablate"
    optional = False

    def set_up(self):
        self.library = c.load(os.environ["ABLATE_LIBRARY"])
        self.model = self.build()
        x, labels = self.network.x, np.ascontiguousarray(self.network.labels, np.int32)
        self.arrays = (x, labels)
        self.rows = (pointer(x), len(x), pointer(labels, ctypes.c_int32))
        layers, order = self.task.layers, []
        if self.task.kind == "cumulative":
            layers, order = (), [(self.task.layers[0], int(unit)) for (unit,) in self.items]
        self.options = c.SweepOptions(
            kind=c.SWEEP_KINDS[self.task.kind],
            threads=self.threads,
            layers=(c_size_t * len(layers))(*layers) if layers else None,
            layer_count=len(layers),
            order=(c.Unit * len(order))(*order),
            order_count=len(order),
        )

    def build(self):
        network, builder, model = self.network, c_void_p(), c_void_p()
        self.check(self.library.ablate_builder_create(byref(c_size_t(network.x.shape[1])), 1, byref(builder)))
        last = len(network.weights) - 1
        for layer, (w, b) in enumerate(zip(network.weights, network.biases)):
            dense = c.Dense(
                units=w.shape[1],
                layout=c.LAYOUTS["in_out"],
                weights=pointer(w),
                bias=pointer(b),
                activation=c.ACTIVATIONS["identity" if layer == last else "relu"],
            )
            self.check(self.library.ablate_builder_add_dense(builder, byref(dense)))
        self.check(self.library.ablate_builder_build(builder, byref(model)))
        self.library.ablate_builder_free(builder)
        return model

    def check(self, status):
        if status != c.OK:
            raise RuntimeError(self.library.ablate_last_error().decode())

    def run(self, picked):
        sweep = c_void_p()
        begin = time.perf_counter()
        self.check(self.library.ablate_sweep_create(self.model, byref(self.options), byref(sweep)))
        self.check(self.library.ablate_sweep_feed(sweep, *self.rows))
        seconds = time.perf_counter() - begin
        counts = np.empty(len(picked), np.int64)
        result = c.SweepResult()
        for place, index in enumerate(picked):
            self.check(self.library.ablate_sweep_read(sweep, int(index), byref(result)))
            counts[place] = result.correct
        begin = time.perf_counter()
        self.library.ablate_sweep_free(sweep)
        return seconds + time.perf_counter() - begin, 0, counts

    def timed(self, picked):
        # All items are swept, whatever is read of them: reading one by one would let the other cores fall asleep.
        return self.run(picked[:0])[:2]

    def close(self):
        self.library.ablate_model_free(self.model)


class IntactPass(Ablate):
    """Our own run of the same rows without a mask: what no sweep can do without. It counts nothing."""

    name = "our intact forward pass"
    optional = False

    def set_up(self):
        super().set_up()
        self.session = c_void_p()
        self.check(self.library.ablate_session_create(self.model, self.threads, byref(self.session)))
        self.out = np.empty((len(self.network.x), self.network.widths[-1]), np.float32)

    def run(self, picked):
        begin = time.perf_counter()
        self.check(self.library.ablate_run(self.session, None, *self.rows[:2], c.OUTPUTS["scores"], pointer(self.out)))
        return time.perf_counter() - begin, 0, None

    def close(self):
        self.library.ablate_session_free(self.session)
        super().close()


class SecondFeed(Ablate):
    """The same rows fed once more to a sweep that has had them: without making it and its memory. It counts nothing."""

    name = "ablate, fed again"

    def set_up(self):
        super().set_up()
        self.sweep = c_void_p()
        self.check(self.library.ablate_sweep_create(self.model, byref(self.options), byref(self.sweep)))
        self.check(self.library.ablate_sweep_feed(self.sweep, *self.rows))

    def run(self, picked):
        begin = time.perf_counter()
        self.check(self.library.ablate_sweep_feed(self.sweep, *self.rows))
        return time.perf_counter() - begin, 0, None

    def close(self):
        self.library.ablate_sweep_free(self.sweep)
        super().close()


class Reading(Contender):
    """Reads the activations of the layers that are swept, again and again: where they fit, they stay in the cache."""

    name = "reading the activations once more, one thread"
    optional = False

    def set_up(self):
        widths = self.network.widths
        layers = self.task.layers or (0,)
        self.values = [np.ones((len(self.network.x), widths[layer + 1]), np.float32) for layer in layers]

    def run(self, picked):
        begin = time.perf_counter()
        for values in self.values:
            values.max()
        return time.perf_counter() - begin, 0, None


class ReadingAfterRows(Reading):
    """The same after the rows were read, as by the pass over them that activations come from."""

    name = "reading the rows, then, timed, the activations"

    def run(self, picked):
        self.network.x.max()
        return super().run(picked)


def pointer(array, kind=ctypes.c_float):
    return array.ctypes.data_as(ctypes.POINTER(kind))


class Rerun(Contender):
    """Weights are changed, all rows run, weights restored: one item after the other."""

    most = 20

    def run(self, picked):
        edit = Edit(self.task, self.items, self.network)
        self.use(edit)
        counts = np.empty(len(picked), np.int64)
        begin = time.perf_counter()
        for place, index in enumerate(picked):
            layer = edit.apply(index)
            counts[place] = self.correct(edit, layer)
            edit.restore()
        return 0, time.perf_counter() - begin, counts

    def use(self, edit):
        pass


class ScikitLearn(Rerun):
    """A loop of score() over an MLPClassifier, as studies of single neurons do it."""

    name = "scikit-learn loop"

    def use(self, edit):
        from sklearn.neural_network import MLPClassifier
        from sklearn.preprocessing import LabelBinarizer

        widths = self.network.widths
        classes = np.arange(widths[-1])
        self.classifier = network = MLPClassifier(tuple(widths[1:-1]))
        network.coefs_, network.intercepts_ = edit.weights, edit.biases
        network.n_layers_, network.n_outputs_, network.n_features_in_ = len(widths), widths[-1], widths[0]
        network.out_activation_, network.classes_ = "softmax", classes
        network._label_binarizer = LabelBinarizer().fit(classes)

    def correct(self, edit, layer):
        return round(self.classifier.score(self.network.x, self.network.labels) * len(self.network.x))


class ONNXRuntime(Rerun):
    """A graph whose weights are inputs as well as constants, with those of the changed layer given for each item."""

    name = "ONNX Runtime, weights overridden"

    def set_up(self):
        import onnxruntime
        from onnx import TensorProto, helper, numpy_helper

        def describe(name, shape):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

        nodes, constants, inputs = [], [], [describe("x", list(self.network.x.shape))]
        value, last = "x", len(self.network.weights) - 1
        for layer, (w, b) in enumerate(zip(self.network.weights, self.network.biases)):
            constants += [numpy_helper.from_array(w, f"w{layer}"), numpy_helper.from_array(b, f"b{layer}")]
            inputs += [describe(f"w{layer}", w.shape), describe(f"b{layer}", b.shape)]
            nodes.append(helper.make_node("Gemm", [value, f"w{layer}", f"b{layer}"], [f"z{layer}"]))
            value = f"z{layer}"
            if layer < last:
                nodes.append(helper.make_node("Relu", [value], [f"h{layer}"]))
                value = f"h{layer}"
        graph = helper.make_graph(nodes, "network", inputs, [describe(value, None)], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])

    def correct(self, edit, layer):
        given = {"x": self.network.x, f"w{layer}": edit.weights[layer], f"b{layer}": edit.biases[layer]}
        return (self.session.run(None, given)[0].argmax(axis=1) == self.network.labels).sum()
