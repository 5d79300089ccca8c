"""Profiles against NumPy."""

import re

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from small_cnn_model import trained

import libablate
from libablate._profile import FOUND_IN


@pytest.fixture(scope="module")
def activations(digits):
    return digits.model.activations(digits.x, 1).astype(np.float64)


@pytest.fixture(scope="module")
def profile(digits):
    measures = ["class_means", "information", "top_rows", "histogram", "gram", "taylor"]
    return libablate.profile(
        digits.model, digits.x, digits.y, measures=measures, histogram_bins=8, histogram_range=(0, 4), progress=False
    )


def test_moments(profile, activations):
    np.testing.assert_allclose(profile.measure("mean", 1), activations.mean(axis=0))
    np.testing.assert_allclose(profile.measure("variance", 1), activations.var(axis=0))
    np.testing.assert_allclose(profile.measure("fraction_active", 1), (activations > 0).mean(axis=0))
    unit = profile[1, 4]
    assert (unit.rows, unit.minimum, unit.maximum) == (400, activations[:, 4].min(), activations[:, 4].max())
    assert unit.is_dead == (activations[:, 4] == activations[0, 4]).all()


def test_classes(digits, profile, activations):
    means = np.array([activations[digits.y == digit].mean(axis=0) for digit in range(10)]).T
    np.testing.assert_allclose(profile.class_means(1), means)
    assert profile.class_rows().tolist() == np.bincount(digits.y).tolist()
    assert [profile[1, unit].largest_class for unit in range(12)] == means.argmax(axis=1).tolist()
    weights = digits.model.layers[2].weights.T.astype(np.float64)
    np.testing.assert_allclose(profile.attributions(1), means * weights, atol=1e-9)


def test_information(digits, profile, activations):
    for unit in range(12):
        on = activations[:, unit] > 0
        joint = np.array([[((digits.y == c) & (on == level)).mean() for level in (False, True)] for c in range(10)])
        outer = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
        expected = (joint[joint > 0] * np.log2(joint[joint > 0] / outer[joint > 0])).sum()
        assert profile[1, unit].mutual_information == pytest.approx(expected, abs=1e-12)


def test_rows_histograms_and_products(profile, activations):
    rows, values = profile.top_rows(1, 3)
    assert rows.tolist() == np.argsort(-activations[:, 3], kind="stable")[:8].tolist()
    np.testing.assert_array_equal(values, activations[rows, 3])
    counts, below, above = profile.histogram(1, 3)
    assert counts.tolist() == np.histogram(activations[:, 3], 8, (0, 4))[0].tolist()
    assert (below, above) == (0, (activations[:, 3] > 4).sum())
    np.testing.assert_allclose(profile.gram(1), activations.T @ activations / 400)


def test_edges_of_maxima_put_as_many_rows_on_each_level():
    cnn = trained()
    edges = libablate.quantile_edges(cnn.model, cnn.x, 0, bits=2, positions="maximum")
    maxima = cnn.model.activations(cnn.x, 0).max(axis=(2, 3))
    np.testing.assert_array_equal(edges, np.quantile(maxima, [0.25, 0.5, 0.75], axis=0, method="inverted_cdf").T)
    dense = {"positions": "maximum", "bits": 2}
    np.testing.assert_array_equal(
        libablate.quantile_edges(cnn.model, cnn.x, 2, **dense), libablate.quantile_edges(cnn.model, cnn.x, 2, bits=2)
    )
    with pytest.raises(ValueError, match="^X has no rows"):
        libablate.quantile_edges(cnn.model, cnn.x[:0], 0, positions="maximum")
    with pytest.raises(TypeError, match=r"profile\(\) got an unexpected keyword argument 'layer'"):
        libablate.profile(cnn.model, cnn.x, cnn.y, layer=0)


def test_figures_come_with_the_measures_that_an_error_names(digits):
    bare = libablate.profile(digits.model, digits.x)
    for figure, measure in FOUND_IN.items():
        if measure == "every profile":
            assert np.isfinite(bare.measure(figure, 0)).any()
            continue
        with pytest.raises(ValueError, match="was made without"):
            bare.measure(figure, 0)
        assert np.isfinite(
            libablate.profile(digits.model, digits.x, digits.y, measures=measure).measure(figure, 0)
        ).any()


