"""What money buys: a front that can be counted by hand, what is refused, and one small world."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.budget_results import Budget
from diffusion_sim.analysis.budget_tables import FREES, LEFT, points_table
from diffusion_sim.errors import ScenarioError, StudyError
from diffusion_sim.measures import MEASURE_INFO
from diffusion_sim.measures.info import SMALLER

CASE = "mid_size_district"
TINY = {"population.schools": 4, "programme.years_support": 1, "programme.years_after": 1}
ARMS = ["volunteer_uniform", "directed_uniform"]


def made_up(points, noise=0.001):
    """Runs of points (strategy, budget, net, value, share left): three seeds, worlds far apart, arms close together."""
    rows, chance = [], np.random.default_rng(1)
    for strategy, budget, net, value, left in points:
        for seed, world in enumerate((0.0, 0.3, 0.6)):
            shift = noise * chance.normal()
            rows.append({"strategy": strategy, "budget": budget, "seed": seed, "cost_per_pupil_year": net,
                         "cost_pot_support_end": 100.0, "cost_unspent_support_end": 100.0 * left,
                         "reach": value + world + shift, "equity_gap": 0.0, "pupil_gain_sd": value - 0.15,
                         "poorest_quarter_gain": value})  # fmt: skip
    return pd.DataFrame(rows)


POINTS = [
    ("none", np.nan, 0.0, 0.1, 1.0),
    ("a", 100.0, 10.0, 0.2, 0.0),
    ("a", 200.0, 20.0, 0.4, 0.0),
    ("b", 100.0, 10.1, 0.3, 0.0),  # 1 % dearer than a at 100, which counts as no more
    ("b", 200.0, 20.0, 0.4001, 0.5),  # not told from a at 200
    ("c", 100.0, -1.0, 0.05, 0.0),  # frees money, but gives less than nothing does
    ("c", 200.0, 30.0, 0.35, 0.02),  # a at 200 gives more for less
]


def test_the_front_is_what_one_counts_by_hand():
    found = points_table(made_up(POINTS), "reach").set_index(["strategy", "budget"])
    assert found["beaten_by"].tolist()[:-1] == ["", "b at 100", "", "", "", ""]
    assert found["beaten_by"].iloc[-1] in ("a at 200", "b at 200"), "the higher mean of two not told apart"
    assert found["on_front"].tolist() == [True, False, True, True, True, True, False]
    assert found["mark"].tolist() == ["", "", "", "", LEFT, FREES, ""]
    assert found["difference"].round(2).tolist()[1:] == [0.1, 0.3, 0.2, 0.3, -0.05, 0.25]
    assert found["harm"].tolist()[1:] == [0.0, 0.0, 0.0, 0.0, 1.0, 0.0] and set(found["draws"].iloc[1:]) == {3.0}
    assert found["harm_poorest"].tolist()[1:] == [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]


def test_chance_alone_beats_nobody():
    found = points_table(made_up(POINTS, noise=0.4), "reach")
    assert found["on_front"].all(), "with wide differences nothing is told apart"


def test_where_less_is_better_the_front_turns():
    smaller = "theil_between"
    assert MEASURE_INFO[smaller].direction == SMALLER
    found = points_table(made_up(POINTS).rename(columns={"reach": smaller}), smaller)
    assert found.loc[found["on_front"], "strategy"].tolist() == ["c"], "c at 100 has least for least"


def test_a_rank_among_none_and_a_distance_have_no_difference_to_none():
    found = points_table(made_up(POINTS), "equity_gap")
    assert found["difference"].isna().all() and found["on_front"].all()


def test_what_is_said_of_points():
    table = points_table(made_up(POINTS), "reach")
    table.loc[table["strategy"] == "c", "value"] = np.nan
    table.loc[table["strategy"] == "c", "on_front"] = False
    table.loc[table["strategy"] == "a", "on_front"] = False
    runs, sc = pd.DataFrame(), ds.load_scenario(CASE)
    found = Budget(scenario=sc, measure="reach", table=table, runs=runs, provenance={}, warnings=())
    assert found.lines[2:] == [
        "Beaten at every budget: a",
        "Without a value of reach: c",
        "c frees as much money as it costs, or more: at 100 frees 1.00 US dollars a pupil and year",
        "b cannot spend its pot: of the money of the years of support it leaves 50 % at 200",
    ]
    assert found.lines[1].endswith("not beaten: b 70.0 % (20.00)"), "worlds of 0, .3 and .6 on top of .4"
    (harm,) = found.harm
    assert harm.startswith("c: pupils gain less than without a programme in these draws: all pupils 3 of 3 at 100; ")


def test_a_small_world_in_words_files_and_points(tmp_path):
    found = ds.budget(CASE, ARMS, budgets=[6000, 500], replicates=2, overrides=TINY, workers=1, measure="reach",
                      progress=False)  # fmt: skip
    assert isinstance(found, Budget) and found.table["strategy"].tolist() == ["none", *ARMS[:1] * 2, *ARMS[1:] * 2]
    assert found.table["budget"].tolist()[1:] == [500.0, 6000.0] * 2
    assert found.scenario["money.spend"] == "stretch" and found.provenance["budgets"] == [500.0, 6000.0]
    assert set(found.front["strategy"]) <= {"none", *ARMS} and found.front["net"].is_monotonic_increasing
    assert found.runs.groupby(["strategy", "budget"], dropna=False).size().tolist() == [2] * 5
    seeds = found.runs.groupby(["strategy", "budget"], dropna=False)["seed"].apply(list)
    assert seeds.map(tuple).nunique() == 1, "the same seeds for all"
    # the same run as one of the model's own
    row = found.runs[(found.runs["strategy"] == ARMS[1]) & (found.runs["budget"] == 500.0)].iloc[0]
    own = TINY | {"money.spend": "stretch", "money.budget_per_teacher": 500}
    again = ds.ReformModel(CASE, rng=int(row["seed"]), strategy=ARMS[1], overrides=own).run().outcomes
    assert again["reach"] == row["reach"] and again["cost_per_pupil_year"] == row["cost_per_pupil_year"]
    net = found.table.set_index(["strategy", "budget"])["net"]
    assert net[(ARMS[1], 500.0)] < net[(ARMS[1], 6000.0)] and found.lines[0].startswith("500 US dollars per post")
    files = sorted(path.name for path in found.save(tmp_path / "out").iterdir())
    assert files == ["budget.txt", "figure.png", "figure.svg", "provenance.json", "runs.csv", "table.csv"]
    record = json.loads((tmp_path / "out" / "provenance.json").read_text("utf-8"))
    assert record["measure"] == "reach" and record["failed_runs"] == 0
    back = pd.read_csv(tmp_path / "out" / "table.csv")
    pd.testing.assert_series_equal(back["net"], found.table["net"])


def test_without_budgets_they_are_parts_of_the_scenarios():
    from diffusion_sim.analysis.budget import checked_budgets

    sc = ds.load_scenario(CASE).override({"money.budget_per_teacher": 800})
    assert checked_budgets(sc, None) == [100.0, 200.0, 400.0, 800.0, 1600.0]
    with pytest.raises(StudyError, match="is 0, of which no part can be spent"):
        checked_budgets(sc.override({"money.budget_per_teacher": 0}), None)


@pytest.mark.parametrize(
    ("said", "error", "told"),
    [
        ({"measure": "exposure_low_incom"}, StudyError, "did you mean 'exposure_low_income'"),
        ({"measure": 3}, StudyError, "measure: found 3; the name of one measure"),
        ({"measure": "cost_total"}, StudyError, "is money itself"),
        ({"measure": "concentration_index"}, StudyError, "says nothing about better"),
        ({"measure": "sustained_deep_use_1y_support_end"}, StudyError, "after the end of support only"),
        ({"strategies": ["directed_uniform"]}, StudyError, "found directed_uniform alone; two or more beside none"),
        ({"strategies": ["none"]}, StudyError, "found none alone"),
        ({"strategies": [*ARMS, ARMS[0]]}, StudyError, "named more than once"),
        ({"strategies": "staged"}, StudyError, "a list of strategy ids is allowed"),
        ({"strategies": ["staged", "stagd"]}, ds.errors.StrategyError, "stagd"),
        ({"budgets": []}, StudyError, "budgets: found 0; from 1 to 20"),
        ({"budgets": [0]}, StudyError, "budgets: found 0; US dollars above 0"),
        ({"budgets": [100, -5]}, StudyError, "budgets: found -5"),
        ({"budgets": [float("nan")]}, StudyError, "budgets: found nan"),
        ({"budgets": ["10"]}, StudyError, "budgets: found '10'"),
        ({"budgets": 100}, StudyError, "a list of US dollars"),
        ({"budgets": [100, 100.0]}, StudyError, "100 is named more than once"),
        ({"budgets": [2e6]}, ScenarioError, "money.budget_per_teacher"),
        ({"replicates": 1}, StudyError, "replicates: found 1; a whole number from 2"),
        ({"rng": -1}, StudyError, "rng: found -1"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(said, error, told):
    with pytest.raises(error, match=told):
        ds.budget(CASE, **{"strategies": ARMS, "progress": False, "workers": 1} | said)
