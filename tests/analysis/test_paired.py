"""Comparisons: numbers worked out by hand, the rules for ratios and undefined values, and the files they become."""

from __future__ import annotations

import json
import math
import os
import sys
import types

import numpy as np
import pandas as pd
import pytest

from diffusion_sim import measures
from diffusion_sim.analysis import arms, paired, results
from diffusion_sim.errors import StoreError, StudyError


def frame(**arms):
    """Runs of arms: each arm a dict outcome -> values by run; seeds are 1, 2, ... unless the arm has its own."""
    rows = []
    for strategy, columns in arms.items():
        size = len(next(iter(columns.values())))
        for i in range(size):
            values = {name: column[i] for name, column in columns.items()}
            seed = values.pop("seed", i + 1)
            rows.append({"scenario": "x", "strategy": strategy, "replicate": i, "seed": seed, "seconds": 0.1} | values)
    return pd.DataFrame(rows)


def one(table, **where):
    """The only row of a table with these values."""
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


# ---- means and differences ---------------------------------------------------------------------------------------

T2 = 4.302652729911275  # .975 quantile of Student's t with 2 degrees of freedom (any table: 4.303)


def test_mean_with_t_interval():
    row = one(paired.table(frame(a={"reach": [0.1, 0.2, 0.6]})), measure="reach")
    # mean .3, squared deviations .04 + .01 + .09 = .14, variance .07
    assert row["mean"] == pytest.approx(0.3)
    assert row["sd"] == pytest.approx(math.sqrt(0.07))
    half = T2 * math.sqrt(0.07 / 3)
    assert (row["low"], row["high"]) == pytest.approx((0.3 - half, 0.3 + half))
    assert row["n"] == 3


def test_paired_difference():
    runs = frame(none={"reach": [0.1, 0.2, 0.6]}, a={"reach": [0.3, 0.3, 0.9]})
    table = paired.differences(runs)
    assert list(table.columns) == paired.DIFFERENCES
    row = one(table, measure="reach", strategy="a", baseline="none")
    # differences .2 .1 .3: mean .2, variance .01; variances of the arms .07 and .12
    half = T2 * math.sqrt(0.01 / 3)
    assert (row["difference"], row["low"], row["high"]) == pytest.approx((0.2, 0.2 - half, 0.2 + half))
    assert row["variance_factor"] == pytest.approx((0.07 + 0.12) / 0.01)
    assert row["p_better"] == 1.0
    assert row["n"] == 3


def test_correlation_between_pairs():
    runs = frame(a={"reach": [1, 2, 3]}, b={"reach": [2, 1, 3]}, c={"reach": [5, 5, 5]})
    table = paired.differences_between(runs, [("a", "b"), ("a", "c")])
    # deviations -1 0 1 and 0 -1 1: covariance 1/2, variances 1
    assert one(table, strategy="a", baseline="b")["correlation"] == pytest.approx(0.5)
    assert one(table, strategy="a", baseline="b")["variance_factor"] == pytest.approx(2 / 1)  # differences -1 1 0
    assert math.isnan(one(table, strategy="a", baseline="c")["correlation"])


@pytest.mark.parametrize(
    ("measure", "own", "other", "better"),
    [
        ("reach", [1, 2, 3, 4], [0, 2, 4, 3], (1 + 0.5 + 0 + 1) / 4),
        ("cost_total", [1, 2, 3, 4], [0, 2, 4, 3], (0 + 0.5 + 1 + 0) / 4),
        ("concentration_index", [-0.1, 0.1, -0.3, 0.0], [0.2, -0.1, 0.2, 0.1], (1 + 0.5 + 0 + 1) / 4),
        ("discontinued_support_end", [0.1, 0.1], [0.2, 0.2], 1.0),
        ("teachers", [1, 2], [2, 3], math.nan),
        ("flow_left", [1, 2], [2, 3], math.nan),
    ],
)
def test_share_of_seeds_better(measure, own, other, better):
    extra = {"ever_users_support_end": [5] * len(own)} if measure.startswith("disc") else {}
    runs = frame(none={measure: other} | extra, a={measure: own} | extra)
    row = one(paired.differences(runs, measures=[measure]), measure=measure)
    assert row["p_better"] == pytest.approx(better, nan_ok=True)


