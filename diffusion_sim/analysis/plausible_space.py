"""Draws of the plausible space: numbers over their plausible ranges, structures over their words.

Uniform and independent, but for numbers that are kept together (study/plan/drawn_again.py): that is a statement about
our ranges, not about the world.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.study.plan.drawn_again import kept_together
from diffusion_sim.study.plan.factors import PLAUSIBLE, Settled, read_space, settle_factors
from diffusion_sim.study.plan.point_designs import unit_points


def factors_of(sc: Scenario, held: Container[str], where: str) -> list[Settled]:
    """Every number of the scenario with a plausible range, and every structure, but what is ``held`` (dotted paths).

    where : what errors call the space.
    """
    space: dict[str, Any] = {
        path: {"range": PLAUSIBLE} for path, number in sc.numbers.items() if number.drawable and path not in held
    }
    words = {f"structure.{name}": list(said.choices) for name, said in defaults()["structure"].items()}
    space |= {path: choices for path, choices in words.items() if path not in held}
    return settle_factors(read_space(space, where), [sc], where)


def draw(factors: Sequence[Settled], count: int, rng: int) -> list[dict[str, Any]]:
    """``count`` draws, a Latin hypercube: dotted path -> value."""
    rows = unit_points("latin_hypercube", count, len(factors), rng)
    return [point_of(factors, row, [rng, number]) for number, row in enumerate(rows)]


def point_of(factors: Sequence[Settled], chances: Any, words: Sequence[int]) -> dict[str, Any]:
    """The draw of uniforms, one a factor. words : those of the generator that draws again what is kept together."""
    values: dict[str, Any] = {}
    for factor, chance in zip(factors, chances, strict=True):
        if factor.levels:
            values |= factor.levels[min(int(chance * len(factor.levels)), len(factor.levels) - 1)].values
        else:
            assert factor.quantile is not None
            values[factor.name] = factor.quantile(np.array([chance]))[0]
    return kept_together(factors, values, words)
