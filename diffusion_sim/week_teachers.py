"""One week of every teacher, from last week's state of everybody."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit, rule
from diffusion_sim.climate import climate_of
from diffusion_sim.dynamics.aware import awareness_hazard
from diffusion_sim.dynamics.experience import payoff
from diffusion_sim.dynamics.exposure import exposure, shown_skill
from diffusion_sim.dynamics.internalise import internalise_hazard
from diffusion_sim.dynamics.learning import (
    feedback,
    fidelity_drift,
    learn_by_use,
    learn_from_help,
    learn_from_leader,
    learn_from_peers,
)
from diffusion_sim.dynamics.pupils import gain_of_use
from diffusion_sim.dynamics.staffing import leading
from diffusion_sim.dynamics.stop import hold_factor, stop_hazard
from diffusion_sim.dynamics.trial import (
    inclination,
    peer_force,
    voluntary_hazard,
)
from diffusion_sim.persons import begin_spell, clip_conviction, end_spell, start_wait
from diffusion_sim.prefetch import prefetch
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.state import AWARE, DISCONTINUED, DT, NO_TEAM, ROUTINE, TRADITIONAL, TRIAL, UNAWARE

# Indices are unsigned: of others compiled code asks first whether they count from the end.
ONE = np.uint64(1)
AHEAD = np.uint64(12)  # rows that are asked for before their turn: as many as pass while memory answers


class Sight(NamedTuple):
    """What one teacher's advisers show: ``dynamics.exposure``."""

    x: float
    skill: float
    conviction: float


class Dose(NamedTuple):
    """What hours bring to one teacher: as of the same names in Climate, and of leaders or the school's own coaches."""

    share: float
    expertise: float
    watch: float
    help: float


@rule
def week_unaware(t, x, seed, c, p, flow):
    """One week of a teacher who has not heard of the practice; under a mandate everybody hears in its first week."""
    t.wait_sum += awareness_hazard(x + c.partner_use, c.outreach, p.aware) * DT * c.active
    if c.mandated == 1 or t.wait_sum >= t.wait_draw:
        t.stage = AWARE
        start_wait(seed, t)
        flow.aware += 1.0


@rule
def week_considering(t, sight, again, quarter, seed, c, p, flow):
    """One week of a teacher who knows the practice and does not use it (AWARE; again: DISCONTINUED)."""
    v = t.conviction
    x = sight.x
    holding = p.trial.uninvited if c.staged == 1 and t.invited == 0 else 1.0
    scale = c.agenda * (p.trial.rho if again else 1.0) * holding * c.active
    ratio = inclination(t.innovativeness, v, c.trial_term, p.trial)
    invited = t.invited
    voluntary = scale * voluntary_hazard(x, c.norm, c.outreach, invited, ratio, p.trial)
    hazard = voluntary + c.mandate_hazard
    t.wait_sum += hazard * DT
    if t.wait_sum >= t.wait_draw:
        owned = begin_spell(seed, quarter, voluntary / hazard, p.trial.visibility, t)
        flow.trial_initiative += scale * p.trial.p * ratio / hazard
        flow.trial_outreach += scale * p.trial.p * c.outreach * ratio / hazard
        flow.trial_peers += scale * peer_force(x, p.trial) * ratio / hazard
        flow.trial_norm += scale * p.trial.qN * c.norm * ratio / hazard
        flow.trial_invitation += scale * p.trial.p_inv * invited / hazard
        flow.trial_mandate += c.mandate_hazard / hazard
        flow.trial_compliant += 1.0 - owned
        flow.retrial += 1.0 if again else 0.0
    # nothing where nobody is seen: x is 0 then
    t.conviction = clip_conviction(v + p.experience.eta_peer * x * (sight.conviction - v) * DT * c.active)


