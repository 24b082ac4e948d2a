"""Equity: whose pupils the practice reaches. Every measure exists for deep use and, suffix _reach, for use at all.

Letters, each of a school
    u : share of its teachers who are in deep use (or who use)
    w : its weight by pupils
    r : its rank by poverty

Sources: concentration index, O'Donnell, van Doorslaer, Wagstaff & Lindelow (2008), Analyzing Health Equity Using
Household Survey Data, ch. 8; its corrected form, Erreygers (2009), J. Health Economics 28, 504-515; Theil's T and its
decomposition, Theil (1967), Economics and Information Theory, ch. 4.
"""

from __future__ import annotations

import numpy as np

from diffusion_sim.compiled.elementary_functions import log
from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, SMALLER, SMALLER_ABSOLUTE, MeasureInfo
from diffusion_sim.measures.sums import ratio

_EACH = {
    "exposure_low_income": (
        "{what}, low-income pupils",
        "share",
        LARGER,
        "sum(w p u) / sum(w p): the share a low-income pupil meets at school on average.",
    ),
    "exposure_other": (
        "{what}, other pupils",
        "share",
        LARGER,
        "sum(w (1-p) u) / sum(w (1-p)): the share any other pupil meets at school on average.",
    ),
    "equity_gap": (
        "equity gap in {what}",
        "share",
        LARGER,
        "exposure_low_income{s} - exposure_other{s}; negative: low-income pupils have less.",
    ),
    "equity_ratio": ("equity ratio of {what}", "ratio", LARGER, "exposure_low_income{s} / exposure_other{s}."),
    "poverty_quartile_gap": (
        "poverty quartile gap in {what}",
        "share",
        LARGER,
        "Pupil-weighted mean of u in the poorest quarter of the programme schools' pupils minus that in the least poor "
        "quarter. A school across a quarter's border counts with the part of its pupils inside; equally poor schools "
        "count with the same part.",
    ),
    "concentration_index": (
        "concentration index of {what}",
        "index",
        SMALLER_ABSOLUTE,
        "2 cov_w(u, r) / mean_w(u) over programme schools, r = pupil-weighted fractional rank from poorest to least "
        "poor, equally poor schools sharing the middle; positive: concentrated among the less poor. Its bound is "
        "1 - mean(u), so levels cannot be compared across strategies.",
    ),
    "concentration_erreygers": (
        "Erreygers index of {what}",
        "index",
        SMALLER_ABSOLUTE,
        "4 mean_w(u) x concentration_index{s} = 8 cov_w(u, r): the one to use between strategies; 0 where nobody uses.",
    ),
    "theil_between": (
        "Theil index of {what}, between districts",
        "nats",
        SMALLER,
        "Pupil-weighted Theil T of the districts' means of u, all schools.",
    ),
    "theil_within": (
        "Theil index of {what}, within districts",
        "nats",
        SMALLER,
        "Mean over districts of the pupil-weighted Theil T of their schools' u, weighted by the district's use.",
    ),
}


def _entries(suffix: str, what: str, u: str) -> dict[str, MeasureInfo]:
    entries = {}
    for name, (title, unit, direction, definition) in _EACH.items():
        text = f"{definition.format(s=suffix)} u = {u}."
        parts = ("exposure_low_income" + suffix, "exposure_other" + suffix) if name == "equity_ratio" else None
        # distances between schools are those of the few who use: they rank strategies by how much is used at all
        level = name.startswith("exposure_")
        entries[name + suffix] = MeasureInfo(title.format(what=what), unit, direction, text, parts, against_none=level)
    return entries


INFO = _entries("", "deep use", "share of a school's teachers in deep use") | _entries(
    "_reach", "reach", "share of a school's teachers who use"
)
NAMES = tuple(INFO)


@rule
def theil(sums):
    """Theil's T of the schools' shares u, split by district: (between, within), in nats, both >= 0; NaN where nobody
    uses. sums : of the world, record of ``sums.UNEQUAL``.

    With U_d = sum of w u in the district, u_d = U_d / sum of w its mean and m the mean of all:
    between = sum of U_d ln(u_d / m) / m, within = sum of w u ln(u / u_d) / m.
    Each ln(a / b) is taken as ln a - ln b, so that one pass over the schools is enough. Rounding below 0 is cut off.
    """
    mean, between, within = sums.use, np.nan, np.nan
    if mean > 0.0:
        between = max(0.0, (sums.districts - mean * log(mean)) / mean)
        within = max(0.0, (sums.schools - sums.districts) / mean)
    return between, within


@rule
def fill(out, at, sums):
    """Write the nine measures of the shares u into ``out[at:]``; return the next free place. sums : as of `theil`.

    ``sums.rank`` is a covariance because the weights in it are weight x (r - 1/2) and the weighted mean of r is 1/2.
    """
    out[at] = sums.low_income
    out[at + 1] = sums.other
    out[at + 2] = sums.low_income - sums.other
    out[at + 3] = ratio(sums.low_income, sums.other)
    out[at + 4] = sums.poorest - sums.least_poor
    out[at + 5] = ratio(2.0 * sums.rank, sums.programme)  # concentration index
    out[at + 6] = 8.0 * sums.rank  # 4 mean(u) x the concentration index, for u between 0 and 1
    out[at + 7], out[at + 8] = theil(sums)
    return at + 9
