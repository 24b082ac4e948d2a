"""Studies whose structures vary: rows, columns, going on, growing, shards, and what results say of them."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.study import commands, status
from diffusion_sim.study.plan.outcomes import OUTCOMES
from diffusion_sim.study.store.counts import Counts
from diffusion_sim.study.store.store import Store
from tests.study.small_study import assert_same, interrupt_the_third_append, plan_at, table, write_study

QUIET = {"progress": False, "any_version": True, "workers": 1}
DOSE, LIKE = "structure.dose", "structure.like"
TWO = {"strategies": ["none", "directed_uniform"], "replicates": 2, "structure": {"dose": ["hill", "saturating"]}}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two structures x two points x two strategies x two replicates."""
    return write_study(tmp_path_factory.mktemp("study"), **TWO)


@pytest.fixture(scope="module")
def here(study):
    assert commands.start(study, study.parent / "here", **QUIET).counts == Counts(16, 0, 0, 0)
    return study.parent / "here"


def test_a_row_for_each_structure_point_strategy_and_seed(study, here):
    rows = table(here)
    assert len(rows) == rows["key"].nunique() == 16 and set(rows["status"]) == {"ok"}
    assert (rows.groupby([DOSE, "p.trial.q", "strategy", "replicate"]).size() == 1).all()
    said = rows.drop_duplicates("point").sort_values("point")[["p.trial.q", DOSE]]
    assert said.to_numpy().tolist() == [[0.7, "hill"], [0.7, "saturating"], [1.0, "hill"], [1.0, "saturating"]]
    assert rows.groupby("replicate")["seed"].nunique().tolist() == [1, 1]
    plan = plan_at(study)
    row = rows[(rows[DOSE] == "saturating") & (rows["strategy"] == "directed_uniform")].iloc[0]
    case = plan.case(row["scenario"], int(row["point"]))
    assert case[DOSE] == "saturating" and f"{DOSE} = saturating" in case.changed
    outcomes = ReformModel(case, rng=int(row["seed"]), strategy=row["strategy"]).run().outcomes
    pd.testing.assert_series_equal(row[list(OUTCOMES)].astype(float), pd.Series(outcomes), check_names=False)


def test_the_manifest_says_structures(here):
    with Store.open(here, any_version=True) as store:
        manifest = store.manifest
    assert manifest["study"]["structure"] == {"mode": "grid", "vary": [["dose", ["hill", "saturating"]]]}
    assert [values[DOSE] for values, _ in manifest["points"]] == ["hill", "saturating"] * 2
    assert manifest["columns"]["runs"][DOSE] == "string" and manifest["runs"] == 16
    assert ds.open_study(here, any_version=True).provenance["study"]["structure"]["mode"] == "grid"


def test_stopped_and_gone_on_with_gives_the_same_bits(study, here, tmp_path, monkeypatch):
    interrupt_the_third_append(monkeypatch)
    with pytest.raises(KeyboardInterrupt) as stopped:
        commands.start(study, tmp_path / "out", **QUIET)
    (ended,) = re.findall("stopped after ([0-9]+) of 16 runs", str(stopped.value))
    assert 0 < int(ended) < 16 and len(table(tmp_path / "out")) == int(ended)
    assert commands.start(study, tmp_path / "out", **QUIET).counts == Counts(16 - int(ended), 0, 0, int(ended))
    assert_same(tmp_path / "out", here)


def test_shards_together_are_the_whole(study, here, tmp_path):
    out = tmp_path / "out"
    for shard in ("1/3", "2/3", "3/3"):
        commands.start(study, out, shard=shard, **QUIET)
    said = commands.merge(out, any_version=True)
    assert (said["runs"], said["missing"], said["unfinished"]) == (16, [], [])
    assert status.status(out)["state"] == "done"
    assert_same(out, here)


@pytest.mark.parametrize(
    "change",
    [
        {"structure": {"dose": ["hill", "saturating"], "like": ["off"]}},
        {"structure": {"dose": ["saturating", "hill"]}},
        {"structure": {"mode": "one_at_a_time", "dose": ["saturating"]}},
        {"structure": None},
    ],
)
def test_other_structures_are_another_study(here, tmp_path, change):
    changed = write_study(tmp_path, **{**TWO, **change})
    with pytest.raises(StudyError, match=r"has changed since .* was begun \(structure: was .*--out"):
        commands.start(changed, here, **QUIET)


