"""A school's wait to take a place in the programme, and to leave it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit
from diffusion_sim.state import FLOW

ENTRIES = FLOW["school_entries"]
EXITS = FLOW["school_exits"]


class EnrolmentParams(NamedTuple):
    """Scenario section ``enrolment``; n0, e0 1/school year, e_* log hazard."""

    n0: float
    e0: float
    e_v: float
    e_C: float  # noqa: N815
    e_R: float  # noqa: N815
    e_P: float  # noqa: N815
    openness_sd: float


@njit
def enrolment_term(conviction, coherence, readiness, openness, risk, p):
    """Y, log hazard ratio of entry (and of staying): e_v V + e_C(2C-1) + e_R(2R-1) + f - e_P risk.

    conviction : mean of the school's users (of all teachers where it has none), in [-1, 1]. Sources: CRPE (2006),
    Taylor (2006) for the exit rate; direction of risk from the deeper-learning partnerships; sizes are assumptions.
    """
    return (
        p.e_v * conviction
        + p.e_C * (2.0 * coherence - 1.0)
        + p.e_R * (2.0 * readiness - 1.0)
        + openness
        - p.e_P * risk
    )


@njit
def enter(s, week, seed, schools, flows):
    """Put school s into the programme: one initiative more, the exit wait of this enrolment starts."""
    schools.enrolled[s] = 1
    schools.enrolled_week[s] = week
    schools.initiatives[s] += 1.0
    schools.exit_sum[s] = 0.0
    schools.exit_draw[s] = rng.exponential(seed, schools.key[s], 0, rng.EXIT, schools.spells[s])
    schools.spells[s] += 1
    flows[s, ENTRIES] += 1.0


@njit
def leave(s, seed, schools):
    """Take school s out: hours and outreach stop, one initiative less, the next entry wait starts."""
    schools.enrolled[s] = 0
    schools.enrolled_week[s] = -1
    schools.initiatives[s] -= 1.0
    schools.hours[s] = 0.0
    schools.outreach[s] = 0.0
    schools.participants[s] = 0.0
    schools.enter_sum[s] = 0.0
    schools.enter_draw[s] = rng.exponential(seed, schools.key[s], 0, rng.ENTER, schools.spells[s])


@njit
def school_exits(seed, schools, terms, agenda, e0, flows, left):
    """Summer exits: enrolled schools without a mandate add a year's hazard. Fills ``left`` (uint8[S])."""
    for s in range(schools.key.size):
        left[s] = 0
        if schools.enrolled[s] == 1 and schools.mandate_weeks[s] == 0:
            schools.exit_sum[s] += e0 * math.exp(-terms[s]) * agenda[s]
            if schools.exit_sum[s] >= schools.exit_draw[s]:
                leave(s, seed, schools)
                flows[s, EXITS] += 1.0
                left[s] = 1


@njit
def takers(schools, terms, agenda, n0, offered, left, priority, has_priority, order_by):
    """Entry waits of a summer: adds a year's hazard where a place is offered; fills ``order_by`` (float64[S]):
    the priority of the schools that take (smaller first), +inf for all others."""
    for s in range(schools.key.size):
        order_by[s] = np.inf
        if schools.enrolled[s] == 1 or offered[s] == 0 or schools.programme[s] == 0 or left[s] == 1:
            continue
        hazard = n0 * math.exp(terms[s]) * agenda[s]
        before = schools.enter_sum[s]
        schools.enter_sum[s] = before + hazard
        if schools.enter_sum[s] >= schools.enter_draw[s] and hazard > 0.0:
            order_by[s] = priority[s] if has_priority else (schools.enter_draw[s] - before) / hazard
