"""The order of a week and of a summer: the page to read first.

Columns are updated in place, school by school and teacher by teacher. What others see of a teacher (``face``) is kept
twice, last week's and this week's, so that everybody acts on last week's state and the order of rows cannot matter.
Kernels never check and never raise: scenarios, tables and plans are checked where they enter.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim._cache import njit, rule
from diffusion_sim.dynamics.aware import awareness_hazard
from diffusion_sim.dynamics.coaches import leadership_change
from diffusion_sim.dynamics.experience import payoff
from diffusion_sim.dynamics.exposure import exposure, shown_skill
from diffusion_sim.dynamics.internalise import internalise_hazard
from diffusion_sim.dynamics.learning import (
    feedback,
    fidelity_drift,
    learn_by_use,
    learn_from_help,
    learn_from_peers,
    ready_for_help,
    saturation,
)
from diffusion_sim.dynamics.norm import norm_change
from diffusion_sim.dynamics.pupils import displaced, teaching_gain
from diffusion_sim.dynamics.readiness import (
    coherence_index,
    condition_change,
    district_condition,
    focus_target,
    readiness_index,
)
from diffusion_sim.dynamics.stop import hold_factor, school_stop_term, stop_hazard
from diffusion_sim.dynamics.trial import (
    agenda_factor,
    inclination,
    mandated_hazard,
    peer_force,
    risk_of_trying,
    school_term,
    voluntary_hazard,
)
from diffusion_sim.dynamics.trust import trust_change
from diffusion_sim.measures import fill_row, remember
from diffusion_sim.persons import begin_spell, clip_conviction, end_spell, start_wait
from diffusion_sim.state import AWARE, DISCONTINUED, EVALUATION, FLOW, ROUTINE, TRIAL, UNAWARE

DT = 1.0 / 36.0

F_AWARE, F_ROUTINE, F_INTERNALISED = FLOW["aware"], FLOW["routine"], FLOW["internalised"]
F_INITIATIVE, F_OUTREACH, F_PEERS = FLOW["trial_initiative"], FLOW["trial_outreach"], FLOW["trial_peers"]
F_NORM, F_INVITATION, F_MANDATE = FLOW["trial_norm"], FLOW["trial_invitation"], FLOW["trial_mandate"]
F_COMPLIANT, F_RETRIAL = FLOW["trial_compliant"], FLOW["retrial"]
F_STOP_OWNED, F_STOP_COMPLIANT = FLOW["stop_owned"], FLOW["stop_compliant"]
F_USE, F_HELP, F_LEARN_PEERS = FLOW["skill_use"], FLOW["skill_help"], FLOW["skill_peers"]
F_EXPERTISE, F_DRIFT, F_FORGOTTEN = FLOW["skill_expertise"], FLOW["skill_drift"], FLOW["skill_forgotten"]


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


@njit
def climate_of(s, schools, districts, p):
    """The climate of school s."""
    d = schools.district[s]
    readiness = schools.readiness[s]
    coherence = schools.coherence[s]
    mandated = 1 if schools.mandate_weeks[s] > 0 else 0
    risk = 0.0
    if mandated == 0:
        evaluation = districts.alignment[d, EVALUATION]
        risk = risk_of_trying(schools.pressure[s], evaluation, schools.trust[s], schools.principal[s])
    hours = schools.hours[s]
    transmitted = hours
    if schools.to_leaders[s] == 1:
        transmitted = hours * schools.conditions[s, 2] * schools.principal[s]
    dose_share = saturation(transmitted * schools.mix[s, 0], p.learning.h)
    coach = schools.coach_quality[s] * schools.supply_factor[s]
    return Climate(
        schools.norm[s],
        schools.conditions[s, 1],
        schools.outreach[s],
        mandated,
        schools.monitored[s],
        agenda_factor(schools.weeks_principal[s], p.trial),
        risk,
        school_term(coherence, readiness, schools.trust[s], risk, p.trial),
        mandated_hazard(districts.centralisation[d], coherence, p.trial) if mandated == 1 else 0.0,
        school_stop_term(schools.norm[s], readiness, p.stop),
        districts.autonomy[d],
        dose_share,
        coach * ready_for_help(readiness, p.learning),
        p.learning.l_exp * saturation(hours * schools.mix[s, 1], p.learning.h),
        displaced(dose_share, readiness, p.pupils),
    )


@njit
def week_unaware(i, x, seed, teachers, c, p, flow):
    """One week of a teacher who has not heard of the practice; under a mandate everybody hears in its first week."""
    teachers.wait_sum[i] += awareness_hazard(x, c.outreach, p.aware) * DT
    if c.mandated == 1 or teachers.wait_sum[i] >= teachers.wait_draw[i]:
        teachers.stage[i] = AWARE
        start_wait(i, seed, teachers)
        flow[F_AWARE] += 1.0


@njit
def week_considering(i, x, peer_conviction, quarter, seed, teachers, c, p, flow):
    """One week of a teacher who knows the practice and does not use it (AWARE, DISCONTINUED)."""
    v = teachers.conviction[i]
    again = teachers.stage[i] == DISCONTINUED
    scale = c.agenda * (p.trial.rho if again else 1.0)
    ratio = inclination(teachers.innovativeness[i], v, c.trial_term, p.trial)
    invited = teachers.invited[i]
    voluntary = scale * voluntary_hazard(x, c.norm, c.outreach, invited, ratio, p.trial)
    hazard = voluntary + c.mandate_hazard
    teachers.wait_sum[i] += hazard * DT
    if teachers.wait_sum[i] >= teachers.wait_draw[i]:
        owned = begin_spell(i, seed, quarter, voluntary / hazard, p.trial.visibility, teachers)
        flow[F_INITIATIVE] += scale * p.trial.p * ratio / hazard
        flow[F_OUTREACH] += scale * p.trial.p * c.outreach * ratio / hazard
        flow[F_PEERS] += scale * peer_force(x, p.trial) * ratio / hazard
        flow[F_NORM] += scale * p.trial.qN * c.norm * ratio / hazard
        flow[F_INVITATION] += scale * p.trial.p_inv * invited / hazard
        flow[F_MANDATE] += c.mandate_hazard / hazard
        flow[F_COMPLIANT] += 1.0 - owned
        flow[F_RETRIAL] += 1.0 if again else 0.0
    if x > 0.0:
        teachers.conviction[i] = clip_conviction(v + p.experience.eta_peer * x * (peer_conviction - v) * DT)


@njit
def idle_skill(i, teachers, expertise, p, flow):
    """Skill of a non-user: what use has taught fades, what was brought stays; expertise hours add to both."""
    k = teachers.skill[i]
    brought = teachers.skill_brought[i]
    if k <= brought and expertise == 0.0:
        return
    lost = p.learning.forget * max(0.0, k - brought)
    gained = expertise * (1.0 - k)
    teachers.skill[i] = min(1.0, max(0.0, k + (gained - lost) * DT))
    if expertise > 0.0:
        teachers.skill_brought[i] = min(1.0, brought + expertise * (1.0 - brought) * DT)
    flow[F_FORGOTTEN] += lost * DT
    flow[F_EXPERTISE] += gained * DT


@njit
def week_using(i, x, peer_skill, dose_share, expertise, fresh, quarter, seed, teachers, c, g_v, p, flow):
    """One week of a user: learn, experience, stop or deepen."""
    k = teachers.skill[i]
    v = teachers.conviction[i]
    owned = teachers.owned[i] == 1
    routine = teachers.stage[i] == ROUTINE
    intensity = 1.0 if owned else p.learning.compliant_intensity
    pace = 1.0 if owned else p.learning.compliant_learning
    if fresh:
        teachers.payoff_noise[i] = rng.normal(seed, teachers.origin[i], teachers.tag[i], rng.PAYOFF, quarter)

    seen = feedback(dose_share, x, peer_skill, k, p.learning)
    by_use = pace * learn_by_use(k, c.time, teachers.drive[i], seen, p.learning)
    by_help = pace * learn_from_help(k, dose_share, 1.0, c.help, p.learning)
    by_peers = pace * learn_from_peers(k, x, peer_skill, p.learning)
    by_hours = expertise * (1.0 - k)
    drift = fidelity_drift(k, seen, c.norm, p.learning)
    teachers.skill[i] = min(1.0, max(0.0, k + (by_use + by_help + by_peers + by_hours - drift) * DT))
    if expertise > 0.0:
        brought = teachers.skill_brought[i]
        teachers.skill_brought[i] = min(1.0, brought + expertise * (1.0 - brought) * DT)
    flow[F_USE] += by_use * DT
    flow[F_HELP] += by_help * DT
    flow[F_LEARN_PEERS] += by_peers * DT
    flow[F_EXPERTISE] += by_hours * DT
    flow[F_DRIFT] += drift * DT

    teachers.uses[i] += p.learning.uses_per_week * intensity
    worth = payoff(k, intensity, c.time, teachers.payoff_noise[i], p.experience)
    teachers.conviction[i] = clip_conviction(v + p.experience.eta * (worth - v) * DT)

    hazard = stop_hazard(v, k, c.stop_term, c.risk, p.trial.b_P, p.stop)
    hazard *= hold_factor(routine, owned, c.monitored == 1, p.stop) * c.agenda
    teachers.wait_sum[i] += hazard * DT
    if teachers.wait_sum[i] >= teachers.wait_draw[i]:
        end_spell(i, seed, teachers)
        flow[F_STOP_OWNED] += 1.0 if owned else 0.0
        flow[F_STOP_COMPLIANT] += 0.0 if owned else 1.0
        return
    ready = teachers.uses[i] >= p.learning.routine_uses and teachers.skill[i] > p.learning.routine_skill
    if not routine and ready:
        teachers.stage[i] = ROUTINE
        flow[F_ROUTINE] += 1.0
    if not owned:
        teachers.own_sum[i] += internalise_hazard(v, c.norm, c.autonomy, g_v, p.internalise) * DT
        if teachers.own_sum[i] >= teachers.own_draw[i]:
            teachers.owned[i] = 1
            flow[F_INTERNALISED] += 1.0


@njit
def teachers_week(begin, end, week, seed, teachers, schools, districts, network, face, new_face, p, flows):
    """One week of all teachers of schools begin..end, from last week's ``face``; fills the schools' sums.

    face, new_face : (T, 2) shown skill and conviction, last week's (read) and this week's (written).
    flows : (S, F), added to.
    """
    quarter = (week - 1) // 9
    fresh = (week - 1) % 9 == 0
    for s in range(begin, end):
        c = climate_of(s, schools, districts, p)
        by_name = schools.by_name[s] == 1
        enrolled = schools.enrolled[s] == 1
        flow = flows[s]
        gain = 0.0
        for i in range(schools.first[s], schools.last[s]):
            stage = teachers.stage[i]
            x, peer_skill, peer_conviction = exposure(network.first[i], network.degree[i], network.target, face)
            takes_part = enrolled and (not by_name or teachers.invited[i] == 1)
            dose_share = c.dose_share if takes_part else 0.0
            expertise = c.expertise if takes_part else 0.0
            quality = 0.0
            unskilled = 0.0
            if stage == TRIAL or stage == ROUTINE:
                k = teachers.skill[i]
                quality = k if teachers.owned[i] == 1 else k * p.learning.compliant_intensity
                unskilled = 1.0 - k if stage == TRIAL else 0.0
            loss = c.displaced if takes_part else 0.0
            gain += teaching_gain(teachers.effectiveness[i], quality, unskilled, p.experience.fit, loss, p.pupils)

            if stage == TRIAL or stage == ROUTINE:
                week_using(
                    i, x, peer_skill, dose_share, expertise, fresh, quarter, seed, teachers, c, p.stop.g_v, p, flow
                )
            else:
                if stage == UNAWARE:
                    week_unaware(i, x, seed, teachers, c, p, flow)
                else:
                    week_considering(i, x, peer_conviction, quarter, seed, teachers, c, p, flow)
                idle_skill(i, teachers, expertise, p, flow)
            new_face[i, 0] = shown_skill(teachers.stage[i], teachers.visible[i], teachers.skill[i])
            new_face[i, 1] = teachers.conviction[i]
        schools.gain[s] += gain / schools.posts[s] * DT
        count_school(s, teachers, schools, p.learning.compliant_intensity)


@njit
def count_school(s, teachers, schools, compliant_intensity):
    """Sums over the teachers of school s, of the present state."""
    users = 0.0
    deep = 0.0
    quality = 0.0
    owned = 0.0
    stopped = 0.0
    ever = 0.0
    conviction_users = 0.0
    conviction = 0.0
    skill = 0.0
    marked = 0.0
    for i in range(schools.first[s], schools.last[s]):
        stage = teachers.stage[i]
        v = teachers.conviction[i]
        conviction += v
        ever += teachers.ever[i]
        if stage == TRIAL or stage == ROUTINE:
            k = teachers.skill[i]
            q = k if teachers.owned[i] == 1 else k * compliant_intensity
            users += 1.0
            quality += q
            owned += teachers.owned[i]
            conviction_users += v
            skill += k
            if q >= 0.5:
                deep += 1.0
                marked += teachers.marked[i]
        elif stage == DISCONTINUED:
            stopped += 1.0
    schools.users[s] = users
    schools.deep[s] = deep
    schools.quality[s] = quality
    schools.owned[s] = owned
    schools.discontinued[s] = stopped
    schools.ever[s] = ever
    schools.conviction_users[s] = conviction_users
    schools.conviction_all[s] = conviction
    schools.skill_users[s] = skill
    schools.marked_deep[s] = marked


@rule
def alignment_of(d, districts):
    """Mean and lowest alignment of district d's instruments."""
    total = 0.0
    lowest = 1.0
    for j in range(6):
        total += districts.alignment[d, j]
        lowest = min(lowest, districts.alignment[d, j])
    return total / 6.0, lowest


