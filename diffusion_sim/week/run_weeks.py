"""The order of a week: the page to read first.

A week goes district by district:

    teachers      what each sees and learns, whether each tries, deepens or drops the practice    (teachers.py)
    district      the superintendent, and one instrument                                           (schools.py)
    schools       leaders, conditions, trust, norm, mandate                                        (schools.py)
    sums          what the measures are made of

and then writes the week's row of measures. Everybody acts on last week's state: what others see of a teacher
(``faces``) is kept twice, last week's and this week's, so that the order of rows cannot matter. Columns are updated in
place. Kernels never check and never raise: scenarios, tables and plans are checked where they enter. What happens
between the weeks stands in year/order_of_the_year.py, the page to read second.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np

from diffusion_sim.compiled.barrier import COUNTED, all_together, meet, new_meeting
from diffusion_sim.compiled.jit import njit
from diffusion_sim.compiled.threads import shares
from diffusion_sim.measures import add_up, fill_row, new_sums, remember, sum_all, sum_district, sum_world
from diffusion_sim.state.use import intensity_of, is_deep, is_user, per_post, teaches
from diffusion_sim.week.arguments import FAULT, Share, arguments
from diffusion_sim.week.schools import district_week, schools_week
from diffusion_sim.week.teachers import room_for, teachers_week


@njit
def run_weeks(share, week, count, teachers, fixed, changing):
    """``count`` weeks after ``week`` weeks done; none of them may begin a quarter except the first.

    share : Share; teachers : the table; fixed : Fixed; changing : Changing. One thread and several come here, each
    with other schools, so that all run the same code and get the same bits.
    """
    schools, districts, flows = changing.schools, changing.districts, changing.flow_rows
    seed, ties, numbers, basis, sums = fixed.seed, fixed.ties, fixed.numbers, fixed.basis, changing.sums
    p, end, parties, cut, meeting = numbers[0], share.end, share.parties, share.cut, share.meeting
    faults = changing.faults.ctypes.data + 8 * FAULT * share.party  # numbers of eight bytes
    if not meet(meeting, parties):  # nobody begins before all are there
        return
    room = room_for(share.begin, end, schools)
    for w in range(week + 1, week + count + 1):
        here, face, new_face = share.begin, changing.faces[(w - 1) % 2], changing.faces[w % 2]
        while here < end:
            d = schools[here].district
            stop = min(end, districts[d].last)
            teachers_week(
                here, stop, w, seed, teachers, schools, districts, ties, face, new_face, numbers, flows, room, faults
            )
            if here == districts[d].first and stop == districts[d].last:  # while it is at hand
                district_week(d, schools, districts, p)
                schools_week(here, stop, schools, districts, p)
                sum_district(d, schools, basis, sums)
            here = stop
        if not meet(meeting, parties):
            return
        if cut.size > 0 and not cut_week(share, schools, districts, p):
            return
        if changing.school_series.shape[0] > 0:
            note_schools(share.begin, end, schools, changing.school_series[w])
        if share.party == 0:
            for d in cut:
                sum_district(d, schools, basis, sums)
            close_week(w, teachers, fixed, changing)
            meeting[COUNTED] += 1
        if share.party == parties - 1:  # another thread, where there are several
            add_up(changing.flows, changing.flow_series[w])
        if not meet(meeting, parties):
            return


@njit
def cut_week(share, schools, districts, p):
    """What follows the teachers' week in districts that several threads share; False where a thread has failed."""
    if share.party == 0:
        for d in share.cut:
            district_week(d, schools, districts, p)
    if not meet(share.meeting, share.parties):
        return False
    for d in share.cut:
        begin, end = max(share.begin, districts[d].first), min(share.end, districts[d].last)
        schools_week(begin, end, schools, districts, p)
    return meet(share.meeting, share.parties)


@njit
def mark_deep(teachers, compliant_intensity):
    """Mark who is in deep use in the last week of support."""
    for i in range(teachers.size):
        t = teachers[i]
        deep = is_deep(t.skill * intensity_of(t.owned == 1, compliant_intensity))
        t.marked = 1 if is_user(t.stage) and teaches(t.leader) and deep else 0


@njit
def note_schools(begin, end, schools, week):
    """Reach, deep use and mean depth (NaN without a user) of the schools begin to end - 1; week : (S, 3)."""
    for s in range(begin, end):
        users = schools[s].users
        week[s, 0], week[s, 1] = per_post(users, schools[s].teaching), per_post(schools[s].deep, schools[s].teaching)
        week[s, 2] = schools[s].quality / users if users > 0.0 else np.nan


@njit
def close_week(week, teachers, fixed, changing):
    """After the districts: marks at the end of support, and the row of measures."""
    world, support_weeks = sum_world(changing.schools, changing.sums), fixed.support_weeks
    if week == support_weeks:
        mark_deep(teachers, fixed.numbers[0].learning.compliant_intensity)
        for s in range(changing.schools.size):
            changing.schools[s].marked_deep = changing.schools[s].deep
        world.marked_deep = world.deep
        remember(changing.memory, world)
    row = changing.series[week]
    fill_row(row, world, fixed.basis, changing.memory, changing.ledger, fixed.pot_sums, week, support_weeks)


def first_row(state, world, numbers):
    """The row of measures before week 1."""
    sums = new_sums(state.districts.size)
    sum_all(state.schools, world.basis, sums)
    row, support_weeks = state.series[0], numbers.support_weeks
    fill_row(row, sums.rows[-1], world.basis, state.memory, state.ledger, state.pot_sums, 0, support_weeks)


def record_schools(state, weeks):
    """Keep every school's reach, deep use and mean depth from now on, of a run of ``weeks`` weeks; NaN before."""
    state.school_series = np.full((weeks + 1, state.schools.size, 3), np.nan)
    note_schools(0, state.schools.size, state.schools, state.school_series[state.week])


def cut_districts(borders, schools, districts):
    """Rows, int64, of the districts that lie on both sides of a border between threads; borders : rows of schools."""
    inner = [b for b in borders if 0 < b < schools.size]
    found = {int(schools.district[b]) for b in inner if districts.first[schools.district[b]] < b}
    return np.array(sorted(found), np.int64)


def advance(state, world, count, numbers, weeks=run_weeks, pool=None):
    """``count`` weeks of a run, in place; with ``pool`` the schools of each week are shared out to its threads.

    weeks : compiled weeks, ``run_weeks`` or a variant of it (engine.py). Returns faults of rules, (threads, FAULT).
    """
    parties = 1 if pool is None else min(pool._max_workers, state.schools.size)
    borders, meeting = shares(state.schools.last, parties), new_meeting()
    cut = cut_districts(borders, state.schools, state.districts)
    bounds = [Share(begin, end, n, parties, cut, meeting) for n, (begin, end) in enumerate(pairwise(borders))]
    fixed, changing = arguments(state, world, numbers, parties)
    work = [partial(weeks, share, state.week, count, state.teachers, fixed, changing) for share in bounds]
    try:
        if parties == 1:
            work[0]()
        else:
            all_together(pool, meeting, work)
    finally:
        state.week += int(meeting[COUNTED])
    return changing.faults
