"""Profiles against NumPy in float64, SciPy, scikit-learn and backpropagation checked by central differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.datasets import load_digits
from sklearn.metrics import mutual_info_score
from sklearn.neural_network import MLPClassifier

import libablate._declarations as c
from host import Failure, Mask, Model, Session, floats
from profile_host import Profile, quantile_edges

PARAMETERS = {"clip": {"alpha": -0.5, "beta": 0.75}}
ALL = ("class_means", "information", "histogram", "top_rows", "gram", "taylor")


def network(widths, activations, seed=0, **how):
    random = np.random.default_rng(seed)
    layers = [
        {
            "weights": random.standard_normal((n, k)).astype(np.float32) / np.float32(np.sqrt(k)),
            "bias": random.standard_normal(n).astype(np.float32) / 4,
            "activation": activation,
        }
        | PARAMETERS.get(activation, {})
        for k, n, activation in zip(widths[:-1], widths[1:], activations, strict=True)
    ]
    return Model.build(layers, **how), layers


@pytest.fixture(scope="module")
def digits():
    """A trained 64-40-20-10 network, its rows and labels."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    net = MLPClassifier((40, 20), random_state=1, max_iter=60).fit(x, y)
    layers = [
        {"weights": floats(w.T), "bias": floats(b), "activation": "relu" if i < 2 else "identity"}
        for i, (w, b) in enumerate(zip(net.coefs_, net.intercepts_, strict=True))
    ]
    return Model.build(layers), x, y


def close(actual, expected, tolerance=1e-12):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def column(profile, layer, name):
    units = profile.model.layer(layer).units
    return np.array([getattr(profile.unit(layer, unit), name) for unit in range(units)])


def test_moments_are_those_of_the_activations(digits):
    model, x, _ = digits
    profile = Profile(model, layers=[0, 1, 2]).feed(x)
    for layer in range(3):
        a = Session(model).activations(x, layer).astype(np.float64)
        close(profile.measure("mean", layer), a.mean(axis=0))
        close(profile.measure("variance", layer), a.var(axis=0))
        assert (profile.measure("minimum", layer) == a.min(axis=0)).all()
        assert (profile.measure("maximum", layer) == a.max(axis=0)).all()
        assert (profile.measure("fraction_active", layer) == (a > 0).sum(axis=0) / len(x)).all()
        assert (column(profile, layer, "active") == (a > 0).sum(axis=0)).all()
        assert (column(profile, layer, "rows") == len(x)).all()
        assert (column(profile, layer, "is_dead") == (a == a[0]).all(axis=0)).all()
        assert (column(profile, layer, "non_finite") == 0).all()
        weights, _ = model.parameters(layer)
        weights = weights.astype(np.float64)
        close(profile.measure("incoming_l1", layer), np.abs(weights).sum(axis=1))
        close(profile.measure("incoming_l2", layer), np.linalg.norm(weights, axis=1))
        if layer < 2:
            after = model.parameters(layer + 1)[0].astype(np.float64)
            close(profile.measure("outgoing_l2", layer), np.linalg.norm(after, axis=0))
    assert np.isnan(profile.measure("outgoing_l2", 2)).all()


def test_the_variance_next_to_a_large_mean_is_exact():
    """Values a million times their spread: sums of squares in float64 would lose the variance."""
    weights = [{"weights": np.ones((1, 1)), "bias": np.float32([2**20])}, {"weights": np.ones((2, 1))}]
    model = Model.build(weights)
    x = np.random.default_rng(3).integers(0, 8, 5000).astype(np.float32)[:, None] / 8
    profile = Profile(model).feed(x)
    close(profile.measure("variance"), [x.astype(np.float64).var()], 1e-14)
    close(profile.measure("mean"), [2**20 + x.astype(np.float64).mean()], 1e-15)


