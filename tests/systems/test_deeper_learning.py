"""Ten partnerships for deeper learning: levers laid over each other, who is told, who is left out, events, errors."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

import diffusion_sim as ds
from diffusion_sim.dynamics.districts import lowest
from diffusion_sim.errors import ScenarioError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.systems import deeper_learning as asked
from diffusion_sim.systems.deeper_learning_words import GOAL, START
from diffusion_sim.systems.lever_plans import (
    IN_SCENARIO,
    LEVERS,
    POWER,
    VOLUNTEERS,
    WithLevers,
    central_half,
    laid_over,
)

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"population.districts": 4, "population.schools": 20}
SEED = 5


@cache
def small():
    return load_scenario("deeper_learning").override(SMALL)


@cache
def rows():
    return asked.run(small(), SEED)


@cache
def quantities():
    return asked.reckon(rows())


def run_with(levers, told=None, weeks=72):
    model = ReformModel(small(), rng=SEED, strategy=VOLUNTEERS)
    nobody = np.zeros(model.state.schools.size, bool)
    model.maker = WithLevers(small(), levers, nobody if told is None else told(model))
    model.run(until=weeks)
    return model


# ---- levers laid over each other -------------------------------------------------------------------------------------
@pytest.mark.parametrize("lever", IN_SCENARIO)
def test_one_lever_laid_over_is_the_scenarios_own_strategy(lever):
    own = ReformModel(small(), rng=SEED, strategy=lever)
    own.run(until=72)
    laid = run_with((lever,))
    assert {k: v for k, v in own.outcomes.items() if v == v} == {k: v for k, v in laid.outcomes.items() if v == v}


def test_options_that_differ_are_taken_and_all_remedies_are_asked_for():
    own = small().section("strategies")
    parts, remedies = laid_over(own[VOLUNTEERS], [own[lever] for lever in IN_SCENARIO])
    assert parts["recruitment"]["kind"] == "equity_first" and parts["recruitment"]["look"] == 1
    assert parts["allocation"]["kind"] == "need_weighted" and parts["content"]["to_leaders"] == 0.25
    assert (parts["content"]["departments"], parts["content"]["conditions"]) == (0.5, 0.2)
    assert [remedy["kind"] for remedy in remedies] == ["vision", "relief", "align", "autonomy"]
    assert parts["district"]["kind"] == "as_it_is"


def test_all_remedies_are_paid_and_take_effect_together():
    model = run_with(LEVERS)
    s, d = model.state.schools, model.state.districts
    assert (d.aligning >= 0).all() and (d.autonomy_added > 0).all()
    assert (s.relieved[s.designated == 1] > 0).all() and (s.relieved[s.designated == 0] == 0).all()
    assert s.vision.astype(bool).tolist() == (s.designated == 1).tolist() and (s.looked == 1).all()


def test_the_central_half_is_told_and_the_others_are_asked():
    model = run_with((POWER,), lambda m: central_half(m.state.districts, m.state.schools), weeks=1)
    s, d = model.state.schools, model.state.districts
    told = np.unique(s.district[s.mandate_weeks > 0])
    assert set(told) == set(np.argsort(-d.centralisation)[:2])
    assert (s.mandate_weeks[np.isin(s.district, told)] > 0).all()


def test_half_of_an_odd_number_is_rounded_up_and_ties_go_by_row():
    class District:
        centralisation = np.array([0.5, 0.5, 0.2])

    class Schools:
        district = np.array([0, 0, 1, 2])

    assert central_half(District, Schools).tolist() == [True, True, True, False]


# ---- quantities ------------------------------------------------------------------------------------------------------
def test_what_a_lever_adds_is_a_paired_difference():
    of, its = quantities(), {row["strategy"]: row for row in rows() if row["table"] != asked.USERS and "reach_3" in row}
    assert of["departments.alone.use"] == its["departments"]["reach_3"] - its["volunteers"]["reach_3"]
    rest = its[asked.without("departments")]["reach_3"]
    assert of["departments.last.use"] == its["together"]["reach_3"] - rest
    alone = sum(of[f"{lever}.alone.use"] for lever in LEVERS)
    assert of["beyond_sum.use"] == pytest.approx(of["together.more.use"] - alone)
    assert of["power.alone.gain"] == pytest.approx(its["power"]["pupil_gain_sd"] - its["volunteers"]["pupil_gain_sd"])


def test_named_schools_are_the_lowest_by_achievement():
    model = ReformModel(small(), rng=SEED, strategy="none")
    s = model.state.schools
    low = (s.programme == 1) & lowest(s.achievement, s.programme == 1, small()["districts.designated"])
    assert low.tolist() == (s.designated == 1).tolist() and low.sum() == 5
    found = asked.standing(s, s.designated == 1, s.programme == 1, 1)
    users, posts = s.users[s.designated == 1].sum(), s.teaching[s.designated == 1].sum()
    assert found["use_named_1"] == users / posts and found["enrolled_named_1"] == 0.0
    its = next(row for row in rows() if row["strategy"] == "none" and "start" in row)
    assert its["start"] == pytest.approx(s.users.sum() / s.teaching.sum())


def test_the_goal_is_counted_by_district():
    its = [row for row in rows() if row["table"] == asked.DISTRICTS and row["strategy"] == asked.MOST]
    share = np.mean([row["use"] >= GOAL for row in its])
    assert quantities()[f"{asked.MOST}.goal"] == pytest.approx(share) and all(row["told"] for row in its)
    table = asked.tables([row | {"seed": SEED} for row in rows()])[asked.DISTRICTS].set_index(["strategy", "which"])
    assert table.loc[(asked.MOST, "all"), "at_80"] == round(share * 4)
    assert table.loc[("together", "told"), "districts"] == table.loc[("together", "asked"), "districts"] == 2


def test_events_change_nothing_before_they_come():
    none, dated = (asked.follow(small(), SEED, VOLUNTEERS, its) for its in ((), asked.PANDEMIC + asked.LEADERS))
    assert none["takers_named_1"] == dated["takers_named_1"] and none["start"] == dated["start"]
    assert dated["reach_3"] < none["reach_3"] and dated["cost_per_pupil_year"] < none["cost_per_pupil_year"]


def test_without_pressure_named_schools_come_more():
    """More takers among named schools, over seeds, where accountability presses on nobody."""
    more = [asked.follow(small().override(asked.CHANGED[asked.EQUAL][1]), seed, VOLUNTEERS)["use_named_3"]
            - asked.follow(small(), seed, VOLUNTEERS)["use_named_3"] for seed in range(1, 7)]  # fmt: skip
    assert np.mean(more) > 0.0


# ---- the answer ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def answered():
    return ds.answer("deeper_learning", replicates=2, space=1, seeds_a_draw=1, workers=1, overrides=SMALL,
                     progress=False)  # fmt: skip


def test_the_answer_is_five_lines_with_cost_and_harm(answered):
    assert len(answered.lines) == 5 and all(line.endswith(".") for line in answered.lines)
    arms = set(answered.tables["runs"]["strategy"]) - {"none"}
    assert arms == {VOLUNTEERS, *LEVERS, asked.TOGETHER, asked.IN_PARTS, asked.TOLD, asked.MOST}
    assert len(answered.cost) == len(answered.harm) == len(arms)
    assert set(answered.statements["key"]) <= set(answered.quantities["key"])


def test_tables_and_figure_are_saved(answered, tmp_path):
    answered.save(tmp_path / "found")
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert {"without_one.csv", "beside.csv", "districts.csv", "where_users_come_from.csv", "figure.png"} <= names
    table = answered.tables[asked.USERS]
    one = table[table["strategy"] == "departments"].set_index("part")["difference"]
    assert one.drop("users").sum() == pytest.approx(one["users"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"programme.years_support": 2},
            "programme.years_support: found 2; 3 or more is allowed: the years of the mandate",
        ),
        ({"population.districts": 1}, "population.districts: found 1; 2 or more is allowed"),
        ({"initial_use.share": 0.8}, "initial_use.share: found 0.8; below 0.8 is allowed: the goal"),
        ({"districts.designated": 0}, "districts.designated: found 0"),
        ({"districts.designated": 1}, "districts.designated: found 1"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(change, words):
    with pytest.raises(ScenarioError) as error:
        ds.answer("deeper_learning", replicates=2, workers=1, overrides=change, progress=False)
    assert words in str(error.value) and "\n" not in str(error.value) and "deeper_learning" in str(error.value)


# ---- what the article and the scenario say ---------------------------------------------------------------------------
def test_the_numbers_cited_are_those_used():
    with (ROOT / "experiments" / "deeper_learning" / "cited.csv").open(encoding="utf-8", newline="") as file:
        cited = {row["key"]: float(row["value"]) for row in csv.DictReader(file)}
    sc = load_scenario("deeper_learning")
    assert cited["start"] / 100 == START == sc["initial_use.share"] and cited["goal"] / 100 == GOAL
    assert cited["partnerships"] == sc["population.districts"] and cited["lessons"] == len(LEVERS)
    assert cited["years"] == asked.YEARS == sc["programme.years_support"]


@pytest.mark.parametrize("name", ["lost_share", "lost_weeks", "suspended_weeks"])
def test_the_events_numbers_stand_in_the_scenario_as_in_the_question(name):
    text = (ROOT / "scenarios" / "deeper_learning.yaml").read_text("utf-8")
    said = yaml.safe_load(re.search(rf"#\s+{name}: (\{{.*\}})", text).group(1))
    own = getattr(asked, name.upper())
    assert (said["value"], *said["range"], said["unit"], said["source"]) == tuple(own)
