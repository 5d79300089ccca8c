"""The report in a headless browser without a network: it loads without errors, and clicking shows what was found."""

import hostile_texts
import numpy as np
import pytest
from browser import chromium
from small_cnn_model import features, trained

import libablate

pytest.importorskip("plotly")


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def page(digits, folder):
    return libablate.report(digits.model, digits.x, digits.y, folder / "digits.html", shape=(8, 8), progress=False)


@pytest.fixture(scope="module")
def sweep(digits):
    return libablate.sweep(digits.model, digits.x, digits.y, progress=False)


def opened(browser, path, unit=""):
    """Opens a page, and sees that it has nothing to complain about."""
    browser.get("about:blank")
    browser.get(f"{path.as_uri()}{unit}")
    assert browser.get_log("browser") == []


def text(browser, selector):
    return browser.find_element("css selector", selector).text


def figures(browser):
    """The table of figures of the unit that is shown."""
    rows = browser.find_elements("css selector", "#panels table tr")
    return dict([cell.text for cell in row.find_elements("css selector", "td")] for row in rows)


def check_unit(browser, sweep, layer, unit):
    """What is shown is that unit, with its figures."""
    result = sweep[layer, unit]
    judgement = libablate.judge(sweep)[sweep.position((layer, unit))]
    assert text(browser, "#name") == f"layer {layer}, unit {unit}"
    shown = figures(browser)
    assert shown["rows made wrong (lost)"] == str(result.lost)
    assert shown["rows made right (gained)"] == str(result.gained)
    assert float(shown["effect on accuracy"].split()[0]) == pytest.approx(100 * result.effect, abs=6e-4)
    assert float(shown["p-value"]) == pytest.approx(judgement.p_value, rel=0.06, abs=6e-5)
    assert text(browser, "#verdict").lower().startswith(judgement.verdict)


def test_it_opens_with_the_strongest_unit(browser, page, sweep):
    opened(browser, page)
    assert browser.title == text(browser, "h1") == "What each unit does"
    summary = text(browser, "#summary")
    assert f"{sweep.intact.correct} of 400 rows right ({sweep.intact.accuracy:.2%})" in summary
    strongest = sweep.strongest(1)[0]
    check_unit(browser, sweep, strongest.layer, strongest.unit)
    drawn = browser.find_elements("css selector", "#effects .scatterlayer .point")
    assert len(drawn) == (24, 12)[strongest.layer]


def test_clicking_a_neuron_shows_what_it_does(browser, page, sweep, digits, without):
    from selenium.webdriver import ActionChains

    opened(browser, page, "#1.0")
    unit = int(np.argsort(sweep["lost"][24:])[-2])
    place = sweep.position((1, unit))
    found = browser.execute_script("return document.getElementById('effects').data.flatMap((t) => t.customdata)")
    drawn = browser.find_elements("css selector", "#effects .scatterlayer .point")
    point = drawn[found.index(place)]
    ActionChains(browser).move_to_element(point).pause(0.3).perform()
    assert f"layer 1, unit {unit}" in text(browser, "#effects .hoverlayer")
    ActionChains(browser).click().perform()
    check_unit(browser, sweep, 1, unit)
    assert browser.current_url.endswith(f"#1.{unit}")

    before = digits.network.predict(digits.x)
    after = without(digits.network, [(1, unit)]).predict(digits.x)
    change = np.zeros((10, 10), int)
    np.add.at(change, (digits.y, after), 1)
    np.subtract.at(change, (digits.y, before), 1)
    drawn = browser.execute_script("return document.querySelector('#panels .js-plotly-plot').data[0].z")
    np.testing.assert_array_equal(drawn, change)
    rows = np.flatnonzero(before != after)[:12]
    captions = [f.text.split("\n") for f in browser.find_elements("css selector", "#panels figure")][-len(rows) :]
    assert [c[:3] for c in captions] == [
        [f"row {r}", f"label {digits.y[r]}", f"{before[r]} → {after[r]}"] for r in rows
    ]
    kinds = {-1: "lost", 0: "wrong before and after", 1: "gained"}
    assert [c[3] for c in captions] == [
        kinds[int(after[r] == digits.y[r]) - int(before[r] == digits.y[r])] for r in rows
    ]
    assert browser.get_log("browser") == []


