"""Who stands in a post: a new person's keyed draws, and the waits that stages start.

Letters
    t : a teacher's row of the table
    e, z : effectiveness and innovativeness, SD of teachers (z also another N(0, 1) draw)
    v : conviction
    s_w : SD of the log of the drive w
    p : parameters (PersonParams)
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.integer_lanes import all_alike
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.compiled.lane_memory import load_lanes, store_lanes
from diffusion_sim.compiled.lanes import WIDTH
from diffusion_sim.state.codes import AWARE, DISCONTINUED, NEW_HERE, NOT_YET, ROUTINE, TRIAL, UNAWARE
from diffusion_sim.state.tables import Floats
from diffusion_sim.state.use import is_user

SCORE_STEP = 64  # grid points of the Beta table per unit of normal score
SCORE_MAX = 8


class PersonParams(NamedTuple):
    """Section ``teachers`` and the tables of its Beta quantiles by normal score, shape (1025,)."""

    skill_effectiveness: float
    conviction: float
    conviction_sd: float
    conviction_norm: float
    experienced_ratio: float
    experienced_skill: float
    experience_mean: float
    skill_table: Floats
    initial_skill_table: Floats
    initial_conviction: float
    initial_conviction_sd: float


@lru_cache(maxsize=64)
def beta_table(a: float, b: float) -> Floats:
    """Quantiles of Beta(a, b) at the normal scores -8, -8 + 1/64, ..., 8; shape (1025,)."""
    from scipy.special import betaincinv, ndtr

    scores = np.arange(-SCORE_MAX * SCORE_STEP, SCORE_MAX * SCORE_STEP + 1) / SCORE_STEP
    return np.ascontiguousarray(betaincinv(a, b, ndtr(scores)))


@njit
def from_score(score, table):
    """Beta draw at a normal score: linear interpolation in ``beta_table``."""
    place = (min(8.0, max(-8.0, score)) + 8.0) * 64.0
    low = min(int(place), table.size - 2)
    part = place - low
    return table[low] + part * (table[low + 1] - table[low])


@rule
def clip_conviction(v):
    """v in [-1, 1]."""
    return min(1.0, max(-1.0, v))


@njit
def start_wait(seed, t):
    """Start the wait of a teacher's stage (t : record) with its own Exp(1) draw; hazard is taken off until 0."""
    stage = t.stage
    spells = t.spells
    purpose = rng.TRY
    occasion = spells
    if stage == UNAWARE:
        purpose = rng.AWARE
        occasion = 0
    elif is_user(stage):
        purpose = rng.STOP
        occasion = spells - 1
    t.wait = rng.exponential(seed, t.origin, t.tag, purpose, occasion)


@njit
def begin_spell(seed, quarter, owned_share, visibility, t):
    """A teacher begins to use: a new spell in TRIAL, owned with probability ``owned_share``; returns 1 if owned."""
    origin = t.origin
    tag = t.tag
    spell = t.spells
    t.spells = spell + 1
    t.stage = TRIAL
    t.ever = 1
    t.uses = 0.0
    compliant = rng.uniform(seed, origin, tag, rng.OWNERSHIP, spell) < 1.0 - owned_share
    t.owned = 0 if compliant else 1
    t.visible = 1 if rng.uniform(seed, origin, tag, rng.VISIBILITY, spell) < visibility else 0
    t.payoff_noise = rng.normal(seed, origin, tag, rng.PAYOFF, quarter)
    start_wait(seed, t)
    if compliant:
        t.own_wait = rng.exponential(seed, origin, tag, rng.INTERNALISE, spell)
    return t.owned


@njit
def end_spell(seed, week, t):
    """A teacher stops in ``week``: DISCONTINUED, both waits of the spell end, the wait to try again starts."""
    t.stage = DISCONTINUED
    t.uses = week
    start_wait(seed, t)


@njit
def draw_person(t, seed, school_key, s_w, p):
    """What a person is for life, for the record t: effectiveness, innovativeness, drive, skill brought, leave clock.

    The person's number is ``t.hires``, which grows by one.
    """
    number = t.hires
    t.hires = number + 1
    tag = rng.person_tag(t.post, number)
    t.origin = school_key
    t.tag = tag
    e = rng.normal(seed, school_key, tag, rng.EFFECTIVENESS, 0)
    z = rng.normal(seed, school_key, tag, rng.INNOVATIVENESS, 0)
    t.effectiveness = e
    t.innovativeness = z
    t.drive = math.exp(s_w * z - 0.5 * s_w * s_w)
    rho = p.skill_effectiveness
    score = rho * e + math.sqrt(1.0 - rho * rho) * rng.normal(seed, school_key, tag, rng.SKILL, 0)
    t.skill = from_score(score, p.skill_table)
    t.skill_brought = t.skill
    t.spells = 0
    t.moves = 0
    t.uses = 0.0
    t.gain = 0.0
    t.ever = 0
    t.marked = 0
    t.invited = 0
    t.owned = 1
    t.visible = 0
    t.payoff_noise = 0.0
    t.mine = 0.0
    t.prepared = NOT_YET
    t.own_wait = np.inf
    t.leave_sum = 0.0
    t.leave_draw = rng.exponential(seed, school_key, tag, rng.LEAVE, 0)
    t.stage = UNAWARE


