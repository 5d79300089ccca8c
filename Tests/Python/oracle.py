"""What the header promises, in NumPy float64, with a bound on how far float32 arithmetic may stray from it.

The bound follows the arithmetic. A dot product of K terms is off by at most gamma(2K + 2) * sum |w| |a| (Higham,
Accuracy and Stability of Numerical Algorithms, 2002, section 3.1); errors of the inputs pass through |W| and the
Lipschitz constant of the activation function; the activation itself may be off by a few units in the last place.
"""

import math

import numpy as np

UNIT = 2.0**-24
DEFAULTS = {
    "leaky_relu": (0.01, 0.0),
    "elu": (1.0, 0.0),
    "selu": (1.6732631921768188, 1.0507010221481323),
    "hard_sigmoid": (0.2, 0.5),
    "clip": (-float(np.finfo(np.float32).max), float(np.finfo(np.float32).max)),
}
ALL = ("identity relu leaky_relu elu selu tanh sigmoid softplus gelu gelu_tanh hard_sigmoid hard_swish silu").split()

erf = np.vectorize(math.erf, otypes=[float])


def activate(kind, x, alpha=0.0, beta=0.0):
    if alpha == 0 and beta == 0:
        alpha, beta = DEFAULTS.get(kind, (0.0, 0.0))
    low = np.minimum(x, 0)
    match kind:
        case "identity":
            return x.copy()
        case "relu":
            return np.maximum(x, 0)
        case "leaky_relu":
            return np.where(x < 0, alpha * x, x)
        case "elu":
            return np.where(x < 0, alpha * np.expm1(low), x)
        case "selu":
            return beta * np.where(x < 0, alpha * np.expm1(low), x)
        case "tanh":
            return np.tanh(x)
        case "sigmoid":
            return np.exp(-np.logaddexp(0, -x))
        case "softplus":
            return np.logaddexp(0, x)
        case "gelu":
            return x / 2 * (1 + erf(x / math.sqrt(2)))
        case "gelu_tanh":
            return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        case "silu":
            return x * np.exp(-np.logaddexp(0, -x))
        case "hard_sigmoid":
            return np.clip(alpha * x + beta, 0, 1)
        case "hard_swish":
            return x * np.clip(x / 6 + 0.5, 0, 1)
        case "clip":
            return np.clip(x, alpha, beta)
    raise ValueError(kind)


def lipschitz(kind, alpha, beta):
    if alpha == 0 and beta == 0:
        alpha, beta = DEFAULTS.get(kind, (0.0, 0.0))
    return {
        "leaky_relu": max(1, abs(alpha)),
        "elu": max(1, abs(alpha)),
        "selu": abs(beta) * max(1, abs(alpha)),
        "gelu": 1.13,
        "gelu_tanh": 1.13,
        "silu": 1.1,
        "hard_sigmoid": max(1, abs(alpha)),
        "hard_swish": 1.5,
    }.get(kind, 1.0)


def forward(layers, x, units=None, synapses=(), affine=None):
    """The values of every layer: a list of (pre-activation, activation, bound of the activation's error).

    `units` maps (layer, unit) to "dead" or to the value (or the values, one per row) that takes the activation's place.
    """
    units = units or {}
    a = np.asarray(np.asarray(x, np.float32), np.float64)
    error = np.zeros_like(a)
    if affine is not None:
        center, scale, shift = (
            d if v is None else np.float64(np.float32(v)) for v, d in zip(affine, (0.0, 1.0, 0.0), strict=True)
        )
        spread = (np.abs(a) + np.abs(center)) * np.abs(scale) + np.abs(shift)
        a, error = (a - center) * scale + shift, 4 * UNIT * spread
    values = []
    for index, layer in enumerate(layers):
        weights = np.float64(np.float32(layer["weights"])).copy()
        bias = np.zeros(len(weights)) if layer.get("bias") is None else np.float64(np.float32(layer["bias"])).copy()
        for where, unit, source in synapses:
            if where == index:
                weights[unit, source] = 0
        for (where, unit), value in units.items():
            if where == index and isinstance(value, str):
                weights[unit] = 0
                bias[unit] = 0
        kind, alpha, beta = layer.get("activation", "identity"), layer.get("alpha", 0.0), layer.get("beta", 0.0)
        alpha, beta = float(np.float32(alpha)), float(np.float32(beta))
        n = 2 * weights.shape[1] + 2
        z = a @ weights.T + bias
        size = np.abs(a) @ np.abs(weights).T + np.abs(bias)
        error = n * UNIT / (1 - n * UNIT) * size + error @ np.abs(weights).T
        # The rounding of the activation function itself, of its parameters and of values below float32's range.
        own = 8 * UNIT * (1 + np.abs(z)) * max(1, abs(alpha), abs(beta)) if kind not in ("identity", "relu") else 0
        error = error * lipschitz(kind, alpha, beta) + own + 1e-37
        a = activate(kind, z, alpha, beta)
        for (where, unit), value in units.items():
            if where == index and not isinstance(value, str):
                a[:, unit] = np.float64(np.float32(value))
                error[:, unit] = 0
        values.append((z, a, error))
    return values


def softmax(scores):
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def log_softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def sigmoid(x):
    return activate("sigmoid", x)


def probabilities(head, scores):
    if head == "binary":
        return np.concatenate([sigmoid(-scores), sigmoid(scores)], axis=1)
    return sigmoid(scores) if head == "multilabel" else softmax(scores)


def model_output(head, scores):
    if head in ("logits", "regression"):
        return scores
    return log_softmax(scores) if head == "log_softmax" else probabilities(head, scores)


def predictions(head, scores):
    """From the library's own scores: argmax, the lowest index on ties, the first NaN wins."""
    if head == "binary":
        return (scores[:, 0] > 0).astype(np.int32)
    if head == "multilabel":
        return (scores > 0).astype(np.int32)
    return np.argmax(scores, axis=1).astype(np.int32)


def network(random, widths, activation="relu", last="identity", spread=1.0, alpha=0.0, beta=0.0):
    """Random dense layers of the given widths, the input's first."""
    layers = []
    for index, (inputs, units) in enumerate(zip(widths, widths[1:], strict=False)):
        kind = last if index == len(widths) - 2 else activation
        if not isinstance(kind, str):
            kind = kind[index]
        layers.append(
            {
                "weights": np.float32(random.normal(0, spread / math.sqrt(inputs), (units, inputs))),
                "bias": np.float32(random.normal(0, 0.3, units)),
                "activation": kind,
                "alpha": alpha if kind != "identity" else 0.0,
                "beta": beta if kind != "identity" else 0.0,
            }
        )
    return layers
