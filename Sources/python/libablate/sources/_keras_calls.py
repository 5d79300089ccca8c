"""What a model of Keras runs, layer by layer: models inside of it are taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import UnsupportedError

# What errors add where it may help.
EXPORT = "; load may take the model, as model.export(file, format='onnx') writes it"


@dataclass(frozen=True)
class Call:
    """A layer that is run on some values: 0 is the input of the model, then each call gives one."""

    layer: Any
    reads: tuple[int, ...]


def calls_of(model: Any) -> list[Call]:
    """The calls of a model in an order in which they can run; the last one gives the output.

    What a path runs comes in one piece, whatever else runs beside it.
    """
    calls: list[Call] = []
    run_model(calls, model, 0)
    return calls


def is_model(layer: Any) -> bool:
    """Whether it is a model that says what it runs, as those made by subclassing do not."""
    return bool({"Sequential", "Functional"} & set(bases(layer)))


def bases(layer: Any) -> list[str]:
    """The names of the classes that a layer is of."""
    return [base.__name__ for base in type(layer).__mro__]


def is_from_keras(kind: Any) -> bool:
    """Whether a class or function is one of Keras itself."""
    return str(getattr(kind, "__module__", "")).split(".")[0] == "keras"


def run(calls: list[Call], layer: Any, reads: tuple[int, ...]) -> int:
    """Adds the calls of a layer, or of a model; the number of what it gives."""
    if is_model(layer):
        if len(reads) != 1:
            raise UnsupportedError(f"model {layer.name!r} has {len(reads)} inputs: only one is known")
        return run_model(calls, layer, reads[0])
    calls.append(Call(layer, reads))
    return len(calls)


def run_model(calls: list[Call], model: Any, source: int) -> int:
    """Adds the calls of a model that reads one value."""
    # A call of their own may do anything.
    own = next((base for base in type(model).__mro__ if "call" in vars(base)), None)
    if own is not None and not is_from_keras(own):
        raise UnsupportedError(f"model {model.name!r} is a {type(model).__name__} with a `call` of its own{EXPORT}")
    if "Sequential" in bases(model):
        for layer in model.layers:
            source = run(calls, layer, (source,))
        return source
    for kind, tensors in (("inputs", model.inputs), ("outputs", model.outputs)):
        if len(tensors) != 1:
            raise UnsupportedError(f"model {model.name!r} has {len(tensors)} {kind}: only one is known")
    found = {id(model.inputs[0]): source}
    waiting = [model.outputs[0]]
    while waiting:
        tensor = waiting[-1]
        if id(tensor) in found:
            waiting.pop()
            continue
        history = tensor._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        missing = [other for other in node.input_tensors if id(other) not in found]
        if missing:
            waiting.append(missing[0])
            continue
        if len(node.output_tensors) != 1:
            what = f"{history.operation.name!r} is a {type(history.operation).__name__}"
            raise UnsupportedError(f"layer {what}, which gives {len(node.output_tensors)} outputs: only one is known")
        found[id(tensor)] = run(calls, history.operation, tuple(found[id(other)] for other in node.input_tensors))
    return found[id(model.outputs[0])]
