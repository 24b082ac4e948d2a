"""What comes into a district's pot, and what is spent of it.

The ledger is kept for all pots together. Where there is one pot, it says both. Where districts have pots of their own,
spending is what a pot holds before a week and does not hold after it; in the last quarter of a year the rest of a pot
is given back in the same step, so a copy of the model whose pots keep their rest goes through that week first.
"""

from __future__ import annotations

from typing import Any

from diffusion_sim.programme.payment import is_carried, share_of_pot
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.year.dated_events import pots_left

LAST_QUARTER = WEEKS_PER_YEAR - WEEKS_PER_QUARTER  # week of the year with which it begins


class Purse:
    """The pot of a district. pot : its number, -1 where no school of the district takes part; shared : whether it is
    one pot for all districts."""

    def __init__(self, model: Any, first: int, last: int) -> None:
        pots = model.world.pots
        inside = [int(pot) for pot in pots.pot[first:last] if pot >= 0]
        self.pot = inside[0] if inside else -1
        self.alone = pots.posts.size == 1
        self.shared = self.alone and len(model.world.district_ids) > 1
        self._came = self._stands = 0.0
        self._left: float | None = None

    def before(self, model: Any) -> None:
        """Look at the pot before the next week."""
        if self.pot < 0:
            return
        state, week = model.state, model.week
        if self.alone:
            self._came, self._stands = -state.filled, -float(state.ledger.sum())
            return
        self._came, self._stands = self._before_pay(model)
        self._left = _kept(model, self.pot) if week % WEEKS_PER_YEAR == LAST_QUARTER else None

    def after(self, model: Any) -> tuple[float, float]:
        """(what came into the pot in the week just done, less what a cut took of it; net spending); US dollars."""
        if self.pot < 0:
            return 0.0, 0.0
        state = model.state
        if self.alone:
            return self._came + state.filled, self._stands + float(state.ledger.sum())
        left = float(state.year_pot[self.pot]) if self._left is None else self._left
        return self._came, self._stands - left

    def _before_pay(self, model: Any) -> tuple[float, float]:
        """(what comes into the pot with the next week, what then stands in it before anything is paid)."""
        state, week, numbers = model.state, model.week, model.numbers
        stands = float(state.year_pot[self.pot])
        share, cut = self._share(model, week), self._cut(model, week)
        came = -stands * (1.0 - cut)
        stands *= cut
        if week % WEEKS_PER_YEAR == 0:
            per_post = numbers.money.budget_per_teacher * share_of_pot(week, numbers)
            new = float(model.world.pots.posts[self.pot]) * per_post * share
            came, stands = came + new, new + (stands if is_carried(week, numbers) else 0.0)
        return came, stands

    def _share(self, model: Any, week: int) -> float:
        return float(pots_left(model.schedule, week, model.world)[self.pot])

    def _cut(self, model: Any, week: int) -> float:
        """Share that cuts of this week leave of what stands in the pot."""
        before = self._share(model, week - 1)
        return self._share(model, week) / before if before > 0.0 else 0.0


def _kept(model: Any, pot: int) -> float:
    """What the next week's payments leave in a pot, before the rest is given back."""
    other, numbers = model.copy(), model.numbers
    support = numbers.support_weeks + (WEEKS_PER_YEAR if model.week < numbers.support_weeks else 0)
    other.numbers = numbers._replace(money=numbers.money._replace(carried=1.0), support_weeks=support)
    other.run(until=model.week + 1)
    return float(other.state.year_pot[pot])
