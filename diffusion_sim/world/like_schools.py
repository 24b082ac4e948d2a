"""What travels between schools without a tie: organisations look at others that are like them.

Letters
    u : of a school, the share of its posts that teach whose incumbents visibly use
    n : u^3 / (u^3 + c^3), how far a school counts as one that uses the practice
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.dynamics.enrolment import EnrolmentParams
from diffusion_sim.state.tables import Floats, Schools

THIRDS = 3


def visible_share(schools: Schools, shown: Floats) -> Floats:
    """u of every school, (S,). shown : (T,), 1 where a teacher's use is seen by colleagues, else 0."""
    sums = np.add.reduceat(shown, schools.first)
    return np.where(schools.posts > 0, sums, 0.0) / np.maximum(1.0, schools.teaching)


def kinds_of(schools: Schools) -> Any:
    """Level and poverty third of every school as one number, (S,): thirds of the programme schools' poverty."""
    inside = schools.programme == 1
    poverty = schools.poverty[inside] if inside.any() else schools.poverty
    third = (schools.poverty[:, None] > np.quantile(poverty, (1 / 3, 2 / 3))).sum(axis=1)
    return THIRDS * schools.level.astype(np.int64) + third


def _mean(total: Floats, count: Floats) -> Floats:
    return np.divide(total, count, out=np.zeros(total.size), where=count > 0.5)


def like_use(schools: Schools, kind: Any, share: Floats, p: EnrolmentParams) -> Floats:
    """L of every school, (S,) in [0, 1]: mean of n over the other programme schools of the district, and over those of
    the same level and poverty third in other districts, weighted; a mean over no schools is 0.

    kind : ``kinds_of`` the schools; share : u.
    """
    inside = (schools.programme == 1).astype(np.float64)
    cube = share**3
    n = inside * cube / (cube + p.like_norm**3)
    district = schools.district.astype(np.int64)
    both = district * (int(kind.max()) + 1) + kind

    def others(group: Any, values: Floats) -> Floats:
        return np.bincount(group, weights=values)[group]

    near = _mean(others(district, n) - n, others(district, inside) - inside)
    far = _mean(others(kind, n) - others(both, n), others(kind, inside) - others(both, inside))
    return np.clip(p.like_district * near + (1.0 - p.like_district) * far, 0.0, 1.0)
