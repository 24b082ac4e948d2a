"""Carrying out tasks at a place: what comes back goes on to who asked for it, and no run stops the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from typing import Any

from diffusion_sim.errors import StudyError
from diffusion_sim.model_version import model_version
from diffusion_sim.study.plan.plan import Block
from diffusion_sim.study.run.executors import Lost, Place, settled
from diffusion_sim.study.run.lost_runs import words
from diffusion_sim.study.run.one_seed import CRASHED, ERROR, OK
from diffusion_sim.study.run.progress import Silent
from diffusion_sim.study.run.task_queue import Tasks
from diffusion_sim.study.run.worker import Batch, crashed, run_task
from diffusion_sim.study.run.worker_guard import TOO_LONG

_TICK = 0.5  # seconds after which somebody looks up, though nothing came
_HOPELESS = 3  # runs in a row that took their workers with them, before anybody asks whether workers work at all
_SILENT_CLUSTER = 30.0  # seconds without a worker after which a line says so


class Runner:
    """Carries out tasks, once.

    take : gets every result as it comes. look_up : called after each, and now and then where none comes. good : a run
    of which it is known that workers bring it back. before : keys of runs that crashed when they were run before.
    counts : runs that have ended, by status.
    """

    def __init__(
        self, where: Place, tasks: Tasks, progress: Silent, take: Callable[[Batch], None],
        look_up: Callable[[], None] = lambda: None, good: Block | None = None, before: Set[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.where, self.tasks, self.progress = where, tasks, progress
        self.counts = {OK: 0, ERROR: 0, CRASHED: 0}
        self.begin = self._last_result = time.monotonic()
        self.first_result = 0.0
        self._send, self._look_up, self._good, self._before = take, look_up, good, before
        self._doubtful: list[Batch] = []  # rows of runs that were lost since the last one came back
        self._said_not_needed = 0
        self._said_no_workers = False

    @property
    def ended(self) -> int:
        """How many runs have ended."""
        return sum(self.counts.values())

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.begin

    def go(self, asked_to_stop: Callable[[], bool] = lambda: False) -> None:
        """Run all; where it is asked to stop, what is under way and no more.

        Raises StudyError where tasks cannot run there at all, and what ``take`` and ``look_up`` raise.
        """
        try:
            self._loop(asked_to_stop)
        except BaseException:
            self.where.stop()
            raise

    def _loop(self, asked_to_stop: Callable[[], bool]) -> None:
        tasks = self.tasks
        found: Batch | Lost | None
        for found in settled(self.where, run_task, iter(tasks), tasks.one_by_one, _TICK, self._ran_too_long):
            if asked_to_stop() and not tasks.stopped:
                tasks.stopped = True
                self.progress.say("stopping: what is under way comes to its end first; Ctrl-C again ends it at once")
            if isinstance(found, Lost):
                self._quarantine(found)
            elif found is not None:
                self._take(found)
            self._tell_not_needed()
            self._look_up()
            self._watch_cluster(found)
        self._tell_not_needed()
        if not asked_to_stop():  # else nobody knows of the last ones; they are run when the study is resumed
            self._believe()

    def _take(self, batch: Batch) -> None:
        """Results have come."""
        self.first_result = self.first_result or time.monotonic()
        if batch.version != model_version():
            raise StudyError(
                f"workers run another version of the model ({batch.version}; here it is {model_version()}); "
                "install the same diffusion-sim everywhere"
            )
        if any(run.status != CRASHED for run in batch.runs):
            self._believe()
            self._good = batch.parts[0]
        self._send(batch)
        for run in batch.runs:
            self.counts[run.status] += 1
        self.tasks.learn(batch)
        self.progress.advance(len(batch.runs))

    # ---- runs that take their worker with them -----------------------------------------------------------------------
    def _ran_too_long(self, lost: Lost) -> bool:
        limit = self.tasks.asked.limit
        return limit is not None and lost.seconds >= limit and TOO_LONG in lost.reason

    def _quarantine(self, lost: Lost) -> None:
        """A run was lost alone. It gets its row once it is known that workers bring back others."""
        if lost.begun is False:
            raise StudyError(f"workers die before they begin a run; the last one: {lost.reason}")
        (part,) = lost.task.parts
        self.tasks.crashed.add(part.keys[0])
        if self._ran_too_long(lost):
            text = f"ran longer than {self.tasks.asked.limit:g} s and was ended"
            self._record(crashed(part, text, lost.seconds))
            return
        text = words(lost, self.where.tries, part.keys[0] in self._before)
        self._doubtful.append(crashed(part, text, lost.seconds))
        if len(self._doubtful) >= _HOPELESS:
            if not self._workers_work():
                raise StudyError(f"no run comes back from the workers; the last one: {lost.reason}")
            self._believe()

    def _workers_work(self) -> bool:
        """Whether what has come back before comes back once more. Nothing else is under way."""
        if self._good is None:
            return False
        task = self.tasks.task((self._good,))
        found = settled(self.where, run_task, [task], lambda one: [one], _TICK)
        return not any(isinstance(one, Lost) for one in found)

    def _believe(self) -> None:
        """The runs that were lost were lost by their own fault."""
        rows, self._doubtful = self._doubtful, []
        for row in rows:
            self._record(row)

    def _record(self, row: Batch) -> None:
        (part,) = row.parts
        self.progress.say(
            f"quarantined: {part.strategies[0]}, scenario {part.scenario}, point {part.point}, replicate "
            f"{part.replicate} (seed {part.seed}): {row.runs[0].error}"
        )
        self._take(row)

    # ---- what is said ------------------------------------------------------------------------------------------------
    def _tell_not_needed(self) -> None:
        more = self.tasks.not_needed - self._said_not_needed
        if more:
            self._said_not_needed += more
            self.progress.fewer(more)

    def _watch_cluster(self, found: Any) -> None:
        now = time.monotonic()
        if found is not None:
            self._last_result, self._said_no_workers = now, False
        elif (
            not self._said_no_workers
            and now - self._last_result > _SILENT_CLUSTER
            and getattr(self.where, "waiting_for_workers", False)
        ):
            self._said_no_workers = True
            self.progress.say("the cluster has no workers; waiting for some (Ctrl-C stops, the study can be resumed)")
