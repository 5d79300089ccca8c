"""The commands: their figures are scikit-learn's and NumPy's."""

import csv
import io
import json
import re

import numpy as np
import pytest
from small_cnn_model import trained

import libablate
from libablate.command_line.main import main


def run(files, capsys, *arguments):
    """What a command prints; its paths are those in the folder of the files."""
    texts = [
        str(files.folder / part) if (files.folder / part.partition(":")[0]).is_file() else part for part in arguments
    ]
    assert main(texts) == 0, capsys.readouterr().err
    printed = capsys.readouterr()
    assert printed.err == "" or printed.err.startswith("ablate: note")
    return printed.out


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def counts(files, without):
    """The rows that scikit-learn predicts right without each hidden neuron."""
    found = {}
    for layer, width in enumerate([24, 12]):
        for unit in range(width):
            found[layer, unit] = int((without(files.network, [(layer, unit)]).predict(files.x) == files.y).sum())
            without.undo()
    return found


@pytest.mark.parametrize(
    "data",
    [
        ["network.onnx", "x.npy", "y.npy"],
        ["network.onnx", "data.npz"],
        ["network.onnx", "data.npz:X", "data.npz:y"],
        ["network.onnx", "data.npz:X", "y.idx"],
        ["network.onnx", "x.idx", "y.idx", "--scale", "1/16"],
        ["named.onnx", "data.csv", "--label-column", "digit", "--scale", "0.0625"],
        ["named.onnx", "data.csv", "--label-column", "-1", "--scale", "1/16"],
    ],
)  # fmt: skip
def test_a_sweep_of_rows_in_every_format(files, capsys, without, data):
    found = table(run(files, capsys, "sweep", *data, "--csv", "-"))
    expected = counts(files, without)
    assert {(int(r["layer"]), int(r["unit"])): int(r["correct"]) for r in found} == expected
    intact = int((files.network.predict(files.x) == files.y).sum())
    for r in found:
        assert int(r["rows"]) == len(files.y) and int(r["gained"]) - int(r["lost"]) == int(r["correct"]) - intact
        assert float(r["effect"]) == pytest.approx((int(r["correct"]) - intact) / len(files.y))


def test_files_of_data_frames_without_names(files, capsys, tmp_path):
    pandas = pytest.importorskip("pandas")
    pixels = pandas.DataFrame(np.round(files.x * 16).astype(int))
    pixels.to_csv(tmp_path / "X.csv", index=False)
    pandas.Series(files.y).to_csv(tmp_path / "y.csv", index=False)
    pandas.DataFrame(files.y).to_csv(tmp_path / "bare.csv", index=False, header=False)
    words = pandas.Series([f"digit {label}" for label in files.y])
    words.to_csv(tmp_path / "words.csv", index=False)
    pixels.assign(label=words).to_csv(tmp_path / "data.csv", index=False)
    # Without names, and with a first row and a first label that could be some: the counts tell.
    row = pandas.DataFrame([range(64), *pixels.to_numpy().tolist()])
    row.to_csv(tmp_path / "row.csv", index=False, header=False)
    np.save(tmp_path / "more.npy", [0, *files.y])

    def printed(network, *paths):
        where = [str(tmp_path / path) if (tmp_path / path).is_file() else path for path in paths]
        assert main(["sweep", str(files.folder / network), *where, "--scale", "1/16", "--csv", "-"]) == 0
        return capsys.readouterr()

    expected = run(files, capsys, "sweep", "network.onnx", "x.npy", "y.npy", "--csv", "-")
    said = {
        "X.csv": "X.csv: the first line, 0, 1, 2, 3, ..., 63, is taken for the names of the columns, not for a row",
        "y.csv": "y.csv: the first line, 0, is taken for the names",
        "words.csv": "words.csv: the first line, 0, is taken for the names",
        "data.csv": "data.csv: the first line, 0, 1, 2, 3, ..., label, is taken for the names",
    }
    for network, *paths in [
        ("network.onnx", "X.csv", "y.csv"),
        ("network.onnx", "X.csv", "bare.csv"),
        ("network.onnx", "X.csv", str(files.folder / "y.npy")),
        ("network.onnx", str(files.folder / "x.idx"), "y.csv"),
        ("named.onnx", "X.csv", "words.csv"),
        ("named.onnx", "data.csv", "--label-column", "label"),
        ("named.onnx", "data.csv", "--label-column", "-1"),
    ]:
        found = printed(network, *paths)
        assert found.out == expected, paths
        notes = [line for line in found.err.splitlines() if "first line" in line]
        assert len(notes) == sum(path in said for path in paths)
        assert all(said[path] in line for path, line in zip([path for path in paths if path in said], notes))
    whole = printed("network.onnx", "row.csv", "more.npy")
    assert {row["rows"] for row in table(whole.out)} == {"401"} and "first line" not in whole.err


