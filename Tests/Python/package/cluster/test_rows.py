"""Where rows come from, and how many are on their way."""

import time

import numpy as np
import pytest

import libablate
import libablate.distributed
from libablate.distributed import tasks

from .expectations import assert_same


def sources(digits, folder):
    """The same rows in every way that they can be passed, as arguments."""
    dask_array = pytest.importorskip("dask.array")
    x, y = digits.x, digits.y
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    mapped = np.load(folder / "x.npy", mmap_mode="r")
    chunked = dask_array.from_array(x, chunks=((150, 0, 33, 217), 20))

    def load(begin, end):
        (folder / str(begin)).touch()
        # The first rows come last, unless a lone worker has them.
        for _ in range(500):
            if begin or (folder / "180").exists():
                break
            time.sleep(0.01)
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
    assert found.rows == done[0] == 400 and max(taken) <= len(client.nthreads()) * tasks.AHEAD + 1
