"""Who wins the race for a seeker's places, against a plain sort of all scores."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit
from diffusion_sim.network.advice import NetworkParams, empty
from diffusion_sim.network.draws import DRAW, draw, table_for, who_draws
from diffusion_sim.network.traits import school_degree, target_degree
from diffusion_sim.network.within import BLOCK, padded, race, rank

from .worlds import DEFAULTS, world

SEED, SUMMER = np.uint64(9), 3
SIZES = [1, 2, 5, 47, 48, 49, 96, 97, 400]
P = NetworkParams(**(DEFAULTS | {"reciprocal_share": 0.0, "transitive_share": 0.0}))


def scores(teachers, low, posts, me):
    """The score of every post for the seeker ``me``: uniform number / weight, by the text of docs/networks.md."""
    i, found = low + me, np.empty(posts)
    for post in range(posts):
        j = low + post
        block, k = divmod(post, BLOCK)
        words = rng.words(SEED, teachers.origin[i], teachers.tag[i], rng.TIE, SUMMER << 14 | block)
        a, b, c, d = (int(word) for word in words)
        bits = (a << 32 | b) >> 21 * k if k < 3 else (c << 32 | d) >> 21 * (k - 3)
        score = ((bits & 0x1FFFFF) + 0.5) / 2**21 * (1.0 / teachers.popularity[j])
        for name, weight in (("grade", P.grade_weight), ("cohort", P.cohort_weight), ("attitude", P.attitude_weight)):
            same = [math.floor(e / P.cohort_years) for e in (teachers.entered[i], teachers.entered[j])]
            values = same if name == "cohort" else [teachers[name][i], teachers[name][j]]
            score *= 1 / weight if values[0] == values[1] else 1.0
        found[post] = score
    found[me] = math.inf
    return found


@pytest.mark.parametrize("kept", [0, 1])
def test_the_smallest_scores_win(kept):
    """``kept`` ties stand already, and behind them one that ended: neither is drawn again."""
    teachers, schools, _ = world(SIZES)
    teachers.entered[:] = -(np.arange(teachers.size) % 9)
    network, table = empty(schools), table_for(0, schools.size, schools)
    for s in range(schools.size):
        low, posts = schools.first[s], schools.posts[s]
        for me in range(posts if kept and posts > 4 else 0):
            begin = network.first[low + me]
            network.target[begin : begin + 2] = low + (me + 1) % posts, low + (me + 2) % posts
            network.within[low + me] = network.degree[low + me] = 1
    before = network.within.copy()
    most = padded(int(schools.posts.max()))
    bits, lane = np.zeros((2, most), np.uint64), np.empty((3, most))
    sought = np.zeros((teachers.size, 2), np.uint8)
    race(0, schools.size, SEED, SUMMER, teachers, schools, network, sought, P, bits, lane)
    won = 0
    for s, posts in enumerate(SIZES):
        low = schools.first[s]
        mean = school_degree(SEED, schools.key[s], P.out_degree_mean, P.out_degree_school_sd)
        who_draws(low, posts, teachers, table)
        draw(posts, SEED, table, DRAW, rng.OUT_DEGREE, 0)
        for me in range(0, posts, 3 if posts == 400 else 1):
            i, standing = low + me, before[low + me]
            wanted = target_degree.py_func(table[DRAW, me], table[DRAW + 1, me], mean, P.nobody_share, posts)
            score = scores(teachers, low, posts, me)
            if standing:
                score[[(me + 1) % posts, (me + 2) % posts]] = math.inf
            order = [p for p in np.argsort(score, kind="stable") if score[p] < math.inf]
            expected = order[: max(0, wanted - standing)]
            row = network.target[network.first[i] : network.first[i] + network.within[i]]
            assert (row[standing:] - low).tolist() == expected
            won += len(expected)
    assert won > 700 and not sought.any()


@njit
def ranked(found, places, lane, winner, best):
    return rank(found, places, lane, winner, best)


def test_equal_scores_go_by_post():
    """Twenty equal scores and one smaller, posts not in order: the smaller first, then the lowest posts, however many
    tiles of eight they fill."""
    found, posts = 21, np.random.default_rng(3).permutation(21)
    lane = np.full((3, 40), np.inf)
    lane[1, :found], lane[2, :found] = 0.5, posts
    lane[1, 17] = 0.25
    winner, best = np.zeros(40, np.int64), np.zeros(40)
    assert ranked(found, 4, lane, winner, best) == 4
    assert winner[:found].tolist() == [posts[17], *sorted(set(posts.tolist()) - {posts[17]})]
    assert best[:2].tolist() == [0.25, 0.5]
