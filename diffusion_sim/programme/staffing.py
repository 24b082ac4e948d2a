"""Staffing structures through a run: who begins one, who leads, whose post is traded, and what is paid a quarter.

Rules and numbers: dynamics/staffing.py. A school that never has a structure is not touched here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit
from diffusion_sim.dynamics import money
from diffusion_sim.dynamics.staffing import coaches_of, teams_of, trades_of
from diffusion_sim.dynamics.turnover import hire
from diffusion_sim.network.traits import join_network
from diffusion_sim.persons import begin_spell, person_noise
from diffusion_sim.ranks import rank_within
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import (
    COACH,
    DISCONTINUED,
    MULTI_CLASSROOM,
    NO_TEAM,
    NOT_CONCERNED,
    TRADED,
    TRADITIONAL,
    UNAWARE,
    WITH_COACH,
)
from diffusion_sim.state.tables import Floats, Teachers
from diffusion_sim.state.use import is_user, left_class, teaches
from diffusion_sim.world.build import World
from diffusion_sim.world.concern import count_teaching, settle
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.packed_ties import packed_ties, show_all
from diffusion_sim.world.run_state import RunState
from diffusion_sim.world.start import count_all

Mask = NDArray[np.bool_]


def prior_growth(seed: int, teachers: Teachers, reliability: float) -> Floats:
    """Effectiveness as past results show it to a planner, with error, SD 1; shape (T,) of the teachers given."""
    noise = np.empty(teachers.size)
    person_noise(np.uint64(seed), teachers, rng.PRIOR_GROWTH, 0, noise)
    return np.sqrt(reliability) * teachers.effectiveness + np.sqrt(1.0 - reliability) * noise


# ---- a year begins ---------------------------------------------------------------------------------------------------
def begin_year(
    world: World, state: RunState, week: int, room: Floats | None, numbers: Numbers, barred: Mask | None = None
) -> None:
    """Structures of the year that begins after ``week``: some end, some begin, all teams are formed anew.

    room : float64[pots], what is left of the quarter's allowance after the fixed costs of all who are enrolled, in
    years of support; reduced by what begins. None after support: then nothing begins.
    barred : bool[S], schools whose support is suspended: nothing begins there. None = none.
    """
    schools, asked = state.schools, state.asked.staffing
    running = schools.staffing != TRADITIONAL
    if not running.any() and (room is None or not (asked > 0).any()):
        return
    ending = running & (schools.staffed == 0)
    if room is not None:
        ending |= running & ((schools.enrolled == 0) | (asked != schools.staffing))
    else:
        ending |= running & (schools.kept == 0)
    if ending.any():
        _end(world, state, week, ending, numbers)
    starting = np.zeros(schools.size, bool) if room is None else _begin(world, state, week, room, numbers, barred)
    if not (ending.any() or starting.any() or running.any()):
        return
    leads = _form_teams(world, state, week, starting, numbers)
    _name_coaches(world, state, week, numbers)
    teachers = state.teachers
    settle(teachers, schools, numbers.concerned_bands)  # who was a coach
    count_teaching(teachers, schools)
    absent = left_class.py_func(teachers.leader)
    teachers.popularity[absent] = 0.0
    put_to_use(world, state, leads, numbers)
    state.ties = packed_ties(state.network, teachers)
    show_all(week, teachers, state.faces[week % 2])
    state.faces[:, : absent.size][:, absent] = 0.0
    count_all(teachers, schools, numbers.weekly.learning.compliant_intensity)


def _end(world: World, state: RunState, week: int, ending: Mask, numbers: Numbers) -> None:
    """Go back to traditional staffing: traded posts are hired into, leaders and coaches teach like all others."""
    schools, teachers = state.schools, state.teachers
    inside = ending[teachers.school]
    back = np.flatnonzero(inside & left_class.py_func(teachers.leader))
    empty = teachers.leader[back] == TRADED
    teachers.leader[inside] = NO_TEAM
    settle(teachers, schools, numbers.concerned_bands)
    _back_to_class(world, state, back, week, numbers, empty)
    for column, value in (("staffing", TRADITIONAL), ("staffed", 0), ("staffing_year", 0)):
        schools[column][ending] = value


def _back_to_class(
    world: World, state: RunState, rows: NDArray[np.int64], week: int, numbers: Numbers, empty: Mask | None = None
) -> None:
    """Somebody teaches again in ``rows``; empty : where nobody is in the post, None = nowhere."""
    year, seed, s_w = week // WEEKS_PER_YEAR, np.uint64(world.seed), numbers.weekly.learning.s_w
    empty = np.zeros(rows.size, bool) if empty is None else empty
    tables, popularity_sd = (state.teachers, state.schools, state.districts), numbers.network.popularity_sd
    bring_back(rows, empty, year, seed, *tables, s_w, numbers.persons, popularity_sd, state.flow_rows)


@njit
def bring_back(rows, empty, year, seed, teachers, schools, districts, s_w, persons, popularity_sd, flows):
    """Posts in which somebody teaches again: where nobody was (``empty``) somebody is hired, and all can be asked for
    advice again."""
    for place in range(rows.size):
        t = teachers[rows[place]]
        if empty[place]:
            hire(t, t.school, year, seed, schools, districts, s_w, persons, flows)
        join_network(t, seed, popularity_sd)


def _begin(world: World, state: RunState, week: int, room: Floats, numbers: Numbers, barred: Mask | None) -> Mask:
    """Start the structures that are asked for and can be paid, in keyed turn.

    The transition is paid once, out of the year's pot; so a quarter of it, and what a quarter costs beyond what traded
    posts free, must be there in every quarter besides the fixed costs of all who are enrolled.
    """
    schools, asked, p = state.schools, state.asked.staffing, numbers.money
    helpers = np.where(asked == MULTI_CLASSROOM, teams_of(schools.concerned, numbers.weekly.staffing),
                       coaches_of(schools.concerned, numbers.weekly.staffing))  # fmt: skip
    traded = np.where(asked == MULTI_CLASSROOM, trades_of(schools.concerned, helpers, p), 0)
    cost, saving = quarter_cost(asked, helpers, traded, p)
    wanted = (schools.enrolled == 1) & (asked > 0) & (schools.staffing == TRADITIONAL) & (helpers > 0)
    if barred is not None:
        wanted &= ~barred
    starting = np.zeros(schools.size, bool)
    for s in world.turn[wanted[world.turn]]:
        pot, transition = world.pots.pot[s], helpers[s] * p.price_transition
        need = transition / 4.0 + max(0.0, cost[s] - saving[s])
        if money.can_pay(need, room[pot]):
            room[pot] -= need
            state.year_pot[pot] -= transition
            state.ledger[money.TRANSITION] += transition
            starting[s] = True
    schools.staffing[starting] = asked[starting]
    schools.staffing_year[starting] = week // WEEKS_PER_YEAR
    schools.staffed[starting] = 1
    return starting


def _hired_now(state: RunState, rows: Any, week: int) -> Mask:
    """Whether the summer before the present year hired the person of each row: whose post was vacated."""
    t, year = state.teachers, week // WEEKS_PER_YEAR
    came = (year > 0) & (t.entered[rows] == year) & (t.moves[rows] == 0)
    return came & (t.origin[rows] == state.schools.key[t.school[rows]])


def _form_teams(world: World, state: RunState, week: int, starting: Mask, numbers: Numbers) -> NDArray[np.int64]:
    """Form the teams of all multi-classroom schools; where the structure begins, trade posts. Returns leaders' rows."""
    schools, teachers = state.schools, state.teachers
    structure = schools.staffing[teachers.school] == MULTI_CLASSROOM
    rows = np.flatnonzero(structure & teaches.py_func(teachers.leader))
    school, grade = teachers.school[rows], teachers.grade[rows]  # in order of posts, which decides between equals
    hired = _hired_now(state, rows, week)
    teams = teams_of(schools.concerned, numbers.weekly.staffing)
    growth = prior_growth(world.seed, teachers, numbers.planner.growth_reliability)[rows]
    leads = rank_within(school, teachers.leader[rows] != rows, hired, -growth) < teams[school]
    traded = np.zeros(rows.size, bool)
    trades = np.where(starting, trades_of(schools.concerned, teams, numbers.money), 0)
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
    for column in ("stage", "visible", "invited", "marked", "ever"):
        teachers[column][rows] = 0
    state.named[rows] = state.invited[rows] = 0


