"""What schools in improvement cycles know of variants: their own tests, partners' reports, what a hub has pooled."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim import rng
from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics.cycles import CycleParams
from diffusion_sim.programme.partner_groups import Circles, Rows
from diffusion_sim.state.codes import OWN_COUNT, OWN_SUM, READ_COUNT, READ_SUM
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.testing import Rule
from diffusion_sim.world.build import World
from diffusion_sim.world.run_state import RunState


def observe(world: World, state: RunState, rows: Rows, quarter: int, rule: Rule, p: CycleParams) -> Floats:
    """What this quarter's tests show, fit + N(0, SD of the measures), noted in the schools' own books; (n,)."""
    schools = state.schools
    noise = p.noise_common if rule.measures == "common" else p.noise_own
    seen = schools.fit[rows] + noise * rng.normals(world.seed, schools.key[rows], 0, rng.OBSERVATION, quarter)
    state.evidence[rows, schools.slot[rows], OWN_COUNT] += 1.0
    state.evidence[rows, schools.slot[rows], OWN_SUM] += seen
    state.flow_rows["study_acts"][rows] += 1.0
    return seen


def read_partners(
    world: World, state: RunState, circles: Circles, seen: Floats, quarter: int, rule: Rule, p: CycleParams
) -> None:
    """Each school reads this quarter's reports of ``reports`` partners, drawn without replacement (all, if fewer).

    seen : what each school's test showed, NaN = it has nothing to report, in the order of ``circles``.
    """
    schools, rows = state.schools, circles.rows
    comparable = 1.0 if rule.measures == "common" else p.comparability_own
    tie = rules.tie_strength(np.maximum(circles.size - 1, 1), p)
    chosen: list[Rows] = []  # places within the circle without oneself
    origin, number = state.variant_origin, state.variant_number
    used = (rows, schools.slot[rows])
    used_origin, used_number = origin[used].copy(), number[used].copy()
    for r in range(int(p.reports)):
        left = circles.size - 1 - r
        draw = rng.uniforms(world.seed, schools.key[rows], r, rng.REPORT, quarter)
        pick = np.floor(draw * np.maximum(left, 0)).astype(np.int64)
        for earlier in np.sort(np.array(chosen, np.int64).reshape(r, rows.size), axis=0):
            pick += pick >= earlier
        chosen.append(pick)
        partner = np.minimum(circles.start + pick + (pick >= circles.place), rows.size - 1)
        reads = np.flatnonzero((left > 0) & ~np.isnan(seen[partner]))
        source, reader = partner[reads], rows[reads]
        alike = world.context[reader] == world.context[rows[source]]
        weight = tie[reads] * comparable * np.where(alike, 1.0, p.relevance_other)
        at = (reader, find_place(state, reader, used_origin[source], used_number[source], p))
        state.evidence[(*at, READ_COUNT)] += weight
        state.evidence[(*at, READ_SUM)] += weight * seen[source]


def read_hub(world: World, state: RunState, circles: Circles, rule: Rule, p: CycleParams) -> None:
    """Each school reads what its hub has pooled of the ``reports`` variants that the hub recommends for its context.

    The hub pools all that its members have observed so far, without the reader's own tests, and ranks tested variants
    by the estimate they give; what is read takes the place of what the school had read of that variant before.
    """
    comparable = 1.0 if rule.measures == "common" else p.comparability_own
    scale = float(rules.tie_strength(1.0, p)) * comparable
    for begin_at in np.flatnonzero((circles.place == 0) & (circles.size > 1)):
        rows = circles.rows[begin_at : begin_at + circles.size[begin_at]]
        origin, number, count, total = pooled(state, rows)
        if origin.size == 0:
            continue
        context = world.context[rows]
        weight = scale * np.where(context[:, None] == context[None, :], 1.0, p.relevance_other)
        np.fill_diagonal(weight, 0.0)
        count = np.einsum("ij,jv->iv", weight, count)
        total = np.einsum("ij,jv->iv", weight, total)
        worth = np.where(count > 0.0, rules.estimate(origin[None, :], count, total, p), -np.inf)
        ranking = np.argsort(-worth, axis=1, kind="stable")
        for r in range(min(int(p.reports), origin.size)):
            best = ranking[:, r]
            told = np.flatnonzero(count[np.arange(rows.size), best] > 0.0)
            v = best[told]
            at = (rows[told], find_place(state, rows[told], origin[v], number[v], p))
            state.evidence[(*at, READ_COUNT)] = count[told, v]
            state.evidence[(*at, READ_SUM)] = total[told, v]


def pooled(state: RunState, rows: Rows) -> tuple[Any, Any, Floats, Floats]:
    """What members have observed: origin and number of the variants, ascending, (V,); weight and sum, (members, V)."""
    own = state.evidence[rows][:, :, OWN_COUNT] > 0.0
    member, place = np.nonzero(own)
    at = (rows[member], place)
    makers, maker = np.unique(state.variant_origin[at], return_inverse=True)
    names, variant = np.unique(maker * 2**32 + state.variant_number[at], return_inverse=True)
    count, total = np.zeros((rows.size, names.size)), np.zeros((rows.size, names.size))
    count[member, variant] = state.evidence[(*at, OWN_COUNT)]
    total[member, variant] = state.evidence[(*at, OWN_SUM)]
    return makers[names >> 32], (names & 0xFFFFFFFF).astype(np.int32), count, total


def estimates(state: RunState, rows: Rows, p: CycleParams) -> tuple[Floats, Floats]:
    """Estimates and weight of evidence of all variants in the books of ``rows``, (n, BOOK); free places -inf and 0."""
    books = state.evidence[rows]
    count = books[:, :, OWN_COUNT] + books[:, :, READ_COUNT]
    worth = rules.estimate(state.variant_origin[rows], count, books[:, :, OWN_SUM] + books[:, :, READ_SUM], p)
    there = state.variant_number[rows] >= 0
    return np.where(there, worth, -np.inf), np.where(there, count, 0.0)


def find_place(state: RunState, rows: Rows, origin: Any, number: Any, p: CycleParams) -> Rows:
    """Where the variant (origin, number) stands in the books of each school; makes room where it is new to them.

    New variants take the first free place, else that of the variant held to be worst (the first of equals), never that
    of the one in use.
    """
    there = (state.variant_origin[rows] == origin[:, None]) & (state.variant_number[rows] == number[:, None])
    place = there.argmax(axis=1)
    new = np.flatnonzero(~there.any(axis=1))
    if new.size:
        worth, _ = estimates(state, rows[new], p)
        worth[np.arange(new.size), state.schools.slot[rows[new]]] = np.inf
        place[new] = worth.argmin(axis=1)
        at = (rows[new], place[new])
        state.variant_origin[at], state.variant_number[at] = origin[new], number[new]
        state.evidence[at] = 0.0
    return place
