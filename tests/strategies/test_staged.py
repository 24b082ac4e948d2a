"""The staged strategy: who is asked when, and how gates decide; by hand on made-up views, and in runs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.model import ReformModel
from diffusion_sim.programme import planner_view
from diffusion_sim.scenario import complete_parts, load_scenario
from diffusion_sim.strategies import Parts, Plan, gates, team, tempo
from diffusion_sim.strategies.contract import Evidence, Staff, make_draw

OPTIONS = {"quarters": 2.0, "payoff": 0.0, "willing": 0.5, "pilot_share": 0.25}
SMALL = {"population.schools": 12, "population.districts": 3}


@pytest.fixture(scope="module")
def model() -> ReformModel:
    return ReformModel("mid_size_district", rng=11, strategy="staged_first", overrides=SMALL)


def view_of(model, **changes):
    s = model.state
    view = planner_view.make_view(
        model.world, s.teachers, s.schools, s.districts, s.network, s.week, model.numbers, s.memo
    )
    return dataclasses.replace(view, **changes)


@pytest.fixture
def made(model):
    """A view of two districts of two schools each, the first of each enrolled; seen payoff and willing as given."""

    def make(quarter, memo, payoff=(np.nan,) * 4, willing=(np.nan,) * 4, enrolled=(1, 0, 1, 0), since=1):
        inside = np.array(enrolled, np.uint8)
        return view_of(
            model,
            week=9 * quarter,
            quarter=quarter,
            memo=np.array(memo, float),
            district=np.array([0, 0, 1, 1], np.int32),
            programme=np.ones(4, np.uint8),
            enrolled=inside,
            enrolled_week=np.where(inside == 1, since, -1).astype(np.int32),
            surveyed_readiness=np.array([0.3, 0.6, 0.5, 0.4]),
            evidence=lambda: Evidence(np.array(payoff, float), np.array(willing, float)),
        )

    return make


NAN = np.nan
SEEN = (0.2, NAN, -0.2, NAN)


class TestGates:
    def test_the_first_stage_begins_with_the_first_school(self, made):
        fresh = np.zeros((4, 4))
        assert gates.walk(made(3, fresh, enrolled=(0, 0, 0, 0)), OPTIONS)[:, :2].tolist() == [[1, 3]] * 4
        waiting = gates.walk(made(5, [[1, 3, 0, 0]] * 4, enrolled=(0, 0, 1, 0)), OPTIONS)
        assert waiting[:, :2].tolist() == [[1, 5], [1, 5], [1, 3], [1, 3]]

    def test_nothing_is_decided_before_it_is_due_or_seen(self, made):
        memo = [[1, 1, 0, 0]] * 4
        assert gates.walk(made(2, memo, SEEN, (0.9, NAN, 0.9, NAN)), OPTIONS).tolist() == memo
        assert gates.walk(made(3, memo), OPTIONS).tolist() == memo
        entering = made(3, memo, SEEN, (0.9, NAN, 0.9, NAN), since=28)
        assert gates.walk(entering, OPTIONS)[:, 0].tolist() == [1] * 4, "schools that come in just now show nothing"
        last_week = made(3, memo, SEEN, (0.9, NAN, 0.9, NAN), since=27)
        assert gates.walk(last_week, OPTIONS)[:, 0].tolist() == [2, 2, 1, 1]

    def test_adopt_adapt_abandon(self, made):
        memo = [[1, 1, 0, 0]] * 4
        adopt_and_adapt = gates.walk(made(3, memo, SEEN, (0.6, NAN, 0.6, NAN)), OPTIONS)
        assert adopt_and_adapt.tolist() == [[2, 3, 0, 1], [2, 3, 0, 1], [1, 3, 0, 2], [1, 3, 0, 2]]
        first = gates.walk(made(3, memo, SEEN, (0.4, NAN, 0.4, NAN)), OPTIONS)
        assert first.tolist() == [[1, 3, 0, 2]] * 2 + [[1, 3, 1, 2]] * 2
        second = gates.walk(made(5, first, SEEN, (0.6, NAN, 0.4, NAN)), OPTIONS)
        assert second.tolist() == [[2, 5, 0, 1]] * 2 + [[-1, 5, 2, 3]] * 2
        later = gates.walk(made(9, second, (0.2, NAN, 0.9, NAN), (0.6, NAN, 0.9, NAN)), OPTIONS)
        assert later[:, 0].tolist() == [3, 3, -1, -1], "abandoned is for good"

    def test_one_sign_between_two_misses_forgives(self, made):
        memo = [[2, 1, 1, 2]] * 4
        mixed = gates.walk(made(3, memo, (-0.1, NAN, 0.1, NAN), (0.6, NAN, 0.4, NAN)), OPTIONS)
        assert mixed[:, 2].tolist() == [0] * 4 and mixed[:, 0].tolist() == [2] * 4

    def test_thresholds_are_to_be_passed(self, made):
        memo = [[1, 1, 0, 0]] * 4
        at = gates.walk(made(3, memo, (0.0, NAN, 1e-9, NAN), (0.5, NAN, 0.5 + 1e-9, NAN)), OPTIONS)
        assert at[:, 0].tolist() == [1, 1, 2, 2] and at[:, 2].tolist() == [1, 1, 0, 0]

    def test_signs_are_means_over_the_schools_that_show_something(self, made):
        view = made(3, np.ones((4, 4)), (0.2, -0.4, 9, 0.3), (0.2, 0.6, 9, 0.7), enrolled=(1, 1, 0, 1))
        payoff, willing, seen = gates.signs(view)
        assert payoff == pytest.approx([-0.1, -0.1, 0.3, 0.3]) and willing == pytest.approx([0.4, 0.4, 0.7, 0.7])
        assert seen.all()

    def test_asking_twice_in_a_quarter_changes_nothing(self, made):
        view = made(3, [[1, 1, 1, 0]] * 4, SEEN, (0.6, NAN, 0.4, NAN))
        once = gates.walk(view, OPTIONS)
        assert np.array_equal(gates.walk(dataclasses.replace(view, memo=once), OPTIONS), once)

    def test_the_last_stage_has_no_gate(self, made):
        memo = [[5, 1, 1, 1]] * 4
        assert gates.walk(made(30, memo, (-1, NAN, -1, NAN), (0, NAN, 0, NAN)), OPTIONS).tolist() == memo

    @pytest.mark.parametrize(
        ("stage", "share", "enrolled", "expected"),
        [
            (1, 0.25, (0, 0, 0, 0), [0, 1, 1, 0]),  # the readiest of each district
            (4, 0.25, (1, 0, 0, 0), [1, 0, 1, 0]),  # who is in has the place
            (1, 0.51, (1, 0, 0, 0), [1, 1, 1, 1]),
            (5, 0.25, (1, 0, 0, 0), [1, 1, 1, 1]),
            (-1, 0.25, (1, 0, 0, 0), [0, 0, 0, 0]),
        ],
    )
    def test_open_schools(self, made, stage, share, enrolled, expected):
        view = made(0, np.zeros((4, 4)), enrolled=enrolled)
        found = gates.open_schools(view, np.full(4, float(stage)), share, np.zeros(4), gates.DISTRICT)
        assert found.astype(int).tolist() == expected


def test_stages_and_places_by_the_calendar(made):
    memo = np.zeros((4, 4))
    stages = [tempo.by_calendar(made(quarter, memo))[0] for quarter in range(12)]
    assert stages == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5]
    assert tempo.at_last_stage(made(0, memo)).tolist() == [5.0] * 4
    shares = {"settings": {"wave_1": 0.2, "wave_2": 0.625, "wave_3": 0.9}}  # 0.8, 2.5 and 3.6 of four schools
    places = [tempo.waves(dataclasses.replace(made(4 * year, memo), year=year, **shares)) for year in range(5)]
    assert places == [1, 3, 4, 4, 4] and tempo.at_once(made(0, memo)) == 4


class TestTeams:
    staff = Staff(
        school=np.array([0, 0, 0, 0, 0, 0, 1, 1]),
        key=np.zeros(8, np.uint64),
        tag=np.arange(8),
        prior_growth=np.array([2.0, 1.9, 0.5, 0.1, -1.0, 0.3, 0.0, 1.0]),
        subject_leader=np.zeros(8, np.uint8),
        grade=np.array([1, 1, 2, 3, 4, 0, 2, 2], np.uint8),
        willing=np.array([0.9, 0.8, -0.1, 0.7, 0.2, 0.6, -1.0, 0.4]),
        leader=np.full(8, -1, np.int32),
        named=np.zeros(8, np.uint8),
    )

    def test_the_best_of_each_band_first(self):
        assert np.flatnonzero(team.team_of(self.staff, 3)).tolist() == [0, 2, 5, 6, 7]
        assert np.flatnonzero(team.team_of(self.staff, 1)).tolist() == [0, 7]

    def test_the_most_willing_colleagues(self):
        mine = team.team_of(self.staff, 1)
        assert np.flatnonzero(team.willing_colleagues(self.staff, mine, 2)).tolist() == [1, 3]
        assert np.flatnonzero(team.willing_colleagues(self.staff, mine, 9)).tolist() == [1, 3, 4, 5]

    @pytest.mark.parametrize(("share", "expected"), [(0, []), (0.5, [0, 1, 2, 6, 7]), (1, [0, 1, 2, 3, 4, 6, 7])])
    def test_focal_grades(self, share, expected):
        assert np.flatnonzero(team.focal_grades(self.staff, share)).tolist() == expected

    def test_posts_that_do_not_teach_are_nobody_s_colleagues(self):
        staff = dataclasses.replace(self.staff, leader=np.array([-2, -1, -3, -1, 4, 4, -1, -2], np.int32))
        assert np.flatnonzero(team.team_of(staff, 3)).tolist() == [1, 3, 5, 6]
        mine = team.team_of(staff, 1)
        assert np.flatnonzero(team.willing_colleagues(staff, mine, 9)).tolist() == [3, 4, 5]
        assert np.flatnonzero(team.focal_grades(staff, 0.5)).tolist() == [1, 3, 6]

    def test_circles_grow_and_the_team_is_appointed_once(self, made):
        options = {"team": 1.0, "colleagues": 1.0, "focal": 0.5}
        asked = {}
        for stage in (-1, 1, 2, 3, 4, 5):
            view = made(4, np.zeros((4, 4)), enrolled=(1, 0, 0, 0), since=37)
            view = dataclasses.replace(view, staff=lambda: self.staff)
            invite, appoint = team.asked_by_name(view, np.full(4, float(stage)), options)
            asked[stage] = np.flatnonzero(invite).tolist()
            assert np.flatnonzero(appoint).tolist() == ([0] if 1 <= stage <= 4 else [])
            later = dataclasses.replace(view, week=45, quarter=5)
            assert not team.asked_by_name(later, np.full(4, float(stage)), options)[1].any()
        assert asked == {-1: [], 1: [0], 2: [0, 1], 3: [0, 1, 2], 4: [], 5: []}


class TestRuns:
    def test_appointed_teachers_begin_an_owned_spell_in_their_first_week(self, model):
        run = model.copy()
        run.step()
        team_members = run.state.appointed == 1
        t = run.state.teachers
        assert team_members.sum() > 3 and np.isin(t.stage[team_members], (2, 3, 4)).all()
        assert (t.owned[team_members & (t.stage == 2)] == 1).all()
        assert 0 < run.flows.trial_appointed.iloc[1] <= team_members.sum()
        assert run.state.schools.participants.sum() == (t.invited & 1).sum() == team_members.sum()

    def test_the_uninvited_of_a_staged_school_hold_back(self, model):
        held = model.copy()
        while held.week < 20:
            held.step()
        free = held.copy()
        free.intervene({"trial.uninvited": 1})
        before, stage = held.state.teachers.wait.copy(), held.state.teachers.stage.copy()
        held.step(), free.step()
        t, u = held.state.teachers, free.state.teachers
        waiting = (t.stage == 1) & (u.stage == 1) & (stage == 1)
        staged = held.state.schools.enrolled[t.school] == 1
        here, there = waiting & staged & (t.invited == 0), waiting & ~(staged & (t.invited == 0))
        grown, full = before - t.wait, before - u.wait
        assert here.sum() > 10 and there.sum() > 10
        assert grown[here] == pytest.approx(0.35 * full[here]) and np.array_equal(grown[there], full[there])

    def test_stages_are_walked_and_nothing_is_hidden(self, model):
        """A second strategy object, a copy and a file go on alike: all memory is in the run's state."""
        run = model.copy()
        stages = set()
        while run.running:
            run.maker = Parts(run.maker.parts)
            run.step()
            stages |= set(run.state.memo[:, 0].tolist())
        assert stages >= {1.0, 2.0, 3.0}
        whole = model.copy().run()
        assert np.array_equal(run.state.series, whole.state.series, equal_nan=True)

    def test_a_district_that_sees_nothing_good_abandons_and_releases(self):
        never = {"strategy.recruitment.kind": "team_outward", "strategy.tempo.payoff": 3, "strategy.tempo.willing": 1}
        run = ReformModel("mid_size_district", rng=11, overrides=SMALL | never)
        while run.week < 54:
            run.step()
            assert run.state.memo[:, 0].max() <= 1
        states = run.state.memo[:, [0, 3]]
        assert (states == [-1, 3]).all(axis=1).any()
        gone = run.state.memo[:, 0] == -1
        assert (run.state.schools.enrolled[gone] == 0).all() and (run.state.schools.hours[gone] == 0).all()
        trust = run.state.schools.trust.copy()
        assert (run.run().state.schools.spells[gone] <= 1).all() and trust.size

    def test_released_schools_keep_their_trust(self, model):
        class Releases:
            def plan(self, view, draw):
                size = view.programme.size
                plan = Plan(enrol=view.programme, hours=np.full(size, 4.0), mix=np.tile([1.0, 0, 0, 0], (size, 1)))
                return dataclasses.replace(plan, release=np.ones(size)) if view.quarter == 2 else plan

        run, stays = model.copy(), model.copy()
        run.maker = Releases()
        while run.week < 18:
            run.step(), stays.step()
        inside = run.state.schools.enrolled.sum()
        run.step()
        assert inside > 0 and run.state.schools.enrolled.sum() == 0
        assert run.flows.school_exits.iloc[19] == inside and run.state.schools.hours.max() == 0

    @pytest.mark.parametrize("kind", ["at_once", "waves", "gated"])
    def test_every_tempo_goes_with_the_team(self, kind):
        parts = {"strategy.recruitment.kind": "team_outward", "strategy.tempo.kind": kind}
        run = ReformModel("mid_size_district", rng=11, overrides=SMALL | parts).run()
        assert (run.flows.trial_appointed.iloc[-1] > 0) == (kind != "at_once")
        assert run.outcomes["cost_coaching"] > 0

    def test_gates_open_pilots_first_for_a_directive_too(self):
        parts = {"strategy.recruitment.kind": "directed", "strategy.tempo.kind": "gated"}
        run = ReformModel("mid_size_district", rng=11, overrides=SMALL | parts)
        run.step()
        per_district = np.bincount(run.state.schools.district, weights=run.state.schools.enrolled)
        sizes = np.bincount(run.state.schools.district)
        assert per_district.tolist() == np.ceil(0.25 * sizes).tolist()


