"""Windows of poolings at the ends of an image, against ONNX Runtime; those that find nothing to pool are refused."""

import ctypes

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import libablate._declarations as c
from host import Builder, Failure, Mask, Session, library
from onnx_models import Model
from test_onnx_patterns import node


def pooled(operator, shape, **attributes):
    """The model, and what ONNX Runtime makes of 1, 2, 3, ...: an error or values."""
    graph = helper.make_graph(
        [node(operator, ["x"], ["p"], name="pool", **attributes), node("Flatten", ["p"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    x = np.arange(1, 1 + np.prod(shape), dtype=np.float32).reshape(1, *shape)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return proto, x, session.run(None, {"x": x})[0]
    except Exception:
        return proto, x, None


def empty_window(length, kernel, stride, dilation, before, windows):
    taps = np.arange(windows)[:, None] * stride - before + np.arange(kernel) * dilation
    return bool((((taps < 0) | (taps >= length)).all(1)).any())


def test_windows_of_all_kinds():
    rng = np.random.default_rng(0)
    refused = computed = 0
    for _ in range(600):
        length, kernel, stride, dilation = (int(value) for value in rng.integers(1, 5, 4))
        pads = [int(value) for value in rng.integers(0, 4, 2)]
        operator = str(rng.choice(["MaxPool", "AveragePool"]))
        counts = operator == "AveragePool" and bool(rng.integers(2))
        ceil = int(rng.integers(2))
        attributes = {"count_include_pad": 1} if counts else {}
        proto, x, expected = pooled(
            operator, (1, length), kernel_shape=[kernel], strides=[stride], dilations=[dilation], pads=pads,
            ceil_mode=ceil, **attributes,
        )  # fmt: skip
        free = length + sum(pads) - (kernel - 1) * dilation - 1
        if free <= (-stride if ceil else -1):
            continue
        windows = (-(-free // stride) if ceil else free // stride) + 1
        if ceil and (windows - 1) * stride >= length + pads[0]:
            windows -= 1
        if not counts and empty_window(length, kernel, stride, dilation, pads[0], windows):
            # ONNX Runtime refuses most of them, or pools -3.4e38 and 0.
            with pytest.raises(Failure, match=f"{operator} at node 'pool'.*windows lies in padding alone") as failure:
                Model(proto)
            assert failure.value.status == c.UNSUPPORTED
            refused += 1
            continue
        got = Session(Model(proto)).run(x.reshape(1, -1))
        assert np.isfinite(got).all()
        if expected is not None:
            np.testing.assert_allclose(got, expected, rtol=1e-6)
            computed += 1
    assert refused > 50 and computed > 100


@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(
    "attributes",
    [
        {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]},
        {"kernel_shape": [2, 2], "strides": [3, 2], "ceil_mode": 1},
        {"kernel_shape": [5, 1], "strides": [1, 4], "pads": [4, 0, 3, 0]},
        {"kernel_shape": [4, 2], "strides": [5, 5], "dilations": [7, 3]},
        {"kernel_shape": [90, 50], "strides": [2, 3]},
    ],
)
def test_a_convolution_that_is_pooled_a_few_rows_at_a_time(operator, attributes):
    """On one thread; threads that share an image pool it when all of it is there."""
    rng = np.random.default_rng(1)
    weights = rng.normal(0, 0.3, (40, 3, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [
            node("Conv", ["x", "w"], ["z"], pads=[1, 1, 1, 1]),
            node("Relu", ["z"], ["a"]),
            node(operator, ["a"], ["p"], **attributes),
            node("Flatten", ["p"], ["y"]),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 100, 61])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weights, "w")],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    x = rng.normal(0, 1, (3, 3, 100, 61)).astype(np.float32)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    model = Model(proto)
    one = Session(model, threads=1)
    got = one.run(x.reshape(3, -1))
    np.testing.assert_allclose(got, session.run(None, {"x": x})[0], rtol=1e-4, atol=1e-5)
    assert Session(model, threads=2).run(x[:1].reshape(1, -1)).tobytes() == got[:1].tobytes()
    ablated = got.reshape(3, 40, -1).copy()
    ablated[:, 7] = 0
    assert one.run(x.reshape(3, -1), Mask(model, [(0, 7)])).tobytes() == ablated.tobytes()


@pytest.mark.parametrize("mode", [-1, 2])
def test_a_ceil_mode_that_onnx_does_not_know(mode):
    proto = pooled("MaxPool", (1, 5), kernel_shape=[2], strides=[2], ceil_mode=mode)[0]
    with pytest.raises(Failure, match=f"MaxPool at node 'pool'.*ceil_mode is {mode}") as failure:
        Model(proto)
    assert failure.value.status == c.MALFORMED


@pytest.mark.parametrize("kind", ["maximum", "average", "average_counting_padding"])
def test_a_builders_window_in_padding(kind):
    builder = Builder((1, 2, 2))
    pooling = c.Pooling(
        name=b"pool", kind=c.POOLINGS[kind], kernel_height=2, kernel_width=2, pad_left=2, stride_height=1,
        stride_width=1, dilation_height=1, dilation_width=1, source=c.NONE,
    )  # fmt: skip
    status = library.ablate_builder_add_pooling(builder.address, ctypes.byref(pooling))
    if kind == "average_counting_padding":
        assert status == c.OK
        model = builder.build("regression")
        np.testing.assert_array_equal(Session(model).run(np.full((1, 4), 4)), [[0, 2, 4]])
    else:
        assert status == c.INVALID_ARGUMENT
        assert b"'pool' lies in padding alone" in library.ablate_last_error()
