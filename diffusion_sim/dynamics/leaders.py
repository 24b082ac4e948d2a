"""Principals and superintendents come and go, and what goes with them."""

from __future__ import annotations

import math
from typing import NamedTuple

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.dynamics.districts import PRINCIPALS_PART, shared
from diffusion_sim.state.use import per_post


class LeaderParams(NamedTuple):
    """Scenario section ``leaders``."""

    principal_exit: float
    principal_exit_ratio: float
    superintendent_exit: float
    successor_norm: float
    focus_kept: float
    team_kept: float
    alignment_kept: float
    mandate_drop: float
    eta_lead: float


class LeaderStart(NamedTuple):
    """Means and SDs of new leaders: sections ``schools`` and ``districts``, the SD of openness, and the share of
    principals' variance that a district's schools have in common."""

    principal: float
    principal_sd: float
    superintendent: float
    superintendent_sd: float
    openness_sd: float
    icc: float


@rule
def clip01(x):
    """x in [0, 1]."""
    return min(1.0, max(0.0, x))


@rule
def kept_by(factor, embedded):
    """What a new leader leaves of something that the practice's embedding E protects: 1 - (1 - factor)(1 - E)."""
    return 1.0 - (1.0 - factor) * (1.0 - embedded)


@njit
def yearly_hazard(share, ratio, poverty, mean_poverty):
    """-ln(1 - s), s = share x ratio^((poverty - mean)/.6), at most .95: ratio compares poverty .8 with .2."""
    exit_share = min(0.95, share * ratio ** ((poverty - mean_poverty) / 0.6))
    return -math.log(1.0 - exit_share)


@njit
def usual_principal(seed, key, start):
    """Support of a principal as they usually are in a district: mean and the district's part; key : of the district."""
    of_district = rng.normal(seed, key, 0, rng.DISTRICT_PART, PRINCIPALS_PART)
    return clip01(start.principal + start.principal_sd * shared(start.icc, of_district, 0.0))


@njit
def draw_principal(s, seed, schools, districts, start, shift):
    """A principal's support and openness, keyed by school and principal's number; ``shift`` from the norm found. The
    district's part of support stays whoever comes."""
    number = schools[s].principal_number
    key = schools[s].key
    of_district = rng.normal(seed, districts[schools[s].district].key, 0, rng.DISTRICT_PART, PRINCIPALS_PART)
    z = shared(start.icc, of_district, rng.normal(seed, key, number, rng.PRINCIPAL_SUPPORT, 0))
    schools[s].principal = clip01(start.principal + start.principal_sd * z + shift)
    schools[s].principal_base = schools[s].principal
    schools[s].openness = start.openness_sd * rng.normal(seed, key, number, rng.OPENNESS, 0)
    schools[s].principal_sum = 0.0
    schools[s].principal_draw = rng.exponential(seed, key, 0, rng.PRINCIPAL_LEAVE, number)


@njit
def draw_superintendent(d, seed, districts, start, shift):
    """A superintendent's support, keyed by district and superintendent's number."""
    number = districts[d].superintendent_number
    key = districts[d].key
    z = rng.normal(seed, key, number, rng.SUPERINTENDENT, 0)
    districts[d].superintendent = clip01(start.superintendent + start.superintendent_sd * z + shift)
    districts[d].superintendent_base = districts[d].superintendent
    districts[d].superintendent_sum = 0.0
    districts[d].superintendent_draw = rng.exponential(seed, key, 0, rng.SUPERINTENDENT_LEAVE, number)


@njit
def break_mandate(s, schools, loss, flows):
    """End a mandate against the promise: none follows, and trust falls by ``loss``."""
    schools[s].mandate_weeks = 0
    schools[s].mandate_spent = 1
    schools[s].monitored = 0
    schools[s].trust = clip01(schools[s].trust - loss)
    flows[s].mandates_broken += 1.0


@njit
def mean_norm(schools):
    """Mean norm of programme schools weighted by teaching posts; 0 where there is none."""
    total = 0.0
    posts = 0.0
    for s in range(schools.size):
        if schools[s].programme == 1:
            n = schools[s].teaching
            total += n * schools[s].norm
            posts += n
    return total / posts if posts > 0.0 else 0.0


@njit
def district_means(d, schools, districts):
    """Mean norm and mean embedding of the district's programme schools (of all where none takes part), weighted by
    teaching posts."""
    norm = embedded = posts = 0.0
    norm_all = embedded_all = posts_all = 0.0
    for s in range(districts[d].first, districts[d].last):
        n = schools[s].teaching
        norm_all += n * schools[s].norm
        embedded_all += n * schools[s].embedded
        posts_all += n
        if schools[s].programme == 1:
            norm += n * schools[s].norm
            embedded += n * schools[s].embedded
            posts += n
    if posts > 0.0:
        return norm / posts, embedded / posts
    return per_post(norm_all, posts_all), per_post(embedded_all, posts_all)


@njit
def succeed_principal(s, seed, schools, districts, p, start, mean, trust_loss, flows):
    """The principal of school s leaves; the successor draws support anew, part of what was built is lost.

    mean : mean norm of programme schools, which the school's own norm is held against.
    """
    schools[s].principal_number += 1
    draw_principal(s, seed, schools, districts, start, p.successor_norm * (schools[s].norm - mean))
    embedded = schools[s].embedded
    schools[s].conditions[0] *= kept_by(p.focus_kept, embedded)
    schools[s].conditions[2] *= kept_by(p.team_kept, embedded)
    schools[s].trust = clip01(schools[s].trust - trust_loss)
    schools[s].weeks_principal = 0
    flows[s].principals_left += 1.0


@njit
def succeed_superintendent(d, seed, schools, districts, p, start, mean, broken_loss, flows):
    """The superintendent of district d leaves; the successor keeps part of what was aligned, may drop mandates."""
    districts[d].superintendent_number += 1
    districts[d].weeks_superintendent = 0
    norm, embedded = district_means(d, schools, districts)
    shift = p.successor_norm * (norm - mean)
    draw_superintendent(d, seed, districts, start, shift)
    for j in range(districts.alignment.shape[1]):
        built = districts[d].alignment[j] - districts[d].alignment_start[j]
        districts[d].alignment[j] = districts[d].alignment_start[j] + p.alignment_kept * built
    first = districts[d].first
    flows[first].superintendents_left += 1.0
    number = districts[d].superintendent_number
    if rng.uniform(seed, districts[d].key, number, rng.MANDATE_DROP, 0) < p.mandate_drop * (1.0 - embedded):
        for s in range(first, districts[d].last):
            if schools[s].mandate_weeks > 0:
                break_mandate(s, schools, broken_loss, flows)


@njit
def principals_summer(seed, schools, districts, p, start, trust_loss, flows):
    """One summer of principals: who reaches the draw leaves."""
    mean = mean_norm(schools)
    for s in range(schools.size):
        schools[s].principal_sum += schools[s].principal_hazard
        if schools[s].principal_sum >= schools[s].principal_draw:
            succeed_principal(s, seed, schools, districts, p, start, mean, trust_loss, flows)


@njit
def superintendents_summer(seed, schools, districts, p, start, broken_loss, flows):
    """One summer of superintendents: who reaches the draw leaves."""
    mean = mean_norm(schools)
    hazard = -math.log(1.0 - p.superintendent_exit)
    for d in range(districts.size):
        districts[d].superintendent_sum += hazard
        if districts[d].superintendent_sum >= districts[d].superintendent_draw:
            succeed_superintendent(d, seed, schools, districts, p, start, mean, broken_loss, flows)
