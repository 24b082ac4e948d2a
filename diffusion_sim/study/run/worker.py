"""What a worker does with a task of a study: blocks or parts of blocks, and nothing but columns of numbers back."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.errors import DiffusionSimError
from diffusion_sim.model_version import model_version
from diffusion_sim.scenario import Scenario
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.study.plan.outcomes import COLUMNS, SERIES
from diffusion_sim.study.run.one_seed import SeedRuns, run_seed, unpickled
from diffusion_sim.study.run.warm_up import run_small

Floats = NDArray[np.float64]

OK, ERROR, CRASHED = 0, 1, 2
STATUSES = ("ok", "error", "crashed")


class Part(NamedTuple):
    """Some strategies of a block. with_none : ``none`` is another strategy of the block, and has not crashed."""

    scenario: str
    point: int
    replicate: int
    seed: int
    strategies: tuple[str, ...]
    keys: tuple[str, ...]
    with_none: bool


class StudyTask(NamedTuple):
    """parts, and what they need. scenarios : id -> pickled Scenario, the same bytes in all tasks; points : number ->
    pickled values; limit : seconds a run, None = none."""

    parts: tuple[Part, ...]
    scenarios: Mapping[str, bytes]
    points: Mapping[int, bytes]
    allow_code: bool
    series: bool
    schools: bool
    limit: float | None


class Batch(NamedTuple):
    """Results of n runs: part by part, strategy by strategy. What a failed run lacks is NaN."""

    parts: tuple[Part, ...]
    outcomes: Floats  # (n, len(COLUMNS))
    posts: Floats  # (n,): teaching posts of programme schools
    seconds: Floats  # (n,)
    status: NDArray[np.uint8]  # (n,): place in STATUSES
    errors: dict[int, str]  # run -> text
    series: Floats  # (m, len(SERIES)): quarter by quarter, run by run
    quarters: NDArray[np.int64]  # (n,): rows in ``series``, 0 = none
    schools: list[tuple[int, dict[str, NDArray[Any]]]]  # (run, column -> one value a school)
    version: str  # of the model that ran

    def runs(self) -> Iterator[tuple[Part, int]]:
        """(part, place of its strategy) of every run, in order."""
        return ((part, a) for part in self.parts for a in range(len(part.strategies)))


@lru_cache(maxsize=1)
def _load() -> None:
    """Load the model and what was compiled of it: no run's own time."""
    run_small()


@lru_cache(maxsize=64)
def _case(scenario: bytes, values: bytes) -> Scenario:
    said = pickle.loads(values)
    return unpickled(scenario).override(said) if said else unpickled(scenario)


def run_parts(task: StudyTask) -> Batch:
    """Run a task. Raises nothing for runs that fail: their rows say how."""
    outcomes, posts, seconds, quarters = [], [], [], []
    errors: dict[int, str] = {}
    series, schools = [], []
    if task.limit is not None:
        _load()
    first = 0
    for part in task.parts:
        found = _run_part(task, part)
        arms = len(part.strategies)
        outcomes.append(found.outcomes)
        posts.append(np.where([a in found.errors for a in range(arms)], np.nan, found.posts))
        seconds.append(found.seconds)
        errors.update((first + a, text) for a, text in found.errors.items())
        kept = [a for a in range(arms) if task.series and a not in found.errors]
        rows = found.series[kept, ::WEEKS_PER_QUARTER]
        series.append(rows.reshape(-1, len(SERIES)))
        quarters.append(np.array([rows.shape[1] if a in kept else 0 for a in range(arms)], np.int64))
        schools += [(first + a, columns) for a, columns in found.schools.items() if a not in found.errors]
        first += arms
    status = np.full(first, OK, np.uint8)
    status[list(errors)] = ERROR
    gc.collect(1)
    return Batch(
        task.parts, np.concatenate(outcomes), np.concatenate(posts), np.concatenate(seconds), status, errors,
        np.concatenate(series), np.concatenate(quarters), schools, model_version(),
    )  # fmt: skip


def _run_part(task: StudyTask, part: Part) -> SeedRuns:
    try:
        case = _case(task.scenarios[part.scenario], task.points[part.point])
    except DiffusionSimError as error:  # a point that this scenario does not take
        return _failed(part.strategies, str(error))
    return run_seed(
        case, part.seed, part.strategies, task.allow_code,
        schools=task.schools, with_none=part.with_none, limit=task.limit,
    )  # fmt: skip


def _failed(strategies: Sequence[str], text: str) -> SeedRuns:
    arms = len(strategies)
    nothing = np.full((arms, len(COLUMNS)), np.nan)
    no_series = np.full((arms, 1, len(SERIES)), np.nan)
    return SeedRuns(nothing, no_series, np.full(1, np.nan), np.zeros(arms), dict.fromkeys(range(arms), text), {})


def crashed(part: Part, text: str, seconds: float) -> Batch:
    """The row of a run that took its worker with it: ``part`` has one strategy."""
    found = _failed(part.strategies, text)
    return Batch(
        (part,), found.outcomes, found.posts, np.full(1, seconds), np.full(1, CRASHED, np.uint8), found.errors,
        np.empty((0, len(SERIES))), np.zeros(1, np.int64), [], model_version(),
    )  # fmt: skip
