"""Teachers leave, move within the district, and are replaced, each summer."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit
from diffusion_sim.persons import draw_hire, start_wait
from diffusion_sim.state import AWARE, ROUTINE, TRADED, TRIAL, UNAWARE

ATTEMPTS = 20


class TurnoverParams(NamedTuple):
    """Scenario section ``turnover``."""

    exit: float
    exit_ratio: float
    stay_in_district: float
    mover_poverty: float


@njit
def copy_person(source, i, target, j):
    """Copy all that moves with a person from row i of ``source`` to row j of ``target``."""
    target[j].origin = source[i].origin
    target[j].tag = source[i].tag
    target[j].years = source[i].years
    target[j].effectiveness = source[i].effectiveness
    target[j].innovativeness = source[i].innovativeness
    target[j].drive = source[i].drive
    target[j].skill = source[i].skill
    target[j].skill_brought = source[i].skill_brought
    target[j].conviction = source[i].conviction
    target[j].stage = source[i].stage
    target[j].owned = source[i].owned
    target[j].visible = source[i].visible
    target[j].ever = source[i].ever
    target[j].marked = source[i].marked
    target[j].spells = source[i].spells
    target[j].moves = source[i].moves
    target[j].uses = source[i].uses
    target[j].gain = source[i].gain
    target[j].payoff_noise = source[i].payoff_noise
    target[j].wait_sum = source[i].wait_sum
    target[j].wait_draw = source[i].wait_draw
    target[j].own_sum = source[i].own_sum
    target[j].own_draw = source[i].own_draw
    target[j].attitude = source[i].attitude
    target[j].popularity = source[i].popularity


@njit
def mark_exits(teachers, schools, vacant):
    """Add a year's hazard to every leave wait; ``vacant`` (uint8[T]) becomes 1 where the incumbent leaves the post."""
    for s in range(schools.size):
        hazard = schools[s].exit_hazard
        for i in range(schools[s].first, schools[s].last):
            if teachers[i].leader == TRADED:
                vacant[i] = 0
                continue
            teachers[i].leave_sum += hazard
            teachers[i].years += 1.0
            vacant[i] = 1 if teachers[i].leave_sum >= teachers[i].leave_draw else 0


@njit
def list_movers(seed, share, teachers, schools, districts, vacant, movers, home, order):
    """Rows, districts and keyed order of those who leave their post and look within the district; returns how many.

    movers, home : int64[T]; order : float64[T]; filled from the front.
    """
    count = 0
    for d in range(districts.size):
        if districts[d].last - districts[d].first < 2:
            continue
        for i in range(schools[districts[d].first].first, schools[districts[d].last - 1].last):
            if vacant[i] == 0:
                continue
            occasion = np.int64(teachers[i].moves)
            if rng.uniform(seed, teachers[i].origin, teachers[i].tag, rng.MOVE_KIND, occasion) < share:
                movers[count] = i
                home[count] = d
                order[count] = rng.uniform(seed, teachers[i].origin, teachers[i].tag, rng.MOVE_ORDER, occasion)
                count += 1
    return count


@njit
def find_post(i, d, seed, lowest, slope, teachers, schools, districts, left_open, next_post, vacant):
    """The vacant post that mover i takes in district d, or -1: keyed proposals, drifting to less poor schools."""
    first = districts[d].first
    count = districts[d].last - first
    for attempt in range(ATTEMPTS):
        occasion = 32 * np.int64(teachers[i].moves) + attempt
        u, accept = rng.uniform2(seed, teachers[i].origin, teachers[i].tag, rng.MOVE_SCHOOL, occasion)
        s = first + min(count - 1, int(u * count))
        if s == teachers[i].school or left_open[s] == 0:
            continue
        if accept < math.exp(-slope * (schools[s].poverty - lowest)):
            j = next_post[s]
            while vacant[j] != 1:
                j += 1
            next_post[s] = j + 1
            left_open[s] -= 1
            return j
    return -1


@njit
def place_movers(seed, slope, movers, home, teachers, schools, districts, vacant, goes_to):
    """Give each mover, in the order given, a vacant post of the district; ``goes_to`` (int64[T]) is -1 for others."""
    left_open = np.zeros(schools.size, np.int64)
    next_post = np.zeros(schools.size, np.int64)
    for s in range(schools.size):
        next_post[s] = schools[s].first
        for i in range(schools[s].first, schools[s].last):
            left_open[s] += vacant[i]
            goes_to[i] = -1
    d = -1
    lowest = 0.0
    for m in range(movers.size):
        if home[m] != d:
            d = home[m]
            lowest = schools[districts[d].first].poverty
            for s in range(districts[d].first + 1, districts[d].last):
                lowest = min(lowest, schools[s].poverty)
        goes_to[movers[m]] = find_post(
            movers[m], d, seed, lowest, slope, teachers, schools, districts, left_open, next_post, vacant
        )


def teachers_summer(year, seed, teachers, schools, districts, p, s_w, persons, vacant, flows):
    """One summer of teachers, in place. ``vacant`` (uint8[T]) comes back as 1 where the post has another person."""
    size = teachers.size
    mark_exits(teachers, schools, vacant)
    movers, home, order = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
    count = list_movers(seed, p.stay_in_district, teachers, schools, districts, vacant, movers, home, order)
    turn = np.lexsort((order[:count], home[:count]))
    goes_to = np.empty(size, np.int64)
    place_movers(
        seed, p.mover_poverty, movers[:count][turn], home[:count][turn], teachers, schools, districts, vacant, goes_to
    )
    buffer = np.empty_like(teachers)
    fill_posts(year, seed, teachers, schools, goes_to, s_w, persons, buffer, vacant, flows)


@njit
def fill_posts(year, seed, teachers, schools, goes_to, s_w, persons, buffer, vacant, flows):
    """Hire into every vacancy that no mover takes, then seat the movers."""
    size = teachers.size
    taken = np.zeros(size, np.uint8)
    for i in range(size):
        if vacant[i] == 0:
            continue
        s = teachers[i].school
        user = teachers[i].stage == TRIAL or teachers[i].stage == ROUTINE
        if goes_to[i] >= 0:
            taken[goes_to[i]] = 1
            copy_person(teachers, i, buffer, i)
            flows[s].moved += 1.0
            flows[s].moved_users += user
        else:
            flows[s].left += 1.0
            flows[s].left_users += user
    for i in range(size):
        if vacant[i] == 1 and taken[i] == 0:
            s = teachers[i].school
            mandated = schools[s].mandate_weeks > 0
            draw_hire(teachers[i], year, seed, schools[s].key, schools[s].norm, mandated, s_w, persons)
            flows[s].hired += 1.0
    for i in range(size):
        if vacant[i] == 1 and goes_to[i] >= 0:
            seat_mover(i, goes_to[i], year, seed, teachers, schools, buffer)


@njit
def seat_mover(i, j, year, seed, teachers, schools, buffer):
    """Seat the mover kept in row i of ``buffer`` in post j: a new leave wait; aware at once under a mandate."""
    copy_person(buffer, i, teachers, j)
    teachers[j].moves += 1
    teachers[j].entered = year
    teachers[j].leave_sum = 0.0
    origin = teachers[j].origin
    teachers[j].leave_draw = rng.exponential(seed, origin, teachers[j].tag, rng.LEAVE, np.int64(teachers[j].moves))
    if teachers[j].stage == UNAWARE and schools[teachers[j].school].mandate_weeks > 0:
        teachers[j].stage = AWARE
        start_wait(seed, teachers[j])