def _name_coaches(world: World, state: RunState, week: int, numbers: Numbers) -> None:
    """Name the coaches of all schools with that structure: those in post stay, others come by prior growth."""
    schools, teachers = state.schools, state.teachers
    concerned = teachers.leader != NOT_CONCERNED
    rows = np.flatnonzero((schools.staffing[teachers.school] == WITH_COACH) & concerned)
    school, other = teachers.school[rows], teachers.leader[rows] != COACH
    growth = prior_growth(world.seed, teachers, numbers.planner.growth_reliability)[rows]
    place = rank_within(school, other, _hired_now(state, rows, week), -growth)
    coaches = place < coaches_of(schools.concerned, numbers.weekly.staffing)[school]
    teachers.leader[rows] = np.where(coaches, COACH, NO_TEAM)
    _back_to_class(world, state, rows[~coaches & ~other], week, numbers)


# ---- appointed to use ------------------------------------------------------------------------------------------------
def put_to_use(world: World, state: RunState, rows: NDArray[np.int64], numbers: Numbers) -> None:
    """Let those of ``rows`` who teach and do not use begin an owned spell at once."""
    t = state.teachers[rows]
    rows = rows[~is_user.py_func(t.stage) & teaches.py_func(t.leader)]
    if rows.size:
        quarter, visibility = state.week // WEEKS_PER_QUARTER, numbers.weekly.trial.visibility
        begin_spells(rows, np.uint64(world.seed), quarter, visibility, state.teachers, state.flow_rows)
        show_all(state.week, state.teachers, state.faces[state.week % 2])


