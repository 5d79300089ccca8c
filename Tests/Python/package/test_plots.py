"""What pictures show, read back from what matplotlib was told to draw."""

import io
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

import libablate

BELOW, ABOVE, QUIET = "#0072b2", "#d55e00", "#999999"


@pytest.fixture(scope="module")
def sweep(digits):
    metrics = ["confusion", "changed_rows", "log_loss"]
    return libablate.sweep(
        digits.model, digits.x, digits.y, metrics=metrics, changed_row_limit=400, progress=False
    )  # fmt: skip


@pytest.fixture(scope="module")
def effects(digits):
    """The effect of each unit, in percentage points, from scikit-learn's network."""
    right = (digits.network.predict(digits.x) == digits.y).sum()
    found = []
    for layer, width in enumerate((24, 12)):
        for unit in range(width):
            kept, digits.network.coefs_ = digits.network.coefs_, [c.copy() for c in digits.network.coefs_]
            digits.network.coefs_[layer + 1][unit] = 0
            found.append((digits.network.predict(digits.x) == digits.y).sum() - right)
            digits.network.coefs_ = kept
    return 100 * np.array(found) / len(digits.y)


def drawn_steps(ax, label):
    """Values and edges of the outline with that label."""
    (patch,) = (patch for patch in ax.patches if patch.get_label() == label)
    return patch.get_data().values, patch.get_data().edges


def image_of(ax):
    (image,) = ax.images
    return np.asarray(image.get_array())


def texts_of(ax, shape):
    """What is written in the cells of a matrix."""
    found = np.full(shape, "", object)
    for text in ax.texts:
        column, row = (round(place) for place in text.get_position())
        found[row, column] = text.get_text()
    return found


def test_sorted_effects_of_each_layer(sweep, effects):
    ax = sweep.plot()
    for label, part, begin in [("layer 0", effects[:24], 0), ("layer 1", effects[24:], 24)]:
        values, edges = drawn_steps(ax, label)
        np.testing.assert_allclose(values, np.sort(part), atol=1e-9)
        assert edges.tolist() == list(range(begin, begin + len(part) + 1))
    zero = next(line for line in ax.lines if line.get_label() == "_intact")
    assert list(zero.get_ydata()) == [0, 0]
    assert ax.get_ylabel() == "effect on accuracy, percentage points"
    assert [text.get_text() for text in ax.texts] == ["layer 0", "layer 1"]
    below = [p for p in ax.patches if to_hex(p.get_facecolor()) == BELOW]
    above = [p for p in ax.patches if to_hex(p.get_facecolor()) == ABOVE]
    np.testing.assert_allclose(below[1].get_data().values, np.minimum(np.sort(effects[24:]), 0), atol=1e-9)
    np.testing.assert_allclose(above[0].get_data().values, np.maximum(np.sort(effects[:24]), 0), atol=1e-9)


def test_one_layer_into_axes_of_the_caller(sweep, effects):
    _, (left, right) = plt.subplots(1, 2)
    assert sweep.plot(right, layer=1) is right and not left.patches
    np.testing.assert_allclose(drawn_steps(right, "layer 1")[0], np.sort(effects[24:]), atol=1e-9)
    assert right.get_title() == "12 units of layer 1"


def test_another_column_has_the_intact_value_as_its_line(digits, sweep):
    ax = sweep.plot(column="log_loss", layer=0)
    probabilities = digits.network.predict_proba(digits.x)[np.arange(400), digits.y]
    line = next(line for line in ax.lines if line.get_label() == "_intact")
    assert line.get_ydata()[0] == pytest.approx(-np.log(probabilities).mean(), rel=1e-4)
    np.testing.assert_array_equal(drawn_steps(ax, "layer 0")[0], np.sort(sweep["log_loss"][:24]))


def test_cumulative_sweeps_start_intact(digits, without):
    order = [(1, 3), (1, 0), (1, 7)]
    ax = libablate.cumulative(digits.model, digits.x, digits.y, order=order, progress=False).plot(label="some")
    expected = []
    for count in range(4):
        expected.append(100 * (without(digits.network, order[:count]).predict(digits.x) == digits.y).mean())
        without.undo()
    np.testing.assert_allclose(ax.lines[0].get_ydata(), expected)
    assert ax.lines[0].get_xdata().tolist() == [0, 1, 2, 3] and ax.get_ylabel() == "accuracy, %"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["some"]