def test_a_sweep_as_text_json_and_csv_says_the_same(files, capsys, tmp_path):
    data = ["network.onnx", "data.npz", "--judge", "--metrics", "log_loss", "--csv", str(tmp_path / "units.csv")]
    (tmp_path / "units.csv").write_text("what was there before")
    text = run(files, capsys, "sweep", *data, "--top", "0")
    document = json.loads(run(files, capsys, "sweep", *data, "--json"))
    rows = table((tmp_path / "units.csv").read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["units.csv"]
    assert len(rows) == len(document["results"]) == 36 and document["kind"] == "units"
    for row, result in zip(rows, document["results"]):
        assert row == {name: str(value) for name, value in result.items()}
    lines = text.split("strongest first:\n")[1].splitlines()
    assert lines[0].split() == list(rows[0])
    strongest = max(rows, key=lambda row: abs(float(row["effect"])))
    assert lines[1].split()[:4] == [strongest[name] for name in ("layer", "unit", "rows", "correct")]
    assert {row["verdict"] for row in rows} <= {"essential", "useful", "redundant", "undecided", "harmful"}
    assert len(lines) == 37
    few = run(files, capsys, "sweep", "network.onnx", "data.npz", "--top", "3")
    assert "the 3 strongest of 36" in few and len(few.split("of 36:\n")[1].splitlines()) == 4


def test_other_kinds_of_sweeps(files, capsys, without):
    base = ["network.onnx", "data.npz", "--csv", "-"]
    synapses = table(run(files, capsys, "sweep", *base, "--kind", "synapses", "--layers", "1"))
    assert [(int(r["unit"]), int(r["input"])) for r in synapses] == [(u, i) for u in range(12) for i in range(24)]
    weights = files.network.coefs_[1]
    for unit, source in [(3, 7), (11, 23)]:
        kept, weights[source, unit] = weights[source, unit], 0
        assert int(synapses[24 * unit + source]["correct"]) == (files.network.predict(files.x) == files.y).sum()
        weights[source, unit] = kept
    inputs = table(run(files, capsys, "sweep", *base, "--kind", "inputs"))
    changed = files.x.copy()
    changed[:, 20] = 0
    assert len(inputs) == 64 and int(inputs[20]["correct"]) == (files.network.predict(changed) == files.y).sum()
    pairs = table(run(files, capsys, "sweep", *base, "--kind", "pairs", "--layers", "1"))
    both = next(r for r in pairs if (r["unit"], r["second_unit"]) == ("2", "5"))
    assert int(both["correct"]) == (without(files.network, [(1, 2), (1, 5)]).predict(files.x) == files.y).sum()


def test_pairs_are_counted_by_their_layers(files, capsys):
    said = run(files, capsys, "sweep", "network.onnx", "data.npz", "--kind", "pairs", "--layers", "0,1").splitlines()
    result = libablate.pairs(files.model, files.x, files.y, layers=[0, 1], progress=False).to_pandas()
    single = result["second_unit"].isna()
    for line, name, chosen in zip(
        said[1:4],
        ["layer 0", "layer 1", "pairs across layers 0 and 1"],
        [single & (result["layer"] == 0), single & (result["layer"] == 1), ~single],
    ):
        effects = result["effect"][chosen]
        hurt, helped = (effects < 0).sum(), (effects > 0).sum()
        rest = len(effects) - hurt - helped
        assert line == f"{name}: {len(effects)} ablations; {hurt} hurt, {rest} leave accuracy as it is, {helped} help"
    within = run(files, capsys, "sweep", "network.onnx", "data.npz", "--kind", "pairs", "--layers", "1")
    assert within.splitlines()[2].startswith("pairs in layer 1: 66 ablations; ")


@pytest.mark.parametrize("end", [[], ["--needed-first"]])
def test_units_with_equal_effects_go_by_number(files, tmp_path, capsys, end):
    """From either end: the order of needed units is not the other one, reversed."""
    effects = libablate.sweep(files.model, files.x, files.y, layers=0, progress=False)["effect"]
    assert len(set(effects.tolist())) < 23
    options = ["--by", "effect", "--layers", "0", "--count", "23", "--out", str(tmp_path / "one.onnx"), "--csv", "-"]
    removed = table(run(files, capsys, "prune", "network.onnx", "data.npz", *options, *end))
    expected = sorted(range(24), key=lambda unit: (effects[unit] if end else -effects[unit], unit))
    assert [int(row["unit"]) for row in removed] == expected[:23]


def test_an_effect_of_minus_one_is_no_empty_cell(tmp_path, capsys):
    """Which indices that do not apply are, that have the same number."""
    libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)]).save(tmp_path / "network.onnx")
    np.savez(tmp_path / "data.npz", X=np.float32([[0, 1], [0, 2]]), y=[1, 1])
    data = [str(tmp_path / name) for name in ("network.onnx", "data.npz")]
    assert main(["sweep", *data, "--kind", "pairs", "--csv", "-"]) == 0
    found = [(row["unit"], row["second_unit"], row["effect"]) for row in table(capsys.readouterr().out)]
    assert found == [("0", "", "0.0"), ("1", "", "-1.0"), ("0", "1", "-1.0")]