def test_arms_pair_on_the_seeds_they_share_whatever_the_order():
    runs = frame(
        none={"seed": [2**63 + 1, 4, 8], "reach": [0.1, 0.2, 0.3]},
        a={"seed": [8, 9, 2**63 + 1], "reach": [0.9, 5.0, 0.5]},
    )
    row = one(paired.differences(runs), measure="reach")
    assert row["n"] == 2
    assert row["difference"] == pytest.approx(0.5)  # .9 - .3 and .5 - .1
    assert one(paired.table(runs), strategy="a")["n"] == 3
    shuffled = runs.iloc[[0, 5, 1, 3, 2, 4]]
    pd.testing.assert_frame_equal(paired.differences(shuffled), paired.differences(runs))


def test_one_seed_has_no_interval():
    runs = frame(
        none={"reach": [0.1], "mean_depth": [0.5], "users": [4]}, a={"reach": [0.4], "mean_depth": [0.7], "users": [8]}
    )
    row = one(paired.table(runs), strategy="a", measure="reach")
    assert row["mean"] == 0.4 and row["n"] == 1
    assert math.isnan(row["sd"]) and math.isnan(row["low"]) and math.isnan(row["high"])
    for measure, difference in (("reach", 0.3), ("mean_depth", 0.2)):
        row = one(paired.differences(runs), measure=measure)
        assert row["difference"] == pytest.approx(difference)
        assert math.isnan(row["low"]) and math.isnan(row["high"]) and math.isnan(row["variance_factor"])


def test_undefined_runs_do_not_count():
    runs = frame(none={"deep_use_1y": [0.1, math.nan, 0.3]}, a={"deep_use_1y": [math.nan, 0.5, 0.5]})
    assert one(paired.table(runs), strategy="none")["n"] == 2
    assert one(paired.table(runs), strategy="none")["mean"] == pytest.approx(0.2)
    assert one(paired.differences(runs), strategy="a")["n"] == 1
    nothing = frame(none={"deep_use_1y": [math.nan] * 3})
    row = one(paired.table(nothing), strategy="none")
    assert row["n"] == 0 and math.isnan(row["mean"])


def test_identical_arms():
    row = one(paired.differences(frame(none={"reach": [1, 2]}, a={"reach": [1, 2]})), strategy="a")
    assert row["difference"] == row["low"] == row["high"] == 0
    assert row["variance_factor"] == math.inf and row["p_better"] == 0.5


def test_interval_covers_the_true_difference():
    """Nominal 95 %: of 400 comparisons between 364 and 393 cover (binomial; fails 1 time in 1,000 by chance)."""
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(400):
        common = rng.normal(size=8)
        runs = frame(none={"reach": common}, a={"reach": common + 0.3 + rng.normal(scale=0.2, size=8)})
        row = one(paired.differences(runs), measure="reach")
        covered += row["low"] <= 0.3 <= row["high"]
    assert 364 <= covered <= 393


# ---- ratios --------------------------------------------------------------------------------------------------------


def test_ratio_is_the_ratio_of_means():
    # 1 user of quality .9, 9 users of quality .1: together 10 users, sum of quality .9 + .9
    runs = frame(none={"mean_depth": [0.9, 0.1], "users": [1, 9]}, a={"mean_depth": [0.5, 0.5], "users": [5, 5]})
    row = one(paired.table(runs), strategy="none", measure="mean_depth")
    assert row["mean"] == pytest.approx(0.18)
    assert math.isnan(row["sd"]) and row["n"] == 2
    assert (row["low"], row["high"]) == pytest.approx((0.1, 0.9))  # the two pure samples
    row = one(paired.differences(runs), measure="mean_depth")
    assert row["difference"] == pytest.approx(0.5 - 0.18)
    assert math.isnan(row["variance_factor"]) and row["p_better"] == 0.5 and row["n"] == 2


