"""Pupils: what they have gained so far."""

from __future__ import annotations

from diffusion_sim._cache import rule
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


@rule
def fill(out, at, sums, months_per_sd):
    """Write NAMES into ``out[at:]``; return the next free place. sums : ``Totals``."""
    out[at] = sums.gain
    out[at + 1] = sums.gain * months_per_sd
    return at + 2
