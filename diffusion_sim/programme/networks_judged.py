"""How improvement networks fare: what each would recommend where, what that is worth in new areas, who has taken it up.

Judged when a quarter with cycles has ended; what schools get written here holds until it is judged again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics.cycles import CONTEXTS, CycleParams
from diffusion_sim.programme.partner_groups import Circles, Rows, rule_at, runs
from diffusion_sim.programme.pooled_evidence import numbered, pooled
from diffusion_sim.state.codes import OTHER, OWN_COUNT, TAKEN_UP
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.testing import Rule
from diffusion_sim.world.build import World
from diffusion_sim.world.run_state import RunState

BETTER = 0.05  # payoff by which a recommended variant must be truly better than what a school began with
SAME = 1e-12  # fits that differ by no more are those of one variant


class Recommended(NamedTuple):
    """What networks would recommend in each context: variants, and their true fit there; (K, CONTEXTS)."""

    origin: NDArray[np.uint64]
    number: NDArray[np.int32]
    fit: Floats


def recommended(world: World, state: RunState, rows: Rows, network: Rows, measures: str, p: CycleParams) -> Recommended:
    """What the members of networks have found to be best, context by context, from all that they have observed
    themselves. network : 0..K-1 for each of ``rows``, ascending; each has observed something."""
    measured = rules.ruler(measures, p)
    pool = pooled(world, state, rows, network, measured)
    best = pool.best(measured, p)
    origin, number = pool.origin[best], pool.number[best]
    context = np.broadcast_to(np.arange(CONTEXTS), best.shape)
    fit = rules.true_fit(world.seed, origin.ravel(), number.ravel(), context.ravel(), p)
    return Recommended(origin, number, fit.reshape(best.shape))


def recommend(world: World, state: RunState, rows: Rows, measures: str, p: CycleParams) -> Recommended | None:
    """The same of one network, (CONTEXTS,) each; None where nothing was observed."""
    if not (state.evidence[rows, :, OWN_COUNT] > 0.0).any():
        return None
    found = recommended(world, state, rows, np.zeros(rows.size, np.int64), measures, p)
    return Recommended(*(one[0] for one in found))


def fit_anywhere(world: World, state: RunState, p: CycleParams) -> float:
    """Mean over networks of the true fit of what they would recommend in each of all contexts, whether or not a school
    of the world stands there; NaN where nothing has been observed."""
    found, network = [], state.schools.network
    for first in np.unique(network[network >= 0]).tolist():
        rule = rule_at(world, state, first)
        best = recommend(world, state, np.flatnonzero(network == first), rule.measures, p)
        if best is not None:
            found.append(best.fit.mean())
    return float(np.mean(found)) if found else float("nan")


def judge_networks(world: World, state: RunState, found: list[tuple[Rule, Circles]], p: CycleParams) -> None:
    """Write what is measured of networks into the schools that had a cycle; found : the rules and their circles.

    A network goes by the row of its first school.
    """
    schools, there = state.schools, np.unique(world.context)
    schools.network[:], schools.spread[:], schools.fit_new_area[:] = -1, 0, np.nan
    for rule, circles in found:
        order = np.lexsort((circles.rows, circles.network))
        rows, label = circles.rows[order], circles.network[order]
        first, size, _ = runs(label)
        rows, network, first = rows[size > 1], numbered(label[size > 1]), rows[first][size > 1]
        schools.network[rows] = first
        seen = (state.evidence[rows, :, OWN_COUNT] > 0.0).any(axis=1)
        known = np.bincount(network, seen)[network] > 0.0  # whose network has observed something
        if not known.any():
            continue
        rows, network = rows[known], numbered(network[known])
        best = recommended(world, state, rows, network, rule.measures, p)
        schools.fit_new_area[rows] = best.fit[:, there].mean(axis=1)[network]
        schools.spread[rows] = spread(world, state, rows, network, best)


def spread(world: World, state: RunState, rows: Rows, network: Rows, best: Recommended) -> Any:
    """0 where a school has itself found what its network would recommend to it, OTHER where it has not, TAKEN_UP where
    of these it uses it and this is truly better than what it began with; (n,)."""
    schools, context = state.schools, world.context[rows]
    at = (network, context)
    origin, number, fit = best.origin[at], best.number[at], best.fit[at]
    at = (rows, schools.slot[rows])
    uses = (state.variant_origin[at] == origin) & (state.variant_number[at] == number)
    began = np.abs(fit - schools.fit_start[rows]) <= SAME
    itself = (origin == schools.key[rows]) | began | (uses & (schools.borrowed[rows] == 0))
    better = fit - schools.fit_start[rows] > BETTER
    return np.where(itself, 0, np.where(uses & better, TAKEN_UP, OTHER))
