"""Running a study: the same bits anywhere, failures as rows, lost workers, resuming, expanding, shards."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from diffusion_sim.cli.study import in_words
from diffusion_sim.errors import StoreError, StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import scenario_folder
from diffusion_sim.study import commands, status
from diffusion_sim.study.plan.extending import extend
from diffusion_sim.study.plan.outcomes import COLUMNS, OUTCOMES, SERIES
from diffusion_sim.study.plan.point_designs import Point
from diffusion_sim.study.plan.read_study import read_study
from diffusion_sim.study.plan.shards import Shard
from diffusion_sim.study.run import into_store, task_queue
from diffusion_sim.study.run.executors import Given, Here, Lost, Processes, settled
from diffusion_sim.study.run.in_memory import run_design
from diffusion_sim.study.run.one_seed import Asked
from diffusion_sim.study.run.progress import Silent
from diffusion_sim.study.run.result_tables import schemas
from diffusion_sim.study.run.stopping_rule import decided
from diffusion_sim.study.run.task_queue import Tasks
from diffusion_sim.study.run.worker import run_task
from diffusion_sim.study.store import store
from diffusion_sim.study.store.counts import Counts
from diffusion_sim.study.store.store import Store
from tests.study.small_study import (
    ONE_OF_THREE,
    TINY,
    assert_same,
    change_manifest,
    interrupt_the_third_append,
    plan_at,
    table,
    write_misbehaving,
    write_study,
)

QUIET = {"progress": False, "any_version": True}


def run(path, out, where=None, allow_code=False, **said):
    """Run what the store lacks in a place of the test's choosing."""
    plan = plan_at(path, allow_code)
    if (out / "manifest.json").exists():
        store = Store.open(out, write=True, any_version=True)
    else:
        store = Store.create(out, commands.manifest_of(plan), schemas(plan))
    with store:
        return into_store.run(plan, store, where or Here(), **said)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def here(study):
    """Its results, run in this process."""
    assert run(study, study.parent / "here") == Counts(18, 0, 0, 0)
    return study.parent / "here"


# ---- results ---------------------------------------------------------------------------------------------------------


def test_a_row_is_the_model_s_own_run(study, here):
    plan, rows, series = plan_at(study), table(here), table(here, "series")
    assert len(rows) == 18 and rows["key"].is_unique and set(rows["status"]) == {"ok"} and rows["error"].isna().all()
    for row in (rows.iloc[0], rows[rows["strategy"] == "multi_classroom_leader"].iloc[-1]):
        case = plan.case(row["scenario"], int(row["point"]))
        assert case["trial.q"] == row["p.trial.q"]
        model = ReformModel(case, rng=int(row["seed"]), strategy=row["strategy"]).run()
        np.testing.assert_array_equal(row[list(OUTCOMES)].to_numpy(float), list(model.outcomes.values()))
        own = series[series["key"] == row["key"]]
        assert own["week"].tolist() == list(range(0, 73, 9))
        np.testing.assert_array_equal(own[list(SERIES)], model.series.loc[own["week"], list(SERIES)])
    seeds = rows.groupby(["point", "replicate"])["seed"].nunique()
    assert (seeds == 1).all()  # all strategies of a block on one seed
    for _, block in rows.groupby(["point", "replicate"]):  # gains of led teams against the run none on the seed
        row = block[block["strategy"] == "multi_classroom_leader"].iloc[0]
        case = plan.case(row["scenario"], int(row["point"]))
        compared = run_design(case, list(plan.arms[case.id]), [int(row["seed"])], Here(), Silent()).outcome(COLUMNS[-1])
        np.testing.assert_array_equal(row[COLUMNS[-1]], compared[0, -1])
    assert rows[COLUMNS[-1]].notna().any()


def test_nothing_is_run_twice(study, here):
    before = table(here)
    assert run(study, here) == Counts(0, 0, 0, 18)
    assert table(here).equals(before)


@pytest.mark.parametrize("kind", ["loky", "threads", "processes"])
def test_same_bits_anywhere(study, here, tmp_path, kind):
    if kind == "loky":
        counts = run(study, tmp_path / "out", Processes(2))
    elif kind == "threads":
        with ThreadPoolExecutor(2) as pool:
            counts = commands.start(study, tmp_path / "out", executor=pool, **QUIET).counts
    else:
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
            counts = commands.start(study, tmp_path / "out", executor=pool, **QUIET).counts
    assert counts == Counts(18, 0, 0, 0)
    assert_same(tmp_path / "out", here)


def test_schools_at_the_end(tmp_path):
    study = write_study(tmp_path, keep={"series": "none", "schools": "end"}, replicates=1, space=None, design=None)
    run(study, tmp_path / "out")
    schools = table(tmp_path / "out", "schools")
    row = table(tmp_path / "out").iloc[0]
    own = schools[schools["key"] == row["key"]].reset_index(drop=True)
    model = ReformModel(plan_at(study).case(row["scenario"], 0), rng=int(row["seed"]), strategy=row["strategy"]).run()
    expected = model.schools_frame()
    assert own["school_id"].tolist() == expected["school_id"].tolist() and len(schools) == 3 * len(expected)
    np.testing.assert_array_equal(own["reach"], expected["reach"])
    with Store.open(tmp_path / "out", any_version=True) as store:
        assert store.load("series").num_rows == 0