@njit
def felt_readiness(s, schools, districts, p):
    """Recompute R and C of school s from its conditions and its leaders."""
    d = schools.district[s]
    mean, lowest = alignment_of(d, districts)
    district = district_condition(schools.conditions[s, 3], districts.superintendent[d], mean, p.readiness)
    conditions = schools.conditions[s]
    schools.readiness[s] = readiness_index(conditions[0], conditions[1], conditions[2], district)
    schools.coherence[s] = coherence_index(schools.principal[s], districts.superintendent[d], lowest)


@rule
def clip01(x):
    """x in [0, 1]."""
    return min(1.0, max(0.0, x))


@njit
def schools_week(schools, districts, p):
    """One week of all schools, after their teachers: leaders' support, conditions, trust, norm, mandate."""
    r = p.readiness
    for s in range(schools.key.size):
        support = schools.principal[s]
        trust = schools.trust[s]
        hours = schools.hours[s]
        leader_hours = 0.0
        if schools.to_leaders[s] == 1:
            leader_hours = hours * schools.participants[s] / p.coaches.leaders_per_school
        change = leadership_change(
            support, schools.principal_base[s], leader_hours, p.learning.h, r.drift, p.coaches
        )
        schools.principal[s] = clip01(support + change * DT)
        for j in range(4):
            building = hours * schools.mix[s, 2]
            if schools.target_condition[s] < 0:
                building *= 0.25
            elif schools.target_condition[s] != j:
                building = 0.0
            target = schools.conditions_start[s, j]
            if j == 0:
                target = focus_target(target, schools.initiatives_start[s], schools.initiatives[s], r)
            share = saturation(building, p.learning.h)
            condition = schools.conditions[s, j]
            schools.conditions[s, j] = clip01(condition + condition_change(condition, target, share, support, r) * DT)
        schools.trust[s] = clip01(trust + trust_change(trust, schools.trust_start[s], support, p.trust) * DT)
        deep_share = schools.deep[s] / schools.posts[s]
        schools.norm[s] = clip01(schools.norm[s] + norm_change(schools.norm[s], deep_share, p.norm) * DT)
        schools.weeks_principal[s] += 1
        if schools.mandate_weeks[s] > 0:
            schools.mandate_weeks[s] -= 1
            if schools.mandate_weeks[s] == 0:
                schools.mandate_spent[s] = 1
                schools.monitored[s] = 0
        felt_readiness(s, schools, districts, p)


