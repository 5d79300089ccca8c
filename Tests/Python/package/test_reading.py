"""What can be read of a sweep: tables, data frames, dictionaries, files."""

import json
import sys

import numpy as np
import pytest
from small_cnn_model import trained

import libablate


@pytest.fixture
def sweep(digits):
    return libablate.sweep(digits.model, digits.x, digits.y, metrics=["confusion", "margin"], progress=False)


def test_a_data_frame(sweep):
    pytest.importorskip("pandas")
    frame = sweep.to_pandas()
    names = ["layer", "unit", "rows", "correct", "lost", "gained", "changed", "effect", "margin"]
    assert list(frame.columns) == names and len(frame) == 36
    assert frame.loc[(frame.layer == 1) & (frame.unit == 5), "correct"].item() == sweep[1, 5].correct
    assert (frame.correct == sweep.intact.correct - frame.lost + frame.gained).all()


def test_what_was_not_asked_for_is_no_column(sweep, diabetes):
    asked = r"was not asked for: sweep with metrics=\['confusion', 'margin', '"
    for name in ("log_loss", "label_probability", "kl_divergence"):
        with pytest.raises(ValueError, match=f"^{name} {asked}{name}'\\]$"):
            sweep[name]
        assert getattr(sweep[0], name) is None
    for name in ("class_probabilities", "changed_rows", "one_vs_rest"):
        with pytest.raises(ValueError, match=f"^{name} {asked}{name}'"):
            getattr(sweep, name)(0)
    with pytest.raises(ValueError, match="^interaction is of pairs"):
        sweep["interaction"]
    with pytest.raises(ValueError, match="^squared_error is of regressions"):
        sweep["squared_error"]
    with pytest.raises(KeyError, match="no column 'accuracy'; there are layer, unit, .*effect, margin.$"):
        sweep["accuracy"]
    bare = libablate.Sweep(sweep.model, metrics=[], progress=False)
    with pytest.raises(ValueError, match=r"^confusion was not asked for: sweep with metrics=\['confusion'\]"):
        bare.confusion(0)
    assert np.isfinite(sweep["margin"]).all() and bare.confusion().sum() == 0
    regression = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    assert np.isfinite(regression["squared_error"]).all() and np.isfinite(regression["absolute_change"]).all()


def test_a_data_frame_of_pairs(digits):
    pytest.importorskip("pandas")
    frame = libablate.pairs(digits.model, digits.x[:9], digits.y[:9], layers=1, progress=False).to_pandas()
    for name in ("second_layer", "second_unit"):
        assert frame[name].dtype == "Int64" and frame[name][:12].isna().all()
    assert frame.interaction[:12].isna().all() and frame.second_layer[12:].eq(1).all()
    assert frame.second_unit[12:15].tolist() == [1, 2, 3]
    assert frame.interaction[12:].notna().all()


def test_a_data_frame_of_judged_pairs_and_of_labels_that_are_words(digits):
    pandas = pytest.importorskip("pandas")
    pairs = libablate.pairs(digits.model, digits.x[:9], digits.y[:9], layers=1, progress=False)
    frame = libablate.judge(pairs).to_pandas()
    for name in ("second_layer", "second_unit"):
        pandas.testing.assert_series_equal(frame[name], pairs.to_pandas()[name])
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], classes=["a", "b"])
    judged = libablate.judge(libablate.sweep(model, np.eye(2), ["a", "b"], progress=False)).to_pandas()
    assert judged["affected_class"][1] == "b" and judged["affected_class"].isna().tolist() == [True, False]


def test_a_data_frame_of_judgements_that_no_class_suffers_from(tiny):
    """Types do not depend on what was found: labels are whole numbers, or words, all the same."""
    pytest.importorskip("pandas")
    words = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)], classes=["a", "b"])
    for model, label, kind in ((tiny, 0, "Int64"), (words, "a", "object")):
        frame = libablate.judge(libablate.sweep(model, np.zeros((4, 2)), [label] * 4, progress=False)).to_pandas()
        for name in ("affected_class", "favoured_class"):
            assert frame[name].isna().all() and frame[name].dtype == kind


