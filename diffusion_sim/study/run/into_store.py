"""Running what is left of a study, somewhere, into its store: what is done is not lost, and no run stops the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from diffusion_sim.errors import StudyError
from diffusion_sim.model_version import model_version
from diffusion_sim.study.plan.plan import Block, Plan
from diffusion_sim.study.plan.shards import Shard
from diffusion_sim.study.run.executors import Lost, Place, settled
from diffusion_sim.study.run.interrupts import Interrupts
from diffusion_sim.study.run.progress import Silent, in_words
from diffusion_sim.study.run.result_tables import Tables
from diffusion_sim.study.run.sequential_stopping import Cell, Enough
from diffusion_sim.study.run.task_queue import Tasks, Todo
from diffusion_sim.study.run.worker import (
    CRASHED,
    ERROR,
    OK,
    Batch,
    Part,
    StudyTask,
    crashed,
    run_parts,
)
from diffusion_sim.study.run.worker_guard import TOO_LONG
from diffusion_sim.study.store.counts import Counts
from diffusion_sim.study.store.store import Store

_TICK = 0.5  # seconds after which somebody looks up, though nothing came
_FLUSH_SECONDS, _FLUSH_RUNS = 2.0, 1_000
_SURE = 5.0  # seconds of results before a time that is left is told
_HOPELESS = 3  # runs in a row that took their workers with them, before anybody asks whether workers work at all
_SILENT_CLUSTER = 30.0  # seconds without a worker after which a line says so


def run(
    plan: Plan, store: Store, where: Place, *, whole: Store | None = None, shard: Shard | None = None,
    retry: bool = False, missing: bool = True, limit: float | None = None, progress: Silent | None = None,
    prepare: Callable[[], object] = lambda: None, resume: str = "", rest: str = "",
) -> Counts:  # fmt: skip
    """Run what ``store`` lacks of ``plan``; with ``retry``, what failed or crashed, again. Returns the counts.

    whole : of a shard, the store of the whole study; what that one holds is not run. missing : with ``retry``, whether
    what the store lacks is run as well. shard : only its blocks. limit : seconds a run (places that are processes of
    our own). prepare : called before the first run, where there is one. resume : the command that goes on, for whoever
    interrupts; rest : the one that runs what a ``retry`` leaves missing ("" = the same). A run that fails is a row.
    Raises StoreError where the store cannot be written; StudyError where tasks cannot run there at all;
    KeyboardInterrupt, with a text, when it was asked to stop.
    """
    todo = Todo({**({} if whole is None else whole.completed()), **store.completed()}, retry, missing)
    enough = Enough(plan)
    for other in (store, whole):
        if other is not None:
            enough.load(other, retry)
    running = _Running(plan, store, where, shard, todo, enough, limit, progress or Silent(), resume, rest or resume)
    return running.go(prepare)


class _Running:
    """One call of ``run``."""

    def __init__(
        self, plan: Plan, store: Store, where: Place, shard: Shard | None, todo: Todo, enough: Enough,
        limit: float | None, progress: Silent, resume: str, rest: str,
    ) -> None:  # fmt: skip
        self.plan, self.store, self.where, self.shard, self.enough = plan, store, where, shard, enough
        self.progress, self.limit, self.resume, self.rest = progress, limit, resume, rest
        self.tables = Tables(plan)
        self.whole = self.runs = self.skipped = self.failed_before = 0
        self.missing: Counter[Cell] = Counter()  # runs that a retry leaves missing
        self.good: Part | None = None  # what has come back from a worker, or is in the store
        self._count(todo)
        parts = (part for block in self._blocks() if (part := todo.part(block)) is not None)
        self.tasks = Tasks(plan, parts, self.runs, lambda: where.workers, enough, limit, todo.again)
        self.counts = {OK: 0, ERROR: 0, CRASHED: 0}
        self.pending: list[Batch] = []
        self.pending_runs = 0
        self.doubtful: list[Batch] = []  # rows of runs that were lost since the last one came back
        self.begin = self.flushed = self.last_result = time.monotonic()
        self.since = time.time()
        self.first_result = 0.0
        self.said_no_workers = False
        self.said_not_needed = 0

    def _blocks(self) -> Iterator[Block]:
        return self.plan.blocks() if self.shard is None else self.shard.blocks(self.plan)

    def _count(self, todo: Todo) -> None:
        """How many runs there are, and how many of them are to be run."""
        if todo.missing and not todo.status and self.shard is None:
            self.whole = self.runs = self.plan.runs
            return
        for block in self._blocks():
            part = todo.part(block)
            there, failed, missing = todo.left(block, part)
            self.whole += len(block.keys)
            self.runs += 0 if part is None else len(part.keys)
            self.skipped += there
            self.failed_before += failed
            if missing:
                self.missing[block.scenario, block.point] += missing
            self.good = self.good or todo.succeeded(block)

    def go(self, prepare: Callable[[], object]) -> Counts:
        """Run all; see ``run``."""
        if self.runs:
            prepare()
            self._carry_out()
        else:
            self._beat(self._state())
        missing = self._missing()
        if missing:
            most = "at most " if self.plan.spec.precision is not None else ""
            self.progress.say(f"{most}{missing:,} runs of the study are not in the store yet; to run them: {self.rest}")
        return self.result()

    def _carry_out(self) -> None:
        self.progress.phase("runs", self.runs)
        state = "failed"
        with Interrupts() as interrupts:
            try:
                self._beat("running")
                self._loop(interrupts)
                self._flush()
                state = self._state()
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
        if interrupts.asked and self._left():
            raise KeyboardInterrupt(self._farewell())

    def _loop(self, interrupts: Interrupts) -> None:
        tasks = self.tasks
        found: Batch | Lost | None
        for found in settled(self.where, run_parts, iter(tasks), tasks.one_by_one, _TICK, self._ran_too_long):
            if interrupts.asked and not tasks.stopped:
                tasks.stopped = True
                self.progress.say("stopping: what is under way comes to its end first; Ctrl-C again ends it at once")
            if isinstance(found, Lost):
                self._quarantine(found)
            elif found is not None:
                self._take(found)
            self._tell_not_needed()
            now = time.monotonic()
            if self.pending_runs >= _FLUSH_RUNS or (self.pending and now - self.flushed >= _FLUSH_SECONDS):
                self._flush()
            self._beat("running")
            self._watch_cluster(found, now)
        self._tell_not_needed()
        if not interrupts.asked:  # else nobody knows of the last ones; they are run when the study is resumed
            self._believe()

    def _take(self, batch: Batch) -> None:
        """Results have come."""
        self.first_result = self.first_result or time.monotonic()
        if batch.version != model_version():
            raise StudyError(
                f"workers run another version of the model ({batch.version}; here it is {model_version()}); "
                "install the same diffusion-sim everywhere"
            )
        if (batch.status != CRASHED).any():
            self._believe()
            self.good = batch.parts[0]
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
            self.store.append(runs, series, schools)
            self.pending, self.pending_runs = [], 0  # not sooner: an interrupt comes in the midst of it
            pa.default_memory_pool().release_unused()  # what compaction took for a moment
        self.flushed = time.monotonic()

    def _save_what_came(self) -> None:
        try:
            self._flush()
        except Exception:
            pass  # the error that is on its way says more

    # ---- runs that take their worker with them -----------------------------------------------------------------------
    def _ran_too_long(self, lost: Lost) -> bool:
        return self.limit is not None and lost.seconds >= self.limit and TOO_LONG in lost.reason

    def _quarantine(self, lost: Lost) -> None:
        """A run was lost alone. It gets its row once it is known that workers bring back others."""
        task: StudyTask = lost.task
        (part,) = task.parts
        self.tasks.crashed.add(part.keys[0])
        if self._ran_too_long(lost):
            self._record(crashed(part, f"ran longer than {self.limit:g} s and was ended", lost.seconds))
            return
        times = "twice" if self.where.tries > 1 else "again"
        self.doubtful.append(crashed(part, f"run alone, it was lost {times}: {lost.reason}", lost.seconds))
        if len(self.doubtful) >= _HOPELESS:
            if not self._workers_work():
                raise StudyError(f"no run comes back from the workers; the last one: {lost.reason}")
            self._believe()

    def _workers_work(self) -> bool:
        """Whether what has come back before comes back once more. Nothing else is under way."""
        if self.good is None:
            return False
        task = self.tasks.task((self.good,))
        return not any(isinstance(found, Lost) for found in settled(self.where, run_parts, [task], lambda one: [one]))

    def _believe(self) -> None:
        """The runs that were lost were lost by their own fault."""
        rows, self.doubtful = self.doubtful, []
        for row in rows:
            self._record(row)

    def _record(self, row: Batch) -> None:
        (part,) = row.parts
        self.progress.say(
            f"quarantined: {part.strategies[0]}, scenario {part.scenario}, point {part.point}, replicate "
            f"{part.replicate} (seed {part.seed}): {row.errors[0]}"
        )
        self._take(row)

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
    def _tell_not_needed(self) -> None:
        more = self.tasks.not_needed - self.said_not_needed
        if more:
            self.said_not_needed += more
            self.progress.fewer(more)

    def _left(self) -> int:
        """How many of the runs that were to be run have not ended."""
        return self.runs - sum(self.counts.values()) - self.tasks.not_needed

    def _missing(self) -> int:
        """How many runs a retry leaves missing, of cells that have not enough replicates."""
        return sum(runs for cell, runs in self.missing.items() if not self.enough.decided(*cell))

    def _state(self) -> str:
        """The state of a study that nothing runs."""
        return "stopped" if self._left() or self._missing() else "done"

    def result(self) -> Counts:
        """The counts so far."""
        done, failed, lost = self.counts.values()
        not_needed = self.tasks.not_needed + self.missing.total() - self._missing()
        return Counts(done, failed, lost, self.skipped, not_needed, self.failed_before)

    def _beat(self, state: str) -> None:
        counts = self.result()
        ended = sum(self.counts.values())
        spent = time.monotonic() - self.begin
        rate = ended / spent if spent > 0 and ended else None
        known = self.first_result and time.monotonic() - self.first_result >= _SURE
        left = self._left()
        self.store.beat(
            {
                "state": state, **counts._asdict(), "of": self.whole, "rate": rate,
                "seconds_left": left / rate if rate and known and state == "running" else None,
                "since": self.since, "workers": self.where.workers,
                "resume": self.resume if left else self.rest,
            },
            force=state != "running",
        )  # fmt: skip

    def _farewell(self) -> str:
        ended = sum(self.counts.values())
        spent = in_words(time.monotonic() - self.begin)
        text = f"stopped after {ended:,} of {self.runs:,} runs ({spent})"
        text += f"; all of them are in {self.store.folder}" if ended else ""
        return text + (f"\nto go on: {self.resume}" if self.resume else "")
