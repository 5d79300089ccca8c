"""Whether an effect is real: SciPy and statsmodels for the tests, NumPy over masked runs for what is judged."""

import ctypes
import decimal
import itertools
import json
import math
from ctypes import byref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

import libablate._declarations as c
from host import Failure, Model, Sweep, check, library, pointer
from test_sweep import from_sklearn
from test_whole_data import input_of, layers_of

SETTINGS = settings(max_examples=60, deadline=None)
METHODS = {"holm": "holm", "benjamini_hochberg": "fdr_bh", "benjamini_yekutieli": "fdr_by"}


def flips_test(lost, gained, rows, confidence=0.95):
    out = c.FlipTest()
    check(library.ablate_flips_test(lost, gained, rows, confidence, byref(out)))
    return out


def adjust(method, values, in_place=False):
    values = np.array(values, np.float64)
    out = values if in_place else np.full(len(values), -1.0)
    doubles = ctypes.c_double
    check(
        library.ablate_adjust_p_values(
            c.ADJUSTMENTS[method], pointer(values, doubles), len(values), pointer(out, doubles)
        )
    )
    return out


def options_of(adjustment="holm", level=0.05, essential_loss=0.01, margin=0.001, testable_only=0):
    return c.JudgeOptions(
        adjustment=c.ADJUSTMENTS[adjustment], level=level, essential_loss=essential_loss, margin=margin,
        testable_only=testable_only,
    )  # fmt: skip


def judge(sweep, **options):
    out = (c.Judgement * len(sweep))()
    out[0].size = ctypes.sizeof(c.Judgement)
    options = byref(options_of(**options)) if options else None
    check(library.ablate_sweep_judge(sweep.address, options, out, len(sweep)))
    assert all(entry.size == ctypes.sizeof(c.Judgement) for entry in out)
    assert [entry.index for entry in out] == list(range(len(sweep)))
    return out


def judge_selected(selection, test, choice="highest_effect", count=1, **options):
    out = (c.Judgement * count)()
    out[0].size = ctypes.sizeof(c.Judgement)
    check(
        library.ablate_sweep_judge_selected(
            selection.address, test.address, c.CHOICES[choice], byref(options_of(**options)), out, count
        )
    )
    return out


def near(found, expected, relative=1e-12):
    return found == expected or abs(found - expected) <= relative * abs(expected)


def assert_p_values(lost, gained, relative=1e-12):
    n = lost + gained
    found = flips_test(lost, gained, n + 5)
    expected = stats.binomtest(lost, n).pvalue if n else 1.0
    assert near(found.p_value, expected, relative), (lost, gained)
    table = [[1, lost], [gained, 1]]
    if 0 < n < 10_000:
        assert near(found.p_value, mcnemar(table, exact=True).pvalue, relative)
    mass = stats.binom.pmf(lost, n, 0.5)
    mid = 1.0 if n == 0 else 1 - mass / 2 if lost == gained else expected - mass
    assert near(found.mid_p_value, mid, relative * 10), (lost, gained)
    for count, value in ((lost, found.p_value_of_loss), (gained, found.p_value_of_gain)):
        expected = stats.binomtest(count, n, alternative="greater").pvalue if n else 1.0
        assert near(value, expected, relative), (lost, gained)
    smallest = min(1.0, 2.0 ** max(1 - n, -1000))
    assert found.smallest_p_value == smallest if n <= 1000 else found.smallest_p_value <= smallest


def test_p_values_of_few_flips_are_scipy_s():
    for lost, gained in itertools.product(range(31), repeat=2):
        assert_p_values(lost, gained, 4e-14)


@SETTINGS
@given(st.integers(0, 20_000), st.integers(0, 500), st.booleans())
def test_p_values_are_scipy_s(smaller, difference, swap):
    flips = (smaller, smaller + difference)
    assert_p_values(*(flips[::-1] if swap else flips), relative=4e-11)


def mass_by_stirling(n, k):
    """C(n, k) / 2^n in 50 digits: ln n! = (n + 1/2) ln n - n + ln(2 pi) / 2 + 1 / (12 n) - 1 / (360 n^3) + ..."""
    with decimal.localcontext(prec=50):
        two_pi = decimal.Decimal("6.2831853071795864769252867665590057683943387987502")

        def log_factorial(m):
            m = decimal.Decimal(m)
            series = 1 / (12 * m) - 1 / (360 * m**3) + 1 / (1260 * m**5) - 1 / (1680 * m**7)
            return (m + decimal.Decimal("0.5")) * m.ln() - m + two_pi.ln() / 2 + series

        return float((log_factorial(n) - log_factorial(k) - log_factorial(n - k) - n * decimal.Decimal(2).ln()).exp())


