"""What is refused before anything travels."""

import pickle
import sys

import numpy as np
import pytest

import libablate
import libablate.distributed
from libablate.distributed import shares, work


def test_wrong_arguments(client, digits, tmp_path):
    model, x, y = digits.model, digits.x, digits.y
    sweep = libablate.distributed.sweep
    dask_array = pytest.importorskip("dask.array")
    masked = np.ma.masked_array(x, x == x[3, 20])
    wrong = [
        ({"X": masked, "y": y}, ValueError, "^X has masked values"),
        ({"X": lambda begin, end: (masked[begin:end], y[begin:end]), "rows": 9}, ValueError, "X has masked values"),
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
        ({"X": x, "y": y, "items_per_task": 1.5}, TypeError, "items_per_task is a whole number"),
        ({"X": x, "y": y, "threads": -1}, ValueError, "threads is 0 to 256"),
        ({"X": x, "y": y, "kind": "all"}, ValueError, "kind is 'all'"),
        ({"X": x, "y": y, "metrics": "speed"}, ValueError, "metrics has 'speed'"),
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
    with pytest.raises(TypeError, match="model has the type NoneType"):
        sweep(client, None, x, y)
    labels = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], head="multilabel")
    with pytest.raises(libablate.UnsupportedError):
        sweep(client, labels, np.eye(2), np.eye(2))


def test_wrong_clients(digits, monkeypatch):
    distributed = pytest.importorskip("distributed")
    sweep, rest = libablate.distributed.sweep, (digits.model, digits.x, digits.y)
    with pytest.raises(TypeError, match="'tcp://nowhere:8786'"):
        sweep("tcp://nowhere:8786", *rest)
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster:
        with distributed.Client(cluster) as empty, pytest.raises(ValueError, match="no workers"):
            sweep(empty, *rest)
        with pytest.raises(ValueError, match="closed"):
            sweep(empty, *rest)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match="python -m pip install distributed"):
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
