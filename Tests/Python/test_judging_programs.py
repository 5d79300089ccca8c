"""Examples/Python/rotten.py and curves.py, on a network as Examples/run leaves it, say what scikit-learn finds."""

import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import mutual_info_score
from statsmodels.stats.multitest import multipletests

import libablate
import rotten
from built_library import QUIET_ENVIRONMENT
from study_data import digits, export, train


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder, the network in it, and its data."""
    place = tmp_path_factory.mktemp("study")
    data = digits()
    data.epochs = 40
    network, _ = train(data)
    export(network, place / "network.onnx")
    np.save(place / "test_rows.npy", data.test_bytes)
    np.save(place / "test_labels.npy", data.test_y.astype(np.int32))
    return place, network, data


def call(repository, name, *arguments):
    program = [sys.executable, repository / "Examples" / "Python" / name, *arguments]
    return subprocess.run(program, env=QUIET_ENVIRONMENT, capture_output=True, text=True, timeout=300)


def run(repository, name, *arguments):
    done = call(repository, name, *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def scores_without(network, data, ablated):
    """scikit-learn's own prediction with neurons' weights and biases set to zero."""
    saved = [c.copy() for c in network.coefs_], [b.copy() for b in network.intercepts_]
    for layer, unit in ablated:
        network.coefs_[layer][:, unit] = 0
        network.intercepts_[layer][unit] = 0
    right = network.predict(data.test_x) == data.test_y
    network.coefs_, network.intercepts_ = saved
    return right


def test_rotten(repository, study):
    place, network, data = study
    said = run(repository, "rotten.py", place, "--scale", "1/16")
    intact = scores_without(network, data, []).sum()
    hidden = [(layer, unit) for layer, units in enumerate(data.hidden) for unit in range(units)]
    effects = np.array([scores_without(network, data, [neuron]).sum() - intact for neuron in hidden])
    falls, rises = (effects < 0).sum(), (effects > 0).sum()
    stays = len(hidden) - falls - rises
    assert f"accuracy falls {falls} times, stays {stays} times, rises {rises} times." in said
    assert "nothing with fewer than 11 flipped rows can be significant" in said  # 48 * 2^-10 <= 0.05 < 48 * 2^-9
    verdicts = re.findall(r"^ +(\d+) (\w+)$", said, flags=re.M)
    assert sum(int(count) for count, _ in verdicts) == len(hidden)
    layer, unit = hidden[effects.argmax()]
    assert f"The most rotten one: neuron {unit} of layer {layer}, {effects.max():+} rows" in said
    harmful = {verdict: count for count, verdict in verdicts}.get("harmful", "no")
    assert f"So {harmful} neuron" in said.splitlines()[-1]
    p = np.array([binomtest(*flips(network, data, neuron)).pvalue for neuron in hidden])
    significant = (multipletests(p, method="holm")[1] <= 0.05).sum()
    shown = re.findall(r"^ +neuron \d+ of layer", said, flags=re.M)
    first = "; the 10 that cost most:" if significant > 10 else ":"
    assert f"{significant} of {len(hidden)} neurons are significant{first}" in said
    assert len(shown) == min(significant, 10) and re.search(r"; class \d loses most", said)
    (place / "classes.txt").write_text("".join(f"digit {digit}\n" for digit in range(10)))
    named = run(repository, "rotten.py", place, "--scale", "1/16")
    assert named == re.sub(r"\bclass (\d)", r"digit \1", said)


def test_harmful_neurons_are_shown_however_many_cost(capsys):
    def judgement(unit, effect):
        result = SimpleNamespace(layer=0, unit=unit, lost=30, gained=60 if effect > 0 else 0)
        verdict = "harmful" if effect > 0 else "essential"
        classes = {"affected_class": None, "favoured_class": None}
        return SimpleNamespace(result=result, verdict=verdict, effect=effect, adjusted_p_value=1e-6, **classes)

    found = [judgement(unit, -0.03) for unit in range(12)] + [judgement(12, 0.03)]
    rotten.print_verdicts(libablate.Judgements(found, "units", (), np.arange(10)), {})
    said = capsys.readouterr().out
    assert "13 of 13 neurons are significant; the 10 that cost most, and the 1 that gain:" in said
    assert said.splitlines()[-1].startswith("    neuron 12 of layer 0: harmful") and said.count(": essential") == 10


def flips(network, data, neuron):
    """How many rows scikit-learn loses without a neuron, and how many change."""
    intact, right = (scores_without(network, data, ablated) for ablated in ([], [neuron]))
    return (intact & ~right).sum(), max(1, (intact != right).sum())


def test_curves(repository, study):
    place, network, data = study
    said = run(repository, "curves.py", place, "--scale", "1/16", "--seeds", "3")
    sections = said.split("\n\n")
    assert [section.split(",")[0] for section in sections[1:]] == ["layer 0", "layer 1", "all hidden layers"]
    assert "Warning" not in sections[1] + sections[2] and "several layers" in sections[3]
    norms = np.abs(np.float32(network.coefs_[1])).sum(axis=0, dtype=np.float64)
    order = [(1, int(unit)) for unit in np.argsort(norms, kind="stable")]
    wanted = [scores_without(network, data, order[:count])[1::2].mean() for count in (0, 4, 8, 12, 14, 16)]
    assert figures(sections[2], "L1 norm of weights, low first")[:-1] == pytest.approx(
        np.multiply(100, wanted), abs=0.006
    )
    curve = [scores_without(network, data, order[:count])[1::2].mean() for count in range(17)]
    assert figures(sections[2], "L1 norm of weights, low first")[-1] == pytest.approx(area(curve), abs=6e-4)


def figures(section, start):
    """The numbers behind a title: accuracies in percent, and the area."""
    line = next(line for line in section.splitlines() if line.startswith(start))
    return [float(value) for value in re.findall(r" (\d+\.\d+)", line)]


def area(curve):
    """By trapezoids, over the fraction of neurons that are gone."""
    return (sum(curve) - (curve[0] + curve[-1]) / 2) / (len(curve) - 1)


def test_orders_by_information(repository, study):
    """scikit-learn's mutual information of being active with the class, on the rows that orders are made from."""
    place, network, data = study
    section = run(repository, "curves.py", place, "--scale", "1/16", "--seeds", "3").split("\n\n")[1]
    active = (data.test_x[::2] @ network.coefs_[0] + network.intercepts_[0] > 0).T
    information = np.array([mutual_info_score(data.test_y[::2], unit) for unit in active])
    order = [(0, int(unit)) for unit in np.argsort(np.round(information, 12), kind="stable")]
    wanted = [scores_without(network, data, order[:count])[1::2].mean() for count in (0, 8, 16, 24, 29, 32)]
    found = figures(section, "mutual information, low first")[:-1]
    assert found == pytest.approx(np.multiply(100, wanted), abs=0.006)
    areas = {
        line[:52].strip(): float(line.split("area ")[1])
        for line in section.splitlines()
        if re.search(r"area [\d.]+$", line)
    }
    assert len(areas) == 10
    assert f"The largest area of 10 orders: {max(areas, key=areas.get)}, " in section
    assert f"The smallest area of 10 orders: {min(areas, key=areas.get)}, " in section