@pytest.mark.parametrize("power", [17, 20, 24, 29, 30, 31, 36, 40])
@pytest.mark.parametrize("deviations", [0.01, 0.7, 3, 11, 30])
def test_p_values_of_millions_of_flips(power, deviations):
    """Where SciPy loses digits: the ratios of neighbouring terms in 80 bits, from the largest term."""
    n = 2**power + 1
    smaller = n // 2 - round(deviations * math.sqrt(n) / 2)
    count = min(smaller, int(60 * math.sqrt(n) / max(deviations, 6)))
    falling = np.arange(smaller, smaller - count, -1, dtype=np.longdouble)
    expected = 2 * mass_by_stirling(n, smaller) * float(1 + np.cumprod(falling / (n - falling + 1)).sum())
    found = flips_test(smaller, n - smaller, n).p_value
    assert abs(found / min(expected, 1.0) - 1) < (2e-12 if power <= 30 else 1e-11)


def test_the_largest_numbers():
    most = 2**53
    for lost, gained in [(most, 0), (0, most), (most // 2, most // 2), (1, most - 1)]:
        found = flips_test(lost, gained, most)
        assert found.p_value == (1 if lost == gained else 0)
        assert found.smallest_p_value == 0
        assert math.isfinite(found.variance) and -1 <= found.lower <= found.upper <= 1
    # One and two standard deviations of 2^26.5 tosses each.
    for deviations in (1, 2):
        distance = round(deviations * math.sqrt(most) / 2)
        found = flips_test(most // 2 - distance, most // 2 + distance, most)
        assert near(found.p_value, 2 * stats.norm.sf(deviations), 1e-7)
        assert near(found.p_value_of_gain, stats.norm.sf(deviations), 1e-7)
        assert near(found.p_value_of_loss, stats.norm.cdf(deviations), 1e-7)


def tango(lost, gained, rows, confidence):
    """Both limits from the definition: the score statistic, the nuisance rate found by maximising the likelihood."""
    z = stats.norm.ppf((1 + confidence) / 2)

    def excess(difference):
        # Rates: gained = q + difference, lost = q.
        low, high = max(0.0, -difference), (1 - difference) / 2

        def minus_log_likelihood(q):
            cells = ((gained, q + difference), (lost, q), (rows - lost - gained, 1 - 2 * q - difference))
            return -sum(n * math.log(max(rate, 1e-300)) for n, rate in cells if n)

        q = optimize.minimize_scalar(
            minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-14}
        ).x
        for end in (low, high):
            q = min(q, end, key=minus_log_likelihood)
        variance = max(2 * q + difference * (1 - difference), 1e-300) / rows
        return (difference - (gained - lost) / rows) / math.sqrt(variance)

    effect = (gained - lost) / rows
    edge = 1e-12
    lower = -1.0 if effect <= -1 else optimize.brentq(lambda d: excess(d) + z, -1 + edge, effect - edge)
    upper = 1.0 if effect >= 1 else optimize.brentq(lambda d: excess(d) - z, effect + edge, 1 - edge)
    return lower, upper


@pytest.mark.parametrize(
    "lost, gained, rows", [(3, 7, 40), (0, 4, 25), (12, 2, 21), (30, 1, 31), (5, 5, 700), (1, 0, 9)]
)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_intervals_are_those_of_the_score_test(lost, gained, rows, confidence):
    found = flips_test(lost, gained, rows, confidence)
    assert (found.lower, found.upper) == pytest.approx(tango(lost, gained, rows, confidence), abs=2e-6)


def test_a_published_interval():
    """Airway hyper-responsiveness of 21 children before and after transplantation, 1 and 7 discordant pairs: Fagerland,
    Lydersen and Laake 2014, Statistics in Medicine 33:2850, give -0.517 to -0.026 for the score interval."""
    found = flips_test(7, 1, 21)
    assert (round(found.lower, 3), round(found.upper, 3)) == (-0.517, -0.026)


@SETTINGS
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 1000), st.floats(1e-9, 1 - 1e-9))
def test_intervals_and_variances(lost, gained, others, confidence):
    rows = lost + gained + others
    found = flips_test(lost, gained, rows, confidence)
    if rows == 0:
        assert all(math.isnan(getattr(found, name)) for name in ("effect", "variance", "lower", "upper"))
        return
    assert -1 <= found.lower <= found.effect <= found.upper <= 1
    swapped = flips_test(gained, lost, rows, confidence)
    assert (swapped.lower, swapped.upper) == (-found.upper, -found.lower)
    changes = np.repeat([-1.0, 1.0, 0.0], [lost, gained, others])
    assert found.effect == pytest.approx(changes.mean(), abs=1e-15)
    assert found.variance == pytest.approx(changes.var() / rows, rel=1e-12, abs=1e-18)


