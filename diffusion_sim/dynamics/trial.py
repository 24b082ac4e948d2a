"""Starting to use the practice: of one's own will, by invitation, or under a mandate."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class TrialParams(NamedTuple):
    """Scenario section ``trial``; rates 1/school year, b_* log hazard."""

    p: float
    p_hours: float
    q: float
    qN: float  # noqa: N815 - the symbol of the model's text
    q_like: float
    kappa: float
    b_z: float
    b_v: float
    b_C: float  # noqa: N815
    b_R: float  # noqa: N815
    b_T: float  # noqa: N815
    b_P: float  # noqa: N815
    b_stopped: float
    mu: float
    mandate_floor: float
    p_inv: float
    rho: float
    visibility: float
    threshold: float
    agenda: float
    uninvited: float


@rule
def risk_of_trying(pressure, evaluation, trust, principal):
    """Felt risk of trying something new: pressure x (1 - evaluation alignment) x (1 - trust x principal).

    All arguments in [0, 1] (pressure up to 3); returns >= 0, no unit. Source: deeper-learning partnerships (SRI 2023):
    schools under accountability did not feel free to innovate.
    """
    return pressure * (1.0 - evaluation) * (1.0 - trust * principal)


@rule
def school_term(coherence, readiness, trust, risk, p):
    """Log hazard ratio that all teachers of a school share; 0 at C = R = T = .5 and no risk. p : TrialParams."""
    return (
        p.b_C * (2.0 * coherence - 1.0) + p.b_R * (2.0 * readiness - 1.0) + p.b_T * (2.0 * trust - 1.0) - p.b_P * risk
    )


@rule
def inclination(innovativeness, conviction, term, p):
    """Log hazard ratio of one teacher's trying: b_z z + b_v v + the school's term; proportional hazards around Bass
    (1969)."""
    return p.b_z * innovativeness + p.b_v * conviction + term


@rule
def peer_force(exposure, p):
    """q x^kappa, 1/school year: kappa 1 = simple, above 1 = complex contagion (Centola 2010; Eckles et al. 2018)."""
    if p.kappa == 1.0:
        return p.q * exposure
    return p.q * exposure**p.kappa


@rule
def voluntary_hazard(peers, norm, outreach, invited, ratio, p):
    """Hazard of starting of one's own will, 1/school year.

    peers : ``peer_force``; norm : in [0, 1]; outreach, invited : 0 or 1; ratio : e**``inclination``; p : TrialParams
    (p (1 + outreach) + q x^kappa + qN N) x ratio + p_inv x invited. Source: Bass (1969), eq. 4 with covariates as
    proportional hazards; an invitation by name is a cause of its own (assumption). What takes up the school (agenda,
    lost time) and having stopped before multiply it afterwards; the hazard under a mandate is added.
    """
    return (p.p * (1.0 + outreach) + peers + p.qN * norm) * ratio + p.p_inv * invited


@rule
def mandated_hazard(centralisation, coherence, p):
    """Hazard of starting because told to, 1/school year: mu x centralisation x (floor + (1 - floor) C). Assumption."""
    return p.mu * centralisation * (p.mandate_floor + (1.0 - p.mandate_floor) * coherence)


@rule
def agenda_factor(weeks_principal, p):
    """1 + agenda x max(0, 1 - weeks since a new principal came / 36); on entry and exit hazards (CRPE 2006)."""
    return 1.0 + p.agenda * max(0.0, 1.0 - weeks_principal / 36.0)
