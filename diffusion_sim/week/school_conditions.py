"""What all teachers of one school meet in one week."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule
from diffusion_sim.dynamics.hours import share_of_hours
from diffusion_sim.dynamics.learning import ready_for_help
from diffusion_sim.dynamics.pupils import crowded, load_on, time_lost
from diffusion_sim.dynamics.stop import after_leaving, school_stop_term
from diffusion_sim.dynamics.trial import (
    agenda_factor,
    asked_by_coach,
    faded,
    mandated_hazard,
    risk_of_trying,
    school_term,
)
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import EVALUATION, MULTI_CLASSROOM


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
    dose_share: float  # what hours are worth as help: saturated share of all, expertise hours at their worth
    help: float  # coach quality x readiness for help
    knowing: float  # l_exp x share of expertise hours x coach quality, 1/school year: of non-users
    asked: float  # hazard of trying because a coach asks, 1/school year; 0 where the school invites by name
    owns_asked: float  # share of those who try because of it who own it
    told_by_hours: float  # 1 = hours of practice or expertise reach those who take part, who so hear of the practice
    like: float  # how much further like schools use the practice than at the start
    like_tries: float  # the same, where it acts on trying
    peer_scale: float  # of the peers' force where it takes a number of users
    taken: float  # of pupils' gain, SD a year, by the hours that those who take part are out of class
    gain_of_all: float  # what all of the school's pupils gain or lose alike, SD a year
    fit: float  # of the variant in use
    complexity: float  # of the district's practice
    effect: float  # of the district's practice on pupils, at quality 1 and fit 1, SD a year
    partner_use: float  # share of users in partner schools
    active: float  # share of school time not lost
    staged: int  # 1 = the school invites by name, so that the uninvited hold back
    by_name: int  # 1 = the school invites by name
    invitations: tuple  # what is left of those of the school year's four quarters
    induction: float  # E of a school that inducts who is new, else 0
    stop_agenda: float  # agenda x what leaving the programme does to stopping
    teams: int  # 1 = it has teams whose leaders expect their members to try


@rule
def invitations_in(week):
    """What is left of invitations of the school year's four quarters in ``week``: tuple of four in [0, 1]."""
    now = (week - 1) % WEEKS_PER_YEAR
    q = 1.0 * WEEKS_PER_QUARTER
    return faded(now), faded(now - q), faded(now - 2.0 * q), faded(now - 3.0 * q)


@rule
def hours_paid(s):
    """Hours paid for each teacher who takes part, a year, those that go into adapting included."""
    return s.hours + s.adapting_hours


@rule
def practice_paid(s):
    """Of these, hours of practice and expertise."""
    return hours_paid(s) * (s.mix[0] + s.mix[1])


@rule
def by_leaders(s):
    """Of these, hours that the school's leaders get."""
    return s.to_leaders * practice_paid(s)


@rule
def gain_of_all(s, readiness, p):
    """What all pupils of school s gain or lose alike in a year, SD: the school's year, larger classes, a programme's
    load, and the class time of leaders, team leaders who are prepared, and future coaches."""
    released = s.building + s.preparing + s.participants * (hours_paid(s) * s.mix[3] + by_leaders(s))
    lost = time_lost(p.released_leaders * released * s.supported / s.classes, p)
    load = load_on(readiness, p) * s.enrolled * s.supported
    return p.shock * s.shock - crowded(s.pupils, s.posts, s.classes, p) - load - lost


@rule
def left_for(s, week):
    """Weeks since school s left the programme of itself, this one included; 0 where it never has."""
    return week - s.left_week if s.left_week >= 0 else 0


@rule
def climate_of(s, d, week, p):
    """The climate of school s of district d (records) in ``week``."""
    readiness = s.readiness
    coherence = s.coherence
    mandated = 1 if s.mandate_weeks > 0 else 0
    risk = 0.0
    if mandated == 0:
        evaluation = d.alignment[EVALUATION]
        risk = risk_of_trying(s.pressure * (1.0 - s.relieved), evaluation, s.trust, s.principal)
    hours = s.hours * s.active * s.supported
    arriving = hours * (1.0 - s.to_leaders + s.to_leaders * s.conditions[2] * s.principal)
    practice, expertise = arriving * s.mix[0], arriving * s.mix[1]
    helped = known = 0.0  # hours of all kinds saturate together
    share = share_of_hours(practice + expertise, p.learning.h, p.structure.hill)
    if practice + expertise > 0.0:
        helped = share * ((practice + p.learning.w_e * expertise) / (practice + expertise))
        known = share * (expertise / (practice + expertise))
    coach = s.coach_quality * s.supply_factor
    ready = ready_for_help(readiness, p.learning)
    like = s.like - s.like_start
    outreach, monitored = s.outreach * s.supported, 1 if s.monitored == 1 and s.supported > 0.0 else 0
    told = mandated_hazard(d.centralisation, coherence, p.trial) * s.active if mandated == 1 else 0.0
    told *= 1.0 - s.mandate_eased
    asked = asked_by_coach(share, coach, p.trial) * p.structure.recruit_hours if s.by_name == 0 else 0.0
    owns_asked = min(1.0, ready) if p.structure.by_readiness == 1.0 else 1.0
    told_by_hours = p.structure.recruit_hours if practice + expertise > 0.0 else 0.0
    agenda = agenda_factor(s.weeks_principal, p.trial)
    stop_agenda = agenda * after_leaving(left_for(s, week), p.stop)
    induction = s.embedded if s.enrolled == 1 or s.kept == 1 else 0.0
    staged = 1 if s.enrolled == 1 and s.by_name == 1 else 0
    teams = 1 if s.staffing == MULTI_CLASSROOM and s.staffed == 1 else 0
    return Climate(
        s.norm,
        s.conditions[1],
        outreach,
        mandated,
        monitored,
        agenda,
        risk,
        school_term(coherence, readiness, s.trust, risk, p.trial),
        told,
        school_stop_term(s.norm, readiness, p.stop),
        min(1.0, d.autonomy + d.autonomy_added),
        helped,
        coach * ready,
        p.learning.l_exp * known * coach,
        asked,
        owns_asked,
        told_by_hours,
        like,
        like * p.structure.like_trying,
        s.peer_scale,
        time_lost((practice_paid(s) - by_leaders(s)) * s.supported, p.pupils),
        gain_of_all(s, readiness, p.pupils),
        s.fit,
        d.complexity,
        d.effect,
        s.partner_use,
        s.active,
        staged,
        s.by_name,
        invitations_in(week),
        induction,
        stop_agenda,
        teams,
    )