def test_the_model(files, capsys):
    document = json.loads(run(files, capsys, "info", "named.onnx", "--json"))
    assert document["head"] == "softmax" and document["classes"][3] == "digit 3" and document["input_shape"] == [64]
    assert [(layer["units"], layer["inputs"]) for layer in document["layers"]] == [(24, 64), (12, 24), (10, 12)]
    assert document["cost"]["parameters"] == sum(w.size for w in files.network.coefs_ + files.network.intercepts_)
    text = run(files, capsys, "info", "network.onnx")
    assert "36 units in 2 hidden layers" in text and "classes: 0, 1, 2" in text and "kernel" not in text


def test_a_model_of_images(tmp_path, capsys):
    steps = [libablate.Convolution(np.ones((2, 1, 3, 5)), None, "relu"), libablate.Pooling("global_average")]
    libablate.from_weights([*steps, (np.eye(2), None)], input_shape=(1, 8, 8)).save(tmp_path / "network.onnx")
    command = ["info", str(tmp_path / "network.onnx")]
    assert main([*command, "--csv", "-"]) == 0
    first, last = table(capsys.readouterr().out)
    assert (first["positions"], first["kernel"], last["positions"], last["kernel"]) == ("6 x 4", "3 x 5", "", "")
    assert main([*command, "--json"]) == 0
    first, last = json.loads(capsys.readouterr().out)["layers"]
    assert (first["positions"], first["kernel"], last["positions"], last["kernel"]) == ([6, 4], [3, 5], None, None)


