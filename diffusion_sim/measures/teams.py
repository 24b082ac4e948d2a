"""Teams with multi-classroom leaders: how far they reach, and how skilled their leaders are."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio

INFO = {
    "in_teams": MeasureInfo(
        "teachers in teams", "share", None,
        "Share of teachers who lead a team or are led in one, where this quarter of the structure is paid.",
        against_none=False,
    ),
    "team_leaders": MeasureInfo(
        "team leaders", "teachers", None,
        "Teachers who lead a team, where this quarter of the structure is paid.",
        against_none=False,
    ),
    "leader_skill": MeasureInfo(
        "team leaders' skill", "share", LARGER,
        "Mean skill in the practice of these leaders; NaN where nobody leads.",
        ("", "team_leaders"), against_none=False,
    ),
}  # fmt: skip
NAMES = tuple(INFO)


@rule
def fill(out, at, sums):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    out[at] = ratio(sums.in_teams, sums.teachers)
    out[at + 1] = sums.leaders
    out[at + 2] = ratio(sums.leader_skill, sums.leaders)
    return at + 3
