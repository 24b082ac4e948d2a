"""Two lives of one teacher: whom the rule picks, what the diary tells, and that both lives have the same chances."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.story import life_told, lives_apart
from diffusion_sim.analysis.story.life import Life, stop_factors
from diffusion_sim.analysis.story.whom import Stayed, choose, nearest_median
from diffusion_sim.analysis.story.words import COLUMNS
from diffusion_sim.errors import StoreError, StrategyError, StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.state.codes import DT, FLOWS
from tests.small_world import write_case

CASE, TEAMS = "mid_size_district", "multi_classroom_leader"
SMALL = {"population.schools": 8, "programme.years_support": 2, "programme.years_after": 1}
PAIR = "volunteer_uniform", TEAMS


@pytest.fixture(scope="module")
def lives():
    """Both runs of the person of the rule, and what the rule has found."""
    models = [ReformModel(CASE, rng=2, strategy=name, overrides=SMALL) for name in PAIR]
    rule = choose(*(Stayed(model).run(model) for model in (models[0].copy(), models[1].copy())))
    return [Life(model, rule.row).run() for model in models], rule


@pytest.fixture(scope="module")
def found():
    return ds.two_lives(CASE, *PAIR, rng=2, overrides=SMALL)


# ---- the rule --------------------------------------------------------------------------------------------------------
def test_the_rule_picks_whom_one_counts_by_hand():
    rows, differences = np.array([3, 5, 8, 9]), np.array([0.5, -0.1, 0.2, 0.0])  # median 0.1
    picked = nearest_median(rows, differences)
    assert (picked.row, picked.present, picked.as_near) == (8, 4, 2), "0.2 and 0.0 are as near: the first by key"
    assert picked.median == pytest.approx(0.1) and picked.difference == 0.2
    assert nearest_median(rows[:3], differences[:3]).row == 8, "of an odd number the person in the middle"


def test_those_to_choose_from_teach_in_their_school_to_the_end_in_both_runs():
    stayed, ids, enrolled = [], [], []
    for name in PAIR:
        model = ReformModel(CASE, rng=2, strategy=name, overrides=SMALL)
        seen, there, joined = None, model.copy(), set()
        while there.running:
            there.run(until=there.week + 18)
            rows = there.teachers_frame()
            rows = rows[rows["role"].isin(["teacher", "team leader"])]
            now = set(zip(rows["teacher_id"], rows["school_id"], strict=True))
            seen = now if seen is None else seen & now
            schools = there.schools_frame()
            joined |= set(schools.loc[schools["enrolled"] == 1, "school_id"])
        start = model.teachers_frame()
        seen &= set(zip(start["teacher_id"], start["school_id"], strict=True))
        stayed.append(Stayed(model).run(model))
        ids.append(seen)
        enrolled.append(joined)
    both, joined = ids[0] & ids[1], enrolled[0] | enrolled[1]
    rule = choose(*stayed)
    assert rule.present == sum(school in joined for _, school in both) > 10
    # and the person is the one whose gain, taken from the two frames, is in the middle
    gains = [dict(zip(r.teacher_ids(), np.array(r.state.teachers.gain), strict=True)) for r in
             (ReformModel(CASE, rng=2, strategy=name, overrides=SMALL).run() for name in PAIR)]  # fmt: skip
    differences = {who: gains[1][who] - gains[0][who] for who, school in both if school in joined}
    median = np.median(list(differences.values()))
    assert rule.median == pytest.approx(median)
    nearest = min(abs(d - median) for d in differences.values())
    assert abs(rule.difference - median) == pytest.approx(nearest)


def test_nobody_to_follow_is_said():
    gone = SMALL | {"population.schools": 1, "programme.years_after": 20, "turnover.exit": 0.9}
    with pytest.raises(StudyError, match="nobody to follow: .*fewer years"):
        ds.two_lives(CASE, "volunteer_uniform", "directed_uniform", overrides=gone)


# ---- the same person, the same chances -------------------------------------------------------------------------------
def test_both_lives_begin_as_one(lives):
    (first, second), _ = lives
    for name, value in first.weeks[0].items():
        assert lives_apart.alike(value, second.weeks[0][name]), name
    assert first.who == second.who and first.people.teacher_id(first.who) == second.people.teacher_id(second.who)


def test_both_runs_have_the_same_chances(lives):
    """The person's nature, the years' chance of the school, and the payoff's noise in quarters of use in both."""
    (first, second), rule = lives
    models = [ReformModel(CASE, rng=2, strategy=name, overrides=SMALL) for name in PAIR]
    both = 0
    while models[0].running:
        for model in models:
            model.run(until=model.week + 1)
        a, b = (model.state.teachers for model in models)
        for name in ("origin", "tag", "effectiveness", "innovativeness", "drive"):
            assert a[name][rule.row] == b[name][rule.row]
        assert models[0].state.schools.shock[first.s] == models[1].state.schools.shock[second.s]
        week = models[0].week
        if week % 9 == 1 and first.weeks[week]["owned"] is not None and second.weeks[week]["owned"] is not None:
            if first.weeks[week - 1]["owned"] is not None and second.weeks[week - 1]["owned"] is not None:
                both += 1
                assert a.payoff_noise[rule.row] == b.payoff_noise[rule.row]
    assert both > 0 or first.weeks[-1]["owned"] is None or second.weeks[-1]["owned"] is None