@rule
def idle_skill(t, expertise, p):
    """Skill of a non-user: what use has taught fades, what was brought stays; expertise hours add to both.

    Returns skill lost and skill gained by hours, 1/school year.
    """
    k = t.skill
    brought = t.skill_brought
    lost = p.learning.forget * max(0.0, k - brought)
    gained = expertise * (1.0 - k)
    t.skill = min(1.0, max(0.0, k + (gained - lost) * DT))
    t.skill_brought = min(1.0, brought + expertise * (1.0 - brought) * DT)
    return lost, gained


@rule
def week_using(t, sight, dose, owned, fresh, quarter, seed, c, p, flow):
    """One week of a user: learn, experience, stop or deepen; ``owned`` as the week begins.

    Returns skill gained by use, help, peers and hours, and lost to drift, 1/school year.
    """
    k = t.skill
    v = t.conviction
    x = sight.x
    routine = t.stage == ROUTINE
    intensity = 1.0 if owned else p.learning.compliant_intensity
    pace = 1.0 if owned else p.learning.compliant_learning
    if fresh:
        t.payoff_noise = rng.normal(seed, t.origin, t.tag, rng.PAYOFF, quarter)

    seen = feedback(dose.share, dose.watch, x, sight.skill, k, p.learning)
    by_use = c.active * pace * learn_by_use(k, c.time, t.drive, seen, p.learning)
    by_help = pace * learn_from_help(k, dose.share, 1.0, c.help, p.learning)
    by_help += pace * learn_from_leader(k, dose.help, p.learning)
    by_peers = c.active * pace * learn_from_peers(k, x, sight.skill, p.learning)
    by_hours = dose.expertise * (1.0 - k)
    drift = fidelity_drift(k, seen, c.norm, p.learning)
    skill = min(1.0, max(0.0, k + (by_use + by_help + by_peers + by_hours - drift) * DT))
    t.skill = skill
    t.skill_brought = min(1.0, t.skill_brought + dose.expertise * (1.0 - t.skill_brought) * DT)

    uses = t.uses + p.learning.uses_per_week * intensity * c.active
    t.uses = uses
    worth = payoff(k, intensity, c.time, t.payoff_noise, c.fit, p.experience)
    t.conviction = clip_conviction(v + p.experience.eta * (worth - v) * DT * c.active)

    hazard = stop_hazard(v, k, c.stop_term, c.risk, p.trial.b_P, p.stop)
    hazard *= hold_factor(routine, owned, c.monitored == 1, p.stop) * c.agenda
    t.wait_sum += hazard * DT
    if t.wait_sum >= t.wait_draw:
        end_spell(seed, t)
        flow.stop_owned += 1.0 if owned else 0.0
        flow.stop_compliant += 0.0 if owned else 1.0
    else:
        if not routine and uses >= p.learning.routine_uses and skill > p.learning.routine_skill:
            t.stage = ROUTINE
            flow.routine += 1.0
        if not owned:
            t.own_sum += internalise_hazard(v, c.norm, c.autonomy, p.stop.g_v, p.internalise) * DT
            if t.own_sum >= t.own_draw:
                t.owned = 1
                flow.internalised += 1.0
    return by_use, by_help, by_peers, by_hours, drift


@rule
def use_gain(t, owned, fit, p):
    """What this week's use adds to the yearly gain of a user's pupils, SD, from the state in which the week begins."""
    k = t.skill
    quality = k if owned else k * p.learning.compliant_intensity
    return gain_of_use(quality, 1.0 - k if t.stage == TRIAL else 0.0, fit, p.pupils)


@rule
def look(i, ties, face):
    """What the teacher of row i (unsigned) sees of colleagues."""
    begin, end = ties.first[i], ties.first[i + ONE]
    seen = skill = conviction = 0.0
    for tie in range(begin, end):
        adviser = face[ties.target[tie]]
        shown = adviser.skill
        visible = 1.0 if shown >= 0.0 else 0.0  # arithmetic instead of a branch that nobody can predict
        seen += visible
        skill += visible * shown
        conviction += visible * adviser.conviction
    return Sight(*exposure(seen, skill, conviction, np.float64(np.int64(end - begin))))


