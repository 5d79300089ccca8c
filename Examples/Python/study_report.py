"""The study in words and tables."""

import numpy as np

FEW = 60


def print_table(results, everything=False):
    """Neurons sorted by effect, the most needed first; the ends of a long list."""
    ordered = results[np.argsort(results["effect"], kind="stable")]
    print("layer neuron accuracy  points  right->wrong wrong->right  changed")
    long = len(ordered) > FEW and not everything
    for position, r in enumerate(ordered):
        if long and 10 <= position < len(ordered) - 10:
            if position == 10:
                print(f"{'...':>5}  {len(ordered) - 20} more in neurons.csv")
            continue
        accuracy, effect = 100 * r["correct"] / r["rows"], 100 * r["effect"]
        counts = f"{r['lost']:13} {r['gained']:12} {r['changed']:8}"
        print(f"{r['layer']:5} {r['unit']:6} {accuracy:7.2f}% {effect:+7.2f} {counts}")


def print_layer_figures(results):
    for layer in np.unique(results["layer"]):
        of_layer = results[results["layer"] == layer]
        total = len(of_layer)
        hurts, helps = (of_layer["effect"] < 0).sum(), (of_layer["effect"] > 0).sum()
        nothing = total - hurts - helps
        silent = (of_layer["changed"] == 0).sum()
        print(f"layer {layer}, {total} neurons:")
        print(f"  {hurts:4} ({hurts / total:6.2%})  accuracy falls")
        print(
            f"  {nothing:4} ({nothing / total:6.2%})  accuracy stays; {silent} of them change no prediction: redundant"
        )
        print(f"  {helps:4} ({helps / total:6.2%})  accuracy rises")
        worst, best = of_layer[np.argmin(of_layer["effect"])], of_layer[np.argmax(of_layer["effect"])]
        print(f"  most needed: neuron {worst['unit']}, {100 * worst['effect']:+.2f} points without it", end="; ")
        print(
            f"least: neuron {best['unit']}, {100 * best['effect']:+.2f} points ({best['gained'] - best['lost']:+} rows)"
        )
    print("A gain of a few rows may be luck: the neuron was chosen for it, on these very rows.")


def print_matrix(confusion, names):
    """Rows are labels, columns predictions."""
    width = max(6, *(len(name) for name in names)) + 1
    print(" " * width + "".join(f"{name:>{width}}" for name in names))
    for name, row in zip(names, confusion, strict=True):
        print(f"{name:>{width}}" + "".join(f"{count if count else '.':>{width}}" for count in row))


def describe(before, after, changed, names):
    """Which class lost most, and where its rows went."""
    rows = before.sum()
    if changed == 0:
        return "Not one prediction changes: on these rows it is redundant."
    recall = (np.diag(after) - np.diag(before)) / np.maximum(before.sum(axis=1), 1)
    shift = after.sum(axis=0) - before.sum(axis=0)
    said = [f"{changed} of {rows} predictions change."]
    lost = int(np.argmin(recall))
    if recall[lost] < 0:
        was, now = (matrix[lost, lost] / matrix[lost].sum() for matrix in (before, after))
        said.append(f"{names[lost]} loses most: {was:.1%} of its rows were right, {now:.1%} are now.")
        if after[lost, lost] == 0:
            said.append("It is not recognised at all any more.")
        moved = after[lost] - before[lost]
        target = int(np.argmax(moved))
        if moved[target] > 0:
            said.append(f"{moved[target]} more of them are taken for {names[target]}.")
    else:
        gained = int(np.argmax(recall))
        said.append("No class loses.")
        if recall[gained] > 0:
            said.append(f"{names[gained]} gains most, {after[gained, gained] - before[gained, gained]} rows.")
    towards = int(np.argmax(shift))
    if shift[towards] >= max(2, rows // 100):
        said.append(f"The network is now biased towards {names[towards]}: it predicts it {shift[towards]} times more.")
    else:
        said.append("There is no marked shift towards any class.")
    return " ".join(said)
