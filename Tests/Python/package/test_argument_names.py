"""Whatever is wrong with an argument, the error says which one it is, what it is, and what is taken."""

import numpy as np
import pytest

import libablate
from libablate import Convolution, Dense, Pooling

WRONG = (ValueError, TypeError, NotImplementedError)
QUIET = {"progress": False}
ORDER = [(0, 0), (0, 1)]


@pytest.fixture(scope="module")
def few():
    """Twelve rows of three values, and a network for them with four hidden units."""
    rng = np.random.default_rng(3)
    model = libablate.from_weights([(rng.normal(size=(4, 3)), None, "relu"), (rng.normal(size=(3, 4)), None)])
    return model, rng.normal(size=(12, 3)), np.arange(12) % 3


@pytest.fixture(scope="module")
def seen():
    """Ten images, and a network for them that ends in means of channels."""
    rng = np.random.default_rng(4)
    steps = [Convolution(rng.normal(size=(4, 2, 3, 3)), activation="relu", padding=1), Pooling("global_average")]
    model = libablate.from_weights([*steps, (rng.normal(size=(3, 4)), None)], input_shape=(2, 6, 6))
    return model, rng.normal(size=(10, 2, 6, 6))


def profiled(measures="histogram", **options):
    return lambda m, x, y: libablate.profile(m, x, y, measures=measures, **options, **QUIET)


def shared(**options):
    return lambda m, x, y: libablate.Shapley(m, x, y, **options, **QUIET).run(2)


