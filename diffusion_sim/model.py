"""ReformModel: the Mesa model that everybody runs, batches included."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from os import PathLike
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim import frames, interventions
from diffusion_sim._mesa import mesa
from diffusion_sim.agents import Teacher, make_agents
from diffusion_sim.compiled.threads import thread_pool
from diffusion_sim.dynamics import params as groups
from diffusion_sim.errors import DiffusionSimError, ScenarioError, StrategyError
from diffusion_sim.measures import MEASURES
from diffusion_sim.programme import coaching, enrolment, improvement_cycles, payment, planner_view, rules, staffing
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.scenario.events import Event, read_intervention
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import FLOWS
from diffusion_sim.strategies import Parts, make_strategy
from diffusion_sim.strategies.contract import checked, make_draw
from diffusion_sim.week import run_weeks
from diffusion_sim.world.build import World, shared_world, with_ties
from diffusion_sim.world.run_state import RunState
from diffusion_sim.year import dated_events, summer


class ReformModel(mesa.Model):
    """One run: a scenario, a seed and a strategy.

    case : Scenario, id or path of a YAML file. rng : seed, a whole number from 0 to 2**64 - 1; None draws one, kept in
    ``seed``. strategy : id; None = the scenario's own strategy block. overrides : {dotted path: value}.
    allow_code : whether code named in the scenario may run. threads : for large worlds; results do not depend on it.
    ties : given advice ties instead of the scenario's, a networkx graph or an edge list between posts named
    ``district/school/post``.
    Raises ScenarioError, PopulationError or StrategyError with the place, the value found and what is allowed.
    """

    def __init__(
        self,
        case: Any = "mid_size_district",
        rng: Any = None,
        strategy: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        allow_code: bool = False,
        threads: int = 1,
        ties: Any = None,
    ) -> None:
        seed = checked_seed(rng)
        check_keywords(strategy, overrides, threads)
        sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
        sc = sc.override(dict(overrides)) if overrides else sc
        plan_maker = make_strategy(strategy, sc, allow_code)
        weeks = WEEKS_PER_YEAR * (int(sc["programme.years_support"]) + int(sc["programme.years_after"]))
        world, shared = shared_world(sc.in_force, seed)
        world = world if ties is None else with_ties(world, ties)
        state = RunState.start(world, weeks, copy=shared)
        self._adopt(sc, seed, strategy, plan_maker, world, state, [], threads)
        run_weeks.first_row(state, world, self.params, self.support_weeks)
        self.datacollector.collect(self)

    def _adopt(
        self,
        sc: Scenario,
        seed: int,
        strategy: str | None,
        maker: Any,
        world: World,
        state: RunState,
        interventions: list[dict[str, Any]],
        threads: int,
        added: list[Event] | None = None,
    ) -> None:
        """Become the model of these parts; what __init__, copy and load share."""
        super().__init__(rng=seed)
        self.case = sc
        self.seed = seed
        self.strategy = strategy
        self.world = world
        self.state = state
        self.interventions = interventions
        self.threads = threads
        self._maker = maker.bound(world.table, world.schools.key) if isinstance(maker, Parts) else maker
        self._added = added or []  # events that intervene lets come
        self._numbers(sc)
        self._schedule = self._dates(self._added)
        self._agents_made = False
        self._by_row: dict[tuple[type, int], Any] = {}
        self.running = state.week < self.weeks
        if "steps" in self.__dict__:  # Mesa before 4.0 counts them
            self.steps = state.week
        self.datacollector = mesa.DataCollector(model_reporters=dict(frames.REPORTERS))

    def _numbers(self, sc: Scenario) -> None:
        """Read the scenario's numbers into the groups that kernels take."""
        self.params, self.rules, self.summer_rules, self.settings = _grouped(sc.in_force)
        self.support_weeks = WEEKS_PER_YEAR * int(sc["programme.years_support"])
        self.weeks = self.support_weeks + WEEKS_PER_YEAR * int(sc["programme.years_after"])

    def _dates(self, added: list[Event]) -> tuple[dated_events.Dated, ...]:
        """The scenario's events and those added by ``intervene``. Raises ScenarioError for unknown schools."""
        own = self.case.events
        return dated_events.resolve((*own, *added), len(own), self.world, self.support_weeks)

    # ---- running -----------------------------------------------------------------------------------------------------
    @property
    def week(self) -> int:
        """Weeks done; 0 before the first step."""
        return self.state.week

    def step(self) -> None:
        """One school week. Does nothing once the scenario's weeks are done."""
        if self.running:
            self._advance(1)
            self.datacollector.collect(self)

    def run(self) -> ReformModel:
        """All weeks that are left; returns the model. Bit for bit what as many steps give.
        After an interrupt go on from a copy made before: half of what stands between two weeks may be done."""
        while self.running:
            left_in_quarter = WEEKS_PER_QUARTER - self.week % WEEKS_PER_QUARTER
            left_to_event = [date - self.week for date in dated_events.boundaries(self._schedule) if date > self.week]
            self._advance(min(left_in_quarter, self.weeks - self.week, *left_to_event[:1]))
        if "steps" in self.__dict__:
            self.steps = self.week
        return self

    def _advance(self, count: int) -> None:
        """``count`` weeks; in none of them but the first a quarter or an event begins or ends."""
        state, week = self.state, self.state.week
        if week % WEEKS_PER_QUARTER == 0 and week > 0:
            improvement_cycles.study(self.world, state, self.rules.cycles, self.params.experience.eta_peer)
        year_begins = week % WEEKS_PER_YEAR == 0
        if year_begins and week > 0:
            summer.summer(self.world, state, week, self.params, self.summer_rules, self._pool())
        for event in dated_events.come(self._schedule, self.world, state, self.params, self.summer_rules):
            self.interventions.append({"week": week, "event": dict(event)})
        if year_begins:
            self._year()
        if week % WEEKS_PER_QUARTER == 0:
            self._quarter()
        try:
            run_weeks.advance(state, self.world, count, self.params, self.support_weeks, self._pool())
        finally:
            self.running = state.week < self.weeks

    def _pool(self) -> ThreadPoolExecutor | None:
        return thread_pool(self.threads) if self.threads > 1 else None

    def _year(self) -> None:
        """A year begins: pots are filled, schools leave and enrol, or support ends."""
        state, week = self.state, self.state.week
        per_post = self.rules.money.budget_per_teacher * dated_events.pots_left(self._schedule, week, self.world)
        if week < self.support_weeks:
            state.year_pot[:] = self.world.pots.posts * per_post
            enrolment.survey_year(self.world, state, week, self.params.readiness, self.rules)
            enrolment.leave_programme(self.world, state, self.rules)
            self._plan()
            room, barred = self._allowance(), dated_events.suspended(self._schedule, week, state.schools.size)
            enrolment.enrol_year(self.world, state, week, room, self.rules, barred)
            staffing.begin_year(self.world, state, week, room, self.rules.staff, barred)
        else:
            if week == self.support_weeks:
                coaching.hand_over(state)
                enrolment.end_support(np.uint64(self.seed), state.schools, state.teachers)
            state.year_pot[:] = self.world.pots.posts * per_post * self.rules.money.own_budget
            staffing.begin_year(self.world, state, week, None, self.rules.staff)

    def _quarter(self) -> None:
        """A quarter begins: in years of support the strategy plans and is paid; afterwards mandates are watched."""
        state, week = self.state, self.state.week
        allowance = self._allowance()
        before = allowance.copy()
        dated_events.start_mandates(self._schedule, self.world, state, allowance, self.rules)
        if week < self.support_weeks:
            self._plan()
            shut = dated_events.closed(self._schedule, week, state.schools.size)
            payment.pay_quarter(self.world, state, allowance, self.rules, shut)
        else:
            payment.pay_own(self.world, state, allowance, self.rules)
        state.year_pot -= before - allowance
        if week < self.support_weeks and week % WEEKS_PER_YEAR == WEEKS_PER_YEAR - WEEKS_PER_QUARTER:
            state.unspent += float(state.year_pot.sum())

    def _allowance(self) -> Any:
        """This quarter's part of each pot: what is left of the year / quarters left."""
        quarter = self.week % WEEKS_PER_YEAR // WEEKS_PER_QUARTER
        return self.state.year_pot / (4 - quarter)

    def _plan(self) -> None:
        """Ask the strategy, and note what it asks for."""
        s = self.state
        view = planner_view.make_view(
            self.world, s.teachers, s.schools, s.network, s.week, self.settings, self.rules, self.params, s.memo
        )
        try:
            plan = self._maker.plan(view, make_draw(self.seed, view.quarter))
        except DiffusionSimError:
            raise
        except Exception as error:
            raise planner_view.plan_failed(self.strategy, error) from error
        planner_view.keep(s, checked(plan, self.strategy or "strategy", s.schools.size, s.teachers.size))

    # ---- results -----------------------------------------------------------------------------------------------------
    @property
    def series(self) -> pd.DataFrame:
        """All weekly measures, one row a week 0..week (row 0 = before week 1), index ``week``."""
        return frames.by_week(self.state.series, MEASURES, self.week)

    @property
    def flows(self) -> pd.DataFrame:
        """Cumulative counts of what teachers and schools did, one row a week, columns state.FLOWS."""
        return frames.by_week(self.state.flow_series, FLOWS, self.week)

    @property
    def outcomes(self) -> dict[str, float]:
        """Measures of the last week done, ``<name>_support_end`` of the last week of support, ``flow_<name>``."""
        return frames.outcomes(self)

    def teachers_frame(self) -> pd.DataFrame:
        """One row a teacher: teacher_id, school_id, team, role, stage, skill, conviction, owned, quality, ..."""
        return frames.teachers_frame(self)

    def schools_frame(self) -> pd.DataFrame:
        """One row a school: school_id, district_id, locale, pupils, teachers, poverty, readiness, leadership, ..."""
        return frames.schools_frame(self)

    def teacher_ids(self, rows: Any = None) -> list[str]:
        """``district/school/post/number`` where first hired, for rows of posts (all by default)."""
        return frames.teacher_ids(self, rows)

    # ---- branching, changing -----------------------------------------------------------------------------------------
    def copy(self) -> ReformModel:
        """An independent model in the same state, which goes on exactly as this one would."""
        other = object.__new__(type(self))
        other._adopt(
            self.case,
            self.seed,
            self.strategy,
            self._maker,
            self.world,
            self.state.copy(),
            [dict(entry) for entry in self.interventions],
            self.threads,
            [dict(event) for event in self._added],
        )
        return other

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a file (.npz, no code in it). Raises StoreError where it cannot be written."""
        from diffusion_sim.load_model import save_model

        save_model(self, path)

    def intervene(self, change: Mapping[str, Any], week: int | None = None) -> None:
        """Change numbers from the next week on, ``{dotted path: value}``, or let an event come, ``{"kind": ...}`` as in
        a scenario's ``events``; logged in ``interventions``.

        week : weeks done when it is meant to apply; None = the present week. Numbers change at the present week only,
        an event may come later and may say its week itself. Raises ScenarioError: an unknown path, value, kind, school
        or district, a number that only shapes the start or lays out the run, a week that has passed.
        """
        if isinstance(change, Mapping) and "kind" in change:
            self._let_come(change, week)
            return
        sc = interventions.changed(self.case, change, week, self.week)
        self.case = sc
        self._numbers(sc)
        summer.refresh(self.world, self.state, sc.in_force, self.params)
        self.interventions.append({"week": self.week, "change": dict(change)})

    def _let_come(self, said: Mapping[str, Any], week: Any) -> None:
        """Add an event to the schedule."""
        years = int(self.case["programme.years_support"]), int(self.case["programme.years_after"])
        event = read_intervention(said, week, self.week, *years)
        self._schedule = self._dates([*self._added, event])
        self._added.append(event)
        self.interventions.append({"week": self.week, "event": dict(event)})

    # ---- Mesa --------------------------------------------------------------------------------------------------------
    def _make_agents(self) -> None:
        if self.__dict__.get("_agents_made", True):
            return
        self._agents_made = True
        self._by_row = make_agents(self)

    def teacher_at(self, row: int) -> Teacher:
        """The agent of a row of teachers."""
        self._make_agents()
        return self._by_row[Teacher, row]

    @property
    def agents(self) -> Any:
        """Mesa AgentSet of all teachers, schools and districts; made on first use."""
        self._make_agents()
        return super().agents

    @property
    def agent_types(self) -> list[type]:
        """Teacher, School, District."""
        self._make_agents()
        return list(super().agent_types)

    @property
    def agents_by_type(self) -> Any:
        """Agent class -> AgentSet."""
        self._make_agents()
        return super().agents_by_type


@lru_cache(maxsize=8)
def _grouped(sc: Scenario) -> tuple[groups.Params, rules.Rules, summer.SummerRules, Mapping[str, Any]]:
    """A scenario's numbers in the groups that kernels take, and what a planner is told of the programme's."""
    settings = MappingProxyType(sc.section("programme"))
    return groups.weekly(sc.__getitem__), rules.make_rules(sc), summer.make_rules(sc), settings


def check_keywords(strategy: Any, overrides: Any, threads: Any) -> None:
    """Raise StrategyError or ScenarioError for keywords of the wrong kind, in words."""
    if strategy is not None and not isinstance(strategy, str):
        raise StrategyError(f"strategy: found {strategy!r:.60}; the id of one strategy, or None, is allowed")
    if overrides is not None and not isinstance(overrides, Mapping):
        raise ScenarioError(f"overrides: found {overrides!r:.60}; a mapping of dotted path to value is allowed")
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ScenarioError(f"threads: found {threads!r:.60}; a whole number from 1 on is allowed")


def checked_seed(rng: Any) -> int:
    """A seed as a whole number; None takes entropy. Raises ScenarioError for anything else."""
    if rng is None:
        return secrets.randbits(32)
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or not 0 <= int(rng) < 2**64:
        raise ScenarioError(f"rng: found {rng!r:.60}; a whole number from 0 to 2**64 - 1, or None, is allowed")
    return int(rng)
