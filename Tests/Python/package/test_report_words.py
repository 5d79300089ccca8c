"""The sentences at the head of a report, of networks whose units do what was meant."""

import numpy as np
import pytest
from test_report import data_of

import libablate

pytest.importorskip("plotly")


def summary(model, rows, labels, path, **options):
    return data_of(libablate.report(model, rows, labels, path, progress=False, **options))["summary"]


def test_a_harmful_unit(tmp_path):
    # Unit 2 turns the rows of class 0 to class 1; unit 0 and 1 carry their classes; nobody needs unit 3.
    model = libablate.from_weights(
        [(np.eye(4), None, "relu"), ([[1, 0, 0, 0], [0, 1, 2, 0]], None)], classes=["cat", "dog"]
    )
    rows, labels = np.tile([[1, 0, 1, 1], [0, 1, 0, 1]], (20, 1)), ["cat", "dog"] * 20
    said = summary(model, rows, labels, tmp_path / "page.html")
    assert said[0] == (
        "Intact, the model predicts 20 of 40 rows right (50.00%). Each of 4 units was ablated on its own: "
        "0 took the place of its activation."
    )
    assert said[1] == "Verdicts: 2 redundant, 1 essential, 1 harmful."
    assert said[2].startswith("1 unit is shown to be harmful: ") and "adjusted for 4 tests" in said[2]
    # Twenty flips one way have a probability of 2 / 2**20, and four tests were made.
    assert said[3] == (
        "The most needed is layer 0, unit 1: its ablation loses 20 rows and gains 0 "
        "(-50.00 points, adjusted p = 7.6e-06); class dog loses most."
    )
    assert said[4] == (
        "The least needed is layer 0, unit 2: its ablation loses 0 rows and gains 20 (+50.00 points, "
        "adjusted p = 7.6e-06)."
    )
    assert said[5] == "2 of 4 units can be ablated without changing any prediction."


def test_all_needed(tmp_path):
    # Rows of the identity; each unit makes its own class.
    model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [-0.5, -0.5])])
    rows, labels = np.tile(np.eye(2), (30, 1)), [0, 1] * 30
    said = summary(model, rows, labels, tmp_path / "page.html", replacement=-1.0)
    assert "-1 took the place" in said[0] and said[1] == "Verdicts: 2 essential."
    assert said[2] == (
        "No unit is shown to be harmful (McNemar's exact test, adjusted for 2 tests by Holm's method, level 5 %)."
    )
    assert said[-1] == "No unit can be ablated without changing any prediction."


@pytest.mark.parametrize("classes, said", [(100, False), (101, True)])
def test_models_of_many_classes(tmp_path, classes, said):
    model = libablate.from_weights([(np.eye(4), None, "relu"), (np.eye(classes, 4), None)])
    path = libablate.report(model, np.eye(4), [0, 1, 2, 3], tmp_path / "report.html", progress=False)
    assert ("so many classes that there are no confusion matrices" in path.read_text("utf-8")) == said
