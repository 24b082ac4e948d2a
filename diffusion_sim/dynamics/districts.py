"""What the schools of a district share, and in what districts differ."""

from __future__ import annotations

import math
from typing import NamedTuple

from diffusion_sim.compiled.jit import rule

# Occasions of the district's normal numbers (rng.DISTRICT_PART): the four conditions are 0 to 3.
TRUST_PART = 4
PRINCIPALS_PART = 5


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