@njit
def find_here(seed, t, embedded, mandated):
    """Somebody is new in a school: hears of the practice at once under a mandate, or where it is part of the school,
    with that chance. Returns whether the stage has changed; whoever calls starts the wait."""
    t.invited = NEW_HERE
    if t.stage != UNAWARE:
        return False
    finds = embedded > 0.0 and rng.uniform(seed, t.origin, t.tag, rng.FINDS, np.int64(t.moves)) < embedded
    if mandated or finds:
        t.stage = AWARE
    return mandated or finds


@njit
def draw_hire(t, year, seed, school_key, norm, embedded, mandated, elsewhere, s_w, p):
    """A hire into the post t in the summer before ``year``: conviction shaped by the norm, some know the practice.

    embedded : how far the practice is part of the school; elsewhere : share of teachers who use the practice where
    hires come from. Returns 1 for one who knows it, else 0.
    """
    draw_person(t, seed, school_key, s_w, p)
    tag = t.tag
    z = rng.normal(seed, school_key, tag, rng.CONVICTION, 0)
    t.conviction = clip_conviction(p.conviction + p.conviction_norm * norm + p.conviction_sd * z)
    t.entered = year
    t.years = 0.0
    knows = 1 if rng.uniform(seed, school_key, tag, rng.ARRIVAL, 0) < p.experienced_ratio * elsewhere else 0
    if knows == 1:
        t.skill = p.experienced_skill
        t.skill_brought = p.experienced_skill
        t.years = p.experience_mean * rng.exponential(seed, school_key, tag, rng.EXPERIENCE_YEARS, 0)
        t.stage = AWARE
    find_here(seed, t, embedded, mandated)
    start_wait(seed, t)
    return knows


@njit
def draw_incumbent(t, seed, school_key, user_share, routine_uses, s_w, p):
    """An incumbent at the start: drawn like any person; with probability ``user_share`` one in owned, routine use."""
    draw_person(t, seed, school_key, s_w, p)
    tag = t.tag
    z = rng.normal(seed, school_key, tag, rng.CONVICTION, 0)
    t.conviction = clip_conviction(p.conviction + p.conviction_sd * z)
    years = p.experience_mean * rng.exponential(seed, school_key, tag, rng.EXPERIENCE_YEARS, 0)
    tenure = min(years, 6.0 * rng.exponential(seed, school_key, tag, rng.EXPERIENCE_YEARS, 1))
    t.years = years
    t.entered = -1 - int(tenure)
    if user_share > 0.0 and rng.uniform(seed, school_key, tag, rng.INITIAL_USER, 0) < user_share:
        t.stage = ROUTINE
        t.visible = 1
        t.ever = 1
        t.spells = 1
        t.uses = routine_uses
        skill = from_score(rng.normal(seed, school_key, tag, rng.INITIAL_SKILL, 0), p.initial_skill_table)
        t.skill_brought = min(t.skill_brought, skill)
        t.skill = skill
        z = rng.normal(seed, school_key, tag, rng.INITIAL_CONVICTION, 0)
        t.conviction = clip_conviction(p.initial_conviction + p.initial_conviction_sd * z)
    start_wait(seed, t)


@rule
def draw_eight(seed, who, at, purpose, occasion, drawn):
    """A keyed N(0, 1) for each of eight persons, into ``drawn`` from place ``at`` on; all eight are drawn.

    who : uint64 (2 or more, n), in its rows 0 and 1 origins and tags, read from place ``at`` on.
    """
    origins, tags = load_lanes(who, 0, at), load_lanes(who, 1, at)
    a, b, c, d = rng.eight_words(seed, origins, tags, np.uint64(purpose), all_alike(np.uint64(occasion)))
    store_lanes(drawn, 0, at, rng.normal_of(a, b, c, d))


@njit
def person_noise(seed, teachers, purpose, occasion, noise):
    """Errors with which a planner sees teachers: fills ``noise`` (float64[T]) with keyed N(0, 1)."""
    who, drawn = np.zeros((2, WIDTH), np.uint64), np.empty(WIDTH)
    for first in range(0, teachers.size, WIDTH):
        count = min(WIDTH, teachers.size - first)
        for j in range(count):
            who[0, j], who[1, j] = teachers[first + j].origin, np.uint64(teachers[first + j].tag)
        draw_eight(seed, who, 0, purpose, occasion, drawn)
        for j in range(count):
            noise[first + j] = drawn[j]
