"""The programme's year and quarter: who enrols, who leaves, what is paid."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim import cycles, rng, staffing
from diffusion_sim._cache import njit
from diffusion_sim.dynamics import capacity, money
from diffusion_sim.dynamics import params as groups
from diffusion_sim.dynamics.coaches import CoachParams, supply_factor
from diffusion_sim.dynamics.cycles import CycleParams
from diffusion_sim.dynamics.enrolment import EnrolmentParams, enrolment_term, enter, leave, school_exits, takers
from diffusion_sim.dynamics.leaders import break_mandate
from diffusion_sim.dynamics.readiness import ReadinessParams, district_condition
from diffusion_sim.dynamics.trial import TrialParams, agenda_factor, risk_of_trying
from diffusion_sim.run_state import RunState
from diffusion_sim.scenario import Scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state import EVALUATION, INSTRUMENTS, NO_TEAM, Floats, Schools
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
    staff: staffing.StaffRules


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
        staffing.make_rules(sc),
    )


def survey_year(world: World, state: RunState, week: int, readiness: ReadinessParams, rules: Rules) -> None:
    """Survey all schools for the year that begins after ``week``: the four conditions with error, the fourth as the
    school feels it."""
    schools, districts, year = state.schools, state.districts, week // WEEKS_PER_YEAR
    mean = sum(districts.alignment.T) / len(INSTRUMENTS)  # one instrument after the other, as in the weekly loop
    own, d = schools.conditions[:, 3], schools.district
    felt = district_condition.py_func(own, districts.superintendent[d], mean[d], readiness)
    for j in range(4):
        true = felt if j == 3 else schools.conditions[:, j]
        noise = rng.normals(world.seed, schools.key, year, rng.SURVEY, j)
        schools.surveyed[:, j] = np.clip(true + rules.survey_sd * noise, 0.0, 1.0)


@njit
def enrolment_terms(schools, districts, enrolment, trial, terms, agenda):
    """Fill Y and the agenda factor of every school."""
    for s in range(schools.size):
        d = schools[s].district
        if schools[s].users > 0.0:
            conviction = schools[s].conviction_users / schools[s].users
        else:
            conviction = schools[s].conviction_all / schools[s].teaching
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


def participants(schools: Schools, invited: Any, members: Any) -> Floats:
    """How many teachers take part in each school: all of an enrolled one, or its invited where some are; float64[S].

    invited : [T], 1 = invited; members : int32[T], row of each teacher's school.
    """
    asked = np.bincount(members, weights=invited, minlength=schools.size) if schools.by_name.any() else 0.0
    return np.where(schools.enrolled == 0, 0.0, np.where(schools.by_name == 0, schools.teaching, asked))


def spread_coaches(schools: Schools, pot: Any, supply: Floats, exponent: float) -> None:
    """Quality of coaching in each pot as it outgrows its coaches; sets schools.supply_factor.

    supply : float64[pots], teachers who can be served at full quality.
    """
    inside = pot >= 0
    coached = inside & (schools.hours * schools.mix[:, 0] > 0.0)
    served = np.bincount(pot[coached], weights=schools.participants[coached], minlength=supply.size)
    pairs = zip(served.tolist(), supply.tolist(), strict=True)
    factor = np.array([supply_factor.py_func(*pair, exponent) for pair in pairs])
    schools.supply_factor[:] = 1.0
    schools.supply_factor[inside] = factor[pot[inside]]


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
    if not state.asked.release.any():
        return
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
        schools.outreach[closed], schools.monitored[closed], schools.staffed[closed] = 0.0, 0, 0
    bill = staffing.quarter_bill(state, rules.staff) if (schools.staffing > 0).any() else None
    staffing.pay_structures(turn, pots.pot, state, allowance, bill, from_saving=True, own=False)
    served = money.pay_fixed(schools, turn, pots.pot, allowance, told, rules.money, ledger)
    unpaid = money.pay_monitoring(schools, turn, pots.pot, allowance, money.MONITORING, rules.money, ledger)
    break_unpaid(unpaid, schools, rules.broken_loss, state.flow_rows)
    staffing.pay_structures(turn, pots.pot, state, allowance, bill, from_saving=False, own=False)
    cycles.pay(world, state, allowance, served, rules.cycles)
    invited = invite(state, served)
    people = participants(schools, invited, state.teachers.school) * served
    planned = np.where(served == 1, asked.hours, 0.0)
    money.pay_hours(schools, pots.pot, pots.members, pots.starts, allowance, planned, people, rules.money, ledger)
    supply = capacity.coach_supply(state.capacity, rules.coaches.external_supply, rules.coaches.caseload)
    train_coaches(world, state, rules.coaches)  # before adapting takes hours; they count from the next quarter on
    cycles.begin(world, state, rules.cycles)
    spread_coaches(schools, pots.pot, supply, rules.coaches.supply_exponent)
    if state.appointed.any():
        takes_part = (served == 1)[teachers.school] & ((schools.by_name == 0)[teachers.school] | (invited == 1))
        staffing.put_to_use(world, state, np.flatnonzero((state.appointed == 1) & takes_part), rules.staff)


def invite(state: RunState, served: Any) -> Any:
    """Invite whom the plan names in schools whose quarter is paid (``served``); returns who is named and teaches."""
    schools, teachers = state.schools, state.teachers
    if not state.invited.any():
        if schools.by_name.any():  # nowhere else is anybody invited
            teachers.invited, schools.by_name = 0, 0
        return state.invited
    invited = state.invited * (teachers.leader >= NO_TEAM)
    teachers.invited = invited * served[teachers.school]
    schools.by_name = np.bincount(teachers.school, weights=state.invited, minlength=schools.size) > 0
    return invited


def train_coaches(world: World, state: RunState, p: CoachParams) -> None:
    """What this quarter's capacity hours add to the district's own coaches, from the next quarter on."""
    schools, pots = state.schools, world.pots
    share = schools.mix[:, 3]
    if share.any():
        hours = schools.hours / 4.0 * schools.participants * share
        inside = pots.pot >= 0
        spent = np.bincount(pots.pot[inside], weights=hours[inside], minlength=state.capacity.size)
        state.capacity += capacity.trained(spent, p.train_hours, p.trained_share)


def hand_over(state: RunState) -> None:
    """Support is about to end: which schools the district's own coaches will go on in, with the practice hours asked
    for last."""
    schools, asked = state.schools, state.asked
    schools.kept[:] = schools.enrolled
    if state.capacity.any():
        kept = schools.kept == 1
        asked.hours[kept] *= schools.mix[kept, 0]
        schools.mix[kept] = (1.0, 0.0, 0.0, 0.0)
        schools.to_leaders[kept] = 0


def pay_own(world: World, state: RunState, allowance: Floats, rules: Rules) -> None:
    """After support: the district pays from its own budget monitoring, then staffing structures, then own coaching;
    no cycles go on."""
    schools = state.schools
    pot, turn = world.pots.pot, world.turn
    cycles.rest(state)
    bill = staffing.quarter_bill(state, rules.staff) if (schools.staffing > 0).any() else None
    staffing.pay_structures(turn, pot, state, allowance, bill, from_saving=True, own=True)
    unpaid = money.pay_monitoring(schools, turn, pot, allowance, money.OWN, rules.money, state.ledger)
    break_unpaid(unpaid, schools, rules.broken_loss, state.flow_rows)
    staffing.pay_structures(turn, pot, state, allowance, bill, from_saving=False, own=True)
    if state.capacity.any():
        pay_own_coaching(world, state, allowance, rules)


def pay_own_coaching(world: World, state: RunState, allowance: Floats, rules: Rules) -> None:
    """A quarter of coaching by the district's own coaches, in the schools that were in the programme at its end."""
    schools, pots, coaches = state.schools, world.pots, rules.coaches
    kept = schools.kept == 1
    pot = pots.pot[kept]
    people = schools.teaching[kept].astype(np.float64)
    served = np.bincount(pot, weights=people, minlength=state.capacity.size)
    each = capacity.own_hours(
        state.asked.hours[kept], state.capacity[pot], served[pot], rules.staff.staffing.coach_hours
    )
    price = rules.money.price_coaching + rules.money.price_released_time
    cost = np.bincount(pot, weights=each / 4.0 * people * price, minlength=state.capacity.size)
    factor = np.minimum(1.0, np.maximum(0.0, allowance) / np.where(cost > 0.0, cost, 1.0))
    schools.hours[kept] = each * factor[pot]
    schools.participants[kept] = np.where(schools.hours[kept] > 0.0, people, 0.0)
    allowance -= cost * factor
    state.ledger[money.OWN] += float((cost * factor).sum())
    supply = capacity.coach_supply(state.capacity, 0.0, coaches.caseload)
    spread_coaches(schools, pots.pot, supply, coaches.supply_exponent)
