"""What a year leaves: carried to the next, or returned."""

from __future__ import annotations

import pytest

from tests.programme.conftest import Says
from tests.small_world import steps

# 10 posts at 1,000 dollars; a school needs 2,000 a quarter to be told and watched, of which the mandate takes 1,200.
NUMBERS = {"money.budget_per_teacher": 1000, "money.own_budget": 0.6, "programme.mandate_years": 9}


def test_carried(world):
    model = world({"d": [10]}, Says(hours=0.0), NUMBERS | {"programme.years_support": 2})
    pot = model.state.year_pot
    steps(model, 36)
    assert pot[0] == 10_000 - 8000 and model.state.unspent == 0
    steps(model, 1)
    assert pot[0] == 2000 + 10_000 - 2000
    steps(model, 35)
    assert model.state.unspent == model.outcomes["cost_unspent"] == 4000, "of the last year of support"
    assert pot[0] == 0, "what is booked stands in no pot"
    steps(model, 1)
    assert pot[0] == 6000 - 1200, "nothing goes over to what the district pays itself"
    steps(model, 36)
    assert pot[0] == 6000 - 4800 + 6000 - 1200, "what its first year leaves goes to the second"
    assert model.state.unspent == 4000 and model.state.unspent_own == 0
    steps(model, 35)
    assert pot[0] == 2 * 1200 == model.outcomes["cost_in_pots"], "it would go on"
    assert model.outcomes["cost_pot"] == 2 * 10_000 + 2 * 6000


def test_returned(world):
    model = world({"d": [10]}, Says(hours=0.0), NUMBERS | {"money.unspent": "returned"})
    pot = model.state.year_pot
    assert steps(model, 36).state.unspent == 2000
    steps(model, 1)
    assert pot[0] == 10_000 - 2000
    steps(model, 36)
    assert model.state.unspent == 4000 and pot[0] == 6000 - 1200
    steps(model, 35)
    assert model.outcomes["cost_unspent_own"] == 1200 and pot[0] == 0 == model.outcomes["cost_in_pots"]
    steps(model, 1)
    assert pot[0] == 6000 - 1200


def test_what_is_carried_raises_every_quarters_allowance(world):
    """16,000 dollars a year, of which a year without hours leaves 8,000. In the second year hours take all that there
    is in a quarter after 2,000 for the place: a quarter of 16,000 and of the 8,000."""
    asks = Says(hours=lambda v: 0.0 if v.year == 0 else 45.0)
    numbers = {"money.budget_per_teacher": 1600, "programme.mandate_years": 9}
    model = steps(world({"d": [10]}, asks, numbers), 37)
    assert model.state.ledger[0] + model.state.ledger[1] == pytest.approx((16_000 + 8000) / 4 - 2000)


def test_a_cut_takes_its_share_of_what_is_left_and_of_what_comes(world):
    """A fifth, halfway through the first year, and of every later year; what is carried is not cut twice."""
    model = world({"d": [10]}, Says(hours=0.0), NUMBERS)
    model.intervene({"kind": "budget_cut", "week": 12, "share": 0.2})
    steps(model, 36)
    left = (10_000 - 4000) * 0.8 - 4000
    assert model.state.year_pot[0] == pytest.approx(left)
    steps(model, 36)
    assert model.state.unspent == pytest.approx(left + 8000 - 8000)
    steps(model, 1)
    assert model.state.year_pot[0] == pytest.approx(6000 * 0.8 - 1200)
    assert model.outcomes["cost_pot"] == pytest.approx(10_000 - 0.2 * 6000 + 8000 + 4800), "6,000 were left in week 12"


def test_a_cut_between_two_years_takes_its_share_of_what_is_carried(world):
    """20,000 dollars a year, of which 12,000 are left: half of that, and half of the next year's."""
    model = world({"d": [10]}, Says(hours=0.0), NUMBERS | {"money.budget_per_teacher": 2000})
    model.intervene({"kind": "budget_cut", "week": 36, "share": 0.5})
    steps(model, 37)
    assert model.state.year_pot[0] == pytest.approx(6000 + 10_000 - 2000)
