"""``staged`` as the article has it: who counts at a gate, verdicts, the team, who enters when; on made-up views."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from diffusion_sim.errors import ScenarioError
from diffusion_sim.model import ReformModel
from diffusion_sim.programme import planner_view
from diffusion_sim.scenario import built_in_parts, complete_parts, load_scenario
from diffusion_sim.strategies import Parts, gates, team
from diffusion_sim.strategies.contract import Response, Staff

NAN = np.nan
OPTIONS = {"min_quarters": [1.0, 2.0, 3.0, 4.0], "payoff": 0.0, "willing": 0.5, "pilot_share": 0.25}
SMALL = {"population.schools": 12, "population.districts": 3}
FEW = {"population.schools": 4, "population.districts": 1}


@pytest.fixture(scope="module")
def model() -> ReformModel:
    return ReformModel("mid_size_district", rng=11, strategy="staged", overrides=FEW)


@pytest.fixture
def made(model):
    """A view of two districts of two schools each, the first of each enrolled."""

    def make(quarter, memo, payoff=(NAN,) * 4, willing=(NAN,) * 4, named=(0,) * 4, used=(0,) * 4, **changes):
        s = model.state
        view = planner_view.make_view(
            model.world, s.teachers, s.schools, s.districts, s.network, s.week, model.numbers, s.memo
        )
        found = Response(*(np.array(column, float) for column in (named, used, payoff, willing)))
        inside = np.array(changes.pop("enrolled", (1, 0, 1, 0)), np.uint8)
        said = {
            "week": 9 * quarter,
            "quarter": quarter,
            "memo": np.array(memo, float),
            "district": np.array([0, 0, 1, 1], np.int32),
            "programme": np.ones(4, np.uint8),
            "enrolled": inside,
            "enrolled_week": np.where(inside == 1, 1, -1).astype(np.int32),
            "surveyed_readiness": np.array([0.3, 0.6, 0.5, 0.4]),
            "response": lambda: found,
        }
        return dataclasses.replace(view, **said | changes)

    return make


class TestGates:
    def test_signs_are_means_over_people_not_over_schools(self, made):
        """District 0: 8 named, 6 of them tried; 2 named, 1 tried. S1 = (8 x .5 + 2 x 1)/10; S2 = (6 x .1 - .6)/7."""
        seen = made(3, np.ones((4, 4)), (0.1, -0.6, NAN, 0.2), (0.5, 1.0, 0.25, 0.5), (8, 2, 4, 4), (6, 1, 0, 2),
                    enrolled=(1, 1, 1, 1))  # fmt: skip
        payoff, willing, there = gates.signs_of_named(seen)
        assert willing == pytest.approx([0.6, 0.6, 0.375, 0.375]) and there.all()
        assert payoff == pytest.approx([0.0, 0.0, 0.2, 0.2], abs=1e-15)

    def test_nobody_named_is_no_sign_and_nobody_tried_is_a_payoff_of_0(self, made):
        payoff, willing, there = gates.signs_of_named(made(3, np.ones((4, 4)), named=(5, 0, 0, 0), willing=(0.1,) * 4))
        assert there.tolist() == [True, True, False, False] and payoff.tolist() == [0.0] * 4
        assert willing.tolist() == [0.1, 0.1, 0.0, 0.0]

    @pytest.mark.parametrize(
        ("willing", "payoff", "missed", "expected"),
        [
            (0.51, 0.01, 1, [2, 3, 0, gates.ADOPT]),
            (0.51, 0.0, 1, [1, 3, 0, gates.ADAPT]),  # what is asked for is to be passed
            (0.5, 0.01, 1, [1, 3, 0, gates.ADAPT]),
            (0.5, 0.0, 0, [1, 3, 1, gates.ADAPT]),  # both at or below, once
            (0.5, 0.0, 1, [-1, 3, 2, gates.ABANDON]),  # twice
        ],
    )
    def test_the_table_of_verdicts(self, made, willing, payoff, missed, expected):
        seen = made(3, [[1, 1, missed, 0]] * 4, (payoff,) * 4, (willing,) * 4, (10, 0, 10, 0), (10, 0, 10, 0))
        assert gates.walk_asked(seen, OPTIONS).tolist() == [expected] * 4

    @pytest.mark.parametrize("stage", [1, 2, 3])
    def test_each_stage_has_its_own_least_time(self, made, stage):
        good = ((1.0,) * 4, (1.0,) * 4, (10, 0, 10, 0), (10, 0, 10, 0))
        memo = [[stage, 1, 0, 0]] * 4
        found = [gates.walk_asked(made(quarter, memo, *good), OPTIONS)[0, 0] for quarter in range(1, 6)]
        assert found == [stage] * stage + [stage + 1] * (5 - stage)

    @pytest.mark.parametrize(("since", "begins"), [(1, 4), (4, 4), (5, 8), (8, 8)])
    def test_stage_4_runs_from_when_its_schools_may_enter(self, made, since, begins):
        """Four quarters after the year begins in which, or before which, the stage was reached."""
        good = ((1.0,) * 4, (1.0,) * 4, (10, 0, 10, 0), (10, 0, 10, 0))
        memo = [[4, since, 0, 0]] * 4
        found = [gates.walk_asked(made(quarter, memo, *good), OPTIONS)[0, 0] for quarter in range(begins, begins + 5)]
        assert found == [4, 4, 4, 4, 5]

    def test_the_scenario_s_numbers_hold_where_nothing_is_said(self, made):
        good = ((1.0,) * 4, (0.6,) * 4, (10, 0, 10, 0), (10, 0, 10, 0))
        bare = OPTIONS | {"min_quarters": None, "willing": None}
        settings = dict(made(0, np.zeros((4, 4))).settings)
        assert [settings[f"min_quarters_{n}"] for n in (1, 2, 3, 4)] == [2, 2, 3, 4] and settings["gate_willing"] == 0.5
        for least, asked, expected in ((1, 0.5, 2), (2, 0.5, 2), (3, 0.5, 1), (2, 0.6, 1)):
            said = settings | {"min_quarters_1": least, "gate_willing": asked}
            seen = made(3, [[1, 1, 0, 0]] * 4, *good, settings=said)
            assert gates.walk_asked(seen, bare)[0, 0] == expected

    def test_asking_twice_in_a_quarter_changes_nothing(self, made):
        seen = made(3, [[1, 1, 1, 0]] * 4, (1.0, 0, -1, 0), (0.6,) * 4, (10, 0, 10, 0), (10, 0, 10, 0))
        once = gates.walk_asked(seen, OPTIONS)
        assert np.array_equal(gates.walk_asked(dataclasses.replace(seen, memo=once), OPTIONS), once)
        assert gates.verdicts(seen, once).tolist() == [1, 1, 2, 2]
        later = dataclasses.replace(seen, quarter=4)
        assert gates.verdicts(later, once).tolist() == [0] * 4

    @pytest.mark.parametrize(("stage", "expected"), [(1, [1, 0, 1, 0]), (3, [1, 0, 1, 0]), (4, [1] * 4), (5, [1] * 4)])
    def test_all_schools_are_open_from_the_fourth_stage_on(self, made, stage, expected):
        found = gates.open_schools(made(0, np.zeros((4, 4))), np.full(4, float(stage)), 0.25, np.zeros(4), gates.SCHOOL)
        assert found.astype(int).tolist() == expected


STAFF = Staff(
    school=np.array([0, 0, 0, 0, 0, 2, 2]),
    key=np.zeros(7, np.uint64),
    tag=np.arange(7),
    prior_growth=np.array([2.0, 1.0, 0.0, -1.0, -2.0, 0.0, 0.0]),
    subject_leader=np.zeros(7, np.uint8),
    grade=np.array([1, 1, 2, 3, 4, 2, 2], np.uint8),
    willing=np.array([-0.2, 0.1, 0.4, 0.1, 0.1, 0.3, 0.5]),
    leader=np.full(7, -1, np.int32),
    named=np.zeros(7, np.uint8),
)


class TestTeam:
    def test_growth_and_will_are_standardised_within_the_school(self):
        """School 0: growth SD sqrt(2), will mean .1, SD sqrt(.18/5) = .18974; school 2: growth alike, will -1 and 1."""
        growth = np.array([2, 1, 0, -1, -2]) / np.sqrt(2)
        will = np.array([-0.3, 0, 0.3, 0, 0]) / np.sqrt(0.036)
        assert team.growth_and_will(STAFF) == pytest.approx([*(growth + will), -1, 1])

    def test_posts_that_do_not_teach_are_not_looked_at(self):
        coach = dataclasses.replace(STAFF, leader=np.array([-1, -1, -1, -1, -2, -1, -3], np.int32))
        some = dataclasses.replace(
            STAFF, **{f.name: getattr(STAFF, f.name)[[0, 1, 2, 3, 5]] for f in dataclasses.fields(Staff)}
        )
        assert team.growth_and_will(coach)[[0, 1, 2, 3, 5]] == pytest.approx(team.growth_and_will(some))
        assert np.flatnonzero(team.lasting_team(coach, 9)).tolist() == [0, 1, 2, 3, 5]

    def test_the_best_of_each_band_by_the_sum(self):
        # sums: -.17, .71, 1.58, -.71, -1.41: of band 1 the second
        assert np.flatnonzero(team.lasting_team(STAFF, 2)).tolist() == [1, 2, 5, 6]
        assert np.flatnonzero(team.team_of(STAFF, 2)).tolist() == [0, 2, 5, 6]

    def test_members_stay_and_free_places_are_filled(self):
        mine = dataclasses.replace(STAFF, named=np.array([0, 0, 1, 2, 0, 0, 0], np.uint8))
        assert np.flatnonzero(team.lasting_team(mine, 2)).tolist() == [2, 3, 5, 6]
        assert np.flatnonzero(team.lasting_team(mine, 1)).tolist() == [3, 6]


class TestPlans:
    parts = built_in_parts("staged")

    def plan(self, made, stage, since=2, **changes):
        """A plan of quarter 2 in which no gate is due."""
        seen = made(2, [[stage, since, 0, 0]] * 4, staff=lambda: STAFF, **changes)
        seen = dataclasses.replace(seen, pot=np.zeros(4, np.int32), teachers=np.array([5.0, 4.0, 2.0, 4.0]))
        return Parts(self.parts).plan(seen, lambda purpose, keys: np.full(len(keys), 0.5))

    @pytest.mark.parametrize(("stage", "hours"), [(1, 40), (2, 40), (3, 40), (4, 16), (5, 16)])
    def test_hours(self, made, stage, hours):
        plan = self.plan(made, stage)
        assert plan.hours.tolist() == [hours, 0, hours, 0]

    def test_who_enters_and_who_is_told(self, made):
        for stage in (1, 4):
            plan = self.plan(made, stage)
            assert plan.no_wait.tolist() == plan.enrol.tolist() == ([1, 0, 1, 0] if stage == 1 else [1] * 4)
            assert not plan.mandate.any() and not plan.release.any()
        last = self.plan(made, 5)
        assert last.mandate.tolist() == [0.5] * 4 and last.stage.tolist() == [5] * 4
        gone = self.plan(made, -1)
        assert not gone.enrol.any() and gone.release.all() and not gone.mandate.any() and not gone.on_team.any()

    def test_leaders_sit_on_the_team_of_pilot_schools(self, made):
        assert self.plan(made, 2).on_team.tolist() == [1, 0, 1, 0]
        fourth = {"enrolled": (1, 1, 1, 1), "on_team": np.array([1, 0, 0, 1], np.uint8)}
        assert self.plan(made, 4, **fourth).on_team.tolist() == [1, 0, 0, 1]
        assert self.plan(made, 5, **fourth).on_team.tolist() == [0] * 4

    def test_who_is_named(self, made):
        """Stage 1 the team, later those who were named before in this stage too, in 4 everybody who takes part."""
        assert self.plan(made, 1).named.tolist() == [0, 2, 2, 2, 0, 2, 2]
        before = dataclasses.replace(STAFF, named=np.array([1, 2, 2, 2, 0, 2, 2], np.uint8))
        named = {}
        for stage in (1, 2, 4):
            seen = made(2, [[stage, 2, 0, 0]] * 4)
            going, now = np.zeros(4, bool), np.arange(7) == 4
            seen = dataclasses.replace(seen, staff=lambda: before)
            kept = team.named_so_far(seen, going, now, np.zeros(7, bool))
            anew = team.named_so_far(seen, ~going, now, np.arange(7) == 4)
            named[stage] = kept.astype(int).tolist(), anew.astype(int).tolist()
        assert set(map(str, named.values())) == {str(([1, 2, 2, 2, 1, 2, 2], [0, 0, 0, 0, 2, 0, 0]))}
        plan = self.plan(made, 4)
        assert plan.named.tolist() == [1] * 7 and not plan.invite.any() and not plan.appoint.any()

    def test_a_stage_begins_where_its_gate_did_not_say_adapt(self, made):
        """In each of the plans of that quarter, and in no later one."""
        given = (2, gates.ADOPT), (2, gates.ADAPT), (-1, gates.ABANDON), (1, 0)
        memo = np.array([[stage, 4, 0, verdict] for stage, verdict in given], float)
        assert gates.stage_begins(made(4, memo), memo).tolist() == [True, False, True, False]
        assert not gates.stage_begins(made(5, memo), memo).any()

    def test_who_has_left_the_programme_is_named_no_more(self, made):
        before = dataclasses.replace(STAFF, named=np.full(7, 2, np.uint8))
        seen = dataclasses.replace(made(2, np.ones((4, 4)), enrolled=(0, 0, 1, 0)), staff=lambda: before)
        found = team.named_so_far(seen, np.zeros(4, bool), np.zeros(7, bool), np.zeros(7, bool))
        assert found.tolist() == [0, 0, 0, 0, 0, 2, 2]

    def test_the_first_edition_is_kept_with_its_numbers(self):
        first = built_in_parts("staged_first")
        assert first["recruitment"] == {"kind": "team_outward", "team": 3, "colleagues": 2, "focal": 0.5, "look": 0}
        expected = {"kind": "gated", "quarters": 2, "payoff": 0, "willing": 0.5, "pilot_share": 0.25}
        expected["after_support"] = 0
        assert first["tempo"] == expected
        assert complete_parts({"recruitment": {"kind": "team_outward"}}) == first


class TestRuns:
    def test_pilot_schools_enter_at_once(self):
        """Nobody would come by waiting; the first edition's pilots wait."""
        never = SMALL | {"enrolment.n0": 0}
        found = {}
        for name in ("staged", "staged_first"):
            run = ReformModel("mid_size_district", rng=11, strategy=name, overrides=never)
            run.step()
            found[name] = run.state.schools.enrolled.copy()
        district = run.state.schools.district
        sizes = np.bincount(district)
        assert np.bincount(district, weights=found["staged"]).tolist() == np.ceil(0.25 * sizes).tolist()
        assert not found["staged_first"].any()

    def test_a_pilot_that_has_left_comes_back_by_its_own_wait(self):
        run = ReformModel("mid_size_district", rng=11, strategy="staged", overrides=SMALL | {"enrolment.n0": 0})
        run.step()
        gone = run.state.schools.enrolled == 1
        run.state.schools.exit_draw[gone] = 0.0  # leaves in the first summer
        run.run(until=80)
        s = run.state.schools
        assert not s.enrolled[gone].any() and not s.on_team[gone].any() and (s.spells <= 1).all()
        assert s.enrolled.sum() > 0, "others are opened in their place"

    def test_stages_are_walked_and_nothing_is_hidden(self):
        """Gates that nearly everybody passes. Other schools enter in the fourth stage, are told in the fifth only."""
        easy = {"recruitment.kind": "improvement_team", "tempo.payoff": -1, "tempo.willing": 0.1}
        easy |= {"tempo.min_quarters": [1, 1, 1, 4]}
        overrides = SMALL | {f"strategy.{path}": value for path, value in easy.items()}
        run = ReformModel("mid_size_district", rng=12, overrides=overrides)
        whole = run.copy().run()
        stages = set()
        while run.running:
            run.maker = Parts(run.maker.parts)
            run.step()
            s = run.state.schools
            told = s.mandate_weeks > 0
            assert (s.stage[told] == 5).all() and (s.mandate_eased[told] == 0.5).all()
            fourth = (s.stage == 4) & (run.week % 36 == 1) & (run.week < 108)
            assert (s.spells[fourth] > 0).all()
            stages |= set(s.stage.tolist())
        assert np.array_equal(run.state.series, whole.state.series, equal_nan=True) and stages >= {1, 2, 3, 4, 5}
        last = run.outcomes
        memo = run.state.memo[np.unique(run.state.schools.district, return_index=True)[1]]
        assert last["stage"] == pytest.approx(np.maximum(0, memo[:, 0]).mean())
        assert last["verdicts_adopt"] >= (memo[:, 0] - 1).clip(0).sum() > 8 > last["verdicts_abandon"]
        assert last["districts_complete"] == (memo[:, 0] == 5).mean() > 0

    @pytest.mark.parametrize("kind", ["at_once", "waves", "gated", "gated_asked"])
    @pytest.mark.parametrize("recruitment", ["improvement_team", "directed"])
    def test_every_tempo_goes_with_the_team_and_gates_with_every_recruitment(self, recruitment, kind):
        parts = {"strategy.recruitment.kind": recruitment, "strategy.tempo.kind": kind}
        run = ReformModel("mid_size_district", rng=11, overrides=SMALL | parts).run()
        team_made = recruitment == "improvement_team" and kind != "at_once"
        assert (run.flows.trial_appointed.iloc[-1] > 0) == team_made and run.outcomes["cost_coaching"] > 0


