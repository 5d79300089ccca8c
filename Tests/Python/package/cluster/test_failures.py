"""What goes wrong on the way, and what is told of it."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import libablate
import libablate.distributed
from libablate.distributed import tasks

from .expectations import assert_idle


def test_ctrl_c(client, digits, tmp_path):
    here = os.getpid()

    def is_first(*names):
        """Whether a name is left to be taken: each is for one load, on whichever worker."""
        for name in names:
            with contextlib.suppress(FileExistsError):
                (tmp_path / name).touch(exist_ok=False)
                return True
        return False

    def wait_for(name):
        for _ in range(6000):
            if (tmp_path / name).exists():
                break
            time.sleep(0.01)

    def load(begin, end):
        (tmp_path / f"load {begin}").touch()
        if not is_first("first", "second", "third"):
            # One of the workers interrupts a caller who has nothing left to do but to wait, and none goes on before
            # that is seen. In the middle of adding up, Python would at times warn of a file just opened.
            wait_for("added up")
            if is_first("interrupts"):
                os.kill(here, signal.SIGINT)
            wait_for("over")
        return np.zeros((end - begin, 64), np.float32), np.zeros(end - begin, int)

    # Shells start what runs in the background without it.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    options = {"rows_per_task": 1, "progress": lambda done, total: done == 3 and (tmp_path / "added up").touch()}
    try:
        with pytest.raises(KeyboardInterrupt):
            libablate.distributed.sweep(client, digits.model, load, rows=100, **options)
    finally:
        signal.signal(signal.SIGINT, handler)
        (tmp_path / "over").touch()
    assert_idle(client)
    # Three that were done, and those that were ahead.
    assert 1 <= len(list(tmp_path.glob("load *"))) <= 3 + len(client.nthreads()) * tasks.AHEAD


def test_progress(client, digits, monkeypatch, capsys):
    seen = []
    options = {"rows_per_task": 70, "items_per_task": 20}
    x, y = digits.x[:140], digits.y[:140]
    progress = {"progress": lambda done, total: seen.append((done, total))}
    libablate.distributed.sweep(client, digits.model, x, y, **options, **progress)
    assert seen[-1] == (140, 140) and seen == sorted(seen) and len(seen) == 2 * 3
    with pytest.raises(libablate.CancelledError, match="progress"):
        libablate.distributed.sweep(client, digits.model, x, y, progress=lambda done, total: done > 10, **options)
    assert_idle(client)
    pytest.importorskip("tqdm")
    monkeypatch.setattr("libablate._progress.PATIENCE", -1.0)
    libablate.distributed.sweep(client, digits.model, x, y, **options)
    assert "sweep of units: 100%" in capsys.readouterr().err


def test_errors_of_tasks(client, digits):
    x, y = digits.x[:5], digits.y[:5]

    def wrong_label(begin, end):
        return x[begin:end], [11] * (end - begin)

    def broken(begin, end):
        raise ZeroDivisionError("no such file")

    def short(begin, end):
        return x[:1], y[:1]

    with pytest.raises(ValueError, match="rows from 0 on: y has 11 in row 0"):
        libablate.distributed.sweep(client, digits.model, wrong_label, rows=5, progress=False)
    with pytest.raises(ZeroDivisionError, match="no such file"):
        libablate.distributed.sweep(client, digits.model, broken, rows=5, progress=False)
    with pytest.raises(ValueError, match="rows 0 to 5 were asked for, and 1"):
        libablate.distributed.sweep(client, digits.model, short, rows=5, progress=False)
    assert_idle(client)


def test_the_example(digits, repository, tmp_path):
    digits.model.save(tmp_path / "network.onnx")
    np.save(tmp_path / "x.npy", np.round(16 * digits.x).astype(np.uint8))
    np.save(tmp_path / "y.npy", digits.y)
    program = [sys.executable, repository / "Examples" / "Python" / "distributed_sweep.py"]
    arguments = ["network.onnx", "x.npy", "y.npy", "--scale", "1/16", "--log-loss", "--items-per-task", "20"]
    done = subprocess.run([*program, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=400)
    metrics = ["confusion", "log_loss"]
    expected = libablate.sweep(digits.model, digits.x, digits.y, metrics=metrics, progress=False)
    assert (done.returncode, done.stdout) == (0, f"{expected}\n"), done.stderr
    assert "on 2 workers" in done.stderr