def quantised(name, value, quantiser="uniform"):
    return profiled("entropy", quantiser=quantiser, quantiser_options={name: value})


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (profiled(histogram_range=5), r"^histogram_range is \(low, high\), two numbers, not 5"),
        (profiled(histogram_range=("a", 1)), "^histogram_range is"),
        (profiled(histogram_range=(0, 0)), "^histogram_range is empty"),
        (profiled(histogram_range=(2, 1)), r"^histogram_range\[0\] to histogram_range\[1\] is no range"),
        (profiled(), r"^histogram_range\[0\] and histogram_range\[1\] are needed"),
        (profiled(histogram_bins="a"), "^histogram_bins is a whole number, not 'a'"),
        (profiled(histogram_bins=1 << 40, histogram_range=(0, 1)), "^histogram_bins is 1099511627776: 1 to 2.16"),
        (profiled("top_rows", top_row_limit=1.5), "^top_row_limit is a whole number, not 1.5"),
        (profiled("top_rows", top_row_limit=1 << 40), "^top_row_limit is 1099511627776: 1 to 2.16"),
        (profiled(5), "^measures is a name or a list of names, not 5"),
        (profiled("mutual_information"), "^measures has 'mutual_information', which comes with information; there are"),
        (profiled(["taylor", "mean"]), "^measures has 'mean', which comes with every profile; there are class_means"),
        (profiled(["tailor"]), "^measures has 'tailor'; there are class_means"),
        (profiled("entropy", positions="median"), "^positions is 'median'; there are mean, maximum"),
        (profiled("entropy", quantiser="median"), "^quantiser is 'median'; there are own_threshold"),
        (profiled("entropy", quantiser_options=3), "^quantiser_options is a dictionary, not 3"),
        (profiled("entropy", layers=[]), "^the list of layers is empty"),
        (profiled("entropy", layers=1.5), "^layers is a number, a name, .* or a list of them, not 1.5"),
        (quantised("bits", 0), r"^quantiser_options\['bits'\] is 1 to 8, not 0"),
        (quantised("bits", 2), r"^quantiser_options\['low'\] and quantiser_options\['high'\] are needed"),
        (quantised("low", "a"), r"^quantiser_options\['low'\] is a number, not 'a'"),
        (quantised("low", 2), r"^quantiser_options\['low'\] to quantiser_options\['high'\] is no range"),
        (quantised("threshold", np.nan, "threshold"), r"^quantiser_options\['threshold'\] is NaN"),
        (quantised("edges", [1, 2], "edges"), r"^quantiser_options\['edges'\] has the shape \(2,\)"),
        (quantised("edges", [np.nan] * 4, "edges"), r"^quantiser_options\['edges'\]\[0\] is NaN"),
        (lambda m, x, y: libablate.profile(m, x, measures=["taylor", "information"]), "^taylor and information need"),
        (lambda m, x, y: libablate.quantile_edges(m, x, 0, bits="a"), "^bits is a whole number, not 'a'"),
        (lambda m, x, y: libablate.greedy(m, x, y, layer=0, replacement="resample"), "^replacement is 'resample'"),
        (lambda m, x, y: libablate.greedy(m, x, y, layer=0, count=9), "^count is 0 to 4, not 9"),
        (lambda m, x, y: libablate.greedy(m, x, None, layer=0), "^y is None"),
        (lambda m, x, y: libablate.greedy(m, [(x, y)], y, layer=0), "^X is no array"),
        (lambda m, x, y: libablate.prune(m, {0: 0}, replacement="resample"), "^replacement is 'resample'"),
        (lambda m, x, y: libablate.prune(m, {0: 0}, replacement="mean", X=x[:, :2]), "; X has the shape"),
        (
            lambda m, x, y: libablate.prune(m, {0: 0}, compensation="correlated", replacement="mean", X=x),
            "^replacement is for the compensation 'replacement', and this is 'correlated'",
        ),
        (
            lambda m, x, y: libablate.prune(m, {0: 0}, compensation="least_squares", reference=x, X=x),
            "^reference is for the compensation 'replacement', and this is 'least_squares'",
        ),
        (lambda m, x, y: libablate.profile(m, iter([])), "^X has no rows: at least one is needed, and an iterator"),
        (lambda m, x, y: libablate.profile(m, x[:0]), "^X has no rows"),
        (lambda m, x, y: libablate.diff(m, m, iter([])), "^X has no rows: at least one is needed, and an iterator"),
        (lambda m, x, y: libablate.prune(m, {0: 1.5}), "^the units of layer 0 are numbers, .* not 1.5"),
        (lambda m, x, y: m.ablate({0: 1.5}), "^the units of layer 0 are numbers, .* not 1.5"),
        (lambda m, x, y: m.ablate(5), r"^units is \{layer: units\} or a list of .* pairs, not 5"),
        (lambda m, x, y: m.ablate("l1"), r"not 'l1'; all units of a layer are \{'l1': 'all'\}$"),
        (lambda m, x, y: libablate.order_at_random(m, 0, 1), r"not 0; all units of a layer are \{0: 'all'\}$"),
        (lambda m, x, y: m.ablate((0, [1, 2])), r"^a unit of layer 0 is named by its number, not \[1, 2\]"),
        (lambda m, x, y: m.ablate([5]), r"^units\[0\] is no \(layer, unit\) pair: 5"),
        (lambda m, x, y: m.ablate(synapses=[(0, 1)]), r"^synapses\[0\] is no \(layer, unit, input\) triple"),
        (lambda m, x, y: m.ablate({0: 1}, replacement="nothing"), "^replacement is 'nothing'; there are zero"),
        (lambda m, x, y: libablate.Replacement("constant", constant="a"), "^constant is a number, not 'a'"),
        (lambda m, x, y: libablate.Replacement("resample", seed=-1), r"^seed is 0 to 2\*\*64 - 1, not -1"),
        (lambda m, x, y: libablate.synapses(m, x, y, units=5), "^units is"),
        (lambda m, x, y: libablate.cumulative(m, x, y, order=5), "^order is"),
        (lambda m, x, y: m.ablate(synapses={0: (1, 2)}), r"^synapses is a list of .* triples, not \{0: \(1, 2\)\}"),
        (lambda m, x, y: libablate.masks(m, x, y, masks=[5]), "^mask 0 is no ablation, made by model.ablate, but 5$"),
        (lambda m, x, y: libablate.masks(m, x, y, masks=[{0: 1}]), r"^mask 0 is no .*: pass model.ablate\(\{0: 1\}\)"),
        (lambda m, x, y: libablate.masks(m, x, y, masks={0: 1}), r"^masks are a list of ablations, .*, not \{0: 1\}"),
        (lambda m, x, y: libablate.masks(m, x, y, masks=m.ablate({0: 1})), "^masks are a list of ablations"),
        (lambda m, x, y: libablate.sweep(m, x, y, metrics=5), "^metrics is a name or a list of names, not 5"),
        (lambda m, x, y: libablate.sweep(m, [(x, y), (x[:, 1:], y)], **QUIET), "X of batch 1 has the shape"),
        (lambda m, x, y: libablate.sweep(m, [(x, y), x], **QUIET), "batch 1 is no such pair"),
        (lambda m, x, y: libablate.sweep(m.ablate({0: 1}), x, y), "^model has the type Ablation: pass"),
        (lambda m, x, y: libablate.sweep(m, x, y).merge(5), "^other is a Sweep, not 5"),
        *[(lambda m, x, y, options=options: libablate.Sweep(m).merge(libablate.Sweep(m, **options)),
           f"^the sweeps have different plans: they differ in {differ}$")
          for options, differ in (({"metrics": "margin"}, "metrics"),
                                  ({"metrics": [], "layers": [1]}, "kind, items or replacements"),
                                  ({"replacement": 0.5}, "kind, items or replacements"),
                                  ({"layers": 1}, "kind, items or replacements"),
                                  ({"kind": "inputs"}, "kind, items or replacements"))],
        (lambda m, x, y: libablate.Sweep(m, metrics="changed_rows").merge(
            libablate.Sweep(m, metrics="changed_rows", changed_row_limit=2)), "differ in the limit of changed rows$"),
        (lambda m, x, y: libablate.Sweep.load("half.sweep", m), r"^counts are .*: Sweep\(model, ...\).load\(path\)$"),
        (lambda m, x, y: libablate.Sweep.load("half.sweep"), r"^counts are .*: Sweep\(model, ...\).load\(path\)$"),
        (lambda m, x, y: libablate.Sweep(m).load(), r"^path is that of a file, not None: Sweep\(model, ...\)"),
        (lambda m, x, y: libablate.Sweep.load(m, "half.sweep"), r"^counts are .*: Sweep\(model, ...\).load\(path\)$"),
        (lambda m, x, y: libablate.Sweep(m).load(m), "^path is that of a file, not .*: Sweep"),
        (lambda m, x, y: libablate.sweep(m, x, y).strongest("a"), "^count is a whole number, not 'a'"),
        (lambda m, x, y: libablate.judge(5), "^sweep is a Sweep, not 5"),
        (lambda m, x, y: libablate.flip_test("a", 1, 2), "^lost is a whole number, not 'a'"),
        (lambda m, x, y: libablate.flip_test(1, 1, 1 << 70), r"^rows is 0 to 2\*\*63 - 1"),
        (lambda m, x, y: libablate.flip_test(1, 1, 2, confidence="a"), "^confidence is a number, not 'a'"),
        (lambda m, x, y: libablate.order_at_random(m, ORDER, 1.5), "^seed is a whole number, not 1.5"),
        (lambda m, x, y: libablate.order_at_random(m, [], 1), "^units is empty"),
        (lambda m, x, y: libablate.curves(m, x, y, [ORDER, [5]]), r"^orders\[1\]\[0\] is no \(layer, unit\) pair: 5"),
        (lambda m, x, y: libablate.curves(m, x, y, [(0, 1), 5]), r"^orders\[1\] is no \(layer, unit\) pair: 5"),
        *[(lambda m, x, y, order=order: libablate.curves(m, x, y, {"l1": order}),
           "^orders is .*; a dictionary is one order, .*, and no layer is called 'l1'")
          for order in ([ORDER], 5, "l2")],
        (lambda m, x, y: libablate.curves(m, x, y, {}), "^orders is a list of at least one order"),
        (lambda m, x, y: libablate.Ablation(b"x"), "^model has the type bytes: pass what libablate.load"),
        (lambda m, x, y: libablate.Ablation(m.ablate({0: 1})), "^model has the type Ablation"),
        (lambda m, x, y: libablate.Reference(0, x), "^model has the type int"),
        (lambda m, x, y: libablate.from_torch(None, x), "^module is a torch.nn.Module, not None"),
        (lambda m, x, y: libablate.from_torch({}, x), "^module is .*, not {}: load_state_dict puts weights"),
        (lambda m, x, y: libablate.from_keras("k.keras"), "not 'k.keras': keras.models.load_model loads one$"),
        (lambda m, x, y: libablate.from_keras(0), "^model is a keras.Model, not 0"),
        (lambda m, x, y: libablate.from_sklearn(None), "^NoneType is no MLPClassifier or MLPRegressor"),
        (lambda m, x, y: libablate.curves(m, x, y, 5), "^orders is a list of orders, not 5"),
        (lambda m, x, y: libablate.curves(m, x, y, [ORDER], points=[1.5]), r"^points is a list .* not \[1.5\]"),
        (lambda m, x, y: libablate.pruning_curve(m, x, y, ORDER, points=[3]), "^points is 0 to 2, not 3"),
        (lambda m, x, y: libablate.pruning_curve(m, x, y, ORDER, compensations=[]), "^compensations is empty"),
        (lambda m, x, y: libablate.diff(m, 5, x), "^second is a Model or an Ablation, not 5"),
        (shared(replacement="resample"), "^replacement is 'resample'"),
        (shared(delta=0), "^delta is above 0 and below 1, not 0"),
        (shared(delta="a"), "^delta is a number, not 'a'"),
        (shared(delta=10**400), "^delta is beyond what a float can hold"),
        (lambda m, x, y: libablate.curves(m, x, y, [ORDER], points=[[1], [1, 2]]), "^points is a list"),
        (lambda m, x, y: libablate.curves(m, x, y, [ORDER], points=5), "^points is a list"),
        (lambda m, x, y: libablate.remove_channels(0, x[0]), "^model has the type int"),
        (shared(patience=1.5), "^patience is a whole number, not 1.5"),
        (lambda m, x, y: libablate.shapley(m, x, y, permutations="a"), "^permutations is a whole number, not 'a'"),
        (lambda m, x, y: libablate.shapley(m, x, y, permutations=0), "^permutations is 1 or more, not 0"),
        (lambda m, x, y: m.activations(x, 0, point="end"), "^point is 'end'; there are activation"),
        (lambda m, x, y: m.plot_weights(0, 0, shape=5), "^shape is .*, of 3 values in all, not 5"),
        (lambda m, x, y: libablate.report(m, x, y, "page.html", unit_limit="a"), "^unit_limit is a whole number"),
        (lambda m, x, y: libablate.load(5), "^file is a path or the bytes of a file, not 5"),
        (lambda m, x, y: libablate.load(m.to_bytes(), classes=[1]), "^classes has the length 1; the model has 3"),
        (lambda m, x, y: libablate.sweep(m, x, y, progress="no"), "^progress is True, False or a function, not 'no'"),
        (lambda m, x, y: libablate.greedy(m, x, y, layer=0, progress=None), "^progress is True, .* not None"),
        (lambda m, x, y: libablate.prune(m, {0: 0}, tied="no"), "^tied is True or False, not 'no'"),
        (lambda m, x, y: libablate.judge(libablate.sweep(m, x, y), testable_only="no"), "^testable_only is True or"),
        (lambda m, x, y: libablate.order_by_scores(m, ORDER, [1, 2], high_first="no"), "^high_first is True or False"),
        (lambda m, x, y: libablate.synapses(m, x, y, units=ORDER, outgoing="no"), "^outgoing is True or False"),
        (lambda m, x, y: libablate.Reference(m, x, keep_rows="no"), "^keep_rows is True or False, not 'no'"),
        (lambda m, x, y: libablate.balanced_accuracies([[[1, -1], [0, 1]]]), "^matrices has to hold counts"),
    ],
)  # fmt: skip
def test_the_argument_is_named(few, call, text):
    with pytest.raises(WRONG, match=text):
        call(*few)


