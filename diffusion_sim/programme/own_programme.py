"""After support a district may go on with the programme by itself: what is then paid and booked otherwise.

Only strategies that say ``plans_after_support = True`` go on planning. Places, mandates, hours and all else follow the
same rules as in years of support; a place costs nothing, hours are those that the district's own trained coaches have
time for, and whatever is paid is the district's own money.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics import money
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.after_support import plans_after_support
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState


def goes_on(maker: Any, name: str | None, numbers: Numbers) -> bool:
    """Whether a strategy (``name`` for errors) goes on after support: it says so, and districts have own money."""
    own = numbers.money.own_budget * numbers.money.budget_per_teacher
    return plans_after_support(maker, name or "strategy") and own > 0.0


def own_numbers(numbers: Numbers) -> Numbers:
    """Numbers of a time that a district pays itself: nobody comes to measure, so that a place costs nothing; whatever
    the plan asks for costs what it costs, outreach too."""
    return numbers._replace(money=numbers.money._replace(price_measurement=0.0))


def within_own_time(world: World, state: RunState, hours: Floats, building: Floats, people: Floats, year: float) -> Any:
    """Share of what is planned that the pots' own trained coaches have time for, at most 1; (pots,).

    hours : a participant and year; building : person-hours a year of the school; people : participants; all (S,).
    year : a coach's time with teachers a year. Nobody comes from outside after support.
    """
    inside = world.pots.pot >= 0
    asked = (hours * (1.0 - state.schools.mix[:, 2]) * people + building)[inside]
    total = np.bincount(world.pots.pot[inside], weights=asked, minlength=state.capacity.size)
    time = year * state.capacity
    return np.minimum(1.0, np.divide(time, total, out=np.ones(total.size), where=total > 0.0))


@contextmanager
def booked_as_own(state: RunState) -> Iterator[None]:
    """What is paid within is booked as the district's own, but for what traded posts free."""
    before = state.ledger.copy()
    yield
    spent = state.ledger - before
    freed = float(spent[money.FREED])
    state.ledger[:] = before
    state.ledger[money.OWN] += float(spent.sum()) - freed
    state.ledger[money.FREED] += freed


def without_money(world: World, state: RunState) -> NDArray[np.bool_]:
    """Schools whose pot is empty, (S,): a place that costs nothing is no place that nothing is there for."""
    pot = world.pots.pot
    return (pot >= 0) & (state.year_pot[np.maximum(pot, 0)] <= 0.0)


def note_kept(state: RunState) -> None:
    """Who was in the programme when support ended and is in the district's own."""
    schools = state.schools
    schools.kept[:] = schools.enrolled & schools.once_kept
