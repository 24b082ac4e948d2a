"""Points of spending and measure: their table, and which of them no other point beats.

A point is a strategy at a budget. It is beaten where another point, of any strategy at any budget, has more of the
measure (less, where less is better) for no more net money. Chance: only where the 95 % interval of the difference,
paired by seed, excludes 0. Mean net spending up to TOLERANCE above a point's counts as no more: pots are the same for
all, and what cannot be divided leaves a rest.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from diffusion_sim.analysis import paired
from diffusion_sim.analysis.arms import NONE
from diffusion_sim.analysis.equal_spending import TOLERANCE
from diffusion_sim.analysis.harm import harm
from diffusion_sim.analysis.per_pupil import PER_YEAR
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END, compares
from diffusion_sim.measures.info import SMALLER

__all__ = ["COLUMNS", "FREES", "LEFT", "TOLERANCE", "points_table"]

FREES, LEFT = "frees money", "leaves money"
_WHOSE = {"pupil_gain_sd": "harm", "poorest_quarter_gain": "harm_poorest"}
COLUMNS = [
    *("strategy", "budget", "net", "net_low", "net_high", "value", "low", "high"),
    *("difference", "difference_low", "difference_high", "on_front", "beaten_by", "left", "mark"),
    *("harm", "harm_poorest", "draws", "n"),
]


def label(strategy: str, budget: float) -> str:
    """A point in words, ``staged at 5,900``; ``none`` has no budget."""
    return strategy if np.isnan(budget) else f"{strategy} at {budget:,.10g}"


def points_table(runs: pd.DataFrame, measure: str, rng: int = 1) -> pd.DataFrame:
    """One row a point, strategies in order of appearance, their budgets ascending; columns COLUMNS.

    runs : one row a run: strategy, budget (US dollars per post and year, NaN of ``none``), seed, cost_per_pupil_year,
    cost_pot_support_end, cost_unspent_support_end, the outcome ``measure`` and what it is computed from. rng : seed of
    the bootstrap.

    net : net US dollars a pupil and year of the run, with its 95 % interval; value : of the measure, likewise.
    difference : paired, to ``none``; NaN where that says nothing. left : share of the pots of the years of support that
    stays unspent. mark : FREES where as much is freed as spent, or more; LEFT where more than TOLERANCE is left. harm,
    harm_poorest : share of ``draws`` (seeds) in which pupils, of all schools or of the poorest quarter, gain less than
    under ``none``. n : seeds with a value. Raises StudyError as of :mod:`diffusion_sim.analysis.paired`.
    """
    runs = runs.assign(point=[label(*one) for one in zip(runs["strategy"], runs["budget"], strict=True)])
    points = runs.drop_duplicates("point")[["point", "strategy", "budget"]].reset_index(drop=True)
    order = {name: i for i, name in enumerate(points["strategy"].unique())}
    points = points.sort_values(["strategy", "budget"], key=lambda c: c.map(order) if c.name == "strategy" else c)
    of_points = runs.drop(columns=["strategy", "budget"]).rename(columns={"point": "strategy"})
    found = points.set_index("point")
    both = paired.table(of_points, [PER_YEAR, measure], rng=rng)
    for name, columns in ((PER_YEAR, ("net", "net_low", "net_high")), (measure, ("value", "low", "high"))):
        its = both[both["measure"] == name].set_index("strategy")
        found[list(columns)] = its[["mean", "low", "high"]].reindex(found.index)
        found["n"] = its["n"].reindex(found.index)
    found = found.join(_to_none(of_points, measure, rng)).join(_left(of_points)).join(_harm(of_points))
    found["mark"] = [_mark(*row) for row in zip(found["strategy"], found["net"], found["left"], strict=True)]
    found["beaten_by"] = _beaten(of_points, found, measure, rng)
    found["on_front"] = (found["beaten_by"] == "") & found["value"].notna() & found["net"].notna()
    return found[COLUMNS].reset_index(drop=True)


def _to_none(runs: pd.DataFrame, measure: str, rng: int) -> pd.DataFrame:
    """Paired differences of the measure to ``none``, by point; no rows where they say nothing."""
    columns = ["difference", "difference_low", "difference_high"]
    others = [point for point in runs["strategy"].unique() if point != NONE]
    if measure in COMPARED or not compares(measure, NONE, MEASURE_INFO):
        return pd.DataFrame(columns=columns, index=pd.Index([], dtype=object), dtype=float)
    found = paired.differences_between(runs, [(point, NONE) for point in others], [measure], rng=rng)
    found = found.set_index("strategy")[["difference", "low", "high"]]
    return found.set_axis(columns, axis=1)


def _left(runs: pd.DataFrame) -> pd.Series:
    """Share of the support years' money that stays unspent, mean over seeds, by point."""
    unspent, pot = runs["cost_unspent" + SUPPORT_END], runs["cost_pot" + SUPPORT_END]
    share = (unspent / pot.where(pot > 0.0)).where(runs["strategy"] != NONE)
    return share.groupby(runs["strategy"]).mean().clip(lower=0.0).rename("left")


def _harm(runs: pd.DataFrame) -> pd.DataFrame:
    """Shares of seeds in which pupils gain less than under ``none``, by point, and of how many seeds."""
    found = harm(runs)
    out = pd.DataFrame({name: found[found["measure"] == key].set_index("strategy")["share"]
                        for key, name in _WHOSE.items()})  # fmt: skip
    out["draws"] = found.groupby("strategy")["draws"].max()
    return out


def _mark(strategy: str, net: float, left: float) -> str:
    if strategy == NONE:
        return ""
    if net <= 0.0:
        return FREES
    return LEFT if left > TOLERANCE else ""


# ---- the front -------------------------------------------------------------------------------------------------------
def _beaten(runs: pd.DataFrame, points: pd.DataFrame, measure: str, rng: int) -> list[str]:
    """For each point the best of those that beat it, "" where none does."""
    info = {**MEASURE_INFO, **COMPARED}[measure.removesuffix(SUPPORT_END)]
    sign = -1.0 if info.direction == SMALLER else 1.0
    value, net = sign * points["value"], points["net"]
    pairs = [
        (other, point)
        for point in points.index
        for other in points.index
        if value[other] > value[point] and net[other] <= net[point] + TOLERANCE * abs(net[point])
    ]
    if not pairs:
        return [""] * len(points)
    found = paired.differences_between(runs, pairs, [measure], rng=rng)
    clear = found["low"] > 0.0 if sign > 0 else found["high"] < 0.0
    best: dict[str, str] = {}
    for row in found[clear].itertuples(index=False):
        point, other = str(row.baseline), str(row.strategy)
        if point not in best or value[other] > value[best[point]]:
            best[point] = other
    return [best.get(str(point), "") for point in points.index]
