"""Standardised rank regression coefficients of a difference on all that was drawn, for any number of factors.

With more factors than draws there is no regression on all of them. Factors are drawn independently of each other, so
those that stand out are found step by step (largest first, as long as the p value x number of factors is below 5 %) and
have their coefficients in a joint regression; every other factor has the coefficient that it gets beside these alone.
Source for rank regression: Saltelli et al. (2008), Global Sensitivity Analysis, sec. 1.2 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.analysis.robust.factors import Factor

Floats = NDArray[np.float64]
LEVEL = 0.05


class Ranked(NamedTuple):
    """By factor: coefficient (of words without sign: of all their columns together), its standard error, whether it
    stands out. r2 : share of the variance of ranks that the joint regression explains."""

    coefficient: Floats
    error: Floats
    stands_out: NDArray[np.bool_]
    r2: float


def rank_regression(factors: Sequence[Factor], draws: Floats) -> Ranked:
    """Regress ranks of ``draws`` (NaN = left out) on ranks of the factors. All the same: coefficients NaN."""
    from scipy.stats import f

    there = np.isfinite(draws)
    y = _standard(draws[there])
    count = len(factors)
    nothing = np.full(count, np.nan)
    if y is None:
        return Ranked(nothing, nothing, np.zeros(count, dtype=bool), np.nan)
    columns = [_columns(factor, there) for factor in factors]
    n = y.size
    chosen: list[int] = []
    for _ in range(min(count, n // 5)):
        q = _orthonormal([columns[row] for row in chosen], n)
        rest = y - q @ (q.T @ y)
        part, free = _explained(columns, q, rest)
        free[chosen] = 0
        degrees = np.maximum(n - q.shape[1] - free, 1)
        ratio = part / np.maximum(free, 1) / np.maximum((rest @ rest - part) / degrees, 1e-300)
        p_value = np.where(free > 0, f.sf(ratio, np.maximum(free, 1), degrees), 1.0)
        best = min(range(count), key=lambda row: (p_value[row], -ratio[row]))  # p may be 0 of several
        if p_value[best] * count >= LEVEL:
            break
        chosen.append(best)
    return _coefficients(columns, chosen, y)


def _standard(values: Floats) -> Floats | None:
    """Ranks (ties: their mean) with mean 0 and variance 1; None where all are the same."""
    from scipy.stats import rankdata

    ranks = rankdata(values)
    spread = ranks.std() if ranks.size else 0.0
    return (ranks - ranks.mean()) / spread if spread > 0.0 else None


def _columns(factor: Factor, there: NDArray[np.bool_]) -> Floats:
    """float[n, m] with mean 0 and variance 1: ranks of a number, orthonormal functions of words; m = 0: constant."""
    if not factor.words:
        found = _standard(factor.values[there])
        return np.empty((there.sum(), 0)) if found is None else found[:, None]
    whole = factor.basis()[there]
    whole = whole - whole.mean(axis=0)
    spread = whole.std(axis=0)
    return whole[:, spread > 0.0] / spread[spread > 0.0]


def _orthonormal(columns: Sequence[Floats], n: int) -> Floats:
    """Of a constant and these columns."""
    return np.linalg.qr(np.column_stack([np.ones(n), *columns]))[0]


def _explained(columns: Sequence[Floats], q: Floats, rest: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """(sum of squares of ``rest`` that it explains beside ``q``, its columns; 0 = nothing is left of it) by factor."""
    part, free = np.zeros(len(columns)), np.array([column.shape[1] for column in columns])
    alone = np.flatnonzero(free == 1)
    if alone.size:
        whole = np.column_stack([columns[row] for row in alone.tolist()])
        own = whole - q @ (q.T @ whole)
        size = (own**2).sum(axis=0)
        left = size > 1e-9 * len(rest)
        part[alone] = np.where(left, (rest @ own) ** 2 / np.where(left, size, 1.0), 0.0)
        free[alone[~left]] = 0
    for row in np.flatnonzero(free > 1).tolist():
        basis = np.linalg.qr(columns[row] - q @ (q.T @ columns[row]))[0]
        part[row] = ((basis.T @ rest) ** 2).sum()
    return part, free


def _coefficients(columns: Sequence[Floats], chosen: Sequence[int], y: Floats) -> Ranked:
    n, count = y.size, len(columns)
    coefficient, error = np.full(count, np.nan), np.full(count, np.nan)
    joint = _orthonormal([columns[row] for row in chosen], n)
    rest = y - joint @ (joint.T @ y)
    for row, column in enumerate(columns):
        if column.shape[1] == 0:
            continue
        others = [columns[other] for other in chosen if other != row]
        q = joint if row not in chosen else _orthonormal(others, n)
        own = column - q @ (q.T @ column)
        found, *_ = np.linalg.lstsq(own, y - q @ (q.T @ y), rcond=None)
        left = rest if row in chosen else rest - own @ found
        noise = np.sqrt(left @ left / max(n - q.shape[1] - column.shape[1], 1))
        coefficient[row] = found[0] if column.shape[1] == 1 else np.sqrt((found**2).sum())
        error[row] = noise / np.sqrt((own**2).sum(axis=0).mean())
    stands_out = np.zeros(count, dtype=bool)
    stands_out[list(chosen)] = True
    return Ranked(coefficient, error, stands_out, float(1.0 - rest @ rest / (y @ y)))
