"""Whom two lives are told of: the rule, and nobody's hand.

Those to choose from could join: they teach in the same school throughout in both runs, in a post that the practice is
for, and the school was in the programme at some time in at least one of the two. Each has a difference: pupils' gain at
the end of the run, second strategy - first. The person whose difference is nearest the median of all these is followed;
of several as near, the first in the order of districts' and schools' ids and of posts, which is that of persons' keys.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import NO_TEAM


class Chosen(NamedTuple):
    """Who is followed. row : of the post; present : how many there were to choose from; difference : the person's own,
    SD of pupils; lower, median, upper : quartiles of all; as_near : how many were as near the median."""

    row: int
    present: int
    difference: float
    lower: float
    median: float
    upper: float
    as_near: int


class Stayed:
    """Who is still in the post of before week 1 and teaches, looked at in the first and last week of every year, while
    a run goes on. rows : bool[T]; joined : bool[T], whether the school has been in the programme so far; gain :
    float64[T], of the own pupils so far, SD."""

    def __init__(self, model: ReformModel) -> None:
        t = model.state.teachers
        self._origin, self._tag = np.array(t.origin), np.array(t.tag)
        self.rows = np.ones(self._tag.size, dtype=bool)
        self._look(model)

    def _look(self, model: ReformModel) -> None:
        t = model.state.teachers
        same = (np.array(t.origin) == self._origin) & (np.array(t.tag) == self._tag) & (np.array(t.moves) == 0)
        self.rows &= same & (np.array(t.leader) >= NO_TEAM)
        self.joined = model.state.schools.spells[np.array(t.school)] > 0
        self.gain = np.array(t.gain)

    def run(self, model: ReformModel) -> Stayed:
        """To the end; returns itself."""
        while model.running:
            model.run(until=model.week + 1)
            self._look(model)
            model.run(until=model.week + WEEKS_PER_YEAR - 1)
            self._look(model)
        return self


def choose(first: Stayed, second: Stayed) -> Chosen:
    """The person of the rule. Raises StudyError where there is nobody."""
    rows = np.flatnonzero(first.rows & second.rows & (first.joined | second.joined))
    if rows.size == 0:
        raise StudyError(
            "two lives: there is nobody to follow: nobody teaches from before week 1 to the end under both strategies "
            "in the same school, and in one that is in the programme under one of them; strategies that more schools "
            "join, more schools (population.schools) or fewer years (programme.years_support, programme.years_after) "
            "leave somebody"
        )
    return nearest_median(rows, (second.gain - first.gain)[rows])


def nearest_median(rows: NDArray[np.intp], differences: NDArray[np.float64]) -> Chosen:
    """rows : ascending, of those to choose from; differences : theirs."""
    lower, median, upper = (float(x) for x in np.quantile(differences, [0.25, 0.5, 0.75]))
    away = np.abs(differences - median)
    at = int(np.argmin(away))
    as_near = int((away == away[at]).sum())
    return Chosen(int(rows[at]), rows.size, float(differences[at]), lower, median, upper, as_near)
