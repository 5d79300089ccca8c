"""Examples/Python/shapley.py as a program: its figures against the library's and scikit-learn's."""

import re
import subprocess
import sys

import numpy as np
import pytest

import libablate
from built_library import QUIET_ENVIRONMENT
from host import Model
from study_data import digits, export, train
from test_shapley import Shapley


@pytest.mark.parametrize("layer", [0, 1])
def test_figures(repository, tmp_path, layer):
    data = digits()
    data.epochs = 20
    network, _ = train(data)
    export(network, tmp_path / "network.onnx")
    np.save(tmp_path / "rows.npy", data.test_bytes)
    np.save(tmp_path / "labels.npy", data.test_y.astype(np.int32))
    program = repository / "Examples" / "Python" / "shapley.py"
    files = [tmp_path / name for name in ("network.onnx", "rows.npy", "labels.npy")]
    options = ["--scale", "1/16", "--layer", str(layer), "--top", "5", "--permutations", "40", "--seed", "3"]
    command = [sys.executable, str(program), *map(str, files), *options]
    done = subprocess.run(command, env=QUIET_ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr

    found = Shapley(Model.load(files[0]), data.test_x, data.test_y, [layer], seed=3).run(40)
    values = found.column()
    intact = network.predict(data.test_x)
    table = re.findall(
        r"^ +\d+ +(\d+) +([-+.\d]+) pts +([-+.\d]+) to +([-+.\d]+) .*% +([-+.\d]+) pts", done.stdout, re.M
    )
    assert [int(line[0]) for line in table] == np.argsort(-values, kind="stable")[:5].tolist()
    for unit, *figures in table:
        unit = int(unit)
        saved = network.coefs_[layer + 1][unit].copy()
        network.coefs_[layer + 1][unit] = 0
        effect = np.mean(network.predict(data.test_x) == data.test_y) - np.mean(intact == data.test_y)
        network.coefs_[layer + 1][unit] = saved
        exact = 100 * np.array([values[unit], found[unit].lower, found[unit].upper, effect])
        assert np.abs(np.array(figures, float) - exact).max() <= 0.0051
    rest = float(re.search(r"the other \d+ units: ([-+.\d]+) pts", done.stdout).group(1))
    total = sum(float(line[1]) for line in table) + rest
    assert abs(total - 100 * (found.summary.intact - found.summary.ablated)) < 0.01
    assert "more orders are needed" in done.stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two rows of two inputs, and a network of two hidden units: only one of them matters."""
    place = tmp_path_factory.mktemp("tiny")
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    model.save(place / "network.onnx")
    np.save(place / "rows.npy", np.eye(2, dtype=np.float32))
    np.save(place / "bytes.npy", np.eye(2, dtype=np.uint8) * 16)
    np.save(place / "labels.npy", np.arange(2))
    np.save(place / "zeros.npy", np.zeros(2, int))
    return place


def call(repository, *arguments):
    program = repository / "Examples" / "Python" / "shapley.py"
    command = [sys.executable, str(program), *map(str, arguments)]
    return subprocess.run(command, env=QUIET_ENVIRONMENT, capture_output=True, text=True, timeout=120)


def test_a_list_of_all_units_claims_nothing(repository, files):
    done = call(repository, *(files / name for name in ("network.onnx", "rows.npy", "labels.npy")), "--top", "20")
    assert (done.returncode, done.stderr) == (0, "")
    assert "all units of the layer" in done.stdout and "above" not in done.stdout and "nan" not in done.stdout


def test_nothing_to_share(repository, files):
    """Without any unit the first class is predicted, and all rows have it: intact and ablated are alike."""
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [9, 0])])
    model.save(files / "constant.onnx")
    done = call(repository, files / "constant.onnx", files / "rows.npy", files / "zeros.npy", "--top", "1")
    assert (done.returncode, done.stderr) == (0, "") and "nan" not in done.stdout


def test_forgotten_scales_are_told_of(repository, files):
    names = [files / name for name in ("network.onnx", "bytes.npy", "labels.npy")]
    assert "--scale 1/16" in call(repository, *names).stderr
    assert call(repository, *names, "--scale", "1/16").stderr == ""


def test_arguments(repository, files):
    done = call(repository, "network.onnx")
    assert done.returncode == 2 and "a network, its rows and their labels" in done.stderr
    names = [files / name for name in ("network.onnx", "rows.npy", "labels.npy")]
    for wrong in ("--permutations=0", "--permutations=-3", "--layer=x", "--top=0", "--scale=x"):
        done = call(repository, *names, wrong)
        assert done.returncode == 2 and wrong.split("=")[0] in done.stderr.splitlines()[-1]
    done = call(repository, *names, "--layer", "7")
    assert done.returncode == 1 and done.stderr == "shapley.py: there is no layer 7: the model has 2\n"
    done = call(repository, files / "none.onnx", *names[1:])
    assert done.returncode == 1 and "none.onnx" in done.stderr and len(done.stderr.splitlines()) == 1
