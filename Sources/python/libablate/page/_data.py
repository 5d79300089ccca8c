"""What a page holds: figures of all units, and more of those that matter most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from .._labels import indices
from .._profile import Profile
from .._sweep import Sweep
from ..judgements import Judgements
from ..plots.images import Shape, changed_by, image_shape
from ._maps import can_be_mapped, examples, maps_of
from ._pictures import SIDE, encoded, kernel_picture, number, row_picture, shades, weight_bars, weight_picture
from ._words import summary

# Row pictures in all; the units that matter most come first.
PICTURES = 1500
# Rows of more values are told by their numbers alone.
TABLE_WIDTH = 16


class PageData:
    """Collects what a page shows of a sweep and a profile over the same rows."""

    def __init__(
        self,
        sweep: Sweep,
        judgements: Judgements | None,
        profile: Profile,
        rows: Any,
        y: Any,
        shape: Any,
        names: Sequence[str] | None,
        unit_limit: int,
    ) -> None:
        self.sweep, self.judgements, self.profile = sweep, judgements, profile
        self.rows, self.y, self.unit_limit = rows, y, unit_limit
        self.model = sweep.model
        self.names = None if names is None else [str(name) for name in names]
        self.shape: Shape | None = image_shape(self.model, shape, self.model.input_width)
        self.predictions = self.model.predict(rows)
        self._pictured: dict[int, str] = {}
        self._told: dict[int, list[Any]] = {}
        self._weights: dict[int, Any] = {}
        self._low, self._high = self._range()

    def _range(self) -> tuple[float, float]:
        """What is black and what is white, from up to 1,000 rows."""
        some = np.asarray(self.rows[:: max(1, len(self.rows) // 1000)], float)
        finite = some[np.isfinite(some)]
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)

    def collect(self) -> dict[str, Any]:
        """Everything, in plain types."""
        # Before the units, whose rows may take all the pictures that there are.
        maps = self._maps()
        strongest = [self.sweep[place] for place in self.sweep._strongest(self.unit_limit)]
        details = {f"{unit.layer}.{unit.unit}": self._details(unit.layer, unit.unit) for unit in strongest}
        classes = self.model.classes
        return {
            "title": None,
            "summary": summary(self.sweep, self.judgements),
            "notes": self._notes(len(details)),
            "isRegression": classes is None,
            "classes": None if classes is None else [str(label) for label in classes.tolist()],
            "layers": self._layers(),
            "intact": self._intact(),
            "units": self._units(),
            "details": details,
            "inputs": self.names,
            "picture": self._picture_size(),
            "pictures": self._pictured,
            "maps": maps,
            "rows": self._told,
        }

    def _layers(self) -> list[dict[str, Any]]:
        swept = sorted(set(self.sweep["layer"].tolist()))
        found = []
        for layer in (self.model.layers[place] for place in swept):
            facts = {name: getattr(layer, name) for name in ("number", "name", "units", "inputs", "activation")}
            found.append({**facts, "isOutput": layer.is_output, "isConvolution": layer.is_convolution})
        return found

    def _intact(self) -> dict[str, Any]:
        intact = {name: value for name, value in asdict(self.sweep.intact).items() if value is not None}
        if "confusion" in self.sweep.metrics:
            intact["confusion"] = sparse(self.sweep.confusion())
        return intact

    def _units(self) -> dict[str, list[Any]]:
        sweep = self.sweep
        names = ["layer", "unit", "effect"]
        names += ["squared_error", "absolute_change"] if self.judgements is None else ["lost", "gained", "changed"]
        found = {name: [plain(value) for value in sweep[name].tolist()] for name in names}
        if self.judgements is not None:
            for name in ("p_value", "adjusted_p_value", "lower", "upper"):
                found[name] = [plain(value) for value in self.judgements[name].tolist()]
            for name in ("verdict", "affected_class", "favoured_class"):
                values = [getattr(judgement, name) for judgement in self.judgements]
                found[name] = [None if value is None else str(value) for value in values]
        return found

    def _details(self, layer: int, unit: int) -> dict[str, Any]:
        found: dict[str, Any] = {"weights": self._weights_of(layer, unit)}
        if layer in self.profile.layers:
            top, values = self.profile.top_rows(layer, unit)
            found["top"] = [[self._row(int(row)), number(value)] for row, value in zip(top, values)]
        if self.judgements is None:
            return found
        if "confusion" in self.sweep.metrics:
            found["confusion"] = sparse(self.sweep.confusion((layer, unit)) - self.sweep.confusion())
        changes = changed_by(self.sweep, self.rows, (layer, unit), self.y, "changed")
        found["changes"] = [[self._row(change["row"]), str(change["after"]), change["sign"]] for change in changes]
        return found

    def _weights_of(self, layer: int, unit: int) -> dict[str, Any]:
        if layer not in self._weights:
            self._weights[layer] = self.model.layers[layer].weights
        weights = self._weights[layer][unit]
        if weights.ndim == 3 and weights[0].size > 1:
            return kernel_picture(weights)
        weights = weights.reshape(-1)
        as_inputs = self.shape if layer == 0 and len(weights) == self.model.input_width else None
        if as_inputs is not None:
            return weight_picture(weights, as_inputs)
        return weight_bars(weights)

    def _row(self, row: int) -> int:
        """The number of a row, which the page then knows: its label, prediction, and picture or values."""
        if row not in self._told:
            label, prediction = np.asarray(self.y)[row], self.predictions[row]
            told: list[Any] = [said(label), said(prediction)]
            if self.shape is None and self.model.input_width <= TABLE_WIDTH:
                told.append([number(value, 4) for value in self.rows[row]])
            self._told[row] = told
            if self.shape is not None and len(self._pictured) < PICTURES:
                picture = row_picture(self.rows[row], self.shape)
                self._pictured[row] = encoded(shades(picture, self._low, self._high))
        return row

    def _maps(self) -> dict[str, Any] | None:
        removed = {"replacement": self.sweep.replacement, "reference": self.sweep._reference}
        if self.shape is None or not can_be_mapped(self.model, self.rows[0], removed):
            return None
        found = maps_of(self.model, self.rows, [self._row(row) for row in self._examples()], removed)
        # Channels that are no colours are side by side, and the map is over each of them.
        return {**found, "across": self.shape[0] if len(self.shape) == 3 and self.shape[0] != 3 else 1}

    def _examples(self) -> list[int]:
        assert self.model.classes is not None
        return examples(*(indices(part, self.model.classes, len(self.rows)) for part in (self.predictions, self.y)))

    def _picture_size(self) -> dict[str, int] | None:
        if self.shape is None:
            return None
        size = row_picture(np.zeros(self.model.input_width), self.shape).shape
        return {"rows": size[0], "columns": size[1], "channels": 1 if len(size) == 2 else size[2]}

    def _notes(self, detailed: int) -> list[str]:
        """What the page leaves out, so that nobody takes it for all there is."""
        notes = []
        if detailed < len(self.sweep):
            notes.append(
                f"Weights, rows and changes of classes are on this page for the {detailed:,} of {len(self.sweep):,} "
                "units with the strongest effects; the table has all units."
            )
        if self.shape is not None and len(self._pictured) >= PICTURES:
            notes.append(f"Pictures are here for {PICTURES:,} rows, those of the strongest units; others have numbers.")
        if self.shape is not None and max(self.shape[-2:]) > SIDE:
            notes.append(f"Pictures are averaged to at most {SIDE} rows and columns.")
        if self.judgements is not None and "confusion" not in self.sweep.metrics:
            notes.append("There are too many units and classes for a confusion matrix of each; it is left out.")
        if self.shape is None:
            notes.append("The inputs are no images (pass shape= if they are): rows and weights are shown as numbers.")
        return notes


def sparse(matrix: Any) -> list[list[int]]:
    """[row, column, value] of what is not zero."""
    rows, columns = np.nonzero(matrix)
    return [[int(row), int(column), int(matrix[row, column])] for row, column in zip(rows, columns)]


def plain(value: Any) -> Any:
    """A number with few digits; whole ones as they are."""
    return value if isinstance(value, int) else number(value, 7)


def said(value: Any) -> str:
    """A label or a target as a text: numbers with few digits."""
    array = np.asarray(value)
    if array.ndim:
        return ", ".join(said(part) for part in array)
    return f"{array.item():.5g}" if array.dtype.kind == "f" else str(array.item())
