"""The tasks of a sweep on a cluster: a few for each thread at a time.

Everything a task needs is given to the scheduler, which runs again what is lost with a worker. Scattering it to workers
would save the scheduler the memory, but what dies with a worker then is gone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .cluster import Cluster
from .rows import Part
from .work import Work, count, same

# Tasks for each thread of the cluster: one that it does, and one that waits.
AHEAD = 2


@dataclass
class Placed:
    """A part of the rows on the cluster: values or futures of X and y, and how many tasks have not ended with them."""

    part: Part
    X: Any
    y: Any
    left: int

    def release(self) -> None:
        """Lets the cluster forget the rows. They may be a caller's, who goes on with them: nothing is cancelled."""
        for value in (self.X, self.y):
            if hasattr(value, "release"):
                value.release()


class Tasks:
    """Runs tasks; what waits when its `with` block ends is not done any more, since nobody holds a future of it."""

    def __init__(self, cluster: Cluster, work: Work, first_row: int, threads: int) -> None:
        self.work = work
        self._cluster, self._client = cluster, cluster.client
        self._first_row, self._threads = first_row, threads
        # By the future of a task, its share and its rows.
        self._running: dict[Any, tuple[int, Placed]] = {}
        self._work: Any = None

    def run(self, parts: Iterator[Part]) -> Iterator[tuple[int, Part, bytes]]:
        """Each share over each part, in the order they complete: the number of the share, the part, what was found."""
        import distributed

        dask: Any = distributed
        completed = dask.as_completed(loop=self._client.loop)
        self._work = self._submit("work", same, self.work)
        waiting = self._tasks(parts)
        while True:
            ahead = max(1, AHEAD * self._cluster.threads())
            while len(self._running) < ahead and (task := next(waiting, None)) is not None:
                completed.add(self._start(*task))
            if not self._running:
                return
            future = next(completed)
            number, placed = self._running.pop(future)
            placed.left -= 1
            try:
                found = future.result()
            finally:
                future.release()
                if not placed.left:
                    placed.release()
            yield number, placed.part, found

    def _tasks(self, parts: Iterator[Part]) -> Iterator[tuple[int, Placed]]:
        shares = len(self.work.shares)
        for part in parts:
            X, y = part.place(self._client)
            X = self._submit("rows", same, X) if part.travels else X
            placed = Placed(part, X, y, shares)
            for number in range(shares):
                yield number, placed

    def _start(self, number: int, placed: Placed) -> Any:
        begin = placed.part.begin
        arguments = (self._work, number, placed.X, placed.y, begin, self._first_row, self._threads)
        future = self._submit("sweep", count, *arguments)
        self._running[future] = number, placed
        return future

    def _submit(self, name: str, *task: Any) -> Any:
        import dask

        # Dask warns of large arguments, which would better be scattered; not here.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
            return self._client.submit(*task, key=f"libablate_{name}-{uuid.uuid4().hex}", pure=False)

    def __enter__(self) -> Tasks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for future, (_, placed) in self._running.items():
            future.release()
            placed.release()
        self._running.clear()
        if self._work is not None:
            self._work.release()
