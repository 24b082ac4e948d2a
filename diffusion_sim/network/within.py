"""Advice ties inside one school: who fills a person's open places for advisers.

A person has as many places as `traits.target_degree` says. Most are filled by a race: every colleague gets a keyed
uniform number divided by a weight, and the smallest win. That is sequential Poisson sampling (Ohlsson 1998), a draw
without replacement nearly in proportion to the weights; because each pair has its own draw, one colleague more can
only take a place, not reshuffle the rest. The other places are sought among those who ask the seeker (reciprocity)
and among the advisers of the seeker's advisers (transitivity); where that finds nobody new in two tries, the next of
the race takes the place. A place stays empty only where a summer has ended ties with all who are left to ask: a tie
that ended is not sought anew in the same summer ("mostly not rebuilt": Spillane & Shirrell 2017).

Kernels here run over all schools and call scalar functions only, or rules written into them: Numba counts references
to every array of every call, which costs more than the work itself when it is done for each person.
"""

from __future__ import annotations

import math

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit, rule
from diffusion_sim.network.draws import DRAW, ORIGIN, SECOND, TAG
from diffusion_sim.network.params import CROSS_ROOM, WITHIN_ROOM
from diffusion_sim.network.traits import school_degree, share_of, target_degree

BLOCK = 6  # one draw of 128 bits serves six colleagues with 21 bits each
_LANES = 4  # draws made side by side: the number of blocks of a school is rounded up to it
_PAIR_BITS = 14  # bits of the occasion for the number of a block of colleagues; the 10 above hold the summer
_LOW, _LOW21 = np.uint64(0xFFFFFFFF), np.uint64(0x1FFFFF)
_S24, _S32 = np.uint64(24), np.uint64(32)
_UNIT21 = 1.0 / 2097152.0
_NONE, _BYTE_0, _BYTE_1, _BYTE_2 = np.uint64(0), np.uint64(0xFF), np.uint64(0xFF00), np.uint64(0xFF0000)
_WORDS, _CODE = 0, 2  # rows of ``bits``
_SCORE, _SLOWNESS = 0, 1  # rows of ``lane``


