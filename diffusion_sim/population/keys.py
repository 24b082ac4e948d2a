"""Keys of schools and districts, and the purposes (100 to 119) of the population's own draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion_sim import rng
from diffusion_sim.state.tables import Keys

# Never renumber: a purpose is part of every published result.
ACHIEVEMENT = rng.POPULATION  # school: the part of achievement that poverty does not explain
DISTRICT_SIZE = rng.POPULATION + 1
DISTRICT_LOCALE = rng.POPULATION + 2
DISTRICT_TEACHERS = rng.POPULATION + 3
DISTRICT_POVERTY = rng.POPULATION + 4
SCHOOL_TEACHERS = rng.POPULATION + 5
SCHOOL_POVERTY = rng.POPULATION + 6
SCHOOL_LEVEL = rng.POPULATION + 7
SCHOOL_PUPILS = rng.POPULATION + 8


def school_keys(district_id: Sequence[str], school_id: Sequence[str]) -> Keys:
    """64-bit keys of schools, uint64 (S,), from their district and school ids."""
    return np.array([rng.entity_key(d, s) for d, s in zip(district_id, school_id, strict=True)], dtype=np.uint64)


def district_keys(district_id: Sequence[str]) -> Keys:
    """64-bit keys of districts, uint64 (D,), from their ids."""
    return np.array([rng.entity_key(d) for d in district_id], dtype=np.uint64)
