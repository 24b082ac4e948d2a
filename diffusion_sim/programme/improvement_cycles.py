"""A quarter of improvement cycles: who reads whose reports, what schools learn of variants, what they do about it.

``pay`` and ``begin`` open a quarter of support, ``study`` closes it. Plain NumPy over schools; everything is keyed by
school or variant, and sums over partners are taken in a keyed order, so that the order of rows decides nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics import money
from diffusion_sim.dynamics.cycles import MENU, CycleParams
from diffusion_sim.programme.hubs import told_by_hubs
from diffusion_sim.programme.networks_judged import judge_networks
from diffusion_sim.programme.partner_groups import Circles, Rows, make_circles, rules_in_force
from diffusion_sim.programme.variant_evidence import (
    estimates,
    find_place,
    note_told,
    observe,
    read_partners,
)
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.state.codes import AWARE, BOOK, OWN_COUNT, OWN_SUM, READ_COUNT, READ_SUM
from diffusion_sim.state.tables import Floats
from diffusion_sim.state.use import is_user, teaches
from diffusion_sim.strategies.testing import Rule
from diffusion_sim.world.build import World
from diffusion_sim.world.packed_ties import show_all
from diffusion_sim.world.run_state import RunState


# ---- the quarter begins ----------------------------------------------------------------------------------------------
def pay(world: World, state: RunState, allowance: Floats, served: Any, p: CycleParams) -> None:
    """Pay this quarter's cycles in keyed turn, out of ``allowance`` (reduced), and set schools.testing.

    A cycle takes place in an enrolled school whose outreach is paid (``served``), if its measurement and its part of
    the hub can be paid from the pot.
    """
    schools = state.schools
    schools.testing[:] = 0
    measurement, hub = np.zeros(schools.size), np.zeros(schools.size)
    asked = np.asarray(served) == 1
    for rule, whose in rules_in_force(world, state):
        if rule.kind == "none":
            asked &= ~whose
        else:
            measurement[whose], hub[whose] = rules.cycle_price(rule.measures, rule.has_hub, p)
    left, pot, price = allowance.tolist(), world.pots.pot.tolist(), (measurement + hub).tolist()
    for s in world.turn[asked[world.turn]].tolist():
        if money.can_pay(price[s], left[pot[s]]):
            left[pot[s]] -= price[s]
            schools.testing[s] = 1
    allowance[:] = left
    state.ledger[money.MEASUREMENT] += (schools.testing * measurement).sum()
    state.ledger[money.HUB] += (schools.testing * hub).sum()


def begin(world: World, state: RunState, p: CycleParams) -> None:
    """After hours are paid: adaptations take their hours, schools new to cycles get a variant, partners are seen."""
    schools = state.schools
    if (schools.slot < 0).all() and not schools.testing.any():
        return  # nobody has ever tested
    adapt(state, p)
    schools.partner_use[:] = 0.0
    if not schools.testing.any():
        return
    in_force = rules_in_force(world, state)
    for rule, whose in in_force:
        start_variants(world, state, np.flatnonzero(whose & (schools.testing == 1) & (schools.slot < 0)), rule, p)
    claim(schools, p)
    for rule, whose in in_force:
        see_partners(state, make_circles(world, state, rule, p, whose))


def see_partners(state: RunState, circles: Circles) -> None:
    """How far a school's partners use the practice when the quarter begins."""
    schools = state.schools
    if circles.rows.size == 0:
        return
    use = schools.users[circles.rows] / np.maximum(1, schools.teaching[circles.rows])
    begins = np.flatnonzero(circles.place == 0)
    whole = np.repeat(np.add.reduceat(use, begins), circles.size[begins])
    schools.partner_use[circles.rows] = np.where(circles.size > 1, (whole - use) / np.maximum(circles.size - 1, 1), 0.0)


def adapt(state: RunState, p: CycleParams) -> None:
    """Schools that decided to adapt, or are told to, do it with this quarter's hours; those without a paid cycle, a
    variant or hours do not.

    What the school holds its variant to be worth, and its evidence, move as the fit is meant to.
    """
    schools, books = state.schools, state.evidence
    wanted = (schools.adapting == 1) | ((state.asked.adapt > 0.0) & (schools.slot >= 0))
    schools.adapting[:] = wanted & (schools.testing == 1) & (schools.hours > 0.0)
    schools.adapting_hours[:] = 0.0
    rows = np.flatnonzero(schools.adapting == 1)
    if rows.size == 0:
        return
    schools.adapting_hours[rows], schools.hours[rows] = schools.hours[rows], 0.0
    schools.fit[rows] = rules.adapted(schools.fit[rows], p)
    schools.estimate[rows] = rules.adapted(schools.estimate[rows], p)
    at = (rows, schools.slot[rows])
    held = books[at]
    for count, total in ((OWN_COUNT, OWN_SUM), (READ_COUNT, READ_SUM)):
        held[:, total] += p.adapt_step * (p.adapt_limit * held[:, count] - held[:, total])
    books[at] = held
    state.flow_rows["variant_adaptations"][rows] += 1.0