def test_profiles(files, capsys):
    rows = table(run(files, capsys, "profile", "network.onnx", "data.npz", "--csv", "-"))
    activations = np.maximum(files.x @ files.network.coefs_[0] + files.network.intercepts_[0], 0)
    active = (activations > 0).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nan_to_num(active * np.log2(active)) - np.nan_to_num((1 - active) * np.log2(1 - active))
    for unit in range(24):
        assert float(rows[unit]["mean"]) == pytest.approx(activations[:, unit].mean(), rel=1e-5)
        assert float(rows[unit]["entropy"]) == pytest.approx(entropy[unit], abs=1e-9)
    ordered = run(files, capsys, "profile", "network.onnx", "x.npy", "--layers", "0", "--sort", "entropy", "--top", "1")
    assert ordered.splitlines()[3].split()[1] == str(np.argmax(entropy)) and "23 more" in ordered
    # With labels it is part of what is known of information.
    command = ["profile", "network.onnx", "data.npz", "--layers", "0", "--sort", "entropy", "--top", "1"]
    assert run(files, capsys, *command).splitlines()[3].split()[1] == str(np.argmax(entropy))
    document = json.loads(run(files, capsys, "profile", "network.onnx", "x.npy", "--json"))
    # No labels, so this is not known; JSON has no NaN.
    assert document["measures"] == ["entropy"] and document["units"][0].get("mutual_information") is None


def test_dead_units_are_counted(tmp_path, capsys):
    """Those whose activation is the same in every row: of a ReLU below 0, and of any other value."""
    steps = [(np.array([[1, -1, 0], [1, -1, 0]]).T, [0, 0, 5], "relu"), (np.array([[1, 1, 1], [0, 1, 2]]), None)]
    libablate.from_weights(steps).save(tmp_path / "network.onnx")
    for rows, said in ([[1, 2], [3, 4]], "; 2 units are dead"), ([[1, 2], [-3, -4]], "; 1 unit is dead"):
        np.save(tmp_path / "x.npy", np.float32(rows))
        assert main(["profile", str(tmp_path / "network.onnx"), str(tmp_path / "x.npy")]) == 0
        assert capsys.readouterr().out.partition("\n")[0] == f"Profile of 3 units over 2 rows: entropy{said}"
    steps = [(np.eye(2), None, "relu"), (np.eye(2), None)]
    libablate.from_weights(steps).save(tmp_path / "network.onnx")
    assert main(["profile", str(tmp_path / "network.onnx"), str(tmp_path / "x.npy")]) == 0
    assert "dead" not in capsys.readouterr().out