@njit
def begin_spells(rows, seed, quarter, visibility, teachers, flows):
    """Begin an owned spell in every row."""
    for i in rows:
        t = teachers[i]
        flow = flows[t.school]
        flow.aware += 1.0 if t.stage == UNAWARE else 0.0
        flow.retrial += 1.0 if t.stage == DISCONTINUED else 0.0
        flow.trial_appointed += 1.0
        begin_spell(seed, quarter, 1.0, visibility, t)


# ---- a quarter's pay -------------------------------------------------------------------------------------------------
def quarter_cost(staffing: Any, helpers: Any, traded: Any, p: money.MoneyParams) -> tuple[Floats, Floats]:
    """What a quarter of each school's structure costs, and what its traded posts free; US dollars, shape (S,).

    staffing : structure; helpers : leaders or coaches; traded : posts.
    """
    pay = p.mean_pay / 4.0
    share = np.where(staffing == MULTI_CLASSROOM, p.supplement, 1.0)
    return helpers * share * pay, traded * p.traded_pay * pay


class Bill(NamedTuple):
    """A quarter's cost and saving of each school's structure, US dollars, shape (S,)."""

    cost: Floats
    saving: Floats


def quarter_bill(state: RunState, numbers: Numbers) -> Bill:
    """The bill of the structures in force, from who is in post."""
    schools, t = state.schools, state.teachers
    leads = t.leader == np.arange(t.size)
    helpers, traded = (
        np.bincount(t.school, weights=mask, minlength=schools.size)
        for mask in (leads | (t.leader == COACH), t.leader == TRADED)
    )
    return Bill(*quarter_cost(schools.staffing, helpers, traded, numbers.money))


def pay_structures(
    turn: Any, pots: Any, state: RunState, allowance: Floats, bill: Bill | None, from_saving: bool, own: bool
) -> None:
    """Pay the quarter of structures, in keyed turn, and let what traded posts free come into the pot.

    turn : rows of the schools that may be paid, in their order; pots : int[S], the pot of each school. from_saving :
    True = those whose saving covers their cost, which are always paid; False = all others, as far as the allowance
    reaches. own : paid by the district after support, booked as such. Sets schools.staffed.
    """
    if bill is None:
        return
    chosen = (state.schools.staffing != TRADITIONAL) & ((bill.cost <= bill.saving) == from_saving)
    pay_in_turn(turn[chosen[turn]], pots, state.schools, allowance, bill, own, state.ledger)


@njit
def pay_in_turn(turn, pots, schools, allowance, bill, own, ledger):
    """Pay the structures of the schools of ``turn``, one after the other; arguments as of `pay_structures`."""
    for s in turn:
        pot = pots[s]
        allowance[pot] += bill.saving[s]
        ledger[money.FREED] -= bill.saving[s]
        paid = bill.cost[s] <= bill.saving[s] or money.affordable(bill.cost[s], allowance[pot])
        schools[s].staffed = 1 if paid else 0
        if paid:
            helped = money.SUPPLEMENTS if schools[s].staffing == MULTI_CLASSROOM else money.COACHING
            allowance[pot] -= bill.cost[s]
            ledger[money.OWN if own else helped] += bill.cost[s]
