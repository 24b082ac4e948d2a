"""Advice ties between schools of the programme: few, carried mainly by one subject leader a school.

Direction (who carries them): Spillane, Hopkins & Sweet (2015). The numbers are assumptions: none was published.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.network.params import CROSS_ROOM
from diffusion_sim.network.traits import school_degree, share_of
from diffusion_sim.state.tables import Districts, Schools

_TRIES = 8


def programme_lists(schools: Schools, districts: Districts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the programme's schools in row order, and where each district's begin, (D + 1,)."""
    rows = np.flatnonzero(schools.programme)
    return rows, np.append(np.searchsorted(rows, districts.first), rows.size)


@njit
def wanted(seed, origin, tag, mean, world_share, neighbours):
    """How many ties to other schools a person carries, and which of them lead out of the district (bits of an int).

    mean : ties expected of one in this position; neighbours : other programme schools in the district. Bit c is set
    where place c is sought in the whole programme. A place for the own district does not exist where there is no
    other school.
    """
    a, b, _, _ = rng.words(seed, origin, tag, rng.CROSS_DEGREE, 0)
    places, bits = 0, 0
    for place in range(min(CROSS_ROOM, int(mean + share_of(a)))):
        # one number for all places: steps of the golden ratio spread it evenly
        outward = (share_of(b) + place * 0.6180339887498949) % 1.0 < world_share
        if outward or neighbours > 0:
            bits |= outward << places
            places += 1
    return places, bits


@rule
def seek(seed, summer, place, parked, have, low, high, i, s, rows, leads, teachers, schools, target, params):
    """Row of an adviser in another school for one place of person i of school s, -1 where nobody new was met.

    low, high : part of the programme's ``rows`` that is searched; parked, have : where in ``target`` the ties to other
    schools stand, and how many. Up to eight keyed proposals of a school, accepted by its weight (same level, near in
    poverty); where none is accepted the best of them is taken. In the school it is the subject leader with probability
    ``cross_leader_share``, else anybody.
    """
    best, best_weight = -1, -1.0
    for attempt in range(_TRIES):
        occasion = ((summer & 1023) << 8) | (place << 4) | attempt
        a, b, c, e = rng.words(seed, teachers.origin[i], teachers.tag[i], rng.CROSS_TIE, occasion)
        other = rows[low + int(share_of(a) * (high - low))]
        adviser = leads[other]
        if share_of(c) >= params.cross_leader_share:
            adviser = schools.first[other] + int(share_of(e) * schools.posts[other])
        known = other == s or schools.posts[other] == 0
        for k in range(parked, parked + have):
            known |= target[k] == adviser
        if known:
            continue
        weight = math.exp(-params.cross_poverty_slope * abs(schools.poverty[other] - schools.poverty[s]))
        if schools.level[other] != schools.level[s]:
            weight /= params.cross_level_weight
        accepted = share_of(b) < weight
        if accepted or weight > best_weight:
            best, best_weight = adviser, weight
        if accepted:
            break
    return best


@njit
def fill_between(start, stop, seed, summer, teachers, schools, network, look, leads, rows, begin, params):
    """Fill the open places for ties between schools and close up the rows of the schools start to stop - 1.

    On entry each row holds its ``within`` ties at the front and its kept ties to other schools (degree - within) in
    the last CROSS_ROOM places. A person who no longer leads keeps only as many as others have.
    look : uint8 (T,), 0 = nothing to fill or to drop here; leads : row of each school's leader; rows, begin : of
    `programme_lists`.
    """
    first, degree, within, target = network.first, network.degree, network.within, network.target
    carried = params.cross_share / (1.0 - params.cross_share)
    for s in range(start, stop):
        low, high, d = schools.first[s], schools.last[s], schools.district[s]
        mean_leader, mean_other, neighbours = 0.0, 0.0, 0
        if schools.programme[s] and rows.size > 1:
            mean = school_degree(seed, schools.key[s], params.out_degree_mean, params.out_degree_school_sd)
            expected = mean * (high - low) * carried
            mean_leader = expected * params.cross_leader_share
            mean_other = (expected - mean_leader) / max(1, high - low - 1)
            neighbours = begin[d + 1] - begin[d] - 1
        for i in range(low, high):
            if look[i] == 0 and degree[i] == within[i]:
                continue
            goal, outward = 0, 0
            if mean_leader + mean_other > 0.0:
                mean = mean_leader if i == leads[s] else mean_other
                share = params.cross_world_share
                goal, outward = wanted(seed, teachers.origin[i], teachers.tag[i], mean, share, neighbours)
            parked = first[i + 1] - CROSS_ROOM
            have = min(degree[i] - within[i], goal)
            for place in range(have, goal):
                out = (outward >> place) & 1
                a, b = (0, rows.size) if out else (begin[d], begin[d + 1])
                found = seek(seed, summer, place, parked, have, a, b, i, s, rows, leads, teachers, schools, target,
                             params)  # fmt: skip
                if found >= 0:
                    target[parked + have] = found
                    have += 1
            end = first[i] + within[i]
            for c in range(have):
                target[end + c] = target[parked + c]
            for c in range(max(end + have, parked), first[i + 1]):
                target[c] = -1
            degree[i] = within[i] + have
