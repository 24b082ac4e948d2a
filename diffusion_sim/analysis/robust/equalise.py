"""When do two strategies spend the same? Draw by draw, from what they spend net with one pot and another.

Both run with hours that stretch until the pot is used. B* is the smallest positive mean of what the two spend net over
the draw's seeds. The one that spends B* keeps its runs; the other runs again with a pot of B* over the years of support
and then, as long as it spends more than TOLERANCE too much or too little, with that pot x B* / what it spent, ROUNDS
times at most. No pot is above the draw's own. Where the two come to no agreement, the draw stands apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.equal_spending import TOLERANCE

Floats = NDArray[np.float64]

ROUNDS = 4
# Where a draw stands, and how it is said of several.
ALIKE, DIFFERS, FREES, NOTHING, FAILED = "equal", "differs", "frees", "nothing", "failed"
WORDS = {
    DIFFERS: f"the two still differ by more than {TOLERANCE:.0%} of the pot",
    FREES: "one of them frees money",
    NOTHING: "one or both spend nothing",
    FAILED: "runs failed",
}

# (strategy, 0 or 1, round from 1, pot in US dollars per teaching post and year of support by draw) -> net spending by
# draw and seed
Run = Callable[[int, int, Floats], Floats]


class Equalised(NamedTuple):
    """table : one row a draw: spending (where it stands, ALIKE to FAILED), round (whose runs of the one that spends
    more are taken, 0 = those with the draw's own pot), stretched_first, stretched_second (net spending with the draw's
    own pot), pot (B*), per_post (it, per teaching post and year of support), budget (the pot of the one that spends
    more in that round, likewise), first, second (net spending in the end); US dollars, means over seeds. taken : (2,
    draws), the round whose runs are taken of the first and the second."""

    table: pd.DataFrame
    taken: NDArray[np.int64]


def equalise(stretched: Sequence[Floats], post_years: Floats, budgets: Floats, run: Run) -> Equalised:
    """stretched : of both strategies, net spending by draw and seed with the draw's own pot, NaN = failed. post_years :
    teaching posts x years of support; budgets : the own pot per post and year."""
    one, other = _paired(*stretched)
    where = np.array([_stands(*both) for both in zip(one, other, strict=True)], dtype=object)
    least = np.where(np.minimum(one, other) > 0.0, np.minimum(one, other), np.maximum(one, other))
    pot = np.where(least > 0.0, least, np.nan)
    ends, budget = np.array([one, other]), budgets.astype(np.float64)
    taken = np.zeros((2, len(one)), dtype=np.int64)
    apart = (where == ALIKE) & _differ(one, other, pot)
    more = np.where(other > one, 1, 0)
    for arm in (0, 1):
        left, pots = apart & (more == arm), np.where(apart & (more == arm), pot / post_years, budgets)
        for turn in range(1, ROUNDS + 1):
            if not left.any():
                break
            pots = np.fmin(pots, budgets)
            spent, kept = _paired(run(arm, turn, pots), stretched[1 - arm])
            taken[arm, left], budget[left] = turn, pots[left]
            ends[arm, left], ends[1 - arm, left] = spent[left], kept[left]
            left &= _differ(spent, kept, pot) & (spent > 0.0)
            pots = np.where(left, pots * pot / np.where(left, spent, 1.0), pots)
    for draw in np.flatnonzero(apart):
        where[draw] = _stands(ends[0, draw], ends[1, draw])
        if where[draw] == ALIKE and _differ(ends[0], ends[1], pot)[draw]:
            where[draw] = DIFFERS
    table = pd.DataFrame({
        "spending": where, "round": taken.max(axis=0), "stretched_first": one, "stretched_second": other, "pot": pot,
        "per_post": pot / post_years, "budget": budget, "first": ends[0], "second": ends[1],
    })  # fmt: skip
    return Equalised(table, taken)


def _differ(one: Floats, other: Floats, pot: Floats) -> NDArray[np.bool_]:
    """By more than TOLERANCE of the pot?"""
    return np.asarray(np.abs(one - other) > TOLERANCE * pot)


def _stands(one: float, other: float) -> str:
    """What two net spendings say by themselves: ALIKE where both are above 0."""
    if not np.isfinite(one + other):
        return FAILED
    least = min(one, other)
    return FREES if least < 0.0 else NOTHING if least == 0.0 else ALIKE


def _paired(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Means by draw over the seeds that both have."""
    both = np.isfinite(one + other)
    return means(np.where(both, one, np.nan)), means(np.where(both, other, np.nan))


def means(values: Floats) -> Floats:
    """Means of the rows; NaN of none."""
    there = np.isfinite(values)
    count = there.sum(axis=1)
    return np.where(count > 0, np.where(there, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def told(table: pd.DataFrame) -> str:
    """``equal spending in 150 of 200 draws; apart and not counted: in 30 ..., in 20 ...``; of ``Equalised.table``."""
    counts = table["spending"].value_counts()
    apart = ", ".join(f"in {counts[word]} {text}" for word, text in WORDS.items() if counts.get(word, 0))
    line = f"equal spending in {counts.get(ALIKE, 0)} of {len(table)} draws"
    typical = table.loc[table["spending"] == ALIKE, "per_post"].median()
    line += "" if np.isnan(typical) else f" (median {typical:,.0f} US dollars a teaching post and year of support)"
    return line + (f"; apart and not counted: {apart}" if apart else "")