def test_class_means_and_selectivity(digits):
    model, x, y = digits
    profile = Profile(model, "class_means").feed(x, y)
    assert (profile.class_rows() == np.bincount(y)).all()
    for layer in range(2):
        a = Session(model).activations(x, layer).astype(np.float64)
        means = np.array([a[y == digit].mean(axis=0) for digit in range(10)]).T
        close(profile.class_means(layer), means)
        assert (column(profile, layer, "largest_class") == means.argmax(axis=1)).all()
        largest = means.max(axis=1)
        others = (means.sum(axis=1) - largest) / 9
        with np.errstate(invalid="ignore"):
            index = np.where(largest == 0, 0, (largest - others) / (largest + others))
        close(profile.measure("class_selectivity", layer), index)


def test_selectivity_of_signed_activations_is_nan():
    model, _ = network((4, 6, 3), ("tanh", "identity"))
    random = np.random.default_rng(0)
    x, y = random.standard_normal((50, 4)), random.integers(0, 3, 50)
    profile = Profile(model, "class_means").feed(x, y)
    assert np.isnan(profile.measure("class_selectivity")).all()
    assert (column(profile, 0, "largest_class") == profile.class_means().argmax(axis=1)).all()


def information(levels, y, classes):
    """Entropy, mutual information, KL selectivity and its class, by SciPy and scikit-learn, in bits."""
    whole = np.bincount(levels, minlength=256)
    each = {k: np.bincount(levels[y == k], minlength=256) for k in range(classes) if (y == k).any()}
    divergences = {k: entropy(counts[whole > 0], whole[whole > 0], base=2) for k, counts in each.items()}
    best = max(divergences, key=divergences.get)
    return entropy(whole, base=2), mutual_info_score(y, levels) / np.log(2), divergences[best], best


QUANTISERS = [
    ("own_threshold", {}),
    ("threshold", {"threshold": 0.3}),
    ("uniform", {"bits": 3, "low": -1, "high": 2}),
    ("uniform", {"bits": 8, "low": 0, "high": 4}),
    ("edges", {"bits": 4}),
]


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize(("name", "options"), QUANTISERS)
def test_information(activation, name, options):
    model, _ = network((8, 12, 7, 4), (activation, activation, "identity"), seed=5)
    random = np.random.default_rng(1)
    y = random.integers(0, 4, 900)
    x = floats(random.standard_normal((900, 8)) + y[:, None] / 2)
    layers = [1, 0]
    bits = options.get("bits", 1)
    given_edges = [quantile_edges(model, layer, x[:500], bits) for layer in layers]
    if name == "edges":
        options = options | {"edges": np.concatenate([edges.ravel() for edges in given_edges])}
    profile = Profile(model, "information", layers=layers, quantiser=name, **options).feed(x, y)
    for place, layer in enumerate(layers):
        a = Session(model).activations(x, layer)
        for unit in range(a.shape[1]):
            if name == "own_threshold":
                edges = [0.5 if activation == "sigmoid" else 0]
            elif name == "threshold":
                edges = np.float32([0.3])
            elif name == "uniform":
                edges = np.float32(np.linspace(options["low"], options["high"], 2**bits + 1)[1:-1])
            else:
                edges = given_edges[place][unit]
            levels = (a[:, unit, None] > edges).sum(axis=1)
            found = profile.unit(layer, unit)
            expected = information(levels, y, 4)
            close([found.entropy, found.mutual_information, found.kl_selectivity], expected[:3], 1e-11)
            if expected[2] > 1e-9:
                assert found.kl_class == expected[3]


def test_ranges_of_the_functions_themselves():
    model, _ = network((3, 5, 2), ("tanh", "identity"))
    x = np.random.default_rng(2).standard_normal((200, 3))
    own = Profile(model, "entropy", "histogram", quantiser="uniform", bits=4).feed(x)
    options = {"low": -1, "high": 1, "histogram_low": -1, "histogram_high": 1}
    named = Profile(model, "entropy", "histogram", quantiser="uniform", bits=4, **options).feed(x)
    assert (own.measure("entropy") == named.measure("entropy")).all()
    assert (own.histogram(0, 3) == named.histogram(0, 3)).all()
    assert own.histogram(0, 3).sum() == 200
    model, _ = network((3, 5, 2), ("relu", "identity"))
    for measure, more in (("histogram", {}), ("entropy", {"quantiser": "uniform", "bits": 2})):
        with pytest.raises(Failure, match="function of layer 0 has no range of its own") as failure:
            Profile(model, measure, **more)
        assert failure.value.status == c.INVALID_ARGUMENT


