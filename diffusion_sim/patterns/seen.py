"""Runs on one seed, as rows read them: the state at the end of each school year, and the weekly series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.measures import MEASURES
from diffusion_sim.patterns.record import Arm, Row
from diffusion_sim.patterns.worlds import scenario_of
from diffusion_sim.programme.networks_judged import fit_anywhere
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import FLOWS, ROUTINE
from diffusion_sim.state.use import intensity_of, is_user, teaches
from diffusion_sim.strategies import gates

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Year(NamedTuple):
    """The state at the end of a school year, 0 = before the first: copies of the tables, and the strategy's memo."""

    teachers: Any
    schools: Any
    memo: Floats


class Seen:
    """One run. years : state at the end of each year, 0 = before the first. fit_anywhere : true fit, in contexts of all
    kinds, of what improvement networks would recommend there at the end."""

    def __init__(self, years: tuple[Year, ...], model: Any) -> None:
        self.years = years
        self.readiness: Floats = np.array(model.state.readiness_start)
        self.intensity = float(model.params.learning.compliant_intensity)
        self.scenario = model.case
        self.fit_anywhere = fit_anywhere(model.world, model.state, model.numbers.cycles)
        self._series: Floats = model.state.series.copy()
        self._flows: Floats = model.state.flow_series.copy()

    def measure(self, name: str, year: int) -> float:
        """A measure at the end of a year."""
        return float(self.weekly(name)[WEEKS_PER_YEAR * year])

    def weekly(self, name: str) -> Floats:
        """A measure week by week, row 0 before the first."""
        return self._series[:, MEASURES.index(name)]

    def flow(self, *names: str) -> Floats:
        """Flows summed, cumulative, week by week."""
        return np.asarray(sum(self._flows[:, FLOWS.index(name)] for name in names))

    # ---- by teacher, at the end of a year ----------------------------------------------------------------------------
    def teaching(self, year: int) -> Bools:
        """(T,): the post teaches."""
        return np.asarray(teaches.py_func(self.years[year].teachers.leader))

    def using(self, year: int) -> Bools:
        """(T,): teaches and uses."""
        return np.asarray(is_user.py_func(self.years[year].teachers.stage)) & self.teaching(year)

    def regular(self, year: int) -> Bools:
        """(T,): teaches and is in stage ROUTINE."""
        return (self.years[year].teachers.stage == ROUTINE) & self.teaching(year)

    def quality(self, year: int) -> Floats:
        """(T,): quality of use, 0 where there is none."""
        t = self.years[year].teachers
        return np.where(self.using(year), t.skill * intensity_of.py_func(t.owned == 1, self.intensity), 0.0)

    def same_person(self, year: int, before: int = 0) -> Bools:
        """(T,): the same person is in the post as at the end of an earlier year."""
        now, then = self.years[year].teachers, self.years[before].teachers
        return np.asarray((now.tag == then.tag) & (now.origin == then.origin))

    def begun(self, year: int = 1) -> tuple[Bools, Bools]:
        """(T,) twice: had never used before the first week and is still in the post; of these, has used since."""
        fresh = self.same_person(year) & self.teaching(year) & (self.years[0].teachers.ever == 0)
        return fresh, fresh & (self.years[year].teachers.ever == 1)

    # ---- by school ---------------------------------------------------------------------------------------------------
    def mean_by_school(self, values: Any, year: int, among: Any = None) -> Floats:
        """(S,): mean of a column of teachers over a school's posts that teach (and are ``among``), NaN without any."""
        t, size = self.years[year].teachers, self.years[year].schools.size
        chosen = self.teaching(year) if among is None else self.teaching(year) & among
        posts = np.bincount(t.school[chosen], minlength=size)
        total = np.bincount(t.school[chosen], np.asarray(values, float)[chosen], minlength=size)
        return np.divide(total, posts, out=np.full(size, np.nan), where=posts > 0)

    def reach(self, year: int, schools: Any = None) -> float:
        """Share of teachers who use, over all schools or some (bool[S])."""
        s = self.years[year].schools
        chosen = np.ones(s.size, bool) if schools is None else np.asarray(schools, bool)
        return mean_of(s.users[chosen] / np.maximum(1, s.teaching[chosen]), s.teaching[chosen])

    def district_reach(self, year: int) -> Floats:
        """(D,): share of teachers who use, by district."""
        s = self.years[year].schools
        return np.bincount(s.district, s.users) / np.bincount(s.district, s.teaching)

    def district_stage(self, year: int) -> Floats:
        """(D,): stage of a staged strategy."""
        s = self.years[year].schools
        first = np.unique(s.district, return_index=True)[1]
        return self.years[year].memo[first, gates.STAGE]

    def enrolled(self, year: int) -> Bools:
        """(S,): in the programme."""
        return np.asarray(self.years[year].schools.enrolled == 1)

    def gain(self, year: int) -> Floats:
        """(S,): what a school's pupils gained in this year, SD."""
        return self.years[year].schools.gain - self.years[year - 1].schools.gain


