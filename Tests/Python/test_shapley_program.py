"""Examples/Python/shapley.py as a program: its figures against the library's and scikit-learn's."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from host import PATH, Model
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
    environment = os.environ | {"ABLATE_LIBRARY": str(PATH)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
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


def test_arguments(repository):
    program = repository / "Examples" / "Python" / "shapley.py"
    environment = os.environ | {"ABLATE_LIBRARY": str(PATH)}
    done = subprocess.run(
        [sys.executable, str(program), "network.onnx"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2 and "a network, its rows and their labels" in done.stderr