@pytest.mark.parametrize("bits", [1, 2, 5, 8])
def test_quantiles(bits, digits):
    model, x, _ = digits
    edges = quantile_edges(model, 0, x[:333], bits, threads=2)
    a = Session(model).activations(x[:333], 0)
    shares = np.arange(1, 2**bits) / 2**bits
    assert (edges == np.quantile(a, shares, axis=0, method="inverted_cdf").T).all()


@pytest.mark.parametrize(("bins", "low", "high"), [(64, 0, 3), (7, -0.1, 0.6), (1, 0, 1), (1000, 0.5, 0.75)])
def test_histograms(digits, bins, low, high):
    model, x, _ = digits
    # Activations on edges, too.
    x = np.concatenate([x, np.zeros((3, 64), np.float32)])
    profile = Profile(model, "histogram", histogram_bins=bins, histogram_low=low, histogram_high=high).feed(x)
    low, high = float(np.float32(low)), float(np.float32(high))
    a = Session(model).activations(x, 1).astype(np.float64)
    for unit in range(20):
        counts, _ = np.histogram(a[:, unit], bins, (low, high))
        expected = [(a[:, unit] < low).sum(), *counts, (a[:, unit] > high).sum()]
        assert profile.histogram(1, unit).tolist() == expected


def test_top_rows(digits):
    model, x, _ = digits
    profile = Profile(model, "top_rows", top_row_limit=25, first_row=1000).feed(x[:700]).feed(x[700:])
    a = Session(model).activations(x, 0)
    for unit in range(40):
        order = np.lexsort((np.arange(len(x)), -a[:, unit]))[:25]
        rows, values = profile.top_rows(0, unit)
        assert (rows == order + 1000).all()
        assert (values == a[order, unit]).all()


def test_gram(digits):
    model, x, _ = digits
    profile = Profile(model, "gram", layers=[1, 0, 2], threads=2).feed(x)
    for layer in range(3):
        a = Session(model).activations(x, layer).astype(np.float64)
        gram = profile.gram(layer)
        close(gram, a.T @ a / len(x), 1e-13)
        assert (gram == gram.T).all()
        # One chain in the order of the rows.
        exact = np.zeros_like(gram)
        for row in a:
            exact += np.outer(row, row)
        assert (gram == exact / len(x)).all()


def test_attributions_are_what_ablating_takes_away(digits):
    model, x, y = digits
    profile = Profile(model, "class_means").feed(x, y)
    found = profile.attributions(1)
    session = Session(model)
    a, weights = session.activations(x, 1).astype(np.float64), model.parameters(2)[0].astype(np.float64)
    expected = np.array([(a[y == digit].mean(axis=0) * weights[digit]) for digit in range(10)]).T
    close(found, expected)
    intact = session.run(x)
    for unit in (0, 7):
        lost = intact - session.run(x, Mask(model, units=[(1, unit)]))
        close(found[unit], [lost[y == digit, digit].mean() for digit in range(10)], 1e-5)
    for layer in (0, 2):
        with pytest.raises(Failure, match="last hidden layer|without layer"):
            profile.attributions(layer)


def test_attributions_of_a_binary_head():
    model, layers = network((3, 5, 1), ("relu", "identity"), head="binary")
    random = np.random.default_rng(4)
    x, y = random.standard_normal((80, 3)), random.integers(0, 2, 80)
    profile = Profile(model, "class_means").feed(x, y)
    means = profile.class_means()
    close(profile.attributions(), means * np.float64(layers[1]["weights"][0])[:, None] * [-1, 1])


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


