"""Where team teachers stand among teachers without teams, and what is left of it within school and year."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics.staffing import has_teams
from diffusion_sim.systems.team_runs import Bools, Floats, Persons, Run, in_both, led, persons, teamless


class Reading(NamedTuple):
    """A number of the question: the effect in reading as a share of the effect in mathematics."""

    value: float = 0.7
    low: float = 0.4
    high: float = 1.0
    unit: str = "share of pupils.effect"
    source: str = "nye_2004"


READING = Reading()


class Twin(NamedTuple):
    """One run with two effect sizes: nothing but pupils' gains differs, and they are linear in the effect. maths : with
    the scenario's effect; reading : with READING.value of it."""

    maths: Run
    reading: Run


def percentiles(values: Any, spread: Any) -> Floats:
    """100 x (share of ``spread`` below + half of the share equal), of each value."""
    there = np.sort(np.asarray(spread, dtype=np.float64))
    below, upto = np.searchsorted(there, values, "left"), np.searchsorted(there, values, "right")
    return np.asarray(100.0 * (below + upto) / (2.0 * there.size))


def median(values: Any) -> float:
    """NaN of none."""
    return float(np.median(values)) if np.size(values) else float("nan")


def mean(values: Any, weights: Any = None) -> float:
    """NaN of none."""
    return float(np.average(values, weights=weights)) if np.size(values) else float("nan")


# ---- percentiles by year in a team -----------------------------------------------------------------------------------


class Standing(NamedTuple):
    """Persons of a year in both runs. year : in a team, from 1; 0 = is not led. with_, without : gains of the year with
    teams and in the run without a programme, SD, of mathematics; ``read`` the same of reading; chance : the school's
    year in each run; base : what general effectiveness adds."""

    year: NDArray[np.int64]
    with_: Floats
    without: Floats
    read_with: Floats
    read_without: Floats
    chance_with: Floats
    chance_without: Floats
    base: Floats


def standing(arm: Twin, none: Twin, year: int, teacher_sd: float) -> Standing:
    """Of the persons who teach throughout the year, and from before week 1, with teams and without a programme."""
    here, there = in_both(persons(arm.maths, year), persons(none.maths, year))
    here_read, there_read = in_both(persons(arm.reading, year), persons(none.reading, year))
    base = teacher_sd * there.effectiveness
    t, s = arm.maths.teachers[year], arm.maths.schools[year]
    since = year - s.staffing_year[t.school[here.rows]]
    in_team = np.where(led(arm.maths, year)[here.rows], since, 0).astype(np.int64)
    return Standing(
        in_team, base + here.gain, base + there.gain, base + here_read.gain, base + there_read.gain,
        here.chance, there.chance, base,
    )  # fmt: skip


def by_year_in_team(arm: Twin, none: Twin, teacher_sd: float) -> list[dict[str, float]]:
    """One row a year in a team: its teachers of all calendar years, each ranked in the own calendar year.

    A percentile is the median over team teachers of their place, 0 to 100, among the gains of the same year in the run
    without a programme, of all persons who teach in both. before : the same team teachers in the run without teams.
    maths, reading : with teams. reading_low, reading_high : with the ends of READING's range. reading_spread : where
    teachers differ less in reading, too, by READING. maths_alone, reading_alone : schools' good and bad years taken out
    of both. maths_article, reading_article : the place of a teacher at the 50th percentile whose pupils gain as much
    more as team teachers' do on average, likewise without schools' years. gained, gained_reading : that mean, SD.
    """
    seen = [standing(arm, none, year, teacher_sd) for year in range(1, arm.maths.years + 1)]
    return [_row(seen, k) for k in range(1, arm.maths.years + 1)]


def _row(seen: list[Standing], k: int) -> dict[str, float]:
    places: dict[str, list[Floats]] = {}
    for s in seen:
        in_team = s.year == k
        if in_team.any():
            for name, values in _places(s, in_team).items():
                places.setdefault(name, []).append(values)
    found = {name: median(np.concatenate(values)) for name, values in places.items()}
    more = np.concatenate([(s.with_ - s.without)[s.year == k] for s in seen])
    more_read = np.concatenate([(s.read_with - s.read_without)[s.year == k] for s in seen])
    names = ("before", "maths", "reading", "reading_low", "reading_high", "reading_spread", "maths_alone",
             "reading_alone", "maths_article", "reading_article")  # fmt: skip
    return {
        "year": k, "members": float(more.size), "gained": mean(more), "gained_reading": mean(more_read),
        **{name: found.get(name, float("nan")) for name in names},
    }  # fmt: skip


