"""How hours are shared between enrolled schools of one pot; the total is the same for every rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion_sim.errors import StrategyError
from diffusion_sim.population.names import find_schools
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.state.tables import Floats, Keys
from diffusion_sim.strategies.contract import View


def uniform(view: View) -> Floats:
    """The same hours for every teacher."""
    return np.ones(view.programme.size)


def readiness_gap(view: View) -> Floats:
    """More hours where the surveyed conditions are missing: 1 - surveyed readiness."""
    return 1.0 - view.surveyed_readiness


def need_weighted(view: View) -> Floats:
    """More hours where more pupils are poor."""
    return view.poverty.copy()


KINDS: dict[str, Callable[[View], Floats]] = {
    "uniform": uniform,
    "readiness_gap": readiness_gap,
    "need_weighted": need_weighted,
}


def scaled_hours(weight: Floats, view: View, hours: float | Floats) -> Floats:
    """Hours per teacher and school, shape (S,): ``hours`` x weight, scaled within each pot so that its enrolled schools
    get the same total as at equal weights. Weights >= 0; where all of a pot are 0 they count as equal. hours : one
    number, or (S,), the same within a pot."""
    people = view.teachers * (view.enrolled == 1)
    inside = view.pot >= 0
    pot = np.where(inside, view.pot, 0)
    pots = int(pot.max()) + 1 if pot.size else 0
    total = np.bincount(pot, weights=people * inside, minlength=pots)
    weighted = np.bincount(pot, weights=people * weight * inside, minlength=pots)
    equal = weighted <= 0.0
    scale = np.divide(total, weighted, out=np.zeros(pots), where=~equal)
    share = np.where(equal[pot], 1.0, weight * scale[pot])
    return np.where(people * inside > 0.0, hours * share, 0.0)


@dataclass(frozen=True)
class ByHand:
    """A planner's own hours: ``table`` (S, years) hours per teacher and school year of the schools ``keys`` (sorted);
    NaN where the planner said nothing."""

    keys: Keys
    table: Floats

    def hours(self, view: View) -> Floats:
        """This year's hours of enrolled schools, shape (S,); 0 where the table says nothing."""
        hours = np.zeros(view.programme.size)
        if view.year < self.table.shape[1]:
            row = np.minimum(np.searchsorted(self.keys, view.school_key), self.keys.size - 1)
            said = np.where(self.keys[row] == view.school_key, self.table[row, view.year], np.nan)
            hours = np.where((view.enrolled == 1) & ~np.isnan(said), said, 0.0)
        return hours

    def missing(self, keys: Keys, years: int) -> int:
        """How many school years of the schools ``keys`` have no row; they get no hours."""
        there = np.zeros((keys.size, years), bool)
        row = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        known = self.keys[row] == keys
        span = min(years, self.table.shape[1])
        there[known, :span] = ~np.isnan(self.table[row[known], :span])
        return int((~there).sum())


def look_up(rows: Sequence[Sequence[Any]], schools: SchoolTable, keys: Keys) -> ByHand:
    """The table of a scenario, ``[[school, year, hours], ...]``, for the schools of a world. Raises StrategyError."""
    names = list(dict.fromkeys(str(row[0]) for row in rows))
    found = find_schools(schools, names, "allocation by_hand, column school", StrategyError)
    place = dict(zip(names, found, strict=True))
    table = np.full((len(schools), max(int(row[1]) for row in rows)), np.nan)
    for name, year, hours in rows:
        cell = place[str(name)], int(year) - 1
        if not np.isnan(table[cell]):
            raise StrategyError(f"allocation by_hand: school '{name}' has year {year} twice, under two names")
        table[cell] = hours
    order = np.argsort(keys)
    return ByHand(np.asarray(keys)[order], table[order])
