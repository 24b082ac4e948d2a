"""The district's coaches: how far they reach, how they are trained, and what they do when support has ended."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.dynamics import capacity, money
from diffusion_sim.dynamics.coaches import CoachParams, supply_factor
from diffusion_sim.state.tables import Floats, Schools
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState


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


def pay_own_coaching(world: World, state: RunState, allowance: Floats, numbers: Numbers) -> None:
    """A quarter of coaching by the district's own coaches, in the schools that were in the programme at its end."""
    schools, pots, coaches = state.schools, world.pots, numbers.weekly.coaches
    kept = schools.kept == 1
    pot = pots.pot[kept]
    people = schools.teaching[kept].astype(np.float64)
    served = np.bincount(pot, weights=people, minlength=state.capacity.size)
    each = capacity.own_hours(
        state.asked.hours[kept], state.capacity[pot], served[pot], numbers.weekly.staffing.coach_hours
    )
    price = numbers.money.price_coaching + numbers.money.price_released_time
    cost = np.bincount(pot, weights=each / 4.0 * people * price, minlength=state.capacity.size)
    factor = np.minimum(1.0, np.maximum(0.0, allowance) / np.where(cost > 0.0, cost, 1.0))
    schools.hours[kept] = each * factor[pot]
    schools.participants[kept] = np.where(schools.hours[kept] > 0.0, people, 0.0)
    allowance -= cost * factor
    state.ledger[money.OWN] += float((cost * factor).sum())
    supply = capacity.coach_supply(state.capacity, 0.0, coaches.caseload)
    spread_coaches(schools, pots.pot, supply, coaches.supply_exponent)
