"""Errors speak of arguments by the names that callers in Python know, and refuse what would be read past its end."""

import numpy as np
import pytest

import libablate
from libablate.errors import MEMBER, argument

QUIET = {"progress": False}
ORDER = [(1, unit) for unit in range(12)]
# Words of the C interface, which no caller in Python has seen.
FOREIGN = ("options.", "ABLATE_", "NULL", "_INIT", "struct", "dense.", "convolution.")


def judged(model, x, y, **options):
    return libablate.judge(libablate.sweep(model, x, y, layers=1, **QUIET), **options)


def shapley(model, x, y, **options):
    return libablate.Shapley(model, x, y, **options, **QUIET).run(1)


def swept(kind, **options):
    return lambda model, x, y: libablate.Sweep(model, kind, **options, **QUIET)


def profiled(measures, **options):
    return lambda model, x, y: libablate.Profile(model, measures, **options, **QUIET)


def turned(bias, **options):
    steps = libablate.Dense(np.zeros((64, 24)), np.zeros(bias), "relu", **options), libablate.Dense(np.zeros((10, 24)))
    return lambda model, x, y: libablate.from_weights(steps)


def scaled(factor):
    return libablate.from_weights([(factor * np.eye(2), None, "relu"), (np.eye(2), None)])


REFUSED = [
    (turned(24), r"\(64, 24\), which is 64 units, and bias is of 24: .*\[inputs, units\] .* layout='in_out'\)$"),
    (turned(64, layout="in_out"), r"24 units, and bias is of 64: .*\[units, inputs\] .* layout='out_in'\)$"),
    (turned(7), r"^bias of steps\[0\] has the shape \(7,\), and not \(64,\)$"),
    (turned(64), r"^weights of steps\[1\] have the shape \(10, 24\), and not \(units, 64\)$"),
    (
        lambda m, x, y: libablate.Sweep(m, replacement="resample", reference=m.reference(x)),
        "draws from the rows of a reference: make it with keep_rows=True$",
    ),
    (
        lambda m, x, y: libablate.Sweep(scaled(1)).merge(libablate.Sweep(scaled(2))),
        "different plans: they differ in the model or its weights$",
    ),
    (lambda m, x, y: judged(m, x, y, level=0), "^level must be above 0"),
    (lambda m, x, y: judged(m, x, y, essential_loss=2), "^essential_loss must be a fraction"),
    (lambda m, x, y: judged(m, x, y, margin=-1), "^margin must be a fraction"),
    (lambda m, x, y: shapley(m, x, y, sample_rows=401), "^sample_rows is 401"),
    (lambda m, x, y: shapley(m, x, y, tolerance=-1), "^tolerance must be"),
    (lambda m, x, y: shapley(m, x, y, delta=2), "^delta must be"),
    (lambda m, x, y: shapley(m, x, y, top_count=36), "^top_count is 36"),
    (lambda m, x, y: shapley(m, x, y, top_count=2, measure="log_loss"), "^top_count .* largest_change"),
    (lambda m, x, y: shapley(m, x, y, first_permutation=2**40), "^first_permutation is"),
    (lambda m, x, y: shapley(m, x, y, units=[]), r"^len\(units\) is 0"),
    (swept("units", layers=[0, 0, 0, 0]), r"^len\(layers\) is 4"),
    (swept("cumulative", order=[(0, 1)] * 47), r"^len\(order\) is 47"),
    (swept("cumulative"), "takes its units as order="),
    (swept("outgoing_synapses"), "takes its units as order="),
    (swept("cumulative", order=[]), "the list of units is empty"),
    (swept("synapses", order=[]), "the list of units is empty"),
    (swept("units", order=ORDER), "a sweep of units takes no order, but layers"),
    (swept("inputs", layers=0), "a sweep of inputs takes no layers$"),
    (swept("cumulative", layers=0), "a cumulative sweep takes no layers, but order"),
    (swept("outgoing_synapses", layers=0), "takes no layers, but order"),
    (swept("masks"), "at least one ablation"),
    (swept("pairs"), "one layer or across two: layers names 0"),
    (swept("pairs", layers=[0, 1, 2]), "one layer or across two: layers names 3"),
    (swept("pairs", layers=[1, 1]), "^layers names layer 1 twice: layers=1 are the pairs within it$"),
    (swept("pairs", layers=[1, -2]), "^layers names layer 1 twice: layers=1 are the pairs within it$"),
    (lambda m, x, y: libablate.Sweep(m, masks=[m.ablate({0: 1})], **QUIET), "takes no masks, but layers"),
    (lambda m, x, y: libablate.prune(m, {0: 1}, ridge=1), "^ridge is for compensation by least_squares"),
    (lambda m, x, y: libablate.prune(m, {0: 1}, compensation="correlated", X=x[:0]), "^X has no rows"),
    (lambda m, x, y: m.reference(x[:0]), "^X has no rows"),
    (lambda m, x, y: libablate.sweep(m, x[:0], y[:0], **QUIET), "^X has no rows"),
    (lambda m, x, y: libablate.sweep(m, iter([]), **QUIET), "^X has no rows"),
    (lambda m, x, y: libablate.quantile_edges(m, x[:0], 0), "^X has no rows"),
    (lambda m, x, y: libablate.greedy(m, x[:0], y[:0], layer=0, **QUIET), "^X has no rows"),
    (lambda m, x, y: libablate.curves(m, x[:0], y[:0], [ORDER], **QUIET), "^X has no rows"),
    (lambda m, x, y: libablate.curves(m, x, y, [[]], **QUIET), "at least one unit"),
    (lambda m, x, y: shapley(m, x[:0], y[:0]), "^X has no rows"),
    (profiled("entropy", quantiser="edges"), "quantiser_options with edges"),
    (
        profiled("entropy", quantiser="uniform", quantiser_options={"bits": 9}),
        r"\['bits'\] is 1 to 8, not 9",
    ),
    (profiled("histogram", histogram_bins=0), "^histogram_bins is 1 or more, not 0"),
    (profiled("top_rows", top_row_limit=0), "^top_row_limit is 1 or more, not 0"),
    (lambda m, x, y: m.ablate({1: 12}), "there is no unit 12 of layer 1: there are 12"),
]


