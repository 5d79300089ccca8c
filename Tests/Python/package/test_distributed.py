"""Sweeps on a Dask cluster of processes: the bits of one process, whatever is killed, lost or late."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

import libablate
import libablate.distributed
from libablate.distributed import counts, rows, shares, tasks, work

distributed = pytest.importorskip("distributed", reason="Dask's distributed is not installed")
dask_array = pytest.importorskip("dask.array", reason="Dask is not installed")


@contextmanager
def cluster_of(workers):
    options = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as found:
        yield found


@pytest.fixture(scope="module")
def client():
    with cluster_of(2) as found:
        yield found


@pytest.fixture(scope="module")
def mortals():
    """A cluster whose workers are killed. Dask starts them again, unless they are killed as soon as they are up."""
    with cluster_of(3) as found:
        yield found


def assert_same(found, expected):
    """Everything that can be read of two sweeps, but for the cost."""
    assert (found.kind, found.metrics, len(found)) == (expected.kind, expected.metrics, len(expected))
    assert found.table.tobytes() == expected.table.tobytes()
    assert repr(found.intact) == repr(expected.intact) and found.rows > 0
    assert found._strongest(3) == expected._strongest(3)
    for key in (None, *range(len(expected))):
        if "confusion" in expected.metrics:
            assert np.array_equal(found.confusion(key), expected.confusion(key))
        if "class_probabilities" in expected.metrics:
            assert found.class_probabilities(key).tobytes() == expected.class_probabilities(key).tobytes()
        if "changed_rows" in expected.metrics and key is not None:
            assert np.array_equal(found.changed_rows(key), expected.changed_rows(key))


EVERYTHING = "confusion log_loss label_probability kl_divergence margin class_probabilities changed_rows".split()


@pytest.mark.parametrize("items_per_task", [None, 5])
@pytest.mark.parametrize("replacement", ["zero", "dead", "mean", "resample", 0.25])
def test_units(client, digits, replacement, items_per_task):
    # A permutation of rows has none of the output layer.
    layers = [0, 1] if replacement == "resample" else [2, 0]
    x, y = digits.x[:130], digits.y[:130]
    options = {"layers": layers, "replacement": replacement, "metrics": EVERYTHING, "changed_row_limit": 3}
    options |= {"first_row": 70, "reference": digits.x[100:300], "progress": False}
    expected = libablate.sweep(digits.model, x, y, **options)
    options |= {"rows_per_task": 47, "items_per_task": items_per_task}
    found = libablate.distributed.sweep(client, digits.model, x, y, **options)
    assert_same(found, expected)
    assert found.model is digits.model
    with found.ablation(0) as ablated, expected.ablation(0) as other:
        assert ablated.scores(x).tobytes() == other.scores(x).tobytes()
    # It is a sweep like any other.
    found.merge(expected)
    assert found.rows == 260


ORDER = [(1, 4), (0, 2), (1, 0)]
KINDS = {
    "synapses": {"order": [(1, 3), (2, 0), (1, 5)]},
    "outgoing_synapses": {"order": [(0, 7), (1, 1)]},
    "inputs": {"replacement": "mean"},
    "pairs": {"layers": [0, 1]},
    "cumulative": {"order": ORDER, "replacement": "mean"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(client, digits, kind):
    options = KINDS[kind] | {"progress": False}
    x, y = digits.x[:90], digits.y[:90]
    reference = {"reference": x} if "replacement" in options else {}
    expected = libablate.Sweep(digits.model, kind, **options, **reference).feed(x, y)
    # By default, the reference is X.
    assert_same(
        libablate.distributed.sweep(client, digits.model, x, y, kind=kind, rows_per_task=41, **options), expected
    )
    options["items_per_task"] = 13
    if "synapses" in kind:
        found = libablate.distributed.sweep(client, digits.model, x, y, kind=kind, rows_per_task=41, **options)
        assert_same(found, expected)
    elif len(expected) > 13:
        with pytest.raises(ValueError, match=f"{kind} cannot be shared out"):
            libablate.distributed.sweep(client, digits.model, x, y, kind=kind, **options)


def test_masks(client, digits):
    model, x, y = digits.model, digits.x, digits.y
    ablations = [model.ablate({0: [1, 2]}, replacement=0.25), model.ablate(synapses=[(0, 0, 20)])]
    ablations += [model.ablate({0: {3: 0.5, 4: "dead"}, 1: "all"}), model.ablate({1: slice(3)})]
    expected = libablate.masks(model, ablations, x, y, metrics=EVERYTHING, progress=False)
    for items in (None, 3):
        options = {"masks": iter(ablations), "metrics": EVERYTHING, "progress": False, "items_per_task": items}
        found = libablate.distributed.sweep(client, model, x, y, kind="masks", **options)
        assert_same(found, expected)
        assert found.ablation(2) is ablations[2]
    with model.ablate({0: 1}, replacement="mean", reference=x) as drawing, pytest.raises(ValueError, match="reference"):
        libablate.distributed.sweep(client, model, x, y, kind="masks", masks=[drawing])


def test_a_regression(client, diabetes):
    expected = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    for items in (None, 5):
        options = {"rows_per_task": 77, "items_per_task": items, "progress": False}
        assert_same(libablate.distributed.sweep(client, diabetes.model, diabetes.x, diabetes.y, **options), expected)


def test_class_labels_and_images(client):
    rng = np.random.default_rng(4)
    weights = rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3), "relu"
    layers = [libablate.Convolution(*weights), libablate.Pooling("global_average"), (rng.normal(size=(2, 3)), None)]
    model = libablate.from_weights(layers, input_shape=(2, 6, 6), classes=["cat", "dog"])
    x = rng.integers(0, 255, (70, 2, 6, 6)).astype(np.uint8)
    y = np.where(rng.random(70) < 0.3, "cat", model.predict(x))
    expected = libablate.sweep(model, x, y, metrics=EVERYTHING, progress=False)
    options = {"metrics": EVERYTHING, "progress": False, "rows_per_task": 23, "items_per_task": 2}
    assert_same(libablate.distributed.sweep(client, model, x, y, **options), expected)
    options = {"replacement": "mean", "layers": 0, "progress": False}
    expected = libablate.sweep(model, x, y, **options)
    chunked = dask_array.from_array(x, chunks=(29, 1, 3, 6))
    assert_same(libablate.distributed.sweep(client, model, chunked, y, reference=x, **options), expected)


def sources(digits, folder):
    """The same rows in every way that they can be passed, as arguments."""
    x, y = digits.x, digits.y
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    mapped = np.load(folder / "x.npy", mmap_mode="r")
    chunked = dask_array.from_array(x, chunks=((150, 0, 33, 217), 20))

    def load(begin, end):
        # The first rows come last.
        time.sleep(0.4 if begin == 0 else 0)
        return mapped[begin:end], y[begin:end].astype(str)

    return {
        "memory map": {"X": mapped, "y": y.tolist(), "rows_per_task": 399},
        "path": {"X": str(folder / "x.npy"), "y": folder / "y.npy"},
        "Dask": {"X": chunked, "y": y},
        "Dask in other chunks": {"X": chunked, "y": dask_array.from_array(y, chunks=77), "rows_per_task": 111},
        "function": {"X": load, "rows": 400, "rows_per_task": 90},
        "batches": {"X": iter([(x[:7], y[:7]), (x[7:7], y[7:7]), (x[7:], y[7:])]), "rows_per_task": 300},
    }


@pytest.mark.parametrize("source", ["memory map", "path", "Dask", "Dask in other chunks", "function", "batches"])
def test_where_rows_come_from(client, digits, tmp_path, source):
    options = {"metrics": ["changed_rows", "log_loss"], "replacement": "resample", "progress": False}
    expected = libablate.sweep(digits.model, digits.x, digits.y, reference=digits.x, **options)
    reference = {} if source in ("memory map", "path") else {"reference": tmp_path / "x.npy"}
    given = sources(digits, tmp_path)[source]
    assert_same(libablate.distributed.sweep(client, digits.model, **given, **reference, **options), expected)
    if reference and source != "batches":
        with pytest.raises(ValueError, match="reference="):
            libablate.distributed.sweep(client, digits.model, **given, **options)


def test_batches_are_taken_as_they_are_needed(client, digits):
    taken, done = [], [0]

    def batches():
        for begin in range(0, 400, 20):
            taken.append(begin // 20 + 1 - done[0] // 20)
            yield digits.x[begin : begin + 20], digits.y[begin : begin + 20]

    def progress(rows_done, total):
        assert total is None
        done[0] = rows_done

    found = libablate.distributed.sweep(client, digits.model, batches(), progress=progress)
    assert found.rows == done[0] == 400 and max(taken) <= 2 * tasks.AHEAD + 1


# ---- what goes wrong on the way ----


@pytest.mark.parametrize("items_per_task", [None, 20])
def test_killed_workers(mortals, digits, items_per_task):
    options = {"metrics": ["changed_rows", "log_loss"], "replacement": "resample"}
    expected = libablate.sweep(digits.model, digits.x, digits.y, progress=False, **options)
    killed = []

    def progress(done, total):
        # As if a machine lost power.
        if done >= 80 and not killed:
            killed.append(min(mortals.run(os.getpid).values()))
            os.kill(killed[0], signal.SIGKILL)

    options |= {"rows_per_task": 20, "items_per_task": items_per_task, "progress": progress}
    found = libablate.distributed.sweep(mortals, digits.model, digits.x, digits.y, **options)
    assert_same(found, expected)
    assert killed and killed[0] not in mortals.run(os.getpid).values()


def test_a_worker_that_dies_at_a_task(mortals, digits, tmp_path):
    x, y, mark = digits.x, digits.y, tmp_path / "was here"

    def load(begin, end):
        if begin == 100 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return x[begin:end], y[begin:end]

    options = {"rows": 400, "rows_per_task": 50, "progress": False}
    found = libablate.distributed.sweep(mortals, digits.model, load, **options)
    assert_same(found, libablate.sweep(digits.model, x, y, progress=False))
    assert mark.exists()


def test_a_task_that_kills_its_workers(mortals, digits):
    def load(begin, end):
        os.kill(os.getpid(), signal.SIGKILL)

    # The fourth by default.
    mortals.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 0))
    with pytest.raises(distributed.KilledWorker):
        libablate.distributed.sweep(mortals, digits.model, load, rows=10, progress=False)


def assert_idle(client):
    """No task is left on the cluster."""
    for _ in range(200):
        if client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) == 0:
            return
        time.sleep(0.1)
    pytest.fail("tasks are left")


def slowly(begin, end):
    time.sleep(1)
    return np.zeros((end - begin, 64), np.float32), np.zeros(end - begin, int)


def test_ctrl_c(client, digits):
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        libablate.distributed.sweep(client, digits.model, slowly, rows=100, rows_per_task=1, progress=False)
    timer.join()
    # All of it would take 50 seconds.
    assert time.monotonic() - begin < 40
    assert_idle(client)


def test_progress(client, digits, monkeypatch, capsys):
    seen = []
    options = {"rows_per_task": 70, "items_per_task": 20}
    x, y = digits.x, digits.y
    progress = {"progress": lambda done, total: seen.append((done, total))}
    libablate.distributed.sweep(client, digits.model, x, y, **options, **progress)
    assert seen[-1] == (400, 400) and seen == sorted(seen) and len(seen) == 12 + 6
    with pytest.raises(libablate.CancelledError, match="progress"):
        libablate.distributed.sweep(client, digits.model, x, y, progress=lambda done, total: done > 100, **options)
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


# ---- what is refused before anything travels ----


def test_wrong_arguments(client, digits, tmp_path):
    model, x, y = digits.model, digits.x, digits.y
    sweep = libablate.distributed.sweep
    wrong = [
        ({"X": x[:0], "y": y[:0]}, ValueError, "no rows"),
        ({"X": iter([])}, ValueError, "no batches"),
        ({"X": x, "y": y[:-1]}, ValueError, r"400 rows take that many labels; y has the shape \(399,\)"),
        ({"X": x[:, :3], "y": y}, ValueError, "rows of 64 values"),
        ({"X": x, "y": y + 3}, ValueError, "model's classes are"),
        ({"X": x}, TypeError, "pass y"),
        ({"X": lambda begin, end: None}, TypeError, "pass rows="),
        ({"X": x, "y": y, "rows": 400}, TypeError, "no function"),
        ({"X": x, "y": y, "rows_per_task": 0}, ValueError, "rows_per_task"),
        ({"X": x, "y": y, "items_per_task": 0}, ValueError, "items_per_task"),
        ({"X": x, "y": y, "kind": "all"}, ValueError, "no sweep of 'all'"),
        ({"X": x, "y": y, "metrics": "speed"}, ValueError, "no metric 'speed'"),
        ({"X": x, "y": y, "layers": 7}, IndexError, "7"),
        ({"X": tmp_path / "none.npy", "y": y}, OSError, "none.npy"),
        ({"X": dask_array.from_array(x), "y": y[:3]}, ValueError, "400 rows take that many labels"),
        ({"X": dask_array.from_array(x), "y": dask_array.from_array(y[:3])}, ValueError, "400 rows"),
        ({"X": dask_array.from_array(x)}, TypeError, "pass y"),
        ({"X": dask_array.from_array(x[:, :3]), "y": y}, ValueError, "rows of 64 values"),
        ({"X": dask_array.from_array(x)[dask_array.from_array(y) > 3], "y": y}, ValueError, "compute_chunk_sizes"),
        ({"X": x, "y": y, "replacement": "mean", "reference": model.reference(x)}, TypeError, "pass the rows"),
    ]
    for arguments, error, text in wrong:
        with pytest.raises(error, match=text):
            sweep(client, model, **arguments)
    labels = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], head="multilabel")
    with pytest.raises(libablate.UnsupportedError):
        sweep(client, labels, np.eye(2), np.eye(2))


def test_wrong_clients(digits, monkeypatch):
    sweep, rest = libablate.distributed.sweep, (digits.model, digits.x, digits.y)
    with pytest.raises(TypeError, match="'tcp://nowhere:8786'"):
        sweep("tcp://nowhere:8786", *rest)
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster:
        with distributed.Client(cluster) as empty, pytest.raises(ValueError, match="no workers"):
            sweep(empty, *rest)
        with pytest.raises(ValueError, match="closed"):
            sweep(empty, *rest)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'libablate\[distributed\]'"):
        sweep(None, *rest)


def test_workers_without_libablate(client, digits):
    def hide():
        sys.modules["hidden"], sys.modules["libablate"] = __import__("libablate"), None

    def show():
        sys.modules["libablate"] = sys.modules.pop("hidden")

    (name, *_) = client.nthreads()
    client.run(hide, workers=[name])
    try:
        with pytest.raises(ImportError, match=f"worker {name} has no libablate, pip install libablate"):
            libablate.distributed.sweep(client, digits.model, digits.x, digits.y)
    finally:
        client.run(show, workers=[name])


def test_workers_with_another_libablate(client, digits, monkeypatch):
    travelling = pickle.dumps(work.Work(digits.model, [shares.Share("units")], libablate.Replacement(), None, {}))
    pickle.loads(travelling).sweep(shares.Share("units"), 0, 1)
    ours = libablate.__version__
    monkeypatch.setattr(work, "__version__", "0.0.7")
    with pytest.raises(ValueError, match=f"has libablate {ours}, and the client 0.0.7"):
        libablate.distributed.sweep(client, digits.model, digits.x, digits.y)
    # One that joins later.
    with pytest.raises(RuntimeError, match=f"this worker has libablate 0.0.7, and the client {ours}"):
        pickle.loads(travelling).sweep(shares.Share("units"), 0, 1)
    monkeypatch.undo()
    monkeypatch.setattr(work, "isa", lambda: "v3" if libablate.isa() == "baseline" else "baseline")
    with pytest.raises(ValueError, match="ABLATE_ISA=baseline"):
        libablate.distributed.sweep(client, digits.model, digits.x, digits.y)


# ---- the parts ----


def test_shares(digits):
    for kind, order in [("units", None), ("synapses", None), ("outgoing_synapses", ((0, 3), (1, 2), (0, 9)))]:
        every = shares.Share(kind, order=order)
        plan = work.Work(digits.model, [every], libablate.Replacement(), None, {"metrics": ()})
        whole = plan.sweep(every, 0, 1)
        for items in (7, 24, 30):
            parts = [plan.sweep(share, 0, 1) for share in shares.shares(digits.model, every, items)]
            assert sum(map(len, parts)) == len(whole)
            most = {"units": 1, "synapses": 64, "outgoing_synapses": 12}[kind]
            assert max(map(len, parts)) <= max(items, most)
            if kind != "units":
                names = [(r.layer, r.unit, r.input) for part in parts for r in part]
                assert names == [(r.layer, r.unit, r.input) for r in whole]


def test_shares_of_different_rows_are_not_joined(digits):
    parts = [libablate.Sweep(digits.model, layers=layer) for layer in (0, 1)]
    parts[0].feed(digits.x, digits.y)
    parts[1].feed(digits.x[:5], digits.y[:5])
    with pytest.raises(RuntimeError, match="different rows"):
        counts.join(libablate.Sweep(digits.model), parts)


def test_rows_of_a_task():
    assert rows.step_of(1_000_000, 64, None, 10) == 25_000
    assert rows.step_of(1_000_000, 64, 7, 10) == 7
    assert rows.step_of(100, 64, None, 10) == rows.FEWEST
    assert rows.step_of(10**9, 1 << 20, None, 1) == 4


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
    assert "on 2 workers" in done.stderr and "Error" not in done.stderr
