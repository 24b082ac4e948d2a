"""The store: what is appended comes back, whole, once and in order; what is wrong is said with the way out."""

from __future__ import annotations

import errno
import os
import re
import threading
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diffusion_sim.errors import StoreError
from diffusion_sim.model_version import model_version
from diffusion_sim.study.merge_shards import take_over
from diffusion_sim.study.store import compaction, part_files, read_tables, writer_lock
from diffusion_sim.study.store.store import Store, is_store, read_status, set_damaged_aside
from tests.study.small_study import change_manifest

ARMS = {"town": ["b", "a"], "hill": ["a", "c"]}
MANIFEST = {"arms": ARMS, "study": {"id": "s", "rng": 1}, "points": [[{}, {}]], "inputs": {}}


def rows(numbers, scenario="town", status="ok", **more):
    n = len(numbers)
    arms = ARMS[scenario]
    return pa.table(
        {
            "key": [f"{scenario}{i:04d}" for i in numbers],
            "status": [status] * n,
            "error": pa.array([None if status == "ok" else "it failed"] * n, pa.string()),
            "scenario": [scenario] * n,
            "strategy": [arms[i % 2] for i in numbers],
            "point": [i // 2 % 3 for i in numbers],
            "replicate": [i // 6 for i in numbers],
            "reach": [float(i) for i in numbers],
        }
        | {name: pa.array(values) for name, values in more.items()}
    )


def weeks(numbers, scenario="town", add=0.0):
    return pa.table(
        {
            "key": [f"{scenario}{i:04d}" for i in numbers for _ in range(2)],
            "week": [9 * q for _ in numbers for q in range(2)],
            "reach": [i + q / 10 + add for i in numbers for q in range(2)],
        }
    )


@pytest.fixture
def small(monkeypatch):
    """Blocks of ten runs, merges of three parts."""
    monkeypatch.setattr(compaction, "BLOCK_ROWS", 10)
    monkeypatch.setattr(compaction, "FEW", 3)


def files(folder, kind="runs"):
    return sorted(os.listdir(folder / kind))


# ---- what goes in comes out ------------------------------------------------------------------------------------------
def test_rows_come_back_in_the_order_of_the_study_not_of_their_arrival(tmp_path):
    with Store.create(tmp_path / "s", MANIFEST) as store:
        for chunk in ([7, 3], [11, 0, 5], [1]):
            store.append(rows(chunk), weeks(chunk))
        store.append(rows([2, 1], "hill"), weeks([2, 1], "hill"))
        loaded = store.load()
        series = store.load("series")
    # By hand: town before hill, as in arms; point, then replicate; of the strategies b (even) before a (odd).
    expected = ["town0000", "town0001", "town0007", "town0003", "town0005", "town0011", "hill0001", "hill0002"]
    assert loaded.column("key").to_pylist() == expected
    assert loaded.column("reach").to_pylist() == [0, 1, 7, 3, 5, 11, 1, 2]
    assert series.column("key").to_pylist() == [key for key in expected for _ in range(2)]
    assert series.column("week").to_pylist() == [0, 9] * 8
    assert series.column("reach").to_pylist()[:4] == [0.0, 0.1, 1.0, 1.1]


def test_a_store_is_the_same_however_its_rows_came(tmp_path, small):
    rng = np.random.default_rng(3)
    loaded = []
    for name, size in (("one", 1), ("many", 7), ("all", 36)):
        numbers = rng.permutation(36)
        with Store.create(tmp_path / name, MANIFEST) as store:
            for first in range(0, 36, size):
                chunk = numbers[first : first + size].tolist()
                store.append(rows(chunk), weeks(chunk))
        store = Store.open(tmp_path / name)
        loaded.append((store.load(), store.load("series")))
    for runs, series in loaded[1:]:
        assert runs.equals(loaded[0][0]) and series.equals(loaded[0][1])
    assert loaded[0][0].num_rows == 36 and loaded[0][1].num_rows == 72


def test_asked_columns_in_asked_order(tmp_path):
    with Store.create(tmp_path / "s", MANIFEST) as store:
        store.append(rows([1, 0]), weeks([1, 0]))
        assert store.load(columns=["reach", "strategy"]).to_pydict() == {"reach": [0, 1], "strategy": ["b", "a"]}
        assert store.load("series", ["reach"]).column_names == ["reach"]
        assert pa.types.is_dictionary(store.load().schema.field("strategy").type)
        with pytest.raises(StoreError, match="runs have no column 'raech'; did you mean 'reach'"):
            store.load(columns=["raech"])
        with pytest.raises(StoreError, match="kind of table: found 'run'; did you mean 'runs'"):
            store.load("run")


def test_a_missing_value_and_not_a_number_are_null(tmp_path):
    with Store.create(tmp_path / "s", MANIFEST) as store:
        store.append(rows([0, 1], depth=[0.5, float("nan")]))
        store.append(rows([2], status="error").drop_columns(["reach"]))
        loaded = store.load(columns=["key", "depth", "reach", "error"]).to_pydict()
    assert loaded["depth"] == [0.5, None, None]
    assert loaded["reach"] == [0.0, 1.0, None]
    assert loaded["error"] == [None, None, "it failed"]


def test_every_file_has_the_same_columns_even_when_the_first_runs_fail(tmp_path):
    columns = {"runs": rows([0], depth=[0.1]).schema}
    with Store.create(tmp_path / "s", MANIFEST, columns) as store:
        failed = rows([0], status="error").drop_columns(["reach"]).append_column("depth", pa.nulls(1))
        store.append(failed)
        store.append(rows([1], depth=[0.2]))
        schemas = [pq.read_schema(tmp_path / "s" / "runs" / name) for name in files(tmp_path / "s")]
        assert len(schemas) == 2 and schemas[0].remove_metadata() == schemas[1].remove_metadata()
        assert schemas[0].field("depth").type == pa.float64()
        assert store.load(columns=["depth"]).to_pydict() == {"depth": [None, 0.2]}


def test_an_empty_store_has_its_columns(tmp_path):
    with Store.create(tmp_path / "s", MANIFEST, {"runs": rows([0]).schema}) as store:
        assert store.load().column_names == rows([0]).column_names and store.load().num_rows == 0
        assert store.load("series").num_rows == 0 and store.completed() == {}
        store.append(rows([]))
        assert files(tmp_path / "s") == []


@pytest.mark.parametrize(
    ("table", "series", "said"),
    [
        (rows([5], dpeth=[1.0]), None, "the store has no column 'dpeth'"),
        (rows([5]).drop_columns(["key"]), None, "column 'key' has rows without a value"),
        (rows([5, 5]), None, "two rows have the same key"),
        (rows([5]), weeks([6]), "has rows of runs that are not in"),
        (rows([5]).set_column(7, "reach", pa.array(["much"])), None, "column 'reach' is double in the store"),
    ],
)
def test_tables_that_do_not_fit_are_refused_whole(tmp_path, table, series, said):
    with Store.create(tmp_path / "s", MANIFEST) as store:
        store.append(rows([0]), weeks([0]))
        with pytest.raises(StoreError, match=said):
            store.append(table, series)
        assert list(store.completed()) == ["town0000"]
        store.append(rows([1]), weeks([1]))
        assert len(store.completed()) == 2


def test_a_store_that_is_read_or_closed_takes_nothing(tmp_path):
    store = Store.create(tmp_path / "s", MANIFEST)
    store.close()
    store.close()
    for shut in (store, Store.open(tmp_path / "s")):
        with pytest.raises(StoreError, match="open to read only, or was closed"):
            shut.append(rows([0]))


# ---- retries, compaction ---------------------------------------------------------------------------------------------
def test_the_last_row_of_a_run_counts_and_a_clean_end_leaves_it_alone(tmp_path, small):
    with Store.create(tmp_path / "s", MANIFEST) as store:
        store.append(rows([0, 1]), weeks([0, 1]))
        store.append(rows([2, 3], status="error"), weeks([2, 3], add=50))
        store.append(rows(range(4, 20)), weeks(range(4, 20)))
    with Store.open(tmp_path / "s", write=True) as store:
        assert [key for key, status in store.completed().items() if status == "error"] == ["town0002", "town0003"]
        store.append(rows([3]), weeks([3]))
        assert store.completed()["town0003"] == "ok" and len(store.completed()) == 20
        assert store.load().num_rows == 20
        reach = dict(zip(*(store.load("series").column(c).to_pylist() for c in ("key", "reach")), strict=True))
        assert reach["town0003"] == pytest.approx(3.1) and reach["town0002"] == pytest.approx(52.1)
    raw = [k for n in files(tmp_path / "s") for k in pq.read_table(tmp_path / "s/runs" / n)["key"].to_pylist()]
    assert len(raw) == len(set(raw)) == 20
    raw = [k for n in files(tmp_path / "s") for k in pq.read_table(tmp_path / "s/series" / n)["reach"].to_pylist()]
    assert len(raw) == 40 and sum(value > 50 for value in raw) == 2
    assert Store.open(tmp_path / "s").load("series").num_rows == 40


def test_blocks_are_large_and_parts_few(tmp_path, small):
    with Store.create(tmp_path / "s", MANIFEST) as store:
        for i in range(47):
            store.append(rows([i]), weeks([i]))
            if i % 5 == 0:
                time.sleep(0.01)
    names = files(tmp_path / "s")
    blocks = [name for name in names if name.startswith("block")]
    assert len(names) - len(blocks) <= 1 and blocks
    for name in blocks:
        assert pq.read_metadata(tmp_path / "s/runs" / name).num_rows >= 10
    assert files(tmp_path / "s", "series") == names
    about = part_files.about_part(tmp_path / "s/runs" / blocks[0], Store.open(tmp_path / "s").manifest)
    assert (
        about["model_version"] == model_version() and len(about["parts"]) > 1 and about["kinds"] == ["runs", "series"]
    )
    assert Store.open(tmp_path / "s").load().num_rows == 47


def held(*sizes):
    """Files of these sizes, one number each; a negative size is a block."""
    made = []
    for i, size in enumerate(sizes, 1):
        part = part_files.merged_part(i, i, True) if size < 0 else part_files.new_part(i)
        made.append(compaction.Held(part, abs(size), ("runs",)))
    return made


def test_what_is_merged_when(monkeypatch):
    monkeypatch.setattr(compaction, "BLOCK_ROWS", 100)
    monkeypatch.setattr(compaction, "FEW", 4)
    assert compaction.next_merge(held(1, 1, 1)) is None
    assert compaction.next_merge(held(1, 1, 1, 1)) == (0, 4, False)
    assert compaction.next_merge(held(-100, 1, 1, 1, 1)) == (1, 5, False)
    assert compaction.next_merge(held(60, 39)) is None
    assert compaction.next_merge(held(60, 39, 1, 50)) == (0, 3, True)
    assert compaction.next_merge(held(-100, 120, 1)) == (1, 2, True)
    assert compaction.next_merge(held(-100, 5, 1), closing=True) == (1, 3, False)
    assert compaction.next_merge(held(-100, 5), closing=True) is None
    merged = compaction.Held(part_files.merged_part(1, 4, False), 4, ("runs",))
    more = [compaction.Held(part_files.new_part(i), 1, ("runs",)) for i in range(5, 9)]
    assert compaction.next_merge([merged, *more]) == (0, 5, False)  # as large as the new ones: with them
    assert compaction.next_merge([merged._replace(rows=9), *more]) == (1, 5, False)  # larger: left


def test_a_merge_that_fails_is_told_by_the_next_append_or_the_end(tmp_path, small, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compaction, "write_part", full)
    store = Store.create(tmp_path / "s", MANIFEST)
    with pytest.raises(StoreError, match=r"cannot write results: No space left.*run the study again"):
        for i in range(200):
            store.append(rows([i]))
            time.sleep(0.01)
    stored = len(store.completed())
    assert 3 <= stored < 200
    store.close()
    monkeypatch.undo()
    with Store.open(tmp_path / "s", write=True) as store:
        assert len(store.completed()) == stored


def test_a_failed_append_leaves_nothing(tmp_path, monkeypatch):
    store = Store.create(tmp_path / "s", MANIFEST)
    store.append(rows([0]), weeks([0]))
    real = os.replace

    def refuse(source, target):
        if "/runs/" in os.fspath(target).replace(os.sep, "/"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StoreError, match="No space left on device"):
        store.append(rows([1]), weeks([1]))
    monkeypatch.undo()
    assert len(files(tmp_path / "s")) == len(files(tmp_path / "s", "series")) == 1
    store.append(rows([1]), weeks([1]))
    assert len(store.completed()) == 2
    store.close()


def test_a_reader_never_misses_runs_while_blocks_are_made(tmp_path, small):
    wrong, stop = [], threading.Event()
    with Store.create(tmp_path / "s", MANIFEST) as store:
        store.append(rows([0]), weeks([0]))
        safe = [1]

        def read():
            while not stop.is_set():
                least = safe[0]
                reader = Store.open(tmp_path / "s")
                found, series = len(reader.completed()), reader.load("series").num_rows
                if found < least or series < 2 * least:
                    wrong.append((least, found, series))

        thread = threading.Thread(target=read)
        thread.start()
        for i in range(1, 60):
            store.append(rows([i]), weeks([i]))
            safe[0] = i + 1
        stop.set()
        thread.join()
    assert not wrong


# ---- what is in the way ----------------------------------------------------------------------------------------------
def fill(folder, count=30):
    with Store.create(folder, MANIFEST) as store:
        for i in range(count):
            store.append(rows([i]), weeks([i]))
    return folder


@pytest.mark.parametrize("how", ["cut", "zeroed footer", "empty", "changed inside"])
@pytest.mark.parametrize("kind", ["runs", "series"])
def test_a_damaged_file_is_named_with_the_way_out(tmp_path, small, how, kind):
    folder = fill(tmp_path / "s")
    path = folder / kind / files(folder)[0]
    lost = set(pq.read_table(folder / "runs" / path.name).column("key").to_pylist())
    whole = path.read_bytes()
    if how == "changed inside":
        data = bytearray(whole)
        data[len(data) // 8] ^= 255
        data[60:64] = bytes(255 - b for b in data[60:64])
        whole_new = bytes(data)
    else:
        whole_new = {"cut": whole[: len(whole) // 2], "zeroed footer": whole[:-400] + bytes(400), "empty": b""}[how]
    path.write_bytes(whole_new)
    with pytest.raises(StoreError) as caught:
        Store.open(folder, write=True).close()
        Store.open(folder).load(kind)
    said = str(caught.value)
    assert said.startswith(f"{path}: is damaged (") and "run again" in said and f"study retry {folder}" in said
    assert f"with {30 - len(lost)} runs" in said and "\n" not in said
    assert path.read_bytes() == whole_new, "nothing is repaired silently"
    moved = set_damaged_aside(folder)
    assert {p.name for p in moved} == {f"{k}-{path.name}" for k in ("runs", "series")} and all(
        p.exists() for p in moved
    )
    with Store.open(folder, write=True) as store:
        left = set(store.completed())
        assert left.isdisjoint(lost) and len(left) == 30 - len(lost)
        again = sorted(int(key[4:]) for key in lost)
        store.append(rows(again), weeks(again))
    assert Store.open(folder).load("series").num_rows == 60
    assert set_damaged_aside(folder) == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE, errno.ESTALE, errno.EIO])
def test_a_file_that_the_system_does_not_hand_out_is_not_damaged(tmp_path, monkeypatch, number):
    """Somebody else's file, too many open ones, a drive that has gone: said as such, and nothing is set aside."""
    folder = fill(tmp_path / "s", 3)
    path, text, real = folder / "series" / files(folder)[0], os.strerror(number), pa.OSFile
    (folder / "runs" / "part-00000099.parquet").write_bytes(b"PAR1")  # this one is

    def refuse(place):
        if place == os.fsencode(path):
            raise OSError(number, f"Failed to open local file '{path}'")
        return real(place)

    before = sorted(folder.rglob("*.parquet"))
    monkeypatch.setattr(part_files.pa, "OSFile", refuse)
    with pytest.raises(StoreError, match=rf"^{re.escape(str(path))}: cannot be read, or moved to damaged: {text}$"):
        set_damaged_aside(folder)
    assert sorted(folder.rglob("*.parquet")) == before
    (folder / "runs" / "part-00000099.parquet").unlink()
    with pytest.raises(StoreError, match=rf"^{re.escape(str(path))}: cannot be read: {text}$"):
        Store.open(folder).load("series")
    monkeypatch.undo()
    assert Store.open(folder).load("series").num_rows == 6 and set_damaged_aside(folder) == []


@pytest.mark.skipif(os.name == "nt", reason="making links takes rights on Windows")
def test_a_file_that_cannot_be_opened_is_not_damaged(tmp_path):
    """What the library that reads files really raises: a link to itself cannot be opened, whoever asks."""
    folder = fill(tmp_path / "s", 3)
    path = folder / "runs" / files(folder)[0]
    path.unlink()
    path.symlink_to(path)
    for read in (set_damaged_aside, lambda folder: Store.open(folder).load()):
        with pytest.raises(StoreError, match=rf"^{re.escape(str(path))}: cannot be read.*: Too many levels of symb"):
            read(folder)
    assert path.is_symlink()


def test_a_folder_that_cannot_be_listed_is_one_error(tmp_path, monkeypatch):
    folder, real = fill(tmp_path / "s", 3), os.listdir

    def refuse(place):
        if place == folder / "runs":
            raise PermissionError(errno.EACCES, "Permission denied", str(place))
        return real(place)

    monkeypatch.setattr(os, "listdir", refuse)
    for read in (set_damaged_aside, lambda folder: Store.open(folder).completed()):
        with pytest.raises(StoreError, match=r"s.runs: cannot be read.*: Permission denied"):
            read(folder)


def test_runs_without_a_manifest_are_not_taken_for_those_of_a_new_study(tmp_path):
    folder = fill(tmp_path / "s", 3)
    (folder / "manifest.json").unlink()
    with pytest.raises(StoreError, match=r"s: holds runs, but no manifest.json .*put a copy of it back, or .*--out"):
        Store.create(folder, MANIFEST | {"study": {"id": "another"}})
    for name in files(folder):
        (folder / "runs" / name).unlink()
    with pytest.raises(StoreError, match="holds runs"):  # their series are left, which a new store would remove
        Store.create(folder, MANIFEST)
    assert files(folder, "series")


def test_a_missing_series_is_told_and_not_taken_for_none(tmp_path):
    folder = fill(tmp_path / "s", 3)
    (folder / "series" / files(folder)[0]).unlink()
    with pytest.raises(StoreError, match=r"series.*is missing, while files that go with it are there.*study retry"):
        Store.open(folder).load("series")
    assert set_damaged_aside(folder)
    assert Store.open(folder).completed() == {}


def test_another_version_of_the_model_is_refused_unless_told_so(tmp_path):
    folder = fill(tmp_path / "s", 2)
    change_manifest(folder, model_version="0ld0ld", package_version="0.0.9")
    for write in (False, True):
        with pytest.raises(StoreError) as caught:
            Store.open(folder, write=write)
        for word in ("0.0.9, 0ld0ld", model_version(), "--any-version", "--out"):
            assert word in str(caught.value)
    assert len(Store.open(folder, any_version=True).completed()) == 2
    with Store.open(folder, write=True, any_version=True) as store:
        assert store.manifest["also_written_by"] == [model_version()] and store.manifest["model_version"] == "0ld0ld"


@pytest.mark.parametrize(("schema", "way"), [(0, "open it with the version that wrote it"), (3, "install a newer")])
def test_another_schema_is_refused(tmp_path, schema, way):
    folder = fill(tmp_path / "s", 2)
    change_manifest(folder, schema=schema)
    with pytest.raises(StoreError, match=rf"has store schema {schema}.*which reads 2: {way}"):
        Store.open(folder, any_version=True)


def test_what_is_no_store_is_not_opened_and_not_taken(tmp_path):
    with pytest.raises(StoreError, match="none: is not there"):
        Store.open(tmp_path / "none")
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("1")
    with pytest.raises(StoreError, match="is no folder of results"):
        Store.open(other)
    with pytest.raises(StoreError, match=r"is no folder of results and is not empty \(chapter.txt\)"):
        Store.create(other, MANIFEST)
    assert os.listdir(other) == ["chapter.txt"]
    with pytest.raises(StoreError, match="chapter.txt.*cannot be made"):
        Store.create(other / "chapter.txt", MANIFEST)
    folder = fill(tmp_path / "s", 2)
    with pytest.raises(StoreError, match="holds results already"):
        Store.create(folder, MANIFEST)
    assert is_store(folder) and not is_store(other)
    (folder / "manifest.json").write_text('{"schema": 1')
    with pytest.raises(StoreError, match="manifest.json: is damaged"):
        Store.open(folder)
    with pytest.raises(StoreError, match="folder of results: found None"):
        Store.open(None)
    with pytest.raises(StoreError, match="manifest: found .*plain|manifest: found"):
        Store.create(tmp_path / "t", {"points": {1, 2}})


def test_a_second_writer_in_this_process_is_refused_too(tmp_path):
    with Store.create(tmp_path / "s", MANIFEST):
        with pytest.raises(StoreError, match=rf"another process is writing to it \(process {os.getpid()} on"):
            Store.open(tmp_path / "s", write=True)
    Store.open(tmp_path / "s", write=True).close()


def test_a_drive_without_locks_has_a_marker_file_instead(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl", reason="Windows has locks on every drive")

    def missing(*_args):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", missing)
    with pytest.warns(UserWarning, match="flock not supported"):
        with Store.create(tmp_path / "s", MANIFEST) as store:
            with pytest.raises(StoreError, match="another process is writing to it"):
                Store.open(tmp_path / "s", write=True)
            assert read_status(tmp_path / "s")["running"]
            store.append(rows([0]))
        assert not read_status(tmp_path / "s")["running"]
        Store.open(tmp_path / "s", write=True).close()


def test_a_manifest_keeps_what_the_store_needs(tmp_path):
    with Store.create(tmp_path / "s", MANIFEST) as store:
        store.append(rows([0]))
        store.write_manifest({"study": {"id": "s"}, "replicates": 60})
        assert store.manifest["replicates"] == 60
    told = Store.open(tmp_path / "s").manifest
    assert told["columns"]["runs"]["reach"] == "double" and told["model_version"] == model_version()
    assert told["replicates"] == 60 and "arms" not in told


def test_the_heartbeat_is_seen_elsewhere_at_most_once_a_second(tmp_path, monkeypatch):
    now = 100.0
    monkeypatch.setattr(writer_lock.time, "monotonic", lambda: now)
    with Store.create(tmp_path / "s", MANIFEST) as store:
        assert read_status(tmp_path / "s")["age"] is None
        store.beat({"done": 1})
        now += 0.9
        store.beat({"done": 2})
        status = read_status(tmp_path / "s")
        assert status["running"] and status["done"] == 1 and status["holder"]["pid"] == os.getpid()
        store.beat({"done": 3}, force=True)
        assert read_status(tmp_path / "s")["done"] == 3
        now += 1.1
        store.beat({"done": 4})
        assert read_status(tmp_path / "s")["done"] == 4
        store.append(rows([0]))  # the look from outside left the lock alone
    assert not read_status(tmp_path / "s")["running"]


# ---- merging ---------------------------------------------------------------------------------------------------------
def test_shards_are_merged_once_however_often_they_are_taken(tmp_path, small):
    for name, numbers in (("one", range(0, 30, 2)), ("two", range(1, 30, 2))):
        with Store.create(tmp_path / name, MANIFEST) as shard:
            for i in numbers:
                shard.append(rows([i], status="error" if i == 4 else "ok"), weeks([i]))
    with Store.create(tmp_path / "whole", MANIFEST) as whole:
        whole.append(rows([0, 3], status="error"))
        assert take_over(whole, tmp_path / "one") == 15
        assert take_over(whole, tmp_path / "one") == 0
        assert take_over(whole, tmp_path / "two") == 15
        assert take_over(whole, tmp_path / "two") == 0
        done = whole.completed()
    assert len(done) == 30 and [k for k, s in done.items() if s != "ok"] == ["town0004"]
    whole = Store.open(tmp_path / "whole")
    assert whole.load("series").num_rows == 60 and whole.load().num_rows == 30


@pytest.mark.parametrize("what", ["study", "points", "arms", "inputs", "model_version"])
def test_a_shard_of_another_study_is_refused(tmp_path, what):
    others = {"study": {"id": "t"}, "points": [[{"a": 1}, {}]], "arms": {"t": ["a"]}, "inputs": {"t": {}}}
    with Store.create(tmp_path / "other", MANIFEST | {what: others.get(what, "0ld")}):
        pass
    with Store.create(tmp_path / "whole", MANIFEST) as whole:
        with pytest.raises(StoreError, match="is of another study|another version of the model"):
            take_over(whole, tmp_path / "other")
        with pytest.raises(StoreError, match="merged with itself"):
            take_over(whole, tmp_path / "whole")


# ---- readers of the files --------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def folder_of_files(tmp_path_factory):
    """Blocks, merged parts and fresh parts, with a failed run and a value that is missing; still open."""
    folder = tmp_path_factory.mktemp("readers") / "s"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compaction, "BLOCK_ROWS", 10)
        patch.setattr(compaction, "FEW", 3)
        with Store.create(folder, MANIFEST, {"runs": rows([0], depth=[0.1]).schema}) as store:
            for i in range(24):
                store.append(rows([i], depth=[float("nan") if i == 5 else 0.5]), weeks([i]))
        store = Store.open(folder, write=True)
        store.append(rows([24], status="error"), None)
        store.append(rows([25], depth=[0.5]), weeks([25]))
        yield folder
        store.close()


def test_pandas_reads_the_folder(folder_of_files):
    import pandas as pd

    frame = pd.read_parquet(folder_of_files / "runs")
    assert len(frame) == 26 and frame.depth.mean() == 0.5 and frame.depth.isna().sum() == 2
    assert frame.set_index("key").loc["town0024", "error"] == "it failed"
    assert len(pd.read_parquet(folder_of_files / "series")) == 50


def test_polars_reads_the_folder(folder_of_files):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = polars.read_parquet(folder_of_files / "runs" / "*.parquet")
    assert frame.height == 26 and frame["depth"].mean() == 0.5 and frame["depth"].null_count() == 2
    assert frame["depth"].is_nan().sum() == 0 and frame["strategy"].dtype == polars.String


def test_duckdb_reads_the_folder(folder_of_files):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    asked = f"select count(*), avg(depth), count(depth) from '{folder_of_files}/runs/*.parquet'"
    assert duckdb.sql(asked).fetchall() == [(26, 0.5, 24)]


def test_loading_reads_each_file_once(folder_of_files, monkeypatch):
    """What a large store takes to load is measured in benchmarks/studies.py; here, that nothing is read twice."""
    read = []

    def noted(path, *how):
        read.append(path)
        return part_files.read_part(path, *how)

    monkeypatch.setattr(read_tables, "read_part", noted)
    reader = Store.open(folder_of_files)
    runs = [folder_of_files / "runs" / name for name in files(folder_of_files)]
    assert len(runs) > 3 and reader.load().num_rows == 26 and sorted(read) == runs
    read.clear()
    series = [folder_of_files / "series" / name for name in files(folder_of_files, "series")]
    assert reader.load("series").num_rows == 50 and sorted(read) == sorted(runs + series)
