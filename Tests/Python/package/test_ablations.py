"""Ablating units and synapses gives what the same change gives in scikit-learn or NumPy."""

import numpy as np
import pytest

import libablate


@pytest.mark.parametrize(
    "units",
    [
        {0: [3, 5], 1: 2},
        {0: {3: "zero", 5: 0.0}, 1: slice(2, 3)},
        {0: np.isin(np.arange(24), [3, 5]), -2: np.array([2])},
        [(0, 3), (1, 2), (0, 5)],
    ],
    ids=["lists", "own replacements", "booleans", "pairs"],
)
def test_units_in_every_notation(digits, without, units):
    expected = without(digits.network, [(0, 3), (0, 5), (1, 2)]).predict_proba(digits.x)
    with digits.model.ablate(units) as ablated:
        np.testing.assert_allclose(ablated.predict_proba(digits.x), expected, atol=1e-5)
        np.testing.assert_array_equal(ablated.predict(digits.x), expected.argmax(axis=1))
        assert ablated.units(0).tolist() == [3, 5] and ablated.unit_count == 3
        assert repr(ablated) == "Ablation of 3 units"


def test_synapses(digits):
    weights = [layer.weights.astype(np.float64) for layer in digits.model.layers]
    biases = [layer.bias.astype(np.float64) for layer in digits.model.layers]
    weights[1][4, 7] = weights[2][1, 0] = 0
    a = digits.x.astype(np.float64)
    for w, b in zip(weights[:2], biases):
        a = np.maximum(a @ w.T + b, 0)
    ablated = digits.model.ablate(synapses=[(1, 4, 7), (2, 1, 0)])
    np.testing.assert_allclose(ablated.scores(digits.x), a @ weights[2].T + biases[2], atol=1e-4)
    assert ablated.synapse_count == 2 and repr(ablated) == "Ablation of 2 synapses"


def test_nothing_ablated_is_the_intact_run(digits):
    np.testing.assert_array_equal(digits.model.ablate().scores(digits.x), digits.model.scores(digits.x))


def test_all_units_of_a_layer_and_the_mean(digits):
    means = digits.model.activations(digits.x, 0).mean(axis=0)
    reference = digits.model.reference(digits.x)
    np.testing.assert_allclose(reference.means(0), means, rtol=1e-5)
    for given in (reference, digits.x):
        with digits.model.ablate({0: "all"}, replacement="mean", reference=given) as ablated:
            found = ablated.activations(digits.x[:3], 0)
        np.testing.assert_array_equal(found, np.tile(reference.means(0), (3, 1)))


def test_replacements_by_kind_number_and_object(tiny):
    x = [[3.0, 4.0]]
    for replacement, expected in [("zero", 0), ("dead", 0), (7, 7), (libablate.Replacement("constant", 2.5), 2.5)]:
        assert tiny.ablate({0: 0}, replacement=replacement).scores(x).tolist() == [[expected, 4]]
    swapped = tiny.ablate({0: 0}, replacement="resample", reference=np.array([[5.0, 6.0]]))
    assert swapped.scores(x).tolist() == [[5, 4]]


@pytest.mark.parametrize(
    ("units", "error", "text"),
    [
        ({3: 0}, IndexError, "no layer 3"),
        ({"fc9": 0}, KeyError, "fc9"),
        ({0: 24}, IndexError, "no unit 24 of layer 0: there are 24"),
        ({0: [1, -25]}, IndexError, "no unit -25 of layer 0: there are 24"),
        ({0: [1.5]}, TypeError, "1.5"),
        ({0: [True, False]}, ValueError, "shape"),
        ({0: "most"}, ValueError, "most"),
        ([(0, 1, 2)], TypeError, "no .layer, unit. pair"),
        ([3], TypeError, "no .layer, unit. pair"),
    ],
)
def test_units_that_there_are_not(digits, units, error, text):
    with pytest.raises(error, match=text):
        digits.model.ablate(units)


def test_a_mask_of_numbers_is_no_list_of_units(digits):
    mask = np.zeros(digits.model.layers[0].units, np.uint8)
    mask[[1, 4]] = 1
    for given in (mask, mask.tolist()):
        with pytest.raises(
            ValueError, match="^the units of layer 0 are a mask of 0 and 1, not numbers: pass it as bool"
        ):
            digits.model.ablate({0: given})
    with digits.model.ablate({0: mask.astype(bool)}) as ablated:
        assert ablated.units(0).tolist() == [1, 4]


def test_a_pair_or_triple_alone(digits):
    """As results are asked for, `sweep[layer, unit]`."""
    model, key = digits.model, (1, 2)
    for alone in (key, (model.layers[1], np.int64(2)), (-2, -10)):
        assert model.ablate(alone).units(1).tolist() == [2]
    assert libablate.cumulative(model, digits.x, digits.y, order=key, progress=False)["unit"].tolist() == [2]
    assert libablate.prune(model, key).layers[1].units == 11
    with pytest.raises(KeyError, match="no layer is called 'fc1'"):
        model.ablate(("fc1", 2))
    synapse = model.ablate(synapses=(1, 4, 7))
    np.testing.assert_array_equal(synapse.scores(digits.x), model.ablate(synapses=[(1, 4, 7)]).scores(digits.x))


