"""Convolutional networks to time: shaped like known ones, with random weights, as ONNX models.

EfficientNet-Lite0 is the trained one of ../shared beside the repository, or of ABLATE_SHARED, and left out without it.
"""

import numpy as np
import onnx
from networks import SHARED
from onnx import TensorProto, helper, numpy_helper


def sizes(value):
    return [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]


class Graph:
    """Nodes behind each other; `value` and `channels` are what the last one gives."""

    def __init__(self, *shape, seed=7):
        self.random = np.random.default_rng(seed)
        self.nodes, self.constants = [], []
        self.shape, self.value, self.channels = shape, "x", shape[0]

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, operator, *more, **attributes):
        """A node over the last value; what it gives becomes the last."""
        output = f"{operator}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.value, *more], [output], name=output, **attributes))
        self.value = output
        return self

    def scaled(self, *shape, inputs):
        return (self.random.standard_normal(shape) * np.sqrt(2 / inputs)).astype(np.float32)

    def conv(self, units, kernel, stride=1, groups=1, pad=None, normalized=False):
        """With a bias; or, as files that were exported for training have it, with a normalisation behind it."""
        inputs = self.channels // groups
        weights = self.constant(self.scaled(units, inputs, kernel, kernel, inputs=inputs * kernel**2))
        bias = [] if normalized else [self.constant(self.random.standard_normal(units).astype(np.float32) / 10)]
        sizes = {
            "kernel_shape": [kernel] * 2,
            "strides": [stride] * 2,
            "pads": [kernel // 2 if pad is None else pad] * 4,
        }
        self.node("Conv", weights, *bias, group=groups, **sizes)
        self.channels = units
        if normalized:
            near = [center + self.random.uniform(-0.1, 0.1, units) for center in (1, 0, 0, 1)]
            self.node("BatchNormalization", *(self.constant(values.astype(np.float32)) for values in near))
        return self

    def relu(self):
        return self.node("Relu")

    def relu6(self):
        return self.node("Clip", self.constant(np.float32(0)), self.constant(np.float32(6)))

    def pool(self, kernel, stride, pad=0):
        return self.node("MaxPool", kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)

    def dense(self, units, inputs):
        weights, bias = self.scaled(units, inputs, inputs=inputs), np.zeros(units, np.float32)
        return self.node("Gemm", self.constant(weights), self.constant(bias), transB=1)

    def classifier(self, classes=1000):
        return self.node("GlobalAveragePool").node("Flatten").dense(classes, self.channels)

    def model(self):
        def info(name, shape):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", *shape])

        graph = helper.make_graph(self.nodes, "network", [info("x", self.shape)], [], self.constants)
        graph.output.append(onnx.ValueInfoProto(name=self.value))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        graph = onnx.shape_inference.infer_shapes(model).graph
        model.graph.output[0].CopyFrom(graph.output[0])
        onnx.checker.check_model(model)
        return model


def lenet():
    graph = Graph(1, 28, 28).conv(6, 5, pad=2).relu().pool(2, 2).conv(16, 5, pad=0).relu().pool(2, 2)
    return graph.node("Flatten").dense(120, 400).relu().dense(84, 120).relu().dense(10, 84).model()


def residual(graph, units, stride, layers):
    """A block of ResNet: layers of (units, kernel, stride), and the input, or a convolution of it, added."""
    before, channels = graph.value, graph.channels
    for index, layer in enumerate(layers):
        graph.conv(*layer, normalized=True)
        if index + 1 < len(layers):
            graph.relu()
    inner = graph.value
    graph.value, graph.channels = before, channels
    if stride > 1 or channels != units:
        graph.conv(units, 1, stride, normalized=True)
    before, graph.value = graph.value, inner
    graph.node("Add", before).relu()
    graph.channels = units


def resnet(blocks, is_deep):
    graph = Graph(3, 224, 224).conv(64, 7, 2, normalized=True).relu().pool(3, 2, 1)
    for stage, count in enumerate(blocks):
        width = 64 << stage
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            if is_deep:
                residual(graph, 4 * width, stride, [(width, 1), (width, 3, stride), (4 * width, 1)])
            else:
                residual(graph, width, stride, [(width, 3, stride), (width, 3)])
    return graph.classifier().model()


def mobilenet():
    """MobileNetV2, its normalisations folded into the convolutions."""
    graph = Graph(3, 224, 224).conv(32, 3, 2).relu6()
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, units, count, first in stages:
        for block in range(count):
            before, channels, stride = graph.value, graph.channels, first if block == 0 else 1
            if expansion > 1:
                graph.conv(expansion * channels, 1).relu6()
            graph.conv(graph.channels, 3, stride, groups=graph.channels).relu6().conv(units, 1)
            if stride == 1 and channels == units:
                graph.node("Add", before)
    return graph.conv(1280, 1).relu6().classifier().model()


def efficientnet():
    file = SHARED / "models" / "cnn" / "efficientnet_lite0.onnx"
    return onnx.load(file) if file.exists() else None


NETWORKS = {
    "EfficientNet-Lite0": efficientnet,
    "ResNet-18": lambda: resnet((2, 2, 2, 2), False),
    "ResNet-50": lambda: resnet((3, 4, 6, 3), True),
    "MobileNetV2": mobilenet,
    "LeNet": lenet,
}
