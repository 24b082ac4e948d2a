"""How long a study will take and how much room it will need, before it starts."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from diffusion_sim.errors import StudyError
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.study.plan.arms_and_seeds import weeks_of, whole
from diffusion_sim.study.plan.plan import Plan
from diffusion_sim.study.plan.run_seconds import about_seconds, schools_of
from diffusion_sim.world.size import counts, memory, memory_limit

EFFICIENCY = 0.9  # of workers side by side
_TIMED = 4  # cells that are timed
_WORTH_TIMING = 60.0  # seconds that a run may take to be timed
# Bytes a row, compressed, in a store of 1,600 runs of small districts with all that can be kept: 464, 17 and 41; larger
# districts repeat fewer values.
_RUN, _PARAMETER, _SERIES_ROW, _SCHOOL_ROW = 600.0, 8.0, 24.0, 45.0


class Estimate(NamedTuple):
    """runs : at most, with ``precision``. seconds_a_run : on one processor. hours : with the workers asked for.
    megabytes : of the store on disk. memory_gb : of these workers with the largest world; limit_gb : of the machine."""

    runs: int
    seconds_a_run: float
    hours: float
    megabytes: float
    memory_gb: float
    limit_gb: float


def _on_stderr(text: str) -> None:
    print(text, file=sys.stderr)


def estimate(plan: Plan, workers: int, measured: bool = True, say: Callable[[str], None] = _on_stderr) -> Estimate:
    """Runs, hours with ``workers`` processes at .9 efficiency, megabytes of a study.

    measured : time real runs of up to four cells after the model has been compiled; False, and where a run would take
    minutes or more memory than there is, = by formula. say : gets a line before the model is compiled.
    Raises StudyError where all timed runs fail, ScenarioError or PopulationError for a case that cannot be made.
    """
    count = whole(workers, "workers", 1, 100_000)
    worlds, limit = plan.worlds(), memory_limit()
    needed, longest = count * max(memory(*counts(sc)) for sc in worlds), max(about_seconds(sc, 1) for sc in worlds)
    measured = measured and needed <= limit and longest < _WORTH_TIMING
    cells = len(plan.points) * plan.spec.replicates
    total = 0.0
    for name, scenario in plan.scenarios.items():
        runs = cells * len(plan.arms[name])
        total += runs * _timed(plan, name, say) if measured else about_seconds(scenario, runs)
    efficiency = EFFICIENCY if count > 1 else 1.0
    hours = total / 3600 / (count * efficiency)
    return Estimate(plan.runs, total / plan.runs, hours, megabytes(plan), needed / 1e9, limit / 1e9)


def _timed(plan: Plan, scenario: str, say: Callable[[str], None]) -> float:
    """Seconds of a run in one process: mean over cells spread over the points, after a first run that is not timed."""
    from diffusion_sim.study.run.warm_up import warm_up

    warm_up(say)
    count = min(len(plan.points), max(1, _TIMED // len(plan.scenarios)))
    numbers = [plan.points[i * (len(plan.points) - 1) // max(1, count - 1)].number for i in range(count)]
    _seconds(plan, scenario, numbers[0], 0)
    return sum(_seconds(plan, scenario, number, 1) for number in numbers) / len(numbers)


def _seconds(plan: Plan, scenario: str, point: int, replicate: int) -> float:
    """Seconds a run of one block. Raises StudyError where all of its runs fail."""
    from diffusion_sim.study.run.one_seed import OK, Asked, run_seed  # loads compiled code

    arms, case = plan.arms[scenario], plan.case(scenario, point)
    begin = time.perf_counter()
    runs = run_seed(case, plan.seed(point, replicate), arms, Asked(plan.allow_code))
    spent = time.perf_counter() - begin
    if all(run.status != OK for run in runs):
        raise StudyError(f"{plan.spec.where}, point {point}: all its runs fail; the first: {runs[0].error}")
    return spent / len(arms)


def megabytes(plan: Plan) -> float:
    """About how large the store will be: rows x bytes a row. All measures are stored, whatever tables show."""
    spec = plan.spec
    total = 0.0
    for name, scenario in plan.scenarios.items():
        runs = len(plan.points) * spec.replicates * len(plan.arms[name])
        a_run = _RUN + _PARAMETER * len(plan.paths)
        if spec.series:
            a_run += (weeks_of(scenario) // WEEKS_PER_QUARTER + 1) * _SERIES_ROW
        if spec.schools:
            a_run += schools_of(scenario) * _SCHOOL_ROW
        total += runs * a_run
    return total / 1e6
