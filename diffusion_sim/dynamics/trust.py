"""Trust between teachers and leaders."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class TrustParams(NamedTuple):
    """Scenario section ``trust``; rates 1/school year, losses in units of trust."""

    build: float
    drift: float
    broken_mandate: float
    principal_leaves: float
    withdrawn_early: float


@rule
def trust_change(trust, start, principal, p):
    """Change per school year: build P (1 - T) - drift (T - T0) (Bryk & Schneider 2002; sizes are assumptions)."""
    return p.build * principal * (1.0 - trust) - p.drift * (trust - start)