def test_pictures_of_weights_and_rows(browser, page, digits):
    opened(browser, page, "#0.7")
    script = """
    const read = (canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data];
    return [read(document.querySelector('canvas.weights')), read(document.querySelector('figure canvas')),
      document.querySelector('figcaption div').textContent];
    """
    weights, row, caption = browser.execute_script(script)
    values = digits.network.coefs_[0][:, 7]
    colours = np.array(weights).reshape(64, 4)[:, :3]
    largest = np.argmax(np.abs(values))
    assert colours[largest].tolist() == ([94, 60, 153] if values[largest] < 0 else [179, 88, 6])
    # Orange has more red than blue, purple less.
    seen = np.abs(values) > np.abs(values).max() / 50
    assert (np.sign(colours[seen, 0] - colours[seen, 2]) == np.sign(values[seen])).all()
    number = int(np.argmax(digits.model.activations(digits.x, 0)[:, 7]))
    assert caption == f"row {number}"
    np.testing.assert_allclose(np.array(row).reshape(64, 4)[:, 0] / 255, digits.x[number] / digits.x.max(), atol=0.003)


def test_layers_and_the_table(browser, page, sweep):
    from selenium.webdriver.support.ui import Select

    opened(browser, page)
    layers = Select(browser.find_element("id", "layer"))
    assert [option.text for option in layers.options] == ["0: 24 units, relu", "1: 12 units, relu"]
    for layer, width in enumerate((24, 12)):
        layers.select_by_value(str(layer))
        assert len(browser.find_elements("css selector", "#effects .scatterlayer .point")) == width
    (heading,) = browser.find_elements("css selector", "th[data-column=lost] button")
    heading.click()
    heading.click()
    lines = browser.find_elements("css selector", "#table tbody tr")
    lost = [int(line.find_elements("css selector", "td")[3].text) for line in lines]
    assert lost == sorted(sweep["lost"].tolist(), reverse=True)
    cells = [cell.text for cell in lines[0].find_elements("css selector", "td")]
    lines[0].click()
    check_unit(browser, sweep, int(cells[0]), int(cells[1]))
    assert browser.find_element("css selector", "th[data-column=lost]").get_attribute("aria-sort") == "descending"


def test_texts_are_shown_as_they_are(browser, folder):
    model, rows, labels = hostile_texts.model_and_rows()
    path = libablate.report(model, rows, labels, folder / "hostile.html", title="<i>title</i>", progress=False)
    opened(browser, path)
    assert browser.title == text(browser, "h1") == "<i>title</i>"
    assert "<b>one</b>" in text(browser, "#name")
    shown = text(browser, "#panels")
    assert any(label in shown for label in hostile_texts.LABELS)
    assert not browser.find_elements("css selector", "img, a, b, #panels script")
    axis = [tick.text for tick in browser.find_elements("css selector", "#confusion .ytick text")]
    assert axis == ["<img src=x on…", "</script><scr…", "<a href='java…", r"<b>$\pi$</b>", "a &lt; b"]
    assert browser.get_log("browser") == []


def test_a_regression_says_what_is_left_out(browser, diabetes, folder):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(diabetes.x, columns=[f"<{n}>" for n in range(10)])
    path = libablate.report(diabetes.model, frame, diabetes.y, folder / "regression.html", progress=False)
    opened(browser, path)
    sweep = libablate.sweep(diabetes.model, diabetes.x, diabetes.y, progress=False)
    strongest = sweep.strongest(1)[0]
    assert "no verdicts" in text(browser, "#summary")
    shown = figures(browser)
    assert float(shown["mean squared error when ablated"]) == pytest.approx(strongest.squared_error, rel=1e-3)
    assert "p-value" not in shown and "<0>: " in text(browser, "#panels")
    weights = browser.execute_script("return document.querySelector('#panels .js-plotly-plot').data[0].y")
    np.testing.assert_allclose(weights, diabetes.network.coefs_[0][:, strongest.unit], rtol=1e-4)


