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
ASKED, MEMBER = 1, 2  # what a plan's ``named`` says of a teacher


def team_of(staff: Staff, size: float) -> Mask:
    """Of each school's grade bands the teacher of best prior growth, and of these the best ``size``, shape (T,).

    Where a school has fewer bands than members, the next best of all its teachers join; posts that do not teach do not.
    """
    return _best_of_bands(staff, size, staff.prior_growth, np.zeros(staff.school.size, bool))


def growth_and_will(staff: Staff) -> Floats:
    """Prior growth + how willing a teacher seems, each standardised over the school's posts that teach, (T,)."""
    there, size = staff.leader >= NO_TEAM, int(staff.school.max()) + 1
    count = np.maximum(1.0, np.bincount(staff.school, weights=there, minlength=size))[staff.school]
    total = np.zeros(staff.school.size)
    for values in (staff.prior_growth, staff.willing):
        off = values - np.bincount(staff.school, weights=there * values, minlength=size)[staff.school] / count
        sd = np.sqrt(np.bincount(staff.school, weights=there * off**2, minlength=size)[staff.school] / count)
        total += np.divide(off, sd, out=np.zeros(off.size), where=sd > 0.0)
    return np.round(total, 9)  # what cancels up to rounding is a tie, which goes by post


def lasting_team(staff: Staff, size: float) -> Mask:
    """Who is on the team and still in post (``named`` says MEMBER), and in the places that are free the best by growth
    and will, chosen as `team_of` does, shape (T,)."""
    return _best_of_bands(staff, size, growth_and_will(staff), staff.named == MEMBER)


def _best_of_bands(staff: Staff, size: float, score: Floats, first: Mask) -> Mask:
    """``size`` teachers of each school: those who come ``first``, then the best of each grade band, then the others."""
    band = staff.school * 16 + staff.grade
    absent = staff.leader < NO_TEAM
    second = rank_within(band, absent, ~first, -score) > 0
    return ~absent & (rank_within(staff.school, absent, ~first, second, -score) < size)


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
    """(invite, appoint), both (T,) 0/1, of ``team_outward``. From stage 4 on nobody is invited by name: everybody takes
    part.

    The team is appointed in a school's first quarter in the programme.
    """
    begun = (view.enrolled == 1) & (stage >= TEAM)
    here, new = begun & (stage < SCHOOL), begun & (stage <= SCHOOL) & (view.enrolled_week == view.week + 1)
    staff, rows = _of_schools(view.staff(), here | new)
    invite, appoint = _nobody(view)
    if rows.size:
        team = team_of(staff, options["team"])
        asked = _circle(staff, team, stage, options)
        invite[rows], appoint[rows] = here[staff.school] & asked, new[staff.school] & team
    return invite, appoint


def asked_by_team(view: View, stage: Floats, options: dict[str, float]) -> tuple[Floats, Floats, Mask]:
    """(invite, appoint, members), all (T,) 0/1, of ``improvement_team``: as `asked_by_name`, but the team lasts, it is
    chosen by growth and will, and only in stages 1 to 3 (pilot schools) is one made."""
    here = (view.enrolled == 1) & (stage >= TEAM) & (stage < SCHOOL)
    new = here & (view.enrolled_week == view.week + 1)
    staff, rows = _of_schools(view.staff(), here)
    invite, appoint = _nobody(view)
    members = np.zeros(invite.size, bool)
    if rows.size:
        team = lasting_team(staff, options["team"])
        members[rows], invite[rows] = team, _circle(staff, team, stage, options)
        appoint[rows] = new[staff.school] & team
    return invite, appoint, members


def named_so_far(view: View, begins: Mask, now: Mask, members: Mask) -> Floats:
    """``Plan.named``, (T,): who was named in this stage of the district (0 where the school has left), with ``now``;
    begins : (S,), the stage begins with this quarter."""
    staff = view.staff()
    goes_on = ((view.enrolled == 1) & ~begins)[staff.school]
    named = now | (goes_on & (staff.named > 0))
    stays = members | ((staff.named == MEMBER) & (view.enrolled == 1)[staff.school])
    return np.where(stays & named, float(MEMBER), np.where(named, float(ASKED), 0.0))


def _nobody(view: View) -> tuple[Floats, Floats]:
    posts = view.staff().school.size
    return np.zeros(posts), np.zeros(posts)


def _of_schools(staff: Staff, which: Mask) -> tuple[Staff, NDArray[np.int64]]:
    """The teachers of some schools (bool[S]), and their rows."""
    rows = np.flatnonzero(which[staff.school])
    return Staff(*(getattr(staff, column.name)[rows] for column in fields(Staff))), rows


def _circle(staff: Staff, team: Mask, stage: Floats, options: dict[str, float]) -> Mask:
    """Whom each school's stage invites by name, (T,): the team, its colleagues from 2 on, focal grades from 3 on."""
    asked = team | (willing_colleagues(staff, team, options["colleagues"]) & (stage[staff.school] >= COLLEAGUES))
    return asked | (focal_grades(staff, options["focal"]) & (stage[staff.school] >= FOCAL))
