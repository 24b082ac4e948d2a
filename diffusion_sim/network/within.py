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
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.integer_lanes import (
    all_alike,
    any_bits,
    from_on,
    mask_of,
    number_of,
)
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.compiled.lane_memory import keep, load_lanes, store_lanes
from diffusion_sim.compiled.lanes import WIDTH, count, filled, pick
from diffusion_sim.network.draws import DRAW, ORIGIN, SECOND, TAG, draw, table_for, who_draws
from diffusion_sim.network.params import CROSS_ROOM, WITHIN_ROOM
from diffusion_sim.network.traits import school_degree, share_of, target_degree

BLOCK = 6  # one draw of 128 bits serves six colleagues with 21 bits each
USUAL = min(4, CROSS_ROOM)  # places of a row of ties that are always read; most persons have no more ties
GROUP = BLOCK * WIDTH  # colleagues whose draws are made side by side
_PAIR_BITS = 14  # bits of the occasion for the number of a block of colleagues; the 10 above hold the summer
_LOW21, _S21, _LANES = np.uint64(0x1FFFFF), np.uint64(21), np.uint64(WIDTH)
_UNIT21 = 1.0 / 2097152.0
_BYTE_0, _BYTE_1, _BYTE_2 = np.uint64(0xFF), np.uint64(0xFF00), np.uint64(0xFF0000)
_CODE, _BARRED = 0, 1  # rows of ``bits``
_SLOWNESS, _SCORE, _POST = 0, 1, 2  # rows of ``lane``


class Pull(NamedTuple):
    """By how much a colleague's score shrinks where something is shared with the seeker: 1 / weight."""

    grade: float
    cohort: float
    attitude: float


