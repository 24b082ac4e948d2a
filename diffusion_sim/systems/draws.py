"""Draws from the plausible ranges of a system's numbers, structures among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.study.plan.drawn_again import kept_together
from diffusion_sim.study.plan.factors import PLAUSIBLE, Settled, read_space, settle_factors
from diffusion_sim.study.plan.point_designs import unit_points

_WHERE = "answer, the plausible space"


def varied(sc: Scenario, stated: Iterable[str]) -> list[Settled]:
    """Every number of the scenario with a plausible range, uniform over it, and every structure, its words; but what is
    overridden, and what the question states."""
    held = {*sc.overrides, *stated}
    space: dict[str, Any] = {
        path: {"range": PLAUSIBLE} for path, number in sc.numbers.items() if number.drawable and path not in held
    }
    words = {f"structure.{name}": list(said.choices) for name, said in defaults()["structure"].items()}
    space |= {path: choices for path, choices in words.items() if path not in held}
    return settle_factors(read_space(space, _WHERE), [sc], _WHERE)


def draw_points(sc: Scenario, stated: Iterable[str], count: int, rng: int) -> list[dict[str, Any]]:
    """``count`` draws, a Latin hypercube: dotted path -> value."""
    factors = varied(sc, stated)
    rows = unit_points("latin_hypercube", count, len(factors), rng)
    return [_point(factors, row, [rng, number]) for number, row in enumerate(rows)]


def _point(factors: list[Settled], chances: Any, words: list[int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for factor, chance in zip(factors, chances, strict=True):
        if factor.levels:
            values |= factor.levels[min(int(chance * len(factor.levels)), len(factor.levels) - 1)].values
        else:
            assert factor.quantile is not None
            values[factor.name] = factor.quantile(np.array([chance]))[0]
    return kept_together(factors, values, words)
