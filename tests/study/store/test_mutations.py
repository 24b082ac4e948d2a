"""Thousands of random changes to the files of a store: each is without effect, or told; none is believed, none breaks.

MUTATION_SEED=... repeats what a failure names.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

import diffusion_sim as ds
from diffusion_sim.cli import call
from diffusion_sim.errors import DiffusionSimError
from diffusion_sim.study import commands
from diffusion_sim.study.store.part_files import KINDS
from diffusion_sim.study.store.store import Store
from tests.study.small_study import assert_same, table, write_study

SEED = int(os.environ.get("MUTATION_SEED", random.SystemRandom().randrange(10**6)))
ASSETS = Path(__file__).parents[2] / "assets"
VALUES = (None, True, 0, -1, 3, 1e308, float("nan"), float("inf"), "", "x", "1", [], [[]], {}, {"a": 1}, [1, "x"])
HINTS = ("status.json", "holder.json", "store.lock", "provenance.json")  # nothing that is read of a study rests on them
QUIET = {"progress": False, "workers": 1}


# ---- a store, and what is done to it ---------------------------------------------------------------------------------
def in_parts(whole, folder, *shares):
    """The store ``whole`` once more, in files as a killed writer leaves them."""
    source = Store.open(whole)
    said = {k: v for k, v in source.manifest.items() if k not in ("schema", "store", "created")}
    tables = {kind: source.load(kind) for kind in KINDS}
    keys = tables["runs"].column("key").to_pylist()
    with Store.create(folder, said, {kind: t.schema for kind, t in tables.items()}) as store:
        for share in shares:
            mine = set(keys[share])
            chosen = [t.filter([k in mine for k in t.column("key").to_pylist()]) for t in tables.values()]
            store.append(*chosen)
        store.beat({"state": "stopped", "done": len(keys), "of": len(keys)}, force=True)
        store._failed = True  # files stay as they are
    (folder / "holder.json").write_text("{}")
    (folder / "provenance.json").write_text(json.dumps({"model_version": "x"}))
    return folder


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """A store in two files of each kind; another of the same study, with other runs in each; and in one file."""
    place = tmp_path_factory.mktemp("mutations")
    study = write_study(place, replicates=4, strategies=["none", "directed_uniform"], keep={"schools": "end"})
    commands.start(study, place / "whole", **QUIET)
    one = in_parts(place / "whole", place / "a", slice(0, None, 2), slice(1, None, 2))
    other = in_parts(place / "whole", place / "b", slice(0, 5), slice(5, None))
    return one, other, place / "whole"


def places(value, at=()):
    """Paths of all values within a JSON value."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*at, key))


def change_json(draw, text):
    """One value replaced by another, dropped, or said twice; or nested deeply."""
    said = json.loads(text or "{}")
    way = draw.choice(["value", "value", "drop", "twice", "whole", "deep"])
    found = [at for at in places(said) if at]
    if way == "deep" or not found:
        depth = draw.choice([50, 5_000, 200_000])
        return draw.choice(["[" * depth + "]" * depth, '{"study":' * depth + "1" + "}" * depth])
    if way == "whole":
        return json.dumps(draw.choice(VALUES))
    # Of a path as often a short one as a long one: a manifest has hundreds of columns.
    depth = draw.randint(1, max(map(len, found)))
    at = draw.choice([at for at in found if len(at) <= depth])
    inner = said
    for key in at[:-1]:
        inner = inner[key]
    if way == "twice":
        again = json.dumps(draw.choice(VALUES))
        return json.dumps(said)[:-1] + f", {json.dumps(str(at[0]))}: {again}}}"
    if way == "drop":
        del inner[at[-1]]
    else:
        inner[at[-1]] = draw.choice([*VALUES, inner[at[-1]], draw.randrange(10)])
    return json.dumps(said)


def change_bytes(draw, data):
    """Bytes flipped, cut off, put in, overwritten."""
    new, way = bytearray(data), draw.choice(["flip", "flip", "flip", "cut", "insert", "zeros", "tail"])
    place = draw.randrange(max(1, len(new)))
    if way == "flip" and new:
        for _ in range(draw.choice([1, 1, 1, 3, 20])):
            new[draw.randrange(len(new))] ^= draw.choice([1 << draw.randrange(8), draw.randrange(1, 256)])
    elif way == "cut":
        del new[place:]
    elif way == "insert":
        new[place:place] = draw.randbytes(draw.randint(1, 9))
    elif way == "zeros":
        new[place : place + draw.randint(1, 500)] = bytes(draw.randint(1, 500))
    elif new:  # the footer of a Parquet file is the last part of it
        new[-draw.randint(1, min(len(new), 4000))] ^= 1 << draw.randrange(8)
    return bytes(new)


