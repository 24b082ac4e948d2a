"""Means, ratios and what pairing saves, with 95 % intervals over seeds.

``weights`` : how often each seed is drawn in each bootstrap sample, (DRAWS, seeds); None = no interval of ratios.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Parts = tuple[tuple[Vector, Vector], ...]  # numerator and denominator of each factor of a ratio of means

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


def ratio_of_means(parts: Parts, arm: int, weights: Vector | None) -> tuple[float, float, float, int]:
    """(an arm's ratio of means, low, high, n). parts : as of ``Arms.parts``, rows = arms."""
    defined = _defined(parts, [arm])
    n = int(defined.sum())
    value = float(_ratio(parts, arm, defined, np.ones(defined.size)))
    if n < 2 or weights is None or np.isnan(value):
        return value, np.nan, np.nan, n
    return value, *percentiles(_ratio(parts, arm, defined, weights)), n


def difference_of_ratios(parts: Parts, a: int, b: int, weights: Vector | None) -> tuple[float, float, float, int]:
    """(difference of the arms' ratios of means over common seeds, low, high, n)."""
    defined = _defined(parts, [a, b])
    n, once = int(defined.sum()), np.ones(defined.size)
    value = float(_ratio(parts, a, defined, once) - _ratio(parts, b, defined, once))
    if n < 2 or weights is None or np.isnan(value):
        return value, np.nan, np.nan, n
    return value, *percentiles(_ratio(parts, a, defined, weights) - _ratio(parts, b, defined, weights)), n


def _defined(parts: Parts, arms: list[int]) -> NDArray[np.bool_]:
    """Seeds where all parts of these arms are defined."""
    there = [np.isfinite(part[arms]).all(axis=0) for pair in parts for part in pair]
    return np.asarray(np.all(there, axis=0), dtype=bool)


def _ratio(parts: Parts, arm: int, defined: NDArray[np.bool_], weights: Vector) -> Vector:
    """Product of the ratios of sums over the defined seeds, each counted as often as ``weights`` say."""
    found = np.ones(weights.shape[:-1])
    for top, bottom in parts:
        found = found * divide(sums(top[arm], defined, weights), sums(bottom[arm], defined, weights))
    return found
