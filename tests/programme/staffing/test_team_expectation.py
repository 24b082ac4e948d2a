"""Members know of the practice when their team forms, and their leader expects them to try; hazards by hand."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.state.codes import AWARE, FLOWS, ROUTINE, TRIAL, UNAWARE
from tests.programme.staffing.conftest import Asks, Volunteers
from tests.small_world import steps

RICH = {"money.budget_per_teacher": 20000}
FIRST = 3  # the structure in the form of the first edition
IN = {"enrolment.n0": 20, "enrolment.e0": 0}  # who is offered a place enters
SIZES = [31, 31, 12]


def led(model):
    t = model.state.teachers
    return (t.leader >= 0) & (t.leader != np.arange(t.size))


def expecting(model):
    """Whether the leader of each post's team uses the practice."""
    t = model.state.teachers
    return led(model) & np.isin(t.stage[np.maximum(t.leader, 0)], (TRIAL, ROUTINE))


def worn(world, weeks=1, maker=None, sizes=SIZES, event=None, **numbers):
    """A model, and by how much the wait of everybody's stage has shrunk in its last week."""
    numbers = {path.replace("__", "."): value for path, value in numbers.items()}
    model = world(sizes, maker or Volunteers(), RICH | IN | numbers)
    if event is not None:
        model.intervene(event)
    steps(model, weeks - 1)
    before = model.state.teachers.copy()
    steps(model, 1)
    after = model.state.teachers
    still = (before.stage == AWARE) & (after.stage == AWARE) if weeks > 1 else after.stage == AWARE
    return model, before.wait - after.wait, still


def test_members_hear_when_the_team_forms(world):
    maker = Volunteers()
    model = world(SIZES, maker, RICH | IN)
    unaware = model.state.teachers.stage == UNAWARE
    steps(model, 1)
    t = model.state.teachers
    assert unaware.sum() > 40 and not (t.stage[led(model)] == UNAWARE).any()
    assert model.flows.aware.iloc[-1] == unaware.sum() - (t.leader == -3)[unaware].sum()
    first = steps(world(SIZES, Volunteers(staffing=FIRST), RICH | IN), 1)
    assert (first.state.teachers.stage[led(first)] == UNAWARE).sum() > 20


def test_the_hazard_by_hand(world):
    """.8 a year times the reach .4 of a first year: what p_team adds in week 3 to the waits of those who know it."""
    runs = [worn(world, weeks=3, trial__p_team=p) for p in (0.8, 0.3)]
    both = runs[0][2] & runs[1][2]
    more = runs[0][1] - runs[1][1]
    same = (runs[0][0].state.teachers.skill == runs[1][0].state.teachers.skill) & both  # nothing else has come apart
    members = same & expecting(runs[0][0])
    agenda = 1.0  # principals have long been there
    assert members.sum() > 10
    assert np.median(more[members]) == pytest.approx((0.8 - 0.3) * 0.4 * agenda / 36, rel=1e-9)


def test_a_coach_does_not_ask_whom_the_leader_asks_more(world):
    """40 hours for each teacher or none: members whose leader uses the practice try alike."""
    alike = {"staffing__prep_hours": 0, "trial__qN": 0.0}  # the norm rises with what coaching has taught users
    many, none = (
        worn(world, weeks=2, maker=Asks(hours=hours, mix=(1, 0, 0, 0)), trial__mu=0.0, trial__p_team=6.0, **alike)
        for hours in (40.0, 0.0)
    )
    both = many[2] & none[2] & expecting(many[0]) & expecting(none[0])
    assert both.sum() > 20
    assert many[1][both] == pytest.approx(none[1][both], rel=1e-9)
    for small in (0.0, 0.01):  # nobody is asked less by being led
        many, none = (
            worn(world, weeks=2, maker=Asks(hours=hours, mix=(1, 0, 0, 0)), trial__mu=0.0, trial__p_team=small, **alike)
            for hours in (40.0, 0.0)
        )
        both = many[2] & none[2] & led(many[0])
        assert both.sum() > 20 and (many[1] > none[1] + 0.1 / 36)[both].all(), "where no leader asks more, coaches do"


def test_suspended_support_ends_it_and_lost_time_shrinks_it(world):
    still, lost, usual = (
        worn(world, weeks=4, event=event)
        for event in (
            {"kind": "suspended_support", "week": 3, "weeks": 1},
            {"kind": "lost_time", "week": 3, "weeks": 1, "share": 0.5},
            None,
        )
    )
    members = usual[2] & still[2] & lost[2] & expecting(usual[0])
    assert members.sum() > 10
    assert ((usual[1] - still[1])[members] >= 0.32 / 36 - 1e-12).all(), "outreach is gone besides"
    assert lost[1][members] == pytest.approx(usual[1][members] / 2, rel=1e-9)


def test_it_grows_with_the_reach_and_flows_add_up(world):
    """Trials by cause are whole together; those that leaders brought about stand by themselves."""
    model = world(SIZES, Volunteers(), RICH | IN | {"programme.years_support": 3}).run()
    flows = model.flows.iloc[-1]
    causes = [name for name in FLOWS if name.startswith("trial_") and name != "trial_compliant"]
    assert flows.trial_team > 5 and flows.trial_invitation == 0
    assert sum(flows[causes]) == pytest.approx(round(sum(flows[causes])), abs=1e-6)
    assert model.flows.trial_team.iloc[1] > 0 < flows.trial_compliant, "where a school is not ready for help"
    owned = world(SIZES, Volunteers(), RICH | IN | {"structure.recruited": "owned"}).run().flows.iloc[-1]
    assert owned.trial_team > 5 and owned.trial_compliant == 0
    first = world(SIZES, Volunteers(staffing=FIRST), RICH | IN).run()
    assert first.flows.trial_team.iloc[-1] == 0 < first.outcomes["reach"]


def test_measures_of_teams(world):
    model = steps(world(SIZES, Volunteers(), RICH | IN), 20)
    t = model.state.teachers
    leads = t.leader == np.arange(t.size)
    assert model.outcomes["team_leaders"] == leads.sum() == 14
    assert model.outcomes["in_teams"] == 1.0 and model.outcomes["leader_skill"] == pytest.approx(t.skill[leads].mean())
    none = steps(world(SIZES, Volunteers(staffing=0), RICH | IN), 20)
    assert none.outcomes["in_teams"] == 0 and np.isnan(none.outcomes["leader_skill"])


@pytest.mark.parametrize("part", ["leader_preparation", "team_expectation"])
def test_nothing_moves_without_teams(part):
    """Neither of the two moves `none`, nor another strategy, by a bit."""
    small = {"population.schools": 6, "programme.years_support": 1, "programme.years_after": 1}
    for strategy in ("none", "directed_uniform"):
        on, off = (
            ds.ReformModel("mid_size_district", rng=3, strategy=strategy, overrides=small | more).run()
            for more in ({}, {f"mechanisms.{part}": False})
        )
        assert np.array_equal(on.state.series, off.state.series, equal_nan=True)


def test_lanes_and_plain_week_agree_to_the_bit_on_who_is_led(world):
    runs = [world(SIZES, Asks(), RICH | {"trial.uninvited": 0.5}, plain=plain).run() for plain in (False, True)]
    for column in ("stage", "owned", "spells", "prepared", "leader"):
        assert np.array_equal(runs[0].state.teachers[column], runs[1].state.teachers[column])
    np.testing.assert_allclose(runs[0].flows, runs[1].flows, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(runs[0].series, runs[1].series, rtol=1e-10, atol=1e-12)
