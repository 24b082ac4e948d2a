"""One run as the question on teams reads it: tables at the ends of years, net cost by year, persons' gains."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.measures import MEASURES
from diffusion_sim.scenario import Scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import FLOWS, NO_TEAM
from diffusion_sim.state.use import intensity_of, is_user

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

COSTS = ("cost_total", "cost_gross", "cost_freed")


class Run(NamedTuple):
    """A run to its end. teachers, schools : tables at the end of each school year, 0 = before the first. costs : US
    dollars so far at the same times, COSTS by name. outcomes : at the end, flows among them as ``flow_<name>``. posts :
    teaching posts of programme schools. shock : SD of schools' good and bad years. intensity : of compliant use."""

    teachers: tuple[Any, ...]
    schools: tuple[Any, ...]
    costs: dict[str, Floats]
    outcomes: dict[str, float]
    posts: float
    shock: float
    intensity: float

    @property
    def years(self) -> int:
        return len(self.teachers) - 1

    @property
    def spent(self) -> float:
        """Net spending of the whole run, US dollars."""
        return float(self.costs["cost_total"][-1])

    def school_gain(self, year: int) -> Floats:
        """(S,): what a school's pupils gained in this year, SD."""
        return np.asarray(self.schools[year].gain - self.schools[year - 1].gain)


def follow(sc: Scenario, seed: int, strategy: str) -> Run:
    """Run a strategy of the scenario on one seed and keep what is asked of it."""
    from diffusion_sim.model import ReformModel  # Mesa takes a second to load: where runs are made, and only there

    model = ReformModel(sc, rng=seed, strategy=strategy)
    teachers, schools = [], []
    for year in range(model.weeks // WEEKS_PER_YEAR + 1):
        model.run(until=WEEKS_PER_YEAR * year)
        teachers.append(model.state.teachers.copy())
        schools.append(model.state.schools.copy())
    series = model.state.series[::WEEKS_PER_YEAR]
    costs = {name: series[:, MEASURES.index(name)].copy() for name in COSTS}
    flows = dict(zip((f"flow_{name}" for name in FLOWS), model.state.flow_series[-1].tolist(), strict=True))
    found = Run(
        tuple(teachers), tuple(schools), costs, {**model.outcomes, **flows},
        float(model.world.pots.posts.sum()), float(model.params.pupils.shock),
        float(model.params.learning.compliant_intensity),
    )  # fmt: skip
    model.__dict__.clear()  # parts of reference cycles; emptied, the arrays go now
    return found


class Persons(NamedTuple):
    """Persons who teach at the end of a year and of the one before it, and did before week 1, in order of ``who``.

    rows : their posts at the end of the year. gain : what their own pupils gained in the year, SD, without what general
    effectiveness adds. effectiveness : SD of teachers. chance : of ``gain``, the school's good or bad year. quality :
    of their use at the end of the year, 0 where there is none.
    """

    who: NDArray[np.void]
    rows: NDArray[np.int64]
    gain: Floats
    effectiveness: Floats
    chance: Floats
    quality: Floats


def persons(run: Run, year: int) -> Persons:
    """Of a run and a year from 1."""
    now, before = run.teachers[year], run.teachers[year - 1]
    rows, earlier = _stayers(now), _stayers(before)
    who, mine, theirs = np.intersect1d(_who(now[rows]), _who(before[earlier]), return_indices=True)
    rows, earlier = rows[mine], earlier[theirs]
    chance = run.shock * run.schools[year].shock[now.school[rows]]
    gain = now.gain[rows] - before.gain[earlier]
    use = is_user.py_func(now.stage[rows]) * intensity_of.py_func(now.owned[rows] == 1, run.intensity)
    quality = np.asarray(now.skill[rows] * use)
    return Persons(who, rows, np.asarray(gain), np.asarray(now.effectiveness[rows]), np.asarray(chance), quality)


def in_both(one: Persons, other: Persons) -> tuple[Persons, Persons]:
    """The persons who are in two runs, of each run."""
    _, mine, theirs = np.intersect1d(one.who, other.who, assume_unique=True, return_indices=True)
    return _those(one, mine), _those(other, theirs)


def _those(persons: Persons, rows: NDArray[np.int64]) -> Persons:
    who, posts, *numbers = persons
    return Persons(who[rows], posts[rows], *(each[rows] for each in numbers))


def led(run: Run, year: int) -> Bools:
    """(T,): in a team that somebody else leads, at the end of the year."""
    t = run.teachers[year]
    return np.asarray((t.leader >= 0) & (t.leader != np.arange(t.size)))


def teamless(run: Run, year: int) -> Bools:
    """(T,): teaches without a team."""
    return np.asarray(run.teachers[year].leader == NO_TEAM)


def _stayers(t: Any) -> NDArray[np.int64]:
    """Rows of who teaches and was not hired in the run."""
    return np.flatnonzero((t.leader >= NO_TEAM) & (t.tag & 0xFFFF == 0))


def _who(t: Any) -> NDArray[np.void]:
    found = np.empty(t.size, [("origin", "u8"), ("tag", "i8")])
    found["origin"], found["tag"] = t.origin, t.tag
    return found
