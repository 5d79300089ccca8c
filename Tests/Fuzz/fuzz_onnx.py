"""Loads damaged ONNX files: each must give a model or an error, never a crash, and never much memory.

Models take some rows, and what is saved of them must give the same scores.

Half of the files are damaged in their bytes; the other half stay well-formed, but are mixed up.

    python Tests/Fuzz/fuzz_onnx.py [--seed N] [--start N] [--count N] [--memory MIB] FILE...

Damage follows from the seed and the number of the round, so a crash can be repeated with --seed and --start. The
round is written to standard error before it is loaded. The library is found as in Tests/Python.
"""

import argparse
import random
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))

import ctypes

import numpy as np
import onnx

import host
import libablate._declarations as c
import surgery_host

INTERESTING = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF]


def damage(data, generator):
    data = bytearray(data)
    for _ in range(generator.randint(1, 8)):
        # Names, shapes and attributes are in the first and last few kilobytes of most files, weights in between.
        reach = min(len(data), 4096)
        place = generator.choice([generator.randrange(reach), len(data) - 1 - generator.randrange(reach)])
        kind = generator.randrange(6)
        if kind == 0:
            data[place] ^= 1 << generator.randrange(8)
        elif kind == 1:
            data[place] = generator.choice(INTERESTING)
        elif kind == 2:
            del data[place : place + generator.randint(1, 16)]
        elif kind == 3:
            data[place:place] = data[place : place + generator.randint(1, 64)]
        elif kind == 4:
            data[place:place] = b"\xff" * generator.randint(1, 9) + b"\x01"
        else:
            del data[generator.randrange(len(data)) :]
        if not data:
            return b""
    return bytes(data)


NUMBERS = [0, 1, -1, 2, 3, 4, 7, 64, 65, 784, -(2**63), 2**63 - 1, 2**31, 2**32, -(2**31)]
OPERATORS = """
    Add ArgMax AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv Div Dropout Elu
    Equal Erf Expand Flatten Floor Gather Gelu Gemm GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity LRN
    LeakyRelu LogSoftmax MatMul MaxPool Mul Neg Pad Pow Range ReduceMax ReduceMean ReduceProd Relu Reshape Resize Selu
    Shape Sigmoid Slice Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Upsample Where
    ArrayFeatureExtractor Binarizer LabelEncoder Scaler ZipMap Unknown
""".split()
ATTRIBUTES = """
    axis axes perm keepdims alpha beta transA transB to start end epsilon kernel_shape strides pads dilations group
    auto_pad ceil_mode mode size scales split num_outputs coordinate_transformation_mode nearest_mode antialias
    noop_with_empty_axes value
""".split()
TEXTS = """
    SAME_UPPER SAME_LOWER VALID constant edge reflect wrap nearest linear cubic asymmetric align_corners half_pixel
    half_pixel_symmetric pytorch_half_pixel tf_crop_and_resize floor ceil round_prefer_ceil
""".split()


