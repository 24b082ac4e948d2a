"""How far the practice has spread where a district's hires come from: the world's other districts."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.state.tables import Districts, Schools
from diffusion_sim.world.numbers import Numbers


def use_elsewhere(world: Any, schools: Schools, districts: Districts, numbers: Numbers) -> None:
    """Fill ``districts.use_elsewhere``: share of users among teachers of all other districts, from the schools' sums.
    In a world of one district, or with the word ``structure.elsewhere`` start: as many as use it in its programme
    schools before week 1."""
    if districts.size > 1 and numbers.weekly.structure.elsewhere_now == 1.0:
        first = districts.first
        users, teaching = (np.add.reduceat(schools[of].astype(float), first) for of in ("users", "teaching"))
        others = teaching.sum() - teaching
        districts.use_elsewhere[:] = np.where(others > 0.0, (users.sum() - users) / np.maximum(others, 1.0), 0.0)
        return
    given, inside = world.table.initial_use, world.schools.programme == 1
    if given is None or not inside.any():
        districts.use_elsewhere[:] = numbers.use_at_start
    else:
        posts = world.schools.concerned_start[inside]
        districts.use_elsewhere[:] = np.average(np.asarray(given)[inside], weights=posts)
