"""The order of a week: the page to read first.

Columns are updated in place, school by school and eight teachers at a time. What others see of a teacher (``face``)
is kept twice, last week's and this week's, so that everybody acts on last week's state and the order of rows cannot
matter.
Kernels never check and never raise: scenarios, tables and plans are checked where they enter. The order of a year
(summer, enrolment, plan and pay) stands in model.py, ``ReformModel._advance``.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np

from diffusion_sim._cache import njit
from diffusion_sim.dynamics.params import packed
from diffusion_sim.measures import fill_row, remember
from diffusion_sim.meeting import COUNTED, all_together, meet, new_meeting
from diffusion_sim.sharing import shares
from diffusion_sim.state import NO_TEAM, ROUTINE, TRIAL
from diffusion_sim.week_schools import districts_week, schools_week
from diffusion_sim.week_teachers import teachers_week


@njit
def mark_deep(teachers, compliant_intensity):
    """Mark who is in deep use in the last week of support."""
    for i in range(teachers.size):
        user = (teachers[i].stage == TRIAL or teachers[i].stage == ROUTINE) and teachers[i].leader >= NO_TEAM
        intensity = 1.0 if teachers[i].owned == 1 else compliant_intensity
        teachers[i].marked = 1 if user and teachers[i].skill * intensity >= 0.5 else 0


@njit
def close_week(week, teachers, schools, numbers, basis, memory, ledger, unspent, support_weeks, row):
    """After the schools: marks at the end of support, and the row of measures."""
    if week == support_weeks:
        mark_deep(teachers, numbers[0].learning.compliant_intensity)
        for s in range(schools.size):
            schools[s].marked_deep = schools[s].deep
        remember(memory, schools, basis)
    fill_row(row, schools, basis, memory, ledger, unspent, week, support_weeks)


@njit
def add_up(flows, total):
    """The flows so far of all schools; flows : (S, F) float64, the same memory as the FLOW records."""
    for f in range(total.size):
        total[f] = 0.0
    for s in range(flows.shape[0]):
        for f in range(total.size):
            total[f] += flows[s, f]


@njit
def run_weeks(
    begin,
    end,
    party,
    parties,
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
    memory,
    ledger,
    unspent,
    support_weeks,
    series,
    flow_series,
):
    """``count`` weeks after ``week`` weeks done; none of them may begin a quarter except the first.

    begin, end : rows of the schools that are this thread's; parties : how many threads run these weeks, each with
    other schools; party : this one's number, of which 0 does what is done once a week; meeting : of ``meet``, where
    weeks done are counted. One thread and several come here, so that all run the same code and get the same bits.
    faces : FACE records (2, T + 1); series : (W + 1, measures) and flow_series : (W + 1, F), one row a week.
    """
    if not meet(meeting, parties):  # nobody begins before all are there
        return
    for w in range(week + 1, week + count + 1):
        old = faces[(w - 1) % 2]
        new = faces[w % 2]
        teachers_week(begin, end, w, seed, teachers, schools, districts, ties, old, new, numbers, flow_rows)
        if not meet(meeting, parties):
            return
        if party == 0:
            districts_week(schools, districts, numbers)
        if not meet(meeting, parties):
            return
        schools_week(begin, end, schools, districts, numbers)
        if not meet(meeting, parties):
            return
        if party == 0:
            close_week(w, teachers, schools, numbers, basis, memory, ledger, unspent, support_weeks, series[w])
            meeting[COUNTED] += 1
        if party == parties - 1:  # another thread, where there are several
            add_up(flows, flow_series[w])
        if not meet(meeting, parties):
            return


def first_row(state, world, p, support_weeks):
    """The row of measures before week 1."""
    ledger, unspent = state.ledger, state.unspent
    fill_row(state.series[0], state.schools, world.basis, state.memory, ledger, unspent, 0, support_weeks)


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
        state.memory,
        state.ledger,
        state.unspent,
        support_weeks,
        state.series,
        state.flow_series,
    )
    parties = 1 if pool is None else min(pool._max_workers, state.schools.size)
    bounds, meeting = list(pairwise(shares(state.schools.last, parties))), new_meeting()
    weeks = (parties, meeting, state.week, count, *rest)
    try:
        if parties == 1:
            run_weeks(*bounds[0], 0, *weeks)
        else:
            all_together(pool, meeting, [partial(run_weeks, *both, n, *weeks) for n, both in enumerate(bounds)])
    finally:
        state.week += int(meeting[COUNTED])
