"""Examples/Python/profile_units.py as a program, against NumPy."""

import os
import subprocess
import sys

import numpy as np
import pytest

from host import PATH, Model, Session
from study_data import digits, export, train


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    place = tmp_path_factory.mktemp("profile")
    data = digits()
    data.epochs = 20
    network, _ = train(data)
    export(network, place / "network.onnx")
    np.save(place / "rows.npy", data.test_bytes)
    np.save(place / "labels.npy", data.test_y.astype(np.int32))
    return place, data


def call(repository, *arguments):
    command = [sys.executable, str(repository / "Examples" / "Python" / "profile_units.py"), *map(str, arguments)]
    environment = os.environ | {"ABLATE_LIBRARY": str(PATH)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_what_it_prints(repository, study):
    place, data = study
    files = [place / "network.onnx", place / "rows.npy", place / "labels.npy"]
    done = call(repository, *files, "--scale", "1/16", "--effects")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    model = Model.load(files[0])
    for layer in range(2):
        start = next(i for i, line in enumerate(lines) if line.startswith(f"== Layer {layer}"))
        a = Session(model).activations(data.test_x, layer).astype(np.float64)
        means = np.array([a[data.test_y == digit].mean(axis=0) for digit in range(10)]).T
        others = (means.sum(axis=1, keepdims=True) - means) / 9
        for digit in range(10):
            unit = np.argmax((means - others)[:, digit])
            name, shown, mean, elsewhere, *rows = lines[start + 2 + digit].split()
            assert (int(name), int(shown)) == (digit, unit)
            assert (float(mean), float(elsewhere)) == pytest.approx((means[unit, digit], others[unit, digit]), abs=6e-4)
            assert [int(row) for row in rows] == np.argsort(-a[:, unit], kind="stable")[:5].tolist()
        dead = np.flatnonzero((a == a[0]).all(axis=0))
        text = next(line for line in lines[start:] if "never change" in line or line == "Every unit changes.")
        assert [int(word) for word in text.partition(":")[2].split()] == dead.tolist()


def test_what_is_wrong(repository, study):
    place, _ = study
    done = call(repository, place / "none.onnx", place / "rows.npy", place / "labels.npy")
    assert done.returncode == 1 and "none.onnx" in done.stderr and done.stdout == ""
