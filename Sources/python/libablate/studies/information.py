"""Study 003, information-ordered cumulative ablation: 784-100-100-10, sigmoid."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import curves, order_at_random, order_by_scores, profile, prune, rank_correlation, sweep, units
from .._arrays import Floats, Matrix
from .._curves import Curves
from .._profile import Profile
from ..model import Model
from ..orders import Order
from ..replacement import Replacement
from . import figures
from .data import DataSet, read_digits
from .page import Beside, Page
from .settings import Settings
from .training import Trained, train

HIDDEN = (100, 100)
EPOCHS = 20
SEEDS = 10
VALIDATION = 10_000
MEASURES = {"entropy": "entropy", "MI": "mutual_information", "KL": "kl_selectivity"}
PLACES: dict[str, list[int]] = {"layer 1": [0], "layer 2": [1], "both layers": [0, 1]}
# The number of units that are gone where the study's figures are read: of 100, of 100 and of 200.
LOOK = {"layer 1": 80, "layer 2": 80, "both layers": 78}
# Amjad, Liu and Geiger (arXiv 1804.06679, version 1), read off its figures to about 0.01: accuracy without LOOK units.
# With "bias" their mean takes their place, "zero" nothing.
PUBLISHED = {
    ("layer 1", "zero", "low", "random"): "below 0.40",
    ("layer 1", "zero", "low", "MI"): "0.49",
    ("layer 1", "bias", "low", "random"): "0.51",
    ("layer 1", "bias", "low", "MI"): "0.61",
    ("layer 1", "bias", "low", "KL"): "0.57",
    ("layer 1", "bias", "high", "MI"): "0.40 or less",
    ("layer 1", "bias", "high", "KL"): "0.40 or less",
    ("layer 1", "bias", "high", "entropy"): "0.50",
    ("layer 2", "bias", "low", "KL"): "0.87",
    ("layer 2", "bias", "low", "MI"): "0.83",
    ("layer 2", "bias", "low", "random"): "0.81",
    ("layer 2", "bias", "low", "entropy"): "0.79",
    ("layer 2", "bias", "high", "MI"): "0.70",
    ("layer 2", "bias", "high", "KL"): "0.75",
    ("layer 2", "bias", "high", "entropy"): "0.82",
    ("both layers", "bias", "low", "random"): "0.88",
    ("both layers", "bias", "low", "KL"): "0.80",
    ("both layers", "bias", "low", "entropy"): "0.70",
    ("both layers", "bias", "low", "MI"): "0.64",
}
RANGES = {
    "entropy": ("0.31 to 1", "0.62 to 1"),
    "MI": ("0.04 to 0.50", "0.36 to 0.77"),
    "KL": ("0.09 to 1.98", "0.74 to 2.62"),
}
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Parts:
    """Rows to train on, to measure units on, and to test on."""

    train_x: Floats
    train_y: Any
    validation_x: Floats
    validation_y: Any
    test_x: Floats
    test_y: Any


def split(data: DataSet, settings: Settings) -> Parts:
    """50,000, 10,000 and 10,000 rows of MNIST, the last of the training rows for validation; less of smaller data."""
    held = min(VALIDATION, len(data.train_x) // 6)
    count = settings.rows(len(data.train_x) - held)
    validation, test = settings.rows(held), settings.rows(len(data.test_x))
    first = len(data.train_x) - held
    return Parts(
        data.train_x[:count],
        data.train_y[:count],
        data.train_x[first : first + validation],
        data.train_y[first : first + validation],
        data.test_x[:test],
        data.test_y[:test],
    )


def network(settings: Settings, parts: Parts) -> Trained:
    """As the study has it: sigmoid, cross-entropy with L2, Adam with a rate of 0.001, batches of 32."""
    return train(settings, parts.train_x, parts.train_y, HIDDEN, max_iter=EPOCHS, activation="logistic", batch_size=32)


def measure(model: Model, parts: Parts) -> Profile:
    """Entropy, mutual information with the class and KL selectivity of each hidden unit, of one bit, in bits."""
    return profile(model, parts.validation_x, parts.validation_y, measures=["information"], progress=False)


def scores(measured: Profile, name: str, layers: Sequence[int]) -> Matrix:
    """A measure of all units of the layers."""
    return np.concatenate([measured.measure(MEASURES[name], layer) for layer in layers])


def all_curves(model: Model, measured: Profile, parts: Parts, settings: Settings) -> tuple[dict[Key, Curves], set[str]]:
    """Curves by place, replacement, direction and order; and what was warned of."""
    found: dict[Key, Curves] = {}
    mean = Replacement("mean", reference=model.reference(parts.validation_x))
    replacements: dict[str, Any] = {"zero": "zero", "bias": mean}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for place, layers in PLACES.items():
            settings.say(f"  removing the units of {place} in {2 * len(MEASURES)} orders and at random")
            every = units(model, layers)
            orders: dict[tuple[str, str], list[Order]] = {}
            shuffled = [order_at_random(model, every, seed) for seed in range(settings.several(SEEDS))]
            for direction in ("low", "high"):
                for name in MEASURES:
                    values = scores(measured, name, layers)
                    order = order_by_scores(model, every, values, high_first=direction == "high")
                    orders[direction, name] = [order]
            for kind, replacement in replacements.items():
                options: dict[str, Any] = {"replacement": replacement, "progress": settings.progress}
                random = curves(model, parts.test_x, parts.test_y, shuffled, **options)
                for direction in ("low", "high"):
                    found[place, kind, direction, "random"] = random
                for (direction, name), chosen in orders.items():
                    found[place, kind, direction, name] = curves(model, parts.test_x, parts.test_y, chosen, **options)
    return found, {str(warning.message) for warning in caught}


def run(settings: Settings) -> Page:
    """Runs the study; gives its page."""
    data = read_digits(settings.data)
    parts = split(data, settings)
    trained = network(settings, parts)
    measured = measure(trained.model, parts)
    found, warned = all_curves(trained.model, measured, parts, settings)
    page = Page(settings.out, "Study 003: information-ordered cumulative ablation")
    page.say(
        f"A network of {trained.shape} neurons, sigmoid, trained on {len(parts.train_x):,} rows of {data.name} "
        f"({trained.ending}). Entropy H, mutual information with the class (MI) and KL selectivity (KL) of each hidden "
        f"neuron, of one bit (above 0.5 or not), are measured on {len(parts.validation_x):,} other rows; the neurons "
        f"then go one after the other, ordered by them, while {len(parts.test_x):,} test rows are predicted. *Zero*: "
        "nothing takes a removed neuron's place; *bias*: its mean does (the study's bias balancing)."
    )
    page.say("Layers 1 and 2 are the study's names; in files they are layers 0 and 1.")
    if settings.quick:
        page.say("**With --quick: few rows and epochs. This shows that the study runs, and none of its figures.**")
    intact = float(found["layer 1", "zero", "low", "random"].means[0])
    compare(page, found, intact, "" if data.is_mnist else f"{data.name} in place of MNIST")
    write_curves(page, found)
    write_units(page, trained.model, measured, parts)
    compare_pruning(page, trained.model, measured, parts)
    page.save_model("network", trained.model)
    deviations(page, measured, warned)
    return page.finish()


def compare(page: Page, found: dict[Key, Curves], intact: float, why: str) -> None:
    """Accuracies beside those read off the study's figures."""
    page.heading("Published and found here")
    rows = [Beside("intact test accuracy", "0.977", f"{intact:.3f}", why or "other first weights, perhaps another L2")]
    for key, published in PUBLISHED.items():
        place, kind, direction, name = key
        curve = found[key]
        at = LOOK[place]
        ours = f"{curve.means[at]:.2f}"
        if name == "random":
            ours += f" ± {curve.deviations[at]:.2f}"
        order = "at random" if name == "random" else f"{direction} {name} first"
        what = f"{place}, {at} of {len(curve.points) - 1} gone, {order}, {kind}"
        rows.append(Beside(what, published, ours, why or "one network each; theirs is read off a figure"))
    page.compare(*rows)
    page.say("± is the standard deviation over random orders.")


