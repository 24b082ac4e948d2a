"""Advice ties: the network at the start, and what a summer does to it.

A row is a seeker; its targets are those whose advice it seeks. Everything is keyed to persons (school and post where
first hired), so a further person or school changes few others' ties: within.py and cross_school.py say how.
Targets and fit: docs/networks.md.
"""

from __future__ import annotations

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit
from diffusion_sim.network.columns import people_of, places_of
from diffusion_sim.network.cross_school import choose_leaders, fill_between
from diffusion_sim.network.params import CROSS_ROOM, WITHIN_ROOM, NetworkParams, network_params
from diffusion_sim.network.traits import attitude_class, band_of, grade_band, popularity_weight, share_of
from diffusion_sim.network.within import fill_within
from diffusion_sim.state import Districts, Network, Schools, Teachers

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

_S16, _S32 = np.uint64(16), np.uint64(32)
_LOW16 = np.uint64(0xFFFF)
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
    schools : key, district, first, programme, poverty, level. districts : first. Returns a Network with the room of
    `empty`; raises nothing.
    """
    network = empty(schools)
    look = np.ones(network.degree.size, np.uint8)
    people, places = people_of.py_func(teachers), places_of.py_func(schools, districts)
    fill_within(np.uint64(seed), 0, people, places, network, params)
    choose_leaders(places.first, network, look)
    fill_between(np.uint64(seed), 0, people, places, network, look, params)
    return network


@njit
def renew(seed, year, teachers, schools, districts, network, new, params):
    """One summer: grades change, ties end, open places are filled by the rules of the start. In place.

    seed : uint64; year : number of the summer, from 0; new : uint8[T], 1 = the post got another person this summer.
    Ties of and to persons who left end; of the ties between stayers of one school, shares tie_loss, or
    tie_loss_changed where one of the two changed grade band (Spillane & Shirrell 2017: direction); ties between
    schools end only with a person or with the seeker's leadership. teachers.grade and network change.
    """
    people, places = people_of(teachers), places_of(schools, districts)
    changed = _change_grades(seed, year, people, places.first, new, params.grade_change)
    look = _end_ties(seed, year + 1, people, network, new, changed, params)
    fill_within(seed, year + 1, people, places, network, params)
    choose_leaders(places.first, network, look)
    fill_between(seed, year + 1, people, places, network, look, params)


@njit
def _change_grades(seed, year, people, first, new, share):
    """Give some stayers another grade band; returns uint8[T], 1 = changed."""
    changed = np.zeros(new.size, np.uint8)
    for s in range(first.size - 1):
        for i in range(first[s], first[s + 1]):
            if new[i]:
                continue
            a, b, _, _ = rng.words(seed, people.origin[i], people.tag[i], rng.GRADE_CHANGE, year)
            if share_of(a) < share:
                band = band_of(share_of(b), first[s + 1] - first[s])
                changed[i] = band != people.grade[i]
                people.grade[i] = band
    return changed


@njit
def _end_ties(seed, summer, people, network, new, changed, params):
    """Keep what lasts: ties within the school stay at the front of the row, ties to other schools go to its end.

    Colleagues whose tie ended stand behind the kept ones (not counted in ``within``): they are not sought again this
    summer. One draw serves eight ties of a person, by their place in the row. Returns uint8[T], 1 = may have places
    for ties to other schools to fill.
    """
    target = network.target
    look = new.copy()
    over = np.empty(WITHIN_ROOM + 1, np.int32)
    for i in range(new.size):
        start, within, degree = network.first[i], network.within[i], network.degree[i]
        if new[i] or degree == 0:
            network.within[i] = network.degree[i] = 0
            for c in range(degree):
                target[start + c] = -1
            continue
        cross = 0
        for c in range(start + within, start + degree):
            if not new[target[c]]:
                target[start + within + cross] = target[c]
                cross += 1
            else:
                look[i] = 1
        parked = network.first[i + 1] - CROSS_ROOM
        for c in range(cross - 1, -1, -1):
            target[parked + c] = target[start + within + c]
        kept, ended = 0, 0
        x, y = np.uint64(0), np.uint64(0)
        for c in range(within):
            if c & 7 == 0:
                x, y = _long(rng.words(seed, people.origin[i], people.tag[i], rng.TIE_LOSS, (summer << 1) | (c >> 3)))
            elif c & 7 == 4:
                x = y
            u = (np.float64(np.int64(x & _LOW16)) + 0.5) * _UNIT16
            x >>= _S16
            j = target[start + c]
            loss = params.tie_loss_changed if changed[i] | changed[j] else params.tie_loss
            # written in any case and counted if true: cheaper than a branch nobody can foresee
            target[start + kept] = over[ended] = j
            kept += (u >= loss) & (new[j] == 0)
            ended += (u < loss) & (new[j] == 0)
        for c in range(ended):
            target[start + kept + c] = over[c]
        for c in range(start + kept + ended, min(start + degree, parked)):
            target[c] = -1
        network.within[i], network.degree[i] = kept, kept + cross
    return look


@njit
def _long(words):
    """The four words of a draw as two of 64 bits."""
    return (words[0] << _S32) | words[1], (words[2] << _S32) | words[3]
