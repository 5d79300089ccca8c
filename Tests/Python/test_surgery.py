"""Smaller models against runs with a mask, and against NumPy's least squares in float64."""

import ctypes

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libablate._declarations as c
from host import Failure, Mask, Model, Reference, Session, check, library
from surgery_host import chain, class_labels, cost, prune, random_chain, step_names


def rows(seed, count, width):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def expected_fold(t, weights, bias, removed, kept, by, rcond=None):
    """The next layer's weights and bias in float64, by NumPy. t: [rows, units]."""
    weights, bias = weights.astype(np.float64), bias.astype(np.float64)
    folded = weights[:, kept].copy()
    for unit in removed:
        beta = np.zeros(len(kept))
        if by == "least_squares":
            design = np.column_stack([t[:, kept], np.ones(len(t))])
            solution = np.linalg.lstsq(design, t[:, unit], rcond=rcond)[0]
            beta, constant = solution[:-1], solution[-1]
        elif by == "correlated":
            correlation = np.corrcoef(t[:, [unit, *kept]].T)[0, 1:]
            best = int(np.argmax(np.abs(correlation)))
            covariance = np.cov(t[:, [unit, kept[best]]].T, bias=True)
            beta[best] = covariance[0, 1] / covariance[1, 1]
            constant = t[:, unit].mean() - beta @ t[:, kept].mean(axis=0)
        else:
            constant = t[:, unit].mean()
        folded += np.outer(weights[:, unit], beta)
        bias = bias + weights[:, unit] * constant
    return folded, bias


@given(st.integers(0, 2**32 - 1), st.sampled_from(["relu", "tanh", "gelu", "hard_swish", "silu", "identity"]))
@settings(max_examples=30, deadline=None)
def test_without_compensation_scores_are_those_of_the_mask(seed, activation):
    rng = np.random.default_rng(seed)
    widths = [int(width) for width in rng.integers(1, 40, size=rng.integers(3, 6))]
    widths[1:-1] = [width + 1 for width in widths[1:-1]]
    model = random_chain(seed, widths, activation, "regression")
    units = [
        (layer, int(unit))
        for layer, width in enumerate(widths[1:-1])
        for unit in rng.permutation(width)[: rng.integers(0, width)]
    ]
    if not units:
        return
    x = rows(seed, 50, widths[0])
    smaller = prune(model, units)
    expected = Session(model).run(x, mask=Mask(model, units))
    # A zero of either sign is the same value.
    np.testing.assert_array_equal(Session(smaller).run(x), expected)
    assert sum(width for kind, _, width in step_names(smaller)) == sum(widths[1:]) - len(units)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("kind", ["zero", "dead", "mean", "constant"])
def test_replacements_are_those_of_the_mask(kind, scaled):
    model = random_chain(7, (9, 20, 15, 4), "sigmoid", "softmax", scaled=scaled, labels=list("abcd"))
    x = rows(3, 200, 9)
    how = {"kind": kind}
    if kind == "mean":
        how["reference"] = Reference(model, x)
    if kind == "constant":
        how["constant"] = 0.75
    units = [(0, 3), (0, 19), (1, 0), (1, 1), (1, 14), (0, 7)]
    smaller = prune(model, units, **how)
    expected = Session(model).run(x, mask=Mask(model, units, **how))
    np.testing.assert_allclose(Session(smaller).run(x), expected, rtol=2e-5, atol=2e-6)
    assert [name for _, name, _ in step_names(smaller)] == [name for _, name, _ in step_names(model)]
    assert class_labels(smaller) == ["a", "b", "c", "d"]
    assert smaller.info.head == c.HEADS["softmax"]