def test_measures_that_are_no_figure_of_each_unit(profile):
    for name in ("class_means", "histogram", "gram"):
        with pytest.raises(ValueError, match=f"more than a figure for each unit: read it by profile.{name}\\(\\)$"):
            profile.measure(name, 0)


def test_batches_and_merging(digits, profile):
    measures = ["class_means", "information"]
    batches = ((digits.x[i : i + 37], digits.y[i : i + 37]) for i in range(0, 200, 37))
    first = libablate.Profile(digits.model, measures, progress=False)
    first.feed((x[: 200 - i * 37], y[: 200 - i * 37]) for i, (x, y) in enumerate(batches))
    second = libablate.profile(digits.model, digits.x[200:], digits.y[200:], measures=measures, progress=False)
    first.merge(second)
    for name in ("mean", "mutual_information", "class_selectivity"):
        np.testing.assert_array_equal(first.measure(name, 0), profile.measure(name, 0))


def test_quantiles(digits, activations):
    edges = libablate.quantile_edges(digits.model, digits.x, 1, bits=2)
    expected = np.sort(activations, axis=0)[[99, 199, 299]].T
    np.testing.assert_array_equal(edges, expected)
    profile = libablate.profile(
        digits.model, digits.x, measures="entropy", layers=1, quantiser="edges",
        quantiser_options={"bits": 2, "edges": edges}, progress=False,
    )  # fmt: skip
    for unit in range(12):
        levels = np.bincount((activations[:, unit, None] > edges[unit]).sum(axis=1), minlength=4) / 400
        expected = -(levels[levels > 0] * np.log2(levels[levels > 0])).sum()
        assert profile[1, unit].entropy == pytest.approx(expected, abs=1e-12)


def test_what_the_warning_advises_runs_as_it_is_printed():
    """Of all hidden layers, which differ in units, and of some."""
    drawn = normal(a=(4, 1, 3, 3), b=(3, 4, 3, 3), c=(5, 48), d=(3, 5), x=(40, 1, 8, 8))
    steps = [libablate.Convolution(drawn[name], activation="relu") for name in "ab"]
    model = libablate.from_weights([*steps, (drawn["c"], None, "relu"), (drawn["d"], None)], input_shape=(1, 8, 8))
    X, y = drawn["x"], np.arange(40) % 3
    known = {"model": model, "X": X, "y": y, "libablate": libablate}
    for more in ("", ", layers=[1, 0]"):
        call = f"libablate.profile(model, X, y, measures='information', progress=False{more}"
        with pytest.warns(UserWarning, match="on one level") as told:
            eval(f"{call})", known)
        advice = re.search(r"0: (quantiser=.*\)}) tells", str(told[0].message))[1]
        found = eval(f"{call}, {advice})", known)
        assert (found["entropy"] > 0).sum() >= 7 and (found["mutual_information"][:3] > 0).all()


def test_bits_follow_from_the_edges(digits):
    """Of all hidden layers as of one, flat or not."""
    options = {"measures": "entropy", "quantiser": "edges", "progress": False}
    for layers in (None, [1]):
        edges = libablate.quantile_edges(digits.model, digits.x, layers, bits=2)
        first = 0 if layers is None else 24
        assert edges.shape == (36 - first, 3)
        for given in ({"edges": edges}, {"edges": edges.ravel()}, {"edges": edges, "bits": 2}):
            profile = libablate.profile(digits.model, digits.x, layers=layers, quantiser_options=given, **options)
            levels = (digits.model.activations(digits.x, 1)[:, 0, None] > edges[24 - first]).sum(axis=1)
            share = np.bincount(levels, minlength=4) / 400
            assert profile[1, 0].entropy == pytest.approx(-(share[share > 0] * np.log2(share[share > 0])).sum())
    text = r"the shape \(12, 3\): the layers have 36 units, which take \(36, 2\*\*bits - 1\), such as quantile_edges"
    with pytest.raises(ValueError, match=text):
        libablate.profile(digits.model, digits.x, quantiser_options={"edges": edges}, **options)


