"""Pupils: what they have gained so far."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, MeasureInfo

INFO = {
    "pupil_gain_sd": MeasureInfo(
        "pupils' gain", "SD", LARGER, "Pupil-weighted mean over all schools of the yearly gains summed so far."
    ),
    "pupil_gain_months": MeasureInfo(
        "pupils' gain", "months of schooling", LARGER, "pupil_gain_sd x the scenario's months per SD (an assumption)."
    ),
    "poorest_quarter_gain": MeasureInfo(
        "pupils' gain, poorest quarter", "SD", LARGER,
        "Pupil-weighted mean of the yearly gains summed so far in the poorest quarter of the programme schools' "
        "pupils, as in poorest_quarter.",
    ),
}  # fmt: skip
NAMES = tuple(INFO)

# Measures of two runs on one seed: they exist where strategies are compared with ``none``, and not in a single run.
GAIN_PERCENTILE = "gain_percentile_median"
COMPARED = {
    GAIN_PERCENTILE: MeasureInfo(
        "team teachers' gain percentile",
        "percentile",
        LARGER,
        "Only in a comparison that has `none`: median rank, 0 to 100, of team teachers' mean yearly gain among all "
        "teachers' mean yearly gain in the run of `none` on the same seed; persons who teach in both runs from before "
        "week 1 to the end. Team teachers: members of a led team in the last week, leaders not counted.",
    )
}


@rule
def fill(out, at, sums, months_per_sd):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    out[at] = sums.gain
    out[at + 1] = sums.gain * months_per_sd
    out[at + 2] = sums.gain_poorest
    return at + 3
