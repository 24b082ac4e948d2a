"""The network and what colleagues see of each other, in the form the weekly loop reads."""

from __future__ import annotations

import numpy as np

from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.compiled.lanes import WIDTH
from diffusion_sim.compiled.threads import each_share, rows_of
from diffusion_sim.dynamics.exposure import shown, stopped_lately
from diffusion_sim.state.codes import DISCONTINUED, ROUTINE
from diffusion_sim.state.tables import FACE_NUMBERS, NEAR, Ties
from diffusion_sim.state.use import is_user, teaches


@rule
def put(i, number, adviser, ties):
    """Write adviser number ``number`` of seeker i."""
    if number < NEAR:
        ties.near[i, number] = FACE_NUMBERS * adviser
    else:
        ties.far[np.int64(ties.far_first[i]) + number // NEAR - 1, number % NEAR] = FACE_NUMBERS * adviser


@njit
def number_far(degree, far_first):
    """Where each row's blocks beyond the first begin, and in the last place how many there are."""
    far_first[0] = 0
    for i in range(degree.size):
        far_first[i + 1] = far_first[i] + max(0, degree[i] - 1) // NEAR


@njit
def pack_ties(low, high, first, degree, target, teachers, all_teach, ties):
    """Fill rows low to high - 1 of ``ties``, far_first known, without ties from and to posts that do not teach.
    all_teach : whether there are none."""
    near, far_first, end_of_room = ties.near, ties.far_first, target.size - 1
    nobody = FACE_NUMBERS * first.size - FACE_NUMBERS
    for i in range(low, high):
        begin, size = first[i], 0
        for q in range(NEAR):
            near[i, q] = nobody
        for b in range(far_first[i], far_first[i + 1]):
            ties.far_row[b] = i
            for q in range(NEAR):
                ties.far[b, q] = nobody
        if all_teach:
            size = degree[i]
            for q in range(NEAR):  # always four, which needs no guess of how many there are
                adviser = target[min(begin + q, end_of_room)]  # not taken beyond size
                near[i, q] = FACE_NUMBERS * adviser if q < size else nobody
            for q in range(NEAR, size):
                put(i, q, target[begin + q], ties)
        elif teaches(teachers[i].leader):
            for q in range(degree[i]):
                adviser = target[begin + q]
                if teaches(teachers[adviser].leader):
                    put(i, size, adviser, ties)
                    size += 1
        ties.share[i] = 1.0 / size if size > 0 else 0.0


def _each_rows(pool, schools, size, work):
    """Call ``work(low, high)`` for the rows of all teachers, shared out to the threads of ``pool``, if there is one."""
    if pool is None:
        work(0, size)
    else:
        each_share(pool, schools.last, lambda begin, end: work(*rows_of(schools, begin, end)))


def packed_ties(network, teachers, pool=None, schools=None):
    """The network as the weekly loop reads it. pool : threads that ``schools`` are shared out to; changes no result."""
    size, degree = network.degree.size, network.degree
    far_first = np.empty(size + 1, np.uint32)
    number_far(degree, far_first)
    blocks = int(far_first[-1])
    near, far = (np.empty((number, NEAR), np.uint32) for number in (size, blocks))
    ties = Ties(np.zeros(size + WIDTH), near, far_first, np.empty(blocks, np.uint32), far)
    if network.target.size == 0:  # nobody has room for a tie
        near[:] = FACE_NUMBERS * size
        return ties
    all_teach = bool(teaches.py_func(teachers.leader).all())

    def pack(low, high):
        pack_ties(low, high, network.first, degree, network.target, teachers, all_teach, ties)

    _each_rows(pool, schools, size, pack)
    return ties


@njit
def _show(low, high, week, teachers, face):
    for i in range(low, high):
        t = teachers[i]
        routine = t.stage == ROUTINE
        face[i, 3] = stopped_lately(teaches(t.leader) & (t.stage == DISCONTINUED), week, t.uses)
        seen = shown(teaches(t.leader) & is_user(t.stage), routine, t.visible == 1)
        face[i, 0] = seen
        face[i, 1] = seen * t.skill
        face[i, 2] = seen * t.conviction


def show_all(week, teachers, face, pool=None, schools=None):
    """What everybody shows after ``week`` weeks, from the present state. pool : as of `packed_ties`."""
    _each_rows(pool, schools, teachers.size, lambda low, high: _show(low, high, week, teachers, face))
