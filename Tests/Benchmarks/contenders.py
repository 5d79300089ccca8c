"""What is measured: one class per library, each a network of dense layers with ReLU between them and one batch.

A contender is made with weights [inputs, units] and biases [units] per layer, float32, a batch x [rows, inputs] and a
thread count. `run()` leaves the scores [rows, units] in `out`.
"""

import ctypes
import sys
from ctypes import POINTER, byref, c_float, c_int, c_size_t, c_void_p
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import scipy_openblas32
from onnx import TensorProto, helper, numpy_helper

sys.path.append(str(Path(__file__).resolve().parents[2] / "Sources" / "python"))
import libablate._declarations as c


def floats(array):
    return array.ctypes.data_as(POINTER(c_float))


class Ablate:
    """This library, through its C interface."""

    name = "ablate"
    library = None

    @classmethod
    def load(cls, path):
        cls.library = c.load(path)

    def __init__(self, weights, biases, relu_last, x, threads):
        self.x = x
        self.out = np.empty((len(x), weights[-1].shape[1]), np.float32)
        self.session = c_void_p()
        builder, model = c_void_p(), c_void_p()
        self.call("builder_create", byref(c_size_t(x.shape[1])), 1, byref(builder))
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            relu = relu_last or layer < len(weights) - 1
            dense = c.Dense(
                units=w.shape[1],
                layout=c.LAYOUTS["in_out"],
                weights=floats(w),
                bias=floats(b),
                activation=c.ACTIVATIONS["relu" if relu else "identity"],
            )
            self.call("builder_add_dense", builder, byref(dense))
        self.call("builder_build", builder, byref(model))
        self.library.ablate_builder_free(builder)
        self.call("session_create", model, threads, byref(self.session))
        self.library.ablate_model_free(model)
        self.arguments = (self.session, None, floats(x), len(x), c.OUTPUTS["scores"], floats(self.out))

    def call(self, name, *arguments):
        if getattr(self.library, f"ablate_{name}")(*arguments) != 0:
            raise RuntimeError(self.library.ablate_last_error().decode())

    def run(self):
        if self.library.ablate_run(*self.arguments) != 0:
            raise RuntimeError(self.library.ablate_last_error().decode())

    def close(self):
        self.library.ablate_session_free(self.session)


class OpenBLAS:
    """One sgemm per layer onto the bias, then ReLU in place, all arrays made beforehand."""

    name = "OpenBLAS"
    relu = True

    def __init__(self, weights, biases, relu_last, x, threads):
        self.threads = threads
        self.weights, self.biases, self.relu_last = weights, biases, relu_last
        self.values = [x] + [np.empty((len(x), w.shape[1]), np.float32) for w in weights]
        self.out = self.values[-1]
        self.library = ctypes.CDLL(scipy_openblas32.get_lib_dir() + "/libscipy_openblas.so")
        self.library.scipy_cblas_sgemm.restype = None

    def run(self):
        self.library.scipy_openblas_set_num_threads(c_int(self.threads))
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            a, c = self.values[layer], self.values[layer + 1]
            self.start(c, b)
            self.multiply(a, w, c)
            if self.relu_last or layer < len(self.weights) - 1:
                self.finish(c)

    def start(self, c, b):
        c[:] = b

    def finish(self, c):
        np.maximum(c, 0, out=c)

    beta = 1

    def multiply(self, a, w, c):
        row_major, no_transpose = 101, 111
        (m, k), n = a.shape, w.shape[1]
        self.library.scipy_cblas_sgemm(
            row_major, no_transpose, no_transpose, m, n, k, c_float(1), c_void_p(a.ctypes.data), k,
            c_void_p(w.ctypes.data), n, c_float(self.beta), c_void_p(c.ctypes.data), n,
        )  # fmt: skip

    def close(self):
        pass


class OpenBLASProduct(OpenBLAS):
    """The products alone, without bias and ReLU: less work than ours, so a bound for any way of adding them."""

    name = "OpenBLAS, products alone"
    beta = 0

    def start(self, c, b):
        pass

    def finish(self, c):
        pass


class ONNXRuntime:
    """Gemm and Relu nodes with constant weights, input and output bound to arrays made beforehand."""

    name = "ONNX Runtime"

    def __init__(self, weights, biases, relu_last, x, threads):
        nodes, constants, value = [], [], "x"
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            constants += [numpy_helper.from_array(w, f"w{layer}"), numpy_helper.from_array(b, f"b{layer}")]
            nodes.append(helper.make_node("Gemm", [value, f"w{layer}", f"b{layer}"], [f"z{layer}"]))
            value = f"z{layer}"
            if relu_last or layer < len(weights) - 1:
                nodes.append(helper.make_node("Relu", [value], [f"h{layer}"]))
                value = f"h{layer}"
        units = weights[-1].shape[1]
        graph = helper.make_graph(
            nodes,
            "network",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(x.shape))],
            [helper.make_tensor_value_info(value, TensorProto.FLOAT, [len(x), units])],
            constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self.x = x
        self.out = np.empty((len(x), units), np.float32)
        self.binding = self.session.io_binding()
        self.binding.bind_input("x", "cpu", 0, np.float32, x.shape, x.ctypes.data)
        self.binding.bind_output(value, "cpu", 0, np.float32, self.out.shape, self.out.ctypes.data)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def close(self):
        del self.session, self.binding
