"""Shapley values of units: against all subsets in NumPy float64, and walk by walk against masked runs.

The permutations are drawn here once more, from the generator that the header describes.
"""

import ctypes
import math
from ctypes import byref, c_size_t, c_void_p

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

import libablate._declarations as c
import oracle
from host import Failure, Handle, Mask, Model, Reference, Session, check, floats, library, pointer, replacement
from test_forward import from_sklearn


class Shapley(Handle):
    free_name = "ablate_shapley_free"

    def __init__(
        self, model, x, y, layers=None, units=None, threads=1, progress=None, measure="accuracy", how=None, **options
    ):
        """`units`: (layer, unit) pairs; `how` goes to `replacement`, the rest to the options."""
        described = replacement(**(how or {}))
        chosen = c.ShapleyOptions(replacement=ctypes.pointer(described), threads=threads, **options)
        chosen.measure = c.SHAPLEY_MEASURES[measure]
        chosen.progress = callback = c.Progress(progress) if progress else c.Progress()
        if layers is not None:
            chosen.layers, chosen.layer_count = (c_size_t * len(layers))(*layers), len(layers)
        if units is not None:
            chosen.units, chosen.unit_count = (c.Unit * len(units))(*units), len(units)
        x, y = floats(x), np.ascontiguousarray(y, np.int32)
        out = c_void_p()
        labels = pointer(y, ctypes.c_int32)
        check(library.ablate_shapley_create(model.address, byref(chosen), pointer(x), len(x), labels, byref(out)))
        super().__init__(out, keep=(callback,))

    def run(self, permutations):
        check(library.ablate_shapley_run(self.address, permutations))
        return self

    def merge(self, other):
        check(library.ablate_shapley_merge(self.address, other.address))
        return self

    def __len__(self):
        return library.ablate_shapley_count(self.address)

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError(index)
        value = c.ShapleyValue()
        check(library.ablate_shapley_read(self.address, index, byref(value)))
        return value

    @property
    def summary(self):
        out = c.ShapleySummary()
        check(library.ablate_shapley_summarize(self.address, byref(out)))
        return out

    def top(self, count):
        indices, settled = np.zeros(count, np.uintp), ctypes.c_int(-1)
        check(library.ablate_shapley_top(self.address, pointer(indices, c_size_t), count, byref(settled)))
        return indices.tolist(), bool(settled.value)

    def column(self, name="value"):
        return np.array([getattr(value, name) for value in self])

    def table(self):
        return [bytes(value) for value in self] + [bytes(self.summary)]


MASK = 2**64 - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, count):
        return (self.next() * count) >> 64


def draw(seed, number, players, rows, sample_rows=0):
    """Permutation `number`, and its rows."""
    seeds = SplitMix64(seed)
    for _ in range(number):
        seeds.next()
    random = SplitMix64(seeds.next())
    order = list(range(players))
    for k in range(players, 1, -1):
        r = random.below(k)
        order[k - 1], order[r] = order[r], order[k - 1]
    chosen = list(range(rows))
    for i in range(sample_rows):
        r = i + random.below(rows - i)
        chosen[i], chosen[r] = chosen[r], chosen[i]
    return order, chosen[: sample_rows or rows]


FIGURES = {
    "accuracy": lambda session, x, y, mask: (session.predict(x, mask) == y).astype(float),
    "label_probability": lambda session, x, y, mask: session.run(x, mask, "probabilities").astype(float)[
        np.arange(len(y)), y
    ],
    "log_loss": lambda session, x, y, mask: np.log(
        session.run(x, mask, "probabilities").astype(float)[np.arange(len(y)), y]
    ),
}


