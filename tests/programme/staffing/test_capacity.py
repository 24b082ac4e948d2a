"""Coaches that a district trains of its own: how many, what they add, and what goes on when support has ended."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.dynamics import capacity
from tests.programme.staffing.conftest import Asks
from tests.small_world import steps

TRAINS = (0.5, 0.0, 0.1, 0.4)
RICH = {"money.budget_per_teacher": 20000, "money.own_budget": 0.5, "coaches.lag": 0}


def test_rules_by_hand():
    assert capacity.trained(np.array([0.0, 300.0]), 150.0, 1.0).tolist() == [0.0, 2.0]
    assert capacity.trained(np.array([300.0]), 150.0, 0.25).tolist() == [0.5]
    assert capacity.after_summer(np.array([2.0]), 0.16) == pytest.approx([1.68])
    assert capacity.coach_supply(np.array([0.0, 2.0]), 100.0, 15.0).tolist() == [100.0, 130.0]
    hours = capacity.own_hours(np.array([4.0, 8.0]), np.array([1.0, 1.0]), np.array([80.0, 80.0]), 400.0)
    assert hours.tolist() == [4.0, 5.0]


def test_trained_kept_and_lost(world):
    """Two schools of 20 and 40: 8 hours a year, .4 of them for capacity, 150 hours a coach; .16 leave each summer."""
    model = world([20, 40], Asks(staffing=0, mix=TRAINS), RICH | {"programme.mandate_years": 9})
    a_quarter = 60 * 2 * 0.4 / 150
    steps(model, 1)
    assert model.state.capacity == pytest.approx([a_quarter])
    ledger, hours = model.state.ledger, 60 * 2  # .5 of practice at 300 + 50, .1 of building and .4 at 300 + half of 50
    assert ledger[9] == pytest.approx(hours * 0.4 * 325)
    assert ledger[0] + ledger[1] == pytest.approx(hours * (0.5 * 350 + 0.1 * 325))
    steps(model, 35)
    assert model.state.capacity == pytest.approx([4 * a_quarter])
    steps(model, 1)
    assert model.state.capacity == pytest.approx([4 * a_quarter * 0.84 + a_quarter])
    steps(model, 35 + 1)
    trained = ((4 * a_quarter * 0.84) + 4 * a_quarter) * 0.84
    assert model.state.capacity == pytest.approx([trained]), "nobody is trained after support"


def test_own_coaches_add_to_those_from_outside(world):
    sizes, numbers = [60, 90], RICH | {"programme.mandate_years": 9}
    model = steps(world(sizes, Asks(staffing=0, mix=TRAINS), numbers), 9)
    assert model.state.schools.supply_factor == pytest.approx((100 / 150) ** 0.3)
    steps(model, 1)  # those trained in the first quarter
    assert model.state.schools.supply_factor == pytest.approx(((100 + 15 * 150 * 2 * 0.4 / 150) / 150) ** 0.3)


def test_coaching_goes_on_after_support(world):
    """In the schools that were in the programme, by hours asked for, coaches' time and own money; booked as own."""
    model = steps(world([20, 40], Asks(staffing=0, mix=TRAINS), RICH), 72)
    assert model.state.schools.kept.sum() == 0
    steps(model, 1)
    s, coaches = model.state.schools, model.state.capacity[0]
    hours = min(8 * 0.5, 400 * coaches / 60)
    assert (s.enrolled == 0).all() and (s.kept == 1).all() and s.hours == pytest.approx(hours)
    assert s.mix.tolist() == [[1, 0, 0, 0]] * 2 and s.participants.tolist() == [20, 40]
    assert s.supply_factor == pytest.approx(min(1, 15 * coaches / 60) ** 0.3)
    monitoring = 2 * 60 / 4 * 80  # the mandates run for another year
    assert model.state.ledger[8] == pytest.approx(monitoring + 60 * hours / 4 * 350)


def test_own_money_limits_it(world):
    """10 dollars a post: 150 a quarter, all of it for hours where no mandate is left to watch."""
    numbers = RICH | {"money.own_budget": 0.0005, "programme.mandate_years": 2}
    model = steps(world([20, 40], Asks(staffing=0, mix=TRAINS), numbers), 73)
    assert model.state.ledger[8] == pytest.approx(150)
    assert model.state.schools.hours == pytest.approx(150 * 4 / (60 * 350))


@pytest.mark.parametrize("own_budget", [0.0, 0.5])
def test_it_lasts_where_it_is_paid(world, own_budget):
    """Help after support: with capacity and own money some, without either none."""
    numbers = RICH | {"money.own_budget": own_budget, "programme.mandate_years": 2}
    helped = {}
    for name, mix in (("trains", TRAINS), ("does not", (0.9, 0.0, 0.1, 0.0))):
        model = steps(world([20, 40], Asks(staffing=0, mix=mix), numbers), 72)
        before = model.flows.skill_help.iloc[-1]
        helped[name] = model.run().flows.skill_help.iloc[-1] - before
    assert helped["does not"] == 0
    assert (helped["trains"] > 0.5) == (own_budget > 0)


def test_without_the_mechanism_nobody_is_trained(world):
    model = world([20, 40], Asks(staffing=0, mix=TRAINS), RICH | {"mechanisms.capacity": False})
    steps(model, 9)
    assert model.state.ledger[9] > 0 and not model.state.capacity.any()
