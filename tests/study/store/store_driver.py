"""A process that appends numbered runs to a store and is killed, again and again. Run as a script, not collected.

python store_driver.py kills FOLDER COUNT SEED    COUNT kills at random moments, the store checked after each
python store_driver.py steps FOLDER [STRIDE]      death before the first, second, ... act on the file system
python store_driver.py hold FOLDER                hold a store for writing until killed
python store_driver.py fill FOLDER [LIMIT]        append until it fails; LIMIT bytes a file at most
python store_driver.py try FOLDER                 open for writing, and say the error
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
import traceback
from functools import partial
from pathlib import Path

import numpy as np
import pandas  # noqa: F401 (pyarrow asks for it; here once, not in every child)
import pyarrow as pa
import pyarrow.parquet as pq

from diffusion_sim.errors import StoreError
from diffusion_sim.model_version import model_version
from diffusion_sim.study.store import compaction
from diffusion_sim.study.store.part_files import KINDS, live_parts
from diffusion_sim.study.store.store import Store, is_store

ARMS = {"town": ["a", "b", "c"]}
ROWS = 3  # of a series, for each run


def tables(numbers, status="ok", tries=1):
    """Runs, series and schools of the runs of these numbers; everything in them follows from the number."""
    n = np.asarray(numbers)
    keys = [f"{i:016x}" for i in n]
    runs = pa.table(
        {
            "key": keys,
            "status": [status if status != "mixed" else ("error" if i % 7 == 0 else "ok") for i in n],
            "scenario": ["town"] * n.size,
            "strategy": [ARMS["town"][i % 3] for i in n],
            "point": n // 3 % 4,
            "replicate": n // 12,
            "tries": np.full(n.size, tries),
            "reach": n * 0.5,
        }
    )
    each = np.repeat(n, ROWS)
    series = pa.table({"key": [f"{i:016x}" for i in each], "week": np.tile(np.arange(ROWS), n.size),
                       "tries": np.full(each.size, tries), "reach": each * 0.25,
                       "noise": (each * ROWS + np.tile(np.arange(ROWS), n.size)) * 0.6180339887498949 % 1})  # fmt: skip
    schools = pa.table({"key": keys, "school_id": [f"s{i}" for i in n], "tries": np.full(n.size, tries)})
    return runs, series, (schools if n[0] % 2 == 0 else None)


def opened(folder):
    """The store for writing, made where a kill came before it was there. Any version: sources may be edited."""
    if is_store(folder):
        return Store.open(folder, write=True, any_version=True)
    kinds = dict(zip(KINDS, (t.schema for t in tables([0])), strict=True))
    return Store.create(folder, {"arms": ARMS, "study": {"id": "driven"}}, kinds)


def check(folder, promised, retried):
    """Nothing lost, nothing doubled, whatever happened to the writer. Returns how many runs there are."""
    if not is_store(folder):
        assert not promised, "runs were promised and there is no store"
        return 0
    store = Store.open(folder, any_version=True)
    done = store.completed()
    numbers = sorted(int(key, 16) for key in done)
    assert numbers == list(range(len(numbers))), f"holes: {numbers[:5]} ... {len(numbers)}"
    assert len(numbers) >= promised, f"{promised} promised, {len(numbers)} there"
    assert all(done[f"{i:016x}"] == "ok" for i in retried), "a run that was retried is back to its error"
    runs = store.load()
    by_number = sorted(range(len(numbers)), key=lambda i: (i // 3 % 4, i // 12, i % 3))
    assert runs.column("key").to_pylist() == [f"{i:016x}" for i in by_number]
    assert runs.column("reach").to_pylist() == [i * 0.5 for i in by_number]
    tries = dict(zip(runs.column("key").to_pylist(), runs.column("tries").to_pylist(), strict=True))
    assert all((tries[k] == 2) >= (done[k] == "ok" and int(k, 16) % 7 == 0) for k in done), "an old row counts"
    series = store.load("series")
    if len(numbers):
        assert series.column("key").to_pylist() == [f"{i:016x}" for i in by_number for _ in range(ROWS)]
        assert series.column("week").to_pylist() == list(range(ROWS)) * len(numbers)
        assert series.column("tries").to_pylist() == [tries[k] for k in series.column("key").to_pylist()]
    schools = store.load("schools")
    assert all(tries[k] == t for k, t in zip(*(schools.column(c).to_pylist() for c in ("key", "tries")), strict=True))
    return len(numbers)


def check_tidy(folder):
    """After a clean end: each run once, in the files themselves, and no file that does not count."""
    keys = [k for p in (folder / "runs").glob("*.parquet") for k in pq.read_table(p).column("key").to_pylist()]
    assert len(keys) == len(set(keys)), "doubles in the files"
    names = {part.name for part in live_parts(folder)}
    for kind in KINDS:
        assert set(os.listdir(folder / kind)) <= names, "files that do not count"
    assert not [name for name in os.listdir(folder) if name.endswith(".tmp")]


def small():
    """Blocks and merges of a few rows, so that all of it happens within milliseconds."""
    compaction.BLOCK_ROWS, compaction.FEW = 40, 3


# ---- kills at random moments -----------------------------------------------------------------------------------------
def write_on(folder, say, rng):
    """Append runs, and retry those that failed, until killed; ``say`` what is safely stored."""
    small()
    store = opened(folder)
    while True:
        done = store.completed()
        failed = [int(key, 16) for key, status in done.items() if status == "error"][: rng.randrange(4)]
        if failed:
            store.append(*tables(failed, "ok", 2))
            say(f"retried {' '.join(map(str, failed))}")
        number = len(done)
        for _ in range(rng.randrange(1, 25)):
            size = rng.randrange(1, 9)
            store.append(*tables(range(number, number + size), "mixed"))
            number += size
            say(f"stored {number}")
        store.beat({"done": number}, force=True)
        if rng.random() < 0.5:
            store.write_manifest(store.manifest | {"replicates": number})
        if rng.random() < 0.3:
            store.close()
            store = opened(folder)


def child(function):
    """Run ``function`` in a fork of this process; its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        function()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def expect(function, what):
    """Run ``function`` in a fork; end this process where it fails."""
    if os.waitpid(child(function), 0)[1]:
        sys.exit(f"failed: {what}")


