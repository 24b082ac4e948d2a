"""Who enrols and who leaves, year by year: surveys, mandates, places, the schools' own decisions."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit
from diffusion_sim.dynamics import money
from diffusion_sim.dynamics.enrolment import (
    come_back,
    end_place,
    enrolment_term,
    enter,
    leave,
    school_exits,
    takers,
)
from diffusion_sim.dynamics.readiness import district_condition
from diffusion_sim.dynamics.trial import agenda_factor, risk_of_trying
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import EVALUATION, INSTRUMENTS, NEW_HERE
from diffusion_sim.state.tables import Floats
from diffusion_sim.state.use import per_post
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState
from diffusion_sim.world.start import quarters_of

TRUST = 4  # what is surveyed beside the four conditions
SOMEBODY = 0.5  # trained coaches of a pot, a number with fractions, that count as somebody in post
LOOKED_ERROR = 0.5  # of a survey's error is left where somebody has looked


def survey_year(world: World, state: RunState, week: int, numbers: Numbers) -> None:
    """Survey all schools for the year that begins after ``week``: the four conditions, the fourth as the school feels
    it, and trust, with error; half of it in a school that has been looked at."""
    schools, districts, year = state.schools, state.districts, week // WEEKS_PER_YEAR
    mean = sum(districts.alignment.T) / len(INSTRUMENTS)  # one instrument after the other, as in the weekly loop
    own, d = schools.conditions[:, 3], schools.district
    felt = district_condition.py_func(own, districts.superintendent[d], mean[d], numbers.weekly.readiness)
    sd = numbers.planner.survey_sd * np.where(schools.looked == 1, LOOKED_ERROR, 1.0)
    for j in range(4):
        true = felt if j == 3 else schools.conditions[:, j]
        noise = rng.normals(world.seed, schools.key, year, rng.SURVEY, j)
        schools.surveyed[:, j] = np.clip(true + sd * noise, 0.0, 1.0)
    noise = rng.normals(world.seed, schools.key, year, rng.SURVEY, TRUST)
    schools.surveyed_trust[:] = np.clip(schools.trust + sd * noise, 0.0, 1.0)


def look_at_schools(world: World, state: RunState, week: int, room: Floats, numbers: Numbers, barred: Any) -> bool:
    """Carry out the looks before a partnership that the plan asks for and survey those schools anew; whether any was
    paid.

    Each is paid in keyed turn out of the year's pot, while the quarter's allowance ``room`` (pots,) holds it.
    barred : bool[S], schools whose support is suspended: nobody looks at them.
    """
    schools, pot = state.schools, world.pots.pot
    wanted = (state.asked.look > 0) & (schools.programme == 1) & (schools.looked == 0) & ~barred
    cost, left, paid = numbers.planner.look_hours * numbers.money.price_coaching, room.tolist(), []
    for s in world.turn[wanted[world.turn]].tolist():
        if money.can_pay(cost, left[pot[s]]):
            left[pot[s]] -= cost
            paid.append(s)
    if not paid:
        return False
    state.year_pot -= cost * np.bincount(pot[paid], minlength=room.size)
    state.ledger[money.MEASUREMENT] += cost * len(paid)
    schools.looked[paid] = 1
    survey_year(world, state, week, numbers)  # the same draws: it changes nothing elsewhere
    return True


@njit
def enrolment_terms(schools, districts, enrolment, trial, terms, agenda):
    """Fill Y and the agenda factor of every school."""
    for s in range(schools.size):
        d = schools[s].district
        if schools[s].users > 0.0:
            conviction = schools[s].conviction_users / schools[s].users
        else:
            conviction = per_post(schools[s].conviction_all, schools[s].teaching)
        evaluation = districts[d].alignment[EVALUATION]
        felt = schools[s].pressure * (1.0 - schools[s].relieved)
        risk = risk_of_trying(felt, evaluation, schools[s].trust, schools[s].principal)
        terms[s] = enrolment_term(
            conviction, schools[s].coherence, schools[s].readiness, schools[s].openness, risk,
            schools[s].like - schools[s].like_start, enrolment,
        )  # fmt: skip
        agenda[s] = agenda_factor(schools[s].weeks_principal, trial)


@njit
def seat_schools(called, order, takes, mandate, week, seed, places, schools, pot, room, told, mandate_weeks, p, flows):
    """Serve schools while there are places and money: mandates in the order ``called``, then takers in ``order``.

    mandate : float64[S], the share of the usual mandated hazard, 0 = none.
    room : float64[pots], the quarter's allowance; the fixed costs of those already in are taken off first.
    """
    enrolled = 0
    for s in range(schools.size):
        if schools[s].enrolled == 1:
            enrolled += 1
            room[pot[s]] -= money.place_cost(told[s], schools[s].mandate_weeks > 0, p)
        elif schools[s].mandate_weeks > 0:  # told from above without a place: only watched
            room[pot[s]] -= p.monitoring_hours / 4.0 * p.price_monitoring
    for s in called:
        if mandate[s] == 0.0 or schools[s].programme == 0:
            continue
        inside = schools[s].enrolled == 1
        force = schools[s].mandate_weeks > 0
        if (force and inside) or (not inside and enrolled >= places):
            continue
        if not force and (schools[s].mandate_spent == 1 or mandate_weeks == 0):
            continue
        cost = money.place_cost(told[s], not force, p)
        if inside:
            cost -= money.place_cost(told[s], False, p)
        if money.affordable(cost, room[pot[s]]):
            room[pot[s]] -= cost
            if not force:
                schools[s].mandate_weeks = mandate_weeks
                schools[s].mandate_eased = 1.0 - mandate[s]
            if not inside:
                enter(s, week, seed, schools, flows)
                enrolled += 1
    for j in range(order.size):
        s = order[j]
        if takes[s] == np.inf or schools[s].enrolled == 1 or enrolled >= places:
            continue
        cost = money.place_cost(told[s], False, p)
        if money.affordable(cost, room[pot[s]]):
            room[pot[s]] -= cost
            enter(s, week, seed, schools, flows)
            enrolled += 1


@njit
def end_support(schools, teachers):
    """Places end as promised and nobody is invited any more. Who had one is kept: the practice remains one of the
    school's initiatives, and the wait to leave goes on."""
    for i in range(teachers.size):
        teachers[i].invited &= NEW_HERE
    for s in range(schools.size):
        if schools[s].enrolled == 1:
            end_place(s, schools)
        schools[s].by_name = 0


