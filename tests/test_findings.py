"""The tables and figures of the studies' findings, made from small runs of the studies themselves."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import diffusion_sim as ds

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "experiments"))
findings = importlib.import_module("findings")
tables, figures = findings.tables, findings.figures
sys.path.pop(0)
SMALL = {"population.schools": 5, "population.teachers_mean": 8, "programme.years_after": 1}
FEW = ["none", "volunteer_uniform", "directed_uniform"]
CONTRASTS = [findings.DIRECTED_VOLUNTEERS]


def small(name, folder, **other):
    """The study of few schools, points and scenarios, run."""
    folder = folder / name
    shutil.copytree(ROOT / "experiments" / name, folder, ignore=shutil.ignore_patterns("results", "findings"))
    said = yaml.safe_load((folder / "study.yaml").read_text("utf-8"))
    said |= {"set": SMALL, "replicates": 2} | other
    if said["design"]["kind"] == "grid":
        said["space"] = {name: shorter(factor) for name, factor in said["space"].items()}
    else:
        said["design"]["points"] = 6
    (folder / "study.yaml").write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")
    return ds.run_study(folder, workers=1, progress=False)


def shorter(factor):
    """The first and the last level."""
    levels = factor["levels"] if isinstance(factor, dict) else factor
    names = list(levels)[:: len(levels) - 1]
    return {"levels": {name: levels[name] for name in names}} if isinstance(factor, dict) else names


@pytest.fixture(scope="module", params=["chance_and_parameters", "withdrawal_and_turnover"])
def made(request, tmp_path_factory):
    """(name, study of few strategies, its tables)."""
    other = {"strategies": FEW, "scenarios": ["mid_size_district"]}
    study = small(request.param, tmp_path_factory.mktemp("small"), **other)
    return request.param, study, tables.of(study, CONTRASTS)


def test_the_kept_tables_have_these_columns(made):
    name, _, found = made
    for kind, table in found.items():
        kept = pd.read_csv(ROOT / "experiments" / name / "findings" / f"{kind}.csv", nrows=1)
        assert list(kept.columns)[: len(table.columns) - 1] == list(table.columns)[:-1], kind


def test_shares_of_points_add_up(made):
    _, study, found = made
    table = found["contrast_signs"]
    assert np.allclose(table[["above", "below", "tied"]].sum(axis=1), 1)
    cells = study.differences(["deep_use"], by="point", contrasts=[findings.DIRECTED_VOLUNTEERS])
    for scenario, some in cells.groupby("scenario", observed=True):
        row = table[(table["scenario"] == scenario) & (table["measure"] == "deep_use")].iloc[0]
        assert row["above"] == np.mean(some["difference"] > 0) and row["points"] == len(some)


def test_what_goes_with_a_factor_is_the_last_level_less_the_first(made):
    _, study, found = made
    if "changes" not in found:
        pytest.skip("of grids")
    row = found["changes"].query("measure == 'reach' and strategy == 'directed_uniform'").iloc[0]
    runs = study.runs[(study.runs["strategy"] == "directed_uniform") & (study.runs["scenario"] == row["scenario"])]
    means = runs.groupby(f"label.{row['factor']}")["reach"].mean()
    assert row["change"] == pytest.approx(means[row["to"]] - means[row["from"]])
    assert row["low"] <= row["change"] <= row["high"]


def test_deep_users_for_money_count_from_none(made):
    _, study, found = made
    row = found["for_money"].iloc[0]
    runs = study.runs[study.runs["scenario"] == row["scenario"]]
    means = runs.groupby(["point", "strategy"], observed=True)[["deep_users", "cost_total"]].mean().unstack("strategy")
    more, cost = means["deep_users"], means["cost_total"]
    a, b = ((more[name] - more["none"]) / cost[name] for name in (row["strategy"], row["baseline"]))
    paid = (cost[row["strategy"]] > 0) & (cost[row["baseline"]] > 0)
    assert row["above"] == pytest.approx(np.mean((a > b)[paid])) and row["left_out"] == np.sum(~paid)


@pytest.mark.slow
@pytest.mark.parametrize("name", findings.CONTRASTS)
def test_all_tables_and_the_figure_are_made(name, tmp_path):
    study = small(name, tmp_path)
    assert set(tables.of(study, findings.CONTRASTS[name])) >= {"means", "contrasts", "contrast_signs", "for_money"}
    figures.FIGURES[name](study).savefig(tmp_path / "figure.png", dpi=40)
    assert (tmp_path / "figure.png").stat().st_size > 10_000