def mutate(draw, folder, other):
    """Change one file (or two) of ``folder``. Returns (what was done, file, content of what was touched before)."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    theirs = sorted(p for p in other.rglob("*") if p.is_file())
    alike = draw.choice([".json", ".parquet", ""])
    path = draw.choice([p for p in files if p.suffix == alike] or files)
    way = draw.choice(["bytes", "bytes", "json", "swap", "copy", "other store", "other store", "missing"])
    if way == "json" and path.suffix != ".json":
        path = folder / "manifest.json"
    if way == "missing" and path.parent.name == "runs":
        way = "bytes"  # a store without a file of runs is that of a study that goes on
    second = draw.choice([p for p in files if p != path])
    before = {path: path.read_bytes(), second: second.read_bytes()}
    if way == "bytes":
        path.write_bytes(change_bytes(draw, before[path]))
    elif way == "json":
        path.write_text(change_json(draw, before[path].decode()))
    elif way == "swap":
        path.write_bytes(before[second])
        second.write_bytes(before[path])
        if "store.lock" not in (path.name, second.name):
            return way, {path, second}, before
    elif way == "copy":
        new = path.with_name(f"part-{draw.randrange(1, 30):08d}.parquet")
        before.setdefault(new, new.read_bytes() if new.exists() else None)
        new.write_bytes(draw.choice(list(before.values())[:2]))
        return way, {new}, before
    elif way == "other store":
        alike = [p for p in theirs if p.name == path.name and p.parent.name == path.parent.name]
        path.write_bytes(draw.choice(alike + [draw.choice(theirs)]).read_bytes())
    else:
        path.unlink()
    return way, {path, second} if way == "swap" else {path}, before


def put_back(before):
    for path, data in before.items():
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(data)


def says(*words):
    """Exit code and text of a command line."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = call([*map(str, words)])
    return code, out.getvalue() + err.getvalue()


def read_all(folder, any_version=False):
    """Tables of a study, None where it is refused in words."""
    try:
        study = ds.open_study(folder, any_version=any_version)
        return study.runs, study.series, study.schools
    except DiffusionSimError as error:
        assert str(error) and "\n" not in str(error)
        return None


def equal(one, other):
    return all(a.equals(b) for a, b in zip(one, other, strict=True))


# ---- what has to hold ------------------------------------------------------------------------------------------------
def go_on(folder, whole, counts):
    """``study run``, and where that is refused ``study retry``: the store is then as it was, or stays refused."""
    code, text = says("study", "run", folder, "--workers", 1)
    if code == 2:
        assert "error: " in text
        code, text = says("study", "retry", folder, "--workers", 1)
    assert code in (0, 2), text
    counts["run: as before" if code == 0 else "run: refused"] += 1
    if code == 0:
        assert_same(folder, whole)
        assert table(folder, "schools").equals(table(whole, "schools"))


@pytest.mark.slow
def test_thousands_of_changes(stores, tmp_path):
    print(f"MUTATION_SEED={SEED}")
    folder, other, whole = stores
    draw, counts = random.Random(SEED), Counter()
    right = read_all(folder)
    for number in range(int(os.environ.get("MUTATIONS", 5_000))):
        way, touched, before = mutate(draw, folder, other)
        where = f"MUTATION_SEED={SEED}, change {number}: {way} of {sorted(map(str, touched))}"
        try:
            code, text = says("study", "status", folder)
            assert code in (0, 2), f"{where}: {text}"
            found = read_all(folder)
            assert found is None or equal(found, right), f"{where}: believed"
            if all(path.name in HINTS for path in touched):
                assert code == 0 and found is not None, f"{where}: {text}"
            counts[f"{way}: {'told' if found is None else 'no effect'}"] += 1
            if number % 80 == 0:
                go_on(shutil.copytree(folder, tmp_path / "copy"), whole, counts)
        except AssertionError:
            raise
        except Exception as error:
            raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
        finally:
            put_back(before)
            shutil.rmtree(tmp_path / "copy", ignore_errors=True)
    assert equal(read_all(folder), right)
    print(dict(sorted(counts.items())))


@pytest.mark.slow
def test_changes_to_a_store_without_digests_break_nothing(stores, tmp_path):
    """What such a store says cannot be checked; it is refused or read, and never an internal error."""
    print(f"MUTATION_SEED={SEED}")
    folder = shutil.copytree(next(ASSETS.glob("store_0.1.0")), tmp_path / "old")
    draw, counts = random.Random(SEED), Counter()
    for number in range(int(os.environ.get("MUTATIONS", 5_000)) // 10):
        way, touched, before = mutate(draw, folder, stores[1])
        where = f"MUTATION_SEED={SEED}, change {number}: {way} of {sorted(map(str, touched))}"
        try:
            code, text = says("study", "status", folder)
            assert code in (0, 2), f"{where}: {text}"
            counts[f"{way}: {'told' if read_all(folder, any_version=True) is None else 'read'}"] += 1
        except Exception as error:
            raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
        finally:
            put_back(before)
    print(dict(sorted(counts.items())))
