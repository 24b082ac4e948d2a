"""Sustainability: what is left one and two school years after support ends (Coburn 2003).

A run keeps a few numbers from the end of support on, in one float64 array: ``memory = new_memory()`` at the start,
``remember(memory, sums)`` in the last week of support, after the week's sums; ``keep`` (called by
``fill_row``) adds those of one and two years later. What has not come yet is NaN.
"""

from __future__ import annotations

import numpy as np

from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.tables import Floats

# Places in the memory.
LEVEL_END, COUNT_END, LEVEL_1Y, LEVEL_2Y, COUNT_1Y, KEPT_1Y, KEPT_2Y = range(7)
MEMORY = 7

_LATER = {"1y": "36 weeks", "2y": "72 weeks"}
INFO = (
    {
        f"deep_use_{year}": MeasureInfo(
            f"deep use {year[0]} y after support",
            "share",
            LARGER,
            f"deep_use {weeks} after support ends, from that week on.",
            later=True,
        )
        for year, weeks in _LATER.items()
    }
    | {
        "deep_users_1y": MeasureInfo(
            "deep users 1 y after support",
            "teachers",
            LARGER,
            "deep_users 36 weeks after support ends, from then on.",
            later=True,
        )
    }
    | {
        f"sustained_deep_use_{year}": MeasureInfo(
            f"deep use sustained {year[0]} y",
            "ratio",
            LARGER,
            f"deep_use {weeks} after support ends / deep_use in its last week; from that week on, NaN before.",
            (f"deep_use_{year}", "deep_use_support_end"),
            later=True,
            against_none=False,
        )
        for year, weeks in _LATER.items()
    }
    | {
        f"retained_deep_users_{year}": MeasureInfo(
            f"deep users retained {year[0]} y",
            "share",
            LARGER,
            f"Of the persons in deep use in the last week of support, the share in deep use {weeks} later; leavers "
            "count as lost. From that week on, NaN before.",
            ("", "deep_users_support_end"),
            later=True,
            against_none=False,
        )
        for year, weeks in _LATER.items()
    }
)
NAMES = tuple(INFO)


def new_memory() -> Floats:
    """A run's memory before support ends: float64 of shape (MEMORY,), all NaN. Copied and saved with the run."""
    return np.full(MEMORY, np.nan)


@njit
def remember(memory, sums):
    """Note level and number of deep use in the last week of support. sums : the world's, a record of ``sums.SUMS``."""
    memory[LEVEL_END] = ratio(sums.deep, sums.teachers)
    memory[COUNT_END] = sums.deep


@rule
def keep(memory, sums, later):
    """Note what is left, ``later`` = 36 and 72 weeks after support; nothing in other weeks. sums : record of SUMS."""
    if later == WEEKS_PER_YEAR:
        memory[LEVEL_1Y] = ratio(sums.deep, sums.teachers)
        memory[COUNT_1Y] = sums.deep
        memory[KEPT_1Y] = sums.marked_deep
    elif later == 2 * WEEKS_PER_YEAR:
        memory[LEVEL_2Y] = ratio(sums.deep, sums.teachers)
        memory[KEPT_2Y] = sums.marked_deep


@rule
def fill(out, at, memory):
    """Write NAMES into ``out[at:]``; return the next free place."""
    out[at] = memory[LEVEL_1Y]
    out[at + 1] = memory[LEVEL_2Y]
    out[at + 2] = memory[COUNT_1Y]
    out[at + 3] = ratio(memory[LEVEL_1Y], memory[LEVEL_END])
    out[at + 4] = ratio(memory[LEVEL_2Y], memory[LEVEL_END])
    out[at + 5] = ratio(memory[KEPT_1Y], memory[COUNT_END])
    out[at + 6] = ratio(memory[KEPT_2Y], memory[COUNT_END])
    return at + 7
