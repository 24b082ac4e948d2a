"""What a study says: paired tables by hand, what intervals cover, the best strategies, precision, errors, files."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from diffusion_sim.analysis import paired
from diffusion_sim.analysis.cells import mean_intervals
from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.analysis.studies import Study
from diffusion_sim.analysis.study_best import holm
from diffusion_sim.errors import StoreError, StudyError
from tests.analysis.studies_by_hand import precision, rows, spec, study

MEASURES = ("reach", "equity_gap", "mean_depth", "users", "concentration_index", "deep_use")


def one(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def drawn_cells(points=3, replicates=12, arms=("none", "a", "b"), seed=2):
    rng = np.random.default_rng(seed)
    cells = {}
    for p in range(points):
        base = rng.normal(0.3, 0.05, replicates)
        for k, arm in enumerate(arms):
            reach = base + 0.05 * k + 0.02 * p * k + rng.normal(0, 0.02, replicates)
            cells[p, arm] = {
                "reach": reach,
                "equity_gap": rng.normal(-0.02, 0.01, replicates),
                "mean_depth": rng.normal(0.4, 0.05, replicates),
                "users": 100 * reach,
                "concentration_index": rng.normal(0.0, 0.1, replicates),
                "deep_use": reach / 2,
            }
    return cells


# ---- differences -----------------------------------------------------------------------------------------------------


def test_a_cell_says_what_compare_says():
    """Point by point the table is that of analysis.paired, holes and failed runs included."""
    cells = drawn_cells()
    cells[1, "a"]["reach"][3] = np.nan
    cells[1, "b"]["reach"] = [None, *cells[1, "b"]["reach"][1:]]
    whole = study(cells)
    names = [name for name in MEASURES if name != "mean_depth"]
    table = whole.differences(names)
    assert list(table.columns)[:2] == ["scenario", "point"]
    for p in range(3):
        runs = whole.runs[(whole.runs["point"] == p) & (whole.runs["status"] == "ok")]
        by_hand = paired.differences(runs, "none", names)
        own = table[table["point"] == p].reset_index(drop=True)
        for column in paired.DIFFERENCES:
            if pd.api.types.is_numeric_dtype(by_hand[column]):
                np.testing.assert_allclose(own[column], by_hand[column], rtol=1e-9, atol=1e-12)
            else:
                assert own[column].astype(str).tolist() == by_hand[column].tolist()


def test_ratios_are_ratios_of_means():
    whole = study(drawn_cells(replicates=60))
    own = whole.differences(["mean_depth"])
    boot = whole.differences(["mean_depth"], ratios="bootstrap")
    for p in range(3):
        by_hand = paired.differences(whole.runs[whole.runs["point"] == p], "none", ["mean_depth"])
        for table in (own, boot):
            np.testing.assert_allclose(table[table["point"] == p]["difference"], by_hand["difference"], rtol=1e-9)
        np.testing.assert_allclose(boot[boot["point"] == p]["low"], by_hand["low"], rtol=1e-12)
        width = (own["high"] - own["low"])[own["point"] == p].to_numpy()
        np.testing.assert_allclose(width, by_hand["high"] - by_hand["low"], rtol=0.15)
    assert own["variance_factor"].isna().all()


def test_bootstrap_where_a_cell_has_no_pair_of_runs():
    """Both strategies have runs at point 0, but no replicate in common."""
    cells = drawn_cells(arms=("none", "a"))
    cells[0, "none"] = {name: [*values[:6], *[None] * 6] for name, values in cells[0, "none"].items()}
    cells[0, "a"] = {name: [*[None] * 6, *values[6:]] for name, values in cells[0, "a"].items()}
    table = study(cells).differences(["mean_depth"], ratios="bootstrap")
    assert table["point"].tolist() == [1, 2] and table["low"].notna().all()


def test_linear_intervals_of_ratios_cover():
    """Differences of ratios of means whose denominators vary: 95 %, standard error .8 points over 750 studies."""
    rng = np.random.default_rng(6)
    users = rng.uniform(20, 100, (3, 750, 40))
    depth = (
        0.3 + 0.002 * users + rng.normal(0, 0.05, users.shape)
    )  # deeper where there are more: means of ratios differ
    truth = 0.3 + 0.002 * (60**2 + 80**2 / 12) / 60
    cells = {(p, arm): {"users": users[k, p], "mean_depth": depth[k, p]} for p in range(750)
             for k, arm in enumerate(("none", "a"))}  # fmt: skip
    table = study(cells).differences(["mean_depth"])
    held = ((table["low"] <= 0) & (table["high"] >= 0)).mean()
    assert 0.93 <= held <= 0.975
    assert abs(np.average(depth[0], weights=users[0]) - truth) < 0.002


def test_over_a_grid_units_are_replicates():
    whole = study(drawn_cells())
    row = one(whole.differences(["reach"], by="scenario"), strategy="a")
    apart = np.mean([_apart(whole, p) for p in range(3)], axis=0)
    mean, _, low, high, n = mean_interval(apart)
    assert (row["difference"], row["low"], row["high"], row["n"], row["runs"]) == pytest.approx(
        (mean, low, high, 12, 36)
    )
    assert row["covers"] == "chance only: replicates, over the points of this grid, which are chosen, not drawn"
    assert one(whole.differences(["reach"]), strategy="a", point=1)["covers"] == (
        "chance only: replicates at fixed parameters"
    )


def _apart(whole, point, strategy="a", measure="reach"):
    runs = whole.runs[whole.runs["point"] == point].pivot(index="replicate", columns="strategy", values=measure)
    return (runs[strategy] - runs["none"]).to_numpy()


def test_over_drawn_points_units_are_points():
    """More seeds at a point are not more draws of the parameters."""
    cells = drawn_cells(points=8)
    whole = study(cells, kind="sobol", seeds="by_point")
    row = one(whole.differences(["reach"], by="scenario"), strategy="a")
    mean, _, low, high, n = mean_interval(np.array([_apart(whole, p).mean() for p in range(8)]))
    assert (row["difference"], row["low"], row["high"]) == pytest.approx((mean, low, high))
    assert (row["n"], row["runs"]) == (8, 96)
    assert row["covers"] == "parameters and chance: points drawn from their ranges, one value a point"
    wrong = one(study(cells).differences(["reach"], by="scenario"), strategy="a")
    assert row["high"] - row["low"] > 1.5 * (wrong["high"] - wrong["low"])


def test_drawn_points_on_common_seeds_say_so():
    whole = study(drawn_cells(), kind="latin_hypercube", seeds="common")
    assert "parameters only" in whole.differences(["reach"], by=None).attrs["covers"]
    assert "same seeds" in whole.differences(["reach"], by=None).attrs["covers"]


def test_a_replicate_missing_at_one_point_does_not_tilt_the_grid():
    """The point with the largest effect lacks a replicate: that replicate is left out at all points."""
    cells = drawn_cells()
    cells[2, "a"]["reach"][5] = np.nan
    row = one(study(cells).differences(["reach"], by="scenario"), strategy="a")
    whole = study(drawn_cells())
    kept = np.delete(np.mean([_apart(whole, p) for p in range(3)], axis=0), 5)
    assert row["difference"] == pytest.approx(kept.mean())
    assert (row["n"], row["runs"]) == (11, 35)


def test_over_scenarios_each_counts_the_same():
    parts = []
    for k, name in enumerate(("small", "large")):
        cells = {(0, "none"): {"reach": np.arange(4.0)}, (0, "a"): {"reach": np.arange(4.0) * 2 + 10 * k}}
        parts.append(rows(cells, scenario=name))
    whole = Study(spec(scenarios=("small", "large")), pd.concat(parts, ignore_index=True))
    row = whole.differences(["reach"], by=None).iloc[0]
    assert (row["difference"], row["n"]) == (pytest.approx((1.5 + 11.5) / 2), 4)
    assert row["covers"].endswith("mean of 2 scenarios, which are chosen")


def test_any_contrast():
    whole = study(drawn_cells())
    table = whole.differences(["reach"], contrasts=["b - a", ("none", "b")])
    assert list(zip(table["strategy"], table["baseline"], strict=True))[:2] == [("b", "a"), ("none", "b")]
    back = whole.differences(["reach"], baseline="b")
    assert one(back, point=0, strategy="none")["difference"] == table["difference"][1]


def test_levels_of_a_factor():
    from types import SimpleNamespace

    cells = drawn_cells(points=4)
    factors = {p: {"p.trial.q": float(p % 2), "label.pressure": "high" if p > 1 else "low"} for p in range(4)}
    space = [SimpleNamespace(name="trial.q"), SimpleNamespace(name="pressure")]
    whole = study(cells, factors=factors, space=space)
    table = whole.by_level(["reach"])
    assert list(dict.fromkeys(zip(table["factor"], table["level"], strict=True))) == [
        ("trial.q", "0"), ("trial.q", "1"), ("pressure", "low"), ("pressure", "high"),
    ]  # fmt: skip
    row = one(table, factor="pressure", level="high", strategy="a")
    assert row["difference"] == pytest.approx(np.mean([_apart(whole, p).mean() for p in (2, 3)]))
    assert row["runs"] == 24


def test_one_at_a_time_levels_depart_from_the_first_point():
    from types import SimpleNamespace

    values = [(0, 0), (1, 0), (0, 1)]
    factors = {p: {"p.a.x": float(x), "p.a.y": float(y)} for p, (x, y) in enumerate(values)}
    whole = study(drawn_cells(), factors=factors, kind="one_at_a_time",
                  space=[SimpleNamespace(name="a.x"), SimpleNamespace(name="a.y")])  # fmt: skip
    row = one(whole.by_level(["reach"]), factor="a.x", level="0", strategy="a")
    assert (row["difference"], row["runs"]) == (pytest.approx(_apart(whole, 0).mean()), 12)


def test_intervals_of_many_are_those_of_one():
    values = np.random.default_rng(3).normal(size=(20, 9))
    values[3] = np.nan
    values[4, 1:] = np.nan
    values[5, 2:] = np.nan
    many = mean_intervals(values)
    for i, row in enumerate(values):
        np.testing.assert_allclose([many.mean[i], many.sd[i], many.low[i], many.high[i], many.n[i]], mean_interval(row))


def test_over_drawn_points_the_variance_factor_is_that_of_chance():
    """Parameters move both strategies by 1, chance by .1, with half of it shared: 2 (.1^2) / (2 x .5 x .1^2) = 2."""
    rng = np.random.default_rng(9)
    cells = {}
    for p in range(200):
        level, shared = rng.normal(), rng.normal(size=4)
        for arm in ("none", "a"):
            cells[p, arm] = {"reach": level + 0.1 * np.sqrt(0.5) * (shared + rng.normal(size=4))}
    cells[7, "a"]["reach"][1] = np.nan
    for seeds in ("by_point", "common"):
        row = one(study(cells, kind="sobol", seeds=seeds).differences(["reach"], by="scenario"), strategy="a")
        squares = {"none": 0.0, "a": 0.0, "apart": 0.0}
        for p in range(200):
            own, other = (np.delete(cells[p, arm]["reach"], [1] if p == 7 else []) for arm in ("a", "none"))
            for name, values in (("a", own), ("none", other), ("apart", own - other)):
                squares[name] += ((values - values.mean()) ** 2).sum()
        assert row["variance_factor"] == pytest.approx((squares["a"] + squares["none"]) / squares["apart"])
        assert 1.7 < row["variance_factor"] < 2.3
    single = {key: {"reach": columns["reach"][:1]} for key, columns in cells.items()}
    table = study(single, kind="sobol", seeds="by_point").differences(["reach"], by="scenario")
    assert table["variance_factor"].isna().all() and table["high"].notna().all()


def test_independent_seeds_give_the_same_half_width():
    """With seeds of its own each strategy reaches the half width with n x variance_factor of them."""
    whole = study(precise_cells(), precision=precision(0.01))
    row = whole.precision.iloc[0]
    runs = whole.runs[whole.runs["point"] == row["point"]]
    own, other = (runs.loc[runs["strategy"] == arm, "reach"] for arm in ("a", "none"))
    half = stats.norm.ppf(0.975) * np.sqrt((own.var() + other.var()) / row["independent_seeds"])
    assert half == pytest.approx(row["half_width"], rel=0.03)


# ---- the best --------------------------------------------------------------------------------------------------------


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, np.nan])), [0.03, 0.06, 0.06, np.nan])
    np.testing.assert_allclose(holm(np.array([0.5, 0.9])), [1.0, 1.0])


def test_best_by_hand():
    rng = np.random.default_rng(5)
    base = rng.normal(size=20)
    reach = {"none": base, "a": base + 1 + 0.1 * rng.normal(size=20), "b": base + 1.01 + 0.1 * rng.normal(size=20)}
    cost = {"none": base * 0, "a": base * 0 + 5, "b": base * 0 + 4}
    whole = study({(0, arm): {"reach": reach[arm], "cost_total": cost[arm], "teachers": base} for arm in reach})
    table = whole.best()
    assert set(table["measure"]) == {"reach", "cost_total"}  # neither more nor fewer teachers is better
    row = one(table, measure="reach")
    means = {arm: values.mean() for arm, values in reach.items()}
    first, second = sorted(means, key=means.get, reverse=True)[:2]
    p = {
        pair: stats.ttest_rel(reach[pair[0]], reach[pair[1]]).pvalue
        for pair in (("a", "b"), ("a", "none"), ("b", "none"))
    }
    adjusted = holm(np.array([*p.values(), 0.0, 0.0, 0.0]))
    assert (row["best"], row["runner_up"]) == (first, second)
    assert row["better_by"] == pytest.approx(means[first] - means[second])
    assert row["p"] == pytest.approx(adjusted[0])
    assert row["verdict"] == f"not decided: may be {second}"
    assert row["better_than"] == "none"
    assert row["correction"] == "Holm over all pairs of strategies x measures x scenarios of this table, 6 tests"
    cheapest = one(table, measure="cost_total")
    assert (cheapest["best"], cheapest["verdict"], cheapest["p"], cheapest["p_better"]) == ("none", "best", 0.0, 1.0)


def test_the_best_does_not_fail_its_way_there():
    """The twin is worse in every pair, and fails in the half of its runs where outcomes are low."""
    rng = np.random.default_rng(8)
    reach = rng.normal(0.3, 0.05, 40)
    low = reach < np.median(reach)
    twin = [None if gone else value - 0.002 for value, gone in zip(reach, low, strict=True)]
    noisy = {"none": reach - 0.1 + 0.001 * rng.normal(size=40), "a": reach + 1e-4 * rng.normal(size=40), "twin": twin}
    whole = study({(0, arm): {"reach": values} for arm, values in noisy.items()})
    row = whole.best(["reach"]).iloc[0]
    assert (row["best"], row["runner_up"], row["verdict"]) == ("a", "twin", "best")
    assert row["mean"] == pytest.approx(noisy["a"][~low].mean())
    assert row["better_by"] == pytest.approx((noisy["a"] - reach + 0.002)[~low].mean())
    assert (row["p_better"], row["not_ranked"]) == (1.0, "")


def test_a_strategy_with_few_runs_is_not_ranked():
    """Ranking it would leave the others with a few runs: it is said, and the others keep theirs."""
    cells = drawn_cells(points=1, replicates=40)
    cells[0, "b"]["reach"] = [None] * 30 + list(cells[0, "b"]["reach"][30:])
    row = study(cells).best(["reach"]).iloc[0]
    assert (row["best"], row["not_ranked"]) == ("a", "b (10 of 40 runs with a value)")
    assert row["mean"] == pytest.approx(np.mean(cells[0, "a"]["reach"]))
    only = {key: value for key, value in cells.items() if key[1] != "a"}  # the first two are always ranked
    row = study(only).best(["reach"]).iloc[0]
    assert (row["best"], row["runner_up"], row["not_ranked"]) == ("b", "none", "")
    assert row["mean"] == pytest.approx(np.mean(cells[0, "b"]["reach"][30:]))


def test_a_strategy_alone_with_most_runs_does_not_end_the_ranking():
    """none has the most runs, and shares none with a and b, which share theirs."""
    cells = drawn_cells(points=2, replicates=12)
    for arm, kept in (("none", range(7)), ("a", range(7, 12)), ("b", range(7, 12))):
        values = cells[0, arm]["reach"]
        cells[0, arm] = {"reach": [value if r in kept else None for r, value in enumerate(values)]}
        cells[1, arm] = {"reach": cells[1, arm]["reach"]}
    alone = {key: columns for key, columns in cells.items() if key[0] == 0}
    row = study(alone).best(["reach"]).iloc[0]
    assert (row["best"], row["runner_up"], row["not_ranked"]) == ("b", "a", "none (7 of 7 runs with a value)")
    assert row["mean"] == pytest.approx(np.mean(cells[0, "b"]["reach"][7:]))
    assert study(cells).best(["reach"], by="point")["point"].tolist() == [0, 1]


@pytest.mark.parametrize("by", ["point", "scenario", None])
@pytest.mark.parametrize("design", [{"kind": "grid"}, {"kind": "sobol", "seeds": "by_point"}])
def test_better_by_is_never_negative(by, design):
    """One run in twelve fails, anywhere."""
    for k in range(10):
        rng = np.random.default_rng(k)
        cells = drawn_cells(points=6, seed=k)
        for columns in cells.values():
            gone = rng.random(12) < 1 / 12
            for name in columns:
                columns[name] = [None if out else value for out, value in zip(gone, columns[name], strict=True)]
        table = study(cells, **design).best(["reach", "equity_gap", "mean_depth", "concentration_index"], by=by)
        assert (table["better_by"] >= 0).all()


def test_points_without_an_arm_are_said():
    cells = drawn_cells(points=4)
    for p in (1, 2, 3):
        cells[p, "b"] = {name: [None] * 12 for name in cells[p, "b"]}
    for how in ({"kind": "grid"}, {"kind": "sobol", "seeds": "by_point"}):
        table = study(cells, **how).differences(["reach"], by="scenario")
        assert "; 1 of 4 points: at the others there are no runs" in one(table, strategy="b")["covers"]
        assert "of 4 points" not in one(table, strategy="a")["covers"]
        assert "1 of 4 points" in one(study(cells, **how).differences(["reach"], by=None), strategy="b")["covers"]
        row = study(cells, **how).best(["reach"]).iloc[0]
        assert row["best"] == "a" and "b (12 of 48 runs" in row["not_ranked"] and "of 4 points" not in row["covers"]
    del cells[0, "b"]
    frame = study(cells).differences(["reach"], by="scenario")
    assert (one(frame, strategy="b")["runs"], "0 of 4 points" in one(frame, strategy="b")["covers"]) == (0, True)


def test_scenarios_without_an_arm_are_said():
    """b ran in the world of high outcomes alone: its mean there is no rank among means of both."""
    parts = []
    for k, name in enumerate(("small", "large")):
        arms = ("none", "a", "b") if k else ("none", "a")
        noise = np.random.default_rng(k).normal(0, 0.01, (3, 8))
        cells = {(0, arm): {"reach": 5.0 * k + 0.1 * i + noise[i]} for i, arm in enumerate(arms)}
        parts.append(rows(cells, scenario=name))
    whole = Study(spec(scenarios=("small", "large")), pd.concat(parts, ignore_index=True))
    table = whole.differences(["reach"], by=None)
    assert one(table, strategy="a")["covers"].endswith("mean of 2 scenarios, which are chosen")
    assert "; 1 of 2 scenarios (large): in the others" in one(table, strategy="b")["covers"]
    row = whole.best(["reach"], by=None).iloc[0]
    assert (row["best"], row["runner_up"], row["verdict"]) == ("a", "none", "best")
    assert row["not_ranked"] == "b (8 of 16 runs with a value)"
    assert whole.best(["reach"])["best"].tolist() == ["a", "b"]


def test_smaller_absolute_is_nearest_to_0():
    rng = np.random.default_rng(6)
    noise = {arm: 0.001 * rng.normal(size=20) for arm in "xyz"}
    whole = study({
        (0, "none"): {"concentration_index": -0.5 + noise["x"]},
        (0, "a"): {"concentration_index": 0.1 + noise["y"]},
        (0, "b"): {"concentration_index": -0.2 + noise["z"]},
    })  # fmt: skip
    row = whole.best().iloc[0]
    assert (row["best"], row["runner_up"], row["verdict"]) == ("a", "b", "best")
    assert row["better_by"] == pytest.approx(0.1, abs=0.002)


def test_false_bests_are_rare():
    """No differences at all: over 100 studies of 3 strategies x 4 measures a best is named in 5 % at most (s.e. 2)."""
    rng = np.random.default_rng(7)
    named = 0
    for _ in range(100):
        cells = {(0, arm): {name: rng.normal(size=15) for name in ("reach", "deep_use", "equity_gap", "users")}
                 for arm in ("none", "a", "b")}  # fmt: skip
        table = study(cells).best()
        named += bool((table["better_than"] != "").any())
    assert named <= 10


# ---- precision -------------------------------------------------------------------------------------------------------


def precise_cells(replicates=400, sd=0.05):
    rng = np.random.default_rng(12)
    cells = {}
    for p, wider in enumerate((1.0, 1.5)):
        base = rng.normal(0, 0.2, replicates)
        cells[p, "none"] = {"reach": base}
        cells[p, "a"] = {"reach": base + 0.1 + wider * sd * rng.normal(size=replicates)}
        cells[p, "b"] = {"reach": base + rng.normal(size=replicates)}
    return cells


def test_replicates_after_the_decision_are_dropped():
    whole = study(precise_cells(), precision=precision(0.01))
    table = whole.precision
    assert table["decided"].all() and (table["replicates"] >= 90).all()
    for row in table.itertuples():
        runs = whole.runs[whole.runs["point"] == row.point]
        assert set(runs["replicate"]) == set(range(row.replicates))
        assert row.dropped == 400 - row.replicates
        assert row.half_width <= 0.01
        own = runs[runs["strategy"] == "a"]["reach"].to_numpy() - runs[runs["strategy"] == "none"]["reach"].to_numpy()
        assert row.difference == pytest.approx(own.mean())
        assert row.independent_seeds == math.ceil(row.n * row.variance_factor)
        assert row.variance_factor > 5
    assert whole.counts["dropped"] == 6 * 400 - len(whole.runs)
    assert (whole.differences(["reach"])["n"] <= table["replicates"].max()).all()


def test_what_ran_beyond_does_not_matter():
    """However many replicates were under way when the cell was decided, and in whatever order they stand."""
    cells, short = precise_cells(), precise_cells()
    for columns in short.values():
        columns["reach"] = columns["reach"][:260]
    one_way = study(cells, precision=precision(0.01))
    frame = rows(short).sample(frac=1.0, random_state=1)
    other = Study(spec(precision=precision(0.01)), frame)
    columns = ["point", "strategy", "replicate", "reach"]
    left, right = (s.runs[columns].sort_values(columns[:3]).reset_index(drop=True) for s in (one_way, other))
    pd.testing.assert_frame_equal(left, right)


def test_panels_are_cut_as_well():
    cells = precise_cells()
    frame = rows(cells)
    whole = Study(
        spec(precision=precision(0.01)), frame, series=lambda: frame[["scenario", "point", "replicate"]].copy()
    )
    taken = whole.precision.set_index("point")["replicates"]
    for point, found in whole.series.groupby("point")["replicate"].max().items():
        assert found == taken[point] - 1
    assert whole.schools.empty


def test_not_decided():
    whole = study(precise_cells(replicates=50), precision=precision(0.001))
    assert not whole.precision["decided"].any()
    assert len(whole.runs) == 300 and (whole.precision["half_width"] > 0.001).all()


def test_a_gap_ends_what_is_looked_at():
    frame = rows(precise_cells())
    frame = frame[~((frame["point"] == 0) & (frame["replicate"] == 40) & (frame["strategy"] == "a"))]
    whole = Study(spec(precision=precision(0.01)), frame)
    assert not one(whole.precision, point=0)["decided"] and one(whole.precision, point=1)["decided"]


def test_no_precision_asked_for():
    with pytest.raises(StudyError, match="names no precision"):
        _ = study(drawn_cells()).precision


# ---- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda s: s.differences(["raech"]), "measure 'raech' is not in the study's runs; did you mean 'reach'"),
        (lambda s: s.differences("reach"), "found the text 'reach'"),
        (lambda s: s.differences(contrasts=["aa - none"]), "strategy 'aa' is not in the study"),
        (lambda s: s.differences(baseline="nine"), "baseline 'nine' is not in the study.*did you mean 'none'"),
        (lambda s: s.differences(contrasts=["a - a"]), "'a' is compared with itself"),
        (lambda s: s.differences(contrasts=["a"]), "contrast: found 'a'"),
        (lambda s: s.differences(contrasts=[5]), "contrast: found 5; 'strategy - baseline' or a pair of ids"),
        (lambda s: s.differences(contrasts=5), "contrasts: found 5; a list"),
        (lambda s: s.differences(contrasts=[]), "list is empty"),
        (lambda s: s.differences([]), "measures: the list is empty; name at least one"),
        (lambda s: s.best([]), "measures: the list is empty; name at least one"),
        (lambda s: s.best(5), "measures: found 5; a list of names"),
        (lambda s: s.differences(by="cell"), "by: found 'cell'"),
        (lambda s: s.differences(ratios="jackknife"), "ratios: found 'jackknife'"),
        (lambda s: s.differences(["mean_depth"], by=None, ratios="bootstrap"), "by='point'"),
        (lambda s: s.best(["teachers"]), "measure 'teachers'.*not in the study"),
        (lambda s: s.by_level(), "no factor has 2 to 12 levels"),
    ],
)
def test_clear_errors(call, text):
    with pytest.raises(StudyError, match=text):
        call(study(drawn_cells()))


def test_an_empty_store():
    with pytest.raises(StudyError, match="no runs yet.*study run"):
        Study(spec(), rows(drawn_cells()).iloc[:0])


def test_no_run_succeeded():
    cells = {(0, arm): {"reach": [None, None]} for arm in ("none", "a")}
    whole = study(cells)
    assert whole.counts["error"] == 4  # what went wrong can be looked at
    for call in (whole.differences, whole.best, whole.variance_shares):
        with pytest.raises(StudyError, match="none of the 4 runs has succeeded.*it broke.*study retry"):
            call()


def test_one_strategy_alone():
    with pytest.raises(StudyError, match="only strategy"):
        study({(0, "none"): {"reach": [1.0, 2.0]}}).differences()


def test_a_run_twice():
    frame = rows(drawn_cells())
    with pytest.raises(StudyError, match="point 0, replicate 0: strategy 'none' occurs more than once"):
        Study(spec(), pd.concat([frame, frame.iloc[:1]]))


# ---- files -----------------------------------------------------------------------------------------------------------


def test_files(tmp_path):
    whole = study(precise_cells(), precision=precision(0.01))
    folder = whole.save(tmp_path / "out")
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "runs.csv", "points.csv", "differences.csv", "differences_by_scenario.csv", "best.csv", "precision.csv",
        "figure.png", "figure.svg", "provenance.json",
    }  # fmt: skip
    back = pd.read_csv(folder / "differences.csv")
    np.testing.assert_allclose(back["difference"], whole.differences()["difference"], rtol=1e-14)
    assert back["covers"].eq("chance only: replicates at fixed parameters").all()
    said = json.loads((folder / "provenance.json").read_text("utf-8"))
    assert said["left_out"] == {}
    assert said["counts"]["dropped"] == whole.counts["dropped"] and "model_version" in said
    assert "made_up" in repr(whole)


def test_harm_is_saved_where_there_is_none_and_pupils_gain(tmp_path):
    cells = {(0, "none"): {"pupil_gain_sd": [0.1, 0.2]}, (0, "a"): {"pupil_gain_sd": [0.0, 0.3]}}
    saved = study(cells).save(tmp_path)
    assert pd.read_csv(saved / "harm.csv")[["point", "strategy", "worse", "draws"]].to_numpy().tolist() == [
        [0, "a", 1, 2]
    ]
    study({(0, arm): {"reach": [1.0, 2.0]} for arm in ("none", "a")}).save(tmp_path)
    assert not (saved / "harm.csv").exists()


ALL_FILES = {"runs", "points", "differences", "differences_by_scenario", "best", "figure", "provenance"}


@pytest.mark.parametrize(
    ("cells", "lacking"),
    [
        ({(0, "none"): {"reach": [1.0, 2.0]}}, {"differences", "differences_by_scenario", "best", "figure"}),
        ({(0, arm): {"teachers": [1.0, 2.0]} for arm in ("none", "a")}, {"best"}),
        (
            {(0, "none"): {"reach": [1.0, None]}, (0, "a"): {"reach": [None, 2.0]}},
            {"differences", "differences_by_scenario", "best", "figure"},
        ),
        (
            {(0, arm): {"reach": [None, None]} for arm in ("none", "a")},
            {"differences", "differences_by_scenario", "best", "figure"},
        ),
    ],
    ids=["one strategy", "no better direction", "no run in common", "no success"],
)
def test_files_that_there_cannot_be_are_left_out(tmp_path, cells, lacking):
    folder = study(cells).save(tmp_path / "out")
    assert {path.stem for path in folder.iterdir()} == ALL_FILES - lacking
    said = json.loads((folder / "provenance.json").read_text("utf-8"))["left_out"]
    assert set(said) == lacking and all(said.values()) and max(map(len, said.values())) < 300


def test_nothing_of_an_earlier_save_stays(tmp_path):
    study({(0, arm): {"reach": [1.0, 2.0]} for arm in ("none", "a")}).save(tmp_path)
    assert (tmp_path / "figure.svg").exists() and (tmp_path / "best.csv").exists()
    (tmp_path / "notes.txt").touch()
    study({(0, "none"): {"reach": [1.0, 2.0]}}).save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"runs.csv", "points.csv", "provenance.json", "notes.txt"}


def test_files_of_a_store_are_left_alone(tmp_path, monkeypatch):
    results = tmp_path.resolve() / "results"
    monkeypatch.setattr("diffusion_sim.study.store.store.is_store", lambda folder: folder == results)
    for name in ("results", "results/runs", "out/../results"):
        with pytest.raises(StoreError, match="dir: found .*the folder of a study's store; any other"):
            study(drawn_cells()).save(tmp_path / name)
    assert not (tmp_path / "results").exists()