@njit
def mark_deep(teachers, compliant_intensity):
    """Mark who is in deep use in the last week of support."""
    for i in range(teachers.stage.size):
        user = teachers.stage[i] == TRIAL or teachers.stage[i] == ROUTINE
        intensity = 1.0 if teachers.owned[i] == 1 else compliant_intensity
        teachers.marked[i] = 1 if user and teachers.skill[i] * intensity >= 0.5 else 0


@njit
def show_all(teachers, face):
    """What everybody shows, from the present state."""
    for i in range(teachers.stage.size):
        face[i, 0] = shown_skill(teachers.stage[i], teachers.visible[i], teachers.skill[i])
        face[i, 1] = teachers.conviction[i]


@njit
def finish_week(week, teachers, schools, districts, p, flows, basis, memory, ledger, unspent, support_weeks, row, total):
    """After the teachers: schools' week, marks at the end of support, the row of measures and the flows so far."""
    schools_week(schools, districts, p)
    if week == support_weeks:
        mark_deep(teachers, p.learning.compliant_intensity)
        schools.marked_deep[:] = schools.deep
        remember(memory, schools, basis)
    fill_row(row, schools, basis, memory, ledger, unspent, week, support_weeks)
    for f in range(total.size):
        total[f] = 0.0
    for s in range(flows.shape[0]):
        for f in range(total.size):
            total[f] += flows[s, f]


