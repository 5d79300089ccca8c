"""The ONNX project's node tests as models of the kind that the library reads: rows in, rows out.

A case is one node with its inputs and outputs. There are two ways to make a model of it:

- its first input is the model's input and the first axis of it that of the rows; the other inputs are constants;
- all of its inputs are one row, and its axes those of that row: an axis for the rows comes in front of all of them.
"""

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

node = helper.make_node


def ended(graph, output, count):
    """Ends a graph with a dense layer that changes nothing: not every node may be a model's last."""
    graph.initializer.append(numpy_helper.from_array(np.eye(count, dtype=np.float32), "eye"))
    graph.initializer.append(numpy_helper.from_array(np.array([-1, count], np.int64), "flat shape"))
    graph.node.append(node("Reshape", [output, "flat shape"], ["flat"]))
    graph.node.append(node("MatMul", ["flat", "eye"], ["scores"]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("scores", TensorProto.FLOAT, None))


def of_rows(case, inputs, output, expected):
    """The first axis of the first input is that of the rows."""
    model = ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    for info, value in list(zip(graph.input, inputs, strict=True))[1:]:
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), info.name))
        graph.input.remove(info)
    ended(graph, graph.node[0].output[output], int(np.prod(expected.shape[1:])))
    rows = len(inputs[0]) if np.ndim(inputs[0]) > 1 else 1
    return model, np.reshape(inputs[0], (rows, -1)), rows


def shifted(axes):
    return [int(axis) + 1 if axis >= 0 else int(axis) for axis in np.ravel(axes)]


# Of an operator whose axes are an input: which one it is, and the opset since which it is no attribute.
AXES = {"Slice": 3, "Pad": 3, "ReduceMax": 1, "ReduceMean": 1, "Squeeze": 1, "Unsqueeze": 1}
# Operators that take any number of paths.
JOINS = {"Add", "Sub", "Mul", "Sum", "Concat"}


def of_one_row(case, inputs, output, expected):
    """All inputs that are no constants are parts of one row."""
    before = case.model.graph.node[0]
    kind = before.op_type
    paths = len(inputs) if kind in JOINS else 1
    rank = max(np.ndim(each) for each in inputs[:paths])
    if kind == "Expand":
        rank = max(rank, len(inputs[1]))
    constants = {}
    nodes = []
    names = []
    first = 0
    for index in range(paths):
        value = np.asarray(inputs[index])
        shape = (1,) * (rank - value.ndim if kind != "Concat" else 0) + value.shape
        constants |= {
            f"{index} start": np.array([first]),
            f"{index} end": np.array([first + value.size]),
            f"{index} shape": np.array([0, *shape]),
        }
        nodes.append(node("Slice", ["x", f"{index} start", f"{index} end", "part axis"], [f"{index} part"]))
        nodes.append(node("Reshape", [f"{index} part", f"{index} shape"], [f"{index} path"]))
        names.append(f"{index} path")
        first += value.size
    constants["part axis"] = np.array([1])
    others = [None if each is None else np.asarray(each) for each in inputs[paths:]]
    attributes = {each.name: helper.get_attribute_value(each) for each in before.attribute}
    if kind in {"Gather", "Split"}:
        attributes.setdefault("axis", 0)
    if "axis" in attributes:
        attributes["axis"] = shifted(attributes["axis"])[0]
    if kind == "Transpose":
        attributes["perm"] = [0, *shifted(attributes.get("perm", range(rank)[::-1]))]
    if kind in {"Reshape", "Expand"}:
        others[0] = np.array([1, *others[0]])
    if kind in AXES:
        place = AXES[kind] - 1
        while len(others) <= place:
            others.append(None)
        if kind == "Pad" and others[1] is not None and np.size(others[1]) == 0:
            others[1] = None
        if others[place] is not None and np.size(others[place]):
            others[place] = np.array(shifted(others[place]))
        elif kind == "Squeeze":
            others[place] = np.array([axis + 1 for axis, length in enumerate(inputs[0].shape) if length == 1])
        elif not attributes.get("noop_with_empty_axes"):
            others[place] = np.arange(1, (len(others[0]) if kind == "Slice" else rank) + 1)
    for index, value in enumerate(others):
        names.append("" if value is None else f"other {index}")
        if value is not None:
            constants[f"other {index}"] = value if value.dtype == np.float32 else value.astype(np.int64)
    nodes.append(node(kind, names, list(before.output), **attributes))
    graph = helper.make_graph(
        nodes,
        "case",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", first])],
        [],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    ended(graph, before.output[output], expected.size)
    x = np.concatenate([np.ravel(each) for each in inputs[:paths]])[None]
    return helper.make_model(graph, opset_imports=case.model.opset_import, ir_version=8), x, 1
