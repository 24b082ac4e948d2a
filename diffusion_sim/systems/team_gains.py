"""Where team teachers stand among teachers without teams, and what is left of it within school and year."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics.staffing import has_teams
from diffusion_sim.systems.team_runs import Bools, Floats, Run, in_both, led, persons, teamless


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


class PupilSizes(NamedTuple):
    """Numbers of the scenario's section ``pupils``."""

    teacher_sd: float
    class_size: float


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
    """Persons of one year who are in both runs; gains in SD of pupils.

    year : in a team, from 1; 0 = is not led. maths, reading : gain of the year with teams; maths_none, reading_none :
    in the run without a programme. chance, chance_none : the school's good or bad year in them. base : what general
    effectiveness adds to a gain. quality : of use with teams. crowding : what larger classes cost there.
    """

    year: NDArray[np.int64]
    maths: Floats
    reading: Floats
    maths_none: Floats
    reading_none: Floats
    chance: Floats
    chance_none: Floats
    base: Floats
    quality: Floats
    crowding: Floats


def standing(arm: Twin, none: Twin, year: int, sizes: PupilSizes) -> Standing:
    """Of the persons who teach throughout the year, and from before week 1, with teams and without a programme."""
    here, there = in_both(persons(arm.maths, year), persons(none.maths, year))
    here_read, there_read = in_both(persons(arm.reading, year), persons(none.reading, year))
    base = sizes.teacher_sd * there.effectiveness
    t, s = arm.maths.teachers[year], arm.maths.schools[year]
    school = t.school[here.rows]
    in_team = np.where(led(arm.maths, year)[here.rows], year - s.staffing_year[school], 0).astype(np.int64)
    crowding = sizes.class_size * (s.pupils / s.classes - s.pupils / s.posts)
    return Standing(
        in_team, base + here.gain, base + here_read.gain, base + there.gain, base + there_read.gain,
        here.chance, there.chance, base, here.quality, np.asarray(crowding[school]),
    )  # fmt: skip


def by_year_in_team(arm: Twin, none: Twin, sizes: PupilSizes) -> list[dict[str, float]]:
    """One row a year in a team: its teachers of all calendar years, each ranked in the own calendar year.

    A percentile is the median over team teachers of their place, 0 to 100, among the gains of the same year in the run
    without a programme, of all persons who teach in both runs. before : of the same team teachers in the run without a
    programme. maths, reading : with teams. reading_low, reading_high : with the ends of READING's range.
    reading_spread : where teachers differ less in reading, too, by READING. maths_alone, reading_alone : schools' good
    and bad years taken out of both. maths_article, reading_article : the place of a teacher at the 50th percentile
    whose pupils gain as much more as team teachers' do on average, likewise without schools' years. gained,
    gained_reading : that mean, SD. using : share of team teachers who use the practice at the year's end; quality :
    mean quality among them; crowding : mean loss by larger classes, SD.
    """
    seen = [standing(arm, none, year, sizes) for year in range(1, arm.maths.years + 1)]
    return [_row(seen, k) for k in range(1, arm.maths.years + 1)]


def _row(seen: list[Standing], k: int) -> dict[str, float]:
    cut = [Standing(*(part[s.year == k] for part in s)) for s in seen]
    all_of = Standing(*(np.concatenate(parts) for parts in zip(*cut, strict=True)))
    uses = all_of.quality > 0.0
    found = {
        "year": k, "members": float(all_of.year.size), "gained": mean(all_of.maths - all_of.maths_none),
        "gained_reading": mean(all_of.reading - all_of.reading_none), "using": mean(uses),
        "quality": mean(all_of.quality[uses]), "crowding": mean(all_of.crowding),
    }  # fmt: skip
    placed = [_places(s, s.year == k) for s in seen]
    return found | {name: median(np.concatenate([one[name] for one in placed])) for name in placed[0]}


def _places(s: Standing, chosen: Bools) -> dict[str, Floats]:
    """name -> places of the chosen persons, each among all."""
    ends = {
        end: (at_share(s.maths, s.reading, share), at_share(s.maths_none, s.reading_none, share))
        for end, share in (("reading_low", READING.low), ("reading_high", READING.high))
    }
    narrow = (READING.value - 1.0) * s.base  # a smaller spread of teachers
    pairs = {
        "before": (s.maths_none, s.maths_none), "maths": (s.maths, s.maths_none),
        "reading": (s.reading, s.reading_none), **ends,
        "reading_spread": (s.reading + narrow, s.reading_none + narrow),
        "maths_alone": (s.maths - s.chance, s.maths_none - s.chance_none),
        "reading_alone": (s.reading - s.chance, s.reading_none - s.chance_none),
    }  # fmt: skip
    found = {name: percentiles(here[chosen], there) for name, (here, there) in pairs.items()}
    for subject in ("maths", "reading"):
        _, there = pairs[f"{subject}_alone"]
        more = (getattr(s, subject) - getattr(s, f"{subject}_none"))[chosen]
        place = percentiles(np.median(there) + mean(more), there) if more.size else np.nan
        found[f"{subject}_article"] = np.full(more.size, place)
    return found


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
    """Team teachers of schools that have teachers without a team, too, in one year; SD of pupils, what general
    effectiveness adds left out, of persons in both runs. Leaders count nowhere.

    naive : team teachers - teachers of schools without teams, in the same run; = members + selection - others, exactly:
    members : team teachers against themselves without a programme; selection : naive in the run without a programme;
    others : teachers of schools without teams against themselves. colleagues : teachers without a team in the same
    schools against themselves, schools weighted by their team teachers; within = members - colleagues, what is left
    where school and year are held fixed. NaN where a group is empty.
    """
    here, there = in_both(persons(arm, year), persons(none, year))
    s, school = arm.schools[year], arm.teachers[year].school[here.rows]
    teams = np.asarray(has_teams.py_func(s.staffing))
    member, free = led(arm, year)[here.rows], teamless(arm, year)[here.rows] & teams[school]
    team, beside = (np.bincount(school[group], minlength=s.size) for group in (member, free))
    both = (team > 0) & (beside > 0)
    member, other, more = member & both[school], ~teams[school], here.gain - there.gain
    means = np.bincount(school[free], more[free], minlength=s.size)[both] / beside[both]
    members, colleagues, others = mean(more[member]), mean(means, team[both]), mean(more[other])
    naive, selection = (mean(one.gain[member]) - mean(one.gain[other]) for one in (here, there))
    return {
        "naive": naive, "members": members, "selection": selection, "others": others, "colleagues": colleagues,
        "within": members - colleagues,
    }  # fmt: skip
