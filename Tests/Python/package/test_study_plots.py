"""Pictures of curves, estimates and profiles, read back from what matplotlib was told to draw."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import libablate


def band(ax):
    """The lower and upper end of the only filled area, by its place along x."""
    (area,) = ax.collections
    points = area.get_paths()[0].vertices
    places = np.unique(points[:, 0])
    return [[edge(points[points[:, 0] == place, 1]) for place in places] for edge in (np.min, np.max)]


def accuracies(digits, without, order):
    """In percent, after each unit of an order, with scikit-learn."""
    found = []
    for count in range(len(order) + 1):
        found.append(100 * (without(digits.network, order[:count]).predict(digits.x) == digits.y).mean())
        without.undo()
    return found


def test_curves_with_their_spread(digits, without):
    model = digits.model
    orders = [libablate.order_at_random(model, {1: "all"}, seed) for seed in range(4)]
    expected = np.array([accuracies(digits, without, order) for order in orders])
    ax = libablate.curves(model, digits.x, digits.y, orders, progress=False).plot(label="at random")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), expected.mean(axis=0))
    assert ax.lines[0].get_xdata().tolist() == list(range(13)) and ax.get_ylabel() == "accuracy, %"
    deviation = expected.std(axis=0, ddof=1)
    np.testing.assert_allclose(band(ax), [expected.mean(axis=0) - deviation, expected.mean(axis=0) + deviation])

    one = libablate.curves(model, digits.x, digits.y, orders[:1], progress=False)
    assert one.plot(ax, label="one order") is ax and len(ax.collections) == 1
    assert ax.lines[0].get_color() != ax.lines[1].get_color()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["at random", "one order"]

    each = libablate.curves(model, digits.x, digits.y, orders, progress=False).plot(orders=True)
    np.testing.assert_allclose([line.get_ydata() for line in each.lines[1:]], expected)


def test_greedy_elimination(digits, diabetes, without):
    done = libablate.greedy(digits.model, digits.x, digits.y, layer=1, count=4, progress=False)
    expected = accuracies(digits, without, [(1, int(unit)) for unit in done.units])
    np.testing.assert_allclose(done.plot().lines[0].get_ydata(), expected)
    assert (done.figure, done.intact) == ("accuracy", expected[0] / 100)
    done = libablate.greedy(diabetes.model, diabetes.x, diabetes.y, layer=0, count=2, progress=False)
    ax = done.plot()
    intact = ((diabetes.network.predict(diabetes.x) - diabetes.y) ** 2).mean()
    assert ax.lines[0].get_ydata()[0] == pytest.approx(intact, rel=1e-5) and ax.get_ylabel() == "mean squared error"


def test_pruning(digits, without):
    model, x, y = digits.model, digits.x, digits.y
    order = [(1, unit) for unit in (3, 0, 7, 11)]
    curve = libablate.pruning_curve(model, x, y, order, compensations=["zero", "least_squares"], progress=False)
    ax = curve.plot()
    np.testing.assert_allclose(ax.lines[0].get_ydata(), accuracies(digits, without, order))
    assert [line.get_label() for line in ax.lines] == ["zero", "least squares"]
    smaller = libablate.prune(model, order, compensation="least_squares", X=x, progress=False)
    assert ax.lines[1].get_ydata()[-1] == 100 * (smaller.predict(x) == y).mean()
    # A unit of the second layer has 24 weights in, a bias, and 10 weights out.
    assert (-np.diff(curve.parameters)).tolist() == [24 + 1 + 10] * 4
    assert list(curve.to_pandas()) == ["pruned", "parameters", "zero", "least_squares"]
    assert curve.to_dict()["pruned"] == [0, 1, 2, 3, 4]
    few = libablate.pruning_curve(model, x, y, order, points=[4], compensations="zero", progress=False)
    assert few.accuracies["zero"][0] == curve.accuracies["zero"][4]


def test_pruning_that_cannot_be(digits, diabetes):
    with pytest.raises(ValueError, match="median"):
        libablate.pruning_curve(digits.model, digits.x, digits.y, [(1, 0)], compensations="median")
    with pytest.raises(ValueError, match="0 to 1"):
        libablate.pruning_curve(digits.model, digits.x, digits.y, [(1, 0)], points=[2])
    with pytest.raises(libablate.UnsupportedError):
        libablate.pruning_curve(diabetes.model, diabetes.x, diabetes.y, [(0, 0)])


def test_shapley_values(digits):
    estimate = libablate.shapley(digits.model, digits.x, digits.y, layers=1, permutations=20, progress=False)
    ax = estimate.plot(count=5)
    order = np.argsort(-estimate.values, kind="stable")[:5]
    (points,) = (line for line in ax.lines if line.get_marker() == "o")
    np.testing.assert_array_equal(points.get_xdata(), 100 * estimate.values[order])
    ends = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
    assert ends == [[100 * estimate[int(place)].lower, 100 * estimate[int(place)].upper] for place in order]
    assert [text.get_text() for text in ax.get_yticklabels()] == [f"layer 1, unit {place}" for place in order]
    bottom, top = ax.get_ylim()
    assert bottom > top and "percentage points" in ax.get_xlabel()
    with pytest.raises(ValueError, match="run some"):
        libablate.Shapley(digits.model, digits.x, digits.y).plot()


def test_judgements(digits):
    sweep = libablate.sweep(digits.model, digits.x, digits.y, progress=False)
    judgements = libablate.judge(sweep)
    ax = judgements.plot()
    drawn = {}
    for line in ax.lines:
        if not line.get_label().startswith("_"):
            drawn[line.get_label().split(" ")[0]] = sorted(line.get_ydata().tolist())
            assert line.get_label().endswith(f"({len(line.get_ydata())})")
    verdicts = judgements["verdict"]
    assert drawn == {name: sorted((100 * judgements["effect"][verdicts == name]).tolist()) for name in set(verdicts)}
    order = np.argsort(judgements["effect"], kind="stable")
    ends = np.array([segment[:, 1] for segment in ax.collections[0].get_segments()])
    np.testing.assert_array_equal(ends, 100 * np.stack([judgements["lower"], judgements["upper"]], axis=1)[order])


def test_activations_by_class(digits):
    profile = libablate.profile(digits.model, digits.x, digits.y, measures="class_means", progress=False)
    activations = digits.model.activations(digits.x, 1).astype(float)
    means = np.array([activations[digits.y == digit].mean(axis=0) for digit in range(10)])
    ax = profile.plot(1)
    np.testing.assert_allclose(np.asarray(ax.images[0].get_array()), means)
    (dots,) = ax.lines
    assert dots.get_xdata().tolist() == means.argmax(axis=1).tolist() and dots.get_ydata().tolist() == list(range(10))
    assert ax.images[0].get_clim() == (0, pytest.approx(means.max()))

    # The last layer that was profiled, without a word of which.
    assert profile.plot().get_title() == ax.get_title() == "layer 1: activation by class"
    ordered = profile.plot(1, sort=True)
    silent = means.min(axis=0) == means.max(axis=0)
    order = np.argsort(np.where(silent, 10, means.argmax(axis=0)), kind="stable")
    np.testing.assert_allclose(np.asarray(ordered.images[0].get_array()), means[:, order])
    assert [text.get_text() for text in ordered.get_xticklabels()] == [str(unit) for unit in order]
    with pytest.raises(ValueError, match="class_means"):
        libablate.profile(digits.model, digits.x, progress=False).plot(0)


def test_units_that_answer_to_no_class_come_last():
    model = libablate.from_weights([(np.eye(3), [-9, 0, 0], "relu"), (np.eye(2, 3), None)])
    profile = libablate.profile(model, [[1, 0, 2], [1, 3, 0]], [0, 1], measures="class_means")
    ax = profile.plot(0, sort=True)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["2", "1", "0"]
    with pytest.raises(ValueError, match="no rows"):
        libablate.Profile(model, "class_means").plot(0)


def test_activations_of_both_signs():
    model = libablate.from_weights([(np.eye(2), None, "tanh"), (np.eye(2), None)])
    ax = libablate.profile(model, [[1, -2], [0.5, 0]], [0, 1], measures="class_means").plot(0)
    assert ax.images[0].get_clim() == pytest.approx((-np.tanh(2), np.tanh(2)))


def test_differences(digits, without):
    first = digits.network.predict(digits.x)
    second = without(digits.network, [(1, 2)]).predict(digits.x)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (first, second), 1)
    ax = libablate.diff(digits.model, digits.model.ablate({1: 2}), digits.x).plot()
    np.testing.assert_allclose(np.asarray(ax.images[0].get_array()), counts / counts.sum(axis=1, keepdims=True))
    assert ax.get_title() == f"{(first == second).mean():.2%} of 400 rows alike"


def test_colours_are_those_of_okabe_and_ito(digits):
    orders = [[(1, 0)], [(1, 1)], [(1, 2)]]
    ax = None
    for number, order in enumerate(orders):
        found = libablate.curves(digits.model, digits.x, digits.y, [order], progress=False)
        ax = found.plot(ax, label=str(number))
    assert [to_hex(line.get_color()).upper() for line in ax.lines] == ["#0072B2", "#D55E00", "#009E73"]
