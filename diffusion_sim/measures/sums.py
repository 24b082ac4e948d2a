"""Sums over schools that the measures are made of, in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffusion_sim._cache import njit, rule


class Totals(NamedTuple):
    """Sums over all schools of the world, in persons where nothing else is said."""

    teachers: float
    users: float
    ever: float  # present teachers who use or have ever used
    discontinued: float
    deep: float  # users in deep use
    owned: float  # users whose use is owned
    marked_deep: float  # of those in deep use in the last week of support, still in deep use
    quality: float  # sum of the quality of users
    saturated: float  # schools with at least .8 of their teachers using
    schools: float
    gain: float  # pupil-weighted mean of the schools' gains, SD
    fit: float  # sum over users of the true fit of what their school uses
    testing: float  # schools that have begun improvement cycles
    claimed: float  # of these, schools that claim success
    improved: float  # of these, schools in which what is in use is truly better than what they began with
    borrowed: float  # of these, schools that use what only others had tested when they took it up


@rule
def total(x):
    """Sum of ``x`` (n,), in an order fixed by its length: four sums side by side, which rounds less than one."""
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
def totals(schools, weights):
    """Totals of the schools' sums at the end of a week. weights : (S,) of ``Basis``. Allocates nothing."""
    teachers = users = ever = discontinued = deep = owned = marked_deep = saturated = gain = 0.0
    fit = testing = claimed = improved = borrowed = 0.0
    for s in range(schools.size):
        school, weight = schools[s], weights[s]
        teachers += school.teaching
        users += school.users
        ever += school.ever
        discontinued += school.discontinued
        deep += school.deep
        owned += school.owned
        marked_deep += school.marked_deep
        saturated += 5.0 * school.users >= 4.0 * school.teaching  # compared whole: 4 of 5 is saturated
        gain += weight.pupils * school.gain
        fit += school.users * school.fit
        if school.slot >= 0:
            testing += 1.0
            claimed += school.claims
            improved += school.fit > school.fit_start + 1e-9
            borrowed += school.borrowed
    return Totals(teachers, users, ever, discontinued, deep, owned, marked_deep, total(schools.quality),
                  saturated, float(schools.size), gain, fit, testing, claimed, improved, borrowed)  # fmt: skip


@rule
def ratio(numerator, denominator):
    """``numerator / denominator``; NaN where the denominator is 0: undefined is never 0."""
    return numerator / denominator if denominator != 0.0 else np.nan
