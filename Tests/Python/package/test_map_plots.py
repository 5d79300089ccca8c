"""Pictures of maps and kernels, read back from what matplotlib was told to draw, against NumPy."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image
from small_cnn_model import features, trained

import libablate
from libablate._channel_orders import from_outside, looked_at


@pytest.fixture(scope="module")
def cnn():
    return trained()


def softmax(scores):
    shares = np.exp(scores - scores.max())
    return shares / shares.sum()


def test_the_strip_shows_maps_and_probabilities(cnn):
    row = cnn.x[3]
    found, scores, dense = features(cnn.network, row)
    label = int(np.argmax(scores([])))
    order = np.argsort(-dense[:, label], kind="stable")
    removal = libablate.remove_channels(cnn.model, row, progress=False)
    assert removal.label == label and f"of 24 channels for class {label}" in repr(removal)
    names = [f"digit ${k}$" for k in range(10)]
    figure = removal.plot(row, points=[0, 2, 9, 24], names=names)
    above, below = figure.axes[:4], figure.axes[4:8]
    for ax, bars, gone in zip(above, below, (0, 2, 9, 24)):
        part = found * dense[:, label, None, None]
        part[order[:gone]] = 0
        picture, drawn = ax.images
        np.testing.assert_array_equal(picture.get_array(), (row[0] - row.min()) / (row.max() - row.min()))
        np.testing.assert_allclose(drawn.get_array(), part.sum(axis=0), rtol=1e-4, atol=1e-5)
        # The same colours for all of them, over the whole picture.
        assert drawn.get_clim() == (0, pytest.approx(removal.maps.max()))
        assert list(drawn.get_extent()) == [-0.5, 7.5, 7.5, -0.5]
        shares = softmax(scores(order[:gone]))
        first = np.argsort(-shares, kind="stable")[:5]
        assert ax.get_title() == f"{gone} gone\ndigit \\${first[0]}\\$"
        assert (ax.title.get_color() == "#222222") == (first[0] == label)
        np.testing.assert_allclose([bar.get_width() for bar in bars.patches], shares[first][::-1], rtol=1e-4, atol=1e-6)
        assert [text.get_text() for text in bars.texts] == [f"digit \\${k}\\$" for k in first[::-1]]
    assert len(removal.plot(points=5).axes) == 11


def test_pictures_of_any_kind(cnn):
    removal = libablate.remove_channels(cnn.model, cnn.x[0], points=[0, 1, 5], upsampled=True, progress=False)
    colours = np.arange(300, dtype=np.uint8).reshape(10, 10, 3)
    picture = removal.plot(colours).axes[0].images[0]
    np.testing.assert_array_equal(picture.get_array(), colours)
    figure = removal.plot(colours.transpose(2, 0, 1) / 5.0)
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), colours / colours.max())
    # Points that are there, once each, are shown where more are asked for.
    assert [ax.get_title().split()[0] for ax in figure.axes[:3]] == ["0", "1", "5"]
    for points, said in (([3], r"where \[3\]"), ([], "nothing"), (1, "at least 2")):
        with pytest.raises(ValueError, match=said):
            removal.plot(points=points)
    for shape in ((8,), (2, 8, 8), (2, 2, 8, 8)):
        with pytest.raises(ValueError, match="a picture is"):
            removal.plot(np.zeros(shape))
    for names in ({-1: "none"}, []):
        assert removal.plot(names=names).axes[0].get_title() == removal.plot().axes[0].get_title()
    with pytest.raises(TypeError, match="^a picture is an array, not the name of a file: 'coffee.png'"):
        removal.plot("coffee.png")


def test_the_animation(cnn, tmp_path):
    removal = libablate.remove_channels(cnn.model, cnn.x[3], progress=False)
    path = removal.save_animation(tmp_path / "units.gif", cnn.x[3], points=[0, 3, 12, 24], seconds=0.25)
    with Image.open(path) as image:
        assert (image.format, image.n_frames, image.info["duration"]) == ("GIF", 4, 250)
        frames = []
        for number in range(4):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")).astype(int))
    assert all(np.abs(before - after).sum() > 0 for before, after in zip(frames, frames[1:]))
    assert plt.get_fignums() == []
    with pytest.raises(ValueError, match="^seconds is above 0, not 0"):
        removal.save_animation(path, seconds=0)


def test_a_closing_window_is_the_window_order(cnn):
    row = cnn.x[8]
    label = cnn.model.predict(row[None])[0]
    weights = libablate.cam_weights(cnn.model, label)
    order = from_outside(weights)
    assert sorted(order.tolist()) == list(range(24))
    closing = libablate.remove_channels(cnn.model, row, order=order.tolist(), progress=False)
    for gone in (0, 1, 6, 13, 20):
        inside = np.sort(weights)[(gone + 1) // 2 : 24 - gone // 2]
        window = (float(inside.min()), float(inside.max()))
        expected = libablate.remove_channels(cnn.model, row, window=window, progress=False)
        assert set(expected.channels.tolist()) == set(order[:gone].tolist())
        assert closing.probabilities[gone] == pytest.approx(expected.probabilities[-1], rel=1e-4)
    for count in (1, 2, 5, 24, 1280):
        found = looked_at(count)
        assert found[0] == 0 and found[-1] == count and found == sorted(set(found)) and len(found) <= 15


def test_kernels_as_small_images(cnn):
    kernels = cnn.network.parameters[2][:, :, :, 7].transpose(2, 0, 1)
    drawn = cnn.model.plot_weights(1, 7).images[0].get_array()
    # Twelve, four side by side, with gaps.
    assert drawn.shape == (11, 15)
    for place, kernel in enumerate(kernels):
        top, left = 4 * (place // 4), 4 * (place % 4)
        np.testing.assert_array_equal(drawn[top : top + 3, left : left + 3], kernel)
    assert np.isnan(np.ma.getdata(drawn)[3]).all() or drawn.mask[3].all()
    assert cnn.model.plot_weights("first", 2).images[0].get_array().shape == (3, 3)

    rng = np.random.default_rng(2)
    wide = rng.normal(size=(2, 300, 3, 3)).astype(np.float32)
    points = rng.normal(size=(4, 2, 1, 1)).astype(np.float32)
    steps = [libablate.Convolution(wide), libablate.Convolution(points), libablate.Pooling("global_average")]
    model = libablate.from_weights(steps, input_shape=(300, 4, 4))
    ax = model.plot_weights(0, 1)
    assert ax.get_xlabel() == "256 largest of 300 kernels, numbered by input channel"
    kept = np.sort(np.argsort(-(wide[1] ** 2).sum(axis=(1, 2)))[:256])
    np.testing.assert_array_equal(ax.images[0].get_array()[:3, :3], wide[1][kept[0]])
    assert [int(text.get_text()) for text in ax.texts] == kept.tolist()
    across = [text.get_position()[0] for text in ax.texts[:17]]
    np.testing.assert_allclose(across, across[0] + 4.0 * np.r_[:16, 0])
    # Kernels of one value are no images.
    np.testing.assert_array_equal(model.plot_weights(1, 3).lines[1].get_ydata(), points[3].ravel())


def test_maps_and_titles_of_channels(cnn):
    x, y = cnn.x[:60], cnn.y[:60]
    into = libablate.synapses(cnn.model, x, y, units=[(1, 19)], progress=False)
    ax = into.plot_map(unit=(1, 19))
    ax.figure.canvas.draw()
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yticks().tolist()) == ("input channel", "", [])
    np.testing.assert_array_equal(ax.images[0].get_array(), 100 * into["effect"].reshape(1, 12))
    name = f"layer 1 ({cnn.model.layers[1].name})"
    assert ax.get_title() == f"each weight into {name}, unit 19 ablated"
    assert into.plot().get_title() == f"12 synapses into {name}, unit 19"
    out = libablate.synapses(cnn.model, x, y, units=[(0, 3)], outgoing=True, progress=False)
    first = f"layer 0 ({cnn.model.layers[0].name}), unit 3"
    assert out.plot().get_title() == f"24 synapses out of {first},\ninto {name}"
    ax = out.plot_map()
    assert ax.get_title() == f"synapses out of {first},\ninto {name}, each ablated"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["3"]
    assert cnn.model.plot_weights(1, 7).get_title() == f"kernels of {name}, unit 7"
    pairs = libablate.pairs(cnn.model, x, y, layers=[0, 1], progress=False)
    both = f"layer 0 ({cnn.model.layers[0].name}) and {name}"
    assert pairs.plot().get_title() == f"288 pairs of {both}" == pairs.plot(layer=1).get_title()
    with pytest.raises(ValueError, match="layer 2 was not swept"):
        pairs.plot(layer=2)
    values = libablate.shapley(cnn.model, x, y, permutations=5, units=[(1, 2), (1, 5)], progress=False)
    ticks = [text.get_text() for text in values.plot().get_yticklabels()]
    assert sorted(ticks) == [f"{name}, unit 2", f"{name}, unit 5"]
    done = libablate.greedy(cnn.model, x, y, layer=1, count=2, progress=False)
    assert done.plot().get_title() == f"greedy elimination, {name}"
    sweep = libablate.sweep(cnn.model, x, y, layers=1, progress=False)
    assert sweep.plot_confusion((1, 4)).get_title().startswith(f"{name}, unit 4 ablated")
