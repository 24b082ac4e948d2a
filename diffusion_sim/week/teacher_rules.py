"""What one week makes of the teachers of a tile, whatever their stages.

Every rule is worked out for all eight teachers, and each takes the result that belongs to its own stage. What happens
to single persons (events) is left to teachers.py.

Letters
    k, v, z : skill, conviction and innovativeness as the week begins, Lanes
    x : exposure, the share of a teacher's advice ties whose adviser visibly uses, Lanes
    c : what all teachers of the school meet this week (school_conditions.Climate)
    p : parameters (dynamics.params.Params)
"""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.elementary_functions import exp
from diffusion_sim.compiled.jit import rule
from diffusion_sim.compiled.lane_memory import byte_has
from diffusion_sim.compiled.lanes import Lanes, Mask, all_if, filled, pick
from diffusion_sim.dynamics.aware import awareness_hazard
from diffusion_sim.dynamics.experience import payoff
from diffusion_sim.dynamics.learning import (
    come_to_know,
    feedback,
    fidelity_drift,
    learn_by_use,
    learn_from_help,
    learn_from_leader,
    learn_from_peers,
)
from diffusion_sim.dynamics.pupils import gain_of_use, still_unskilled
from diffusion_sim.dynamics.stop import hold_factor, stop_hazard, stop_inclination
from diffusion_sim.dynamics.trial import asked_once, inclination, peer_force, threshold_force, voluntary_hazard
from diffusion_sim.persons import clip_conviction
from diffusion_sim.state.codes import AWARE, DISCONTINUED, DT, NEW_HERE, ROUTINE, TRIAL
from diffusion_sim.state.tables import TEACHER
from diffusion_sim.state.use import intensity_of

# Where the columns of one byte stand in their eight bytes.
_BYTES = ("stage", "owned", "visible", "invited", "marked", "ever")
STAGE, OWNED, VISIBLE, INVITED, MARKED, EVER = (TEACHER.fields[b][1] - TEACHER.fields["stage"][1] for b in _BYTES)

# Bits that tell stages apart: those of users, that of a user in routine use, and those of whoever has heard.
_USING, _ROUTINE, _AWARE = TRIAL & ROUTINE, ROUTINE & ~TRIAL, AWARE | TRIAL | ROUTINE | DISCONTINUED


class Who(NamedTuple):
    """Who stands in a tile: Masks by stage and kind of use. Only ``user`` and ``idle`` ask who teaches; ``unaware``,
    ``again`` and ``invited`` hold for every lane, also for those beyond the school's end; ``routine`` and ``owned`` say
    something of users only."""

    user: Mask  # teaches and uses
    routine: Mask
    owned: Mask
    idle: Mask  # teaches and does not use
    unaware: Mask
    again: Mask  # DISCONTINUED: would try again
    invited: Mask  # by name, this quarter
    flags: Lanes  # all columns of one byte


class Sight(NamedTuple):
    """What teachers' advisers show, Lanes: ``dynamics.exposure``."""

    x: Lanes
    skill_seen: Lanes  # x times the mean of those who are seen
    conviction_seen: Lanes  # likewise
    stopped: Lanes  # share of advisers who stopped within a year
    users: Lanes  # number of advisers who visibly use


class Dose(NamedTuple):
    """What hours bring to teachers, Lanes: as of Climate, and of leaders or the school's coaches."""

    share: Lanes
    knowing: Lanes
    watch: Lanes
    help: Lanes


class Learnt(NamedTuple):
    """Skill after the week, and what it comes from, 1/school year, Lanes."""

    skill: Lanes
    by_use: Lanes
    by_help: Lanes
    by_peers: Lanes
    by_hours: Lanes
    drift: Lanes
    forgotten: Lanes


class Causes(NamedTuple):
    """What may make teachers start, Lanes (one teacher's: floats), 1/school year but for scale, ratio, invited,
    inducted and led; what ``dynamics.trial.asked_once`` leaves of them."""

    peers: Lanes  # ``peer_force``
    hazard: Lanes
    voluntary: Lanes
    scale: Lanes
    ratio: Lanes
    invited: Lanes  # what is left of an invitation by name
    inducted: Lanes  # E of a school that inducts, for who is new there
    asked: Lanes  # because a coach asks
    led: Lanes  # reach of the help of a leader who expects it


@rule
def who_stands(flags, present):
    """Who is who in a tile; flags : Lanes of the columns of one byte; present : Mask of those who teach."""
    user = present & byte_has(flags, STAGE, _USING)
    return Who(
        user,
        byte_has(flags, STAGE, _ROUTINE),
        byte_has(flags, OWNED, 1),
        present & ~user,
        ~byte_has(flags, STAGE, _AWARE),
        byte_has(flags, STAGE, DISCONTINUED),
        byte_has(flags, INVITED, 1),
        flags,
    )


@rule
def uses_of(who, c, p):
    """Uses of the practice in the week; compliant uses count for less."""
    intensity = intensity_of(who.owned, p.learning.compliant_intensity)
    return pick(who.user, intensity, 0.0) * (p.learning.uses_per_week * c.active)


