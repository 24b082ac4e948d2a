"""What is taken from a writer while it writes: it notices, ends or mends what is its own, and deletes nothing else."""

from __future__ import annotations

import json
import os
import shutil
import time

import pytest

from diffusion_sim.errors import StoreError
from diffusion_sim.study import commands
from diffusion_sim.study.store import compaction
from diffusion_sim.study.store.sealed import seal
from diffusion_sim.study.store.store import Store, read_status
from diffusion_sim.study.store.writer_lock import HOLDER
from tests.study.small_study import assert_same, begin, change_manifest, write_slow
from tests.study.store.test_store import MANIFEST, files, rows, weeks

pytestmark = pytest.mark.skipif(os.name == "nt", reason="open files cannot be taken away on Windows")


@pytest.fixture
def small(monkeypatch):
    """Blocks of ten runs, merges of three parts."""
    monkeypatch.setattr(compaction, "BLOCK_ROWS", 10)
    monkeypatch.setattr(compaction, "FEW", 3)


@pytest.fixture
def writer(tmp_path):
    """A store with two runs, open for writing."""
    store = Store.create(tmp_path / "s", MANIFEST)
    for i in range(2):
        store.append(rows([i]), weeks([i]))
    yield store
    try:
        store.close()
    except StoreError:
        pass


