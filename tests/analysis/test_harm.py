"""Harm, counted by hand, and money per pupil."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis import harm, per_pupil
from diffusion_sim.analysis.arms import PER_TENTH
from diffusion_sim.analysis.paired import differences, table
from diffusion_sim.analysis.results import Comparison
from diffusion_sim.errors import StudyError
from diffusion_sim.measures import MEASURE_INFO, compares
from tests.analysis.studies_by_hand import rows
from tests.analysis.test_paired import frame, one


def counted(found):
    return {(row.strategy, row.measure): (row.worse, row.draws) for row in found.itertuples()}


def test_harm_by_hand():
    runs = frame(
        none={"pupil_gain_sd": [0.10, 0.10, 0.20, 0.05], "poorest_quarter_gain": [0.02, 0.03, 0.0, -0.01]},
        a={"pupil_gain_sd": [0.09, 0.30, 0.20, 0.04], "poorest_quarter_gain": [0.05, 0.03, 0.0, 0.09]},
        b={"pupil_gain_sd": [0.50, 0.60, 0.70, 0.80], "poorest_quarter_gain": [0.01, 0.02, 0.0, -0.01]},
    )
    found = harm.harm(runs)
    assert list(found.columns) == harm.COLUMNS
    # a tie is no harm: draw 3, and the last of b
    assert counted(found) == {
        ("a", "pupil_gain_sd"): (2, 4), ("a", "poorest_quarter_gain"): (0, 4),
        ("b", "pupil_gain_sd"): (0, 4), ("b", "poorest_quarter_gain"): (2, 4),
    }  # fmt: skip
    assert found["share"].tolist() == [0.5, 0.0, 0.0, 0.5]
    assert harm.lines(found)["a"] == (
        "pupils gain less than without a programme in 2 of 4 draws; pupils of the poorest quarter of schools in 0 of 4"
    )
    single = harm.lines(harm.harm(runs[runs["seed"] == runs["seed"].min()]))
    assert single["a"].startswith("pupils gain less than without a programme in 1 of 1 draw; ")


def test_harm_is_paired_by_seed():
    """The means say nothing of it: a is better on average, and worse in two draws of three."""
    runs = frame(none={"pupil_gain_sd": [0.1, 0.2, 0.3]}, a={"pupil_gain_sd": [0.0, 0.1, 3.0]})
    assert counted(harm.harm(runs)) == {("a", "pupil_gain_sd"): (2, 3)}
    assert counted(harm.harm(runs.iloc[::-1])) == {("a", "pupil_gain_sd"): (2, 3)}


def test_draws_are_those_that_both_have():
    runs = frame(none={"pupil_gain_sd": [0.1, math.nan, 0.3]}, a={"pupil_gain_sd": [0.0, 0.0, math.nan]})
    assert counted(harm.harm(runs)) == {("a", "pupil_gain_sd"): (1, 1)}


def test_without_none_harm_is_not_known():
    runs = frame(a={"pupil_gain_sd": [0.1, 0.2]}, b={"pupil_gain_sd": [0.1, 0.2]})
    assert harm.harm(runs).empty and harm.lines(harm.harm(runs)) == {}
    assert harm.said(harm.harm(runs)) == harm.UNKNOWN


def test_deep_use_below_none_is_no_harm():
    runs = frame(none={"poorest_quarter": [0.2]}, a={"poorest_quarter": [0.1]})
    assert harm.harm(runs).empty


def gains(seed, strategy, more):
    """(pupils' gain, that of the poorest quarter), added up from the schools of one run."""
    schools = ds.ReformModel("mid_size_district", rng=seed, strategy=strategy, overrides=more).run().schools_frame()
    schools = schools.sort_values("poverty", ascending=False)
    left, poorest, quarter = schools["pupils"].sum() / 4, 0.0, schools["pupils"].sum() / 4
    for row in schools.itertuples():
        poorest += min(row.pupils, left) * row.pupil_gain_sd / quarter
        left -= min(row.pupils, left)
    return (schools["pupils"] * schools["pupil_gain_sd"]).sum() / schools["pupils"].sum(), poorest


LOSING = {"pupils.load": 1, "pupils.ready_enough": 1}  # every school is short of ready, and the programme weighs on it
GENTLE = {"pupils.substitute": 1, "pupils.dip": 0}  # no support and no new use costs pupils anything


@pytest.mark.parametrize(("more", "expected"), [(LOSING, (4, 4)), (GENTLE, (0, 0))], ids=["losing", "gentle"])
def test_support_that_schools_are_not_ready_for_is_harm(more, expected):
    """Four schools, all made to take part for one year; counted again from their schools, run by run."""
    more = {"population.schools": 4, "population.teachers_mean": 8, "programme.years_support": 1,
            "programme.years_after": 0, **more}  # fmt: skip
    found = ds.compare("mid_size_district", ["none", "directed_uniform"], replicates=4, workers=1, overrides=more,
                       progress=False, full_intensity=False)  # fmt: skip
    worse = np.zeros(2, dtype=int)
    for seed in found.runs["seed"].unique():
        own, none = (gains(int(seed), name, more) for name in ("directed_uniform", "none"))
        worse += np.array(own) < np.array(none)
        row = found.runs[(found.runs["seed"] == seed) & (found.runs["strategy"] == "directed_uniform")].iloc[0]
        assert (row["pupil_gain_sd"], row["poorest_quarter_gain"]) == pytest.approx(own, abs=1e-12)
    assert tuple(worse) == expected
    assert list(counted(found.harm).values()) == [(expected[0], 4), (expected[1], 4)]
    all_pupils, poorest = expected
    assert harm.lines(found.harm) == {
        "directed_uniform": f"pupils gain less than without a programme in {all_pupils} of 4 draws; "
        f"pupils of the poorest quarter of schools in {poorest} of 4"
    }


def test_harm_of_each_cell_of_a_study():
    gain = {(0, "none"): [0.1, 0.2], (0, "a"): [0.0, 0.1], (1, "none"): [0.1, 0.2], (1, "a"): [0.0, 0.3],
            (2, "none"): [0.1, None], (2, "a"): [None, 0.1]}  # fmt: skip
    runs = pd.concat([rows({cell: {"pupil_gain_sd": values} for cell, values in gain.items()}, scenario=name)
                      for name in ("x", "y")])  # fmt: skip
    found = harm.harm_by_cell(runs)
    assert list(found.columns) == ["scenario", "point", *harm.COLUMNS]
    assert found[["scenario", "point", "worse", "draws"]].to_numpy().tolist() == [
        ["x", 0, 2, 2], ["x", 1, 1, 2], ["y", 0, 2, 2], ["y", 1, 1, 2],
    ]  # fmt: skip
    assert harm.harm_by_cell(runs[runs["strategy"] == "a"]).empty


def test_nothing_that_says_nothing_stands_against_none_in_a_comparison():
    columns = {name + end: [1.0, 3.0] for name in MEASURE_INFO for end in ("", "_support_end")}
    runs = frame(none=columns, a=columns, b=columns)
    series = pd.DataFrame(columns=["strategy", "seed", "week"])
    against_none = Comparison.from_runs(runs, series)
    found = set(against_none.differences["measure"])
    assert {"reach", "poorest_quarter", "pupil_gain_sd", "poorest_quarter_gain", "deep_use_1y"} <= found
    assert found == {name for name in found if compares(name, "none", MEASURE_INFO)}
    assert not found & {"equity_ratio", "equity_gap", "cost_total", "sustained_deep_use_1y", "ratio_kept"}
    assert {"equity_ratio", "cost_total"} <= set(against_none.table["measure"])  # levels stand there
    other = Comparison.from_runs(runs, series, baseline="a").differences
    assert {"equity_ratio", "cost_total", "sustained_deep_use_1y"} <= set(other["measure"])
    assert {"none", "b"} == set(other["strategy"])


def test_money_per_pupil_by_hand():
    """A world's own pupils; 72 weeks are two years."""
    years = {"population.schools": 4, "programme.years_support": 1, "programme.years_after": 1}
    model = ds.ReformModel("mid_size_district", rng=3, strategy="directed_uniform", overrides=years).run()
    pupils, found = model.state.schools.pupils.sum(), model.outcomes
    assert found[per_pupil.WHOLE] == pytest.approx(found["cost_total"] / pupils) and found["cost_total"] > 0
    assert found[per_pupil.PER_YEAR] == pytest.approx(found["cost_total"] / pupils / 2)
    assert per_pupil.in_words(12.3456) == "12.35" and per_pupil.in_words(-3.0) == "frees 3.00"
    runs = pd.DataFrame({"strategy": ["a", "a", "b"], per_pupil.PER_YEAR: [1.0, 2.0, -5.0]})
    assert per_pupil.said(runs, "spent")[0].endswith("a 1.50, b frees 5.00")


def test_dollars_for_a_tenth_of_an_sd():
    runs = frame(
        none={"cost_per_pupil": [0, 0], "pupil_gain_sd": [0.1, 0.2]},
        a={"cost_per_pupil": [90, 110], "pupil_gain_sd": [0.3, 0.6]},
        worse={"cost_per_pupil": [90, 110], "pupil_gain_sd": [0.0, 0.1]},
    )
    # 200 dollars for .6 SD: 33.3 for .1
    assert one(table(runs), strategy="a", measure=PER_TENTH)["mean"] == pytest.approx(200 / 6)
    assert one(differences(runs), strategy="a", measure=PER_TENTH)["difference"] == pytest.approx(200 / 6)
    assert math.isnan(one(table(runs), strategy="worse", measure=PER_TENTH)["mean"])
    with pytest.raises(StudyError):
        table(runs[runs["strategy"] != "none"], [PER_TENTH])
