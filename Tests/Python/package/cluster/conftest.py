"""A cluster for all tests of this folder, which is gone before other tests fork or count threads."""

import pytest


@pytest.fixture(scope="package")
def client():
    """A client of three workers with one thread each. Dask starts them again when they die."""
    distributed = pytest.importorskip("distributed", reason="Dask's distributed is not installed")
    pytest.importorskip("dask.array", reason="Dask is not installed")
    options = {"n_workers": 3, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as found:
        yield found
