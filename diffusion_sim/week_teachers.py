"""One week of every teacher, from last week's state of everybody."""

from __future__ import annotations

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
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.state import AWARE, DISCONTINUED, DT, NO_TEAM, ROUTINE, TRADITIONAL, TRIAL, UNAWARE


@rule
def week_unaware(t, x, seed, c, p, flow):
    """One week of a teacher who has not heard of the practice; under a mandate everybody hears in its first week."""
    t.wait_sum += awareness_hazard(x + c.partner_use, c.outreach, p.aware) * DT * c.active
    if c.mandated == 1 or t.wait_sum >= t.wait_draw:
        t.stage = AWARE
        start_wait(seed, t)
        flow.aware += 1.0


@rule
def week_considering(t, x, peer_conviction, quarter, seed, c, p, flow):
    """One week of a teacher who knows the practice and does not use it (AWARE, DISCONTINUED)."""
    v = t.conviction
    again = t.stage == DISCONTINUED
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
    if x > 0.0:
        t.conviction = clip_conviction(v + p.experience.eta_peer * x * (peer_conviction - v) * DT * c.active)


@rule
def idle_skill(t, expertise, p, flow):
    """Skill of a non-user: what use has taught fades, what was brought stays; expertise hours add to both."""
    k = t.skill
    brought = t.skill_brought
    if k <= brought and expertise == 0.0:
        return
    lost = p.learning.forget * max(0.0, k - brought)
    gained = expertise * (1.0 - k)
    t.skill = min(1.0, max(0.0, k + (gained - lost) * DT))
    if expertise > 0.0:
        t.skill_brought = min(1.0, brought + expertise * (1.0 - brought) * DT)
    flow.skill_forgotten += lost * DT
    flow.skill_expertise += gained * DT


@rule
def week_using(t, x, peer_skill, dose_share, watch, help_, expertise, fresh, quarter, seed, c, p, flow):
    """One week of a user: learn, experience, stop or deepen."""
    k = t.skill
    v = t.conviction
    owned = t.owned == 1
    routine = t.stage == ROUTINE
    intensity = 1.0 if owned else p.learning.compliant_intensity
    pace = 1.0 if owned else p.learning.compliant_learning
    if fresh:
        t.payoff_noise = rng.normal(seed, t.origin, t.tag, rng.PAYOFF, quarter)

    seen = feedback(dose_share, watch, x, peer_skill, k, p.learning)
    by_use = c.active * pace * learn_by_use(k, c.time, t.drive, seen, p.learning)
    by_help = pace * learn_from_help(k, dose_share, 1.0, c.help, p.learning)
    by_help += pace * learn_from_leader(k, help_, p.learning)
    by_peers = c.active * pace * learn_from_peers(k, x, peer_skill, p.learning)
    by_hours = expertise * (1.0 - k)
    drift = fidelity_drift(k, seen, c.norm, p.learning)
    t.skill = min(1.0, max(0.0, k + (by_use + by_help + by_peers + by_hours - drift) * DT))
    if expertise > 0.0:
        brought = t.skill_brought
        t.skill_brought = min(1.0, brought + expertise * (1.0 - brought) * DT)
    flow.skill_use += by_use * DT
    flow.skill_help += by_help * DT
    flow.skill_peers += by_peers * DT
    flow.skill_expertise += by_hours * DT
    flow.skill_drift += drift * DT

    t.uses += p.learning.uses_per_week * intensity * c.active
    worth = payoff(k, intensity, c.time, t.payoff_noise, c.fit, p.experience)
    t.conviction = clip_conviction(v + p.experience.eta * (worth - v) * DT * c.active)

    hazard = stop_hazard(v, k, c.stop_term, c.risk, p.trial.b_P, p.stop)
    hazard *= hold_factor(routine, owned, c.monitored == 1, p.stop) * c.agenda
    t.wait_sum += hazard * DT
    if t.wait_sum >= t.wait_draw:
        end_spell(seed, t)
        flow.stop_owned += 1.0 if owned else 0.0
        flow.stop_compliant += 0.0 if owned else 1.0
        return
    ready = t.uses >= p.learning.routine_uses and t.skill > p.learning.routine_skill
    if not routine and ready:
        t.stage = ROUTINE
        flow.routine += 1.0
    if not owned:
        t.own_sum += internalise_hazard(v, c.norm, c.autonomy, p.stop.g_v, p.internalise) * DT
        if t.own_sum >= t.own_draw:
            t.owned = 1
            flow.internalised += 1.0