FUNCTIONS = {
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: 1.05070102 * np.where(x > 0, x, 1.67326319 * np.expm1(x)),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "gelu": lambda x: x / 2 * (1 + np.vectorize(math.erf)(x / np.sqrt(2))),
    "gelu_tanh": lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "clip": lambda x: np.clip(x, -0.5, 0.75),
}


def losses(layers, first, h, y, head):
    """Of each row, from the activations of layer `first` on, in float64."""
    for layer in layers[first + 1 :]:
        z = h @ np.float64(layer["weights"]).T + np.float64(layer["bias"])
        h = FUNCTIONS[layer["activation"]](z)
    if head == "binary":
        return np.logaddexp(0, np.where(y == 1, -h[:, 0], h[:, 0]))
    return -np.log(softmax(h)[np.arange(len(y)), y])


@pytest.mark.parametrize("activation", FUNCTIONS)
@pytest.mark.parametrize("head", ["logits", "binary"])
def test_taylor_measures_by_central_differences(activation, head):
    """In float64, so that the difference is the derivative to nine digits; rows next to a bend are left out."""
    classes = 2 if head == "binary" else 4
    widths = (5, 9, 8, 7, 1 if head == "binary" else 4)
    model, layers = network(widths, (activation,) * 3 + ("identity",), seed=11, head=head)
    random = np.random.default_rng(6)
    x, y = floats(random.standard_normal((300, 5)) * 2), random.integers(0, classes, 300).astype(np.int32)
    session = Session(model)
    bends = {
        "relu": [0],
        "leaky_relu": [0],
        "hard_sigmoid": [-2.5, 2.5],
        "hard_swish": [-3, 3],
        "clip": [-0.5, 0.75],
    }.get(activation, [])
    near = np.zeros(300, bool)
    for layer in range(3):
        z = session.activations(x, layer, "pre_activation")
        for bend in bends:
            near |= (np.abs(z - bend) < 1e-3).any(axis=1)
    x, y = x[~near], y[~near]
    assert len(x) > 200
    profile = Profile(model, "taylor", layers=[0, 1, 2, 3]).feed(x, y)
    for layer in range(4):
        h = session.activations(x, layer).astype(np.float64)
        step = 1e-5
        for unit in range(h.shape[1]):
            up, down = h.copy(), h.copy()
            up[:, unit] += step
            down[:, unit] -= step
            slope = (losses(layers, layer, up, y, head) - losses(layers, layer, down, y, head)) / (2 * step)
            terms = h[:, unit] * slope
            found = profile.unit(layer, unit)
            close(found.taylor, np.abs(terms).mean(), 3e-6)
            close(found.taylor_of_mean, abs(terms.mean()), 3e-6)


@pytest.mark.parametrize(
    ("activation", "bend"),
    [
        ("relu", 0),
        ("leaky_relu", 0),
        ("hard_sigmoid", -2.5),
        ("hard_sigmoid", 2.5),
        ("hard_swish", -3),
        ("hard_swish", 3),
        ("clip", -0.5),
        ("clip", 0.75),
    ],
)
def test_taylor_takes_the_lower_side_of_a_bend(activation, bend):
    """The pre-activation of a unit is the bend; the difference to its lower side is the derivative."""
    layers = [
        {"weights": floats([[1]]), "bias": floats([0]), "activation": "identity"},
        {"weights": floats([[1]]), "bias": floats([bend - 1]), "activation": activation}
        | PARAMETERS.get(activation, {}),
        {"weights": floats([[0.5], [-0.25]]), "bias": floats([0, 0]), "activation": "identity"},
    ]
    y, h, step = np.zeros(1, np.int32), np.ones((1, 1)), 1e-6
    slope = (losses(layers, 0, h, y, "logits") - losses(layers, 0, h - step, y, "logits")) / step
    profile = Profile(Model.build(layers), "taylor", layers=[0]).feed(h, y)
    assert np.isclose(profile.unit(0, 0).taylor, abs(slope[0]), rtol=1e-4, atol=1e-9)