def test_a_run_without_users_still_counts_in_the_ratio():
    runs = frame(none={"owned_share": [0.5, math.nan, 1.0], "users": [4, 0, 2]})
    row = one(paired.table(runs), measure="owned_share")
    assert row["mean"] == pytest.approx(4 / 6) and row["n"] == 3


def test_sustained_use_divides_mean_levels():
    columns = {
        "sustained_deep_use_1y": [0.5, 2.0],
        "deep_use_1y": [0.2, 0.1],
        "deep_use_support_end": [0.4, 0.05],
        "sustained_deep_use_1y_support_end": [math.nan, math.nan],
        "deep_use_1y_support_end": [math.nan, math.nan],
    }
    table = paired.table(frame(none=columns))
    assert one(table, measure="sustained_deep_use_1y")["mean"] == pytest.approx(0.3 / 0.45)


def test_what_comes_after_support_has_no_row_at_its_end():
    later = [name for name, info in measures.MEASURE_INFO.items() if info.later]
    assert "sustained_deep_use_1y" in later and "cost_per_sustained_user" in later and "reach" not in later
    columns = {m: [1.0, 3.0] for m in measures.MEASURES} | {f"{m}_support_end": [1.0, 3.0] for m in measures.MEASURES}
    runs = frame(none=columns, a=columns)
    for table in (paired.table(runs), paired.differences(runs)):
        names = set(table["measure"])
        assert not names & {f"{name}_support_end" for name in later}
        assert {*measures.MEASURES, "reach_support_end", "cost_total_support_end"} <= names
    with pytest.raises(StudyError, match="'deep_use_1y_support_end' is unknown"):
        paired.table(runs, ["deep_use_1y_support_end"])


@pytest.mark.parametrize("name", [name for name, info in measures.MEASURE_INFO.items() if info.parts])
def test_every_ratio_finds_its_parts(name):
    """On a full set of outcomes each ratio, at the end and at the end of support, is computed without complaint."""
    assert name.startswith(
        (
            "discontinued",
            "mean_depth",
            "kept_schools",
            "owned",
            "equity_ratio",
            "sustained",
            "retained",
            "cost_per_sustained",
            "mean_fit",
            "claimed_success",
            "true_improvement",
            "borrowed_variant",
            "ratio_",
            "leader_skill",
            "enrolled_",
            "takers_",
        )
    )
    columns = {m: [1.0, 3.0] for m in measures.MEASURES} | {f"{m}_support_end": [1.0, 3.0] for m in measures.MEASURES}
    table = paired.table(frame(none=columns))
    found = one(table, measure=name)["mean"]
    value_times_bottom = measures.MEASURE_INFO[name].parts[0] == ""
    assert found == pytest.approx(10 / 4 if value_times_bottom else 1.0)  # (1x1 + 3x3)/(1 + 3), or 4/4


def test_parts_of_the_equity_ratio_multiply_to_it_over_runs():
    """As ratios of means, for which the product of the runs' own values would not do; by hand, and in the bootstrap."""
    rng = np.random.default_rng(3)
    low = {name: rng.uniform(0.1, 0.9, 12) for name in ("", "_reach", "_ever")}
    other = {name: rng.uniform(0.1, 0.9, 12) for name in ("", "_reach", "_ever")}
    columns = {f"exposure_low_income{name}": x for name, x in low.items()}
    columns |= {f"exposure_other{name}": x for name, x in other.items()}
    columns["equity_ratio"] = low[""] / other[""]
    columns["ratio_ever"] = low["_ever"] / other["_ever"]
    columns["ratio_kept"] = (low["_reach"] / low["_ever"]) / (other["_reach"] / other["_ever"])
    columns["ratio_deepened"] = (low[""] / low["_reach"]) / (other[""] / other["_reach"])
    runs = frame(a=columns, b={name: x[::-1] for name, x in columns.items()})
    table = paired.table(runs).set_index(["strategy", "measure"])
    mean = table.loc["a", "mean"]
    parts = [mean[name] for name in ("ratio_ever", "ratio_kept", "ratio_deepened")]
    assert math.prod(parts) == pytest.approx(mean["equity_ratio"], rel=1e-12)
    assert mean["equity_ratio"] == pytest.approx(low[""].mean() / other[""].mean())
    assert mean["ratio_kept"] == pytest.approx(
        (low["_reach"].mean() / low["_ever"].mean()) / (other["_reach"].mean() / other["_ever"].mean())
    )
    kept = table.loc[("a", "ratio_kept")]
    assert kept["low"] < kept["mean"] < kept["high"] and kept["n"] == 12
    row = one(paired.differences(runs, "b", ["ratio_kept"]), strategy="a")
    assert row["difference"] == pytest.approx(0.0, abs=1e-12) and row["low"] < 0 < row["high"]


