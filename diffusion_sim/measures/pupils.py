"""Pupils: what they have gained so far."""

from __future__ import annotations

from diffusion_sim._cache import njit
from diffusion_sim.measures.info import LARGER, MeasureInfo

INFO = {
    "pupil_gain_sd": MeasureInfo(
        "pupils' gain", "SD", LARGER, "Pupil-weighted mean over all schools of the yearly gains summed so far."
    ),
    "pupil_gain_months": MeasureInfo(
        "pupils' gain", "months of schooling", LARGER, "pupil_gain_sd x the scenario's months per SD (an assumption)."
    ),
}
NAMES = tuple(INFO)


@njit
def pupil_gain_sd(gain, pupils):
    """Pupil-weighted mean gain. gain : (S,) SD so far; pupils : (S,) weights that sum to 1."""
    result = 0.0
    for s in range(gain.size):
        result += pupils[s] * gain[s]
    return result


@njit
def fill(out, at, schools, basis):
    """Write NAMES into ``out[at:]``; return the next free place."""
    out[at] = pupil_gain_sd(schools.gain, basis.pupils)
    out[at + 1] = out[at] * basis.months_per_sd
    return at + 2
