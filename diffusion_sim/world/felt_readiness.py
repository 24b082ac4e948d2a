"""Readiness and coherence of a school, as it feels them: from its conditions, its leaders and its district."""

from __future__ import annotations

from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.dynamics.readiness import (
    coherence_index,
    coherence_with_board,
    district_condition,
    readiness_index,
)


@rule
def alignment_of(d, districts):
    """Mean and lowest alignment of district d's instruments."""
    total = 0.0
    lowest = 1.0
    for j in range(6):
        total += districts[d].alignment[j]
        lowest = min(lowest, districts[d].alignment[j])
    return total / 6.0, lowest


@njit
def felt_readiness(s, schools, districts, p):
    """Recompute R and C of school s from its conditions and its leaders. p : ``dynamics.params.Params``."""
    d = schools[s].district
    mean, lowest = alignment_of(d, districts)
    district = district_condition(schools[s].conditions[3], districts[d].superintendent, mean, p.readiness)
    conditions = schools[s].conditions
    schools[s].readiness = readiness_index(conditions[0], conditions[1], conditions[2], district)
    principal, superintendent = schools[s].principal, districts[d].superintendent
    if p.structure.board == 1.0:
        schools[s].coherence = coherence_with_board(principal, superintendent, districts[d].board, lowest)
    else:
        schools[s].coherence = coherence_index(principal, superintendent, lowest)