def mix(data, generator):
    """A well-formed file in which things are not where they belong."""
    model = onnx.load_from_string(data)
    graph = model.graph
    names = (
        [tensor.name for tensor in graph.initializer]
        + [name for node in graph.node for name in node.output]
        + ["", "x"]
    )
    for _ in range(generator.randint(1, 5)):
        node = generator.choice(graph.node)
        tensor = generator.choice(graph.initializer)
        kind = generator.randrange(9)
        if kind == 0:
            node.op_type = generator.choice(OPERATORS)
            node.domain = "ai.onnx.ml" if node.op_type in OPERATORS[-6:-1] else ""
        elif kind == 1 and node.input:
            node.input[generator.randrange(len(node.input))] = generator.choice(names)
        elif kind == 2:
            node.input.append(generator.choice(names))
        elif kind == 3:
            values = [generator.choice(NUMBERS) for _ in range(generator.randint(0, 4))]
            value = generator.choice(
                [generator.choice(NUMBERS), values or [1], 1e30, generator.choice(TEXTS), [0.5, 3.0]]
            )
            node.attribute.append(onnx.helper.make_attribute(generator.choice(ATTRIBUTES), value))
            if node.attribute and generator.randrange(2):
                # Changed rather than added, where there is one that counts.
                first = generator.choice(node.attribute)
                if first.ints:
                    first.ints[generator.randrange(len(first.ints))] = generator.choice(NUMBERS)
                elif first.type == onnx.AttributeProto.INT:
                    first.i = generator.choice(NUMBERS)
        elif kind == 4 and tensor.dims:
            tensor.dims[generator.randrange(len(tensor.dims))] = generator.choice(NUMBERS)
        elif kind == 5 and len(tensor.dims) > 1:
            tensor.dims[:] = reversed(tensor.dims)
        elif kind == 6:
            tensor.data_type = generator.choice([1, 6, 7, 8, 9, 10, 11, 16, 17])
        elif kind == 7:
            values = [generator.choice(NUMBERS) for _ in range(generator.randint(0, 4))]
            added = onnx.helper.make_tensor(f"n{len(names)}", 7, [len(values)], values)
            if generator.randrange(4) == 0:
                added = onnx.helper.make_tensor(f"n{len(names)}", 1, [len(values)], [float(value) for value in values])
            graph.initializer.append(added)
            names.append(added.name)
            inputs = [node.output[0], *generator.choice([[], [added.name], [added.name] * 3, ["", added.name]])]
            inputs += [node.output[0]] * generator.choice([0, 0, 1, 40])
            extra = graph.node.add(op_type=generator.choice(OPERATORS), input=inputs)
            extra.output.append(f"e{len(names)}")
            for other in graph.node:
                if other is not extra and len(other.input) > 0 and other.input[0] == node.output[0]:
                    other.input[0] = extra.output[0]
            names.append(extra.output[0])
        else:
            shape = graph.input[0].type.tensor_type.shape
            shape.dim.add(dim_value=generator.choice(NUMBERS))
    return model.SerializeToString()


ROWS = 2
# Models whose rows or steps are larger are not run.
MOST_VALUES, MOST_PRODUCTS = 1 << 20, 1 << 26


def work(model):
    """How many values and products a row is, about."""
    values = [model.info.input_width, model.info.output_width]
    products = 0
    for index in range(model.info.layer_count):
        layer = model.layer(index)
        positions = max(1, layer.height * layer.width)
        values.append(layer.units * positions)
        products += layer.units * layer.inputs * positions * max(1, layer.kernel_height * layer.kernel_width)
    return max(values), products


def use(model):
    """Runs rows through a model, and through what is read of the file that is written of it."""
    if any(value > most for value, most in zip(work(model), (MOST_VALUES, MOST_PRODUCTS), strict=True)):
        return
    x = np.linspace(-2, 2, ROWS * model.info.input_width, dtype=np.float32).reshape(ROWS, -1)
    scores = host.Session(model).run(x)
    try:
        data = surgery_host.saved_bytes(model)
    except host.Failure as failure:
        if failure.status != c.UNSUPPORTED:
            raise
        return
    out = ctypes.c_void_p()
    host.check(host.library.ablate_model_load_memory(data, len(data), None, ctypes.byref(out)))
    np.testing.assert_array_equal(host.Session(host.Model(out)).run(x), scores)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="the first round")
    parser.add_argument("--count", type=int, default=10_000, help="how many rounds")
    parser.add_argument("--memory", type=int, default=2048, help="MiB of address space")
    options = parser.parse_args()
    limit = options.memory << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    files = [path.read_bytes() for path in options.files]
    statuses = {}
    for number in range(options.start, options.start + options.count):
        print(f"\r{number}", end="", file=sys.stderr)
        generator = random.Random(options.seed << 32 | number)
        data = generator.choice([damage, mix])(generator.choice(files), generator)
        model = ctypes.c_void_p()
        status = host.library.ablate_model_load_memory(data, len(data), None, ctypes.byref(model))
        statuses[status] = statuses.get(status, 0) + 1
        if status == c.OK:
            use(host.Model(model))
        elif not host.library.ablate_last_error():
            sys.exit(f"\nround {number}: status {status} without a text")
    print(file=sys.stderr)
    for status, count in sorted(statuses.items()):
        print(f"{host.library.ablate_status_name(status).decode()}: {count}")
    if set(statuses) - {c.OK, c.MALFORMED, c.UNSUPPORTED}:
        sys.exit("a damaged file gave a status other than OK, MALFORMED and UNSUPPORTED")


if __name__ == "__main__":
    main()
