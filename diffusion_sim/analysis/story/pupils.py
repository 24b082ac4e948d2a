"""Pupils of a school's teachers, beside the same persons in the run without a programme on the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from diffusion_sim.analysis.story.follow_school import AtYearsEnd, FollowedSchool
from diffusion_sim.analysis.story.people import LEADER, MEMBER, Who
from diffusion_sim.model import ReformModel
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.study.run.gain_percentile import Stayers, gain_percentile_median

COLUMNS = [
    "year",
    "whose",
    "teachers",
    "compared",
    "gain",
    "none",
    "difference",
    "stayers",
    "percentile",
    "percentile_none",
]
LED, LEADING, ALL = "led", "leading", "all"
_ROLES: dict[str, Callable[[str], bool]] = {
    LED: MEMBER.__eq__,
    LEADING: LEADER.__eq__,
    ALL: lambda role: role != "coach",
}


def run_without(model: ReformModel, s: int) -> AtYearsEnd:
    """A model before week 1, run to its end."""
    seen = AtYearsEnd()
    seen.note(model, 0, s)
    while model.running:
        model.run(until=model.week + WEEKS_PER_YEAR)
        seen.note(model, model.week // WEEKS_PER_YEAR, s)
    return seen


def pupils_table(seen: FollowedSchool, none: AtYearsEnd) -> pd.DataFrame:
    """One row a year and group with somebody in it: members led by somebody else, leaders, and all who teach there.

    compared : of these, those who taught all the year (or came new) in both runs. gain, none : mean gain of their
    pupils in the year, SD, with what general effectiveness adds, here and without the programme; difference : what
    the programme adds. percentile : as the measure gain_percentile_median has it, after so many weeks, of those of
    ``compared`` who were there from the start (stayers); percentile_none : of the same persons without the programme.
    """
    rows = []
    for year in range(1, len(seen.years)):
        there = [row for row in seen.people.by_year if row["year"] == year]
        for whose, role in _ROLES.items():
            group = [row["who"] for row in there if role(row["role"])]
            if group:
                rows.append({"year": year, "whose": whose, "teachers": len(group), **_row(seen, none, year, group)})
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(seen: FollowedSchool, none: AtYearsEnd, year: int, group: list[Who]) -> dict[str, float]:
    here, there = seen.end.gain, none.gain
    new = {who for who in group if seen.people.came[who] == (year, "hired")}
    both = [who for who in group if who in there[year] and _all_year(who, new, here[year - 1], there[year - 1])]
    own = np.array([here[year][who] - here[year - 1].get(who, 0.0) for who in both])
    theirs = np.array([there[year][who] - there[year - 1].get(who, 0.0) for who in both])
    t, scale = seen.people.effectiveness, seen.model.params.pupils.teacher_sd
    base = scale * np.array([t[who] for who in both])
    mean = [float(x.mean()) if both else math.nan for x in (base + own, base + theirs, own - theirs)]
    arm, without = seen.end.stayers[year], none.stayers[year]
    first, second = _both(arm, without), _both(without, arm)
    return {
        "compared": len(both), "gain": mean[0], "none": mean[1], "difference": mean[2],
        "stayers": int(_of(first, group).sum()),
        "percentile": gain_percentile_median(first._replace(in_team=_of(first, group)), second),
        "percentile_none": gain_percentile_median(second._replace(in_team=_of(second, group)), second),
    }  # fmt: skip


def _all_year(who: Who, new: set[Who], *before: dict[Who, float]) -> bool:
    """Whether somebody taught at the end of the year before in both runs, or was hired after it in both."""
    return not any(who in taught for taught in before) if who in new else all(who in taught for taught in before)


def _both(one: Stayers, other: Stayers) -> Stayers:
    """The stayers of a run who are in the other run, too."""
    inside = np.isin(one.person, other.person)
    return Stayers(one.person[inside], one.gain[inside], one.in_team[inside])


def _of(one: Stayers, group: list[Who]) -> np.ndarray:
    """Which stayers of a run belong to the group."""
    return np.isin(one.person, np.array(group, dtype=one.person.dtype))
