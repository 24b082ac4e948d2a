"""What the hubs of networks tell their members: of what all others have observed, the best for a member's context."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics.cycles import CycleParams, Ruler
from diffusion_sim.programme.partner_groups import Circles, Rows, readings, tie
from diffusion_sim.programme.pooled_evidence import Pool, numbered, pooled
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.testing import Rule
from diffusion_sim.world.build import World
from diffusion_sim.world.run_state import RunState


class Told(NamedTuple):
    """What hubs tell in one reading: to whom, of which variants, weight and sum by context, (n, CONTEXTS)."""

    rows: Rows
    origin: Any
    number: Any
    count: Floats
    total: Floats


def told_by_hubs(world: World, state: RunState, circles: Circles, rule: Rule, p: CycleParams) -> list[Told]:
    """What each hub would tell its members now, reading by reading: the variants that it recommends for a member's
    context, the best first.

    A hub pools all that its members have observed so far, without the reader's own tests, and ranks tested variants by
    the estimate that this alone gives.
    """
    count = readings(rule, p)[1]
    company = np.bincount(circles.network, minlength=circles.rows.size)[circles.network] > 1
    if not count or not company.any():
        return []
    rows, network = circles.rows[company], numbered(circles.network[company])
    measured = rules.ruler(rule.measures, p)
    pool = pooled(world, state, rows, network, measured)
    there = np.diff(pool.begin)[network] > 0
    if not there.any():
        return []
    readers = Readers(np.flatnonzero(there), network, world.context[rows], tie(circles, rule, p)[company])
    pairs = all_pairs(pool, readers)
    worth = estimates_without(pool, readers, pairs, measured, p)
    found = []
    for _ in range(count):
        place, best = first_best(pairs, worth)
        place, member = place[best > -np.inf], readers.member[best > -np.inf]
        if place.size == 0:
            break
        variant = pairs.variant[place]
        weight, total = evidence_without(pool, readers, pairs, place, member)
        found.append(Told(rows[member], pool.origin[variant], pool.number[variant], weight, total))
        worth[place] = -np.inf
    return found


class Readers(NamedTuple):
    """Members of networks: who of the n asked about has something to be told, and of all n network, context, strength
    of ties."""

    member: Rows
    network: Rows
    context: Rows
    strength: Floats


class Pairs(NamedTuple):
    """Every reader with every variant of its network, (P,) each, by reader."""

    begin: Rows  # where the pairs of each reader begin
    reader: Rows
    variant: Rows
    observation: Rows  # the reader's own observation of the variant, -1 = none
    others_weight: Floats  # of each observation: what others observed in the same context
    others_sum: Floats


def all_pairs(pool: Pool, readers: Readers) -> Pairs:
    """All pairs of readers and variants."""
    of = readers.network[readers.member]
    first, size = pool.begin[of], np.diff(pool.begin)[of]
    begin = np.cumsum(size) - size
    reader = np.repeat(np.arange(of.size), size)
    variant = np.arange(reader.size) - np.repeat(begin - first, size)
    place = np.empty(readers.network.size, np.int64)  # of a member's first pair, less its first variant
    place[readers.member] = begin - first
    seen, observation = pool.observed, np.full(reader.size, -1)
    observation[place[seen.member] + seen.variant] = np.arange(seen.member.size)
    return Pairs(begin, reader, variant, observation, *pool.of_others())


def estimates_without(pool: Pool, readers: Readers, pairs: Pairs, measured: Ruler, p: CycleParams) -> Floats:
    """Estimate of each pair's variant in the reader's context without the reader's own tests, -inf without evidence."""
    strength, context = readers.strength[readers.member], readers.context[readers.member]
    worth = np.empty(pairs.reader.size)
    for tied in np.unique(strength):  # circles of a network differ by one school at most
        everywhere = rules.estimate_everywhere(pool.origin, tied * pool.weights, tied * pool.sums, measured, p)
        whose = np.flatnonzero(strength[pairs.reader] == tied)
        worth[whose] = everywhere[pairs.variant[whose], context[pairs.reader[whose]]]
    own = np.flatnonzero(pairs.observation >= 0)
    reader, variant = pairs.reader[own], pairs.variant[own]
    weight, total = evidence_without(pool, readers, pairs, own, readers.member[reader])
    learned = rules.estimate(pool.origin[variant], weight, total, context[reader], measured, p)
    worth[own] = np.where(weight.any(axis=1), learned, -np.inf)
    return worth


def evidence_without(pool: Pool, readers: Readers, pairs: Pairs, place: Rows, member: Rows) -> tuple[Floats, Floats]:
    """Weights and sums by context of the pairs at ``place``, whose readers are ``member``; (n, CONTEXTS) each."""
    strength, variant, observation = readers.strength[member], pairs.variant[place], pairs.observation[place]
    weight, total = strength[:, None] * pool.weights[variant], strength[:, None] * pool.sums[variant]
    own = np.flatnonzero(observation >= 0)
    at, seen = (own, readers.context[member[own]]), observation[own]
    weight[at], total[at] = strength[own] * pairs.others_weight[seen], strength[own] * pairs.others_sum[seen]
    return weight, total


def first_best(pairs: Pairs, worth: Floats) -> tuple[Rows, Floats]:
    """Each reader's pair of the highest worth, the first of equals, and that worth."""
    most = np.maximum.reduceat(worth, pairs.begin)
    place = np.where(worth == most[pairs.reader], np.arange(worth.size), worth.size)
    return np.minimum.reduceat(place, pairs.begin), most
