"""One week of every school: leaders' support, conditions, trust, norm, mandate; readiness and coherence."""

from __future__ import annotations

from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.dynamics.coaches import alignment_change, leadership_change
from diffusion_sim.dynamics.leaders import clip01
from diffusion_sim.dynamics.learning import saturation
from diffusion_sim.dynamics.norm import norm_change
from diffusion_sim.dynamics.readiness import (
    condition_change,
    focus_target,
)
from diffusion_sim.dynamics.trust import trust_change
from diffusion_sim.state.codes import DT
from diffusion_sim.world.felt_readiness import felt_readiness


@rule
def delivered_hours(s, schools):
    """Hours a participating teacher and year that reach school s this week: paid, not lost and not suspended."""
    return schools[s].hours * schools[s].active * schools[s].supported


@njit
def district_week(d, schools, districts, p):
    """One week of district d: its superintendent learns with the schools' leaders, departments align one instrument.

    Hours are means over the district's programme schools; only the lowest instrument (the first at ties) moves.
    """
    leader_hours = 0.0
    department_hours = 0.0
    members = 0.0
    for s in range(districts[d].first, districts[d].last):
        if schools[s].programme == 0:
            continue
        members += 1.0
        total = delivered_hours(s, schools) * schools[s].participants
        if schools[s].to_leaders == 1:
            leader_hours += total / p.coaches.leaders_per_school
        department_hours += total * schools[s].mix[2] * schools[s].departments
    if members == 0.0:
        return
    support, base = districts[d].superintendent, districts[d].superintendent_base
    change = leadership_change(support, base, leader_hours / members, p.learning.h, p.readiness.drift, p.coaches)
    districts[d].superintendent = clip01(support + change * DT)
    if department_hours > 0.0:
        lowest = 0
        for j in range(1, 6):
            if districts[d].alignment[j] < districts[d].alignment[lowest]:
                lowest = j
        value = districts[d].alignment[lowest]
        change = alignment_change(value, department_hours / members, p.learning.h, p.coaches)
        districts[d].alignment[lowest] = clip01(value + change * DT)


@njit
def schools_week(begin, end, schools, districts, p):
    """One week of the schools begin to end - 1, after districts: leaders' support, conditions, trust, norm, mandate."""
    r = p.readiness
    for s in range(begin, end):
        support = schools[s].principal
        trust = schools[s].trust
        hours = delivered_hours(s, schools)
        leader_hours = 0.0
        if schools[s].to_leaders == 1:
            leader_hours = hours * schools[s].participants / p.coaches.leaders_per_school
        change = leadership_change(support, schools[s].principal_base, leader_hours, p.learning.h, r.drift, p.coaches)
        schools[s].principal = clip01(support + change * DT)
        for j in range(4):
            building = hours * schools[s].mix[2] * (1.0 - schools[s].departments)
            if schools[s].target_condition < 0:
                building *= 0.25
            elif schools[s].target_condition != j:
                building = 0.0
            target = schools[s].conditions_start[j]
            if j == 0:
                target = focus_target(target, schools[s].initiatives_start, schools[s].initiatives, r)
            share = saturation(building, p.learning.h)
            condition = schools[s].conditions[j]
            schools[s].conditions[j] = clip01(condition + condition_change(condition, target, share, support, r) * DT)
        schools[s].trust = clip01(trust + trust_change(trust, schools[s].trust_start, support, p.trust) * DT)
        deep_share = schools[s].deep / schools[s].teaching
        schools[s].norm = clip01(schools[s].norm + norm_change(schools[s].norm, deep_share, p.norm) * DT)
        schools[s].weeks_principal += 1
        if schools[s].mandate_weeks > 0:
            schools[s].mandate_weeks -= 1
            if schools[s].mandate_weeks == 0:
                schools[s].mandate_spent = 1
                schools[s].monitored = 0
        felt_readiness(s, schools, districts, r)