def test_effects_of_a_regression(diabetes):
    sweep = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    ax = sweep.plot()
    assert ax.get_ylabel() == "effect on the mean squared error"
    np.testing.assert_array_equal(drawn_steps(ax, "layer 0")[0], np.sort(sweep["effect"]))
    with pytest.raises(ValueError, match="correct"):
        sweep.plot(column="correct")
    pairs = libablate.pairs(diabetes.model, diabetes.x, diabetes.y, layers=0, progress=False)
    assert pairs.plot(column="interaction").get_ylabel() == "interaction, mean squared error"
    drawn = image_of(pairs.plot_map(column="interaction"))
    assert drawn[3, 1] == pytest.approx(pairs[(0, 1), (0, 3)].interaction)


def colours_of(ax):
    """Of what is drawn below the intact model, and above it."""
    filled = [patch for patch in ax.patches if patch.get_fill()]
    intact = next(line for line in ax.lines if line.get_label() == "_intact").get_ydata()[0]
    below = {to_hex(p.get_facecolor()) for p in filled if (p.get_data().values < intact).any()}
    above = {to_hex(p.get_facecolor()) for p in filled if (p.get_data().values > intact).any()}
    return below, above


def test_colours_tell_better_from_worse(diabetes, digits, sweep):
    """Blue is worse than the intact model, orange better, on whichever side that is; what is neither is grey."""
    assert (sweep["effect"] <= 0).all()
    for column, drawn in (("effect", ({BELOW}, set())), ("lost", (set(), {BELOW})), ("gained", (set(), {ABOVE}))):
        assert colours_of(sweep.plot(column=column)) == drawn
    assert colours_of(sweep.plot(column="changed")) == (set(), {QUIET})
    errors = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    assert (errors["effect"] < 0).any() and (errors["effect"] > 0).any()
    for column in ("effect", "squared_error"):
        assert colours_of(errors.plot(column=column)) == ({ABOVE}, {BELOW})
    assert colours_of(errors.plot(column="absolute_change")) == (set(), {QUIET})
    # A map's colours: orange is at the same end as there.
    inputs = libablate.inputs(diabetes.model, diabetes.x, diabetes.y, progress=False)
    pixels = libablate.inputs(digits.model, digits.x, digits.y, progress=False)
    for found, orange in ((inputs, 0.0), (pixels, 1.0)):
        red, _, blue, _ = found.plot_map().images[0].get_cmap()(orange)
        assert red > blue


def test_confusion(digits, sweep, without):
    before, key = digits.network.predict(digits.x), (1, int(np.argmin(sweep["effect"][24:])))
    after = without(digits.network, [key]).predict(digits.x)
    intact, ablated = np.zeros((2, 10, 10), int)
    np.add.at(intact, (digits.y, before), 1)
    np.add.at(ablated, (digits.y, after), 1)
    figure = sweep.plot_before_after(key)
    for ax, matrix in zip(figure.axes, [intact, ablated]):
        np.testing.assert_allclose(image_of(ax), matrix / matrix.sum(axis=1, keepdims=True))
        assert (texts_of(ax, (10, 10)) == np.where(matrix, matrix.astype(str), "")).all()
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("prediction", "label")
    change = ablated - intact
    np.testing.assert_array_equal(image_of(figure.axes[2]), change)
    assert (texts_of(figure.axes[2], (10, 10)) == [[f"{c:+d}" if c else "" for c in row] for row in change]).all()
    bold = [text for text in figure.axes[1].texts if text.get_fontweight() == "bold"]
    assert len(bold) == ((change != 0) & (ablated != 0)).sum()
    assert figure.axes[1].get_title() == f"layer 1, unit {key[1]} ablated\n{(after == digits.y).mean():.2%} right"
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == [str(digit) for digit in range(10)]


def test_weights(digits):
    weights = digits.network.coefs_[0][:, 5]
    ax = digits.model.plot_weights(0, 5, shape=(8, 8))
    np.testing.assert_allclose(image_of(ax), weights.reshape(8, 8), rtol=1e-6)
    low, high = ax.images[0].get_clim()
    assert -low == high == pytest.approx(np.abs(weights).max())
    line = digits.model.plot_weights(0, 5).lines[-1]
    np.testing.assert_allclose(line.get_ydata(), weights, rtol=1e-6)
    with pytest.raises(ValueError, match="64 values"):
        digits.model.plot_weights(0, 5, shape=(8, 9))
    with pytest.raises(IndexError):
        digits.model.plot_weights(0, 24)


