"""Coaches' and leaders' help: how good, and how thin it is spread."""

from __future__ import annotations

import math
from typing import NamedTuple

from diffusion_sim.compiled.jit import rule
from diffusion_sim.dynamics.hours import saturation


class CoachParams(NamedTuple):
    """Scenario section ``coaches``."""

    quality_sd: float
    external_supply: float
    lag: float
    supply_exponent: float
    caseload: float
    train_hours: float
    trained_share: float
    b_lead: float
    leaders_per_school: float
    h_lead: float
    b_align: float


@rule
def coach_quality(normal, p):
    """Quality of a school's coach, mean 1, SD quality_sd, lognormal (Blazar, McNamara & Blue 2021: SD .20-.35)."""
    variance = math.log(1.0 + p.quality_sd * p.quality_sd)
    return math.exp(math.sqrt(variance) * normal - 0.5 * variance)


@rule
def supply_factor(served, supply, exponent):
    """min(1, (supply/served)^exponent): quality falls once a programme outgrows its coaches (Kraft et al. 2018).

    served, supply : teachers.
    """
    if served <= supply:
        return 1.0
    return (supply / served) ** exponent


def deliverable(before: float, asked: float, lag: float) -> float:
    """Person-hours a year that a provider can deliver this quarter, of which it could deliver ``before``.

    asked : person-hours a year that are to be paid; lag : school years. It falls at once and grows as coaches are
    found and trained: before + (asked - before)(1 - exp(-.25/lag)), an assumption.
    """
    if asked <= before or lag == 0.0:
        return asked
    return before + (asked - before) * (1.0 - math.exp(-0.25 / lag))


@rule
def leadership_change(support, base, hours, drift, p):
    """Change of a leader's support per school year: b_lead sat(hours)(1 - P) - drift (P - P0)."""
    return p.b_lead * saturation(hours, p.h_lead) * (1.0 - support) - drift * (support - base)


@rule
def alignment_change(lowest, hours, p):
    """Change of a district's lowest instrument per school year: b_align sat(hours)(1 - a); hours a school and year."""
    return p.b_align * saturation(hours, p.h_lead) * (1.0 - lowest)
