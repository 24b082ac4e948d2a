"""How runs are carried out, as a user says it; none of it changes a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from diffusion_sim.errors import StudyError
from diffusion_sim.study.run.dask_executor import connect
from diffusion_sim.study.run.executors import Place
from diffusion_sim.study.run.places import place


class How(NamedTuple):
    """How runs are carried out; none of it changes a result. See ``start``."""

    workers: int | None = None
    executor: Any = None
    dask: str | None = None
    shard: Any = None
    timeout: float | None = None
    any_version: bool = False
    allow_code: bool = False
    progress: bool | None = None
    any_size: bool = False


class TheirPlace:
    """The place that ``how`` asks for; closed at the end."""

    def __init__(self, how: How) -> None:
        limit = how.timeout
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < 1e9):
            raise StudyError(f"timeout: found {limit!r:.40}; seconds above 0 are allowed")
        foreign = how.executor is not None or how.dask is not None
        if foreign and limit is not None:
            raise StudyError("timeout: is kept by processes of our own only; leave it out with an executor or dask")
        if how.dask is not None and (how.workers is not None or how.executor is not None):
            raise StudyError("dask, workers and executor: found more than one; give one of them")
        self._where: Place | None = None
        self.how = how

    def __enter__(self) -> Place:
        if self.how.dask is not None:
            self._where = connect(self.how.dask)
        else:  # code of the user's own may end its process, and a limit does
            apart = self.how.allow_code or self.how.timeout is not None
            self._where = place(self.how.workers, self.how.executor, apart)
        return self._where

    def __exit__(self, *_: object) -> None:
        if self._where is not None:
            self._where.close()


def read_how(said: Mapping[str, Any]) -> How:
    """The keywords of ``start``. Raises TypeError for another one."""
    try:
        return How(**said)
    except TypeError:
        unknown = sorted(set(said) - set(How._fields))
        raise TypeError(f"unexpected keyword {unknown[0]!r}; allowed: {', '.join(How._fields)}") from None
