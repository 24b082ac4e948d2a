"""ReformModel: the Mesa model that everybody runs, batches included."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from os import PathLike
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from diffusion_sim import frames, interventions
from diffusion_sim._mesa import mesa
from diffusion_sim.agents import Teacher, make_agents
from diffusion_sim.compiled.threads import thread_pool
from diffusion_sim.dynamics.params import Params
from diffusion_sim.errors import PopulationError, ScenarioError, StrategyError, check_flag
from diffusion_sim.measures import MEASURES
from diffusion_sim.own_code import refuse_while_loading
from diffusion_sim.saved import save_model
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.scenario.events import Event, read_intervention
from diffusion_sim.state.codes import FLOWS
from diffusion_sim.strategies import Parts, make_strategy
from diffusion_sim.week import engine, run_weeks
from diffusion_sim.world.build import World, shared_world, with_ties
from diffusion_sim.world.numbers import numbers_of
from diffusion_sim.world.run_state import RunState
from diffusion_sim.world.size import check_size
from diffusion_sim.year import dated_events, summer
from diffusion_sim.year.order_of_the_year import advance_run, weeks_until_something

MOST_THREADS = 1024


class ReformModel(mesa.Model):
    """One run: a scenario, a seed and a strategy.

    case : Scenario, id or path of a YAML file. rng : seed, a whole number from 0 to 2**64 - 1; None draws one, kept in
    ``seed``. strategy : id; None = the scenario's own strategy block. overrides : {dotted path: value}.
    allow_code : whether code named in the scenario may run. threads : for large worlds; results do not depend on it.
    ties : given advice ties instead of the scenario's, a networkx graph or an edge list between posts named
    ``district/school/post``. rules : {name of a rule: function, or text "file.py:function"}, instead of the built-in
    ones (docs/rules.md); plain : one teacher at a time, None = where DIFFUSION_SIM_PLAIN=1 or rules ask for it.
    any_size : make also a world that is larger than this machine's memory.
    In Mesa's ``batch_run`` seeds are its own argument ``rng``, which from Mesa 3.4 on replaces a parameter so named.
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
        rules: Mapping[str, Any] | None = None,
        plain: bool | None = None,
        any_size: bool = False,
    ) -> None:
        refuse_while_loading()
        seed = checked_seed(rng)
        check_keywords(strategy, overrides, allow_code, threads, ties)
        sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
        sc = sc.override(dict(overrides)) if overrides else sc
        check_flag(any_size, "any_size", ScenarioError)
        check_size(sc.in_force, any_size)  # the same table that the world is made of
        chosen = engine.choose(sc, rules, plain, allow_code)
        maker = make_strategy(strategy, sc, allow_code)
        world, shared = shared_world(sc.in_force, seed)
        world = world if ties is None else with_ties(world, ties)
        numbers = numbers_of(sc.in_force)
        state = RunState.start(world, numbers, copy=shared)
        run_weeks.first_row(state, world, numbers)
        self._adopt(sc, seed, strategy, maker, world, state, [], threads, chosen)

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
        chosen: engine.Engine,
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
        self.engine = chosen
        self.maker = maker.bound(world.table, world.schools.key) if isinstance(maker, Parts) else maker
        self.added = added or []  # events that intervene lets come
        self.numbers = numbers_of(sc.in_force)
        self.schedule = self._dates(self.added)
        self._agents_made = False
        self._by_row: dict[tuple[type, int], Any] = {}
        self.running = state.week < self.weeks
        if "steps" in self.__dict__:  # Mesa before 4.0 counts them
            self.steps = state.week
        self.datacollector: Any = frames.EveryWeek()
        frames.collect(self)

    def _dates(self, added: list[Event]) -> tuple[dated_events.Dated, ...]:
        """The scenario's events and those added by ``intervene``. Raises ScenarioError for unknown schools."""
        own = self.case.events
        return dated_events.resolve((*own, *added), len(own), self.world, self.support_weeks)

    # ---- running -----------------------------------------------------------------------------------------------------
    @property
    def week(self) -> int:
        """Weeks done; 0 before the first step."""
        return self.state.week

    @property
    def weeks(self) -> int:
        """Weeks of the whole run."""
        return self.numbers.weeks

    @property
    def support_weeks(self) -> int:
        """Weeks of outside support."""
        return self.numbers.support_weeks

    @property
    def params(self) -> Params:
        """The numbers of the weekly loop."""
        return self.numbers.weekly

    @property
    def pool(self) -> ThreadPoolExecutor | None:
        """Threads that schools are shared out to, None = none."""
        return thread_pool(self.threads) if self.threads > 1 else None

    @property
    def plain(self) -> bool:
        """Whether weeks run one teacher at a time."""
        return self.engine.plain

    @property
    def rules(self) -> dict[str, str]:
        """Rules of the user's own in force: name -> "file.py:function", or where the function was made."""
        return {name: own.where for name, own in self.engine.own.items()}

    def step(self) -> None:
        """One school week. Does nothing once the scenario's weeks are done."""
        if self.running:
            self._advance(1)
            frames.collect(self)

    def run(self, until: int | None = None, record_schools: bool = False) -> ReformModel:
        """All weeks that are left, or those up to ``until`` weeks done; returns the model. Bit for bit what as many
        steps give; Mesa's collector then holds these weeks, too, one of your own the last of them.
        record_schools : keep reach, deep use and mean depth of every school and week (``school_series``).

        Raises ScenarioError for a week that has passed or lies beyond the run. After an interrupt go on from a copy
        made before: half of what stands between two weeks may be done.
        """
        begin, end = self.week, self._checked_until(until)
        check_flag(record_schools, "run: record_schools", ScenarioError)
        if record_schools and not self.state.school_series.size:
            run_weeks.record_schools(self.state, self.weeks)
        while self.running and self.week < end:
            self._advance(min(weeks_until_something(self), end - self.week))
        if "steps" in self.__dict__:
            self.steps = self.week
        if self.week > begin:
            frames.collect(self)
        return self

    def _checked_until(self, until: Any) -> int:
        if until is None:
            return self.weeks
        whole = isinstance(until, int | np.integer) and not isinstance(until, bool)
        if not whole or not self.week <= until <= self.weeks:
            allowed = f"a whole number from {self.week}, the present week, to {self.weeks} is allowed"
            raise ScenarioError(f"run: until: found {until!r:.60}; {allowed}")
        return int(until)

    def _advance(self, count: int) -> None:
        """``count`` weeks; in none of them but the first a quarter or an event begins or ends."""
        try:
            advance_run(self, count)
        finally:
            self.running = self.week < self.weeks

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
    def school_series(self) -> pd.DataFrame:
        """What ``run(record_schools=True)`` kept: week, school_id, district_id, reach, deep_use, mean_depth (NaN where
        nobody uses), one row a week and school from the week of that call on. Raises ScenarioError where nothing was
        kept."""
        return frames.school_series(self)

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

    def networks_frame(self) -> pd.DataFrame:
        """One row an improvement network of two or more schools, as it was judged when a quarter ended last: network,
        schools, kind, measures, topology, fit_new_area, others, taken_up, scaled."""
        return frames.networks_frame(self)

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
            self.maker,
            self.world,
            self.state.copy(),
            [dict(entry) for entry in self.interventions],
            self.threads,
            self.engine,
            [dict(event) for event in self.added],
        )
        return other

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a file (.npz, no code in it). Raises StoreError where it cannot be written."""
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
        before, self.case = self.numbers, sc
        self.numbers = numbers_of(sc.in_force)
        summer.refresh(self.world, self.state, sc.in_force, before, self.numbers)
        self.interventions.append({"week": self.week, "change": dict(change)})

    def _let_come(self, said: Mapping[str, Any], week: Any) -> None:
        """Add an event to the schedule."""
        years = int(self.case["programme.years_support"]), int(self.case["programme.years_after"])
        event = read_intervention(said, week, self.week, *years)
        self.schedule = self._dates([*self.added, event])
        self.added.append(event)
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


def check_keywords(strategy: Any, overrides: Any, allow_code: Any, threads: Any, ties: Any) -> None:
    """Raise StrategyError or ScenarioError for keywords of the wrong kind, in words."""
    if strategy is not None and not isinstance(strategy, str):
        raise StrategyError(f"strategy: found {strategy!r:.60}; the id of one strategy, or None, is allowed")
    if overrides is not None and not isinstance(overrides, Mapping):
        raise ScenarioError(f"overrides: found {overrides!r:.60}; a mapping of dotted path to value is allowed")
    check_flag(allow_code, "allow_code", ScenarioError)
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= MOST_THREADS:
        raise ScenarioError(f"threads: found {threads!r:.60}; a whole number from 1 to {MOST_THREADS:,} is allowed")
    if not (ties is None or isinstance(ties, nx.Graph | pd.DataFrame | str | PathLike)):
        allowed = "a networkx graph, a DataFrame, the path of an edge list, or None, is allowed"
        raise PopulationError(f"ties: found {ties!r:.60}; {allowed}")


def checked_seed(rng: Any) -> int:
    """A seed as a whole number; None takes entropy. Raises ScenarioError for anything else."""
    if rng is None:
        return secrets.randbits(32)
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or not 0 <= int(rng) < 2**64:
        raise ScenarioError(f"rng: found {rng!r:.60}; a whole number from 0 to 2**64 - 1, or None, is allowed")
    return int(rng)
