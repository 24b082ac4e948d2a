"""PAWN indices of the leading numbers, by SALib where it is installed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.analysis.robust.factors import Factor

Floats = NDArray[np.float64]
MISSING = "no PAWN indices: SALib is not installed; pip install 'diffusion-sim[sensitivity]'"
_SLICE = 10  # draws in a slice at least
_MOST = 10


def installed() -> bool:
    """Whether SALib is there."""
    from importlib.util import find_spec

    return find_spec("SALib") is not None


def pawn(factors: Sequence[Factor], draws: Floats, rng: int = 1) -> tuple[Floats, float]:
    """(median PAWN index of each factor, that of a number which does nothing: what chance alone gives).

    The Kolmogorov-Smirnov distance between all draws and those in a slice of the factor's range; the median over up to
    10 slices of equally many draws. Source: Pianosi & Wagener (2018), generic samples. Constant draws: NaN.
    """
    from SALib.analyze import pawn as salib

    there = np.isfinite(draws)
    y = draws[there]
    if y.size < 2 * _SLICE or np.ptp(y) == 0.0:
        return np.full(len(factors), np.nan), np.nan
    nothing = np.random.default_rng([rng, 3]).permutation(y.size).astype(np.float64)
    x = np.column_stack([*(factor.values[there] for factor in factors), nothing])
    names = [*(factor.path for factor in factors), "nothing"]
    problem = {"num_vars": len(names), "names": names, "bounds": [[float(c.min()), float(c.max())] for c in x.T]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # slices without draws, of whole numbers
        found = salib.analyze(problem, x, y, S=_slices(y.size), seed=rng)
    median = np.asarray(found["median"], dtype=np.float64)
    return median[:-1], float(median[-1])


def _slices(draws: int) -> int:
    """How many slices: those whose ends SALib 1.5, np.arange(0, 1 + 1 / S, 1 / S), does not carry beyond 1."""
    few = range(min(_MOST, draws // _SLICE), 1, -1)
    return next(slices for slices in few if np.arange(0.0, 1.0 + 1.0 / slices, 1.0 / slices).max() <= 1.0)
