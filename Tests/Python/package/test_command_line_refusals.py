"""What a user of the commands gets wrong: usage is told as usage, and whatever else is wrong ends in one line."""

import os
import re
from pathlib import Path

import numpy as np
import pandas
import pytest
from idx_files import idx_bytes

import libablate
from libablate.command_line.main import main


@pytest.mark.parametrize(
    "arguments",
    [[], ["nothing"], ["sweep"], ["sweep", "a", "b", "c", "--scale", "1/0"], ["sweep", "a", "b", "--layers"],
     ["sweep", "a", "b", "--replacement", "mode"], ["sweep", "a", "b", "--replacement", "constant=x"],
     ["sweep", "a", "b", "--metrics", "luck"], ["sweep", "a", "b", "--top", "-1"], ["curve", "a", "b", "--by", "luck"],
     ["prune", "a", "--out", "b", "--units", "0:1", "--replacement", "resample=3"],
     ["prune", "a", "--out", "b"], ["prune", "a", "--out", "b", "--units", "3"], ["reproduce", "005", "--out", "x"],
     ["prune", "a", "--out", "b", "--count", "1", "--fraction", "0.5"], ["reproduce", "000"],
     ["sweep", "a", "b", "--threads", "\u00b2"], ["sweep", "a", "b", "--level", "nan"],
     ["report", "a", "b", "c"], ["report", "a", "b", "c", "--out", "x", "--shape", "28"]],
)  # fmt: skip
def test_wrong_usage(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2 and capsys.readouterr().err.startswith("usage: ablate")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["profile", "a", "b", "--bits", "2"], "--bits is for --quantiser uniform or edges, not for own_threshold"),
        (
            ["profile", "a", "b", "--quantiser", "edges", "--low", "1"],
            "--low is for --quantiser uniform, not for edges",
        ),
        (["profile", "a", "b", "--high", "1"], "--high is for --quantiser uniform"),
        (["prune", "a", "--out", "b", "--units", "0:1", "--by", "l1"], "--by is for --count and --fraction"),
        (["prune", "a", "--out", "b", "--units", "0:1", "--needed-first"], "--needed-first is for"),
        (["prune", "a", "--out", "b", "--units", "0:1", "--layers", "0"], "--layers is for"),
        (["prune", "a", "--out", "b", "--units", "0:1", "--seed", "0"], "--seed is for"),
        (["prune", "a", "--out", "b", "--count", "1", "--seed", "3"], "--seed is for --by random, not for --by l1"),
        (["prune", "a", "--out", "b", "--count", "1", "--by", "random", "--needed-first"], "--needed-first is for"),
        (["curve", "a", "b", "--by", "l1,l2", "--seed", "3"], "--seed is for --by random, not for --by l1,l2"),
        (["curve", "a", "b", "--by", "l1", "--seeds", "3"], "--seeds is for --by random, not for --by l1"),
        (["prune", "a", "--out", "./a", "--count", "1"], "--out is the file of MODEL, ./a, which would be lost"),
        (["prune", "a", "b", "c", "--out", "./b", "--count", "1"], "--out is the file of ROWS, ./b, which would be"),
        (["prune", "a", "b", "c", "--out", "../{here}/c", "--count", "1"], "--out is the file of LABELS"),
        (["prune", "a", "b.npz:x", "--out", "b.npz", "--count", "1"], "--out is the file of ROWS"),
        (["report", "a", "b", "c", "--out", "c"], "--out is the file of LABELS"),
        (["diff", "a", "d", "b", "c", "--csv", "d"], "--csv is the file of SECOND"),
        (["sweep", "a", "b", "c", "--csv", "b"], "--csv is the file of ROWS"),
        (["info", "a", "--csv", "a"], "--csv is the file of MODEL"),
        (["prune", "a", "--out", "b", "--count", "1", "--csv", "./b"], "--csv is the file of --out"),
        (["sweep", "a", "b", "--adjustment", "holm"], "--adjustment is for --judge"),
        (["sweep", "a", "b", "--level", "0.1"], "--level is for --judge"),
        (["sweep", "a", "b", "--json", "--csv", "-"], "--json and --csv - both print"),
        (["info", "a", "--json", "--csv", "-"], "--json and --csv - both print"),
        (["sweep", "a", "b", "--scale", "0"], "0 is neither a number other than 0"),
        (["sweep", "a", "b", "--scale", "0/255"], "0/255 is neither a number other than 0"),
        (["sweep", "a", "b", "--kind", "inputs", "--layers", "0"], "--layers is not for --kind inputs"),
        (["sweep", "a", "b", "--kind", "inputs", "--layers", "hidden"], "--layers is not for --kind inputs"),
        (["sweep", "a", "b", "--kind", "inputs", "--replacement", "dead"], "--replacement dead is not for --kind inp"),
        (["sweep", "a", "b", "--kind", "synapses", "--replacement", "mean"], "an ablated synapse counts as 0"),
        (["sweep", "a", "b", "--kind", "pairs", "--layers", "0,1,2"], "of one layer or across two"),
        (["sweep", "a", "b", "--layers", "0,0"], "0,0 has one twice between its commas"),
        (["sweep", "a", "b", "--layers", "0,"], "0, has nothing between its commas"),
        (["sweep", "a", "b", "--metrics", "margin,margin"], "margin,margin has one twice"),
        (["prune", "a", "--out", "b", "--units", "0:1,1:1,0:1"], "0:1,1:1,0:1 has one twice"),
        (["sweep", "a", "b", "--threads", "300"], "300 is no whole number of 0 to 256"),
        (["curve", "a", "b", "--by", "greedy", "--needed-first"], "--needed-first is not for --by greedy"),
        (
            ["prune", "a", "b", "--out", "c", "--count", "1", "--by", "greedy", "--needed-first"],
            "--needed-first is not",
        ),
        (["curve", "a", "b", "--by", "l1,greedy", "--layers", "0,1"], "--by greedy is within one layer"),
        (["curve", "a", "b", "--seed", str(2**64)], f"{2**64} is no whole number"),
        (["curve", "a", "b", "--by", "random", "--seed", str(2**64 - 2)], "is too large for --seeds 10"),
        (["profile", "a", "b", "--quantiser", "edges", "--bits", "40"], "40 is no whole number of 1 to 8"),
        (["profile", "a", "b", "--quantiser", "uniform", "--low", "2", "--high", "1"], "--low is 2, and --high 1"),
        (["profile", "a", "b", "--quantiser", "uniform", "--low", "nan"], "nan is no number"),
        (["shapley", "a", "b", "--tolerance", "-1"], "-1 is no number of 0 or more"),
        (["shapley", "a", "b", "--largest-change", "inf"], "inf is no number of 0 or more"),
        (["shapley", "a", "b", "--top-count", "3", "--measure", "log_loss"], "log_loss takes --largest-change"),
        (["prune", "a", "b", "--out", "c", "--count", "1", "--ridge", "1"], "--ridge is for --compensation least_squ"),
        (["prune", "a", "b", "--out", "c", "--count", "1", "--ridge", "-1"], "-1 is no number of 0 or more"),
        (["prune", "a", "--out", "", "--count", "1"], "--out: an empty text is no name"),
        (
            ["prune", "a", "--out", os.devnull, "--count", "1"],
            f"--out is {os.devnull}, a device or a pipe: name a file",
        ),
        (["report", "a", "b", "--out", ""], "--out: an empty text is no name"),
        (["reproduce", "000", "--out", ""], "--out: an empty text is no name"),
        (["info", "a", "--csv", ""], "--csv: an empty text is no name"),
        (["prune", "a", "--out", "b", "--count", "1", "--by", "effect"], "--by effect takes ROWS and LABELS"),
        (["prune", "a", "--out", "b", "--count", "1", "--replacement", "mean"], "--replacement mean draws from ROWS"),
        (["prune", "a", "--out", "b", "--units", "0:1", "--compensation", "correlated"], "correlated draws from ROWS"),
        (["prune", "a", "--out", "b", "--count", "1", "--scale", "1/255"], "--scale is for ROWS, which are not given"),
        (["prune", "a", "--out", "b", "--count", "1", "--label-column", "0"], "--label-column is for ROWS"),
        (
            "prune a b --out c --count 1 --compensation correlated --replacement mean".split(),
            "--replacement is for --compensation replacement and for --by effect or greedy, not for --compensation",
        ),
    ],
)
def test_options_that_do_not_go_together(capsys, arguments, said):
    """Those that would have no effect, and files that would be lost."""
    with pytest.raises(SystemExit) as stop:
        main([part.format(here=Path.cwd().name) for part in arguments])
    assert stop.value.code == 2 and said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sweep", "network.onnx", "x.npy"], "no labels: name their file after the rows"),
        (["profile", "network.onnx", "x.npy", "--measures", "information"], "no labels"),
        (["sweep", "network.onnx", "nan.npy"], "no labels"),
        (["sweep", "named.onnx", "data.csv"], "no labels"),
        (
            ["sweep", "network.onnx", "named.npz"],
            "no labels: named.npz has no array called y or Y or labels, but X, target; name a file of",
        ),
        (["profile", "network.onnx", "x.npy", "--sort", "taylor_of_mean"], "takes taylor among --measures"),
        (
            ["profile", "network.onnx", "data.npz", "--measures", "taylor", "--sort", "entropy"],
            "takes entropy or information among --measures",
        ),
        (["sweep", "network.onnx", "x.npy", "--label-column", "0"], "x.npy is none"),
        (["sweep", "named.onnx", "data.csv", "y.npy", "--label-column", "0"], "LABELS are given, too"),
    ],
)
def test_wrong_usage_that_files_tell(files, tmp_path, monkeypatch, capsys, arguments, said):
    """Of a file of rows it takes a look inside to know whether it brings labels; rows are not read for it."""
    for path in files.folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    np.save(tmp_path / "nan.npy", np.full_like(files.x, np.nan))
    np.savez(tmp_path / "named.npz", X=files.x, target=files.y)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    printed = capsys.readouterr()
    assert stop.value.code == 2 and said in printed.err and printed.out == ""


