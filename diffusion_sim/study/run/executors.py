"""Where tasks run: in this process, in worker processes of our own, or in any ``concurrent.futures.Executor``.

Only ``submit`` and ``concurrent.futures.wait`` are asked of an executor. Our own processes come from loky, which works
from scripts without a main guard, notebooks, the prompt, ``-c`` and standard input; a plain spawning pool does not.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, wait
from functools import partial
from typing import Any, NamedTuple, Protocol

from diffusion_sim.errors import StudyError, told
from diffusion_sim.study.run.worker_guard import announced, begin, pipes

# One thread a worker: the workers are the parallelism.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_IDLE = 60  # seconds that idle workers wait for the next comparison
_STARTS = 10  # workers in a row that may die before they begin a run that waits for them alone
_EXIT_CODES = re.compile(r"exit codes of the workers are \{(.*?)\}")
DIED = "its worker process died: "


class Lost(NamedTuple):
    """A task without a result: its worker died, or it could not be carried there or back."""

    task: Any
    reason: str
    seconds: float  # since it was submitted
    begun: bool | None = None  # whether a worker had begun it, None = not known


class Place(Protocol):
    """Where tasks run."""

    workers: int
    tries: int  # how often a task alone may be lost before it is given up
    worlds: int  # processes of this machine that hold a world at once, as far as is known
    any_size: bool  # models there do not check their size: it was checked before, or is not to be

    def each(
        self, function: Callable[[Any], Any], tasks: Iterable[Any], tick: float | None = None, alone: bool = False
    ) -> Iterator[Any]:
        """For every task, in any order, the result of ``function`` or Lost; None after ``tick`` seconds without one.

        ``tasks`` is read only as far as there is room. alone : there is one, and nothing but its own fault may lose it.
        """
        ...

    def stop(self) -> None:
        """Give up what is under way."""
        ...

    def close(self) -> None:
        """Free what was opened for this place."""
        ...


def cores() -> int:
    """Processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def settled(
    where: Place, function: Callable[[Any], Any], tasks: Iterable[Any],
    split: Callable[[Any], Iterable[Any]], tick: float | None = None, clear: Callable[[Lost], bool] | None = None,
) -> Iterator[Any]:  # fmt: skip
    """As ``where.each``, but a task is Lost only when it was alone, ``where.tries`` times, or once if that is clear.

    Losses count unless it is known that no worker had begun it; one that none begins is given up after a while, too.
    When one is lost no more are handed out; once nothing is under way, ``split`` says what of it to run alone.
    """
    tasks = iter(tasks)
    more = True
    while more:
        lost: list[Lost] = []
        more = False

        def until_one_is_lost(lost: list[Lost] = lost) -> Iterator[Any]:
            nonlocal more
            for task in tasks:
                yield task
                if lost:
                    more = True
                    return

        for found in where.each(function, until_one_is_lost(), tick):
            if isinstance(found, Lost):
                lost.append(found)
            else:
                yield found
        for one in lost:
            more = True
            for suspect in split(one.task):
                yield from _alone(where, function, suspect, tick, clear)


def _alone(
    where: Place, function: Callable[[Any], Any], task: Any, tick: float | None, clear: Callable[[Lost], bool] | None
) -> Iterator[Any]:
    losses = starts = 0
    while True:
        lost = None
        for found in where.each(function, [task], tick, alone=True):
            if isinstance(found, Lost):
                lost = found
            else:
                yield found
        if lost is None:
            return
        losses, starts = (losses, starts + 1) if lost.begun is False else (losses + 1, 0)
        if losses >= where.tries or starts >= _STARTS or (clear and clear(lost)):
            yield lost
            return


class Here:
    """This process, one task after another."""

    workers = tries = worlds = 1
    any_size = False

    def each(
        self, function: Callable[[Any], Any], tasks: Iterable[Any], tick: float | None = None, alone: bool = False
    ) -> Iterator[Any]:
        """See Place."""
        return map(function, tasks)

    def stop(self) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing was opened."""


class Given:
    """An executor of the user's own, which is neither started nor shut down here. It does not say what has begun."""

    tries, worlds, any_size = 2, 1, False

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._waiting: dict[Any, Any] = {}

    @property
    def workers(self) -> int:
        """As many as it says it has, or one a processor of this machine."""
        return int(getattr(self.executor, "_max_workers", 0) or cores())

    def each(
        self, function: Callable[[Any], Any], tasks: Iterable[Any], tick: float | None = None, alone: bool = False
    ) -> Iterator[Any]:
        """See Place. Raises StudyError where the executor breaks."""
        try:
            yield from _windowed(self.executor.submit, function, tasks, self, self._waiting, tick)
        except _Broken as error:
            yield from (future.result() for future in list(self._waiting) if _has_result(future))
            self._waiting.clear()
            raise StudyError(f"executor: it broke down: {error}") from error

    def stop(self) -> None:
        """Cancel what has not begun."""
        for future in self._waiting:
            future.cancel()

    def close(self) -> None:
        """It is the user's own."""