# ---- failures --------------------------------------------------------------------------------------------------------


def test_a_failing_run_is_a_row_with_its_parameters(tmp_path):
    study = write_misbehaving(tmp_path, "raise ValueError('no coach')", replicates=8)
    counts = run(study, tmp_path / "out", allow_code=True)
    assert 0 < counts.failed < 16 and counts == Counts(32 - counts.failed, counts.failed, 0, 0)
    rows = table(tmp_path / "out")
    failed = rows[rows["status"] == "error"]
    assert set(failed["strategy"]) == {"mine"} and failed["error"].str.contains("no coach").all()
    assert failed["p.trial.q"].isin([0.7, 1.0]).all() and failed["reach"].isna().all()
    assert rows[rows["status"] == "ok"]["reach"].notna().all()
    assert run(study, tmp_path / "out", allow_code=True) == Counts(0, 0, 0, 32, 0, counts.failed)
    again = run(study, tmp_path / "out", allow_code=True, retry=True)
    assert again == Counts(0, counts.failed, 0, 32 - counts.failed)
    assert table(tmp_path / "out").equals(rows)


def test_code_that_leaves_by_system_exit_is_a_row(tmp_path):
    study = write_misbehaving(tmp_path, "raise SystemExit(3)", share=2, replicates=1)
    assert run(study, tmp_path / "out", allow_code=True) == Counts(2, 2, 0, 0)


def test_a_run_that_ends_its_worker_is_quarantined_and_harms_no_other(tmp_path):
    """Runs beside the poison are the same as without it, also the measure that takes two runs."""
    said = {"strategies": ["none", "multi_classroom_leader", "mine"], "replicates": 3, "space": None, "design": None}
    study = write_misbehaving(tmp_path, "os._exit(3)", ONE_OF_THREE, **said)
    assert commands.start(study, tmp_path / "out", workers=2, allow_code=True, **QUIET).counts == Counts(8, 0, 1, 0)
    rows = table(tmp_path / "out")
    lost = rows[rows["status"] == "crashed"]
    assert set(lost["strategy"]) == {"mine"} and lost["error"].str.contains(r"lost twice: .*died.*EXIT\(3\)").all()
    clean = write_study(tmp_path, scenarios=["odd.yaml"], **{**said, "strategies": said["strategies"][:2]})
    run(clean, tmp_path / "clean", allow_code=True)
    others = rows[rows["strategy"] != "mine"].reset_index(drop=True)
    assert others.equals(table(tmp_path / "clean")) and others[COLUMNS[-1]].notna().any()


def test_a_run_that_never_ends_is_ended(tmp_path):
    study = write_misbehaving(
        tmp_path, "\n            while True: pass", ONE_OF_THREE, replicates=3, space=None, design=None
    )
    begin = time.monotonic()
    counts = commands.start(study, tmp_path / "out", workers=2, allow_code=True, timeout=4, **QUIET).counts
    assert counts == Counts(5, 0, 1, 0)
    rows = table(tmp_path / "out")
    assert set(rows[rows["status"] == "crashed"]["error"]) == {"ran longer than 4 s and was ended"}
    assert time.monotonic() - begin < 300


@pytest.mark.skipif(os.name != "posix", reason="exit codes say it there")
def test_a_run_that_leaves_with_code_1_has_not_run_too_long(study, tmp_path):
    """However long its worker took to begin."""

    class Exiting(Here):
        def each(self, function, tasks, tick=None, alone=False):
            for task in tasks:
                exits = any("directed_uniform" in part.strategies for part in task.parts)
                yield Lost(task, "its worker process died: EXIT(1)", 1e7, True) if exits else function(task)

    assert run(study, tmp_path / "out", Exiting(), limit=1e6) == Counts(12, 0, 6, 0)
    rows = table(tmp_path / "out")
    assert rows[rows["status"] == "crashed"]["error"].str.contains("it was lost again: .*EXIT").all()


class Carrying(Executor):
    """Runs what is submitted at once, or fails as ``act`` says."""

    _max_workers = 2

    def __init__(self, act=lambda number: None):
        self.act, self.sizes, self.alone = act, [], 0

    def submit(self, function, task):
        self.sizes.append(sum(len(part.strategies) for part in task.parts))
        future = Future()
        error = self.act(len(self.sizes))
        if isinstance(error, BrokenExecutor):
            raise error
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(function(task))
        return future


def test_a_task_that_cannot_be_carried_is_run_one_by_one(study, here, tmp_path):
    executor = Carrying(lambda number: TypeError("cannot pickle") if number == 3 else None)
    assert run(study, tmp_path / "out", Given(executor)) == Counts(18, 0, 0, 0)
    assert executor.sizes.count(1) >= 3
    assert_same(tmp_path / "out", here)


