"""Strategies that plan after support: when they are asked, what they see, what it costs, who pays."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.dynamics import money
from diffusion_sim.errors import StrategyError
from diffusion_sim.strategies import Plan
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
    """The pot is own_budget x what it was; nobody comes to measure, outreach costs what it costs, and hours are those
    that the district's own coaches have time for; all of it booked as own."""
    own = STAY | {"money.own_budget": 0.5, "programme.mandate_years": 4}
    model = steps(world({"d": [20, 20]}, GoesOn(hours=10.0, outreach=1.0, mix=(0.9, 0, 0, 0.1)), own), END)
    before, schools = model.state.ledger.copy(), model.state.schools
    assert before[money.OUTREACH] > 0 and before[money.MEASUREMENT] > 0
    coaches = model.state.capacity[0]
    assert 0 < coaches < 1
    steps(model, 9)
    paid = model.state.ledger - before
    assert (schools.enrolled == 1).all() and (schools.kept == 1).all()
    each = min(10.0, 400 * coaches / 40)
    assert each < 10.0 and schools.hours == pytest.approx(each)
    told, monitoring = 2 * 5 * 80.0, 2 * 15 * 80.0
    hours = each / 4 * 40 * (0.9 * (300 + 50) + 0.1 * (300 + 25))
    assert paid[money.OWN] == pytest.approx(told + monitoring + hours)
    assert paid.sum() == pytest.approx(paid[money.OWN])
    assert model.maker.seen[-1][2][0] <= 0.5 * 20000 * 40
    assert schools.standing == pytest.approx(each / 10.0), "what is paid of what was planned comes from within"


def test_without_coaches_of_its_own_a_district_has_none(world):
    model = steps(world({"d": [20]}, GoesOn(hours=10.0), STAY), END + 9)
    schools = model.state.schools
    assert model.state.capacity[0] == 0 and (schools.enrolled == 1).all()
    assert (schools.hours == 0).all() and (schools.standing == 0).all()


def test_a_mandate_from_outside_meets_no_cost_that_nobody_bills(world):
    """The own allowance holds one quarter's monitoring, and not a place's outreach and measurement besides."""
    own = STAY | {"money.own_budget": 0.1, "money.budget_per_teacher": 6000, "programme.mandate_years": 0}

    class Offers(GoesOn):
        def plan(self, view, draw):
            return Plan(enrol=np.ones(view.programme.size))

    model = world({"d": [10]}, Offers(), own | {"enrolment.n0": 50})
    model.intervene({"kind": "new_mandate", "week": END + 9, "years": 1})
    steps(model, END + 10)
    assert model.maker.seen == [] and model.state.schools.enrolled[0] == 1
    assert model.state.schools.mandate_weeks[0] == 35 and model.state.schools.monitored[0] == 1


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


def test_other_names_are_nobody_elses_business(world):
    for maker in (Says(hours=1.0), GoesOn(hours=1.0)):
        maker.hours_after_support = maker.share_after_support = 0.5
        assert steps(world({"d": [20]}, maker, STAY), END + 1).week == END + 1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("plans_after_support", 1, "plans_after_support is 1; True or False is allowed"),
        ("plans_after_support", "yes", "plans_after_support is 'yes'; True or False is allowed"),
        ("plan_after_support", True, "plan_after_support says nothing; did you mean 'plans_after_support'"),
        ("plans_after", True, "plans_after says nothing; did you mean 'plans_after_support'"),
    ],
)
def test_what_it_says_is_checked(world, name, value, words):
    maker = Says(hours=1.0)
    setattr(maker, name, value)
    with pytest.raises(StrategyError, match=words):
        steps(world({"d": [20]}, maker, STAY), END + 1)
