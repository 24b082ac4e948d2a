"""Teams for a part of a school, and in chosen schools: who is in, by hand; errors."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from diffusion_sim import Plan
from diffusion_sim.errors import ScenarioError, StrategyError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.state.codes import NO_TEAM, TRADED
from diffusion_sim.strategies.contract import checked
from tests.programme.staffing.conftest import Asks
from tests.small_world import steps

RICH = {"money.budget_per_teacher": 20000}


class Some(Asks):
    """As Asks, with more fields of a plan."""

    def __init__(self, more, **said):
        super().__init__(hours=0.0, **said)
        self.more = more

    def plan(self, view, draw):
        size = view.programme.size
        return dataclasses.replace(super().plan(view, draw), **{k: np.full(size, v) for k, v in self.more.items()})


def test_half_of_a_school_from_the_lowest_grades(world):
    """31 posts: ceil(15.5) = 16 for teams, floor(16/5 + 1/2) = 3 of them; .2 x 3 / .8 = .75, one post, is traded.
    7 posts: 4 for teams, one team, one post traded. 4 posts: 2, too few for a team."""
    model = world([31, 7, 4], Some({"staffing_share": 0.5}), RICH)
    before = model.state.teachers.copy()
    steps(model, 1)
    t, schools = model.state.teachers, model.state.schools
    assert schools.staffing.tolist() == [2, 2, 0] and schools.staffing_share.tolist() == [0.5, 0.5, 0.0]
    for first, posts, inside, teams in ((0, 31, 16, 3), (31, 7, 4, 1)):
        rows = sorted(range(first, first + posts), key=lambda i: (before.grade[i], before.post[i]))
        assert (t.leader[rows[:inside]] != NO_TEAM).all() and (t.leader[rows[inside:]] == NO_TEAM).all()
        assert sum(t.leader[i] == i for i in rows) == teams and sum(t.leader[i] == TRADED for i in rows) == 1
    assert schools.teaching.tolist() == [30, 6, 4]
    assert model.state.ledger[5] == 4 * 5000
    assert model.outcomes["in_teams"] == pytest.approx((15 + 3) / 40)
    assert model.outcomes["team_leaders"] == 4


def test_leaders_and_traded_posts_stay_in_the_part(world):
    """Whatever grades become: who leads and is still in post leads on, the number of posts stays, and a share that is
    asked for later changes nothing before the structure ends."""
    numbers = RICH | {"programme.years_support": 4, "programme.mandate_years": 9, "turnover.exit": 0.2}
    maker = Some({"staffing_share": 0.5})
    model = steps(world([31], maker, numbers), 1)
    for year in range(1, 4):
        steps(model, 35)
        t = model.state.teachers
        before = {i: (t.origin[i], t.tag[i]) for i in np.flatnonzero(t.leader == np.arange(31))}
        gone = np.flatnonzero(t.leader == TRADED)
        t.grade[:] = t.grade[::-1].copy()
        maker.more = {"staffing_share": 1.0}
        steps(model, 1)
        t = model.state.teachers
        assert all(t.leader[i] == i for i, who in before.items() if (t.origin[i], t.tag[i]) == who)
        assert (t.leader[gone] == TRADED).all() and (t.leader != NO_TEAM).sum() == 16
        assert (t.leader == np.arange(31)).sum() == 3 and model.week == 36 * year + 1


def test_some_schools_in_the_order_that_the_plan_says(world):
    """Five enrolled schools, of which one is too small: ceil(.4 x 5) = 2 have teams, the last two by row first."""
    maker = Some({"staffing_schools": 0.4, "staffing_priority": 0.0})
    sizes = [12, 12, 2, 12, 12]

    def plan(view, draw):
        return dataclasses.replace(Some.plan(maker, view, draw), staffing_priority=-np.arange(5.0))

    model = world(sizes, maker, RICH)
    model.maker = type("Ordered", (), {"plan": staticmethod(plan)})()
    steps(model, 1)
    assert model.state.schools.enrolled.sum() == 5 and model.state.schools.staffing.tolist() == [0, 0, 0, 2, 2]
    steps(model, 36)
    assert model.state.schools.staffing.tolist() == [0, 0, 0, 2, 2], "those that go on count"


def test_a_school_that_cannot_be_paid_lets_the_next_one_come(world):
    """The first in order has 60 posts and 12 teams, 15,000 a quarter of transition; 64 x 400 / 4 less 4,000 for two
    schools in the programme are 2,400, enough for 1,250 and a supplement of 180."""
    maker = Some({"staffing_schools": 0.5, "staffing_priority": 0.0})

    def plan(view, draw):
        return dataclasses.replace(Some.plan(maker, view, draw), staffing_priority=np.array([0.0, 1.0]))

    numbers = {"money.budget_per_teacher": 400, "staffing.trade": "half", "money.supplement": 0.01}
    model = world([60, 4], maker, numbers)
    model.maker = type("Ordered", (), {"plan": staticmethod(plan)})()
    steps(model, 1)
    assert model.state.schools.enrolled.tolist() == [1, 1] and model.state.schools.staffing.tolist() == [0, 2]


CASE = """\
id: chosen
title: t
question: q?
population: {kind: synthetic, districts: 1, schools: 8}
initial_use: {share: 0.1}
programme: {years_support: 2, years_after: 0}
money: {budget_per_teacher: 20000}
strategy: {recruitment: none}
strategies:
  some: {recruitment: directed, staffing: {kind: multi_classroom_leader, share: 0.5, schools: 0.25, by: %s}}
  all: {recruitment: directed, staffing: multi_classroom_leader}
