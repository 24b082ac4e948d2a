"""Skill in the practice: use, assigned help, chosen ties, expertise hours, drift and forgetting."""

from __future__ import annotations

import math
from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class LearningParams(NamedTuple):
    """Scenario section ``learning``; rates 1/school year."""

    l_use: float
    use_floor: float
    l_help: float
    l_peer: float
    l_exp: float
    k_know: float
    w_e: float
    h: float
    fb0: float
    coaching_feedback: float
    peer_feedback: float
    s_w: float
    skill_drift: float
    forget: float
    compliant_learning: float
    compliant_intensity: float
    ready_floor: float
    ready_span: float
    ready_max: float
    uses_per_week: float
    routine_uses: float
    routine_skill: float


@rule
def come_to_know(brought, rate, p):
    """Gain per year of a non-user who takes part: rate x max(0, k_know - k0); knowing is not doing (Joyce & Showers
    2002). brought : k0; rate : l_exp x saturated share of expertise hours x the coach's quality, 1/school year."""
    return rate * max(0.0, p.k_know - brought)


@rule
def drive(innovativeness, p):
    """w = exp(s_w z - s_w^2/2), mean 1: a heavy tail of self-directed learners (Joyce & Showers 2002; size assumed)."""
    return math.exp(p.s_w * innovativeness - 0.5 * p.s_w * p.s_w)


@rule
def ready_for_help(readiness, p):
    """Factor in [0, ready_max] on assigned help: 0 below ready_floor, 1 at floor + span (ANet trial; sizes assumed)."""
    return min(p.ready_max, max(0.0, (readiness - p.ready_floor) / p.ready_span))


@rule
def feedback(dose_share, leader_watch, skill_seen, skill, p):
    """Share of practice that is watched by somebody who can tell, in [fb0, 1].

    dose_share : saturation of the coaching dose; leader_watch : g_l m k_L of the team's leader (or the school's own
    coaches); skill_seen : exposure times the mean skill seen; skill : in [0, 1]; p : LearningParams
    """
    seen = p.coaching_feedback * dose_share + leader_watch + p.peer_feedback * skill_seen * skill
    return p.fb0 + (1.0 - p.fb0) * min(1.0, seen)


@rule
def learn_by_use(skill, time, drive_, feedback_, p):
    """Gain per year of a user from use: (1-k) l_use (4k(1-k) + floor)(.5 + time) w feedback (Frank et al. 2011)."""
    room = 1.0 - skill
    return room * p.l_use * (4.0 * skill * room + p.use_floor) * (0.5 + time) * drive_ * feedback_


@rule
def learn_from_help(skill, dose_share, coach, ready, p):
    """Gain per year from assigned help: (1-k)^2 l_help x dose share x coach quality x ready; serves low users most."""
    room = 1.0 - skill
    return room * room * p.l_help * dose_share * coach * ready


@rule
def learn_from_leader(skill, leader_help, p):
    """Gain per year from a team leader or the school's own coaches: (1-k)^2 l_help g_l quality_L (assumption)."""
    room = 1.0 - skill
    return room * room * p.l_help * leader_help


@rule
def learn_from_peers(skill, skill_seen, p):
    """Gain per year from chosen ties: (1-k) l_peer x kbar k^2; serves those who can use it already (Frank et al.
    2011). skill_seen : x kbar, exposure times the mean skill seen."""
    return (1.0 - skill) * p.l_peer * skill_seen * skill * skill


@rule
def fidelity_drift(skill, feedback_, norm, p):
    """Loss per year of a user whom nobody watches: skill_drift k max(0, 1 - feedback - N)."""
    return p.skill_drift * skill * max(0.0, 1.0 - feedback_ - norm)


@rule
def is_practised(uses, skill, p):
    """Whether use and skill are enough for routine: at least routine_uses uses, and skill above routine_skill."""
    return (uses >= p.routine_uses) & (skill > p.routine_skill)
