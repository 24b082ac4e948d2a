"""Dated events in a world: whom they concern, and what they do in their week.

A schedule is resolved once for a world and never changes within a run but by ``ReformModel.intervene``. What is in
force in a week is a function of schedule and week, so nothing but the schedule has to be saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics import money
from diffusion_sim.dynamics.enrolment import leave
from diffusion_sim.dynamics.leaders import break_mandate, clip01, mean_norm, succeed_principal, succeed_superintendent
from diffusion_sim.dynamics.money import MoneyParams
from diffusion_sim.dynamics.params import Params, packed
from diffusion_sim.errors import ScenarioError
from diffusion_sim.population.names import find_districts, find_schools
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.scenario.events import Event, first_quarter, place_of
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import INSTRUMENTS, NEW_HERE
from diffusion_sim.state.tables import Floats
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState
from diffusion_sim.world.start import feel_all

Mask = NDArray[np.bool_]
NEVER = 1_000_000  # weeks done at which what has no end is over
_LASTING = ("lost_time", "suspended_support", "new_initiative")


class Dated(NamedTuple):
    """An event and whom it concerns. begin, end : weeks done when it comes and when it is over (never: a large one)."""

    said: Event
    kind: str
    begin: int
    end: int
    schools: Mask  # (S,)
    districts: Mask  # (D,): named as districts, or all of them
    own: bool  # stands in the scenario itself


def resolve(events: Sequence[Event], own: int, world: World, support_weeks: int) -> tuple[Dated, ...]:
    """The schedule of a world; the first ``own`` events are the scenario's. Raises ScenarioError: an unknown school or
    district, a pot that belongs to no single district."""
    return tuple(_dated(event, row, row < own, world, support_weeks) for row, event in enumerate(events))


def _dated(event: Event, row: int, own: bool, world: World, support_weeks: int) -> Dated:
    where = place_of(event, row) if own else f"event {event['kind']}"
    size, count = world.schools.size, len(world.district_ids)
    schools, districts = np.ones(size, bool), np.ones(count, bool)
    named = named_rows(event, where, world.table, world.district_ids)
    if "schools" in named:
        schools = np.zeros(size, bool)
        schools[named["schools"]] = True
    if "districts" in named:
        districts = np.zeros(count, bool)
        districts[named["districts"]] = True
        schools = districts[world.schools.district]
        if event["kind"] == "budget_cut" and world.pots.posts.size == 1 < count:
            raise ScenarioError(f"{where}.districts: money.pool is 'world', one pot for all; leave districts out")
    end = event["week"] + event["weeks"] if "weeks" in event else NEVER
    if event["kind"] == "suspended_support":
        end = min(end, support_weeks)  # afterwards there is none to suspend
    return Dated(event, event["kind"], event["week"], end, schools, districts, own)


def named_rows(event: Event, where: str, table: SchoolTable, district_ids: Sequence[str]) -> dict[str, list[int]]:
    """Rows of the schools or districts that an event names; nothing where it names none. Raises ScenarioError."""
    rows = {}
    if isinstance(event.get("schools"), list):
        rows["schools"] = find_schools(table, event["schools"], f"{where}.schools", ScenarioError)
    if isinstance(event.get("districts"), list):
        rows["districts"] = find_districts(district_ids, event["districts"], f"{where}.districts", ScenarioError)
    return rows


def boundaries(schedule: Sequence[Dated]) -> list[int]:
    """Weeks done at which something begins or ends, ascending."""
    ends = [e.end for e in schedule if e.kind in _LASTING and e.end < NEVER]
    return sorted({*(e.begin for e in schedule), *ends})


def come(schedule: Sequence[Dated], world: World, state: RunState, numbers: Numbers) -> list[Event]:
    """What begins and ends before the next week, in place; returns the scenario's own events that begin."""
    week = state.week
    if not any(week in (e.begin, e.end) for e in schedule):
        return []
    for event in schedule:
        if event.begin == week:
            _begin(event, world, state, numbers)
        if event.kind == "new_initiative" and event.end == week:
            state.schools.initiatives[event.schools] -= 1.0
    state.schools.active[:] = active_share(schedule, week, state.schools.size)
    state.schools.supported[:] = ~suspended(schedule, week, state.schools.size)
    return [event.said for event in schedule if event.begin == week and event.own]


def _begin(event: Dated, world: World, state: RunState, numbers: Numbers) -> None:
    schools = state.schools
    if event.kind == "new_initiative":
        schools.initiatives[event.schools] += 1.0
    elif event.kind == "budget_cut":
        before = state.year_pot.copy()
        state.year_pot *= _left_of_pots(event, world)
        state.filled -= float((before - state.year_pot).sum())
    elif event.kind == "suspended_support" and "weeks" not in event.said:
        _withdraw(event, world, state, numbers.weekly)
    elif event.kind == "leader_leaves":
        _leaders_leave(event, world, state, numbers)
    elif event.kind == "instrument":
        _change_instrument(event, state, numbers.weekly)


