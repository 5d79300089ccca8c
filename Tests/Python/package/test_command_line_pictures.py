"""The commands on pictures: means, scales, the order of channels, names of classes, maps and dissections."""

import csv
import io
import json
import os
import re

import numpy as np
import pytest
from PIL import Image
from small_cnn_model import trained

import libablate
from libablate.command_line.main import main

CLASSES = ["tench", "great white shark, man-eater", "3"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network of colours and pictures [rows, height, width, channels] of bytes; one of digits and all its rows."""
    path = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(4)
    libablate.from_weights(
        [
            libablate.Convolution(rng.normal(0, 0.4, (6, 3, 3, 3)), rng.normal(0, 0.3, 6), "relu", name="edges"),
            libablate.Pooling("global_average"),
            (rng.normal(0, 0.8, (3, 6)), rng.normal(0, 0.2, 3)),
        ],
        input_shape=(3, 9, 7),
    ).save(path / "colours.onnx")
    np.save(path / "pictures.npy", rng.integers(0, 256, (40, 9, 7, 3), dtype=np.uint8))
    np.save(path / "labels.npy", rng.integers(0, 3, 40))
    (path / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    digits = trained()
    digits.model.save(path / "digits.onnx")
    np.savez(path / "digits.npz", X=digits.x, y=digits.y)
    return path


def run(folder, capsys, *arguments):
    assert main([str(folder / part) if (folder / part).is_file() else part for part in arguments]) == 0, (
        capsys.readouterr().err
    )
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def refused(folder, capsys, *arguments):
    try:
        code = main([str(folder / part) if (folder / part).is_file() else part for part in arguments])
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr().err


def prepared(folder, mean, scale):
    """The pictures as the network takes them, by NumPy in float64."""
    pictures = np.load(folder / "pictures.npy").astype(np.float64)
    return ((pictures - mean) * scale).transpose(0, 3, 1, 2)


@pytest.mark.parametrize(
    ("options", "mean", "scale"),
    [
        (["--mean", "127", "--scale", "1/128"], 127, 1 / 128),
        (["--mean", "123.5,116,104", "--scale", "1/58,1/57,0.0175"], [123.5, 116, 104], [1 / 58, 1 / 57, 0.0175]),
        (["--mean=-8,0,255*0.5", "--scale", "0.01"], [-8, 0, 127.5], 0.01),
    ],
)
def test_means_and_scales_of_channels(folder, capsys, options, mean, scale):
    words = ["colours.onnx", "pictures.npy", "labels.npy", "--channels-last", *options]
    found = json.loads(run(folder, capsys, "sweep", *words, "--metrics", "log_loss", "--json"))
    x, y = prepared(folder, mean, scale), np.load(folder / "labels.npy")
    model = libablate.load(folder / "colours.onnx")
    for unit, result in enumerate(found["results"]):
        with model.ablate({0: [unit]}) as ablated:
            shares = ablated.predict_proba(x).astype(np.float64)
        assert result["correct"] == int((shares.argmax(1) == y).sum())
        assert result["log_loss"] == pytest.approx(-np.log(shares[np.arange(40), y]).mean(), rel=1e-4)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["pictures.npy"], 1, "--channels-last says so"),
        (["pictures.npy", "--channels-last", "--mean", "1,2"], 1, "--mean has 2 numbers.* 3 channels"),
        (["pictures.npy", "--channels-last", "--scale", "1,2,3,4"], 1, "--scale has 4 numbers"),
        (["pictures.npy", "--channels-last", "--scale", "1,0,1"], 2, "neither a number other than 0"),
        (["pictures.npy", "--channels-last", "--mean", "1,,1"], 2, "neither a number"),
        (["pictures.npy", "--channels-last", "--mean", "inf"], 2, "neither a number"),
        (["pictures.npy", "--channels-last", "--mean", "1e39"], 2, "neither a number"),
        (["pictures.npy", "--channels-last", "--scale", "1e-46"], 2, "neither a number"),
        (["pictures.npy", "--channels-last", "--scale", "1/1e39"], 2, "neither a number"),
        (["pictures.npy", "--channels-last", "--classes", ""], 2, "an empty text is no name"),
        (["labels.npy", "--channels-last"], 1, "--channels-last is for pictures"),
        (["pictures.npy", "--channels-last", "--classes", "nowhere.txt"], 1, "nowhere.txt: No such file"),
    ],
)
def test_what_does_not_fit(folder, capsys, words, code, why):
    rows = words[0]
    found, err = refused(folder, capsys, "sweep", "colours.onnx", rows, "labels.npy", *words[1:])
    assert found == code
    assert re.search(why, err), err


def test_bytes_that_nothing_scales_are_told(folder, capsys):
    code, err = refused(folder, capsys, "sweep", "colours.onnx", "pictures.npy", "labels.npy", "--channels-last")
    assert code == 0 and "whole numbers up to 255, and no --scale is given" in err


def test_names_of_classes(folder, capsys):
    words = ["colours.onnx", "pictures.npy", "labels.npy", "--channels-last", "--scale", "1/255"]
    numbers = json.loads(run(folder, capsys, "sweep", *words, "--json"))
    named = json.loads(run(folder, capsys, "sweep", *words, "--classes", "classes.txt", "--json"))
    assert named["results"] == numbers["results"]
    assert json.loads(run(folder, capsys, "info", "colours.onnx", "--classes", "classes.txt", "--json"))[
        "classes"
    ] == CLASSES  # fmt: skip
    np.save(folder / "far.npy", np.full(40, 3))
    code, err = refused(
        folder,
        capsys,
        "sweep",
        "colours.onnx",
        "pictures.npy",
        "far.npy",
        "--channels-last",
        "--classes",
        "classes.txt",
    )
    assert code == 1 and "label 3 of row 0 is no number of a class: --classes has 3 lines" in err
    code, err = refused(
        folder, capsys, "info", "colours.onnx", "--classes", "classes.txt", "--csv", str(folder / "classes.txt")
    )
    assert code == 2 and "would be lost" in err
    for text, why in [("a\n\nc\n", "line 2 is empty"), ("a\nb\n", "length 2"), ("a\nb\na\n", "more than once")]:
        (folder / "wrong.txt").write_text(text)
        code, err = refused(folder, capsys, "info", "colours.onnx", "--classes", "wrong.txt")
        assert code == 1 and why in err
    (folder / "wide.txt").write_text("18446744073709551616\n1\n2\n")
    assert "classes: 18446744073709551616, 1, 2" in run(folder, capsys, "info", "colours.onnx", "--classes", "wide.txt")
    (folder / "wrong.txt").write_text("a\0x\na\0y\nc\n")
    assert "end a label at a NUL" in refused(folder, capsys, "info", "colours.onnx", "--classes", "wrong.txt")[1]
    (folder / "wrong.txt").write_bytes(b"\xff\xfe\x00")
    assert "no text in UTF-8" in refused(folder, capsys, "info", "colours.onnx", "--classes", "wrong.txt")[1]


def test_maps_while_channels_go(folder, capsys):
    words = ["colours.onnx", "pictures.npy", "--channels-last", "--mean", "127", "--scale", "1/128", "--row", "5"]
    words += ["--classes", "classes.txt", "--class", CLASSES[1], "--order", "lowest_weight"]
    model = libablate.load(folder / "colours.onnx", classes=CLASSES)
    row = prepared(folder, 127, 1 / 128)[5]
    expected = libablate.remove_channels(model, row, CLASSES[1], order="lowest_weight")
    found = json.loads(run(folder, capsys, "cam", *words, "--json"))
    assert found["label"] == CLASSES[1] and found["channels"] == expected.channels.tolist()
    np.testing.assert_allclose(found["probability"], expected.probabilities, rtol=1e-5)
    np.testing.assert_allclose(found["maps"], expected.maps, rtol=1e-4, atol=1e-5)
    path = folder / "maps.png"
    text = run(folder, capsys, "cam", *words, "--points", "0,2,6", "--out", str(path))
    assert f"written: {path}" in text
    with Image.open(path) as picture:
        assert picture.size[0] > 300
    moving = folder / "maps.gif"
    lines = run(folder, capsys, "cam", *words, "--points", "0,2,6", "--out", str(moving), "--csv", "-")
    assert [int(line["removed"]) for line in csv.DictReader(io.StringIO(lines))] == [0, 2, 6]
    with Image.open(moving) as pictures:
        assert pictures.n_frames == 3
    assert not list(folder.glob(".maps*"))
    link = folder / "link.png"
    link.symlink_to("maps.png")
    before = path.read_bytes()
    run(folder, capsys, "cam", *words, "--points", "0", "--out", str(link))
    assert link.is_symlink() and path.read_bytes() != before


def test_channels_outside_of_a_window(folder, capsys):
    found = json.loads(
        run(folder, capsys, "cam", "digits.onnx", "digits.npz", "--class", "3", "--window=-.2,.2", "--json")
    )
    weights = libablate.cam_weights(libablate.load(folder / "digits.onnx"), 3)
    outside = np.flatnonzero(np.abs(weights) > 0.2)
    assert found["channels"] == sorted(outside.tolist(), key=lambda channel: -abs(weights[channel]))


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["--class", "ten"], 1, "--class is 'ten'; the model's classes are 0, 1"),
        (["--row", "120"], 1, "--row is 120: "),
        (["--out", "maps.bmp"], 2, "no name that ends in"),
        (["--out", "nowhere/maps.png"], 1, "nowhere: No such file"),
        (["--window", "1,0"], 2, "no window of weights"),
        (["--window", "0,1", "--order", "lowest_weight"], 2, "--window is an order of its own"),
        (["--points", "0,x"], 2, "x is no whole number"),
        (["--points", "0,99"], 1, "99"),
        (["--out", "pipe.png"], 2, "a device or a pipe"),
        (["--out", "loop.png"], 1, "loop.png: Too many levels of symbolic links"),
        (["--csv", "loop.png"], 1, "loop.png: Too many levels of symbolic links"),
        (["one.npy"], 1, "one.npy holds one value"),
    ],
)
def test_what_maps_are_not_of(folder, capsys, words, code, why, monkeypatch):
    monkeypatch.chdir(folder)
    if not (folder / "pipe.png").exists():
        os.mkfifo(folder / "pipe.png")
        (folder / "loop.png").symlink_to("loop.png")
        np.save(folder / "one.npy", np.float32(3))
    found, err = refused(folder, capsys, "cam", "digits.onnx", "digits.npz", *words)
    assert found == code and why in err


def test_a_dissection(folder, capsys):
    words = ["digits.onnx", "digits.npz", "--layer", "1", "--counts", "1,5", "--class", "4", "--class", "9"]
    found = json.loads(run(folder, capsys, "dissect", *words, "--test-fraction", "0.4", "--seed", "3", "--json"))
    assert (found["ranked_rows"], found["test_rows"]) == (72, 48)
    data = np.load(folder / "digits.npz")
    drawn = np.random.default_rng(3).permutation(120)
    test, ranked = np.sort(drawn[:48]), np.sort(drawn[48:])
    model = libablate.load(folder / "digits.onnx")
    expected = libablate.dissect(
        model, data["X"][ranked], data["y"][ranked], data["X"][test], data["y"][test], 1, classes=[4, 9], counts=[1, 5]
    )
    assert {name: found[name] for name in expected.to_dict()} == expected.to_dict()
    lines = list(csv.DictReader(io.StringIO(run(folder, capsys, "dissect", *words, "--csv", "-"))))
    assert [(line["label"], line["count"]) for line in lines] == [("4", "1"), ("4", "5"), ("9", "1"), ("9", "5")]
    assert "ranked on 60 rows, accuracies on 60 others" in run(folder, capsys, "dissect", *words)
    code, err = refused(folder, capsys, "dissect", *words, "--class", "9")
    assert code == 2 and "--class names one twice" in err
    code, err = refused(folder, capsys, "dissect", "digits.onnx", "digits.npz", "--layer", "2")
    assert code == 1 and "output layer" in err
    code, err = refused(
        folder, capsys, "dissect", "digits.onnx", "digits.npz", "--layer", "1", "--test-fraction", "0.001"
    )
    assert code == 1 and "leaves none on one side" in err