@pytest.mark.parametrize("shape", [(8, 8), (6, 8), (8, 6), (8, 12), (7, 15), (4, 16), (16, 4), (2, 32), (3, 8, 8)])
def test_all_of_a_picture_is_in_its_figure(shape):
    """Its bar of colours, too, as soon as it is saved."""
    width = int(np.prod(shape))
    model = libablate.from_weights([(np.linspace(-1, 1, width)[np.newaxis], None, "relu"), (np.eye(2, 1), None)])
    kernels = libablate.Convolution(np.ones((1, shape[0], 3, 3)))
    images = libablate.from_weights([kernels, libablate.Pooling("global_average")], input_shape=(shape[0], 8, 8))
    inputs = libablate.inputs(model, np.ones((2, width)), [0, 1], progress=False)
    for ax in (model.plot_weights(0, 0, shape=shape), inputs.plot(shape=shape), images.plot_weights(0, 0)):
        ax.figure.savefig(io.BytesIO())
        box, (wide, high) = ax.figure.get_tightbbox(), ax.figure.get_size_inches()
        assert min(box.x0, box.y0, wide - box.x1, high - box.y1) > 0


def test_weights_of_images_with_channels():
    weights = np.arange(24.0).reshape(1, 24)
    model = libablate.from_weights([(weights, None)], input_shape=(2, 3, 4))
    expected = np.hstack([np.arange(12).reshape(3, 4), np.arange(12, 24).reshape(3, 4)])
    np.testing.assert_array_equal(image_of(model.plot_weights(0, 0)), expected)


@pytest.mark.parametrize("which", ["changed", "lost", "gained"])
def test_changed_rows(digits, sweep, without, which):
    unit = int(np.argmax(sweep["gained"][:24]))
    before = digits.network.predict(digits.x)
    after = without(digits.network, [(0, unit)]).predict(digits.x)
    signs = (after == digits.y).astype(int) - (before == digits.y)
    wanted = {"changed": before != after, "lost": signs < 0, "gained": signs > 0}[which]
    rows = np.flatnonzero(wanted)[:5]
    figure = sweep.plot_changed_rows(
        digits.x, (0, unit), y=digits.y, shape=(8, 8), which=which, count=5, columns=3
    )  # fmt: skip
    pictures = [ax for ax in figure.axes if ax.images]
    assert len(pictures) == len(rows) > 0
    for ax, row in zip(pictures, rows):
        np.testing.assert_array_equal(image_of(ax), digits.x[row].reshape(8, 8))
        assert ax.get_title() == f"row {row}\nlabel {digits.y[row]}\n{before[row]} → {after[row]}"
        colour = {-1: BELOW, 0: "#222222", 1: ABOVE}[signs[row]]
        assert to_hex(ax.title.get_color()) == colour


@pytest.mark.parametrize("replacement", ["mean", "resample"])
def test_changed_rows_under_other_replacements(digits, replacement):
    sweep = libablate.sweep(
        digits.model, digits.x, digits.y, layers=1, replacement=replacement, metrics="changed_rows", progress=False
    )
    unit = int(np.argmax(sweep["changed"]))
    ablated = digits.model.ablate(
        {1: unit}, replacement=replacement, reference=digits.model.reference(digits.x, keep_rows=True)
    )
    after, before = ablated.predict(digits.x), digits.model.predict(digits.x)
    figure = sweep.plot_changed_rows(digits.x, (1, unit), shape=(8, 8), count=4)
    rows = np.flatnonzero(before != after)[:4]
    titles = [ax.get_title() for ax in figure.axes if ax.images]
    assert titles == [f"row {row}\n{before[row]} → {after[row]}" for row in rows]


