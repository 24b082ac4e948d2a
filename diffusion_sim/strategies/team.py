"""Recruitment ``team_outward`` within a school: who is on the improvement team, and who is invited by name.

Source: stages of California's Ed Partners (PACE): team members try the practice first, then willing and relevant
colleagues, then focal grades of the participating schools, then the school; sizes are assumptions.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.ranks import rank_within
from diffusion_sim.state.codes import NO_TEAM
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.contract import Staff, View
from diffusion_sim.strategies.gates import COLLEAGUES, FOCAL, SCHOOL, TEAM

Mask = NDArray[np.bool_]


def team_of(staff: Staff, size: float) -> Mask:
    """Of each school's grade bands the teacher of best prior growth, and of these the best ``size``, shape (T,).

    Where a school has fewer bands than members, the next best of all its teachers join; posts that do not teach do not.
    """
    band = staff.school * 16 + staff.grade
    absent = staff.leader < NO_TEAM
    second = rank_within(band, absent, -staff.prior_growth) > 0
    return ~absent & (rank_within(staff.school, absent, second, -staff.prior_growth) < size)


def willing_colleagues(staff: Staff, team: Mask, each: float) -> Mask:
    """Teachers outside the team who seem willing, the most willing first, ``each`` for every member, shape (T,)."""
    room = each * np.bincount(staff.school, weights=team)[staff.school]
    willing = ~team & (staff.willing > 0.0) & (staff.leader >= NO_TEAM)
    return willing & (rank_within(staff.school, ~willing, -staff.willing) < room)


def focal_grades(staff: Staff, share: float) -> Mask:
    """Teachers of the lowest ``share`` (rounded up) of the school's single-grade bands, shape (T,)."""
    there = np.zeros((int(staff.school.max()) + 1, 16), bool)
    teaches = staff.leader >= NO_TEAM
    there[staff.school[teaches], staff.grade[teaches]] = True
    there[:, 0] = False  # teachers of several grades belong to no focal grade
    number = np.cumsum(there, axis=1)
    focal = there & (number <= np.ceil(share * there.sum(axis=1) - 1e-9)[:, None])
    return teaches & focal[staff.school, staff.grade]


def asked_by_name(view: View, stage: Floats, options: dict[str, float]) -> tuple[Floats, Floats]:
    """(invite, appoint), both (T,) 0/1. From stage 4 on nobody is invited by name: everybody takes part.

    The team is appointed in a school's first quarter in the programme.
    """
    begun = (view.enrolled == 1) & (stage >= TEAM)
    here, new = begun & (stage < SCHOOL), begun & (stage <= SCHOOL) & (view.enrolled_week == view.week + 1)
    everybody = view.staff()
    invite, appoint = np.zeros(everybody.school.size), np.zeros(everybody.school.size)
    rows = np.flatnonzero((here | new)[everybody.school])
    if rows.size == 0:
        return invite, appoint
    staff = Staff(*(getattr(everybody, column.name)[rows] for column in fields(Staff)))
    school = staff.school
    team = team_of(staff, options["team"])
    asked = team | (willing_colleagues(staff, team, options["colleagues"]) & (stage[school] >= COLLEAGUES))
    asked |= focal_grades(staff, options["focal"]) & (stage[school] >= FOCAL)
    invite[rows], appoint[rows] = here[school] & asked, new[school] & team
    return invite, appoint
