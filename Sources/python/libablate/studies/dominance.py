"""Study 004: which of ten hidden neurons dominates which digit, and whether the digit needs it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import judge, profile, sweep
from .._arrays import Floats, Matrix
from .._profile import Profile
from .._sweep import Sweep
from . import figures
from .data import DataSet, read_digits
from .page import Beside, Page
from .settings import Settings
from .training import Trained, train

HIDDEN = (10,)
EPOCHS = 20


def network(settings: Settings, data: DataSet) -> Trained:
    """784-10-10, ReLU, on the data's own training rows."""
    count = settings.rows(len(data.train_x))
    return train(settings, data.train_x[:count], data.train_y[:count], HIDDEN, max_iter=EPOCHS)


def run(settings: Settings) -> Page:
    """Runs the study; gives its page."""
    data = read_digits(settings.data)
    trained = network(settings, data)
    count = settings.rows(len(data.test_x))
    x, y = data.test_x[:count], data.test_y[:count]
    measured = profile(trained.model, x, y, measures=["class_means", "information"], progress=settings.progress)
    found = sweep(trained.model, x, y, replacement="zero", progress=settings.progress)
    page = Page(settings.out, "Study 004: which neuron dominates which digit")
    page.say(
        f"A network of {trained.shape} neurons, ReLU, trained on {settings.rows(len(data.train_x)):,} rows of "
        f"{data.name} ({trained.ending}); activations of its ten hidden neurons over {count:,} test rows."
        + (" **With --quick: few rows and epochs, none of the study's figures.**" if settings.quick else "")
    )
    why = "" if data.is_mnist and not settings.quick else "other rows than the study's"
    page.heading("Published and found here")
    page.compare(
        Beside("test accuracy", "93%", f"{found.intact.accuracy:.2%}", why or "other first weights"),
        Beside(
            "does one neuron dominate a digit?",
            "yes, as pictures of single examples",
            answer(measured, trained, x, y),
            "counted over all test rows here, not on an example of each digit",
        ),
    )
    table(page, measured, found, data)
    activations = trained.model.activations(x, 0)
    examples = [int(np.flatnonzero(y == label)[0]) if (y == label).any() else None for label in range(10)]
    page.figure(
        "examples",
        figures.examples([(data.classes[k], activations[row]) for k, row in enumerate(examples) if row is not None]),
        "Activations of the ten hidden neurons for one example of each class, the first in the test rows: the study's "
        "figures",
    )
    page.save_model("network", trained.model)
    page.heading("Deviations")
    page.list(
        [
            f"Training: the study tells no settings; here it is scikit-learn's MLPClassifier "
            f"with its defaults, seed 42, at most {EPOCHS} epochs.",
            "Fault of the original: dominance is read off one example of each digit. The table counts in how many "
            "rows of a digit the neuron with the largest mean activation is the largest one at all.",
            "Fault of the original: that a neuron answers most to a digit does not show that the digit is recognised "
            "by it. The last columns show what each digit loses without its neuron, and which neuron it loses most "
            "without.",
            "ReLU activations of different neurons have no common scale: the next layer's weights set what they count.",
        ]
    )
    return page.finish()


def leading(measured: Profile) -> tuple[Matrix, npt.NDArray[Any]]:
    """Mean activations [units, classes], and the unit with the largest one for each class."""
    means = measured.class_means(0)
    return means, np.argmax(np.nan_to_num(means, nan=-np.inf), axis=0)


def answer(measured: Profile, trained: Trained, x: Floats, y: npt.NDArray[Any]) -> str:
    """In how many rows the unit that leads for their class is the largest of all."""
    _, units = leading(measured)
    largest = np.argmax(trained.model.activations(x, 0), axis=1)
    share = float((largest == units[y]).mean())
    return f"the neuron that leads on average is the largest in {share:.0%} of the rows; {len(set(units))} of 10 lead"


def recall(found: Sweep, unit: int | None, label: int) -> float:
    """The fraction of a class's rows that are right, without a unit or intact."""
    matrix = found.confusion() if unit is None else found.confusion((0, unit))
    return float(matrix[label, label] / max(1, matrix[label].sum()))


def table(page: Page, measured: Profile, found: Sweep, data: DataSet) -> None:
    """For each class the unit that dominates it, by how much, and what the class loses without it."""
    means, units = leading(measured)
    activations = np.nan_to_num(means)
    rows = []
    losses = np.array([[recall(found, None, k) - recall(found, unit, k) for k in range(10)] for unit in range(10)])
    for label in range(10):
        unit = int(units[label])
        second = float(np.sort(activations[:, label])[-2])
        needed = int(np.argmax(losses[:, label]))
        rows.append(
            [
                data.classes[label],
                unit,
                f"{activations[unit, label]:.2f}",
                f"{second:.2f}",
                f"{recall(found, None, label):.1%}",
                f"{recall(found, unit, label):.1%}",
                needed,
                f"{recall(found, needed, label):.1%}",
            ]
        )
    page.heading("Each class and its neuron")
    header = [
        "class",
        "dominant neuron",
        "its mean activation",
        "the next neuron's",
        "recall",
        "recall without it",
        "most needed neuron",
        "recall without that",
    ]
    page.table(header, rows)
    page.save_table("classes", header, rows)
    same = sum(row[1] == row[6] for row in rows)
    page.say(f"For {same} of 10 classes the dominant neuron is the one that the class needs most.")
    page.figure(
        "dominance",
        figures.dominance(measured),
        "Mean activation of each hidden neuron over the rows of each class; marked: the neuron that dominates the "
        "class",
    )
    judgements = judge(found)
    page.heading("Each neuron")
    lines = []
    for result, judgement in zip(found, judgements):
        assert result.unit is not None
        known = measured[0, result.unit]
        dominated = [data.classes[label] for label in range(10) if units[label] == result.unit]
        lines.append(
            [
                result.unit,
                ", ".join(dominated) or "none",
                f"{known.fraction_active:.1%}",
                f"{known.class_selectivity:.2f}",
                f"{known.mutual_information:.2f}",
                f"{result.effect:+.4f}",
                "none" if judgement.affected_class is None else judgement.affected_class,
                judgement.verdict,
            ]
        )
    header = [
        "neuron",
        "dominates",
        "active rows",
        "class selectivity",
        "information, bits",
        "effect on accuracy",
        "class that loses most",
        "verdict",
    ]
    page.table(header, lines)
    page.save_table("neurons", header, lines)
    page.save_table(
        "class-means", ["unit", *data.classes], [[unit, *means[unit].tolist()] for unit in range(len(means))]
    )