def test_pandas_is_missing(sweep, digits, monkeypatch):
    """What makes data frames says what to install."""
    model, x, y, quiet = digits.model, digits.x[:50], digits.y[:50], {"progress": False}
    cnn = trained()
    units = [(1, 0), (1, 1)]
    found = {
        "Sweep": sweep,
        "Judgements": libablate.judge(sweep),
        "Profile": libablate.profile(model, x, **quiet),
        "Curves": libablate.curves(model, x, y, units, **quiet),
        "PruningCurve": libablate.pruning_curve(model, x, y, units, points=[1], **quiet),
        "Shapley": libablate.shapley(model, x, y, permutations=2, units=units, **quiet),
        "Diff": libablate.diff(model, model, x, **quiet),
        "Elimination": libablate.greedy(model, x, y, layer=1, count=1, **quiet),
        "Dissection": libablate.dissect(model, digits.x, digits.y, digits.x, digits.y, 1, counts=[1], **quiet),
        "ChannelRemoval": libablate.remove_channels(cnn.model, cnn.x[0], points=[0, 1], **quiet),
    }
    makers = {name for name in libablate.__all__ if hasattr(getattr(libablate, name), "to_pandas")}
    assert makers == set(found)
    monkeypatch.setitem(sys.modules, "pandas", None)
    for name in makers:
        with pytest.raises(ImportError, match="^data frames are made by pandas: pip install pandas$"):
            found[name].to_pandas()


def test_plain_types(sweep):
    found = json.loads(json.dumps(sweep.to_dict()))
    assert found["kind"] == "units" and found["intact"]["correct"] == sweep.intact.correct
    assert [row["lost"] for row in found["results"]] == sweep["lost"].tolist()
    assert "layer" not in found["intact"] and set(found["results"][0]) >= {"layer", "unit", "effect", "margin"}


def test_the_strongest_come_first(sweep):
    order = np.argsort(-np.abs(sweep["effect"]), kind="stable")
    assert [(r.layer, r.unit) for r in sweep.strongest(5)] == [(sweep[i].layer, sweep[i].unit) for i in order[:5]]
    assert len(sweep.strongest(1000)) == 36
    with pytest.raises(ValueError):
        sweep.strongest(-1)


def test_what_is_printed(sweep):
    lines = repr(sweep).splitlines()
    assert lines[0].startswith("Sweep of units: 36 results over 400 rows, ")
    assert lines[1] == "the 10 strongest:" and len(lines) == 13
    first = sweep.strongest(1)[0]
    assert lines[3].split()[:4] == [str(v) for v in (first.layer, first.unit, 400, first.correct)]
    known = {"layer", "unit", "rows", "correct", "lost", "gained", "changed", "effect", "margin"}
    assert {part.split("=")[0] for part in repr(first)[len("Result(") : -1].split(", ")} == known
    assert eval(repr(first).replace("Result", "dict")).items() <= first.__dict__.items()


def test_what_is_printed_of_one(digits):
    steps = libablate.cumulative(digits.model, digits.x[:1], digits.y[:1], order=[(1, 0)], progress=False)
    assert repr(steps).startswith("Cumulative sweep: 1 result over 1 row, ")


def test_tables_of_steps_and_curves(digits):
    model, x, y = digits.model, digits.x, digits.y
    done = libablate.greedy(model, x, y, layer=0, progress=False)
    lines = repr(done).splitlines()
    assert lines[0] == "Greedy elimination of 24 units of layer 0: accuracy after each step"
    assert lines[1].split() == ["step", "unit", "accuracy"] and len(lines) == 14
    assert lines[2].split() == ["0", f"{done.intact:.4g}"]
    assert lines[3].split() == ["1", str(done.units[0]), f"{done.curve[0]:.4g}"]
    assert lines[-1].split() == ["24", str(done.units[-1]), f"{done.curve[-1]:.4g}"]
    orders = [libablate.order_at_random(model, {1: "all"}, seed) for seed in range(3)]
    found = libablate.curves(model, x, y, orders, progress=False)
    lines = repr(found).splitlines()
    assert lines[0] == f"Curves of 3 orders at 13 points, mean area {found.areas.mean():.4f}"
    assert lines[1].split() == ["removed", "accuracy", "deviation"] and len(lines) == 13
    assert [int(line.split()[0]) for line in lines[2:]] == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12]
    assert "deviation" not in repr(libablate.curves(model, x, y, orders[:1], progress=False))
    pruned = libablate.pruning_curve(model, x, y, orders[0][:2], compensations=["zero", "mean"], progress=False)
    lines = repr(pruned).splitlines()
    assert lines[1].split() == ["pruned", "parameters", "zero", "mean"] and len(lines) == 5
    assert lines[2].split()[:3] == ["0", str(model.parameter_count), f"{pruned.accuracies['zero'][0]:.4g}"]


