"""What measures need to know of a world that stays the same in a run: weights of schools, ranks by poverty."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.state.tables import Districts, Floats, Schools, rows

WEIGHTS = np.dtype(
    [
        ("pupils", "f8"),  # share of the world's pupils
        ("low_income", "f8"),  # share of the world's low-income pupils
        ("other", "f8"),  # share of the world's other pupils
        ("programme", "f8"),  # share of the programme schools' pupils
        ("rank", "f8"),  # fractional rank from poorest (0) to least poor (1), middle of the school; NaN outside
        ("rank_weight", "f8"),  # programme x (rank - 1/2): a weighted sum with it is the covariance with the rank
        ("poorest", "f8"),  # share of the poorest quarter of pupils
        ("least_poor", "f8"),  # share of the least poor quarter of pupils
        ("lower", "f8"),  # 1 in the lower half of the programme schools by achievement, else 0
    ]
)


class Basis(NamedTuple):
    """Made once a world by :func:`make_basis`.

    Weights are by pupils and sum to 1, or are all NaN where nobody is in the group, so that what is weighted with
    them is NaN too. ``programme``, ``rank``, ``rank_weight``, ``poorest`` and ``least_poor`` concern programme schools
    only (weight 0 for others); all else concerns every school of the world.
    """

    weights: np.recarray  # (S,) records of WEIGHTS, one a school
    months_per_sd: float  # months of schooling per SD of pupils' gain
    pupils: float  # of the programme schools
    district_first: NDArray[np.int64]  # (D + 1,): schools of district d are rows first[d] : first[d + 1]


def _normalised(weight: Floats) -> Floats:
    """``weight`` scaled to sum 1; all NaN where it sums to 0."""
    whole = weight.sum()
    return weight / whole if whole > 0.0 else np.full(weight.shape, np.nan)


def _positions(weight: Floats, poverty: Floats) -> tuple[Floats, Floats]:
    """Where each school's group of equal poverty begins and ends on the line of pupils, poorest = 0, whole = 1.

    Schools of equal poverty share one stretch, so that neither rank nor quarter depends on the order of rows.
    """
    value, group = np.unique(-poverty, return_inverse=True)
    held = np.bincount(group, weights=weight, minlength=value.size)
    end = np.cumsum(held)
    begin = end - held
    return begin[group], end[group]


def _quarter(weight: Floats, begin: Floats, end: Floats, low: float, high: float) -> Floats:
    """Each school's share of the pupils between ``low`` and ``high`` on the line of pupils.

    A school (or a group of equally poor schools) that straddles a border of the quarter counts with the part of its
    pupils that lies inside, the same part for each school of the group.
    """
    width = np.where(end > begin, end - begin, 1.0)
    inside = np.clip(np.minimum(end, high) - np.maximum(begin, low), 0.0, None) / width
    return _normalised(weight * inside)


def _lower(achievement: Floats, inside: NDArray[np.bool_]) -> Floats:
    """1 for schools ``inside`` whose achievement is at most that of the middle one (the lower where there are two):
    equals are treated alike."""
    among = np.sort(achievement[inside])
    return inside * (achievement <= among[(among.size - 1) // 2]) if among.size else np.zeros(achievement.size)


def make_basis(schools: Schools, districts: Districts, months_per_sd: float) -> Basis:
    """The basis of a world.

    schools : ``pupils`` (> 0), ``poverty`` in [0, 1], ``achievement``, ``programme``, ``posts`` and ``concerned_start``
        are read
    districts : ``last`` is read
    months_per_sd : months of schooling counted as 1 SD (scenario ``pupils.months_per_sd``)

    Raises nothing: populations are checked where they are loaded.
    """
    # of the posts that the practice was for before week 1
    pupils = np.asarray(schools.pupils, dtype=np.float64) * (schools.concerned_start / schools.posts)
    poverty = np.asarray(schools.poverty, dtype=np.float64)
    inside = np.asarray(schools.programme) == 1
    programme = _normalised(np.where(inside, pupils, 0.0))

    rank = np.full(pupils.shape, np.nan)
    rank_weight, poorest, least_poor = (np.full(pupils.shape, np.nan) for _ in range(3))
    if inside.any():
        for column in (rank_weight, poorest, least_poor):
            column[:] = 0.0
        weight = programme[inside]
        begin, end = _positions(weight, poverty[inside])
        rank[inside] = (begin + end) / 2.0
        rank_weight[inside] = weight * ((begin + end) / 2.0 - 0.5)
        poorest[inside] = _quarter(weight, begin, end, 0.0, 0.25)
        least_poor[inside] = _quarter(weight, begin, end, 0.75, 1.0)
    weights = rows(
        WEIGHTS,
        pupils.size,
        pupils=_normalised(pupils),
        low_income=_normalised(pupils * poverty),
        other=_normalised(pupils * (1.0 - poverty)),
        programme=programme,
        rank=rank,
        rank_weight=rank_weight,
        poorest=poorest,
        least_poor=least_poor,
        lower=_lower(np.asarray(schools.achievement), inside),
    )
    first = np.append(0, districts.last).astype(np.int64)
    return Basis(weights, float(months_per_sd), float(pupils[inside].sum()), first)
