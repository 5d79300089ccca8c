"""Which layers the options of the command line mean, and that they are those that Python means."""

import csv
import io

import numpy as np
import pytest

import libablate
from libablate.command_line.main import main

X, Y = np.eye(2), np.array([0, 1])


@pytest.fixture
def saved(tmp_path):
    """A function that saves a network whose layers have these names, with rows; the start of a command on them."""

    def save(*names):
        weights = [np.array([[3, 1], [1, 2]]), np.array([[5, -1], [1, 4]]), np.array([[2, -2], [-1, 7]])]
        kinds = ["relu", "relu", "identity"]
        steps = [libablate.Dense(w, None, kind, name=name) for w, kind, name in zip(weights, kinds, names)]
        libablate.from_weights(steps).save(tmp_path / "network.onnx")
        np.savez(tmp_path / "data.npz", X=X, y=Y)
        return [str(tmp_path / "network.onnx"), str(tmp_path / "data.npz")]

    return save


def printed(capsys, *arguments):
    assert main([*arguments, "--csv", "-"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def layers(capsys, *arguments):
    return sorted({int(row["layer"]) for row in printed(capsys, *arguments)})


def test_a_sweep_of_synapses_is_that_of_python(saved, capsys):
    files = saved("first", "second", "last")
    found = printed(capsys, "sweep", *files, "--kind", "synapses")
    names = ["layer", "unit", "input"]
    expected = libablate.synapses(libablate.load(files[0]), X, Y).to_pandas()
    assert [[int(row[name]) for name in names] for row in found] == expected[names].to_numpy().tolist()
    assert {int(row["layer"]) for row in found} == {0, 1, 2}
    assert layers(capsys, "sweep", *files, "--kind", "synapses", "--layers", "hidden") == [0, 1]
    assert layers(capsys, "sweep", *files) == [0, 1]


def test_names_that_are_numbers(saved, capsys):
    """As PyTorch's Sequential gives them to its layers, which are not all that it counts."""
    files = saved("0", "2", "4")
    for text, number in (("0", 0), ("1", 1), ("4", 2), ("-1", 2), ("-2", 1)):
        assert layers(capsys, "sweep", *files, f"--layers={text}") == [number]
    assert main(["sweep", *files, "--layers", "2"]) == 1
    said = "--layers has 2, which is the name of layer 1 and the number of another: take -2 for the first or -1 for"
    assert said in capsys.readouterr().err
    command = ["prune", files[0], "--out", files[0] + ".smaller"]
    assert main([*command, "--units", "2:0"]) == 1
    assert "--units has 2, which is the name of layer 1" in capsys.readouterr().err
    assert [row["layer"] for row in printed(capsys, *command, "--units=-2:0")] == ["1"]


def test_names_that_are_words_of_the_option(saved, capsys):
    files = saved("hidden", "second", "all")
    assert layers(capsys, "sweep", *files) == [0, 1]
    for word, number in (("hidden", 0), ("all", 2)):
        assert main(["sweep", *files, "--layers", word]) == 1
        assert f"--layers has {word}, which is the name of layer {number}, too: take numbers" in capsys.readouterr().err
    assert layers(capsys, "sweep", *saved("hidden", "last")[:2], "--layers", "hidden") == [0]


def test_a_text_of_digits_is_a_name_in_python(saved):
    model = libablate.load(saved("0", "2", "4")[0])
    assert [model.layers.number(name) for name in ("0", "2", "4")] == [0, 1, 2]
    assert [model.layers.number(number) for number in (0, 2)] == [0, 2]
    with pytest.raises(KeyError, match="no layer is called '1'"):
        model.layers.number("1")
    assert {result.layer for result in libablate.sweep(model, X, Y, layers="2")} == {1}
