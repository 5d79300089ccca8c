"""Closing, collecting and sharing what the library holds."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest

import libablate
from libablate._library import library


def test_what_is_closed_is_no_more():
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    sweep, ablated, reference = libablate.Sweep(model), model.ablate({0: 1}), model.reference(np.eye(2))
    for thing, use in [
        (sweep, lambda: sweep.feed(np.eye(2), [0, 1])),
        (sweep, lambda: sweep[0]),
        (ablated, lambda: ablated.predict(np.eye(2))),
        (reference, lambda: reference.means(0)),
        (reference, lambda: model.ablate({0: 1}, replacement="mean", reference=reference)),
        (model, lambda: model.predict(np.eye(2))),
        (model, lambda: model.layers),
        (model, lambda: libablate.Sweep(model)),
    ]:
        thing.close()
        thing.close()
        assert thing.closed
        with pytest.raises(ValueError, match="closed"):
            use()
        with pytest.raises(ValueError, match="closed"), thing:
            pass
    assert repr(model) == "Model, closed" and repr(sweep) == "Sweep, closed" and repr(ablated) == "Ablation, closed"


def test_with_closes():
    with libablate.from_weights([(np.eye(2), None)]) as model:
        assert not model.closed
    assert model.closed


def test_a_sweep_outlives_its_model():
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    sweep = libablate.Sweep(model, progress=False)
    model.close()
    assert sweep.feed(np.eye(2), [0, 1])[0, 1].lost == 1
    for call in (sweep.order, lambda: sweep.ablation((0, 1))):
        with pytest.raises(ValueError, match="^this Model is closed$"):
            call()


def test_what_nothing_refers_to_is_freed(monkeypatch):
    freed = []
    real = library.ablate_mask_free
    monkeypatch.setattr(library, "ablate_mask_free", lambda handle: freed.append(handle.value) or real(handle))
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    ablated = model.ablate({0: 1})
    address = ablated._value
    del ablated
    gc.collect()
    assert freed == [address]
    gone = weakref.ref(model)
    model.predict(np.eye(2))
    del model
    assert gone() is None


@pytest.mark.parametrize("again", [lambda model: pickle.loads(pickle.dumps(model)), copy.copy, copy.deepcopy])
def test_models_can_be_pickled_and_copied(digits, again):
    model = libablate.load(digits.model.to_bytes(), classes=[f"digit {label}" for label in range(10)], threads=2)
    other = again(model)
    np.testing.assert_array_equal(other.scores(digits.x), model.scores(digits.x))
    assert other.classes.tolist() == model.classes.tolist() and other.threads == 2
    other.close()
    assert model.predict(digits.x[:1])[0].startswith("digit")
    regression = libablate.from_weights([(np.ones((1, 2)), None)])
    assert again(regression).predict([[1, 2]]).tolist() == [3]
    assert again(digits.model).classes.tolist() == list(range(10))


def test_what_else_is_held_cannot_be_pickled_or_copied():
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    held = [model.ablate({0: 1}), model.reference(np.eye(2)), libablate.Sweep(model), libablate.Profile(model)]
    for thing in held:
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=f"this {type(thing).__name__} .* cannot be pickled or copied"):
                attempt(thing)


def test_a_refused_handle_leaves_nothing_behind():
    with pytest.raises(ValueError):
        libablate.Sweep(libablate.from_weights([(np.eye(2), None)]))


def test_threads_share_a_model_and_an_ablation(digits):
    expected = digits.model.predict(digits.x)
    with digits.model.ablate({0: [1, 2]}) as ablated:
        other = ablated.predict(digits.x)
        wrong = []

        def work():
            for _ in range(20):
                if not np.array_equal(digits.model.predict(digits.x), expected):
                    wrong.append("intact")
                if not np.array_equal(ablated.predict(digits.x), other):
                    wrong.append("ablated")

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong and 1 <= len(digits.model._idle) <= 6


def test_other_threads_run_while_the_library_works(digits):
    """The interpreter's lock is released: a thread that is told to goes on while a callback's call has not returned."""
    ticks = []
    working, done = threading.Event(), threading.Event()

    def tick():
        working.wait()
        while not done.is_set():
            ticks.append(1)
            done.wait(0.0005)

    thread = threading.Thread(target=tick)
    thread.start()
    x, y = np.tile(digits.x, (50, 1)), np.tile(digits.y, 50)
    working.set()
    libablate.synapses(digits.model, x, y, layers=0, metrics="log_loss", progress=False)
    done.set()
    thread.join()
    assert len(ticks) > 5


def test_a_sweep_in_use_is_busy(digits):
    entered, leave = threading.Event(), threading.Event()

    def hold(done, total):
        entered.set()
        leave.wait()

    sweep = libablate.Sweep(digits.model, progress=hold)
    thread = threading.Thread(target=lambda: sweep.feed(digits.x, digits.y))
    thread.start()
    entered.wait()
    try:
        with pytest.raises(libablate.BusyError):
            sweep.feed(digits.x, digits.y)
    finally:
        leave.set()
        thread.join()
    assert sweep.rows == 400


@pytest.mark.parametrize("threads", [1, 3])
def test_thread_counts_change_no_bit(digits, threads):
    expected = libablate.sweep(digits.model, digits.x, digits.y, metrics="log_loss", progress=False)
    found = libablate.sweep(digits.model, digits.x, digits.y, metrics="log_loss", threads=threads, progress=False)
    assert found.table.tobytes() == expected.table.tobytes()
    with pytest.raises(ValueError, match="^threads is 0 to 256, not 257"):
        libablate.Sweep(digits.model, threads=257)