def test_profiles_of_channels(tmp_path, capsys):
    cnn = trained()
    cnn.model.save(tmp_path / "cnn.onnx")
    np.savez(tmp_path / "data.npz", X=cnn.x, y=cnn.y)
    command = ["profile", str(tmp_path / "cnn.onnx"), str(tmp_path / "data.npz"), "--layers", "1"]
    assert main([*command, "--sort", "mutual_information"]) == 0
    activations = cnn.model.activations(cnn.x, 1)
    positive = activations.mean(axis=(2, 3)) > 0
    alone = int(((positive == positive[0]).all(axis=0) & (np.ptp(activations.mean(axis=(2, 3)), axis=0) > 0)).sum())
    said = capsys.readouterr().out
    assert (
        alone > 0 and f"{alone} of 24 units are on one level in all rows" in said and "--quantiser edges tells" in said
    )
    for positions, values in (("mean", activations.mean(axis=(2, 3))), ("maximum", activations.max(axis=(2, 3)))):
        assert main([*command, "--quantiser", "edges", "--positions", positions, "--csv", "-"]) == 0
        entropy = [float(row["entropy"]) for row in table(capsys.readouterr().out)]
        above = (values > np.sort(values, axis=0)[len(values) // 2 - 1]).mean(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = -np.nan_to_num(above * np.log2(above)) - np.nan_to_num((1 - above) * np.log2(1 - above))
        np.testing.assert_allclose(entropy, expected, atol=1e-6)


def test_quantiles_are_advised_where_they_tell_rows_apart(tmp_path, capsys):
    """They do not of a unit that is as high as it gets in most rows."""
    layer = libablate.Dense(np.eye(2), None, "clip", 0.0, 1.0)
    libablate.from_weights([layer, (np.eye(2), None)]).save(tmp_path / "network.onnx")
    often, evenly = [0.5, 1, 1.5, 2, 2.5], [0.1, 0.2, 0.3, 0.4, 0.5]
    head = "\n2 of 2 units are on one level in all rows, so their entropy and information are 0"
    for columns, end in (
        ([evenly, evenly], ": --quantiser edges tells their rows apart\n"),
        ([often, evenly], ": --quantiser edges tells the rows of 1 of them apart\n"),
        ([often, often], "\n"),
    ):
        np.save(tmp_path / "rows.npy", np.transpose(columns))
        files = [str(tmp_path / name) for name in ("network.onnx", "rows.npy")]
        assert main(["profile", *files]) == 0
        assert capsys.readouterr().out.endswith(head + end)
        assert main(["profile", *files, "--quantiser", "edges"]) == 0
        assert ("on one level" in capsys.readouterr().out) == (often in columns)


def test_curves(files, capsys, without):
    arguments = ["curve", "network.onnx", "data.npz", "--layers", "1", "--by", "random,l2,greedy", "--seeds", "3"]
    document = json.loads(run(files, capsys, *arguments, "--json"))
    norms = np.linalg.norm(files.network.coefs_[1], axis=0)
    accuracies = []
    for gone in range(13):
        chosen = [(1, unit) for unit in np.argsort(norms)[:gone]]
        accuracies.append(np.mean(without(files.network, chosen).predict(files.x) == files.y))
        without.undo()
    np.testing.assert_allclose(document["curves"]["l2"]["accuracies"], [accuracies])
    assert np.shape(document["curves"]["random"]["accuracies"]) == (3, 13)
    rows = table(run(files, capsys, *arguments, "--every", "5", "--csv", "-"))
    assert [int(r["removed"]) for r in rows if r["order"] == "greedy"] == [0, 5, 10, 12]
    assert [r["deviation"] for r in rows if r["order"] == "l2"] == [""] * 4
    assert "area" in run(files, capsys, *arguments)


def test_orders_go_from_the_least_needed(files, capsys):
    """As those of Python's do: the highest effect is the least needed, and the lowest of all else."""
    model, x, y = files.model, files.x, files.y
    norms = np.linalg.norm(files.network.coefs_[2], axis=1)
    last = libablate.Profile(model, layers=1).measure("outgoing_l2", 1)
    np.testing.assert_allclose(last, norms, rtol=1e-6)
    orders = {
        "outgoing_l2": libablate.order_by_scores(model, {1: "all"}, last),
        "effect": libablate.sweep(model, x, y, layers=1, progress=False).order(1),
    }
    command = ["curve", "network.onnx", "data.npz", "--layers", "1", "--by", "outgoing_l2,effect"]
    assert "those taken for least needed first" in run(files, capsys, *command)
    found = json.loads(run(files, capsys, *command, "--json"))["curves"]
    turned = json.loads(run(files, capsys, *command, "--json", "--needed-first"))
    assert turned["needed_first"] and "taken for most needed" in run(files, capsys, *command, "--needed-first")
    for name, order in orders.items():
        np.testing.assert_array_equal(found[name]["accuracies"], libablate.curves(model, x, y, order).accuracies)
        first = turned["curves"][name]["accuracies"][0][1]
        assert first == (model.ablate([order[-1]]).predict(x) == y).mean()


def test_orders_across_layers_are_warned_of(files, capsys):
    data = [str(files.folder / name) for name in ("network.onnx", "data.npz")]
    assert main(["curve", *data, "--by", "entropy"]) == 0
    assert capsys.readouterr().err.startswith("ablate: warning: the scores of units of several layers")
    assert main(["curve", *data, "--by", "effect"]) == 0 and capsys.readouterr().err == ""


def test_orders_by_information_of_channels_are_warned_of(tmp_path, capsys):
    cnn = trained()
    cnn.model.save(tmp_path / "cnn.onnx")
    np.savez(tmp_path / "data.npz", X=cnn.x[:99], y=cnn.y[:99])
    command = ["prune", *(str(tmp_path / name) for name in ("cnn.onnx", "data.npz")), "--out", str(tmp_path / "s.onnx")]
    assert main([*command, "--count", "1", "--by", "entropy", "--layers", "1"]) == 0
    assert re.match(r"ablate: warning: layer 1: \d+ of 24 units are on one level", capsys.readouterr().err)
    assert main([*command, "--count", "1", "--by", "l1", "--layers", "1"]) == 0 and capsys.readouterr().err == ""


def test_pruning(files, capsys, tmp_path, without):
    out = tmp_path / "smaller.onnx"
    run(files, capsys, "prune", "network.onnx", "--out", str(out), "--units", "0:3,0:5,-2:-5")
    chosen = [(0, 3), (0, 5), (1, 7)]
    expected = without(files.network, chosen).predict_proba(files.x)
    np.testing.assert_allclose(libablate.load(out).predict_proba(files.x), expected, atol=1e-5)
    right = int((files.network.predict(files.x) == files.y).sum())
    without.undo()
    # Here the mean is for the order alone.
    options = ["--fraction", "0.5", "--by", "effect", "--compensation", "least_squares", "--replacement", "mean"]
    run(files, capsys, "prune", "network.onnx", "data.npz", "--out", str(out), *options)
    options = [*options[:-2], "--json"]
    document = json.loads(run(files, capsys, "prune", "network.onnx", "data.npz", "--out", str(out), *options))
    assert len(document["removed"]) == 18
    assert [layer.units for layer in libablate.load(out).layers] == [12, 6, 10]
    assert document["accuracy"]["after"] == np.mean(libablate.load(out).predict(files.x) == files.y)
    assert document["accuracy"]["before"] == np.mean(files.network.predict(files.x) == files.y) and right > 0


def test_an_order_by_taylor_measures(files, capsys, tmp_path):
    options = ["--out", str(tmp_path / "smaller.onnx"), "--layers", "0", "--count", "5", "--by", "taylor", "--csv", "-"]
    removed = table(run(files, capsys, "prune", "network.onnx", "data.npz", *options))
    model = libablate.load(files.folder / "network.onnx")
    taylor = libablate.profile(model, files.x, files.y, measures="taylor").measure("taylor", 0)
    assert [int(row["unit"]) for row in removed] == np.argsort(taylor, kind="stable")[:5].tolist()


@pytest.mark.parametrize(
    "options, advice",
    [
        (["--replacement", "mean"], "padding.*; take --replacement zero, or units of other layers .--layers"),
        (["--compensation", "least_squares"], "dense layers.*; take --compensation replacement, or .*--layers"),
    ],
)
def test_pruning_says_what_can_be_asked_instead(capsys, tmp_path, options, advice):
    cnn, paths = trained(), [str(tmp_path / name) for name in ("cnn.onnx", "data.npz", "smaller.onnx")]
    cnn.model.save(paths[0])
    np.savez(paths[1], X=cnn.x, y=cnn.y)
    command = ["prune", *paths[:2], "--out", paths[2], "--count", "1"]
    assert main([*command, *options]) == 1
    assert re.search(advice, capsys.readouterr().err)
    assert main(command) == main([*command, "--layers", "1", "--replacement", "mean"]) == 0


@pytest.mark.parametrize("replacement", ["zero", "mean", "resample=3"])
def test_rows_are_read_a_batch_at_a_time(files, capsys, monkeypatch, replacement):
    command = ["sweep", "network.onnx", "data.npz", "--csv", "-", "--replacement", replacement]
    whole = run(files, capsys, *command)
    monkeypatch.setattr("libablate.command_line.rows.BATCH", 64 * 7)
    assert run(files, capsys, *command) == whole


def test_regressions(diabetes, tmp_path, capsys, without):
    """Of a regression a needed unit's removal raises the error."""
    diabetes.model.save(tmp_path / "network.onnx")
    rows = np.column_stack([diabetes.x, diabetes.y])
    np.savetxt(tmp_path / "rows.csv", rows, "%.9g", ",", header=",".join("abcdefghijt"), comments="")
    data = [str(tmp_path / "network.onnx"), str(tmp_path / "rows.csv"), "--label-column", "t"]
    errors = []
    for unit in range(12):
        predicted = without(diabetes.network, [(0, unit)]).predict(diabetes.x)
        errors.append(np.mean((predicted - diabetes.y) ** 2))
        without.undo()
    assert main(["sweep", *data, "--csv", "-"]) == 0
    found = [float(row["squared_error"]) for row in table(capsys.readouterr().out)]
    np.testing.assert_allclose(found, errors, rtol=1e-4)
    out = str(tmp_path / "smaller.onnx")
    assert main(["prune", *data, "--out", out, "--count", "3", "--by", "effect", "--csv", "-"]) == 0
    assert [int(row["unit"]) for row in table(capsys.readouterr().out)] == np.argsort(errors)[:3].tolist()
    assert main(["curve", *data]) == 1
    assert "curves are of classifiers" in capsys.readouterr().err


def test_reports(files, tmp_path, capsys):
    pytest.importorskip("plotly")
    out = tmp_path / "report.html"
    command = ["report", "network.onnx", "data.npz", "--out", str(out), "--shape", "8x8", "--title", "Digits & more"]
    assert json.loads(run(files, capsys, *command, "--json")) == {"page": str(out), "rows": 400}
    assert "Digits &amp; more" in out.read_text()


def test_a_forgotten_scale_is_told_of(files, capsys):
    assert main(["sweep", *(str(files.folder / name) for name in ("network.onnx", "x.idx", "y.idx"))]) == 0
    assert "needs --scale 1/16" in capsys.readouterr().err


def test_a_forgotten_scale_of_pixels_as_floats_is_told_of(files, capsys, tmp_path):
    """As scikit-learn's digits are; not of values that are none of pixels."""
    pixels = np.round(files.x * 16)
    for values, told in [(pixels, True), (pixels - 1, False), (files.x * 16 + 0.5, False), (pixels > 8, False)]:
        np.save(tmp_path / "x.npy", values.astype(np.float64))
        command = ["profile", str(files.folder / "network.onnx"), str(tmp_path / "x.npy")]
        assert main(command) == 0
        assert ("needs --scale 1/16" in capsys.readouterr().err) == told
        assert main([*command, "--scale", "1/16"]) == 0 and capsys.readouterr().err == ""


def test_models_with_a_scaler_of_their_own_get_no_note(files, capsys, tmp_path):
    """What they were trained on are the rows as they are."""
    layers = [(layer.weights, layer.bias, layer.activation) for layer in files.model.layers]
    scaled = [libablate.Affine(scale=np.full(64, 1 / 16)), *layers]
    np.save(tmp_path / "x.npy", np.round(files.x * 16))
    for steps, told in [
        (scaled, False),
        (layers, True),
        ([*layers[:1], libablate.Affine(np.ones(24)), *layers[1:]], True),
    ]:
        libablate.from_weights(steps).save(tmp_path / "network.onnx")
        assert main(["profile", str(tmp_path / "network.onnx"), str(tmp_path / "x.npy")]) == 0
        assert ("no --scale is given" in capsys.readouterr().err) == told
