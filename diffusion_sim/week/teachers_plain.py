"""One week of every teacher, one teacher at a time: the readable twin of teachers.py.

It calls the same rules in the same order, so that both give the same users every week and measures that agree to
rounding. It takes branches, needs no vectors of the processor's, and is what runs where those cannot be compiled, where
``plain`` is asked for, and where rules of the user's own stand in for ours (own_rules.py): each rule is called once,
with ``me``, what a rule may know of the teacher beside its own arguments.

Letters as in docs/model.md: k skill, v conviction, z innovativeness, w drive, x exposure, c the school's climate,
p numbers of the scenario, s a school, t a teacher.
"""

from __future__ import annotations

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.elementary_functions import exp
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.dynamics.exposure import stopped_lately
from diffusion_sim.dynamics.learning import come_to_know
from diffusion_sim.dynamics.pupils import still_unskilled
from diffusion_sim.dynamics.staffing import leading, sum_teams
from diffusion_sim.dynamics.trial import asked_once, threshold_force
from diffusion_sim.persons import clip_conviction
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.state.codes import DISCONTINUED, DT, NEW_HERE, ROUTINE, TRADITIONAL, UNAWARE
from diffusion_sim.state.tables import FACE_NUMBERS, NEAR
from diffusion_sim.state.use import DEEP_40, DEEP_60, intensity_of, is_deep, is_user, per_post, teaches
from diffusion_sim.week.replaceable_rules import (
    Me,
    awareness_hazard,
    feedback,
    fidelity_drift,
    gain_of_use,
    hold_factor,
    inclination,
    internalise_hazard,
    is_practised,
    learn_by_use,
    learn_from_help,
    learn_from_leader,
    learn_from_peers,
    now_known,
    payoff,
    peer_force,
    remember,
    shown,
    stop_hazard,
    stop_inclination,
    tie_weight,
    voluntary_hazard,
)
from diffusion_sim.week.school_conditions import climate_of
from diffusion_sim.week.teacher_rules import Causes
from diffusion_sim.week.teachers import deepen, hear, start, stop


@rule
def sight_of(i, t, teachers, face, ties, me, p):
    """What teacher i's advisers show, weighted by ``tie_weight``: (x, x kbar, x vbar, x of the same grade), heads:
    (advisers asked, users among them, users of the same grade), and the share who stopped within a year."""
    total = seen = skill = conviction = same = asked = users = users_same = former = 0.0
    nobody = teachers.size
    further = np.int64(ties.far_first[i + 1]) - np.int64(ties.far_first[i])
    for place in range(NEAR * (1 + further)):
        block = place // NEAR
        number = ties.near[i, place] if block == 0 else ties.far[ties.far_first[i] + block - 1, place % NEAR]
        adviser = np.int64(number) // FACE_NUMBERS
        if adviser == nobody:
            continue
        other = teachers[adviser]
        alike = other.grade == t.grade
        weight = tie_weight(other.school == t.school, alike, t.grade, other.grade, p.trial, me)
        total += weight
        seen += weight * face[adviser].shown
        skill += weight * face[adviser].skill
        conviction += weight * face[adviser].conviction
        same += weight * face[adviser].shown if alike else 0.0
        former += weight * face[adviser].stopped
        if weight > 0.0:
            asked += 1.0
            users += face[adviser].shown
            users_same += face[adviser].shown if alike else 0.0
    share = 1.0 / total if total > 0.0 else 0.0
    return seen * share, skill * share, conviction * share, same * share, asked, users, users_same, former * share


@rule
def still_invited(t, c):
    """What is left of an invitation by name: 0 for who is not invited this quarter."""
    if t.invited & 1 == 0:
        return 0.0
    first, second, third, fourth = c.invitations
    if t.invited & 2 > 0:
        return first
    if t.invited & 4 > 0:
        return second
    return third if t.invited & 8 > 0 else fourth


@rule
def peers_of(x, users, c, p, me):
    """Peers' force, by share of advisers or by their number."""
    if p.structure.threshold == 1.0:
        return threshold_force(users, c.peer_scale, p.trial)
    return peer_force(x, p.trial, me)


@njit
def show_nothing(i, new_face):
    """A post that does not teach shows nothing."""
    new_face[i].shown = new_face[i].skill = new_face[i].conviction = new_face[i].stopped = 0.0


