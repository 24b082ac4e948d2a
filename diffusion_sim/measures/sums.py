"""Sums over schools that all measures are made of. float64 arrays of shape (S,); nothing is allocated."""

from __future__ import annotations

import numpy as np

from diffusion_sim._cache import njit


@njit
def total(x):
    """Sum of ``x`` (S,), in an order fixed by its length."""
    # Four sums side by side: one alone would wait for each addition in turn, a third of a week's time of measures.
    a = b = c = d = 0.0
    whole = x.size - x.size % 4
    for s in range(0, whole, 4):
        a += x[s]
        b += x[s + 1]
        c += x[s + 2]
        d += x[s + 3]
    for s in range(whole, x.size):
        a += x[s]
    return (a + b) + (c + d)


@njit
def ratio(numerator, denominator):
    """``numerator / denominator``; NaN where the denominator is 0: undefined is never 0."""
    if denominator == 0.0:
        return np.nan
    return numerator / denominator
