"""Teachers leave, move within the district, and are replaced, each summer."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit
from diffusion_sim.persons import draw_hire, start_wait
from diffusion_sim.state import AWARE, FLOW, ROUTINE, TRIAL, UNAWARE

LEFT_USERS = FLOW["left_users"]
MOVED_USERS = FLOW["moved_users"]
HIRED = FLOW["hired"]
LEFT = FLOW["left"]
MOVED = FLOW["moved"]
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
    target.origin[j] = source.origin[i]
    target.tag[j] = source.tag[i]
    target.years[j] = source.years[i]
    target.effectiveness[j] = source.effectiveness[i]
    target.innovativeness[j] = source.innovativeness[i]
    target.drive[j] = source.drive[i]
    target.skill[j] = source.skill[i]
    target.skill_brought[j] = source.skill_brought[i]
    target.conviction[j] = source.conviction[i]
    target.stage[j] = source.stage[i]
    target.owned[j] = source.owned[i]
    target.visible[j] = source.visible[i]
    target.ever[j] = source.ever[i]
    target.marked[j] = source.marked[i]
    target.spells[j] = source.spells[i]
    target.moves[j] = source.moves[i]
    target.uses[j] = source.uses[i]
    target.payoff_noise[j] = source.payoff_noise[i]
    target.wait_sum[j] = source.wait_sum[i]
    target.wait_draw[j] = source.wait_draw[i]
    target.own_sum[j] = source.own_sum[i]
    target.own_draw[j] = source.own_draw[i]
    target.attitude[j] = source.attitude[i]
    target.popularity[j] = source.popularity[i]


@njit
def mark_exits(teachers, schools, vacant):
    """Add a year's hazard to every leave wait; ``vacant`` (uint8[T]) becomes 1 where the incumbent leaves the post."""
    for s in range(schools.key.size):
        hazard = schools.exit_hazard[s]
        for i in range(schools.first[s], schools.last[s]):
            teachers.leave_sum[i] += hazard
            teachers.years[i] += 1.0
            vacant[i] = 1 if teachers.leave_sum[i] >= teachers.leave_draw[i] else 0


@njit
def list_movers(seed, share, teachers, schools, districts, vacant, movers, home, order):
    """Rows, districts and keyed order of those who leave their post and look within the district; returns how many.

    movers, home : int64[T]; order : float64[T]; filled from the front.
    """
    count = 0
    for d in range(districts.key.size):
        if districts.last[d] - districts.first[d] < 2:
            continue
        for i in range(schools.first[districts.first[d]], schools.last[districts.last[d] - 1]):
            if vacant[i] == 0:
                continue
            occasion = teachers.moves[i]
            if rng.uniform(seed, teachers.origin[i], teachers.tag[i], rng.MOVE_KIND, occasion) < share:
                movers[count] = i
                home[count] = d
                order[count] = rng.uniform(seed, teachers.origin[i], teachers.tag[i], rng.MOVE_ORDER, occasion)
                count += 1
    return count


@njit
def find_post(i, d, seed, lowest, slope, teachers, schools, districts, left_open, next_post, vacant):
    """The vacant post that mover i takes in district d, or -1: keyed proposals, drifting to less poor schools."""
    first = districts.first[d]
    count = districts.last[d] - first
    for attempt in range(ATTEMPTS):
        occasion = 32 * teachers.moves[i] + attempt
        u, accept = rng.uniform2(seed, teachers.origin[i], teachers.tag[i], rng.MOVE_SCHOOL, occasion)
        s = first + min(count - 1, int(u * count))
        if s == teachers.school[i] or left_open[s] == 0:
            continue
        if accept < math.exp(-slope * (schools.poverty[s] - lowest)):
            j = next_post[s]
            while vacant[j] != 1:
                j += 1
            next_post[s] = j + 1
            left_open[s] -= 1
            return j
    return -1


@njit
def place_movers(seed, slope, movers, home, teachers, schools, districts, vacant, goes_to):
    """Give each mover, in the order given, a vacant post of the district; ``goes_to`` (int64[T]) is -1 for all others."""
    left_open = np.zeros(schools.key.size, np.int64)
    next_post = np.zeros(schools.key.size, np.int64)
    for s in range(schools.key.size):
        next_post[s] = schools.first[s]
        for i in range(schools.first[s], schools.last[s]):
            left_open[s] += vacant[i]
            goes_to[i] = -1
    d = -1
    lowest = 0.0
    for m in range(movers.size):
        if home[m] != d:
            d = home[m]
            lowest = schools.poverty[districts.first[d]]
            for s in range(districts.first[d] + 1, districts.last[d]):
                lowest = min(lowest, schools.poverty[s])
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
    size = teachers.school.size
    taken = np.zeros(size, np.uint8)
    for i in range(size):
        if vacant[i] == 0:
            continue
        s = teachers.school[i]
        user = teachers.stage[i] == TRIAL or teachers.stage[i] == ROUTINE
        if goes_to[i] >= 0:
            taken[goes_to[i]] = 1
            copy_person(teachers, i, buffer, i)
            flows[s, MOVED] += 1.0
            flows[s, MOVED_USERS] += user
        else:
            flows[s, LEFT] += 1.0
            flows[s, LEFT_USERS] += user
    for i in range(size):
        if vacant[i] == 1 and taken[i] == 0:
            s = teachers.school[i]
            mandated = schools.mandate_weeks[s] > 0
            draw_hire(i, year, seed, schools.key[s], schools.norm[s], mandated, s_w, persons, teachers)
            flows[s, HIRED] += 1.0
    for i in range(size):
        if vacant[i] == 1 and goes_to[i] >= 0:
            seat_mover(i, goes_to[i], year, seed, teachers, schools, buffer)


@njit
def seat_mover(i, j, year, seed, teachers, schools, buffer):
    """Seat the mover kept in row i of ``buffer`` in post j: a new leave wait; aware at once under a mandate."""
    copy_person(buffer, i, teachers, j)
    teachers.moves[j] += 1
    teachers.entered[j] = year
    teachers.leave_sum[j] = 0.0
    origin = teachers.origin[j]
    teachers.leave_draw[j] = rng.exponential(seed, origin, teachers.tag[j], rng.LEAVE, teachers.moves[j])
    if teachers.stage[j] == UNAWARE and schools.mandate_weeks[teachers.school[j]] > 0:
        teachers.stage[j] = AWARE
        start_wait(j, seed, teachers)