@njit
def teachers_week(begin, end, week, seed, teachers, schools, districts, ties, face, new_face, numbers, flows):
    """One week of all teachers of schools begin..end, from last week's ``face``; fills the schools' sums.

    face, new_face : FACE records (T,), last week's (read) and this week's (written).
    numbers : ``dynamics.params.packed``. flows : FLOW records, one a school, added to.
    """
    p = numbers[0]
    quarter = (week - 1) // WEEKS_PER_QUARTER
    fresh = (week - 1) % WEEKS_PER_QUARTER == 0
    compliant_intensity = p.learning.compliant_intensity
    led = np.zeros((1, 2))  # of the present school, where it has a staffing structure
    for row in range(begin, end):
        s = schools[row]
        c = climate_of(s, districts[s.district], p)
        flow = flows[row]
        staffed = s.staffing != TRADITIONAL
        if staffed:
            if led.shape[0] < s.posts:
                led = np.zeros((s.posts, 2))
            leading(s, teachers, week, p, led)
        taught = 1.0 if s.participants > 0.0 else 0.0  # hours are paid for: by the programme, or the district after it
        named = taught if s.by_name == 1 else 0.0  # shares of an hour's worth: of the invited, and of everybody
        general = taught - named
        gain = p.pupils.teacher_sd * s.effectiveness
        use = help_ = peers = hours = drift = forgotten = 0.0
        users = deep = quality = owned = stopped = ever = marked = 0.0
        for i in range(np.uint64(s.first), np.uint64(s.last)):
            prefetch(teachers, i + AHEAD)
            t = teachers[i]
            watch = leader = 0.0
            if staffed:
                if t.leader < NO_TEAM:  # shows nothing and seeks nothing
                    continue
                j = i - np.uint64(s.first)
                watch, leader = led[j, 0], led[j, 1]
            sight = look(i, ties, face)
            part = general + named * t.invited
            expertise = part * c.expertise
            own_gain = -part * c.displaced
            stage = t.stage
            if stage == TRIAL or stage == ROUTINE:
                owner = t.owned == 1
                dose = Dose(part * c.dose_share, expertise, watch, leader)
                own_gain += use_gain(t, owner, c.fit, p)
                learnt = week_using(t, sight, dose, owner, fresh, quarter, seed, c, p, flow)
                use += learnt[0]
                help_ += learnt[1]
                peers += learnt[2]
                hours += learnt[3]
                drift += learnt[4]
            else:
                if stage == UNAWARE:
                    week_unaware(t, sight.x, seed, c, p, flow)
                else:
                    week_considering(t, sight, stage == DISCONTINUED, quarter, seed, c, p, flow)
                if stage == DISCONTINUED or expertise > 0.0:  # others have nothing to forget
                    lost, gained = idle_skill(t, expertise, p)
                    forgotten += lost
                    hours += gained
            gain += own_gain
            if own_gain != 0.0:
                t.gain += own_gain * DT * c.active
            # what the school and everybody's colleagues see of it
            k = t.skill
            stage = t.stage
            using = 1.0 if stage == TRIAL or stage == ROUTINE else 0.0
            q = k if t.owned == 1 else k * compliant_intensity
            is_deep = using if q >= 0.5 else 0.0
            users += using
            quality += using * q
            owned += using * t.owned
            deep += is_deep
            marked += is_deep * t.marked
            ever += t.ever
            stopped += 1.0 if stage == DISCONTINUED else 0.0
            new_face[i].skill = shown_skill(stage, t.visible, k)
            new_face[i].conviction = t.conviction
        flow.skill_use += use * DT
        flow.skill_help += help_ * DT
        flow.skill_peers += peers * DT
        flow.skill_expertise += hours * DT
        flow.skill_drift += drift * DT
        flow.skill_forgotten += forgotten * DT
        s.gain += gain / s.teaching * DT * c.active
        s.users = users
        s.deep = deep
        s.quality = quality
        s.owned = owned
        s.discontinued = stopped
        s.ever = ever
        s.marked_deep = marked
