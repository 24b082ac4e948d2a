"""Who comes into the programme, and who would: schools that accountability names against others, and by half of
achievement."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio

_GROUPS = {  # of the programme schools, in the order of the sums
    "": "programme schools",
    "_designated": "programme schools that accountability names",
    "_others": "programme schools that it does not name",
    "_lower": "lower half of programme schools by achievement (equals at the middle included)",
    "_upper": "programme schools above that half",
}
_WHAT = {
    "enrolled": ("enrolled", "that are in the programme, or after support still count as in it"),
    "takers": ("takers", "that are in it or whose wait to enter has ended: they would come if places were not scarce"),
}
_AGAINST = {"_designated": "_others", "_lower": "_upper"}

INFO = {
    f"{name}{group}": MeasureInfo(f"{title}{group.replace('_', ': ')}", "share", LARGER, f"Share of the {who} {what}.")
    for name, (title, what) in _WHAT.items()
    for group, who in _GROUPS.items()
}
INFO |= {
    f"{name}{group}_ratio": MeasureInfo(
        f"{title}{group.replace('_', ': ')} / {other.removeprefix('_')}",
        "ratio",
        LARGER,
        f"{name}{group} / {name}{other}; below 1 where the former are left out.",
        (f"{name}{group}", f"{name}{other}"),
    )
    for name, (title, _) in _WHAT.items()
    for group, other in _AGAINST.items()
}
INFO = {name: info._replace(against_none=False) for name, info in INFO.items()}  # nobody enters under ``none``
NAMES = tuple(INFO)


@rule
def fill(out, at, sums):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    upper, others = sums.members - sums.lower, sums.members - sums.designated
    enrolled_others = sums.enrolled - sums.enrolled_designated
    enrolled_upper = sums.enrolled - sums.enrolled_lower
    takers_others = sums.takers - sums.takers_designated
    takers_upper = sums.takers - sums.takers_lower
    out[at] = ratio(sums.enrolled, sums.members)
    out[at + 1] = ratio(sums.enrolled_designated, sums.designated)
    out[at + 2] = ratio(enrolled_others, others)
    out[at + 3] = ratio(sums.enrolled_lower, sums.lower)
    out[at + 4] = ratio(enrolled_upper, upper)
    out[at + 5] = ratio(sums.takers, sums.members)
    out[at + 6] = ratio(sums.takers_designated, sums.designated)
    out[at + 7] = ratio(takers_others, others)
    out[at + 8] = ratio(sums.takers_lower, sums.lower)
    out[at + 9] = ratio(takers_upper, upper)
    out[at + 10] = ratio(out[at + 1], out[at + 2])
    out[at + 11] = ratio(out[at + 3], out[at + 4])
    out[at + 12] = ratio(out[at + 6], out[at + 7])
    out[at + 13] = ratio(out[at + 8], out[at + 9])
    return at + 14
