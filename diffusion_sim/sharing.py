"""Sharing schools out to threads: kernels release the interpreter's lock, and a school is one thread's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np


def shares(last: Any, parts: int) -> list[int]:
    """Rows of schools that split the teachers into ``parts`` of about equal number; (parts + 1,) bounds.

    last : int64[S], where each school's teachers end.
    """
    goals = last[-1] * np.arange(1, parts) / parts
    return [0, *np.searchsorted(last, goals).tolist(), last.size]


def each_share(pool: ThreadPoolExecutor | None, last: Any, work: Callable[[int, int], Any]) -> None:
    """Call ``work(begin, end)`` for shares of all schools; pool : threads that do it, None = one share, here."""
    if pool is None:
        work(0, last.size)
        return
    jobs = [pool.submit(work, begin, end) for begin, end in pairwise(shares(last, pool._max_workers))]
    for job in jobs:
        job.result()
