"""Merging shards: what is taken beside a run without a programme, and versions of the model that are mixed."""

from __future__ import annotations

import shutil

import pyarrow as pa
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import StoreError
from diffusion_sim.model_version import model_version
from diffusion_sim.study import commands, merge_shards
from diffusion_sim.study.merge_shards import take_over
from diffusion_sim.study.store.store import Store
from tests.study.small_study import assert_same, change_manifest, write_study

ARMS = ["none", "a", "b"]
MANIFEST = {"arms": {"town": ARMS}, "study": {"id": "s"}, "points": [[{}, {}]], "inputs": {}}
QUIET = {"progress": False, "workers": 1}
OLD = "0ld0ld"


# ---- ``none`` and what takes its run ---------------------------------------------------------------------------------
def rows(replicate, percentile, strategies=ARMS, **status):
    """Runs of one seed; those with a programme have a percentile where ``none`` succeeded beside them."""
    said = [status.get(name, "ok") for name in strategies]
    table = {"key": [f"{name}{replicate}" for name in strategies], "status": said, "scenario": "town"}
    table |= {"strategy": strategies, "point": 0, "replicate": replicate}
    percentiles = pa.array([None if name == "none" else percentile for name in strategies], pa.float64())
    count = len(strategies)
    return pa.table({name: value if isinstance(value, list) else [value] * count for name, value in table.items()}
                    | {"percentile": percentiles})  # fmt: skip


def percentiles(folder):
    table = Store.open(folder).load(columns=["key", "percentile"]).to_pydict()
    return dict(zip(*table.values(), strict=True))


@pytest.fixture
def merged(tmp_path):
    """A shard in which ``none`` failed at one of two seeds, merged; then run again: the others of the seed, too."""
    with Store.create(tmp_path / "shard", MANIFEST) as shard:
        shard.append(rows(0, None, none="error"))
        shard.append(rows(1, 40.0))
    with Store.create(tmp_path / "whole", MANIFEST) as whole:
        assert take_over(whole, tmp_path / "shard") == 6
    with Store.open(tmp_path / "shard", write=True) as shard:
        shard.append(rows(0, 50.0))
    return tmp_path


WHOLE = {"none0": None, "a0": 50.0, "b0": 50.0, "none1": None, "a1": 40.0, "b1": 40.0}


def test_runs_made_again_beside_none_are_taken_with_it(merged):
    with Store.open(merged / "whole", write=True) as whole:
        assert take_over(whole, merged / "shard") == 1, "those that were there are not counted as added"
        assert percentiles(merged / "whole") == WHOLE and set(whole.completed().values()) == {"ok"}
        assert take_over(whole, merged / "shard") == 0


@pytest.mark.parametrize("appended", [0, 1, 2])
def test_a_merge_that_is_killed_between_takes_them_all_the_same(merged, monkeypatch, appended):
    with Store.open(merged / "shard", write=True) as shard:  # in files of their own
        shard.append(rows(2, None, none="error"))
        shard.append(rows(2, 60.0, ["none"]))
        shard.append(rows(2, 60.0, ["a", "b"]))
    real, count = Store.append, 0

    def dying(self, *tables):
        nonlocal count
        if count == appended:
            raise KeyboardInterrupt
        count += 1
        real(self, *tables)

    monkeypatch.setattr(merge_shards, "_RUNS", 1)
    with Store.open(merged / "whole", write=True) as whole:
        monkeypatch.setattr(Store, "append", dying)
        with pytest.raises(KeyboardInterrupt):
            take_over(whole, merged / "shard")
        monkeypatch.setattr(Store, "append", real)
        take_over(whole, merged / "shard")
    assert percentiles(merged / "whole") == WHOLE | {"none2": None, "a2": 60.0, "b2": 60.0}


def test_runs_that_failed_beside_none_do_not_take_the_place_of_good_ones(merged):
    with Store.open(merged / "shard", write=True) as shard:
        shard.append(rows(0, None, ["b"], b="crashed"))
    with Store.open(merged / "whole", write=True) as whole:
        assert take_over(whole, merged / "shard") == 1
        assert set(whole.completed().values()) == {"ok"} and percentiles(merged / "whole")["a0"] == 50.0


def test_shards_that_are_expanded_by_none_are_having_begun_with_it(tmp_path):
    few = {"strategies": ["directed_uniform", "multi_classroom_leader"], "baseline": "directed_uniform"}
    study, out = write_study(tmp_path, replicates=2, **few), tmp_path / "out"
    for shard in ("1/2", "2/2"):
        commands.start(study, out, shard=shard, **QUIET)
    commands.merge(out)
    write_study(tmp_path, replicates=2, **few | {"strategies": [*few["strategies"], "none"]})
    for shard in ("1/2", "2/2"):
        commands.expand(study, out, shard=shard, **QUIET)
    commands.merge(out)
    commands.start(study, tmp_path / "at_once", **QUIET)
    percentile = ds.open_study(out).runs.query("strategy == 'multi_classroom_leader'").gain_percentile_median
    assert percentile.notna().any()
    assert_same(out, tmp_path / "at_once")


# ---- versions --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """A study in two shards."""
    folder = tmp_path_factory.mktemp("halves")
    study = write_study(folder, replicates=2, strategies=["none", "directed_uniform"])
    for shard in ("1/2", "2/2"):
        commands.start(study, folder / "out", shard=shard, **QUIET)
    return folder / "out"


@pytest.mark.parametrize("old", ["1-of-2", "2-of-2"])
def test_a_store_merged_of_two_versions_says_so(tmp_path, halves, old):
    out = shutil.copytree(halves, tmp_path / "out")
    change_manifest(out / "shards" / old, model_version=OLD)
    with pytest.raises(StoreError, match="another version of the model"):
        commands.merge(out)
    assert not (out / "manifest.json").exists()
    assert commands.merge(out, any_version=True)["runs"] == 8
    told = Store.open(out, any_version=True).manifest
    assert {told["model_version"], *told["also_written_by"]} == {OLD, model_version()}
    assert ds.open_study(out, any_version=True).provenance["also_written_by"] == told["also_written_by"]


def test_a_shard_of_mixed_versions_makes_the_whole_mixed(tmp_path, halves):
    out = shutil.copytree(halves, tmp_path / "out")
    with Store.open(out / "shards" / "2-of-2", write=True) as shard:
        shard.write_manifest(shard.manifest | {"also_written_by": [OLD]})
    commands.merge(out)
    assert Store.open(out).manifest["also_written_by"] == [OLD]
    assert ds.open_study(out).provenance["also_written_by"] == [OLD]  # its own version opens it, and it says so


def test_a_store_of_one_version_does_not_say_that_they_are_mixed(tmp_path, halves):
    out = shutil.copytree(halves, tmp_path / "out")
    commands.merge(out)
    assert "also_written_by" not in ds.open_study(out).provenance


def test_a_study_of_another_version_is_opened_when_told_so(tmp_path, halves):
    out = shutil.copytree(halves, tmp_path / "out")
    commands.merge(out)
    change_manifest(out, model_version=OLD)
    with pytest.raises(StoreError, match=rf"{OLD}; this is .*{model_version()}.*any_version=True"):
        ds.open_study(out)
    study = ds.open_study(out, any_version=True)
    assert len(study.runs) == 8 and study.provenance["model_version"] == OLD
