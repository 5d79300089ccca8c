"""Rank-1 sweeps compiled by JAX: jit of a map over items in batches. The compilation is not timed."""

import os
import time

import numpy as np
from sweep_contenders import Contender


class JAX(Contender):
    name = "JAX, jit(vmap) rank-1"
    most = 4000
    kinds = ("units", "synapses", "inputs", "pairs")
    batch = 16

    def set_up(self):
        # XLA takes the size of its pool from the processors the process may use, when it is loaded.
        if self.threads == 1:
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
            os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        os.environ["JAX_PLATFORMS"] = "cpu"
        import jax

        self.jax, self.compiled = jax, {}
        self.arguments = self.network.x, self.network.labels, self.network.weights, self.network.biases

    def run(self, picked):
        times, counts = np.zeros(2), []
        by_layer = np.array([self.task.layer_of(self.items[index]) for index in picked])
        for layer in sorted(set(by_layer.tolist())):
            once, each, found = self.sweep(layer, self.items[picked[by_layer == layer]].astype(np.int32))
            times += once, each
            counts.append(found)
        return *times, np.concatenate(counts)

    def sweep(self, layer, items):
        if layer not in self.compiled:
            intact, sweep = (self.jax.jit(f, static_argnums=0) for f in (self.intact, self.all_items))
            kept = self.jax.block_until_ready(intact(layer, *self.arguments))
            self.jax.block_until_ready(sweep(layer, items, kept, *self.arguments[1:]))
            self.compiled[layer] = intact, sweep
        intact, sweep = self.compiled[layer]
        begin = time.perf_counter()
        kept = self.jax.block_until_ready(intact(layer, *self.arguments))
        middle = time.perf_counter()
        counts = np.asarray(sweep(layer, items, kept, *self.arguments[1:]))
        return middle - begin, time.perf_counter() - middle, counts

    def intact(self, layer, x, labels, weights, biases):
        """Transposed: the layer's inputs, pre-activations, activations, and the next pre-activations."""
        for w, b in zip(weights[:layer], biases[:layer]):
            x = self.jax.nn.relu(x @ w + b)
        sums = x @ weights[layer] + biases[layer]
        hidden = self.jax.nn.relu(sums)
        return x.T, sums.T, hidden.T, (hidden @ weights[layer + 1] + biases[layer + 1]).T

    def all_items(self, layer, items, kept, labels, weights, biases):
        x, sums, hidden, following = kept
        relu, w, v = self.jax.nn.relu, weights[layer], weights[layer + 1]

        def changed(item):
            """Pre-activations [units, rows] and the layer they are of."""
            if self.task.kind == "inputs":
                return sums - w[item[0]][:, None] * x[item[0]], layer
            if self.task.kind == "synapses":
                unit, source = item[1], item[2]
                change = hidden[unit] - relu(sums[unit] - x[source] * w[source, unit])
                return following - v[unit][:, None] * change, layer + 1
            if self.task.kind == "units":
                return following - v[item[1]][:, None] * hidden[item[1]], layer + 1
            first, second = item[0], item[1]
            both = v[second][:, None] * hidden[second] * (second >= 0)
            return following - v[first][:, None] * hidden[first] - both, layer + 1

        def count(item):
            values, at = changed(item)
            for w, b in zip(weights[at + 1 :], biases[at + 1 :]):
                values = w.T @ relu(values) + b[:, None]
            return (values.argmax(axis=0) == labels).sum()

        return self.jax.lax.map(count, items, batch_size=self.batch)