def tree(folder):
    """Content of all files, but for the one that names the holder, which it takes with it."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != HOLDER}


def ends(store, said, folder=None):
    """Every way to write ends with the same words, and the folder stays as it is."""
    before = tree(folder or store.folder)
    for write in (lambda: store.append(rows([9])), lambda: store.write_manifest({"runs": 5})):
        with pytest.raises(StoreError, match=said):
            write()
    store.beat({"state": "failed"}, force=True)
    store.close()
    assert tree(folder or store.folder) == before


def test_a_lock_that_is_removed_ends_the_writer(writer):
    (writer.folder / "store.lock").unlink()
    with pytest.raises(StoreError, match="store.lock was removed while results were written"):
        writer.beat({}, force=True)
    ends(writer, r"s: store.lock was removed while results were written.*deleted nothing.*run the study again")
    with Store.open(writer.folder, write=True) as again:
        assert len(again.completed()) == 2


def test_a_lock_in_its_place_that_is_another_ends_the_writer(writer):
    (writer.folder / "store.lock").rename(writer.folder / "old.lock")
    (writer.folder / "store.lock").touch()
    ends(writer, "store.lock was replaced while results")


def test_of_two_writers_the_first_ends_and_the_second_goes_on(writer, small):
    (writer.folder / "store.lock").unlink()
    with Store.open(writer.folder, write=True) as second:
        second.append(rows([2]), weeks([2]))
        holder = (writer.folder / "holder.json").read_text()
        ends(writer, rf"another process has begun to write to it \(process {os.getpid()} on")
        assert (writer.folder / "holder.json").read_text() == holder
        for i in range(3, 40):
            second.append(rows([i]), weeks([i]))
    assert len(Store.open(writer.folder).completed()) == 40
    assert Store.open(writer.folder).load("series").num_rows == 80


def test_a_merge_under_way_deletes_nothing_once_the_lock_is_lost(writer, monkeypatch):
    real = compaction.merge

    def merge(*how):
        (writer.folder / "store.lock").unlink()
        return real(*how)

    monkeypatch.setattr(compaction, "merge", merge)
    before = set(files(writer.folder))
    with pytest.raises(StoreError, match="store.lock was removed"):
        writer.close()
    monkeypatch.undo()
    assert before < set(files(writer.folder)) and len(Store.open(writer.folder).completed()) == 2


def test_a_removal_in_the_midst_of_an_append_leaves_the_files_of_the_next_writer(writer, monkeypatch):
    """The second writer is let in, and writes under the same name, while the first is about to."""
    from diffusion_sim.study.store import store as its

    real = its.write_part

    def late(path, *how, **more):
        if path.parent.name == "runs":
            monkeypatch.setattr(its, "write_part", real)
            (writer.folder / "store.lock").unlink()
            second = Store.open(writer.folder, write=True)
            second.append(rows([5]), weeks([5]))
            second._failed = True
            second.close()
            raise OSError(28, "No space left on device")
        return real(path, *how, **more)

    monkeypatch.setattr(its, "write_part", late)
    with pytest.raises(StoreError, match="store.lock was|another process"):
        writer.append(rows([4]), weeks([4]))
    reader = Store.open(writer.folder)
    assert sorted(reader.completed()) == ["town0000", "town0001", "town0005"] and reader.load("series").num_rows == 6


def test_a_manifest_that_is_removed_is_written_again(writer):
    text = (writer.folder / "manifest.json").read_text()
    (writer.folder / "manifest.json").unlink()
    writer.append(rows([2]), weeks([2]))
    assert (writer.folder / "manifest.json").read_text() == text
    (writer.folder / "manifest.json").unlink()
    writer.close()  # also where nothing more comes
    assert len(Store.open(writer.folder).completed()) == 3


@pytest.mark.parametrize("text", ["{}", "", None, "\udcff"])
def test_a_manifest_that_is_changed_ends_the_writer(writer, text):
    path, good = writer.folder / "manifest.json", (writer.folder / "manifest.json").read_text()
    if text is None:
        change_manifest(writer.folder, points=[])
    else:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    ends(writer, r"manifest.json: was changed while results were written.*put back a copy of it")
    path.write_text(good)
    with Store.open(writer.folder, write=True) as again:
        assert len(again.completed()) == 2


def test_a_manifest_that_is_touched_or_copied_is_the_same(writer):
    path = writer.folder / "manifest.json"
    shutil.copy(path, path.with_suffix(".copy"))
    os.replace(path.with_suffix(".copy"), path)
    writer.append(rows([2]))
    path.touch()
    writer.append(rows([3]))
    assert len(writer.completed()) == 4


@pytest.mark.parametrize("kind", ["runs", "series"])
def test_a_part_that_is_removed_is_told_with_the_way_out(writer, kind):
    path = writer.folder / kind / files(writer.folder)[0]
    path.unlink()
    with pytest.raises(StoreError, match=rf"{path}: is damaged \(is missing, while .*study retry"):
        writer.append(rows([2]))
    writer.beat({"state": "failed"}, force=True)
    writer.close()
    assert read_status(writer.folder)["state"] == "failed"
    if kind == "series":
        with pytest.raises(StoreError, match="is missing"):
            Store.open(writer.folder, write=True)


def test_a_folder_of_parts_that_is_removed_is_told(writer):
    shutil.rmtree(writer.folder / "series")
    with pytest.raises(StoreError, match=r"series.part-00000001.parquet: is damaged \(is missing"):
        writer.append(rows([2]))


@pytest.mark.parametrize("act", ["removed", "renamed", "renamed and made anew"])
def test_a_folder_that_is_taken_away(writer, tmp_path, act):
    old, new = writer.folder, tmp_path / "elsewhere"
    if act == "removed":
        shutil.rmtree(old)
    else:
        old.rename(new)
    if act.endswith("anew"):
        Store.create(old, MANIFEST).close()
    what = {"removed": "the folder was removed or renamed", "renamed": "the folder was removed or renamed"}
    ends(writer, what.get(act, "store.lock was replaced"), tmp_path)
    if act != "removed":
        assert len(Store.open(new).completed()) == 2


def test_a_holder_of_another_shape_is_no_other_writer(writer):
    for text in ("[]", "{", seal({"pid": "x"})[:-4], json.dumps({"pid": 1})):
        (writer.folder / "holder.json").write_text(text)
        writer.append(rows([len(writer.completed())]))
    assert len(writer.completed()) == 6


# ---- a whole study ---------------------------------------------------------------------------------------------------
@pytest.fixture
def running(tmp_path):
    """A slow study in another process, with runs in its store; (study, its results, the process)."""
    study, out = write_slow(tmp_path / "study", replicates=8), tmp_path / "out"
    process = begin("study", "run", study, "--out", out, "--workers", 1, "--any-version", "--allow-code")
    end = time.monotonic() + 120
    while time.monotonic() < end and not list((out / "runs").glob("*.parquet")) and process.poll() is None:
        time.sleep(0.05)
    yield study, out, process
    (study.parent / "slow").unlink(missing_ok=True)
    process.kill()
    process.communicate()


def finish(study, out, process):
    (study.parent / "slow").unlink()
    said, err = process.communicate(timeout=120)
    assert "Traceback" not in err and "unexpected" not in err, err
    return process.returncode, err


SAID = {"progress": False, "any_version": True, "allow_code": True, "workers": 1}


def test_a_study_whose_manifest_is_removed_ends_with_one(running, tmp_path):
    study, out, process = running
    (out / "manifest.json").unlink()
    code, err = finish(*running)
    assert code == 0, err
    commands.start(study, tmp_path / "undisturbed", **SAID)
    assert_same(out, tmp_path / "undisturbed")


def test_a_study_whose_lock_is_removed_ends_and_is_gone_on_with(running, tmp_path):
    study, out, process = running
    (out / "store.lock").unlink()
    code, err = process.wait(60), process.stderr.read()  # while it is slow: nothing has to come first
    assert code == 2 and "store.lock was removed" in err and "Traceback" not in err
    kept = tree(out / "runs")
    (study.parent / "slow").unlink()
    assert commands.start(study, out, **SAID).counts.skipped > 0 and kept
    commands.start(study, tmp_path / "undisturbed", **SAID)
    assert_same(out, tmp_path / "undisturbed")


def test_a_study_whose_folder_is_renamed_ends(running, tmp_path):
    study, out, process = running
    out.rename(tmp_path / "moved")
    code, err = process.wait(60), process.stderr.read()
    assert code == 2 and "the folder was removed or renamed" in err and not out.exists()
    (study.parent / "slow").unlink()
    assert commands.start(study, tmp_path / "moved", **SAID).counts.skipped > 0
