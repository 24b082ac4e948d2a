"""The order of a school year: the page to read second (the first is week/run_weeks.py).

A year has 36 school weeks in four quarters. What happens between two weeks, in this order:

    a quarter has ended   schools study what their tests have shown
    a year has ended      the summer: teachers, leaders and advice ties come and go
    dated events          what the scenario lets come in this week
    a quarter begins      initiatives come and go, schools look at others like them, and leaders on an improvement
                          team learn what its members found
    a year begins         pots are filled; schools leave, the strategy plans, schools enrol; or support ends,
                          and schools that were kept leave or come back (or the strategy plans on)
    a quarter begins      the strategy plans and its quarter is paid, the district's part first; after support, the
                          district pays its own
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np

from diffusion_sim.errors import StrategyError
from diffusion_sim.own_code import guarded
from diffusion_sim.programme import (
    coaching,
    district_part,
    enrolment,
    improvement_cycles,
    improvement_team,
    own_programme,
    payment,
    planner_view,
    staffing,
)
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import NEW_HERE
from diffusion_sim.strategies.contract import Plan, checked, make_draw
from diffusion_sim.week.engine import Engine
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import Run
from diffusion_sim.year import dated_events, summer
from diffusion_sim.year.quarter_begins import quarter_begins


class YearRun(Run, Protocol):
    """A run, as this page sees it: also what its state goes by. A model is one."""

    strategy: str | None  # its id, for errors
    schedule: tuple[dated_events.Dated, ...]
    interventions: list[dict[str, Any]]  # gets a line for each event that comes
    engine: Engine

    @property
    def pool(self) -> ThreadPoolExecutor | None:
        """Threads that schools are shared out to, None = none."""


def weeks_until_something(run: YearRun) -> int:
    """How many weeks may run in a row: up to the next quarter, event, or the end of the run."""
    week = run.state.week
    left = [WEEKS_PER_QUARTER - week % WEEKS_PER_QUARTER, run.numbers.weeks - week]
    return min(*left, *(date - week for date in dated_events.boundaries(run.schedule) if date > week))


def advance_run(run: YearRun, count: int) -> None:
    """``count`` weeks, in place; in none of them but the first a quarter or an event begins or ends."""
    state, week = run.state, run.state.week
    begins = week % WEEKS_PER_YEAR == 0, week % WEEKS_PER_QUARTER == 0
    if begins[1] and week > 0:
        improvement_cycles.study(run.world, state, run.numbers.cycles, run.numbers.weekly.experience.eta_peer)
    if begins[0] and week > 0:
        summer.summer(run.world, state, week, run.numbers, run.pool)
    for event in dated_events.come(run.schedule, run.world, state, run.numbers):
        run.interventions.append({"week": week, "event": dict(event)})
    if begins[1]:
        quarter_begins(run.world, state, run.numbers)
        if week < run.numbers.support_weeks or _goes_on(run):
            improvement_team.leaders_learn(run.world, state, run.numbers)
    if begins[0]:
        _begin_year(run)
    if begins[1]:
        _begin_quarter(run)
    run.engine.advance(state, run.world, count, run.numbers, run.pool)


def _begin_year(run: YearRun) -> None:
    """A year begins: pots are filled, schools leave and enrol, or support ends."""
    state, world, numbers, week = run.state, run.world, run.numbers, run.state.week
    per_post = numbers.money.budget_per_teacher * dated_events.pots_left(run.schedule, week, world)
    # One is invited once a school year, and new in a school for one.
    new = state.teachers.entered == week // WEEKS_PER_YEAR
    state.teachers.invited = np.where(new, NEW_HERE, 0)
    payment.fill_pots(world, state, per_post, numbers)
    if week < numbers.support_weeks:
        _programme_year(run, numbers)
        return
    goes_on = _goes_on(run)
    if week == numbers.support_weeks:
        coaching.hand_over(state, goes_on)
    if goes_on:
        with own_programme.booked_as_own(state):
            _programme_year(run, own_programme.own_numbers(numbers))
        own_programme.note_kept(state)
    else:
        enrolment.end_support(state.schools, state.teachers)  # every year: own money may have come to an end
        enrolment.leave_programme(world, state, numbers, back=True)
        staffing.begin_year(world, state, week, None, numbers)


def _programme_year(run: YearRun, numbers: Numbers) -> None:
    """Schools leave, the strategy plans, schools enrol, structures end and begin."""
    state, world, week = run.state, run.world, run.state.week
    enrolment.survey_year(world, state, week, numbers)
    enrolment.leave_programme(world, state, numbers)
    _plan(run)
    barred = dated_events.suspended(run.schedule, week, state.schools.size)
    if week >= run.numbers.support_weeks:
        barred |= own_programme.without_money(world, state)
    if enrolment.look_at_schools(world, state, week, payment.allowance(state), numbers, barred):
        _plan(run)  # on what is seen now
    room = payment.allowance(state)
    closed = dated_events.closed(run.schedule, week, state.schools.size)
    first = district_part.set_aside(world, state, room, numbers, closed)
    enrolment.enrol_year(world, state, week, room, numbers, barred, first)
    staffing.begin_year(world, state, week, room, numbers, barred)


def _goes_on(run: YearRun) -> bool:
    """Whether the strategy goes on planning after support."""
    return own_programme.goes_on(run.maker, run.strategy, run.numbers)


def _begin_quarter(run: YearRun) -> None:
    """A quarter begins: the strategy plans and is paid, after support only where it goes on planning; else the district
    pays what it keeps up."""
    state, world, numbers, week = run.state, run.world, run.numbers, run.state.week
    room = payment.allowance(state)
    before = room.copy()
    support = week < numbers.support_weeks
    goes_on = not support and _goes_on(run)
    if goes_on:
        numbers = own_programme.own_numbers(numbers)
    dated_events.start_mandates(run.schedule, world, state, room, numbers.money)
    if support or goes_on:
        improvement_team.note(state, _plan(run))
    if support:
        payment.pay_quarter(world, state, room, numbers, dated_events.closed(run.schedule, week, state.schools.size))
    elif goes_on:
        with own_programme.booked_as_own(state):
            payment.pay_quarter(world, state, room, numbers)
        own_programme.note_kept(state)
    else:
        payment.pay_own(world, state, room, numbers)
    payment.settle(state, before - room, numbers)


def _plan(run: YearRun) -> Plan:
    """Ask the strategy, and note what it asks for."""
    s = run.state
    own = s.year_pot if s.week >= run.numbers.support_weeks else None
    view = planner_view.make_view(
        run.world, s.teachers, s.schools, s.districts, s.network, s.week, run.numbers, s.memo, s.named, own
    )
    with guarded(lambda said: StrategyError(f"strategy '{run.strategy}': plan() failed: {said}")):
        plan = run.maker.plan(view, make_draw(run.world.seed, view.quarter))
        plan = checked(plan, run.strategy or "strategy", s.schools.size, s.teachers.size)
    planner_view.keep(s, plan)
    return plan
