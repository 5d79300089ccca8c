"""Files are written whole or not at all, and a command whose output is lost fails."""

import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import libablate
from libablate.command_line.main import main
from libablate.files.whole import write_whole

# No file may grow: writes fail as those on a full disk do.
LIMITED = """
import resource, sys
from libablate.command_line.main import main

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def folder(tiny, tmp_path):
    """A network, rows and labels."""
    tiny.save(tmp_path / "network.onnx")
    np.save(tmp_path / "x.npy", np.eye(2, dtype=np.float32))
    np.save(tmp_path / "y.npy", [0, 1])
    return tmp_path


ROWS = ["network.onnx", "x.npy", "y.npy"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["report", *ROWS, "--out", "page.html"], "page.html"),
        (["sweep", *ROWS, "--csv", "units.csv", "--metrics", "log_loss,margin,kl_divergence"], "units.csv"),
        (["prune", "network.onnx", "--units", "0:1", "--out", "smaller.onnx"], "smaller.onnx"),
    ],
)
def test_a_file_that_cannot_be_written_to_its_end(folder, arguments, name):
    if arguments[0] == "report":
        pytest.importorskip("plotly")
    (folder / name).write_text("what was there before")
    before = sorted(folder.iterdir())
    done = subprocess.run([sys.executable, "-c", LIMITED, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1 and "written" not in done.stdout, done.stderr
    assert name in done.stderr and "File too large" in done.stderr and "Traceback" not in done.stderr
    assert (folder / name).read_text() == "what was there before" and sorted(folder.iterdir()) == before


@pytest.mark.parametrize("arguments", [["sweep", *ROWS, "--json"], ["sweep", "--help"], ["reproduce", "--help"]])
def test_output_that_cannot_be_written_to_its_end(folder, arguments):
    with (folder / "output").open("w") as output:
        command = [sys.executable, "-c", LIMITED, *arguments]
        done = subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and done.stderr == "ablate: [Errno 27] File too large\n"


def test_a_study_that_cannot_be_written_to_its_end(tmp_path):
    pytest.importorskip("sklearn")
    command = [sys.executable, "-c", LIMITED, "reproduce", "000", "--quick", "--out", str(tmp_path / "study")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "written" not in done.stdout
    assert "File too large" in done.stderr and "Traceback" not in done.stderr


def test_a_pipe_is_written_to_and_stays(folder, tiny, monkeypatch, capsys):
    pytest.importorskip("plotly")
    pipe, found = folder / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_text("utf-8")))
    reader.start()
    monkeypatch.chdir(folder)
    assert main(["report", *ROWS, "--out", "pipe"]) == 0
    reader.join()
    assert found[0].startswith("<!doctype html>") and pipe.is_fifo()


def test_errors_name_the_file_that_was_asked_for(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "nowhere" / "page", tmp_path / "folder"):
        with pytest.raises(OSError) as error:
            write_whole(path, "text")
        assert error.value.filename == str(path)


def test_numbers_that_c_has_no_room_for(tiny):
    x, y = np.eye(2), [0, 1]
    for count in (10**29, 1 << 64, -1):
        calls = [
            lambda count=count: libablate.sweep(tiny, x, y, threads=count),
            lambda count=count: libablate.greedy(tiny, x, y, layer=0, threads=count),
            lambda count=count: libablate.curves(tiny, x, y, [[(0, 1)]], threads=count),
            lambda count=count: libablate.shapley(tiny, x, y, threads=count),
            lambda count=count: libablate.profile(tiny, x, threads=count),
            lambda count=count: libablate.quantile_edges(tiny, x, 0, threads=count),
            lambda count=count: libablate.prune(tiny, {0: 1}, threads=count),
            lambda count=count: libablate.diff(tiny, tiny, x, threads=count),
            lambda count=count: libablate.Reference(tiny, x, threads=count),
            lambda count=count: libablate.from_weights([(np.eye(2), None)], threads=count).scores(x),
        ]
        for call in calls:
            with pytest.raises(ValueError, match=f"threads is 0 to 256, not {count}"):
                call()
    with pytest.raises(ValueError, match="changed_row_limit"):
        libablate.sweep(tiny, x, y, changed_row_limit=-1)
    with pytest.raises(ValueError, match="permutations"):
        libablate.shapley(tiny, x, y, permutations=1 << 64)


def test_dictionaries_hold_none_in_place_of_nan(digits, diabetes):
    model, x, y = digits.model, digits.x, digits.y
    pairs = libablate.pairs(model, x, y, layers=1, progress=False)
    found = {
        "diff": libablate.diff(diabetes.model, diabetes.model, diabetes.x).result,
        "curves": libablate.curves(model, x, y, [(1, 0), (1, 1)], progress=False),
        "profile": libablate.profile(model, x, measures="entropy", progress=False),
        "pairs": pairs,
        "judgements": libablate.judge(pairs),
    }
    said = {name: result.to_dict() for name, result in found.items()}
    assert said["diff"]["agreement"] is None and said["curves"]["deviations"] == [None] * 3
    assert said["pairs"]["results"][0]["interaction"] is None and np.isnan(found["diff"].agreement)
    for document in said.values():
        json.dumps(document, allow_nan=False)
