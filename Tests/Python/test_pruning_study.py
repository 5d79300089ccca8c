"""The example runs, and what it tells of pruning is so: the file it writes is as right as it says, by ONNX Runtime."""

import re
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
from scipy.stats import binomtest
from sklearn.datasets import load_digits

from built_library import QUIET_ENVIRONMENT


@pytest.fixture(scope="module")
def told(repository, tmp_path_factory):
    for package in ("skl2onnx", "matplotlib"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("pruning")
    program = repository / "Examples" / "Python" / "pruning_study.py"
    done = subprocess.run(
        [sys.executable, program, "--results", folder],
        capture_output=True,
        text=True,
        env=QUIET_ENVIRONMENT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder, done.stdout


def test_its_file_is_as_right_as_it_says(told):
    folder, text = told
    x, y = load_digits(return_X_y=True)
    x, y = (x[1::2] / 16).astype(np.float32), y[1::2]
    right, chosen_on = {}, {}
    for name in ("network", "smaller"):
        session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        out = session.run(None, {session.get_inputs()[0].name: x})
        probabilities = next(each for each in out if np.ndim(each) == 2)
        chosen_on[name], right[name] = (probabilities[start::2].argmax(axis=1) == y[start::2] for start in (0, 1))
    both, before, now = map(int, re.search(r"both (\d+), only before (\d+), only now (\d+)", text).groups())
    assert both == (right["network"] & right["smaller"]).sum()
    assert before == (right["network"] & ~right["smaller"]).sum()
    assert now == (~right["network"] & right["smaller"]).sum()
    assert chosen_on["smaller"].mean() >= chosen_on["network"].mean() - 0.01
    said = re.search(
        r"nothing was chosen on: ([\d.]+)%, now ([\d.]+)%: (\S+) points .*, p ([\d.]+)$", text, re.MULTILINE
    )
    *figures, p = map(float, said.groups())
    rates = [100 * right[name].mean() for name in ("network", "smaller")]
    assert figures == pytest.approx([*rates, rates[1] - rates[0]], abs=0.0051)
    assert p == pytest.approx(binomtest(before, before + now).pvalue if before + now else 1, abs=6e-4)
    assert (folder / "pruning.png").stat().st_size > 10_000


def test_making_up_for_units_helps(told):
    """With half of the neurons gone in any order: least squares are best, nothing is worst. Over ten orders at random:
    one neighbour above means, too."""
    rows = re.findall(r"^(random|weight norm|single-unit effect)\s+([a-z ]+?)\s{2,}([\d. ]+)$", told[1], re.MULTILINE)
    half = {(order, by): float(values.split()[3]) for order, by, values in rows}
    assert len(half) == 12
    for order in ("random", "weight norm", "single-unit effect"):
        nothing, mean, correlated, squares = (half[order, by] for by in ("none", "mean", "correlated", "least squares"))
        assert nothing < min(mean, correlated) and max(mean, correlated) < squares
        assert order != "random" or mean < correlated