def kills(folder, count, seed):
    rng = random.Random(seed)
    promised, retried, died = 0, set(), {}
    for i in range(count):
        reading, writing = os.pipe()

        luck = random.Random(rng.random())

        def work(fd=writing, luck=luck):
            write_on(folder, lambda text: os.write(fd, f"{text}\n".encode()), luck)

        pid = child(work)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as told:
            lines = [told.readline() for _ in range(rng.choice([0, 0, 1, 2, 4, 10]))]  # on a slow machine too
            time.sleep(rng.choice([0.01, 0.04]) * rng.random())
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            lines += told.read().splitlines()
        if not os.WIFSIGNALED(status):
            sys.exit("failed: the writer ended by itself")
        for line in lines:
            word, *numbers = line.split()
            if word == "stored":
                promised = max(promised, int(numbers[0]))
            else:
                retried.update(map(int, numbers))
        expect(partial(check, folder, promised, retried), f"after kill {i + 1}")
        if len(retried) > 40 or promised > 1500:  # begin anew: creation is killed too
            died = {k: died.get(k, 0) + v for k, v in {"runs": promised, "retried": len(retried), "stores": 1}.items()}
            shutil.rmtree(folder)
            promised, retried = 0, set()

    def finish():
        small()
        opened(folder).close()
        check(folder, promised, retried)
        check_tidy(folder)

    expect(finish, "the end")
    print(f"kills {count} runs {died.get('runs', 0) + promised} retried {died.get('retried', 0) + len(retried)}")


# ---- death before every act ------------------------------------------------------------------------------------------
LAST = 22


def script(folder):
    """Creation, appends, a retry, merges and blocks, a new manifest, and a clean end, one after another."""
    compaction.BLOCK_ROWS, compaction.FEW = 12, 2
    compaction.Compactor.add = lambda self, file: (self._files.append(file), self._step(False))
    store = opened(folder)
    done = store.completed()
    for first in range(len(done), LAST, 4):
        store.append(*tables(range(first, min(LAST, first + 4)), "mixed"))
    store.write_manifest(store.manifest | {"replicates": 6})
    failed = [int(key, 16) for key, status in store.completed().items() if status == "error"]
    if failed:
        store.append(*tables(failed, "ok", 2))
    store.close()


def die_before(act):
    """End this process as a kill does just before its ``act``-th change of the file system."""
    count = 0

    def deadly(real):
        def call(*args, **kwargs):
            nonlocal count
            count += 1
            if count == act:
                os._exit(9)
            return real(*args, **kwargs)

        return call

    for name, real in {"replace": os.replace, "fsync": int, "unlink": os.unlink, "mkdir": os.mkdir}.items():
        setattr(os, name, deadly(real))


def steps(folder, stride=1):
    act = 1 - int(stride)
    while True:
        act += int(stride)
        shutil.rmtree(folder, ignore_errors=True)

        def begin(act=act):
            die_before(act)
            script(folder)

        status = os.waitpid(child(begin), 0)[1]
        ended = os.waitstatus_to_exitcode(status)
        if ended not in (0, 9):
            sys.exit(f"failed: act {act}: the writer ended with {ended}")

        def go_on():
            check(folder, 0, ())
            script(folder)
            assert check(folder, LAST, range(0, LAST, 7)) == LAST
            check_tidy(folder)

        expect(go_on, f"death before act {act}")
        if ended == 0:
            break
    print(f"steps {act - 1}")


# ---- others ----------------------------------------------------------------------------------------------------------
def hold(folder):
    store = opened(folder)
    store.append(*tables(range(6)))
    store.beat({"done": 6, "of": 9}, force=True)
    print("holding", os.getpid(), flush=True)
    time.sleep(600)


def fill(folder, limit=None):
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    number = 0
    try:
        with opened(folder) as store:
            while number < 100_000:
                store.append(*tables(range(number, number + 400)))
                number += 400
    except StoreError as error:
        print(f"{number}\n{error}")
        sys.exit(2)


def attempt(folder, user=None):
    if user:
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    try:
        opened(folder).close()
    except StoreError as error:
        print(error)
        sys.exit(2)


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    model_version()  # kept: children need not read all sources again
    if what == "kills":
        kills(Path(where), int(more[0]), int(more[1]))
    else:
        {"steps": steps, "hold": hold, "fill": fill, "try": attempt}[what](Path(where), *more)