def start_variants(world: World, state: RunState, rows: Rows, rule: Rule, p: CycleParams) -> None:
    """The first variant of schools that test for the first time: a design of their own, or one of the menu's."""
    if rows.size == 0:
        return
    schools = state.schools
    origin, number = schools.key[rows].astype(np.uint64), np.zeros(rows.size, np.int32)
    if rule.kind == "menu":
        chance = rng.uniforms(world.seed, schools.key[rows], 0, rng.FIRST_VARIANT, 0)
        origin, number = np.full(rows.size, MENU, np.uint64), np.floor(chance * p.menu_size).astype(np.int32)
    else:
        schools.designs[rows] = 1
    state.variant_origin[rows, 0], state.variant_number[rows, 0] = origin, number
    schools.slot[rows] = 0
    schools.fit[rows] = rules.true_fit(world.seed, origin, number, world.context[rows], p)
    schools.fit_start[rows] = schools.fit[rows]
    schools.estimate[rows] = rules.expected_fit(origin, p) + p.positivity


# ---- the quarter ends ------------------------------------------------------------------------------------------------
def study(world: World, state: RunState, p: CycleParams, eta_peer: float) -> None:
    """The end of a quarter: schools observe, read reports, decide, and tell their teachers; networks are judged."""
    schools = state.schools
    schools.adapting[:] = 0
    if not schools.testing.any():
        return
    networks = []
    for rule, whose in rules_in_force(world, state):
        circles = make_circles(world, state, rule, p, whose)
        if circles.rows.size:
            study_by(world, state, circles, rule, p, eta_peer)
            networks.append((rule, circles))
    claim(schools, p)
    judge_networks(world, state, networks, p)


def study_by(world: World, state: RunState, circles: Circles, rule: Rule, p: CycleParams, eta_peer: float) -> None:
    """The end of a quarter in the schools that go by one rule."""
    rows, quarter = circles.rows, state.week // WEEKS_PER_QUARTER - 1
    share = p.study_act if np.isnan(rule.study_act) else rule.study_act
    chance = rng.uniforms(world.seed, state.schools.key[rows], 0, rng.STUDY_ACT, quarter)
    acts = chance < rules.study_probability(share, p)
    result = np.full(rows.size, np.nan)
    result[acts] = observe(world, state, rows[acts], quarter, rule, p)
    told = told_by_hubs(world, state, circles, rule, p)  # from what is known before anybody has read
    read_partners(world, state, circles, result, quarter, rule, p)
    note_told(world, state, told, rules.ruler(rule.measures, p), p)
    acting = rows[acts]
    if acting.size:
        moved = decide(world, state, acting, quarter, rule, p)
        tell(state, acting, moved, eta_peer, p)
    follow_habit(world, state, rows[~acts], quarter, rule, p)


def claim(schools: Any, p: CycleParams) -> None:
    """Schools claim success where they hold the fit of their variant to be above ``claim_above``."""
    schools.claims[:] = (schools.slot >= 0) & (schools.estimate > p.claim_above)


def decide(world: World, state: RunState, rows: Rows, quarter: int, rule: Rule, p: CycleParams) -> NDArray[np.bool_]:
    """Schools that have studied act: go over to a better tested variant, drop a failing one, try something untested,
    adapt, or keep. Returns which of them changed their variant."""
    schools, flows = state.schools, state.flow_rows
    every = np.arange(rows.size)
    measured = rules.ruler(rule.measures, p)
    worth, tested = estimates(world, state, rows, measured, p)
    slot = schools.slot[rows]
    current = worth[every, slot]
    others = np.where(tested, worth, -np.inf)
    others[every, slot] = -np.inf
    best = others.argmax(axis=1)
    better = others[every, best] - current > p.switch_margin
    failing = ~better & (current < p.drop_below)
    curious = rng.uniforms(world.seed, schools.key[rows], 0, rng.EXPLORE, quarter) < p.explore
    origin, number, possible = another(world, state, rows, tested, rng.EXPLORE, quarter, rule, p)
    explores = ~better & (failing | curious) & possible
    schools.estimate[rows] = current
    schools.adapting[rows] = ~better & ~explores & (current < p.adapt_below)

    borrowed = state.evidence[rows, best, OWN_COUNT] == 0.0
    flows["variant_borrowed"][rows[better & borrowed]] += 1.0
    flows["variant_abandonments"][rows[explores & failing]] += 1.0
    schools.borrowed[rows[better]] = borrowed[better]
    schools.borrowed[rows[explores]] = 0
    if explores.any() and rule.kind == "local":
        schools.designs[rows[explores]] += 1
    place = best.copy()
    place[explores] = find_place(world, state, rows[explores], origin[explores], number[explores], measured, p)
    moved = better | explores
    take_up(world, state, rows[moved], place[moved], measured, p)
    return moved


