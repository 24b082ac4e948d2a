"""What belongs to schools and not to persons: how far the practice is part of them, and who still counts as in it."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio

INFO = {
    "embedding": MeasureInfo(
        "embedding", "share", LARGER,
        "How far the practice is part of the school, E in [0, 1], mean over teachers (docs/model.md, section 7).",
    ),
    "kept_schools": MeasureInfo(
        "schools kept", "share", LARGER,
        "Of the schools in the programme when support ended, the share that still count as in it. From the first "
        "week after support on, NaN before and where there was none.",
        ("", "schools_at_end"), later=True, against_none=False,
    ),
    "schools_at_end": MeasureInfo(
        "schools in the programme at the end of support", "schools", LARGER,
        "Programme schools that were in the programme when support ended; 0 up to the last week of support.",
        later=True, against_none=False,
    ),
}  # fmt: skip
NAMES = tuple(INFO)


@rule
def fill(out, at, sums):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    out[at] = ratio(sums.embedded, sums.teachers)
    out[at + 1] = ratio(sums.kept, sums.once_kept)
    out[at + 2] = sums.once_kept
    return at + 3
