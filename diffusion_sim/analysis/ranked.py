"""Which strategies are ranked against each other, and over which runs: those that all of them have.

A strategy that fails where outcomes are low must not win by that, and means over different points or scenarios are no
ranking. So strategies are taken in the order of how many units (``analysis.cells``) they have; the first two that have
any in common are ranked, and each further one that leaves at least half of the units and points of these two, and all
of their scenarios. The others are not ranked, and said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.analysis.cells import POINT, SCENARIO, Cells, to_units
from diffusion_sim.analysis.crossed_points import Crossed

Flags = NDArray[np.bool_]


class Ranked(NamedTuple):
    """runs : those that count, (scenarios, points, replicates). arms : who is ranked, (groups, strategies). left_out :
    of each group, who has runs of the study but is not ranked and why, in words."""

    runs: Flags
    arms: Flags
    left_out: list[str]


class _Held(NamedTuple):
    """How much there is in common: units, points and scenarios."""

    units: int
    points: int
    scenarios: int


def ranked(cells: Cells, name: str, by: str | None, drawn: bool) -> Ranked:
    """Strategies and runs that a measure is ranked over, group by group."""
    # (strategies, scenarios, points, replicates)
    has = np.stack([cells.defined(name, arm) for arm in range(len(cells.strategies))])
    runs = np.zeros(has.shape[1:], dtype=bool)
    arms, left_out = [], []
    for place in _groups(cells, by):
        here = has[(slice(None), *place)]
        common, chosen = _of_group(here, by, drawn, cells.crossed)
        runs[place] = common
        arms.append(chosen)
        most = int(here.reshape(len(here), -1).sum(axis=1).max())
        left_out.append("; ".join(
            f"{cells.strategies[a]} ({here[a].sum()} of {most} runs with a value)"
            for a in np.flatnonzero(~chosen)
        ))  # fmt: skip
    return Ranked(runs, np.array(arms), left_out)


def _groups(cells: Cells, by: str | None) -> Iterator[tuple[Any, ...]]:
    """Where the runs of each group are, in the order of ``to_units``."""
    scenarios, points = range(len(cells.scenarios)), range(len(cells.points))
    if by == POINT:
        yield from ((slice(s, s + 1), slice(p, p + 1)) for s in scenarios for p in points)
    elif by == SCENARIO:
        yield from ((slice(s, s + 1),) for s in scenarios)
    else:
        yield (slice(None),)


def _of_group(here: Flags, by: str | None, drawn: bool, crossed: Crossed | None) -> tuple[Flags, Flags]:
    """(runs in common, who is ranked) of (strategies, scenarios, points, replicates)."""
    any_: Flags = np.asarray(here.any(axis=(1, 2, 3)))
    if not any_.any():
        return np.zeros(here.shape[1:], dtype=bool), any_
    common = _common(here, any_)
    if (common == here.any(axis=0)).all():
        return common, any_  # no gap
    held = {int(a): _held(here[a], by, drawn, crossed) for a in np.flatnonzero(any_)}
    order = sorted(held, key=lambda a: (-held[a].scenarios, -held[a].units, -held[a].points))
    chosen = np.zeros(len(here), dtype=bool)
    twos = combinations(order, 2)
    first = next((pair for pair in twos if _held(_common(here, pair), by, drawn, crossed).units), None)
    if first is None:
        return np.zeros_like(common), chosen
    chosen[list(first)] = True
    common = _common(here, first)
    least = _held(common, by, drawn, crossed)
    for a in order:
        both = common & here[a]
        left = _held(both, by, drawn, crossed)
        fits = 2 * left.units >= least.units and 2 * left.points >= least.points and left.scenarios == least.scenarios
        if fits:
            common, chosen[a] = both, True
    return common, chosen


def _common(here: Flags, who: Any) -> Flags:
    """Runs that all of ``who`` have."""
    return np.asarray(here[np.asarray(who)].all(axis=0))


def _held(runs: Flags, by: str | None, drawn: bool, crossed: Crossed | None) -> _Held:
    units = to_units(np.where(runs, 0.0, np.nan), by, drawn, crossed)
    points: Flags = np.asarray(runs.any(axis=2))
    return _Held(int(np.isfinite(units).sum()), int(points.sum()), int(points.any(axis=1).sum()))
