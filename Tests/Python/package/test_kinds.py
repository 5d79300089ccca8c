"""Every kind of sweep against scikit-learn or NumPy, one changed run after the other."""

import itertools

import numpy as np
import pytest

import libablate


def counted(before, after, y):
    """correct, lost, gained, changed"""
    was, now = before == y, after == y
    return [int(now.sum()), int((was & ~now).sum()), int((~was & now).sum()), int((before != after).sum())]


def figures(result):
    return [result.correct, result.lost, result.gained, result.changed]


def test_units(digits, without):
    before = digits.network.predict(digits.x)
    sweep = libablate.sweep(digits.model, digits.x, digits.y, metrics=["confusion", "log_loss"], progress=False)
    assert len(sweep) == 36 and sweep.intact.correct == (before == digits.y).sum() and sweep.rows == 400
    for layer, unit in [(0, 0), (0, 23), (1, 0), (1, 11)]:
        network = without(digits.network, [(layer, unit)])
        after = network.predict(digits.x)
        result = sweep[layer, unit]
        assert figures(result) == counted(before, after, digits.y)
        assert result.effect == pytest.approx((after == digits.y).mean() - (before == digits.y).mean())
        assert (result.layer, result.unit, result.input, result.interaction) == (layer, unit, None, None)
        confusion = np.zeros((10, 10), int)
        np.add.at(confusion, (digits.y, after), 1)
        np.testing.assert_array_equal(sweep.confusion((layer, unit)), confusion)
        loss = -np.log(network.predict_proba(digits.x)[np.arange(400), digits.y]).mean()
        assert result.log_loss == pytest.approx(loss, rel=1e-4)
        without.undo()


def test_synapses_into_and_out_of_units(digits):
    model, x, y = digits.model, digits.x[:100], digits.y[:100]
    before = model.predict(x)
    into = libablate.synapses(model, x, y, units=[(1, 3), (2, 0)], progress=False)
    assert len(into) == 24 + 12
    for key in [(1, 3, 0), (1, 3, 23), (2, 0, 5)]:
        assert figures(into[key]) == counted(before, model.ablate(synapses=[key]).predict(x), y)
    out = libablate.synapses(model, x, y, units=[(0, 7)], outgoing=True, progress=False)
    assert [(r.layer, r.unit, r.input) for r in out] == [(1, unit, 7) for unit in range(12)]
    assert figures(out[1, 4, 7]) == counted(before, model.ablate(synapses=[(1, 4, 7)]).predict(x), y)
    whole = libablate.synapses(model, x[:5], y[:5], layers=2, progress=False)
    assert len(whole) == 120
    with pytest.raises(ValueError, match="^layers and units exclude each other"):
        libablate.synapses(model, x, y, layers=1, units=[(1, 3)])
    with pytest.raises(ValueError, match="^layers and order exclude each other"):
        libablate.Sweep(model, "synapses", layers=1, order=[(1, 3)])
    with pytest.raises(ValueError, match="units"):
        libablate.synapses(model, x, y, outgoing=True)


def test_inputs(digits):
    sweep = libablate.inputs(digits.model, digits.x, digits.y, replacement="mean", progress=False)
    before = digits.network.predict(digits.x)
    mean = digits.x.mean(axis=0, dtype=np.float64)
    for value in [0, 20, 36]:
        changed = digits.x.copy()
        changed[:, value] = mean[value]
        assert figures(sweep[value]) == counted(before, digits.network.predict(changed), digits.y)
        assert sweep[value].input == value and sweep[value].layer is None


@pytest.mark.parametrize("layers", [1, (0, 1)])
def test_pairs(digits, layers):
    model, x, y = digits.model, digits.x[:150], digits.y[:150]
    sweep = libablate.pairs(model, x, y, layers=layers, progress=False)
    before = model.predict(x)
    first, second = (1, 1) if layers == 1 else layers
    some = [(0, 5), (3, 11)]
    for i, j in some:
        after = model.ablate([(first, i), (second, j)]).predict(x)
        result = sweep[(first, i), (second, j)]
        assert figures(result) == counted(before, after, y)
        alone = sweep[first, i].effect + sweep[second, j].effect
        assert result.interaction == pytest.approx(result.effect - alone, abs=1e-12)
        assert sweep[(second, j), (first, i)] == result
    assert all(result.second_unit is not None for result in sweep.strongest(5))
    assert sweep[first, 0].interaction is None


def test_a_cumulative_order(digits):
    order = [(1, 4), (0, 2), (1, 0)]
    sweep = libablate.cumulative(digits.model, digits.x, digits.y, order=order, progress=False)
    before = digits.model.predict(digits.x)
    for step, result in enumerate(sweep):
        after = digits.model.ablate(order[: step + 1]).predict(digits.x)
        assert figures(result) == counted(before, after, digits.y)
    assert sweep.to_pandas()["step"].tolist() == [1, 2, 3]
    lines = repr(sweep).splitlines()
    assert lines[1] == "step by step:" and [line.split()[0] for line in lines[3:]] == ["1", "2", "3"]
    every = libablate.cumulative(digits.model, digits.x, digits.y, order={0: "all"}, progress=False)
    lines = repr(every).splitlines()
    assert lines[1] == "11 of the steps:" and [line.split()[0] for line in lines[3::5]] == ["1", "12", "24"]
    with pytest.raises(KeyError, match="position"):
        sweep[1, 4]


