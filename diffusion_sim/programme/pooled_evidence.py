"""What the schools of networks have observed, put together network by network."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics.cycles import CONTEXTS, CycleParams, Ruler
from diffusion_sim.programme.partner_groups import Rows, runs
from diffusion_sim.state.codes import OWN_COUNT, OWN_SUM
from diffusion_sim.state.tables import Floats
from diffusion_sim.world.build import World
from diffusion_sim.world.run_state import RunState


class Observed(NamedTuple):
    """What one school has observed of one variant, as its reports weigh; (E,) each, by school in their order."""

    member: Rows  # place of the school among those asked about
    variant: Rows  # row of the variant in the pool
    context: Rows  # of the school
    weight: Floats
    sum: Floats


class Pool(NamedTuple):
    """V variants that members have observed, by network, in it ascending; weights and sums of all tests, (V, CONTEXTS)
    by the members' context. begin : (K + 1,), where the variants of network k begin, the last one: V."""

    begin: Rows
    origin: Any  # (V,)
    number: Any  # (V,)
    weights: Floats
    sums: Floats
    observed: Observed

    def of_others(self) -> tuple[Floats, Floats]:
        """For each observation, weight and sum of what others in the same context have observed of the variant."""
        seen = self.observed
        order = np.argsort(seen.variant * CONTEXTS + seen.context, kind="stable")
        start, size, place = runs((seen.variant * CONTEXTS + seen.context)[order])
        own, others = np.stack([seen.weight[order], seen.sum[order]]), np.zeros((2, order.size))
        for nth in range(int(size.max(initial=0))):  # one after another, so that the order of the sum is theirs
            there = np.flatnonzero((nth < size) & (nth != place))
            others[:, there] += own[:, start[there] + nth]
        found = np.empty_like(others)
        found[:, order] = others
        return found[0], found[1]

    def best(self, measured: Ruler, p: CycleParams) -> Rows:
        """Row of the variant held to be best in each context, the first of equals; (K, CONTEXTS). Networks that have
        observed nothing must not be there."""
        worth = rules.estimate_everywhere(self.origin, self.weights, self.sums, measured, p)
        size = np.diff(self.begin)
        most = np.repeat(np.maximum.reduceat(worth, self.begin[:-1]), size, axis=0)
        row = np.where(worth == most, np.arange(self.origin.size)[:, None], self.origin.size)
        return np.minimum.reduceat(row, self.begin[:-1])


def pooled(world: World, state: RunState, rows: Rows, network: Rows, measured: Ruler) -> Pool:
    """What the schools ``rows`` have observed themselves. network : 0..K-1 for each of them, ascending."""
    own = state.evidence[rows, :, OWN_COUNT] > 0.0
    member, place = np.nonzero(own)
    at = (rows[member], place)
    origin, number, of = state.variant_origin[at], state.variant_number[at], network[member]
    order = np.lexsort((number, origin, of))
    alike = [(a := values[order])[1:] != a[:-1] for values in (of, origin, number)]
    first = np.r_[True, alike[0] | alike[1] | alike[2]] if order.size else np.zeros(0, bool)
    variant = np.empty(order.size, np.int64)
    variant[order] = np.cumsum(first) - 1
    rows_of_first = order[first]
    count, total = state.evidence[(*at, OWN_COUNT)], state.evidence[(*at, OWN_SUM)]
    weight = rules.report_weight(count, measured)
    seen = Observed(member, variant, world.context[rows[member]], weight, weight * total / count)
    networks = int(network[-1]) + 1 if network.size else 0
    begin = np.searchsorted(of[rows_of_first], np.arange(networks + 1))
    size = rows_of_first.size * CONTEXTS
    cell = seen.variant * CONTEXTS + seen.context
    whole = [np.bincount(cell, a, size).reshape(-1, CONTEXTS) for a in (seen.weight, seen.sum)]
    return Pool(begin, origin[rows_of_first], number[rows_of_first], whole[0], whole[1], seen)


def numbered(label: Any) -> NDArray[np.int64]:
    """0, 1, 2, ... for each run of equal labels."""
    return np.cumsum(np.r_[False, label[1:] != label[:-1]]) if label.size else np.zeros(0, np.int64)
