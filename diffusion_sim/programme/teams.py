"""Teams with leaders, and coaches, when a year begins: who leads whom, who coaches, whose post is traded.

Rules and numbers: dynamics/staffing.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit
from diffusion_sim.dynamics.staffing import coaches_of, has_teams, posts_for_teams, teams_of, trades_of
from diffusion_sim.persons import person_noise, start_wait
from diffusion_sim.ranks import rank_within
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import AWARE, COACH, MULTI_CLASSROOM, NO_TEAM, NOT_CONCERNED, TRADED, UNAWARE, WITH_COACH
from diffusion_sim.state.tables import Floats, Teachers
from diffusion_sim.state.use import is_user
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState

Mask = NDArray[np.bool_]


def prior_growth(seed: int, teachers: Teachers, reliability: float) -> Floats:
    """Effectiveness as past results show it to a planner, with error, SD 1; shape (T,) of the teachers given."""
    noise = np.empty(teachers.size)
    person_noise(np.uint64(seed), teachers, rng.PRIOR_GROWTH, 0, noise)
    return np.sqrt(reliability) * teachers.effectiveness + np.sqrt(1.0 - reliability) * noise


def _hired_now(state: RunState, rows: Any, week: int) -> Mask:
    """Whether the summer before the present year hired the person of each row: whose post was vacated."""
    t, year = state.teachers, week // WEEKS_PER_YEAR
    came = (year > 0) & (t.entered[rows] == year) & (t.moves[rows] == 0)
    return came & (t.origin[rows] == state.schools.key[t.school[rows]])


def _posts_for_teams(state: RunState) -> NDArray[np.int64]:
    """Rows of the posts that the teams of multi-classroom schools are for, traded ones too; all others whom the
    practice is for teach without a team. Traded posts and those of leaders in post come
    first, then the lowest grade bands."""
    schools, teachers = state.schools, state.teachers
    concerned = teachers.leader != NOT_CONCERNED
    rows = np.flatnonzero(has_teams.py_func(schools.staffing)[teachers.school] & concerned)
    school, leader = teachers.school[rows], teachers.leader[rows]
    if (schools.staffing_share[school] < 1.0).any():
        settled = (leader == TRADED) | (leader == rows)
        place = rank_within(school, ~settled, teachers.grade[rows])
        inside = place < posts_for_teams(schools.concerned, schools.staffing_share)[school]
        teachers.leader[rows[~inside]] = NO_TEAM
        rows = rows[inside]
    return rows


def form_teams(world: World, state: RunState, week: int, starting: Mask, numbers: Numbers) -> NDArray[np.int64]:
    """Form the teams of all multi-classroom schools; where the structure begins, trade posts. Returns leaders' rows."""
    schools, teachers = state.schools, state.teachers
    rows = _posts_for_teams(state)
    rows = rows[teachers.leader[rows] != TRADED]
    school, grade = teachers.school[rows], teachers.grade[rows]  # in order of posts, which decides between equals
    hired = _hired_now(state, rows, week)
    posts = posts_for_teams(schools.concerned, schools.staffing_share)
    teams = teams_of(posts, numbers.weekly.staffing)
    growth = prior_growth(world.seed, teachers, numbers.planner.growth_reliability)[rows]
    leads = rank_within(school, teachers.leader[rows] != rows, hired, -growth) < teams[school]
    traded = np.zeros(rows.size, bool)
    trades = np.where(starting, trades_of(posts, teams, numbers.money), 0)
    if trades.any():
        years = np.where(hired, 0.0, teachers.years[rows])
        traded = ~leads & (rank_within(school, leads, ~hired, years) < trades[school])
    _trade(state, rows[traded], hired[traded])
    leaders, members = np.flatnonzero(leads), np.flatnonzero(~leads & ~traded)
    led = np.bincount(school[leaders], minlength=schools.size)
    taught = np.bincount(school[members], minlength=schools.size)
    first = np.cumsum(led) - led
    row_of = np.empty(leaders.size, np.int64)  # of the leaders, by school and number of the team
    place = rank_within(school[leaders], grade[leaders])
    row_of[first[school[leaders]] + place] = rows[leaders]
    place = rank_within(school[members], grade[members])
    team = place * led[school[members]] // np.maximum(1, taught[school[members]])
    teachers.leader[rows[leaders]] = rows[leaders]
    somebody = led[school[members]] > 0  # where the practice is for too few by now nobody leads
    teachers.leader[rows[members]] = NO_TEAM
    teachers.leader[rows[members[somebody]]] = row_of[(first[school[members]] + team)[somebody]]
    return rows[leaders]


def _trade(state: RunState, rows: NDArray[np.int64], hired: Mask) -> None:
    """Give up posts: who was hired this summer never comes, anybody else leaves the world."""
    teachers, flows = state.teachers, state.flow_rows
    t = teachers[rows]
    users = is_user.py_func(t.stage)
    np.add.at(flows["hired"], t.school, -1.0 * hired)
    knew = hired & (t.years > 0.0)  # of those hired this summer only who knows the practice has years of experience
    np.subtract.at(state.schools.comers, t.school, 1.0 * knew)
    np.add.at(flows["left"], t.school, 1.0 * ~hired)
    np.add.at(flows["left_users"], t.school, 1.0 * (users & ~hired))
    teachers.leader[rows] = TRADED
    for column in ("stage", "visible", "invited", "marked", "ever", "prepared"):
        teachers[column][rows] = 0
    state.named[rows] = state.invited[rows] = 0


def tell_members(world: World, state: RunState) -> None:
    """Let members of teams that a leader expects to use the practice hear of it."""
    schools, t = state.schools, state.teachers
    led = (t.leader >= 0) & (t.leader != np.arange(t.size)) & (t.stage == UNAWARE)
    rows = np.flatnonzero(led & (schools.staffing == MULTI_CLASSROOM)[t.school])
    let_hear(rows, np.uint64(world.seed), t, state.flow_rows)


@njit
def let_hear(rows, seed, teachers, flows):
    """Make everybody of ``rows``, UNAWARE so far, AWARE."""
    for i in rows:
        t = teachers[i]
        t.stage = AWARE
        start_wait(seed, t)
        flows[t.school].aware += 1.0


def name_coaches(world: World, state: RunState, week: int, numbers: Numbers) -> NDArray[np.int64]:
    """Name the coaches of all schools with that structure: those in post stay, others come by prior growth. Returns the
    rows of who is a coach no more."""
    schools, teachers = state.schools, state.teachers
    concerned = teachers.leader != NOT_CONCERNED
    rows = np.flatnonzero((schools.staffing[teachers.school] == WITH_COACH) & concerned)
    school, other = teachers.school[rows], teachers.leader[rows] != COACH
    growth = prior_growth(world.seed, teachers, numbers.planner.growth_reliability)[rows]
    place = rank_within(school, other, _hired_now(state, rows, week), -growth)
    coaches = place < coaches_of(schools.concerned, numbers.weekly.staffing)[school]
    teachers.leader[rows] = np.where(coaches, COACH, NO_TEAM)
    return rows[~coaches & ~other]
