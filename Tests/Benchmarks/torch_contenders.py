"""Sweeps with PyTorch: a hook per run, Captum, and vmap over masks."""

import time

import numpy as np
from sweep_contenders import Contender
from sweep_tasks import Edit


class Torch(Contender):
    """The network as torch.nn.Sequential: Linear, ReLU, Linear, ..."""

    def set_up(self):
        import torch

        self.torch = torch
        torch.set_num_threads(self.threads)
        torch.set_grad_enabled(False)
        steps = []
        for w, b in zip(self.network.weights, self.network.biases):
            linear = torch.nn.Linear(*w.shape)
            linear.weight.data, linear.bias.data = torch.from_numpy(w.T.copy()), torch.from_numpy(b.copy())
            steps += [linear, torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*steps[:-1]).eval()
        self.x = torch.from_numpy(self.network.x)
        self.labels = torch.from_numpy(self.network.labels.astype(np.int64))

    def right(self, scores):
        return (scores.argmax(-1) == self.labels).sum()


class ForwardHook(Torch):
    """Sets activations in a hook, one run per item. A synapse or an input has no hook: its weights are changed."""

    name = "PyTorch forward hook"
    most = 20

    def run(self, picked):
        edit = Edit(self.task, self.items, self.network)
        one = self.weight if self.task.kind in ("synapses", "inputs") else self.hooked
        begin = time.perf_counter()
        counts = np.array([one(edit, int(index)) for index in picked])
        return 0, time.perf_counter() - begin, counts

    def hooked(self, edit, index):
        layer, units = edit.columns(index)

        def hook(module, given, out):
            out = out.clone()
            out[:, units] = 0
            return out

        handle = self.model[2 * layer + 1].register_forward_hook(hook)
        count = int(self.right(self.model(self.x)))
        handle.remove()
        return count

    def weight(self, edit, index):
        item, layer = self.items[index], self.task.layer_of(self.items[index])
        weight = self.model[2 * layer].weight
        where = (slice(None), int(item[0])) if self.task.kind == "inputs" else (int(item[1]), int(item[2]))
        old = weight[where].clone()
        weight[where] = 0
        count = int(self.right(self.model(self.x)))
        weight[where] = old
        return count


class Captum(Torch):
    """LayerFeatureAblation, and FeatureAblation for inputs. Items that are not picked are one more group."""

    name = "Captum"
    most = 20
    kinds = ("units", "inputs")

    def set_up(self):
        super().set_up()
        from captum.attr import FeatureAblation, LayerFeatureAblation

        self.of_inputs, self.of_layer = FeatureAblation, LayerFeatureAblation

    def run(self, picked):
        def score(x):
            return self.right(self.model(x)).reshape(1).float()

        counts, seconds = [], 0
        for layer in self.task.layers or (0,):
            inputs = self.task.kind == "inputs"
            items = np.arange(len(self.items)) if inputs else np.flatnonzero(self.items[:, 0] == layer)
            own = np.searchsorted(items, np.intersect1d(picked, items))
            groups = np.full(len(items), len(own))
            groups[own] = np.arange(len(own))
            mask = self.torch.from_numpy(groups[None])
            begin = time.perf_counter()
            if inputs:
                found = self.of_inputs(score).attribute(self.x, baselines=0, feature_mask=mask)
            else:
                method = self.of_layer(score, self.model[2 * layer + 1])
                found = method.attribute(self.x, layer_baselines=0, layer_mask=mask)
            effects, intact = found.reshape(-1).numpy()[own], float(score(self.x))
            whole = len(own) == len(items)
            seconds += (time.perf_counter() - begin) * (1 if whole else len(own) / (len(own) + 1))
            counts.append(np.round(intact - effects).astype(np.int64))
        return 0, seconds, np.concatenate(counts)


class VMap(Torch):
    """torch.func.vmap over masks of the activations, the layers before run once. Synapses: over rows of weights."""

    name = "torch.func.vmap over masks"
    most = 96
    chunk = 16

    def run(self, picked):
        times, counts = np.zeros(2), []
        by_layer = [self.task.layer_of(self.items[index]) for index in picked]
        for layer in sorted(set(by_layer)):
            own = picked[np.array(by_layer) == layer]
            once, each, found = self.sweep(layer, own)
            times += once, each
            counts.append(found)
        return *times, np.concatenate(counts)

    def sweep(self, layer, picked):
        torch, kind = self.torch, self.task.kind
        masks = self.masks(layer, picked)
        begin = time.perf_counter()
        before = self.model[: 2 * layer](self.x)
        sums = self.model[2 * layer](before)
        hidden = torch.relu(sums)
        middle = time.perf_counter()
        tail, linear = self.model[2 * layer + 2 :], self.model[2 * layer]

        def masked(mask):
            return self.right(tail(hidden * mask))

        def masked_inputs(mask):
            return self.right(self.model(self.x * mask))

        def masked_synapse(mask, unit):
            alone = torch.relu(before @ (linear.weight[unit] * mask) + linear.bias[unit])
            here = torch.arange(hidden.shape[1]) == unit
            return self.right(tail(torch.where(here, alone[:, None], hidden)))

        function = {"inputs": masked_inputs, "synapses": masked_synapse}.get(kind, masked)
        counts = torch.func.vmap(function, chunk_size=self.chunk)(*masks).numpy()
        return middle - begin, time.perf_counter() - middle, counts

    def masks(self, layer, picked):
        """1 and 0 where an item is ablated: [picked, width]; for synapses their units, too."""
        torch, items, edit = self.torch, self.items[picked], Edit(self.task, self.items, self.network)
        of_inputs = self.task.kind in ("synapses", "inputs")
        width = self.network.widths[layer if of_inputs else layer + 1]
        masks = np.ones((len(picked), width), np.float32)
        for place, index in enumerate(picked):
            masks[place, items[place, -1] if of_inputs else edit.columns(index)[1]] = 0
        if self.task.kind == "synapses":
            return torch.from_numpy(masks), torch.from_numpy(items[:, 1].copy())
        return (torch.from_numpy(masks),)