def test_masks(digits):
    ablations = [digits.model.ablate({0: [1, 2]}, replacement=0.25), digits.model.ablate(synapses=[(0, 0, 20)])]
    expected = [ablated.predict(digits.x) for ablated in ablations]
    sweep = libablate.masks(digits.model, digits.x, digits.y, masks=ablations, progress=False)
    before = digits.model.predict(digits.x)
    assert [figures(r) for r in sweep] == [counted(before, after, digits.y) for after in expected]


def test_a_regression(diabetes, without):
    sweep = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    before = diabetes.network.predict(diabetes.x)
    after = without(diabetes.network, [(0, 3)]).predict(diabetes.x)
    result = sweep[0, 3]
    assert result.squared_error == pytest.approx(((after - diabetes.y) ** 2).mean(), rel=1e-5)
    assert result.absolute_change == pytest.approx(np.abs(after - before).mean(), rel=1e-5)
    assert sweep.intact.squared_error == pytest.approx(((before - diabetes.y) ** 2).mean(), rel=1e-5)
    assert "squared error" in repr(sweep) and "squared_error" in sweep.to_pandas()
    for call in (
        sweep.confusion,
        sweep.plot_confusion,
        lambda: sweep.plot_before_after((0, 3)),
        lambda: libablate.sweep(diabetes.model, diabetes.x, diabetes.y, metrics="confusion"),
    ):
        with pytest.raises(libablate.UnsupportedError, match="^confusion matrices are of .*, not of a regression$"):
            call()
    counts = ("correct", "lost", "gained", "changed")
    for found in (result, sweep.intact):
        assert {getattr(found, name) for name in counts} == {None} and np.isnan(found.accuracy)
        assert not any(name in repr(found) for name in counts)
    document = sweep.to_dict()
    assert list(document["intact"]) == ["rows", "effect", "squared_error", "absolute_change"]
    assert list(document["results"][0]) == ["layer", "unit", *document["intact"]]
    for name in counts:
        with pytest.raises(ValueError, match=f"^{name} is of classifiers: this sweep has none"):
            sweep[name]
    two_columns = libablate.sweep(diabetes.model, diabetes.x, diabetes.y[:, None], progress=False)
    assert two_columns[0, 3] == result


@pytest.mark.parametrize("replacement", ["zero", "dead", "mean", 0.5, "resample"])
def test_replacements(digits, replacement):
    model, x, y = digits.model, digits.x[:100], digits.y[:100]
    sweep = libablate.sweep(model, x, y, layers=1, replacement=replacement, progress=False)
    before = model.predict(x)
    for unit in (0, 7):
        with model.ablate({1: unit}, replacement=replacement, reference=x) as ablated:
            assert figures(sweep[1, unit]) == counted(before, ablated.predict(x), y)


def test_greedy_elimination(digits):
    model, x, y = digits.model, digits.x[:120], digits.y[:120]
    done = libablate.greedy(model, x, y, layer=1, count=4, progress=False)
    gone = []
    for unit, accuracy in zip(done.units.tolist(), done.curve.tolist()):
        right = {
            other: (model.ablate({1: [*gone, other]}).predict(x) == y).sum() for other in set(range(12)) - set(gone)
        }
        best = max(right.values())
        assert unit == min(other for other, correct in right.items() if correct == best)
        assert accuracy == best / 120
        gone.append(unit)
    assert done.complete and len(done) == 4 and done.to_dict()["units"] == gone
    assert done.to_pandas()["unit"].tolist() == gone
    with pytest.raises(ValueError, match="13"):
        libablate.greedy(model, x, y, layer=1, count=13)


def test_greedy_elimination_of_a_regression(diabetes):
    done = libablate.greedy(diabetes.model, diabetes.x, diabetes.y, layer=0, count=1, progress=False)
    errors = [((diabetes.model.ablate({0: u}).predict(diabetes.x) - diabetes.y) ** 2).mean() for u in range(12)]
    assert done.units[0] == np.argmin(errors) and done.curve[0] == pytest.approx(min(errors), rel=1e-5)


def test_other_questions_are_refused(digits):
    model, x, y = digits.model, digits.x, digits.y
    for call, text in [
        (lambda: libablate.Sweep(model, "neurons"), "neurons"),
        (lambda: libablate.sweep(model, x, y, metrics="f1"), "f1"),
        (lambda: libablate.pairs(model, x, y, layers=(1, 0)), "layer"),
        (lambda: libablate.masks(model, x, y, masks=[]), "mask"),
        (lambda: libablate.cumulative(model, x, y, order=[(0, 1), (0, 1)]), "twice|once"),
    ]:
        with pytest.raises(ValueError, match=text):
            call()
    multilabel = libablate.from_weights([(np.eye(2), None)], head="multilabel")
    with pytest.raises(libablate.UnsupportedError):
        libablate.sweep(multilabel, np.eye(2), np.eye(2))