def test_the_deviation_is_of_areas(repository, study):
    place, network, data = study
    said = run(repository, "curves.py", place, "--scale", "1/16", "--seeds", "4")
    assert f"Accuracy in % of {len(data.test_y[1::2])} rows" in said and f"other {len(data.test_y[::2])} rows" in said
    section = said.split("\n\n")[2]
    model = libablate.load(place / "network.onnx")
    areas = []
    for seed in range(4):
        order = libablate.order_at_random(model, {1: "all"}, seed)
        curve = [scores_without(network, data, order[:count])[1::2].mean() for count in range(17)]
        areas.append(area(curve))
    mean, deviation = figures(section, "at random, 4 seeds")[-2:]
    assert (mean, deviation) == (
        pytest.approx(np.mean(areas), abs=6e-4),
        pytest.approx(np.std(areas, ddof=1), abs=6e-4),
    )


@pytest.mark.parametrize("name", ["curves.py", "rotten.py"])
def test_what_is_wrong_is_told_in_one_line(repository, study, name):
    place, _, _ = study
    folder = call(repository, name, place / "none")
    assert folder.returncode == 1 and folder.stderr.startswith(f"{name}: ") and folder.stderr.count("\n") == 1
    scale = call(repository, name, place, "--scale", "x")
    assert scale.returncode == 2 and "x is neither a number" in scale.stderr.splitlines()[-1]
    assert "--scale 1/16" in call(repository, name, place).stderr
    if name == "curves.py":
        seeds = call(repository, name, place, "--seeds", "0")
        assert seeds.returncode == 2 and "--seeds" in seeds.stderr.splitlines()[-1]