def test_colour_images():
    rows = np.random.default_rng(2).random((4, 3, 2, 2), np.float32)
    model = libablate.from_weights([(np.eye(12), None, "relu"), (np.eye(2, 12), None)], input_shape=(3, 2, 2))
    sweep = libablate.sweep(model, rows, [0, 1, 0, 1], metrics="changed_rows", progress=False)
    changed = sweep.changed_rows((0, 0))
    drawn = image_of(sweep.plot_changed_rows(rows, (0, 0)).axes[0])
    expected = np.moveaxis(rows[changed[0]], 0, -1)
    np.testing.assert_allclose(drawn, (expected - expected.min()) / np.ptp(expected), rtol=1e-6)


def test_rows_that_cannot_be_shown(digits, sweep):
    unit = int(np.argmax(sweep["gained"][:24]))
    with pytest.raises(ValueError, match="no images"):
        sweep.plot_changed_rows(digits.x, (0, unit))
    with pytest.raises(ValueError, match="all"):
        sweep.plot_changed_rows(digits.x[:1], (0, unit), shape=(8, 8))
    with pytest.raises(ValueError, match="pass y"):
        sweep.plot_changed_rows(digits.x, (0, unit), shape=(8, 8), which="lost")
    with pytest.raises(ValueError, match="changed, lost or gained"):
        sweep.plot_changed_rows(digits.x, (0, unit), shape=(8, 8), which="won")
    for name in ("count", "columns"):
        with pytest.raises(ValueError, match=f"^{name} is 1 or more, not 0"):
            sweep.plot_changed_rows(digits.x, (0, unit), shape=(8, 8), **{name: 0})
    plain = libablate.sweep(digits.model, digits.x, digits.y, progress=False)
    with pytest.raises(ValueError, match="changed_rows"):
        plain.plot_changed_rows(digits.x, (0, unit), shape=(8, 8))


def test_synapse_maps(digits):
    x, y = digits.x[:100], digits.y[:100]
    sweep = libablate.synapses(digits.model, x, y, units=[(0, 3), (0, 5)], progress=False)
    expected = 100 * sweep["effect"].reshape(2, 8, 8)
    np.testing.assert_array_equal(image_of(sweep.plot_map(unit=(0, 5), shape=(8, 8))), expected[1])
    whole = libablate.synapses(digits.model, x, y, layers=2, progress=False)
    np.testing.assert_array_equal(image_of(whole.plot_map(column="lost")), whole["lost"].reshape(10, 12))
    out = libablate.synapses(digits.model, x, y, units=[(0, 3)], outgoing=True, progress=False)
    np.testing.assert_array_equal(image_of(out.plot_map()), 100 * out["effect"].reshape(12, 1))
    np.testing.assert_array_equal(image_of(sweep.plot_map(unit=(0, 5 - 24), shape=(8, 8))), expected[1])
    with pytest.raises(ValueError, match="not all swept"):
        out.plot_map(unit=(1, 0))
    for unit in (3, (0, 3, 1)):
        with pytest.raises(TypeError, match=r"^unit is no \(layer, unit\) pair: "):
            sweep.plot_map(unit=unit)
    with pytest.raises(ValueError, match="pass unit"):
        libablate.synapses(digits.model, x, y, progress=False).plot_map()


def test_synapse_maps_of_a_layer_and_of_some_units(digits):
    x, y = digits.x[:50], digits.y[:50]
    sweep = libablate.synapses(digits.model, x, y, progress=False)
    for ax in (sweep.plot_map(layer=2), sweep.plot_map(layer=-1)):
        np.testing.assert_array_equal(image_of(ax), 100 * sweep["effect"][sweep["layer"] == 2].reshape(10, 12))
    with pytest.raises(TypeError, match="ax is matplotlib axes to draw into, not 1"):
        sweep.plot_map(1)
    with pytest.raises(TypeError, match="not 1"):
        sweep.plot(1)
    with pytest.raises(ValueError, match="one of both"):
        sweep.plot_map(unit=(1, 0), layer=2)
    some = libablate.synapses(digits.model, x, y, units=[(0, 3), (0, 5)], progress=False)
    with pytest.raises(ValueError, match="layer 1 was not swept"):
        some.plot_map(layer=1)
    assert [text.get_text() for text in some.plot_map().get_yticklabels()] == ["3", "5"]
    assert some.plot().get_title() == "128 synapses into layer 0, unit 3 and layer 0, unit 5"
    many = libablate.synapses(digits.model, x, y, units={1: [0, 1, 2, 3]}, progress=False)
    assert many.plot().get_title() == "96 synapses into 4 units of layer 1"
    with pytest.raises(ValueError, match="a sweep of inputs"):
        libablate.inputs(digits.model, x, y, progress=False).plot_map(layer=1)


