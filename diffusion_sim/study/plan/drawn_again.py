"""Numbers whose plausible draws belong together: a draw that breaks their limit is drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diffusion_sim.scenario.words import MINIMA, STAGES_WITH_GATE
from diffusion_sim.study.plan.factors import Settled

# Least times in stages with a gate: with 12 quarters or more no district could come to the last stage in three years,
# whatever its gates say, so that the clock alone would decide (docs/model.md, section 15).
MOST_QUARTERS = 11
TOGETHER = tuple(f"programme.{MINIMA}_{stage}" for stage in range(1, STAGES_WITH_GATE + 1))
_TRIES = 10_000  # ranges of one's own may leave hardly any such draw
_AGAIN = 6  # first word of the generator, after the design's own


def kept_together(factors: Sequence[Settled], values: dict[str, Any], words: Sequence[int]) -> dict[str, Any]:
    """``values`` of a drawn point, dotted path -> value, with the least times drawn again, all four, each from its own
    factor, until their sum is at most MOST_QUARTERS. Where not all four are drawn, or their ranges leave no such
    draw, or none is found, nothing changes.

    words : of a generator of this point's own.
    """
    quantiles = {f.name: f.quantile for f in factors if f.name in TOGETHER and f.quantile is not None}
    if len(quantiles) < len(TOGETHER):
        return values
    least = sum(quantile(np.zeros(1))[0] for quantile in quantiles.values())
    if least > MOST_QUARTERS:
        return values
    again, generator = dict(values), np.random.default_rng([_AGAIN, *words])
    for _ in range(_TRIES):
        if sum(again[path] for path in TOGETHER) <= MOST_QUARTERS:
            return again
        again |= {path: quantile(generator.random(1))[0] for path, quantile in quantiles.items()}
    return values
