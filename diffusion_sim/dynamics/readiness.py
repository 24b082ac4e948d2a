"""The four conditions of the Achievement Network trial, and leadership coherence."""

from __future__ import annotations

import math
from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class ReadinessParams(NamedTuple):
    """Scenario section ``readiness``, and what new principals take away; rates 1/school year."""

    build: float
    h_school: float
    drift: float
    focus_crowding: float
    own_weight: float
    focus_kept: float  # leaders.focus_kept
    team_kept: float  # leaders.team_kept


@rule
def district_condition(own, superintendent, alignment_mean, p):
    """District support and alignment as a school feels it, in [0, 1]: own part, superintendent, mean of instruments."""
    rest = 0.5 * (1.0 - p.own_weight)
    return p.own_weight * own + rest * superintendent + rest * alignment_mean


@rule
def readiness_index(focus, time, team, district):
    """R = geometric mean of the four conditions, in [0, 1]: one missing condition drags all (ANet i3 trial)."""
    return math.sqrt(math.sqrt(focus * time * team * district))


@rule
def coherence_index(principal, superintendent, alignment_min):
    """C = geometric mean of principal, superintendent and the lowest of the six instruments, in [0, 1]."""
    return (principal * superintendent * alignment_min) ** (1.0 / 3.0)


@rule
def coherence_with_board(principal, superintendent, board, alignment_min):
    """C where the school board is a third support, in [0, 1]: ``structure.board`` in_coherence (PACE)."""
    return math.sqrt(math.sqrt(principal * superintendent * board * alignment_min))


@rule
def focus_target(start, initiatives_start, initiatives, p):
    """Where priority focus drifts to as initiatives crowd it: start x (1 + c I0)/(1 + c I), at most 1; I0 : the number
    at which it is what the start says."""
    return min(1.0, start * (1.0 + p.focus_crowding * initiatives_start) / (1.0 + p.focus_crowding * initiatives))


@rule
def built(level, build_share, principal, p):
    """What building hours add to a condition, or to trust, per school year: build x their share x P (1 - level)."""
    return p.build * build_share * principal * (1.0 - level)


@rule
def condition_change(condition, target, build_share, principal, drifts, p):
    """Change of a condition per school year: ``built`` - drift x drifts (c - target); drifts : 1, less where the
    practice is part of the school."""
    return built(condition, build_share, principal, p) - p.drift * drifts * (condition - target)


@rule
def rebuilt(target, leaving, kept):
    """What a school regains of a condition per school year between principals: as much as they take away on average
    at ``target``, so that it is the mean over them. leaving : share of principals who leave in a year; kept : factor
    that a new one leaves of the condition."""
    return leaving * (1.0 - kept) * target
