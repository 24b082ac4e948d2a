"""Spread: how many teachers use the practice (Coburn 2003)."""

from __future__ import annotations

from diffusion_sim._cache import njit
from diffusion_sim.measures.info import LARGER, SMALLER, MeasureInfo
from diffusion_sim.measures.sums import ratio, total

INFO = {
    "teachers": MeasureInfo(
        "teachers", "teachers", None, "Teaching posts of all schools of the world; coaches do not count."
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
    ),
}
NAMES = tuple(INFO)


@njit
def reach(users, teachers):
    """Users / teachers over all schools. users, teachers : (S,) persons. NaN without teachers."""
    return ratio(total(users), total(teachers))


@njit
def schools_saturated(users, teachers):
    """Share of schools with at least .8 of their teachers using. Counts are compared whole: 4 of 5 is saturated."""
    saturated = 0.0
    for s in range(users.size):
        saturated += 5.0 * users[s] >= 4.0 * teachers[s]
    return ratio(saturated, float(users.size))


@njit
def discontinued(stopped, ever):
    """Of the present teachers who ever used, the share who have stopped. stopped, ever : (S,) persons."""
    return ratio(total(stopped), total(ever))


@njit
def fill(out, at, schools, basis):
    """Write NAMES into ``out[at:]``; return the next free place."""
    out[at] = total(basis.teachers)
    out[at + 1] = total(schools.users)
    out[at + 2] = total(schools.ever)
    out[at + 3] = reach(schools.users, basis.teachers)
    out[at + 4] = schools_saturated(schools.users, basis.teachers)
    out[at + 5] = discontinued(schools.discontinued, schools.ever)
    return at + 6
