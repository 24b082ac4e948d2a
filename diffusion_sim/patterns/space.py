"""Draws of the plausible space: a Latin hypercube over all numbers that have a plausible range, and structures drawn.

Uniform and independent, but for least times in stages (study/plan/drawn_again.py): that is a statement about our
ranges, not about the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from diffusion_sim.patterns.worlds import SIZE, base
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.study.plan.drawn_again import kept_together
from diffusion_sim.study.plan.factors import PLAUSIBLE, Settled, read_space, settle_factors
from diffusion_sim.study.plan.point_designs import unit_points

WHERE = "patterns, the plausible space"
_RANDOM = 5  # first word of the generator of single points


@cache
def factors() -> tuple[Settled, ...]:
    """Every number with a plausible range but a world's size and years, uniform over it; and every structure, its
    words. What a world or an arm says itself wins over a draw."""
    sc = base()
    space: dict[str, Any] = {
        path: {"range": PLAUSIBLE}
        for path, number in sc.numbers.items()
        if number.drawable and path not in SIZE
    }
    space |= {f"structure.{name}": list(said.choices) for name, said in defaults()["structure"].items()}
    return tuple(settle_factors(read_space(space, WHERE), [sc], WHERE))


def points(count: int, rng: int) -> list[dict[str, Any]]:
    """``count`` draws, a Latin hypercube: dotted path -> value."""
    rows = unit_points("latin_hypercube", count, len(factors()), rng)
    return [_point(row, [rng, number]) for number, row in enumerate(rows)]


@cache
def random_point(seed: int) -> dict[str, Any]:
    """One draw of its own for a seed."""
    return _point(np.random.default_rng([_RANDOM, seed]).random(len(factors())), [_RANDOM, seed])


def _point(chances: Any, words: Sequence[int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for factor, chance in zip(factors(), chances, strict=True):
        if factor.levels:
            values |= factor.levels[min(int(chance * len(factor.levels)), len(factor.levels) - 1)].values
        else:
            assert factor.quantile is not None
            values[factor.name] = factor.quantile(np.array([chance]))[0]
    return kept_together(factors(), values, words)
