"""Arrays that are shorter than what the library reads are refused before it reads them."""

import re

import numpy as np
import pytest

import libablate

QUIET = {"progress": False}
ORDER = [(1, unit) for unit in range(12)]

# Every call that reads one label per row.
LABELLED = {
    "sweep": lambda model, x, y: libablate.sweep(model, x, y, **QUIET),
    "feed": lambda model, x, y: libablate.Sweep(model, **QUIET).feed(iter([(x, y)])),
    "pairs": lambda model, x, y: libablate.pairs(model, x, y, layers=1, **QUIET),
    "inputs": lambda model, x, y: libablate.inputs(model, x, y, **QUIET),
    "greedy": lambda model, x, y: libablate.greedy(model, x, y, layer=1, **QUIET),
    "profile": lambda model, x, y: libablate.profile(model, x, y, measures="information", **QUIET),
    "diff": lambda model, x, y: libablate.diff(model, model, x, y, **QUIET),
    "curves": lambda model, x, y: libablate.curves(model, x, y, [ORDER], **QUIET),
    "shapley": lambda model, x, y: libablate.shapley(model, x, y, layers=1, permutations=1, **QUIET),
}


@pytest.fixture(params=LABELLED)
def call(request, digits):
    return lambda y: LABELLED[request.param](digits.model, digits.x, y)


def test_labels_as_many_as_rows(call, digits):
    call(digits.y)
    for y in (digits.y[:10], digits.y[:-1], np.append(digits.y, 0), digits.y[:0], 3, digits.y[None]):
        with pytest.raises(ValueError, match="400 rows take that many labels"):
            call(y)


def test_one_hot_labels_are_told_of(call, digits):
    text = "one for each row; one-hot rows become labels with model.classes[y.argmax(axis=1)]"
    one_hot = np.eye(10)[digits.y]
    with pytest.raises(ValueError, match=re.escape(f" has the shape (400, 10): {text}")):
        call(one_hot)
    call(eval(text.rpartition("with ")[2], {"model": digits.model, "y": one_hot}))


def test_float_labels_are_whole_numbers(call, digits):
    call(digits.y.astype(np.float64))
    broken = digits.y.astype(np.float64)
    broken[7] += 0.7
    with pytest.raises(ValueError, match=r"\.7 in row 7"):
        call(broken)
    broken[7] = np.nan
    with pytest.raises(ValueError, match="NaN in row 7"):
        call(broken)
    with pytest.raises(ValueError, match="in row 3"):
        call(np.where(np.arange(400) == 3, 1409, digits.y))


def test_float_labels_mean_their_numbers(digits):
    found = [libablate.sweep(digits.model, digits.x, digits.y.astype(kind), **QUIET) for kind in (int, np.float32)]
    for name in ("correct", "lost", "gained"):
        np.testing.assert_array_equal(found[0][name], found[1][name])


@pytest.mark.parametrize("count", [0, 1, 11, 13, 24])
def test_scores_as_many_as_units(digits, count):
    with pytest.raises(ValueError, match="12 units take that many scores"):
        libablate.order_by_scores(digits.model, ORDER, np.zeros(count))


@pytest.mark.parametrize("kind", ["spearman", "kendall"])
def test_correlations_are_of_equal_lengths(kind):
    for first, second in (([1, 2, 3, 4], [1, 2, 3]), ([1, 2, 3, 4], [1]), ([1, 2], [[1, 2]]), ([1, 2], [])):
        with pytest.raises(ValueError, match="one length"):
            libablate.rank_correlation(first, second, kind)
        with pytest.raises(ValueError, match="one length"):
            libablate.rank_correlation(second, first, kind)


def test_orders_of_curves_are_of_one_length(digits):
    for orders in ([ORDER, ORDER[1:]], [ORDER[1:], ORDER], [ORDER, []]):
        with pytest.raises(ValueError, match=r"^orders\[1\] has \d+ units and orders\[0\] \d+"):
            libablate.curves(digits.model, digits.x, digits.y, orders, **QUIET)


def test_points_lie_within_orders(digits):
    for points in ([0, 13], [0, 2**63], [[0, 1]], [0, -1], [0.5], []):
        with pytest.raises(ValueError):
            libablate.curves(digits.model, digits.x, digits.y, [ORDER], points=points, **QUIET)


def test_targets_as_many_as_rows(diabetes):
    for y in (diabetes.y[:-1], diabetes.y[:1], np.zeros((200, 2)), 0.0):
        with pytest.raises(ValueError):
            libablate.sweep(diabetes.model, diabetes.x, y, **QUIET)
        with pytest.raises(ValueError):
            libablate.greedy(diabetes.model, diabetes.x, y, layer=0, **QUIET)


def test_rows_as_wide_as_the_model(digits):
    model, x = digits.model, digits.x
    for narrow in (x[:, :-1], x[0], x[:0, :3]):
        for wrong in (
            lambda x=narrow: model.predict(x),
            lambda x=narrow: model.activations(x, 0),
            lambda x=narrow: model.reference(x),
            lambda x=narrow: libablate.quantile_edges(model, x, 0),
            lambda x=narrow: libablate.prune(model, {0: 1}, compensation="least_squares", X=x),
            lambda x=narrow: libablate.profile(model, x, **QUIET),
        ):
            with pytest.raises(ValueError, match="rows of 64 values"):
                wrong()


def test_edges_of_quantisers_are_counted(digits):
    edges = libablate.quantile_edges(digits.model, digits.x, 0, bits=2)
    for wrong in (edges[:-1], edges[:, :2], edges.ravel()[:1], []):
        options = {"bits": 2, "edges": wrong}
        with pytest.raises(ValueError, match="edge"):
            libablate.Profile(digits.model, "entropy", layers=0, quantiser="edges", quantiser_options=options)
