"""Strategies that plan after support: when they are asked, what they see, what it costs, who pays."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.dynamics import money
from diffusion_sim.errors import StrategyError
from tests.programme.conftest import Says
from tests.small_world import steps

END = 72  # two years of support
STAY = {"enrolment.e0": 0.0, "programme.mandate_years": 2, "leaders.principal_exit": 0.0}


class GoesOn(Says):
    """Plans after support, and notes what it sees."""

    plans_after_support = True

    def __init__(self, **fields):
        super().__init__(**fields)
        self.seen = []

    def plan(self, view, draw):
        self.seen.append((view.week, view.after_support, view.own_pot.copy(), view.enrolled.copy()))
        return super().plan(view, draw)


class Stops(GoesOn):
    """The same, without saying that it goes on."""

    plans_after_support = False


def test_who_says_so_is_asked_after_support(world):
    for kind, last in ((GoesOn, END + 63), (Stops, END - 9)):
        model = steps(world({"d": [20, 20]}, kind(hours=10.0), STAY), END + 72)
        weeks = [week for week, *_ in model.maker.seen]
        assert max(weeks) == last and weeks.count(END) == 2 * (kind is GoesOn)
        for week, after, pot, _ in model.maker.seen:
            assert after == (week >= END) and (pot > 0).all() == after and pot.shape == (1,)


def test_its_year_is_paid_from_the_districts_own_money(world):
    """The pot is own_budget x what it was; hours are delivered and booked as own, a place costs nothing."""
    own = STAY | {"money.own_budget": 0.5, "programme.mandate_years": 4}
    model = steps(world({"d": [20, 20]}, GoesOn(hours=10.0, outreach=1.0), own), END)
    before, schools = model.state.ledger.copy(), model.state.schools
    outreach, measurement = before[money.OUTREACH], before[money.MEASUREMENT]
    assert outreach > 0 and measurement > 0
    steps(model, 9)
    paid = model.state.ledger - before
    assert (schools.enrolled == 1).all() and (schools.kept == 1).all() and (schools.hours == 10.0).all()
    monitoring = 2 * 15 * 80.0
    hours = 10.0 / 4 * 40 * (300 + 50)
    assert paid[money.OWN] == pytest.approx(monitoring + hours) and paid.sum() == pytest.approx(paid[money.OWN])
    assert model.maker.seen[-1][2][0] <= 0.5 * 20000 * 40
    assert (schools.standing == 1.0).all(), "all that is paid comes from within"


def test_money_still_adds_up(world):
    """New money of all pots = net spending + unspent + what own years returned + what stands in the pots."""
    model = world({"d": [20, 30], "e": [15]}, GoesOn(hours=30.0, mix=(0.7, 0.1, 0.1, 0.1)), STAY)
    while model.week < model.weeks:
        model.step()
        state = model.state
        out = state.ledger.sum() + state.unspent + state.unspent_own + state.year_pot.sum()
        assert state.filled == pytest.approx(out, rel=1e-12)
    assert state.ledger[money.OWN] > 0


def test_schools_enter_and_leave_as_before(world):
    """Nobody in a mandate: schools leave by their own wait, and who is offered a place enters on the district's."""

    class Offers(GoesOn):
        def plan(self, view, draw):
            plan = super().plan(view, draw)
            ones = np.ones(view.programme.size)
            return type(plan)(enrol=ones if view.after_support else 0 * ones, hours=plan.hours, mix=plan.mix)

    model = steps(world({"d": [20, 20]}, Offers(hours=5.0), STAY | {"enrolment.n0": 50.0}), END)
    assert (model.state.schools.enrolled == 0).all()
    steps(model, 1)
    schools = model.state.schools
    assert (schools.enrolled == 1).all() and (schools.kept == 0).all() and (schools.once_kept == 0).all()
    assert model.flows.school_entries.iloc[-1] == 2 and model.outcomes["schools_at_end"] == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("plans_after_support", 1, "plans_after_support is 1; True or False is allowed"),
        ("plans_after_support", "yes", "plans_after_support is 'yes'; True or False is allowed"),
        ("plan_after_support", True, "plan_after_support says nothing; did you mean 'plans_after_support'"),
    ],
)
def test_what_it_says_is_checked(world, name, value, words):
    maker = Says(hours=1.0)
    setattr(maker, name, value)
    with pytest.raises(StrategyError, match=words):
        steps(world({"d": [20]}, maker, STAY), END + 1)
