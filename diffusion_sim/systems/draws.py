"""Draws from the plausible space of a system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from diffusion_sim.analysis.plausible_space import draw, factors_of
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.factors import Settled


def varied(sc: Scenario, stated: Iterable[str]) -> list[Settled]:
    """What is drawn: all but what is overridden, and what the question states."""
    return factors_of(sc, {*sc.overrides, *stated}, "answer, the plausible space")


def draw_points(sc: Scenario, stated: Iterable[str], count: int, rng: int) -> list[dict[str, Any]]:
    """``count`` draws: dotted path -> value."""
    return draw(varied(sc, stated), count, rng)