def everything(model, **how):
    return Profile(model, *ALL, histogram_low=-1, histogram_high=2, top_row_limit=5, **how)


@given(
    seed=st.integers(0, 1000),
    activation=st.sampled_from(["relu", "sigmoid", "gelu"]),
    cuts=st.lists(st.integers(0, 700), max_size=6),
    threads=st.integers(1, 3),
)
@settings(max_examples=25, deadline=None)
def test_batches_threads_and_merging_change_no_bit(seed, activation, cuts, threads):
    model, _ = network((6, 19, 11, 3), (activation, activation, "identity"), seed=seed)
    random = np.random.default_rng(seed)
    # Magnitudes far apart, zeros and equal rows.
    x = floats(random.standard_normal((700, 6)) * 10.0 ** random.integers(-9, 9, (700, 1)))
    x[::7] = 0
    y = random.integers(0, 3, 700)
    whole = everything(model).feed(x, y)
    starts = [0, *sorted(cuts), 700]
    parts = list(zip(starts[:-1], starts[1:], strict=True))
    batched = everything(model, threads=threads)
    for first, last in parts:
        batched.feed(x[first:last], y[first:last])
    assert batched.table() == whole.table()
    assert batched.gram(1).tobytes() == whole.gram(1).tobytes()
    shards = [everything(model, first_row=a, threads=threads).feed(x[a:b], y[a:b]) for a, b in parts]
    random.shuffle(shards)
    merged = shards[0]
    for shard in shards[1:]:
        merged.merge(shard)
    assert merged.table() == whole.table()
    close(merged.gram(1) / whole.gram(1).max(), whole.gram(1) / whole.gram(1).max(), 700 * 2.0**-52)


def test_no_rows():
    model, _ = network((3, 4, 2), ("relu", "identity"))
    profile = everything(model).feed(np.zeros((0, 3)), np.zeros(0))
    found = profile.unit(0, 1)
    assert (found.rows, found.active, found.is_dead, found.largest_class, found.kl_class) == (0, 0, 0, c.NONE, c.NONE)
    for name in c.MEASURES:
        assert np.isnan(profile.measure(name)).all() == (name not in ("incoming_l1", "incoming_l2", "outgoing_l2"))
    assert np.isnan(profile.gram()).all()
    assert np.isnan(profile.class_means()).all()
    assert profile.histogram(0, 0).sum() == 0
    assert len(profile.top_rows(0, 0)[0]) == 0


