"""Writes small networks as ONNX files, byte by byte, so that the tests need nothing but Python."""

import struct


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, value):
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _tensor(name, dims, values):
    raw = struct.pack(f"<{len(values)}f", *values)
    return b"".join(_number(1, d) for d in dims) + _number(2, 1) + _bytes(8, name) + _bytes(9, raw)


def _node(operator, inputs, output):
    return b"".join(_bytes(1, i) for i in inputs) + _bytes(2, output) + _bytes(3, output) + _bytes(4, operator)


def _value(name, *lengths):
    batch = _bytes(1, _bytes(2, "N"))
    shape = batch + b"".join(_bytes(1, _number(1, length)) for length in lengths)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, shape)))


def write_dense(path, layers):
    """Writes MatMul, Add and activation for each layer: (weights [inputs][units], bias, operator or None)."""
    nodes, tensors, last = [], [], "x"
    for index, (weights, bias, activation) in enumerate(layers):
        flat = [w for row in weights for w in row]
        tensors.append(_tensor(f"W{index}", [len(weights), len(bias)], flat))
        tensors.append(_tensor(f"b{index}", [len(bias)], bias))
        nodes.append(_node("MatMul", [last, f"W{index}"], f"product{index}"))
        nodes.append(_node("Add", [f"product{index}", f"b{index}"], f"sum{index}"))
        last = f"sum{index}"
        if activation is not None:
            nodes.append(_node(activation, [last], f"active{index}"))
            last = f"active{index}"
    return _write(path, "dense", nodes, tensors, _value("x", len(layers[0][0])), _value(last, len(layers[-1][1])))


def write_maps(path, size, channels, scores, bias):
    """Writes relu(channel * x) of a grey image for each of `channels`, their means, and scores [channels][classes]."""
    count, classes = len(channels), len(bias)
    tensors = [_tensor("W", [count, 1, 1, 1], channels), _tensor("b", [classes], bias)]
    tensors.append(_tensor("V", [count, classes], [weight for row in scores for weight in row]))
    nodes = [
        _node("Conv", ["x", "W"], "convolved"),
        _node("Relu", ["convolved"], "channels"),
        _node("GlobalAveragePool", ["channels"], "means"),
        _node("Flatten", ["means"], "flat"),
        _node("MatMul", ["flat", "V"], "products"),
        _node("Add", ["products", "b"], "scores"),
    ]
    return _write(path, "maps", nodes, tensors, _value("x", 1, *size), _value("scores", classes))


def _write(path, name, nodes, tensors, source, target):
    graph = b"".join(_bytes(1, n) for n in nodes) + _bytes(2, name) + b"".join(_bytes(5, t) for t in tensors)
    graph += _bytes(11, source) + _bytes(12, target)
    model = _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))
    path.write_bytes(model)
    return path
