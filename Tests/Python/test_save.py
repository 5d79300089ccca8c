"""Files that the library writes: ONNX checks them, ONNX Runtime agrees, and reading them gives the same bits."""

import ctypes
import os
import stat

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import libablate._declarations as c
from host import Failure, Model, Session, library
from oracle import ALL
from surgery_host import chain, class_labels, input_shape, prune, random_chain, save, saved_bytes, step_names

ACTIVATIONS = [(kind, 0, 0) for kind in ALL]
ACTIVATIONS += [("leaky_relu", 0.3, 0), ("elu", 0.7, 0), ("selu", 1.5, 0.9), ("hard_sigmoid", 0.3, 0.4)]


def rows(seed, count, shape):
    return np.random.default_rng(seed).normal(size=(count, *np.atleast_1d(shape))).astype(np.float32)


def layers_of(model):
    fields = ("name", "units", "inputs", "activation", "alpha", "beta", "is_output")
    return [[getattr(model.layer(index), field) for field in fields] for index in range(model.info.layer_count)]


def check_saved(model, x, path, tolerance=2e-5):
    """Saves the model, and asserts all that a file must give."""
    save(model, path)
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    flat = x.reshape(len(x), -1)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ours = Session(model).run(flat, output="model")
    theirs = session.run(None, {"input": x})[0]
    assert theirs.shape == ours.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    again = Model.load(path)
    assert layers_of(again) == layers_of(model)
    assert step_names(again) == step_names(model)
    assert class_labels(again) == class_labels(model)
    assert input_shape(again) == input_shape(model)
    assert again.info.head == model.info.head
    for output in ("scores", "model"):
        left, right = (Session(each).run(flat, output=output) for each in (model, again))
        assert left.tobytes() == right.tobytes()
    assert saved_bytes(again) == saved_bytes(model) == path.read_bytes()
    return proto


@pytest.mark.parametrize(("kind", "alpha", "beta"), ACTIVATIONS)
@pytest.mark.parametrize("scaled", [False, True])
def test_every_activation(kind, alpha, beta, scaled, tmp_path):
    rng = np.random.default_rng(5)
    hidden = {"activation": kind, "alpha": alpha, "beta": beta}
    first = {"name": b"first", "weights": rng.normal(size=(7, 4)), "bias": rng.normal(size=7)} | hidden
    second = {"name": b"second", "weights": rng.normal(size=(5, 7)), "bias": rng.normal(size=5)} | hidden
    last = {"name": b"last", "weights": rng.normal(size=(3, 5)), "bias": rng.normal(size=3)} | hidden
    scaling = [("norm", *rng.normal(size=(3, 7)))] if scaled else []
    for head in ("regression", "logits", "softmax"):
        model = chain(4, [first, *scaling, second, last], head)
        check_saved(model, rows(1, 60, 4), tmp_path / "model.onnx")


@pytest.mark.parametrize("output", ["identity", "sigmoid", "tanh", "relu", "gelu"])
@pytest.mark.parametrize("head", c.HEADS)
@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("labelled", [False, True])
def test_every_head(output, head, width, labelled, tmp_path):
    if (head == "binary") != (width == 1) and head not in ("multilabel", "regression"):
        return
    if labelled and head == "regression":
        return
    rng = np.random.default_rng(8)
    steps = [
        {"name": b"hidden", "weights": rng.normal(size=(6, 5)), "bias": rng.normal(size=6), "activation": "tanh"},
        {"name": b"out", "weights": rng.normal(size=(width, 6)), "bias": rng.normal(size=width), "activation": output},
    ]
    labels = ["ankle boot", "7", "Stra\u00dfe", ""][: 2 if head == "binary" else width] if labelled else None
    proto = check_saved(chain(5, steps, head, labels), rows(2, 50, 5), tmp_path / "model.onnx")
    assert proto.ir_version == 7 and [(entry.domain, entry.version) for entry in proto.opset_import] == [("", 13)]


def affine(rng, width, name):
    return (name, *rng.normal(size=(3, width)))


def test_scalings_wherever_they_are(tmp_path):
    rng = np.random.default_rng(3)

    def dense(name, units, inputs, activation="identity"):
        weights, bias = rng.normal(size=(units, inputs)), rng.normal(size=units)
        return {"name": name, "weights": weights, "bias": bias, "activation": activation}

    steps = [
        affine(rng, 4, "scaler"),
        affine(rng, 4, "second scaler"),
        dense(b"a", 6, 4),
        affine(rng, 6, "behind no activation"),
        dense(b"b", 5, 6, "relu"),
        affine(rng, 5, "norm"),
        affine(rng, 5, "norm 2"),
        dense(b"c", 5, 5),
        dense(b"d", 1, 5, "sigmoid"),
        affine(rng, 1, "one value"),
        dense(b"e", 3, 1),
    ]
    check_saved(chain(4, steps), rows(4, 50, 4), tmp_path / "model.onnx")
    given = [("center only", rng.normal(size=4), None, None), ("scale only", None, rng.normal(size=4), None)]
    check_saved(chain(4, [*given, dense(b"a", 2, 4)]), rows(4, 50, 4), tmp_path / "model.onnx")


