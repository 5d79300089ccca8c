"""Real files of PyTorch, Keras and scikit-learn: dense and convolutional networks agree with ONNX Runtime, others are
refused by name."""

import json

import numpy as np
import onnx
import pytest

from libablate._declarations import UNSUPPORTED
from onnx_models import SHARED, Failure, Model

EXPORTS = SHARED / "models" / "exports"
DENSE = {
    "dyn_MLP+flatten_0": ((1, 28, 28), "logits", ["1", "3"], ["sigmoid", "identity"]),
    "dyn_MLP-BN-drop-softmax_0": (
        (20,),
        "softmax",
        ["n.0", "n.4"],
        ["relu", "identity"],
    ),
    "dyn_MLP3d-input_0": ((16,), "logits", ["0", "2"], ["gelu", "identity"]),
    "dyn_MLP_0": ((784,), "logits", ["0", "2"], ["relu", "identity"]),
    "legacy_MLP+flatten_16_0": (
        (1, 28, 28),
        "logits",
        ["1", "3"],
        ["sigmoid", "identity"],
    ),
    "legacy_MLP-BN-drop-softmax_16_0": (
        (20,),
        "softmax",
        ["n.0", "n.4"],
        ["relu", "identity"],
    ),
    "legacy_MLP3d-input_16_0": ((16,), "logits", ["0", "2"], ["gelu", "identity"]),
    "legacy_MLP_13_0": ((784,), "logits", ["0", "2"], ["relu", "identity"]),
    "legacy_MLP_16_0": ((784,), "logits", ["0", "2"], ["relu", "identity"]),
    "ker_mlp": (
        (784,),
        "softmax",
        ["sequential_1/dense_1", "sequential_1/dense_1_2"],
        ["relu", "identity"],
    ),
    "ker_mlp_bn_leaky": (
        (20,),
        "softmax",
        ["sequential_2_1/dense_4_1", "sequential_2_1/dense_5_1"],
        ["leaky_relu", "identity"],
    ),
    "ker_seed004": (
        (28, 28),
        "logits",
        ["sequential_1_1/dense_2_1", "sequential_1_1/dense_3_1"],
        ["relu", "identity"],
    ),
}
IMAGES = ["dyn_LeNet_0", "legacy_LeNet_16_0", "ker_cnn"]
KNOWN = [*DENSE, *IMAGES]
OTHERS = sorted(path.stem for path in EXPORTS.glob("*.onnx") if path.stem not in KNOWN) if EXPORTS.exists() else []

pytestmark = pytest.mark.skipif(not EXPORTS.exists(), reason=f"SKIPPED: no exported models in {EXPORTS}")


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("way", ["path", "memory"])
def test_dense_networks(name, way):
    path = EXPORTS / f"{name}.onnx"
    model = Model(path if way == "path" else path.read_bytes())
    shape, head, names, activations = DENSE[name]
    assert model.input_shape == shape
    assert model.head == head
    assert [layer[0] for layer in model.layers] == names
    assert [layer[3] for layer in model.layers] == activations
    assert model.kinds == ["dense"] * len(names)
    check_stored_outputs(model, name)


@pytest.mark.parametrize("name", IMAGES)
def test_convolutional_networks(name):
    model = Model(EXPORTS / f"{name}.onnx")
    assert "convolution" in model.kinds
    check_stored_outputs(model, name)


def check_stored_outputs(model, name):
    arrays = np.load(EXPORTS / f"{name}.npz")
    x = next(arrays[key] for key in arrays.files if key.startswith("in_"))
    y = next(arrays[key] for key in arrays.files if key.startswith("out_"))
    np.testing.assert_allclose(
        model.run(x, "model"),
        y.reshape(-1, model.info.output_width),
        atol=1e-5,
        rtol=1e-5,
    )


@pytest.mark.parametrize("name", OTHERS)
def test_other_networks_are_refused(name):
    path = EXPORTS / f"{name}.onnx"
    with pytest.raises(Failure) as refused:
        Model(path)
    assert refused.value.status == UNSUPPORTED
    text = refused.value.text
    assert str(path) in text
    graph = onnx.load(path, load_external_data=False).graph
    if len(graph.input) > 1:
        assert all(repr(each.name) in text for each in graph.input)
    else:
        # An operator that is not known; or one that is, in a way that is not.
        assert any(
            (
                (f"operator '{node.op_type}'" in text and "Supported are: Add, " in text)
                or f"{node.op_type} at node" in text
            )
            and f"'{node.name[:60]}" in text
            for node in graph.node
        )


@pytest.mark.parametrize("name", ["nn10_div255", "nn392_div255", "nn392_196_div255", "nn392_raw"])
def test_scikit_learn_on_mnist(name):
    images = np.load(SHARED / "data" / "mnist" / "test7000_images.npy")
    labels = np.load(SHARED / "data" / "mnist" / "test7000_labels.npy")
    model = Model(SHARED / "models" / "mlp" / f"{name}.onnx")
    assert model.labels == [str(digit) for digit in range(10)]
    x = images.astype(np.float32) / (1 if name.endswith("raw") else 255)
    correct = int((model.run(x).argmax(1) == labels).sum())
    expected = json.loads((SHARED / "models" / "mlp" / f"{name}.expected.json").read_text())
    assert correct == expected["intact_correct"]
