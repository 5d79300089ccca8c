"""Study 001: what a class looks at, and what a picture is taken for, while the units go that count for the class."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import cam_weights
from .._channel_orders import looked_at
from ..errors import UnsupportedError
from . import figures
from .page import Beside, Page
from .pictures import Pictures, read_pictures
from .removals import BOTTOM, CHANCE, TOP, WINDOW, Removals
from .settings import Settings

# Shares of the units that are gone where probabilities are told.
SHARES = (0.05, 0.1, 0.25, 0.5)
SHOWN = 4


def run(settings: Settings) -> Page:
    """Runs the study; gives its page."""
    pictures = read_pictures(settings)
    if pictures.model.classes is None:
        raise UnsupportedError(f"study 001 takes a classifier with one class per picture, and not {pictures.model!r}")
    removals = Removals(pictures, settings)
    page = Page(settings.out, "Study 001: what is left while the units go that count for a class")
    quick = " **With --quick: few epochs and pictures, none of the study's findings.**" if settings.quick else ""
    page.say(
        f"{pictures.what} Units are the {removals.units} channels of the last convolution, which global average "
        "pooling reads; a unit counts for a class by the weight with which the output layer reads it. A unit that goes "
        f"is 0 from then on, for all classes.{quick}"
    )
    page.heading("Published and found here")
    page.say("The study has no tables: it states five findings and shows them in a few pictures.")
    compare(page, removals)
    orders(page, removals)
    seen(page, removals)
    window(page, removals)
    steps(page, removals)
    if not pictures.is_photographs:
        page.save_model("network", pictures.model)
    deviations(page, pictures)
    return page.finish()


def compare(page: Page, removals: Removals) -> None:
    """The study's five findings and what is counted here."""
    count = len(removals.pictures.rows)
    enough, top = removals.enough(), removals.of(TOP)
    tenth = round(0.1 * removals.units)
    falls = sum(r.probabilities[tenth] < r.probabilities[0] for r in top)
    curve = removals.probabilities(TOP)
    alike = removals.moved()
    heirs, changed = removals.heirs()
    page.compare(
        Beside(
            "few powerful units are enough to predict the class",
            "yes; no number",
            f"{spread(enough)} of {removals.units} units",
            "counted here: the fewest units of the largest weights that keep the prediction while all others go",
        ),
        Beside(
            "as units go, the map moves to other places",
            "yes, in the pictures shown",
            f"correlation of the map with the intact one once the label has changed: {np.median(alike):.2f}, "
            f"{min(alike):.2f} to {max(alike):.2f}"
            if alike
            else "no label changes",
            "median and range over pictures; 1 is the same map up to strength",
        ),
        Beside(
            "the class's probability falls as its units go",
            "yes, in the pictures shown",
            f"in {falls} of {count} pictures with {tenth} of {removals.units} gone; median {curve[0]:.2f} → "
            f"{curve[tenth]:.2f}",
            "other network and pictures",
        ),
        Beside(
            "the probability goes to the classes most alike",
            "yes, in the pictures shown",
            f"in {heirs} of {changed} pictures the new label is one of the intact network's first five",
            "alike is what the intact network ranks next",
        ),
        Beside(
            "the predicted label changes",
            "yes; no number",
            f"{gone(removals.changes(TOP), removals.units)}, those of the largest weights first; by chance "
            f"{gone(removals.changes(CHANCE), removals.units)}",
            "median and range; the study has no units by chance to compare with",
        ),
    )


def orders(page: Page, removals: Removals) -> None:
    """Each order: when the label changes and what is left of the probability."""
    page.heading("Orders")
    header = ["first to go", "label changes with so many gone", "range", *(f"{share:.0%} gone" for share in SHARES)]
    rows = []
    for name in removals.names:
        changes, curve = removals.changes(name), removals.probabilities(name)
        shares = [f"{curve[round(share * removals.units)]:.3f}" for share in SHARES]
        rows.append([name, words(np.median(changes)), f"{words(changes.min())} to {words(changes.max())}", *shares])
    page.table(header, rows)
    page.save_table("orders", header, rows)
    page.say("Right columns: the probability of the class, median over pictures. Never: the label stays to the end.")
    page.figure(
        "probabilities",
        figures.probabilities({name: removals.probabilities(name) for name in removals.names}, ""),
        "The probability of the class while units go in different orders, median over pictures",
    )