def _withdraw(event: Dated, world: World, state: RunState, p: Params) -> None:
    """Support ends for good: enrolled schools leave the programme, mandates are broken, trust falls."""
    schools, flows = state.schools, state.flow_rows
    for s in np.flatnonzero(event.schools & (schools.programme == 1)):
        if schools[s].mandate_weeks > 0:
            break_mandate(s, schools, p.trust.broken_mandate, flows)
        if schools[s].enrolled == 1:
            leave(s, np.uint64(world.seed), schools)
            schools[s].trust = clip01(schools[s].trust - p.trust.withdrawn_early)
            schools[s].by_name = 0
            flows[s].school_exits += 1.0
    gone = (event.schools & (schools.programme == 1))[state.teachers.school]
    state.teachers.invited[gone] &= NEW_HERE


def _change_instrument(event: Dated, state: RunState, p: Params) -> None:
    """An instrument is another in the districts concerned; what a new superintendent falls back to stays."""
    alignment, said = state.districts.alignment, event.said
    j = INSTRUMENTS.index(said["instrument"])
    stood = alignment[event.districts, j]
    new = stood + said["change"] if "change" in said else np.full_like(stood, said["value"])
    alignment[event.districts, j] = np.clip(new, 0.0, 1.0)
    feel_all(state.schools, state.districts, packed(p))


def _leaders_leave(event: Dated, world: World, state: RunState, numbers: Numbers) -> None:
    """Leaders leave as in a summer; readiness and coherence are felt anew at once."""
    seed, schools, districts, flows = np.uint64(world.seed), state.schools, state.districts, state.flow_rows
    mean, p = mean_norm(schools), numbers.weekly
    if "districts" in event.said:
        for d in np.flatnonzero(event.districts):
            succeed_superintendent(
                d, seed, schools, districts, numbers.leaders, numbers.leader_start, mean, p.trust.broken_mandate, flows
            )
    else:
        for s in np.flatnonzero(event.schools):
            succeed_principal(
                s, seed, schools, districts, numbers.leaders, numbers.leader_start, mean, p.trust.principal_leaves,
                flows,
            )
    feel_all(schools, districts, packed(p))


# ---- what is in force in a week --------------------------------------------------------------------------------------
def active_share(schedule: Sequence[Dated], week: int, size: int) -> Floats:
    """Share of school time that is not lost in the week after ``week``, (S,): shares lost at once multiply."""
    share = np.ones(size)
    for event in schedule:
        if event.kind == "lost_time" and event.begin <= week < event.end:
            share[event.schools] *= 1.0 - event.said["share"]
    return share


def suspended(schedule: Sequence[Dated], week: int, size: int) -> Mask:
    """Schools whose support is suspended in the week after ``week``, (S,)."""
    out = np.zeros(size, bool)
    for event in schedule:
        if event.kind == "suspended_support" and event.begin <= week < event.end:
            out |= event.schools
    return out


def closed(schedule: Sequence[Dated], week: int, size: int) -> Mask | None:
    """Schools whose support is suspended in every week of the quarter that begins after ``week``, (S,); None = none."""
    if not any(event.kind == "suspended_support" for event in schedule):
        return None
    out = np.ones(size, bool)
    for later in range(week, week + WEEKS_PER_QUARTER):
        out &= suspended(schedule, later, size)
    return out


def _left_of_pots(event: Dated, world: World) -> Floats:
    """What a cut leaves of each pot, as a share, (pots,)."""
    hit = np.zeros(world.pots.posts.size, bool)
    inside = world.pots.pot >= 0
    hit[world.pots.pot[inside & event.schools]] = True
    return np.where(hit, 1.0 - event.said["share"], 1.0)


def pots_left(schedule: Sequence[Dated], week: int, world: World) -> Floats:
    """Share of each pot that the cuts until ``week`` leave, (pots,)."""
    share = np.ones(world.pots.posts.size)
    for event in schedule:
        if event.kind == "budget_cut" and event.begin <= week:
            share *= _left_of_pots(event, world)
    return share


def start_mandates(schedule: Sequence[Dated], world: World, state: RunState, allowance: Floats, p: MoneyParams) -> None:
    """Mandates from outside the programme that begin with this quarter, where a quarter's monitoring can be paid.

    allowance : float64[pots], this quarter's money; nothing is taken from it here. What those enrolled and those
    mandated already need comes first, then schools in keyed turn. A mandate in force is made longer, never shorter.
    """
    due = [e for e in schedule if e.kind == "new_mandate" and first_quarter(e.begin) == state.week]
    if not due:
        return
    schools, pot, told = state.schools, world.pots.pot, state.asked.outreach
    cost = p.monitoring_hours / 4.0 * p.price_monitoring
    room = allowance.copy()
    for s in np.flatnonzero(schools.programme == 1):
        if schools[s].enrolled == 1:
            room[pot[s]] -= money.place_cost(told[s], False, p)
        if schools[s].mandate_weeks > 0:
            room[pot[s]] -= cost
    shut = closed(schedule, state.week, schools.size)
    for event in due:
        weeks = WEEKS_PER_YEAR * event.said["years"]
        for s in world.turn[event.schools[world.turn]]:
            if schools[s].mandate_weeks > 0:
                schools[s].mandate_weeks = max(schools[s].mandate_weeks, weeks)
                schools[s].mandate_eased = 0.0
            elif pot[s] >= 0 and (shut is None or not shut[s]) and money.can_pay(cost, room[pot[s]]):
                room[pot[s]] -= cost
                schools[s].mandate_weeks = weeks
                schools[s].mandate_spent, schools[s].mandate_eased = 0, 0.0
