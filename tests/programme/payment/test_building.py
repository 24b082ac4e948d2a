"""Building, hours that a school's leaders put into its conditions: asked, paid, delivered."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.errors import StrategyError
from tests.programme.conftest import Says
from tests.small_world import steps

MIX = (0.6, 0.0, 0.4, 0.0)


def test_building_not_said_is_part_of_the_hours(world):
    """8 hours a year for 10 and 30 people, .4 of them for conditions: 32 and 96 person-hours a year."""
    model = steps(world({"d": [10, 30]}, Says(hours=8.0, mix=MIX)), 1)
    schools, ledger = model.state.schools, model.state.ledger
    assert schools.building == pytest.approx([32.0, 96.0]) and schools.hours.tolist() == [8.0, 8.0]
    taught, built = 0.6 * 8 * 40 / 4, (32 + 96) / 4
    assert ledger[0] == pytest.approx((taught + built) * 300) and ledger[1] == pytest.approx(taught * 50 + built * 25)


def test_building_as_a_plan_says_it(world):
    """As much in the small as in the large school; it is kept until a plan says otherwise."""
    says = Says(hours=8.0, mix=MIX, building=lambda v: 80.0 if v.quarter < 2 else 40.0)
    model = steps(world({"d": [10, 30]}, says), 1)
    schools = model.state.schools
    assert schools.building.tolist() == [80.0, 80.0] and schools.hours.tolist() == [8.0, 8.0]
    assert model.state.ledger[0] == pytest.approx((0.6 * 8 * 40 / 4 + 2 * 80 / 4) * 300)
    assert steps(model, 18).state.schools.building.tolist() == [40.0, 40.0]
    model.maker = Says()
    assert steps(model, 9).state.asked.building.tolist() == [40.0, 40.0] == schools.building.tolist()


def test_a_pot_too_small_shrinks_building_with_the_hours(world):
    numbers = {"money.budget_per_teacher": 800}  # 6,400 a quarter for two schools of 16: 2,400 after what is fixed
    model = steps(world({"d": [16, 16]}, Says(hours=4.0, mix=MIX, building=40.0), numbers), 1)
    schools, whole = model.state.schools, 0.6 * 4 * 32 / 4 * 350 + 2 * 40 / 4 * 325
    assert schools.hours == pytest.approx([4 * 2400 / whole] * 2)
    assert schools.building == pytest.approx([40 * 2400 / whole] * 2)
    assert model.state.year_pot[0] == pytest.approx(3 * 6400)


def test_building_ends_with_support(world):
    model = steps(world({"d": [10]}, Says(hours=8.0, building=80.0)), 72)
    assert model.state.schools.building[0] == 80.0
    assert steps(model, 1).state.schools.building[0] == 0.0


def test_a_suspended_quarter_builds_nothing(world):
    model = world({"d": [10]}, Says(hours=8.0, building=80.0))
    model.intervene({"kind": "suspended_support", "week": 9, "weeks": 9})
    assert steps(model, 10).state.schools.building[0] == 0.0 and steps(model, 9).state.schools.building[0] == 80.0


@pytest.mark.parametrize(
    ("building", "text"), [(-1.0, "building holds -1; 0 to 1e+08 is allowed"), (np.nan, "building holds nan")]
)
def test_building_that_cannot_be(world, building, text):
    with pytest.raises(StrategyError, match="strategy 'none'") as error:
        steps(world({"d": [10]}, Says(building=building)), 1)
    assert text in str(error.value)


def test_building_is_saved(world, tmp_path):
    from diffusion_sim import load_model

    model = steps(world({"d": [10]}, Says(hours=8.0, building=80.0)), 20)
    model.save(tmp_path / "m.npz")
    again = load_model(tmp_path / "m.npz")
    assert again.state.schools.building[0] == again.state.asked.building[0] == 80.0
