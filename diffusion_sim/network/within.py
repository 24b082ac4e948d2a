"""Advice ties inside one school: who fills a person's open places for advisers.

A person has as many places as `traits.target_degree` says. Most are filled by a race: every colleague gets a keyed
uniform number divided by a weight, and the smallest win. That is sequential Poisson sampling (Ohlsson 1998), a draw
without replacement nearly in proportion to the weights; because each pair has its own draw, one colleague more can
only take a place, not reshuffle the rest. The other places are sought among those who ask the seeker (reciprocity)
and among the advisers of the seeker's advisers (transitivity); where that finds nobody new in two tries, the next of
the race takes the place. A place stays empty only where a summer has ended ties with all who are left to ask: a tie
that ended is not sought anew in the same summer ("mostly not rebuilt": Spillane & Shirrell 2017).

Functions here run once a school and call only scalar functions inside: Numba counts references to every array of
every call, which costs more than the work itself when it is done for each person.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit
from diffusion_sim.network.params import CROSS_ROOM, WITHIN_ROOM
from diffusion_sim.network.traits import school_degree, share_of, target_degree
from diffusion_sim.state import Floats, Ints

_PAIR_BITS = 14  # bits of the occasion for the number of a block of six colleagues; the 10 above hold the summer
_LOW21 = np.uint64(0x1FFFFF)  # one draw of 128 bits serves six colleagues with 21 bits each
_S21, _S42, _S32 = np.uint64(21), np.uint64(42), np.uint64(32)
_UNIT21 = 1.0 / 2097152.0


class Work(NamedTuple):
    """Working arrays for one school at a time, n = most posts of any school."""

    code: Ints  # (n,) grade, cohort and attitude in a byte each
    slowness: Floats  # (n,) 1 / popularity
    score: Floats  # (n + 5,)
    winner: Ints  # (12,)
    best: Floats  # (12,)
    reserve: Ints  # (n, 12) posts that the race left over, best first
    spare: Ints  # (n,) how many
    back: Ints  # (n,) places sought by reciprocity
    early: Ints  # (n,) ties after the race
    ask_first: Ints  # (n + 1,) who asks whom after the race, by adviser
    asker: Ints  # (12 n,)


@njit
def make_work(n):
    """Working arrays for schools of up to ``n`` posts."""
    return Work(
        np.empty(n, np.int32), np.empty(n), np.empty(n + 5), np.empty(WITHIN_ROOM, np.int32), np.empty(WITHIN_ROOM),
        np.empty((n, WITHIN_ROOM), np.int32), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32),
        np.empty(n + 1, np.int32), np.empty(n * WITHIN_ROOM, np.int32),
    )  # fmt: skip


@njit
def fill_within(seed, summer, people, places, network, params):
    """Fill all open places within schools; on entry network.within counts the ties kept, at the front of each row.

    summer : 0 at the start, then 1, 2, ... network.within and network.degree grow (ties to other schools count in
    degree and are parked at the end of the row by the caller).
    """
    most = 1
    for s in range(places.key.size):
        most = max(most, places.first[s + 1] - places.first[s])
    work = make_work(most)
    for s in range(places.key.size):
        low, posts = places.first[s], places.first[s + 1] - places.first[s]
        mean = school_degree(seed, places.key[s], params.out_degree_mean, params.out_degree_school_sd)
        for j in range(posts):
            cohort = int(math.floor(people.entered[low + j] / params.cohort_years)) & 255
            work.code[j] = people.grade[low + j] | (cohort << 8) | (people.attitude[low + j] << 16)
            work.slowness[j] = 1.0 / people.popularity[low + j]
        _race(seed, summer, mean, low, posts, people, network, params, work)
        _count_askers(low, posts, network, work)
        _close(seed, summer, low, posts, people, network, work)


@njit
def _race(seed, summer, mean, low, posts, people, network, params, work):
    """Let colleagues race for every open place; some winners go to the row, the others become the reserve."""
    origin, tag, within, first, target = people.origin, people.tag, network.within, network.first, network.target
    code, slowness, score, winner, best = work.code, work.slowness, work.score, work.winner, work.best
    reserve, spare, back, early = work.reserve, work.spare, work.back, work.early
    by_grade, by_cohort, by_attitude = 1 / params.grade_weight, 1 / params.cohort_weight, 1 / params.attitude_weight
    pace = np.inf  # scores that one place reaches over, from the seekers before: a first guess of the limit, no more
    for me in range(posts):
        i = low + me
        kept = within[i]
        places = target_degree(seed, origin[i], tag[i], mean, params.nobody_share, posts) - kept
        early[me], spare[me] = kept, 0
        if places <= 0:
            continue
        for block in range((posts + 5) // 6):
            occasion = ((summer & 1023) << _PAIR_BITS) | block
            u0, u1, u2, u3, u4, u5 = six(rng.words(seed, origin[i], tag[i], rng.TIE, occasion))
            j = 6 * block
            score[j], score[j + 1], score[j + 2], score[j + 3], score[j + 4], score[j + 5] = u0, u1, u2, u3, u4, u5
        mine = code[me]
        for j in range(posts):
            other = code[j] ^ mine  # a byte of zeros: the two share it
            s = score[j] * slowness[j]
            s *= by_grade if other & 0xFF == 0 else 1.0
            s *= by_cohort if other & 0xFF00 == 0 else 1.0
            s *= by_attitude if other & 0xFF0000 == 0 else 1.0
            score[j] = s
        score[me] = np.inf
        for c in range(first[i], first[i + 1] - CROSS_ROOM):
            if target[c] < 0:
                break
            score[target[c] - low] = np.inf
            if c >= first[i] + kept:  # a tie that ended this summer
                target[c] = -1
        won = 0
        for start_limit in (pace * (places + 2), np.inf):
            won, limit = 0, start_limit
            for j in range(posts):
                if score[j] < limit:
                    won, limit = _insert(j, score[j], won, places, limit, winner, best)
            if won == places:
                break
        if won == 0:
            continue
        reach = 1.2 * best[won - 1] / won
        pace = reach if pace == np.inf else 0.8 * pace + 0.2 * reach
        a, b, _, _ = rng.words(seed, origin[i], tag[i], rng.TIE_RENEWAL, summer << 4)
        # keyed rounding: the shares hold on average over persons
        back[me] = min(int(won * params.reciprocal_share + share_of(a)), won)
        spare[me] = min(back[me] + int(won * params.transitive_share + share_of(b)), won)
        early[me] = kept + won - spare[me]
        for c in range(won):
            if c < won - spare[me]:
                target[first[i] + kept + c] = low + winner[c]
            else:
                reserve[me, c - won + spare[me]] = winner[c]


@njit
def six(words):
    """The six 21-bit uniforms of one draw."""
    x, y = (words[0] << _S32) | words[1], (words[2] << _S32) | words[3]
    return _share21(x), _share21(x >> _S21), _share21(x >> _S42), _share21(y), _share21(y >> _S21), _share21(y >> _S42)


@njit
def _share21(x):
    return (np.float64(np.int64(x & _LOW21)) + 0.5) * _UNIT21


@njit
def _insert(post, score, won, places, limit, winner, best):
    """Put a post into the list of the ``places`` smallest scores; returns its length and the limit to get in."""
    at = won
    if won == places:
        at -= 1
    else:
        won += 1
    while at > 0 and best[at - 1] > score:
        best[at], winner[at] = best[at - 1], winner[at - 1]
        at -= 1
    best[at], winner[at] = score, post
    return won, best[places - 1] if won == places else limit


@njit
def _count_askers(low, posts, network, work):
    """List for each post who asks it after the race (by post number of the asker)."""
    row_first, target = network.first, network.target
    first, asker, early = work.ask_first, work.asker, work.early
    first[: posts + 1] = 0
    total = 0
    for me in range(posts):
        start = row_first[low + me]
        total += early[me]
        for c in range(start, start + early[me]):
            first[target[c] - low + 1] += 1
    for j in range(posts):
        first[j + 1] += first[j]
    for me in range(posts - 1, -1, -1):
        start = row_first[low + me]
        for c in range(start, start + early[me]):
            j = target[c] - low
            first[j + 1] -= 1  # walks from the end of the list to its begin
            asker[first[j + 1]] = me
    for j in range(posts):
        first[j] = first[j + 1]
    first[posts] = total


@njit
def _close(seed, summer, low, posts, people, network, work):
    """Fill the places sought by reciprocity and by transitivity, then from the reserve.

    Two tries a place; a place that finds nobody new takes the best of the reserve.
    """
    origin, tag, target, row_first = people.origin, people.tag, network.target, network.first
    early, spare, back, reserve = work.early, work.spare, work.back, work.reserve
    ask_first, asker = work.ask_first, work.asker
    for me in range(posts):
        i = low + me
        start, size = row_first[i], early[me]
        goal = size + spare[me]
        network.degree[i] += goal - network.within[i]
        network.within[i] = goal
        for place in range(spare[me]):
            a, b, c, d = rng.words(seed, origin[i], tag[i], rng.TIE_RENEWAL, (summer << 4) | (place + 1))
            for _ in range(2):
                found = me
                if place < back[me]:
                    n = ask_first[me + 1] - ask_first[me]
                    if n > 0:
                        found = asker[ask_first[me] + int(share_of(a) * n)]
                elif early[me] > 0:
                    between = target[start + int(share_of(a) * early[me])]
                    n = early[between - low]
                    if n > 0:
                        found = target[row_first[between] + int(share_of(b) * n)] - low
                if found != me and not _in_row(target, start, size, low + found):
                    target[start + size] = low + found
                    size += 1
                    break
                a, b = c, d
        for c in range(spare[me]):
            if size < goal and not _in_row(target, start, size, low + reserve[me, c]):
                target[start + size] = low + reserve[me, c]
                size += 1


@njit
def _in_row(target, start, size, row):
    for c in range(start, start + size):
        if target[c] == row:
            return True
    return False