def test_where_nothing_comes_back_nothing_is_called_crashed(study, here, tmp_path, monkeypatch):
    monkeypatch.setattr(into_store, "_FLUSH_SECONDS", 0.0)
    with pytest.raises(StudyError, match="no run comes back from the workers; .*ModuleNotFoundError: no module"):
        run(study, tmp_path / "out", Given(Carrying(lambda number: ModuleNotFoundError("no module"))))
    with Store.open(tmp_path / "out", any_version=True) as store:
        assert store.completed() == {}
    run(study, tmp_path / "out")
    assert_same(tmp_path / "out", here)


class Poison(Carrying):
    """Loses the tasks that hold a run of ``lost``."""

    def __init__(self, lost):
        super().__init__()
        self.lost = lost

    def submit(self, function, task):
        poisoned = any(self.lost(part, name) for part in task.parts for name in part.strategies)
        self.act = lambda number: MemoryError("too large") if poisoned else None
        return super().submit(function, task)


def test_workers_that_bring_nothing_back_any_more_crash_nothing(study, here, tmp_path):
    """Also after some runs have come back, and where the store has some of an earlier time."""
    for known in (2, 0):
        gone = Given(Carrying(lambda number, known=known: MemoryError("gone") if number > known else None))
        with pytest.raises(StudyError, match="no run comes back from the workers; .*MemoryError: gone"):
            run(study, tmp_path / "out", gone)
        assert set(table(tmp_path / "out")["status"]) == {"ok"}
    run(study, tmp_path / "out")
    assert_same(tmp_path / "out", here)


def test_runs_that_crash_in_a_row_where_others_come_back(study, tmp_path):
    """Also where nothing else is left to be run."""
    poison = Given(Poison(lambda part, name: part.point == 1))
    assert run(study, tmp_path / "out", poison) == Counts(9, 0, 9, 0)
    assert run(study, tmp_path / "out", poison, retry=True) == Counts(0, 0, 9, 9)
    assert run(study, tmp_path / "out", retry=True) == Counts(9, 0, 0, 9)


def test_what_an_executor_lost_is_tried_once_more(study, here, tmp_path):
    """It does not say whether a worker had begun it; and not for ever, for it may be the run's own fault."""
    poison = Given(Poison(lambda part, name: name == "directed_uniform"))
    for out in (tmp_path / "one", tmp_path / "two"):
        assert run(study, out, poison).crashed == 6
    assert run(study, tmp_path / "one") == Counts(6, 0, 0, 12)
    assert_same(tmp_path / "one", here)
    assert run(study, tmp_path / "two", poison) == Counts(0, 0, 6, 12)
    assert run(study, tmp_path / "two") == Counts(0, 0, 0, 18, 0, 6)
    assert run(study, tmp_path / "two", retry=True).done == 6
    assert_same(tmp_path / "two", here)


def test_an_executor_that_breaks_leaves_what_is_done(study, here, tmp_path):
    executor = Carrying(lambda number: BrokenExecutor("gone") if number > 3 else None)
    with pytest.raises(StudyError, match="executor: it broke down: BrokenExecutor: gone"):
        run(study, tmp_path / "out", Given(executor))
    with Store.open(tmp_path / "out", any_version=True) as store:
        kept = len(store.completed())
    assert kept >= 3
    assert run(study, tmp_path / "out") == Counts(18 - kept, 0, 0, kept)
    assert_same(tmp_path / "out", here)


def test_workers_of_another_version_are_refused(study, tmp_path):
    class Older(Carrying):
        def submit(self, function, task):
            return super().submit(lambda task: function(task)._replace(version="older"), task)

    with pytest.raises(StudyError, match="another version of the model"):
        run(study, tmp_path / "out", Given(Older()))


def test_lost_tasks_wait_until_nothing_else_is_under_way():
    """While a suspect runs, nothing else does."""
    under_way, most_beside = set(), []

    class Place(Here):
        tries = 2

        def each(self, function, tasks, tick=None, alone=False):
            window = []
            for task in tasks:
                window.append(task)
                under_way.add(task)
                if isinstance(task, str):
                    most_beside.append(len(under_way))
                if len(window) == 3:
                    yield from self.drain(window)
            yield from self.drain(window)

        def drain(self, window):
            while window:
                task = window.pop()
                under_way.discard(task)
                yield Lost(task, "died", 0.0) if task in (4, "4b") else task

    found = list(settled(Place(), None, range(10), lambda task: [f"{task}a", f"{task}b"]))
    assert [one.task for one in found if isinstance(one, Lost)] == ["4b"]
    assert sorted(map(str, (one for one in found if not isinstance(one, Lost)))) == sorted(
        [*(str(n) for n in range(10) if n != 4), "4a"]
    )
    assert most_beside and max(most_beside) == 1 and len(most_beside) == 3  # 4a once, 4b twice


# ---- stopping --------------------------------------------------------------------------------------------------------


class Interrupting(Silent):
    """Ctrl-C when so many runs have ended."""

    def __init__(self, runs):
        self.runs = runs

    def advance(self, runs):
        self.runs -= runs
        if self.runs == 0:
            signal.raise_signal(signal.SIGINT)


def test_an_interrupt_while_results_are_written_loses_none(study, here, tmp_path, monkeypatch):
    interrupt_the_third_append(monkeypatch)
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(study, tmp_path / "out")
    (ended,) = re.findall("stopped after ([0-9]+) of 18 runs .*; all of them are in", str(stopped.value))
    assert len(table(tmp_path / "out")) == int(ended) > 0
    run(study, tmp_path / "out")
    assert_same(tmp_path / "out", here)


