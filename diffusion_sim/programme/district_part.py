"""What a strategy has districts change at their own level: who is concerned, what is paid, what it does.

A plan speaks of schools; a district is concerned by what one of its programme schools is said to. It pays hours of its
own staff, whatever its size, before anything else of a quarter.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.dynamics import money
from diffusion_sim.dynamics.districts import YEAR, DistrictPartParams, ramp
from diffusion_sim.state.tables import Floats
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState

Mask = NDArray[np.bool_]
ALIGN, RELIEF, AUTONOMY, VISION = range(4)  # in the order in which a district pays


class Wanted(NamedTuple):
    """What is asked of districts. instrument : int[D], to be aligned, -1 = none; kinds : bool[D, 4]; members :
    float64[D], programme schools."""

    instrument: Any
    kinds: Mask
    members: Floats


def wanted(state: RunState) -> Wanted:
    """What the strategy's last plan asks of districts, read off their programme schools."""
    schools, asked, size = state.schools, state.asked, state.districts.size
    inside = schools.programme == 1
    district = schools.district[inside]
    instrument = np.full(size, -1)
    np.maximum.at(instrument, district, asked.align[inside].astype(np.int64))
    some = [np.bincount(district, asked[name][inside] > 0, size) > 0 for name in ("relief", "autonomy", "vision")]
    return Wanted(instrument, np.column_stack([instrument >= 0, *some]), np.bincount(district, minlength=size) * 1.0)


def _paid(world: World, state: RunState, room: Floats, want: Wanted, numbers: Numbers, closed: Any) -> tuple[Mask, Any]:
    """(kinds that can be paid, bool[D, 4]; what they cost together); reduces ``room`` (pots,).

    closed : bool[S], schools whose support is suspended for the whole quarter; None = none.
    """
    paid, total = np.zeros_like(want.kinds), 0.0
    schools, pots = state.schools, world.pots.pot
    inside = schools.programme == 1
    pot = np.full(state.districts.size, -1)
    pot[schools.district[inside]] = pots[inside]
    there = inside if closed is None else inside & ~closed
    concerned = want.kinds.any(axis=1) & (np.bincount(schools.district[there], minlength=pot.size) > 0)
    if not concerned.any():
        return paid, total
    p = numbers.district_part
    hours = (p.align_hours, p.relief_hours, p.autonomy_hours, p.vision_hours)
    for d in np.argsort(rng.uniforms(world.seed, state.districts.key, 0, rng.QUEUE, 0), kind="stable"):
        for kind in np.flatnonzero(want.kinds[d] & concerned[d]):
            cost = hours[kind] / 4.0 * numbers.money.price_coaching
            if money.can_pay(cost, room[pot[d]]):
                room[pot[d]] -= cost
                total += cost
                paid[d, kind] = True
    return paid, total


def set_aside(world: World, state: RunState, room: Floats, numbers: Numbers, closed: Any) -> Mask:
    """Take off ``room`` what this quarter's part will cost, before schools enrol; returns for which schools there is a
    vision that can be paid, bool[S]: they are served first."""
    paid, _ = _paid(world, state, room, wanted(state), numbers, closed)
    return _seen(state, paid)


def pay(world: World, state: RunState, room: Floats, numbers: Numbers, closed: Any) -> None:
    """Pay this quarter's part and let it take effect; reduces ``room``."""
    want = wanted(state)
    paid, total = _paid(world, state, room, want, numbers, closed)
    state.ledger[money.DISTRICT] += total
    _take_effect(state, want, paid, numbers.district_part)


def lapse(state: RunState, p: DistrictPartParams) -> None:
    """A quarter in which nobody pays: what has been reached goes back."""
    want = wanted(state)
    _take_effect(state, want, np.zeros_like(want.kinds), p)


def _seen(state: RunState, paid: Mask) -> Mask:
    schools = state.schools
    return (state.asked.vision > 0) & (schools.programme == 1) & paid[schools.district, VISION]


def _take_effect(state: RunState, want: Wanted, paid: Mask, p: DistrictPartParams) -> None:
    schools, districts = state.schools, state.districts
    aligns = paid[:, ALIGN]
    districts.aligning[:] = np.where(aligns, want.instrument, -1)
    districts.align_hours[:] = np.where(aligns, p.align_hours / np.maximum(1.0, want.members), 0.0)
    relief = (state.asked.relief > 0) & (schools.programme == 1) & paid[schools.district, RELIEF]
    schools.relief_quarters[:] = ramp(schools.relief_quarters, relief)
    schools.relieved[:] = p.relief * schools.relief_quarters / YEAR
    districts.autonomy_quarters[:] = ramp(districts.autonomy_quarters, paid[:, AUTONOMY])
    districts.autonomy_added[:] = p.autonomy_gain * districts.autonomy_quarters / YEAR
    schools.vision[:] = _seen(state, paid)