def test_thousands_of_units(browser, folder):
    rng = np.random.default_rng(3)
    model = libablate.from_weights([(rng.normal(size=(6000, 20)), None, "relu"), (rng.normal(size=(50, 6000)), None)])
    rows = rng.normal(size=(60, 20)).astype(np.float32)
    path = libablate.report(model, rows, model.predict(rows), folder / "wide.html", unit_limit=20, progress=False)
    opened(browser, path)
    assert "2500 strongest of 6000" in text(browser, "#effects .xtitle")
    assert "1 to 50 of 6000" in text(browser, "#page") and "20 of 6,000" in text(browser, "#notes")
    browser.find_element("id", "next").click()
    assert "51 to 100 of 6000" in text(browser, "#page")
    browser.find_elements("css selector", "#table tbody tr")[-1].click()
    assert "not on this page" in text(browser, "#panels") and len(figures(browser)) >= 7
    # Fifty classes are a list, not a picture.
    assert text(browser, "#confusion th") == "label" and browser.get_log("browser") == []


@pytest.fixture(scope="module")
def maps(folder):
    cnn = trained()
    return libablate.report(cnn.model, cnn.x, cnn.y, folder / "maps.html", progress=False)


def slide(browser, step, row=0, order="highest"):
    """Moves the slider; gives the sentence, the classes with their bars, and the colours of the picture."""
    script = """
    for (const [id, value] of [["map-row", arguments[0]], ["map-order", arguments[1]], ["map-step", arguments[2]]]) {
      const input = document.getElementById(id);
      input.value = value;
      input.dispatchEvent(new Event(id === "map-step" ? "input" : "change"));
    }
    const canvas = document.querySelector("#maps canvas");
    return [document.getElementById("map-said").textContent,
      [...document.querySelectorAll("#maps tr")].map((line) => [line.cells[0].textContent, line.cells[1].textContent,
        parseFloat(line.querySelector("div").style.width), line.className]),
      canvas.width, [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]];
    """
    said, classes, width, colours = browser.execute_script(script, str(row), order, str(step))
    return said, classes, np.array(colours).reshape(-1, width, 4)[:, :, :3]