@pytest.mark.parametrize("by", ["correlated", "least_squares"])
@pytest.mark.parametrize("given_as", ["rows", "moments"])
def test_compensation_is_numpys(by, given_as):
    model = random_chain(11, (8, 16, 12, 5))
    x = rows(5, 300, 8)
    removed = {0: [2, 9, 15], 1: [0, 5]}
    units = [(layer, unit) for layer, some in removed.items() for unit in some]
    t = {layer: Session(model).activations(x, layer).astype(np.float64) for layer in removed}
    if given_as == "rows":
        smaller = prune(model, units, by, x=x)
    else:
        moments = {layer: (values.mean(axis=0), values.T @ values / len(x)) for layer, values in t.items()}
        smaller = prune(model, units, by, moments=moments)
    for layer, some in removed.items():
        kept = [unit for unit in range(t[layer].shape[1]) if unit not in some]
        weights, bias = model.parameters(layer + 1)
        folded, shifted = expected_fold(t[layer], weights, bias, some, kept, by)
        outputs = [unit for unit in range(len(bias)) if unit not in removed.get(layer + 1, [])]
        actual, actual_bias = smaller.parameters(layer + 1)
        np.testing.assert_allclose(actual, folded[outputs], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(actual_bias, shifted[outputs], rtol=1e-5, atol=1e-6)
        assert smaller.layer(layer).units == len(kept)


@pytest.mark.parametrize("by", ["correlated", "least_squares"])
@pytest.mark.parametrize("given_as", ["rows", "moments"])
def test_compensation_goes_through_a_scaling(by, given_as):
    rng = np.random.default_rng(2)
    scale = rng.normal(size=10)
    scale[4] = 0
    center, shift = rng.normal(size=10), rng.normal(size=10)
    first = {"weights": rng.normal(size=(10, 6)), "bias": rng.normal(size=10), "activation": "tanh"}
    last = {"weights": rng.normal(size=(3, 10)), "bias": rng.normal(size=3)}
    model = chain(6, [first, ("norm", center, scale, shift), last])
    x = rows(1, 150, 6)
    h = Session(model).activations(x, 0).astype(np.float64)
    float64 = [np.float64(np.float32(array)) for array in (center, scale, shift)]
    t = (h - float64[0]) * float64[1] + float64[2]
    removed, kept = [1, 8], [0, 2, 3, 5, 6, 7, 9]
    if given_as == "rows":
        smaller = prune(model, [(0, 1), (0, 8), (0, 4)], by, x=x)
    else:
        smaller = prune(model, [(0, 1), (0, 8), (0, 4)], by, moments={0: (h.mean(axis=0), h.T @ h / len(x))})
    weights, bias = model.parameters(1)
    folded, shifted = expected_fold(t, weights, bias, removed, kept, by)
    # Unit 4 is constant behind its scale of 0: its value goes into the bias.
    shifted = shifted + weights[:, 4].astype(np.float64) * t[0, 4]
    np.testing.assert_allclose(smaller.parameters(1)[0], folded, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(smaller.parameters(1)[1], shifted, rtol=1e-5, atol=1e-5)


def test_units_that_others_determine_do_not_blow_up():
    rng = np.random.default_rng(4)
    weights, bias = rng.normal(size=(8, 5)), rng.normal(size=8)
    weights[3], bias[3] = weights[0], bias[0]  # a copy
    weights[4], bias[4] = 0, 100  # constant
    weights[5], bias[5] = weights[1] * 3, bias[1] * 3  # a multiple
    last = {"weights": rng.normal(size=(3, 8)), "bias": rng.normal(size=3)}
    model = chain(5, [{"weights": weights, "bias": bias, "activation": "relu"}, last])
    x = rows(8, 400, 5)
    h = Session(model).activations(x, 0).astype(np.float64)
    for removed in ([6], [0], [4], [3, 4, 5], [0, 6, 7]):
        kept = [unit for unit in range(8) if unit not in removed]
        smaller = prune(model, [(0, unit) for unit in removed], "least_squares", x=x)
        folded, _ = smaller.parameters(1)
        assert np.abs(folded).max() < 20
        # What the next layer sees is as near as NumPy's minimum-norm solution comes.
        # Differences of float32 rounding between a unit and its multiple are no signal.
        exact_weights, exact_bias = expected_fold(h, *model.parameters(1), removed, kept, "least_squares", rcond=1e-6)
        ours = Session(smaller).run(x)
        best = h[:, kept] @ exact_weights.T + exact_bias
        np.testing.assert_allclose(ours, best, rtol=1e-4, atol=1e-4)
    # A copy stands in for its twin, whatever the method: nothing changes.
    for by in ("correlated", "least_squares"):
        np.testing.assert_allclose(
            Session(prune(model, [(0, 3)], by, x=x)).run(x), Session(model).run(x), rtol=1e-5, atol=1e-5
        )


def test_fewer_rows_than_units_and_a_ridge():
    model = random_chain(3, (12, 30, 4))
    x = rows(9, 10, 12)
    units = [(0, unit) for unit in range(10)]
    smaller = prune(model, units, "least_squares", x=x)
    # Twenty units fit ten rows without error.
    np.testing.assert_allclose(Session(smaller).run(x), Session(model).run(x), rtol=1e-3, atol=1e-3)
    h = Session(model).activations(x, 0).astype(np.float64)
    kept = list(range(10, 30))
    centered = h - h.mean(axis=0)
    covariance = centered.T @ centered / len(x)
    varying = [unit for unit in kept if covariance[unit, unit] > 1e-12]
    ridged = covariance[np.ix_(varying, varying)].copy()
    ridged[np.diag_indices(len(varying))] *= 1.25
    beta = np.linalg.solve(ridged, covariance[np.ix_(varying, range(10))])
    weights = model.parameters(1)[0].astype(np.float64)
    expected = weights.copy()
    expected[:, varying] += weights[:, :10] @ beta.T
    actual, _ = prune(model, units, "least_squares", x=x, ridge=0.25).parameters(1)
    np.testing.assert_allclose(actual, expected[:, kept], rtol=1e-4, atol=1e-5)


def test_threads_change_no_bit():
    model = random_chain(13, (20, 64, 48, 3))
    x = rows(2, 3000, 20)
    units = [(0, unit) for unit in range(0, 64, 3)] + [(1, unit) for unit in range(0, 48, 5)]
    for by in ("correlated", "least_squares"):
        one, four = (prune(model, units, by, x=x, threads=threads) for threads in (1, 4))
        for layer in range(3):
            for left, right in zip(one.parameters(layer), four.parameters(layer), strict=True):
                assert left.tobytes() == right.tobytes()


def test_order_of_the_list_does_not_matter_and_options_may_be_null():
    model = random_chain(1, (4, 6, 2))
    x = rows(1, 20, 4)
    forward, backward = prune(model, [(0, 1), (0, 4)]), prune(model, [(0, 4), (0, 1)])
    assert Session(forward).run(x).tobytes() == Session(backward).run(x).tobytes()
    out = ctypes.c_void_p()
    units = (c.Unit * 2)((0, 1), (0, 4))
    check(library.ablate_model_prune(model.address, units, 2, None, ctypes.byref(out)))
    assert Session(Model(out)).run(x).tobytes() == Session(forward).run(x).tobytes()


def test_cost():
    model = random_chain(1, (10, 7, 5, 3), scaled=True)
    parameters = (10 * 7 + 7) + 3 * 7 + (7 * 5 + 5) + 3 * 5 + (5 * 3 + 3)
    assert cost(model) == (parameters, 70 + 7 + 35 + 5 + 15, 4 * parameters)
    smaller = prune(model, [(0, 0), (0, 1), (1, 4)])
    parameters = (10 * 5 + 5) + 3 * 5 + (5 * 4 + 4) + 3 * 4 + (4 * 3 + 3)
    assert cost(smaller) == (parameters, 50 + 5 + 20 + 4 + 12, 4 * parameters)


def test_it_can_be_cancelled():
    model = random_chain(1, (30, 40, 3))
    x = rows(1, 30_000, 30)
    calls = []

    def progress(done, total, _):
        calls.append((done, total))
        return len(calls) == 2

    with pytest.raises(Failure) as failure:
        prune(model, [(0, 1)], "least_squares", x=x, progress=progress)
    assert failure.value.status == c.CANCELLED
    assert len(calls) == 2 and calls[1][1] == 30_000
    with pytest.raises(Failure, match="after 30000 of 30000 rows") as failure:
        prune(model, [(0, 1)], "least_squares", x=x, progress=lambda done, total, _: done == total)
    assert failure.value.status == c.CANCELLED


BAD_MOMENTS = np.full((6, 6), np.nan)


@pytest.mark.parametrize(
    ("units", "how", "text"),
    [
        ([], {}, "empty"),
        ([(0, 1), (0, 1)], {}, "unit 1 of layer 0 is listed twice"),
        ([(0, 6)], {}, "unit 6 is out of range"),
        ([(5, 0)], {}, "layer 5 is out of range"),
        ([(2, 0)], {}, "output layer"),
        ([(0, unit) for unit in range(6)], {}, "all 6 units of layer 0"),
        ([(0, 0)], {"kind": "constant", "constant": np.inf}, "not finite"),
        ([(0, unit) for unit in range(5)], {"kind": "constant", "constant": 3.4e38}, "float32"),
        ([(0, 0)], {"by": "correlated"}, "no moments and no rows"),
        ([(0, 0)], {"by": "correlated", "x": np.zeros((0, 4))}, "no moments and no rows"),
        ([(0, 0)], {"by": "correlated", "moments": {1: (np.zeros(5), np.eye(5))}}, "no moments of layer 0"),
        ([(0, 0)], {"by": "correlated", "moments": {2: (np.zeros(2), np.eye(2))}}, "output layer"),
        ([(0, 0)], {"by": "correlated", "moments": {0: (np.zeros(6), BAD_MOMENTS)}}, "not finite"),
        ([(0, 0)], {"by": "least_squares", "moments": {0: (np.full(6, np.inf), np.eye(6))}}, "not finite"),
        ([(0, 0)], {"by": "least_squares", "x": np.full((3, 4), np.nan)}, "not finite"),
        ([(0, 0)], {"by": "least_squares", "x": np.ones((3, 4)), "ridge": -1}, "ridge"),
        ([(0, 0)], {"by": "least_squares", "x": np.ones((3, 4)), "ridge": np.nan}, "ridge"),
        ([(0, 0)], {"by": "correlated", "x": np.ones((3, 4)), "ridge": 1}, "ridge"),
        ([(0, 0)], {"by": "correlated", "x": np.ones((3, 4)), "kind": "zero"}, "options.replacement"),
        ([(0, 0)], {"x": np.ones((3, 4))}, "compensation by other units"),
        ([(0, 0)], {"by": "correlated", "x": np.ones((3, 4)), "threads": 257}, "threads is 257"),
    ],
)
def test_what_is_refused(units, how, text):
    model = random_chain(6, (4, 6, 5, 2))
    with pytest.raises(Failure) as failure:
        prune(model, units, **how)
    assert failure.value.status == c.INVALID_ARGUMENT
    assert text in failure.value.text


def test_resample_has_no_one_value():
    model = random_chain(6, (4, 6, 5, 2))
    reference = Reference(model, rows(1, 5, 4), keep_rows=True)
    with pytest.raises(Failure) as failure:
        prune(model, [(0, 0)], kind="resample", reference=reference)
    assert failure.value.status == c.UNSUPPORTED
    with pytest.raises(Failure, match="another model"):
        prune(random_chain(6, (4, 6, 5, 2)), [(0, 0)], kind="mean", reference=reference)