def test_an_interrupt_during_the_last_runs_of_a_study_is_its_end(study, tmp_path):
    assert run(study, tmp_path / "out", progress=Interrupting(18)) == Counts(18, 0, 0, 0)
    assert status.status(tmp_path / "out")["state"] == "done"
    with pytest.raises(KeyboardInterrupt, match="stopped after .* of 18 runs"):
        run(study, tmp_path / "early", progress=Interrupting(3))
    assert status.status(tmp_path / "early")["state"] == "stopped"


def test_retry_of_a_study_that_was_stopped_is_not_its_end(tmp_path):
    study = write_misbehaving(tmp_path, "raise ValueError('no')", 2, strategies=["mine"], baseline="mine")
    out = tmp_path / "out"
    with pytest.raises(StudyError, match="broke down"):
        run(study, out, Given(Carrying(lambda number: BrokenExecutor("gone") if number > 2 else None)), True)
    kept = len(table(out))
    assert 0 < kept < 6
    with ThreadPoolExecutor(1) as pool:
        counts = commands.retry(study, out, executor=pool, allow_code=True, **QUIET).counts
    assert counts == Counts(0, kept, 0, 0) and counts.all_failed
    said = status.status(out)
    assert said["state"] == "stopped"
    assert in_words(said)[-1] == f"  to go on: diffusion-sim study run {study} --out {out} --any-version --allow-code"
    assert run(study, out, allow_code=True) == Counts(0, 6 - kept, 0, kept, 0, kept)
    assert run(study, out, allow_code=True, retry=True, missing=False) == Counts(0, 6, 0, 0)
    assert status.status(out)["state"] == "done"


def test_nothing_to_retry_in_a_shard_that_was_stopped(study, tmp_path):
    out = tmp_path / "out"
    commands.start(study, out, shard="1/2", workers=1, **QUIET)
    plan = plan_at(study)
    half = Store.create(out / "shards" / "2-of-2", commands.manifest_of(plan, Shard(2, 2)), schemas(plan))
    with half, pytest.raises(KeyboardInterrupt):
        into_store.run(plan, half, Here(), shard=Shard(2, 2), progress=Interrupting(3))
    left = 9 - len(table(half.folder))
    assert 0 < left
    assert commands.retry(study, out, shard="2/2", workers=1, **QUIET).counts == Counts(0, 0, 0, 9 - left)
    assert commands.merge(out, any_version=True)["unfinished"] == ["2/2"]
    assert commands.start(study, out, shard="2/2", workers=1, **QUIET).counts.done == left
    assert commands.merge(out, any_version=True)["unfinished"] == []


# ---- tasks -----------------------------------------------------------------------------------------------------------


def test_tasks_last_and_are_small_at_the_end(tmp_path, monkeypatch):
    study = write_study(tmp_path, replicates=400, strategies=["none"])
    plan = plan_at(study)
    sizes = _sizes(plan, seconds=0.01, workers=2)
    assert sizes[0] == 1 and max(sizes) == 60 and sum(sizes) == 800
    assert all(size * 0.01 <= 0.61 for size in sizes)
    assert sizes[-1] <= 2 and sizes[-4] < 20
    assert set(_sizes(plan, seconds=3.0, workers=2)) == {1}


def _sizes(plan, seconds, workers):
    """Blocks of tasks where every run lasts as long, results coming at once."""
    parts = (task_queue.Todo({}, False).part(block) for block in plan.blocks())
    tasks = Tasks(parts, plan.runs, plan.scenarios, Asked(), lambda: workers)
    sizes = []
    for task in tasks:
        sizes.append(len(task.parts))
        rows = [(part, a, SimpleNamespace(seconds=seconds)) for part in task.parts for a in range(len(part.strategies))]
        tasks.learn(SimpleNamespace(rows=lambda rows=rows: rows))
    return sizes


def test_few_tasks_are_under_way(study, tmp_path):
    lock, most, now = threading.Lock(), [0], [0]

    class Counting(ThreadPoolExecutor):
        def submit(self, function, task):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])

            def call(task):
                try:
                    return function(task)
                finally:
                    with lock:
                        now[0] -= 1

            return super().submit(call, task)

    with Counting(1) as pool:
        run(study, tmp_path / "out", Given(pool))
    assert most[0] == 2


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat_over_10_000_runs(tmp_path):
    """The parent keeps nothing of what it has stored; runs are made by a stub."""

    def megabytes():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    marks = []

    class Stub(Executor):
        _max_workers = 2
        done = None

        def submit(self, function, task):
            if self.done is None:
                self.done = run_task(task)
            runs = sum(len(part.strategies) for part in task.parts)
            rows = [self.done.runs[n % len(self.done.runs)]._replace(seconds=1e-2) for n in range(runs)]
            found = self.done._replace(parts=task.parts, runs=rows)
            future = Future()
            future.set_result(found)
            marks.append(megabytes())
            return future

    study = write_study(tmp_path, replicates=2500, strategies=["none", "directed_uniform"], at_most_runs=100_000)
    assert run(study, tmp_path / "out", Given(Stub())).done == 10_000
    tenth = len(marks) // 10  # compaction needs some for a moment: medians tell what stays
    early, late = np.median(marks[2 * tenth : 3 * tenth]), np.median(marks[-tenth:])
    assert late - early < 50, (early, late)


