"""What schools in improvement cycles know of variants: their own tests, partners' reports, what a hub has pooled."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics.cycles import CONTEXTS, CycleParams, Ruler
from diffusion_sim.programme.partner_groups import Circles, Rows
from diffusion_sim.state.codes import OWN_COUNT, OWN_SUM, READ_COUNT, READ_SUM
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.testing import Rule
from diffusion_sim.world.build import World
from diffusion_sim.world.run_state import RunState


def observe(world: World, state: RunState, rows: Rows, quarter: int, rule: Rule, p: CycleParams) -> Floats:
    """What this quarter's tests show, fit + N(0, SD of the measures), with own measures + the school's own bias, noted
    in the schools' own books; (n,)."""
    schools = state.schools
    noise = p.noise_common if rule.measures == "common" else p.noise_own
    seen = schools.fit[rows] + noise * rng.normals(world.seed, schools.key[rows], 0, rng.OBSERVATION, quarter)
    if rule.measures == "own":
        seen += p.bias_own * rng.normals(world.seed, schools.key[rows], 0, rng.BIAS_OWN, 0)
    state.evidence[rows, schools.slot[rows], OWN_COUNT] += 1.0
    state.evidence[rows, schools.slot[rows], OWN_SUM] += seen
    state.flow_rows["study_acts"][rows] += 1.0
    return seen


def readings(rule: Rule, p: CycleParams) -> tuple[int, int]:
    """How many of a school's reports a quarter are partners', and how many its hub's."""
    reports = int(p.reports)
    if rule.topology == "isolated":
        return 0, 0
    if rule.topology == "hub":
        return 0, reports
    hub = min(1, reports) if rule.has_hub else 0
    return reports - hub, hub


def tie(circles: Circles, rule: Rule, p: CycleParams) -> Floats:
    """Strength of each school's ties to those whom it reads; a hub takes the time of one partner more. (n,)."""
    if rule.topology == "hub":
        return np.full(circles.rows.size, rules.tie_strength(1.0, p))
    partners = circles.size - 1 + int(rule.has_hub)
    return rules.tie_strength(np.maximum(partners, 1), p)


def read_partners(
    world: World, state: RunState, circles: Circles, seen: Floats, quarter: int, rule: Rule, p: CycleParams
) -> None:
    """Each school reads this quarter's reports of partners, drawn without replacement (all, if fewer than it reads).

    The n-th report of a school on a variant adds what n reports of it weigh more than n - 1 do.
    seen : what each school's test showed, NaN = it has nothing to report, in the order of ``circles``.
    """
    schools, rows, measured = state.schools, circles.rows, rules.ruler(rule.measures, p)
    strength = tie(circles, rule, p)
    chosen: list[Rows] = []  # places within the circle without oneself
    used = (rows, schools.slot[rows])
    used_origin, used_number = state.variant_origin[used].copy(), state.variant_number[used].copy()
    so_far = np.maximum(state.evidence[(*used, OWN_COUNT)], 1.0)
    news = rules.report_weight(so_far, measured) - rules.report_weight(so_far - 1.0, measured)
    for r in range(readings(rule, p)[0]):
        left = circles.size - 1 - r
        draw = rng.uniforms(world.seed, schools.key[rows], r, rng.REPORT, quarter)
        pick = np.floor(draw * np.maximum(left, 0)).astype(np.int64)
        for earlier in np.sort(np.array(chosen, np.int64).reshape(r, rows.size), axis=0):
            pick += pick >= earlier
        chosen.append(pick)
        partner = np.minimum(circles.start + pick + (pick >= circles.place), rows.size - 1)
        reads = np.flatnonzero((left > 0) & ~np.isnan(seen[partner]))
        source, reader = partner[reads], rows[reads]
        weight = strength[reads] * news[source]
        place = find_place(world, state, reader, used_origin[source], used_number[source], measured, p)
        context = world.context[rows[source]]
        state.evidence[reader, place, READ_COUNT.start + context] += weight
        state.evidence[reader, place, READ_SUM.start + context] += weight * seen[source]


# ---- hubs ------------------------------------------------------------------------------------------------------------
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
    measured, count = rules.ruler(rule.measures, p), readings(rule, p)[1]
    found: list[list[Any]] = [[] for _ in range(count)]
    strength = tie(circles, rule, p)
    for begin, end in circles.networks if count else []:
        rows = circles.rows[begin:end]
        pool = pooled(world, state, rows, measured) if rows.size > 1 else None
        if pool is None:
            continue
        for member in range(rows.size):
            weight, total = pool.without(member)
            weight, total = strength[begin + member] * weight, strength[begin + member] * total
            worth = pool.worth(weight, total, int(pool.context[member]), measured, p)
            ranking = np.argsort(-worth, kind="stable")[:count]
            for r, v in enumerate(ranking[worth[ranking] > -np.inf].tolist()):
                found[r].append((rows[member], pool.origin[v], pool.number[v], weight[v], total[v]))
    return [Told(*(np.array(column) for column in zip(*reading, strict=True))) for reading in found if reading]


