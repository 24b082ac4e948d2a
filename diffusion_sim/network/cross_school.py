"""Advice ties between schools of the programme: few, carried mainly by one subject leader a school.

Direction (who carries them): Spillane, Hopkins & Sweet (2015). The numbers are assumptions: none was published.
"""

from __future__ import annotations

import math

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit
from diffusion_sim.network.params import CROSS_ROOM
from diffusion_sim.network.traits import school_degree, share_of

_TRIES = 8


@njit
def programme_lists(places):
    """Rows of the programme's schools in row order, and where each district's begin (D + 1 places)."""
    rows = np.empty(places.key.size, np.int32)
    begin = np.zeros(places.district_first.size, np.int64)
    n = 0
    for d in range(places.district_first.size - 1):
        for s in range(places.district_first[d], places.district_first[d + 1]):
            if places.programme[s]:
                rows[n] = s
                n += 1
        begin[d + 1] = n
    return rows[:n], begin


@njit
def choose_leaders(school_first, network, look):
    """Mark the subject leader of each school: most asked by colleagues, the lowest post number at ties.

    school_first : first teacher row of each school; look : uint8[T], gets 1 for who begins or ceases to lead.
    """
    first, within, target, leader = network.first, network.within, network.target, network.leader
    asked = np.zeros(leader.size, np.int32)
    for i in range(leader.size):
        for c in range(first[i], first[i] + within[i]):
            asked[target[c]] += 1
    for s in range(school_first.size - 1):
        best = school_first[s]
        for i in range(school_first[s], school_first[s + 1]):
            if asked[i] > asked[best]:
                best = i
        for i in range(school_first[s], school_first[s + 1]):
            leads = i == best
            look[i] |= leader[i] != leads
            leader[i] = leads


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


@njit
def seek(seed, summer, place, have, outward, i, s, rows, begin, people, places, network, params):
    """Row of an adviser in another school for one place of person i of school s, -1 where nobody new was met.

    outward : 1 = sought in the whole programme, 0 = in the own district; have : ties parked so far. Up to eight keyed
    proposals of a school, accepted by its weight (same level, near in poverty); the last resort is the best of them.
    In the school it is the subject leader with the leaders' share, else anybody.
    """
    parked = network.first[i + 1] - CROSS_ROOM
    d = places.district[s]
    low, high = (0, rows.size) if outward else (begin[d], begin[d + 1])
    best, best_weight = -1, -1.0
    for attempt in range(_TRIES):
        occasion = ((summer & 1023) << 8) | (place << 4) | attempt
        a, b, c, e = rng.words(seed, people.origin[i], people.tag[i], rng.CROSS_TIE, occasion)
        other = rows[low + int(share_of(a) * (high - low))]
        if other == s:
            continue
        adviser = _adviser_in(other, share_of(c) < params.cross_leader_share, share_of(e), places, network)
        if adviser < 0 or _known(adviser, parked, have, network.target):
            continue
        weight = math.exp(-params.cross_poverty_slope * abs(places.poverty[other] - places.poverty[s]))
        if places.level[other] != places.level[s]:
            weight /= params.cross_level_weight
        if share_of(b) < weight:
            return adviser
        if weight > best_weight:
            best, best_weight = adviser, weight
    return best


@njit
def _adviser_in(school, leader, u, places, network):
    """The subject leader of a school, or the person at a share ``u`` of its rows; -1 for a school without posts."""
    low, high = places.first[school], places.first[school + 1]
    if leader:
        for i in range(low, high):
            if network.leader[i]:
                return i
    return low + int(u * (high - low)) if high > low else -1


@njit
def _known(adviser, start, size, target):
    for c in range(start, start + size):
        if target[c] == adviser:
            return True
    return False


@njit
def fill_between(seed, summer, people, places, network, look, params):
    """Fill the open places for ties between schools and close up every row.

    On entry each row holds its ``within`` ties at the front and its kept ties to other schools (degree - within) in
    the last CROSS_ROOM places. A person who no longer leads keeps only as many as anybody. Leaders must be chosen.
    look : uint8[T], 0 = nothing to fill or to drop here.
    """
    rows, begin = programme_lists(places)
    origin, tag, leader = people.origin, people.tag, network.leader
    first, degree, within, target = network.first, network.degree, network.within, network.target
    carried = params.cross_share / (1.0 - params.cross_share)
    for s in range(places.key.size):
        low, high = places.first[s], places.first[s + 1]
        mean_leader, mean_other, neighbours = 0.0, 0.0, 0
        if places.programme[s] and rows.size > 1:
            mean = school_degree(seed, places.key[s], params.out_degree_mean, params.out_degree_school_sd)
            expected = mean * (high - low) * carried
            mean_leader = expected * params.cross_leader_share
            mean_other = (expected - mean_leader) / max(1, high - low - 1)
            neighbours = begin[places.district[s] + 1] - begin[places.district[s]] - 1
        for i in range(low, high):
            if look[i] == 0 and degree[i] == within[i]:
                continue
            goal, outward = 0, 0
            if mean_leader + mean_other > 0.0:
                mean = mean_leader if leader[i] else mean_other
                goal, outward = wanted(seed, origin[i], tag[i], mean, params.cross_world_share, neighbours)
            parked = first[i + 1] - CROSS_ROOM
            have = min(degree[i] - within[i], goal)
            for place in range(have, goal):
                out = (outward >> place) & 1
                found = seek(seed, summer, place, have, out, i, s, rows, begin, people, places, network, params)
                if found >= 0:
                    target[parked + have] = found
                    have += 1
            end = first[i] + within[i]
            for c in range(have):
                target[end + c] = target[parked + c]
            for c in range(max(end + have, parked), first[i + 1]):
                target[c] = -1
            degree[i] = within[i] + have