def test_evidence_is_what_users_show_with_the_stated_error():
    model = ReformModel("mid_size_district", rng=3, strategy="directed_uniform")
    for _ in range(40):
        model.step()
    exact, blurred = {}, {}
    for sd, found in ((0.0, exact), (0.1, blurred)):
        model.intervene({"planner.gate_sd": sd})
        view = view_of(model)
        evidence = view.evidence()
        found.update(payoff=evidence.payoff, willing=evidence.willing)
        with pytest.raises(ValueError, match="read-only"):
            evidence.payoff[...] = 0
    frame = model.teachers_frame()
    t, e, s = model.state.teachers, model.params.experience, model.state.schools
    using = np.isin(t.stage, (2, 3))
    intensity = np.where(t.owned == 1, 1.0, model.params.learning.compliant_intensity)
    d = model.state.districts[s.district[t.school]]
    payoff = d.fit * t.skill * intensity + e.noise * t.payoff_noise
    payoff -= e.burden * d.complexity * (1 - t.skill) * (1.5 - s.conditions[t.school, 1])
    mean = [payoff[using & (t.school == row)].mean() for row in range(s.size)]
    willing = [(t.conviction[using & (t.school == row)] > 0).mean() for row in range(s.size)]
    assert exact["payoff"] == pytest.approx(mean) and exact["willing"] == pytest.approx(willing)
    errors = np.r_[blurred["payoff"] - exact["payoff"], blurred["willing"] - exact["willing"]]
    assert 0.075 < errors.std() < 0.125 and abs(errors.mean()) < 0.04 and len(frame) == t.size  # 80 draws, 3 SE
    assert abs(np.corrcoef(errors[:40], errors[40:])[0, 1]) < 0.5