@pytest.mark.parametrize("kind", ["synapses", "outgoing_synapses", "masks"])
def test_kinds_without_a_replacement_of_their_own(digits, kind):
    items = {"masks": {"masks": [digits.model.ablate({0: 1})]}, "outgoing_synapses": {"order": [(0, 1)]}}.get(kind, {})
    for replacement in (5.0, "dead", "mean"):
        with pytest.raises(ValueError, match="^replacement is not of "):
            libablate.Sweep(digits.model, kind, replacement=replacement, reference=digits.x, **items)
    libablate.Sweep(digits.model, kind, **items)


def test_class_probabilities_and_changed_rows(digits):
    metrics = ["class_probabilities", "changed_rows", "kl_divergence", "margin", "label_probability"]
    with pytest.raises(ValueError, match="changed_row_limit is 1 or more, not 0"):
        libablate.sweep(digits.model, digits.x, digits.y, metrics=metrics, changed_row_limit=0)
    sweep = libablate.sweep(digits.model, digits.x, digits.y, metrics=metrics, changed_row_limit=4, progress=False)
    before = digits.model.predict(digits.x)
    with digits.model.ablate({1: 5}) as ablated:
        after, q = ablated.predict(digits.x), ablated.predict_proba(digits.x).astype(np.float64)
    assert sweep.changed_rows((1, 5)).tolist() == np.flatnonzero(before != after)[:4].tolist()
    means = np.array([q[digits.y == label].mean(axis=0) for label in range(10)])
    np.testing.assert_allclose(sweep.class_probabilities((1, 5)), means, atol=1e-6)
    p = digits.model.predict_proba(digits.x).astype(np.float64)
    np.testing.assert_allclose(sweep[1, 5].kl_divergence, (p * np.log(p / q)).sum(axis=1).mean(), atol=1e-5)
    np.testing.assert_allclose(sweep[1, 5].label_probability, q[np.arange(400), digits.y].mean(), atol=1e-6)
    with pytest.raises(ValueError):
        sweep.confusion((1, 5))
    assert sweep.confusion().sum() == 400


def test_every_position_is_found_by_its_name(digits):
    sweep = libablate.pairs(digits.model, digits.x[:1], digits.y[:1], layers=1, progress=False)
    names = [(1, unit) for unit in range(12)]
    names += [((1, i), (1, j)) for i, j in itertools.combinations(range(12), 2)]
    assert [sweep.position(name) for name in names] == list(range(len(sweep)))


@pytest.mark.parametrize("head", ["regression", "multilabel"])
def test_what_takes_classes(head):
    """Says so of a regression and of a multilabel model, in the same words."""
    model, x = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], head=head), np.eye(2)
    said = " of classifiers with one class per row, not of a (regression|multilabel model)"
    for call in (
        lambda: libablate.curves(model, x, None, [(0, 0)]),
        lambda: libablate.shapley(model, x, None),
        lambda: libablate.pruning_curve(model, x, None, [(0, 0)]),
        lambda: libablate.dissect(model, x, None, x, None, 0),
        lambda: libablate.Sweep(model, metrics="confusion"),
        lambda: libablate.diff(model, model, x, progress=False).to_pandas(),
    ):
        with pytest.raises(libablate.UnsupportedError, match=said):
            call()


@pytest.mark.parametrize(
    ("weights", "bias", "row", "prediction"),
    [
        ([[1.75e38, -1.6e38], [-1.75e38, 1.6e38]], [3e28, 0], [1e-10, 1e-10], 0),
        ([[-1.75e38, 1.6e38], [1.75e38, -1.6e38]], [-1e28, 0], [1e-10, 2e-10], 1),
    ],
)
def test_pairs_where_a_difference_of_weights_is_no_number(weights, bias, row, prediction):
    model = libablate.from_weights([(np.eye(2), None, "relu"), (weights, bias)])
    # Without both units, the scores are the bias.
    assert model.ablate({0: [0, 1]}).predict([row]).tolist() == [int(np.argmax(bias))]
    swept = libablate.pairs(model, [row], [prediction], layers=0)
    assert swept["changed"].tolist()[2] == int(np.argmax(bias) != model.predict([row])[0])


@pytest.mark.parametrize(("classes", "metrics"), [(100, ("confusion",)), (101, ())])
def test_models_of_many_classes_have_no_confusion_matrices_unless_asked_for(classes, metrics):
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.ones((classes, 2)), None)])
    assert libablate.Sweep(model).metrics == metrics
    assert libablate.Sweep(model, metrics="confusion").metrics == ("confusion",)
