"""A school's wait to take a place in the programme, and to leave it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit


class EnrolmentParams(NamedTuple):
    """Scenario section ``enrolment``; n0, e0 1/school year, e_* log hazard."""

    n0: float
    e0: float
    e_v: float
    e_C: float  # noqa: N815
    e_R: float  # noqa: N815
    e_P: float  # noqa: N815
    e_like: float
    e_embedded: float
    e_standing: float
    like_norm: float
    like_district: float
    openness_sd: float


@njit
def enrolment_term(conviction, coherence, readiness, openness, risk, like, p):
    """Y, log hazard ratio of entry (and of staying): e_v V + e_C(2C-1) + e_R(2R-1) + f - e_P risk + e_like L.

    conviction : mean of the school's users (of all teachers where it has none), in [-1, 1]; like : how much further
    like schools use the practice than at the start (DiMaggio & Powell 1983; direction from PACE). Sources: CRPE (2006),
    Taylor (2006) for the exit rate; direction of risk from the deeper-learning partnerships; sizes are assumptions.
    """
    return (
        p.e_v * conviction + p.e_C * (2.0 * coherence - 1.0) + p.e_R * (2.0 * readiness - 1.0) + openness - p.e_P * risk
    ) + p.e_like * like


@njit
def enter(s, week, seed, schools, flows):
    """Put school s into the programme: one initiative more, the exit wait of this enrolment starts."""
    schools[s].enrolled = 1
    schools[s].enrolled_week = week
    begin_enrolment(s, seed, schools, flows)


@njit
def begin_enrolment(s, seed, schools, flows):
    """Count a school in, with a place or kept without one: an initiative, and the exit wait of this enrolment."""
    schools[s].initiatives += 1.0
    schools[s].exit_sum = 0.0
    schools[s].exit_draw = rng.exponential(seed, schools[s].key, 0, rng.EXIT, schools[s].spells)
    schools[s].spells += 1
    flows[s].school_entries += 1.0


@njit
def end_place(s, schools):
    """School s has no place any more: hours and outreach stop."""
    schools[s].enrolled = 0
    schools[s].enrolled_week = -1
    schools[s].on_team = 0
    schools[s].hours = 0.0
    schools[s].building = 0.0
    schools[s].outreach = 0.0
    schools[s].participants = 0.0


@njit
def leave(s, seed, schools):
    """Take school s out: no place, one initiative less, the next entry wait starts."""
    end_place(s, schools)
    schools[s].initiatives -= 1.0
    schools[s].enter_sum = 0.0
    schools[s].enter_draw = rng.exponential(seed, schools[s].key, 0, rng.ENTER, schools[s].spells)


@njit
def decide_to_leave(s, week, quarters, seed, schools):
    """School s leaves of itself: another initiative takes the practice's place for ``quarters`` quarters, and that of
    one that has done so before. week : weeks done."""
    leave(s, seed, schools)
    schools[s].kept = 0
    if schools[s].replaced == 0:
        schools[s].initiatives += 1.0
    schools[s].replaced = quarters
    schools[s].left_week = week


@njit
def school_exits(seed, week, quarters, schools, terms, agenda, e0, flows, left):
    """Summer exits: schools in the programme, or kept after it, that have no mandate add a year's hazard. Fills
    ``left`` (uint8[S]). terms : Y and what holds a school, (S,); quarters : of ``decide_to_leave``."""
    for s in range(schools.size):
        left[s] = 0
        if (schools[s].enrolled == 1 or schools[s].kept == 1) and schools[s].mandate_weeks == 0:
            schools[s].exit_sum += e0 * math.exp(-terms[s]) * agenda[s]
            if schools[s].exit_sum >= schools[s].exit_draw:
                decide_to_leave(s, week, quarters, seed, schools)
                flows[s].school_exits += 1.0
                left[s] = 1


@njit
def come_back(seed, schools, terms, agenda, n0, left, open_, flows):
    """Summers after support: schools that were kept once and have left add a year's hazard to their wait to enter.

    terms : as of ``school_exits``; left : uint8[S], 1 = has left this summer; open_ : uint8[S], 1 = the district still
    has somebody to come back to.
    """
    for s in range(schools.size):
        if schools[s].once_kept == 0 or schools[s].kept == 1 or left[s] == 1 or open_[s] == 0:
            continue
        schools[s].enter_sum += n0 * math.exp(terms[s]) * agenda[s]
        if schools[s].enter_sum >= schools[s].enter_draw:
            schools[s].kept = 1
            begin_enrolment(s, seed, schools, flows)


@njit
def takers(schools, terms, agenda, n0, offered, no_wait, left, priority, has_priority, order_by):
    """Entry waits of a summer: adds a year's hazard where a place is offered; fills ``order_by`` (float64[S]):
    the priority of the schools that take (smaller first), +inf for all others.

    no_wait : uint8[S], schools that are brought in, before all others; one that has been in before waits as any other.
    """
    for s in range(schools.size):
        order_by[s] = np.inf
        if schools[s].enrolled == 1 or offered[s] == 0 or schools[s].programme == 0 or left[s] == 1:
            continue
        hazard = n0 * math.exp(terms[s]) * agenda[s]
        before = schools[s].enter_sum
        schools[s].enter_sum = before + hazard
        if schools[s].enter_sum >= schools[s].enter_draw and hazard > 0.0:
            order_by[s] = priority[s] if has_priority else (schools[s].enter_draw - before) / hazard
        if no_wait[s] == 1 and schools[s].spells == 0:
            order_by[s] = priority[s] if has_priority else -1.0