# ---- the diary -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Lives of the two teachers of each of some schools of two, of whom nobody leaves: a school's flows are theirs."""
    rows = [{"district_id": "D", "school_id": f"S{n}", "teachers": 2, "pupils": 20, "poverty": 0.4} for n in range(6)]
    extra = "turnover: {exit: 0, stay_in_district: 0}\n"
    sc = write_case(tmp_path_factory.mktemp("pairs"), rows, "pairs", extra)
    return [[Life(ReformModel(sc, rng=seed, strategy="directed_uniform"), row).run() for row in (2 * s, 2 * s + 1)]
            for seed in (1,) for s in range(5)]  # fmt: skip


def test_the_diarys_events_are_the_models_flows_of_these_persons(pairs):
    begun = stopped = 0
    for lives_of_two in pairs:
        life = lives_of_two[0]
        flows = dict(zip(FLOWS, life.model.state.flows[life.s].tolist(), strict=True))
        told = [one["event"] for each in lives_of_two for one in life_told.diary(each)]
        assert told.count("heard") == flows["aware"] and told.count("routine") == flows["routine"]
        assert told.count("owned") == flows["internalised"]
        assert told.count("stopped") == flows["stop_owned"] + flows["stop_compliant"]
        trials = sum(value for name, value in flows.items() if name.startswith("trial_")) - flows["trial_compliant"]
        assert told.count("began") == pytest.approx(trials)
        assert told.count("principal") == 2 * flows["principals_left"]
        begun, stopped = begun + told.count("began"), stopped + told.count("stopped")
        hours = sum(week["hours"] for each in lives_of_two for week in each.weeks)
        assert hours == pytest.approx(sum(row["hours"] for row in life.years)) and hours > 0.0
    assert begun > 4 and stopped > 0


def test_uses_add_up_to_the_models(pairs):
    checked = 0
    for life in (one for lives_of_two in pairs for one in lives_of_two):
        last, uses = life.weeks[-1], 0.0
        for was, now in zip(life.weeks, life.weeks[1:], strict=False):
            uses = uses + now["uses"] if was["spells"] == now["spells"] else now["uses"]
        if last["owned"] is not None and life.weeks[0]["owned"] is None:
            checked += 1
            assert uses == pytest.approx(life.model.state.teachers.uses[life.post])
    assert checked > 0


