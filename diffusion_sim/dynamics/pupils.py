"""What pupils gain."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class PupilParams(NamedTuple):
    """Scenario section ``pupils``; SD per school year."""

    teacher_sd: float
    effect: float
    dip: float
    displacement: float
    ready_enough: float
    months_per_sd: float


@rule
def displaced(dose_share, readiness, p):
    """Loss per year, SD, >= 0, where support takes time of a school not ready for it (ANet i3; size assumed)."""
    return p.displacement * dose_share * max(0.0, 1.0 - readiness / p.ready_enough)


@rule
def gain_of_use(quality, unskilled, fit, p):
    """What a user's practice adds to the gain of the own pupils, SD per school year: effect fit q - dip unskilled.

    quality : k x intensity; unskilled : 1 - k in TRIAL, else 0; fit : worth of the practice here.
    """
    return p.effect * fit * quality - p.dip * unskilled