class Processes:
    """Worker processes of our own. Those that die are replaced; what was under way is Lost."""

    tries, any_size = 2, False

    def __init__(self, workers: int) -> None:
        self.workers = self.worlds = workers

    def _pool(self, workers: int | None = None) -> Any:
        from loky import get_reusable_executor

        workers, parent = workers or self.workers, os.getpid()
        # Their number is in the environment of workers, so that loky makes another pool for another number: while it
        # changes the size of one, a worker that dies keeps it waiting for good.
        return get_reusable_executor(
            workers, timeout=_IDLE, kill_workers=True, initializer=begin, initargs=(parent, pipes(parent)[1]),
            env={**_ONE_THREAD, "DIFFUSION_SIM_POOL_OF": str(workers)},
        )  # fmt: skip

    def each(
        self, function: Callable[[Any], Any], tasks: Iterable[Any], tick: float | None = None, alone: bool = False
    ) -> Iterator[Any]:
        """See Place. A task alone has the only worker there is, so that no other's death is taken for its own."""
        tasks, begun = iter(tasks), pipes(os.getpid())[0].begun
        waiting: dict[Any, Any] = {}
        function = partial(announced, function) if alone else function
        while True:
            pool = self._pool(1 if alone else None)
            while begun.poll():  # of a task before
                begun.recv_bytes()
            try:
                for found in _windowed(pool.submit, function, tasks, self, waiting, tick):
                    if found is None:
                        _free(pool)
                    yield found
                return
            except _Broken as error:
                reason = str(error)
            left = list(waiting.items())
            waiting.clear()
            for future, (task, since) in left:
                if _has_result(future):  # it came in time
                    yield future.result()
                else:
                    yield Lost(task, reason, time.monotonic() - since, not alone or begun.poll())

    def stop(self) -> None:
        """End the workers."""
        self._pool().shutdown(wait=True, kill_workers=True)

    def close(self) -> None:
        """Idle workers end by themselves."""


class _Broken(Exception):
    """The pool is gone, and with it all that was under way."""


def _windowed(
    submit: Callable[..., Any], function: Callable[[Any], Any], tasks: Iterable[Any], where: Place,
    waiting: dict[Any, Any], tick: float | None,
) -> Iterator[Any]:  # fmt: skip
    """Results, Lost and None as they come, with at most two tasks a worker submitted.

    ``waiting`` holds future -> (task, when) of the others, also of those that ``_Broken`` leaves behind.
    """
    tasks = iter(tasks)
    more = True
    while more or waiting:
        while more and len(waiting) < 2 * where.workers:
            task = next(tasks, None)
            more = task is not None
            if more:
                try:
                    future = submit(function, task)
                except (BrokenExecutor, RuntimeError) as error:  # RuntimeError: it was shut down
                    waiting[object()] = task, time.monotonic()  # not to be lost with the pool
                    raise _Broken(_why(error)) from error
                waiting[future] = task, time.monotonic()
        if not waiting:
            return
        finished, _ = wait(waiting, timeout=tick, return_when=FIRST_COMPLETED)
        if not finished:
            yield None
        for future in finished:
            error = _error(future)
            if isinstance(error, BrokenExecutor):
                wait(waiting, timeout=10)  # the others are told at once
                raise _Broken(_why(error)) from error
            task, since = waiting.pop(future)
            yield future.result() if error is None else Lost(task, _why(error), time.monotonic() - since)


def _error(future: Any) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError:
        return CancelledError("cancelled")


def _has_result(future: Any) -> bool:
    return hasattr(future, "done") and future.done() and _error(future) is None


def _why(error: BaseException) -> str:
    """What happened, in a line."""
    text = " ".join(told(error).split())
    codes = _EXIT_CODES.search(text)
    return f"{DIED}{codes[1]}" if codes else text[:500]


def _free(pool: Any) -> None:
    """Free a loky pool that waits for the rest of a result whose worker died while it handed it over.

    The rest never comes, and loky does not look at its workers meanwhile: with the others gone, and our own end of
    their pipe closed, the result ends there and the pool is broken.
    """
    from loky.backend.utils import kill_process_tree

    workers = list(pool._processes.values())
    dead = [one for one in workers if one.exitcode is not None]
    if not dead or not getattr(dead[0], "seen_dead", False):
        for one in dead:  # loky has until the next look
            one.seen_dead = True
        return
    for one in workers:
        if one not in dead:
            kill_process_tree(one)
    pool._result_queue._writer.close()
