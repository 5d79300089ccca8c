"""multiprocessing's fork: sessions and sweeps used before it go on working in the child."""

import multiprocessing
import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest

import libablate._declarations as c
import oracle
from host import Failure, Mask, Model, Session, Sweep, floats
from profile_host import Profile
from surgery_host import Diff
from test_shapley import Shapley


def in_child(work, timeout=60):
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking a process with threads is the point
        child = context.Process(target=lambda: queue.put(work()))
        child.start()
    child.join(timeout)
    hung = child.is_alive()
    if hung:
        child.kill()
        child.join()
    assert not hung, "the child hangs"
    assert child.exitcode == 0
    return queue.get()


@pytest.fixture
def used():
    random = np.random.default_rng(0)
    model = Model.build(oracle.network(random, (30, 64, 5)))
    x, labels = floats(random.normal(size=(2000, 30))), random.integers(0, 5, 2000)
    session = Session(model, 2)
    sweep = Sweep(model, threads=2).feed(x[:1000], labels[:1000])
    return model, x, labels, session, sweep, session.run(x)


def test_a_session_works_on_in_the_child(used):
    _, x, _, session, _, before = used
    assert in_child(lambda: session.run(x).tobytes()) == before.tobytes()
    assert session.run(x).tobytes() == before.tobytes()


def test_a_sweep_works_on_in_the_child(used):
    model, x, labels, _, sweep, _ = used
    whole = Sweep(model, threads=2).feed(x, labels).table()
    assert in_child(lambda: sweep.feed(x[1000:], labels[1000:]).table()) == whole
    assert sweep.feed(x[1000:], labels[1000:]).table() == whole


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_child_forked_by_a_progress_callback(used, threads):
    model, x, labels, *_ = used
    whole = Sweep(model, threads=threads).feed(x, labels).table()
    children = []

    def fork(done, total, user):
        if not children:
            children.append(os.fork())
        return 0

    sweep = Sweep(model, threads=threads, progress=fork)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            sweep.feed(x, labels)
            status = c.OK
        except Failure as failure:
            status = failure.status
    if children == [0]:
        # No test framework here.
        os._exit(42 if status == c.CANCELLED and sweep.intact.rows == 0 else 43)
    assert status == c.OK and sweep.table() == whole
    assert finished(children[0]) == 42


def finished(child):
    """The exit code of a child; it is killed if it hangs."""
    for _ in range(600):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pytest.fail("the child hangs")


def profile_figures(profile):
    return [profile.unit_bits(0, unit) for unit in range(64)]


# Of each: how it is made, how it works, and what it has found.
WORKERS = {
    "profile": (
        lambda model, x, y: Profile(model, "class_means", "taylor", threads=2),
        lambda profile, x, y: profile.feed(x, y),
        profile_figures,
    ),
    "diff": (
        lambda model, x, y: Diff(model, model, masks=(None, Mask(model, [(0, 3), (0, 5)])), threads=2),
        lambda diff, x, y: diff.feed(x, y),
        lambda diff: diff.bits,
    ),
    "shapley": (
        lambda model, x, y: Shapley(model, x[:200], y[:200], threads=2),
        lambda shapley, x, y: shapley.run(40),
        lambda shapley: shapley.table(),
    ),
}


@pytest.mark.parametrize("kind", WORKERS)
def test_other_work_goes_on_in_the_child(used, kind):
    model, x, labels, _, _, _ = used
    make, work, figures = WORKERS[kind]
    halves = (slice(0, 1000), slice(1000, 2000))
    whole, cut = make(model, x, labels), make(model, x, labels)
    for half in halves:
        work(whole, x[half], labels[half])
    work(cut, x[halves[0]], labels[halves[0]])

    def go_on():
        work(cut, x[halves[1]], labels[halves[1]])
        return figures(cut)

    assert in_child(go_on) == figures(whole)
    assert figures(cut) != figures(whole)
    assert go_on() == figures(whole)


def test_a_child_makes_sessions_of_its_own(used):
    model, x, _, _, _, before = used
    assert in_child(lambda: Session(model, 2).run(x).tobytes()) == before.tobytes()


def test_a_second_thread_gets_busy_or_waits_its_turn(used):
    """Never a wrong figure: each call either is refused or gives the right bits."""
    _, x, _, session, _, before = used
    outcomes = []

    def work():
        for _ in range(50):
            try:
                outcomes.append(session.run(x).tobytes() == before.tobytes())
            except Failure as failure:
                outcomes.append(failure.status == c.BUSY and "session" in failure.text)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 150 and all(outcomes)
