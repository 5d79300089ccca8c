"""Ctrl-C, progress callbacks and bars."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import libablate
from libablate._progress import Watch

# Feeds twice; the second feed interrupts itself from another thread once the library works.
INTERRUPTED = """
    import os, signal, sys, threading
    import numpy as np
    import libablate

    rng = np.random.default_rng(0)
    widths = [64, 128, 128, 10]
    model = libablate.from_weights(
        [(rng.normal(size=(b, a)), rng.normal(size=b), "relu") for a, b in zip(widths, widths[1:])]
    )
    x = rng.random((20_000, 64), np.float32)
    y = model.predict(x)
    working = threading.Event()

    def interrupt():
        working.wait()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    sweep = libablate.Sweep(model, metrics="log_loss", progress=lambda done, total: done > 50 and working.set())
    sweep.feed(x[:50], y[:50])
    try:
        sweep.feed(x, y)
        sys.exit("it was not interrupted")
    except KeyboardInterrupt:
        pass
    counted = sweep.rows - 50
    assert 0 <= counted < len(x)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    sweep.feed(x[:70], y[:70])
    whole = libablate.Sweep(model, metrics="log_loss").feed(x[:50], y[:50])
    whole.feed(x[:counted], y[:counted]).feed(x[:70], y[:70])
    assert sweep.table.tobytes() == whole.table.tobytes()
    print("sane")
