"""Who provides coaches: how much they can deliver, how far they reach, how a district's own are trained, and what these
do when support has ended.

A provider is a district's coaches, or one for all schools (``structure.provider``); what it can deliver stands in the
row of its district, of the first one where it serves all.
"""

from __future__ import annotations

import numpy as np

from diffusion_sim.dynamics import capacity, money
from diffusion_sim.dynamics.coaches import CoachParams, deliverable, supply_factor
from diffusion_sim.dynamics.structure import StructureParams
from diffusion_sim.state.tables import Floats, Ints, Schools
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState


def providers(world: World, p: StructureParams) -> Ints:
    """Who provides the coaches of each school: the row of its district, 0 where one provides all; -1 = outside the
    programme; shape (S,)."""
    return np.where(world.pots.pot < 0, -1, 0 if p.provider_world > 0.0 else world.schools.district)


def coaches_in_post(world: World, state: RunState, provider: Ints) -> Floats:
    """Trained coaches of each provider, by row of districts: a pot's are shared out by programme posts."""
    pots, inside = world.pots, provider >= 0
    pot = pots.pot[inside]
    part = state.capacity[pot] * state.schools.concerned_start[inside] / pots.posts[pot]
    return np.bincount(provider[inside], weights=part, minlength=state.districts.size)


def reach(state: RunState, provider: Ints, lag: float) -> None:
    """Cut hours and building that are to be paid to what each provider can deliver; what it can follows with a lag."""
    schools, districts = state.schools, state.districts
    inside = provider >= 0
    people = schools.participants * (1.0 - schools.mix[:, 2])
    hours = schools.hours * people + schools.building
    asked = np.bincount(provider[inside], weights=hours[inside], minlength=districts.size)
    for d in range(districts.size):
        districts.deliverable[d] = deliverable(float(districts.deliverable[d]), float(asked[d]), lag)
    share = np.divide(districts.deliverable, asked, out=np.ones(districts.size), where=asked > 0.0)
    schools.hours[inside] *= share[provider[inside]]
    schools.building[inside] *= share[provider[inside]]


def spread_coaches(schools: Schools, provider: Ints, supply: Floats, exponent: float) -> None:
    """Quality of coaching as each provider outgrows its coaches; sets schools.supply_factor.

    supply : float64[D], teachers whom each provider can serve at full quality.
    """
    inside = provider >= 0
    coached = inside & (schools.hours * (schools.mix[:, 0] + schools.mix[:, 1]) > 0.0)
    served = np.bincount(provider[coached], weights=schools.participants[coached], minlength=supply.size)
    pairs = zip(served.tolist(), supply.tolist(), strict=True)
    factor = np.array([supply_factor.py_func(*pair, exponent) for pair in pairs])
    schools.supply_factor[:] = 1.0
    schools.supply_factor[inside] = factor[provider[inside]]


def train_coaches(world: World, state: RunState, p: CoachParams) -> None:
    """What this quarter's capacity hours add to the district's own coaches, from the next quarter on."""
    schools, pots = state.schools, world.pots
    share = schools.mix[:, 3]
    if share.any():
        hours = schools.hours / 4.0 * schools.participants * share
        inside = pots.pot >= 0
        spent = np.bincount(pots.pot[inside], weights=hours[inside], minlength=state.capacity.size)
        state.capacity += capacity.trained(spent, p.train_hours, p.trained_share)


def hand_over(state: RunState, goes_on: bool = False) -> None:
    """Support is about to end: which schools the district's own coaches will go on in, with the practice hours asked
    for last. goes_on : the strategy plans on, so that nothing else changes."""
    schools, asked = state.schools, state.asked
    schools.kept[:] = schools.once_kept[:] = schools.enrolled
    if state.capacity.any() and not goes_on:
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
    provider = providers(world, numbers.weekly.structure)
    supply = capacity.coach_supply(coaches_in_post(world, state, provider), 0.0, coaches.caseload)
    spread_coaches(schools, provider, supply, coaches.supply_exponent)
