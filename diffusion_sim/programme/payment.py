"""The programme's year and quarter: who enrols, who leaves, what is paid."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.compiled.jit import njit
from diffusion_sim.dynamics import capacity, money
from diffusion_sim.dynamics.leaders import break_mandate
from diffusion_sim.programme import coaching, district_part, improvement_cycles, own_programme, staffing
from diffusion_sim.programme.enrolment import release_schools
from diffusion_sim.programme.leader_preparation import prepare_leaders
from diffusion_sim.programme.standing_support import note_standing_support
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import FIRST_INVITED, INVITED
from diffusion_sim.state.tables import Floats, Schools
from diffusion_sim.state.use import teaches
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState


# ---- pots ------------------------------------------------------------------------------------------------------------
def share_of_pot(week: int, numbers: Numbers) -> float:
    """Of a school year's pot, what comes into it in the year that begins after ``week``: all in years of support."""
    return 1.0 if week < numbers.support_weeks else numbers.money.own_budget


def is_carried(week: int, numbers: Numbers) -> bool:
    """Whether what is left goes on into the year that begins after ``week``: from year to year of support, and from
    year to year after it, never from support to what districts pay themselves."""
    return numbers.money.carried > 0.0 and week not in (0, numbers.support_weeks)


def fill_pots(world: World, state: RunState, per_post: Floats, numbers: Numbers) -> None:
    """A year's money comes into the pots, on top of what is left of the year before or in its place.

    per_post : US dollars a post that the practice was for before week 1, in years of support, (pots,).
    """
    left = state.year_pot if is_carried(state.week, numbers) else 0.0
    new = world.pots.posts * per_post * share_of_pot(state.week, numbers)
    state.year_pot[:] = new + left
    state.filled += float(new.sum())