@pytest.mark.parametrize(
    "names",
    [
        (b"", b"", b""),
        (b"", b"named", b""),
        (b"fc.weight", b"fc", b"fc.bias"),
        (b"model/dense/MatMul", b"/x/Gemm", b"onnx::hidden"),
        (b"input", b"value_1", b"scores"),
        ("Schicht \u00e4".encode(), b"a b", b"onnx::weight_1"),
    ],
)
def test_names(names, tmp_path):
    rng = np.random.default_rng(6)
    widths = [(5, 3), (4, 5), (2, 4)]
    steps = [
        {"name": name, "weights": rng.normal(size=size), "bias": rng.normal(size=size[0]), "activation": "relu"}
        for name, size in zip(names, widths, strict=True)
    ]
    check_saved(chain(3, steps, "softmax"), rows(1, 20, 3), tmp_path / "model.onnx")


@pytest.mark.parametrize("shape", [(1, 4, 6), (24, 1), (2, 3, 2, 2), (1,)])
def test_input_shapes(shape, tmp_path):
    rng = np.random.default_rng(7)
    width = int(np.prod(shape))
    steps = [
        affine(rng, width, "scaler"),
        {"weights": rng.normal(size=(5, width)), "bias": rng.normal(size=5), "activation": "relu"},
        {"weights": rng.normal(size=(3, 5)), "bias": rng.normal(size=3)},
    ]
    check_saved(chain(width, steps, shape=shape), rows(1, 20, shape), tmp_path / "model.onnx")


def test_activation_functions_of_their_own(tmp_path):
    """Dense, ReLU, scaling, ReLU, dense: the second ReLU is a step that is no layer."""
    rng = np.random.default_rng(9)
    constants = {
        "w1": (4, 6), "b1": 6, "scale": 6, "shift": 6, "w2": (6, 3), "b2": 3
    }  # fmt: skip
    for function in ("Relu", "HardSwish", "Tanh"):
        nodes = [
            helper.make_node("Gemm", ["x", "w1", "b1"], ["a"], "first"),
            helper.make_node("Relu", ["a"], ["b"]),
            helper.make_node("Mul", ["b", "scale"], ["c"], "norm"),
            helper.make_node("Add", ["c", "shift"], ["d"]),
            helper.make_node(function, ["d"], ["e"], "own"),
            helper.make_node("Gemm", ["e", "w2", "b2"], ["y"], "last"),
        ]
        graph = helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("N", 4))],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("N", 3))],
            [numpy_helper.from_array(rng.normal(size=size).astype(np.float32), n) for n, size in constants.items()],
        )
        path = tmp_path / "made.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        model = Model.load(path)
        assert [kind for kind, _, _ in step_names(model)] == ["dense", "affine", "activation", "dense"]
        x = rows(3, 80, 4)
        check_saved(model, x, tmp_path / "saved.onnx")
        # Surgery goes through it with rows, and not with moments alone.
        removed = [(0, 1), (0, 4)]
        for smaller in (prune(model, removed, kind="dead"), prune(model, removed, "least_squares", x=x)):
            check_saved(smaller, x, tmp_path / "smaller.onnx")
        with pytest.raises(Failure) as failure:
            prune(model, removed, "correlated", moments={0: (np.zeros(6), np.eye(6))})
        assert failure.value.status == c.UNSUPPORTED and "rows do" in failure.value.text


def test_smaller_models(tmp_path):
    model = random_chain(2, (10, 30, 20, 4), "gelu", "log_softmax", scaled=True, labels=list("wxyz"))
    x = rows(1, 200, 10)
    smaller = prune(model, [(0, unit) for unit in range(12)] + [(1, 3)], "least_squares", x=x)
    check_saved(smaller, x, tmp_path / "smaller.onnx")


def test_models_of_exporters(shared, tmp_path):
    paths = sorted((shared / "models").rglob("*.onnx"))
    saved = 0
    for path in paths:
        try:
            model = Model.load(path)
        except Failure as failure:
            assert failure.status == c.UNSUPPORTED
            continue
        count = 2 if model.info.input_width > 10_000 else 10
        check_saved(model, rows(1, count, input_shape(model)), tmp_path / "saved.onnx", tolerance=1e-4)
        saved += 1
    assert saved > 5


