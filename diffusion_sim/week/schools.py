"""One week of every school: leaders' support, conditions, trust, norm, mandate; readiness and coherence."""

from __future__ import annotations

import math

from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.dynamics.coaches import alignment_change, leadership_change
from diffusion_sim.dynamics.embedding import embedding_change
from diffusion_sim.dynamics.hours import saturation
from diffusion_sim.dynamics.leaders import clip01, kept_by
from diffusion_sim.dynamics.norm import norm_change
from diffusion_sim.dynamics.readiness import built, condition_change, focus_target, rebuilt
from diffusion_sim.dynamics.trust import trust_change
from diffusion_sim.state.codes import DT
from diffusion_sim.state.use import per_post
from diffusion_sim.world.felt_readiness import felt_readiness

TRUST_TARGET = 4  # of building hours; 0 to 3 are the conditions


@rule
def arriving(s, schools):
    """Share of what is paid for school s that reaches it this week: not lost and not suspended."""
    return schools[s].active * schools[s].supported


@rule
def hours_of_leaders(s, schools, p):
    """Hours that each leader of school s gets, a year: the leaders' share of teachers' hours, shared among them."""
    to_teachers = schools[s].hours * (1.0 - schools[s].mix[2]) * arriving(s, schools) * schools[s].participants
    return schools[s].to_leaders * to_teachers / p.coaches.leaders_per_school


@rule
def part_of(j, target):
    """Part of a school's building that goes to condition j, or to trust (4): all to the target, else a fifth each."""
    return 0.2 if target < 0 else (1.0 if target == j else 0.0)


@njit
def district_week(d, schools, districts, p):
    """One week of district d: its superintendent learns with the schools' leaders, departments align one instrument,
    and what the strategy has the district align moves besides.

    Hours are means over the district's programme schools; departments move the lowest instrument (the first at ties).
    """
    districts[d].weeks_superintendent += 1
    leader_hours = 0.0
    department_hours = 0.0
    members = 0.0
    reached = 0.0
    for s in range(districts[d].first, districts[d].last):
        if schools[s].programme == 0:
            continue
        members += 1.0
        reached += arriving(s, schools)
        leader_hours += hours_of_leaders(s, schools, p)
        department_hours += schools[s].building * arriving(s, schools) * schools[s].departments
    if members == 0.0:
        return
    support, base = districts[d].superintendent, districts[d].superintendent_base
    change = leadership_change(support, base, leader_hours / members, p.readiness.drift, p.coaches)
    districts[d].superintendent = clip01(support + change * DT)
    if department_hours > 0.0:
        lowest = 0
        for j in range(1, 6):
            if districts[d].alignment[j] < districts[d].alignment[lowest]:
                lowest = j
        value = districts[d].alignment[lowest]
        change = alignment_change(value, department_hours / members, p.coaches)
        districts[d].alignment[lowest] = clip01(value + change * DT)
    if districts[d].align_hours > 0.0:
        named = districts[d].aligning
        value = districts[d].alignment[named]
        change = alignment_change(value, districts[d].align_hours * (reached / members), p.coaches)
        districts[d].alignment[named] = clip01(value + change * DT)


@njit
def schools_week(begin, end, schools, districts, p):
    """One week of the schools begin to end - 1, after districts: leaders' support, conditions, trust, norm, mandate."""
    r = p.readiness
    for s in range(begin, end):
        support = schools[s].principal
        trust, embedded = schools[s].trust, schools[s].embedded
        leader_hours = hours_of_leaders(s, schools, p)
        change = leadership_change(support, schools[s].principal_base, leader_hours, r.drift, p.coaches)
        schools[s].principal = clip01(support + change * DT)
        building = schools[s].building * arriving(s, schools) * (1.0 - schools[s].departments)
        share = saturation(building, r.h_school)  # a timetable is bought by the school
        leaving = 1.0 - math.exp(-schools[s].principal_hazard)  # share of its principals, a year
        for j in range(4):
            target = schools[s].conditions_start[j]
            if j == 0:
                target = focus_target(target, schools[s].initiatives_start, schools[s].initiatives, r)
            condition, part = schools[s].conditions[j], share * part_of(j, schools[s].target_condition)
            # time and the district's part do not drift away where the practice is part of the school
            drifts = 1.0 if j == 0 or j == 2 else 1.0 - embedded
            change = condition_change(condition, target, part, support, drifts, r)
            if j == 0 or j == 2:  # what a new principal leaves only a part of
                change += rebuilt(target, leaving, kept_by(r.focus_kept if j == 0 else r.team_kept, embedded))
            schools[s].conditions[j] = clip01(condition + change * DT)
        usual = districts[schools[s].district].usual_principal
        change = trust_change(trust, schools[s].trust_start, support, usual, leaving, p.trust)
        change += built(trust, share * part_of(TRUST_TARGET, schools[s].target_condition), support, r)
        schools[s].trust = clip01(trust + change * DT)
        deep_share = per_post(schools[s].deep, schools[s].teaching)
        schools[s].norm = clip01(schools[s].norm + norm_change(schools[s].norm, deep_share, p.norm) * DT)
        if p.structure.embedding == 1.0:
            use, standing = per_post(schools[s].rooted, schools[s].teaching), schools[s].standing
            change = embedding_change(embedded, use, schools[s].coherence, standing, p.embedding)
            schools[s].embedded = clip01(embedded + change * DT)
        schools[s].weeks_principal += 1
        if schools[s].mandate_weeks > 0:
            schools[s].mandate_weeks -= 1
            if schools[s].mandate_weeks == 0:
                schools[s].mandate_spent = 1
                schools[s].monitored = 0
        felt_readiness(s, schools, districts, p)