class At:
    """What a row reads on one seed: ``at("arm")`` is the run of that arm, made when first asked for."""

    def __init__(self, runs: Runs, row: Row) -> None:
        self._runs, self._row = runs, row

    def __call__(self, name: str, more: Mapping[str, Any] | None = None) -> Seen:
        """A run; more : overrides besides the arm's own."""
        return self._runs.run(self._arm(name, more))

    def from_year(self, name: str, year: int, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Seen]:
        """The arm, changed in different ways when a year is done, each a year further: name of the change -> run."""
        return self._runs.branches(self._arm(name), year, changes)

    def _arm(self, name: str, more: Mapping[str, Any] | None = None) -> Arm:
        arm = self._row.arms[name]
        return replace(arm, world=arm.world or self._row.world, overrides={**arm.overrides, **(more or {})})


class Runs:
    """Runs on one seed, kept, so that rows share those that are the same.

    off : a mechanism that is switched off in all of them, "" = none. point : of the plausible space, dotted path ->
    value.
    """

    def __init__(self, seed: int, off: str = "", point: Mapping[str, Any] | None = None) -> None:
        self.seed, self.off, self.point = seed, off, dict(point or {})
        self._kept: dict[str, Seen] = {}

    def run(self, arm: Arm) -> Seen:
        """The run of an arm, whose world is named."""
        key = repr((arm.world, arm.strategy, sorted(arm.overrides.items()), arm.random))
        if key not in self._kept:
            self._kept[key] = seen(self._model(arm))
        return self._kept[key]

    def branches(self, arm: Arm, year: int, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Seen]:
        """See ``At.from_year``."""
        model, found = self._model(arm), {}
        years = _run(model, 0, year)
        for name, change in changes.items():
            other = model.copy()
            if change:
                other.intervene(change)
            found[name] = Seen((*years, *_run(other, year + 1, year + 1)), other)
        return found

    def _model(self, arm: Arm) -> Any:
        from diffusion_sim.model import ReformModel
        from diffusion_sim.patterns.space import random_point

        point = random_point(self.seed) if arm.random else self.point
        sc = scenario_of(arm.world, arm.overrides, point, self.off)
        return ReformModel(sc, rng=self.seed, strategy=arm.strategy)


def seen(model: Any) -> Seen:
    """A model run to its end."""
    return Seen(_run(model, 0, model.weeks // WEEKS_PER_YEAR), model)


def _run(model: Any, first: int, last: int) -> tuple[Year, ...]:
    years = []
    for year in range(first, last + 1):
        model.run(until=WEEKS_PER_YEAR * year)
        state = model.state
        years.append(Year(state.teachers.copy(), state.schools.copy(), state.memo.copy()))
    return tuple(years)


# ---- arithmetic that rows share --------------------------------------------------------------------------------------


def mean_of(values: Any, weights: Any = None, among: Any = None) -> float:
    """Weighted mean of the defined values (among some), NaN without any."""
    values = np.asarray(values, float)
    weights = np.ones(values.size) if weights is None else np.asarray(weights, float)
    chosen = np.isfinite(values) if among is None else np.isfinite(values) & among
    total = float(weights[chosen].sum())
    return float((values[chosen] * weights[chosen]).sum() / total) if total > 0.0 else np.nan


def correlation(a: Any, b: Any) -> float:
    """Pearson's r of the pairs that are defined; NaN for fewer than 3 or where one does not vary."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    if a.size < 3 or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return np.nan
    return float(np.corrcoef(a, b)[0, 1])


def without(values: Any, by: Any) -> Floats:
    """What is left of values when a straight line on ``by`` is taken out."""
    values, by = np.asarray(values, float), np.asarray(by, float)
    spread = by - by.mean()
    slope = float((spread * values).sum() / (spread**2).sum()) if np.ptp(by) > 0.0 else 0.0
    return values - values.mean() - slope * spread


def quotient(a: float, b: float) -> float:
    """a / b, NaN where b is 0."""
    return a / b if b != 0.0 else np.nan


def equal_spending(at: Any, a: str, b: str, year: int, tries: int = 6) -> tuple[Seen, Seen, float]:
    """Two arms that have spent the same by the end of a year: the one that spends more gets a pot that holds what the
    other spends, then one larger or smaller by what it spends too little or too much, at most ``tries`` times, until
    they lie within 2 %. Returns both and spending of a / spending of b, whatever it came to."""
    runs = {a: at(a), b: at(b)}
    spent = {name: run.measure("cost_total", year) for name, run in runs.items()}
    less, more = sorted((a, b), key=lambda name: spent[name])
    target, factor = spent[less], 1.0
    for turn in range(tries):
        spent[more] = runs[more].measure("cost_total", year)
        if target <= 0.0 or spent[more] <= 0.0 or abs(spent[more] / target - 1.0) <= 0.02:
            break
        held = runs[more].measure("cost_pot", year) if turn == 0 else spent[more]
        factor *= target / held
        runs[more] = at(more, {"money.budget_per_teacher": factor * at(more).scenario["money.budget_per_teacher"]})
    return runs[a], runs[b], quotient(*(runs[name].measure("cost_total", year) for name in (a, b)))
