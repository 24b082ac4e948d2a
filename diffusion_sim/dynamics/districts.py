"""What the schools of a district share, in what districts differ, and what a district does at its own level.

Letters
    k : how many schools accountability names, at least
    r : quarters of relief, or of wider autonomy, that have been paid and have not lapsed
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.compiled.jit import rule

# Occasions of the district's normal numbers (rng.DISTRICT_PART): the four conditions are 0 to 3.
TRUST_PART = 4
PRINCIPALS_PART = 5

YEAR = 4  # quarters after which relief and wider autonomy have their full effect


class Trait(NamedTuple):
    """In what districts differ: a column of theirs, mean and SD between districts, bounds that values are cut at."""

    column: str
    mean: float
    sd: float
    low: float
    high: float


@rule
def shared(icc, district, school):
    """N(0, 1) of a school of which its district's schools share ``icc`` of the variance, from N(0, 1) of the district
    and of the school. icc 0 is the school's own number, icc 1 the district's, to the last bit."""
    return math.sqrt(icc) * district + math.sqrt(1.0 - icc) * school


class DistrictPartParams(NamedTuple):
    """Scenario section ``district``: hours of a district's staff a year, and what they do."""

    align_hours: float
    relief: float
    relief_hours: float
    autonomy_gain: float
    autonomy_hours: float
    vision_hours: float


def lowest(values: Any, inside: Any, share: float) -> Any:
    """Those who stand among the lowest ``share`` of some, bool (n,): at most as high as the k-th lowest of those
    ``inside``, k = ceil(share x their number). Equals are treated alike, so they may be more than k; who is not
    inside stands under the same line."""
    among = np.sort(np.asarray(values)[np.asarray(inside, bool)])
    k = math.ceil(share * among.size - 1e-9)
    return np.asarray(values) <= among[k - 1] if k > 0 else np.zeros(len(values), bool)


def pressure(regime: Any, named: Any, others: float) -> Any:
    """Pressure where accountability names schools: the regime, of which others feel the share ``others`` (SRI 2023:
    lower performing schools were subject to different accountability structures)."""
    return regime * np.where(named, 1.0, others)


def pressure_by_degree(regime: Any, achievement: Any, slope: float) -> Any:
    """Pressure by degree: regime x logistic(-slope x achievement); ``structure.accountability`` smooth."""
    return regime / (1.0 + np.exp(slope * achievement))


def ramp(quarters: Any, paid: Any) -> Any:
    """r after a quarter: one more where it was paid, at most a year of them, else one less."""
    return np.clip(quarters + np.where(paid, 1, -1), 0, YEAR)
