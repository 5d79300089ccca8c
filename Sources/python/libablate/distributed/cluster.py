"""The cluster: whether it can count for this process."""

from __future__ import annotations

from typing import Any, Callable

from .._brief import brief
from .work import differs, here


class Cluster:
    """A Dask client that is connected to workers with the same libablate."""

    def __init__(self, client: Any) -> None:
        try:
            import distributed
        except ImportError as error:
            raise ImportError("sweeps on a cluster take Dask: python -m pip install distributed") from error
        if not isinstance(client, distributed.Client):
            raise TypeError(f"client is a distributed.Client, not {brief(client)}: pass Client(address)")
        if client.asynchronous:
            raise TypeError("the client is asynchronous: pass a Client made without asynchronous=True")
        if client.status != "running":
            raise ValueError(f"the client is {client.status}")
        self.client: Any = client
        if not self.threads():
            raise ValueError("the cluster has no workers: start some, and wait with client.wait_for_workers(1)")
        self._check()

    def threads(self) -> int:
        """How many tasks the workers do at once."""
        return sum(self.client.nthreads().values())

    def _check(self) -> None:
        """Raises an error unless all have the same libablate; workers that join later check themselves."""
        probe = travelling_probe()
        found = self.client.run(probe, on_error="return")
        # The scheduler unpacks tasks to look at them.
        found = {"the scheduler": self.client.run_on_scheduler(probe), **{f"worker {k}": v for k, v in found.items()}}
        for name, answer in found.items():
            if isinstance(answer, BaseException):
                raise RuntimeError(f"{name} does not answer: {answer}") from answer
            if isinstance(answer, str):
                raise ImportError(f"{name} has no libablate, pip install libablate there: {answer}")
            complaint = differs(here(), answer)
            # What the scheduler computes with does not matter.
            if complaint and (name != "the scheduler" or answer[0] != here()[0]):
                raise ValueError(f"{name} {complaint}")


def travelling_probe() -> Callable[[], Any]:
    """A function that travels as code, since machines without libablate have to run it, too."""

    def probe() -> Any:
        try:
            import libablate
        except ImportError as error:
            return str(error)
        return libablate.__version__, libablate.isa()

    return probe