def test_bootstrap_interval_agrees_with_the_delta_method():
    """Ratio of means of 400 seeds: bootstrap and Taylor intervals agree to a tenth of their width."""
    rng = np.random.default_rng(7)
    users = rng.integers(20, 60, 400).astype(float)
    depth = 0.4 + rng.normal(scale=0.1, size=400)
    row = one(paired.table(frame(none={"mean_depth": depth, "users": users})), measure="mean_depth")
    ratio = (depth * users).sum() / users.sum()
    se = (depth * users - ratio * users).std(ddof=1) / math.sqrt(400) / users.mean()
    assert row["mean"] == pytest.approx(ratio)
    assert (row["low"], row["high"]) == pytest.approx((ratio - 1.96 * se, ratio + 1.96 * se), abs=0.1 * 3.92 * se)


def test_bootstrap_is_reproducible_and_seeded():
    runs = frame(none={"mean_depth": np.linspace(0.2, 0.9, 12), "users": np.arange(12) + 3})
    first, second, other = (paired.table(runs, rng=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first, second)
    pd.testing.assert_frame_equal(first, paired.table(runs.iloc[::-1], rng=5).reindex(first.index))
    assert one(first, measure="mean_depth")["low"] != one(other, measure="mean_depth")["low"]


def test_cost_per_additional_deep_user():
    runs = frame(
        none={"cost_total": [0, 10, 0], "deep_users": [1, 2, 3]},
        a={"cost_total": [100, 110, 130], "deep_users": [3, 5, 4]},
        worse={"cost_total": [50, 50, 50], "deep_users": [1, 1, 1]},
    )
    for table, value in ((paired.table(runs), "mean"), (paired.differences(runs), "difference")):
        row = one(table, strategy="a", measure=arms.ADDITIONAL)
        assert row[value] == pytest.approx(330 / 6)  # (100 + 100 + 130) / (2 + 3 + 1)
        assert row["low"] == pytest.approx(100 / 3) and row["high"] == pytest.approx(
            130
        )  # 1 sample in 27 holds one seed only
        assert math.isnan(one(table, strategy="worse", measure=arms.ADDITIONAL)[value])
    assert arms.ADDITIONAL not in set(paired.table(runs[runs["strategy"] != "none"])["measure"])
    assert arms.ADDITIONAL not in set(paired.differences(runs, "a")["measure"])


def test_cost_per_tenth_sd():
    """Dollars a pupil beyond none's over tenths of a standard deviation beyond none's; freed money counts."""
    runs = frame(
        none={"cost_per_pupil": [0, 1, 0], "pupil_gain_sd": [0.0, 0.1, 0.2]},
        a={"cost_per_pupil": [10, 21, 30], "pupil_gain_sd": [0.1, 0.2, 0.6]},
        frees={"cost_per_pupil": [-6, -6, -6], "pupil_gain_sd": [0.1, 0.2, 0.3]},
        worse={"cost_per_pupil": [5, 5, 5], "pupil_gain_sd": [0.0, 0.1, 0.2]},
    )
    for table, value in ((paired.table(runs), "mean"), (paired.differences(runs), "difference")):
        row = one(table, strategy="a", measure=arms.PER_TENTH)
        assert row[value] == pytest.approx(60 / 6)  # (10 + 20 + 30) / (1 + 1 + 4 tenths)
        assert row["low"] == pytest.approx(30 / 4) and row["high"] == pytest.approx(20)
        assert one(table, strategy="frees", measure=arms.PER_TENTH)[value] == pytest.approx(-19 / 3)
        assert math.isnan(one(table, strategy="worse", measure=arms.PER_TENTH)[value])  # no more than none
    assert arms.ADDITIONAL not in set(paired.table(runs)["measure"])  # without deep users in the table
    assert arms.PER_TENTH not in set(paired.differences(runs, "a")["measure"])


def test_cost_interval_opens_where_nothing_may_have_been_bought():
    runs = frame(
        none={"cost_total": [0] * 4, "deep_users": [5] * 4},
        a={"cost_total": [10] * 4, "deep_users": [9, 2, 8, 4]},
    )
    row = one(paired.table(runs), strategy="a", measure=arms.ADDITIONAL)
    assert row["mean"] == pytest.approx(40 / 3) and row["high"] == math.inf and row["low"] < row["mean"]


# ---- flows -----------------------------------------------------------------------------------------------------------


def test_flows_per_hundred_teachers():
    runs = frame(
        none={"flow_left": [10, 30], "teachers": [50, 100]},
        a={"flow_left": [20, 30], "teachers": [50, 100]},
    )
    table = paired.flows(runs)
    assert list(table.columns) == paired.FLOW_TABLE
    assert one(table, strategy="none", flow="left")["mean"] == pytest.approx(25)  # 20 and 30 per hundred
    row = one(table, strategy="a", flow="left")
    assert (row["mean"], row["difference"]) == pytest.approx((35, 10))  # differences 20 and 0
    assert row["low"] < 0 < row["high"]
    assert math.isnan(one(table, strategy="none", flow="left")["difference"])
    assert paired.flows(frame(none={"reach": [1]})).empty


# ---- what is refused -------------------------------------------------------------------------------------------------

TWO = frame(none={"reach": [0.1, 0.2]}, a={"reach": [0.3, 0.4]})


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: paired.table(TWO, ["reech"]), "'reech' is unknown; did you mean 'reach'"),
        (lambda: paired.table(TWO, ["deep_use"]), "no column 'deep_use'"),
        (lambda: paired.table(TWO, [arms.ADDITIONAL]), "no column 'cost_total'"),
        (lambda: paired.table(TWO[TWO["strategy"] == "a"], [arms.ADDITIONAL]), "'none' is not among the runs"),
        (lambda: paired.differences(TWO, "nome"), "baseline 'nome' is not among the runs.*did you mean 'none'"),
        (lambda: paired.differences_between(TWO, [("b", "a")]), "strategy 'b' is not among the runs"),
        (lambda: paired.table(TWO.drop(columns="seed")), "needs a column 'seed'"),
        (lambda: paired.table(TWO.iloc[:0]), "no rows"),
        (lambda: paired.table(pd.concat([TWO, TWO])), "seed 1 occurs more than once in strategy 'none'"),
        (lambda: paired.table(pd.concat([TWO, TWO.assign(scenario="y")])), "one scenario.*x, y"),
        (lambda: paired.table(TWO.assign(mean_depth=0.5)), "'users', which 'mean_depth' is computed from"),
        (lambda: paired.flows(TWO.assign(flow_left=1)), "no column 'teachers'"),
    ],
)
def test_refusals_say_what_is_wrong(call, says):
    with pytest.raises(StudyError, match=says):
        call()