"""


def run(code, *arguments):
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_ctrl_c_in_mid_sweep():
    done = run(INTERRUPTED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "sane\n", "")


def test_ctrl_c_in_a_script_ends_it_as_python_does():
    done = run(INTERRUPTED.replace("except KeyboardInterrupt:", "except ZeroDivisionError:"))
    assert done.returncode == -signal.SIGINT and "KeyboardInterrupt" in done.stderr
    assert "ignored" not in done.stderr


def test_a_handler_that_raises_something_else(digits):
    def handle(number, frame):
        raise InterruptedError("stop")

    previous = signal.signal(signal.SIGINT, handle)
    try:
        sweep = libablate.Sweep(digits.model, progress=lambda done, total: signal.raise_signal(signal.SIGINT))
        with pytest.raises(InterruptedError):
            sweep.feed(digits.x, digits.y)
        assert signal.getsignal(signal.SIGINT) is handle
    finally:
        signal.signal(signal.SIGINT, previous)


def test_a_handler_that_raises_nothing_stops_nothing(digits):
    seen = []
    previous = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        sweep = libablate.Sweep(digits.model, progress=lambda done, total: signal.raise_signal(signal.SIGINT))
        assert sweep.feed(digits.x, digits.y).rows == 400 and seen
    finally:
        signal.signal(signal.SIGINT, previous)


def test_a_callback_sees_rows_and_cancels(digits):
    seen = []
    sweep = libablate.Sweep(digits.model, progress=lambda done, total: seen.append((done, total)))
    sweep.feed(digits.x, digits.y)
    assert seen[-1] == (400, 400) and seen == sorted(seen)
    stopped = libablate.Sweep(digits.model, progress=lambda done, total: True)
    with pytest.raises(libablate.CancelledError):
        stopped.feed(digits.x, digits.y)
    assert stopped.rows == 0


def test_blocks_before_a_cancel_are_counted(digits, monkeypatch):
    monkeypatch.setattr("libablate._feeding.FIRST_ROWS", 100)
    monkeypatch.setattr("libablate._feeding.SHORT", np.inf)
    sweep = libablate.Sweep(digits.model, progress=lambda done, total: done > 100)
    with pytest.raises(libablate.CancelledError, match="rows that are counted: 100"):
        sweep.feed(digits.x, digits.y)
    assert sweep.rows == 100
    first = libablate.Sweep(digits.model, progress=False).feed(digits.x[:100], digits.y[:100])
    assert sweep.table.tobytes() == first.table.tobytes()


@pytest.mark.parametrize(
    "short, long, ends",
    [
        (np.inf, np.inf, [100, 300, 400]),
        (-1, np.inf, [100, 200, 300, 400]),
        (-1, -1, [100, 150, 175, 187, 193, 196, *range(197, 401)]),
    ],
)
def test_blocks_are_of_as_many_rows_as_take_a_while(digits, monkeypatch, short, long, ends):
    monkeypatch.setattr("libablate._feeding.FIRST_ROWS", 100)
    monkeypatch.setattr("libablate._feeding.SHORT", short)
    monkeypatch.setattr("libablate._feeding.LONG", long)
    seen = []
    sweep = libablate.Sweep(digits.model, progress=lambda done, total: seen.append(done))
    sweep.feed(digits.x, digits.y)
    assert set(ends) <= set(seen) and seen == sorted(seen)
    whole = libablate.Sweep(digits.model, progress=False).feed(digits.x, digits.y)
    assert sweep.table.tobytes() == whole.table.tobytes()


def test_what_a_callback_raises_comes_out(digits):
    def fail(done, total):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        libablate.sweep(digits.model, digits.x, digits.y, progress=fail)


def test_interrupted_row_numbers_go_on(digits):
    answers = iter([False] * 1000)
    options = {"metrics": "changed_rows", "replacement": "resample", "reference": digits.x, "first_row": 7}
    sweep = libablate.Sweep(digits.model, progress=lambda done, total: next(answers), **options)
    whole = libablate.Sweep(digits.model, progress=False, **options).feed(digits.x, digits.y)
    sweep.feed(digits.x[:150], digits.y[:150])
    answers = iter([True])
    with pytest.raises(libablate.CancelledError):
        sweep.feed(digits.x[150:], digits.y[150:])
    answers = iter([False] * 1000)
    sweep.feed(digits.x[150:], digits.y[150:])
    assert sweep.table.tobytes() == whole.table.tobytes()
    assert all(np.array_equal(sweep.changed_rows(i), whole.changed_rows(i)) for i in range(len(sweep)))


def test_greedy_elimination_returns_the_steps_that_were_done(digits):
    done = libablate.greedy(digits.model, digits.x, digits.y, layer=1, progress=lambda done, total: done >= 3)
    whole = libablate.greedy(digits.model, digits.x, digits.y, layer=1, progress=False)
    assert not done.complete and 3 <= len(done) < 12
    assert done.units.tolist() == whole.units.tolist()[: len(done)]


def test_a_bar_shows_what_takes_long(digits, monkeypatch, capsys):
    pytest.importorskip("tqdm")
    monkeypatch.setattr("libablate._progress.PATIENCE", -1.0)
    libablate.sweep(digits.model, digits.x, digits.y)
    assert "sweep of units: 100%" in capsys.readouterr().err
    libablate.sweep(digits.model, iter([(digits.x, digits.y)] * 2))
    assert "800 rows" in capsys.readouterr().err
    libablate.sweep(digits.model, digits.x, digits.y, progress=False)
    assert capsys.readouterr().err == ""


def test_a_bar_of_what_is_stopped_stays_where_it_was(monkeypatch, capsys):
    """The rows of the call that was stopped do not count, but a bar that went back had a rate below 0."""
    pytest.importorskip("tqdm")
    monkeypatch.setattr("libablate._progress.PATIENCE", -1.0)
    watch = Watch(True, "sweep", "rows")
    with watch.work(1000), watch.part(1000):
        assert watch.callback(400, 1000, None) == 0
        bar = watch._bar
        signal.raise_signal(signal.SIGINT)
        assert watch.callback(500, 1000, None) == 1
    assert bar.n == 400 and "sweep:  40%" in capsys.readouterr().err.splitlines()[-1]
    with pytest.raises(KeyboardInterrupt):
        watch.raise_kept()


def test_without_tqdm_nothing_is_shown(digits, monkeypatch, capsys):
    monkeypatch.setattr("libablate._progress.PATIENCE", -1.0)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert libablate.sweep(digits.model, digits.x, digits.y).rows == 400
    assert capsys.readouterr().err == ""


def test_sweeps_in_other_threads_leave_signals_alone(digits):
    found = []

    def work():
        found.append(libablate.sweep(digits.model, digits.x, digits.y).rows)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [400]


@pytest.mark.parametrize("call", ["shapley", "removal", "prune", "greedy"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_forked_by_a_report_between_loops(call):
    """The call ends there as cancelled; the parent goes on. The last report counts, too."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, (60, 3)), np.arange(60) % 2
    dense = libablate.from_weights([(rng.normal(0, 1, (6, 3)), None, "relu"), (rng.normal(0, 1, (2, 6)), None)])
    steps = [
        libablate.Convolution(rng.normal(0, 1, (5, 1, 3, 3)), activation="relu"),
        libablate.Pooling("global_average"),
    ]
    maps = libablate.from_weights([*steps, (rng.normal(0, 1, (4, 5)), None)], input_shape=(1, 9, 9))
    calls = {
        "shapley": lambda how: libablate.shapley(dense, x, y, permutations=4, progress=how),
        "removal": lambda how: libablate.remove_channels(maps, np.ones((1, 9, 9)), progress=how),
        "prune": lambda how: libablate.prune(dense, [(0, 1)], compensation="least_squares", X=x, progress=how),
        "greedy": lambda how: libablate.greedy(dense, x, y, layer=0, progress=how),
    }
    children, ended = [], False

    def fork(done, total):
        if not children and (call == "greedy" or done == total):
            children.append(os.fork())

    try:
        result = calls[call](fork)
        ended = call == "greedy" and not result.complete
    except libablate.CancelledError:
        ended = True
    finally:
        # A child never comes back into the test framework, whatever it met.
        if children == [0]:
            os._exit(7 if ended else 8)
    assert not ended and os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 7