def test_maps_of_inputs_and_pairs(digits, sweep):
    x, y = digits.x[:100], digits.y[:100]
    inputs = libablate.inputs(digits.model, x, y, progress=False)
    np.testing.assert_array_equal(image_of(inputs.plot_map(shape=(8, 8))), 100 * inputs["effect"].reshape(8, 8))
    np.testing.assert_array_equal(image_of(inputs.plot(shape=(8, 8))), 100 * inputs["effect"].reshape(8, 8))
    assert not inputs.plot().images and inputs.plot().get_title() == "64 input values"
    layers = [(layer.weights, layer.bias, layer.activation) for layer in digits.model.layers]
    ax = inputs.plot_map(shape=(1, 64))
    assert image_of(ax).shape == (1, 64)
    for low, high, ticks in ((*ax.get_ylim(), ax.get_yticks()), (*ax.get_xlim(), ax.get_xticks())):
        assert (np.asarray(ticks) % 1 == 0).all() and any(min(low, high) <= tick <= max(low, high) for tick in ticks)
    images = libablate.inputs(libablate.from_weights(layers, input_shape=(8, 8)), x, y, progress=False)
    np.testing.assert_array_equal(image_of(images.plot(column="lost")), inputs["lost"].reshape(8, 8))
    with pytest.raises(ValueError, match="64 values"):
        inputs.plot(shape=(8, 9))
    for text, wrong in (("^a sweep of inputs has no layers$", {"layer": 0}), ("^a label names the", {"label": "x"})):
        with pytest.raises(ValueError, match=text):
            inputs.plot(shape=(8, 8), **wrong)
    with pytest.raises(ValueError, match="^shape is that of inputs as an image; this is a sweep of units: see"):
        sweep.plot(shape=(8, 8))
    pairs = libablate.pairs(digits.model, x, y, layers=1, progress=False)
    drawn = image_of(pairs.plot_map(column="interaction"))
    for first, second in [(0, 1), (3, 11)]:
        expected = 100 * pairs[(1, first), (1, second)].interaction
        assert drawn[first, second] == drawn[second, first] == pytest.approx(expected)
    assert np.isnan(np.ma.filled(drawn, np.nan).diagonal()).all()
    with pytest.raises(ValueError, match="not of units"):
        sweep.plot_map()


def test_columns_and_layers_that_there_are_not(digits, sweep):
    with pytest.raises(ValueError, match="accuracy_change"):
        sweep.plot(column="accuracy_change")
    with pytest.raises(ValueError, match=r"^margin was not asked for: sweep with metrics=\['confusion', "):
        sweep.plot(column="margin")
    unfed = libablate.Sweep(digits.model)
    for plot in (
        unfed.plot,
        unfed.plot_confusion,
        lambda: unfed.plot_confusion((0, 1)),
        lambda: unfed.plot_confusion((0, 1), change=True),
        lambda: unfed.plot_before_after((0, 1)),
    ):
        with pytest.raises(ValueError, match="^the sweep has seen no rows: feed some first$"):
            plot()
    with pytest.raises(ValueError, match="layer 2 was not swept"):
        sweep.plot(layer=2)
    with pytest.raises(ValueError, match="label"):
        sweep.plot(label="units")
    steps = libablate.cumulative(digits.model, digits.x, digits.y, order=[(1, 0)], progress=False)
    with pytest.raises(ValueError, match="one curve"):
        steps.plot(layer=1)
    with pytest.raises(ValueError, match="pass key"):
        sweep.plot_confusion(change=True)


def test_matplotlib_is_missing(sweep, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'libablate\[plot\]'"):
        sweep.plot()


def test_labels_are_shown_as_they_are():
    labels = [r"$\frac{a}$", "<b>", "long " * 20]
    model = libablate.from_weights([(np.eye(3), None, "relu"), (np.eye(3), None)], classes=labels)
    figure = libablate.sweep(model, np.eye(3), labels, progress=False).plot_before_after((0, 1))
    figure.canvas.draw()
    shown = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert shown == [r"\$\frac{a}\$", "<b>", "long long long …"]
