"""Standing support: how much of the hours that a school works with comes from within its own district."""

from __future__ import annotations

import numpy as np

from diffusion_sim.dynamics.staffing import StaffingParams
from diffusion_sim.state.codes import COACH, INVITED
from diffusion_sim.state.tables import Floats
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState


def hours_of_structures(state: RunState, p: StaffingParams) -> Floats:
    """Person-hours a year that team leaders and schools' own coaches give, where this quarter of them is paid; (S,)."""
    schools, t = state.schools, state.teachers
    if not schools.staffed.any():
        return np.zeros(schools.size)
    led = (t.leader >= 0) & (t.leader != np.arange(t.size))
    each = p.leader_hours * led + p.coach_hours * (t.leader == COACH)
    return np.bincount(t.school, weights=each, minlength=schools.size) * schools.staffed


def share_of_standing(own: Floats, planned: Floats) -> Floats:
    """own / planned, at most 1; 1 where nothing else is planned, 0 where there is none of the own. Both (S,), >= 0."""
    most = np.maximum(own, planned)
    return np.divide(own, most, out=np.zeros(own.size), where=most > 0.0)


def note_standing_support(state: RunState, numbers: Numbers) -> None:
    """Set ``schools.standing`` for the quarter that has just been paid."""
    after_support = state.week >= numbers.support_weeks  # whatever is paid then comes from within
    schools, asked = state.schools, state.asked.hours
    own = hours_of_structures(state, numbers.weekly.staffing)
    enrolled, kept = schools.enrolled == 1, schools.kept == 1
    of_kept = np.where(kept, asked * schools.mix[:, 0], 0.0)  # after support only practice goes on
    t = state.teachers
    invited = np.bincount(t.school, weights=t.invited & INVITED, minlength=schools.size)
    people = np.where(schools.by_name == 1, invited, schools.teaching)
    planned = np.where(enrolled, asked, of_kept) * people
    if after_support:
        own = own + np.where(enrolled | kept, schools.hours * schools.participants, 0.0)
    schools.standing[:] = np.where(enrolled | kept, share_of_standing(own, planned), 0.0)