def _places(s: Standing, chosen: Bools) -> dict[str, Floats]:
    """name -> places of the chosen persons."""
    low, high = (
        (at_share(s.with_, s.read_with, share), at_share(s.without, s.read_without, share))
        for share in (READING.low, READING.high)
    )
    narrow = (READING.value - 1.0) * s.base  # a smaller spread of teachers
    alone, alone_read = s.without - s.chance_without, s.read_without - s.chance_without
    middle = [float(np.median(a)) for a in (alone, alone_read)]
    shift = float((s.with_ - s.without)[chosen].mean()), float((s.read_with - s.read_without)[chosen].mean())
    return {
        "before": percentiles(s.without[chosen], s.without),
        "maths": percentiles(s.with_[chosen], s.without),
        "reading": percentiles(s.read_with[chosen], s.read_without),
        "reading_low": percentiles(low[0][chosen], low[1]),
        "reading_high": percentiles(high[0][chosen], high[1]),
        "reading_spread": percentiles((s.read_with + narrow)[chosen], s.read_without + narrow),
        "maths_alone": percentiles((s.with_ - s.chance_with)[chosen], alone),
        "reading_alone": percentiles((s.read_with - s.chance_with)[chosen], alone_read),
        "maths_article": np.full(chosen.sum(), percentiles(middle[0] + shift[0], alone)),
        "reading_article": np.full(chosen.sum(), percentiles(middle[1] + shift[1], alone_read)),
    }


def at_share(maths: Floats, reading: Floats, share: float) -> Floats:
    """Gains at another effect in reading, a share of the effect in mathematics: they are linear in it."""
    return maths + (share - 1.0) / (READING.value - 1.0) * (reading - maths)


# ---- between schools, and within school and year ---------------------------------------------------------------------


def between(arm: Run, none: Run, year: int) -> dict[str, float]:
    """Schools with teams against the others, in one year; SD of pupils, weighted by them; NaN where one of the two
    groups is empty. naive = paired + selection - others, exactly:

    naive : gain of schools with teams - gain of the others, in the same run; paired : schools with teams against
    themselves without a programme; selection : what the two groups differ by without a programme; others : what the
    others gain against themselves without a programme.
    """
    s = arm.schools[year]
    teams = np.asarray(has_teams.py_func(s.staffing))
    own, without, pupils = arm.school_gain(year), none.school_gain(year), s.pupils

    def of(values: Floats, group: Bools) -> float:
        return mean(values[group], pupils[group])

    return {
        "naive": of(own, teams) - of(own, ~teams), "paired": of(own - without, teams),
        "selection": of(without, teams) - of(without, ~teams), "others": of(own - without, ~teams),
    }  # fmt: skip


def within(arm: Run, none: Run, year: int) -> dict[str, float]:
    """Team teachers against colleagues without a team in the same school and year, SD of pupils.

    members, colleagues : mean over schools that have both of the paired difference to the run without a programme, of
    persons in both runs, weighted by the school's team teachers; within = members - colleagues. Leaders are in neither.
    """
    here, there = in_both(persons(arm, year), persons(none, year))
    school = arm.teachers[year].school[here.rows]
    more, size = here.gain - there.gain, arm.schools[year].size
    member, teams = led(arm, year)[here.rows], has_teams.py_func(arm.schools[year].staffing)
    other = teamless(arm, year)[here.rows]
    counts, sums = zip(*((np.bincount(school[g], minlength=size), np.bincount(school[g], more[g], minlength=size))
                         for g in (member, other)), strict=True)  # fmt: skip
    both = np.asarray(teams) & (counts[0] > 0) & (counts[1] > 0)
    members, colleagues = (mean(total[both] / count[both], counts[0][both])
                           for count, total in zip(counts, sums, strict=True))  # fmt: skip
    return {"members": members, "colleagues": colleagues, "within": members - colleagues}


__all__ = ["READING", "Persons", "Twin", "at_share", "between", "by_year_in_team", "percentiles", "within"]