def test_a_word_more_is_having_begun_with_it(tmp_path):
    out, said = tmp_path / "grown", {**TWO, "replicates": 1, "space": None}
    study = write_study(tmp_path, **{**said, "structure": {"like": ["schools", "off"]}})
    commands.start(study, out, **QUIET)
    write_study(tmp_path, **{**said, "structure": {"like": None}})
    assert commands.expand(study, out, **QUIET).counts == Counts(2, 0, 0, 4)
    commands.start(study, tmp_path / "at_once", **QUIET)
    assert_same(out, tmp_path / "at_once")
    assert set(table(out)[LIKE]) == {"schools", "off", "trying"}
    write_study(tmp_path, **{**said, "structure": {"like": ["schools"]}})
    with pytest.raises(StudyError, match="structure.like: level off is in the store .* a store only grows"):
        commands.expand(study, out, **QUIET)


def test_results_hold_structures_as_they_hold_other_factors(here, tmp_path):
    r = ds.open_study(here, any_version=True)
    assert r.factors == ["trial.q", DOSE] and r.points[DOSE].tolist() == ["hill", "saturating"] * 2
    by_point = r.differences(["reach"])
    assert by_point[DOSE].tolist() == ["hill", "saturating"] * 2 and (by_point["n"] == 2).all()
    levels = r.by_level(["reach"])
    assert list(zip(levels["factor"], levels["level"], strict=True)) == [
        ("trial.q", "0.7"), ("trial.q", "1"), (DOSE, "hill"), (DOSE, "saturating"),
    ]  # fmt: skip
    for level, row in levels[levels["factor"] == DOSE].set_index("level").iterrows():
        assert row["difference"] == pytest.approx(by_point.loc[by_point[DOSE] == level, "difference"].mean())
        assert (row["runs"], row["n"]) == (4, 2) and "structures" not in row["covers"]
    whole = r.differences(["reach"], by="scenario").iloc[0]
    assert whole["runs"] == 8 and whole["covers"].endswith("; mean of 2 structures, which are chosen")
    texts = " ".join(text.get_text() for ax in r.plot(["reach"]).axes for text in [ax.title, ax._left_title])
    assert DOSE in texts and "trial.q" in texts
    saved = r.save(tmp_path / "saved")
    for name in ("runs", "points", "differences"):
        assert set(pd.read_csv(saved / f"{name}.csv")[DOSE]) == {"hill", "saturating"}, name


def test_a_drawn_point_counts_once_however_many_structures(tmp_path):
    """Differences over drawn points: one value a point, the mean over its structures. Shares of variance by structure,
    each as of a study of that structure alone."""
    said = {**TWO, "replicates": 2, "space": {"trial.q": {"range": [0.7, 1.0]}},
            "design": {"kind": "sobol", "points": 4}}  # fmt: skip
    study = write_study(tmp_path, **said)
    r = ds.run_study(study, out=tmp_path / "out", **QUIET)
    assert (r.design.points, r.design.structures, r.counts["ok"]) == (4, 2, 32)
    row = r.differences(["reach"], by="scenario").iloc[0]
    assert (row["n"], row["runs"]) == (4, 16) and row["covers"].startswith("parameters and chance")
    assert r.best(["reach"]).iloc[0]["covers"] == row["covers"]
    shares = r.variance_shares(["reach"])
    assert shares[DOSE].tolist() == ["hill", "saturating"]
    assert (shares["points"] == 4).all() and (shares["n"] == 8).all()
    saturating = {**said, "structure": {"dose": ["saturating"]}}
    alone = ds.run_study(write_study(tmp_path / "alone", **saturating), **QUIET)
    pd.testing.assert_frame_equal(
        alone.variance_shares(["reach"]).drop(columns="covers"),
        shares[shares[DOSE] == "saturating"].drop(columns="covers").reset_index(drop=True),
    )
