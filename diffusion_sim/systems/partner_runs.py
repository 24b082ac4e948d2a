"""Runs of the question on staged districts: how districts stand year by year, equal spending, leadership held."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.analysis.equal_spending import TOLERANCE
from diffusion_sim.measures import MEASURES
from diffusion_sim.scenario import Scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import FLOWS
from diffusion_sim.state.use import is_user, teaches

Floats = NDArray[np.float64]

ROUNDS = 5  # runs at most until two arms spend the same
LEAST_GUESS = 0.2  # of the target, for the first pot
LOW, HIGH = "low", "high"
# Leadership -> the number that is its mean (successors and hires are drawn from it too), and the SD between persons.
LEADERSHIP = {
    "teachers": ("teachers.conviction", "teachers.conviction_sd"),
    "principals": ("schools.principal", "schools.principal_sd"),
    "superintendent": ("districts.superintendent", "districts.superintendent_sd"),
    "board": ("districts.board", "districts.board_sd"),
}


class Districts(NamedTuple):
    """Districts at the end of a year, (D,): stage (0 = none, -1 abandoned), shares of teachers who use and who use
    deeply, share of those asked in this stage who use, and who use and are convinced (NaN where nobody was asked)."""

    stage: Floats
    reach: Floats
    deep: Floats
    asked_use: Floats
    asked_willing: Floats


class Course(NamedTuple):
    """A run to its end. years : districts at the end of each school year, 0 = before the first. leaders : by who, mean
    of each district at the start, (D,). series : measures at the same times, (years + 1, measures). outcomes : at the
    end, flows among them as ``flow_<name>``. posts : teaching posts of programme schools. pupils : of each district,
    (D,)."""

    years: tuple[Districts, ...]
    leaders: dict[str, Floats]
    series: Floats
    outcomes: dict[str, float]
    posts: float
    pupils: Floats

    def at(self, measure: str, year: int) -> float:
        """A measure at the end of a year."""
        return float(self.series[year, MEASURES.index(measure)])

    @property
    def spent(self) -> float:
        """Net spending of the whole run, US dollars."""
        return self.at("cost_total", -1)


def follow(sc: Scenario, seed: int, strategy: str) -> Course:
    """Run a strategy of the scenario on one seed and keep what is asked of it."""
    from diffusion_sim.model import ReformModel  # Mesa takes a second to load: where runs are made, and only there

    model = ReformModel(sc, rng=seed, strategy=strategy)
    years = []
    for year in range(model.weeks // WEEKS_PER_YEAR + 1):
        model.run(until=WEEKS_PER_YEAR * year)
        if year == 0:
            leaders = at_the_start(model.state)
        years.append(districts_of(model.state))
    flows = dict(zip((f"flow_{name}" for name in FLOWS), model.state.flow_series[-1].tolist(), strict=True))
    s = model.state.schools
    found = Course(
        tuple(years), leaders, model.state.series[::WEEKS_PER_YEAR].copy(), {**model.outcomes, **flows},
        float(model.world.pots.posts.sum()), np.asarray(np.bincount(s.district, s.pupils), np.float64),
    )  # fmt: skip
    model.__dict__.clear()  # parts of reference cycles; emptied, the arrays go now
    return found


def districts_of(state: Any) -> Districts:
    """Districts of a state now."""
    s, t = state.schools, state.teachers
    posts = np.maximum(1.0, np.bincount(s.district, s.teaching))
    first = np.unique(s.district, return_index=True)[1]
    asked = (np.asarray(state.named) > 0) & np.asarray(teaches.py_func(t.leader))
    uses = asked & np.asarray(is_user.py_func(t.stage))
    own, count = s.district[t.school], posts.size
    named = np.bincount(own[asked], minlength=count).astype(np.float64)

    def of_asked(which: Any) -> Floats:
        found = np.bincount(own[which], minlength=count)
        return np.divide(found, named, out=np.full(count, np.nan), where=named > 0)

    return Districts(
        np.asarray(s.stage[first], np.float64), np.bincount(s.district, s.users) / posts,
        np.bincount(s.district, s.deep) / posts, of_asked(uses), of_asked(uses & (t.conviction > 0.0)),
    )  # fmt: skip


def at_the_start(state: Any) -> dict[str, Floats]:
    """Leadership of each district before the first week, by who, (D,)."""
    s, t, d = state.schools, state.teachers, state.districts
    own = s.district[t.school]
    return {
        "teachers": np.bincount(own, t.conviction) / np.bincount(own),
        "principals": np.bincount(s.district, s.principal) / np.bincount(s.district),
        "superintendent": np.array(d.superintendent, np.float64),
        "board": np.array(d.board, np.float64),
    }


def at_spending(sc: Scenario, seed: int, strategy: str, target: float, posts: float) -> tuple[Course, bool]:
    """(the run with a pot such that the strategy spends ``target`` net over the whole run, whether it does within
    TOLERANCE). The district's own money after support stays what it is in dollars. No pot is above the scenario's own;
    ROUNDS runs at most.

    target : US dollars, above 0. posts : teaching posts of programme schools.
    """
    own, share = float(sc["money.budget_per_teacher"]), float(sc["money.own_budget"])
    post_years = posts * int(sc["programme.years_support"])
    after = own * share * posts * int(sc["programme.years_after"])
    pot = min(own, max(target - after, LEAST_GUESS * target) / post_years)
    for turn in range(ROUNDS):
        kept = min(1.0, share * own / pot)
        found = follow(sc.override({"money.budget_per_teacher": pot, "money.own_budget": kept}), seed, strategy)
        alike = abs(found.spent - target) <= TOLERANCE * target
        if alike or turn == ROUNDS - 1:
            break
        pot = min(own, max(pot + (target - found.spent) / post_years, LEAST_GUESS * pot))
    return found, alike


def held(sc: Scenario, who: str, level: str) -> Scenario:
    """The scenario with a leadership one SD between persons below or above its own mean, whoever comes later included;
    within what the number may be."""
    path, sd = LEADERSHIP[who]
    low, high = sc.numbers[path].bounds or (-np.inf, np.inf)
    step = float(sc[sd]) * (1.0 if level == HIGH else -1.0)
    return sc.override({path: min(high, max(low, float(sc[path]) + step))})
