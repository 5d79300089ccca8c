"""Pictures of bytes becoming rows, against the same arithmetic in NumPy."""

import numpy as np
import pytest
from PIL import Image

import libablate

RNG = np.random.default_rng(8)


def model(shape):
    return libablate.from_weights([(np.ones((2, int(np.prod(shape)))), None)], input_shape=shape)


def pictures(*shape):
    return RNG.integers(0, 256, shape, np.uint8)


MEAN = np.array([10.5, 127, 200], np.float32)
SCALE = np.array([0.5, 1 / 128, 3], np.float32)


@pytest.mark.parametrize("channels", [3, 4])
def test_colours_in_both_orders(channels):
    images = pictures(5, 4, 6, channels)
    expected = (images[..., :3].astype(np.float32) - MEAN) * SCALE
    last = libablate.rows_from_images(model((4, 6, 3)), images, mean=MEAN, scale=SCALE)
    np.testing.assert_array_equal(last, expected)
    first = libablate.rows_from_images(model((3, 4, 6)), images, mean=MEAN, scale=SCALE)
    np.testing.assert_array_equal(first, expected.transpose(0, 3, 1, 2))
    one = libablate.rows_from_images(model((3, 4, 6)), images[2], mean=MEAN, scale=SCALE)
    np.testing.assert_array_equal(one, first[2:3])


@pytest.mark.parametrize("shape", [(1, 4, 6), (4, 6), (24,), (4, 6, 1)])
def test_grey(shape):
    images = pictures(3, 4, 6)
    expected = ((images.astype(np.float32) - np.float32(3)) * np.float32(0.25)).reshape(3, *shape)
    for given in (images, images[..., np.newaxis]):
        np.testing.assert_array_equal(libablate.rows_from_images(model(shape), given, mean=3, scale=0.25), expected)
    np.testing.assert_array_equal(libablate.rows_from_images(model(shape), images[0]), images[:1].reshape(1, *shape))


def test_grey_pictures_go_into_all_channels():
    images = pictures(2, 4, 6)
    found = libablate.rows_from_images(model((3, 4, 6)), images, mean=MEAN)
    np.testing.assert_array_equal(found, images[:, np.newaxis].astype(np.float32) - MEAN[:, None, None])


@pytest.mark.parametrize("shape", [(2, 4, 7, 3), (2, 6, 4, 3), (2, 4, 6, 2)])
def test_pictures_of_another_size_are_refused(shape):
    with pytest.raises(ValueError, match=r"no rows of the model|\(RGB\)"):
        libablate.rows_from_images(model((3, 4, 6)), pictures(*shape))
    with pytest.raises(ValueError, match=r"no rows of the model"):
        libablate.rows_from_images(model((1, 4, 6)), pictures(2, 4, 6, 3))


def test_one_picture_of_another_size():
    for shape in [(3, 4, 6), (4, 6, 3)]:
        with pytest.raises(ValueError, match=r"\[4, 7, 3\] are no rows of the model"):
            libablate.rows_from_images(model(shape), pictures(4, 7, 3))
        with pytest.raises(ValueError, match="pictures have 2 channels"):
            libablate.rows_from_images(model(shape), pictures(4, 6, 2))


def test_channels_in_front_are_refused():
    for images, axes in [(pictures(2, 3, 4, 6), r"\(0, 2, 3, 1\)"), (pictures(3, 4, 6), r"\(1, 2, 0\)")]:
        with pytest.raises(ValueError, match=f"channels first: pass images.transpose{axes}"):
            libablate.rows_from_images(model((3, 4, 6)), images)
    three = pictures(3, 4, 6)
    grey = libablate.rows_from_images(model((3, 4, 6)), three[..., np.newaxis])
    np.testing.assert_array_equal(grey, np.repeat(three[:, np.newaxis].astype(np.float32), 3, axis=1))


def test_a_picture_that_can_be_several():
    one = pictures(3, 50, 1)
    with pytest.raises(ValueError, match=r"can be 3 grey ones as well: give it an axis of rows, images\[None\]"):
        libablate.rows_from_images(model((3, 50, 1)), one)
    np.testing.assert_array_equal(libablate.rows_from_images(model((3, 50, 1)), one[np.newaxis]), one[np.newaxis])


def test_what_is_no_array_of_bytes():
    image = Image.fromarray(pictures(4, 6, 3))
    found = libablate.rows_from_images(model((3, 4, 6)), image)
    np.testing.assert_array_equal(found, libablate.rows_from_images(model((3, 4, 6)), np.asarray(image)))
    for mode in ("P", "CMYK", "LA", "1"):
        with pytest.raises(TypeError, match=f"mode '{mode}' has other values than RGB: pass images.convert"):
            libablate.rows_from_images(model((3, 4, 6)), image.convert(mode))
    for images, text in [(np.zeros((2, 4, 6, 3)), "float64"), ("photograph.png", "not the name of a file")]:
        with pytest.raises(TypeError, match=text):
            libablate.rows_from_images(model((3, 4, 6)), images)


@pytest.mark.parametrize("name", ["mean", "scale"])
def test_parameters_that_do_not_fit(name):
    for values in ([1, 2], [[1], [2], [3]], []):
        with pytest.raises(ValueError, match=f"^{name} is one number, or one for each of 3 channels; this has the sh"):
            libablate.rows_from_images(model((3, 4, 6)), pictures(1, 4, 6, 3), **{name: values})
    with pytest.raises(ValueError, match=f"^{name} is one number; this has the shape"):
        libablate.rows_from_images(model((4, 6)), pictures(1, 4, 6), **{name: MEAN})
    with pytest.raises(ValueError, match=f"^{name} of channel 1 is not finite"):
        libablate.rows_from_images(model((3, 4, 6)), pictures(1, 4, 6, 3), **{name: [1, np.nan, 1]})
