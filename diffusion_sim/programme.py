"""The programme's year and quarter: who enrols, who leaves, what is paid."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim import cycles, rng
from diffusion_sim._cache import njit
from diffusion_sim.dynamics import money
from diffusion_sim.dynamics import params as groups
from diffusion_sim.dynamics.coaches import CoachParams, supply_factor
from diffusion_sim.dynamics.cycles import CycleParams
from diffusion_sim.dynamics.enrolment import EnrolmentParams, enrolment_term, enter, leave, school_exits, takers
from diffusion_sim.dynamics.leaders import break_mandate, clip01
from diffusion_sim.dynamics.readiness import ReadinessParams, district_condition
from diffusion_sim.dynamics.trial import TrialParams, agenda_factor, risk_of_trying
from diffusion_sim.persons import begin_spell
from diffusion_sim.run_state import RunState
from diffusion_sim.scenario import Scenario
from diffusion_sim.state import (
    DISCONTINUED,
    EVALUATION,
    ROUTINE,
    TRIAL,
    UNAWARE,
    WEEKS_PER_QUARTER,
    WEEKS_PER_YEAR,
    Floats,
)
from diffusion_sim.week_schools import alignment_of
from diffusion_sim.world import World


class Rules(NamedTuple):
    """Numbers of a programme's year."""

    enrolment: EnrolmentParams
    coaches: CoachParams
    money: money.MoneyParams
    cycles: CycleParams
    trial: TrialParams
    broken_loss: float
    survey_sd: float
    observed_use_sd: float
    growth_reliability: float
    gate_sd: float
    willing_sd: float
    mandate_weeks: int


def make_rules(sc: Scenario) -> Rules:
    """The numbers of a programme's year from a scenario."""
    get = sc.__getitem__
    return Rules(
        groups.section(get, "enrolment"),
        groups.section(get, "coaches"),
        groups.money(get),
        groups.cycles(get),
        groups.section(get, "trial"),
        float(get("trust.broken_mandate")),
        float(get("planner.survey_sd")),
        float(get("planner.observed_use_sd")),
        float(get("planner.growth_reliability")),
        float(get("planner.gate_sd")),
        float(get("planner.willing_sd")),
        WEEKS_PER_YEAR * int(get("programme.mandate_years")),
    )


def survey_year(world: World, state: RunState, week: int, readiness: ReadinessParams, rules: Rules) -> None:
    """Survey all schools for the year that begins after ``week``."""
    year = week // WEEKS_PER_YEAR
    survey(year, np.uint64(world.seed), state.schools, state.districts, readiness, rules.survey_sd)


@njit
def survey(year, seed, schools, districts, readiness, sd):
    """This year's survey of the four conditions, with error; the fourth as the school feels it."""
    for s in range(schools.size):
        d = schools[s].district
        for j in range(4):
            true = schools[s].conditions[j]
            if j == 3:
                mean, _ = alignment_of(d, districts)
                true = district_condition(true, districts[d].superintendent, mean, readiness)
            seen = true + sd * rng.normal(seed, schools[s].key, year, rng.SURVEY, j)
            schools[s].surveyed[j] = clip01(seen)


@njit
def enrolment_terms(schools, districts, enrolment, trial, terms, agenda):
    """Fill Y and the agenda factor of every school."""
    for s in range(schools.size):
        d = schools[s].district
        if schools[s].users > 0.0:
            conviction = schools[s].conviction_users / schools[s].users
        else:
            conviction = schools[s].conviction_all / schools[s].posts
        evaluation = districts[d].alignment[EVALUATION]
        risk = risk_of_trying(schools[s].pressure, evaluation, schools[s].trust, schools[s].principal)
        terms[s] = enrolment_term(
            conviction, schools[s].coherence, schools[s].readiness, schools[s].openness, risk, enrolment
        )
        agenda[s] = agenda_factor(schools[s].weeks_principal, trial)


@njit
def seat_schools(called, order, takes, mandate, week, seed, places, schools, pot, room, told, mandate_weeks, p, flows):
    """Serve schools while there are places and money: mandates in the order ``called``, then takers in ``order``.

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
        if mandate[s] == 0 or schools[s].programme == 0:
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
def end_support(seed, schools, teachers):
    """Every school leaves the programme as promised, and nobody is invited any more."""
    for i in range(teachers.size):
        teachers[i].invited = 0
    for s in range(schools.size):
        if schools[s].enrolled == 1:
            leave(s, seed, schools)
        schools[s].by_name = 0


@njit
def break_unpaid(unpaid, schools, loss, flows):
    """Break the mandates whose monitoring cannot be paid."""
    for s in range(unpaid.size):
        if unpaid[s] == 1:
            break_mandate(s, schools, loss, flows)


@njit
def participants(schools, invited, by_name):
    """How many teachers take part in each school: all of an enrolled one, or its invited; float64[S]."""
    people = np.zeros(schools.size)
    for s in range(schools.size):
        if schools[s].enrolled == 0:
            continue
        if by_name[s] == 0:
            people[s] = schools[s].posts
        else:
            for i in range(schools[s].first, schools[s].last):
                people[s] += invited[i]
    return people


@njit
def spread_coaches(schools, pots, pot, coaches):
    """Quality of coaching in each pot as it outgrows its coaches; sets schools.supply_factor."""
    served = np.zeros(pots)
    for s in range(schools.size):
        if pot[s] >= 0 and schools[s].hours * schools[s].mix[0] > 0.0:
            served[pot[s]] += schools[s].participants
    for s in range(schools.size):
        schools[s].supply_factor = supply_factor(served[pot[s]], coaches) if pot[s] >= 0 else 1.0


@njit
def appoint_team(seed, quarter, appointed, served, visibility, teachers, schools, flows):
    """Appointed teachers who do not use the practice begin to, as their own, where the school's quarter is paid."""
    for i in range(teachers.size):
        t = teachers[i]
        s = t.school
        if appointed[i] == 0 or served[s] == 0 or t.stage == TRIAL or t.stage == ROUTINE:
            continue
        flows[s].aware += 1.0 if t.stage == UNAWARE else 0.0
        flows[s].retrial += 1.0 if t.stage == DISCONTINUED else 0.0
        begin_spell(seed, quarter, 1.0, visibility, t)
        flows[s].trial_appointed += 1.0


