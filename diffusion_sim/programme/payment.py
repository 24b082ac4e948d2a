"""The programme's year and quarter: who enrols, who leaves, what is paid."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.compiled.jit import njit
from diffusion_sim.dynamics import capacity, money
from diffusion_sim.dynamics.leaders import break_mandate
from diffusion_sim.programme import improvement_cycles, staffing
from diffusion_sim.programme.coaching import pay_own_coaching, spread_coaches, train_coaches
from diffusion_sim.programme.enrolment import release_schools
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.tables import Floats, Schools
from diffusion_sim.state.use import teaches
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState


# ---- pots ------------------------------------------------------------------------------------------------------------
def fill_pots(world: World, state: RunState, per_post: Floats, share: float = 1.0) -> None:
    """A year's money comes into the pots; what was left is gone. per_post : US dollars a teaching post, (pots,); share
    of it that comes."""
    state.year_pot[:] = world.pots.posts * per_post * share


def allowance(state: RunState) -> Floats:
    """This quarter's part of each pot, US dollars, (pots,): what is left of the year / quarters left."""
    return state.year_pot / (4 - state.week % WEEKS_PER_YEAR // WEEKS_PER_QUARTER)


def settle(state: RunState, spent: Floats, support_weeks: int) -> None:
    """Take a quarter's spending from the pots; what the last quarter of a year of support leaves stays unspent."""
    state.year_pot -= spent
    last_quarter = state.week % WEEKS_PER_YEAR == WEEKS_PER_YEAR - WEEKS_PER_QUARTER
    if state.week < support_weeks and last_quarter:
        state.unspent += float(state.year_pot.sum())


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
    """Carry out what is asked for this quarter: outreach, monitoring, invitations, hours; reduces ``room``.

    Nobody is invited or appointed in a school that is not in the programme or whose quarter is not paid.
    closed : bool[S], schools whose support is suspended for the whole quarter: nothing is paid there. None = none.
    """
    schools, teachers, ledger, pots, asked = state.schools, state.teachers, state.ledger, world.pots, state.asked
    release_schools(world.seed, state)
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
    improvement_cycles.pay(world, state, room, served, numbers.cycles)
    invited = invite(state, served)
    people = participants(schools, invited, state.teachers.school) * served
    planned = np.where(served == 1, asked.hours, 0.0)
    money.pay_hours(schools, pots.pot, pots.members, pots.starts, room, planned, people, numbers.money, ledger)
    coaches = numbers.weekly.coaches
    supply = capacity.coach_supply(state.capacity, coaches.external_supply, coaches.caseload)
    train_coaches(world, state, coaches)  # before adapting takes hours; they count from the next quarter on
    improvement_cycles.begin(world, state, numbers.cycles)
    spread_coaches(schools, pots.pot, supply, coaches.supply_exponent)
    if state.appointed.any():
        takes_part = (served == 1)[teachers.school] & ((schools.by_name == 0)[teachers.school] | (invited == 1))
        staffing.put_to_use(world, state, np.flatnonzero((state.appointed == 1) & takes_part), numbers)


def invite(state: RunState, served: Any) -> Any:
    """Invite whom the plan names in schools whose quarter is paid (``served``); returns who is named and teaches."""
    schools, teachers = state.schools, state.teachers
    if not state.invited.any():
        if schools.by_name.any():  # nowhere else is anybody invited
            teachers.invited, schools.by_name = 0, 0
        return state.invited
    invited = state.invited * teaches.py_func(teachers.leader)
    teachers.invited = invited * served[teachers.school]
    schools.by_name = np.bincount(teachers.school, weights=state.invited, minlength=schools.size) > 0
    return invited


def pay_own(world: World, state: RunState, room: Floats, numbers: Numbers) -> None:
    """After support: the district pays from its own budget monitoring, then staffing structures, then own coaching;
    no cycles go on."""
    schools = state.schools
    pot, turn = world.pots.pot, world.turn
    improvement_cycles.rest(state)
    bill = staffing.quarter_bill(state, numbers) if (schools.staffing > 0).any() else None
    staffing.pay_structures(turn, pot, state, room, bill, from_saving=True, own=True)
    unpaid = money.pay_monitoring(schools, turn, pot, room, money.OWN, numbers.money, state.ledger)
    break_unpaid(unpaid, schools, numbers.weekly.trust.broken_mandate, state.flow_rows)
    staffing.pay_structures(turn, pot, state, room, bill, from_saving=False, own=True)
    if state.capacity.any():
        pay_own_coaching(world, state, room, numbers)


