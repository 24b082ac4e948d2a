"""Who stands in a post: a new person's keyed draws, and the waits that stages start."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit, rule
from diffusion_sim.state import AWARE, DISCONTINUED, ROUTINE, TRIAL, UNAWARE, Floats

SCORE_STEP = 64  # grid points of the Beta table per unit of normal score
SCORE_MAX = 8


class PersonParams(NamedTuple):
    """Section ``teachers`` and the tables of its Beta quantiles by normal score, shape (1025,)."""

    skill_effectiveness: float
    conviction: float
    conviction_sd: float
    conviction_norm: float
    experienced_share: float
    experienced_skill: float
    experience_mean: float
    skill_table: Floats
    initial_skill_table: Floats
    initial_conviction: float
    initial_conviction_sd: float


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
def start_wait(i, seed, teachers):
    """Start the wait of teacher i's stage: its sum at 0 and its own Exp(1) draw."""
    stage = teachers.stage[i]
    spells = teachers.spells[i]
    purpose = rng.TRY
    occasion = spells
    if stage == UNAWARE:
        purpose = rng.AWARE
        occasion = 0
    elif stage == TRIAL or stage == ROUTINE:
        purpose = rng.STOP
        occasion = spells - 1
    teachers.wait_sum[i] = 0.0
    teachers.wait_draw[i] = rng.exponential(seed, teachers.origin[i], teachers.tag[i], purpose, occasion)


@njit
def begin_spell(i, seed, quarter, owned_share, visibility, teachers):
    """Teacher i begins to use: a new spell in TRIAL, owned with probability ``owned_share``; returns 1 if owned."""
    origin = teachers.origin[i]
    tag = teachers.tag[i]
    spell = teachers.spells[i]
    teachers.spells[i] = spell + 1
    teachers.stage[i] = TRIAL
    teachers.ever[i] = 1
    teachers.uses[i] = 0.0
    compliant = rng.uniform(seed, origin, tag, rng.OWNERSHIP, spell) < 1.0 - owned_share
    teachers.owned[i] = 0 if compliant else 1
    teachers.visible[i] = 1 if rng.uniform(seed, origin, tag, rng.VISIBILITY, spell) < visibility else 0
    teachers.payoff_noise[i] = rng.normal(seed, origin, tag, rng.PAYOFF, quarter)
    start_wait(i, seed, teachers)
    if compliant:
        teachers.own_sum[i] = 0.0
        teachers.own_draw[i] = rng.exponential(seed, origin, tag, rng.INTERNALISE, spell)
    return teachers.owned[i]


@njit
def end_spell(i, seed, teachers):
    """Teacher i stops: DISCONTINUED, both waits of the spell end, the wait to try again starts."""
    teachers.stage[i] = DISCONTINUED
    start_wait(i, seed, teachers)


@njit
def draw_person(i, seed, school_key, s_w, p, teachers):
    """What a person is for life, for row i: effectiveness, innovativeness, drive, skill brought, leave clock.

    The person's number is ``teachers.hires[i]``, which grows by one.
    """
    number = teachers.hires[i]
    teachers.hires[i] = number + 1
    tag = rng.person_tag(teachers.post[i], number)
    teachers.origin[i] = school_key
    teachers.tag[i] = tag
    e = rng.normal(seed, school_key, tag, rng.EFFECTIVENESS, 0)
    z = rng.normal(seed, school_key, tag, rng.INNOVATIVENESS, 0)
    teachers.effectiveness[i] = e
    teachers.innovativeness[i] = z
    teachers.drive[i] = math.exp(s_w * z - 0.5 * s_w * s_w)
    rho = p.skill_effectiveness
    score = rho * e + math.sqrt(1.0 - rho * rho) * rng.normal(seed, school_key, tag, rng.SKILL, 0)
    teachers.skill[i] = from_score(score, p.skill_table)
    teachers.skill_brought[i] = teachers.skill[i]
    teachers.spells[i] = 0
    teachers.moves[i] = 0
    teachers.uses[i] = 0.0
    teachers.ever[i] = 0
    teachers.marked[i] = 0
    teachers.invited[i] = 0
    teachers.owned[i] = 1
    teachers.visible[i] = 0
    teachers.payoff_noise[i] = 0.0
    teachers.own_sum[i] = 0.0
    teachers.own_draw[i] = np.inf
    teachers.leave_sum[i] = 0.0
    teachers.leave_draw[i] = rng.exponential(seed, school_key, tag, rng.LEAVE, 0)
    teachers.stage[i] = UNAWARE


@njit
def draw_hire(i, year, seed, school_key, norm, mandated, s_w, p, teachers):
    """A hire into post i in the summer before ``year``: conviction shaped by the norm, some with experience."""
    draw_person(i, seed, school_key, s_w, p, teachers)
    tag = teachers.tag[i]
    z = rng.normal(seed, school_key, tag, rng.CONVICTION, 0)
    teachers.conviction[i] = clip_conviction(p.conviction + p.conviction_norm * norm + p.conviction_sd * z)
    teachers.entered[i] = year
    teachers.years[i] = 0.0
    if rng.uniform(seed, school_key, tag, rng.ARRIVAL, 0) < p.experienced_share:
        teachers.skill[i] = p.experienced_skill
        teachers.skill_brought[i] = p.experienced_skill
        teachers.years[i] = p.experience_mean * rng.exponential(seed, school_key, tag, rng.EXPERIENCE_YEARS, 0)
        teachers.stage[i] = AWARE
    if mandated and teachers.stage[i] == UNAWARE:
        teachers.stage[i] = AWARE
    start_wait(i, seed, teachers)


@njit
def draw_incumbent(i, seed, school_key, user_share, routine_uses, s_w, p, teachers):
    """An incumbent at the start: drawn as anybody, and with probability ``user_share`` already an owned routine user."""
    draw_person(i, seed, school_key, s_w, p, teachers)
    tag = teachers.tag[i]
    z = rng.normal(seed, school_key, tag, rng.CONVICTION, 0)
    teachers.conviction[i] = clip_conviction(p.conviction + p.conviction_sd * z)
    years = p.experience_mean * rng.exponential(seed, school_key, tag, rng.EXPERIENCE_YEARS, 0)
    tenure = min(years, 6.0 * rng.exponential(seed, school_key, tag, rng.EXPERIENCE_YEARS, 1))
    teachers.years[i] = years
    teachers.entered[i] = -1 - int(tenure)
    if user_share > 0.0 and rng.uniform(seed, school_key, tag, rng.INITIAL_USER, 0) < user_share:
        teachers.stage[i] = ROUTINE
        teachers.visible[i] = 1
        teachers.ever[i] = 1
        teachers.spells[i] = 1
        teachers.uses[i] = routine_uses
        skill = from_score(rng.normal(seed, school_key, tag, rng.INITIAL_SKILL, 0), p.initial_skill_table)
        teachers.skill_brought[i] = min(teachers.skill_brought[i], skill)
        teachers.skill[i] = skill
        z = rng.normal(seed, school_key, tag, rng.INITIAL_CONVICTION, 0)
        teachers.conviction[i] = clip_conviction(p.initial_conviction + p.initial_conviction_sd * z)
    start_wait(i, seed, teachers)
