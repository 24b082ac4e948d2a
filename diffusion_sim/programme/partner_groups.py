"""Who reads whose reports: schools in improvement cycles, cut into circles by the topology of their network."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.dynamics.cycles import CycleParams
from diffusion_sim.strategies.testing import Rule
from diffusion_sim.world.build import World
from diffusion_sim.world.run_state import RunState

Rows = NDArray[np.int64]


class Circles(NamedTuple):
    """Schools in cycles in a keyed order, cut into circles of those who read each other; all of shape (n,)."""

    rows: Rows  # rows of schools
    start: Rows  # where the circle of each begins in this order
    size: Rows  # schools in its circle, itself included
    place: Rows  # its own place within the circle, from 0


def make_circles(world: World, state: RunState, rule: Rule, p: CycleParams) -> Circles:
    """Who reads whom this quarter: schools in cycles by network, in it by week of enrolment, then by a keyed draw.

    Networks: those the table names, else of at most network_size schools of the world (or of a district). A school
    that the table puts in no network is alone.
    """
    schools = state.schools
    rows = np.flatnonzero(schools.testing == 1)
    if world.hubs is not None:
        unit = np.where(world.hubs[rows] >= 0, world.hubs[rows], -1 - rows)
    else:
        unit = schools.district[rows] if p.by_district else np.zeros(rows.size, np.int64)
    draw = rng.uniforms(world.seed, schools.key[rows], 0, rng.PARTNER, 0)
    order = np.lexsort((draw, schools.enrolled_week[rows], unit))
    unit = unit[order]
    if world.hubs is None:
        unit = _cut(unit, lambda n: -(-n // int(p.network_size)))
    if rule.topology == "isolated":
        unit = np.arange(rows.size)
    elif rule.topology in ("pairs", "groups"):
        least = 2 if rule.topology == "pairs" else int(p.group_size)
        unit = _cut(unit, lambda n: np.maximum(1, n // least))
    start, size, place = _runs(unit)
    return Circles(rows[order], start, size, place)


def _runs(label: Any) -> tuple[Rows, Rows, Rows]:
    """Start, length and own place of each element's run of equal labels."""
    begins = np.flatnonzero(np.r_[True, label[1:] != label[:-1]])
    lengths = np.diff(np.r_[begins, label.size])
    start, size = np.repeat(begins, lengths), np.repeat(lengths, lengths)
    return start, size, np.arange(label.size) - start


def _cut(label: Any, parts: Any) -> Rows:
    """New labels that cut each run of n equal labels into parts(n) parts of nearly equal size."""
    start, size, place = _runs(label)
    return start * (label.size + 1) + place * parts(size) // size
