"""Carrying out a design: all strategies on all seeds, somewhere, in blocks of seeds."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.arms_and_seeds import weeks_of
from diffusion_sim.study.plan.outcomes import COLUMNS, SERIES
from diffusion_sim.study.run.executors import Lost, Place, settled
from diffusion_sim.study.run.one_seed import Done, Task, run_task, task_seconds
from diffusion_sim.study.run.progress import Silent

_GIVEN_UP = (
    "a worker process died twice on the same runs ({reason}): out of memory, or code of a strategy that ends its "
    "process? workers=1 runs them in this process"
)

Floats = NDArray[np.float64]


@dataclass
class Runs:
    """Results of a design; A strategies, R replicates, W weeks. What a failed run lacks is NaN."""

    scenario: Scenario
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    outcomes: Floats  # (R, A, len(COLUMNS))
    series: Floats  # (R, A, W + 1, len(SERIES))
    posts: Floats  # (R,): teaching posts of programme schools
    seconds: Floats  # (R, A)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)  # (replicate, row of strategy) -> text

    @classmethod
    def empty(cls, sc: Scenario, strategies: Sequence[str], seeds: Sequence[int]) -> Runs:
        """Nothing run yet."""
        size = (len(seeds), len(strategies))
        return cls(
            sc,
            tuple(strategies),
            tuple(seeds),
            np.full((*size, len(COLUMNS)), np.nan),
            np.full((*size, weeks_of(sc) + 1, len(SERIES)), np.nan),
            np.full(len(seeds), np.nan),
            np.zeros(size),
        )

    def add(self, done: Done) -> None:
        """Put a task's results into their places."""
        rows = list(done.replicates)
        self.outcomes[rows] = done.outcomes
        self.series[rows] = done.series
        self.posts[rows] = done.posts
        self.seconds[rows] = done.seconds
        self.errors.update(done.errors)

    def outcome(self, name: str) -> Floats:
        """One outcome, shape (R, A)."""
        return self.outcomes[:, :, COLUMNS.index(name)]

    def frame(self) -> pd.DataFrame:
        """One row a run, by replicate: scenario, strategy, replicate, seed, status, error, seconds, outcomes."""
        count, arms = len(self.seeds), len(self.strategies)
        texts = [self.errors.get((r, a), "") for r in range(count) for a in range(arms)]
        head = pd.DataFrame(
            {
                "scenario": self.scenario.id,
                "strategy": list(self.strategies) * count,
                "replicate": np.repeat(np.arange(count), arms),
                "seed": np.repeat(np.array(self.seeds, dtype=np.int64), arms),
                "status": ["error" if text else "ok" for text in texts],
                "error": texts,
                "seconds": self.seconds.reshape(-1),
            }
        )
        values = pd.DataFrame(self.outcomes.reshape(count * arms, -1).copy(), columns=list(COLUMNS))
        return pd.concat([head, values], axis=1)

    def series_frame(self) -> pd.DataFrame:
        """strategy, seed, week and the measures of SERIES, one row a week, run by run."""
        count, arms, weeks = self.series.shape[:3]
        names = pd.Categorical.from_codes(np.tile(np.repeat(np.arange(arms), weeks), count), list(self.strategies))
        frame = pd.DataFrame(self.series.reshape(-1, len(SERIES)).copy(), columns=list(SERIES))
        frame.insert(0, "strategy", names)
        frame.insert(1, "seed", np.repeat(np.array(self.seeds, dtype=np.int64), arms * weeks))
        frame.insert(2, "week", np.tile(np.arange(weeks), count * arms))
        return frame


class _Blocks:
    """Tasks of as many seeds as last about TASK_SECONDS, learnt from those that are done."""

    def __init__(self, runs: Runs, workers: int, allow_code: bool) -> None:
        self.runs, self.workers, self.allow_code = runs, workers, allow_code
        self.said = pickle.dumps(runs.scenario)
        self.a_seed: float | None = None  # seconds

    def learn(self, done: Done) -> None:
        """Take the time of a finished task into account."""
        self.a_seed = float(done.seconds.sum()) / len(done.replicates)

    def __iter__(self) -> Iterator[Task]:
        seeds, begin = self.runs.seeds, 0
        while begin < len(seeds):
            size = 1
            if self.a_seed is not None:
                a_seed = max(self.a_seed, 1e-6)
                size = ceil(task_seconds((len(seeds) - begin) * a_seed, self.workers) / a_seed)
            numbers = tuple(range(begin, min(begin + size, len(seeds))))
            begin += size
            chosen = tuple(seeds[r] for r in numbers)
            yield Task(self.said, self.runs.strategies, numbers, chosen, self.allow_code)


def run_design(
    sc: Scenario,
    strategies: Sequence[str],
    seeds: Sequence[int],
    place: Place,
    progress: Silent,
    *,
    what: str = "runs",
    allow_code: bool = False,
) -> Runs:
    """Run every strategy on every seed; the result depends on neither place nor blocks.

    A run that fails is recorded in ``errors``. Raises StudyError where all fail; KeyboardInterrupt with a text.
    """
    runs = Runs.empty(sc, strategies, seeds)
    blocks = _Blocks(runs, place.workers, allow_code)
    total, finished, begin = len(seeds) * len(strategies), 0, time.monotonic()
    progress.phase(what, total)
    try:
        for done in settled(place, run_task, blocks, lambda task: [task]):
            if isinstance(done, Lost):
                raise StudyError(_GIVEN_UP.format(reason=done.reason))
            runs.add(done)
            blocks.learn(done)
            finished += len(done.replicates) * len(strategies)
            progress.advance(len(done.replicates) * len(strategies))
    except KeyboardInterrupt:
        place.stop()
        raise KeyboardInterrupt(
            f"stopped after {finished} of {total} runs ({time.monotonic() - begin:.0f} s); nothing was written"
        ) from None
    if len(runs.errors) == total:
        raise StudyError(f"all {total} runs failed; the first: {runs.errors[0, 0]}")
    return runs
