"""From compliant to owned use."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.elementary_functions import exp
from diffusion_sim.compiled.jit import rule


class InternaliseParams(NamedTuple):
    """Scenario section ``internalise``."""

    rate: float
    norm_floor: float


@rule
def internalise_hazard(conviction, norm, autonomy, g_v, p):
    """Hazard of making a compliant practice one's own, 1/school year: rate exp(g_v v)(N + floor)(.5 + autonomy).

    People own what colleagues around them own (Coburn 2003, shift of ownership); sizes are assumptions.
    """
    return p.rate * exp(g_v * conviction) * (norm + p.norm_floor) * (0.5 + autonomy)
