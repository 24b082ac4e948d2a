"""Draws of the plausible space for the rows of patterns: what a world or an arm says itself wins over a draw."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from diffusion_sim.analysis.plausible_space import draw, factors_of, point_of
from diffusion_sim.patterns.worlds import SIZE, base
from diffusion_sim.study.plan.factors import Settled

_RANDOM = 5  # first word of the generator of single points


@cache
def factors() -> tuple[Settled, ...]:
    """What is drawn: all but a world's size and years."""
    return tuple(factors_of(base(), SIZE, "patterns, the plausible space"))


def points(count: int, rng: int) -> list[dict[str, Any]]:
    """``count`` draws: dotted path -> value."""
    return draw(factors(), count, rng)


@cache
def random_point(seed: int) -> dict[str, Any]:
    """One draw of its own for a seed."""
    return point_of(factors(), np.random.default_rng([_RANDOM, seed]).random(len(factors())), [_RANDOM, seed])
