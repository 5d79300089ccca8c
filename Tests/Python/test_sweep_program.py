"""Examples/Python/sweep.py as a program: its figures, its formats, its words when something is wrong."""

import gzip
import json
import subprocess
import sys

import numpy as np
import pytest

from built_library import QUIET_ENVIRONMENT
from study_data import digits, export, train


@pytest.fixture(scope="module")
def program(repository):
    def call(*arguments, fails=False):
        command = [sys.executable, str(repository / "Examples" / "Python" / "sweep.py"), *map(str, arguments)]
        done = subprocess.run(command, env=QUIET_ENVIRONMENT, capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout

    return call


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    place = tmp_path_factory.mktemp("sweep")
    data = digits()
    data.epochs = 20
    network, _ = train(data)
    export(network, place / "network.onnx")
    np.save(place / "rows.npy", data.test_bytes)
    np.save(place / "labels.npy", data.test_y.astype(np.int32))
    return place, network, data


def idx(array, kind):
    header = bytes([0, 0, kind, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def dead_counts(network, data, layers):
    """layer, unit, rows, correct, lost, gained from scikit-learn with the weights set to zero."""
    right = network.predict(data.test_x) == data.test_y
    lines = []
    for layer in layers:
        for unit in range(network.coefs_[layer].shape[1]):
            weights, bias = network.coefs_[layer][:, unit].copy(), network.intercepts_[layer][unit]
            network.coefs_[layer][:, unit], network.intercepts_[layer][unit] = 0, 0
            now = network.predict(data.test_x) == data.test_y
            network.coefs_[layer][:, unit], network.intercepts_[layer][unit] = weights, bias
            figures = layer, unit, len(now), now.sum(), (right & ~now).sum(), (~right & now).sum()
            lines.append(",".join(map(str, figures)))
    return lines


@pytest.mark.parametrize(("chosen", "layers"), [("hidden", [0, 1]), ("all", [0, 1, 2]), ("1", [1]), ("2,0", [2, 0])])
def test_csv_is_scikit_learn_s_loop(program, study, chosen, layers):
    place, network, data = study
    files = place / "network.onnx", place / "rows.npy", place / "labels.npy"
    printed = program(*files, "--scale", "1/16", "--layers", chosen, "--replacement", "dead", "--csv")
    assert printed.splitlines() == ["layer,unit,rows,correct,lost,gained", *dead_counts(network, data, layers)]


def test_formats_agree(program, study):
    place, _, data = study
    rows, labels = idx(data.test_bytes.reshape(-1, 8, 8), 0x08), idx(data.test_y.astype(np.uint8), 0x08)
    (place / "rows.idx").write_bytes(rows)
    (place / "labels.idx").write_bytes(labels)
    (place / "rows.gz").write_bytes(gzip.compress(rows))
    (place / "labels.gz").write_bytes(gzip.compress(labels))
    np.save(place / "floats.npy", data.test_x)
    outputs = [
        program(place / "network.onnx", place / x, place / y, "--scale", scale, "--csv", "--threads", threads)
        for x, y, scale, threads in [
            ("rows.npy", "labels.npy", "1/16", 1),
            ("rows.idx", "labels.idx", "0.0625", 2),
            ("rows.gz", "labels.gz", "0.0625", 0),
            ("floats.npy", "labels.gz", "1", 1),
        ]
    ]
    assert len(set(outputs)) == 1


@pytest.mark.parametrize("replacement", ["zero", "mean", "constant=0.5", "resample=3"])
def test_replacements_and_the_table(program, study, replacement):
    place, _, data = study
    files = place / "network.onnx", place / "rows.npy", place / "labels.npy"
    printed = program(*files, "--scale", "1/16", "--replacement", replacement)
    assert f"of {len(data.test_y)} rows right" in printed and "48 units" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.onnx", "rows.npy", "labels.npy"], "nothing.onnx"),
        (["network.onnx", "nothing.npy", "labels.npy"], "nothing.npy"),
        (["network.onnx", "network.onnx", "labels.npy"], "neither an IDX nor an NPY"),
        (["network.onnx", "labels.npy", "labels.npy"], "rows of 64 values"),
        (["network.onnx", "rows.npy", "rows.npy"], "label"),
        (["network.onnx", "rows.npy", "labels.npy", "--layers", "7"], "layer"),
        (["network.onnx", "rows.npy", "labels.npy", "--layers", "x"], "hidden"),
        (["network.onnx", "rows.npy", "labels.npy", "--scale", "half"], "number"),
        (["network.onnx", "rows.npy", "labels.npy", "--replacement", "constant"], "constant=V"),
    ],
)
def test_errors_are_one_clear_line(program, study, arguments, words):
    place = study[0]
    arguments = [place / a if "." in a else a for a in arguments]
    message = program(*arguments, fails=True)
    assert words in message and "Traceback" not in message


def test_mnist(program, shared, tmp_path):
    """The counts beside the model, of all 392 neurons on 7,000 rows."""
    model, data = shared / "models" / "mlp" / "nn392_div255.onnx", shared / "data" / "mnist"
    files = model, data / "test7000_images.npy", data / "test7000_labels.npy"
    printed = program(*files, "--scale", "1/255", "--replacement", "dead", "--csv")
    expected = json.loads((model.parent / "nn392_div255.expected.json").read_text())
    assert [int(line.split(",")[3]) for line in printed.splitlines()[1:]] == expected["layers"][0]