def test_schools_outside_show_no_evidence():
    model = ReformModel("mid_size_district", rng=3, strategy="none", overrides=SMALL)
    assert np.isnan(view_of(model).evidence().payoff).all()


@pytest.mark.parametrize("case", ["mid_size_district", "michigan"])
def test_compare_from_end_to_end(case):
    sc = load_scenario(case)
    c = ds.compare(sc, ["none", "staged", "directed_uniform"], replicates=2, workers=2, rng=5)
    mean = c.runs.groupby("strategy").mean(numeric_only=True)
    assert mean.loc["staged", "flow_trial_appointed"] > 0 == mean.loc["directed_uniform", "flow_trial_appointed"]
    assert mean.loc["none", "reach"] < mean.loc["staged", "reach"] < mean.loc["directed_uniform", "reach"]
    assert 0 < mean.loc["staged", "cost_total"] < mean.loc["directed_uniform", "cost_total"]


def test_plans_of_staged_name_only_what_is_there(model):
    parts = complete_parts({"recruitment": {"kind": "team_outward"}})
    run = model.copy()
    while run.week < 60:
        run.step()
    view = view_of(run)
    plan = Parts(parts).plan(view, make_draw(11, view.quarter))
    assert plan.invite.shape == plan.appoint.shape == view.staff().school.shape
    outside = view.enrolled[view.staff().school] == 0
    assert not plan.invite[outside].any() and not plan.appoint[outside].any()
    stages = plan.memo[:, 0]
    assert all(len(set(stages[view.district == d].tolist())) == 1 for d in set(view.district.tolist()))
