"""Files of a store that were changed, swapped or put elsewhere: told in one sentence, or no matter; never believed."""

from __future__ import annotations

import json
import shutil

import pytest

import diffusion_sim as ds
from diffusion_sim.cli import call
from diffusion_sim.errors import StoreError
from diffusion_sim.study import commands, status
from diffusion_sim.study.store.part_files import about_part, read_part
from diffusion_sim.study.store.sealed import seal, whole
from diffusion_sim.study.store.store import Store, read_status
from tests.study.small_study import assert_same, table, write_study

QUIET = {"progress": False, "workers": 1}
KEEP = {"series": "quarterly", "schools": "end"}


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Two studies that differ in their seeds, each with its store."""
    made = []
    for rng in (1, 2):
        study = write_study(tmp_path_factory.mktemp("study"), replicates=2, rng=rng, keep=KEEP)
        commands.start(study, **QUIET)
        made.append(study.parent)
    return made


@pytest.fixture
def study(stores, tmp_path):
    """A copy of the first."""
    return shutil.copytree(stores[0], tmp_path / "study")


def said_of(folder, capsys):
    """What status, open_study and run say: one sentence, the same cause, and never an internal error."""
    assert call(["study", "status", str(folder)]) == 2
    told = capsys.readouterr().err.strip()
    for words in (["study", "run", str(folder), "--workers", "1"], ["study", "retry", str(folder), "--workers", "1"]):
        assert call(words) == 2
    with pytest.raises(StoreError):
        ds.open_study(folder, any_version=True)
    return told


CHANGES = {
    "study: []": (lambda said: said | {"study": []}, "study: found []; input should be a valid dictionary"),
    "columns: 3": (lambda said: said | {"columns": 3}, "columns: found 3; input should be a valid dictionary"),
    "a type": (lambda said: said | {"columns": {"runs": {"a": "much"}}}, "columns.runs: found {'a': 'much'}"),
    "no arms": (lambda said: {k: v for k, v in said.items() if k != "arms"}, "digest: found '"),
    "no points": (lambda said: said | {"points": None}, "points: found None; input should be a valid list"),
    "a point less": (lambda said: said | {"points": said["points"][:1]}, "digest: found '"),
    "another rng": (lambda said: said | {"study": said["study"] | {"rng": 2}}, "digest: found '"),
    "no digest": (lambda said: {k: v for k, v in said.items() if k != "digest"}, "digest is missing"),
    "no store": (lambda said: {k: v for k, v in said.items() if k != "store"}, "store is missing"),
    "a list": (lambda said: [said], "a mapping is allowed"),
    "null": (lambda said: None, "found None; a mapping is allowed"),
    "a number": (lambda said: 3, "found 3; a mapping is allowed"),
    "schema": (lambda said: said | {"schema": "2"}, "schema: found '2'; input should be a valid integer"),
    "schema 1": (lambda said: said | {"schema": 1}, "digest: found '"),
    "not finite": (lambda said: said | {"runs": float("nan")}, "found NaN; finite numbers are allowed"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_manifest_of_another_shape_or_content(study, capsys, change):
    path = study / "results" / "manifest.json"
    make, what = CHANGES[change]
    path.write_text(json.dumps(make(json.loads(path.read_text("utf-8")))), "utf-8")
    before = sorted(path.parent.rglob("*.parquet"))
    told = said_of(path.parent, capsys)
    assert f"{path}: is damaged (" in told and what in told and "put a copy of it back" in told and "--out" in told
    assert "\n" not in told and sorted(path.parent.rglob("*.parquet")) == before


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"schema": 2, "schema": 2}', "'schema' stands twice"),
        ('{"schema": 2, "model_version": "x", "store": "x", "runs": 1e999, "digest": "x"}', "runs: found inf"),
        ('{"schema": 2, "model_version": "x", "store": "x", "note": 1e999, "digest": "x"}', "digest: found 'x'"),
        ('{"schema": 2, "model_version": "x"}', "store is missing"),
        ('{"schema": 1, "model_version": "x"}', "study is missing"),
        ("", "Expecting value"),
        ("\udcff", "can't decode"),
    ],
)
def test_a_text_that_is_no_manifest(study, capsys, text, what):
    path = study / "results" / "manifest.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert what in said_of(path.parent, capsys)


def test_a_manifest_put_back_is_the_way_out(study, stores):
    path = study / "results" / "manifest.json"
    text = path.read_text("utf-8")
    path.write_text("{}")
    with pytest.raises(StoreError, match=r"is damaged \(schema is missing\); put a copy of it back"):
        ds.open_study(study)
    path.write_text(json.dumps(json.loads(text)), "utf-8")  # written otherwise, saying the same
    assert_same(path.parent, stores[0] / "results")


@pytest.mark.parametrize("key", ["points", "study"])
def test_what_a_manifest_may_not_say_is_not_written(tmp_path, key):
    with pytest.raises(StoreError, match=f"^manifest, {key}: found 3; input should be a valid"):
        Store.create(tmp_path / "s", {key: 3})
    with Store.create(tmp_path / "t", {}) as store, pytest.raises(StoreError, match=f"^manifest, {key}: found 3"):
        store.write_manifest({key: 3})
    assert Store.open(tmp_path / "t").manifest == store.manifest


def test_a_store_that_says_of_no_study(tmp_path):
    Store.create(tmp_path / "s", {}).close()
    assert status.status(tmp_path / "s")["id"] is None
    assert call(["study", "run", str(tmp_path / "s")]) == 2


@pytest.mark.parametrize("name", ["status.json", "holder.json"])
@pytest.mark.parametrize("text", ["[]", "3", "null", '{"beaten": []}', "{", "[" * 100_000, "forged", "\udcff"])
def test_a_hint_that_is_none_is_ignored(study, capsys, name, text):
    folder = study / "results"
    if text == "forged":  # sound JSON with the right keys: not as it was written all the same
        said = {"beaten": "x", "stored": 5, "folder": 3, "title": [], "since": 1e99, "of": {}, "digest": "0"}
        text = json.dumps(said)
    (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    said = status.status(folder)
    assert said["stored"] == {"ok": 12, "error": 0, "crashed": 0} and said["title"] == "A small study"
    assert call(["study", "status", str(folder)]) == 0 and "12 of 12 runs" in capsys.readouterr().out
    assert read_status(folder)["running"] is False
    with Store.open(folder, write=True), pytest.raises(StoreError, match="another process is writing"):
        (folder / "holder.json").write_bytes(text.encode("utf-8", "surrogateescape"))
        Store.open(folder, write=True)
    assert commands.start(folder, **QUIET).counts.skipped == 12 and status.status(folder)["state"] == "done"


# ---- files of results ------------------------------------------------------------------------------------------------
def part(folder, kind="runs", number=0):
    return sorted((folder / "results" / kind).iterdir())[number]


SWAPS = [("runs", "series"), ("runs", "schools"), ("series", "schools"), ("schools", "series"), ("schools", "runs")]


@pytest.mark.parametrize(("kind", "other"), SWAPS)
def test_a_file_of_another_kind_is_damaged_and_run_again(study, stores, kind, other):
    shutil.copy(part(study, other), part(study, kind))
    back_again(study, stores, kind, rf"is damaged \(holds {other}, not {kind}\)")


@pytest.mark.parametrize("kind", ["runs", "series", "schools"])
def test_a_file_of_another_store_is_damaged_and_run_again(study, stores, kind):
    shutil.copy(part(stores[1], kind), part(study, kind))
    back_again(study, stores, kind, r"is damaged \(belongs to another store: \w{16}; manifest.json says \w{16}\)")


@pytest.mark.parametrize("kind", ["runs", "series", "schools"])
def test_a_file_under_another_name_is_damaged_and_run_again(study, stores, kind):
    name = part(study).name
    for each in ("runs", "series", "schools"):
        old = part(study, each)
        shutil.copy(old, old.with_name("part-00000007.parquet"))
        if each != kind:  # the others fit their name
            about = about_part(old, of := Store.open(study / "results").manifest)
            rewrite(old.with_name("part-00000007.parquet"), about, read_part(old, of))
    assert name != "part-00000007.parquet"
    back_again(study, stores, kind, r"part-00000007.parquet: is damaged \(holds the numbers \[\d+, \d+\], under")


def rewrite(path, about, rows):
    from diffusion_sim.study.store.part_files import write_part

    write_part(path, about["schema"], [rows], {k: v for k, v in about.items() if k not in ("rows", "schema")})


@pytest.mark.parametrize("kind", ["runs", "series"])
def test_a_file_that_another_library_wrote_anew_is_damaged(study, stores, kind):
    import pandas as pd

    pd.read_parquet(part(study, kind)).to_parquet(part(study, kind))
    back_again(study, stores, kind, r"is damaged \(its footer does not fit its checksum")


def back_again(study, stores, kind, said):
    """It is told, set aside, and run again; the store is then as it was."""
    folder = study / "results"
    with pytest.raises(StoreError, match=said):
        Store.open(folder).load(kind)
    with pytest.raises(StoreError, match=said):
        commands.start(folder, **QUIET)
    commands.retry(folder, **QUIET)
    assert list((folder / "damaged").iterdir())
    assert_same(folder, stores[0] / "results")
    assert table(folder, "schools").equals(table(stores[0] / "results", "schools"))


@pytest.mark.parametrize("kind", ["runs", "series"])
def test_every_byte_that_is_read_is_checked(study, kind):
    """One byte after another: the file says that it is damaged, or the change is where nothing is read."""
    path, of = part(study, kind), Store.open(study / "results").manifest
    good, rows = path.read_bytes(), read_part(path, of)
    told, places = 0, range(0, len(good), len(good) // 150)
    for place in places:
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        try:
            assert read_part(path, of).equals(rows), place
        except Exception as error:
            assert type(error).__name__ == "Damage", (place, error)
            told += 1
    assert told >= len(places) - 1  # but for the magic at the beginning


def test_a_digest_is_of_order_and_content():
    said = {"a": 1, "b": [1.5, None, "x"]}
    assert whole(json.loads(seal(said))) == said
    for other in ({"b": said["b"], "a": 1}, {"a": 1.0, "b": said["b"]}, {"a": 1}):
        with pytest.raises(ValueError, match="^digest: found"):
            whole({**other, "digest": json.loads(seal(said))["digest"]})
