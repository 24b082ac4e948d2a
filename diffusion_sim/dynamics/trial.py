"""Starting to use the practice: of one's own will, by invitation, or under a mandate."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule
from diffusion_sim.compiled.lanes import pick


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
    p_ind: float
    p_team: float
    rho: float
    visibility: float
    threshold: float
    agenda: float
    uninvited: float


@rule
def risk_of_trying(pressure, evaluation, trust, principal):
    """Felt risk of trying something new: pressure x (1 - evaluation alignment) x (1 - trust x principal); pressure as
    relief leaves it.

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
def inclination(innovativeness, conviction, stopped, term, p):
    """Log hazard ratio of one teacher's trying: b_z z + b_v v - b_stopped s + the school's term; proportional hazards
    around Bass (1969).

    stopped : s, share of advisers who stopped within a year, in [0, 1]: bad reports weigh (East et al. 2008)
    """
    return p.b_z * innovativeness + p.b_v * conviction - p.b_stopped * stopped + term


@rule
def peer_force(exposure, p):
    """q x^kappa, 1/school year: kappa 1 = simple, above 1 = complex contagion (Centola 2010; Eckles et al. 2018)."""
    if p.kappa == 1.0:
        return p.q * exposure
    return p.q * exposure**p.kappa


@rule
def threshold_force(users, scale, p):
    """Peers' force where it takes a number of visible users, 1/school year: q x scale from ``threshold`` of them on
    (Centola 2010). users : advisers who visibly use; scale : that leaves the mean force at the start what it is."""
    return pick(users >= p.threshold, p.q * scale, 0.0)


@rule
def asked_by_coach(share, coach, p):
    """p_hours x saturated share of hours x the coach's quality, 1/school year: a coach who comes asks people to try,
    a thinly spread one less (Joyce & Showers 2002: 30-90 % of those coached use; the size is an assumption)."""
    return p.p_hours * share * coach


@rule
def own_causes(peers, norm, outreach, asked, like, p):
    """What makes teachers try, before anything personal, 1/school year, >= 0: p (1 + outreach) + asked + peers + qN N
    + q_like L. Arguments as of ``voluntary_hazard``."""
    return max(0.0, p.p * (1.0 + outreach) + asked + peers + p.qN * norm + p.q_like * like)


@rule
def asked_once(asked, invited, inducted, led, p):
    """Who is led is asked once, by whoever asks most: (asked, invited, inducted, led) with 0 for what does not count.

    Where p_team x led is at least a coach's asking and p_inv x invited, these two do not count, and of p_team x led and
    p_ind x inducted only the larger does; else the leader's expectation does not. So being led makes nobody asked less.
    led : reach of the leader's help where a leader expects a trial, else 0; the others as of ``voluntary_hazard``.
    """
    expected = p.p_team * led
    by_leader = (expected > 0.0) & (expected >= asked) & (expected >= p.p_inv * invited)
    more = expected >= p.p_ind * inducted
    return (
        pick(by_leader, 0.0, asked),
        pick(by_leader, 0.0, invited),
        pick(by_leader & more, 0.0, inducted),
        pick(by_leader & more, led, 0.0),
    )


@rule
def voluntary_hazard(peers, norm, outreach, asked, like, invited, inducted, led, ratio, p):
    """Hazard of starting without being told to, 1/school year: ``own_causes`` x ratio + p_inv x invited + p_ind x E
    + p_team x led.

    peers : ``peer_force``; norm : in [0, 1]; outreach : 0 or 1; asked : ``asked_by_coach``; like : how much further
    like schools use the practice than at the start, where it acts on trying, else 0; invited : 1 for whom an
    invitation by name has just reached, fading to 0 within the school year; inducted : E of a school in or kept by the
    programme for who is new there, in the first year, else 0; led : reach of the help of the leader of the teacher's
    team, 0 without one; ratio : e**``inclination``; p : TrialParams. Who is led is asked once (``asked_once``).
    Source: Bass (1969), eq. 4 with covariates as proportional hazards; an invitation by name, induction and a leader's
    expectation are causes of their own (assumption). What takes up the school (agenda, lost time) and having stopped
    before multiply it afterwards; the hazard under a mandate is added.
    """
    by_name = (p.p_inv * invited + p.p_ind * inducted) + p.p_team * led
    return own_causes(peers, norm, outreach, asked, like, p) * ratio + by_name


@rule
def faded(weeks):
    """What is left of an invitation after ``weeks``: 1 - weeks/36, at least 0. One is invited once a school year."""
    return max(0.0, 1.0 - weeks / 36.0)


@rule
def mandated_hazard(centralisation, coherence, p):
    """Hazard of starting because told to, 1/school year: mu x centralisation x (floor + (1 - floor) C). Assumption."""
    return p.mu * centralisation * (p.mandate_floor + (1.0 - p.mandate_floor) * coherence)


@rule
def agenda_factor(weeks_principal, p):
    """1 + agenda x max(0, 1 - weeks since a new principal came / 36); on entry and exit hazards (CRPE 2006)."""
    return 1.0 + p.agenda * max(0.0, 1.0 - weeks_principal / 36.0)