def test_tables(profile):
    frame = profile.to_pandas()
    assert len(frame) == 36 and {"layer", "unit", "mean", "mutual_information", "taylor"} <= set(frame.columns)
    assert frame[frame.layer == 1]["taylor"].tolist() == profile.measure("taylor", 1).tolist()
    assert len(profile.to_dict()["units"]) == 36
    lines = repr(profile).splitlines()
    assert lines[0].startswith("Profile of 36 units over 400 rows: class_means") and len(lines) == 13
    names = ["layer", "unit", "fraction_active", "mean", "variance", "minimum", "maximum"]
    assert lines[1].split()[:7] == names and {"mutual_information", "taylor"} <= set(lines[1].split())
    for unit in range(10):
        shown = [f"{frame[name][unit]:.4g}" for name in lines[1].split()[2:]]
        assert lines[2 + unit].split() == ["0", str(unit), *shown]
    assert lines[-1] == "... 26 more: to_pandas()"


def test_columns(digits, profile):
    """As a sweep has them: of all units, as the table has its rows."""
    frame = profile.to_pandas()
    for name in frame:
        np.testing.assert_array_equal(profile[name], frame[name])
    with pytest.raises(KeyError, match="there is no column 'average'; there are layer, unit, mean, .*taylor"):
        profile["average"]
    plain = libablate.profile(digits.model, digits.x, layers=1, progress=False)
    assert plain["mean"].tolist() == plain.measure("mean", 1).tolist()
    with pytest.raises(ValueError, match="made without entropy"):
        plain["entropy"]


def test_a_short_table(digits):
    few = libablate.Profile(digits.model, layers=[2], progress=False)
    assert repr(few) == "Profile of 10 units over 0 rows"
    lines = repr(few.feed(digits.x)).splitlines()
    assert len(lines) == 12 and lines[-1].split()[:2] == ["2", "9"] and "entropy" not in lines[1]


def test_questions_that_were_not_asked(digits):
    plain = libablate.profile(digits.model, digits.x, progress=False)
    assert "entropy" not in plain.to_pandas() and plain[0, 1].kl_class is None and np.isnan(plain[0, 1].entropy)
    with pytest.raises(libablate.InvalidArgumentError):
        plain.class_means(0)
    with pytest.raises(ValueError, match="^taylor needs labels: pass y"):
        libablate.profile(digits.model, digits.x, measures="taylor")
    with pytest.raises(ValueError, match="curvature"):
        libablate.profile(digits.model, digits.x, measures="curvature")
    with pytest.raises(ValueError, match="median"):
        libablate.Profile(digits.model, quantiser="median")
    with pytest.raises(ValueError, match="width"):
        libablate.Profile(digits.model, quantiser_options={"width": 3})
    for quantiser, options, text in [
        (
            "own_threshold",
            {"bits": 1},
            "'bits', which is for quantiser='uniform' or 'edges', and this is 'own_threshold'",
        ),
        ("edges", {"edges": [0], "low": 1}, "'low', which is for quantiser='uniform', and this is 'edges'"),
        ("threshold", {"edges": [0]}, "'edges', which is for quantiser='edges', and this is 'threshold'"),
    ]:
        with pytest.raises(ValueError, match=text):
            libablate.Profile(digits.model, quantiser=quantiser, quantiser_options=options)


def test_ctrl_c_leaves_what_was_fed(digits):
    answers = iter([False] * 100)
    profile = libablate.Profile(digits.model, progress=lambda done, total: next(answers))
    profile.feed(digits.x[:50])
    answers = iter([True])
    with pytest.raises(libablate.CancelledError):
        profile.feed(digits.x)
    assert profile[0, 0].rows == 50


