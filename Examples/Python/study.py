#!/usr/bin/env python3
"""What does each neuron of a network do? Trains one on real data and ablates each hidden neuron.

Examples/run calls it once everything is installed. Ablated neurons are dead: incoming weights and bias count as zero.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import libablate
from command_line import run
from study_data import digits, export, fashion_mnist, train
from study_plots import plot_confusions, plot_impact, plot_weights
from study_report import describe, print_layer_figures, print_matrix, print_table
from sweep import print_csv


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--fashion-mnist", metavar="FOLDER", type=Path, help="with its four IDX files; default: digits")
    parser.add_argument("--results", metavar="FOLDER", type=Path, required=True, help="where files and pictures go")
    parser.add_argument("--all", action="store_true", help="print every neuron")
    return parser.parse_args()


def heading(text):
    print(f"\n== {text}", flush=True)


def sweep_all(model, x, y):
    """Every hidden neuron; the sweep and the seconds it took."""
    start = time.perf_counter()
    sweep = libablate.sweep(model, x, y, replacement="dead")
    return sweep, time.perf_counter() - start


def cross_check(network, sweep, results, x, y, count=5):
    """Repeats random neurons in scikit-learn, weights and bias set to zero: rows that differ, and seconds."""
    classes = len(network.classes_)
    differing = 0
    chosen = np.random.default_rng(0).choice(len(results), count, replace=False)
    start = time.perf_counter()
    for index in chosen:
        layer, unit = results["layer"][index], results["unit"][index]
        weights, bias = network.coefs_[layer][:, unit].copy(), network.intercepts_[layer][unit]
        network.coefs_[layer][:, unit] = 0
        network.intercepts_[layer][unit] = 0
        confusion = np.zeros((classes, classes), np.int64)
        np.add.at(confusion, (y, network.predict(x)), 1)
        differing += np.abs(confusion - sweep.confusion(index)).sum() // 2
        network.coefs_[layer][:, unit] = weights
        network.intercepts_[layer][unit] = bias
    return differing, time.perf_counter() - start


def main():
    options = parse_arguments()
    options.results.mkdir(parents=True, exist_ok=True)
    data = fashion_mnist(options.fashion_mnist) if options.fashion_mnist else digits()
    shape = "-".join(map(str, [data.train_x.shape[1], *data.hidden, len(data.names)]))

    heading(f"Training {shape} on {data.title}: {len(data.train_x):,} rows")
    network, seconds = train(data)
    print(f"{seconds:.1f} s; {network.score(data.train_x, data.train_y):.2%} of the training rows are right")
    path = options.results / "network.onnx"
    export(network, path)

    model = libablate.load(path)
    hidden = sum(layer.units for layer in model.layers.hidden)
    heading(f"Ablating {hidden} hidden neurons, one at a time, over {len(data.test_x):,} test rows")
    sweep, seconds = sweep_all(model, data.test_x, data.test_y)
    intact, results = sweep.intact, sweep.table
    print(f"{1000 * seconds:.1f} ms for {hidden + 1} runs over all rows")
    differing, seconds = cross_check(network, sweep, results, data.test_x, data.test_y)
    verdict = "identical confusion matrices" if not differing else f"{differing} rows differ"
    print(f"cross-check: 5 random neurons in scikit-learn, weights and bias set to zero: {verdict} ({seconds:.2f} s)")

    heading(f"Effect on accuracy; intact {intact.accuracy:.2%}")
    print_table(results, everything=options.all)

    heading("What ablating a neuron does, by layer")
    print_layer_figures(results)

    heading("Intact")
    print_matrix(sweep.confusion(), data.names)
    worst, best = int(np.argmin(results["effect"])), int(np.argmax(results["effect"]))
    for index, why in [(worst, "hurts most"), (best, "helps most, or hurts least")]:
        heading(f"Neuron {results['unit'][index]} of layer {results['layer'][index]} ablated: {why}")
        print_matrix(sweep.confusion(index), data.names)
        print(describe(sweep.confusion(), sweep.confusion(index), int(results["changed"][index]), data.names))

    with (options.results / "neurons.csv").open("w") as file:
        print_csv(results, file)
    np.save(options.results / "test_rows.npy", data.test_bytes)
    np.save(options.results / "test_labels.npy", data.test_y.astype(np.int32))
    (options.results / "classes.txt").write_text("".join(f"{name}\n" for name in data.class_names))
    plot_impact(results, options.results / "impact.png", data.title)
    plot_weights(model, results, data.image, options.results / "weights.png")
    plot_confusions(sweep, results, worst, data.names, options.results / "confusion.png")
    heading(f"Written to {options.results}")
    print("network.onnx neurons.csv test_rows.npy test_labels.npy classes.txt impact.png weights.png confusion.png")


if __name__ == "__main__":
    run(main)
