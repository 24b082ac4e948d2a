"""Giving the practice up."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule
from diffusion_sim.compiled.lanes import pick


class StopParams(NamedTuple):
    """Scenario section ``stop``; d0 1/school year, g_* log hazard, factors without unit."""

    d0: float
    g_v: float
    g_k: float
    g_N: float  # noqa: N815
    g_R: float  # noqa: N815
    critical_norm: float
    routine_factor: float
    monitored_factor: float
    after_mandate_factor: float
    leave_stop: float


@rule
def holding_norm(norm, p):
    """n(N) = N^3 / (N^3 + critical^3) in [0, 1): a norm holds once it has passed a critical mass (assumption)."""
    cube = norm * norm * norm
    return cube / (cube + p.critical_norm * p.critical_norm * p.critical_norm)


@rule
def school_stop_term(norm, readiness, p):
    """Log hazard ratio of stopping that all users of a school share: -g_N n(N) + g_R (1 - R)."""
    return -p.g_N * holding_norm(norm, p) + p.g_R * (1.0 - readiness)


@rule
def stop_inclination(conviction, skill, term, risk, b_risk, p):
    """Log hazard ratio of one user's stopping: -g_v v - g_k(2k-1) + the school's term + b_P risk (1-k)."""
    return -p.g_v * conviction - p.g_k * (2.0 * skill - 1.0) + term + b_risk * risk * (1.0 - skill)


@rule
def hold_factor(routine, owned, monitored, p):
    """Factor on the hazard: routine users stop less, compliant ones hardly while monitored (Berman & McLaughlin
    1978)."""
    compliant = p.monitored_factor if monitored else p.after_mandate_factor
    return pick(routine, p.routine_factor, 1.0) * pick(owned, 1.0, compliant)


@rule
def after_leaving(weeks, p):
    """Factor on the hazard of stopping ``weeks`` after the school has left the programme of itself (in [1, 36], else
    nothing happens): 1 + leave_stop for a year. Most projects end as something apart (Berman & McLaughlin 1978); size
    an assumption."""
    return 1.0 + p.leave_stop if 1 <= weeks <= 36 else 1.0


@rule
def stop_hazard(ratio, hold, agenda, p):
    """Hazard of a user's stopping, 1/school year: d0 x agenda x hold x ratio.

    ratio : e**``stop_inclination``; hold : ``hold_factor``; agenda : ``agenda_factor`` of the school x
    ``after_leaving``; p : StopParams
    Source: Hall & Loucks (1977) for stopping as an event of its own; proportional hazards (assumption).
    """
    return ratio * (hold * (p.d0 * agenda))
