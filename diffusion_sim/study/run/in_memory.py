"""Carrying out a design in memory: all strategies on all seeds, somewhere, into arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.arms_and_seeds import weeks_of
from diffusion_sim.study.plan.outcomes import COLUMNS, SERIES
from diffusion_sim.study.plan.plan import Block
from diffusion_sim.study.run.executors import Place
from diffusion_sim.study.run.one_seed import OK, Asked
from diffusion_sim.study.run.progress import Silent
from diffusion_sim.study.run.runner import Runner
from diffusion_sim.study.run.task_queue import Tasks
from diffusion_sim.study.run.worker import Batch

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
    status: NDArray[Any]  # (R, A): OK, ERROR or CRASHED
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
            np.full(size, OK, object),
        )

    def add(self, batch: Batch) -> None:
        """Put a task's results into their places."""
        for part, a, run in batch.rows():
            at = part.replicate, self.strategies.index(part.strategies[a])
            self.outcomes[at], self.seconds[at] = run.outcomes, run.seconds
            if run.status == OK:
                self.series[at], self.posts[part.replicate] = run.series, run.posts
            else:
                self.status[at], self.errors[at] = run.status, run.error or ""

    def refuse_all_failed(self, baseline: str) -> None:
        """Raises StudyError, which says the commonest error, where no run has succeeded, or none of ``baseline``."""
        failed, row = self.status != OK, self.strategies.index(baseline)
        if not failed[:, row].all():
            return
        found = [(self.strategies[a], self.errors[r, a]) for r, a in sorted(self.errors) if failed.all() or a == row]
        (((name, text), times),) = Counter(found).most_common(1)
        whose = "" if failed.all() else f" of '{baseline}', which the others are compared with,"
        raise StudyError(f"all {len(found)} runs{whose} failed; the commonest error ({times} of '{name}'): {text}")

    def missing(self, where: str = "") -> list[str]:
        """A line that says how many runs failed, of which strategies, and how the first did; none where none did."""
        if not self.errors:
            return []
        many = Counter(row for _, row in self.errors)
        told = ", ".join(f"{name} {many[a]} of {len(self.seeds)}" for a, name in enumerate(self.strategies) if many[a])
        (replicate, row), text = min(self.errors.items())
        return [
            f"{where}{len(self.errors)} of {self.status.size} runs failed and are missing ({told}); the first: "
            f"strategy '{self.strategies[row]}', seed {self.seeds[replicate]}: {text}"
        ]

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
                "status": self.status.reshape(-1).tolist(),
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
    """Run every strategy on every seed; the result depends on neither place nor tasks.

    A run that fails is recorded in ``errors``, also one that took its worker process with it, when tried alone, twice.
    Raises StudyError where tasks cannot run there at all; KeyboardInterrupt with a text.
    """
    runs = Runs.empty(sc, strategies, seeds)
    arms, total = runs.strategies, runs.status.size
    parts = (
        Block(sc.id, 0, replicate, seed, arms, tuple(f"{replicate} {name}" for name in arms))
        for replicate, seed in enumerate(seeds)
    )
    tasks = Tasks(parts, total, {sc.id: sc}, Asked(allow_code, every=1, any_size=place.any_size), lambda: place.workers)
    runner = Runner(place, tasks, progress, runs.add)
    progress.phase(what, total)
    try:
        runner.go()
    except KeyboardInterrupt:
        text = f"stopped after {runner.ended} of {total} runs ({runner.spent:.0f} s); nothing was written"
        raise KeyboardInterrupt(text) from None
    return runs
