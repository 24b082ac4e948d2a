"""Teachers leave, move within the district, and are replaced, each summer."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit
from diffusion_sim.compiled.threads import each_share
from diffusion_sim.persons import draw_hire, find_here, start_wait
from diffusion_sim.state.codes import NOT_CONCERNED, TRADED
from diffusion_sim.state.tables import rows
from diffusion_sim.state.use import is_user

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
    target[j].wait = source[i].wait
    target[j].own_wait = source[i].own_wait
    target[j].attitude = source[i].attitude
    target[j].popularity = source[i].popularity
    target[j].mine = source[i].mine
    target[j].prepared = source[i].prepared


@njit
def mark_exits(begin, end, teachers, schools, vacant):
    """Add a year's hazard to every leave wait in the schools begin to end - 1; ``vacant`` (uint8[T]) becomes 1 where
    the incumbent leaves the post."""
    for s in range(begin, end):
        hazard = schools[s].exit_hazard
        for i in range(schools[s].first, schools[s].last):
            if teachers[i].leader == TRADED:
                vacant[i] = 0
                continue
            teachers[i].leave_sum += hazard
            teachers[i].years += 1.0
            vacant[i] = 1 if teachers[i].leave_sum >= teachers[i].leave_draw else 0


@njit
def list_movers(begin, end, seed, share, teachers, schools, districts, vacant, movers, home, order):
    """Rows, districts and keyed order of those who leave their post in one of the districts begin to end - 1 and look
    within the district; returns how many.

    movers, home : int64; order : float64; with room for all teachers of these districts; filled from the front.
    """
    count = 0
    for d in range(begin, end):
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
def place_movers(seed, slope, movers, home, teachers, schools, districts, vacant, taken, moves, goes_to, buffer, flows):
    """Give movers, in the order given, a vacant post of the district.

    movers, home : sorted by district. goes_to : int64[movers], gets the post, -1 for who finds none and leaves;
    buffer : teachers' records, one a mover, gets those who move. taken, moves : uint8[T], zero before; 1 = a mover
    comes into the post, a mover leaves it.
    """
    left_open = np.zeros(schools.size, np.int64)
    next_post = np.zeros(schools.size, np.int64)
    d = -1
    lowest = 0.0
    for m in range(movers.size):
        if home[m] != d:
            d = home[m]
            lowest = schools[districts[d].first].poverty
            for s in range(districts[d].first, districts[d].last):
                lowest = min(lowest, schools[s].poverty)
                next_post[s] = schools[s].first
                for i in range(schools[s].first, schools[s].last):
                    left_open[s] += vacant[i]
        i = movers[m]
        j = find_post(i, d, seed, lowest, slope, teachers, schools, districts, left_open, next_post, vacant)
        goes_to[m] = j
        if j >= 0:
            taken[j], moves[i] = 1, 1
            copy_person(teachers, i, buffer, m)
            if teachers[i].leader != NOT_CONCERNED:
                s = teachers[i].school
                flows[s].moved += 1.0
                flows[s].moved_users += is_user(teachers[i].stage)


def teachers_summer(year, seed, teachers, schools, districts, p, s_w, persons, vacant, flows, pool=None):
    """One summer of teachers, in place. ``vacant`` (uint8[T]) comes back as 1 where the post has another person.

    pool : threads that schools, and for movers districts, are shared out to; the result does not depend on it.
    """
    last = schools.last[districts.last - 1]  # where each district's teachers end: nobody moves further
    taken, moves = np.zeros(teachers.size, np.uint8), np.zeros(teachers.size, np.uint8)
    on_the_way = {}

    def move(begin, end):
        size = int(last[end - 1] - (last[begin - 1] if begin > 0 else 0)) if begin < end else 0
        movers, home, order = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
        share, slope = p.stay_in_district, p.mover_poverty
        count = list_movers(begin, end, seed, share, teachers, schools, districts, vacant, movers, home, order)
        turn = np.lexsort((order[:count], home[:count]))
        movers, home, goes_to = movers[:count][turn], home[:count][turn], np.empty(count, np.int64)
        buffer = rows(teachers.dtype, count)
        place_movers(
            seed, slope, movers, home, teachers, schools, districts, vacant, taken, moves, goes_to, buffer, flows
        )
        on_the_way[begin, end] = goes_to, buffer

    def fill(begin, end):
        fill_posts(begin, end, year, seed, teachers, schools, districts, taken, moves, s_w, persons, vacant, flows)

    def seat(begin, end):
        goes_to, buffer = on_the_way[begin, end]
        seat_movers(goes_to, year, seed, teachers, schools, buffer)

    each_share(pool, schools.last, lambda begin, end: mark_exits(begin, end, teachers, schools, vacant))
    each_share(pool, last, move)
    each_share(pool, schools.last, fill)
    each_share(pool, last, seat)


@njit
def hire(t, s, year, seed, schools, districts, s_w, persons, flows):
    """Hire somebody into the post t (a row) of school s, and count it; into a post that the practice is not for comes
    somebody who has not heard of it and is not counted."""
    mandated, elsewhere = schools[s].mandate_weeks > 0, districts[schools[s].district].use_elsewhere
    key, norm, embedded = schools[s].key, schools[s].norm, schools[s].embedded
    if t.leader == NOT_CONCERNED:
        draw_hire(t, year, seed, key, norm, 0.0, False, 0.0, s_w, persons)
        return
    knows = draw_hire(t, year, seed, key, norm, embedded, mandated, elsewhere, s_w, persons)
    schools[s].comers += knows
    flows[s].hired += 1.0


@njit
def fill_posts(begin, end, year, seed, teachers, schools, districts, taken, moves, s_w, persons, vacant, flows):
    """Hire into every vacancy of the schools begin to end - 1 that no mover takes."""
    for s in range(begin, end):
        for i in range(schools[s].first, schools[s].last):
            if vacant[i] == 0:
                continue
            if moves[i] == 0 and teachers[i].leader != NOT_CONCERNED:
                flows[s].left += 1.0
                flows[s].left_users += is_user(teachers[i].stage)
            if taken[i] == 0:
                hire(teachers[i], s, year, seed, schools, districts, s_w, persons, flows)


@njit
def seat_movers(goes_to, year, seed, teachers, schools, buffer):
    """Seat the movers kept in ``buffer``, each in its post of ``goes_to`` (-1 = none)."""
    for m in range(goes_to.size):
        if goes_to[m] >= 0:
            seat_mover(m, goes_to[m], year, seed, teachers, schools, buffer)


@njit
def seat_mover(m, j, year, seed, teachers, schools, buffer):
    """Seat the mover kept in row m of ``buffer`` in post j: a new leave wait; may hear of the practice at once, where
    it is for this post."""
    copy_person(buffer, m, teachers, j)
    teachers[j].moves += 1
    teachers[j].entered = year
    teachers[j].leave_sum = 0.0
    origin = teachers[j].origin
    teachers[j].leave_draw = rng.exponential(seed, origin, teachers[j].tag, rng.LEAVE, np.int64(teachers[j].moves))
    s, here = teachers[j].school, teachers[j].leader != NOT_CONCERNED
    embedded = schools[s].embedded if here else 0.0
    if find_here(seed, teachers[j], embedded, here and schools[s].mandate_weeks > 0):
        start_wait(seed, teachers[j])
