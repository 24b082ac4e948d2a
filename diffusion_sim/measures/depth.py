"""Depth: how well the practice is used (Coburn 2003). Quality q = skill x intensity of use; deep use is q >= .5."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio

_LINE = "Share of teachers who use with quality q of at least .{line}: deep use with its line there."

INFO = {
    "deep_users": MeasureInfo("deep users", "teachers", LARGER, "Users with quality q of at least .5."),
    "deep_use": MeasureInfo("deep use", "share", LARGER, "deep_users / teachers."),
    "mean_depth": MeasureInfo(
        "mean depth", "quality", LARGER, "Mean quality q over users.", ("", "users"), against_none=False
    ),
    "owned_share": MeasureInfo(
        "owned use", "share", LARGER, "Of the users, the share whose use is owned, not compliant.", ("", "users"),
        against_none=False,
    ),
    "deep_use_40": MeasureInfo("deep use, line at .4", "share", LARGER, _LINE.format(line=4)),
    "deep_use_60": MeasureInfo("deep use, line at .6", "share", LARGER, _LINE.format(line=6)),
}
NAMES = tuple(INFO)


@rule
def fill(out, at, sums):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    out[at] = sums.deep
    out[at + 1] = ratio(sums.deep, sums.teachers)
    out[at + 2] = ratio(sums.quality, sums.users)
    out[at + 3] = ratio(sums.owned, sums.users)
    out[at + 4] = ratio(sums.deep_40, sums.teachers)
    out[at + 5] = ratio(sums.deep_60, sums.teachers)
    return at + 6
