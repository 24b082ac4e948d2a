"""Running what is left of a study, somewhere, into its store: what is done is not lost, and no run stops the others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from diffusion_sim._cache import model_version
from diffusion_sim.errors import StudyError
from diffusion_sim.study.cases import Block, Plan
from diffusion_sim.study.enough import Enough
from diffusion_sim.study.executors import Lost, Place, settled
from diffusion_sim.study.handing_out import Shard, Tasks, Todo
from diffusion_sim.study.interrupts import Interrupts
from diffusion_sim.study.progress import Silent, in_words
from diffusion_sim.study.rows import Tables
from diffusion_sim.study.store import Store
from diffusion_sim.study.worker import CRASHED, ERROR, OK, Batch, StudyTask, crashed, run_parts

_TICK = 0.5  # seconds after which somebody looks up, though nothing came
_FLUSH_SECONDS, _FLUSH_RUNS = 2.0, 1_000
_SURE = 5.0  # seconds of results before a time that is left is told
_HOPELESS = 3  # runs that took their workers with them before a single one has come back
_SILENT_CLUSTER = 30.0  # seconds without a worker after which a line says so


class Counts(NamedTuple):
    """Runs. done : ended well now; failed : with an error of their own; crashed : took their worker with them twice;
    skipped : in the store before; not_needed : of cells that had enough replicates (``precision``); failed_before : of
    the skipped, those that had failed or crashed."""

    done: int
    failed: int
    crashed: int
    skipped: int
    not_needed: int = 0
    failed_before: int = 0

    @property
    def all_failed(self) -> bool:
        """Whether there are runs, and none of them succeeded, now or before."""
        bad = self.failed + self.crashed + self.failed_before
        return bad > 0 and self.done + self.skipped == self.failed_before

    def __str__(self) -> str:
        said = f"{self.done:,} done, {self.failed:,} failed, {self.crashed:,} crashed, {self.skipped:,} skipped"
        said += f" (of them {self.failed_before:,} had failed before)" if self.failed_before else ""
        return said + (f", {self.not_needed:,} not needed" if self.not_needed else "")


def run(
    plan: Plan, store: Store, where: Place, *, whole: Store | None = None, shard: Shard | None = None,
    retry: bool = False, missing: bool = True, limit: float | None = None, allow_code: bool = False,
    progress: Silent | None = None, resume: str = "",
) -> Counts:  # fmt: skip
    """Run what ``store`` lacks of ``plan``; with ``retry``, what failed or crashed, again. Returns the counts.

    whole : of a shard, the store of the whole study; what that one holds is not run. missing : with ``retry``, whether
    what the store lacks is run as well. shard : only its blocks. limit : seconds a run (places that are processes of
    our own). resume : the command that goes on, for whoever interrupts. A run that fails is a row. Raises StoreError
    where the store cannot be written; StudyError where tasks cannot run there at all; KeyboardInterrupt, with a text,
    when it was asked to stop.
    """
    said = progress or Silent()
    return _Running(plan, store, where, whole, shard, retry, missing, limit, allow_code, said, resume).go()


class _Running:
    """One call of ``run``."""

    def __init__(
        self, plan: Plan, store: Store, where: Place, whole: Store | None, shard: Shard | None, retry: bool,
        missing: bool, limit: float | None, allow_code: bool, progress: Silent, resume: str,
    ) -> None:  # fmt: skip
        self.plan, self.store, self.where, self.progress = plan, store, where, progress
        self.limit, self.resume = limit, resume
        self.tables, self.enough = Tables(plan), Enough(plan)
        if missing:
            for other in (store, whole):
                if other is not None:
                    self.enough.load(other)
        held = {} if whole is None else whole.completed()
        todo = Todo({**held, **store.completed()}, retry, missing)

        def blocks() -> Iterator[Block]:
            return plan.blocks() if shard is None else shard.blocks(plan)

        self.whole = self.runs = self.failed_before = new = 0
        for block in blocks():
            self.whole += len(block.keys)
            part = todo.part(block)
            self.failed_before += todo.left_failed(block, part)
            if part is not None:
                self.runs += len(part.strategies)
                new += todo.new(part)
        self.skipped = self.whole - new
        parts = (part for block in blocks() if (part := todo.part(block)) is not None)
        self.tasks = Tasks(plan, parts, self.runs, lambda: where.workers, self.enough, allow_code, limit, todo.again)
        self.counts = {OK: 0, ERROR: 0, CRASHED: 0}
        self.pending: list[Batch] = []
        self.pending_runs = 0
        self.stored = 0
        self.begin = self.flushed = self.last_result = time.monotonic()
        self.since = time.time()
        self.first_result = 0.0
        self.said_no_workers = False

    def go(self) -> Counts:
        """Run all; see ``run``."""
        if self.runs == 0:
            self._beat("done")
            return self.result()
        self.progress.phase("runs", self.runs)
        state = "failed"
        with Interrupts() as interrupts:
            try:
                self._beat("running")
                self._loop(interrupts)
                self._flush()
                state = "stopped" if interrupts.asked else "done"
            except KeyboardInterrupt:
                self.where.stop()
                self._flush()
                state = "stopped"
                raise KeyboardInterrupt(self._farewell()) from None
            except BaseException:
                self.where.stop()
                self._save_what_came()
                raise
            finally:
                self._beat(state)
        if interrupts.asked:
            raise KeyboardInterrupt(self._farewell())
        return self.result()

    def _loop(self, interrupts: Interrupts) -> None:
        tasks = self.tasks
        found: Batch | Lost | None
        for found in settled(self.where, run_parts, iter(tasks), tasks.one_by_one, _TICK, self._ran_too_long):
            if interrupts.asked and not tasks.stopped:
                tasks.stopped = True
                self.progress.say("stopping: what is under way comes to its end first; Ctrl-C again ends it at once")
            if isinstance(found, Lost):
                found = self._quarantine(found)
            if found is not None:
                self._take(found)
            now = time.monotonic()
            if self.pending_runs >= _FLUSH_RUNS or (self.pending and now - self.flushed >= _FLUSH_SECONDS):
                self._flush()
            self._beat("running")
            self._watch_cluster(found, now)

    def _take(self, batch: Batch) -> None:
        """Results have come."""
        self.first_result = self.first_result or time.monotonic()
        if batch.version != model_version():
            raise StudyError(
                f"workers run another version of the model ({batch.version}; here it is {model_version()}); "
                "install the same diffusion-sim everywhere"
            )
        runs = len(batch.status)
        self.pending.append(batch)
        self.pending_runs += runs
        for status in self.counts:
            self.counts[status] += int((batch.status == status).sum())
        self.tasks.learn(batch)
        self.enough.add(batch)
        self.progress.advance(runs)

    def _flush(self) -> None:
        """Put what came into the store."""
        if self.pending:
            runs, series, schools = self.tables.make(self.pending)
            self.pending, self.stored, self.pending_runs = [], self.stored + self.pending_runs, 0
            self.store.append(runs, series, schools)
            pa.default_memory_pool().release_unused()  # what compaction took for a moment
        self.flushed = time.monotonic()

    def _save_what_came(self) -> None:
        try:
            self._flush()
        except Exception:
            pass  # the error that is on its way says more

    # ---- runs that take their worker with them -----------------------------------------------------------------------
    def _ran_too_long(self, lost: Lost) -> bool:
        return self.limit is not None and lost.seconds >= self.limit and "EXIT(1)" in lost.reason

    def _quarantine(self, lost: Lost) -> Batch:
        """The row of a run that was lost alone."""
        task: StudyTask = lost.task
        (part,) = task.parts
        if self._ran_too_long(lost):
            text = f"ran longer than {self.limit:g} s and was ended"
        else:
            times = "twice" if self.where.tries > 1 else "again"
            text = f"run alone, it was lost {times}: {lost.reason}"
        self.tasks.crashed.add(part.keys[0])
        came_back = self.counts[OK] + self.counts[ERROR]
        if not came_back and self.counts[CRASHED] + 1 >= _HOPELESS and not self._ran_too_long(lost):
            self.pending, self.pending_runs = [], 0  # no runs' fault: they are to run once it is mended
            raise StudyError(f"no run comes back from the workers; the last one: {lost.reason}")
        self.progress.say(
            f"quarantined: {part.strategies[0]}, scenario {part.scenario}, point {part.point}, replicate "
            f"{part.replicate} (seed {part.seed}): {text}"
        )
        return crashed(part, text, lost.seconds)

    def _watch_cluster(self, found: Any, now: float) -> None:
        if found is not None:
            self.last_result, self.said_no_workers = now, False
        elif (
            not self.said_no_workers
            and now - self.last_result > _SILENT_CLUSTER
            and getattr(self.where, "waiting_for_workers", False)
        ):
            self.said_no_workers = True
            self.progress.say("the cluster has no workers; waiting for some (Ctrl-C stops, the study can be resumed)")

    # ---- what is said ------------------------------------------------------------------------------------------------
    def result(self) -> Counts:
        """The counts so far."""
        done, failed, lost = self.counts.values()
        return Counts(done, failed, lost, self.skipped, self.tasks.not_needed, self.failed_before)

    def _beat(self, state: str) -> None:
        counts = self.result()
        ended = sum(self.counts.values())
        spent = time.monotonic() - self.begin
        rate = ended / spent if spent > 0 and ended else None
        known = self.first_result and time.monotonic() - self.first_result >= _SURE
        left = max(0, self.runs - ended - self.tasks.not_needed)
        self.store.beat(
            {
                "state": state, **counts._asdict(), "of": self.whole, "rate": rate,
                "seconds_left": left / rate if rate and known and state == "running" else None,
                "since": self.since, "workers": self.where.workers, "resume": self.resume,
            },
            force=state != "running",
        )  # fmt: skip

    def _farewell(self) -> str:
        ended = sum(self.counts.values())
        text = (
            f"stopped after {ended:,} of {self.runs:,} runs ({in_words(time.monotonic() - self.begin)}); "
            f"all of them are in {self.store.folder}"
        )
        return text + (f"\nto go on: {self.resume}" if self.resume else "")


def schemas(plan: Plan) -> dict[str, pa.Schema]:
    """Columns of the store of a study."""
    return Tables(plan).schemas()
