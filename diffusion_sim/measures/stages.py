"""Stages: how far districts have come with a staged roll-out, and what their gates have decided."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio

INFO = {
    "districts_at_80": MeasureInfo(
        "districts at 80 %",
        "share",
        LARGER,
        "Share of the districts with programme schools in which at least .8 of these schools' teachers use.",
    ),
    "stage": MeasureInfo(
        "stage",
        "stage",
        LARGER,
        "Mean stage of the districts with programme schools, 1 to 5, abandoned counted as 0; NaN under a strategy "
        "without stages.",
        against_none=False,
    ),
    "districts_complete": MeasureInfo(
        "districts in the last stage",
        "share",
        LARGER,
        "Share of the districts with programme schools that stand in stage 5; NaN under a strategy without stages.",
        against_none=False,
    ),
    "verdicts_adopt": MeasureInfo(
        "gates: adopt", "gates", None, "Gates so far at which a district went on to the next stage.", against_none=False
    ),
    "verdicts_adapt": MeasureInfo(
        "gates: adapt", "gates", None, "Gates so far at which a district repeated its stage.", against_none=False
    ),
    "verdicts_abandon": MeasureInfo(
        "gates: abandon", "gates", None, "Gates so far at which a district gave the practice up.", against_none=False
    ),
}
NAMES = tuple(INFO)


@rule
def fill(out, at, sums):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    out[at] = ratio(sums.at_80, sums.districts)
    out[at + 1] = ratio(sums.stage, sums.staged)
    out[at + 2] = ratio(sums.complete, sums.staged)
    out[at + 3] = sums.adopted
    out[at + 4] = sums.adapted
    out[at + 5] = sums.abandoned
    return at + 6
