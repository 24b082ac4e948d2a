"""Share out schools to threads: kernels release the interpreter's lock, and each school belongs to one thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import pairwise
from typing import Any

import numpy as np


def shares(last: Any, parts: int) -> list[int]:
    """Rows of schools (or districts) that split the teachers into ``parts`` of about equal number; (parts + 1,) bounds.

    last : int64[S], where each school's (or district's) teachers end.
    """
    goals = last[-1] * np.arange(1, parts) / parts
    return [0, *np.searchsorted(last, goals).tolist(), last.size]


def each_share(pool: ThreadPoolExecutor | None, last: Any, work: Callable[[int, int], Any]) -> None:
    """Call ``work(begin, end)`` for shares of all schools, or of all districts; last : where the teachers of each end;
    pool : threads that do it, None = one share, here."""
    if pool is None:
        work(0, last.size)
        return
    jobs = [pool.submit(work, begin, end) for begin, end in pairwise(shares(last, pool._max_workers))]
    for job in jobs:
        job.result()


def rows_of(schools: Any, begin: int, end: int) -> tuple[int, int]:
    """Rows of the teachers of the schools begin to end - 1: from, to."""
    return (int(schools.first[begin]), int(schools.last[end - 1])) if begin < end else (0, 0)


_pools: dict[tuple[int, int], tuple[ThreadPoolExecutor, threading.Lock]] = {}


def thread_pool(threads: int) -> ThreadPoolExecutor:
    """A pool of threads, kept for the process; a process that is forked has pools of its own."""
    key = (os.getpid(), threads)
    if key not in _pools:
        _pools[key] = ThreadPoolExecutor(threads, thread_name_prefix="diffusion-sim"), threading.Lock()
    return _pools[key][0]


def turn_of(pool: ThreadPoolExecutor) -> Any:
    """The lock of a pool; take it to use all of its threads at once. Two runs that had some threads each would wait for
    the others for ever."""
    return next((lock for known, lock in _pools.values() if known is pool), nullcontext())
