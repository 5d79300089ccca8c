"""What is in the page that a report is."""

import base64
import json
import re
import sys

import hostile_texts
import numpy as np
import pytest

import libablate

pytest.importorskip("plotly")


def data_of(path):
    """The data inside a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8"), flags=re.S)
    return json.loads(found.group(1))


def whole(entries, classes):
    matrix = np.zeros((classes, classes), int)
    for row, column, value in entries:
        matrix[row, column] = value
    return matrix


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def page(digits, folder):
    """A page of handwritten digits."""
    return libablate.report(
        digits.model, digits.x, digits.y, folder / "digits.html", shape=(8, 8), title="Digits", progress=False
    )


def test_figures_are_those_of_the_sweep(digits, page, without):
    data = data_of(page)
    before = digits.network.predict(digits.x)
    assert data["intact"]["correct"] == (before == digits.y).sum() and data["title"] == "Digits"
    assert f"{(before == digits.y).sum()} of 400 rows right" in data["summary"][0]
    sweep = libablate.sweep(digits.model, digits.x, digits.y, progress=False)
    judgements = libablate.judge(sweep)
    for name in ("lost", "gained", "changed"):
        assert data["units"][name] == sweep[name].tolist()
    assert data["units"]["verdict"] == judgements["verdict"].tolist()
    np.testing.assert_allclose(data["units"]["adjusted_p_value"], judgements["adjusted_p_value"], rtol=1e-6)
    np.testing.assert_allclose(data["units"]["effect"], sweep["effect"], rtol=1e-6)

    result = sweep.strongest(1)[0]
    details = data["details"][f"{result.layer}.{result.unit}"]
    after = without(digits.network, [(result.layer, result.unit)]).predict(digits.x)
    change = np.zeros((10, 10), int)
    np.add.at(change, (digits.y, after), 1)
    np.subtract.at(change, (digits.y, before), 1)
    np.testing.assert_array_equal(whole(details["confusion"], 10), change)
    rows = np.flatnonzero(before != after)[:12]
    signs = (after == digits.y).astype(int) - (before == digits.y)
    assert details["changes"] == [[row, str(after[row]), signs[row]] for row in rows]
    assert data["rows"][str(rows[0])] == [str(digits.y[rows[0]]), str(before[rows[0]])]
    activations = digits.model.activations(digits.x, result.layer)[:, result.unit]
    assert [row for row, _ in details["top"]] == np.argsort(-activations, kind="stable")[:8].tolist()


def test_pictures_are_those_of_rows_and_weights(digits, page):
    data = data_of(page)
    assert data["picture"] == {"rows": 8, "columns": 8, "channels": 1}
    for row, text in list(data["pictures"].items())[:5]:
        shades = np.frombuffer(base64.b64decode(text), np.uint8)
        np.testing.assert_allclose(shades / 255, digits.x[int(row)] / digits.x.max(), atol=0.003)
    unit = next(int(name[2:]) for name in data["details"] if name.startswith("0."))
    stored = data["details"][f"0.{unit}"]["weights"]
    weights = digits.network.coefs_[0][:, unit]
    values = np.frombuffer(base64.b64decode(stored["bytes"]), np.int8) / 127 * stored["limit"]
    np.testing.assert_allclose(values, weights, atol=stored["limit"] / 250)
    behind = data["details"][next(name for name in data["details"] if name.startswith("1."))]["weights"]
    assert behind["of"] == 24 and len(behind["values"]) == 24


def test_few_units_have_details_and_the_page_says_so(digits, folder):
    path = libablate.report(
        digits.model, digits.x, digits.y, folder / "few.html", unit_limit=3, replacement="mean", progress=False
    )
    data = data_of(path)
    sweep = libablate.sweep(digits.model, digits.x, digits.y, replacement="mean", progress=False)
    assert list(data["details"]) == [f"{r.layer}.{r.unit}" for r in sweep.strongest(3)]
    assert len(data["units"]["unit"]) == 36 and any("3 of 36" in note for note in data["notes"])
    assert any("shape=" in note for note in data["notes"]) and "its mean took the place" in data["summary"][0]


def test_large_images_are_averaged(folder):
    rng = np.random.default_rng(1)
    model = libablate.from_weights(
        [(rng.normal(size=(2, 130 * 65)), None, "relu"), (np.eye(2), None)], input_shape=(130, 65)
    )
    rows = rng.random((6, 130, 65), np.float32)
    data = data_of(libablate.report(model, rows, [0, 1] * 3, folder / "large.html", progress=False))
    assert data["picture"] == {"rows": 44, "columns": 33, "channels": 1}
    row, text = next(iter(data["pictures"].items()))
    picture = np.frombuffer(base64.b64decode(text), np.uint8).reshape(44, 33) / 255
    some = rows[int(row)]
    low, high = rows.min(), rows.max()
    for place, block in [((0, 0), some[:3, :2]), ((43, 32), some[129:, 64:])]:
        assert picture[place] == pytest.approx((block.mean() - low) / (high - low), abs=0.003)


def test_no_text_is_markup(folder):
    model, rows, labels = hostile_texts.model_and_rows()
    path = libablate.report(model, rows, labels, folder / "hostile.html", title="</title><b>&", progress=False)
    text = path.read_text("utf-8")
    assert "<title>&lt;/title&gt;&lt;b&gt;&amp;</title>" in text and data_of(path)["classes"] == hostile_texts.LABELS
    for label in hostile_texts.LABELS[:3]:
        assert label not in text
    assert "<b>one</b>" not in text


def test_no_network_is_needed(page):
    text = page.read_text("utf-8")
    own = text[: text.index('<script type="application/json"')] + text[text.rindex("<script>") :]
    assert not re.search(r"https?://", own) and "default-src 'none'" in own


def test_a_file_that_cannot_be_is_told_before_the_work(digits, folder, monkeypatch):
    monkeypatch.setattr("libablate.sweeps.sweep", lambda *_, **__: pytest.fail("the work began"))
    for path, said in ((folder / "no folder" / "report.html", "No such file"), (folder, "Is a directory")):
        with pytest.raises(OSError, match=said):
            libablate.report(digits.model, digits.x, digits.y, path, progress=False)


def test_the_file_is_whole_or_not_there(digits, folder):
    with pytest.raises(ValueError, match="labels"):
        libablate.report(digits.model, digits.x, digits.y[:7], folder / "short.html", progress=False)
    with pytest.raises(ValueError, match="unit_limit"):
        libablate.report(digits.model, digits.x, digits.y, folder / "short.html", unit_limit=-1)
    with pytest.raises(ValueError, match="one row"):
        libablate.report(digits.model, digits.x[:0], digits.y[:0], folder / "short.html")
    assert not list(folder.glob("*short*"))


def test_plotly_is_missing(digits, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(ImportError, match=r"pip install 'libablate\[report\]'"):
        libablate.report(digits.model, digits.x, digits.y, folder / "without.html")
