"""What schools in improvement cycles know of variants: their own tests, partners' reports, what a hub has told."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim import rng
from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics.cycles import CycleParams, Ruler
from diffusion_sim.programme.hubs import Told
from diffusion_sim.programme.partner_groups import Circles, Rows, readings, tie
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


def note_told(world: World, state: RunState, told: list[Told], measured: Ruler, p: CycleParams) -> None:
    """Enter what hubs tell in the readers' books, in the place of what they had read of these variants before."""
    for reading in told:
        place = find_place(world, state, reading.rows, reading.origin, reading.number, measured, p)
        state.evidence[reading.rows, place, READ_COUNT] = reading.count
        state.evidence[reading.rows, place, READ_SUM] = reading.total


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