def test_a_file_is_whole_or_not_there(tmp_path):
    model = random_chain(1, (3, 4, 2))
    (tmp_path / "model.onnx").write_text("what was there before")
    save(model, tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    (tmp_path / "folder").mkdir()
    for bad in (tmp_path / "folder", tmp_path / "none" / "model.onnx", tmp_path / "model.onnx" / "inside", ""):
        with pytest.raises(Failure) as failure:
            save(model, bad)
        assert failure.value.status == c.IO and f"'{bad}': cannot write the file: " in failure.value.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "model.onnx"]
    assert Model.load(tmp_path / "model.onnx").info.layer_count == 2


@pytest.mark.parametrize("function", ["Relu", "Tanh", "HardSwish", "Gelu", "GeluTanh", "SiLU"])
@pytest.mark.parametrize("before", [("Relu",), ("HardSwish",), ("Relu", "Mul"), ("Gelu",), ("Relu", "Sigmoid")])
def test_activation_functions_one_behind_the_other(before, function, tmp_path):
    rng = np.random.default_rng(11)
    constants = {"w1": (4, 6), "b1": 6, "scale": 6, "w2": (6, 3), "b2": 3}
    nodes = [helper.make_node("Gemm", ["x", "w1", "b1"], ["h0"])]
    for index, name in enumerate((*before, function)):
        inputs = [f"h{index}", "scale"] if name == "Mul" else [f"h{index}"]
        output = f"h{index + 1}"
        if name == "SiLU":
            nodes.append(helper.make_node("Sigmoid", inputs, ["gate"]))
            nodes.append(helper.make_node("Mul", [*inputs, "gate"], [output]))
        elif name == "GeluTanh":
            nodes.append(helper.make_node("Gelu", inputs, [output], approximate="tanh"))
        else:
            nodes.append(helper.make_node(name, inputs, [output]))
    nodes.append(helper.make_node("Gemm", [f"h{len(before) + 1}", "w2", "b2"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("N", 4))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("N", 3))],
        [numpy_helper.from_array(rng.normal(size=size).astype(np.float32), n) for n, size in constants.items()],
    )
    path = tmp_path / "made.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    check_saved(Model.load(path), rows(3, 40, 4), tmp_path / "saved.onnx")


def test_only_files_are_replaced(tmp_path):
    model = random_chain(1, [3, 4, 2])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(Failure, match="ABLATE_IO"):
            save(model, path)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "link.onnx").symlink_to("model.onnx")
    (tmp_path / "model.onnx").write_bytes(b"before")
    save(model, tmp_path / "link.onnx")
    assert (tmp_path / "link.onnx").is_symlink()
    assert (tmp_path / "model.onnx").read_bytes() == saved_bytes(model)
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link.onnx", "model.onnx"}


def test_memory(tmp_path):
    model = random_chain(1, (3, 4, 2))
    count = ctypes.c_size_t()
    assert library.ablate_model_save_memory(model.address, None, 0, ctypes.byref(count)) == c.OK
    out = (ctypes.c_ubyte * (count.value + 1))(*[7] * (count.value + 1))
    for capacity, status in ((count.value - 1, c.INVALID_ARGUMENT), (count.value + 1, c.OK), (2**64 - 1, c.OK)):
        found = ctypes.c_size_t()
        assert library.ablate_model_save_memory(model.address, out, capacity, ctypes.byref(found)) == status
        assert found.value == count.value
    assert out[count.value] == 7
    assert library.ablate_model_save_memory(model.address, None, 5, ctypes.byref(count)) == c.INVALID_ARGUMENT
    assert library.ablate_model_save_memory(model.address, out, 5, None) == c.INVALID_ARGUMENT
    again = ctypes.c_void_p()
    assert library.ablate_model_load_memory(out, count.value, None, ctypes.byref(again)) == c.OK
    x = rows(1, 5, 3)
    assert Session(Model(again)).run(x).tobytes() == Session(model).run(x).tobytes()


def test_metadata_that_contradicts_the_graph_is_refused(tmp_path):
    path = save(random_chain(1, (3, 4, 2), head="logits", labels=["a", "b"]), tmp_path / "model.onnx")
    proto = onnx.load(path)
    del proto.metadata_props[2]
    with pytest.raises(Failure) as failure:
        onnx.save(proto, path)
        Model.load(path)
    assert failure.value.status == c.MALFORMED and "names 1 classes" in failure.value.text