@rule
def learn(k, brought, drive, who, sight, dose, c, p):
    """A week's learning: users by use, help and peers; others keep what was brought and forget what use has taught.

    k, brought : skill, and the part of it that came with the person or by expertise hours.
    """
    pace = pick(who.owned, 1.0, p.learning.compliant_learning)
    seen = feedback(dose.share, dose.watch, sight.skill_seen, k, p.learning)
    by_use = c.active * pace * learn_by_use(k, c.time, drive, seen, p.learning)
    by_help = pace * learn_from_help(k, dose.share, 1.0, c.help, p.learning)
    by_help += pace * learn_from_leader(k, dose.help, p.learning)
    by_peers = c.active * pace * learn_from_peers(k, sight.skill_seen, p.learning)
    by_hours = pick(who.idle, come_to_know(brought, dose.knowing, p.learning), 0.0)
    by_use, by_help, by_peers = pick(who.user, by_use, 0.0), pick(who.user, by_help, 0.0), pick(who.user, by_peers, 0.0)
    drift = pick(who.user, fidelity_drift(k, seen, c.norm, p.learning), 0.0)
    forgotten = pick(who.idle, p.learning.forget * max(0.0, k - brought), 0.0)
    change = ((by_help + by_peers) + by_hours) + (by_use - (drift + forgotten))
    skill = min(1.0, max(0.0, k + change * DT))
    return Learnt(skill, by_use, by_help, by_peers, by_hours, drift, forgotten)


@rule
def feel(v, k, noise, who, sight, c, p):
    """Conviction after the week: users feel the payoff of their use, others who know the practice look at users.

    k : skill as the week begins; noise : of the payoff, this quarter's.
    """
    intensity = intensity_of(who.owned, p.learning.compliant_intensity)
    worth = payoff(k, intensity, c.time, noise, c.fit, c.complexity, p.experience)
    told = pick(who.idle & ~who.unaware, p.experience.eta_peer * (sight.conviction_seen - sight.x * v), 0.0)
    return clip_conviction(v + pick(who.user, p.experience.eta * (worth - v), told) * DT * c.active)


@rule
def gain_of(k, uses, part, who, c, p):
    """What a week adds to the yearly gain of a teacher's pupils, SD, from the state in which the week begins, beside
    what all of the school's pupils gain."""
    quality = k * intensity_of(who.owned, p.learning.compliant_intensity)
    unskilled = pick(who.routine, 0.0, still_unskilled(k, uses, p.pupils))
    return pick(who.user, gain_of_use(quality, unskilled, c.fit, c.effect, p.pupils), 0.0) - part * c.taken


@rule
def ratio_of(z, v, k, stopped, who, c, p):
    """Hazard ratio of users' stopping and of others' trying: a teacher has one of the two, so that e**x is worked out
    once. z : innovativeness; stopped : of Sight."""
    stopping = stop_inclination(v, k, c.stop_term, c.risk, p.trial.b_P, p.stop)
    return exp(pick(who.user, stopping, inclination(z, v, stopped, c.trial_term, p.trial)))


@rule
def still_invited(who, c):
    """What is left of an invitation of those whom the quarter invites by name, Lanes."""
    if c.by_name == 0:  # nobody is invited here
        return filled(0.0)
    first, second, third, fourth = c.invitations
    later = pick(byte_has(who.flags, INVITED, 8), third, fourth)
    left = pick(byte_has(who.flags, INVITED, 2), first, pick(byte_has(who.flags, INVITED, 4), second, later))
    return pick(who.invited, left, 0.0)


@rule
def inducted_of(who, c):
    """E of a school that inducts, for those in their first year there, Lanes."""
    if c.induction == 0.0:
        return filled(0.0)
    return pick(byte_has(who.flags, INVITED, NEW_HERE), c.induction, 0.0)


@rule
def peers_of(x, users, c, p):
    """Peers' force, by share of advisers or by their number; users : of Sight."""
    if p.structure.threshold == 1.0:
        return threshold_force(users, c.peer_scale, p.trial)
    return peer_force(x, p.trial)


@rule
def why_start(ratio, sight, who, led, c, p):
    """Causes of a start for those who know the practice and do not use it; ratio : ``ratio_of``; led : of
    ``asked_once``."""
    goes_on, asked = who.invited | all_if(c.staged == 0), filled(c.asked)
    invited, inducted = still_invited(who, c), inducted_of(who, c)
    if c.teams == 1:
        goes_on = goes_on | (p.trial.p_team * led > 0.0)
        asked, invited, inducted, led = asked_once(asked, invited, inducted, led, p.trial)
    scale = pick(who.again, p.trial.rho, 1.0) * pick(goes_on, 1.0, p.trial.uninvited) * (c.agenda * c.active)
    peers = peers_of(sight.x, sight.users, c, p)
    voluntary = scale * voluntary_hazard(
        peers, c.norm, c.outreach, asked, c.like_tries, invited, inducted, led, ratio, p.trial
    )
    return Causes(peers, voluntary + c.mandate_hazard, voluntary, scale, ratio, invited, inducted, asked, led)


@rule
def why_stop(ratio, who, c, p):
    """Hazard of a user's stopping, 1/school year; ratio : ``ratio_of``."""
    return stop_hazard(ratio, hold_factor(who.routine, who.owned, c.monitored == 1, p.stop), c.stop_agenda, p.stop)


@rule
def hazard_of(stop, x, part, causes, who, c, p):
    """Hazard of the wait of everybody's stage, 1/school year: to hear of the practice, to start, to stop.

    part : 1 for those who take part, else 0.
    """
    aware = awareness_hazard(x + c.partner_use, c.outreach, part * c.told_by_hours, c.like, p.aware) * c.active
    return pick(who.user, stop, pick(who.idle, pick(who.unaware, aware, causes.hazard), 0.0))
