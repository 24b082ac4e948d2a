"""Choosing the place where tasks run, from what a user says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.arms_and_seeds import whole
from diffusion_sim.study.run.dask_executor import Dask
from diffusion_sim.study.run.executors import Given, Here, Place, Processes, cores
from diffusion_sim.world.size import check_size


def place(workers: int | None, executor: Any, apart: bool = False) -> Place:
    """The place for ``workers`` processes (1 = this one, None = one a processor) or an executor of the user's own.

    executor : also a dask client. apart : never this process, whose end would be the end of all.
    Raises StudyError: a number that is not from 1 to 1024, both given, or an object without ``submit``.
    """
    if executor is not None:
        if workers is not None:
            raise StudyError("workers and executor: found both; give one of them")
        if callable(getattr(executor, "get_executor", None)):
            return Dask(executor)
        if not callable(getattr(executor, "submit", None)):
            raise StudyError(f"executor: found {executor!r:.60}; a concurrent.futures.Executor is allowed")
        return Given(executor)
    count = cores() if workers is None else whole(workers, "workers", 1, 1024)
    return Here() if count == 1 and not apart else Processes(count)


def check_sizes(cases: Iterable[Scenario], where: Place, any_size: bool) -> None:
    """Refuse worlds larger than the memory of this machine, unless ``any_size``; models at ``where`` need not check
    again, but those of an executor of the user's own, which may be elsewhere. Raises PopulationError."""
    for sc in cases:
        check_size(sc, any_size, where.worlds)
    where.any_size = any_size or not isinstance(where, Given)
