"""Staged districts: stages, equal spending, leadership held, what is kept, the answer, bad input."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import PopulationError, ScenarioError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.systems import ed_partners as asked
from diffusion_sim.systems import partner_runs as made
from diffusion_sim.systems.question import RUNS

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"population.districts": 6, "population.schools": 36}
SEED = 3


@pytest.fixture(scope="module")
def sc():
    return load_scenario("ed_partners").override(SMALL)


@pytest.fixture(scope="module")
def staged(sc):
    return made.follow(sc, SEED, asked.STAGED)


# ---- districts and stages --------------------------------------------------------------------------------------------


def test_a_district_by_hand():
    """Two districts: four teachers of whom two use, one deeply; three are asked, two of them use, one is convinced."""
    schools = np.zeros(2, dtype=[("district", "i4"), ("teaching", "f8"), ("stage", "f8"), ("users", "f8"),
                                 ("deep", "f8")]).view(np.recarray)  # fmt: skip
    schools.district, schools.teaching, schools.stage = [0, 1], [4, 2], [2, -1]
    schools.users, schools.deep = [2, 0], [1, 0]
    teachers = np.zeros(6, dtype=[("school", "i4"), ("leader", "i4"), ("stage", "i4"), ("conviction", "f8")])
    teachers = teachers.view(np.recarray)
    teachers.school, teachers.leader = [0, 0, 0, 0, 1, 1], -1
    teachers.stage, teachers.conviction = [3, 3, 0, 0, 0, 0], [0.2, -0.2, 0.9, 0.9, 0.9, 0.9]

    class State:
        named = np.array([1, 2, 2, 0, 0, 0])

    State.schools, State.teachers = schools, teachers
    found = made.districts_of(State)
    assert found.stage.tolist() == [2.0, -1.0] and found.reach.tolist() == [0.5, 0.0]
    assert found.deep.tolist() == [0.25, 0.0]
    assert found.asked_use.tolist()[0] == pytest.approx(2 / 3)
    assert found.asked_willing.tolist()[0] == pytest.approx(1 / 3)
    assert np.isnan(found.asked_use[1])


def test_every_district_stands_somewhere(sc, staged):
    for year in range(1, 6):
        rows = asked.stages_of(staged, year)
        assert sum(row["districts"] for row in rows) == pytest.approx(1.0)
        mean = sum(max(0, row["stage"]) * row["districts"] for row in rows)
        assert mean == pytest.approx(staged.at("stage", year))


def test_stages_are_the_built_in_strategy(sc, staged):
    built_in = made.follow(sc, SEED, "staged")
    np.testing.assert_array_equal(staged.series, built_in.series)


# ---- money -----------------------------------------------------------------------------------------------------------


def test_arms_spend_the_same_and_own_money_stays(sc, staged):
    whole = made.follow(sc, SEED, asked.BIG_BANG)
    found, alike = made.at_spending(sc, SEED, asked.BIG_BANG, staged.spent, staged.posts)
    assert whole.spent > 1.5 * staged.spent
    assert alike and found.spent == pytest.approx(staged.spent, rel=0.02)
    most = 0.1 * 5900 * staged.posts * 2  # a tenth of the former pot, two years
    assert 0 < found.outcomes["cost_own"] <= most * (1 + 1e-9)


def test_spending_that_cannot_be_had_is_not_called_equal(sc, staged):
    """No pot is above the scenario's own."""
    _, alike = made.at_spending(sc, SEED, asked.BIG_BANG, 1e12, staged.posts)
    assert not alike


# ---- leadership ------------------------------------------------------------------------------------------------------


def test_leadership_is_held_one_sd_away_within_bounds(sc):
    assert made.held(sc, "superintendent", "low")["districts.superintendent"] == pytest.approx(0.45)
    assert made.held(sc, "principals", "high")["schools.principal"] == pytest.approx(0.75)
    high = sc.override({"districts.board": 0.95})
    assert made.held(high, "board", "high")["districts.board"] == 1.0
    changed = [k for k in sc.numbers if made.held(sc, "teachers", "low")[k] != sc[k]]
    assert changed == ["teachers.conviction"]


def test_a_board_acts_only_where_it_is_looked_at(sc):
    off = sc.override({"structure.board": "off"})
    low, high = (made.follow(made.held(off, "board", level), SEED, asked.STAGED) for level in ("low", "high"))
    np.testing.assert_array_equal(low.series, high.series)