# ---- enough replicates -----------------------------------------------------------------------------------------------

PRECISION = {
    "measure": "reach", "contrast": "directed_uniform - none", "half_width": 0.09, "at_least": 30, "at_most": 90,
}  # fmt: skip


class Told(Silent):
    """Remembers what it is told."""

    runs = done = 0

    def phase(self, what, runs):
        self.runs = runs

    def fewer(self, runs):
        self.runs -= runs

    def advance(self, runs):
        self.done += runs


def test_a_decided_cell_gets_no_more_replicates(tmp_path):
    study = write_study(tmp_path, replicates=None, precision=PRECISION, strategies=["none", "directed_uniform"])
    counts = run(study, tmp_path / "out", Processes(2))
    assert counts.not_needed > 0 and counts.done + counts.not_needed == 2 * 2 * 90
    took = _took(study, tmp_path / "out")
    assert all(30 <= n <= 90 for n in took.values())
    told = Told()
    alone = run(study, tmp_path / "alone", progress=told)
    assert told.runs == told.done == alone.done  # a bar comes to its end
    assert _took(study, tmp_path / "alone") == took  # whatever came in which order
    assert sum(2 * n for n in took.values()) <= alone.done < 2 * 2 * 90  # some more were in tasks handed out before
    again = run(study, tmp_path / "alone")
    assert again.done == 0 and again.skipped == alone.done and again.not_needed == alone.not_needed
    assert run(study, tmp_path / "alone", retry=True, missing=False) == again
    assert status.status(tmp_path / "alone")["state"] == "done"  # what it lacks is not needed


def _took(study, folder):
    rows = table(folder).pivot(index="replicate", columns=["point", "strategy"], values="reach")
    wanted = plan_at(study).spec.precision
    return {point: decided(rows[point, "directed_uniform"] - rows[point, "none"], wanted) for point in (0, 1)}


# ---- expanding, shards -----------------------------------------------------------------------------------------------


def test_expanding_by_replicates_is_having_begun_with_more(tmp_path):
    out = tmp_path / "grown"
    study = write_study(tmp_path, replicates=2)
    commands.start(study, out, workers=1, **QUIET)
    write_study(tmp_path, replicates=4)
    with pytest.raises(StudyError, match=r"has changed since .* was begun \(replicates: was 2, is 4\).*study expand"):
        commands.start(study, out, workers=1, **QUIET)
    assert commands.expand(study, out, workers=1, **QUIET).counts == Counts(12, 0, 0, 12)
    commands.start(study, tmp_path / "at_once", workers=1, **QUIET)
    assert_same(out, tmp_path / "at_once")
    assert commands.start(study, out, workers=1, **QUIET).counts.skipped == 24  # it is the file's study now
    assert commands.expand(out, replicates=5, workers=1, **QUIET).counts == Counts(6, 0, 0, 24)
    with pytest.raises(StudyError, match="4 are fewer than the 5"):
        commands.expand(study, out, workers=1, **QUIET)


def test_expanding_by_points_and_strategies(tmp_path):
    out = tmp_path / "grown"
    study = write_study(tmp_path, replicates=2, strategies=["directed_uniform", "multi_classroom_leader"],
                        baseline="directed_uniform")  # fmt: skip
    commands.start(study, out, workers=1, **QUIET)
    assert table(out)[COLUMNS[-1]].isna().all()
    write_study(tmp_path, replicates=2, strategies=["directed_uniform", "multi_classroom_leader", "none"],
                baseline="directed_uniform", space={"trial.q": [0.7, 0.8, 1.0]})  # fmt: skip
    counts = commands.expand(study, out, workers=1, **QUIET).counts
    assert counts == Counts(18, 0, 0, 0)  # a measure of those that were there takes the run of none: they run again
    commands.start(study, tmp_path / "at_once", workers=1, **QUIET)
    one, other = (table(folder).drop(columns="point") for folder in (out, tmp_path / "at_once"))
    assert one.equals(other) and one[COLUMNS[-1]].notna().any()  # points have other numbers, runs are the same


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"set": {"population.schools": 5}}, "set"),
        ({"space": {"trial.q": [0.7, 0.9]}}, "space"),
        ({"rng": 2}, "rng"),
        ({"strategies": ["none"]}, "strategies"),
    ],
)
def test_a_changed_file_is_refused(study, here, tmp_path, change, words):
    changed = write_study(tmp_path, **change)
    with pytest.raises(StudyError, match=rf"study.yaml: has changed since .*{words}: was .*--out"):
        commands.start(changed, here, **QUIET)


