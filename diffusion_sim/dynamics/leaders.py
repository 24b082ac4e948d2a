"""Principals and superintendents come and go, and what goes with them."""

from __future__ import annotations

import math
from typing import NamedTuple

from diffusion_sim import rng
from diffusion_sim._cache import njit, rule
from diffusion_sim.state import FLOW

PRINCIPALS = FLOW["principals_left"]
SUPERINTENDENTS = FLOW["superintendents_left"]
BROKEN = FLOW["mandates_broken"]


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


class LeaderStart(NamedTuple):
    """Means and SDs of new leaders: sections ``schools`` and ``districts``, and the SD of openness."""

    principal: float
    principal_sd: float
    superintendent: float
    superintendent_sd: float
    openness_sd: float


@rule
def clip01(x):
    """x in [0, 1]."""
    return min(1.0, max(0.0, x))


@njit
def yearly_hazard(share, ratio, poverty, mean_poverty):
    """-ln(1 - s), s = share x ratio^((poverty - mean)/.6), at most .95: ratio compares poverty .8 with .2."""
    exit_share = min(0.95, share * ratio ** ((poverty - mean_poverty) / 0.6))
    return -math.log(1.0 - exit_share)


@njit
def draw_principal(s, seed, schools, start, shift):
    """A principal's support and openness, keyed by school and principal's number; ``shift`` from the norm found."""
    number = schools.principal_number[s]
    key = schools.key[s]
    support = start.principal + start.principal_sd * rng.normal(seed, key, number, rng.PRINCIPAL_SUPPORT, 0) + shift
    schools.principal[s] = clip01(support)
    schools.principal_base[s] = schools.principal[s]
    schools.openness[s] = start.openness_sd * rng.normal(seed, key, number, rng.OPENNESS, 0)
    schools.principal_sum[s] = 0.0
    schools.principal_draw[s] = rng.exponential(seed, key, 0, rng.PRINCIPAL_LEAVE, number)


@njit
def draw_superintendent(d, seed, districts, start, shift):
    """A superintendent's support, keyed by district and superintendent's number."""
    number = districts.superintendent_number[d]
    key = districts.key[d]
    z = rng.normal(seed, key, number, rng.SUPERINTENDENT, 0)
    districts.superintendent[d] = clip01(start.superintendent + start.superintendent_sd * z + shift)
    districts.superintendent_base[d] = districts.superintendent[d]
    districts.superintendent_sum[d] = 0.0
    districts.superintendent_draw[d] = rng.exponential(seed, key, 0, rng.SUPERINTENDENT_LEAVE, number)


@njit
def break_mandate(s, schools, loss, flows):
    """End a mandate against the promise: none follows, and trust falls by ``loss``."""
    schools.mandate_weeks[s] = 0
    schools.mandate_spent[s] = 1
    schools.monitored[s] = 0
    schools.trust[s] = clip01(schools.trust[s] - loss)
    flows[s, BROKEN] += 1.0


@njit
def mean_norm(schools):
    """Mean norm of programme schools weighted by posts; 0 where there is none."""
    total = 0.0
    posts = 0.0
    for s in range(schools.key.size):
        if schools.programme[s] == 1:
            n = schools.posts[s]
            total += n * schools.norm[s]
            posts += n
    return total / posts if posts > 0.0 else 0.0


@njit
def district_norm(d, schools, districts):
    """Mean norm of the district's programme schools (of all where none takes part), weighted by posts."""
    norm = 0.0
    posts = 0.0
    norm_all = 0.0
    posts_all = 0.0
    for s in range(districts.first[d], districts.last[d]):
        n = schools.posts[s]
        norm_all += n * schools.norm[s]
        posts_all += n
        if schools.programme[s] == 1:
            norm += n * schools.norm[s]
            posts += n
    return norm / posts if posts > 0.0 else norm_all / posts_all


@njit
def principals_summer(seed, schools, p, start, trust_loss, flows):
    """One summer of principals: who reaches the draw leaves; the successor draws support anew and resets conditions."""
    mean = mean_norm(schools)
    for s in range(schools.key.size):
        schools.principal_sum[s] += schools.principal_hazard[s]
        if schools.principal_sum[s] < schools.principal_draw[s]:
            continue
        schools.principal_number[s] += 1
        draw_principal(s, seed, schools, start, p.successor_norm * (schools.norm[s] - mean))
        schools.conditions[s, 0] *= p.focus_kept
        schools.conditions[s, 2] *= p.team_kept
        schools.trust[s] = clip01(schools.trust[s] - trust_loss)
        schools.weeks_principal[s] = 0
        flows[s, PRINCIPALS] += 1.0


@njit
def superintendents_summer(seed, schools, districts, p, start, broken_loss, flows):
    """One summer of superintendents: successors draw support anew, keep part of what was aligned, may drop mandates."""
    mean = mean_norm(schools)
    hazard = -math.log(1.0 - p.superintendent_exit)
    for d in range(districts.key.size):
        districts.superintendent_sum[d] += hazard
        if districts.superintendent_sum[d] < districts.superintendent_draw[d]:
            continue
        districts.superintendent_number[d] += 1
        shift = p.successor_norm * (district_norm(d, schools, districts) - mean)
        draw_superintendent(d, seed, districts, start, shift)
        for j in range(districts.alignment.shape[1]):
            built = districts.alignment[d, j] - districts.alignment_start[d, j]
            districts.alignment[d, j] = districts.alignment_start[d, j] + p.alignment_kept * built
        first = districts.first[d]
        flows[first, SUPERINTENDENTS] += 1.0
        number = districts.superintendent_number[d]
        if rng.uniform(seed, districts.key[d], number, rng.MANDATE_DROP, 0) < p.mandate_drop:
            for s in range(first, districts.last[d]):
                if schools.mandate_weeks[s] > 0:
                    break_mandate(s, schools, broken_loss, flows)
