"""Values as JSON has them."""

from __future__ import annotations

import math
from typing import Any


def plain(value: Any) -> Any:
    """A value of JSON's types; NaN and infinities, which it does not have, are None."""
    if isinstance(value, dict):
        return document(value)
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def document(parts: dict[str, Any]) -> dict[str, Any]:
    """A dictionary of such values."""
    return {str(key): plain(part) for key, part in parts.items()}
