"""The best strategy of a study, by measure, and whether that is decided."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis.cells import Cells, Floats, as_groups, direction, mean_intervals, units_of
from diffusion_sim.analysis.intervals import divide
from diffusion_sim.analysis.ranked import ranked
from diffusion_sim.analysis.study_tables import Design, covered, in_words, share_better
from diffusion_sim.errors import StudyError
from diffusion_sim.measures.info import LARGER, SMALLER_ABSOLUTE

SIGNIFICANT = 0.05


def holm(p: Floats) -> Floats:
    """Adjusted p values of one family (Holm 1979, Scandinavian Journal of Statistics 6, 65-70); NaN stay NaN."""
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(order.size, 0, -1)))
    return adjusted


def best(cells: Cells, names: Sequence[str], by: str | None, design: Design, points: pd.DataFrame) -> pd.DataFrame:
    """The best strategy of each group and measure; see ``Study.best``."""
    cells.successful()
    if len(cells.strategies) < 2:
        raise StudyError(f"the study has one strategy, '{cells.strategies[0]}'; the best of several is asked for")
    for name in names:
        if direction(name) is None:
            raise StudyError(f"measure '{name}': neither more nor less of it is better, so no strategy is the best")
    groups = as_groups(cells, by, points)
    arms = len(cells.strategies)
    pairs = list(combinations(range(arms), 2))
    means = np.full((len(names), arms, len(groups)), np.nan)
    p = np.full((len(names), len(pairs), len(groups)), np.nan)
    gap = np.full(p.shape, np.nan)
    over = [ranked(cells, name, by, design.drawn) for name in names]
    for m, name in enumerate(names):
        who, only = over[m].arms.T, over[m].runs
        units = [units_of(cells, name, a, by, design.drawn, only) for a in range(arms)]  # of who is ranked
        for a in range(arms):
            means[m, a] = np.where(who[a], mean_intervals(units[a]).mean, np.nan)
        for i, (a, b) in enumerate(pairs):
            found = _better_by(units[a], units[b], direction(name))
            gap[m, i], p[m, i] = (np.where(who[a] & who[b], values, np.nan) for values in found)
    adjusted = holm(p.reshape(-1)).reshape(p.shape)
    tests = int(np.isfinite(p).sum())
    rows: list[dict[str, Any]] = []
    for m, name in enumerate(names):
        said = covered(design, cells, by, over[m].runs)
        shares: dict[tuple[int, int], Floats] = {}
        for g in range(len(groups)):
            row = _winner(cells, name, means[m, :, g], pairs, gap[m, :, g], adjusted[m, :, g])
            if row is None:
                continue
            pair = cells.arm(row["best"]), cells.arm(row["runner_up"])
            if pair not in shares:
                shares[pair] = share_better(cells, name, *pair, by, over[m].runs)
            rows.append({
                "group": g, **groups.iloc[g].to_dict(), "measure": name, **row, "p_better": shares[pair][g],
                "not_ranked": over[m].left_out[g], "covers": said[g],
            })  # fmt: skip
    if not rows:
        raise StudyError(f"{in_words(names)}: nowhere have two strategies a value in the same runs")
    table = pd.DataFrame(rows).sort_values("group", kind="stable", ignore_index=True).drop(columns="group")
    text = f"Holm over all pairs of strategies x measures{' x ' + by + 's' if by else ''} of this table, {tests} tests"
    table.insert(table.columns.get_loc("covers"), "correction", text)
    return table


def _better_by(own: Floats, other: Floats, way: str | None) -> tuple[Floats, Floats]:
    """(by how much the first is better, two-sided p of the paired t test), one a group."""
    from scipy.stats import t

    if way == SMALLER_ABSOLUTE:  # |mean|, to first order: the sign of each arm's mean
        own = own * np.sign(mean_intervals(own).mean)[:, None]
        other = other * np.sign(mean_intervals(other).mean)[:, None]
    found = mean_intervals(own - other if way == LARGER else other - own)
    error = found.sd / np.sqrt(np.maximum(found.n, 1))
    p = 2.0 * t.sf(divide(np.abs(found.mean), error), np.maximum(found.n - 1, 1))
    p = np.where((error == 0.0) & (found.n > 1), np.where(found.mean == 0.0, 1.0, 0.0), p)
    return found.mean, p


def _winner(
    cells: Cells, name: str, means: Floats, pairs: list[tuple[int, int]], gap: Floats, p: Floats
) -> dict[str, Any] | None:
    """The row of one group and measure; None where fewer than two strategies have a value."""
    way = direction(name)
    score = means if way == LARGER else -(np.abs(means) if way == SMALLER_ABSOLUTE else means)
    ranked = [int(a) for a in np.argsort(-score, kind="stable") if np.isfinite(score[a])]
    if len(ranked) < 2:
        return None
    place = {pair: i for i, pair in enumerate(pairs)}

    def against(a: int, b: int) -> tuple[float, float]:
        i = place[min(a, b), max(a, b)]
        return float(gap[i]) * (1.0 if a < b else -1.0), float(p[i])

    first, second = ranked[:2]
    by_how_much, chance = against(first, second)
    beaten = [b for b in ranked[1:] if against(first, b)[1] < SIGNIFICANT and against(first, b)[0] > 0.0]
    open_ = [cells.strategies[b] for b in ranked[1:] if b not in beaten]
    verdict = "best" if not open_ else "not decided: may be " + ", ".join(open_)
    return {
        "best": cells.strategies[first],
        "mean": float(means[first]),
        "runner_up": cells.strategies[second],
        "better_by": by_how_much,
        "p": chance,
        "verdict": verdict,
        "better_than": ", ".join(cells.strategies[b] for b in beaten),
    }