def seen(page: Page, removals: Removals) -> None:
    """The study's pictures: map, label and probabilities at several points."""
    pictures = removals.pictures
    page.heading("What the class looks at")
    places = np.unique(np.linspace(0, len(pictures.rows) - 1, SHOWN).round().astype(int)).tolist()
    for number, place in enumerate(places):
        removal = removals.of(TOP)[place]
        page.figure(
            f"top-{number}",
            removal.plot(pictures.shown[place], names=pictures.names),
            f"{pictures.titles[place]}: units of the largest weights for {pictures.names[removal.label]} go first",
        )
    for name, order in (("bottom", BOTTOM), ("window", WINDOW)):
        page.figure(
            f"{name}-0",
            removals.of(order)[places[0]].plot(pictures.shown[places[0]], names=pictures.names),
            f"{pictures.titles[places[0]]}: units of the {order} go first",
        )
    removals.of(TOP)[places[0]].save_animation(page.out / "top-0.gif", pictures.shown[places[0]], names=pictures.names)
    page.picture(
        "top-0.gif", f"{pictures.titles[places[0]]}: units of the largest weights go, as the study's animation"
    )


def window(page: Page, removals: Removals) -> None:
    """The study's slider: only units whose weight is inside a window stay."""
    pictures = removals.pictures
    page.heading("A window of weights")
    page.say(
        "The study's slider lets the units stay whose weight for the class is inside a window; here the window closes "
        "around the median. One picture on this page; all are in windows.csv."
    )
    header = ["picture", "lowest weight", "highest weight", "units inside", "prediction", "probability of the class"]
    rows = []
    for title, removal in zip(pictures.titles, removals.of(WINDOW)):
        weights = cam_weights(pictures.model, removal.label)
        for gone in looked_at(removals.units)[:-1]:
            inside = weights[removal.channels[gone:]]
            rows.append(
                [
                    title,
                    f"{inside.min():.4f}",
                    f"{inside.max():.4f}",
                    len(inside),
                    pictures.names[removal.predictions[gone]],
                    f"{removal.probabilities[gone]:.4f}",
                ]
            )
    page.table(header, [row for row in rows if row[0] == pictures.titles[0]])
    page.save_table("windows", header, rows)


def steps(page: Page, removals: Removals) -> None:
    """Every picture at several points of every order but those by chance."""
    pictures = removals.pictures
    rows = []
    for name in removals.found:
        for title, removal in zip(pictures.titles, removals.of(name)):
            for gone in looked_at(removals.units):
                first = zip(removal.top_labels[gone], removal.top_probabilities[gone].tolist())
                rows.append(
                    [
                        title,
                        name,
                        gone,
                        pictures.names[removal.label],
                        removal.probabilities[gone].item(),
                        *(cell for label, share in first for cell in (pictures.names[label], share)),
                    ]
                )
    ranks = [
        text
        for rank in range(1, removals.of(TOP)[0].top_labels.shape[1] + 1)
        for text in (f"label {rank}", f"probability {rank}")
    ]
    page.save_table("steps", ["picture", "first to go", "units gone", "class", "probability", *ranks], rows)


def deviations(page: Page, pictures: Pictures) -> None:
    """What differs from the study, and what is wrong in it."""
    page.heading("Deviations")
    network = (
        "Network: the study's recognises scenes; its weights and photographs are not given out with it."
        if pictures.is_photographs
        else "Network and pictures: the study's recognises scenes in photographs; neither is given out with it. With "
        "EfficientNet-Lite0, which Examples/Python/convert_efficientnet.py makes from a package on PyPI, the study "
        "runs on photographs: `--data efficientnet_lite0.onnx`."
    )
    page.list(
        [
            network,
            "Classes: the study names them for each picture; here it is "
            + (
                "what the intact network takes the photograph for." if pictures.labels is None else "the picture's own."
            ),
            "Colours of the maps mean the same at all points of a picture, from nothing to the most of all points. "
            "Scaled anew at each point, as is customary, a map of almost nothing looks like a new focus.",
            'Fault of the original: units that go by chance are not looked at. The line "by chance" tells how much of '
            "the change is due to their number alone.",
            "Fault of the original: units are taken by their weight alone. What a unit gives to a score is its weight "
            "times its mean activation in the picture; that order is the fourth.",
            "Fault of the original: single pictures are shown. Medians and ranges are of all pictures here, but no "
            "more than these: they are no sample of what the network may meet.",
        ]
    )


def spread(values: Any) -> str:
    """The median of some counts and their range."""
    return f"{words(np.median(values))} ({words(np.min(values))} to {words(np.max(values))})"


def gone(values: Any, units: int) -> str:
    """When labels change."""
    return f"with {spread(values)} of {units} units gone" if np.isfinite(values).any() else "never"


def words(value: Any) -> str:
    """A count of units; never for infinite."""
    return f"{value:g}" if np.isfinite(value) else "never"