@njit
def run_weeks(
    week, count, seed, teachers, schools, districts, network, faces, p, flows, basis, memory, ledger, unspent, support_weeks,
    series, flow_series,
):
    """``count`` weeks after ``week`` weeks done; none of them may begin a quarter except the first.

    faces : (2, T, 2); series : (W + 1, measures) and flow_series : (W + 1, F), one row a week.
    """
    for w in range(week + 1, week + count + 1):
        old = faces[(w - 1) % 2]
        new = faces[w % 2]
        teachers_week(0, schools.key.size, w, seed, teachers, schools, districts, network, old, new, p, flows)
        finish_week(
            w, teachers, schools, districts, p, flows, basis, memory, ledger, unspent, support_weeks, series[w],
            flow_series[w],
        )


def first_row(state, world, p, support_weeks):
    """The row of measures before week 1."""
    fill_row(
        state.series[0], state.schools, world.basis, state.memory, state.ledger, state.unspent, 0,
        support_weeks,
    )


_pools: dict[int, ThreadPoolExecutor] = {}


def thread_pool(threads):
    """A pool of threads, kept for the process. Kernels release the interpreter lock, and each school is one thread's."""
    if threads not in _pools:
        _pools[threads] = ThreadPoolExecutor(threads, thread_name_prefix="diffusion-sim")
    return _pools[threads]


