"""Spread: how many teachers use the practice (Coburn 2003)."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, SMALLER, MeasureInfo
from diffusion_sim.measures.sums import ratio

INFO = {
    "teachers": MeasureInfo(
        "teachers", "teachers", None,
        "Teaching posts of all schools of the world; coaches do not count, nor whom the practice is not for.",
    ),
    "users": MeasureInfo("users", "teachers", LARGER, "Teachers who use the practice: stage TRIAL or ROUTINE."),
    "ever_users": MeasureInfo(
        "present teachers who ever used", "teachers", LARGER, "Teachers present now who use or have ever used."
    ),
    "reach": MeasureInfo("reach", "share", LARGER, "users / teachers."),
    "schools_saturated": MeasureInfo(
        "schools saturated", "share", LARGER, "Share of schools in which at least .8 of the teachers use."
    ),
    "discontinued": MeasureInfo(
        "discontinued",
        "share",
        SMALLER,
        "Of the present teachers who ever used, the share in stage DISCONTINUED.",
        ("", "ever_users"),
        against_none=False,
    ),
}
NAMES = tuple(INFO)


@rule
def fill(out, at, sums):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    out[at] = sums.teachers
    out[at + 1] = sums.users
    out[at + 2] = sums.ever
    out[at + 3] = ratio(sums.users, sums.teachers)
    out[at + 4] = ratio(sums.saturated, sums.schools)
    out[at + 5] = ratio(sums.discontinued, sums.ever)
    return at + 6