LONG = np.arange(900.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda m, x, y: libablate.units(m, [LONG]),
        lambda m, x, y: libablate.sweep(m, x, y, layers=[LONG.tolist()]),
        lambda m, x, y: libablate.sweep(m, x, y, metrics=[LONG.tolist()]),
        lambda m, x, y: libablate.sweep(m, x, y, replacement=LONG),
        lambda m, x, y: libablate.sweep(m, x, y, replacement=LONG.tolist()),
        lambda m, x, y: libablate.sweep(m, x, y, changed_row_limit=LONG),
        lambda m, x, y: libablate.sweep(m, x, y).merge(LONG),
        lambda m, x, y: m.ablate({0: LONG}),
        lambda m, x, y: m.ablate([(0, 1), LONG]),
        lambda m, x, y: libablate.masks(m, x, y, masks=[LONG]),
        lambda m, x, y: libablate.curves(m, x, y, [ORDER], points=LONG),
        lambda m, x, y: libablate.curves(m, x, y, [ORDER], points=LONG.tolist()),
        lambda m, x, y: libablate.dissect(m, x, y, x, y, 0, classes=LONG.reshape(2, 450)),
        lambda m, x, y: libablate.dissect(m, x, y, x, y, 0, counts=-LONG),
        lambda m, x, y: libablate.judge(LONG),
        lambda m, x, y: libablate.diff(m, LONG, x),
        lambda m, x, y: libablate.flip_test(LONG, 1, 2),
        lambda m, x, y: libablate.load(LONG),
        lambda m, x, y: libablate.from_weights("step " * 99),
        lambda m, x, y: m.plot_weights(0, 0, shape=LONG),
        lambda m, x, y: libablate.sweep(m, x, y).plot(LONG),
        profiled(histogram_range=LONG),
        profiled("entropy", quantiser_options=LONG),
    ],
)
def test_what_is_long_is_not_written_out(few, call):
    with pytest.raises((*WRONG, LookupError)) as caught:
        call(*few)
    text = str(caught.value)
    assert len(text) < 300 and "\n" not in text and "17.0, 18.0, 19.0" not in text, text