def advance(state, world, count, p, support_weeks, pool=None):
    """``count`` weeks of a run, in place; with ``pool`` the teachers of each week are shared out to its threads."""
    seed = np.uint64(world.seed)
    people = (state.teachers, state.schools, state.districts, state.network)
    books = (state.flows, world.basis, state.memory, state.ledger, state.unspent, support_weeks)
    if pool is None:
        run_weeks(state.week, count, seed, *people, state.faces, p, *books, state.series, state.flow_series)
        state.week += count
        return
    bounds = shares(state.schools.last, pool._max_workers)
    for week in range(state.week + 1, state.week + count + 1):
        old, new = state.faces[(week - 1) % 2], state.faces[week % 2]
        jobs = [
            pool.submit(teachers_week, a, b, week, seed, *people, old, new, p, state.flows)
            for a, b in zip(bounds[:-1], bounds[1:], strict=True)
        ]
        for job in jobs:
            job.result()
        finish_week(week, *people[:3], p, *books, state.series[week], state.flow_series[week])
        state.week = week


def shares(last, parts):
    """Rows of schools that split the teachers into ``parts`` of about equal number; (parts + 1,) bounds."""
    goals = last[-1] * np.arange(1, parts) / parts
    return [0, *np.searchsorted(last, goals).tolist(), last.size]