def padded(posts: int) -> int:
    """Places that a school of ``posts`` posts takes in working arrays."""
    return -(-posts // (BLOCK * _LANES)) * BLOCK * _LANES


@rule
def lay_out(low, posts, wide, teachers, cohort_years, bits, lane):
    """What the race needs of a school's staff. Post 6 b + k stands at k x wide + b, as the draws come out of blocks.

    Row _CODE of ``bits``: grade, cohort and attitude in a byte each; row _SLOWNESS of ``lane``: 1 / popularity.
    """
    for k in range(BLOCK):
        for b in range(wide):
            i, c = low + BLOCK * b + k, k * wide + b
            lane[_SLOWNESS, c] = np.inf
            if i < low + posts:
                cohort = np.int64(math.floor(teachers.entered[i] / cohort_years)) & 255
                code = np.int64(teachers.grade[i]) | (cohort << 8) | (np.int64(teachers.attitude[i]) << 16)
                bits[_CODE, c] = np.uint64(code)
                lane[_SLOWNESS, c] = 1.0 / teachers.popularity[i]


@rule
def score_all(seed, key, tag, occasion, mine, wide, by_grade, by_cohort, by_attitude, bits, lane):
    """Scores of all colleagues for one seeker, to row _SCORE of ``lane``: uniform number / weight."""
    for b in range(wide):
        w0, w1, w2, w3 = rng.words_here(seed, key, tag, rng.TIE, occasion | b)
        bits[_WORDS, b] = (w0 << _S32) | w1
        bits[_WORDS + 1, b] = (w2 << _S32) | w3
    for k in range(BLOCK):
        word, shift = _WORDS + k // 3, np.uint64(21 * (k % 3))
        for b in range(wide):
            u = (np.float64(np.int64((bits[word, b] >> shift) & _LOW21)) + 0.5) * _UNIT21
            other = bits[_CODE, k * wide + b] ^ mine  # a byte of zeros: the two share it
            score = u * lane[_SLOWNESS, k * wide + b]
            score *= by_grade if other & _BYTE_0 == _NONE else 1.0
            score *= by_cohort if other & _BYTE_1 == _NONE else 1.0
            score *= by_attitude if other & _BYTE_2 == _NONE else 1.0
            lane[_SCORE, k * wide + b] = score


@rule
def take_smallest(posts, wide, places, limit, lane, winner, best):
    """The ``places`` smallest scores below ``limit``, ascending, at equal scores by post; returns how many."""
    won = 0
    for b in range((posts + BLOCK - 1) // BLOCK):
        for k in range(BLOCK):
            score = lane[_SCORE, k * wide + b]
            if score < limit:
                at = won if won < places else won - 1
                while at > 0 and best[at - 1] > score:
                    best[at], winner[at] = best[at - 1], winner[at - 1]
                    at -= 1
                best[at], winner[at] = score, BLOCK * b + k
                won = min(won + 1, places)
                if won == places:
                    limit = best[places - 1]
    return won


@njit
def race(begin, end, seed, summer, teachers, schools, network, table, sought, params, bits, lane):
    """Let colleagues race for every open place of the schools begin to end - 1.

    On entry network.within counts the ties kept, at the front of each row; behind them stand ties that ended this
    summer. On return winners stand behind the kept ones and are counted in within and degree.
    table : draws of `draws.draw`, DRAW of OUT_DEGREE, SECOND of TIE_RENEWAL; sought : uint8 (T, 2), gets how many of
    the last winners are a mere reserve for the places that `close` fills, and how many of these go to reciprocity.
    bits, lane : working arrays, uint64 and float64, as long as the largest school `padded`.
    """
    first, within, target = network.first, network.within, network.target
    by_grade, by_cohort, by_attitude = 1 / params.grade_weight, 1 / params.cohort_weight, 1 / params.attitude_weight
    winner, best = np.empty(WITHIN_ROOM, np.int64), np.empty(WITHIN_ROOM)
    occasion = (summer & 1023) << _PAIR_BITS
    for s in range(begin, end):
        low, posts = schools.first[s], schools.posts[s]
        wide = (posts + BLOCK * _LANES - 1) // (BLOCK * _LANES) * _LANES
        mean = school_degree(seed, schools.key[s], params.out_degree_mean, params.out_degree_school_sd)
        lay_out(low, posts, wide, teachers, params.cohort_years, bits, lane)
        pace = np.inf  # scores that one place reaches over, from seekers before: a first guess of the limit, no more
        for me in range(posts):
            i = low + me
            if teachers.popularity[i] == 0.0:  # a post that does not teach seeks nothing
                continue
            kept = within[i]
            places = target_degree(table[DRAW, i], table[DRAW + 1, i], mean, params.nobody_share, posts) - kept
            if places <= 0:
                continue
            place = me % BLOCK * wide + me // BLOCK
            score_all(seed, table[ORIGIN, i], table[TAG, i], occasion, bits[_CODE, place], wide, by_grade, by_cohort,
                      by_attitude, bits, lane)  # fmt: skip
            lane[_SCORE, place] = np.inf
            for c in range(first[i], first[i + 1] - CROSS_ROOM):
                if target[c] < 0:
                    break
                post = target[c] - low
                lane[_SCORE, post % BLOCK * wide + post // BLOCK] = np.inf
                if c >= first[i] + kept:
                    target[c] = -1
            won = 0
            for limit in (pace * (places + 2), np.inf):
                if won < places:
                    won = take_smallest(posts, wide, places, limit, lane, winner, best)
            if won == 0:
                continue
            reach = 1.2 * best[won - 1] / won
            pace = reach if pace == np.inf else 0.8 * pace + 0.2 * reach
            for c in range(won):
                target[first[i] + kept + c] = low + winner[c]
            within[i] += won
            network.degree[i] += won
            # keyed rounding: the shares hold on average over persons
            rounding = table[SECOND, i]
            back = min(int(won * params.reciprocal_share + share_of(rounding >> _S32)), won)
            sought[i, 0] = min(back + int(won * params.transitive_share + share_of(rounding & _LOW)), won)
            sought[i, 1] = back


@rule
def list_askers(low, posts, network, sought, first, asker):
    """List for each post who asks it after the race, by post number: asker[first[j] : first[j + 1]] asks post j."""
    row_first, within, target = network.first, network.within, network.target
    for j in range(posts + 1):
        first[j] = 0
    for i in range(low, low + posts):
        for c in range(row_first[i], row_first[i] + within[i] - sought[i, 0]):
            first[target[c] - low] += 1
    for j in range(posts):
        first[j + 1] += first[j]
    for me in range(posts - 1, -1, -1):
        i = low + me
        for c in range(row_first[i], row_first[i] + within[i] - sought[i, 0]):
            j = target[c] - low
            first[j] -= 1  # walks from the end of the list to its begin
            asker[first[j]] = me


@njit
def close(begin, end, seed, summer, teachers, schools, network, sought, look, leads, ask_first, asker):
    """Fill the places sought by reciprocity and by transitivity, then from the reserve; mark the subject leaders; in
    the schools begin to end - 1.

    Two tries a place; a place that finds nobody new takes the best of the reserve. A school's leader is whom most
    colleagues ask, the lowest post number at ties. look : uint8 (T,), gets 1 for who begins or ceases to lead;
    leads : int64 (S,), gets the leader's row, -1 for a school without posts.
    """
    row_first, within, target = network.first, network.within, network.target
    reserve = np.empty(WITHIN_ROOM, np.int64)
    for s in range(begin, end):
        low, posts = schools.first[s], schools.posts[s]
        list_askers(low, posts, network, sought, ask_first, asker)
        for me in range(posts):
            i = low + me
            start, spare = row_first[i], np.int64(sought[i, 0])
            early, size, goal = within[i] - spare, within[i] - spare, within[i]
            for c in range(spare):
                reserve[c] = target[start + early + c]
            for place in range(spare):
                occasion = (summer << 4) | (place + 1)
                a, b, c, d = rng.words(seed, teachers.origin[i], teachers.tag[i], rng.TIE_RENEWAL, occasion)
                for _ in range(2):
                    found = i
                    if place < sought[i, 1]:
                        n = ask_first[me + 1] - ask_first[me]
                        if n > 0:
                            found = low + asker[ask_first[me] + int(share_of(a) * n)]
                    elif early > 0:
                        between = target[start + int(share_of(a) * early)]
                        n = within[between] - sought[between, 0]
                        if n > 0:
                            found = target[row_first[between] + int(share_of(b) * n)]
                    if found != i and not in_row(target, start, size, found):
                        target[start + size] = found
                        size += 1
                        break
                    a, b = c, d
            for c in range(spare):
                if size < goal and not in_row(target, start, size, reserve[c]):
                    target[start + size] = reserve[c]
                    size += 1
        leads[s] = choose_leader(low, posts, network, look, ask_first)


@rule
def choose_leader(low, posts, network, look, asked):
    """Mark the subject leader of a school and return the leader's row, -1 without posts."""
    first, within, target, leader = network.first, network.within, network.target, network.leader
    for j in range(posts):
        asked[j] = 0
    for i in range(low, low + posts):
        for c in range(first[i], first[i] + within[i]):
            asked[target[c] - low] += 1
    best = 0
    for j in range(posts):
        if asked[j] > asked[best]:
            best = j
    for j in range(posts):
        leads = np.uint8(j == best)
        look[low + j] |= leader[low + j] ^ leads
        leader[low + j] = leads
    return low + best if posts > 0 else -1


@rule
def in_row(target, start, size, row):
    """Whether ``row`` is among target[start : start + size]."""
    found = False
    for c in range(start, start + size):
        found |= target[c] == row
    return found
