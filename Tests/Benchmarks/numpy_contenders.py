"""Sweeps as one writes them by hand in NumPy: the intact pass is kept, and each item changes it by as little as can be.

All count their forward pass (`prepare`) as the part that does not depend on the number of items.
"""

import time

import numpy as np
from sweep_contenders import Contender


class NumPy(Contender):
    """The intact pass, kept: inputs [rows, width] and pre-activations [rows, units] of every layer."""

    def prepare(self):
        self.inputs, self.sums = [self.network.x], []
        for layer, (w, b) in enumerate(zip(self.network.weights, self.network.biases)):
            values = self.inputs[layer] @ w
            values += b
            self.sums.append(values)
            if layer < len(self.network.weights) - 1:
                self.inputs.append(np.maximum(values, 0))

    def suffix(self, values, layer):
        """Scores from pre-activations of `layer`, which are overwritten."""
        for w, b in zip(self.network.weights[layer + 1 :], self.network.biases[layer + 1 :]):
            values = np.maximum(values, 0, out=values) @ w
            values += b
        return values

    def run(self, picked):
        begin = time.perf_counter()
        self.prepare()
        middle = time.perf_counter()
        counts = self.sweep(picked)
        return middle - begin, time.perf_counter() - middle, counts

    def sweep(self, picked):
        counts = np.empty(len(picked), np.int64)
        for place, index in enumerate(picked):
            counts[place] = self.count(index)
        return counts

    def units(self, index):
        """The layer and the units of an item of units, pairs or a cumulative order."""
        item, layer = self.items[index], self.task.layer_of(self.items[index])
        if self.task.kind == "units":
            return layer, item[1:]
        return layer, item[item >= 0] if self.task.kind == "pairs" else self.items[: index + 1, 0]

    def synapse(self, index):
        """Layer and unit of a synapse, and the unit's activations [rows] without it."""
        layer, unit, source = self.items[index]
        values = self.sums[layer][:, unit] - self.inputs[layer][:, source] * self.network.weights[layer][source, unit]
        return layer, unit, np.maximum(values, 0, out=values)


class ZeroColumn(NumPy):
    """Columns of the activations are zeroed, and the layers behind run again on all rows."""

    name = "NumPy, zero a column"
    most = 60

    def count(self, index):
        if self.task.kind == "inputs":
            source = self.items[index][0]
            scores = self.suffix(self.sums[0] - self.inputs[0][:, source, None] * self.network.weights[0][source], 0)
            return (scores.argmax(axis=1) == self.network.labels).sum()
        if self.task.kind == "synapses":
            layer, columns, values = self.synapse(index)
        else:
            layer, columns = self.units(index)
            values = 0
        hidden = self.inputs[layer + 1]
        kept = hidden[:, columns].copy()
        hidden[:, columns] = values
        sums = hidden @ self.network.weights[layer + 1]
        sums += self.network.biases[layer + 1]
        hidden[:, columns] = kept
        return (self.suffix(sums, layer + 1).argmax(axis=1) == self.network.labels).sum()


class RankOne(NumPy):
    """The next layer's pre-activations lose what the item gave them: one product of a column and a row of weights.

    Arrays are [units, rows], so that each class is one run of memory and no argmax is needed.
    """

    name = "NumPy, rank-1"
    # The change of an input reaches every unit: zeroing a column is already the same thing.
    kinds = ("units", "synapses", "pairs", "cumulative")
    most = 1000

    def prepare(self):
        super().prepare()
        self.hidden = {layer: np.ascontiguousarray(self.inputs[layer + 1].T) for layer in self.task.layers}
        self.next = {layer: np.ascontiguousarray(self.sums[layer + 1].T) for layer in self.hidden}
        if self.task.kind == "synapses":
            self.first = {layer: np.ascontiguousarray(self.inputs[layer].T) for layer in self.hidden}
            self.own = {layer: np.ascontiguousarray(self.sums[layer].T) for layer in self.hidden}

    def sweep(self, picked):
        self.running = None
        self.spare = {layer: np.empty_like(values) for layer, values in self.next.items()}
        return super().sweep(picked)

    def right(self, values, layer):
        """Of pre-activations [units, rows] of `layer`."""
        for w, b in zip(self.network.weights[layer + 1 :], self.network.biases[layer + 1 :]):
            values = w.T @ np.maximum(values, 0, out=values)
            values += b[:, None]
        return (values[self.network.labels, np.arange(values.shape[1])] >= values.max(axis=0)).sum()

    def count(self, index):
        if self.task.kind == "synapses":
            layer, unit, source = self.items[index]
            change = self.first[layer][source] * self.network.weights[layer][source, unit]
            np.subtract(self.own[layer][unit], change, out=change)
            np.maximum(change, 0, out=change)
            np.subtract(self.hidden[layer][unit], change, out=change)
            return self.right(self.less(layer, unit, change), layer + 1)
        layer, units = self.units(index)
        if self.task.kind == "cumulative":
            return self.right(self.add_to_order(layer, units), layer + 1)
        values = self.less(layer, units[0], self.hidden[layer][units[0]])
        for unit in units[1:]:
            values -= self.network.weights[layer + 1][unit][:, None] * self.hidden[layer][unit]
        return self.right(values, layer + 1)

    def add_to_order(self, layer, units):
        """The next pre-activations [units, rows] without `units`, from those without one unit less."""
        if self.running is None:
            self.running, self.reached = self.next[layer].copy(), 0
        spare = self.spare[layer]
        for unit in units[self.reached :]:
            np.multiply(self.network.weights[layer + 1][unit][:, None], self.hidden[layer][unit], out=spare)
            self.running -= spare
        self.reached = len(units)
        np.copyto(spare, self.running)
        return spare

    def less(self, layer, unit, change):
        spare = self.spare[layer]
        np.multiply(self.network.weights[layer + 1][unit][:, None], change, out=spare)
        return np.subtract(self.next[layer], spare, out=spare)
