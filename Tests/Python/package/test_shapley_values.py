"""Shapley values against all orders of a few units, by masked runs."""

from itertools import permutations

import numpy as np
import pytest

import libablate

UNITS = [(0, 2), (1, 4), (1, 7)]


def accuracy(digits, gone):
    return (digits.model.ablate(gone).predict(digits.x) == digits.y).mean()


@pytest.fixture(scope="module")
def estimate(digits):
    return libablate.shapley(digits.model, digits.x, digits.y, permutations=2000, units=UNITS, progress=False)


def test_values_of_all_orders(digits, estimate):
    marginals = {unit: [] for unit in UNITS}
    for order in permutations(UNITS):
        for place, unit in enumerate(order):
            marginals[unit].append(accuracy(digits, order[:place]) - accuracy(digits, order[: place + 1]))
    for unit in UNITS:
        found = estimate[unit]
        assert found.lower <= np.mean(marginals[unit]) <= found.upper
        assert found.value == pytest.approx(np.mean(marginals[unit]), abs=0.002)
        assert (found.layer, found.unit, found.permutations) == (*unit, 2000)
    summary = estimate.summary
    assert (summary.intact, summary.ablated) == (accuracy(digits, []), accuracy(digits, UNITS))
    assert estimate.values.sum() == pytest.approx(summary.intact - summary.ablated, abs=1e-12)


def test_runs_and_ranges_add_up(digits, estimate):
    options = {"units": UNITS, "progress": False}
    cut = libablate.Shapley(digits.model, digits.x, digits.y, **options).run(700).run(100)
    rest = libablate.Shapley(digits.model, digits.x, digits.y, first_permutation=800, **options).run(1200)
    np.testing.assert_array_equal(cut.merge(rest).values, estimate.values)
    with pytest.raises(libablate.InvalidArgumentError):
        cut.merge(rest)


def test_tables(estimate):
    frame = estimate.to_pandas()
    assert list(zip(frame.layer, frame.unit)) == UNITS and frame.value.tolist() == estimate.values.tolist()
    assert estimate.to_dict()["summary"]["permutations"] == 2000
    top, settled = estimate.top(2)
    assert [value.value for value in top] == sorted(estimate.values, reverse=True)[:2] and settled in (True, False)
    assert repr(estimate).startswith("Shapley values of 3 units from 2000 permutations, the largest:\n")


def test_infinite_intervals_say_what_they_take(digits):
    """Of log_loss, whose changes have no bound of their own."""
    options = {"units": UNITS, "permutations": 3, "measure": "log_loss", "progress": False}
    text = repr(libablate.shapley(digits.model, digits.x, digits.y, **options))
    note = "intervals of log_loss are infinite without largest_change, the most that the measure of a row can change by"
    assert "inf" in text and text.splitlines()[-1] == note
    assert "largest" not in repr(libablate.shapley(digits.model, digits.x, digits.y, largest_change=9, **options))[60:]
    assert "inf" not in repr(libablate.shapley(digits.model, digits.x, digits.y, units=UNITS, permutations=3))
    assert "infinite" not in repr(libablate.Shapley(digits.model, digits.x, digits.y, units=UNITS, measure="log_loss"))