def test_a_changed_scenario_is_refused(tmp_path):
    study = write_misbehaving(tmp_path, "pass", replicates=1)
    commands.start(study, tmp_path / "out", workers=1, allow_code=True, **QUIET)
    (tmp_path / "mine.py").write_text((tmp_path / "mine.py").read_text().replace("np.ones", "np.zeros"))
    with pytest.raises(StudyError, match=r"code of strategy 'mine' is not what it was"):
        commands.start(study, tmp_path / "out", workers=1, allow_code=True, **QUIET)
    text = (tmp_path / "odd.yaml").read_text("utf-8")
    (tmp_path / "odd.yaml").write_text(re.sub(r"poverty_mean:.*", "poverty_mean: 0.31", text))
    with pytest.raises(StudyError, match=r"scenario 'odd' is not what it was.*its numbers"):
        commands.start(study, tmp_path / "out", workers=1, allow_code=True, **QUIET)


def test_shards_together_are_the_whole(study, here, tmp_path):
    out = tmp_path / "out"
    for number in (1, 3):
        counts = commands.start(study, out, shard=f"{number}/3", workers=1, **QUIET).counts
        assert counts == Counts(6, 0, 0, 0)
    said = commands.merge(out, any_version=True)
    assert said["runs"] == 12 and said["missing"] == ["2/3"] and said["unfinished"] == []
    said = status.status(out)
    assert (said["state"], said["of"], said["resume"]) == ("stopped", 18, f"diffusion-sim study run {out}")
    with pytest.raises(StoreError, match="whole study"):
        commands.merge(tmp_path / "other", (here,), any_version=True)
    commands.start(study, out, shard=(2, 3), workers=1, **QUIET)
    assert commands.merge(out, any_version=True)["runs"] == 6
    assert status.status(out)["state"] == "done"
    assert_same(out, here)
    assert commands.start(study, out, workers=1, **QUIET).counts == Counts(0, 0, 0, 18)


def test_shards_of_another_count_are_named_with_the_way_out(study, tmp_path):
    for shard in ("1/3", "1/4"):
        commands.start(study, tmp_path / "out", shard=shard, workers=1, **QUIET)
    with pytest.raises(StoreError, match=r"different counts \(1/3, 1/4\).*study merge .* SHARD .*or move the others"):
        commands.merge(tmp_path / "out", any_version=True)


def test_an_interrupt_before_the_runs_says_how_to_go_on(study, tmp_path, monkeypatch):
    def interrupted(*words):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "make_plan", interrupted)
    with pytest.raises(KeyboardInterrupt, match="no run was under way\nto go on: diffusion-sim study run .*--out"):
        commands.start(study, tmp_path / "out", workers=1, **QUIET)


@pytest.mark.parametrize("key", ["strategies", "baseline"])
def test_an_unknown_strategy_names_its_key(tmp_path, key):
    found = {"strategies": ["none", "nobody"]} if key == "strategies" else {"baseline": "nobody"}
    with pytest.raises(StudyError, match=rf"study.yaml, scenario 'mid_size_district', {key}: .*nobody"):
        plan_at(write_study(tmp_path, **found))


def test_more_replicates_of_a_study_with_precision_name_at_most(tmp_path):
    spec = plan_at(write_study(tmp_path, replicates=None, precision=PRECISION)).spec
    with pytest.raises(StudyError, match=r"--replicates .*precision.at_most\): found 10"):
        spec.with_replicates(10)


@pytest.mark.parametrize("said", ["0/3", "4/3", "2", "a/b", 3, "1/2/3"])
def test_no_shard(said):
    with pytest.raises(StudyError, match="shard: found .*i/n"):
        Shard.read(said)


def test_shards_of_a_study_with_precision_take_whole_cells(tmp_path):
    plan = plan_at(write_study(tmp_path, replicates=None, precision=PRECISION))
    cells = [{(b.scenario, b.point) for b in Shard(n, 2).blocks(plan)} for n in (1, 2)]
    assert cells == [{("mid_size_district", 0)}, {("mid_size_district", 1)}]
    two = write_study(
        tmp_path, scenarios=["mid_size_district", "michigan"], replicates=None, precision=PRECISION, set=None,
        space={"trial.q": [0.7, 0.8, 0.9, 1.0]},
    )  # fmt: skip
    even = [{(b.scenario, b.point) for b in Shard(n, 8).blocks(plan_at(two))} for n in range(1, 9)]
    assert all(len(cells) == 1 for cells in even)
    assert sum(1 for n in (1, 2) for _ in Shard(n, 2).blocks(plan)) == 2 * 90


@pytest.mark.parametrize("precision", [None, PRECISION])
def test_a_shard_keeps_its_blocks_when_the_study_grows(tmp_path, precision):
    some = {"replicates": 2} if precision is None else {"replicates": None, "precision": precision}
    more = {"replicates": 3} if precision is None else {"replicates": None, "precision": {**precision, "at_most": 91}}
    few = plan_at(write_study(tmp_path, **some))
    many = plan_at(write_study(tmp_path, space={"trial.q": [0.7, 1.0, 1.1]}, **more))
    for shard in (Shard(1, 2), Shard(2, 2)):
        assert set(shard.blocks(few)) < set(shard.blocks(many))
    of = [sum(1 for _ in Shard(number, 3).blocks(many)) for number in (1, 2, 3)]
    assert sum(of) == sum(1 for _ in many.blocks()) and min(of) == max(of)


