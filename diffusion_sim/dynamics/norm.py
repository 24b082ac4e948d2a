"""What is usual in a school."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class NormParams(NamedTuple):
    """Scenario section ``norm``; 1/school year."""

    rate: float


@rule
def norm_change(norm, deep_share, p):
    """Change of the norm per school year: rate x (share of deep users - N). After n weeks at a constant share u the
    distance to u is (1 - rate/36)^n of what it was."""
    return p.rate * (deep_share - norm)
