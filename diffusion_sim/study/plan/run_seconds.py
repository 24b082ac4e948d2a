"""About how long runs of a scenario take, by formula."""

from __future__ import annotations

from diffusion_sim.errors import DiffusionSimError
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.arms_and_seeds import weeks_of
from diffusion_sim.world.size import counts, run_seconds


def about_seconds(scenario: Scenario, runs: int) -> float:
    """About how long runs of a scenario take on one processor."""
    return run_seconds(runs, _counts(scenario)[1], weeks_of(scenario))


def schools_of(scenario: Scenario) -> int:
    """How many schools a scenario's world has; 0 where its table cannot be read."""
    return _counts(scenario)[0]


def _counts(scenario: Scenario) -> tuple[int, int]:
    try:
        return counts(scenario)
    except DiffusionSimError:
        return 0, 0