@pytest.fixture
def broken(files, tmp_path):
    """Files that a user could give by mistake."""
    (tmp_path / "model.onnx").write_bytes((files.folder / "network.onnx").read_bytes()[:-700])
    (tmp_path / "text.onnx").write_text("not a model")
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "narrow.npy", files.x[:, 1:])
    np.save(tmp_path / "row.npy", files.x[0])
    np.save(tmp_path / "none.npy", files.x[:0])
    np.save(tmp_path / "words.npy", files.x.astype(str))
    np.save(tmp_path / "pictures.npy", np.zeros((400, 8, 8, 3)))
    mean = libablate.Pooling("global_average")
    images = libablate.from_weights(
        [libablate.Convolution(np.ones((2, 3, 1, 1))), mean, (np.eye(2), None)], input_shape=(3, 8, 8)
    )
    images.save(tmp_path / "images.onnx")
    np.save(tmp_path / "complex.npy", files.x.astype(complex))
    holes = files.x.copy()
    holes[17, 3] = np.nan
    np.save(tmp_path / "nan.npy", holes)
    np.save(tmp_path / "few.npy", files.y[1:])
    np.save(tmp_path / "wide.npy", np.zeros((400, 2)))
    np.save(tmp_path / "one_hot.npy", np.eye(10)[files.y])
    (tmp_path / "gaps.csv").write_text("\n".join(["digit 1", "", *["digit 2"] * 398]))
    os.mkfifo(tmp_path / "pipe")
    libablate.from_weights([(np.eye(64), None), (np.ones((1, 64)), None)]).save(tmp_path / "regression.onnx")
    np.save(tmp_path / "no_nine.npy", np.minimum(files.y, 8))
    np.save(tmp_path / "odd.npy", files.y.astype(complex))
    for name, value in (("ten", 10), ("negative", -1), ("half", 1.5), ("nan_label", np.nan)):
        labels = files.y.astype(float)
        labels[5] = value
        np.save(tmp_path / f"{name}.npy", labels)
    whole = idx_bytes(np.zeros((400, 64), np.uint8))
    (tmp_path / "short.idx").write_bytes(whole[:-1])
    (tmp_path / "text.csv").write_text("a,b\n1,two\n")
    pandas.DataFrame(files.x).add_prefix("pixel ").to_csv(tmp_path / "index.csv")
    pandas.Series(files.y, name="digit").to_csv(tmp_path / "index_of_labels.csv")
    (tmp_path / "header.csv").write_text(",".join(f"pixel {k}" for k in range(64)) + "\n")
    return tmp_path


