"""A run, week by week, with an eye on some of its schools (those of one district): what happened there, by year and by
school.

Flows are the run's own counts, kept by school. What is not among them (mandates that begin, hours, structures, gates)
is read off the state before and after each week.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.analysis.story.purse import Purse
from diffusion_sim.measures import add_up, new_sums, sum_all
from diffusion_sim.model import ReformModel
from diffusion_sim.programme.own_programme import goes_on
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import COACH, FIRST_INVITED, FLOWS, IN_PREPARATION, TRADED
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies import gates
from diffusion_sim.strategies.staged import GATED

LEVELS = ("reach", "deep_use", "mean_depth", "pupil_gain_sd")
ALL = "_all"  # ending of the same in all districts
PRINCIPAL = FLOWS.index("principals_left")
BROKEN = FLOWS.index("mandates_broken")
WAS_INVITED = sum(FIRST_INVITED)  # by name, in some quarter of the school year
# Kept by school and year, beside flows. Hours are person-hours that arrive.
BY_SCHOOL = ("mandated", "mandates_ended", "handed_over", "hours", "hours_adapting", "hours_building", "comers")
# What a leader's successor changed: (before, after), summed over those who left.
SUCCESSION = ("focus", "leadership_team", "trust", "superintendent_support", "alignment")
COUNTS = ("came_in", "spent", "superintendents", "broken_with_superintendent", "tests_begun", "structures_begun",
          "structures_ended", "structure_quarters", "structure_quarters_paid", "leaders_prepared", "align_quarters",
          "vision_quarters")  # fmt: skip


class Before(NamedTuple):
    """The schools, and their district, before a week."""

    schools: Any
    flows: Floats
    number: int
    support: float
    alignment: float


class Followed:
    """What was seen. years : one dict a year, the first (year 0) before week 1; gates : one dict a gate; events : the
    dated ones, (year, week, what is said of it); flows : (years + 1, schools, FLOWS) so far; by_school : name of
    BY_SCHOOL -> (years + 1, schools), of each year."""

    def __init__(self, model: ReformModel, row: int, part: slice | None = None) -> None:
        """row : of the district. part : rows of some of its schools, None = of all."""
        self.model, self.row = model, row
        district = model.state.districts[row]
        self.rows = slice(int(district.first), int(district.last)) if part is None else part
        self.first, self.last = self.rows.start, self.rows.stop
        schools = model.state.schools
        self.posts = slice(int(schools.first[self.first]), int(schools.last[self.last - 1]))
        self.purse = Purse(model, self.first, self.last)
        inside = np.flatnonzero(schools.programme[self.rows] == 1)
        self.programme = int(inside.size)
        own = goes_on(model.maker, model.strategy, model.numbers)
        self.after = "own" if own else "after"  # the district's own programme, or what it keeps up
        parts = getattr(model.maker, "parts", None)
        gated = parts is not None and parts["tempo"]["kind"] in GATED and inside.size > 0
        self.memo_row = self.first + int(inside[0]) if gated else -1
        size, years = self.last - self.first, model.weeks // WEEKS_PER_YEAR
        self.flows = np.zeros((years + 1, size, len(FLOWS)))
        self.by_school = {name: np.zeros((years + 1, size)) for name in BY_SCHOOL}
        self.years: list[dict[str, Any]] = []
        self.gates: list[dict[str, Any]] = []
        self.events: list[tuple[int, int, dict[str, Any]]] = []

    @property
    def idle(self) -> bool:
        """Whether the strategy recruits nobody and nothing was spent: pots are filled in such a run, too."""
        return nobody_recruited(self.model) and not any(row["spent"] for row in self.years)

    def run(self) -> Followed:
        """All weeks; returns itself."""
        self._begin_year()
        self._close_year(0)
        while self.model.running:
            self._week()
        return self

    # ---- a week ------------------------------------------------------------------------------------------------------
    def _week(self) -> None:
        model, week = self.model, self.model.week
        year = week // WEEKS_PER_YEAR + 1
        before = self._before()
        self.purse.before(model)
        for event in model.schedule:
            if event.begin == week and event.schools[self.rows].any():
                self.events.append((year, week, dict(event.said)))
        model.run(until=week + 1)
        came, spent = self.purse.after(model)
        self.counts["came_in"] += came
        self.counts["spent"] += spent
        self._mandates_and_hours(before, year, week)
        self._leaders(before)
        if week % WEEKS_PER_QUARTER == 0:
            self._structures_and_tests(before)
            self._district_part()
            self._gate(year, week // WEEKS_PER_QUARTER)
        self._note(before, year, week)
        if model.week % WEEKS_PER_YEAR == 0:
            self._close_year(year)

    def _before(self) -> Before:
        state = self.model.state
        district = state.districts[self.row]
        return Before(
            state.schools[self.rows].copy(),
            state.flows[self.rows].copy(),
            int(district.superintendent_number),
            float(district.superintendent),
            float(district.alignment.mean()),
        )

    def _note(self, before: Before, year: int, week: int) -> None:
        """What else is seen of a week, in classes made of this one."""

    def _mandates_and_hours(self, before: Before, year: int, week: int) -> None:
        state, seen = self.model.state, self.by_school
        schools = state.schools[self.rows]
        broken = state.flows[self.rows, BROKEN] > before.flows[:, BROKEN]
        force, had = schools.mandate_weeks > 0, before.schools.mandate_weeks > 0
        seen["mandated"][year] += force & (~had | broken)
        seen["mandates_ended"][year] += had & ~force & ~broken
        if week == self.model.support_weeks:
            seen["handed_over"][year] += schools.once_kept
        arrive = schools.active * schools.supported / WEEKS_PER_YEAR
        mix = schools.mix
        teaching = mix[:, 0] + mix[:, 1] + mix[:, 3]  # the share for conditions is planned as building
        seen["hours"][year] += schools.hours * teaching * schools.participants * arrive
        seen["hours_adapting"][year] += schools.adapting_hours * teaching * schools.participants * arrive
        seen["hours_building"][year] += schools.building * arrive
        seen["comers"][year] += schools.comers - before.schools.comers

    def _leaders(self, before: Before) -> None:
        state, counts = self.model.state, self.counts
        schools, district = state.schools[self.rows], state.districts[self.row]
        left = state.flows[self.rows, PRINCIPAL] > before.flows[:, PRINCIPAL]
        if left.any():
            for name, column in (("focus", 0), ("leadership_team", 2)):
                self._succeeded(name, before.schools.conditions[left, column], schools.conditions[left, column])
            self._succeeded("trust", before.schools.trust[left], schools.trust[left])
        if int(district.superintendent_number) != before.number:
            counts["superintendents"] += int(district.superintendent_number) - before.number
            broken = state.flows[self.rows, BROKEN] - before.flows[:, BROKEN]
            counts["broken_with_superintendent"] += float(broken.sum())
            self._succeeded("superintendent_support", before.support, district.superintendent)
            self._succeeded("alignment", before.alignment, district.alignment.mean())

    def _succeeded(self, name: str, before: Any, after: Any) -> None:
        self.succession[name].append((np.atleast_1d(before).copy(), np.atleast_1d(after).copy()))

    def _structures_and_tests(self, before: Before) -> None:
        counts, schools = self.counts, self.model.state.schools[self.rows]
        had, has = before.schools.staffing > 0, schools.staffing > 0
        counts["structures_begun"] += float((has & ~had).sum())
        counts["structures_ended"] += float((had & ~has).sum())
        counts["structure_quarters"] += float(has.sum())
        counts["structure_quarters_paid"] += float((has & (schools.staffed == 1)).sum())
        prepared = np.asarray(self.model.state.teachers.prepared)[self.posts] == IN_PREPARATION
        counts["leaders_prepared"] += float(prepared.sum())
        counts["tests_begun"] += float(((schools.slot >= 0) & (before.schools.slot < 0)).sum())

    def _district_part(self) -> None:
        """What was paid of it in the quarter that has begun."""
        state = self.model.state
        self.counts["align_quarters"] += float(state.districts.aligning[self.row] >= 0)
        self.counts["vision_quarters"] += float(state.schools.vision[self.rows].any())

    def _gate(self, year: int, quarter: int) -> None:
        if self.memo_row < 0 or (self.model.week > self.model.support_weeks and self.after != "own"):
            return
        stage, since, missed, verdict = (int(x) for x in self.model.state.memo[self.memo_row])
        if since == quarter and verdict > 0:
            said = {"year": year, "quarter": quarter % 4 + 1, "verdict": verdict, "stage": stage, "misses": missed}
            self.gates.append(said)

    # ---- a year ------------------------------------------------------------------------------------------------------
    def _begin_year(self) -> None:
        self.counts: dict[str, float] = dict.fromkeys(COUNTS, 0.0)
        self.succession: dict[str, list[tuple[Floats, Floats]]] = {name: [] for name in SUCCESSION}

    def _close_year(self, year: int) -> None:
        state = self.model.state
        self.flows[year] = state.flows[self.rows]
        end = self.model.support_weeks // WEEKS_PER_YEAR
        phase = "start" if year == 0 else "support" if year <= end else self.after
        row: dict[str, Any] = {"year": year, "phase": phase}
        row |= self.counts
        row |= {name: float(values[year].sum()) for name, values in self.by_school.items()}
        so_far = summed(self.flows[year])
        earlier = summed(self.flows[year - 1]) if year else np.zeros(len(FLOWS))
        row |= dict(zip(FLOWS, (so_far - earlier).tolist(), strict=True))
        row |= self._changed() | self._standing(year) | self._levels()
        self.years.append(row)
        self._begin_year()

    def _changed(self) -> dict[str, float]:
        """Means of what successors found and of what there was a week later; NaN where nobody left."""
        out = {}
        for name, pairs in self.succession.items():
            for n, when in enumerate(("before", "after")):
                values = np.concatenate([pair[n] for pair in pairs]) if pairs else np.full(1, math.nan)
                out[f"{name}_{when}"] = float(values.mean())
        return out

    def _levels(self) -> dict[str, float]:
        """LEVELS at present, and, ending in ALL, of whom they are held against."""
        return levels(self.model, self.row)

    def _standing(self, year: int) -> dict[str, float]:
        """What there is at the year's end."""
        state = self.model.state
        schools, leader = state.schools[self.rows], np.asarray(state.teachers.leader)[self.posts]
        here = np.arange(self.posts.start, self.posts.stop)
        stage = float(state.memo[self.memo_row, gates.STAGE]) if self.memo_row >= 0 and year else math.nan
        relieved = schools.relieved[schools.relieved > 0.0]
        return {
            "relieved_schools": float(relieved.size),
            "relieved": float(relieved.mean()) if relieved.size else 0.0,
            "autonomy_added": float(state.districts.autonomy_added[self.row]),
            "aligned": float(state.districts.aligning[self.row]),
            "enrolled": float((schools.enrolled == 1).sum()),
            "mandates_in_force": float((schools.mandate_weeks > 0).sum()),
            "invited": float((np.asarray(state.teachers.invited)[self.posts] & WAS_INVITED > 0).sum()),
            "teams": float((leader == here).sum()),
            "coaches": float((leader == COACH).sum()),
            "traded": float((leader == TRADED).sum()),
            "stage": stage,
            "teachers": float(schools.teaching.sum()),
        }


