"""What a worker does: some seeds, all strategies on each, and nothing but numbers back.

A task says little (a scenario, seeds, ids) and brings back little (arrays). It never raises for a run that fails:
the failure is the run's result.
"""

from __future__ import annotations

import gc
import pickle
import time
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.errors import DiffusionSimError
from diffusion_sim.measures import GAIN_PERCENTILE, MEASURES, SUPPORT_END
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.state import FLOWS, MULTI_CLASSROOM
from diffusion_sim.study.design import weeks_of
from diffusion_sim.study.gains import Stayers, gain_percentile_median, stayers

Floats = NDArray[np.float64]

OUTCOMES = (*MEASURES, *(name + SUPPORT_END for name in MEASURES), *(f"flow_{name}" for name in FLOWS))
COLUMNS = (*OUTCOMES, GAIN_PERCENTILE)  # the last one takes two runs on one seed
SERIES = ("reach", "deep_use", "mean_depth", "owned_share", "equity_gap", "users", "deep_users")
_SERIES_COLUMNS = [MEASURES.index(name) for name in SERIES]


class Task(NamedTuple):
    """scenario : pickled Scenario, the same bytes for all tasks of a design. replicates : numbers of the seeds."""

    scenario: bytes
    strategies: tuple[str, ...]
    replicates: tuple[int, ...]
    seeds: tuple[int, ...]
    allow_code: bool


class Done(NamedTuple):
    """A task's results; A strategies, n seeds, W weeks. What a failed run lacks is NaN."""

    replicates: tuple[int, ...]
    outcomes: Floats  # (n, A, len(COLUMNS))
    series: Floats  # (n, A, W + 1, len(SERIES))
    posts: Floats  # (n,): teaching posts of programme schools
    seconds: Floats  # (n, A)
    errors: dict[tuple[int, int], str]  # (replicate, row of strategy) -> text


@lru_cache(maxsize=4)
def _scenario(said: bytes) -> Scenario:
    return pickle.loads(said)  # made by this program in this run, never read from a file


def run_task(task: Task) -> Done:
    """Run a task's seeds, each with all its strategies. Raises nothing for runs that fail."""
    sc = _scenario(task.scenario)
    size = (len(task.seeds), len(task.strategies))
    done = Done(
        task.replicates,
        np.full((*size, len(COLUMNS)), np.nan),
        np.full((*size, weeks_of(sc) + 1, len(SERIES)), np.nan),
        np.full(size[0], np.nan),
        np.zeros(size),
        {},
    )
    for i, seed in enumerate(task.seeds):
        kept: dict[int, Stayers] = {}
        for a, strategy in enumerate(task.strategies):
            begin = time.perf_counter()
            try:
                _run(sc, seed, strategy, task.allow_code, done, i, a, kept)
            except Exception as error:
                text = str(error) if isinstance(error, DiffusionSimError) else f"{type(error).__name__}: {error}"
                done.errors[task.replicates[i], a] = text or type(error).__name__
            done.seconds[i, a] = time.perf_counter() - begin
        none = kept.pop(task.strategies.index(NONE), None) if NONE in task.strategies else None
        for a, arm in kept.items():
            if none is not None:
                done.outcomes[i, a, -1] = gain_percentile_median(arm, none)
    gc.collect(1)
    return done


def _run(
    sc: Scenario, seed: int, strategy: str, allow_code: bool, done: Done, i: int, a: int, kept: dict[int, Stayers]
) -> None:
    """One run into its places of ``done``; teachers' gains are kept of ``none`` and of runs with led teams."""
    from diffusion_sim.model import ReformModel  # Mesa takes a second to load: where runs are made, and only there

    model = ReformModel(sc, rng=seed, strategy=strategy, allow_code=allow_code).run()
    outcomes = model.outcomes
    done.series[i, a] = model.state.series[:, _SERIES_COLUMNS]
    done.posts[i] = model.world.pots.posts.sum()
    done.outcomes[i, a, :-1] = [outcomes[name] for name in OUTCOMES]
    if strategy == NONE or (model.state.schools.staffing == MULTI_CLASSROOM).any():
        kept[a] = stayers(model)
    # Mesa's models are parts of reference cycles; emptied, this one's arrays go now and not when cycles are looked for.
    model.__dict__.clear()
