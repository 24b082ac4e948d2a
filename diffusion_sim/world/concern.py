"""Whom the practice is for: everybody, or who teaches in the lowest of a school's grade bands (``practice.for``).

``bands`` is the share of a school's single-grade bands, 0 where the practice is for all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.errors import PopulationError
from diffusion_sim.network.traits import SEVERAL_GRADES, SINGLE_BANDS
from diffusion_sim.scenario import Scenario
from diffusion_sim.state.codes import NO_TEAM, NOT_CONCERNED
from diffusion_sim.state.tables import Schools, Teachers
from diffusion_sim.state.use import left_class, teaches

Mask = NDArray[np.bool_]


def bands_of(sc: Scenario) -> float:
    """The share of single-grade bands that the practice is for; 0 = it is for all."""
    return float(sc["practice.bands"]) if sc["practice.for"] == "bands" else 0.0


def in_bands(school: Any, grade: Any, schools: int, bands: float) -> Mask:
    """Posts of the lowest ``bands``, rounded up, of the single-grade bands that their school has; never of band 0."""
    there = np.zeros((schools, SINGLE_BANDS + 1), bool)
    there[school, grade] = True
    there[:, SEVERAL_GRADES] = False
    number = np.ceil(bands * there.sum(axis=1) - 1e-9)
    chosen = there & (np.cumsum(there, axis=1) <= number[:, None])
    return np.asarray(chosen[school, grade])


def concerned(teachers: Teachers, schools: Schools, bands: float) -> Mask:
    """Posts that the practice is for, (T,): by band, and coaches' and traded posts as long as they are such."""
    if bands == 0.0:
        return np.ones(teachers.size, bool)
    by_band = in_bands(teachers.school, teachers.grade, schools.size, bands)
    return by_band | np.asarray(left_class.py_func(teachers.leader))


def settle(teachers: Teachers, schools: Schools, bands: float) -> None:
    """Give the role NOT_CONCERNED to the posts that the practice is not for, take it from the others, and count whom it
    is for; who teaches is counted by ``count_teaching``."""
    if bands == 0.0:
        return
    inside, leader = concerned(teachers, schools, bands), np.asarray(teachers.leader)
    teachers.leader = np.where(~inside, NOT_CONCERNED, np.where(leader == NOT_CONCERNED, NO_TEAM, leader))
    schools.concerned[:] = np.bincount(teachers.school, weights=inside, minlength=schools.size)


def count_teaching(teachers: Teachers, schools: Schools) -> None:
    """How many posts of each school teach, and in how many somebody teaches whether the practice is for them or not."""
    school, size = teachers.school, schools.size
    leader = np.asarray(teachers.leader)
    schools.teaching[:] = np.bincount(school, weights=teaches.py_func(leader), minlength=size)
    schools.classes[:] = np.bincount(school, weights=~left_class.py_func(leader), minlength=size)


def begin(sc: Scenario, teachers: Teachers, schools: Schools) -> None:
    """Settle it before week 1, when all have their grade. A school in which the practice is for nobody is outside the
    programme. Raises PopulationError where no school of the programme is left."""
    bands = bands_of(sc)
    if bands == 0.0:
        return
    settle(teachers, schools, bands)
    count_teaching(teachers, schools)
    schools.concerned_start[:] = schools.concerned
    took_part = (schools.programme == 1).any()
    schools.programme[schools.concerned == 0] = 0
    if took_part and not (schools.programme == 1).any():
        raise PopulationError(
            f"scenario '{sc.id}', practice.for: found 'bands', and no school of the programme has a teacher of one "
            "grade whom the practice could be for; 'all', or a population of larger schools, is allowed"
        )


def is_settled(teachers: Teachers, schools: Schools, bands: float) -> bool:
    """Whether roles and numbers are as ``settle`` leaves them."""
    inside, leader = concerned(teachers, schools, bands), np.asarray(teachers.leader)
    return np.array_equal(inside, leader != NOT_CONCERNED) and np.array_equal(
        schools.concerned, np.bincount(teachers.school, weights=inside, minlength=schools.size)
    )
