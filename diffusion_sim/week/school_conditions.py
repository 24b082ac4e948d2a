"""What all teachers of one school meet in one week."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule
from diffusion_sim.dynamics.learning import ready_for_help, saturation
from diffusion_sim.dynamics.pupils import displaced
from diffusion_sim.dynamics.stop import school_stop_term
from diffusion_sim.dynamics.trial import agenda_factor, mandated_hazard, risk_of_trying, school_term
from diffusion_sim.state.codes import EVALUATION


class Climate(NamedTuple):
    """What all teachers of one school meet in one week, from last week's values."""

    norm: float
    time: float
    outreach: float
    mandated: int
    monitored: int
    agenda: float
    risk: float
    trial_term: float
    mandate_hazard: float
    stop_term: float
    autonomy: float
    dose_share: float
    help: float  # coach quality x readiness for help
    expertise: float  # l_exp x saturation of expertise hours, 1/school year
    displaced: float
    fit: float  # of the variant in use
    partner_use: float  # share of users in partner schools
    active: float  # share of school time not lost
    staged: int  # 1 = the school invites by name, so that the uninvited hold back


@rule
def climate_of(s, d, p):
    """The climate of school s of district d (records)."""
    readiness = s.readiness
    coherence = s.coherence
    mandated = 1 if s.mandate_weeks > 0 else 0
    risk = 0.0
    if mandated == 0:
        evaluation = d.alignment[EVALUATION]
        risk = risk_of_trying(s.pressure, evaluation, s.trust, s.principal)
    hours = s.hours * s.active * s.supported
    transmitted = hours
    if s.to_leaders == 1:
        transmitted = hours * s.conditions[2] * s.principal
    dose_share = saturation(transmitted * s.mix[0], p.learning.h)
    coach = s.coach_quality * s.supply_factor
    return Climate(
        s.norm,
        s.conditions[1],
        s.outreach * s.supported,
        mandated,
        1 if s.monitored == 1 and s.supported > 0.0 else 0,
        agenda_factor(s.weeks_principal, p.trial),
        risk,
        school_term(coherence, readiness, s.trust, risk, p.trial),
        mandated_hazard(d.centralisation, coherence, p.trial) * s.active if mandated == 1 else 0.0,
        school_stop_term(s.norm, readiness, p.stop),
        d.autonomy,
        dose_share,
        coach * ready_for_help(readiness, p.learning),
        p.learning.l_exp * saturation(hours * s.mix[1], p.learning.h),
        displaced(dose_share, readiness, p.pupils),
        s.fit,
        s.partner_use,
        s.active,
        1 if s.enrolled == 1 and s.by_name == 1 else 0,
    )