@pytest.mark.parametrize("call, text", REFUSED)
def test_arguments_by_their_names(digits, call, text):
    with pytest.raises((ValueError, IndexError), match=text) as caught:
        call(digits.model, digits.x, digits.y)
    assert not [word for word in FOREIGN if word in str(caught.value)]


WEIGHTS = [
    ([(np.zeros((0, 4)), None)], (4,), "and not"),
    ([(np.eye(2), None)], (), "input_shape has 0 axes"),
    ([libablate.Dense(np.eye(2), None, "leaky_relu", alpha=np.nan)], (2,), "^alpha and beta must be finite"),
    ([libablate.Convolution(np.ones((1, 2, 1, 1)), padding=-1)], (2, 2, 2), "^padding is 0 or more"),
]


@pytest.mark.parametrize("steps, shape, text", WEIGHTS)
def test_weights_by_their_names(steps, shape, text):
    with pytest.raises(ValueError, match=text) as caught:
        libablate.from_weights(steps, input_shape=shape)
    assert not [word for word in FOREIGN if word in str(caught.value)]


def test_names_of_a_file_stay():
    """What looks like a member of a struct and is part of a layer's name."""
    text = "layer 'encoder/dense.kernel' is not in options.layers"
    assert MEMBER.sub(argument, text) == "layer 'encoder/dense.kernel' is not in layers"


@pytest.mark.parametrize(
    "options, text",
    [
        ({"top": 0}, "^top is 1 to 2, not 0"),
        ({"top": -1}, "^top is 1 to 2, not -1"),
        ({"top": 3}, "^top is 1 to 2, not 3"),
        ({"points": []}, "^points is empty"),
        ({"points": [0] * 9}, r"^len\(points\) is 9"),
        ({"order": [0, 1, 0]}, r"^len\(order\) is 3"),
    ],
)
def test_removals_by_their_names(options, text):
    channels = libablate.Convolution(np.eye(2).reshape(2, 2, 1, 1))
    steps = [channels, libablate.Pooling("global_average"), (np.eye(2), None)]
    model = libablate.from_weights(steps, input_shape=(2, 2, 2))
    with pytest.raises(ValueError, match=text):
        libablate.remove_channels(model, np.arange(8).reshape(2, 2, 2), **options)