def write_curves(page: Page, found: dict[Key, Curves]) -> None:
    """All curves as a table, and a figure for each place."""
    rows = []
    for (place, kind, direction, name), curve in found.items():
        if name == "random" and direction == "high":
            continue
        for removed, accuracy, deviation in zip(curve.points.tolist(), curve.means.tolist(), curve.deviations.tolist()):
            rows.append([place, kind, "" if name == "random" else direction, name, removed, accuracy, deviation])
    page.save_table("curves", ["place", "replacement", "first", "order", "removed", "accuracy", "deviation"], rows)
    page.heading("Curves")
    for place in PLACES:
        panels = [
            (
                f"{direction} first, {kind}",
                {name: found[place, kind, direction, name] for name in ("random", *MEASURES)},
            )
            for kind in ("zero", "bias")
            for direction in ("low", "high")
        ]
        name = f"curves-{place.replace(' ', '-')}"
        page.figure(
            name,
            figures.curve_panels(panels, place),
            f"Accuracy while the neurons of {place} go; shade: one standard deviation over random orders",
        )
    areas = []
    for place in PLACES:
        for kind in ("zero", "bias"):
            cells = [f"{found[place, kind, d, n].areas.mean():.3f}" for n in MEASURES for d in ("low", "high")]
            areas.append([place, kind, f"{found[place, kind, 'low', 'random'].areas.mean():.3f}", *cells])
    page.say("The area under each curve is the mean accuracy while neurons go:")
    page.table(["", "", "random", *(f"{name}, {d} first" for name in MEASURES for d in ("low", "high"))], areas)


