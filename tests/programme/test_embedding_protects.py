"""What embedding protects when leaders change, and how it is measured."""

from __future__ import annotations

import pytest

from tests.programme.conftest import Says
from tests.small_world import steps

LEAVE = {"enrolment.e0": 0.0, "leaders.principal_exit": 0.95, "leaders.principal_exit_ratio": 1.0,
         "leaders.superintendent_exit": 0.95, "leaders.mandate_drop": 1.0, "programme.mandate_years": 2,
         "leaders.focus_kept": 0.5, "leaders.team_kept": 0.4}  # fmt: skip


@pytest.mark.parametrize("embedded", [0.0, 0.4, 1.0])
def test_new_principals_leave_more_of_what_is_embedded(world, embedded):
    model = steps(world({"d": [20] * 30}, Says(hours=0.0), LEAVE), 36)
    schools = model.state.schools
    before, number = schools.conditions.copy(), schools.principal_number.copy()
    schools.embedded[:] = embedded
    steps(model, 1)
    new = (schools.principal_number > number) & (before > 0.1).all(axis=1)
    assert new.sum() > 15
    left = schools.conditions[new] / before[new]
    assert left[:, 0] == pytest.approx(1 - 0.5 * (1 - embedded), abs=0.02)  # give or take a week's drift
    assert left[:, 2] == pytest.approx(1 - 0.6 * (1 - embedded), abs=0.02)


@pytest.mark.parametrize(("embedded", "low", "high"), [(0.0, 1.0, 1.0), (0.5, 0.3, 0.7), (1.0, 0.0, 0.0)])
def test_new_superintendents_drop_fewer_mandates(world, embedded, low, high):
    """The chance is mandate_drop x (1 - the district's mean embedding); 60 districts of two schools."""
    model = steps(world({f"d{i}": [20, 20] for i in range(60)}, Says(hours=0.0), LEAVE), 36)
    schools, districts = model.state.schools, model.state.districts
    most = min(1.0, 2 * embedded)
    schools.embedded[::2], schools.embedded[1::2] = most, 2 * embedded - most
    number = districts.superintendent_number.copy()
    assert (schools.mandate_weeks > 0).all()
    steps(model, 1)
    new = (districts.superintendent_number > number)[schools.district]
    assert new.sum() > 100 and (schools.mandate_weeks[~new] > 0).all()
    assert low <= (schools.mandate_weeks[new] == 0).mean() <= high


def test_it_is_measured_by_teachers(world):
    model = steps(world({"d": [10, 30]}, Says(hours=0.0), {"leaders.principal_exit": 0}), 3)
    model.state.schools.embedded[:] = (0.8, 0.2)
    steps(model, 1)
    embedded = model.state.schools.embedded
    assert model.outcomes["embedding"] == pytest.approx((10 * embedded[0] + 30 * embedded[1]) / 40)
    assert 0.3 < model.outcomes["embedding"] < 0.36
