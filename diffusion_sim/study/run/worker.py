"""What a worker does with a task: blocks or parts of blocks, and nothing but names and numbers back."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from diffusion_sim.errors import DiffusionSimError, told
from diffusion_sim.model_version import model_version
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.plan import Block
from diffusion_sim.study.run.one_seed import CRASHED, Asked, Run, failed, run_seed
from diffusion_sim.study.run.warm_up import run_small


class Task(NamedTuple):
    """parts, and what they need. scenarios : id -> pickled Scenario, the same bytes in all tasks; points : number ->
    pickled values."""

    parts: tuple[Block, ...]
    scenarios: Mapping[str, bytes]
    points: Mapping[int, bytes]
    asked: Asked


class Batch(NamedTuple):
    """Results of a task. version : of the model that ran."""

    parts: tuple[Block, ...]
    runs: list[Run]  # part by part, strategy by strategy
    version: str

    def rows(self) -> Iterator[tuple[Block, int, Run]]:
        """(part, place of its strategy, run) of every run, in order."""
        places = ((part, a) for part in self.parts for a in range(len(part.strategies)))
        return ((part, a, run) for (part, a), run in zip(places, self.runs, strict=True))


@lru_cache(maxsize=1)
def _load() -> None:
    """Load the model and what was compiled of it: no run's own time."""
    run_small()


@lru_cache(maxsize=8)
def _unpickled(scenario: bytes) -> Scenario:
    return pickle.loads(scenario)  # made by this program in this run, never read from a file


@lru_cache(maxsize=64)
def _case(scenario: bytes, values: bytes) -> Scenario:
    said = pickle.loads(values)
    return _unpickled(scenario).override(said) if said else _unpickled(scenario)


def run_task(task: Task) -> Batch:
    """Run a task. Raises nothing for runs that fail: their rows say how."""
    if task.asked.limit is not None:
        _load()
    runs = [run for part in task.parts for run in _run_part(task, part)]
    gc.collect(1)
    return Batch(task.parts, runs, model_version())


def _run_part(task: Task, part: Block) -> list[Run]:
    try:
        case = _case(task.scenarios[part.scenario], task.points[part.point])
    except DiffusionSimError as error:  # a point that this scenario does not take
        return [failed(told(error)) for _ in part.strategies]
    return run_seed(case, part.seed, part.strategies, task.asked, part.with_none)


def crashed(part: Block, text: str, seconds: float) -> Batch:
    """The row of a run that took its worker with it: ``part`` has one strategy."""
    return Batch((part,), [failed(text, seconds, CRASHED)], model_version())