def test_one_class_and_constant_units():
    """A dead ReLU unit, a constant one, and rows of one class."""
    layers = [
        {"weights": np.float32([[1], [0], [0]]), "bias": np.float32([0, -1, 2]), "activation": "relu"},
        {"weights": np.ones((3, 3))},
    ]
    model = Model.build(layers)
    x = np.float32([[0], [1], [2], [3]])
    profile = everything(model).feed(x, [2, 2, 2, 2])
    assert column(profile, 0, "is_dead").tolist() == [0, 1, 1]
    assert column(profile, 0, "active").tolist() == [3, 0, 4]
    assert profile.measure("variance").tolist() == [1.25, 0, 0]
    close(profile.measure("entropy"), [entropy([1, 3], base=2), 0, 0], 1e-14)
    assert (profile.measure("mutual_information") == 0).all()
    assert (profile.measure("kl_selectivity") == 0).all()
    assert np.isnan(profile.measure("class_selectivity")).all()
    assert column(profile, 0, "largest_class").tolist() == [2, 2, 2]
    assert profile.class_rows().tolist() == [0, 0, 4]
    means = profile.class_means()
    assert np.isnan(means[:, :2]).all() and means[:, 2].tolist() == [1.5, 0, 2]
    assert profile.top_rows(0, 1)[0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("sign", [1, -1])
def test_activations_that_are_not_finite(sign):
    """Unit 0 overflows in one row."""
    layers = [{"weights": np.float32([[4, 0], [0, 1]])}, {"weights": np.ones((2, 2))}]
    model = Model.build(layers)
    x = floats([[1, 5], [sign * 3e38, 6], [3, 7]])
    profile = everything(model).feed(x, [0, 1, 0])
    assert column(profile, 0, "non_finite").tolist() == [1, 0]
    for name in c.MEASURES:
        if name not in ("incoming_l1", "incoming_l2", "outgoing_l2"):
            assert np.isnan(profile.measure(name)[0])
    assert profile.measure("mean")[1] == 6
    assert np.isnan(profile.class_means()[0]).all() and profile.class_means()[1].tolist() == [6, 6]
    assert np.isnan(profile.gram()[0]).all() and np.isnan(profile.gram()[:, 0]).all()
    assert profile.gram()[1, 1] == (25 + 36 + 49) / 3
    assert profile.top_rows(0, 0)[0].tolist() == [2, 0]
    assert profile.histogram(0, 0).sum() == 2
    # Gradients that are NaN make the Taylor measures so, and nothing else.
    assert np.isnan(profile.measure("taylor")).all()


def test_rows_that_are_nan():
    model, _ = network((3, 4, 2), ("relu", "identity"))
    x = np.ones((5, 3), np.float32)
    x[2, 1] = np.nan
    profile = everything(model).feed(x, np.zeros(5))
    assert column(profile, 0, "non_finite").tolist() == [1] * 4
    assert np.isnan(profile.measure("mean")).all() and np.isnan(profile.gram()).all()
    assert all(len(profile.top_rows(0, unit)[0]) == 4 for unit in range(4))
    with pytest.raises(Failure, match="NaN in row 2") as failure:
        quantile_edges(model, 0, x, 1)
    assert failure.value.status == c.INVALID_ARGUMENT


@pytest.mark.parametrize("head", ["regression", "multilabel"])
def test_models_without_classes(head):
    model, _ = network((3, 4, 2), ("relu", "identity"), head=head)
    for measure in ("class_means", "information", "taylor"):
        with pytest.raises(Failure, match="one class") as failure:
            Profile(model, measure)
        assert failure.value.status == c.UNSUPPORTED
    x = np.random.default_rng(1).standard_normal((20, 3))
    profile = Profile(model, "entropy", "gram", "top_rows").feed(x)
    a = Session(model).activations(x, 0)
    close(profile.measure("entropy"), [entropy(np.bincount(u, minlength=2), base=2) for u in (a > 0).T], 1e-12)


def test_mnist_against_numpy(shared):
    """The whole MNIST test rows through a trained network."""
    arrays = np.load(shared / "models" / "mlp" / "nn392_div255.npz")
    layers = [{"weights": arrays[f"W{i}"].T, "bias": arrays[f"b{i}"]} for i in range(2)]
    layers[0]["activation"] = "relu"
    model = Model.build(layers)
    x = floats(np.load(shared / "data" / "mnist" / "test7000_images.npy")) / np.float32(255)
    y = np.load(shared / "data" / "mnist" / "test7000_labels.npy")
    profile = Profile(model, "class_means", "information", "gram", "taylor", threads=2).feed(x, y)
    a = Session(model, threads=2).activations(x, 0).astype(np.float64)
    close(profile.measure("mean"), a.mean(axis=0))
    close(profile.measure("variance"), a.var(axis=0))
    close(profile.gram(), a.T @ a / len(x), 1e-13)
    found = profile.measure("mutual_information")
    close(found, [mutual_info_score(y, unit) / np.log(2) for unit in (a > 0).T], 1e-11)
    probabilities = softmax(a @ np.float64(arrays["W1"]) + arrays["b1"])
    probabilities[np.arange(len(y)), y] -= 1
    terms = a * (probabilities @ np.float64(arrays["W1"]).T)
    close(profile.measure("taylor"), np.abs(terms).mean(axis=0), 1e-5)
    close(profile.measure("taylor_of_mean"), np.abs(terms.mean(axis=0)), 1e-6)
