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
from diffusion_sim.programme.rules import Rules
from diffusion_sim.state.codes import NO_TEAM
from diffusion_sim.state.tables import Floats, Schools
from diffusion_sim.world.build import World
from diffusion_sim.world.run_state import RunState


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
    improvement_cycles.pay(world, state, allowance, served, rules.cycles)
    invited = invite(state, served)
    people = participants(schools, invited, state.teachers.school) * served
    planned = np.where(served == 1, asked.hours, 0.0)
    money.pay_hours(schools, pots.pot, pots.members, pots.starts, allowance, planned, people, rules.money, ledger)
    supply = capacity.coach_supply(state.capacity, rules.coaches.external_supply, rules.coaches.caseload)
    train_coaches(world, state, rules.coaches)  # before adapting takes hours; they count from the next quarter on
    improvement_cycles.begin(world, state, rules.cycles)
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


def pay_own(world: World, state: RunState, allowance: Floats, rules: Rules) -> None:
    """After support: the district pays from its own budget monitoring, then staffing structures, then own coaching;
    no cycles go on."""
    schools = state.schools
    pot, turn = world.pots.pot, world.turn
    improvement_cycles.rest(state)
    bill = staffing.quarter_bill(state, rules.staff) if (schools.staffing > 0).any() else None
    staffing.pay_structures(turn, pot, state, allowance, bill, from_saving=True, own=True)
    unpaid = money.pay_monitoring(schools, turn, pot, allowance, money.OWN, rules.money, state.ledger)
    break_unpaid(unpaid, schools, rules.broken_loss, state.flow_rows)
    staffing.pay_structures(turn, pot, state, allowance, bill, from_saving=False, own=True)
    if state.capacity.any():
        pay_own_coaching(world, state, allowance, rules)


