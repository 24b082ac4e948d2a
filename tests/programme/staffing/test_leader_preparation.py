"""Who begins to lead is prepared once, in the first quarter that is paid; skill and money worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.dynamics.params import packed
from diffusion_sim.dynamics.staffing import leading
from diffusion_sim.state.codes import HAS_LED, IN_PREPARATION, NOT_YET, ROUTINE, TRIAL
from tests.programme.staffing.conftest import Asks, Volunteers
from tests.small_world import steps

RICH = {"money.budget_per_teacher": 20000}
FIRST = 3  # the structure in the form of the first edition


def leaders_of(model):
    return np.flatnonzero(model.state.teachers.leader == np.arange(model.state.teachers.size))


def test_a_week_of_preparation_by_hand(world):
    """dk = 3 x 40²/(40² + 5²) x (1 - k)² x min(1.2, 1 + .15 e) a year: what 40 hours add to what there is without."""
    with_, without = (
        steps(world([31], Asks(hours=0.0), RICH | {"staffing.prep_hours": hours}), 1) for hours in (40, 0)
    )
    before = world([31], Asks(hours=0.0), RICH).state.teachers
    rows = leaders_of(with_)
    assert rows.size == 6 and (with_.state.teachers.prepared[rows] == IN_PREPARATION).all()
    k, e = before.skill[rows], before.effectiveness[rows]
    gained = 3 * 40**2 / (40**2 + 5**2) * (1 - k) ** 2 * np.clip(1 + 0.15 * e, 0, 1.2) / 36
    more = with_.state.teachers.skill - without.state.teachers.skill
    assert more[rows] == pytest.approx(gained, rel=1e-9)
    assert (np.delete(more, rows) == 0).all(), "members' skill of this week is of last week's leaders"
    assert with_.flows.skill_help.iloc[-1] - without.flows.skill_help.iloc[-1] == pytest.approx(gained.sum())
    brought = [run.state.teachers.skill_brought[rows] for run in (with_, without)]
    assert (brought[0] == brought[1]).all(), "what leaders learn by it is no part of what they brought"


def test_it_ends_with_the_quarter_and_leads_to_where_users_stand(world):
    """From .25, 1/(1 - k) grows by 3 x .985 / 4 = .74 in a quarter, to 2.07: k = .52 before anything else."""
    model = world([31, 31, 31], Asks(hours=0.0), RICH | {"turnover.exit": 0})
    model.state.teachers.skill[:] = model.state.teachers.skill_brought[:] = 0.25
    model.state.teachers.effectiveness[:] = 0.0
    steps(model, 9)
    t, rows = model.state.teachers, leaders_of(model)
    assert rows.size == 18 and (t.prepared[rows] == IN_PREPARATION).all()
    using = rows[np.isin(t.stage[rows], (TRIAL, ROUTINE))]
    assert using.size > 5 and 0.5 < t.skill[using].mean() < 0.6
    steps(model, 1)
    assert (t.prepared[rows] == HAS_LED).all() and not model.state.schools.preparing.any()
    out = np.zeros((4, 31))
    leading(model.state.schools[0], t, model.week + 1, packed(model.params)[0], out)
    assert not out[1, rows[rows < 31]].any()


def test_lost_time_shrinks_it_and_suspended_support_ends_it(world):
    model = steps(world([10], Asks(), RICH), 1)
    school, rows, out = model.state.schools, leaders_of(model), np.zeros((4, 10))
    e = model.state.teachers.effectiveness[rows]
    for active, supported, hours in ((1.0, 1.0, 40), (0.5, 1.0, 20), (1.0, 0.0, 0)):
        school.active[:], school.supported[:] = active, supported
        leading(school[0], model.state.teachers, 2, packed(model.params)[0], out)
        assert out[1, rows] == pytest.approx(hours**2 / (hours**2 + 25) * np.clip(1 + 0.15 * e, 0, 1.2))


def test_pay_by_hand_one_of_two(world):
    """10 posts, 59,000 a year: 10,000 of transition, 49,000 / 4 + 14,400 freed - 7,200 - 800 = 18,650, which pays for
    one: 40 hours x (300 + half of 50) = 13,000. The first by post is prepared; the other one never is."""
    model = world([10], Volunteers(), {"enrolment.n0": 20, "enrolment.e0": 0, "turnover.exit": 0})
    steps(model, 1)
    t, rows = model.state.teachers, leaders_of(model)
    assert t.prepared[rows].tolist() == [IN_PREPARATION, HAS_LED]
    assert model.state.ledger[0] == 12000 and model.state.ledger[1] == 1000
    assert model.state.schools.preparing[0] == 160
    steps(model, 71)
    assert model.state.ledger[0] == 12000 and (t.prepared[rows] == HAS_LED).all()
    assert (np.delete(t.prepared, rows) == NOT_YET).all()


def test_after_support_own_money_prepares_who_begins_to_lead(world):
    """Leaders who come after support: 13,000 each out of own money, beside the supplements of 2 x 3,600 a quarter."""
    numbers = RICH | {"enrolment.n0": 20, "enrolment.e0": 0, "turnover.exit": 0.5, "money.own_budget": 0.9}
    found = 0
    for seed in range(4):
        model = steps(world([10], Volunteers(), numbers, seed=seed), 72)
        own = model.state.ledger[8]
        steps(model, 1)
        prepared = int((model.state.teachers.prepared[leaders_of(model)] == IN_PREPARATION).sum())
        assert model.state.ledger[8] - own == pytest.approx(2 * 3600 + prepared * 13000)
        found += prepared
    assert found > 0


def test_a_person_is_prepared_once_wherever_the_person_goes(world):
    """Two schools, many leave and move within the district; the state moves with the person."""
    numbers = RICH | {"turnover.exit": 0.4, "turnover.stay_in_district": 0.9, "programme.years_support": 6,
                      "programme.mandate_years": 9}  # fmt: skip
    model, times, moved, money = world([31, 31], Asks(hours=0.0), numbers), {}, 0, 0.0
    for _ in range(6):
        steps(model, 1)
        t, rows = model.state.teachers, leaders_of(model)
        assert np.isin(t.prepared[rows], (IN_PREPARATION, HAS_LED)).all()
        for i in rows[t.prepared[rows] == IN_PREPARATION]:
            person = int(t.origin[i]), int(t.tag[i])
            times[person] = times.get(person, 0) + 1
        fresh = t.hires - 1 == t.tag % 2**16
        assert (t.prepared[(t.moves == 0) & fresh & (t.leader != np.arange(t.size))] != IN_PREPARATION).all()
        moved += int(((t.moves > 0) & (t.prepared == HAS_LED)).sum())
        money = 12000.0 * sum(times.values())
        assert model.state.ledger[0] == money
        steps(model, 35)
    assert moved > 0 and len(times) > 12 and set(times.values()) == {1}


def test_it_waits_for_a_quarter_that_is_paid(world):
    """Support is suspended in weeks 37 to 45, so a leader of the second year is prepared from week 46 on."""
    numbers = RICH | {"turnover.exit": 0.5, "programme.years_support": 3, "programme.mandate_years": 9}
    model = world([31], Asks(hours=0.0), numbers)
    model.intervene({"kind": "suspended_support", "week": 36, "weeks": 9})
    steps(model, 37)
    t, rows = model.state.teachers, leaders_of(model)
    new = rows[t.prepared[rows] == NOT_YET]
    assert new.size > 0 and model.state.schools.staffed[0] == 0
    steps(model, 9)
    assert (t.prepared[new] == IN_PREPARATION).all()


@pytest.mark.parametrize(("staffing", "numbers"), [(FIRST, {}), (2, {"mechanisms.leader_preparation": False})])
def test_nobody_is_prepared(world, staffing, numbers):
    model = steps(world([31], Asks(staffing=staffing, hours=0.0), RICH | numbers), 40)
    assert model.state.ledger[0] == model.state.ledger[1] == 0 and not model.state.schools.preparing.any()
    out = np.zeros((4, 31))
    early = steps(world([31], Asks(staffing=staffing, hours=0.0), RICH | numbers), 1)
    leading(early.state.schools[0], early.state.teachers, 2, packed(early.params)[0], out)
    assert not out[1, leaders_of(early)].any()
