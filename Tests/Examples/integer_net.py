"""The oracle: a small network whose weights and inputs are integers, run with Python's exact arithmetic."""

import random
from fractions import Fraction

INPUTS, UNITS, CLASSES, ROWS = 4, (6, 5), 3, 64


class IntegerNet:
    """4-6-5-3 with ReLU; every value is an exact small number in float32, too."""

    def __init__(self, seed):
        numbers = random.Random(seed)
        self.layers = []
        inputs = INPUTS
        for units in (*UNITS, CLASSES):
            weights = [[numbers.randint(-3, 3) for _ in range(units)] for _ in range(inputs)]
            self.layers.append((weights, [numbers.randint(-4, 4) for _ in range(units)]))
            inputs = units

    def onnx_layers(self):
        last = len(self.layers) - 1
        return [(w, b, None if i == last else "Relu") for i, (w, b) in enumerate(self.layers)]

    def activations(self, row, ablated=None, value=0):
        """The activations of every layer; `ablated` is (layer, unit), which gets `value`."""
        out = []
        for index, (weights, bias) in enumerate(self.layers):
            row = [b + sum(x * w[unit] for x, w in zip(row, weights, strict=True)) for unit, b in enumerate(bias)]
            if index < len(self.layers) - 1:
                row = [max(z, 0) for z in row]
            if ablated is not None and ablated[0] == index:
                row[ablated[1]] = value
            out.append(row)
        return out

    def predict(self, row, ablated=None, value=0):
        scores = self.activations(row, ablated, value)[-1]
        return scores.index(max(scores))

    def means(self, rows, layer):
        runs = [self.activations(row)[layer] for row in rows]
        return [sum(Fraction(run[unit]) for run in runs) / len(rows) for unit in range(len(runs[0]))]

    def sweep_lines(self, rows, labels, layers=(0, 1), values=None):
        """What --csv has to print. `values(layer, unit)` is the replacement; 0 without it."""
        lines = ["layer,unit,rows,correct,lost,gained"]
        intact = [self.predict(row) == label for row, label in zip(rows, labels, strict=True)]
        for layer in layers:
            for unit in range(len(self.layers[layer][1])):
                value = 0 if values is None else values(layer, unit)
                right = [self.predict(r, (layer, unit), value) == y for r, y in zip(rows, labels, strict=True)]
                lost = sum(a and not b for a, b in zip(intact, right, strict=True))
                gained = sum(b and not a for a, b in zip(intact, right, strict=True))
                lines.append(f"{layer},{unit},{len(rows)},{sum(right)},{lost},{gained}")
        return lines


def make_case(seed=2):
    """A network, rows of integers in 0 to 9, and labels that the intact network gets right three times out of four."""
    net = IntegerNet(seed)
    numbers = random.Random(seed + 1)
    rows = [[numbers.randint(0, 9) for _ in range(INPUTS)] for _ in range(ROWS)]
    labels = [net.predict(row) if i % 4 else (net.predict(row) + 1) % CLASSES for i, row in enumerate(rows)]
    return net, rows, labels