def marginals_of_masked_runs(
    model, x, y, players, permutations, measure="accuracy", seed=0, sample_rows=0, tolerance=0, patience=5, how=None
):
    """[permutations, players], one masked run after the other."""
    session = Session(model)
    out = np.zeros((len(permutations), len(players)))
    for place, number in enumerate(permutations):
        order, rows = draw(seed, number, len(players), len(x), sample_rows)
        own_x, own_y = x[rows], y[rows]
        value = lambda mask: FIGURES[measure](session, own_x, own_y, mask).mean()  # noqa: B023, E731
        before, streak = value(None), 0
        end = value(Mask(model, players, **(how or {})))
        for step, player in enumerate(order):
            after = value(Mask(model, [players[p] for p in order[: step + 1]], **(how or {})))
            out[place, player] = before - after
            before = after
            streak = streak + 1 if abs(after - end) <= tolerance + 1e-9 else 0
            if tolerance and streak > patience:
                break
    return out


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    x = floats(x / 16)
    net = MLPClassifier((14, 9), random_state=3, max_iter=60).fit(x[:700], y[:700])
    return Model.build(*from_sklearn(net)), x[700:1000], y[700:1000]


def units(layer, count):
    return [(layer, unit) for unit in range(count)]


@pytest.mark.parametrize("measure", c.SHAPLEY_MEASURES)
@pytest.mark.parametrize("kind", ["zero", "dead", "mean", "constant"])
@pytest.mark.parametrize("which", [[1], [0], [0, 1], [1, 0], "list"])
def test_walks_are_those_of_masked_runs(digits, measure, kind, which):
    model, x, y = digits
    how = {"kind": kind}
    if kind == "mean":
        how["reference"] = Reference(model, x)
    if kind == "constant":
        how["constant"] = 0.7
    if which == "list":
        players, chosen = (
            [(1, 8), (0, 3), (1, 0), (0, 13), (0, 7)],
            {"units": [(1, 8), (0, 3), (1, 0), (0, 13), (0, 7)]},
        )
    else:
        players, chosen = [place for layer in which for place in units(layer, (14, 9)[layer])], {"layers": which}
    exact = marginals_of_masked_runs(model, x, y, players, range(4, 7), measure, seed=11, how=how)
    found = Shapley(model, x, y, measure=measure, how=how, seed=11, first_permutation=4, threads=2, **chosen).run(3)
    assert [(value.layer, value.unit) for value in found] == players
    close = {"rtol": 0, "atol": 1e-12 if measure == "accuracy" else 2e-6}
    np.testing.assert_allclose(found.column(), exact.mean(axis=0), **close)
    np.testing.assert_allclose(found.column("variance"), exact.var(axis=0, ddof=1), **close)
    summary = found.summary
    session = Session(model)
    np.testing.assert_allclose(summary.intact, FIGURES[measure](session, x, y, None).mean(), rtol=1e-6)
    everything = Mask(model, players, **how)
    np.testing.assert_allclose(summary.ablated, FIGURES[measure](session, x, y, everything).mean(), rtol=1e-6)
    # Efficiency.
    np.testing.assert_allclose(found.column().sum(), summary.intact - summary.ablated, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("measure", c.SHAPLEY_MEASURES)
@pytest.mark.parametrize("layers", [[1], [0, 1]])
def test_drawn_rows(digits, measure, layers):
    model, x, y = digits
    players = [place for layer in layers for place in units(layer, (14, 9)[layer])]
    exact = marginals_of_masked_runs(model, x, y, players, range(5), measure, seed=2**64 - 1, sample_rows=40)
    found = Shapley(model, x, y, layers, measure=measure, seed=2**64 - 1, sample_rows=40, threads=2).run(5)
    close = {"rtol": 0, "atol": 1e-12 if measure == "accuracy" else 2e-6}
    np.testing.assert_allclose(found.column(), exact.mean(axis=0), **close)
    np.testing.assert_allclose(found.column("variance"), exact.var(axis=0, ddof=1), **close)


def exact_values(layers, x, y, players, measure, fill, head=None):
    """The Shapley values from all subsets, in float64; a subset is a number with a bit for each intact player."""
    worth = []
    for subset in range(2 ** len(players)):
        gone = {place: fill(*place) for bit, place in enumerate(players) if not subset >> bit & 1}
        scores = oracle.forward(layers, x, gone)[-1][1]
        if head == "binary":
            scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
        own = oracle.log_softmax(scores)[np.arange(len(y)), y]
        figures = {"accuracy": scores.argmax(axis=1) == y, "label_probability": np.exp(own), "log_loss": own}
        worth.append(figures[measure].mean())
    n, values = len(players), np.zeros(len(players))
    for player in range(n):
        for subset in range(2**n):
            if subset >> player & 1:
                size = subset.bit_count() - 1
                weight = math.factorial(size) * math.factorial(n - 1 - size) / math.factorial(n)
                values[player] += weight * (worth[subset] - worth[subset ^ 1 << player])
    return values, worth[-1], worth[0]


@pytest.mark.parametrize("measure", c.SHAPLEY_MEASURES)
@pytest.mark.parametrize(
    ("widths", "layers", "activation", "head"),
    [
        ((5, 6, 4), [0], "relu", None),
        ((5, 1, 3), [0], "relu", None),
        ((4, 8, 1), [0], "tanh", "binary"),
        ((5, 4, 4, 3), [0, 1], "sigmoid", "softmax"),
        ((6, 3, 5, 20), [1], "relu", None),
        ((6, 5, 3, 20), [0], "relu", None),
    ],
)
def test_values_are_near_those_of_all_subsets(widths, layers, activation, head, measure):
    random = np.random.default_rng(sum(widths))
    net = oracle.network(random, widths, activation, spread=2.0)
    model = Model.build(net, head=head)
    x = floats(random.normal(size=(150, widths[0])))
    # Labels that the network mostly gets right.
    y = Session(model).predict(x).astype(int)
    y[::7] = (y[::7] + 1) % (2 if head == "binary" else widths[-1])
    players = [place for layer in layers for place in units(layer, widths[layer + 1])]
    # Replaced by a constant, which the other units do not hold.
    values, intact, ablated = exact_values(net, x, y, players, measure, lambda layer, unit: 0.3, head)
    found = Shapley(
        model, x, y, layers, measure=measure, how={"kind": "constant", "constant": 0.3}, seed=4, delta=1e-6,
        largest_change=40 if measure == "log_loss" else 0, threads=2,
    ).run(3000)  # fmt: skip
    assert found.summary.permutations == 3000
    np.testing.assert_allclose((found.summary.intact, found.summary.ablated), (intact, ablated), rtol=1e-5)
    assert (found.column("lower") <= values + 1e-6).all() and (values - 1e-6 <= found.column("upper")).all()
    # Five standard errors: one in 1.7 million.
    errors = np.abs(found.column() - values)
    assert (errors <= 5 * np.sqrt(found.column("variance") / 3000) + 1e-6).all()


def test_dummies_have_0_and_doubles_are_equal():
    random = np.random.default_rng(2)
    net = oracle.network(random, (6, 7, 4), "relu", spread=2.0)
    net[1]["weights"][:, 5] = 0
    for values in (net[0]["weights"], net[0]["bias"]):
        values[4] = values[1]
    net[1]["weights"][:, 4] = net[1]["weights"][:, 1]
    # A unit that no row reaches holds the replacement already.
    net[0]["bias"][6] = -1e3
    model = Model.build(net)
    x = floats(random.normal(size=(300, 6)))
    y = Session(model).predict(x)
    for measure in c.SHAPLEY_MEASURES:
        found = Shapley(model, x, y, measure=measure, largest_change=50).run(4000)
        values = found.column()
        assert values[5] == values[6] == 0 and found[5].variance == found[6].variance == 0
        assert found[5].lower < 0 < found[5].upper and found[6].lower == found[6].upper == 0
        assert abs(values[1] - values[4]) <= 5 * math.sqrt((found[1].variance + found[4].variance) / 4000)
        assert np.abs(values[[0, 1, 2, 3]]).max() > 1e-3


@pytest.mark.parametrize("options", [{}, {"measure": "log_loss"}, {"sample_rows": 50}, {"tolerance": 0.1}])
@pytest.mark.parametrize("layers", [[0], [1], None])
def test_threads_runs_and_merges_change_no_bit(digits, options, layers):
    model, x, y = digits
    whole = Shapley(model, x, y, layers, seed=9, **options).run(25)
    assert Shapley(model, x, y, layers, seed=9, threads=3, **options).run(25).table() == whole.table()
    parts = Shapley(model, x, y, layers, seed=9, threads=2, **options)
    for count in (1, 0, 16, 8):
        parts.run(count)
    assert parts.table() == whole.table()
    first = Shapley(model, x, y, layers, seed=9, **options).run(5)
    last = Shapley(model, x, y, layers, seed=9, first_permutation=17, **options).run(8)
    middle = Shapley(model, x, y, layers, seed=9, first_permutation=9, **options).run(8)
    # Runs pass over what was merged: permutations 5 to 8 are left.
    last.merge(first).merge(middle)
    first.merge(middle).run(4)
    with pytest.raises(Failure, match="both"):
        first.merge(last)
    more = Shapley(model, x, y, layers, seed=9, first_permutation=17, **options).run(8)
    assert first.merge(more).table() == whole.table()
    assert Shapley(model, x, y, layers, seed=10, **options).run(25).table() != whole.table()


@pytest.mark.parametrize("sample_rows", [0, 60])
@pytest.mark.parametrize("patience", [1, 4])
def test_truncation(digits, sample_rows, patience):
    model, x, y = digits
    players = units(0, 14)
    how = {"tolerance": 0.15, "patience": patience, "sample_rows": sample_rows, "seed": 3}
    exact = marginals_of_masked_runs(model, x, y, players, range(12), **how)
    found = Shapley(model, x, y, [0], **how).run(12)
    np.testing.assert_allclose(found.column(), exact.mean(axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.column("variance"), exact.var(axis=0, ddof=1), rtol=0, atol=1e-12)
    whole = Shapley(model, x, y, [0], sample_rows=sample_rows, seed=3).run(12)
    assert found.summary.truncated > 0 == whole.summary.truncated
    assert found.summary.marginals == whole.summary.marginals == 12 * 14
    # Patience beyond the number of players, and a tolerance that reaches nothing, truncate nothing.
    assert Shapley(model, x, y, [0], **how | {"patience": 14}).run(12).table() == whole.table()


def test_truncation_in_pieces():
    """A layer of more units than a piece of a walk has, most of which do nothing."""
    random = np.random.default_rng(8)
    net = oracle.network(random, (6, 300, 4), "relu", spread=2.0)
    net[1]["weights"][:, 40:] = 0
    model = Model.build(net)
    x = floats(random.normal(size=(90, 6)))
    y = Session(model).predict(x)
    how = {"tolerance": 0.05, "patience": 70, "seed": 1}
    exact = marginals_of_masked_runs(model, x, y, units(0, 300), range(6), **how)
    found = Shapley(model, x, y, threads=2, **how).run(6)
    np.testing.assert_allclose(found.column(), exact.mean(axis=0), rtol=0, atol=1e-12)
    whole = Shapley(model, x, y, seed=1).run(6)
    np.testing.assert_allclose(
        whole.column().sum(), whole.summary.intact - whole.summary.ablated, rtol=1e-13, atol=1e-15
    )


@pytest.mark.parametrize(("largest_change", "delta", "sample_rows"), [(0, 0, 0), (0.5, 0.2, 0), (0.25, 0.01, 25)])
def test_intervals(digits, largest_change, delta, sample_rows):
    model, x, y = digits
    found = Shapley(model, x, y, [1], largest_change=largest_change, delta=delta, sample_rows=sample_rows, seed=6)
    rows = sample_rows or len(x)
    active = (Session(model).activations(x, 1) != 0).sum(axis=0)
    most = (largest_change or 1) * np.minimum(active, rows) / rows
    assert np.isnan(found.column()).all() and np.isnan(found.column("variance")).all()
    for _ in range(2):
        assert np.array_equal(found.column("upper"), most) and np.array_equal(found.column("lower"), -most)
        found.run(1)
    assert np.isfinite(found.column("variance")).all()
    found.run(1998)
    log, n = math.log(4 / (delta or 0.05)), 2000
    half = np.sqrt(2 * found.column("variance") * log / n) + 7 * 2 * most * log / (3 * (n - 1))
    np.testing.assert_allclose(found.column("lower"), np.maximum(found.column() - half, -most), rtol=1e-12)
    np.testing.assert_allclose(found.column("upper"), np.minimum(found.column() + half, most), rtol=1e-12)
    assert [value.permutations for value in found] == [2000] * 9


def test_log_loss_without_a_bound_has_no_interval(digits):
    model, x, y = digits
    found = Shapley(model, x, y, [1], measure="log_loss").run(20)
    assert np.isfinite(found.column()).all() and np.isfinite(found.column("variance")).all()
    assert (found.column("lower") == -np.inf).all() and (found.column("upper") == np.inf).all()


def test_the_top_units(digits):
    """A layer in which two units carry everything."""
    identity = np.eye(5)
    identity[2:] *= 1e-3
    net = [{"weights": identity, "bias": np.zeros(5), "activation": "identity"}]
    net.append(
        {"weights": np.array([[1.0, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]]), "bias": np.array([0, 0, 0.5])}
    )
    model = Model.build(net)
    x = floats(np.abs(np.random.default_rng(0).normal(size=(400, 5))) + 1)
    x[:200, 0] += 5
    x[200:, 1] += 5
    y = np.repeat([0, 1], 200)
    found = Shapley(model, x, y, top_count=2, delta=0.01).run(100_000)
    count = found.summary.permutations
    assert 0 < count < 100_000 and count % 16 == 0
    assert found.top(2) == ([0, 1], True) and found.top(5) == ([0, 1, 2, 3, 4], False)
    assert min(found[0].lower, found[1].lower) >= max(found[unit].upper for unit in (2, 3, 4))
    # It stays where it is, and cut into runs it stops at the same place.
    assert found.run(50).summary.permutations == count
    parts = Shapley(model, x, y, top_count=2, delta=0.01, threads=2)
    while parts.summary.permutations < count:
        parts.run(min(7, count - parts.summary.permutations))
    assert parts.run(100).table() == found.table()
    fewer = Shapley(model, x, y, delta=0.01).run(count - 16)
    assert fewer.top(2) == ([0, 1], False) and fewer.top(0) == ([], False)
    assert Shapley(model, x, y).top(2) == ([0, 1], False)
    with pytest.raises(Failure, match="count is 6"):
        fewer.top(6)


def test_progress_and_cancelling(digits):
    model, x, y = digits
    calls, limit = [], [10**9]

    def progress(done, total, user):
        calls.append((done, total))
        return int(len(calls) >= limit[0])

    whole = Shapley(model, x, y, [0], seed=1).run(30)
    found = Shapley(model, x, y, [0], seed=1, progress=progress).run(10)
    assert calls[-1] == (140, 140) and all(total == 140 for _, total in calls)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    for stop in (1, 2, 3, 5):
        calls.clear()
        limit[0] = stop
        before = found.summary.permutations
        with pytest.raises(Failure, match="cancelled") as failure:
            found.run(10_000_000)
        assert failure.value.status == c.CANCELLED
        partial = Shapley(model, x, y, [0], seed=1).run(found.summary.permutations)
        assert found.summary.permutations >= before and found.table() == partial.table()
    limit[0] = 10**9
    if found.summary.permutations < 30:
        found.run(30 - found.summary.permutations)
        assert found.table() == whole.table()
    # At once, before anything is known.
    limit[0] = 1
    calls.clear()
    at_once = Shapley(model, x, y, progress=progress)
    with pytest.raises(Failure, match="after 0 of 4294967296"):
        at_once.run(2**32)
    assert at_once.summary.permutations == 0 and np.isnan(at_once.column()).all()


def test_rows_that_are_not_finite(digits):
    model, x, y = digits
    x = x[:60].copy()
    x[3] = np.nan
    x[5, 7] = np.inf
    x[8, 7] = -np.inf
    for layers in ([0], [0, 1]):
        players = [place for layer in layers for place in units(layer, (14, 9)[layer])]
        exact = marginals_of_masked_runs(model, x, y[:60], players, range(4))
        found = Shapley(model, x, y[:60], layers, threads=2).run(4)
        np.testing.assert_allclose(found.column(), exact.mean(axis=0), rtol=0, atol=1e-12)
        probability = Shapley(model, x, y[:60], layers, measure="label_probability").run(4)
        assert np.isnan(probability.summary.intact) and not np.isfinite(probability.column()).all()
        indices, settled = probability.top(1)
        assert not settled and indices[0] < len(players)


def test_bad_arguments(digits):
    model, x, y = digits
    resample = {"kind": "resample", "reference": Reference(model, x, keep_rows=True)}
    for match, status, how in [
        ("output layer", c.UNSUPPORTED, {"layers": [2]}),
        ("output layer", c.UNSUPPORTED, {"units": [(0, 1), (2, 1)]}),
        ("layer 3 is out of range", c.INVALID_ARGUMENT, {"units": [(3, 0)]}),
        ("layer 3 is out of range", c.INVALID_ARGUMENT, {"layers": [3]}),
        ("unit 14 is out of range", c.INVALID_ARGUMENT, {"units": [(0, 14)]}),
        ("listed twice", c.INVALID_ARGUMENT, {"units": [(0, 1), (1, 1), (0, 1)]}),
        ("listed twice", c.INVALID_ARGUMENT, {"layers": [0, 0]}),
        ("unit_count is 0", c.INVALID_ARGUMENT, {"units": []}),
        ("empty", c.INVALID_ARGUMENT, {"layers": []}),
        ("exclude each other", c.INVALID_ARGUMENT, {"layers": [0], "units": [(0, 1)]}),
        ("same value in every row", c.UNSUPPORTED, {"how": resample}),
        ("options.sample_rows is 301: 1 to 300", c.INVALID_ARGUMENT, {"sample_rows": 301}),
        (f"options.sample_rows is {2**64 - 1}", c.INVALID_ARGUMENT, {"sample_rows": 2**64 - 1}),
        ("tolerance", c.INVALID_ARGUMENT, {"tolerance": -0.1}),
        ("tolerance", c.INVALID_ARGUMENT, {"tolerance": math.nan}),
        ("tolerance", c.INVALID_ARGUMENT, {"tolerance": math.inf}),
        ("patience", c.INVALID_ARGUMENT, {"patience": 2**64 - 1}),
        ("options.top_count is 23", c.INVALID_ARGUMENT, {"top_count": 23}),
        ("largest_change", c.INVALID_ARGUMENT, {"top_count": 2, "measure": "log_loss"}),
        ("top", c.INVALID_ARGUMENT, {"top_count": 2**64 - 1}),
        ("delta", c.INVALID_ARGUMENT, {"delta": 1}),
        ("delta", c.INVALID_ARGUMENT, {"delta": math.nan}),
        ("delta", c.INVALID_ARGUMENT, {"delta": -1}),
        ("options.largest_change", c.INVALID_ARGUMENT, {"largest_change": -1}),
        ("options.largest_change", c.INVALID_ARGUMENT, {"largest_change": math.nan}),
        ("options.first_permutation", c.INVALID_ARGUMENT, {"first_permutation": 2**32 + 1}),
        ("options.first_permutation", c.INVALID_ARGUMENT, {"first_permutation": 2**64 - 1}),
        ("threads", c.INVALID_ARGUMENT, {"threads": 257}),
    ]:
        with pytest.raises(Failure, match=match) as failure:
            Shapley(model, x, y, **how)
        assert failure.value.status == status, how
    with pytest.raises(Failure, match="label 10 of row 4"):
        Shapley(model, x, np.where(np.arange(300) == 4, 10, y))
    with pytest.raises(Failure, match="rows is 0"):
        Shapley(model, x[:0], y[:0])
    random = np.random.default_rng(0)
    for head, match in (("regression", "one class"), ("multilabel", "one class")):
        net = Model.build(oracle.network(random, (4, 3, 2), "relu"), head=head)
        with pytest.raises(Failure, match=match) as failure:
            Shapley(net, x[:, :4], y)
        assert failure.value.status == c.UNSUPPORTED
    flat = Model.build(oracle.network(random, (4, 3), "relu"))
    with pytest.raises(Failure, match="none") as failure:
        Shapley(flat, x[:, :4], y % 3)
    found = Shapley(model, x, y, first_permutation=2**32)
    assert found.run(3).summary.permutations == 3
    with pytest.raises(Failure, match="permutations is"):
        found.run(2**32)
    with pytest.raises(Failure, match="permutations is"):
        found.run(2**64 - 1)
    for index in (len(found), 2**64 - 1):
        with pytest.raises(Failure, match="out of range"):
            check(library.ablate_shapley_read(found.address, index, byref(c.ShapleyValue())))
    other = Model.build(oracle.network(random, (64, 14, 9, 10), "relu"))
    changed = y.copy()
    changed[0] = (y[0] + 1) % 10
    for different in (
        Shapley(other, x, y), Shapley(model, x, y, [0]), Shapley(model, x[1:], y[1:]), Shapley(model, x, changed),
        Shapley(model, x, y, seed=1), Shapley(model, x, y, measure="log_loss"), Shapley(model, x, y, sample_rows=9),
        Shapley(model, x, y, tolerance=0.1), Shapley(model, x, y, how={"kind": "constant", "constant": 1}),
        Shapley(model, x, y, [1, 0]),
    ):  # fmt: skip
        with pytest.raises(Failure, match="differ"):
            found.merge(different)
    with pytest.raises(Failure, match="itself"):
        found.merge(found)


@pytest.mark.parametrize("layers", [[0], [0, 1], [1]])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_where_rounding_decides(layers, activation):
    """Classes come in pairs whose scores are equal but for the order of their terms, whatever is ablated in layer 0."""
    random = np.random.default_rng(len(activation))
    net = oracle.network(random, (8, 16, 12, 6), activation, spread=2.0)
    for values in (net[1]["weights"], net[1]["bias"]):
        values[1::2] = values[::2]
    own = net[2]["weights"]
    own[1::2] = own[::2].reshape(3, 6, 2)[:, :, ::-1].reshape(3, 12)
    net[2]["bias"] = np.repeat(random.normal(size=3), 2)
    model = Model.build(net)
    x = floats(random.normal(size=(400, 8)))
    scores = Session(model).run(x)
    apart = np.abs(scores[:, ::2] - scores[:, 1::2])
    assert (apart < 1e-5 * np.abs(scores).max()).all() and 0.2 < (apart > 0).mean() < 0.95
    y = 2 * (Session(model).predict(x) // 2) + random.integers(0, 2, 400)
    players = [place for layer in layers for place in units(layer, (16, 12)[layer])]
    exact = marginals_of_masked_runs(model, x, y, players, range(12))
    found = Shapley(model, x, y, layers, threads=2).run(12)
    np.testing.assert_allclose(found.column(), exact.mean(axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.column("variance"), exact.var(axis=0, ddof=1), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("name", "layer", "units"), [("nn392_div255", 0, 392), ("nn392_196_div255", 0, 392)])
def test_whole_data(shared, name, layer, units):
    folder = shared / "data" / "mnist"
    x = floats(np.load(folder / "test7000_images.npy")[:1500].reshape(1500, -1)) / np.float32(255)
    y = np.load(folder / "test7000_labels.npy")[:1500].astype(int)
    model = Model.load(shared / "models" / "mlp" / f"{name}.onnx")
    found = Shapley(model, x, y, [layer], seed=5, threads=2).run(1)
    order, _ = draw(5, 0, units, len(x))
    session, mask = Session(model, threads=2), Mask(model)
    before = (session.predict(x) == y).sum()
    for player in order:
        mask.set(layer, player)
        after = (session.predict(x, mask) == y).sum()
        assert round(found[player].value * len(x)) == before - after
        before = after
