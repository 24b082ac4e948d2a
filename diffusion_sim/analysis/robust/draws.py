"""Differences of a contrast over the draws: signs, spread, and what the spread is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis import harm
from diffusion_sim.analysis.cells import Cells
from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.analysis.robust.factors import Factor
from diffusion_sim.analysis.variance_shares import ROUNDING, shares

Floats = NDArray[np.float64]
_GROUPS = 20  # of the jackknife


class Apart(NamedTuple):
    """A difference. runs : by draw and seed, NaN = not there; draws : by draw, the mean over its seeds."""

    runs: Floats
    draws: Floats


def apart(cells: Cells, first: str, second: str, measure: str) -> Apart:
    """first - second, seed by seed."""
    values = cells.column(measure)[0]
    return difference(values[:, cells.arm(first)], values[:, cells.arm(second)])


def difference(one: Floats, other: Floats) -> Apart:
    """one - other, both by draw and seed. What differs by rounding alone is 0: a tie."""
    found = one - other
    largest = np.fmax(np.abs(one), np.abs(other))
    found[np.abs(found) <= ROUNDING * largest] = 0.0
    there = np.isfinite(found)
    count = there.sum(axis=1)
    means = np.where(there, found, 0.0).sum(axis=1) / np.where(count, count, 1)
    means[np.abs(means) <= ROUNDING * np.nanmax(np.where(there, largest, 0.0), axis=1, initial=0.0)] = 0.0
    return Apart(found, np.where(count > 0, means, np.nan))


class Signs(NamedTuple):
    """Of the draws that have a value: how many, how many above 0, below it, and ties."""

    draws: int
    above: int
    below: int
    ties: int


def signs(draws: Floats) -> Signs:
    """Counts of signs."""
    kept = draws[np.isfinite(draws)]
    return Signs(kept.size, int((kept > 0).sum()), int((kept < 0).sum()), int((kept == 0).sum()))


# ---- what the spread is made of --------------------------------------------------------------------------------------


class Parts(NamedTuple):
    """Shares of the variance of a difference in single pairs of runs, which add up to 1: chance between seeds; numbers,
    one by one; structures and words, one by one; left over. half : 95 % half width of numbers + structures."""

    chance: float
    numbers: float
    structure: float
    left_over: float
    half: float


def own_variance(factors: Sequence[Factor], draws: Floats) -> Floats:
    """What each factor explains by itself, in the variance of the draws: float[factors].

    The sum of squared coefficients c of its orthonormal functions b. c^2 is estimated without bias, for any number of
    factors, by the mean of b_i y_i b_k y_k over pairs i != k of draws, so that it may come out below 0.
    """
    whole, of = _functions(factors)
    return np.asarray(np.bincount(of, _squares(whole, draws), minlength=len(factors)), dtype=np.float64)


def _functions(factors: Sequence[Factor]) -> tuple[Floats, NDArray[np.int64]]:
    """Orthonormal functions of all factors side by side, and which factor each is of."""
    parts = [factor.basis() for factor in factors]
    return np.column_stack(parts), np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])


def _squares(functions: Floats, draws: Floats) -> Floats:
    """Squared coefficient of each function, estimated without bias."""
    there = np.isfinite(draws)
    y = draws[there] - draws[there].mean()
    n = y.size
    sums, squares = y @ functions[there], y**2 @ functions[there] ** 2
    return np.asarray((sums**2 - squares) / (n * (n - 1.0)), dtype=np.float64)


def parts_of(factors: Sequence[Factor], difference: Apart) -> Parts:
    """The parts; NaN where nothing varies. Parts below 0 are 0; what is by itself is at most what is between draws."""
    found = shares(difference.runs)
    whole = found.chance + found.parameters
    if not whole > 0.0:
        return Parts(np.nan, np.nan, np.nan, np.nan, np.nan)
    words = np.array([bool(factor.words) for factor in factors])
    one_by_one = own_variance(factors, difference.draws)
    own = np.array([max(one_by_one[~words].sum(), 0.0), max(one_by_one[words].sum(), 0.0)])
    if own.sum() > found.parameters:
        own *= found.parameters / own.sum()
    half = _half_width(factors, difference.draws) / whole
    left = (found.parameters - own.sum()) / whole
    return Parts(found.chance / whole, own[0] / whole, own[1] / whole, max(left, 0.0), half)


def _half_width(factors: Sequence[Factor], draws: Floats) -> float:
    """95 % half width of what all factors explain one by one: the jackknife over groups of draws."""
    functions = _functions(factors)[0]
    there = np.flatnonzero(np.isfinite(draws))
    group = np.arange(there.size) % _GROUPS
    sums = []
    for left_out in range(_GROUPS):
        less = draws.copy()
        less[there[group == left_out]] = np.nan
        sums.append(_squares(functions, less).sum())
    spread = np.asarray(sums) - np.mean(sums)
    return float(1.96 * np.sqrt((_GROUPS - 1.0) / _GROUPS * (spread**2).sum()))


# ---- words and harm --------------------------------------------------------------------------------------------------


def by_word(factors: Sequence[Factor], draws: Floats) -> pd.DataFrame:
    """Draws under each word: path, word, draws, above, below, ties, mean, low, high (95 % t interval)."""
    rows = []
    for factor in factors:
        for place, word in enumerate(factor.words):
            here = draws[factor.values == place]
            mean, _, low, high, _ = mean_interval(here[np.isfinite(here)])
            rows.append((factor.path, word, *signs(here), mean, low, high))
    return pd.DataFrame(rows, columns=["path", "word", "draws", "above", "below", "ties", "mean", "low", "high"])


def harm_by_draw(runs: pd.DataFrame) -> pd.DataFrame:
    """``harm.harm`` of draws: means over the seeds that all strategies have, so that a draw counts once."""
    names = [name for name in harm.WHOSE if name in runs.columns]
    good = runs[runs["status"] == "ok"]
    whole = good.groupby(["point", "replicate"])["strategy"].transform("nunique") == runs["strategy"].nunique()
    if not names or not whole.any():
        return pd.DataFrame(columns=harm.COLUMNS)
    means = good[whole].groupby(["strategy", "point"], sort=False, observed=True)[names].mean().reset_index()
    return harm.harm(means.rename(columns={"point": "seed"}))