def test_a_whole_store_of_another_version_beside_a_shard_is_refused(study, here, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(here, out)
    commands.start(study, out, shard="1/2", workers=1, **QUIET)
    change_manifest(out, model_version="older")
    with pytest.raises(StoreError, match="older"):
        commands.start(study, out, shard="1/2", workers=1, progress=False)
    assert commands.start(study, out, shard="1/2", workers=1, **QUIET).counts.skipped == 9


def test_expanding_shards_is_having_begun_with_more(tmp_path):
    study, out = write_study(tmp_path, replicates=2, strategies=["none", "directed_uniform"]), tmp_path / "out"
    shards = ["1/2", "2/2"]
    for shard in shards:
        commands.start(study, out, shard=shard, workers=1, **QUIET)
    commands.merge(out, any_version=True)
    more = {"replicates": 3, "space": {"trial.q": [0.7, 0.8, 1.0]}}
    write_study(tmp_path, strategies=["none", "directed_uniform"], **more)
    commands.start(study, tmp_path / "at_once", workers=1, **QUIET)
    one = commands.expand(study, out, shard="1/2", workers=1, **QUIET)
    assert one.folder == out / "shards" / "1-of-2" and one.counts.done + one.counts.skipped == 10
    assert commands.merge(out, any_version=True)["unfinished"] == ["2/2"]
    two = commands.expand(study, out / "shards" / "2-of-2", workers=1, **QUIET)  # its folder says which shard it is
    assert one.counts.done + two.counts.done == 10 and two.counts.done + two.counts.skipped == 8
    assert commands.merge(out, any_version=True)["unfinished"] == []
    grown, at_once = (table(folder).drop(columns="point") for folder in (out, tmp_path / "at_once"))
    assert grown.equals(at_once)
    assert commands.start(study, out, workers=1, **QUIET).counts == Counts(0, 0, 0, 18)
    assert commands.start(out / "shards" / "2-of-2", workers=1, **QUIET).counts == Counts(0, 0, 0, 8)
    with pytest.raises(StudyError, match="is the folder of shard 2/2; leave --shard out"):
        commands.start(out / "shards" / "2-of-2", shard="2/2", workers=1, **QUIET)


def test_a_whole_store_is_expanded_by_shards(study, here, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(here, out)
    assert commands.start(study, out, shard="1/2", workers=1, **QUIET).counts == Counts(0, 0, 0, 9)
    shutil.rmtree(out / "shards")
    more = write_study(tmp_path, replicates=4)
    with pytest.raises(StudyError, match="study expand"):
        commands.start(more, out, shard="1/2", workers=1, **QUIET)
    assert not (out / "shards").exists()
    for shard in ("1/2", "2/2"):
        assert commands.expand(more, out, shard=shard, workers=1, **QUIET).counts == Counts(3, 0, 0, 9)
    assert commands.merge(out, any_version=True)["of"] == 24
    said = status.status(out)
    assert (said["state"], said["of"]) == ("done", 24)
    assert commands.start(more, out, workers=1, **QUIET).counts == Counts(0, 0, 0, 24)


def test_a_changed_title_is_the_same_study(study, here, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(here, out)
    changed = write_study(tmp_path, title="A better title", question="Does it?")
    assert commands.start(changed, out, workers=1, **QUIET).counts.skipped == 18
    assert status.status(out)["title"] == "A better title"
    write_study(tmp_path, outcomes=["reach"])
    with pytest.raises(StudyError, match=rf"outcomes: was None.*study expand {re.escape(str(changed))}; else.*--out"):
        commands.start(changed, out, workers=1, **QUIET)
    assert commands.expand(changed, out, workers=1, **QUIET).counts.skipped == 18
    assert commands.start(changed, out, workers=1, **QUIET).counts.skipped == 18


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"space": {"trial.q": [0.7]}}, r"space.trial.q: level 1.0 is in the store .* a store only grows"),
        ({"space": {"trial.q": [0.7, 1.0], "turnover.exit": [0.1, 0.2]}},
         r"space.turnover.exit: is a new factor.* needs a new store"),
        ({"space": {"turnover.exit": [0.1, 0.2]}}, r"space.turnover.exit: is a new factor"),
        ({"space": None, "design": None}, r"space: factor 'trial.q' is in the store .* a store only grows"),
        ({"replicates": 2}, "2 are fewer than the 3"),
    ],
)  # fmt: skip
def test_a_store_only_grows(here, tmp_path, change, words):
    changed = write_study(tmp_path, **change)
    with pytest.raises(StudyError, match=words):
        commands.expand(changed, here, workers=1, **QUIET)
    assert status.status(here)["runs"] == 18


def test_a_row_that_is_said_twice_is_run_twice(tmp_path):
    row = {"trial.q": 0.8}
    said = {"space": None, "replicates": 1, "strategies": ["none"]}
    study = write_study(tmp_path, design={"kind": "table", "rows": [row]}, **said)
    commands.start(study, workers=1, **QUIET)
    write_study(tmp_path, design={"kind": "table", "rows": [row, row]}, **said)
    assert commands.expand(study, workers=1, **QUIET).counts == Counts(1, 0, 0, 1)
    write_study(tmp_path, design={"kind": "table", "rows": [row]}, **said)
    with pytest.raises(StudyError, match="point 1 .* a store only grows"):
        commands.expand(study, workers=1, **QUIET)