@njit
def teachers_week(begin, end, week, seed, teachers, schools, districts, ties, face, new_face, numbers, flows):
    """One week of all teachers of schools begin..end, from last week's ``face``; fills the schools' sums.

    face, new_face : (T, 2) shown skill and conviction, last week's (read) and this week's (written).
    numbers : ``dynamics.params.packed``. flows : FLOW records, one a school, added to.
    """
    p = numbers[0]
    quarter = (week - 1) // WEEKS_PER_QUARTER
    fresh = (week - 1) % WEEKS_PER_QUARTER == 0
    first, target = ties.first, ties.target
    ci = p.learning.compliant_intensity
    led = np.zeros((1, 2))  # of the present school, where it has a staffing structure
    for row in range(begin, end):
        s = schools[row]
        c = climate_of(s, districts[s.district], p)
        by_name = s.by_name == 1
        taught = s.participants > 0.0  # hours are paid for here: by the programme, or by the district after it
        staffed = s.staffing != TRADITIONAL
        if staffed:
            if led.shape[0] < s.posts:
                led = np.zeros((s.posts, 2))
            leading(s, teachers, week, p, led)
        flow = flows[row]
        gain = p.pupils.teacher_sd * s.effectiveness
        users = deep = quality = owned = stopped = ever = marked = 0.0
        for i in range(s.first, s.last):
            t = teachers[i]
            watch = help_ = 0.0
            if staffed:
                if t.leader < NO_TEAM:  # shows nothing and seeks nothing
                    continue
                watch = led[i - s.first, 0]
                help_ = led[i - s.first, 1]
            seen = skill = conviction = 0.0
            for j in range(first[i], first[i + 1]):
                adviser = target[j]
                shown = face[adviser, 0]
                visible = 1.0 if shown >= 0.0 else 0.0  # arithmetic instead of a branch that nobody can predict
                seen += visible
                skill += visible * shown
                conviction += visible * face[adviser, 1]
            x, peer_skill, peer_conviction = exposure(seen, skill, conviction, first[i + 1] - first[i])
            takes_part = taught and (not by_name or t.invited == 1)
            dose_share = c.dose_share if takes_part else 0.0
            expertise = c.expertise if takes_part else 0.0
            own_gain = c.displaced if takes_part else 0.0
            gain -= own_gain
            own_gain = -own_gain
            if t.stage == TRIAL or t.stage == ROUTINE:
                used = use_gain(t, c.fit, p)
                gain += used
                own_gain += used
                week_using(t, x, peer_skill, dose_share, watch, help_, expertise, fresh, quarter, seed, c, p, flow)
            elif t.stage == UNAWARE:
                week_unaware(t, x, seed, c, p, flow)
                if expertise > 0.0:
                    idle_skill(t, expertise, p, flow)
            else:
                former = t.stage == DISCONTINUED
                week_considering(t, x, peer_conviction, quarter, seed, c, p, flow)
                if former or expertise > 0.0:  # others have nothing to forget
                    idle_skill(t, expertise, p, flow)
            if own_gain != 0.0:
                t.gain += own_gain * DT * c.active
            # what the school and everybody's colleagues see of it
            k = t.skill
            using = 1.0 if t.stage == TRIAL or t.stage == ROUTINE else 0.0
            q = k if t.owned == 1 else k * ci
            is_deep = using if q >= 0.5 else 0.0
            users += using
            quality += using * q
            owned += using * t.owned
            deep += is_deep
            marked += is_deep * t.marked
            ever += t.ever
            stopped += 1.0 if t.stage == DISCONTINUED else 0.0
            new_face[i, 0] = shown_skill(t.stage, t.visible, k)
            new_face[i, 1] = t.conviction
        s.gain += gain / s.teaching * DT * c.active
        s.users = users
        s.deep = deep
        s.quality = quality
        s.owned = owned
        s.discontinued = stopped
        s.ever = ever
        s.marked_deep = marked


@rule
def use_gain(t, fit, p):
    """What this week's use adds to the yearly gain of a user's pupils, SD, from the state in which the week begins."""
    k = t.skill
    quality = k if t.owned == 1 else k * p.learning.compliant_intensity
    return gain_of_use(quality, 1.0 - k if t.stage == TRIAL else 0.0, fit, p.pupils)