def test_factors_on_stopping_multiply_to_the_models_hazard():
    """In weeks with which no quarter begins what is left of a user's wait falls by just this hazard."""
    model = ReformModel(CASE, rng=2, strategy="directed_uniform", overrides=SMALL)
    life, checked = Life(model, 10), 0
    while model.running:
        people, schools, wait = life.people.present(), model.state.schools.copy(), np.array(model.state.teachers.wait)
        week = model.week
        model.run(until=week + 1)
        for who, now in life.people.present().items():
            was = people.get(who)
            if week % 9 == 0 or was is None or not (was.using and now.using):
                continue
            factors = stop_factors(model, schools[life.s], life.s, was)
            assert wait[now.row] - model.state.teachers.wait[now.row] == pytest.approx(factors["hazard"] * DT, rel=1e-9)
            checked += 1
    assert checked > 500


def test_why_somebody_stopped_is_told_by_the_largest_factors():
    factors = {"skill": 2.0, "norm": 0.4, "pressure": 1.02, "compliance": 3.0, "conviction": 1.0, "hazard": 0.5}
    told = life_told.why_stopped(factors, owned=False)
    assert told == ("compliant use; hazard 0.50 a year, raised by compliant use that nobody watches x 3.0 and "
                    "little skill x 2.0")  # fmt: skip
    assert life_told.why_stopped({"skill": 1.0, "hazard": 0.1}, True).endswith("raised by nothing: chance")


def test_where_they_come_apart_is_the_first_week_that_differs(lives):
    (first, second), _ = lives
    table = lives_apart.first_differences(first, second)
    assert len(table) and table["week"].is_monotonic_increasing
    for row in table.to_dict("records"):
        for week in range(row["week"] + 1):
            before = [life.weeks[week][row["fact"]] for life in (first, second)]
            assert lives_apart.alike(*before, lives_apart._SHOWS.get(row["fact"], 0.0))
        assert row["first"] == first.weeks[row["week"] + 1][row["fact"]] or row["first"] != row["first"]
    assert lives_apart.first_differences(first, first).empty
    assert "never differ" in lives_apart.said(lives_apart.first_differences(first, first), PAIR)


# ---- the page --------------------------------------------------------------------------------------------------------
def test_what_python_gets(found, lives):
    (first, second), rule = lives
    assert found.rule == rule and found.person == first.people.teacher_id(first.who)
    assert found.by_year.groupby("strategy", sort=False).size().to_dict() == dict.fromkeys(PAIR, 4)
    gains = found.by_year.query("year == 3").set_index("strategy")["gain"]
    assert gains[PAIR[1]] - gains[PAIR[0]] == pytest.approx(rule.difference)
    assert len(found.diary) == len(life_told.diary(first)) + len(life_told.diary(second))
    text = " ".join(found.text().split())
    for words in ("an invention of the seed", "Found by rule, not by hand", f"There are {rule.present} such persons",
                  f"Under {PAIR[0]}:", "They first differ in week", "nothing here rates a person"):  # fmt: skip
        assert words in text, words
    assert max(map(len, found.text().splitlines())) <= COLUMNS


@pytest.mark.parametrize(
    ("pair", "error", "told"),
    [
        (("staged", "staged"), StudyError, "found 'staged' twice; two different ones"),
        (("staged", "stagd"), StrategyError, "did you mean 'staged'"),
        (("staged", None), StudyError, "b: found None; the id of one strategy"),
        ((3, "staged"), StudyError, "a: found 3"),
    ],
)
def test_two_different_strategies_are_needed(pair, error, told):
    with pytest.raises(error, match=told):
        ds.two_lives(CASE, *pair, overrides=SMALL)


def test_a_seed_is_needed():
    with pytest.raises(StudyError, match="two lives are of one seed"):
        ds.two_lives(CASE, *PAIR, rng=None, overrides=SMALL)


def test_another_page_is_not_written_over(found, tmp_path):
    (tmp_path / "page.md").write_text("something else\n")
    with pytest.raises(StoreError, match="no page of two lives"):
        found.save(tmp_path / "page.md")