def padded(posts: int) -> int:
    """Length of working arrays for a school of ``posts`` posts, with the spare places that `compete` may write."""
    return -(-posts // GROUP) * GROUP + WIDTH


@njit
def places_of(posts):
    """Where each post stands in working arrays: post 6 b + k in lane b % 8 of the k-th tile of group b / 8, as the
    draws come out of blocks."""
    place = np.empty(posts, np.int64)
    for post in range(posts):
        place[post] = (post // GROUP * BLOCK + post % BLOCK) * WIDTH + post % GROUP // BLOCK
    return place


@rule
def lay_out(low, posts, teachers, cohort_years, place, bits, lane):
    """Fill the working arrays with what the race needs to know of a school's staff, in the order of `places_of`;
    returns the number of groups.

    Row _CODE of ``bits``: grade, cohort and attitude in a byte each; row _SLOWNESS of ``lane``: 1 / popularity.
    """
    groups = (posts + GROUP - 1) // GROUP
    for c in range(groups * GROUP):
        lane[_SLOWNESS, c] = np.inf
    for post in range(posts):
        i, c = low + post, place[post]
        cohort = np.int64(math.floor(teachers.entered[i] / cohort_years)) & 255
        bits[_CODE, c] = np.uint64(np.int64(teachers.grade[i]) | (cohort << 8) | (np.int64(teachers.attitude[i]) << 16))
        lane[_SLOWNESS, c] = 1.0 / teachers.popularity[i]
    return groups


@rule
def compete(seed, key, tag, occasion, mine, groups, limit, pull, bits, lane):
    """Find the colleagues of one seeker whose score (uniform number / weight) is below ``limit``, without those barred.

    Writes their scores to row _SCORE of ``lane`` and their posts to row _POST; returns how many they are.
    """
    found = 0
    mine, post = all_alike(mine), number_of(from_on(np.uint64(0))) * np.float64(BLOCK)
    for g in range(groups):
        blocks = from_on(np.uint64(occasion) | (np.uint64(g) * _LANES))
        w0, w1, w2, w3 = rng.eight_words(seed, all_alike(key), all_alike(tag), np.uint64(rng.TIE), blocks)
        for half in range(2):
            word = ((w0 << rng.S32) | w1) if half == 0 else ((w2 << rng.S32) | w3)
            for k in range(3 * half, 3 * half + 3):
                tile = g * BLOCK + k
                at = tile * WIDTH
                other = load_lanes(bits, _CODE, at) ^ mine  # a byte of zeros: the two share it
                score = (number_of(word & _LOW21) + 0.5) * _UNIT21 * load_lanes(lane, _SLOWNESS, at)
                score *= pick(any_bits(other & _BYTE_0), 1.0, pull.grade)
                score *= pick(any_bits(other & _BYTE_1), 1.0, pull.cohort)
                score *= pick(any_bits(other & _BYTE_2), 1.0, pull.attitude)
                eligible = (score < limit) & ~mask_of(bits[_BARRED, tile])
                keep(lane, _SCORE, found, eligible, score)
                keep(lane, _POST, found, eligible, post)
                found += count(eligible)
                post += 1.0
                word = word >> _S21
        post += np.float64(GROUP - BLOCK)
    return found


@rule
def rank(found, places, lane, winner, best):
    """Put the ``places`` smallest of ``found`` scores in ascending order, at equal scores by post, into ``winner``
    (posts) and ``best`` (scores), both with room for all; returns how many. A score's place is the number of scores
    before it: counting needs no branch, which the processor would often guess wrong."""
    store_lanes(lane, _SCORE, found, filled(np.inf))
    scores, posts = load_lanes(lane, _SCORE, 0), load_lanes(lane, _POST, 0)
    for j in range(found):
        score, post = lane[_SCORE, j], lane[_POST, j]
        place = count((scores < score) | ((scores <= score) & (posts < post)))
        for at in range(WIDTH, found, WIDTH):
            more = load_lanes(lane, _SCORE, at)
            place += count((more < score) | ((more <= score) & (load_lanes(lane, _POST, at) < post)))
        winner[place], best[place] = np.int64(post), score
    return min(found, places)


@rule
def bar(place, bits):
    """Bar the colleague at ``place`` from the seeker's race."""
    bits[_BARRED, place // WIDTH] |= np.uint64(1) << np.uint64(place % WIDTH)


@rule
def bar_all(me, low, posts, groups, place, start, end, kept, target, bits):
    """Bar from the race of post ``me`` itself and all that target[start : end] names, up to the first empty place;
    clear the places behind the ``kept`` first ones. Returns how many posts are left."""
    for tile in range(groups * BLOCK):
        bits[_BARRED, tile] = 0
    bar(place[me], bits)
    left = posts - 1
    for c in range(start, end):
        if target[c] < 0:
            break
        bar(place[target[c] - low], bits)
        left -= 1
        if c >= start + kept:
            target[c] = -1
    return left


@rule
def list_seekers(low, posts, mean, within, table, nobody_share, popularity, wanted, seeker):
    """List the posts with open places; ``wanted`` gets everybody's open places. Returns how many they are."""
    for me in range(np.uint64(posts)):  # unsigned, and no branch: so the compiler does several at once
        i = low + me
        degree = target_degree(table[DRAW, me], table[DRAW + 1, me], mean, nobody_share, posts)
        teaches = popularity[i] > 0.0  # a post that does not teach seeks nothing
        wanted[me] = degree - within[i] if teaches else 0
    number = 0
    for me in range(posts):
        seeker[number] = me
        number += wanted[me] > 0
    return number


@njit
def race(begin, end, seed, summer, teachers, schools, network, sought, params, bits, lane):
    """Let colleagues race for every open place of the schools begin to end - 1.

    On entry network.within counts the ties kept, at the front of each row; behind them stand ties that ended this
    summer. On return winners stand behind the kept ones and are counted in within and degree.
    sought : uint8 (T, 2), gets for how many places `close` seeks somebody else first (the last winners are only the
    reserve for these), and for how many of them it does so by reciprocity.
    bits, lane : working arrays, uint64 (2, n) and float64 (3, n), n of the largest school `padded`.
    """
    first, within, target = network.first, network.within, network.target
    pull = Pull(1 / params.grade_weight, 1 / params.cohort_weight, 1 / params.attitude_weight)
    most = lane.shape[1]
    winner, best, place = np.empty(most, np.int64), np.empty(most), places_of(most)
    wanted, seeker, table = np.empty(most, np.int64), np.empty(most, np.int64), table_for(begin, end, schools)
    occasion = (summer & 1023) << _PAIR_BITS
    pace = 1.0  # highest winning score x posts / winners, averaged over the seekers before: a first guess of the limit
    for s in range(begin, end):
        low, posts = schools.first[s], schools.posts[s]
        mean = school_degree(seed, schools.key[s], params.out_degree_mean, params.out_degree_school_sd)
        who_draws(low, posts, teachers, table)
        draw(posts, seed, table, DRAW, rng.OUT_DEGREE, 0)
        draw(posts, seed, table, SECOND, rng.TIE_RENEWAL, summer << 4)
        groups = lay_out(low, posts, teachers, params.cohort_years, place, bits, lane)
        number = list_seekers(
            low, posts, mean, within, table, params.nobody_share, teachers.popularity, wanted, seeker
        )  # fmt: skip
        for n in range(number):
            me = seeker[n]
            i, places, kept = low + me, wanted[me], within[low + me]
            left = bar_all(me, low, posts, groups, place, first[i], first[i + 1] - CROSS_ROOM, kept, target, bits)
            few = 1.2 * places + 3.0  # scores expected below the limit; seldom fewer than places
            limit, found = pace * few / posts if left > few else np.inf, -1
            for wider in (1.0, 4.0, 16.0, np.inf):
                if found < 0 or (found < places and limit < np.inf):
                    limit = limit * wider
                    found = compete(
                        seed, table[ORIGIN, me], table[TAG, me], occasion, bits[_CODE, place[me]], groups, limit,
                        pull, bits, lane,
                    )  # fmt: skip
            if found == 0:
                continue
            won = rank(found, places, lane, winner, best)
            pace = 0.8 * pace + 0.2 * (best[won - 1] / won * posts)
            for c in range(won):
                target[first[i] + kept + c] = low + winner[c]
            within[i] += won
            network.degree[i] += won
            # keyed rounding: the shares hold on average over persons
            rounding = table[SECOND, me]
            back = min(int(won * params.reciprocal_share + share_of(rounding >> rng.S32)), won)
            sought[i, 0] = min(back + int(won * params.transitive_share + share_of(rounding & rng.LOW)), won)
            sought[i, 1] = back


@rule
def list_askers(low, posts, network, sought, asked, first, asker):
    """List for each post who asks it after the race, by post number: asker[first[j] : first[j + 1]] asks post j.

    asked : gets how many ask. The first USUAL places of each row are always read; an empty one counts for a post that
    does not exist. So there is no branch on the number of ties, which the processor would often guess wrong.
    """
    row_first, within, target = network.first, network.within, network.target
    nobody = posts + 1
    for j in range(posts + 2):
        asked[j] = 0
    for i in range(low, low + posts):
        begin, size = row_first[i], within[i] - sought[i, 0]
        for c in range(USUAL):
            adviser = target[begin + c]
            asked[adviser - low if c < size else nobody] += 1
        for c in range(USUAL, size):
            asked[target[begin + c] - low] += 1
    last = 0
    for j in range(posts + 1):
        last += asked[j]
        first[j] = last
    first[nobody] = asker.size
    for me in range(posts - 1, -1, -1):
        begin, size = row_first[low + me], within[low + me] - sought[low + me, 0]
        for c in range(USUAL):
            adviser = target[begin + c]
            j = adviser - low if c < size else nobody
            first[j] -= 1  # walks from the end of the list to its beginning
            asker[first[j]] = me
        for c in range(USUAL, size):
            j = target[begin + c] - low
            first[j] -= 1
            asker[first[j]] = me


@njit
def close(begin, end, seed, summer, teachers, schools, network, sought, look, leads, asked, ask_first, asker):
    """Fill the places sought by reciprocity and by transitivity, then from the reserve; mark the subject leaders; in
    the schools begin to end - 1.

    Two tries a place; a place that finds nobody new takes the best of the reserve. A school's leader is whom most
    colleagues ask, the lowest post number at ties. look : uint8 (T,), gets 1 for who begins or ceases to lead;
    leads : int64 (S,), gets the leader's row, -1 for a school without posts. asked, ask_first, asker : int32,
    of the largest school's posts + 2, as many, and WITHIN_ROOM times its posts.
    """
    row_first, within, target = network.first, network.within, network.target
    reserve = np.empty(WITHIN_ROOM, np.int64)
    for s in range(begin, end):
        low, posts = schools.first[s], schools.posts[s]
        list_askers(low, posts, network, sought, asked, ask_first, asker)
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
                        asked[found - low] += 1
                        size += 1
                        break
                    a, b = c, d
            for c in range(spare):
                if size < goal and not in_row(target, start, size, reserve[c]):
                    target[start + size] = reserve[c]
                    asked[reserve[c] - low] += 1
                    size += 1
        leads[s] = choose_leader(low, posts, network.leader, look, asked)


@rule
def choose_leader(low, posts, leader, look, asked):
    """Mark the subject leader of a school and return the leader's row, -1 without posts."""
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
