"""Keyed random numbers: Philox4x32-10, one number for one key, no stream and no state.

Layout (docs/model.md, section "Keys"):
    Philox key     = the run's seed, 64 bits: low word, high word
    counter word 0 = low 32 bits of the entity's key (BLAKE2b-64 of its ids), word 1 = its high 32 bits
    counter word 2 = tag: post number << 16 | incumbent number for a person, else 0 or what the purpose says
    counter word 3 = purpose << 24 | occasion

Source: Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11.
"""

from __future__ import annotations

import hashlib

import numpy as np

from diffusion_sim.compiled.elementary_functions import cos_of_turns, log, sqrt
from diffusion_sim.compiled.integer_lanes import number_of
from diffusion_sim.compiled.jit import njit, rule

# ---- purposes: never renumber, a number is part of every published result -------------------------------------------
EFFECTIVENESS = 1
INNOVATIVENESS = 2
CONVICTION = 3
SKILL = 4
EXPERIENCE_YEARS = 5
INITIAL_USER = 6
INITIAL_SKILL = 7
INITIAL_CONVICTION = 8
ARRIVAL = 9
PRIOR_GROWTH = 10
GRADE = 11
FINDS = 12  # who comes into a school finds the practice there
AWARE = 20
TRY = 21
STOP = 22
INTERNALISE = 23
LEAVE = 24
OWNERSHIP = 25
VISIBILITY = 26
PAYOFF = 27
MOVE_KIND = 28
MOVE_ORDER = 29
MOVE_SCHOOL = 30
GRADE_CHANGE = 31
SCHOOL_USE = 40
CONDITION = 41
PRINCIPAL_SUPPORT = 42
TRUST = 43
INITIATIVES = 44
OPENNESS = 45
COACH = 46
SURVEY = 47
OBSERVED_USE = 48
QUEUE = 49
ENTER = 50
EXIT = 51
PRINCIPAL_LEAVE = 52
SCHOOL_SHOCK = 53
SUPERINTENDENT = 60
SUPERINTENDENT_LEAVE = 61
ALIGNMENT = 62
ALIGNMENT_MEAN = 63
MANDATE_DROP = 64
DISTRICT_PART = 65
DISTRICT_INITIATIVES = 66
DISTRICT_USE = 67
DISTRICT_TRAIT = 68
STRATEGY = 70
OUT_DEGREE = 80
POPULARITY = 81
ATTITUDE = 82
TIE = 83
TIE_LOSS = 84
CROSS_TIE = 85
CROSS_DEGREE = 86
TIE_RENEWAL = 87
VARIANT = 90
VARIANT_CONTEXT = 91
FIRST_VARIANT = 92
STUDY_ACT = 93
OBSERVATION = 94
REPORT = 95
EXPLORE = 96
PARTNER = 97
HABIT = 98
BIAS_OWN = 165  # what own measures of improvement cycles show too high or too low
SEEN_PAYOFF = 130
SEEN_WILLING = 131
WILLINGNESS = 132
POPULATION = 100  # synthetic schools and districts: 100 to 119

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
S32 = np.uint64(32)
S24 = np.uint64(24)
LOW24 = np.uint64(0xFFFFFF)