def allowance(state: RunState) -> Floats:
    """This quarter's part of each pot, US dollars, (pots,): what is left of the year / quarters left."""
    return state.year_pot / (4 - state.week % WEEKS_PER_YEAR // WEEKS_PER_QUARTER)


def settle(state: RunState, spent: Floats, numbers: Numbers) -> None:
    """Take a quarter's spending from the pots; what the last quarter of a year leaves stays unspent and the pots are
    empty, unless it is carried to another year."""
    state.year_pot -= spent
    week, end = state.week, numbers.support_weeks
    last_year = end - WEEKS_PER_YEAR <= week < end  # of support: nothing is carried to years after it
    last_quarter = week % WEEKS_PER_YEAR == WEEKS_PER_YEAR - WEEKS_PER_QUARTER
    if not last_quarter or (numbers.money.carried > 0.0 and not last_year):
        return
    left = float(state.year_pot.sum())
    state.year_pot[:] = 0.0
    if week < end:
        state.unspent += left
    else:
        state.unspent_own += left


# ---- a quarter -------------------------------------------------------------------------------------------------------
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


def pay_quarter(world: World, state: RunState, room: Floats, numbers: Numbers, closed: Any = None) -> None:
    """Carry out what is asked for this quarter: the district's part, outreach, monitoring, invitations, hours; reduces
    ``room``.

    Nobody is invited or appointed in a school that is not in the programme or whose quarter is not paid.
    closed : bool[S], schools whose support is suspended for the whole quarter: nothing is paid there. None = none.
    """
    schools, teachers, ledger, pots, asked = state.schools, state.teachers, state.ledger, world.pots, state.asked
    release_schools(world.seed, state)
    district_part.pay(world, state, room, numbers, closed)
    told, turn = np.ascontiguousarray(asked.outreach), world.turn
    if closed is not None:
        turn = turn[~closed[turn]]
        schools.outreach[closed], schools.monitored[closed], schools.staffed[closed] = 0.0, 0, 0
    bill = staffing.quarter_bill(state, numbers) if (schools.staffing > 0).any() else None
    staffing.pay_structures(turn, pots.pot, state, room, bill, from_saving=True, own=False)
    served = money.pay_fixed(schools, turn, pots.pot, room, told, numbers.money, ledger)
    unpaid = money.pay_monitoring(schools, turn, pots.pot, room, money.MONITORING, numbers.money, ledger)
    break_unpaid(unpaid, schools, numbers.weekly.trust.broken_mandate, state.flow_rows)
    staffing.pay_structures(turn, pots.pot, state, room, bill, from_saving=False, own=False)
    prepare_leaders(turn, pots.pot, state, room, numbers, own=False)
    invited = invite(world, state, served, turn, room, numbers.money)
    improvement_cycles.pay(world, state, room, served, numbers.cycles)
    people = participants(schools, invited, teachers.school) * served
    provider, coaches = coaching.providers(world, numbers.weekly.structure), numbers.weekly.coaches
    deliver_hours(world, state, room, served, people, provider, numbers)
    in_post = coaching.coaches_in_post(world, state, provider)
    external = coaches.external_supply if state.week < numbers.support_weeks else 0.0  # nobody comes from outside
    supply = capacity.coach_supply(in_post, external, coaches.caseload)
    coaching.train_coaches(world, state, coaches)  # before adapting takes hours; they count from the next quarter on
    improvement_cycles.begin(world, state, numbers.cycles)
    coaching.spread_coaches(schools, provider, supply, coaches.supply_exponent)
    if state.appointed.any():
        takes_part = (served == 1)[teachers.school] & ((schools.by_name == 0)[teachers.school] | (invited == 1))
        staffing.put_to_use(world, state, np.flatnonzero((state.appointed == 1) & takes_part), numbers)
    note_standing_support(state, numbers)


def deliver_hours(
    world: World, state: RunState, room: Floats, served: Any, people: Floats, provider: Any, numbers: Numbers
) -> None:
    """Hours and building as far as the pots pay for them and providers can deliver them; only that much is paid.

    served : uint8[S], 1 = may get hours; people : float64[S], participants; provider : int[S], as of
    `coaching.providers`.
    """
    schools, pots, asked = state.schools, world.pots, state.asked
    hours = np.where(served == 1, asked.hours, 0.0)
    part = hours * schools.mix[:, 2] * people  # where a plan never said how much building it wants
    building = np.where(np.isnan(asked.building), part, np.where(served == 1, asked.building, 0.0))
    if state.week >= numbers.support_weeks:
        year = numbers.weekly.staffing.coach_hours
        share = own_programme.within_own_time(world, state, hours, building, people, year)[np.maximum(pots.pot, 0)]
        hours, building = hours * share, building * share
    money.afford_hours(schools, pots.members, pots.starts, room, hours, building, people, numbers.money)
    coaching.reach(state, provider, numbers.weekly.coaches.lag)
    money.book_hours(schools, pots.pot, pots.members, room, numbers.money, state.ledger)


def invite(world: World, state: RunState, served: Any, turn: Any, room: Floats, p: money.MoneyParams) -> Any:
    """Invite whom the plan names, and all whom a vision is for where it names nobody, in schools whose quarter is paid
    (``served``) as far as that can be paid, in the order ``turn``; returns who is invited, 0/1."""
    schools, teachers = state.schools, state.teachers
    known = teachers.invited & ~np.uint8(INVITED)  # since which quarter of this year, and who is new here
    asked_before = known & np.uint8(sum(FIRST_INVITED))
    if not (state.invited.any() or schools.vision.any()):
        if schools.by_name.any():  # nowhere else is anybody invited
            teachers.invited, schools.by_name = known, 0
        return state.invited
    by_plan = np.bincount(teachers.school, weights=state.invited, minlength=schools.size) > 0
    by_vision = (schools.vision == 1) & ~by_plan
    asked = state.invited | by_vision[teachers.school]
    named = asked * teaches.py_func(teachers.leader) * served[teachers.school]
    people = np.bincount(teachers.school, weights=named, minlength=schools.size)
    paid = money.pay_invitations(turn, world.pots.pot, room, people, p, state.ledger)
    invited = named * paid[teachers.school]
    this_quarter = FIRST_INVITED[state.week % WEEKS_PER_YEAR // WEEKS_PER_QUARTER]
    since = np.where(asked_before > 0, known, known + this_quarter)
    teachers.invited = np.where(invited == 1, INVITED + since, known)
    schools.by_name = by_plan | (by_vision & (paid == 1))  # a vision that cannot be paid holds nobody back
    return invited


def pay_own(world: World, state: RunState, room: Floats, numbers: Numbers) -> None:
    """After support: the district pays from its own budget monitoring, then staffing structures and leaders'
    preparation, then own coaching; no cycles go on."""
    schools = state.schools
    pot, turn = world.pots.pot, world.turn
    improvement_cycles.rest(state)
    district_part.lapse(state, numbers.district_part)
    bill = staffing.quarter_bill(state, numbers) if (schools.staffing > 0).any() else None
    staffing.pay_structures(turn, pot, state, room, bill, from_saving=True, own=True)
    unpaid = money.pay_monitoring(schools, turn, pot, room, money.OWN, numbers.money, state.ledger)
    break_unpaid(unpaid, schools, numbers.weekly.trust.broken_mandate, state.flow_rows)
    staffing.pay_structures(turn, pot, state, room, bill, from_saving=False, own=True)
    prepare_leaders(turn, pot, state, room, numbers, own=True)
    if state.capacity.any():
        coaching.pay_own_coaching(world, state, room, numbers)
    note_standing_support(state, numbers)
