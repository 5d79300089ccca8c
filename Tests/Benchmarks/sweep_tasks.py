"""What is swept: the items of each kind of sweep, and between which counts float64 says their results must lie."""

from dataclasses import dataclass

import numpy as np

# float32 scores of these networks differ from float64 by less.
NEAR = 1e-4


@dataclass
class Task:
    """A sweep over a network: `kind` as in ablate_sweep_kind, `layers` as in ablate_sweep_options."""

    name: str
    network: str
    kind: str
    layers: tuple = ()

    def items(self, network):
        """Arrays of one row per item, in the library's order.

        units: layer, unit. synapses: layer, unit, input. inputs: input. pairs: unit, second (-1 for single units).
        cumulative: unit added.
        """
        widths = network.widths
        if self.kind == "units":
            return np.array([(layer, unit) for layer in self.layers for unit in range(widths[layer + 1])])
        if self.kind == "synapses":
            (layer,) = self.layers
            unit, source = np.divmod(np.arange(widths[layer] * widths[layer + 1]), widths[layer])
            return np.stack([np.full_like(unit, layer), unit, source], axis=1)
        if self.kind == "inputs":
            return np.arange(widths[0])[:, None]
        units = widths[self.layers[0] + 1]
        if self.kind == "cumulative":
            return np.random.default_rng(5).permutation(units)[:, None]
        first, second = np.triu_indices(units, 1)
        singles = np.stack([np.arange(units), np.full(units, -1)], axis=1)
        return np.concatenate([singles, np.stack([first, second], axis=1)])

    def layer_of(self, item):
        if self.kind in ("units", "synapses"):
            return int(item[0])
        return self.layers[0] if self.layers else 0


TASKS = [
    Task("NN_392, 392 units", "NN_392", "units", (0,)),
    Task("NN_392_196, 392 units of layer 0", "NN_392_196", "units", (0,)),
    Task("NN_392_196, 196 units of layer 1", "NN_392_196", "units", (1,)),
    Task("NN_392_196, both hidden layers", "NN_392_196", "units", (0, 1)),
    Task("NN_392, all synapses of layer 0", "NN_392", "synapses", (0,)),
    Task("NN_392, all inputs", "NN_392", "inputs"),
    Task("NN_392, all pairs of units", "NN_392", "pairs", (0,)),
    Task("NN_392, cumulative order of all units", "NN_392", "cumulative", (0,)),
]


def sample(count, most):
    """The indices of `most` items, or all, in ascending order: spread at random, the few among the many."""
    if most is None or count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(3).permutation(count)[:most])


class Edit:
    """An item as a change of the weights: what every method that runs the whole network again does."""

    def __init__(self, task, items, network):
        self.task, self.items = task, items
        self.weights = [w.copy() for w in network.weights]
        self.biases = [b.copy() for b in network.biases]
        self.undo = []

    def columns(self, index):
        """The layer and the units that item `index` ablates."""
        item = self.items[index]
        layer = self.task.layer_of(item)
        if self.task.kind == "units":
            return layer, item[1:]
        if self.task.kind == "pairs":
            return layer, item[item >= 0]
        return layer, self.items[: index + 1, 0]

    def apply(self, index):
        """Changes weights and biases in place; `restore` takes it back. Returns the layer."""
        item = self.items[index]
        if self.task.kind == "synapses":
            layer, unit, source = map(int, item)
            self.set(self.weights[layer], (source, unit))
        elif self.task.kind == "inputs":
            layer = 0
            self.set(self.weights[0], int(item[0]))
        else:
            layer, units = self.columns(index)
            self.set(self.weights[layer], (slice(None), units))
            self.set(self.biases[layer], units)
        return layer

    def set(self, array, where):
        self.undo.append((array, where, np.array(array[where])))
        array[where] = 0

    def restore(self):
        while self.undo:
            array, where, old = self.undo.pop()
            array[where] = old


def bounds(task, network, items, picked):
    """Per picked item, the least and the largest count of right rows that rounding to float32 may give: [picked] each.

    Everything is computed in float64 from the float32 weights and rows; a row that leads by less than NEAR may go
    either way.
    """
    edit = Edit(task, items, network)
    edit.weights = [w.astype(np.float64) for w in edit.weights]
    edit.biases = [b.astype(np.float64) for b in edit.biases]
    x, rows = network.x.astype(np.float64), np.arange(len(network.x))
    inputs = [x]
    for w, b in zip(edit.weights[:-1], edit.biases[:-1]):
        inputs.append(np.maximum(inputs[-1] @ w + b, 0))
    sums = [h @ w + b for h, w, b in zip(inputs, edit.weights, edit.biases)]
    least, largest = np.empty(len(picked), np.int64), np.empty(len(picked), np.int64)
    for place, index in enumerate(picked):
        values = changed_sums(edit, index, inputs, sums)
        layer = task.layer_of(items[index])
        for w, b in zip(edit.weights[layer + 1 :], edit.biases[layer + 1 :]):
            values = np.maximum(values, 0) @ w + b
        own = values[rows, network.labels]
        values[rows, network.labels] = -np.inf
        lead = own - values.max(axis=1)
        least[place], largest[place] = (lead > NEAR).sum(), (lead > -NEAR).sum()
    return least, largest


def changed_sums(edit, index, inputs, sums):
    """The pre-activations of the layer an item is in, with the item ablated."""
    item, kind = edit.items[index], edit.task.kind
    if kind == "inputs":
        return sums[0] - inputs[0][:, item[0], None] * edit.weights[0][item[0]]
    if kind == "synapses":
        layer, unit, source = item
        values = sums[layer].copy()
        values[:, unit] -= inputs[layer][:, source] * edit.weights[layer][source, unit]
        return values
    layer, units = edit.columns(index)
    values = sums[layer].copy()
    values[:, units] = 0
    return values
