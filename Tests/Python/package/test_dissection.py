"""Which units a class rests on: against scikit-learn's balanced accuracy over runs one by one."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import balanced_accuracy_score, multilabel_confusion_matrix

import libablate
from libablate import Convolution, Pooling


def one_against_all(labels, predictions, classes):
    return np.array([balanced_accuracy_score(labels == label, predictions == label) for label in classes])


@pytest.fixture(scope="module")
def images():
    """Random convolutions, and a dense layer fitted to their means."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    rng = np.random.default_rng(2)
    steps = [
        Convolution(rng.normal(0, 0.6, (6, 1, 3, 3)), rng.normal(0, 0.2, 6), "relu", padding=1, name="first"),
        Pooling("maximum", 2),
        Convolution(rng.normal(0, 0.3, (10, 6, 3, 3)), rng.normal(0, 0.2, 10), "relu", padding=1, name="second"),
        Pooling("global_average"),
    ]
    features = libablate.from_weights(steps, input_shape=(1, 8, 8), head="logits").scores(x)
    design = np.c_[features, np.ones(len(x))]
    fit = np.linalg.lstsq(design, np.eye(10)[y], rcond=None)[0]
    model = libablate.from_weights([*steps, (fit[:-1].T, fit[-1])], input_shape=(1, 8, 8))
    return model, x, y


def test_ties_are_told():
    # Units 1 and 2 do the same to class 1, unit 0 nothing.
    model = libablate.from_weights([(np.eye(3), None, "relu"), ([[0, 0, 0], [0, 1, 1]], [0.1, 0])])
    x = np.array([[1, 0, 0], [1, 0.2, 0], [0, 0, 0.2], [2, 0, 0]])
    y = [0, 1, 1, 0]
    found = libablate.dissect(model, x, y, x, y, 0, counts=[1], progress=False)
    assert found.effects[:, 1].tolist() == [0, -0.25, -0.25]
    assert "1 = 2, 0" in repr(found)


@pytest.mark.parametrize("replacement", ["zero", "mean"])
@pytest.mark.parametrize("layer", ["first", "second"])
def test_ranked_on_some_rows_and_found_on_others(images, layer, replacement):
    model, x, y = images
    (a, b), (c, d) = (x[:300], y[:300]), (x[300:600], y[300:600])
    classes = [3, 0, 7]
    found = libablate.dissect(model, a, b, c, d, layer, classes=classes, counts=[0, 1, 3, 99], replacement=replacement)
    units = model.layers[layer].units
    assert found.counts.tolist() == [0, 1, 3, units] and found.labels.tolist() == classes

    def accuracies(chosen, rows, labels):
        how = {"replacement": replacement, "reference": a if replacement == "mean" else None}
        with model.ablate({layer: chosen} if len(chosen) else {}, **how) as ablated:
            return one_against_all(labels, ablated.predict(rows), classes)

    effects = np.array([accuracies([unit], a, b) - accuracies([], a, b) for unit in range(units)])
    np.testing.assert_allclose(found.effects, effects, atol=1e-12)
    np.testing.assert_allclose(found.intact, accuracies([], c, d), atol=1e-12)
    for row in range(len(classes)):
        sorted_effects = found.effects[found.orders[row], row]
        assert (np.diff(sorted_effects) >= 0).all() and sorted(found.orders[row]) == list(range(units))
        for column, count in enumerate(found.counts):
            without, only = found.orders[row][:count], found.orders[row][count:]
            assert found.without_top[row, column] == pytest.approx(accuracies(without, c, d)[row], abs=1e-12)
            assert found.top_only[row, column] == pytest.approx(accuracies(only, c, d)[row], abs=1e-12)


def test_balanced_accuracies_of_many_matrices():
    rng = np.random.default_rng(1)
    labels, predictions = rng.integers(0, 4, (2, 3, 200))
    pairs = list(zip(labels, predictions))
    matrices = [multilabel_confusion_matrix(one, other, labels=range(4)) for one, other in pairs]
    expected = [one_against_all(one, other, range(4)) for one, other in pairs]
    np.testing.assert_allclose(libablate.balanced_accuracies(matrices), expected, atol=1e-12)
    assert np.isnan(libablate.balanced_accuracies([[[3, 1], [0, 0]]])).all()
    for shape in [(4, 4), (2, 2), (3, 2, 3)]:
        with pytest.raises(ValueError, match="classes, 2, 2"):
            libablate.balanced_accuracies(np.zeros(shape, int))


