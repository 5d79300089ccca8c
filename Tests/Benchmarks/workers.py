"""One process per contender and thread count: libraries cannot share a process without sharing threads and settings."""

import importlib
import multiprocessing
import os
import time

# Read by OpenBLAS, OpenMP and MKL when they are loaded.
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Worker:
    """Contender `name` of module `module`, in a process of its own."""

    def __init__(self, module, name, threads):
        old = {variable: os.environ.get(variable) for variable in THREAD_VARIABLES}
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, module, name, threads), daemon=True)
        self.process.start()
        theirs.close()
        for variable, value in old.items():
            os.environ.pop(variable)
            if value is not None:
                os.environ[variable] = value

    def ask(self, *question):
        """An answer, or RuntimeError with what went wrong there."""
        try:
            self.connection.send(question)
            fine, answer = self.connection.recv()
        except (EOFError, BrokenPipeError):
            raise RuntimeError("its process ended") from None
        if not fine:
            raise RuntimeError(answer)
        return answer

    def stop(self):
        self.connection.close()
        self.process.join()


def serve(connection, module, name, threads):
    state = {}
    while True:
        try:
            verb, *arguments = connection.recv()
        except EOFError:
            return
        try:
            if verb == "make":
                make(state, module, name, threads, *arguments)
                connection.send((True, None))
            else:
                connection.send((True, measure(state["contender"], *arguments)))
        except Exception as error:  # Whatever stops a peer is told, and the others go on.
            connection.send((False, f"{type(error).__name__}: {error}".splitlines()[0]))


def make(state, module, name, threads, task, networks):
    if "contender" in state:
        state.pop("contender").close()
    network = networks[task.network]
    state["contender"] = getattr(importlib.import_module(module), name)(task, network, task.items(network), threads)


def measure(contender, picked, seconds):
    """Of one run its times and counts; with `seconds` mean times of as many runs as fit, one at least, after an untimed
    one.
    """
    if not seconds:
        return contender.run(picked)
    begin = time.perf_counter()
    contender.timed(picked)
    repeats = max(1, int(seconds / (time.perf_counter() - begin)))
    times = [contender.timed(picked) for _ in range(repeats)]
    return sum(t[0] for t in times) / repeats, sum(t[1] for t in times) / repeats, None
