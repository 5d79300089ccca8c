"""Rows that come in batches, and what is taken for batches."""

import numpy as np
import pytest

import libablate

QUIET = {"progress": False}


def test_batches_that_are_none(digits):
    with pytest.raises(TypeError, match="pass y"):
        libablate.sweep(digits.model, digits.x)
    with pytest.raises(TypeError, match="no such pair"):
        libablate.sweep(digits.model, iter([digits.x]), progress=False)
    with pytest.raises(ValueError, match="reference="):
        libablate.sweep(digits.model, iter([]), replacement="mean")


def test_batches_before_one_that_fails_are_counted(digits):
    def failing():
        yield digits.x[:100], digits.y[:100]
        yield digits.x[100:150], digits.y[100:150]
        raise OSError("the disk is gone")

    sweep = libablate.Sweep(digits.model, progress=False)
    with pytest.raises(OSError, match="the disk is gone"):
        sweep.feed(failing())
    assert sweep.rows == 150
    whole = libablate.sweep(digits.model, digits.x, digits.y, progress=False)
    sweep.feed(digits.x[150:], digits.y[150:])
    assert sweep.intact == whole.intact and sweep.table.tobytes() == whole.table.tobytes()


def test_rows_of_batches_and_tests_that_are_not_finite(digits):
    x, y = digits.x.copy(), digits.y
    x[7, 0] = np.inf
    with pytest.raises(ValueError, match="^X of batch 1 has inf in row 7, value 0"):
        libablate.sweep(digits.model, [(digits.x, y), (x, y)], progress=False)
    with pytest.raises(ValueError, match="^X_test has inf in row 7, value 0"):
        libablate.dissect(digits.model, digits.x, y, x, y, 0, progress=False)
    sweep = libablate.Sweep(digits.model, progress=False).feed(digits.x, y)
    with pytest.raises(ValueError, match="in row 7, value 0"):
        sweep.feed(x, y)
    assert sweep.rows == len(y) and np.isnan(digits.model.scores(x)[7]).any()


CALLS = {
    "sweep": lambda m, x, y: libablate.sweep(m, x, y, **QUIET),
    "profile": lambda m, x, y: libablate.profile(m, x, y, **QUIET),
    "diff": lambda m, x, y: libablate.diff(m, m, x, y, **QUIET),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_looks_like_rows_and_labels(digits, name):
    """Lists of arrays with lists of labels, and pairs of rows and labels: the error says how to pass them."""
    call, model, (x, y) = CALLS[name], digits.model, (digits.x, digits.y)
    for cut in (200, 150):
        with pytest.raises(
            TypeError, match=r"^X is a list of 2 arrays of rows: pass np.concatenate\(X\) .*zip\(X, y\)"
        ):
            call(model, [x[:cut], x[cut:]], [y[:cut], y[cut:]])
        call(model, zip([x[:cut], x[cut:]], [y[:cut], y[cut:]]), None)
    for pair in ((x, y), [x, y[:, None]], (x.tolist(), y.tolist()), (x[:2], y[:2])):
        with pytest.raises(TypeError, match="^X is an .X, y. pair: pass X and y as two arguments, or"):
            call(model, pair, None)
    with pytest.raises(ValueError, match="^y is a list of lists of several lengths: 400 rows"):
        call(model, x, [y[:150], y[150:]])


class Loader:
    """What gives batches, as a DataLoader does."""

    def __init__(self, *batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)


class Items:
    """What has a row and its label as each item, as a Dataset has; all of them at once may be too many."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __getitem__(self, item):
        assert item == 0
        return self.x[item], self.y[item]

    def __len__(self):
        return len(self.x)


ARRAY_CALLS = {
    "predict": lambda m, x, y: m.predict(x),
    "shapley": lambda m, x, y: libablate.shapley(m, x, y, layers=1, permutations=1, **QUIET),
    "reference": lambda m, x, y: m.reference(x),
}


@pytest.mark.parametrize("name", [*ARRAY_CALLS, *CALLS])
def test_batches_and_items_where_an_array_is_asked_for(digits, name):
    x, y = digits.x, digits.y
    call = {**ARRAY_CALLS, **CALLS}[name]
    for batches, kind in [(Loader((x, y)), "Loader"), (iter([(x, y)]), "list_iterator"), (iter("x"), "str_.*iterator")]:
        text = rf"^X is a {kind}, and an array is asked for: np\.concatenate\(.* in place of"
        with pytest.raises(TypeError, match=text):
            call(digits.model, batches, y)
    for labels in (y, None) if name in CALLS else (y,):
        with pytest.raises(TypeError, match=r"^X is a Items of \(row, label\) pairs: pass arrays of .* DataLoader"):
            call(digits.model, Items(x, y), labels)
    if name in CALLS:
        call(digits.model, Loader((x, y)), None)


def test_lists_of_batches_of_one_input():
    """Rows of one value have no two parts: a list of pairs is always one of batches."""
    model = libablate.from_weights([(np.ones((2, 1)), [0, -1], "relu"), (np.eye(2), None)])
    first, second = np.array([0.5, 2.5]), np.array([1.5, 3.5])
    labels = np.array([0, 1])
    columns = [(first[:, None], labels), (second[:, None], labels)]
    assert (
        libablate.profile(model, columns, **QUIET)[0, 0].mean == libablate.sweep(model, columns, **QUIET).rows / 2 == 2
    )
    assert libablate.profile(model, [[0.5], [2.5], [1.5]], **QUIET).rows == 3
    with pytest.raises(TypeError, match="^X is a list of 2 arrays of rows"):
        libablate.profile(model, [first[:, None], second[:, None]], **QUIET)
    for flat, what in [((first), "X"), ([(first, labels), (second, labels)], "X of batch 0")]:
        with pytest.raises(ValueError, match=rf"{what} has the shape \(2,\); reshape\(-1, 1\) makes each value a row$"):
            libablate.profile(model, flat, **QUIET)
