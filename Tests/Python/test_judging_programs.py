"""Examples/Python/rotten.py and curves.py, on a network as Examples/run leaves it, say what scikit-learn finds."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from host import PATH
from study_data import digits, export, train


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder, the network in it, and its data."""
    place = tmp_path_factory.mktemp("study")
    data = digits()
    data.epochs = 40
    network, _ = train(data)
    export(network, place / "network.onnx")
    np.save(place / "test_rows.npy", data.test_bytes)
    np.save(place / "test_labels.npy", data.test_y.astype(np.int32))
    return place, network, data


def run(repository, name, *arguments):
    program = [sys.executable, repository / "Examples" / "Python" / name, *arguments]
    environment = os.environ | {"ABLATE_LIBRARY": str(PATH)}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def scores_without(network, data, ablated):
    """scikit-learn's own prediction with neurons' weights and biases set to zero."""
    saved = [c.copy() for c in network.coefs_], [b.copy() for b in network.intercepts_]
    for layer, unit in ablated:
        network.coefs_[layer][:, unit] = 0
        network.intercepts_[layer][unit] = 0
    right = network.predict(data.test_x) == data.test_y
    network.coefs_, network.intercepts_ = saved
    return right


def test_rotten(repository, study):
    place, network, data = study
    said = run(repository, "rotten.py", place, "--scale", "1/16")
    intact = scores_without(network, data, []).sum()
    hidden = [(layer, unit) for layer, units in enumerate(data.hidden) for unit in range(units)]
    effects = np.array([scores_without(network, data, [neuron]).sum() - intact for neuron in hidden])
    falls, rises = (effects < 0).sum(), (effects > 0).sum()
    stays = len(hidden) - falls - rises
    assert f"accuracy falls {falls} times, stays {stays} times, rises {rises} times." in said
    assert "nothing with fewer than 11 flipped rows can be significant" in said  # 48 * 2^-10 <= 0.05 < 48 * 2^-9
    verdicts = re.findall(r"^ +(\d+) (\w+)$", said, flags=re.M)
    assert sum(int(count) for count, _ in verdicts) == len(hidden)
    layer, unit = hidden[effects.argmax()]
    assert f"The most rotten one: neuron {unit} of layer {layer}, {effects.max():+} rows" in said
    harmful = {verdict: count for count, verdict in verdicts}.get("harmful", "no")
    assert f"So {harmful} neuron" in said.splitlines()[-1]


def test_curves(repository, study):
    place, network, data = study
    said = run(repository, "curves.py", place, "--scale", "1/16", "--seeds", "3")
    sections = said.split("\n\n")
    assert [section.split(",")[0] for section in sections[1:]] == ["layer 0", "layer 1", "all hidden layers"]
    assert "warning" not in sections[1] + sections[2] and "several layers" in sections[3]
    norms = np.abs(np.float32(network.coefs_[1])).sum(axis=0, dtype=np.float64)
    order = [(1, int(unit)) for unit in np.argsort(norms, kind="stable")]
    line = next(line for line in sections[2].splitlines() if line.startswith("L1 norm of weights, low first"))
    found = [float(value) for value in re.findall(r" (\d+\.\d\d)\b", line)]
    wanted = [scores_without(network, data, order[:count])[1::2].mean() for count in (0, 4, 8, 12, 14, 16)]
    assert found == [pytest.approx(100 * value, abs=0.006) for value in wanted]