def test_rank_correlation_by_hand():
    assert asked.ranked(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(0.8)
    assert np.isnan(asked.ranked(np.array([1.0, 1, 1]), np.array([1.0, 2, 3])))


# ---- what lasts ------------------------------------------------------------------------------------------------------


def test_what_is_kept_by_hand():
    """.20 with and .05 without when support ends, .11 and .02 two years later: .09 of .15 is there."""
    values = {("a", 3): 0.20, ("none", 3): 0.05, ("a", 5): 0.11, ("none", 5): 0.02}
    years = {key: {"deep_use": value} for key, value in values.items()}
    assert asked.kept(years, "a", {"end": 3, "after": 5}) == pytest.approx(0.6)
    years["a", 3] = {"deep_use": 0.05}
    assert np.isnan(asked.kept(years, "a", {"end": 3, "after": 5}))


# ---- the answer ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answered():
    return ds.answer("ed_partners", replicates=2, space=1, seeds_a_draw=1, workers=1, overrides=SMALL, progress=False)


def test_the_answer_is_five_lines_with_cost_and_harm(answered):
    assert len(answered.lines) == 5 and "of 100 districts" in answered.lines[0]
    arms = set(answered.tables[RUNS]["strategy"]) - {"none"}
    assert len(answered.cost) == len(answered.harm) == len(arms) == 5
    assert len(answered.draws) == 1 and (answered.statements["draws"] == 1).all()
    assert "p.structure.board" not in answered.draws and "p.structure.like" in answered.draws


def test_every_statement_is_about_a_quantity(answered):
    assert set(answered.statements["key"]) <= set(answered.quantities["key"])


def test_quantities_agree_with_the_tables(answered):
    q = answered.quantities.set_index("key")["mean"]
    years = answered.tables["years"].set_index(["strategy", "year", "value"])["mean"]
    assert q["five_stages.reach.end"] == pytest.approx(years["five_stages", 3, "reach"])
    assert q["five_stages.stage.after"] == pytest.approx(years["five_stages", 5, "stage"])
    assert q["lead.board.span.deep_use.after"] == pytest.approx(
        q["lead.board.high.deep_use.after"] - q["lead.board.low.deep_use.after"]
    )
    runs = answered.tables[RUNS]
    spent = runs.pivot(index="seed", columns="strategy", values="cost_total")
    assert (spent[asked.BIG_EQUAL] / spent[asked.STAGED]).tolist() == pytest.approx([1, 1], abs=0.02)


def test_where_users_come_from_adds_up(answered):
    table = answered.tables[asked.USERS]
    for (_, _), its in table.groupby(["strategy", "baseline"]):
        parts = its.set_index("part")["difference"]
        assert parts.drop("users").sum() == pytest.approx(parts["users"], abs=1e-9)
    assert asked.BIG_EQUAL in set(table["baseline"])


def test_tables_and_figure_are_saved(answered, tmp_path):
    answered.save(tmp_path / "found")
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert {"years.csv", "stages.csv", "leadership.csv", "seen_between_districts.csv", "figure.png"} <= names
    assert len(pd.read_csv(tmp_path / "found" / "leadership.csv")) == 4 * 2 * 6


# ---- what cannot be asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"strategies.five_stages.tempo.kind": "waves"}, "strategies.five_stages.tempo.kind: found 'waves'"),
        ({"strategies.big_bang.recruitment.kind": "volunteer"}, "big_bang.recruitment.kind: found 'volunteer'"),
        ({"programme.years_after": 1}, "programme.years_after: found 1; the question asks what lasts two years after"),
        ({"money.budget_per_teacher": 0}, "money.budget_per_teacher: found 0; without money"),
        ({"districts.board_sd": 0}, "districts.board_sd: found 0; low and high leadership"),
        ({"population.districts": 0}, "population.districts"),
        ({"population.schools": 10}, "found 10 for 48 districts"),
        ({"districts.superintendant": 0.5}, "superintendant"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(change, words):
    with pytest.raises((ScenarioError, PopulationError)) as error:
        ds.answer("ed_partners", replicates=2, workers=1, overrides=change, progress=False)
    assert words in str(error.value) and "\n" not in str(error.value)


# ---- the article's numbers -------------------------------------------------------------------------------------------


def test_the_numbers_cited_are_those_used():
    with (ROOT / "experiments" / "ed_partners" / "cited.csv").open(encoding="utf-8", newline="") as file:
        cited = {row["key"]: float(row["value"]) for row in csv.DictReader(file)}
    sc = load_scenario("ed_partners")
    assert sc["population.districts"] == cited["districts"] and sc["programme.years_support"] == cited["years"]
    assert cited["stages"] == asked.LAST_STAGE


def test_districts_are_of_the_articles_size():
    """Most of 48 districts have 2,000 to 20,000 pupils, none far outside."""
    found = made.follow(load_scenario("ed_partners"), SEED, "none").pupils
    assert found.size == 48 and ((found >= 2_000) & (found <= 20_000)).mean() >= 0.7
    assert found.min() > 800 and found.max() < 26_000
