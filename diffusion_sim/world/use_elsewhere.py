"""How far the practice has spread where a district's hires come from: the world's other districts."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.state.tables import Districts, Schools


def use_elsewhere(world: Any, schools: Schools, districts: Districts, use_at_start: float) -> None:
    """Fill ``districts.use_elsewhere``: share of users among teachers of all other districts, from the schools' sums.
    In a world of one district: as many as use it in its programme schools before week 1.

    use_at_start : share of users at the start, where no table gives it.
    """
    if districts.size > 1:
        first = districts.first
        users, teaching = (np.add.reduceat(schools[of].astype(float), first) for of in ("users", "teaching"))
        others = teaching.sum() - teaching
        districts.use_elsewhere[:] = np.where(others > 0.0, (users.sum() - users) / np.maximum(others, 1.0), 0.0)
        return
    given, inside = world.table.initial_use, world.schools.programme == 1
    if given is None or not inside.any():
        districts.use_elsewhere[:] = use_at_start
    else:
        districts.use_elsewhere[:] = np.average(np.asarray(given)[inside], weights=world.schools.posts[inside])