def test_new_points_of_a_drawn_design_have_dates_that_go_together(tmp_path):
    text = (scenario_folder() / "mid_size_district.yaml").read_text("utf-8").replace("id: mid_size_district", "id: own")
    (tmp_path / "own.yaml").write_text(text + "\nevents:\n  - {kind: budget_cut, week: 100, share: 0.5}\n", "utf-8")
    years = {"programme.years_support": {"range": [1, 3]}, "programme.years_after": {"range": [1, 3]}}
    fixed = {path: value for path, value in TINY.items() if path not in years}
    said = {"scenarios": ["own.yaml"], "set": fixed, "strategies": ["none"], "replicates": 1, "space": years}
    spec = read_study(write_study(tmp_path, design={"kind": "sobol", "points": 16}, **said))
    had = [Point(0, {"programme.years_support": 3, "programme.years_after": 3}, {})]
    with pytest.raises(StudyError, match="study.yaml, point .*week"):
        extend(spec, had, spec)


def test_a_drawn_design_only_grows(tmp_path):
    drawn = {"space": {"trial.q": {"range": [0.7, 1.0]}}, "replicates": 1, "strategies": ["none"]}
    study = write_study(tmp_path, design={"kind": "sobol", "points": 4}, **drawn)
    commands.start(study, workers=1, **QUIET)
    write_study(tmp_path, design={"kind": "sobol", "points": 2}, **drawn)
    with pytest.raises(StudyError, match=r"design.points: 2 are fewer than the 4 in the store; a store only grows"):
        commands.expand(study, workers=1, **QUIET)


# ---- what cannot be --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"timeout": 0}, "timeout: found 0"),
        ({"timeout": 5, "executor": Carrying()}, "timeout: is kept by processes of our own"),
        ({"dask": "tcp://x:1", "workers": 2}, "give one of them"),
        ({"workers": 0}, "workers: found 0"),
    ],
)
def test_what_cannot_be_is_said_before_a_folder_is_made(study, tmp_path, how, words):
    with pytest.raises(StudyError, match=words):
        commands.start(study, tmp_path / "out", progress=False, **how)
    assert not (tmp_path / "out").exists()


def test_unknown_keyword(study):
    with pytest.raises(TypeError, match="unexpected keyword 'wrkers'"):
        commands.start(study, wrkers=2)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(study, tmp_path):
    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(StoreError, match="shut.*cannot be"):
        commands.start(study, tmp_path / "shut" / "out", workers=1, **QUIET)


def test_a_folder_that_is_a_file(study, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file"):
        commands.start(study, tmp_path / "file", workers=1, **QUIET)


def test_two_writers(study, here):
    with Store.open(here, write=True, any_version=True):
        with pytest.raises(StoreError, match="another process is writing"):
            commands.start(study, here, workers=1, **QUIET)


def test_status(study, here):
    said = status.status(here)
    assert said["stored"] == {"ok": 18, "error": 0, "crashed": 0} and said["runs"] == 18
    assert said["state"] == "done" and not said["running"]
    with pytest.raises(StoreError, match="no folder of results"):
        status.status(study.parent / "nothing")


# ---- a damaged store -------------------------------------------------------------------------------------------------


def _cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def _change(path):
    data = bytearray(path.read_bytes())
    data[60:64] = bytes(255 - b for b in data[60:64])
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("kind", "harm"), [("runs", _cut), ("series", _cut), ("runs", _change), ("series", type(Path()).unlink)]
)
def test_retry_mends_a_damaged_store(study, here, tmp_path, capfd, kind, harm):
    out = tmp_path / "out"
    shutil.copytree(here, out)
    (part,) = (out / kind).glob("*.parquet")
    harm(part)
    with pytest.raises(StoreError, match=rf"study retry {re.escape(str(out))}`"):
        if harm is _change:  # in a column that a start does not read
            Store.open(out, any_version=True).load(kind)
        else:
            commands.start(study, out, workers=1, **QUIET)
    counts = commands.retry(study, out, workers=1, any_version=True).counts
    assert counts == Counts(18, 0, 0, 0)
    assert f"moved to {out / 'damaged'}: runs-{part.name}" in capfd.readouterr().err
    assert_same(out, here)
    assert commands.retry(out, workers=1, **QUIET).counts == Counts(0, 0, 0, 18)


def test_retry_mends_a_shard_and_goes_on_where_it_was_stopped(study, here, tmp_path):
    out = tmp_path / "out"
    for number in (1, 2):
        commands.start(study, out, shard=f"{number}/2", workers=1, **QUIET)
    (part,) = (out / "shards" / "1-of-2" / "runs").glob("*.parquet")
    _cut(part)
    with pytest.raises(StoreError, match="one by one, with --shard"):
        commands.retry(study, out, workers=1, **QUIET)
    store.set_damaged_aside(out / "shards" / "1-of-2")  # a retry that was killed then
    assert commands.retry(study, out, shard="1/2", workers=1, **QUIET).counts.done == 9
    commands.merge(out, any_version=True)
    assert_same(out, here)