class TestMinima:
    def test_a_list_of_four(self):
        said = {"strategy.recruitment.kind": "improvement_team", "strategy.tempo.min_quarters": [1, 1, 1, 2]}
        sc = load_scenario("mid_size_district").override(said)
        assert sc["strategy.tempo.kind"] == "gated_asked" and sc["strategy.tempo.min_quarters"] == [1, 1, 1, 2]
        assert sc.override({"strategy.tempo.min_quarters": None})["strategy.tempo.min_quarters"] is None

    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ([1, 1, 1], "found a list of 3; a list of 4 whole numbers of quarters is allowed"),
            ([1] * 5, "found a list of 5; a list of 4"),
            (2, r"found 2 \(number\); a list of 4"),
            ("two", r"found 'two' \(text\); a list of 4"),
            ([1, 0, 1, 1], "number 2: found 0; a whole number from 1 to 40"),
            ([1, 1, 1.5, 1], "number 3: found 1.5; a whole number"),
            ([1, 1, 1, "x"], r"number 4: found 'x' \(text\); a whole number"),
            ([None, 1, 1, 1], "number 1: found nothing; a whole number from 1 to 40"),
        ],
    )
    def test_bad_lists(self, raw, text):
        said = {"strategy.recruitment.kind": "improvement_team", "strategy.tempo.min_quarters": raw}
        with pytest.raises(ScenarioError, match=rf"tempo.min_quarters: {text}"):
            load_scenario("mid_size_district").override(said)

    def test_a_list_on_the_command_line(self):
        from diffusion_sim.cli.options import Assignment

        assert Assignment().convert("a.b=[1, 2,x]", None, None) == ("a.b", [1, 2, "x"])
        assert Assignment().convert("a.b=[]", None, None) == ("a.b", [])

    def test_it_belongs_to_one_tempo(self):
        said = {"strategy.recruitment.kind": "team_outward", "strategy.tempo.min_quarters": [1, 1, 1, 1]}
        with pytest.raises(ScenarioError, match=r"min_quarters: belongs to tempo gated_asked; 'gated' has no"):
            load_scenario("mid_size_district").override(said)