def test_synapses_that_there_are_not(digits):
    for triple, text in (
        ((0, 1, 2.0), "^an input of layer 0 is named by its number, not 2.0"),
        ((0, None, 2), "^a unit"),
    ):
        with pytest.raises(TypeError, match=text):
            digits.model.ablate(synapses=[triple])


def test_negative_numbers_count_from_the_last(digits):
    """Of layers, units, inputs and results."""
    model, quiet = digits.model, {"progress": False}
    for units, same in [({0: -1}, {0: 23}), ({-2: [-12, 3]}, {1: [0, 3]}), ([(-2, -1)], [(1, 11)])]:
        np.testing.assert_array_equal(model.ablate(units).scores(digits.x), model.ablate(same).scores(digits.x))
    synapse = model.ablate(synapses=[(-1, -2, -3)])
    np.testing.assert_array_equal(synapse.scores(digits.x), model.ablate(synapses=[(2, 8, 9)]).scores(digits.x))
    sweep = libablate.sweep(model, digits.x, digits.y, **quiet)
    assert sweep[-1] == sweep[35] == sweep[-2, -1] and (sweep[-1].layer, sweep[-1].unit) == (1, 11)
    orders = [libablate.order_at_random(model, units, 7) for units in ({1: [-1, -2]}, {1: [11, 10]})]
    assert orders[0] == orders[1]
    with pytest.raises(IndexError, match="no result -37: there are 36"):
        sweep[-37]


def test_replacements_that_there_are_not(digits):
    with pytest.raises(ValueError, match="reference"):
        digits.model.ablate({0: 1}, replacement="mean")
    with pytest.raises(ValueError, match="median"):
        digits.model.ablate({0: 1}, replacement="median")
    with pytest.raises(TypeError):
        digits.model.ablate({0: 1}, replacement=[1, 2])
    with pytest.raises(ValueError, match="seed"):
        libablate.Replacement("resample", seed=-1)
    with pytest.raises(ValueError, match="^reference has no rows"):
        digits.model.ablate({0: 1}, replacement="mean", reference=digits.x[:0])


ORDER = [(0, 0), (0, 1)]
REPLACING = {
    "ablate": lambda m, x, y, r: m.ablate({0: 0}, replacement=r),
    "ablate a unit": lambda m, x, y, r: m.ablate({0: {0: r}}),
    "sweep": lambda m, x, y, r: libablate.sweep(m, x, y, replacement=r),
    "Sweep": lambda m, x, y, r: libablate.Sweep(m, replacement=r),
    "inputs": lambda m, x, y, r: libablate.inputs(m, x, y, replacement=r),
    "pairs": lambda m, x, y, r: libablate.pairs(m, x, y, layers=0, replacement=r),
    "cumulative": lambda m, x, y, r: libablate.cumulative(m, x, y, order=ORDER, replacement=r),
    "greedy": lambda m, x, y, r: libablate.greedy(m, x, y, layer=0, replacement=r),
    "curves": lambda m, x, y, r: libablate.curves(m, x, y, [ORDER], replacement=r),
    "shapley": lambda m, x, y, r: libablate.shapley(m, x, y, permutations=2, replacement=r),
    "prune": lambda m, x, y, r: libablate.prune(m, {0: 0}, replacement=r),
    "dissect": lambda m, x, y, r: libablate.dissect(m, x, y, x, y, 0, counts=[1], replacement=r),
}


@pytest.mark.parametrize("name", REPLACING)
def test_a_constant_is_told(tiny, name):
    call = REPLACING[name]
    with pytest.raises(ValueError, match="'constant' takes a value: pass the number itself, such as replacement=0.5"):
        call(tiny, np.eye(2), [0, 1], "constant")
    for value in (np.nan, np.inf, 1e39):
        with pytest.raises(ValueError, match="^replacement is a finite float32, not"):
            call(tiny, np.eye(2), [0, 1], value)
    call(tiny, np.eye(2), [0, 1], 0.5)


def test_constants_are_for_constants():
    with pytest.raises(ValueError, match="^constant is for the replacement 'constant', not 'zero'"):
        libablate.Replacement("zero", constant=0.0)
    with pytest.raises(ValueError, match="^constant is a finite float32, not nan"):
        libablate.Replacement("constant", constant=np.nan)
    assert libablate.Replacement("constant", constant=0).constant == 0


def test_a_reference_beside_the_replacements_own(digits):
    own = libablate.Replacement("mean", reference=digits.model.reference(digits.x))
    for call in (
        lambda: libablate.sweep(digits.model, digits.x, digits.y, replacement=own, reference=digits.x, progress=False),
        lambda: digits.model.ablate({0: [1]}, replacement=own, reference=digits.x),
        lambda: libablate.curves(digits.model, digits.x, digits.y, [(0, 1)], replacement=own, reference=digits.x),
    ):
        with pytest.raises(ValueError, match="reference is given, and the replacement has one of its own"):
            call()
    assert libablate.curves(digits.model, digits.x, digits.y, [(0, 1)], replacement=own, progress=False)


def test_a_limit_of_what_is_not_asked_for(digits):
    with pytest.raises(ValueError, match="changed_row_limit is for the metric 'changed_rows'"):
        libablate.sweep(digits.model, digits.x, digits.y, metrics="log_loss", changed_row_limit=3, progress=False)


def test_class_labels_that_are_no_text(digits):
    with pytest.raises(ValueError, match="classes.1. is .*no text"):
        libablate.load(digits.model.to_bytes(), classes=["a", "\ud800", *"bcdefghi"])
