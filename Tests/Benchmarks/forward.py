"""Times forward passes of this library against OpenBLAS and ONNX Runtime.

Rounds are interleaved: in each, every contender runs once untimed, then for a few milliseconds. Times are medians over
the rounds; the ratio is the median of the rounds' own ratios, peer to ours, so above 1 this library is faster. No time
is shown before the results agree with float64.
"""

import itertools
import os
import statistics
import sys

import contenders
import numpy as np
from rounds import interleaved

# rows, then widths. One layer: product, bias, ReLU. More: ReLU between them.
NETWORKS = [
    (7000, 784, 392),
    (7000, 392, 196),
    (7000, 392, 10),
    (10000, 3072, 392),
    (4096, 1024, 1024),
    (256, 784, 392),
    (1, 784, 392),
    (32, 4096, 4096),
    (7000, 784, 392, 196, 10),
    (256, 784, 392, 196, 10),
    (1, 784, 392, 196, 10),
]
ROUNDS = 15
PEERS = [contenders.OpenBLAS, contenders.OpenBLASProduct, contenders.ONNXRuntime]


def name_of(shape):
    return f"{shape[0]} rows, " + "-".join(map(str, shape[1:]))


def network(rows, *widths):
    random = np.random.default_rng(7)
    weights = [(random.standard_normal((k, n)) / np.sqrt(k)).astype(np.float32) for k, n in itertools.pairwise(widths)]
    biases = [random.standard_normal(n).astype(np.float32) for n in widths[1:]]
    return weights, biases, len(widths) == 2, random.standard_normal((rows, widths[0])).astype(np.float32)


def check(contender, weights, biases, relu_last, x):
    """The largest error against float64, on up to 200 rows, must be rounding."""
    picked = np.linspace(0, len(x) - 1, min(len(x), 200)).astype(int)
    exact = x[picked].astype(np.float64)
    for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
        exact = exact @ w + b
        if relu_last or layer < len(weights) - 1:
            exact = np.maximum(exact, 0)
    error = np.abs(contender.out[picked] - exact).max()
    if not error < 1e-4:
        sys.exit(f"{contender.name}: an error of {error}")


def compare(shape, threads, options):
    weights, biases, relu_last, x = network(*shape)
    peers = PEERS if relu_last else [peer for peer in PEERS if peer is not contenders.OpenBLASProduct]
    runners = [make(weights, biases, relu_last, x, threads) for make in [contenders.Ablate, *peers]]
    for runner in runners:
        runner.run()
        if not isinstance(runner, contenders.OpenBLASProduct):
            check(runner, weights, biases, relu_last, x)
    ours, *theirs = interleaved(runners, options.rounds or ROUNDS, options.milliseconds / 1000)
    for runner in runners:
        runner.close()
    return [
        {
            "name": name_of(shape),
            "threads": threads,
            "ours_ms": statistics.median(ours) * 1000,
            "peer": peer.name,
            "peer_ms": statistics.median(times) * 1000,
            "ratio": statistics.median(b / a for a, b in zip(ours, times, strict=True)),
        }
        for peer, times in zip(peers, theirs, strict=True)
    ]


def measure_all(options):
    """Rows of the table; prints each as it comes."""
    shapes = [shape for shape in NETWORKS if options.only in name_of(shape)]
    if not shapes:
        return []
    contenders.Ablate.load(os.environ["ABLATE_LIBRARY"])
    print(f"\n{'forward pass':52} {'threads':>7} {'ours ms':>10} {'peer ms':>12} {'ratio':>10}  peer")
    rows = []
    for shape in shapes:
        for threads in options.threads:
            for row in compare(shape, threads, options):
                rows.append(row)
                times = f"{row['ours_ms']:10.4f} {row['peer_ms']:12.4f} {row['ratio']:10.2f}"
                print(f"{row['name']:52} {row['threads']:7} {times}  {row['peer']}", flush=True)
    return rows
