"""About how long runs take, by formula: from how many teachers and weeks they have."""

from __future__ import annotations

from diffusion_sim.errors import DiffusionSimError
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.arms_and_seeds import weeks_of


def seconds(runs: int, teachers: int, weeks: int) -> float:
    """About how long runs take on one processor, 2020s hardware: 100 ns a teacher and week, 30 ms a run besides."""
    return runs * (0.03 + 1e-7 * teachers * weeks)


def about_seconds(scenario: Scenario, runs: int) -> float:
    """About how long runs of a scenario take on one processor."""
    return seconds(runs, teachers_of(scenario), weeks_of(scenario))


def teachers_of(scenario: Scenario) -> int:
    """About how many teachers a scenario's world has; 0 where its table cannot be read."""
    if "population.teachers_mean" in scenario:
        return round(scenario["population.schools"] * scenario["population.teachers_mean"])
    return _of_table(scenario)[1]


def schools_of(scenario: Scenario) -> int:
    """How many schools a scenario's world has; 0 where its table cannot be read."""
    return scenario["population.schools"] if "population.schools" in scenario else _of_table(scenario)[0]


def _of_table(scenario: Scenario) -> tuple[int, int]:
    from diffusion_sim.world.build import load_population  # loads compiled code

    try:
        table = load_population(scenario, 1)
    except DiffusionSimError:
        return 0, 0
    return len(table.teachers), int(table.teachers.sum())
