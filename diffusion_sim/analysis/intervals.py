"""Means, ratios and what pairing saves, with 95 % intervals over seeds.

``weights`` : how often each seed is drawn in each bootstrap sample, (DRAWS, seeds); None = no interval of ratios.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

DRAWS = 2000  # bootstrap samples: the ends of a 95 % interval are then known to about 2 % of its width
LEVEL = 0.95


@cache
def _t_quantile(degrees: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2.0, degrees))


def mean_interval(values: Vector) -> tuple[float, float, float, float, int]:
    """(mean, sd, low, high, n) of the defined values; 95 % t interval."""
    values = values[np.isfinite(values)]
    n = values.size
    if n == 0:
        return np.nan, np.nan, np.nan, np.nan, 0
    mean = float(values.mean())
    if n == 1:
        return mean, np.nan, np.nan, np.nan, 1
    sd = float(values.std(ddof=1))
    half = _t_quantile(n - 1) * sd / np.sqrt(n)
    return mean, sd, mean - half, mean + half, n


def divide(numerator: Vector, denominator: Vector) -> Vector:
    """Quotient, NaN where the denominator is 0 or either is undefined."""
    out = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator != 0.0)


def what_pairing_saves(own: Vector, other: Vector) -> tuple[float, float]:
    """((var A + var B) / var(A - B), correlation) over the common seeds; NaN for 0/0 or fewer than 2 seeds."""
    both = np.isfinite(own) & np.isfinite(other)
    if both.sum() < 2:
        return np.nan, np.nan
    own, other = own[both], other[both]
    own_variance, other_variance = own.var(ddof=1), other.var(ddof=1)
    left = (own - other).var(ddof=1)
    apart = own_variance + other_variance
    factor = apart / left if left > 0.0 else (np.inf if apart > 0.0 else np.nan)
    spread = np.sqrt(own_variance * other_variance)
    covariance = ((own - own.mean()) * (other - other.mean())).sum() / (own.size - 1)
    return float(factor), float(covariance / spread) if spread > 0.0 else np.nan


# ---- ratios: bootstrap over seeds --------------------------------------------------------------------------------


def sums(values: Vector, defined: NDArray[np.bool_], weights: Vector) -> Vector:
    """Bootstrap sums over the defined seeds."""
    return weights @ np.where(defined, values, 0.0)


def percentiles(draws: Vector) -> tuple[float, float]:
    """95 % percentile interval; NaN where more than 1 in 20 samples has no value. Infinite ends stay infinite."""
    draws = draws[~np.isnan(draws)]
    if draws.size < LEVEL * DRAWS:
        return np.nan, np.nan
    low, high = np.quantile(draws, [0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0], method="inverted_cdf")
    return float(low), float(high)


def ratio_of_means(numerator: Vector, denominator: Vector, weights: Vector | None) -> tuple[float, float, float, int]:
    """(ratio of means, low, high, n)."""
    defined = np.isfinite(numerator) & np.isfinite(denominator)
    n = int(defined.sum())
    value = float(divide(numerator[defined].sum(), denominator[defined].sum()))
    if n < 2 or weights is None or np.isnan(value):
        return value, np.nan, np.nan, n
    return value, *percentiles(divide(sums(numerator, defined, weights), sums(denominator, defined, weights))), n


def difference_of_ratios(
    parts: tuple[Vector, Vector], a: int, b: int, weights: Vector | None
) -> tuple[float, float, float, int]:
    """(difference of the arms' ratios of means over common seeds, low, high, n)."""
    numerator, denominator = parts
    defined = np.asarray(np.isfinite(numerator[[a, b]] + denominator[[a, b]]).all(axis=0))
    n = int(defined.sum())
    own, other = (divide(numerator[i][defined].sum(), denominator[i][defined].sum()) for i in (a, b))
    value = float(own - other)
    if n < 2 or weights is None or np.isnan(value):
        return value, np.nan, np.nan, n
    own, other = (divide(sums(numerator[i], defined, weights), sums(denominator[i], defined, weights)) for i in (a, b))
    return value, *percentiles(own - other), n
