"""Who begins to lead a team is prepared for it, by the programme's trainers, as far as it can be paid."""

from __future__ import annotations

from typing import Any

from diffusion_sim.compiled.jit import njit
from diffusion_sim.dynamics import money
from diffusion_sim.state.codes import HAS_LED, IN_PREPARATION, MULTI_CLASSROOM, NOT_YET
from diffusion_sim.state.tables import Floats
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState


def prepare_leaders(turn: Any, pots: Any, state: RunState, allowance: Floats, numbers: Numbers, own: bool) -> None:
    """Once a quarter's structures are settled: last quarter's preparations are over, and leaders in their first quarter
    are prepared, those of schools in the order ``turn`` and of a school by post; reduces ``allowance``.

    pots : int[S], the pot of each school. own : paid by the district after support, booked as such. A leader who
    cannot be paid for is not prepared, later neither.
    """
    teachers, schools = state.teachers, state.schools
    ended = teachers.prepared == IN_PREPARATION
    if ended.any():
        teachers.prepared[ended] = HAS_LED
        schools.preparing[:] = 0.0
    expects = schools.staffing == MULTI_CLASSROOM
    if expects.any():
        hours, prices = numbers.weekly.staffing.prep_hours, numbers.money
        pay_in_turn(turn[expects[turn]], pots, teachers, schools, allowance, hours, prices, own, state.ledger)


@njit
def pay_in_turn(turn, pots, teachers, schools, allowance, hours, p, own, ledger):
    """Pay ``hours`` of preparation for each leader of the schools of ``turn`` who has not led yet; other arguments as
    of `prepare_leaders`, p : money.MoneyParams."""
    coaching, released = hours * p.price_coaching, hours * p.released_leaders * p.price_released_time
    for s in turn:
        if schools[s].staffed == 0:
            continue
        for i in range(schools[s].first, schools[s].last):
            if teachers[i].leader != i or teachers[i].prepared != NOT_YET:
                continue
            if not money.affordable(coaching + released, allowance[pots[s]]):
                teachers[i].prepared = HAS_LED
                continue
            allowance[pots[s]] -= coaching + released
            ledger[money.OWN if own else money.COACHING] += coaching
            ledger[money.OWN if own else money.RELEASED] += released
            teachers[i].prepared = IN_PREPARATION
            schools[s].preparing += 4.0 * hours  # of one quarter, as a yearly rate
