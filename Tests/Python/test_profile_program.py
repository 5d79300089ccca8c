"""Examples/Python/profile_units.py as a program, against NumPy."""

import subprocess
import sys

import numpy as np
import pytest

from built_library import QUIET_ENVIRONMENT
from host import Model, Session
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
    return place, network, data


def right_without(network, data, layer, unit):
    """Which rows scikit-learn predicts right with what leaves a neuron set to zero."""
    saved = network.coefs_[layer + 1][unit].copy()
    network.coefs_[layer + 1][unit] = 0
    right = network.predict(data.test_x) == data.test_y
    network.coefs_[layer + 1][unit] = saved
    return right


def call(repository, *arguments):
    command = [sys.executable, str(repository / "Examples" / "Python" / "profile_units.py"), *map(str, arguments)]
    return subprocess.run(command, env=QUIET_ENVIRONMENT, capture_output=True, text=True, timeout=120)


def test_what_it_prints(repository, study):
    place, network, data = study
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
            cells = [cell.split() for cell in lines[start + 2 + digit].split("|")]
            (name,), (shown, mean, elsewhere), (*_, rows) = cells[0], cells[1], cells
            assert (int(name), int(shown)) == (digit, unit)
            assert (float(mean), float(elsewhere)) == pytest.approx((means[unit, digit], others[unit, digit]), abs=6e-4)
            top = np.argsort(-a[:, unit], kind="stable")[:5]
            assert rows == [f"{row}:{data.test_y[row]}" for row in top]
            if layer == 1:
                added = means[:, digit] * network.coefs_[2][:, digit]
                assert (int(cells[2][0]), float(cells[2][1])) == (added.argmax(), pytest.approx(added.max(), abs=6e-4))
            lost = [(right_without(network, data, layer, unit)[data.test_y == digit]).sum() for unit in range(len(a.T))]
            intact = (network.predict(data.test_x) == data.test_y)[data.test_y == digit].sum()
            assert [int(cell) for cell in cells[-2]] == [np.argmin(lost), intact - min(lost)]
        dead = np.flatnonzero((a == a[0]).all(axis=0))
        text = next(line for line in lines[start:] if "never change" in line or line == "Every unit changes.")
        assert [int(word) for word in text.partition(":")[2].split()] == dead.tolist()


def test_channels(repository, tmp_path):
    script = repository / "Examples" / "Python" / "small_cnn.py"
    made = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "--epochs", "1"], env=QUIET_ENVIRONMENT, timeout=120
    )
    assert made.returncode == 0
    files = [tmp_path / "network.onnx", tmp_path / "test_rows.npy", tmp_path / "test_labels.npy"]
    done = call(repository, *files, "--scale", "1/16", "--effects")
    assert (done.returncode, done.stderr) == (0, "")
    assert "== Layer 1" in done.stdout and "  variance " in done.stdout and "  taylor " in done.stdout


def test_information_of_quantiles(repository, study):
    place, _, data = study
    files = [place / "network.onnx", place / "rows.npy", place / "labels.npy"]
    done = call(repository, *files, "--scale", "1/16", "--quantiles", "2")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    model = Model.load(files[0])
    for layer in range(2):
        a = Session(model).activations(data.test_x, layer)
        ordered = np.sort(a, axis=0)
        edges = ordered[-(-np.arange(1, 4) * len(a) // 4) - 1]
        information = []
        for unit in range(a.shape[1]):
            joint = np.zeros((4, 10))
            np.add.at(joint, ((a[:, unit, None] > edges[:, unit]).sum(axis=1), data.test_y), 1 / len(a))
            apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
            information.append(sum(p * np.log2(p / q) for p, q in zip(joint.ravel(), apart.ravel()) if p))
        start = next(i for i, line in enumerate(lines) if line.startswith(f"== Layer {layer}"))
        start += next(i for i, line in enumerate(lines[start:]) if line.startswith("Most informative"))
        shown = [line.split() for line in lines[start + 2 : start + 7]]
        most = np.argsort(-np.array(information), kind="stable")[:5]
        assert [int(words[0]) for words in shown] == most.tolist()
        assert [float(words[1]) for words in shown] == pytest.approx([information[unit] for unit in most], abs=6e-4)


def test_what_is_wrong(repository, study):
    place, _, _ = study
    done = call(repository, place / "none.onnx", place / "rows.npy", place / "labels.npy")
    assert done.returncode == 1 and "none.onnx" in done.stderr and done.stdout == "" and done.stderr.count("\n") == 1
