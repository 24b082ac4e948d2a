"""The hours for which released time is paid are those that pupils miss their teachers: money and pupils' gain agree."""

from __future__ import annotations

import pytest

import diffusion_sim as ds
from diffusion_sim.dynamics.money import RELEASED
from diffusion_sim.dynamics.pupils import crowded, load_on, time_lost
from diffusion_sim.week.school_conditions import by_leaders, gain_of_all, practice_paid

CONTENT = {"kind": "practice_first", "practice": 0.5, "expertise": 0.2, "conditions": 0.3, "to_leaders": 0.4}


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_quarter_costs_the_released_hours_that_pupils_miss(share):
    said = {f"strategy.content.{name}": value for name, value in (CONTENT | {"to_leaders": share}).items()}
    model = ds.ReformModel("mid_size_district", rng=4, overrides={
        "population.schools": 8, "strategy.recruitment.kind": "directed", "money.released_leaders": 0.3, **said,
    })  # fmt: skip
    model.step()
    s, p, money = model.state.schools, model.params.pupils, model.numbers.money
    missed = 0.0
    for school in s:
        readiness = school.readiness
        shared = p.shock * school.shock - load_on.py_func(readiness, p) * school.enrolled
        shared -= crowded.py_func(school.pupils, school.posts, school.teaching, p)
        # what leaders are out of class for, from the loss that the whole school shares
        leaders = (shared - gain_of_all.py_func(school, readiness, p)) / time_lost.py_func(1.0, p) * school.teaching
        missed += (practice_paid.py_func(school) - by_leaders.py_func(school)) * school.participants + leaders
    assert s.building.min() > 0 and missed > 100
    assert model.state.ledger[RELEASED] == pytest.approx(missed / 4 * money.price_released_time, rel=1e-9)