@pytest.mark.parametrize(
    "arguments",
    [(-1, 0, 5, 0.95), (0, -1, 5, 0.95), (0, 0, -1, 0.95), (3, 3, 5, 0.95), (2**63 - 1, 2**63 - 1, 2**63 - 1, 0.95)]
    + [(0, 0, 2**53 + 1, 0.95)]
    + [(1, 1, 5, confidence) for confidence in (0, 1, -0.5, 95, math.nan, math.inf)],
)
def test_impossible_flips_are_refused(arguments):
    with pytest.raises(Failure) as failure:
        flips_test(*arguments)
    assert failure.value.status == c.INVALID_ARGUMENT


@SETTINGS
@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 1.0, 0.01, 0.02, math.nan]), max_size=40))
def test_adjusted_p_values_are_statsmodels(values):
    values = np.array(values)
    counts = ~np.isnan(values)
    for method, name in METHODS.items():
        expected = np.full(len(values), np.nan)
        if counts.any():
            expected[counts] = multipletests(values[counts], method=name)[1]
        for in_place in (False, True):
            np.testing.assert_allclose(adjust(method, values, in_place), expected, rtol=1e-12, atol=1e-300)


def test_many_p_values():
    values = np.random.default_rng(4).random(20_000) ** 4
    for method, name in METHODS.items():
        np.testing.assert_allclose(adjust(method, values), multipletests(values, method=name)[1], rtol=1e-11)


@pytest.mark.parametrize("value", [-1e-300, 1 + 1e-15, math.inf, -math.inf])
def test_values_that_are_no_probabilities_are_refused(value):
    with pytest.raises(Failure, match="p-value 1 ") as failure:
        adjust("holm", [0.5, value, 0.5])
    assert failure.value.status == c.INVALID_ARGUMENT


def test_verdict_names():
    for name, value in c.VERDICTS.items():
        assert library.ablate_verdict_name(value).decode() == name
    assert library.ablate_verdict_name(99) == b"unknown verdict"


# ---- judging sweeps ----


