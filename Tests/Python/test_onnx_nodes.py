"""The ONNX project's own tests of nodes, and the networks of published shapes that come with them."""

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnx.backend.test
import onnxruntime
import pytest
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

from onnx_models import Model
from onnx_node_cases import DECLINED, OF_ONE_ROW, OF_ROWS, OPERATORS
from onnx_node_models import of_one_row, of_rows

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    CASES = {
        case.name.removeprefix("test_"): case
        for case in collect_testcases(None)
        if len(case.model.graph.node) == 1
        and case.model.graph.node[0].op_type in OPERATORS
        and case.model.graph.node[0].domain == ""
        and "_expanded" not in case.name
    }
REASONS = {name: reason for reason, names in DECLINED.items() for name in names}


def test_the_list_names_every_case():
    new = set(CASES) - set(OF_ROWS) - set(OF_ONE_ROW) - set(REASONS)
    assert not new, f"onnx {onnx.__version__} has cases that onnx_node_cases.py does not name: {sorted(new)}"


def check(case, made):
    inputs, outputs = case.data_sets[0]
    # What MaxPool, Dropout and BatchNormalization give besides is not supported.
    for index in range(len(outputs) if case.model.graph.node[0].op_type == "Split" else 1):
        expected = np.asarray(outputs[index])
        model, x, rows = made(case, inputs, index, expected)
        scores = Model(model).run(x.astype(np.float32), "scores")
        # The tolerance of the ONNX project.
        np.testing.assert_allclose(scores, expected.reshape(rows, -1), rtol=case.rtol, atol=1e-6)


@pytest.mark.parametrize("name", OF_ROWS)
def test_rows(name):
    if name not in CASES:
        pytest.skip(f"onnx {onnx.__version__} does not have it")
    check(CASES[name], of_rows)


@pytest.mark.parametrize("name", OF_ONE_ROW)
def test_one_row(name):
    if name not in CASES:
        pytest.skip(f"onnx {onnx.__version__} does not have it")
    check(CASES[name], of_one_row)


FOLDER = Path(onnx.backend.test.__file__).parent / "data" / "light"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("light_*.onnx")))
def test_networks_of_published_shapes(name):
    """Their weights are made by ConstantOfShape, so that the files are small."""
    path = FOLDER / f"{name}.onnx"
    expected = onnx.TensorProto.FromString((FOLDER / f"{name}_output_0.pb").read_bytes())
    expected = numpy_helper.to_array(expected).reshape(1, -1)
    # What the runner of the ONNX project gives them.
    count = 3 * 224 * 224
    x = (np.arange(count) / count).astype(np.float32)
    model = Model(path)
    scores = model.run(x[None], "model")
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-6)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    other = session.run(None, {session.get_inputs()[0].name: x.reshape(1, 3, 224, 224)})[0]
    np.testing.assert_allclose(scores, other.reshape(1, -1), rtol=2e-5, atol=1e-6)
    assert "convolution" in model.kinds