@pytest.mark.parametrize("threads", [-1, 257, 1 << 70])
def test_threads_have_one_range(few, threads):
    model, x, y = few
    calls = [
        lambda: libablate.sweep(model, x, y, threads=threads),
        lambda: libablate.profile(model, x, threads=threads),
        lambda: libablate.prune(model, {0: 1}, threads=threads),
        lambda: libablate.from_weights([(np.eye(2), None)], threads=threads),
        lambda: libablate.load(model.to_bytes(), threads=threads),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=f"^threads is 0 to 256, not {threads}$"):
            call()


def test_classes_and_labels_of_maps(seen):
    model, x = seen
    for call, text in [
        (lambda: libablate.cam(model, x, 99), "^classes is 99; the model's classes are 0, 1, 2"),
        (lambda: libablate.cam(model, x, [1, 2]), r"^10 rows take that many labels; classes has the shape \(2,\)"),
        (lambda: libablate.cam(model, x, [0] * 9 + [99]), "^classes has 99 in row 9"),
        (lambda: libablate.cam(5, x), "^model is a Model or an Ablation, not 5"),
        (lambda: libablate.cam_weights(model, 99), "^label is 99; the model's classes are 0, 1, 2"),
        (lambda: libablate.cam_weights(model.ablate({0: 1}), 1), "^model has the type Ablation"),
        (
            lambda: libablate.remove_channels(model, x[0, :1]),
            r"one row of 72 values, \(2, 6, 6\); image has the shape \(1, 6",
        ),
        (
            lambda: libablate.remove_channels(model, x),
            r"one row of 72 values, .*; image has the shape \(10, 2, 6, 6\)$",
        ),
        (lambda: libablate.remove_channels(model, np.moveaxis(x[0], 0, 2)), "transpose each row by"),
        (lambda: libablate.remove_channels(model, x[0] * np.nan), "^image has nan in row 0, value 0"),
        (lambda: libablate.remove_channels(model, x[0], 99), "^label is 99"),
        (lambda: libablate.remove_channels(model, x[0], [1, 2]), r"^label is one label, not \[1, 2\]"),
        (lambda: libablate.remove_channels(model, x[0], top=4), "^top is 1 to 3, not 4"),
        (lambda: libablate.remove_channels(model, x[0], window=5), r"^window is \(low, high\), two weights, not 5"),
        (lambda: libablate.remove_channels(model, x[0], ablation=5), "^ablation is made by model.ablate"),
        (lambda: libablate.remove_channels(model, x[0], order="size"), "^order is 'size'; there are highest_weight"),
    ]:
        with pytest.raises((ValueError, TypeError), match=text):
            call()
    removed = [
        libablate.remove_channels(model, image, **QUIET) for image in (x[0], x[:1], x[0].ravel(), x[:1].tolist())
    ]
    assert all(removal.top_labels.shape[1] == 3 for removal in removed)
    assert all(removal.scores.tolist() == removed[0].scores.tolist() for removal in removed)


