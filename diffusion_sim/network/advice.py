"""Advice ties: the network at the start, and what a summer does to it.

A row is a seeker; its targets are those whose advice it seeks. Everything is keyed to persons (school and post where
first hired), so a further person or school changes few others' ties: within.py and cross_school.py say how.
Targets and fit: docs/networks.md.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.compiled.threads import each_share
from diffusion_sim.network.cross_school import fill_between, programme_lists
from diffusion_sim.network.draws import DRAW, SECOND, THIRD, draw, table_for, who_draws
from diffusion_sim.network.params import CROSS_ROOM, WITHIN_ROOM, NetworkParams, network_params
from diffusion_sim.network.traits import attitude_class, band_of, grade_band, popularity_weight, share_of
from diffusion_sim.network.within import close, padded, race
from diffusion_sim.state.tables import Bytes, Districts, Network, Schools, Teachers

__all__ = [
    "CROSS_ROOM",
    "WITHIN_ROOM",
    "NetworkParams",
    "attitude_class",
    "build",
    "empty",
    "grade_band",
    "network_params",
    "popularity_weight",
    "renew",
]

_S16, _LOW16 = np.uint64(16), np.uint64(0xFFFF)
_UNIT16 = 1.0 / 65536.0


def empty(schools: Schools) -> Network:
    """A network without ties, with the room that `build` and `renew` need: min(12, posts - 1) + 8 places a row."""
    posts = schools.posts
    rows = int(schools.last[-1])
    room = np.repeat(np.minimum(WITHIN_ROOM, np.maximum(posts - 1, 0)) + CROSS_ROOM, posts)
    first = np.zeros(rows + 1, np.int64)
    np.cumsum(room, out=first[1:])
    return Network(
        first=first,
        degree=np.zeros(rows, np.int32),
        target=np.full(int(first[-1]), -1, np.int32),
        within=np.zeros(rows, np.int32),
        leader=np.zeros(rows, np.uint8),
    )


def build(seed: int, teachers: Teachers, schools: Schools, districts: Districts, params: NetworkParams) -> Network:
    """Advice ties of the first week.

    seed : the run's, 64 bits. teachers : columns grade, attitude, popularity, entered, origin, tag are read.
    schools : key, district, first, last, posts, programme, poverty, level. districts : first. Returns a Network with
    the room of `empty`; raises nothing.
    """
    network = empty(schools)
    look = np.ones(network.degree.size, np.uint8)
    sought, leads = np.zeros((look.size, 2), np.uint8), np.empty(schools.size, np.int64)
    seed, rows, begins = np.uint64(seed), *programme_lists(schools, districts)
    _fill_within(0, schools.size, seed, 0, teachers, schools, network, look, sought, leads, params)
    fill_between(0, schools.size, seed, 0, teachers, schools, network, look, leads, rows, begins, params)
    return network


def renew(
    seed: int,
    year: int,
    teachers: Teachers,
    schools: Schools,
    districts: Districts,
    network: Network,
    new: Bytes,
    params: NetworkParams,
    pool: ThreadPoolExecutor | None = None,
) -> None:
    """One summer: grades change, ties end, open places are filled by the rules of the start. In place.

    seed : the run's; year : number of the summer, from 0; new : uint8[T], 1 = the post got another person this summer.
    pool : threads that schools are shared out to; the result does not depend on it.
    Ties of and to persons who left end; of the ties between stayers of one school, shares tie_loss, or
    tie_loss_changed where one of the two changed grade band (Spillane & Shirrell 2017: direction); ties between
    schools end only with a person or with the seeker's leadership. teachers.grade and network change.
    """
    seed, year = np.uint64(seed), int(year)
    look, changed = new.copy(), np.zeros_like(new)
    sought, leads = np.zeros((look.size, 2), np.uint8), np.empty(schools.size, np.int64)
    rows, begins = programme_lists(schools, districts)

    def within(begin: int, end: int) -> None:
        end_ties(begin, end, seed, year, teachers, schools, network, new, changed, look, params)
        _fill_within(begin, end, seed, year + 1, teachers, schools, network, look, sought, leads, params)

    def between(begin: int, end: int) -> None:
        fill_between(begin, end, seed, year + 1, teachers, schools, network, look, leads, rows, begins, params)

    each_share(pool, schools.last, within)
    each_share(pool, schools.last, between)


def _fill_within(begin, end, seed, summer, teachers, schools, network, look, sought, leads, params) -> None:
    """Fill the open places within the schools begin to end - 1; summer : 0 at the start, then 1, 2, ..."""
    most = padded(int(schools.posts.max()))
    bits, lane = np.zeros((2, most), np.uint64), np.empty((3, most))
    race(begin, end, seed, summer, teachers, schools, network, sought, params, bits, lane)
    asked, ask_first = np.empty(most, np.int32), np.empty(most, np.int32)
    asker = np.empty(most * WITHIN_ROOM, np.int32)
    close(begin, end, seed, summer, teachers, schools, network, sought, look, leads, asked, ask_first, asker)


@njit
def end_ties(begin, end, seed, year, teachers, schools, network, new, changed, look, params):
    """Give some stayers of the schools begin to end - 1 another grade band and keep the ties that last.

    Ties within the school stay at the front of the row, ties to other schools go to its end. Colleagues whose tie
    ended stand behind the kept ones (not counted in ``within``): they are not sought again this summer.
    changed : uint8 (T,), gets 1 for persons who changed band; look : uint8 (T,), gets 1 for persons who may have open
    places for ties to other schools.
    """
    table, over = table_for(begin, end, schools), np.empty(WITHIN_ROOM + 1, np.int32)
    for s in range(begin, end):
        low, posts = schools.first[s], schools.posts[s]
        who_draws(low, posts, teachers, table)
        draw(posts, seed, table, DRAW, rng.GRADE_CHANGE, year)
        draw(posts, seed, table, SECOND, rng.TIE_LOSS, (year + 1) << 1)
        draw(posts, seed, table, THIRD, rng.TIE_LOSS, (year + 1) << 1 | 1)
        for me in range(posts):
            if new[low + me] == 0 and share_of(table[DRAW, me] >> rng.S32) < params.grade_change:
                band = band_of(share_of(table[DRAW, me] & rng.LOW), posts)
                changed[low + me] = band != teachers.grade[low + me]
                teachers.grade[low + me] = band
        for me in range(posts):
            keep_ties(low + me, me, table, network, new, changed, look, over, params)


@rule
def keep_ties(i, me, table, network, new, changed, look, over, params):
    """Keep the ties of person i that last. table : its column ``me`` holds, from row SECOND on, 16 bits for each tie by
    its place in the row; over : room for the ties that ended."""
    first, target = network.first, network.target
    start, within, degree = first[i], network.within[i], network.degree[i]
    if new[i] or degree == 0:
        network.within[i] = network.degree[i] = 0
        for c in range(degree):
            target[start + c] = -1
        return
    cross = 0
    for c in range(start + within, start + degree):
        if not new[target[c]]:
            target[start + within + cross] = target[c]
            cross += 1
        else:
            look[i] = 1
    parked = first[i + 1] - CROSS_ROOM
    for c in range(cross - 1, -1, -1):
        target[parked + c] = target[start + within + c]
    kept, ended = 0, 0
    for c in range(within):
        bits = table[SECOND + (c >> 2), me] >> (_S16 * np.uint64(c & 3))
        u = (np.float64(np.int64(bits & _LOW16)) + 0.5) * _UNIT16
        j = target[start + c]
        loss = params.tie_loss_changed if changed[i] | changed[j] else params.tie_loss
        # always written, counted only if true: cheaper than a branch the processor cannot foresee
        target[start + kept] = over[ended] = j
        kept += (u >= loss) & (new[j] == 0)
        ended += (u < loss) & (new[j] == 0)
    for c in range(ended):
        target[start + kept + c] = over[c]
    for c in range(start + kept + ended, min(start + degree, parked)):
        target[c] = -1
    network.within[i], network.degree[i] = kept, kept + cross
