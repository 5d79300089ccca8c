"""Whether an effect is real: SciPy and statsmodels for the tests, NumPy over masked runs for what is judged."""

import ctypes
import itertools
import math
from ctypes import byref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

import ablate_ctypes as c
from host import Failure, Model, Sweep, check, library, pointer
from test_sweep import from_sklearn, matrix
from test_whole_data import input_of, layers_of

SETTINGS = settings(max_examples=300, deadline=None)
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
    assert found.smallest_p_value == min(1.0, 2.0 ** (1 - n))


def test_p_values_of_few_flips_are_scipy_s():
    for lost, gained in itertools.product(range(31), repeat=2):
        assert_p_values(lost, gained, 4e-14)


@SETTINGS
@given(st.integers(0, 20_000), st.integers(0, 500), st.booleans())
def test_p_values_are_scipy_s(smaller, difference, swap):
    flips = (smaller, smaller + difference)
    assert_p_values(*(flips[::-1] if swap else flips), relative=4e-11)


@SETTINGS
@given(st.integers(20, 45), st.floats(0, 12))
def test_p_values_of_millions_of_flips(power, deviations):
    """The sums of SciPy lose digits there; the limit of large numbers does not: a lattice of step 1, corrected by half
    a step, and the fourth cumulant (Edgeworth)."""
    n = 2**power
    smaller = n // 2 - round(deviations * math.sqrt(n) / 2)
    found = flips_test(smaller, n - smaller, n).p_value
    z = (n / 2 - smaller - 0.5) / (math.sqrt(n) / 2)
    tail = stats.norm.sf(z) + stats.norm.pdf(z) * (-2 / 24 - 4 / 24) * (z**3 - 3 * z) / n if z > 0 else 0.5
    assert near(found, min(1.0, 2 * tail), 1e-6 + 4 * deviations**6 / n + 2 / math.sqrt(n) * (z <= 0))


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


@pytest.mark.parametrize("lost, gained, rows", [(3, 7, 40), (0, 4, 25), (12, 2, 21), (30, 1, 31), (5, 5, 700), (1, 0, 9)])
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