@pytest.mark.parametrize("options", [{}, {"reference": np.zeros((1, 2, 6, 6))}])
def test_channels_of_one_row_are_not_resampled(seen, options):
    with pytest.raises(libablate.UnsupportedError, match="^replacement is 'resample', and there is one row"):
        libablate.remove_channels(seen[0], seen[1][0], replacement="resample", **options)


def test_dissection_tells_its_two_sets_of_rows_apart(few):
    model, x, y = few
    wrong = np.r_[y[:-1], 99]
    for arguments, options, text in [
        ((x, wrong, x, y), {}, "^y has 99 in row 11"),
        ((x, y, x, wrong), {}, "^y_test has 99 in row 11"),
        ((x, y, x, y[1:]), {}, r"^12 rows take that many labels; y_test has the shape \(11,\)"),
        ((x, None, x, y), {}, "^y is None"),
        ((x, y, x[:, 1:], y), {}, "; X_test has the shape"),
        ((x, y, x[:0], y[:0]), {}, "^X_test has no rows"),
        ((x, y, x, y), {"classes": [1, 99]}, r"^classes\[1\] is 99"),
        ((x, y, x, y), {"layer": 1}, "^layer 1 is the output layer, whose units are the classes: name a hidden one"),
        ((x, y, x, y), {"classes": 1}, "^classes is a list of labels, one at least, not 1"),
        ((x, y, x, y), {"counts": [-1]}, r"^counts is a list of whole numbers of 0 or more, not \[-1\]"),
    ]:
        with pytest.raises(ValueError, match=text):
            libablate.dissect(model, *arguments, **{"layer": 0, **options}, **QUIET)


