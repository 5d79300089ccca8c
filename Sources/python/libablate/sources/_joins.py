"""Steps that join two points; those of `from_weights` follow one another.

A point is the input, 0, or what a step gives: 1 behind the first, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sum:
    """activation(a + b) of two points of one shape; the activation function has its default parameters."""

    first: int
    second: int
    activation: str = "identity"
    name: str | None = None


@dataclass(frozen=True)
class Product:
    """a * b of two points of one shape, or of an image and a point with one value for each of its channels."""

    first: int
    second: int
    name: str | None = None
