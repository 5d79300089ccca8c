"""Windows of convolutions and poolings."""

from __future__ import annotations

from typing import Any

import numpy as np


class Window:
    """A window over an image, as the structs of the library have it."""

    def __init__(self, kernel: Any, strides: Any, dilations: Any, padding: Any) -> None:
        self.kernel, self.strides, self.dilations = both(kernel), both(strides), both(dilations)
        top, left, *behind = both(padding) if np.size(padding) < 4 else padding
        self.pads = (top, left, *(behind or (top, left)))
        if min(self.pads) < 0:
            raise ValueError(f"padding is 0 or more, not {min(self.pads)}")

    def fields(self) -> dict[str, int]:
        """What goes into a struct."""
        found: dict[str, int] = {}
        for what, lengths in (("kernel", self.kernel), ("stride", self.strides), ("dilation", self.dilations)):
            found |= {f"{what}_height": lengths[0], f"{what}_width": lengths[1]}
        return found | dict(zip(("pad_top", "pad_left", "pad_bottom", "pad_right"), self.pads))

    def positions(self, size: Any, rounds_up: bool = False) -> tuple[int, int]:
        """The height and width of what it makes of an image."""
        found = []
        for axis in (0, 1):
            before, stride = self.pads[axis], self.strides[axis]
            free = size[axis] + before + self.pads[axis + 2] - (self.kernel[axis] - 1) * self.dilations[axis] - 1
            count = free // stride + 1
            if rounds_up:
                # A last window that reaches beyond the padding counts if it starts in front of it.
                count = -(-free // stride) + 1
                count -= (count - 1) * stride >= size[axis] + before
            found.append(count)
        return found[0], found[1]


def both(value: Any) -> tuple[int, int]:
    """Height and width from one number for both, or from two."""
    if np.ndim(value) == 0:
        return int(value), int(value)
    height, width = value
    return int(height), int(width)