def test_a_thousand_classes():
    """Their confusion matrices would take 2.4 GB, each class against the rest 5 MB."""
    rng = np.random.default_rng(3)
    model = libablate.from_weights([(rng.normal(size=(300, 20)), None, "relu"), (rng.normal(size=(1000, 300)), None)])
    x = rng.normal(size=(60, 20)).astype(np.float32)
    y = model.predict(x)
    y[::5] = 7
    classes = np.unique(y)[:3]
    found = libablate.dissect(model, x, y, x, y, 0, classes=classes, counts=[5], progress=False)
    for row, label in enumerate(classes):
        with model.ablate([(0, int(unit)) for unit in found.orders[row][:5]]) as ablated:
            assert found.without_top[row, 0] == one_against_all(y, ablated.predict(x), [label])[0]
    huge = libablate.from_weights([(np.ones((2000, 1)), None), (np.ones((3000, 2000)), None)])
    with pytest.raises(libablate.OutOfMemoryError, match="leave the metric confusion out$"):
        libablate.Sweep(huge, metrics="confusion")


def test_classes_that_units_cannot_be_ranked_for(images):
    """They have no accuracy: an order of their units would be that of the units' numbers."""
    model, x, y = images
    few = np.flatnonzero((y != 3) & (y != 8))[:100]
    rows = (x[few], y[few], x[300:400], y[300:400])
    text = r"^y has no row of the classes 3, 8, for which .*: classes=np.unique\(y\) takes the others$"
    with pytest.raises(ValueError, match=text):
        libablate.dissect(model, *rows, "second", counts=[1], progress=False)
    with pytest.raises(ValueError, match="^y has no row of the class 8, for which .*: leave out of classes what"):
        libablate.dissect(model, *rows, "second", classes=[7, 8], counts=[1], progress=False)
    found = libablate.dissect(model, *rows, "second", classes=np.unique(y[few]), counts=[1], progress=False)
    assert np.isfinite(found.effects).all()
    same = x[y == 5][:50], np.full(50, 5)
    with pytest.raises(ValueError, match="^y has the class 5 alone: "):
        libablate.dissect(model, *same, *rows[2:], "second", classes=[5], counts=[1], progress=False)
    with pytest.raises(ValueError, match="classes has a label more than once"):
        libablate.dissect(model, *rows, "second", classes=[7, 7], counts=[1], progress=False)


def test_what_is_printed_and_drawn(images):
    model, x, y = images
    y_test = np.where(y[300:600] == 7, 1, y[300:600])
    found = libablate.dissect(model, x[:300], y[:300], x[300:600], y_test, "second", counts=range(8), progress=False)
    head, *lines = repr(found).splitlines()
    assert (
        head.startswith("Dissection of the 10 units of layer 1 for 10 classes: balanced accuracies")
        and len(lines) == 11
    )
    names = "class first units intact without 0 without 3 without 7 only 0 only 3 only 7"
    assert " ".join(lines[0].split()) == names
    first = " = ".join(map(str, found.orders[4, :3]))
    assert (found.effects[found.orders[4, :4], 4] == found.effects[found.orders[4, 0], 4]).all()
    figures = [found.intact[4], *found.without_top[4, [0, 3, 7]], *found.top_only[4, [0, 3, 7]]]
    assert lines[5].split("...")[0].split(maxsplit=1) == ["4", f"{first} = "]
    assert lines[5].split("...")[1].split() == [f"{figure:.4g}" for figure in figures]
    of_one = found.plot(class_label=4)
    np.testing.assert_array_equal(of_one.lines[0].get_ydata(), 100 * found.without_top[4])
    np.testing.assert_array_equal(of_one.lines[1].get_ydata(), 100 * found.top_only[4])
    assert of_one.lines[2].get_ydata()[0] == 100 * found.intact[4] and of_one.get_title() == "class 4"
    # Class 7 has no rows here.
    drawn = found.plot().lines[0]
    np.testing.assert_allclose(drawn.get_ydata(), 100 * np.nanmean(found.without_top, axis=0))
    assert drawn.get_xdata().tolist() == list(range(8)) and np.isnan(found.intact[7])
    with pytest.raises(ValueError, match="^class_label is 11"):
        found.plot(class_label=11)


def test_tables_of_many_classes():
    model = libablate.from_weights([(np.eye(12), None, "relu"), (np.eye(12), None)])
    x, y = np.eye(12), np.arange(12)
    found = libablate.dissect(model, x, y, x, y, 0, counts=[1, 12], progress=False)
    assert len(repr(found).splitlines()) == 13 and repr(found).endswith("... 2 more: to_pandas()")
    plain = found.to_dict()
    assert plain["layer"] == 0 and plain["counts"] == [1, 12] and np.shape(plain["orders"]) == (12, 12)
    pytest.importorskip("pandas")
    frame = found.to_pandas()
    assert list(frame.columns) == ["label", "count", "intact", "without_top", "top_only"] and len(frame) == 24
    row = frame[(frame.label == 5) & (frame["count"] == 1)].iloc[0]
    assert (row.intact, row.without_top, row.top_only) == (1, found.without_top[5, 0], found.top_only[5, 0])