def note_told(world: World, state: RunState, told: list[Told], measured: Ruler, p: CycleParams) -> None:
    """Enter what hubs tell in the readers' books, in the place of what they had read of these variants before."""
    for reading in told:
        place = find_place(world, state, reading.rows, reading.origin, reading.number, measured, p)
        state.evidence[reading.rows, place, READ_COUNT] = reading.count
        state.evidence[reading.rows, place, READ_SUM] = reading.total


class Pool(NamedTuple):
    """What the members of a network have observed: V variants, ascending; weights and sums of members, (members, V),
    and by the members' context, (V, CONTEXTS)."""

    origin: Any  # (V,)
    number: Any  # (V,)
    context: Rows  # (members,)
    weight: Floats
    sum: Floats
    weights: Floats
    sums: Floats

    def without(self, member: int) -> tuple[Floats, Floats]:
        """Weights and sums by context, without a member's own tests."""
        weights, sums, at = self.weights.copy(), self.sums.copy(), self.context[member]
        others = self.context == at
        others[member] = False
        mine = np.flatnonzero(self.weight[member])
        weights[mine, at] = self.weight[np.ix_(others, mine)].sum(axis=0)
        sums[mine, at] = self.sum[np.ix_(others, mine)].sum(axis=0)
        return weights, sums

    def worth(self, weights: Floats, sums: Floats, context: int, measured: Ruler, p: CycleParams) -> Floats:
        """Estimates of the variants in a context, -inf without evidence; (V,)."""
        at = np.full(self.origin.size, context)
        learned = rules.estimate(self.origin, weights, sums, at, measured, p)
        return np.where(weights.any(axis=1), learned, -np.inf)


def pooled(world: World, state: RunState, rows: Rows, measured: Ruler) -> Pool | None:
    """What the schools ``rows`` have observed themselves, as their reports weigh; None where that is nothing."""
    own = state.evidence[rows][:, :, OWN_COUNT] > 0.0
    member, place = np.nonzero(own)
    if member.size == 0:
        return None
    at = (rows[member], place)
    makers, maker = np.unique(state.variant_origin[at], return_inverse=True)
    names, variant = np.unique(maker * 2**32 + state.variant_number[at], return_inverse=True)
    weight, total = np.zeros((rows.size, names.size)), np.zeros((rows.size, names.size))
    count = state.evidence[(*at, OWN_COUNT)]
    weight[member, variant] = rules.report_weight(count, measured)
    total[member, variant] = weight[member, variant] * state.evidence[(*at, OWN_SUM)] / count
    context = world.context[rows]
    by_context = [np.stack([a[context == c].sum(axis=0) for c in range(CONTEXTS)], axis=1) for a in (weight, total)]
    return Pool(makers[names >> 32], (names & 0xFFFFFFFF).astype(np.int32), context, weight, total, *by_context)


# ---- books -----------------------------------------------------------------------------------------------------------
def by_context(world: World, state: RunState, rows: Rows) -> tuple[Floats, Floats]:
    """Weight and sum of all evidence in the books of ``rows`` by context, (n, BOOK, CONTEXTS): what was read, and in
    the school's own context what it has observed itself."""
    books = state.evidence[rows]
    count, total = books[:, :, READ_COUNT].copy(), books[:, :, READ_SUM].copy()
    every = np.arange(rows.size)
    count[every, :, world.context[rows]] += books[:, :, OWN_COUNT]
    total[every, :, world.context[rows]] += books[:, :, OWN_SUM]
    return count, total


def estimates(world: World, state: RunState, rows: Rows, measured: Ruler, p: CycleParams) -> tuple[Floats, Any]:
    """Estimates of all variants in the books of ``rows``, (n, BOOK), and which of them are tested; free places -inf."""
    count, total = by_context(world, state, rows)
    context = np.broadcast_to(world.context[rows][:, None], count.shape[:2])
    worth = rules.estimate(state.variant_origin[rows], count, total, context, measured, p)
    there = state.variant_number[rows] >= 0
    return np.where(there, worth, -np.inf), there & count.any(axis=2)


def find_place(
    world: World, state: RunState, rows: Rows, origin: Any, number: Any, measured: Ruler, p: CycleParams
) -> Rows:
    """Where the variant (origin, number) stands in the books of each school; makes room where it is new to them.

    New variants take the first free place, else that of the variant held to be worst (the first of equals), never that
    of the one in use.
    """
    there = (state.variant_origin[rows] == origin[:, None]) & (state.variant_number[rows] == number[:, None])
    place = there.argmax(axis=1)
    new = np.flatnonzero(~there.any(axis=1))
    if new.size:
        worth, _ = estimates(world, state, rows[new], measured, p)
        worth[np.arange(new.size), state.schools.slot[rows[new]]] = np.inf
        place[new] = worth.argmin(axis=1)
        at = (rows[new], place[new])
        state.variant_origin[at], state.variant_number[at] = origin[new], number[new]
        state.evidence[at] = 0.0
    return place
