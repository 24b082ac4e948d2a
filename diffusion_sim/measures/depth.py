"""Depth: how well the practice is used (Coburn 2003). Quality q = skill x intensity of use; deep use is q >= .5."""

from __future__ import annotations

from diffusion_sim._cache import njit
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio, total

INFO = {
    "deep_users": MeasureInfo("deep users", "teachers", LARGER, "Users with quality q of at least .5."),
    "deep_use": MeasureInfo("deep use", "share", LARGER, "deep_users / teachers."),
    "mean_depth": MeasureInfo("mean depth", "quality", LARGER, "Mean quality q over users.", ("", "users")),
    "owned_share": MeasureInfo(
        "owned use", "share", LARGER, "Of the users, the share whose use is owned, not compliant.", ("", "users")
    ),
}
NAMES = tuple(INFO)


@njit
def deep_use(deep, teachers):
    """Deep users / all teachers, over all schools. deep, teachers : (S,) persons."""
    return ratio(total(deep), total(teachers))


@njit
def mean_depth(quality, users):
    """Mean quality over users. quality : (S,) sums of q over the school's users; users : (S,). NaN without users."""
    return ratio(total(quality), total(users))


@njit
def owned_share(owned, users):
    """Owned users / users. owned, users : (S,) persons. NaN without users."""
    return ratio(total(owned), total(users))


@njit
def fill(out, at, schools, basis):
    """Write NAMES into ``out[at:]``; return the next free place."""
    out[at] = total(schools.deep)
    out[at + 1] = deep_use(schools.deep, basis.teachers)
    out[at + 2] = mean_depth(schools.quality, schools.users)
    out[at + 3] = owned_share(schools.owned, schools.users)
    return at + 4
