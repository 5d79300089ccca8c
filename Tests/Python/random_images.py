"""Random small convolutional networks as ONNX graphs: what the tests of saving and of surgery run on."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = 3
ACTIVATIONS = ["Relu", "Sigmoid", "HardSwish", "Tanh", "LeakyRelu", "Clip", None]


class Network:
    """Steps that are added one by one; `value` is the name of the last one's values, [channels, height, width]."""

    def __init__(self, seed, shape):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants = [], {}
        self.value, self.shape = "x", tuple(shape)
        self.input_shape = tuple(shape)

    def constant(self, name, values):
        self.constants[name] = np.asarray(values)
        return name

    def node(self, operator, inputs=None, shape=None, name="", **attributes):
        self.value = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [self.value], name, **attributes))
        if shape is not None:
            self.shape = tuple(shape)
        return self.value

    def activation(self, kind):
        if kind == "Clip":
            limits = [self.constant(f"{end}{len(self.nodes)}", np.float32(at)) for end, at in (("l", 0), ("h", 1.5))]
            self.node("Clip", [self.value, *limits])
        elif kind:
            self.node(kind, [self.value])

    def conv(self, units, kernel=3, stride=1, pad=1, group=1, activation="Relu", dilation=1):
        channels, *sides = self.shape
        name = f"c{len(self.nodes)}"
        weights = self.rng.normal(0, 0.5, (units, channels // group, *[kernel] * len(sides)))
        inputs = [
            self.value,
            self.constant(f"{name}.weight", weights.astype(np.float32)),
            self.constant(f"{name}.bias", self.rng.normal(0, 0.3, units).astype(np.float32)),
        ]
        sides = [(side + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1 for side in sides]
        axes = len(sides)
        windows = {"strides": [stride] * axes, "pads": [pad] * 2 * axes, "dilations": [dilation] * axes}
        self.node("Conv", inputs, (units, *sides), group=group, **windows)
        self.activation(activation)

    def norm(self):
        count = self.shape[0]
        name = f"n{len(self.nodes)}"
        values = [self.rng.normal(0, 0.5, count) for _ in range(3)] + [self.rng.uniform(0.5, 1.5, count)]
        inputs = [self.constant(f"{name}{index}", each.astype(np.float32)) for index, each in enumerate(values)]
        self.node("BatchNormalization", [self.value, *inputs], name=name)

    def pool(self, operator, kernel=2, stride=2, pad=0, **more):
        axes = len(self.shape) - 1
        ceil = more.get("ceil_mode", 0)
        sides = []
        for side in self.shape[1:]:
            free = side + 2 * pad - kernel
            count = -(-free // stride) + 1 if ceil else free // stride + 1
            sides.append(count - 1 if ceil and (count - 1) * stride >= side + pad else count)
        attributes = {"kernel_shape": [kernel] * axes, "strides": [stride] * axes, "pads": [pad] * 2 * axes}
        self.node(operator, [self.value], (self.shape[0], *sides), **attributes, **more)

    def residual(self, depthwise=False):
        """value + conv(value), of as many channels."""
        before, units = self.value, self.shape[0]
        self.conv(units, activation="Relu")
        self.conv(units, group=units if depthwise else 1, activation=None)
        self.node("Add", [before, self.value])
        self.activation(str(self.rng.choice(["Relu", "Clip"])))

    def branches(self, units):
        before, shape = self.value, self.shape
        self.conv(units, kernel=1, pad=0)
        first = self.value
        self.value, self.shape = before, shape
        self.conv(units + 1)
        self.node("Concat", [first, self.value], (2 * units + 1, *self.shape[1:]), axis=1)

    def squeeze(self):
        """Squeeze and excite."""
        before, shape = self.value, self.shape
        self.node("GlobalAveragePool", [before], (shape[0], *[1] * (len(shape) - 1)))
        self.conv(2, kernel=1, pad=0)
        self.conv(shape[0], kernel=1, pad=0, activation="Sigmoid")
        self.node("Mul", [before, self.value], shape)

    def dense(self, units, activation=None, name=None):
        name = name or f"d{len(self.nodes)}"
        weights = self.rng.normal(0, 0.3, (units, self.shape[0])).astype(np.float32)
        inputs = [self.value, self.constant(f"{name}.weight", weights)]
        inputs.append(self.constant(f"{name}.bias", self.rng.normal(0, 0.3, units).astype(np.float32)))
        self.node("Gemm", inputs, (units,), transB=1)
        self.activation(activation)

    def flatten(self):
        self.node("Flatten", [self.value], (int(np.prod(self.shape)),))

    def end(self, wide):
        if not wide:
            self.node("GlobalAveragePool", [self.value], (self.shape[0], *[1] * (len(self.shape) - 1)))
        self.flatten()
        self.dense(5, "Relu")
        self.dense(CLASSES)
        return self

    def proto(self, opset=17):
        graph = helper.make_graph(
            self.nodes,
            "net",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *self.input_shape])],
            [helper.make_tensor_value_info(self.value, TensorProto.FLOAT, ["n", *self.shape])],
            [numpy_helper.from_array(value, name) for name, value in self.constants.items()],
        )
        proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        proto.ir_version = 8
        onnx.checker.check_model(proto)
        return proto


def random_network(seed, activations=ACTIVATIONS, one_axis=False):
    """A network of random blocks over [channels, height, width], or [channels, width]."""
    rng = np.random.default_rng(seed)
    channels = int(rng.integers(1, 4))
    network = Network(seed, (channels, 8) if one_axis else (channels, 9, 8))
    network.conv(int(rng.integers(3, 7)), activation=rng.choice(activations))
    for _ in range(rng.integers(2, 6)):
        units = int(rng.integers(2, 7))
        block = rng.integers(0, 9)
        if block == 0:
            network.conv(units, activation=rng.choice(activations))
            network.norm()
        elif block == 1 and min(network.shape[1:]) > 3:
            network.pool(str(rng.choice(["MaxPool", "AveragePool"])), kernel=2, ceil_mode=int(rng.integers(2)))
        elif block == 2:
            network.pool("AveragePool", kernel=3, stride=1, pad=1, count_include_pad=int(rng.integers(2)))
        elif block in (3, 4):
            network.residual(depthwise=block == 4)
        elif block == 5:
            network.branches(units)
        elif block == 6:
            network.squeeze()
        elif block == 7:
            each = 1 + network.shape[0] // 4
            network.conv(2 * each)
            network.conv(4 * each, group=2)
        elif min(network.shape[1:]) > 3:
            network.conv(units, stride=2, activation=rng.choice(activations))
    return network.end(wide=bool(rng.integers(2)))
