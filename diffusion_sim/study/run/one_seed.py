"""Strategies on one seed. A run that fails raises nothing: the failure is its result."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics.staffing import has_teams
from diffusion_sim.errors import told
from diffusion_sim.measures import MEASURES
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.study.plan.outcomes import COLUMNS, OUTCOMES, SERIES
from diffusion_sim.study.run.gain_percentile import Stayers, gain_percentile_median, stayers
from diffusion_sim.study.run.worker_guard import limited

Floats = NDArray[np.float64]

OK, ERROR, CRASHED = "ok", "error", "crashed"
_SERIES_COLUMNS = [MEASURES.index(name) for name in SERIES]


class Asked(NamedTuple):
    """What is asked of runs. allow_code : may code named in the scenario run. every : weeks between the rows of series
    that are kept, 0 = none are. schools : keep the schools at the end. limit : seconds a run, after which the process
    ends, None = none. any_size : make worlds of any size."""

    allow_code: bool = False
    every: int = 0
    schools: bool = False
    limit: float | None = None
    any_size: bool = False


class Run(NamedTuple):
    """How a run ended, and what it found: NaN and None where it failed, or was not asked."""

    status: str  # OK, ERROR or CRASHED
    error: str | None
    seconds: float
    posts: float  # teaching posts of programme schools
    outcomes: Floats  # (len(COLUMNS),)
    series: Floats | None = None  # (weeks kept, len(SERIES))
    schools: dict[str, NDArray[Any]] | None = None  # column -> one value a school, at the end


def failed(text: str, seconds: float = 0.0, status: str = ERROR) -> Run:
    """A run that found nothing."""
    return Run(status, text, seconds, np.nan, np.full(len(COLUMNS), np.nan))


def run_seed(
    sc: Scenario, seed: int, strategies: Sequence[str], asked: Asked, with_none: bool = False
) -> list[Run]:
    """Runs of strategies on one seed, in their order.

    with_none : ``none`` is a strategy of this seed that is not among these; it runs as well where a measure takes its
    run.
    """
    runs: list[Run] = []
    kept: dict[str, Stayers] = {}
    for name in strategies:
        run, its = _try(sc, seed, name, asked)
        runs.append(run)
        if its is not None:
            kept[name] = its
    none = kept.pop(NONE, None)
    if with_none and kept and none is None:
        none = _try(sc, seed, NONE, asked)[1]
    if none is not None:
        for run, name in zip(runs, strategies, strict=True):
            if name in kept:
                run.outcomes[-1] = gain_percentile_median(kept[name], none)
    return runs


def _try(sc: Scenario, seed: int, strategy: str, asked: Asked) -> tuple[Run, Stayers | None]:
    begin = time.perf_counter()
    try:
        with limited(asked.limit):
            run, kept = _run(sc, seed, strategy, asked)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # code of the user's own may raise SystemExit and GeneratorExit, too
        return failed(told(error), time.perf_counter() - begin), None
    return run._replace(seconds=time.perf_counter() - begin), kept


def _run(sc: Scenario, seed: int, strategy: str, asked: Asked) -> tuple[Run, Stayers | None]:
    """A run; teachers' gains are kept of ``none`` and of runs with led teams."""
    from diffusion_sim.model import ReformModel  # Mesa takes a second to load: where runs are made, and only there

    model = ReformModel(sc, rng=seed, strategy=strategy, allow_code=asked.allow_code, any_size=asked.any_size).run()
    outcomes = model.outcomes
    found = np.array([*(outcomes[name] for name in OUTCOMES), np.nan])
    series = model.state.series[:: asked.every, _SERIES_COLUMNS] if asked.every else None
    schools = None
    if asked.schools:
        frame = model.schools_frame()
        schools = {str(name): frame[name].to_numpy() for name in frame.columns}
    run = Run(OK, None, 0.0, float(model.world.pots.posts.sum()), found, series, schools)
    teams = strategy == NONE or has_teams.py_func(model.state.schools.staffing).any()
    kept = stayers(model) if teams else None
    # Mesa's models are parts of reference cycles; emptied, this one's arrays go now and not when cycles are looked for.
    model.__dict__.clear()
    return run, kept
