"""Where tasks run: in this process, in worker processes of our own, or in any ``concurrent.futures.Executor``.

Only ``submit`` and ``concurrent.futures.wait`` are asked of an executor. Our own processes come from loky, which works
from scripts without a main guard, notebooks, the prompt, ``-c`` and standard input; a plain spawning pool does not.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, wait
from typing import Any, Protocol

from diffusion_sim.errors import StudyError
from diffusion_sim.study.design import whole

# One thread a worker: the workers are the parallelism.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_IDLE = 60  # seconds that idle workers wait for the next comparison


class Place(Protocol):
    """Where tasks run."""

    workers: int

    def each(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """Results of ``function`` for all tasks, in any order. ``tasks`` is read only as far as there is room."""
        ...

    def stop(self) -> None:
        """Give up what is under way."""
        ...


def cores() -> int:
    """Processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def place(workers: int | None, executor: Executor | None) -> Place:
    """The place for ``workers`` processes (1 = this one, None = one a processor) or an executor of the user's own.

    Raises StudyError: a number that is not from 1 to 1024, both given, or an object without ``submit``.
    """
    if executor is not None:
        if workers is not None:
            raise StudyError("workers and executor: found both; give one of them")
        if not callable(getattr(executor, "submit", None)):
            raise StudyError(f"executor: found {executor!r:.60}; a concurrent.futures.Executor is allowed")
        return Given(executor)
    count = cores() if workers is None else whole(workers, "workers", 1, 1024)
    return Here() if count == 1 else Processes(count)


class Here:
    """This process, one task after another."""

    workers = 1

    def each(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """See Place."""
        return map(function, tasks)

    def stop(self) -> None:
        """Nothing is under way."""


class Given:
    """An executor of the user's own, which is neither started nor shut down here."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.workers = int(getattr(executor, "_max_workers", 0) or cores())
        self._waiting: dict[Any, Any] = {}

    def each(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """See Place. Raises StudyError where the executor breaks."""
        try:
            yield from _windowed(self.executor.submit, function, tasks, 2 * self.workers, self._waiting)
        except BrokenExecutor as error:
            raise StudyError(f"executor: it broke down: {error}") from error

    def stop(self) -> None:
        """Cancel what has not begun."""
        for future in self._waiting:
            future.cancel()


class Processes:
    """Worker processes of our own. What was under way when one dies is run again once, task by task."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def _pool(self) -> Any:
        from loky import get_reusable_executor

        return get_reusable_executor(self.workers, timeout=_IDLE, initializer=_begin, env=_ONE_THREAD)

    def each(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """See Place. Raises StudyError where a worker dies again."""
        tasks = iter(tasks)
        waiting: dict[Any, Any] = {}
        while True:
            try:
                yield from _windowed(self._pool().submit, function, tasks, 2 * self.workers, waiting)
                return
            except BrokenExecutor:
                again = list(waiting.values())
                waiting.clear()
            for task in again:
                try:
                    yield self._pool().submit(function, task).result()
                except BrokenExecutor as error:
                    raise StudyError(
                        "a worker process died twice on the same runs (out of memory, or code of a strategy that ends "
                        "its process?); workers=1 runs them in this process"
                    ) from error

    def stop(self) -> None:
        """End the workers."""
        self._pool().shutdown(wait=True, kill_workers=True)


def _begin() -> None:
    """A worker's first act. The keyboard's interrupt is for the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _windowed(submit: Callable[..., Any], function: Callable[[Any], Any], tasks: Iterable[Any], window: int,
              waiting: dict[Any, Any]) -> Iterator[Any]:
    """Results as they come, with at most ``window`` tasks submitted; ``waiting`` holds future -> task of the others."""
    tasks = iter(tasks)
    more = True
    while more or waiting:
        while more and len(waiting) < window:
            task = next(tasks, None)
            more = task is not None
            if more:
                try:
                    future = submit(function, task)
                except BrokenExecutor:
                    waiting[object()] = task  # not to be lost with the pool
                    raise
                waiting[future] = task
        finished, _ = wait(waiting, return_when=FIRST_COMPLETED) if waiting else ((), ())
        for future in finished:
            result = future.result()  # a broken pool raises here, with the task still among those waiting
            del waiting[future]
            yield result
