"""Workers that die: last of the folder, since Dask starts none again that is killed as soon as it is up."""

import os
import signal

import pytest

import libablate
import libablate.distributed

from .expectations import assert_same


@pytest.mark.parametrize("items_per_task", [None, 20])
def test_killed_workers(client, digits, items_per_task):
    options = {"metrics": ["changed_rows", "log_loss"], "replacement": "resample"}
    x, y = digits.x[:160], digits.y[:160]
    expected = libablate.sweep(digits.model, x, y, progress=False, **options)
    killed = []

    def progress(done, total):
        # As if a machine lost power.
        if done >= 40 and not killed:
            killed.append(min(client.run(os.getpid).values()))
            os.kill(killed[0], signal.SIGKILL)

    options |= {"rows_per_task": 20, "items_per_task": items_per_task, "progress": progress}
    found = libablate.distributed.sweep(client, digits.model, x, y, **options)
    assert_same(found, expected)
    assert killed and killed[0] not in client.run(os.getpid).values()


def test_a_worker_that_dies_at_a_task(client, digits, tmp_path):
    x, y, mark = digits.x, digits.y, tmp_path / "was here"

    def load(begin, end):
        if begin == 100 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return x[begin:end], y[begin:end]

    options = {"rows": 400, "rows_per_task": 50, "progress": False}
    found = libablate.distributed.sweep(client, digits.model, load, **options)
    assert_same(found, libablate.sweep(digits.model, x, y, progress=False))
    assert mark.exists()


def test_a_task_that_kills_its_workers(client, digits):
    distributed = pytest.importorskip("distributed")

    def load(begin, end):
        os.kill(os.getpid(), signal.SIGKILL)

    def allow(failures):
        client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", failures))

    allow(0)
    try:
        with pytest.raises(distributed.KilledWorker):
            libablate.distributed.sweep(client, digits.model, load, rows=10, progress=False)
    finally:
        # As Dask has it.
        allow(3)
