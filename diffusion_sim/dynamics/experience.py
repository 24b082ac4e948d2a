"""What use teaches about the practice's worth."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class ExperienceParams(NamedTuple):
    """Scenario section ``experience``; eta 1/school year, the rest in units of payoff."""

    eta: float
    eta_peer: float
    burden: float
    noise: float


@rule
def payoff(skill, intensity, time, noise, fit, complexity, p):
    """Payoff of use as its teacher sees it: fit k intensity - burden complexity (1-k)(1.5 - time) + noise.

    skill, intensity, time (protected time) in [0, 1]; noise : N(0, 1) of this teacher and quarter; fit : of the
    school's variant; complexity : of the district's practice. A surface version never shows what the practice can do
    (Coburn 2003).
    """
    return fit * skill * intensity - p.burden * complexity * (1.0 - skill) * (1.5 - time) + p.noise * noise
