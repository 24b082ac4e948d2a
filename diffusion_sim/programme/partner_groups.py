"""Who reads whose reports: schools in improvement cycles by the rule that is theirs, in networks, cut into circles."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.dynamics.cycles import CycleParams
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.testing import Rule, decoded
from diffusion_sim.world.build import World
from diffusion_sim.world.run_state import RunState

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


def rules_in_force(world: World, state: RunState) -> list[tuple[Rule, Mask]]:
    """Rules, and whose each is: the plan's, and in its place those of networks of the scenario that have one of their
    own. Where the plan's kind is none, nobody's is another."""
    plan, own = decoded(state.variant_rule), world.networks
    usual = np.ones(state.schools.size, bool)
    if plan.kind == "none":
        return [(plan, usual)]
    found = []
    for number, rule in enumerate(own.rules):
        if rule is not None:
            members = own.of == number
            usual &= ~members
            found.append((rule, members))
    return [(plan, usual), *found]


def rule_at(world: World, state: RunState, row: int) -> Rule:
    """The rule by which a school tests."""
    return next(rule for rule, whose in rules_in_force(world, state) if whose[row])


class Circles(NamedTuple):
    """Schools in cycles in a keyed order, cut into circles of those who read each other; all of shape (n,)."""

    rows: Rows  # rows of schools
    start: Rows  # where the circle of each begins in this order
    size: Rows  # schools in its circle, itself included
    place: Rows  # its own place within the circle, from 0
    network: Rows  # where its network begins in this order

    @property
    def networks(self) -> list[tuple[int, int]]:
        """(begin, end) of each network in this order."""
        begins = np.unique(self.network)
        return list(zip(begins.tolist(), [*begins[1:].tolist(), self.rows.size], strict=True))


def make_circles(world: World, state: RunState, rule: Rule, p: CycleParams, whose: Any = None) -> Circles:
    """Who reads whom this quarter: schools in cycles by network, in it by week of enrolment, then by a keyed draw.

    Networks: those that the scenario names, then those of the table, else of at most network_size schools of the world
    (or of a district). Where the table names any, a school that it puts in none is alone.
    whose : bool[S], the schools that go by ``rule``; None = all.
    """
    schools = state.schools
    rows = np.flatnonzero((schools.testing == 1) if whose is None else (schools.testing == 1) & whose)
    named, cut = world.hubs[rows] >= 0, world.table_networks is None
    if cut:
        other = schools.district[rows] if p.by_district else np.zeros(rows.size, np.int64)
    else:
        other = rows
    unit = np.where(named, world.hubs[rows], -1 - other)
    draw = rng.uniforms(world.seed, schools.key[rows], 0, rng.PARTNER, 0)
    order = np.lexsort((draw, schools.enrolled_week[rows], unit))
    unit, named = unit[order], named[order]
    if cut:
        unit = _cut(unit, lambda n: np.where(named, 1, -(-n // int(p.network_size))))
    network = runs(unit)[0]
    if rule.topology == "isolated":
        unit = np.arange(rows.size)
    elif rule.topology.startswith(("pairs", "groups")):
        least = 2 if rule.topology.startswith("pairs") else int(p.group_size)
        unit = _cut(unit, lambda n: np.maximum(1, n // least))
    return Circles(rows[order], *runs(unit), network)


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


def runs(label: Any) -> tuple[Rows, Rows, Rows]:
    """Start, length and own place of each element's run of equal labels."""
    if label.size == 0:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    begins = np.flatnonzero(np.r_[True, label[1:] != label[:-1]])
    lengths = np.diff(np.r_[begins, label.size])
    start, size = np.repeat(begins, lengths), np.repeat(lengths, lengths)
    return start, size, np.arange(label.size) - start


def _cut(label: Any, parts: Any) -> Rows:
    """New labels that cut each run of n equal labels into parts(n) parts of nearly equal size."""
    start, size, place = runs(label)
    return start * (label.size + 1) + place * parts(size) // size
