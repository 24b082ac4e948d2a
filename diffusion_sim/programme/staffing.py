"""Staffing structures through a run: which schools begin one, which end it, and what is paid a quarter.

Who leads and who is led: teams.py. Rules and numbers: dynamics/staffing.py. A school that never has a structure is not
touched here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.compiled.jit import njit
from diffusion_sim.dynamics import money
from diffusion_sim.dynamics.staffing import coaches_of, has_teams, posts_for_teams, teams_of, trades_of
from diffusion_sim.dynamics.turnover import hire
from diffusion_sim.network.traits import join_network
from diffusion_sim.persons import begin_spell
from diffusion_sim.programme.teams import form_teams, name_coaches, tell_members
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import COACH, DISCONTINUED, NO_TEAM, TRADED, TRADITIONAL, UNAWARE
from diffusion_sim.state.tables import Floats
from diffusion_sim.state.use import is_user, left_class, teaches
from diffusion_sim.world.build import World
from diffusion_sim.world.concern import count_teaching, settle
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.packed_ties import packed_ties, show_all
from diffusion_sim.world.run_state import RunState
from diffusion_sim.world.start import count_all

Mask = NDArray[np.bool_]


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
    leads = form_teams(world, state, week, starting, numbers)
    _back_to_class(world, state, name_coaches(world, state, week, numbers), week, numbers)
    teachers = state.teachers
    settle(teachers, schools, numbers.concerned_bands)  # who was a coach
    count_teaching(teachers, schools)
    absent = left_class.py_func(teachers.leader)
    teachers.popularity[absent] = 0.0
    put_to_use(world, state, leads, numbers)
    tell_members(world, state)
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
    schools.staffing[ending] = TRADITIONAL
    for column in ("staffed", "staffing_year", "staffing_share", "in_teams", "leaders", "leader_skill"):
        schools[column][ending] = 0


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
    """Start the structures that are asked for and can be paid, in the plan's order, as many as it wants in a pot.

    The transition is paid once, out of the year's pot; so a quarter of it, and what a quarter costs beyond what traded
    posts free, must be there in every quarter besides the fixed costs of all who are enrolled.
    """
    schools, asked, p = state.schools, state.asked.staffing, numbers.money
    teams, pots = has_teams.py_func(asked), world.pots.pot
    posts = posts_for_teams(schools.concerned, state.asked.staffing_share)
    helpers = np.where(teams, teams_of(posts, numbers.weekly.staffing),
                       coaches_of(schools.concerned, numbers.weekly.staffing))  # fmt: skip
    traded = np.where(teams, trades_of(posts, helpers, p), 0)
    cost, saving = quarter_cost(asked, helpers, traded, p)
    wanted = (schools.enrolled == 1) & (asked > 0) & (schools.staffing == TRADITIONAL) & (helpers > 0)
    if barred is not None:
        wanted &= ~barred
    starting = np.zeros(schools.size, bool)
    enrolled, there = ((mask & (pots >= 0)) for mask in (schools.enrolled == 1, schools.staffing != TRADITIONAL))
    inside, running = (np.bincount(pots[mask], minlength=room.size) for mask in (enrolled, there))
    for s in _in_order(world, state, wanted):
        pot, transition = pots[s], helpers[s] * p.price_transition
        if running[pot] >= np.ceil(state.asked.staffing_schools[s] * inside[pot] - 1e-9):
            continue
        need = transition / 4.0 + max(0.0, cost[s] - saving[s])
        if money.can_pay(need, room[pot]):
            room[pot] -= need
            state.year_pot[pot] -= transition
            state.ledger[money.TRANSITION] += transition
            starting[s] = True
            running[pot] += 1
    schools.staffing[starting] = asked[starting]
    schools.staffing_share[starting] = state.asked.staffing_share[starting]
    schools.staffing_year[starting] = week // WEEKS_PER_YEAR
    schools.staffed[starting] = 1
    return starting


def _in_order(world: World, state: RunState, wanted: Mask) -> NDArray[np.int64]:
    """Rows of the schools ``wanted`` by the plan's priority, smaller first, those without one last; ties by keyed
    turn."""
    turn = world.turn[wanted[world.turn]]
    priority = state.asked.staffing_priority[turn]
    return turn[np.argsort(np.where(np.isnan(priority), np.inf, priority), kind="stable")]


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
    share = np.where(has_teams.py_func(staffing), p.supplement, 1.0)
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
            helped = money.SUPPLEMENTS if has_teams(schools[s].staffing) else money.COACHING
            allowance[pot] -= bill.cost[s]
            ledger[money.OWN if own else helped] += bill.cost[s]