@pytest.mark.parametrize(
    ("steps", "shape", "text"),
    [
        ([(np.eye(2), None), (np.eye(3), None)], None, r"^weights of steps\[1\] have the shape \(3, 3\)"),
        ([(np.eye(2), [1])], None, r"^bias of steps\[0\] has the shape"),
        ([Dense(np.eye(2), [1], name="first")], None, "^bias of step 'first' has the shape"),
        ([5], None, r"^steps\[0\] is int: a step is Dense"),
        ([Dense(np.eye(2), name=5)], None, "^name is a string, not 5"),
        ([(np.eye(2), None, "sine")], None, "^activation is 'sine'; there are identity"),
        ([Pooling("maximum", (1, 2, 3))], (1, 3, 3), r"^kernel is one number or \(height, width\), not"),
        ([Pooling("maximum", 2, strides=0)], (1, 3, 3), "^strides is 1 or more, not 0"),
        ([Pooling("maximum", 2, padding=(1, 2, 3))], (1, 3, 3), "^padding is one number"),
        ([Convolution(np.ones((1, 1, 2, 2)), groups="a")], (1, 3, 3), "^groups is a whole number, not 'a'"),
        ([(np.eye(2), None)], 5, "^input_shape is a tuple of whole numbers, not 5"),
    ],
)
def test_steps_are_told_by_name_or_place(steps, shape, text):
    with pytest.raises((ValueError, TypeError), match=text):
        libablate.from_weights(steps, input_shape=shape)


def test_nameless_steps_are_told_by_kind_and_place():
    for steps, text in [
        ([(np.eye(2), None), (np.eye(2) * np.nan, None)], "^the dense layer at step 1 has a weight that is not finite"),
        ([Dense(np.eye(2) * np.nan, name="first")], "^dense layer 'first' has a weight that is not finite"),
        ([libablate.Affine(scale=[1, np.inf]), (np.eye(2), None)], "^the affine step at step 0 has a scale"),
    ]:
        with pytest.raises(ValueError, match=text):
            libablate.from_weights(steps)
    for steps, text in [
        ([Pooling("maximum", 4)], "^the window of the pooling at step 0 does not go over an image of 3 x 3"),
        ([Pooling("maximum", 2, padding=3)], "^a window of the pooling at step 0 lies in padding alone"),
        ([Pooling("maximum", 1), Convolution(np.ones((1, 1, 4, 4)))], "^the window of the convolution at step 1"),
    ]:
        with pytest.raises(ValueError, match=text):
            libablate.from_weights(steps, input_shape=(1, 3, 3))


def test_rows_of_a_network_of_the_last_axis(few):
    model, *_ = few
    with pytest.raises(ValueError, match=r"reshape\(-1, 3\) makes each position a row"):
        model.scores(np.zeros((2, 5, 3)))
