"""Running what is left of a study, somewhere, into its store: what is done is not lost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import pyarrow as pa

from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.study.plan.plan import Block, Plan
from diffusion_sim.study.plan.shards import Shard
from diffusion_sim.study.run.executors import Place
from diffusion_sim.study.run.interrupts import Interrupts
from diffusion_sim.study.run.lost_runs import once_more
from diffusion_sim.study.run.one_seed import CRASHED, Asked
from diffusion_sim.study.run.progress import Silent, in_words
from diffusion_sim.study.run.result_tables import Tables
from diffusion_sim.study.run.runner import Runner
from diffusion_sim.study.run.sequential_stopping import Cell, Enough
from diffusion_sim.study.run.task_queue import Tasks, Todo
from diffusion_sim.study.run.worker import Batch
from diffusion_sim.study.store.counts import Counts
from diffusion_sim.study.store.store import Store

_FLUSH_SECONDS, _FLUSH_RUNS = 2.0, 1_000
_SURE = 5.0  # seconds of results before a time that is left is told


def run(
    plan: Plan, store: Store, where: Place, *, whole: Store | None = None, shard: Shard | None = None,
    retry: bool = False, missing: bool = True, limit: float | None = None, progress: Silent | None = None,
    prepare: Callable[[], object] = lambda: None, resume: str = "", rest: str = "",
) -> Counts:  # fmt: skip
    """Run what ``store`` lacks of ``plan``, and what crashed perhaps by no fault of its own, once more; with ``retry``,
    what failed or crashed, again. Returns the counts.

    whole : of a shard, the store of the whole study; what that one holds is not run. missing : with ``retry``, whether
    what the store lacks is run as well. shard : only its blocks. limit : seconds a run (places that are processes of
    our own). prepare : called before the first run, where there is one. resume : the command that goes on, for whoever
    interrupts; rest : the one that runs what a ``retry`` leaves missing ("" = the same). A run that fails is a row.
    Raises StoreError where the store cannot be written; StudyError where tasks cannot run there at all;
    KeyboardInterrupt, with a text, when it was asked to stop.
    """
    stores = [store] if whole is None else [whole, store]
    status = {key: said for one in stores for key, said in one.completed().items()}
    again = set()
    if not retry and CRASHED in status.values():
        errors = {key: error for one in stores for key, error in _crashed(one)}
        again = {key for key, error in errors.items() if status[key] == CRASHED and once_more(error)}
    if again and progress is not None:
        progress.say(f"runs that crashed, perhaps by no fault of their own, are tried once more: {len(again):,}")
    todo = Todo(status, retry, missing, again)
    enough = Enough(plan)
    for one in stores:
        enough.load(one, todo.due)
    every = WEEKS_PER_QUARTER if plan.spec.series else 0
    asked = Asked(plan.allow_code, every, plan.spec.schools, limit, where.any_size)
    running = _Running(plan, store, where, shard, todo, enough, asked, progress or Silent(), resume, rest or resume)
    return running.go(prepare)


def _crashed(store: Store) -> list[tuple[str, str]]:
    """(key, error) of the runs that crashed."""
    table = store.load("runs", ["key", "status", "error"])
    rows = zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)
    return [(key, error) for key, status, error in rows if status == CRASHED]


class _Running:
    """One call of ``run``: counts what is to be run, and puts what comes into the store."""

    def __init__(
        self, plan: Plan, store: Store, where: Place, shard: Shard | None, todo: Todo, enough: Enough, asked: Asked,
        progress: Silent, resume: str, rest: str,
    ) -> None:  # fmt: skip
        self.plan, self.store, self.where, self.shard, self.enough = plan, store, where, shard, enough
        self.progress, self.resume, self.rest = progress, resume, rest
        self.tables = Tables(plan)
        self.whole = self.runs = self.skipped = self.failed_before = 0
        self.missing: Counter[Cell] = Counter()  # runs that a retry leaves missing
        good = self._count(todo)
        self.tasks = Tasks(
            (part for block in self._blocks() if (part := todo.part(block)) is not None), self.runs, plan.scenarios,
            asked, lambda: where.workers, values=lambda number: plan.point(number).values,
            needed=lambda part: not enough.decided(part.scenario, part.point) or todo.again(part),
        )  # fmt: skip
        before = {key for key, said in todo.status.items() if said == CRASHED}
        self.runner = Runner(where, self.tasks, progress, self._take, self._look_up, good, before)
        self.pending: list[Batch] = []
        self.flushed = time.monotonic()
        self.since = time.time()

    def _blocks(self) -> Iterator[Block]:
        return self.plan.blocks() if self.shard is None else self.shard.blocks(self.plan)

    def _count(self, todo: Todo) -> Block | None:
        """Count the runs there are, and those of them that are to be run; one that is in the store and succeeded."""
        if todo.missing and not todo.status and self.shard is None:
            self.whole = self.runs = self.plan.runs
            return None
        good = None
        for block in self._blocks():
            part = todo.part(block)
            there, failed, missing = todo.left(block, part)
            self.whole += len(block.keys)
            self.runs += 0 if part is None else len(part.keys)
            self.skipped += there
            self.failed_before += failed
            if missing:
                self.missing[block.scenario, block.point] += missing
            good = good or todo.succeeded(block)
        return good

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
                self.runner.go(lambda: interrupts.asked)
                self._flush()
                state = self._state()
            except KeyboardInterrupt:
                self._flush()
                state = "stopped"
                raise KeyboardInterrupt(self._farewell()) from None
            except BaseException:
                self._save_what_came()
                raise
            finally:
                self._beat(state)
        if interrupts.asked and self._left():
            raise KeyboardInterrupt(self._farewell())

    def _take(self, batch: Batch) -> None:
        self.pending.append(batch)
        self.enough.add(batch)

    def _look_up(self) -> None:
        runs = sum(len(batch.runs) for batch in self.pending)
        if runs >= _FLUSH_RUNS or (runs and time.monotonic() - self.flushed >= _FLUSH_SECONDS):
            self._flush()
        self._beat("running")

    def _flush(self) -> None:
        """Put what came into the store."""
        if self.pending:
            runs, series, schools = self.tables.make(self.pending)
            self.store.append(runs, series, schools)
            self.pending = []  # not sooner: an interrupt comes in the midst of it
            pa.default_memory_pool().release_unused()  # what compaction took for a moment
        self.flushed = time.monotonic()

    def _save_what_came(self) -> None:
        try:
            self._flush()
        except Exception:
            pass  # the error that is on its way says more

    # ---- what is said ------------------------------------------------------------------------------------------------
    def _left(self) -> int:
        """How many of the runs that were to be run have not ended."""
        return self.runs - self.runner.ended - self.tasks.not_needed

    def _missing(self) -> int:
        """How many runs a retry leaves missing, of cells that have not enough replicates."""
        return sum(runs for cell, runs in self.missing.items() if not self.enough.decided(*cell))

    def _state(self) -> str:
        """The state of a study that nothing runs."""
        return "stopped" if self._left() or self._missing() else "done"

    def result(self) -> Counts:
        """The counts so far."""
        done, failed, lost = self.runner.counts.values()
        not_needed = self.tasks.not_needed + self.missing.total() - self._missing()
        return Counts(done, failed, lost, self.skipped, not_needed, self.failed_before)

    def _beat(self, state: str) -> None:
        spent, first, left = self.runner.spent, self.runner.first_result, self._left()
        rate = self.runner.ended / spent if spent > 0 and self.runner.ended else None
        known = first and time.monotonic() - first >= _SURE
        self.store.beat(
            {
                "state": state, **self.result()._asdict(), "of": self.whole, "rate": rate,
                "seconds_left": left / rate if rate and known and state == "running" else None,
                "since": self.since, "workers": self.where.workers,
                "resume": self.resume if left else self.rest,
            },
            force=state != "running",
        )  # fmt: skip

    def _farewell(self) -> str:
        ended = self.runner.ended
        text = f"stopped after {ended:,} of {self.runs:,} runs ({in_words(self.runner.spent)})"
        text += f"; all of them are in {self.store.folder}" if ended else ""
        return text + (f"\nto go on: {self.resume}" if self.resume else "")
