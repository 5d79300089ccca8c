"""What a sweep finds of each item."""

from __future__ import annotations

from collections.abc import Iterable

from . import _declarations as c
from ._enumerators import some_of
from ._runs import expect_classifier
from .model import Model

# Kinds with so many items that a confusion matrix of each is only kept when asked for.
MANY = ("synapses", "outgoing_synapses", "pairs")
# So do models of more classes: 80 kB a matrix.
MOST_CLASSES = 100


def default_metrics(kind: str, model: Model) -> tuple[str, ...]:
    """What is found of each item unless something else is asked for."""
    has_few_matrices = kind not in MANY and model.classes is not None and len(model.classes) <= MOST_CLASSES
    return ("confusion",) if has_few_matrices else ()


def metric_names(metrics: str | Iterable[str] | None, kind: str, model: Model) -> tuple[str, ...]:
    """The metrics by name; the default ones of the kind and the model without any."""
    if metrics is None:
        return default_metrics(kind, model)
    found = some_of(metrics, c.METRICS, "metrics")
    if "confusion" in found:
        expect_classifier(model, "confusion matrices are")
    return found
