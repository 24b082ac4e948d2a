"""A run, quarter by quarter, with an eye on improvement cycles: who has one, what it costs, who studies, who takes up
what.

A quarter's results are studied when the next quarter begins and are counted there, as the run counts them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.model import ReformModel
from diffusion_sim.programme.partner_groups import rules_in_force
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import FLOWS, OWN_COUNT, OWN_SUM
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.testing import Rule
from diffusion_sim.world.run_state import RunState

# How a school came to another variant.
EVIDENCE, BORROWED, UNTESTED, FAILED, HABIT = "own tests", "others' tests", "untested", "the one in use failed", "habit"
BEGAN, STUDIED, SWITCHED, ADAPTED = "began", "studied", "switched", "adapted"
_COUNTED = {STUDIED: "study_acts", SWITCHED: "variant_switches", ADAPTED: "variant_adaptations"}
Variant = tuple[int, int]  # whose design, 0 = the menu's; its number there
Event = dict[str, Any]


class Quarter(NamedTuple):
    """A quarter of the run; number from 0. testing : (S,), who had a cycle; measurement, hub : what each school's cost,
    US dollars; rules : in force, and whose."""

    number: int
    testing: NDArray[np.bool_]
    measurement: Floats
    hub: Floats
    rules: list[tuple[Rule, NDArray[np.bool_]]]

    @property
    def year(self) -> int:
        """School year, from 1."""
        return self.number * WEEKS_PER_QUARTER // WEEKS_PER_YEAR + 1

    def rule_of(self, row: int) -> Rule:
        """The rule by which a school tests."""
        return next(rule for rule, whose in self.rules if whose[row])


class FollowedCycles:
    """What was seen. quarters : those that the run has; events : {year, quarter (1 to 4), row, of, event, ...}, ``of``
    the number of the quarter whose cycle it comes from; judged : number of a quarter -> (S,), row of the first school
    of each school's network at its end, -1 = in none; ends : year -> state at its end, year 0 = before week 1."""

    def __init__(self, model: ReformModel) -> None:
        self.model = model
        self.quarters: list[Quarter] = []
        self.events: list[Event] = []
        self.judged: dict[int, NDArray[np.int64]] = {}
        self.ends: dict[int, RunState] = {0: model.state.copy()}

    def run(self) -> FollowedCycles:
        """All weeks; returns itself."""
        while self.model.running:
            before, week = self.model.state.copy(), self.model.week
            self.model.run(until=week + 1)
            self._note(before, week // WEEKS_PER_QUARTER)
            self.model.run(until=week + WEEKS_PER_QUARTER)
            if self.model.week % WEEKS_PER_YEAR == 0:
                self.ends[self.model.week // WEEKS_PER_YEAR] = self.model.state.copy()
        return self

    def _note(self, before: RunState, number: int) -> None:
        """After the first week of a quarter. before : the state in which the quarter before ended."""
        state, p = self.model.state, self.model.numbers.cycles
        schools, size = state.schools, state.schools.size
        measurement, hub = np.zeros(size), np.zeros(size)
        found = rules_in_force(self.model.world, state)
        for rule, whose in found:
            if rule.kind != "none":
                measurement[whose], hub[whose] = rules.cycle_price(rule.measures, rule.has_hub, p)
        testing = schools.testing == 1
        self.quarters.append(Quarter(number, testing, testing * measurement, testing * hub, found))
        if number > 0 and self.quarters[number - 1].testing.any():
            self.judged[number - 1] = np.array(schools.network)
        when = {"year": number // 4 + 1, "quarter": number % 4 + 1}
        counts = {event: self._counted(before, flow) for event, flow in _COUNTED.items()}
        for row in np.flatnonzero(counts[STUDIED]).tolist():
            self._add(when, row, number - 1, STUDIED, variant=variant_of(before, row), showed=self._showed(before, row))
        for row in np.flatnonzero(counts[SWITCHED]).tolist():
            self._add(when, row, number - 1, SWITCHED, how=self._how(before, row), **_change(before, state, row))
        for row in np.flatnonzero((schools.slot >= 0) & (before.schools.slot < 0)).tolist():
            self._add(when, row, number, BEGAN, variant=variant_of(state, row), fit=float(schools.fit_start[row]))
        for row in np.flatnonzero(counts[ADAPTED]).tolist():
            self._add(when, row, number, ADAPTED, variant=variant_of(state, row), fit=float(schools.fit[row]))

    def _add(self, when: Event, row: int, of: int, event: str, **more: Any) -> None:
        self.events.append({**when, "row": row, "of": of, "event": event, **more})

    def _counted(self, before: RunState, flow: str) -> Floats:
        at = FLOWS.index(flow)
        return np.asarray(self.model.state.flows[:, at] - before.flows[:, at])

    def _showed(self, before: RunState, row: int) -> float:
        """What the test showed: by how much the school's own sum has grown, before it was moved by adapting."""
        state, p, slot = self.model.state, self.model.numbers.cycles, int(before.schools.slot[row])
        count, total = (float(state.evidence[row, slot, at]) for at in (OWN_COUNT, OWN_SUM))
        if state.schools.adapting[row] == 1 and int(state.schools.slot[row]) == slot:
            if p.adapt_step == 1.0:
                return float("nan")
            total = (total - p.adapt_step * p.adapt_limit * count) / (1.0 - p.adapt_step)
        return total - float(before.evidence[row, slot, OWN_SUM])

    def _how(self, before: RunState, row: int) -> str:
        """Why a school went over to another variant."""
        state = self.model.state
        if not self._counted(before, "study_acts")[row]:
            return HABIT
        if self._counted(before, "variant_borrowed")[row]:
            return BORROWED
        if self._counted(before, "variant_abandonments")[row]:
            return FAILED
        return EVIDENCE if state.evidence[row, state.schools.slot[row], OWN_COUNT] > 0.0 else UNTESTED


def variant_of(state: RunState, row: int) -> Variant | None:
    """The variant in use in a school, None where it has tested none."""
    slot = int(state.schools.slot[row])
    return (int(state.variant_origin[row, slot]), int(state.variant_number[row, slot])) if slot >= 0 else None


def _change(before: RunState, now: RunState, row: int) -> Event:
    """What is given up and what is taken up, with their true fit."""
    fits = {"fit_before": float(before.schools.fit[row]), "fit": float(now.schools.fit[row])}
    return {"given_up": variant_of(before, row), "variant": variant_of(now, row), **fits}
