"""What a worker does: some seeds, all strategies on each, and nothing but numbers back.

A task says little (a scenario, seeds, ids) and brings back little (arrays). It never raises for a run that fails:
the failure is the run's result.
"""

from __future__ import annotations

import gc
import pickle
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.errors import DiffusionSimError
from diffusion_sim.measures import MEASURES
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.state.codes import MULTI_CLASSROOM
from diffusion_sim.study.plan.arms_and_seeds import weeks_of
from diffusion_sim.study.plan.outcomes import COLUMNS, OUTCOMES, SERIES
from diffusion_sim.study.run.gain_percentile import Stayers, gain_percentile_median, stayers
from diffusion_sim.study.run.worker_guard import limited

Floats = NDArray[np.float64]

TASK_SECONDS = 0.6  # how long a task should last: shorter ones cost more to hand over than they save
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


@lru_cache(maxsize=8)
def unpickled(said: bytes) -> Scenario:
    """The scenario of a task."""
    return pickle.loads(said)  # made by this program in this run, never read from a file


def task_seconds(left: float, workers: int) -> float:
    """How long the next task should last where runs of ``left`` seconds are still to be handed to ``workers``: at the
    end tasks are short, so that nobody waits long for the last one."""
    return min(TASK_SECONDS, left / (3 * workers))


def run_task(task: Task) -> Done:
    """Run a task's seeds, each with all its strategies. Raises nothing for runs that fail."""
    sc = unpickled(task.scenario)
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
        found = run_seed(sc, seed, task.strategies, task.allow_code)
        done.outcomes[i], done.series[i], done.seconds[i] = found.outcomes, found.series, found.seconds
        done.posts[i] = found.posts[0]
        done.errors.update({(task.replicates[i], a): text for a, text in found.errors.items()})
    gc.collect(1)
    return done


class SeedRuns(NamedTuple):
    """Runs of A strategies on one seed; W weeks. What a failed run lacks is NaN."""

    outcomes: Floats  # (A, len(COLUMNS))
    series: Floats  # (A, W + 1, len(SERIES))
    posts: Floats  # (1,): teaching posts of programme schools
    seconds: Floats  # (A,)
    errors: dict[int, str]  # row of strategy -> text
    schools: dict[int, dict[str, NDArray[Any]]]  # row of strategy -> column -> one value a school, at the end


def run_seed(
    sc: Scenario, seed: int, strategies: Sequence[str], allow_code: bool, *,
    schools: bool = False, with_none: bool = False, limit: float | None = None,
) -> SeedRuns:  # fmt: skip
    """Run strategies on one seed. Raises nothing for runs that fail.

    schools : keep the schools at the end. with_none : ``none`` is a strategy of this seed that is not among these; it
    runs as well where a measure takes its run. limit : seconds a run, after which the process ends.
    """
    arms = len(strategies)
    found = SeedRuns(
        np.full((arms, len(COLUMNS)), np.nan),
        np.full((arms, weeks_of(sc) + 1, len(SERIES)), np.nan),
        np.full(1, np.nan),
        np.zeros(arms),
        {},
        {},
    )
    kept: dict[int, Stayers] = {}
    for a, strategy in enumerate(strategies):
        begin = time.perf_counter()
        try:
            with limited(limit):
                _run(sc, seed, strategy, allow_code, found, a, kept, schools)
        except (Exception, SystemExit) as error:  # SystemExit: code of the user's own that would end everything
            text = str(error) if isinstance(error, DiffusionSimError) else f"{type(error).__name__}: {error}"
            found.errors[a] = text or type(error).__name__
        found.seconds[a] = time.perf_counter() - begin
    none = kept.pop(strategies.index(NONE), None) if NONE in strategies else None
    if with_none and kept and none is None:
        none = _none(sc, seed, allow_code, limit)
    for a, arm in kept.items():
        if none is not None:
            found.outcomes[a, -1] = gain_percentile_median(arm, none)
    return found


def _none(sc: Scenario, seed: int, allow_code: bool, limit: float | None) -> Stayers | None:
    """The stayers of the run ``none`` alone; None where it fails."""
    kept: dict[int, Stayers] = {}
    nowhere = SeedRuns(
        np.empty((1, len(COLUMNS))), np.empty((1, weeks_of(sc) + 1, len(SERIES))), np.empty(1), np.empty(1), {}, {}
    )
    try:
        with limited(limit):
            _run(sc, seed, NONE, allow_code, nowhere, 0, kept)
    except Exception:
        pass
    return kept.get(0)


def _run(
    sc: Scenario, seed: int, strategy: str, allow_code: bool, found: SeedRuns, a: int, kept: dict[int, Stayers],
    schools: bool = False,
) -> None:  # fmt: skip
    """One run into row ``a`` of ``found``; teachers' gains are kept of ``none`` and of runs with led teams."""
    from diffusion_sim.model import ReformModel  # Mesa takes a second to load: where runs are made, and only there

    model = ReformModel(sc, rng=seed, strategy=strategy, allow_code=allow_code).run()
    outcomes = model.outcomes
    found.series[a] = model.state.series[:, _SERIES_COLUMNS]
    found.posts[0] = model.world.pots.posts.sum()
    found.outcomes[a, :-1] = [outcomes[name] for name in OUTCOMES]
    if schools:
        frame = model.schools_frame()
        found.schools[a] = {str(name): frame[name].to_numpy() for name in frame.columns}
    if strategy == NONE or (model.state.schools.staffing == MULTI_CLASSROOM).any():
        kept[a] = stayers(model)
    # Mesa's models are parts of reference cycles; emptied, this one's arrays go now and not when cycles are looked for.
    model.__dict__.clear()
