"""How near the convolutions of a network come to as many multiply-adds as one core can do.

Each kind of convolution is a network of its own, with a global mean behind it; what the mean takes alone, with the way
in and out, is taken off. Times are the processor's, the best of some rounds, as the peak is.
"""

import ctypes
import functools
import subprocess
import time
from pathlib import Path

import numpy as np
import onnx
from image_networks import sizes
from onnx import TensorProto, helper
from rounds import interleaved

ROUNDS = 15
HERE = Path(__file__).resolve().parent


@functools.cache
def peak():
    """Multiply-adds a second of one core; nothing without a compiler."""
    library = HERE.parents[1] / ".build-bench" / "peak.so"
    flags = ["-O2", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC"]
    try:
        library.parent.mkdir(exist_ok=True)
        subprocess.run(["cc", *flags, HERE / "peak.c", "-o", library], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    function = ctypes.CDLL(library).peak
    function.restype = ctypes.c_double
    return function()


def convolutions(model):
    """[node, input sizes, output sizes, count] of each kind of convolution, for one row."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    graph = onnx.shape_inference.infer_shapes(model).graph
    shapes = {value.name: sizes(value) for value in (*graph.value_info, *graph.input, *graph.output)}
    found = {}
    for node in graph.node:
        if node.op_type == "Conv":
            attributes = sorted(attribute.SerializeToString() for attribute in node.attribute)
            kind = (*shapes[node.input[0]], *shapes[node.output[0]], *attributes)
            found.setdefault(kind, [node, shapes[node.input[0]], shapes[node.output[0]], 0])[3] += 1
    return list(found.values())


def network(node, shape, channels, constants):
    """The node, or none, and a global mean."""
    nodes, value = [], "x"
    if node:
        nodes = [helper.make_node("Conv", ["x", *node.input[1:]], ["y"]), helper.make_node("Relu", ["y"], ["z"])]
        nodes[0].attribute.extend(node.attribute)
        value = "z"
    nodes += [helper.make_node("GlobalAveragePool", [value], ["mean"]), helper.make_node("Flatten", ["mean"], ["out"])]
    graph = helper.make_graph(
        nodes,
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, channels])],
        [constant for constant in constants if node and constant.name in node.input],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def best(runners):
    """Seconds of a run, the least of some rounds."""
    for runner in runners:
        runner.run()
    times = interleaved(runners, ROUNDS, 0.002, clock=time.process_time, pause=0)
    return [min(own) for own in times]


def table(name, model, contenders):
    """Prints the parts of the peak that each contender reaches."""
    if peak() is None:
        print("no C compiler: parts of the peak are left out")
        return
    print(f"\n{name}, one image, one thread; % of {peak() / 1e9:.1f} G multiply-adds a second")
    print(f"{'convolution':52} {'times':>7} {'ours ms':>10} {'ours %':>12} {'ONNX RT %':>10}")
    for node, source, target, count in convolutions(model):
        constants = model.graph.initializer
        weights = next(constant.dims for constant in constants if constant.name == node.input[1])
        x = np.random.default_rng(7).standard_normal(source).astype(np.float32)
        layers = [network(None, source, source[1], []), network(node, source, target[1], constants)]
        runners = [make(layer, x, 1) for make in contenders for layer in layers]
        ours, ours_with, theirs, theirs_with = best(runners)
        for runner in runners:
            runner.close()
        work = np.prod(target) * np.prod(weights[1:])
        kind = f"{source[1]} x {source[2]}² to {target[1]} x {target[2]}², {weights[2]} x {weights[3]}"
        kind += ", depthwise" if weights[1] == 1 and source[1] > 1 else ""
        parts = [100 * work / max(time, 1e-9) / peak() for time in (ours_with - ours, theirs_with - theirs)]
        print(f"{kind:52} {count:7} {(ours_with - ours) * 1000:10.4f} {parts[0]:12.0f} {parts[1]:10.0f}", flush=True)
