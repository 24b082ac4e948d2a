"""Becoming aware of the practice."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class AwareParams(NamedTuple):
    """Scenario section ``aware``; 1/school year."""

    a_0: float
    a_out: float
    a_hours: float
    a_peer: float
    a_like: float


@rule
def awareness_hazard(exposure, outreach, hours, like, p):
    """Hazard of hearing of the practice, 1/school year, >= 0.

    exposure : share of the teacher's advice ties that visibly use, in [0, 1], last week; in an improvement network plus
        the share of users in partner schools
    outreach : 1 in a school that the programme reaches out to, 0 elsewhere
    hours : 1 for a teacher for whom hours are paid, 0 for others
    like : how much further like schools use the practice than at the start, in [-1, 1]
    p : AwareParams
    Law: Sellke construction, P(aware within a week) = 1 - exp(-hazard/36). Sizes are assumptions.
    """
    return max(0.0, p.a_0 + p.a_out * outreach + p.a_hours * hours + p.a_peer * exposure + p.a_like * like)
