"""Layers that this version cannot read in any form, so that exporting a network does not help."""

from __future__ import annotations

from typing import Any

# Parts of the names of their classes: recurrence, attention, look-ups, statistics of rows, three axes.
WORDS = (
    "LSTM", "GRU", "RNN", "Bidirectional", "Attention", "Transformer", "Embedding", "LayerNorm", "GroupNorm",
    "InstanceNorm", "PReLU", "ConvTranspose", "DTranspose", "Conv3", "Pool3", "Pooling3",
)  # fmt: skip


def is_beyond(layer: Any) -> bool:
    """Whether it is such a layer."""
    return any(word in type(layer).__name__ for word in WORDS)
