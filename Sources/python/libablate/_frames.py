"""Data frames, made by pandas, which is imported when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas


def data_frame(columns: Mapping[str, Any]) -> pandas.DataFrame:
    """A data frame of columns; whole numbers under a mask become <NA> in a nullable Int64."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError("data frames are made by pandas: pip install pandas") from error
    found = {}
    for name, values in columns.items():
        if isinstance(values, np.ma.MaskedArray):
            values = pandas.arrays.IntegerArray(values.filled(0), np.ma.getmaskarray(values))
        found[name] = values
    return pandas.DataFrame(found)


def whole_or_none(values: Sequence[int | None]) -> np.ma.MaskedArray[Any, Any]:
    """Whole numbers, any or all of which may be None, as a masked array."""
    return np.ma.masked_array([value or 0 for value in values], [value is None for value in values], np.int64)