@pytest.fixture(scope="module")
def digits():
    """A small network, so that single neurons matter, and the rows it was not trained on."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    network = MLPClassifier((12, 8), max_iter=60, random_state=1).fit(x[::3], y[::3])
    keep = np.arange(len(x)) % 3 != 0
    layers, head = from_sklearn(network)
    return Model.build(layers, head=head), x[keep], y[keep].astype(np.int32)


def verdict_by_definition(result, judgement, level=0.05, essential_loss=0.01, margin=0.001):
    if judgement.adjusted_p_value <= level:
        if result.gained > result.lost:
            return "harmful"
        return "essential" if result.effect <= -essential_loss else "useful"
    within = -margin <= judgement.lower and judgement.upper <= margin
    return "redundant" if result.changed == 0 or within else "undecided"


def assert_judged(sweep, judgements, method="holm", indices=None, **options):
    """Everything but the class shift, from the counts of the sweep."""
    indices = range(len(sweep)) if indices is None else indices
    results = [sweep[index] for index in indices]
    p = [stats.binomtest(r.lost, r.lost + r.gained).pvalue if r.lost + r.gained else 1.0 for r in results]
    adjusted = multipletests(p, method=METHODS[method])[1]
    for entry, result, one, many in zip(judgements, results, p, adjusted, strict=True):
        flips = flips_test(result.lost, result.gained, result.rows, 1 - options.get("level", 0.05))
        assert near(entry.p_value, one, 1e-11) and near(entry.adjusted_p_value, many, 1e-11)
        assert entry.smallest_p_value == flips.smallest_p_value and entry.effect == result.effect
        assert (entry.lower, entry.upper) == pytest.approx((flips.lower, flips.upper), abs=1e-15)
        assert entry.verdict == c.VERDICTS[verdict_by_definition(result, entry, **options)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("options", [{}, {"level": 0.4, "essential_loss": 0.3, "margin": 0.05}, {"margin": 0.0}])
def test_a_sweep_is_judged_as_by_hand(digits, method, options):
    model, x, y = digits
    sweep = Sweep(model, kind="dead").feed(x, y)
    assert_judged(sweep, judge(sweep, adjustment=method, **options), method, **options)
    if not options and method == "holm":
        assert_judged(sweep, judge(sweep))


def test_every_verdict_occurs(digits):
    model, x, y = digits
    found = set()
    for level, loss in ((0.05, 0.01), (0.9, 0.9)):
        found |= {entry.verdict for entry in judge(Sweep(model).feed(x, y), level=level, essential_loss=loss)}
    assert found >= {c.VERDICTS["essential"], c.VERDICTS["undecided"], c.VERDICTS["useful"]}
    # Wrong labels make most ablations harmful or redundant: a row that was always wrong can only gain.
    wrong = (np.argmax(np.eye(10)[y], axis=1) + 1) % 10
    found |= {entry.verdict for entry in judge(Sweep(model).feed(x, wrong))}
    assert c.VERDICTS["harmful"] in found
    found |= {entry.verdict for entry in judge(Sweep(model).feed(x[:3], y[:3]))}
    assert found == set(c.VERDICTS.values())


def test_classes_are_those_of_the_matrices(digits):
    model, x, y = digits
    sweep = Sweep(model).feed(x, y)
    before = sweep.confusion()
    for index, entry in enumerate(judge(sweep)):
        after = sweep.confusion(index)
        loss = (np.diag(before) - np.diag(after)) / before.sum(axis=1)
        growth = after.sum(axis=0) - before.sum(axis=0)
        if loss.max() > 0:
            label = int(loss.argmax())
            rows = before[label, label] - after[label, label]
            assert (entry.affected_class, entry.affected_rows) == (label, rows)
            assert entry.affected_recall == rows / before[label].sum()
        else:
            assert (entry.affected_class, entry.affected_rows, entry.affected_recall) == (c.NONE, 0, 0)
        expected = (int(growth.argmax()), growth.max()) if growth.max() > 0 else (c.NONE, 0)
        assert (entry.favoured_class, entry.favoured_rows) == expected
    for entry in judge(Sweep(model, metrics=("log_loss",)).feed(x, y)):
        assert (entry.affected_class, entry.favoured_class) == (c.NONE, c.NONE)
        assert (entry.affected_rows, entry.affected_recall, entry.favoured_rows) == (0, 0, 0)


def tarone(smallest, level):
    """Tarone 1990: the least K such that at most K tests can attain level / K; which they are."""
    for divisor in range(1, len(smallest) + 1):
        testable = smallest <= level / divisor
        if testable.sum() <= divisor:
            return testable
    raise AssertionError


@pytest.mark.parametrize("level", [0.001, 0.05, 0.3])
@pytest.mark.parametrize("method", METHODS)
def test_untestable_items_do_not_count(digits, method, level):
    model, x, y = digits
    sweep = Sweep(model).feed(x[:150], y[:150])
    entries = judge(sweep, adjustment=method, level=level, testable_only=1)
    p, smallest = (np.array([getattr(e, name) for e in entries]) for name in ("p_value", "smallest_p_value"))
    testable = tarone(smallest, level)
    assert 0 < testable.sum() < len(p)
    expected = np.ones(len(p))
    expected[testable] = multipletests(p[testable], method=METHODS[method])[1]
    np.testing.assert_allclose([entry.adjusted_p_value for entry in entries], expected, rtol=1e-11)


@pytest.mark.parametrize("choice, key", [
    ("highest_effect", lambda e: -e), ("lowest_effect", lambda e: e), ("strongest_effect", lambda e: -abs(e)),
])  # fmt: skip
@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_best_of_many_is_judged_on_other_rows(digits, choice, key, count):
    model, x, y = digits
    selection, test = Sweep(model).feed(x[::2], y[::2]), Sweep(model, metrics=("log_loss",)).feed(x[1::2], y[1::2])
    entries = judge_selected(selection, test, choice, count)
    chosen = sorted(range(len(selection)), key=lambda index: (key(selection[index].effect), index))[:count]
    assert [entry.index for entry in entries] == chosen
    assert_judged(test, entries, indices=chosen)


def test_sweeps_of_other_plans_are_refused(digits):
    model, x, y = digits
    sweep = Sweep(model).feed(x, y)
    others = [Sweep(model, kind="constant", constant=1.0), Sweep(model, layers=[0]), Sweep(model, layers=[1, 0])]
    for other in others:
        with pytest.raises(Failure, match="different plans"):
            judge_selected(sweep, other.feed(x, y))
    with pytest.raises(Failure, match="selection itself"):
        judge_selected(sweep, sweep)
    for count in (0, len(sweep) + 1):
        with pytest.raises(Failure, match="count is"):
            out = (c.Judgement * 1)()
            out[0].size = ctypes.sizeof(c.Judgement)
            other = Sweep(model).feed(x, y)
            check(library.ablate_sweep_judge_selected(sweep.address, other.address, 0, None, out, count))
    empty = Sweep(model)
    for pair in ((sweep, empty), (empty, sweep)):
        with pytest.raises(Failure, match="no rows"):
            judge_selected(*pair)


def test_what_cannot_be_judged_is_refused(digits):
    model, x, y = digits
    with pytest.raises(Failure, match="no rows"):
        judge(Sweep(model))
    layers = [{"weights": np.ones((2, 3)), "activation": "relu"}, {"weights": np.ones((1, 2))}]
    sweep = Sweep(Model.build(layers)).feed_targets(np.ones((4, 3)), np.ones((4, 1)))
    with pytest.raises(Failure, match="regression") as failure:
        judge(sweep)
    assert failure.value.status == c.UNSUPPORTED
    sweep = Sweep(model).feed(x, y)
    bad = [{"level": value} for value in (0, 1, -1, math.nan)] + [{"margin": value} for value in (-0.1, 1.5, math.nan)]
    for options in [*bad, {"essential_loss": -0.1}, {"essential_loss": math.nan}]:
        with pytest.raises(Failure, match="level|essential_loss|margin"):
            judge(sweep, **options)


def test_other_kinds_of_sweeps_are_judged_too(digits):
    model, x, y = digits
    order = [(0, unit) for unit in range(5)] + [(1, 2)]
    for sweep in (Sweep(model, of="synapses", layers=[1]), Sweep(model, of="cumulative", order=order)):
        assert_judged(sweep.feed(x, y), judge(sweep))


# ---- the claim of "rotten" neurons ----


def test_no_neuron_of_mnist_is_shown_to_be_rotten(shared):
    """A published study counts neurons of a 784-392-10 network whose removal raises accuracy on 7,000 digits. Its three
    figures for such a network, and how many remain when 392 tests are made at once."""
    images, labels = (np.load(shared / "data" / "mnist" / f"test7000_{part}.npy") for part in ("images", "labels"))
    layers = layers_of(shared, "nn392_div255")
    model = Model.build(layers)
    sweep = Sweep(model, kind="dead").feed(input_of("nn392_div255", images), labels)
    entries = judge(sweep)
    effects = np.array([result.effect for result in sweep])
    hurt, helped = (effects < 0).sum(), (effects > 0).sum()
    expected = json.loads((shared / "models" / "mlp" / "nn392_div255.expected.json").read_text())
    correct = np.array(expected["layers"][0])
    assert (hurt, helped) == tuple((sign * (correct - expected["intact_correct"]) > 0).sum() for sign in (-1, 1))
    assert_judged(sweep, entries)
    # At least 14 flips of one kind are needed: 392 * 2^(1 - 14) <= 0.05 < 392 * 2^(1 - 13).
    assert all(entry.adjusted_p_value > 0.05 for entry, r in zip(entries, sweep, strict=True) if r.lost + r.gained < 14)
    counts = {name: sum(e.verdict == value for e in entries) for name, value in c.VERDICTS.items()}
    print(f"\nNN392 on 7,000 digits: {hurt} hurt, {(effects == 0).sum()} nothing, {helped} help; by Holm {counts}")
    assert counts["harmful"] == 0
    half = [Sweep(model, kind="dead").feed(input_of("nn392_div255", images[i::2]), labels[i::2]) for i in (0, 1)]
    (best,) = judge_selected(*half)
    first = half[0][best.index].effect
    print(f"the best on one half: effect {first:+.5f}, on the other {best.effect:+.5f}, p {best.p_value:.3f}")
    assert best.verdict != c.VERDICTS["harmful"]
