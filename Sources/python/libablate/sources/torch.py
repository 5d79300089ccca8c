"""Networks of PyTorch. PyTorch itself is not imported: modules are known by their names and attributes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._arrays import numbers
from .._brief import brief
from ..errors import UnsupportedError
from ..model import Model
from ._beyond import is_beyond
from ._builder import ShapeError
from ._stack import Stack

ACTIVATIONS = {
    "ReLU": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "SELU": "selu",
    "SiLU": "silu",
    "Hardswish": "hard_swish",
    "Identity": "identity",
}
HEADS = {"Softmax": "softmax", "LogSoftmax": "log_softmax"}
NOTHING_TO_DO = ("Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "Flatten")
NORMALISATIONS = ("BatchNorm1d", "BatchNorm2d")


def from_torch(
    module: Any, example: Any, *, head: str | None = None, classes: Any = None, threads: int = 0
) -> Model:  # fmt: skip
    """Makes a model from a network of PyTorch, as it is in evaluation mode.

    Parameters
    ----------
    module : torch.nn.Module
        A Sequential, nested ones included, of Linear, Conv1d, Conv2d, BatchNorm1d, BatchNorm2d, MaxPool, AvgPool,
        AdaptiveAvgPool and AdaptiveMaxPool (to one position) of one or two dimensions, Flatten, Dropout, Softmax,
        LogSoftmax and the activation functions ReLU, ReLU6, LeakyReLU, ELU, SELU, Tanh, Sigmoid, Softplus, GELU,
        SiLU, Hardsigmoid and Hardswish. Another module is taken to run its children in the order they were made.
    example : tensor or array, [rows, ...]
        Rows of input, in any type of numbers. Both networks run them: where they disagree the module is not what it
        seemed, and is refused. Of rows whose values are all the same, which tell little, random ones of the same shape
        take the place.
    head : str, optional
        What the scores mean, see :func:`from_weights`. By default softmax and log_softmax if the module ends so, binary
        or multilabel if it ends in a Sigmoid, regression for one output, else logits.
    classes : array, optional
        Class labels in the order of the scores.
    threads : int
        How many threads runs use; 0 for one per processor.

    Returns
    -------
    Model

    Raises
    ------
    UnsupportedError
        A module is unknown, or the module does more than run its children one after the other. `torch.onnx.export` and
        :func:`load` may know it.
    ValueError
        The module does not run on the example, or that has no rows, or values that are not finite; or a lazy module has
        not run yet.
    """
    if not hasattr(module, "named_children"):
        hint = ""
        if isinstance(module, (str, os.PathLike, Mapping)):
            hint = ": load_state_dict puts weights that were saved into one"
        raise TypeError(f"module is a torch.nn.Module, not {brief(module)}{hint}")
    stack = Stack()
    try:
        add(stack, module, "")
        example = telling(example)
        expected = run(module, example)
        model = stack.build(head, classes, example.shape[1:], threads)
    except ShapeError as error:
        raise more_than_a_chain(module, f" ({error})") from error
    compare(model, stack, module, example, expected)
    return model


def values(tensor: Any) -> Any:
    """A tensor's values as float64; None as it is."""
    return None if tensor is None else np.asarray(tensor.detach().cpu().numpy(), np.float64)


def add(stack: Stack, module: Any, path: str) -> None:
    """Adds one module, or its children; the path leads to it, as in the names of PyTorch's parameters: features.0."""
    kind = type(module).__name__
    name = path or kind
    if kind == "Linear":
        stack.dense(values(module.weight), values(module.bias), name, "out_in")
    elif kind in ("Conv1d", "Conv2d"):
        convolve(stack, module, name)
    elif kind in POOLINGS:
        pool(stack, module, name, kind)
    elif kind in NORMALISATIONS:
        normalise(stack, module, name)
    elif kind in ACTIVATIONS:
        stack.activation(ACTIVATIONS[kind], name)
    elif kind == "ReLU6":
        stack.activation("clip", name, 0.0, 6.0)
    elif kind == "LeakyReLU":
        stack.activation("leaky_relu", name, module.negative_slope)
    elif kind == "ELU":
        stack.activation("elu", name, module.alpha)
    elif kind == "Softplus":
        if module.beta != 1:
            raise UnsupportedError(f"module {name!r} is a Softplus with beta {module.beta:g}: only 1 is known")
        stack.activation("softplus", name)
    elif kind == "Hardsigmoid":
        stack.activation("hard_sigmoid", name, 1 / 6, 0.5)
    elif kind == "GELU":
        stack.activation("gelu_tanh" if module.approximate == "tanh" else "gelu", name)
    elif kind in HEADS:
        if module.dim not in (1, -1):
            what = f"module {name!r} is a {kind} over axis {module.dim}"
            raise UnsupportedError(f"{what}: only that behind the rows is known")
        stack.output(HEADS[kind])
    elif kind not in NOTHING_TO_DO:
        children = children_of(module)
        # With weights of its own it does more than run its children.
        if not children or list(module.parameters(recurse=False)):
            raise unknown(module, name)
        for child_name, child in children:
            add(stack, child, f"{path}.{child_name}" if path else child_name)
        return
    stack.note(name)


def unknown(module: Any, name: str) -> Exception:
    """The error for a module that is not known."""
    what = f"module {name!r} is a {type(module).__name__}"
    if hasattr(module, "has_uninitialized_params"):
        return ValueError(f"{what}, whose weights are not there yet: run the network on some rows first")
    if is_beyond(module):
        return UnsupportedError(f"{what}, which is beyond this version")
    return UnsupportedError(f"{what}, which from_torch does not know; load may, as torch.onnx.export writes it")