def enrol_year(
    world: World, state: RunState, week: int, room: Floats, numbers: Numbers, barred: Any = None, first: Any = None
) -> None:
    """Mandates and voluntary entries of the year that begins after ``week``; exits were decided before.

    barred : bool[S], schools whose support is suspended; they cannot enter. first : bool[S], schools that are served
    before others. None = none.
    """
    schools, asked, flows = state.schools, state.asked, state.flow_rows
    size = schools.size
    terms, agenda, takes = np.zeros(size), np.ones(size), np.full(size, np.inf)
    enrolment_terms(schools, state.districts, numbers.enrolment, numbers.weekly.trial, terms, agenda)
    priority = np.ascontiguousarray(asked.priority)
    ordered = not np.isnan(priority).any()
    offered, mandate = asked.enrol.astype(np.uint8), np.array(asked.mandate)
    no_wait = asked.no_wait.astype(np.uint8)
    if barred is not None:
        offered[barred], mandate[barred] = 0, 0.0
    takers(schools, terms, agenda, numbers.enrolment.n0, offered, no_wait, state.left, priority, ordered, takes)
    turn = world.turn  # ties, and mandates without a priority, go by keyed turn: the order of rows decides nothing
    called = turn[np.argsort(priority[turn], kind="stable")]
    order = turn[np.argsort(takes[turn], kind="stable")]
    if first is not None:
        called, order = (row[np.argsort(~first[row], kind="stable")] for row in (called, order))
    places = size if state.places[0] < 0 else int(state.places[0])
    told, seed = np.ascontiguousarray(asked.outreach), np.uint64(world.seed)
    seat_schools(
        called, order, takes, mandate, week + 1, seed, places, schools, world.pots.pot, room, told,
        numbers.mandate_weeks, numbers.money, flows,
    )  # fmt: skip


def leave_programme(world: World, state: RunState, numbers: Numbers, back: bool = False) -> None:
    """The summer's exits of schools, in years of support and after; fills ``state.left``. back : schools that were kept
    and have left before may come back, where their pot has a coach in post."""
    schools, size, seed, p = state.schools, state.schools.size, np.uint64(world.seed), numbers.enrolment
    terms, agenda = np.zeros(size), np.ones(size)
    enrolment_terms(schools, state.districts, p, numbers.weekly.trial, terms, agenda)
    terms += p.e_embedded * schools.embedded + p.e_standing * schools.standing
    quarters = quarters_of.py_func(numbers.schools)
    school_exits(seed, state.week, quarters, schools, terms, agenda, p.e0, state.flow_rows, state.left)
    if back:
        pot = world.pots.pot
        somebody = (pot >= 0) & (state.capacity[np.maximum(pot, 0)] >= SOMEBODY)
        come_back(seed, schools, terms, agenda, p.n0, state.left, somebody.astype(np.uint8), state.flow_rows)


def release_schools(seed: int, state: RunState) -> None:
    """Schools that the plan releases leave the programme as agreed; a mandate in force keeps its school in."""
    schools = state.schools
    if not state.asked.release.any():
        return
    for s in np.flatnonzero((state.asked.release > 0) & (schools.enrolled == 1) & (schools.mandate_weeks == 0)):
        leave(s, np.uint64(seed), schools)
        schools.kept[s] = 0
        state.flow_rows[s].school_exits += 1.0
