"""After support a district may go on with the programme by itself: what is then paid and booked otherwise.

Only strategies that say ``plans_after_support = True`` go on planning. Places, mandates, hours and all else follow the
same rules as in years of support; a place costs nothing, and whatever is paid is the district's own money.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics import money
from diffusion_sim.errors import StrategyError, nearest
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState

SAYS = "plans_after_support"


def plans_after_support(maker: Any, name: str) -> bool:
    """Whether a strategy wants to plan after support, too. Raises StrategyError where it says so in another way."""
    said = getattr(maker, SAYS, False)
    if not isinstance(said, bool):
        raise StrategyError(f"strategy '{name}': {SAYS} is {said!r:.60}; True or False is allowed")
    for other in dir(maker):
        if other != SAYS and "after_support" in other and not other.startswith("_"):
            hint = nearest(other, [SAYS]) or f"; did you mean '{SAYS}'?"
            raise StrategyError(f"strategy '{name}': {other} says nothing{hint}")
    return said


def without_fixed_costs(numbers: Numbers) -> Numbers:
    """Numbers of a quarter that a district pays itself: no outreach or measurement is billed for a place."""
    return numbers._replace(money=numbers.money._replace(outreach_hours=0.0, price_measurement=0.0))


@contextmanager
def booked_as_own(state: RunState, own: bool) -> Iterator[None]:
    """What is paid within is booked as the district's own, but for what traded posts free."""
    before = state.ledger.copy()
    yield
    if own:
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
