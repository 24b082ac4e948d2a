"""What a person or a post brings to the network, each drawn once from its own key.

Class shares follow the ten schools of Pitts & Spillane (2009): two staff of one school share the grade band with
probability .21, the class of attitude with .38.
"""

from __future__ import annotations

import math

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.elementary_functions import log
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.network.params import WITHIN_ROOM

SCHOOL_TAG = 0xFFFFFFFF  # counter word 2 of a draw of the school: no person has this tag (posts stay below 60,000)
SEVERAL_GRADES = 0  # band of staff who serve several grades
SEVERAL_SHARE = 0.4  # 115 of 287 staff
SINGLE_BANDS = 9  # further bands: grades (and split grades), or departments of a secondary school
_GOLDEN = 0.6180339887498949
_TOP_POPULARITY = 2.5  # in SD of the log; more is cut, so that the weight is at most 1
_W = 1.0 / 4294967296.0


@njit
def share_of(word):
    """One 32-bit word as a float in (0, 1)."""
    return (np.float64(np.int64(word)) + 0.5) * _W


@njit
def grade_band(seed, school_key, post, posts, level):
    """Grade band of a post at the start: 0 = several grades, 1 to 9 = one grade or department.

    post : number of the post in its school, from 0; posts : posts of the school; level : 0 elementary, 1 middle,
    2 high, 3 other. Bands are even in size whatever the number of posts (steps of the golden ratio from a keyed
    start), and a further post changes nobody's band unless the school has fewer posts than bands.
    Elementary schools as in Pitts & Spillane (2009); that other levels have as many departments is an assumption.
    """
    start, _ = rng.uniform2(seed, school_key, SCHOOL_TAG, rng.GRADE, np.int64(level))
    u = (start + post * _GOLDEN) % 1.0
    return band_of(u, posts)


@njit
def band_of(u, posts):
    """Band for a number ``u`` in [0, 1) in a school of ``posts`` posts."""
    band = SEVERAL_GRADES
    if u >= SEVERAL_SHARE:
        bands = max(1, min(SINGLE_BANDS, posts - 1))
        band = 1 + min(bands - 1, int((u - SEVERAL_SHARE) / (1.0 - SEVERAL_SHARE) * bands))
    return band


@njit
def attitude_class(seed, origin, tag):
    """Class of attitude to innovation of a person, 0 to 3, for life; shares .52, .27, .15, .06."""
    u = rng.uniform(seed, origin, tag, rng.ATTITUDE, 0)
    return (u >= 0.52) + (u >= 0.79) + (u >= 0.94)


@njit
def popularity_weight(seed, origin, tag, popularity_sd):
    """Weight of a person as an adviser, in (0, 1], for life: lognormal with SD ``popularity_sd`` of its log, cut."""
    z = rng.normal(seed, origin, tag, rng.POPULARITY, 0)
    return math.exp(popularity_sd * (min(z, _TOP_POPULARITY) - _TOP_POPULARITY))


@njit
def join_network(t, seed, popularity_sd):
    """What the person of record t brings to the network, for life: attitude and popularity."""
    t.attitude = attitude_class(seed, t.origin, t.tag)
    t.popularity = popularity_weight(seed, t.origin, t.tag, popularity_sd)


@njit
def school_degree(seed, school_key, mean, school_sd):
    """Mean number of advisers in the own school that staff of this school name (before the room cuts it)."""
    z = rng.normal(seed, school_key, SCHOOL_TAG, rng.OUT_DEGREE, 0)
    return mean * math.exp(school_sd * z - 0.5 * school_sd * school_sd)


@rule
def target_degree(first, second, school_mean, nobody_share, posts):
    """Number of advisers that a person seeks in the own school: 0, or 1 to min(12, posts - 1).

    first, second : 64-bit halves of the person's draw for OUT_DEGREE, occasion 0. A person's standing in the
    distribution is for life; the mean is the school's. Who names anybody names ceil(x), x Erlang of shape 2
    (coefficient of variation .71): the spread seen in Pitts & Spillane (2009).
    """
    scale = max(0.0, school_mean / (1.0 - nobody_share) - 0.5) * 0.5
    x = -scale * log(share_of(first & rng.LOW) * share_of(second >> rng.S32))
    degree = min(max(int(math.ceil(x)), 1), WITHIN_ROOM, posts - 1)
    return degree if share_of(first >> rng.S32) >= nobody_share else 0