GOOD = ["network.onnx", "x.npy", "y.npy"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["info", "nowhere.onnx"], "nowhere.onnx.*No such file"),
        (["info", "."], "directory"),
        (["info", "model.onnx"], "model.onnx"),
        (["info", "text.onnx"], "text.onnx"),
        (["sweep", "network.onnx", "nowhere.npy", "y.npy"], "nowhere.npy: No such file"),
        (["sweep", "network.onnx", ".", "y.npy"], "Is a directory"),
        (["sweep", "network.onnx", "x.npy", "nowhere.npy"], "nowhere.npy: No such file"),
        (["sweep", "network.onnx", "narrow.npy", "y.npy"], "the model takes rows of 64 values"),
        (["sweep", "network.onnx", "row.npy", "y.npy"], r"shape \(64,\); a single row takes an axis of rows in front$"),
        (["sweep", "network.onnx", "none.npy", "y.npy"], "has no rows"),
        (["sweep", "network.onnx", "words.npy", "y.npy"], "real numbers"),
        (["sweep", "network.onnx", "complex.npy", "y.npy"], "real numbers"),
        (["sweep", "network.onnx", "x.npy", "odd.npy"], "class labels, not complex"),
        (["sweep", "images.onnx", "pictures.npy", "y.npy"], r"\(8, 8, 3\): --channels-last says so$"),
        (["sweep", "network.onnx", "nan.npy", "y.npy"], "has nan in row 17, value 3"),
        (["sweep", "network.onnx", "short.idx", "y.npy"], "25611 bytes long"),
        (["sweep", "network.onnx", "text.csv", "y.npy"], "line 2, column 1 .b.: 'two' is no number"),
        (["sweep", "network.onnx", "header.csv", "y.npy"], "has no rows"),
        (["sweep", "network.onnx", "index.csv", "y.npy"],
         r"index.csv has the shape \(400, 65\); its first column has no name, .*: write it by .*index=False\)$"),
        (["sweep", "network.onnx", "x.npy", "index_of_labels.csv"],
         "2 columns: labels are in one; its first column has no name, as the index of a data frame"),
        (["sweep", "network.onnx", "data.npz:Z", "y.npy"], "no array called 'Z'; there are X, y, more"),
        (["sweep", "network.onnx", "x.npy", "few.npy"], "400 rows, and 399 labels"),
        (["sweep", "network.onnx", "x.npy", "wide.npy"], "shape"),
        (["sweep", "network.onnx", "x.npy", "ten.npy"], "ten.npy has 10.0 in row 5"),
        (["sweep", "network.onnx", "x.npy", "negative.npy"], "negative.npy has -1.0 in row 5"),
        (["sweep", "network.onnx", "x.npy", "half.npy"], "half.npy has 1.5 in row 5"),
        (["sweep", "network.onnx", "data.csv", "--label-column", "digit", "--scale", "1/16"],
         "column digit of data.csv has 'digit [0-9]' in"),
        (["sweep", "named.onnx", "data.npz"], "y of data.npz has [0-9] in row 0"),
        (["sweep", "network.onnx", "x.npy", "nan_label.npy"], "nan_label.npy is NaN in row 5"),
        (["sweep", "network.onnx", "x.npy", "data.csv"], "65 columns: labels are in one"),
        (["sweep", "named.onnx", "data.csv", "--label-column", "colour"],
         "no column 'colour'; there are 65: pixel 0, .*pixel 18, ..., digit$"),
        (["sweep", "named.onnx", "data.csv", "--label-column", "65"], "no column 65: there are 65"),
        (["profile", "named.onnx", "data.csv"], "'digit 0' is no number"),
        (["sweep", "network.onnx", "pipe", "y.npy"], "pipe is a pipe, which can be read only once"),
        (["sweep", "network.onnx", "x.npy", "pipe"], "pipe is a pipe, which can be read only once"),
        (["sweep", "named.onnx", "x.npy", "gaps.csv"], "gaps.csv, line 2 is empty: 400 rows take that many labels"),
        (["sweep", "network.onnx", "x.npy", "one_hot.npy"],
         r"one_hot.npy has the shape \(400, 10\): one for each row; not one-hot rows, but their classes$"),
        *[([*command.split(), "regression.onnx", *GOOD[1:]], "of classifiers with one class per row, not of a regr")
          for command in ("curve", "shapley", "sweep --judge")],
        (["sweep", *GOOD, "--layers", "9"], "there is no layer 9"),
        (["sweep", *GOOD, "--layers", "fc"], "no layer is called 'fc'"),
        (["curve", *GOOD, "--layers", "9"], "there is no layer 9"),
        (["report", *GOOD, "--out", "r.html", "--layers", "fc"], "no layer is called 'fc'"),
        (["sweep", "named.onnx", *GOOD[1:]],
         "y.npy has [0-9]+ in row 0; the model's classes are .*; the numbers of classes do not stand for them$"),
        # Before the work, of which not even the model is read.
        (["sweep", "no.onnx", *GOOD[1:], "--csv", "nowhere/units.csv"], "nowhere: No such file"),
        (["prune", "no.onnx", "--out", "nowhere/s.onnx", "--units", "0:1"], "nowhere: No such file"),
        (["report", "no.onnx", *GOOD[1:], "--out", "nowhere/report.html"], "nowhere: No such file"),
        (["prune", "no.onnx", "--out", "folder", "--units", "0:1"], "folder: Is a directory"),
        (["report", "no.onnx", *GOOD[1:], "--out", "folder"], "folder: Is a directory"),
        (["reproduce", "004", "--data", "nowhere", "--out", "network.onnx"], "network.onnx: Not a directory"),
        (["reproduce", "004", "--data", "nowhere", "--out", "network.onnx/study"], "onnx/study: Not a directory"),
        (["curve", *GOOD, "--by", "greedy"], "within one layer"),
        (["dissect", *GOOD[:2], "no_nine.npy", "--layer", "0"], "cannot be ranked: name others by --class$"),
        (["dissect", *GOOD[:2], "no_nine.npy", "--layer", "0", "--class", "8", "--class", "9"],
         "class 9, for which units cannot be ranked: name others by --class$"),
        (["profile", *GOOD, "--layers", "2", "--sort", "outgoing_l2"], "outgoing_l2 is NaN of all of these units"),
        (["profile", *GOOD, "--quantiser", "uniform"], "^ablate: --low and --high are needed"),
        (["prune", GOOD[0], "--out", "s.onnx", "--units", "0:24"], "no unit 24 of layer 0"),
        (["prune", GOOD[0], "--out", "s.onnx", "--units", "fc:1"], "no layer is called 'fc'"),
        (["prune", GOOD[0], "--out", "s.onnx", "--count", "1", "--layers", "9"], "there is no layer 9"),
        (["prune", GOOD[0], "--out", "s.onnx", "--count", "24"], "--count 24 would leave none of the 24 units of lay"),
        (["prune", GOOD[0], "--out", "s.onnx", "--fraction", "0.01"], "0.01 would remove none of the 24 units"),
        (["report", *GOOD, "--out", "r.html", "--shape", "7x7"], "^ablate: --shape is .* of 64 values in all"),
        (["reproduce", "001", "--data", "nowhere.onnx", "--out", "study"], "nowhere.onnx"),
        (["reproduce", "004", "--data", "nowhere", "--out", "study"], "nowhere lacks train-images-idx3-ubyte"),
    ],
)  # fmt: skip
def test_what_a_user_gets_wrong_ends_in_one_line(files, broken, monkeypatch, capsys, arguments, said):
    for path in files.folder.iterdir():
        (broken / path.name).symlink_to(path)
    monkeypatch.chdir(broken)
    before = sorted(path.name for path in broken.iterdir())
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and printed.err.startswith("ablate: ")
    assert re.search(said, printed.err), printed.err
    assert sorted(path.name for path in broken.iterdir()) == before


def test_nothing_is_put_into_the_folder_of_a_device(files, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    command = ["info", str(files.folder / "network.onnx"), "--csv"]
    assert main([*command, os.devnull]) == 0
    assert main([*command, str(files.folder / "new.csv")]) == 1


@pytest.mark.parametrize("fault", [TypeError, KeyError, IndexError, ZeroDivisionError, AttributeError])
def test_faults_of_the_program_keep_their_traceback(files, monkeypatch, capsys, fault):
    from libablate.command_line import rows

    def broken(*_):
        raise fault("a fault")

    monkeypatch.setattr(rows, "expect_finite", broken)
    with pytest.raises(fault, match="a fault"):
        main(["sweep", *(str(files.folder / name) for name in GOOD)])
    assert capsys.readouterr().err == ""
