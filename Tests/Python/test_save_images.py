"""Files of convolutional networks that the library writes: as in test_save.py."""

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libablate._declarations as c
from host import Failure, Session
from onnx_models import Model
from random_images import Network, random_network
from surgery_host import prune, save, step_names
from test_channel_surgery import chosen_groups
from test_channels import KINDS, network, run
from test_save import check_saved


def rows(made, count=5):
    return np.random.default_rng(1).normal(0, 1, (count, *made.input_shape)).astype(np.float32)


def operators(proto):
    return [node.op_type for node in proto.graph.node]


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_networks(tmp_path, seed, one_axis):
    made = random_network(seed, one_axis=one_axis)
    model = Model(made.proto())
    check_saved(model, rows(made), tmp_path / "saved.onnx", tolerance=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_no_larger_than_they_were(kind, tmp_path):
    """The order of images in memory leaves no trace in the file."""
    proto, _ = network(kind)
    model = Model(proto)
    x = np.random.default_rng(1).normal(0, 1, (4, 3, 9, 9)).astype(np.float32)
    saved = check_saved(model, x, tmp_path / "saved.onnx")
    assert operators(saved) == operators(proto)
    nodes = [node for node in saved.graph.node if node.op_type == "Conv"]
    assert [node.name for node in nodes] == [f.split(".")[0] for f in (node.input[1] for node in nodes)]


def test_smaller_models(tmp_path):
    for seed in range(8):
        made = random_network(seed, ["Relu", "HardSwish", "Clip"])
        model = Model(made.proto())
        removed = chosen_groups(model, np.random.default_rng(seed))
        try:
            smaller = prune(model, removed)
        except Failure:
            continue
        check_saved(smaller, rows(made), tmp_path / "smaller.onnx", tolerance=1e-4)


@pytest.mark.parametrize("moved", ["transpose", "slice", "pad", "pad one", "shuffle", "reshape", "wide"])
def test_values_in_other_places(moved, tmp_path):
    made = Network(3, (2, 6, 5))
    made.conv(4)
    if moved == "transpose":
        made.node("Transpose", [made.value], (5, 4, 6), name="moved", perm=[0, 3, 1, 2])
    elif moved == "slice":
        ends = [made.constant(name, np.array(at)) for name, at in (("s", [1, 0]), ("e", [3, 9]), ("a", [1, 2]))]
        made.node("Slice", [made.value, *ends], (2, 6, 5), name="moved")
    elif moved in ("pad", "pad one"):
        inputs = [made.value, made.constant("p", np.array([0, 0, 1, 2, 0, 0, 0, 1]))]
        if moved == "pad one":
            inputs.append(made.constant("o", np.float32(1)))
        made.node("Pad", inputs, (4, 7, 8), name="moved")
    elif moved == "shuffle":
        made.node("Reshape", [made.value, made.constant("r1", np.array([0, 2, 2, 6, 5]))], name="taken")
        made.node("Transpose", [made.value], perm=[0, 2, 1, 3, 4], name="moved")
        made.node("Reshape", [made.value, made.constant("r2", np.array([0, 4, 6, 5]))])
    elif moved == "reshape":
        made.node("Reshape", [made.value, made.constant("r1", np.array([0, 10, 3, 4]))], (10, 3, 4), name="moved")
    if moved == "wide":
        made.flatten()
        made.node("Gather", [made.value, made.constant("g", np.array([7, 3, 3, 100, -1]))], (5,), axis=1, name="moved")
    else:
        made.conv(3)
        made.flatten()
    made.dense(4, "Relu")
    made.dense(3)
    model = Model(made.proto())
    check_saved(model, rows(made), tmp_path / "saved.onnx")


def test_normalisation_and_joins(tmp_path):
    made = Network(4, (3, 7, 7))
    made.norm()
    made.conv(4)
    before = made.value
    made.norm()
    made.node("LRN", [made.value], size=3, alpha=0.1, beta=0.6, bias=1.5)
    made.node("Add", [made.value, before])
    made.node("Mul", [made.value, before])
    made.activation("HardSwish")
    made.activation("Tanh")
    made.node("GlobalMaxPool", [made.value], (4, 1, 1))
    made.conv(5, kernel=1, pad=0)
    made.flatten()
    made.node("Softmax", [made.value])
    model = Model(made.proto())
    check_saved(model, rows(made), tmp_path / "saved.onnx")


def test_windows_of_all_kinds(tmp_path):
    made = Network(5, (3, 11, 12))
    weights = made.constant("w", made.rng.normal(0, 0.5, (4, 3, 2, 3)).astype(np.float32))
    attributes = {"strides": [2, 1], "dilations": [1, 2], "pads": [0, 1, 2, 3]}
    made.node("Conv", [made.value, weights], (4, 6, 12), name="odd", **attributes)
    attributes = {"kernel_shape": [2, 3], "strides": [1, 2], "dilations": [2, 1], "pads": [1, 0, 0, 1]}
    made.node("MaxPool", [made.value], (4, 5, 6), name="pool", **attributes)
    made.pool("AveragePool", kernel=2, stride=2, ceil_mode=1)
    made.end(wide=True)
    check_saved(Model(made.proto()), rows(made), tmp_path / "saved.onnx")


def test_a_last_window_in_the_padding_of_one_axis(tmp_path):
    """The inference of shapes counts it with ceil_mode, and ONNX Runtime then refuses what goes by positions."""
    made = Network(8, (1, 8, 8))
    made.conv(1)
    attributes = {
        "kernel_shape": [2, 2],
        "strides": [3, 2],
        "pads": [0, 1, 1, 0],
        "ceil_mode": 1,
        "count_include_pad": 1,
    }
    made.node("AveragePool", [made.value], (1, 3, 5), **attributes)
    made.node("Mul", [made.value, made.constant("scale", np.full((1, 1, 1), 0.75, np.float32))])
    made.end(wide=True)
    check_saved(Model(made.proto()), rows(made), tmp_path / "saved.onnx")


@pytest.mark.parametrize(("name", "label"), [("mean", "average pooling 'mean'"), ("", "the average pooling at step 2")])
def test_dilated_means_are_refused_by_name(name, label, tmp_path):
    """Step 0 brings the image into the order it has in memory."""
    made = Network(7, (2, 9, 9))
    made.conv(3)
    made.node("AveragePool", [made.value], (3, 5, 5), name=name, kernel_shape=[3, 3], dilations=[2, 2])
    made.end(wide=True)
    proto = made.proto(opset=19)
    with pytest.raises(Failure, match=label) as refused:
        save(Model(proto), tmp_path / "saved.onnx")
    assert refused.value.status == c.UNSUPPORTED


def test_interpolation_is_written_out(tmp_path):
    """Read back, its terms are steps of their own: the values are the same."""
    made = Network(6, (2, 5, 5))
    made.conv(3)
    scales = made.constant("scales", np.array([1, 1, 2, 2], np.float32))
    made.node("Resize", [made.value, "", scales], (3, 10, 10), mode="linear", name="up")
    made.conv(4, stride=2)
    made.end(wide=False)
    model = Model(made.proto())
    path = tmp_path / "saved.onnx"
    save(model, path)
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    again = Model(path)
    assert ("interpolation" in [kind for kind, _, _ in step_names(model)]) and again.layers == model.layers
    x = rows(made)
    flat = x.reshape(len(x), -1)
    np.testing.assert_array_equal(Session(again).run(flat), Session(model).run(flat))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"input": x})[0], run(made.proto(), x), rtol=1e-4, atol=1e-5)