def test_weights_that_leave_units():
    """Of channels all of the kernels that read them, of neurons a column; the scores' layer has none."""
    rng = np.random.default_rng(5)
    first, grouped, dense = (rng.normal(size=shape) for shape in ((4, 2, 3, 3), (6, 2, 3, 2), (3, 6 * 3 * 3)))
    steps = [
        libablate.Convolution(first, activation="relu"),
        libablate.Pooling("maximum", 2, strides=1),
        libablate.Convolution(grouped, groups=2),
        (dense, None, "relu"),
        (np.eye(3), None),
    ]
    model = libablate.from_weights(steps, input_shape=(2, 8, 7))
    profile = libablate.Profile(model, layers=[0, 1, 2, 3])
    by_channel = [np.linalg.norm(grouped[3 * (k // 2) : 3 * (k // 2) + 3, k % 2]) for k in range(4)]
    np.testing.assert_allclose(profile.measure("outgoing_l2", 0), by_channel, rtol=1e-6)
    by_positions = np.linalg.norm(dense.reshape(3, 6, -1), axis=(0, 2))
    np.testing.assert_allclose(profile.measure("outgoing_l2", 1), by_positions, rtol=1e-6)
    assert profile.measure("outgoing_l2", 2).tolist() == [1, 1, 1] == [profile[2, k].outgoing_l2 for k in range(3)]
    assert np.isnan(profile.measure("outgoing_l2", 3)).all()


def loaded(nodes, shape, weights):
    """A model of images of this shape; the last node gives its scores."""
    graph = helper.make_graph(
        [helper.make_node(kind, inputs, [name], **attributes) for kind, inputs, name, attributes in nodes],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info(nodes[-1][2], TensorProto.FLOAT, None)],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return libablate.load(proto.SerializeToString())


def normal(**shapes):
    rng = np.random.default_rng(6)
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def test_weights_that_leave_units_of_a_branch():
    weights = normal(a=(4, 2, 3, 3), b=(5, 4, 3, 3), c=(5, 4, 1, 1), d=(3, 5))
    nodes = [
        ("Conv", ["x", "a"], "1", {"pads": [1, 1, 1, 1]}),
        ("Conv", ["1", "b"], "2", {"pads": [1, 1, 1, 1]}),
        ("Conv", ["1", "c"], "3", {}),
        ("Add", ["2", "3"], "4", {}),
        ("GlobalAveragePool", ["4"], "5", {}),
        ("Flatten", ["5"], "6", {}),
        ("Gemm", ["6", "d"], "7", {"transB": 1}),
    ]
    profile = libablate.Profile(loaded(nodes, (2, 6, 6), weights))
    both = np.sqrt((weights["b"] ** 2).sum(axis=(0, 2, 3)) + (weights["c"] ** 2).sum(axis=(0, 2, 3)))
    np.testing.assert_allclose(profile.measure("outgoing_l2", 0), both, rtol=1e-6)
    for layer in (1, 2):
        expected = np.linalg.norm(weights["d"], axis=0)
        np.testing.assert_allclose(profile.measure("outgoing_l2", layer), expected, rtol=1e-6)


def test_weights_that_leave_units_whose_channels_are_added():
    """Where one channel of a sum comes from two units, each of them has its weights."""
    weights = {**normal(a=(4, 2, 3, 3), b=(5, 4, 3, 3), d=(3, 5)), "turned": np.array([3, 2, 1, 0])}
    nodes = [
        ("Conv", ["x", "a"], "1", {}),
        ("Gather", ["1", "turned"], "2", {"axis": 1}),
        ("Add", ["1", "2"], "3", {}),
        ("Conv", ["3", "b"], "4", {}),
        ("GlobalAveragePool", ["4"], "5", {}),
        ("Flatten", ["5"], "6", {}),
        ("Gemm", ["6", "d"], "7", {"transB": 1}),
    ]
    profile = libablate.Profile(loaded(nodes, (2, 6, 6), weights))
    squares = (weights["b"] ** 2).sum(axis=(0, 2, 3))
    np.testing.assert_allclose(profile.measure("outgoing_l2", 0), np.sqrt(squares + squares[::-1]), rtol=1e-6)
    assert [profile[0, k].outgoing_l2 for k in range(4)] == profile.measure("outgoing_l2", 0).tolist()


def test_lists_of_batches_are_batches(digits):
    """As for sweeps; a list of rows is one array, and a list of none has none."""
    measures, quiet = ["class_means", "information"], {"progress": False}
    x, y = digits.x[:60], digits.y[:60]
    whole = libablate.profile(digits.model, x, y, measures=measures, **quiet)
    for given in ([(x[:20], y[:20]), (x[20:], y[20:])], ([x[:20].tolist(), list(y[:20])], (x[20:], y[20:]))):
        found = libablate.profile(digits.model, given, measures=measures, **quiet)
        assert found.to_pandas().equals(whole.to_pandas())
        compared = libablate.diff(digits.model, digits.model.ablate({0: 1}), given, **quiet)
        assert compared.result.rows == compared.result.labelled == 60
    without = [(x[:20], None), (x[20:], None)]
    assert libablate.profile(digits.model, without, **quiet)[0, 0].rows == 60
    assert libablate.profile(digits.model, x.tolist(), **quiet)[0, 0].rows == 60
    with pytest.raises(ValueError, match="^X has no rows"):
        libablate.profile(digits.model, [], **quiet)
    assert libablate.Profile(digits.model, **quiet).feed([])[0, 0].rows == 0
    with pytest.raises(ValueError, match="^taylor needs labels: pass y of batch 0"):
        libablate.profile(digits.model, without, measures="taylor", **quiet)
    with pytest.raises(ValueError, match="^y of batch 1 has 99 in row 2"):
        libablate.profile(digits.model, [(x, y), (x[:3], [0, 1, 99])], measures=measures, **quiet)


def test_lists_of_rows_of_two_values_are_rows(tiny):
    assert libablate.profile(tiny, [[1, 2], [3, 4]], progress=False)[0, 1].mean == 3
    assert libablate.profile(tiny, [([[1, 2]], [0]), ([[3, 4]], [1])], progress=False)[0, 1].mean == 3


def test_channels_on_one_level_are_warned_of():
    """Their activations differ, and all are above 0; those of dead channels and of quantiles are not told."""
    cnn, quiet = trained(), {"progress": False}
    means = cnn.model.activations(cnn.x, 0).mean(axis=(2, 3))
    alone = int(((means > 0).all(axis=0) & (np.ptp(means, axis=0) > 0)).sum())
    units = means.shape[1]
    text = f"^{alone} of {units} units are on one level in all rows, .*: quantiser='edges', quantiser_options="
    for measure in ("entropy", "information"):
        with pytest.warns(UserWarning, match=text):
            libablate.profile(cnn.model, cnn.x, cnn.y, measures=measure, layers=0, **quiet)
    with pytest.warns(UserWarning, match=r"quantile_edges\(model, X, layers=\[0\], positions='maximum'\)} tells "):
        libablate.profile(cnn.model, cnn.x, measures="entropy", layers=0, positions="maximum", **quiet)
    batches = iter([(cnn.x, cnn.y)])
    with pytest.warns(UserWarning, match="so their entropy and information are 0$"):
        libablate.profile(cnn.model, batches, measures="entropy", layers=0, **quiet)
    edges = {"edges": libablate.quantile_edges(cnn.model, cnn.x, 0)}
    options = {"measures": "entropy", "layers": 0, "quantiser": "edges", "quantiser_options": edges}
    assert libablate.profile(cnn.model, cnn.x, **options, **quiet).rows == len(cnn.x)
    libablate.profile(cnn.model, cnn.x, cnn.y, measures="class_means", **quiet)
    dead = [libablate.Convolution(-np.ones((2, 1, 1, 1)), activation="relu"), libablate.Pooling("global_average")]
    model = libablate.from_weights([*dead, (np.eye(2), [1, 0], "relu"), (np.eye(2), None)], input_shape=(1, 2, 2))
    libablate.profile(model, np.ones((3, 1, 2, 2)), measures="entropy", **quiet)
