"""Who provides coaches: what a provider can deliver, and how thin it is spread."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.programme.conftest import Says
from tests.small_world import steps

MIX = (0.5, 0.2, 0.3, 0.0)
GROWS = 1 - math.exp(-0.25 / 0.5)  # a quarter at a lag of half a year


def test_what_can_be_delivered_follows_what_is_asked(world):
    """8 hours for 10 people and 80 of building: 8 x .7 x 10 + 80 = 136 person-hours a year; only what is delivered is
    paid, and what cannot be stays in the pot."""
    model = world({"d": [10]}, Says(hours=8.0, mix=MIX, building=80.0), {"coaches.lag": 0.5})
    steps(model, 1)
    schools, can, whole = model.state.schools, 136 * GROWS, 0.7 * 8 * 10 / 4 * 300 + 80 / 4 * 300
    assert model.state.districts.deliverable.tolist() == pytest.approx([can])
    assert schools.hours[0] == pytest.approx(8 * GROWS) and schools.building[0] == pytest.approx(80 * GROWS)
    assert schools.participants[0] == 10 and model.state.ledger[0] == pytest.approx(whole * GROWS)
    spent = model.state.ledger.sum()
    assert model.state.year_pot[0] == pytest.approx(200_000 - spent)
    steps(model, 9)
    can += (136 - can) * GROWS
    assert model.state.districts.deliverable[0] == pytest.approx(can)
    assert schools.hours[0] == pytest.approx(8 * can / 136)


def test_it_falls_at_once_and_with_every_summer(world):
    """Half is asked for from the third quarter on; each summer .2 of the coaches leave."""
    asks = Says(hours=lambda v: 8.0 if v.quarter < 2 else 2.0)
    model = world({"d": [10]}, asks, {"coaches.lag": 0.5, "turnover.exit": 0.2})
    steps(model, 10)
    assert model.state.districts.deliverable[0] == pytest.approx(80 * (GROWS + (1 - GROWS) * GROWS))
    steps(model, 9)
    assert model.state.districts.deliverable[0] == 20 and model.state.schools.hours[0] == 2.0
    steps(model, 18)
    assert model.state.districts.deliverable[0] == pytest.approx(16 + 4 * GROWS)


def test_nothing_asked_nothing_kept(world):
    model = steps(world({"d": [10]}, Says(hours=lambda v: 8.0 * (v.quarter != 1)), {"coaches.lag": 0.5}), 10)
    assert model.state.districts.deliverable[0] == 0 and model.state.schools.hours[0] == 0
    steps(model, 9)
    assert model.state.schools.hours[0] == pytest.approx(8 * GROWS)


@pytest.mark.parametrize("pool", ["district", "world"])
def test_each_district_or_one_for_all(world, pool):
    """The second district asks for nothing at first: its own coaches have to be found; one provider has some already,
    .393 of 80 and then of what is left of 240."""
    asks = Says(hours=lambda v: np.where((v.district == 0) | (v.quarter > 0), 8.0, 0.0))
    numbers = {"coaches.lag": 0.5, "money.pool": pool}
    apart, together = (
        steps(world({"a": [10], "b": [20]}, asks, numbers | {"structure.provider": word}), 10)
        for word in ("district", "world")
    )
    first = 80 * GROWS
    assert apart.state.districts.deliverable.tolist() == pytest.approx([first + (80 - first) * GROWS, 160 * GROWS])
    can = first + (240 - first) * GROWS
    assert together.state.districts.deliverable.tolist() == pytest.approx([can, 0])
    assert together.state.schools.hours == pytest.approx([8 * can / 240] * 2)


def test_supply_belongs_to_the_provider(world):
    """70 and 50 people and 100 from outside: enough for each district, not for both together."""
    for word, factor in (("district", 1.0), ("world", (100 / 120) ** 0.3)):
        numbers = {"structure.provider": word, "coaches.external_supply": 100}
        model = world({"a": [70], "b": [50]}, Says(hours=4.0), numbers)
        assert steps(model, 1).state.schools.supply_factor == pytest.approx([factor] * 2)


def test_own_coaches_are_shared_out_by_posts(world):
    """One pot for two districts of 60 and 180 posts: a quarter of the coaches trained serves the first."""
    numbers = {"money.pool": "world", "coaches.external_supply": 20, "coaches.caseload": 15}
    model = steps(world({"a": [60], "b": [180]}, Says(hours=8.0, mix=(0.6, 0.0, 0.0, 0.4)), numbers), 10)
    trained = 240 * 2 * 0.4 / 150 * model.case["coaches.trained_share"]  # of the first quarter
    served = [(20 + 15 * trained / 4) / 60, (20 + 15 * trained * 3 / 4) / 180]
    assert model.state.schools.supply_factor == pytest.approx(np.array(served) ** 0.3)
    assert model.case["coaches.train_hours"] == 150 and model.case["coaches.supply_exponent"] == 0.3


def test_expertise_is_coached_too(world):
    """Who gets hours of expertise alone is served; who gets hours for conditions and capacity alone is not."""
    for mix, factor in (((0.0, 1.0, 0.0, 0.0), (100 / 120) ** 0.3), ((0.0, 0.0, 0.5, 0.5), 1.0)):
        model = steps(world({"a": [120]}, Says(hours=8.0, mix=mix), {"coaches.external_supply": 100}), 1)
        assert model.state.schools.supply_factor == pytest.approx([factor])