@njit
def teachers_week(
    begin, end, week, seed, teachers, schools, districts, ties, face, new_face, numbers, flows, room, faults
):
    """One week of all teachers of schools begin to end - 1, from last week's faces; fills the schools' sums.

    Arguments as of ``teachers.teachers_week``; faults : address of this thread's row of ``Changing.faults``.
    """
    p, quarter, led = numbers[0], (week - 1) // WEEKS_PER_QUARTER, room[3]
    for row in range(begin, end):
        s, flow = schools[row], flows[row]
        c = climate_of(s, districts[s.district], week, p)
        staffed = s.staffing != TRADITIONAL
        if staffed:
            leading(s, teachers, week, p, led)
        gain = quality = 0.0
        users = deep = deep_40 = deep_60 = owned = rooted = stopped = ever = marked = 0
        for i in range(s.first, s.last):
            t = teachers[i]
            if not teaches(t.leader):
                show_nothing(i, new_face)
                continue
            if (week - 1) % WEEKS_PER_QUARTER == 0 and is_user(t.stage):
                t.payoff_noise = rng.normal(seed, t.origin, t.tag, rng.PAYOFF, quarter)
            k, v, using, routine, owns = t.skill, t.conviction, is_user(t.stage), t.stage == ROUTINE, t.owned == 1
            intensity, aware = intensity_of(owns, p.learning.compliant_intensity), t.stage != UNAWARE
            uses = t.uses if using else 0.0  # of who has stopped the column says when
            me = Me(
                faults, i, week, t.mine, k, v, t.innovativeness, np.float64(t.grade), t.years,
                np.float64(t.spells), uses, using, using & routine, using & owns, t.invited & 1 == 1, 0.0, 0.0, 0.0,
                0.0, 0.0, 0.0, 0.0, s.norm, s.conditions[1], s.readiness, s.coherence, s.trust, s.principal,
                per_post(s.users, s.teaching), s.enrolled == 1, c.mandated == 1,
            )  # fmt: skip

            # what the teacher sees, and what use has taught
            sight = sight_of(i, t, teachers, face, ties, me, p)
            x, skill_seen, conviction_seen = sight[:3]
            me = now_known(me, sight, 0.0, t.mine)
            worth = payoff(k, intensity, c.time, t.payoff_noise, c.fit, c.complexity, p.experience, me)
            me = now_known(me, sight, worth if using else 0.0, t.mine)
            t.mine = remember(t.mine, p.experience, me)
            me = now_known(me, sight, worth if using else 0.0, t.mine)

            # what hours bring: nothing to the uninvited of a school that invites by name
            invited = t.invited & 1 == 1
            part = 1.0 if s.participants > 0.0 and (s.by_name == 0 or invited) else 0.0
            dose, knowing = part * c.dose_share, part * c.knowing
            watch = led[0, i - s.first] if staffed else 0.0
            help_ = led[1, i - s.first] if staffed else 0.0
            expects = led[3, i - s.first] if staffed else 0.0

            # learning
            by_use = by_help = by_peers = by_hours = drift = forgotten = 0.0
            if using:
                pace = 1.0 if owns else p.learning.compliant_learning
                watched = feedback(dose, watch, skill_seen, k, p.learning, me)
                by_use = c.active * pace * learn_by_use(k, c.time, t.drive, watched, p.learning, me)
                by_help = pace * learn_from_help(k, dose, 1.0, c.help, p.learning, me)
                by_help += pace * learn_from_leader(k, help_, p.learning, me)
                by_peers = c.active * pace * learn_from_peers(k, skill_seen, p.learning, me)
                drift = fidelity_drift(k, watched, c.norm, p.learning, me)
            else:
                by_hours = come_to_know(t.skill_brought, knowing, p.learning)
                forgotten = p.learning.forget * max(0.0, k - t.skill_brought)
            change = ((by_help + by_peers) + by_hours) + (by_use - (drift + forgotten))
            t.skill = min(1.0, max(0.0, k + change * DT))
            t.skill_brought = min(1.0, t.skill_brought + by_hours * DT)

            # conviction: of users by the payoff of their use, of others who know the practice by users they ask
            felt = 0.0
            if using:
                felt = p.experience.eta * (worth - v)
            elif aware:
                felt = p.experience.eta_peer * (conviction_seen - x * v)
            t.conviction = clip_conviction(v + felt * DT * c.active)

            # hazards of what may happen
            why = Causes(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
            if using:
                stopping = stop_inclination(v, k, c.stop_term, c.risk, p.trial.b_P, p.stop, me)
                hold = hold_factor(routine, owns, c.monitored == 1, p.stop, me)
                hazard = stop_hazard(exp(stopping), hold, c.stop_agenda, p.stop, me)
            elif not aware:
                told = part * c.told_by_hours
                hazard = awareness_hazard(x + c.partner_use, c.outreach, told, c.like, p.aware, me) * c.active
            else:
                ratio = exp(inclination(t.innovativeness, v, sight[7], c.trial_term, p.trial, me))
                holding = 1.0 if invited or c.staged == 0 or p.trial.p_team * expects > 0.0 else p.trial.uninvited
                scale = (p.trial.rho if t.stage == DISCONTINUED else 1.0) * holding * (c.agenda * c.active)
                peers = peers_of(x, sight[5], c, p, me)
                inducted = c.induction if t.invited & NEW_HERE > 0 else 0.0
                asked, left, inducted, expects = asked_once(c.asked, still_invited(t, c), inducted, expects, p.trial)
                voluntary = scale * voluntary_hazard(
                    peers, c.norm, c.outreach, asked, c.like_tries, left, inducted, expects, ratio, p.trial, me
                )
                hazard = voluntary + c.mandate_hazard
                why = Causes(peers, hazard, voluntary, scale, ratio, left, inducted, asked, expects)
            t.wait -= hazard * DT
            if using:
                t.uses += intensity * (p.learning.uses_per_week * c.active)
                if not owns:
                    t.own_wait -= internalise_hazard(v, c.norm, c.autonomy, p.stop.g_v, p.internalise, me) * DT

            # what pupils gain
            own_gain = -part * c.taken
            if using:
                unskilled = 0.0 if routine else still_unskilled(k, uses, p.pupils)
                own_gain += gain_of_use(k * intensity, unskilled, c.fit, c.effect, p.pupils, me)
            t.gain += (own_gain + c.gain_of_all) * (DT * c.active)
            gain += own_gain

            # what happens
            if t.stage == UNAWARE:
                if t.wait <= 0.0 or c.mandated == 1:  # under a mandate all hear in its first week
                    hear(t, seed, flow)
            elif using:
                if t.wait <= 0.0:
                    stop(t, seed, week, flow)
                else:
                    deepen(t, is_practised(t.uses, t.skill, p.learning, me), p, flow)
            elif t.wait <= 0.0:
                start(t, why, seed, quarter, c, p, flow)
            flow.skill_use += by_use * DT
            flow.skill_help += by_help * DT
            flow.skill_peers += by_peers * DT
            flow.skill_expertise += by_hours * DT
            flow.skill_drift += drift * DT
            flow.skill_forgotten += forgotten * DT

            # what the school and everybody's colleagues see of it
            ever += t.ever
            stopped += t.stage == DISCONTINUED
            seen = shown(is_user(t.stage), t.stage == ROUTINE, t.visible == 1, p.trial, me)
            new_face[i].shown, new_face[i].skill, new_face[i].conviction = seen, seen * t.skill, seen * t.conviction
            new_face[i].stopped = stopped_lately(t.stage == DISCONTINUED, week, t.uses)
            if is_user(t.stage):
                good = t.skill * intensity_of(t.owned == 1, p.learning.compliant_intensity)
                users += 1
                owned += t.owned
                rooted += t.owned == 1 and t.stage == ROUTINE
                quality += good
                deep += is_deep(good)
                deep_40 += good >= DEEP_40
                deep_60 += good >= DEEP_60
                marked += is_deep(good) and t.marked == 1
        if s.teaching > 0:
            s.gain += (c.gain_of_all + (p.pupils.teacher_sd * s.effectiveness + gain) / s.teaching) * DT * c.active
        s.users, s.deep, s.quality, s.owned, s.rooted = users, deep, quality, owned, rooted
        s.deep_40, s.deep_60 = deep_40, deep_60
        s.discontinued, s.ever, s.marked_deep = stopped, ever, marked
        if staffed:
            sum_teams(s, teachers)
