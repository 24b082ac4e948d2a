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
def trust_change(trust, start, principal, usual, leaving, p):
    """Change per school year: build P (1 - T) - drift (T - T0), less the same under a usual principal at T0, who leaves
    as others do: T0 is at rest (Bryk & Schneider 2002; sizes are assumptions). usual : support of principals as they
    usually are in the district; leaving : share of principals a year."""
    at_rest = p.build * usual * (1.0 - start) - leaving * p.principal_leaves
    return p.build * principal * (1.0 - trust) - p.drift * (trust - start) - at_rest