def write_units(page: Page, model: Model, measured: Profile, parts: Parts) -> None:
    """The measures of each neuron, their ranges, and whether they tell what a neuron is worth."""
    effects = sweep(model, parts.test_x, parts.test_y, progress=False)
    values = {name: scores(measured, name, [0, 1]) for name in MEASURES}
    rows = [
        [*place, *(float(values[name][k]) for name in MEASURES), float(effects["effect"][k])]
        for k, place in enumerate(units(model))
    ]
    page.save_table("neurons", ["layer", "unit", "entropy", "mutual_information", "kl_selectivity", "effect"], rows)
    page.heading("The measures")
    ranges, ranks = [], []
    for name in MEASURES:
        for layer in (0, 1):
            own = scores(measured, name, [layer])
            lost = -effects["effect"][effects["layer"] == layer]
            ranges.append(
                Beside(
                    f"{name}, layer {layer + 1}, bits",
                    RANGES[name][layer],
                    f"{own.min():.2f} to {own.max():.2f}",
                    "other weights; theirs is read off a figure",
                )
            )
            ranks.append(
                [name, layer + 1, *(f"{rank_correlation(own, lost, kind):+.2f}" for kind in ("spearman", "kendall"))]
            )
    page.compare(*ranges)
    page.figure(
        "measures",
        figures.violins({n: [scores(measured, n, [layer]) for layer in (0, 1)] for n in MEASURES}),
        "Distribution of the measures over the neurons of each layer, in bits",
    )
    page.say("Rank correlation with the accuracy that a neuron's removal costs:")
    page.table(["measure", "layer", "Spearman", "Kendall"], ranks)


def compare_pruning(page: Page, model: Model, measured: Profile, parts: Parts) -> None:
    """Half and four fifths of each layer pruned for good, made up for in four ways."""
    options: dict[str, dict[str, Any]] = {
        "nothing (zero)": {},
        "bias balancing (mean)": {"replacement": "mean"},
        "best correlated neuron": {"compensation": "correlated"},
        "least squares": {"compensation": "least_squares"},
    }
    rows = []
    for count in (50, 80):
        for name in ("MI", "KL", "random"):
            chosen: Order = []
            for layer in (0, 1):
                every = units(model, layer)
                order = (
                    order_at_random(model, every, 0)
                    if name == "random"
                    else order_by_scores(model, every, scores(measured, name, [layer]))
                )
                chosen += order[:count]
            cells = []
            for way in options.values():
                smaller = prune(model, chosen, X=parts.validation_x, progress=False, **way)
                cells.append(f"{float((smaller.predict(parts.test_x) == parts.test_y).mean()):.3f}")
            rows.append([f"{count} of each layer", name if name == "random" else f"low {name}", *cells])
    page.heading("Pruning")
    page.say(
        "Test accuracy of the smaller network, without training it again, by what makes up for the removed neurons:"
    )
    header = ["removed", "chosen by", *options]
    page.table(header, rows)
    page.save_table("pruning", header, rows)


def deviations(page: Page, measured: Profile, warned: set[str]) -> None:
    """Why the figures are not the same."""
    faulty = {layer: 2 * scores(measured, "entropy", [layer]) - scores(measured, "MI", [layer]) for layer in (0, 1)}
    ranks = [
        ", ".join(f"{rank_correlation(faulty[layer], scores(measured, name, [layer])):+.2f}" for layer in (0, 1))
        for name in ("MI", "entropy")
    ]
    page.heading("Deviations")
    page.list(
        [
            "Published figures: the paper's first version as the study's slides show it. They say 200 neurons in their "
            "text and 100 in the captions; accuracies can be read off to about 0.01.",
            f"Training: scikit-learn's MLPClassifier, seed 42, at most {EPOCHS} epochs, its default L2 of 0.0001; the "
            "study tells of L2 and not how much.",
            "Fault of the study's notebook: its mutual information is H(T) + H(T|Y), and not H(T) - H(T|Y). Ranked "
            f"here so, it agrees with the true one by {ranks[0]} (Spearman, layers 1 and 2) and with entropy by "
            f"{ranks[1]}: what it calls MI comes closer to entropy.",
            "Fault of the study's notebook: 0 log 0 is NaN there, and orders are taken of NaN. Here it is 0.",
            "Fault of the study's notebook: its bias balancing multiplies a neuron's output by P(T=1) in place of "
            "putting the mean there. Here removed neurons take their mean over the validation rows.",
            "Fault of the study's notebook: its random curves draw other neurons at each point, so they are not "
            "nested, and its accuracy is a mean over batches. Its network is 94.67% right.",
            *(f"Warned of by the library: {text}" for text in sorted(warned)),
        ]
    )
