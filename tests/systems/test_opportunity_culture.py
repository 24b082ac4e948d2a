"""Teams led by multi-classroom leaders: percentiles, two subjects of one run, net cost, equal spending, bad input."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

import diffusion_sim as ds
from diffusion_sim.analysis.robust.equalise import ALIKE
from diffusion_sim.dynamics.staffing import has_teams
from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.systems import opportunity_culture as asked
from diffusion_sim.systems import team_gains, team_runs
from diffusion_sim.systems.opportunity_culture_told import MATHS, READS
from diffusion_sim.systems.question import RUNS

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"population.districts": 1, "population.schools": 12, "enrolment.n0": 5.0}
SEED = 3


@pytest.fixture(scope="module")
def sc():
    return load_scenario("opportunity_culture").override(SMALL)


@pytest.fixture(scope="module")
def none(sc):
    return asked._twin(sc, SEED, "none")


@pytest.fixture(scope="module")
def teams(sc):
    return asked._twin(sc, SEED, "teams")


# ---- percentiles -----------------------------------------------------------------------------------------------------


def test_a_percentile_is_the_share_below_and_half_of_the_equal():
    assert team_gains.percentiles([0, 2, 5], [4, 2, 1, 2]).tolist() == [0.0, 50.0, 100.0]


def five(year, more):
    """Five teachers who gain 0 to 4 without a programme, and ``more`` with teams; half as much more in reading."""
    without, more = np.arange(5.0), np.array(more, dtype=float)
    zero = np.zeros(5)
    return team_gains.Standing(
        np.array(year), without + more, without + more / 2, without, without, zero, zero, zero, zero, zero + 0.01
    )


def test_the_median_team_teacher_by_hand():
    """Teachers of gains 0 and 2 are in the third year of a team and gain 1.5 more: 1.5 is above two of five, 3.5 above
    four. Without teams their places are 10 and 50. From the middle, 2 + 1.5 = 3.5 is above four of five."""
    row = team_gains._row([five([3, 0, 3, 0, 0], [1.5, 0, 1.5, 0, 9])], 3)
    assert (row["members"], row["before"], row["maths"], row["maths_article"]) == (2, 30.0, 60.0, 80.0)
    assert row["reading"] == np.median([20.0, 60.0]) and row["gained"] == 1.5 and row["gained_reading"] == 0.75


def test_teachers_of_a_year_are_ranked_in_their_own_year():
    """Two calendar years: the same gain is the best of one and the middle of the other."""
    first = five([1, 0, 0, 0, 0], [4.5, 0, 0, 0, 0])
    other = five([1, 0, 0, 0, 0], [2, 0, 0, 0, 0])
    assert team_gains._row([first, other], 1)["maths"] == np.median([100.0, 50.0])


def test_a_year_that_nobody_came_to_has_no_percentile():
    row = team_gains._row([five([1, 1, 0, 0, 0], [0] * 5)], 2)
    assert row["members"] == 0 and np.isnan(row["maths"]) and np.isnan(row["maths_article"])


def test_places_without_a_programme_are_those_of_the_measure(sc, none):
    """All teachers of the run of none have the places 0 to 100 evenly: their median is 50."""
    people = team_runs.persons(none.maths, 2)
    gains = sc["pupils.teacher_sd"] * people.effectiveness + people.gain
    assert np.median(team_gains.percentiles(gains, gains)) == pytest.approx(50.0, abs=0.2)


# ---- two subjects of one run -----------------------------------------------------------------------------------------


def test_nothing_but_gains_differs_between_subjects(teams):
    for one, other in zip(teams.maths.teachers, teams.reading.teachers, strict=True):
        for name in set(one.dtype.names) - {"gain"}:
            np.testing.assert_array_equal(one[name], other[name])
    assert teams.maths.spent == teams.reading.spent
    assert not np.array_equal(teams.maths.teachers[-1].gain, teams.reading.teachers[-1].gain)


def test_another_share_is_the_run_with_that_effect(sc, teams):
    low = sc.override({"pupils.effect": team_gains.READING.low * sc["pupils.effect"]})
    run = team_runs.follow(low, SEED, "teams")
    maths, reading = (team_runs.persons(one, 4).gain for one in teams)
    found = team_gains.at_share(maths, reading, team_gains.READING.low)
    np.testing.assert_allclose(found, team_runs.persons(run, 4).gain, atol=1e-12)


def test_reading_stands_in_the_scenario_as_in_the_question():
    text = (ROOT / "scenarios" / "opportunity_culture.yaml").read_text("utf-8")
    said = yaml.safe_load(re.search(r"#\s+(reading: \{.*\})", text).group(1))["reading"]
    own = team_gains.READING
    assert (said["value"], *said["range"], said["unit"], said["source"]) == (
        own.value, own.low, own.high, own.unit, own.source
    )  # fmt: skip


# ---- contrasts -------------------------------------------------------------------------------------------------------


def test_contrasts_add_up(sc, none):
    part = team_runs.follow(sc, SEED, "teams_in_some")
    found = team_gains.between(part, none.maths, 3)
    assert found["naive"] == pytest.approx(found["paired"] + found["selection"] - found["others"])
    own = part.school_gain(3)
    group = has_teams.py_func(part.schools[3].staffing)
    pupils = part.schools[3].pupils
    by_hand = np.average(own[group], weights=pupils[group]) - np.average(own[~group], weights=pupils[~group])
    assert found["naive"] == pytest.approx(by_hand)


def test_within_school_and_year_adds_up(sc, none):
    few = sc.override({"enrolment.n0": 0.5})
    part, without = (team_runs.follow(few, SEED, name) for name in ("teams_in_part", "none"))
    found = team_gains.within(part, without, 3)
    assert found["naive"] == pytest.approx(found["members"] + found["selection"] - found["others"])
    assert found["within"] == found["members"] - found["colleagues"]


def test_without_teams_nothing_is_left_within(none):
    found = team_gains.within(none.maths, none.maths, 3)
    assert np.isnan(found["members"]) and np.isnan(found["within"])


# ---- money -----------------------------------------------------------------------------------------------------------


def test_net_cost_of_the_first_year_by_hand(sc):
    """A leader costs 5,000 of transition, 40 h x (300 + .5 x 50) of preparation and .2 x 72,000 of supplement; a traded
    post frees .8 x 72,000; an enrolled school 20 h x 80 of outreach and 4 x 400 of measurement. The pot holds enough to
    prepare all in the first quarter."""
    teams = team_runs.follow(sc.override({"money.budget_per_teacher": 30_000}), SEED, "teams")
    t, s = teams.teachers[1], teams.schools[1]
    leaders = np.unique(t.leader[t.leader >= 0]).size
    traded = int((t.leader == -3).sum())
    enrolled = int((s.enrolled == 1).sum())
    by_hand = leaders * (5_000 + 13_000 + 14_400) - traded * 57_600 + enrolled * (1_600 + 1_600)
    assert leaders > 10 and traded > 3
    assert teams.costs["cost_total"][1] == pytest.approx(by_hand)


def test_net_is_gross_less_what_is_freed(teams):
    lines = asked.money_of(teams.maths)
    for line in lines:
        assert line["total"] == pytest.approx(line["gross"] + line["freed"])
    assert sum(line["total"] for line in lines) == pytest.approx(teams.maths.outcomes["cost_per_pupil"])
    assert lines[0]["total"] > 0 > lines[-1]["total"]  # the transition is paid once, posts are freed every year


def test_coaches_and_teams_spend_the_same(sc, teams):
    coaches = team_runs.follow(sc, SEED, "coaches")
    one, other, word = asked.at_equal_net_spending(sc, SEED, teams.maths, coaches)
    assert coaches.spent > 1.5 * teams.maths.spent and one is teams.maths
    assert word == ALIKE and other.spent == pytest.approx(one.spent, rel=0.02)


def test_who_frees_money_has_no_equal(sc):
    """One post traded for two teams frees more than teams cost."""
    half = sc.override({"staffing.trade": "half"})
    teams, coaches = (team_runs.follow(half, SEED, name) for name in ("teams", "coaches"))
    _, _, word = asked.at_equal_net_spending(half, SEED, teams, coaches)
    assert teams.spent < 0 and word == "frees"


# ---- the answer ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answered():
    return ds.answer("opportunity_culture", replicates=2, space=1, seeds_a_draw=1, workers=1, overrides=SMALL,
                     progress=False)  # fmt: skip


def test_the_answer_is_five_lines_with_cost_and_harm(answered):
    assert len(answered.lines) == 5 and "75 to 85" in answered.lines[0]
    arms = set(answered.tables[RUNS]["strategy"]) - {"none"}
    assert len(answered.cost) == len(answered.harm) == len(arms) == 6
    assert len(answered.draws) == 1 and (answered.statements["draws"] == 1).all()


def test_every_statement_is_about_a_quantity(answered):
    assert set(answered.statements["key"]) <= set(answered.quantities["key"])


def test_tables_and_figure_are_saved(answered, tmp_path):
    answered.save(tmp_path / "found")
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert {"years_in_team.csv", "contrasts.csv", "money.csv", "equal_spending.csv", "figure.png"} <= names


def test_where_users_come_from_adds_up(answered):
    table = answered.tables[asked.USERS]
    one = table[(table["strategy"] == "teams") & (table["baseline"] == asked.AT_EQUAL)].set_index("part")["difference"]
    assert one.drop("users").sum() == pytest.approx(one["users"])


# ---- what cannot be asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pupils.effect": 0}, "pupils.effect: found 0; a practice without effect size"),
        ({"pupils.effect": -0.2}, "pupils.effect: found -0.2; a practice without effect size"),
        ({"pupils.effect": None}, "pupils.effect: found nothing"),
        ({"pupils.teacher_sd": 0}, "pupils.teacher_sd: found 0; teachers who do not differ"),
        ({"strategies.teams.staffing.kind": "traditional"}, "strategies.teams.staffing.kind: found 'traditional'"),
        ({"strategies.teams_in_some.staffing.kind": "coach"}, "the question is about teams: multi_classroom_leader"),
        ({"strategies.coaches.staffing.kind": "traditional"}, "teams are compared with schools' own coaches"),
        ({"programme.years_support": 1, "programme.years_after": 1}, "found 2 school years in all"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(change, words):
    with pytest.raises(ScenarioError) as error:
        ds.answer("opportunity_culture", replicates=2, workers=1, overrides=change, progress=False)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_world_in_which_nobody_forms_a_team_is_one_clear_error():
    with pytest.raises(ScenarioError, match="nothing can be said of teams; look at staffing.smallest_team"):
        ds.answer("opportunity_culture", replicates=2, workers=1, progress=False,
                  overrides={**SMALL, "staffing.smallest_team": 100})  # fmt: skip


# ---- the article's numbers -------------------------------------------------------------------------------------------


def test_the_numbers_cited_are_those_used():
    with (ROOT / "experiments" / "opportunity_culture" / "cited.csv").open(encoding="utf-8", newline="") as file:
        cited = {row["key"]: float(row["value"]) for row in csv.DictReader(file)}
    assert (cited["maths_low"], cited["maths_high"]) == MATHS
    assert (cited["reading_low"], cited["reading_high"]) == READS
