"""What tests of sweeps on a cluster expect."""

import time

import numpy as np
import pytest

EVERYTHING = (
    "confusion one_vs_rest log_loss label_probability kl_divergence margin class_probabilities changed_rows".split()
)


def assert_same(found, expected):
    """Everything that can be read of two sweeps, but for the cost."""
    assert (found.kind, found.metrics, len(found)) == (expected.kind, expected.metrics, len(expected))
    assert found.table.tobytes() == expected.table.tobytes()
    assert repr(found.intact) == repr(expected.intact) and found.rows > 0
    assert found._strongest(3) == expected._strongest(3)
    for key in (None, *range(len(expected))):
        if "confusion" in expected.metrics:
            assert np.array_equal(found.confusion(key), expected.confusion(key))
        if "one_vs_rest" in expected.metrics:
            assert np.array_equal(found.one_vs_rest(key), expected.one_vs_rest(key))
        if "class_probabilities" in expected.metrics:
            assert found.class_probabilities(key).tobytes() == expected.class_probabilities(key).tobytes()
        if "changed_rows" in expected.metrics and key is not None:
            assert np.array_equal(found.changed_rows(key), expected.changed_rows(key))


def assert_idle(client):
    """No task is left on the cluster."""
    for _ in range(600):
        if client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) == 0:
            return
        time.sleep(0.1)
    pytest.fail("tasks are left")
