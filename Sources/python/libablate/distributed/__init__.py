"""Sweeps over more than one machine, on Dask: the same results, bit for bit, as :func:`libablate.sweep` in one process.

>>> from distributed import Client  # doctest: +SKIP
>>> import libablate, libablate.distributed
>>> client = Client("tcp://scheduler:8786")  # doctest: +SKIP
>>> result = libablate.distributed.sweep(client, model, "/data/x.npy", "/data/y.npy")  # doctest: +SKIP

It takes `pip install distributed` here, and the same libablate on the scheduler and on each worker.

Advice
------
**Is it worth it?** One machine counts 7,000 rows x 392 units of a dense network in less time than a cluster takes to
start. More machines pay for networks with convolutions, figures of every row's probabilities (log-loss and its like),
pairs and synapses, and rows by the million.

**Workers.** A task counts with one thread unless told otherwise, so give Dask a thread for each processor:
``dask worker ADDRESS --nthreads 16`` on a machine of 16. If counts are large (see below), rather ``--nthreads 1`` and
``sweep(..., threads=0)``: one task at a time, with all processors of its machine.

**Rows.** Arrays go from here to the workers in slices, two for each thread at a time, which the scheduler keeps until
they are done. That is fine up to some gigabytes; they need not be float32: pixels as bytes are a quarter of that. For
more, rows need not pass through here at all: give the path of an NPY file that all machines see, a Dask array, or a
function that loads rows on a worker:

>>> def load(begin, end):
...     return store[begin:end] / 255, labels[begin:end]
>>> sweep(client, model, load, rows=10_000_000)  # doctest: +SKIP

**Size of a task.** Each task makes the sweep anew, and sends back the counts of all items: 8 bytes * (3 + classes^2 for
confusion matrices, + 9 for each other figure, 9 * classes^2 for class probabilities) for each, compressed. With the
default there are about four tasks for a thread. A task should take a second or more: if Dask's dashboard shows shorter
ones, raise `rows_per_task`; if memory runs short or a lost worker costs too much, lower it.

**Few rows, many items.** `items_per_task` shares out the items, too: layers, and units within a layer; the units whose
synapses are swept; masks. Parts of a layer are swept as masks, which take several times as long as a whole layer when
only predictions are counted: rather cut rows, as long as there are enough of them.

**Workers that die** cost the tasks that they were at, which others do again; a task that has seen four workers die
ends the sweep; while there is no worker at all, it waits for one. Nothing is counted twice: counts are added here, each
task's once. If this process or the scheduler dies, all is lost: for runs of days sweep parts of the rows, each with its
`first_row`, `save` them, and in the end `load` and `merge`.

**The same bits.** Counts are integers and other figures exact sums, so it does not matter who counted what, when. Only
`cost` may differ with `items_per_task`, which tells how hard it was. Processors without fused multiply-add round
differently; workers that mix both kinds are refused: ABLATE_ISA=baseline makes all alike.
"""

from .sweeps import sweep

__all__ = ["sweep"]