def children_of(module: Any) -> list[tuple[str, Any]]:
    """The children in their order; of a Sequential one that comes twice is there twice, as it runs twice."""
    if any(base.__name__ == "Sequential" for base in type(module).__mro__):
        return list(module._modules.items())
    return list(module.named_children())


def convolve(stack: Stack, module: Any, name: str) -> None:
    """Conv1d or Conv2d."""
    if module.padding_mode != "zeros":
        raise UnsupportedError(f"module {name!r} pads with {module.padding_mode}: only zeros are known")
    weights = values(module.weight)
    kernel, dilations = weights.shape[2:], lengths(module.dilation, weights.ndim - 2)
    padding: Any = module.padding
    if padding == "same":
        whole = [dilation * (length - 1) for dilation, length in zip(dilations, kernel)]
        before = [length // 2 for length in whole]
        behind = [length - half for length, half in zip(whole, before)]
    else:
        before = behind = [0] * len(kernel) if padding == "valid" else lengths(padding, len(kernel))
    stack.convolution(
        weights,
        values(module.bias),
        name,
        strides=plane(lengths(module.stride, len(kernel)), 1),
        padding=(*plane(before, 0), *plane(behind, 0)),
        dilations=plane(dilations, 1),
        groups=module.groups,
    )


POOLINGS = {f"{kind}Pool{axes}d": axes for kind in ("Max", "Avg", "AdaptiveAvg", "AdaptiveMax") for axes in (1, 2)}


def pool(stack: Stack, module: Any, name: str, kind: str) -> None:
    """MaxPool, AvgPool and their adaptive kin."""
    axes = POOLINGS[kind]
    if kind.startswith("Adaptive"):
        if any(length != 1 for length in lengths(module.output_size, axes)):
            raise UnsupportedError(f"module {name!r} gives {module.output_size} positions: only one is known")
        stack.pooling("global_maximum" if "Max" in kind else "global_average", name)
        return
    if getattr(module, "divisor_override", None) is not None:
        raise UnsupportedError(f"module {name!r} has a divisor of its own, which is beyond this version")
    found = "maximum"
    if kind.startswith("Avg"):
        found = "average_counting_padding" if module.count_include_pad else "average"
    stack.pooling(
        found,
        name,
        kernel=plane(lengths(module.kernel_size, axes), 1),
        strides=plane(lengths(module.stride, axes), 1),
        padding=plane(lengths(module.padding, axes), 0),
        dilations=plane(lengths(getattr(module, "dilation", 1), axes), 1),
        rounds_up=module.ceil_mode,
    )


def lengths(value: Any, axes: int) -> list[int]:
    """One number for each axis."""
    return [int(value)] * axes if np.ndim(value) == 0 else [int(length) for length in value]


def plane(found: list[int], missing: int) -> tuple[int, int]:
    """The same for height and width: sequences have height 1."""
    height, width = (missing, *found)[-2:]
    return height, width


def normalise(stack: Stack, module: Any, name: str) -> None:
    """BatchNorm1d or BatchNorm2d with its running statistics."""
    if module.running_mean is None:
        raise UnsupportedError(f"module {name!r} normalises by each batch: its rows depend on each other")
    mean, variance = values(module.running_mean), values(module.running_var)
    scale = 1 / np.sqrt(variance + module.eps)
    shift = np.zeros_like(mean)
    if module.weight is not None:
        scale, shift = scale * values(module.weight), values(module.bias)
    stack.affine(mean, scale, shift, name, per_channel=type(module).__name__ == "BatchNorm2d")


def telling(example: Any) -> Any:
    """The example, or where all of its values are the same, random rows: zeros come out alike of many networks."""
    # NumPy knows no bfloat16.
    example = example.detach().cpu().float() if hasattr(example, "detach") else example
    rows = numbers(example, "example").astype(np.float32)
    if rows.ndim < 2:
        raise ValueError("example is a batch: its first axis counts rows")
    if rows.size == 0:
        raise ValueError(f"example, of shape {rows.shape}, has no values: a few rows of input are asked for")
    if not np.isfinite(rows).all():
        raise ValueError("example has values that are not finite, of which nothing can be told")
    if (rows == rows.flat[0]).all():
        return np.random.default_rng(0).standard_normal((4, *rows.shape[1:])).astype(np.float32)
    return rows


def run(module: Any, example: Any) -> Any:
    """What the module makes of the example."""
    import torch

    was_training = module.training
    module.eval()
    try:
        with torch.no_grad():
            rows = torch.as_tensor(example)
            # Weights may be of another type, and on another device.
            weights = next(iter(module.parameters()), None)
            return module(rows if weights is None else rows.to(weights)).cpu().numpy()
    except (RuntimeError, TypeError, ValueError) as error:
        said = f"{type(module).__name__} does not run on the example, of shape {tuple(np.shape(example))}"
        raise ValueError(f"{said}: {error}") from error
    finally:
        module.train(was_training)


def compare(model: Model, stack: Stack, module: Any, example: Any, expected: Any) -> None:
    """Refuses a module that computes something else than the model."""
    found = model.scores(example)
    if stack.head is not None or stack.ends_in_sigmoid:
        found = model.predict_proba(example)[:, -expected.shape[-1] :]
    if stack.head == "log_softmax":
        expected = np.exp(expected)
    if found.shape != expected.shape or not np.allclose(found, expected, rtol=1e-3, atol=1e-4, equal_nan=True):
        raise more_than_a_chain(module)


def more_than_a_chain(module: Any, why: str = "") -> UnsupportedError:
    """The error for a module that is not what its children are one after the other."""
    return UnsupportedError(
        f"{type(module).__name__} does more than run its modules one after the other on whole rows{why}: export it "
        "with torch.onnx.export and load that"
    )