def enrol_year(world: World, state: RunState, week: int, room: Floats, rules: Rules, barred: Any = None) -> None:
    """Mandates and voluntary entries of the year that begins after ``week``; exits were decided before.

    barred : bool[S], schools whose support is suspended; they cannot enter. None = none.
    """
    schools, asked, flows = state.schools, state.asked, state.flow_rows
    size = schools.size
    terms, agenda, takes = np.zeros(size), np.ones(size), np.full(size, np.inf)
    enrolment_terms(schools, state.districts, rules.enrolment, rules.trial, terms, agenda)
    priority = np.ascontiguousarray(asked.priority)
    ordered = not np.isnan(priority).any()
    offered, mandate = asked.enrol.astype(np.uint8), asked.mandate.astype(np.uint8)
    if barred is not None:
        offered[barred], mandate[barred] = 0, 0
    takers(schools, terms, agenda, rules.enrolment.n0, offered, state.left, priority, ordered, takes)
    turn = world.turn  # ties, and mandates without a priority, go by keyed turn: the order of rows decides nothing
    called = turn[np.argsort(priority[turn], kind="stable")]
    order = turn[np.argsort(takes[turn], kind="stable")]
    places = size if state.places[0] < 0 else int(state.places[0])
    told, seed = np.ascontiguousarray(asked.outreach), np.uint64(world.seed)
    seat_schools(
        called, order, takes, mandate, week + 1, seed, places, schools, world.pots.pot, room, told, rules.mandate_weeks,
        rules.money, flows,
    )  # fmt: skip


def leave_programme(world: World, state: RunState, rules: Rules) -> None:
    """The summer's exits of schools; fills ``state.left``."""
    schools, size = state.schools, state.schools.size
    terms, agenda = np.zeros(size), np.ones(size)
    enrolment_terms(schools, state.districts, rules.enrolment, rules.trial, terms, agenda)
    school_exits(np.uint64(world.seed), schools, terms, agenda, rules.enrolment.e0, state.flow_rows, state.left)


def release_schools(seed: int, state: RunState) -> None:
    """Schools that the plan releases leave the programme as agreed; a mandate in force keeps its school in."""
    schools = state.schools
    for s in np.flatnonzero((state.asked.release > 0) & (schools.enrolled == 1) & (schools.mandate_weeks == 0)):
        leave(s, np.uint64(seed), schools)
        state.flow_rows[s].school_exits += 1.0


def pay_quarter(world: World, state: RunState, allowance: Floats, rules: Rules, closed: Any = None) -> None:
    """Carry out what is asked for this quarter: outreach, monitoring, invitations, hours; reduces ``allowance``.

    Nobody is invited or appointed in a school that is not in the programme or whose quarter is not paid.
    closed : bool[S], schools whose support is suspended for the whole quarter: nothing is paid there. None = none.
    """
    schools, teachers, ledger, pots, asked = state.schools, state.teachers, state.ledger, world.pots, state.asked
    release_schools(world.seed, state)
    told, turn = np.ascontiguousarray(asked.outreach), world.turn
    if closed is not None:
        turn = turn[~closed[turn]]
        schools.outreach[closed], schools.monitored[closed] = 0.0, 0
    served = money.pay_fixed(schools, turn, pots.pot, allowance, told, rules.money, ledger)
    unpaid = money.pay_monitoring(schools, turn, pots.pot, allowance, money.MONITORING, rules.money, ledger)
    break_unpaid(unpaid, schools, rules.broken_loss, state.flow_rows)
    cycles.pay(world, state, allowance, served, rules.cycles)
    teachers.invited[:] = state.invited * served[teachers.school]
    schools.by_name[:] = np.bincount(teachers.school, weights=state.invited, minlength=schools.size) > 0
    people = participants(schools, state.invited, schools.by_name) * served
    planned = np.where(served == 1, asked.hours, 0.0)
    money.pay_hours(schools, pots.pot, pots.members, pots.starts, allowance, planned, people, rules.money, ledger)
    cycles.begin(world, state, rules.cycles)
    spread_coaches(schools, pots.starts.size - 1, pots.pot, rules.coaches)
    if state.appointed.any():
        seed, quarter = np.uint64(world.seed), state.week // WEEKS_PER_QUARTER
        appoint_team(seed, quarter, state.appointed, served, rules.trial.visibility, teachers, schools, state.flow_rows)


def pay_own(world: World, state: RunState, allowance: Floats, rules: Rules) -> None:
    """After support: the district pays what monitoring of mandates it can, from its own budget; no cycles go on."""
    schools = state.schools
    cycles.rest(state)
    unpaid = money.pay_monitoring(schools, world.turn, world.pots.pot, allowance, money.OWN, rules.money, state.ledger)
    break_unpaid(unpaid, schools, rules.broken_loss, state.flow_rows)
