"""NumPy with the certificate this library uses: what leads by more than an item can reach needs no second look.

Taking `h` from the input of a layer changes a score difference z_t - z_c by at most h |W_1| ... |V_t - V_c|, because
ReLU changes by no more than its argument does. Rows of one predicted class t lie together, so that one product of a
block of activations and a vector of reaches says which (row, unit) pairs are left, and those are computed at once.
"""

import numpy as np
from numpy_contenders import NumPy

# Of the lead of a row, so that rounding cannot clear what it should not.
SLACK = 1e-4
# (row, item) pairs computed at a time.
CHUNK = 65536


class Certificate(NumPy):
    name = "NumPy with a certificate"
    kinds = ("units", "synapses", "pairs")
    has_stage = True

    def sweep(self, picked):
        scores = self.sums[-1]
        predicted = scores.argmax(axis=1)
        self.right = predicted == self.network.labels
        top = np.partition(scores, -2, axis=1)
        self.lead = (top[:, -1] - top[:, -2]) * np.float32(1 - SLACK) - np.float32(SLACK)
        self.of_class = [np.flatnonzero(predicted == t) for t in range(scores.shape[1])]
        find = {"units": self.sweep_units, "synapses": self.sweep_synapses, "pairs": self.sweep_pairs}
        return find[self.task.kind]()[picked]

    def reaches(self, layer):
        """The most that a unit of `layer` changes z_t - z_c with, per 1 of its activation: [classes t, units]."""
        weights, reaches = self.network.weights, []
        for t in range(weights[-1].shape[1]):
            spread = np.abs(weights[-1][:, t, None] - weights[-1])
            for w in reversed(weights[layer + 1 : -1]):
                spread = np.abs(w) @ spread
            reaches.append(spread.max(axis=1))
        return np.array(reaches)

    def undecided(self, layer, values):
        """(rows, units) whose part in the pre-activation `values(rows)` [rows, units] may change a prediction."""
        found_rows, found_units = [], []
        for rows, reach in zip(self.of_class, self.reaches(layer)):
            own = values(rows)
            own *= reach
            place, units = np.nonzero(own >= self.lead[rows][:, None])
            found_rows.append(rows[place])
            found_units.append(units)
        return np.concatenate(found_rows), np.concatenate(found_units)

    def changes(self, layer, rows, units, change, items, count):
        """Correct counts [count] once `change` is added to activations of (rows, units), each pair for one item."""
        total = np.full(count, self.right.sum())
        for start in range(0, len(rows), CHUNK):
            part = slice(start, start + CHUNK)
            sums = change[part, None] * self.network.weights[layer + 1][units[part]]
            sums += self.sums[layer + 1][rows[part]]
            total += self.counted(self.suffix(sums, layer + 1), rows[part], items[part], count)
        return total

    def counted(self, scores, rows, items, count):
        now = scores.argmax(axis=1) == self.network.labels[rows]
        before = self.right[rows]
        lost = np.bincount(items[before & ~now], minlength=count)
        return np.bincount(items[now & ~before], minlength=count) - lost

    def sweep_units(self):
        counts = []
        for layer in self.task.layers:
            hidden = self.inputs[layer + 1]
            rows, units = self.undecided(layer, lambda rows, hidden=hidden: hidden[rows])
            counts.append(self.changes(layer, rows, units, -hidden[rows, units], units, hidden.shape[1]))
        return np.concatenate(counts)

    def sweep_synapses(self):
        """First whole units: |x w| of no synapse is above the row's largest |x| times the unit's largest |w|."""
        (layer,) = self.task.layers
        w, x = self.network.weights[layer], self.inputs[layer]
        widest, heaviest = np.abs(x).max(axis=1), np.abs(w).max(axis=0)
        reaches = self.reaches(layer)
        rows, units = self.undecided(layer, lambda rows: widest[rows][:, None] * heaviest)
        total = np.full(w.size, self.right.sum())
        step = max(1, CHUNK // len(w))
        for start in range(0, len(rows), step):
            row, unit = rows[start : start + step], units[start : start + step]
            change = np.maximum(self.sums[layer][row, unit][:, None] - x[row] * w.T[unit], 0)
            change -= self.inputs[layer + 1][row, unit][:, None]
            reach = reaches[self.sums[-1][row].argmax(axis=1), unit]
            block, source = np.nonzero(np.abs(change) * reach[:, None] >= self.lead[row][:, None])
            row, unit, change = row[block], unit[block], change[block, source]
            sums = change[:, None] * self.network.weights[layer + 1][unit] + self.sums[layer + 1][row]
            total += self.counted(self.suffix(sums, layer + 1), row, unit * len(w) + source, w.size)
        return total

    def sweep_pairs(self):
        """Both units' parts added; a unit that is far from its row's lead with the largest other one needs no pair."""
        (layer,) = self.task.layers
        hidden, units = self.inputs[layer + 1], self.inputs[layer + 1].shape[1]
        found = [np.empty((0, 3), np.int64)]
        for rows, reach in zip(self.of_class, self.reaches(layer)):
            own = hidden[rows] * reach
            place, unit = np.nonzero(own + own.max(axis=1)[:, None] >= self.lead[rows][:, None])
            for one in np.unique(place):
                near = unit[place == one]
                first, second = np.triu_indices(len(near), 1)
                kept = own[one, near[first]] + own[one, near[second]] >= self.lead[rows[one]]
                first, second = near[first[kept]], near[second[kept]]
                found.append(np.stack([np.full_like(first, rows[one]), first, second], axis=1))
        row, first, second = np.concatenate(found).T
        items = units + first * units - first * (first + 1) // 2 + second - first - 1
        rows, alone = self.undecided(layer, lambda rows: hidden[rows])
        total = self.changes(layer, rows, alone, -hidden[rows, alone], alone, len(self.items))
        w = self.network.weights[layer + 1]
        for start in range(0, len(row), CHUNK):
            r, i, j = (array[start : start + CHUNK] for array in (row, first, second))
            sums = self.sums[layer + 1][r] - hidden[r, i, None] * w[i] - hidden[r, j, None] * w[j]
            total += self.counted(self.suffix(sums, layer + 1), r, items[start : start + CHUNK], len(self.items))
        return total
