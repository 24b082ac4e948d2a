"""The order of a week: the page to read first.

Columns are updated in place, district by district, school by school and eight teachers at a time. What others see of a
teacher (``face``) is kept twice, last week's and this week's, so that everybody acts on last week's state and the order
of rows cannot matter.
Kernels never check and never raise: scenarios, tables and plans are checked where they enter. The order of a year
(summer, enrolment, plan and pay) stands in model.py, ``ReformModel._advance``.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np

from diffusion_sim.compiled.barrier import COUNTED, all_together, meet, new_meeting
from diffusion_sim.compiled.jit import njit
from diffusion_sim.compiled.threads import shares
from diffusion_sim.dynamics.params import packed
from diffusion_sim.measures import add_up, fill_row, new_sums, remember, sum_all, sum_district, sum_world
from diffusion_sim.state.codes import NO_TEAM, ROUTINE, TRIAL
from diffusion_sim.week.schools import district_week, schools_week
from diffusion_sim.week.teachers import room_for, teachers_week


@njit
def mark_deep(teachers, compliant_intensity):
    """Mark who is in deep use in the last week of support."""
    for i in range(teachers.size):
        user = (teachers[i].stage == TRIAL or teachers[i].stage == ROUTINE) and teachers[i].leader >= NO_TEAM
        intensity = 1.0 if teachers[i].owned == 1 else compliant_intensity
        teachers[i].marked = 1 if user and teachers[i].skill * intensity >= 0.5 else 0


@njit
def close_week(week, teachers, schools, numbers, sums, months_per_sd, memory, ledger, unspent, support_weeks, row):
    """After the districts: marks at the end of support, and the row of measures."""
    world = sum_world(sums)
    if week == support_weeks:
        mark_deep(teachers, numbers[0].learning.compliant_intensity)
        for s in range(schools.size):
            schools[s].marked_deep = schools[s].deep
        world.marked_deep = world.deep
        remember(memory, world)
    fill_row(row, world, months_per_sd, memory, ledger, unspent, week, support_weeks)


@njit
def cut_week(begin, end, party, parties, cut, meeting, schools, districts, p):
    """What follows the teachers' week in districts that several threads share; False where a thread has failed."""
    if party == 0:
        for d in cut:
            district_week(d, schools, districts, p)
    if not meet(meeting, parties):
        return False
    for d in cut:
        schools_week(max(begin, districts[d].first), min(end, districts[d].last), schools, districts, p)
    return meet(meeting, parties)


@njit
def run_weeks(
    begin,
    end,
    party,
    parties,
    cut,
    meeting,
    week,
    count,
    seed,
    teachers,
    schools,
    districts,
    ties,
    faces,
    numbers,
    flow_rows,
    flows,
    basis,
    sums,
    memory,
    ledger,
    unspent,
    support_weeks,
    series,
    flow_series,
):
    """``count`` weeks after ``week`` weeks done; none of them may begin a quarter except the first.

    begin, end : rows of the schools that are this thread's; parties : how many threads run these weeks, each with
    other schools; party : this one's number, of which 0 does what is done once a week; cut : int64, the districts that
    are not one thread's alone; meeting : of ``meet``, where weeks done are counted. One thread and several come here,
    so that all run the same code and get the same bits.
    faces : FACE records (2, T + NOBODIES); sums : ``measures.new_sums``, room only; series : (W + 1, measures) and
    flow_series : (W + 1, F), one row a week.
    """
    if not meet(meeting, parties):  # nobody begins before all are there
        return
    room = room_for(begin, end, schools)
    for w in range(week + 1, week + count + 1):
        old = faces[(w - 1) % 2]
        new = faces[w % 2]
        here = begin
        while here < end:
            d = schools[here].district
            stop = min(end, districts[d].last)
            teachers_week(here, stop, w, seed, teachers, schools, districts, ties, old, new, numbers, flow_rows, room)
            if here == districts[d].first and stop == districts[d].last:  # while it is at hand
                district_week(d, schools, districts, numbers[0])
                schools_week(here, stop, schools, districts, numbers[0])
                sum_district(d, schools, basis, sums)
            here = stop
        if not meet(meeting, parties):
            return
        if cut.size > 0 and not cut_week(begin, end, party, parties, cut, meeting, schools, districts, numbers[0]):
            return
        if party == 0:
            for d in cut:
                sum_district(d, schools, basis, sums)
            row, months = series[w], basis.months_per_sd
            close_week(w, teachers, schools, numbers, sums, months, memory, ledger, unspent, support_weeks, row)
            meeting[COUNTED] += 1
        if party == parties - 1:  # another thread, where there are several
            add_up(flows, flow_series[w])
        if not meet(meeting, parties):
            return


def cut_districts(borders, schools, districts):
    """Rows, int64, of the districts that lie on both sides of a border between threads; borders : rows of schools."""
    inner = [b for b in borders if 0 < b < schools.size]
    found = {int(schools.district[b]) for b in inner if districts.first[schools.district[b]] < b}
    return np.array(sorted(found), np.int64)


def first_row(state, world, p, support_weeks):
    """The row of measures before week 1."""
    sums = new_sums(state.districts.size)
    sum_all(state.schools, world.basis, sums)
    row, months = state.series[0], world.basis.months_per_sd
    fill_row(row, sums.rows[-1], months, state.memory, state.ledger, state.unspent, 0, support_weeks)


def advance(state, world, count, p, support_weeks, pool=None):
    """``count`` weeks of a run, in place; with ``pool`` the schools of each week are shared out to its threads."""
    rest = (
        np.uint64(world.seed),
        state.teachers,
        state.schools,
        state.districts,
        state.ties,
        state.face_rows,
        packed(p),
        state.flow_rows,
        state.flows,
        world.basis,
        new_sums(state.districts.size),
        state.memory,
        state.ledger,
        state.unspent,
        support_weeks,
        state.series,
        state.flow_series,
    )
    parties = 1 if pool is None else min(pool._max_workers, state.schools.size)
    borders, meeting = shares(state.schools.last, parties), new_meeting()
    bounds, cut = list(pairwise(borders)), cut_districts(borders, state.schools, state.districts)
    weeks = (parties, cut, meeting, state.week, count, *rest)
    try:
        if parties == 1:
            run_weeks(*bounds[0], 0, *weeks)
        else:
            all_together(pool, meeting, [partial(run_weeks, *both, n, *weeks) for n, both in enumerate(bounds)])
    finally:
        state.week += int(meeting[COUNTED])
