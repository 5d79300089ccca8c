"""The folder that Examples/run leaves: a network, its test rows, their labels, and what the classes are called."""

from pathlib import Path

import libablate
from sweep import read_array, scale_argument, scaled, tell_of_scale


def add_arguments(parser):
    parser.add_argument(
        "folder", metavar="FOLDER", type=Path, help="with network.onnx, test_rows.npy and test_labels.npy"
    )
    parser.add_argument("--scale", default="1", type=scale_argument, metavar="F", help="multiply rows; 1/255 divides")


def load(folder, scale):
    """The model in a folder, its test rows and their labels."""
    model = libablate.load(folder / "network.onnx")
    rows, labels = (read_array(folder / f"test_{name}.npy") for name in ("rows", "labels"))
    tell_of_scale(rows, scale)
    return model, scaled(rows, scale), labels


def class_names(folder, model):
    """What people call each class, by its label: the lines of classes.txt, or "class 3"."""
    path = folder / "classes.txt"
    names = path.read_text().splitlines() if path.exists() else [f"class {label}" for label in model.classes]
    if len(names) != len(model.classes):
        raise ValueError(f"{path} has {len(names)} lines, and the model {len(model.classes)} classes")
    return dict(zip(model.classes.tolist(), names, strict=True))
