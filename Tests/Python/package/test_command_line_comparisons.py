"""The commands shapley and diff: their figures are those of Python's functions, and scikit-learn's."""

import csv
import io
import json
import re

import numpy as np
import pytest
from scipy.stats import binomtest

import libablate
from libablate.command_line.main import main


@pytest.fixture
def files(digits, diabetes, tmp_path):
    """The digits' network, a smaller one, a regression, rows and labels."""
    digits.model.save(tmp_path / "network.onnx")
    libablate.prune(digits.model, {0: [1, 2, 3]}).save(tmp_path / "smaller.onnx")
    diabetes.model.save(tmp_path / "regression.onnx")
    layers = [(layer.weights, layer.bias, layer.activation) for layer in digits.model.layers]
    libablate.from_weights(layers, head="softmax", classes=range(9, -1, -1)).save(tmp_path / "turned.onnx")
    np.savez(tmp_path / "data.npz", X=digits.x, y=digits.y)
    np.savez(tmp_path / "targets.npz", X=diabetes.x, y=diabetes.y)
    return tmp_path


@pytest.fixture
def run(files, capsys):
    """What a command prints; its paths are those in the folder of the files."""

    def printed(*arguments):
        paths = [str(files / part) if (files / part.partition(":")[0]).is_file() else part for part in arguments]
        assert main(paths) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return printed


def test_shapley_values(digits, run):
    command = ["shapley", "network.onnx", "data.npz", "--layers", "1", "--permutations", "40", "--seed", "3"]
    command += ["--measure", "label_probability", "--sample-rows", "90", "--replacement", "mean"]
    options = {"measure": "label_probability", "sample_rows": 90, "replacement": "mean", "seed": 3, "progress": False}
    expected = libablate.shapley(digits.model, digits.x, digits.y, permutations=40, layers=1, **options)
    document = json.loads(run(*command, "--json"))
    assert document == {"measure": "label_probability", **json.loads(json.dumps(expected.to_dict()))}
    rows = list(csv.DictReader(io.StringIO(run(*command, "--csv", "-"))))
    assert [float(row["value"]) for row in rows] == expected.values.tolist()
    assert [float(row["standard_error"]) for row in rows] == [value.standard_error for value in expected]
    text = run(*command, "--top", "3").splitlines()
    assert text[0].startswith("What 12 units contribute to label probability, from 40 permutations: ")
    assert text[2] == "the 3 largest of 12:" and len(text) == 7
    assert [tuple(map(int, line.split()[:2])) for line in text[4:]] == [(v.layer, v.unit) for v in expected.top(3)[0]]


def test_infinite_intervals_name_the_option(run):
    command = ["shapley", "network.onnx", "data.npz", "--layers", "1", "--permutations", "2", "--measure", "log_loss"]
    assert run(*command).splitlines()[-1].startswith("intervals of log_loss are infinite without --largest-change, the")
    assert "infinite" not in run(*command, "--largest-change", "9") and "infinite" not in run(*command[:-2])


def test_shapley_values_that_are_settled(run):
    command = ["shapley", "network.onnx", "data.npz", "--layers", "1", "--top-count", "11"]
    assert "the 11 largest are not told from the others" in run(*command, "--permutations", "16")
    settled = run(*command, "--permutations", "100000", "--sample-rows", "40", "--tolerance", "0.2")
    assert "the 11 largest are told from the others" in settled


def test_differences(digits, files, run):
    found = run("diff", "network.onnx", "smaller.onnx", "data.npz", "--top", "2").splitlines()
    smaller = libablate.load(files / "smaller.onnx")
    one, other = digits.network.predict(digits.x), smaller.predict(digits.x)
    change = np.abs(smaller.predict_proba(digits.x) - digits.network.predict_proba(digits.x))
    row, label = np.unravel_index(change.argmax(), change.shape)
    right, wrong = ((one == digits.y) & (other == digits.y)).sum(), ((one != digits.y) & (other != digits.y)).sum()
    lost, gained = ((one == digits.y) & (other != digits.y)).sum(), ((one != digits.y) & (other == digits.y)).sum()
    p_value = binomtest(int(gained), int(lost + gained)).pvalue
    assert found[:4] == [
        f"{(one == other).mean():.2%} of 400 rows are predicted alike",
        f"probabilities change by {change.mean():.4g} in the mean, by {change.max():.4g} at most "
        f"(row {row}, class {label})",
        f"accuracy {(one == digits.y).mean():.2%} and {(other == digits.y).mean():.2%}: {right} rows right in both, "
        f"{lost} in the first alone, {gained} in the second alone, {wrong} in neither",
        f"McNemar's exact test of the difference: p = {p_value:.4g}",
    ]
    assert found[5] == "the 2 most frequent:" and len(found) == 9
    rows = list(csv.DictReader(io.StringIO(run("diff", "network.onnx", "smaller.onnx", "data.npz", "--csv", "-"))))
    pairs, counts = np.unique(np.c_[one, other][one != other], axis=0, return_counts=True)
    expected = {tuple(pair): count for pair, count in zip(pairs.tolist(), counts.tolist())}
    assert {(int(r["first"]), int(r["second"])): int(r["rows"]) for r in rows} == expected
    assert [int(r["rows"]) for r in rows] == sorted(counts.tolist(), reverse=True)
    assert found[7].split() == list(rows[0].values())


def test_differences_of_marks(files, run):
    """Rows that have the same marks are predicted alike, though there is no class of each."""
    marks = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], head="multilabel")
    marks.save(files / "marks.onnx")
    np.save(files / "rows.npy", np.float32([[1, 1], [2, -3]]))
    options = ["--units", "0:1", "--replacement", "constant=-9", "--out", str(files / "fewer.onnx")]
    assert run("prune", "marks.onnx", "rows.npy", *options).endswith("\n50.00% of 2 rows are predicted alike\n")
    found = run("diff", "marks.onnx", "fewer.onnx", "rows.npy")
    assert found.startswith("50.00% of 2 rows are predicted alike\noutputs change by ")


def test_differences_without_labels_and_of_regressions(run):
    document = json.loads(run("diff", "network.onnx", "smaller.onnx", "data.npz:X", "--json"))
    assert document["difference"]["rows"] == 400 and document["difference"]["labelled"] == 0
    text = run("diff", "network.onnx", "network.onnx", "data.npz")
    assert "100.00% of 400 rows" in text and "most frequent" not in text and "differ:" not in text
    same = run("diff", "regression.onnx", "regression.onnx", "targets.npz")
    assert same.startswith("outputs change by 0 in the mean, by 0 at most (row 0, output 0)") and same.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shapley", "network.onnx", "data.npz", "--sample-rows", "500"], "--sample-rows is 500: 1 to 400 rows"),
        (["shapley", "network.onnx", "data.npz", "--layers", "all"], "layer 2 is the output layer"),
        (["shapley", "regression.onnx", "targets.npz"], "Shapley values are of classifiers"),
        (["diff", "network.onnx", "regression.onnx", "data.npz"], "takes rows of 64 values, the second of 10"),
        (["diff", "network.onnx", "nowhere.onnx", "data.npz"], "nowhere.onnx"),
        (
            ["diff", "network.onnx", "turned.onnx", "data.npz"],
            "class 0 is .0. in the first model and .9. in the second",
        ),
    ],
)
def test_what_cannot_be(files, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(files)
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and re.search(said, printed.err), printed.err
