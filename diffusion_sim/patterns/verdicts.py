"""From what each seed shows to a value, its interval over seeds, and whether a reading holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.analysis.intervals import DRAWS, LEVEL, percentiles
from diffusion_sim.patterns.record import MEDIAN, ODDS_RATIO, RATIO, SHARE, Condition

Floats = NDArray[np.float64]
BySeed = Mapping[str, Floats]  # name of a value -> one number a seed

HOLDS, FAILS, NO_VALUE = "holds", "fails", "no value"


class Judged(NamedTuple):
    """A condition's value with its 95 % interval over ``n`` seeds; verdict; close : the interval crosses a band's
    end."""

    value: float
    low: float
    high: float
    n: int
    verdict: str
    close: bool


def judge(condition: Condition, seeds: BySeed) -> Judged:
    """The value of a condition over seeds.

    Intervals: of a median by order statistics (none below 6 seeds); of a share after Clopper & Pearson; of ratios of
    sums by bootstrap over seeds. A seed in which anything is undefined is left out.
    """
    columns = np.array([seeds[name] for name in condition.value.split()], dtype=float)
    columns = columns[:, np.isfinite(columns).all(axis=0)]
    n = columns.shape[1]
    if n == 0:
        return Judged(np.nan, np.nan, np.nan, 0, NO_VALUE, False)
    if condition.how == MEDIAN:
        value, low, high = float(np.median(columns[0])), *median_interval(columns[0])
    elif condition.how == SHARE:
        value, low, high = float(columns[0].mean()), *share_interval(float(columns[0].sum()), n)
    else:
        value, low, high = ratio_interval(condition.how, columns)
    if np.isnan(value):
        return Judged(np.nan, np.nan, np.nan, n, NO_VALUE, False)
    inside = condition.holds(value)
    close = condition.holds(low) != inside or condition.holds(high) != inside
    close = close and not (np.isnan(low) or np.isnan(high))
    return Judged(value, low, high, n, HOLDS if inside else FAILS, bool(close) and not condition.shown_only)


def verdict(conditions: Sequence[Condition], judged: Sequence[Judged]) -> str:
    """Of a reading: fails where one condition fails, holds where all do."""
    asked = [one.verdict for condition, one in zip(conditions, judged, strict=True) if not condition.shown_only]
    return next((word for word in (FAILS, NO_VALUE) if word in asked), HOLDS)


def close_call(conditions: Sequence[Condition], judged: Sequence[Judged]) -> bool:
    """Whether chance between seeds could turn a reading: it holds and a condition is close, or it fails and none that
    fails is clear."""
    pairs = [one for condition, one in zip(conditions, judged, strict=True) if not condition.shown_only]
    failing = [one for one in pairs if one.verdict == FAILS]
    if failing:
        return all(one.close for one in failing)
    return any(one.close for one in pairs)


# ---- intervals -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _order(n: int) -> int:
    """Place from below, from 0, of the order statistic that bounds a median with 95 %; -1 where there is none."""
    from scipy.stats import binom

    return int(binom.ppf((1.0 - LEVEL) / 2.0, n, 0.5)) - 1 if n >= 6 else -1


def median_interval(values: Floats) -> tuple[float, float]:
    """95 % by order statistics, (NaN, NaN) where there are too few values. Source: Conover (1999), ch. 3."""
    place = _order(values.size)
    if place < 0:
        return np.nan, np.nan
    ordered = np.sort(values)
    return float(ordered[place]), float(ordered[-1 - place])


def share_interval(hits: float, n: int) -> tuple[float, float]:
    """95 %, exact. Source: Clopper & Pearson (1934)."""
    from scipy.stats import beta

    tail = (1.0 - LEVEL) / 2.0
    low = 0.0 if hits <= 0 else float(beta.ppf(tail, hits, n - hits + 1))
    high = 1.0 if hits >= n else float(beta.ppf(1.0 - tail, hits + 1, n - hits))
    return low, high


def ratio_interval(how: str, columns: Floats) -> tuple[float, float, float]:
    """(value, low, high) of a ratio of sums over seeds; 95 % percentile bootstrap, NaN for one seed."""
    n = columns.shape[1]
    value = float(_ratio(how, columns.sum(axis=1)))
    if n < 2 or np.isnan(value):
        return value, np.nan, np.nan
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1.0 / n), size=DRAWS)
    return value, *percentiles(np.array([_ratio(how, sums) for sums in weights @ columns.T]))


def _ratio(how: str, sums: Floats) -> float:
    """One ratio of sums. A ratio of what is above 0 to 0 is infinite; where a denominator is negative there is none.
    Odds have half a case added to each cell (Haldane 1956)."""
    if how == RATIO:
        top, bottom = sums
    elif how == ODDS_RATIO:
        cases, size, cases_2, size_2 = sums
        top = (cases + 0.5) * (size_2 - cases_2 + 0.5)
        bottom = (cases_2 + 0.5) * (size - cases + 0.5)
    else:
        cases, size, cases_2, size_2 = sums
        top, bottom = cases * size_2, cases_2 * size
        if size == 0.0 or size_2 == 0.0:
            return np.nan
    if bottom < 0.0 or (bottom == 0.0 and top <= 0.0):
        return np.nan
    return float(top / bottom) if bottom > 0.0 else np.inf