# ---- the object and its files ----------------------------------------------------------------------------------------


@pytest.fixture
def comparison(monkeypatch):
    from matplotlib.figure import Figure

    def compare_figure(comparison, ax=None):
        figure = Figure() if ax is None else ax.figure
        (figure.subplots() if ax is None else ax).plot(comparison.runs["reach"])
        return figure

    viz = types.ModuleType("diffusion_sim.viz")
    viz.compare_figure = compare_figure
    monkeypatch.setitem(sys.modules, "diffusion_sim.viz", viz)
    runs = frame(none={"reach": [0.1, 0.2]}, a={"reach": [-0.3, 0.4]}).assign(error=["", "=1+1", "<b>", "-"])
    return results.Comparison.from_runs(
        runs, pd.DataFrame(), provenance={"seeds": np.array([1, 2]), "version": "x"}, warnings=["<script> outside"]
    )


FILES = [
    *("account.csv", "differences.csv", "figure.png", "figure.svg", "flows.csv", "provenance.json"),
    *("runs.csv", "table.csv"),
]


def test_save_writes_the_files_and_nothing_else(comparison, tmp_path):
    folder = tmp_path / "new" / "out"
    assert comparison.save(folder) == folder
    assert sorted(os.listdir(folder)) == FILES
    pd.testing.assert_frame_equal(pd.read_csv(folder / "table.csv"), comparison.table, check_dtype=False)
    record = json.loads((folder / "provenance.json").read_text())
    assert "apostrophe" in record.pop("text_in_csv")
    assert record == {"seeds": [1, 2], "version": "x", "warnings": ["<script> outside"]}
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_saving_again_replaces_and_gives_the_same_bytes(comparison, tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    (tmp_path / "table.csv").write_text("old")
    comparison.save(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    comparison.save(tmp_path)
    assert before == {name: (tmp_path / name).read_bytes() for name in FILES}
    assert sorted(os.listdir(tmp_path)) == sorted([*FILES, "mine.txt"])


def test_text_that_looks_like_a_formula_is_defused_numbers_are_not(comparison, tmp_path):
    comparison.save(tmp_path)
    lines = (tmp_path / "runs.csv").read_text().splitlines()
    assert lines[2].endswith(",0.2,'=1+1")
    assert lines[3].endswith(",-0.3,<b>")
    assert lines[4].endswith(",'-")
    results.write_csv(pd.DataFrame({"@x": ["+1", "a"], "y": [-1, -2]}), tmp_path / "head.csv")
    assert (tmp_path / "head.csv").read_text() == "'@x,y\n'+1,-1\na,-2\n"


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_no_unicode_is_written_in_words(tmp_path, plain):
    frame = pd.DataFrame({"x": pd.Series(["a\udcf1", None, "é"], dtype=object), "y": [1.5, 2.0, -1.0]})
    results.write_csv(frame, tmp_path / "t.csv", plain)
    assert (tmp_path / "t.csv").read_text("utf-8") == "x,y\na\\udcf1,1.5\n,2.0\né,-1.0\n"


def test_plain_ids(comparison, tmp_path):
    comparison.save(tmp_path, plain_ids=True)
    assert (tmp_path / "runs.csv").read_text().splitlines()[2].endswith(",0.2,=1+1")
    assert "as it is" in json.loads((tmp_path / "provenance.json").read_text())["text_in_csv"]
    with pytest.raises(StoreError, match="plain_ids: found 1; True or False is allowed"):
        comparison.save(tmp_path, plain_ids=1)


def test_a_folder_that_cannot_be_written(comparison, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for place in (file, file / "below"):
        with pytest.raises(StoreError, match="cannot write results into"):
            comparison.save(place)
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(comparison, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot write results into"):
            comparison.save(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_nothing_half_written(comparison, tmp_path, monkeypatch):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "table.csv").write_text("old")

    def full(*args, **keywords):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full)
    for place in ("old", "new"):
        with pytest.raises(StoreError, match="No space left"):
            comparison.save(tmp_path / place)
    assert os.listdir(tmp_path) == ["old"]
    assert os.listdir(tmp_path / "old") == ["table.csv"]
    assert (tmp_path / "old" / "table.csv").read_text() == "old"


def test_a_folder_in_the_place_of_a_file(comparison, tmp_path):
    (tmp_path / "figure.png").mkdir()
    with pytest.raises(StoreError, match="'figure.png' there is a folder"):
        comparison.save(tmp_path)
    assert os.listdir(tmp_path) == ["figure.png"]


def test_html_is_escaped_and_text_is_short(comparison):
    table = comparison.table.assign(strategy=["<i>none", "a"])
    shown = results.Comparison(table, *[comparison.runs] * 4, warnings=comparison.warnings)._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert "<i>" not in shown and "&lt;i&gt;none" in shown
    assert "none, a: 4 runs" in repr(comparison)


def test_plot_draws_into_the_axes_given(comparison):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert comparison.plot(axes) is axes.figure
    assert len(axes.lines) == 1