def test_items_that_there_are_not(sweep):
    with pytest.raises(IndexError, match="36"):
        sweep[36]
    with pytest.raises(KeyError, match="accuracy_change"):
        sweep["accuracy_change"]
    with pytest.raises(KeyError, match="layer, unit"):
        sweep[0, 1, 2]
    with pytest.raises(KeyError, match="no item"):
        sweep[2, 0]
    with pytest.raises(KeyError):
        sweep[(0, 1), (0, 2)]


def test_shards_merge_to_the_whole(digits, sweep):
    metrics = ["confusion", "margin"]
    parts = [
        libablate.sweep(digits.model, digits.x[a:b], digits.y[a:b], metrics=metrics, first_row=a, progress=False)
        for a, b in [(300, 400), (0, 1), (1, 300)]
    ]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    assert merged.table.tobytes() == sweep.table.tobytes()
    np.testing.assert_array_equal(merged.confusion((1, 3)), sweep.confusion((1, 3)))
    with pytest.raises(libablate.InvalidArgumentError):
        merged.merge(libablate.Sweep(digits.model, layers=0, metrics=metrics))


def test_rows_are_what_tells_that_a_shard_was_merged_twice(digits, tmp_path):
    """As `merge`, `save` and `load` say: counts do not know their rows, also with their shard's first_row.

    What is the same object or file is warned of, also where it came with another.
    """
    sweep = libablate.sweep(digits.model, digits.x[:100], digits.y[:100], layers=1, first_row=300, progress=False)
    sweep.save(tmp_path / "shard")
    loaded = libablate.Sweep(digits.model, layers=1, progress=False).load(tmp_path / "shard")
    assert (sweep.merge(loaded).rows, loaded.feed(digits.x[:100], digits.y[:100]).rows) == (200, 200)
    again = r"this Sweep has these counts already: rows that are merged twice count twice$"
    with pytest.warns(UserWarning, match=again) as told:
        assert sweep.merge(loaded).rows == 400
    assert told[0].filename == __file__
    inbox = libablate.Sweep(digits.model, layers=1, progress=False)
    whole = libablate.Sweep(digits.model, layers=1, progress=False).merge(inbox.load(tmp_path / "shard"))
    sweep.save(tmp_path / "other")
    assert whole.merge(inbox.load(tmp_path / "other")).rows == 500
    for path in ("shard", "other"):
        with pytest.warns(UserWarning, match=again):
            whole.merge(inbox.load(tmp_path / path))
    with pytest.warns(UserWarning, match=again):
        libablate.Sweep(digits.model, layers=1, progress=False).load(tmp_path / "other").merge(whole)
    profile = libablate.profile(digits.model, digits.x, progress=False)
    other = libablate.profile(digits.model, digits.x, progress=False)
    with pytest.warns(UserWarning, match="^this Profile has"):
        profile.merge(other).merge(other)


def test_a_file_holds_the_counts(digits, sweep, tmp_path):
    path = tmp_path / "counts"
    half = libablate.Sweep(digits.model, metrics=["confusion", "margin"], progress=False)
    half.feed(digits.x[:200], digits.y[:200]).save(path)
    resumed = libablate.Sweep(digits.model, metrics=["confusion", "margin"], progress=False).load(path)
    resumed.feed(digits.x[resumed.rows :], digits.y[resumed.rows :])
    assert resumed.table.tobytes() == sweep.table.tobytes()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(libablate.MalformedError):
        resumed.load(path)
    with pytest.raises(libablate.FileError):
        resumed.save(tmp_path / "no folder" / "counts")
    assert resumed.table.tobytes() == sweep.table.tobytes()


def test_the_cost(sweep):
    assert sweep.cost.pairs == 36 * 400 >= sweep.cost.examined >= sweep.cost.rerun


def test_a_table_cannot_be_written(sweep):
    with pytest.raises(ValueError):
        sweep.table["lost"][0] = 1