def test_standard_errors_and_intervals(digits, estimate):
    value = libablate.ShapleyValue(0, 3, value=0.2, variance=0.09, lower=0, upper=1, permutations=900)
    assert value.standard_error == pytest.approx(0.01)
    none = libablate.Shapley(digits.model, digits.x, digits.y, units=UNITS, progress=False)
    assert np.isnan(none[0].standard_error)
    # A few estimates of 100 permutations each vary as their standard error says.
    ranges = [
        libablate.Shapley(digits.model, digits.x, digits.y, units=UNITS, first_permutation=100 * k, progress=False)
        for k in range(20)
    ]
    values = np.array([part.run(100).values for part in ranges])
    said = [np.sqrt(estimate[unit].variance / 100) for unit in UNITS]
    np.testing.assert_allclose(values.std(axis=0, ddof=1), said, rtol=0.6)
    for name in estimate.to_pandas():
        np.testing.assert_array_equal(estimate[name], estimate.to_pandas()[name])
    with pytest.raises(KeyError, match="there is no column 'worth'; there are layer, unit, value, .*upper"):
        estimate["worth"]
    assert estimate.to_pandas()["standard_error"].tolist() == [value.standard_error for value in estimate]
    assert [v["standard_error"] for v in estimate.to_dict()["values"]] == [v.standard_error for v in estimate]
    head, names, *lines = repr(estimate).splitlines()
    assert head == "Shapley values of 3 units from 2000 permutations, the largest:"
    assert names.split() == ["layer", "unit", "value", "standard_error", "lower", "upper"]
    top = estimate.top(3)[0]
    assert [line.split()[3] for line in lines] == [f"{value.standard_error:.4g}" for value in top]
    for kind, lower in (("bernstein", lambda v: v.lower), ("standard_error", lambda v: v.value - v.standard_error)):
        ax = estimate.plot(intervals=kind)
        drawn = [segment[0, 0] for segment in ax.collections[0].get_segments()]
        np.testing.assert_allclose(drawn, [100 * lower(value) for value in estimate.top(3)[0]])
        assert ("Bernstein" in ax.get_title()) == (kind == "bernstein")
    with pytest.raises(ValueError, match="bernstein or standard_error"):
        estimate.plot(intervals="t")


@pytest.mark.parametrize("kind", ["bernstein", "standard_error"])
@pytest.mark.parametrize("name", ["", "encoder.block1.dense"])
def test_the_title_is_whole(kind, name):
    rng = np.random.default_rng(1)
    hidden = libablate.Dense(rng.normal(size=(30, 3)), activation="relu", name=name)
    model = libablate.from_weights([hidden, (rng.normal(size=(3, 30)), None)])
    estimate = libablate.shapley(model, rng.normal(size=(6, 3)), [0, 1, 2] * 2, permutations=5, progress=False)
    ax = estimate.plot(intervals=kind)
    figure = ax.figure
    figure.canvas.draw()
    drawn = ax.title.get_window_extent()
    assert drawn.x0 >= 0 and drawn.x1 <= figure.bbox.x1 and drawn.y1 <= figure.bbox.y1


def test_orders_start_with_the_least_needed(digits, estimate):
    expected = [UNITS[place] for place in np.argsort(estimate.values, kind="stable")]
    assert estimate.order() == expected and estimate.order()[::-1] == [(v.layer, v.unit) for v in estimate.top(3)[0]]


def test_what_cannot_be(digits, diabetes):
    model, x, y = digits.model, digits.x, digits.y
    with pytest.raises(libablate.UnsupportedError):
        libablate.shapley(diabetes.model, diabetes.x, diabetes.y)
    with pytest.raises(ValueError, match="seed"):
        libablate.Shapley(model, x, y, seed=-1)
    with pytest.raises(ValueError, match="beauty"):
        libablate.Shapley(model, x, y, measure="beauty")
    with pytest.raises(KeyError, match="no player"):
        libablate.Shapley(model, x, y, units=UNITS)[0, 1]
    with pytest.raises(ValueError):
        libablate.shapley(model, x[:0], y[:0])
    with pytest.raises(TypeError, match=r"shapley\(\) got an unexpected keyword argument 'layer'"):
        libablate.shapley(model, x, y, layer=1)
    with pytest.raises(ValueError, match="^layers and units exclude each other"):
        libablate.shapley(model, x, y, layers=1, units=UNITS)


def test_cancelled_runs_go_on(digits, estimate):
    answers = iter([False] * 3 + [True])
    cut = libablate.Shapley(digits.model, digits.x, digits.y, units=UNITS, progress=lambda *_: next(answers, False))
    with pytest.raises(libablate.CancelledError):
        cut.run(2000)
    cut.run(2000 - cut.summary.permutations)
    np.testing.assert_array_equal(cut.values, estimate.values)