def test_what_a_class_looks_at(browser, maps):
    cnn = trained()
    opened(browser, maps)
    data = browser.execute_script("return JSON.parse(document.getElementById('data').textContent).maps")
    points = data["points"]
    slider = browser.find_element("id", "map-step")
    assert slider.get_attribute("max") == str(len(points) - 1) and (points[0], points[-1]) == (0, 24)
    rows = [option.text for option in browser.find_elements("css selector", "#map-row option")]
    predictions = cnn.model.predict(cnn.x)
    right = predictions == cnn.y
    first = sorted(np.flatnonzero(right & (cnn.y == k))[0] for k in set(cnn.y[right]))[:6]
    assert rows == [f"row {row}: {cnn.y[row]}" for row in first]
    for place, order, step in (
        (0, "highest", 0),
        (0, "highest", 4),
        (2, "lowest", 9),
        (1, "window", 6),
        (3, "window", 14),
    ):
        step = min(step, len(points) - 1)
        found, scores, dense = features(cnn.network, cnn.x[first[place]])
        label = int(cnn.y[first[place]])
        ascending = np.argsort(dense[:, label], kind="stable")
        gone = {"highest": ascending[::-1], "lowest": ascending}.get(order, ascending)[: points[step]]
        if order == "window":
            gone = np.concatenate([ascending[: (points[step] + 1) // 2], ascending[::-1][: points[step] // 2]])
        shares = np.exp(scores(gone) - scores(gone).max())
        shares /= shares.sum()
        ranked = np.argsort(-shares, kind="stable")[:5]
        said, classes, colours = slide(browser, step, place, order)
        kept = np.delete(dense[:, label], gone)
        weights = f"weights from {kept.min():.3f}"[:-1] if len(kept) else "none stays"
        assert said.startswith(f"{points[step]} of 24 units gone, {weights}")
        assert f"Taken for {ranked[0]}; probability of {label}: {100 * shares[label]:.1f} %." in said
        assert [int(line[0]) for line in classes] == ranked.tolist()
        np.testing.assert_allclose([line[2] for line in classes], 100 * shares[ranked], atol=0.02)
        assert [line[3] == "own" for line in classes] == [k == label for k in ranked]
        # In the middle of each cell of the map the colour is warmer than the picture alone where the map is above 0.
        part = found * dense[:, label, None, None]
        part[gone] = 0
        limit = np.abs(part.sum(axis=0)).max() + 1e-9
        speaks = part.sum(axis=0) > 0.02 * limit
        height, width = colours.shape[:2]
        seen = colours[height // 8 :: height // 4, width // 8 :: width // 4]
        dark = 0.35 * 255 * cnn.x[first[place]][0] / cnn.x.max()
        corners = (slice(1, None, 2), slice(1, None, 2))
        warm = seen[:, :, 0] > dark[corners] + 2
        assert (warm | ~speaks).all()
    assert slide(browser, len(points) - 1)[0].startswith("24 of 24 units gone, none stays")
    assert browser.get_log("browser") == []


def test_the_slider_answers_to_keys(browser, maps):
    from selenium.webdriver.common.keys import Keys

    opened(browser, maps)
    slider = browser.find_element("id", "map-step")
    before = text(browser, "#map-said")
    slider.send_keys(Keys.ARROW_RIGHT * 3)
    assert before.startswith("0 of 24") and text(browser, "#map-said").startswith("3 of 24 units gone")
    assert slider.get_attribute("aria-valuetext") == "3 units gone" and browser.get_log("browser") == []


def test_channels_show_their_kernels(browser, maps):
    cnn = trained()
    opened(browser, maps, "#1.5")
    shown = text(browser, "#panels")
    assert "Kernels of this channel: 12, one for each input channel." in shown
    means = [features(cnn.network, row)[0][5].mean() for row in cnn.x]
    best = int(np.argmax(means))
    assert "Rows that excite it most" in shown and f"row {best}\nmean activation {means[best]:.3f}"[:-1] in shown
    script = """
    const canvas = document.querySelector('canvas.weights');
    const { height, width } = canvas;
    return [height, width, [...canvas.getContext('2d').getImageData(0, 0, width, height).data]];
    """
    height, width, colours = browser.execute_script(script)
    colours = np.array(colours).reshape(height, width, 4)[:, :, :3]
    kernels = cnn.network.parameters[2][:, :, :, 5].transpose(2, 0, 1)
    assert (height, width) == (11, 15) and (colours[3] == 247).all()
    for place, kernel in enumerate(kernels):
        part = colours[4 * (place // 4) :, 4 * (place % 4) :][:3, :3]
        strong = np.abs(kernel) > np.abs(kernels).max() / 20
        assert (np.sign(part[..., 0] - part[..., 2]) == np.sign(kernel))[strong].all()


def test_other_convolutional_networks_have_no_slider(browser, folder):
    rng = np.random.default_rng(4)
    channels = libablate.Convolution(rng.normal(size=(5, 2, 3, 3)), None, "relu")
    steps = [channels, (rng.normal(size=(7, 20)), None, "relu"), (rng.normal(size=(3, 7)), None)]
    model = libablate.from_weights(steps, input_shape=(2, 4, 4))
    x = rng.normal(size=(40, 2, 4, 4)).astype(np.float32)
    path = libablate.report(model, x, model.predict(x), folder / "other.html", progress=False)
    opened(browser, path, "#1.2")
    assert not browser.find_elements("id", "maps")
    # The dense layer behind the convolution has rows that excite it.
    best = int(np.argmax(model.activations(x, 1)[:, 2]))
    assert "Rows that excite it most" in text(browser, "#panels") and f"row {best}" in text(browser, "#panels")
    opened(browser, path, "#0.2")
    assert "Kernels of this channel: 2" in text(browser, "#panels")