"""


@pytest.mark.parametrize("by", ["readiness", "poverty", "lottery"])
def test_strategies_of_parts_choose(tmp_path, by):
    """A quarter of eight enrolled schools: the two that are readiest, poorest or drawn."""
    (tmp_path / "chosen.yaml").write_text(CASE % by)
    model = steps(ReformModel(load_scenario(tmp_path / "chosen.yaml"), rng=4, strategy="some"), 1)
    s = model.state.schools
    assert s.enrolled.all() and (s.staffing == 2).sum() == 2
    chosen = s.staffing == 2
    if by == "readiness":
        readiness = (s.surveyed[:, 0] * s.surveyed[:, 1] * s.surveyed[:, 2] * s.surveyed[:, 3]) ** 0.25
        assert readiness[chosen].min() > readiness[~chosen].max()
    elif by == "poverty":
        assert s.poverty[chosen].min() > s.poverty[~chosen].max()
    else:
        others = {tuple(steps(ReformModel(load_scenario(tmp_path / "chosen.yaml"), rng=seed, strategy="some"), 1)
                        .state.schools.staffing) for seed in range(5)}  # fmt: skip
        assert len(others) > 1
    every = steps(ReformModel(load_scenario(tmp_path / "chosen.yaml"), rng=4, strategy="all"), 1)
    assert (every.state.schools.staffing == 2).all() and (every.state.schools.staffing_share == 1).all()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("share", "0", "0.01 to 1"),
        ("share", "1.5", "0.01 to 1"),
        ("schools", "0", "0.01 to 1"),
        ("schools", "2", "0.01 to 1"),
        ("by", "size", "readiness, poverty, lottery"),
    ],
)
def test_options_out_of_bounds_are_one_clear_error(tmp_path, option, value, said):
    part = f"{{kind: multi_classroom_leader, {option}: {value}}}"
    text = CASE % "poverty" + f"  mine: {{recruitment: directed, staffing: {part}}}\n"
    (tmp_path / "chosen.yaml").write_text(text)
    with pytest.raises(ScenarioError, match=f"strategies.mine.staffing.{option}: found .*{said}"):
        load_scenario(tmp_path / "chosen.yaml")


def test_other_structures_have_no_such_option(tmp_path):
    text = CASE % "poverty" + "  mine: {recruitment: directed, staffing: {kind: coach, share: 0.5}}\n"
    (tmp_path / "chosen.yaml").write_text(text)
    with pytest.raises(ScenarioError, match="belongs to staffing multi_classroom_leader; 'coach' has no share"):
        load_scenario(tmp_path / "chosen.yaml")


@pytest.mark.parametrize(
    ("field", "value"),
    [("staffing_share", 0.0), ("staffing_share", 1.1), ("staffing_schools", 0.0), ("staffing_priority", np.inf)],
)
def test_plans_out_of_bounds_are_one_clear_error(field, value):
    with pytest.raises(StrategyError, match=f"strategy 'mine': {field} holds {value:g}; "):
        checked(Plan(**{field: np.full(3, value)}), "mine", 3, 9)
    assert checked(Plan(staffing_priority=np.array([np.nan, 1.0, -2.0])), "mine", 3, 9).staffing_priority is not None