def nobody_recruited(model: ReformModel) -> bool:
    """Whether the strategy is one that recruits nobody."""
    parts = getattr(model.maker, "parts", None)
    return parts is not None and parts["recruitment"]["kind"] == "none"


def summed(rows: Floats) -> Floats:
    """Sums of the columns, row after row as the run adds them up, so that all schools give the run's own bits."""
    whole = np.zeros(rows.shape[1])
    add_up(np.ascontiguousarray(rows), whole)
    return whole


def levels(model: ReformModel, row: int) -> dict[str, float]:
    """Reach, deep use, mean depth and pupils' gain so far of a district at present and, ending in ALL, of all."""
    state, basis = model.state, model.world.basis
    sums = new_sums(state.districts.size)
    sum_all(state.schools, basis, sums)
    of, district = sums.rows[row], state.districts[row]
    share = 1.0 if state.districts.size == 1 else float(basis.weights.pupils[district.first : district.last].sum())
    values = {
        "reach": _ratio(of.users, of.teachers),
        "deep_use": _ratio(of.deep, of.teachers),
        "mean_depth": _ratio(of.quality, of.users),
        "pupil_gain_sd": _ratio(of.gain, share),
    }
    everywhere = model.series.loc[model.week, list(LEVELS)]
    return values | {f"{name}{ALL}": float(everywhere[name]) for name in LEVELS}


def _ratio(numerator: float, denominator: float) -> float:
    return float(numerator / denominator) if denominator != 0.0 else math.nan