def another(
    world: World, state: RunState, rows: Rows, left_out: NDArray[np.bool_], purpose: int, quarter: int, rule: Rule,
    p: CycleParams,
) -> tuple[Any, Any, NDArray[np.bool_]]:  # fmt: skip
    """Another variant than the one in use: origin, number, and whether there is one.

    Local: the next design of its own. Menu: one of those not ``left_out`` (places in the books, (n, BOOK)), by a keyed
    uniform.
    """
    schools = state.schools
    if rule.kind == "local":
        return schools.key[rows].astype(np.uint64), schools.designs[rows].astype(np.int32), np.ones(rows.size, bool)
    known = (state.variant_origin[rows] == MENU) & left_out
    known[np.arange(rows.size), schools.slot[rows]] |= state.variant_origin[rows, schools.slot[rows]] == MENU
    size = int(p.menu_size)
    free = np.ones((rows.size, size), bool)
    school, place = np.nonzero(known)
    listed = state.variant_number[rows[school], place]
    free[school[listed < size], listed[listed < size]] = False
    choices = free.sum(axis=1)
    draw = rng.uniforms(world.seed, schools.key[rows], 1, purpose, quarter)
    nth = np.floor(draw * choices).astype(np.int64)
    number = (free.cumsum(axis=1) == nth[:, None] + 1).argmax(axis=1)
    return np.full(rows.size, MENU, np.uint64), number.astype(np.int32), choices > 0


def follow_habit(world: World, state: RunState, rows: Rows, quarter: int, rule: Rule, p: CycleParams) -> None:
    """Some of the schools ``rows``, which did not study, go over to another variant all the same, as they have always
    done; nobody is told of results."""
    goes = rows[rng.uniforms(world.seed, state.schools.key[rows], 0, rng.HABIT, quarter) < p.habit]
    if goes.size == 0:
        return
    nothing = np.zeros((goes.size, BOOK), bool)
    origin, number, possible = another(world, state, goes, nothing, rng.HABIT, quarter, rule, p)
    goes, origin, number = goes[possible], origin[possible], number[possible]
    state.schools.borrowed[goes] = 0
    if rule.kind == "local":
        state.schools.designs[goes] += 1
    measured = rules.ruler(rule.measures, p)
    take_up(world, state, goes, find_place(world, state, goes, origin, number, measured, p), measured, p)
    begin_anew(state, goes, p)
    show_all(state.week, state.teachers, state.faces[state.week % 2])


def take_up(world: World, state: RunState, rows: Rows, place: Any, measured: rules.Ruler, p: CycleParams) -> None:
    """Schools go over to the variant at ``place`` of their books, as it was designed, without what was adapted."""
    schools, at = state.schools, (rows, place)
    if rows.size == 0:
        return
    schools.slot[rows] = place
    origin, number = state.variant_origin[at], state.variant_number[at]
    schools.fit[rows] = rules.true_fit(world.seed, origin, number, world.context[rows], p)
    worth, _ = estimates(world, state, rows, measured, p)
    schools.estimate[rows] = worth[np.arange(rows.size), place]
    state.flow_rows["variant_switches"][rows] += 1.0


def tell(state: RunState, rows: Rows, moved: NDArray[np.bool_], eta_peer: float, p: CycleParams) -> None:
    """Results reach teachers: conviction of users and of those aware moves to the school's estimate by a quarter of
    eta_peer; where the variant has changed, users begin anew."""
    teachers, schools = state.teachers, state.schools
    told = np.zeros(schools.size, bool)
    told[rows] = True
    stage, school = teachers.stage, teachers.school
    using, teaching = is_user.py_func(stage), teaches.py_func(teachers.leader)
    hear = np.flatnonzero((using | (stage == AWARE)) & told[school] & teaching)
    held = teachers.conviction[hear]
    gap = schools.estimate[school[hear]] - held
    teachers.conviction[hear] = np.clip(held + eta_peer * gap / 4.0, -1.0, 1.0)
    begin_anew(state, rows[moved], p)
    show_all(state.week, teachers, state.faces[state.week % 2])


def begin_anew(state: RunState, rows: Rows, p: CycleParams) -> None:
    """Users in schools whose variant has changed have no uses of the new one, and skill x skill_kept."""
    teachers, changed = state.teachers, np.zeros(state.schools.size, bool)
    changed[rows] = True
    using = is_user.py_func(teachers.stage)
    again = np.flatnonzero(using & changed[teachers.school] & teaches.py_func(teachers.leader))
    teachers.uses[again] = 0.0
    teachers.skill[again] *= p.skill_kept


def rest(state: RunState) -> None:
    """No cycles go on: what is in use stays in use."""
    schools = state.schools
    schools.testing[:], schools.adapting[:] = 0, 0
    schools.adapting_hours[:], schools.partner_use[:] = 0.0, 0.0
