"""Rows and labels in whatever they come: arrays, memory maps, data frames, tensors."""

import numpy as np
import pytest

import libablate


class Tensor:
    """What a tensor of another framework looks like to NumPy."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


@pytest.fixture
def expected(digits):
    return libablate.sweep(digits.model, digits.x, digits.y, progress=False)


def same(sweep, expected):
    assert sweep.intact == expected.intact
    assert sweep.table.tobytes() == expected.table.tobytes()
    for key in [None, 0, 30]:
        np.testing.assert_array_equal(sweep.confusion(key), expected.confusion(key))


def forms(x, y, folder):
    pandas = pytest.importorskip("pandas")
    np.save(folder / "x.npy", np.rint(16 * x).astype(np.uint8))
    yield "float64", x.astype(np.float64), y
    yield "columns first", np.asfortranarray(x), y.tolist()
    yield "images", x.reshape(-1, 8, 8), y.astype(np.uint8)
    yield "every second", np.repeat(x, 2, axis=0)[::2], y[:, None]
    yield "data frame", pandas.DataFrame(x), pandas.Series(y, index=y[::-1])
    yield "tensor", Tensor(x), Tensor(y)
    yield "lists", x.tolist(), y.astype(float).tolist()
    yield "objects", x.astype(object), y.astype(object)
    yield "batches", iter([(x[:1], y[:1]), (x[1:1], y[1:1]), (x[1:300], y[1:300]), (x[300:], y[300:])]), None


def test_every_form_gives_the_same_bits(digits, expected, tmp_path):
    for name, x, y in forms(digits.x, digits.y, tmp_path):
        sweep = libablate.sweep(digits.model, x, y, progress=False)
        same(sweep, expected)
        if name != "batches":
            np.testing.assert_array_equal(digits.model.scores(x), digits.model.scores(digits.x), err_msg=name)


def test_a_memory_map_of_bytes(digits, tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", np.rint(16 * digits.x).astype(np.uint8))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    pixels = libablate.from_weights(
        [libablate.Affine(scale=np.full(64, 1 / 16)), *((w.weights, w.bias, w.activation) for w in digits.model.layers)]
    )
    expected = libablate.sweep(pixels, np.asarray(mapped, np.float32), digits.y, progress=False)
    monkeypatch.setattr("libablate._arrays.BLOCK", 64 * 70)
    same(libablate.sweep(pixels, mapped, digits.y, progress=False), expected)
    np.testing.assert_array_equal(pixels.predict(mapped), digits.network.predict(digits.x))


def test_float32_rows_are_not_copied(digits, monkeypatch):
    from libablate import _runs

    seen = []
    pointer = _runs.pointer
    monkeypatch.setattr(_runs, "pointer", lambda array: seen.append(array) or pointer(array))
    digits.model.scores(digits.x)
    assert np.shares_memory(seen[0], digits.x)


def test_string_labels(digits, expected):
    names = np.array(list("zyxwvutsrq"))
    model = libablate.from_weights(
        [(w.weights, w.bias, w.activation) for w in digits.model.layers], classes=names, head="softmax"
    )
    assert model.predict(digits.x).tolist() == names[digits.network.predict(digits.x)].tolist()
    for y in (names[digits.y], names[digits.y].astype(object), names[digits.y].astype("S1"), list(names[digits.y])):
        same(libablate.sweep(model, digits.x, y, progress=False), expected)


def test_numbers_may_be_written_as_texts(digits, expected):
    same(libablate.sweep(digits.model, digits.x, digits.y.astype(str), progress=False), expected)


@pytest.mark.parametrize(
    ("y", "error", "text"),
    [
        ([0, 1, 10], ValueError, r"10 in row 2; the model's classes are 0, 1, 2, "),
        ([0, 1, -1], ValueError, "-1 in row 2"),
        ([0, 1.5, 1], ValueError, "1.5 in row 1"),
        ([0, np.nan, 1], ValueError, "NaN in row 1"),
        ([0, None, 1], ValueError, "no label in row 1"),
        (["0", "1", "one"], ValueError, "'one' in row 2"),
        ([0, 1], ValueError, r"3 rows .* \(2,\)"),
        ([[0, 1, 2]], ValueError, r"\(1, 3\)"),
        ([1j, 0, 0], TypeError, "complex"),
        (np.array([True, False, True]), TypeError, "^y is True or False in each row, .* classes are 0, 1, 2, "),
        ([True, False, True], TypeError, "^y is True or False in each row"),
        (np.array([True, False, True], object), TypeError, "^y is True or False in each row"),
    ],
)
def test_labels_that_fit_no_class(digits, y, error, text):
    sweep = libablate.Sweep(digits.model, progress=False).feed(digits.x[:5], digits.y[:5])
    with pytest.raises(error, match=text):
        sweep.feed(digits.x[:3], y)
    assert sweep.rows == 5


def test_truth_values_of_two_classes():
    """A comparison is what the labels of two classes often are; scikit-learn takes them for 0 and 1, too."""
    for classes in ([0, 1], [False, True]):
        model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], classes=classes)
        assert libablate.sweep(model, np.eye(2), np.array([False, True]), progress=False).intact.correct == 2


def test_one_row_is_not_many(digits, diabetes):
    for call, text in [
        (
            lambda: libablate.sweep(digits.model, digits.x[:1], [0, 1]),
            r"^1 row takes one label; y has the shape \(2,\)$",
        ),
        (lambda: libablate.sweep(diabetes.model, diabetes.x[:1], [0, 1]), "^1 row of this regression takes targets"),
        (
            lambda: libablate.from_weights([(np.eye(1), None)]).predict([1, 2]),
            "^the model takes rows of 1 value; X has",
        ),
        (
            lambda: libablate.from_weights([(np.ones((1, 6)), None)], input_shape=(2, 3)).predict(np.ones((1, 2, 4))),
            r"^the model takes rows of shape \(2, 3\), 6 values; X has the shape \(1, 2, 4\)",
        ),
    ]:
        with pytest.raises(ValueError, match=text):
            call()


def test_numbers_for_classes_with_names():
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], classes=["cat", "dog"])
    with pytest.raises(ValueError, match=r"classes are 'cat', 'dog'; class numbers become labels with model.classes"):
        libablate.sweep(model, np.eye(2), [0, 1])


@pytest.mark.parametrize(
    ("x", "error", "text"),
    [
        (np.zeros((3, 63)), ValueError, r"rows of 64 values; X has the shape \(3, 63\)"),
        (np.zeros(64), ValueError, r"X has the shape \(64,\); a single row takes .*: X\[None\], or \[X\] of a list$"),
        ([0] * 64, ValueError, r"X\[None\], or \[X\] of a list$"),
        (np.zeros((8, 8)), ValueError, r"X has the shape \(8, 8\); a single row takes .*: X\[None\]"),
        (np.zeros((2, 8, 4)), ValueError, r"X has the shape \(2, 8, 4\); a single row takes .*: X\[None\]"),
        (np.zeros((2, 64), complex), TypeError, "complex"),
        ([["a"] * 64], TypeError, "real numbers"),
        (np.full((1, 64), "a", object), TypeError, "no number"),
        ([], ValueError, r"\(0,\)"),
    ],
)
def test_rows_that_fit_no_model(digits, x, error, text):
    for call in (digits.model.predict, digits.model.scores, lambda x: digits.model.activations(x, 0)):
        with pytest.raises(error, match=text):
            call(x)


def images(*shape):
    """A model of rows of some shape."""
    width = int(np.prod(shape))
    return libablate.from_weights([(np.ones((1, width)), None, "relu"), (np.eye(1), None)], input_shape=shape)


@pytest.mark.parametrize(
    ("shape", "given", "text"),
    [
        (
            (3, 8, 9),
            (8, 9, 3),
            r"shape \(3, 8, 9\); X( of batch 0)? has rows of shape \(8, 9, 3\): transpose each row by "
            r"\(2, 0, 1\), as np.moveaxis\(X, -1, 1\) does",
        ),
        ((8, 8, 3), (3, 8, 8), r"\(3, 8, 8\): transpose each row by \(1, 2, 0\)"),
        ((8, 9), (9, 8), r"transpose each row by \(1, 0\)"),
        ((1, 8, 9), (9, 8, 1), r"transpose each row by \(2, 1, 0\)"),
        ((3, 8, 9), (3, 72), r"shape \(3, 72\): reshape it to \(2, 216\) if its values are in the model's order"),
    ],
)
def test_axes_in_another_order_than_the_model_s(shape, given, text):
    model = images(*shape)
    x = np.arange(2 * np.prod(shape)).reshape(2, *given)
    y = np.zeros(2)
    for call in (
        model.scores, model.predict, lambda x: model.activations(x, 0), lambda x: libablate.sweep(model, x, y),
        lambda x: libablate.sweep(model, iter([(x, y)]), progress=False), model.reference,
        lambda x: libablate.profile(model, x), lambda x: libablate.diff(model, model, x),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=text):
            call(x)


def test_axes_of_length_one_do_not_matter():
    x = np.arange(2 * 72.0).reshape(2, 72)
    for shape in [(1, 8, 9), (8, 9, 1), (8, 9), (72,)]:
        expected = images(*shape).scores(x)
        for given in [(8, 9), (1, 8, 9), (8, 9, 1), (72,)]:
            np.testing.assert_array_equal(images(*shape).scores(x.reshape(2, *given)), expected)


def test_sparse_rows_are_refused_by_name(digits):
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="toarray"):
        digits.model.predict(sparse.csr_matrix(digits.x))


def test_no_rows(digits, diabetes):
    assert digits.model.predict(digits.x[:0]).shape == (0,)
    assert digits.model.predict_proba(digits.x[:0]).shape == (0, 10)
    sweep = libablate.Sweep(digits.model, progress=False).feed(digits.x[:0], digits.y[:0])
    assert sweep.rows == 0 and sweep[0].effect == 0 and repr(sweep) == "Sweep of units: 36 results over 0 rows"
    assert sweep.confusion().sum() == 0
    with pytest.raises(ValueError, match="^the sweep has seen no rows: feed some first$"):
        sweep.strongest()
    batches = iter([(digits.x, digits.y)])
    assert libablate.sweep(digits.model, batches, progress=False).rows == len(digits.x)
    for model, *empty in [
        (digits.model, batches),
        (digits.model, digits.x[:0], []),
        (diabetes.model, diabetes.x[:0], []),
    ]:
        with pytest.raises(ValueError, match="^X has no rows"):
            libablate.sweep(model, *empty, progress=False)


def test_targets(diabetes):
    with pytest.raises(ValueError, match="not finite in row 1"):
        libablate.sweep(diabetes.model, diabetes.x[:2], [0, np.inf])
    with pytest.raises(ValueError, match=r"\(2, 1\); y has \(3, 1\)"):
        libablate.sweep(diabetes.model, diabetes.x[:2], [0, 1, 2])


QUIET = {"progress": False}
ORDER = [(1, unit) for unit in range(12)]
COUNTED = {
    "sweep": lambda m, x, y: libablate.sweep(m, x, y, **QUIET),
    "mean": lambda m, x, y: libablate.sweep(m, x, y, replacement="mean", **QUIET),
    "synapses": lambda m, x, y: libablate.synapses(m, x, y, layers=2, **QUIET),
    "inputs": lambda m, x, y: libablate.inputs(m, x, y, **QUIET),
    "profile": lambda m, x, y: libablate.profile(m, x, y, **QUIET),
    "diff": lambda m, x, y: libablate.diff(m, m, x, y, **QUIET),
    "curves": lambda m, x, y: libablate.curves(m, x, y, [ORDER], **QUIET),
    "greedy": lambda m, x, y: libablate.greedy(m, x, y, layer=1, count=1, **QUIET),
    "shapley": lambda m, x, y: libablate.shapley(m, x, y, layers=1, permutations=1, **QUIET),
    "prune": lambda m, x, y: libablate.prune(m, {0: 1}, compensation="least_squares", X=x, **QUIET),
    "pruning_curve": lambda m, x, y: libablate.pruning_curve(m, x, y, ORDER[1:], points=[1], **QUIET),
    "dissect": lambda m, x, y: libablate.dissect(m, x, y, x[:5], y[:5], 1, counts=[1], **QUIET),
    "reference": lambda m, x, y: m.reference(x),
    "quantile_edges": lambda m, x, y: libablate.quantile_edges(m, x, 0),
}


@pytest.mark.parametrize("name", COUNTED)
def test_rows_that_are_counted_are_finite(digits, name, monkeypatch):
    """In any block, and of any type; runs of them are as IEEE arithmetic has it."""
    monkeypatch.setattr("libablate._arrays.BLOCK", 64 * 100)
    call = COUNTED[name]
    call(digits.model, digits.x, digits.y)
    for value, kind in [(np.nan, np.float32), (-np.inf, np.float64), (1e300, np.float64), (np.nan, object)]:
        x = digits.x.astype(kind)
        x[317, 5] = x[318, 2] = value
        with pytest.raises(ValueError, match="^X has .* in row 317, value 5: it has to be a finite float32$"):
            call(digits.model, x, digits.y)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "string", "object", "category", "list", "frame"])
def test_labels_that_pandas_has_not(dtype):
    pandas = pytest.importorskip("pandas")
    values = ["no", "yes", pandas.NA] if dtype in ("string", "category") else [False, True, pandas.NA]
    y = values if dtype == "list" else pandas.Series(values, dtype="boolean" if dtype == "frame" else dtype)
    classes = ["no", "yes"] if isinstance(values[0], str) else [0, 1]
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], classes=classes)
    with pytest.raises(ValueError, match=r"^y (has no label|is NaN) in row 2$"):
        libablate.sweep(model, np.zeros((3, 2)), y.to_frame() if dtype == "frame" else y, progress=False)
    libablate.sweep(model, np.zeros((2, 2)), y[:2], progress=False)


def test_masked_labels_are_refused(digits, diabetes):
    """What is under a mask is no label."""
    y = np.ma.masked_array(digits.y, np.zeros(400, bool))
    assert libablate.sweep(digits.model, digits.x, y, progress=False).rows == 400
    y[7] = np.ma.masked
    targets = np.ma.masked_array(diabetes.y, np.arange(200) == 7)
    for call in (
        lambda: libablate.sweep(digits.model, digits.x, y),
        lambda: libablate.profile(digits.model, digits.x, y, measures="taylor"),
        lambda: libablate.shapley(digits.model, digits.x, y[:, np.newaxis]),
        lambda: libablate.sweep(diabetes.model, diabetes.x, targets),
    ):
        with pytest.raises(ValueError, match="^y has masked values: fill them or leave them out$"):
            call()
    with pytest.raises(ValueError, match="^y of batch 0 has masked values"):
        libablate.sweep(digits.model, [(digits.x, y)], progress=False)


def test_masked_rows_are_refused(digits):
    x = np.ma.masked_array(digits.x, np.zeros(digits.x.shape, bool))
    np.testing.assert_array_equal(digits.model.predict(x), digits.model.predict(digits.x))
    x[3, 5] = np.ma.masked
    for call in (digits.model.predict, lambda x: libablate.sweep(digits.model, x, digits.y)):
        for given in (x, list(x), tuple(x), [[row] for row in x]):
            with pytest.raises(ValueError, match="^X has masked values"):
                call(given)


def test_other_masked_arrays_are_refused(digits):
    """Units, places and labels under a mask were taken for those that lie there."""
    x, y, model = digits.x, digits.y, digits.model
    some = np.ma.masked_array([1, 2, 3], [False, True, False])
    pairs = np.ma.masked_array([[0, 1], [0, 2]], [[False, False], [False, True]])
    for said, call in {
        "the list of units of layer 0": lambda some, pairs: model.ablate({0: some}),
        "units": lambda some, pairs: model.ablate(pairs),
        "order": lambda some, pairs: libablate.cumulative(model, x, y, order=pairs, **QUIET),
        r"orders\[1\]": lambda some, pairs: libablate.curves(model, x, y, [[(0, 1), (0, 2)], pairs], **QUIET),
        "points": lambda some, pairs: libablate.curves(model, x, y, [[(0, k) for k in range(3)]], points=some, **QUIET),
        "counts": lambda some, pairs: libablate.dissect(model, x, y, x, y, 1, counts=some, **QUIET),
        "classes": lambda some, pairs: libablate.from_weights([(np.eye(3), None)], classes=some),
        "weights": lambda some, pairs: libablate.from_weights([([some, some, some], None)]),
        "a layer is named by": lambda some, pairs: libablate.units(model, some - 1),
        "bias": lambda some, pairs: libablate.from_weights([(np.eye(3), some)]),
    }.items():
        call(np.ma.masked_array(some.data), np.ma.masked_array(pairs.data))
        with pytest.raises((ValueError, TypeError), match=f"^{said}.*(has masked values: fill them or|not masked$)"):
            call(some, pairs)


@pytest.mark.parametrize("truth", [True, False, np.True_])
def test_truth_values_are_no_numbers(digits, truth):
    """Python takes them for 1 and 0."""
    x, y, model = digits.x, digits.y, digits.model
    for name, call in (
        ("points", lambda: libablate.curves(model, x, y, libablate.units(model, 0), points=[truth, 2], **QUIET)),
        ("counts", lambda: libablate.dissect(model, x, y, x, y, 0, counts=[truth, 2], **QUIET)),
        ("a unit of layer 0", lambda: model.ablate({0: [truth, 3]})),
        ("a unit of layer 0", lambda: model.ablate({0: {truth: "dead", 3: "zero"}})),
        ("replacement", lambda: model.ablate({0: 1}, replacement=truth)),
        ("constant", lambda: libablate.Replacement("constant", constant=truth)),
        ("seed", lambda: libablate.Replacement("resample", seed=truth)),
        ("threads", lambda: libablate.sweep(model, x, y, threads=truth, **QUIET)),
        ("seed", lambda: libablate.order_at_random(model, {0: "all"}, truth)),
        ("permutations", lambda: libablate.shapley(model, x, y, permutations=truth, **QUIET)),
        ("tolerance", lambda: libablate.shapley(model, x, y, tolerance=truth, **QUIET)),
        ("first_row", lambda: libablate.sweep(model, x, y, first_row=truth, **QUIET)),
        ("histogram_bins", lambda: libablate.profile(model, x, histogram_bins=truth, **QUIET)),
        (
            "strides",
            lambda: libablate.from_weights(
                [libablate.Convolution(np.ones((1, 1, 1, 1)), strides=truth)], input_shape=(1, 2, 2)
            ),
        ),
        ("alpha", lambda: libablate.from_weights([libablate.Dense(np.eye(2), None, "elu", truth)])),
        ("confidence", lambda: libablate.flip_test(1, 2, 3, confidence=truth)),
    ):
        with pytest.raises((TypeError, ValueError), match=rf"^{name} is .*, not \[?(np\.)?(True|False)"):
            call()
    with pytest.raises(TypeError, match="^threads is a whole number, not"):
        libablate.load(model.to_bytes(), threads=truth)
