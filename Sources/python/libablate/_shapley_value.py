"""What an estimate of Shapley values says of one unit, and of itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class ShapleyValue:
    """What is known of a unit: the mean of its marginals, how they vary, and an interval of its value.

    Attributes
    ----------
    layer, unit : int
    value : float
        The mean of the unit's marginals: what it contributes to the measure, in the mean over the permutations.
    variance : float
        Of its marginals, with n - 1; NaN before the second permutation.
    lower, upper : float
        An empirical Bernstein bound (Maurer and Pontil 2009), which holds however marginals are distributed, and misses
        the value with a probability of `delta` at most. The price is width: with a delta of 0.05 three standard errors
        to each side, and a term in 1 / permutations that goes by how far marginals could reach.
    permutations : int
        How many marginals it is the mean of.
    """

    layer: int
    unit: int
    value: float
    variance: float
    lower: float
    upper: float
    permutations: int

    @property
    def standard_error(self) -> float:
        """Of the value: sqrt(variance / permutations); NaN before the second permutation.

        The value is off by less than 1.96 of these with a probability of about 95 % if permutations are many.

        Examples
        --------
        >>> import libablate
        >>> libablate.ShapleyValue(0, 3, value=0.25, variance=0.04, lower=0, upper=0.5, permutations=100).standard_error
        0.02
        """
        return math.sqrt(self.variance / self.permutations) if self.permutations else math.nan


# Of tables: all that there is, and what is printed.
COLUMNS = [*(field.name for field in fields(ShapleyValue)), "standard_error"]
PRINTED = ["layer", "unit", "value", "standard_error", "lower", "upper"]
# Of these, with their signs.
SIGNED = ("value", "lower", "upper")


@dataclass(frozen=True)
class ShapleySummary:
    """What an estimate is made of; `intact` and `ablated` are the measure with no unit and with all of them ablated."""

    permutations: int
    marginals: int
    truncated: int
    intact: float
    ablated: float