@rule
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10 of one counter and key; all six arguments and the four results are uint64 holding 32 bits."""
    for _ in range(10):
        p0 = _M0 * (c0 & LOW)  # changes nothing; tells the compiler that 32 bits suffice
        p1 = _M1 * (c2 & LOW)
        c0, c1, c2, c3 = (p1 >> S32) ^ c1 ^ k0, p1 & LOW, (p0 >> S32) ^ c3 ^ k1, p0 & LOW
        k0 = (k0 + _W0) & LOW
        k1 = (k1 + _W1) & LOW
    return c0, c1, c2, c3


@rule
def eight_words(seed, key, tag, purpose, occasion):
    """``words`` of eight draws; seed, purpose : uint64, alike in all; key, tag, occasion : Words."""
    last = ((purpose << S24) | (occasion & LOW24)) & LOW
    return philox(key & LOW, key >> S32, tag & LOW, last, seed & LOW, seed >> S32)


@rule
def words_here(seed, key, tag, purpose, occasion):
    """``words`` as a rule that is written into the calling loop: with a call the compiler could not make several draws
    at once."""
    s = np.uint64(seed)
    e = np.uint64(key)
    return philox(
        e & LOW,
        e >> S32,
        np.uint64(tag) & LOW,
        ((np.uint64(purpose) << S24) | (np.uint64(occasion) & LOW24)) & LOW,
        s & LOW,
        s >> S32,
    )


@njit
def words(seed, key, tag, purpose, occasion):
    """The four 32-bit words (as uint64) of one draw. ``seed``, ``key`` 64 bits; ``tag`` 32; ``occasion`` 24."""
    return words_here(seed, key, tag, purpose, occasion)


@rule
def unit(high, low):
    """Two 32-bit words (uint64 or Words) to one float in (0, 1): (53 bits + 1/2) / 2**53 and never 0 or 1."""
    whole = (high >> np.uint64(5)) * np.uint64(67108864) + (low >> np.uint64(6))
    u = (number_of(whole) + 0.5) * (1.0 / 9007199254740992.0)
    return min(u, 1.0 - 1.1102230246251565e-16)


@njit
def uniform(seed, key, tag, purpose, occasion):
    """Uniform on (0, 1), from words 0 and 1."""
    a, b, _, _ = words(seed, key, tag, purpose, occasion)
    return unit(a, b)


@njit
def uniform2(seed, key, tag, purpose, occasion):
    """Two independent uniforms on (0, 1): from words 0, 1 and from words 2, 3."""
    a, b, c, d = words(seed, key, tag, purpose, occasion)
    return unit(a, b), unit(c, d)


@njit
def exponential(seed, key, tag, purpose, occasion):
    """Exp(1): -ln of the uniform."""
    return -log(uniform(seed, key, tag, purpose, occasion))


@rule
def normal_of(a, b, c, d):
    """N(0, 1) of the four words of a draw (uint64 or Words), by Box and Muller (1958)."""
    return sqrt(-2.0 * log(unit(a, b))) * cos_of_turns(unit(c, d))


@njit
def normal(seed, key, tag, purpose, occasion):
    """N(0, 1): sqrt(-2 ln u1) cos(2 pi u2) of the draw's two uniforms."""
    a, b, c, d = words(seed, key, tag, purpose, occasion)
    return normal_of(a, b, c, d)


@njit
def person_tag(post, incumbent):
    """Counter word 2 of a person: post number (16 bits) and incumbent number (16 bits)."""
    return np.int64(post) << 16 | np.int64(incumbent)


def entity_key(*ids: str) -> int:
    """64-bit key of an entity: BLAKE2b-64 of its ids joined by U+001F, read little-endian.

    School: ``entity_key(district_id, school_id)``. District: ``entity_key(district_id)``. The whole world: key 0.
    """
    text = "\x1f".join(ids)
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


def uniforms(seed: int, keys: np.ndarray, tag: int, purpose: int, occasion: int) -> np.ndarray:
    """Uniforms on (0, 1), one for each key in ``keys`` (uint64, shape (n,)); returns float64, shape (n,)."""
    return _uniforms(np.uint64(seed), np.ascontiguousarray(keys, dtype=np.uint64), tag, purpose, occasion)


def normals(seed: int, keys: np.ndarray, tag: int, purpose: int, occasion: int) -> np.ndarray:
    """N(0, 1), one for each key in ``keys`` (uint64, shape (n,)); returns float64, shape (n,)."""
    return _normals(np.uint64(seed), np.ascontiguousarray(keys, dtype=np.uint64), tag, purpose, occasion)


def normals_each(seed: int, keys: np.ndarray, tags: np.ndarray, purpose: int, occasions: np.ndarray) -> np.ndarray:
    """``normals`` with a tag and an occasion for each key; all of shape (n,), of one length."""
    whole = (np.ascontiguousarray(keys, dtype=np.uint64), tags.astype(np.uint64), purpose, occasions.astype(np.uint64))
    return _normals_each(np.uint64(seed), *whole)


@njit
def _uniforms(seed, keys, tag, purpose, occasion):
    out = np.empty(keys.size)
    for i in range(keys.size):
        out[i] = uniform(seed, keys[i], tag, purpose, occasion)
    return out


@njit
def _normals(seed, keys, tag, purpose, occasion):
    out = np.empty(keys.size)
    for i in range(np.uint64(keys.size)):  # unsigned: the compiler vectorises only such indices
        a, b, c, d = words_here(seed, keys[i], tag, purpose, occasion)
        out[i] = normal_of(a, b, c, d)
    return out


@njit
def _normals_each(seed, keys, tags, purpose, occasions):
    out = np.empty(keys.size)
    for i in range(np.uint64(keys.size)):  # unsigned: the compiler vectorises only such indices
        a, b, c, d = words_here(seed, keys[i], tags[i], purpose, occasions[i])
        out[i] = normal_of(a, b, c, d)
    return out
