"""A practice for some grade bands under each kind of strategy: teams, coaches, stages, networks; and saved models."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim import Plan
from diffusion_sim.errors import StoreError
from diffusion_sim.state.codes import COACH, INVITED, MULTI_CLASSROOM, NO_TEAM, NOT_CONCERNED, TRADED, WITH_COACH
from diffusion_sim.world import concern

FEW = {"practice.for": "bands", "practice.bands": 0.5, "population.schools": 8, "population.districts": 2}
KINDS = ("volunteer_uniform", "directed_uniform", "staged", "staged_first", "improvement_network",
         "multi_classroom_leader")  # fmt: skip


class Asks:
    """Mandates every school, invites and appoints everybody, and asks for ``staffing`` up to year ``until``."""

    def __init__(self, staffing, until=99, share=1.0):
        self.staffing, self.until, self.share = staffing, until, share

    def plan(self, view, draw):
        posts = view.staff().school.size
        return Plan(
            mandate=view.programme,
            hours=np.where(view.enrolled == 1, 8.0, 0.0),
            staffing=np.full(view.programme.size, self.staffing if view.year < self.until else 0),
            staffing_share=np.full(view.programme.size, self.share),
            invite=np.ones(posts),
            appoint=np.ones(posts),
            named=np.ones(posts),
        )


def model_of(strategy, seed=2, **more):
    overrides = FEW | {"population.teachers_mean": 60} | more.pop("overrides", {})
    if isinstance(strategy, str):
        return ds.ReformModel("mid_size_district", rng=seed, strategy=strategy, overrides=overrides, **more)
    model = ds.ReformModel("mid_size_district", rng=seed, strategy="none", overrides=overrides, **more)
    model.maker = strategy
    return model


def check(model):
    """Only concerned posts have a role, use, are invited or known as users; sums are theirs."""
    t, s = model.state.teachers, model.state.schools
    by_band = concern.in_bands(t.school, t.grade, s.size, 0.5)
    role = t.leader
    assert (by_band[role >= NO_TEAM]).all() and not by_band[role == NOT_CONCERNED].any()
    leads = role[role >= 0]
    assert (role[leads] == leads).all() and (t.school[leads] == t.school[role >= 0]).all()
    assert not (t.invited[role == NOT_CONCERNED] & INVITED).any()
    assert s.teaching.tolist() == np.bincount(t.school, role >= NO_TEAM, s.size).tolist()
    assert s.classes.tolist() == np.bincount(t.school, (role != COACH) & (role != TRADED), s.size).tolist()
    assert s.concerned.tolist() == np.bincount(t.school, role != NOT_CONCERNED, s.size).tolist()
    uses = (role >= NO_TEAM) & ((t.stage == 2) | (t.stage == 3))
    assert s.users.tolist() == np.bincount(t.school, uses, s.size).tolist()
    assert (s.participants <= s.teaching).all()
    face = model.state.faces[model.week % 2][: t.size]
    assert not face[role < NO_TEAM].any()


@pytest.mark.parametrize(
    "strategy", [*KINDS, Asks(WITH_COACH, 2), Asks(MULTI_CLASSROOM, 2), Asks(MULTI_CLASSROOM, 2, 0.6)]
)
def test_every_kind_of_strategy_keeps_to_concerned_posts(strategy):
    model, roles = model_of(strategy), set()
    while model.running:
        model.run(until=model.week + 9)
        check(model)
        roles |= set(np.minimum(model.state.teachers.leader, 0).tolist())
    assert np.isfinite(model.series[["reach", "deep_use", "pupil_gain_sd", "cost_total"]]).all().all()
    assert NOT_CONCERNED in roles and model.outcomes["reach"] > 0
    wanted = getattr(strategy, "staffing", MULTI_CLASSROOM if strategy == "multi_classroom_leader" else 0)
    assert (COACH in roles) == (wanted == WITH_COACH)
    assert (0 in roles and TRADED in roles) == (wanted == MULTI_CLASSROOM)


def test_teams_and_coaches_by_the_number_of_concerned_posts():
    """Teams of about 6, none below smallest_team; a coach for every 15 posts here, rounded half up."""
    for staffing in (MULTI_CLASSROOM, WITH_COACH):
        model = model_of(Asks(staffing), overrides={"staffing.coach_ratio": 15, "money.budget_per_teacher": 20_000})
        model.step()
        t, s = model.state.teachers, model.state.schools
        n = s.concerned.astype(float)
        size, least = (float(model.case[f"staffing.{name}"]) for name in ("team_size", "smallest_team"))
        teams = np.where(n < least, 0, np.maximum(1, np.floor(n / size + 0.5)))
        expected = teams if staffing == MULTI_CLASSROOM else np.floor(n / 15 + 0.5)
        role = t.leader == (np.arange(t.size) if staffing == MULTI_CLASSROOM else COACH)
        assert (s.staffing[expected > 0] == staffing).all() and (n < s.posts).all()
        assert np.bincount(t.school, role, s.size).tolist() == expected.tolist() and expected.sum() > 3
        assert s.concerned_start.tolist() == n.tolist() and model.world.pots.posts.sum() == n.sum()


def test_where_too_few_are_left_nobody_leads():
    """A school with teams whose teachers are all but two of several grades in the next year: K = 0, all that are left
    teach without a team, traded posts stay traded, the structure goes on."""
    model = model_of(Asks(MULTI_CLASSROOM), overrides={"network.grade_change": 0, "turnover.exit": 0})
    model.run(until=36)
    t, s = model.state.teachers, model.state.schools
    school = int(np.flatnonzero(s.staffing == MULTI_CLASSROOM)[0])
    mine, traded = t.school == school, int((t.leader[t.school == school] == TRADED).sum())
    stay = np.flatnonzero(mine & (t.leader >= NO_TEAM))[:2]
    grade = np.array(t.grade)
    grade[mine] = 0
    grade[stay] = 1
    t.grade = grade
    overrides = {"staffing.smallest_team": traded + 3}
    model.intervene(overrides)
    model.step()
    assert s.concerned[school] == traded + 2 and traded > 0
    assert (t.leader[stay] == NO_TEAM).all() and s.teaching[school] == 2
    assert (t.leader[mine] == TRADED).sum() == traded and s.staffing[school] == MULTI_CLASSROOM
    check_role = t.leader[mine & ~np.isin(np.arange(t.size), stay) & (t.leader != TRADED)]
    assert (check_role == NOT_CONCERNED).all()


def test_who_is_a_coach_no_more_can_be_asked_again():
    model = model_of(Asks(WITH_COACH), overrides={"network.grade_change": 0, "turnover.exit": 0})
    model.run(until=36)
    t, s = model.state.teachers, model.state.schools
    coaches = np.flatnonzero(t.leader == COACH)
    assert coaches.size and (t.popularity[coaches] == 0).all()
    grade = np.array(t.grade)
    grade[t.school == t.school[coaches[0]]] = 0
    t.grade = grade
    model.intervene({"staffing.coach_ratio": 10_000})
    model.step()
    assert (t.leader[coaches] >= NOT_CONCERNED).all() and not (t.leader == COACH).any()
    assert (t.popularity[coaches] > 0).all() and t.leader[coaches[0]] == NOT_CONCERNED
    check_sums = np.bincount(t.school, t.leader >= NO_TEAM, s.size)
    assert s.teaching.tolist() == check_sums.tolist()


def test_focal_grades_are_the_lowest_of_those_concerned():
    """Half, rounded up, of the bands in which somebody teaches whom it is for: of five bands three, of three two."""
    soon = {f"programme.min_quarters_{stage}": 1 for stage in (1, 2)} | {"programme.gate_willing": 0.05}
    model = model_of("staged", overrides={"population.districts": 1, "initial_use.conviction": 0.9} | soon)
    asked = set()
    while model.running:
        model.run(until=model.week + 9)
        t, s = model.state.teachers, model.state.schools
        for school in np.flatnonzero((s.stage == 3) & (s.by_name == 1)).tolist():
            mine = t.school == school
            bands = sorted({int(g) for g, role in zip(t.grade[mine], t.leader[mine], strict=True) if role >= NO_TEAM})
            focal = bands[: -(-len(bands) // 2)]
            named = (t.invited & INVITED > 0) & mine
            assert named[mine & np.isin(t.grade, focal) & (t.leader >= NO_TEAM)].all()
            asked.add(school)
    assert asked


@pytest.mark.parametrize("strategy", ["staged", "improvement_network", "multi_classroom_leader", Asks(WITH_COACH, 2)])
def test_lanes_and_the_plain_week_agree(strategy):
    lanes, plain = (model_of(strategy, plain=flag).run(until=90) for flag in (False, True))
    for column in ("stage", "owned", "leader", "grade", "tag"):
        assert (lanes.state.teachers[column] == plain.state.teachers[column]).all(), column
    for column in ("skill", "conviction", "uses", "gain", "wait"):
        np.testing.assert_allclose(lanes.state.teachers[column], plain.state.teachers[column], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(lanes.series, plain.series, rtol=1e-10, atol=1e-12)


def test_threads_agree():
    one, two = (model_of("multi_classroom_leader", threads=n).run() for n in (1, 2))
    assert one.series.equals(two.series) and one.flows.equals(two.flows)


def test_a_saved_run_goes_on(tmp_path):
    whole, half = (model_of("multi_classroom_leader") for _ in range(2))
    half.run(until=70).save(tmp_path / "half.npz")
    again = ds.load_model(tmp_path / "half.npz")
    assert again.run().series.equals(whole.run().series)
    assert again.teachers_frame().equals(whole.teachers_frame())


@pytest.mark.parametrize("wrong", ["role", "number", "programme"])
def test_a_saved_run_with_others_concerned_is_damaged(tmp_path, wrong):
    model = model_of("directed_uniform").run(until=20)
    t, s = model.state.teachers, model.state.schools
    if wrong == "role":
        t.leader[np.flatnonzero(t.leader == NOT_CONCERNED)[0]] = NO_TEAM
        concern.count_teaching(t, s)
    elif wrong == "number":
        s.concerned[0] += 1
    else:
        s.concerned_start[0] = 0
    model.save(tmp_path / "bad.npz")
    with pytest.raises(StoreError, match="whom the practice is for"):
        ds.load_model(tmp_path / "bad.npz")
