"""What is drawn before the first week: districts, schools, teachers; all keyed, none by row."""

from __future__ import annotations

import math

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit
from diffusion_sim.compiled.threads import each_share
from diffusion_sim.dynamics.coaches import coach_quality
from diffusion_sim.dynamics.districts import TRUST_PART, shared
from diffusion_sim.dynamics.embedding import embedded_at_rest
from diffusion_sim.dynamics.leaders import clip01, draw_principal, draw_superintendent, yearly_hazard
from diffusion_sim.dynamics.readiness import focus_target
from diffusion_sim.network.traits import grade_band, join_network
from diffusion_sim.persons import beta_table, draw_incumbent, from_score
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.scenario import Scenario
from diffusion_sim.state.tables import Districts, Floats, Schools
from diffusion_sim.state.use import per_post, teaches
from diffusion_sim.world.felt_readiness import felt_readiness
from diffusion_sim.world.school_sums import count_school


def turnover_hazards(sc: Scenario, schools: Schools) -> None:
    """Yearly hazards of teachers and principals leaving, by poverty around the programme's mean weighted by posts."""
    inside = schools.programme == 1
    posts = schools.posts[inside]
    mean = float((posts * schools.poverty[inside]).sum() / posts.sum()) if inside.any() else 0.0
    for column, path in (("exit_hazard", "turnover.exit"), ("principal_hazard", "leaders.principal_exit")):
        share, ratio = sc[path], sc[path + "_ratio"]
        schools[column] = [yearly_hazard(share, ratio, poverty, mean) for poverty in schools.poverty.tolist()]


def initial_shares(sc: Scenario, seed: int, schools: Schools, districts: Districts, table: SchoolTable) -> Floats:
    """Each school's chance that a teacher uses the practice at the start, shape (S,)."""
    if table.initial_use is not None:
        return np.asarray(table.initial_use, dtype=np.float64)
    share, icc = float(sc["initial_use.share"]), float(sc["initial_use.icc"])
    if icc == 0.0 or share in (0.0, 1.0):
        return np.full(schools.size, share)
    width = (1.0 - icc) / icc
    quantiles = beta_table(share * width, (1.0 - share) * width)
    of_district = rng.normals(seed, districts.key, 0, rng.DISTRICT_USE, 0)[schools.district]
    between = float(sc["initial_use.icc_districts"])
    scores = shared.py_func(between, of_district, rng.normals(seed, schools.key, 0, rng.SCHOOL_USE, 0))
    return np.array([from_score(score, quantiles) for score in scores])


@njit
def poisson_inverse(u, mean):
    """Smallest n with P(Poisson(mean) <= n) >= u."""
    n = 0
    part = math.exp(-mean)
    below = part
    while below < u and n < 1000:
        n += 1
        part *= mean / n
        below += part
    return n


@njit
def quarters_of(start):
    """How many quarters an initiative lasts."""
    return max(1, int(4.0 * start.initiative_years + 0.5))


@njit
def begun(seed, key, district, quarter, start):
    """Initiatives that begin in a school in a quarter of the run: those of the district, which begin in all of its
    schools, and its own. key, district : keys of the school and of its district."""
    lasts = quarters_of(start)
    shared_one = rng.uniform(seed, district, 0, rng.DISTRICT_INITIATIVES, quarter + 1000)
    own_one = rng.uniform(seed, key, 0, rng.INITIATIVES, quarter + 1000)
    number = poisson_inverse(shared_one, start.icc * start.initiatives / lasts)
    return number + poisson_inverse(own_one, (1.0 - start.icc) * start.initiatives / lasts)


@njit
def usual_initiatives(seed, key, district, quarter, start):
    """Initiatives that run in a school in a quarter of the run: those that began within ``initiative_years``, each
    quarter's number by keyed Poisson draws. Stationary, and without state."""
    lasts, number = quarters_of(start), 0
    for began in range(quarter - lasts + 1, quarter + 1):
        number += begun(seed, key, district, began, start)
    return number


@njit
def start_schools(seed, schools, districts, survey, start, coaches, leaders, readiness):
    """Draw every school's conditions, principal, trust, initiatives and coach. survey : (S, 4) or (0, 4)."""
    for s in range(schools.size):
        key, district = schools[s].key, districts[schools[s].district].key
        for j in range(4):
            of_district = rng.normal(seed, district, 0, rng.DISTRICT_PART, j)
            z = shared(start.icc, of_district, rng.normal(seed, key, 0, rng.CONDITION, j))
            mean = start.readiness + start.readiness_poverty * (schools[s].poverty - 0.5)
            value = clip01(mean + start.readiness_sd * z)
            if survey.shape[0] > 0:
                value = survey[s, j]
            schools[s].conditions[j] = value
            schools[s].conditions_start[j] = value
        draw_principal(s, seed, schools, districts, leaders, 0.0)
        of_district = rng.normal(seed, district, 0, rng.DISTRICT_PART, TRUST_PART)
        z = shared(start.icc, of_district, rng.normal(seed, key, 0, rng.TRUST, 0))
        schools[s].trust = clip01(start.trust + start.trust_sd * z)
        schools[s].trust_start = schools[s].trust
        number = usual_initiatives(seed, key, district, 0, start)
        schools[s].initiatives = schools[s].initiatives_usual = number
        # the drawn focus is the one at the mean number; a table's is the one at the present number
        schools[s].initiatives_start = number if survey.shape[0] > 0 else start.initiatives
        focus = schools[s].conditions[0]
        schools[s].conditions[0] = focus_target(focus, schools[s].initiatives_start, number, readiness)
        schools[s].coach_quality = coach_quality(rng.normal(seed, key, 0, rng.COACH, 0), coaches)
        schools[s].enter_draw = rng.exponential(seed, key, 0, rng.ENTER, 0)


@njit
def start_districts(seed, districts, start, leaders):
    """Draw every district's superintendent and the alignment of its six instruments."""
    for d in range(districts.size):
        key = districts[d].key
        draw_superintendent(d, seed, districts, leaders, 0.0)
        shift = start.alignment_sd_between * rng.normal(seed, key, 0, rng.ALIGNMENT_MEAN, 0)
        for j in range(districts.alignment.shape[1]):
            z = rng.normal(seed, key, 0, rng.ALIGNMENT, j)
            districts[d].alignment[j] = clip01((start.means[j] + shift) + start.alignment_sd_within * z)
            districts[d].alignment_start[j] = districts[d].alignment[j]


@njit
def start_grades(seed, schools, teachers):
    """Draw the grade band of every post."""
    for s in range(schools.size):
        key, posts = schools[s].key, schools[s].posts
        for i in range(schools[s].first, schools[s].last):
            teachers[i].grade = grade_band(seed, key, teachers[i].post, posts, schools[s].level)


@njit
def start_teachers(seed, schools, teachers, share, persons, s_w, routine_uses, popularity_sd):
    """Draw every incumbent, and what each brings to the network."""
    for s in range(schools.size):
        key = schools[s].key
        for i in range(schools[s].first, schools[s].last):
            user_share = share[s] if teaches(teachers[i].leader) else 0.0  # whom it is not for does not use
            draw_incumbent(teachers[i], seed, key, user_share, routine_uses, s_w, persons)
            join_network(teachers[i], seed, popularity_sd)


@njit
def feel_all(schools, districts, numbers):
    """Readiness and coherence of every school."""
    for s in range(schools.size):
        felt_readiness(s, schools, districts, numbers[0])


@njit
def start_embedded(schools, numbers):
    """How far the practice is part of every school before week 1: where use, coherence and no standing support leave
    it."""
    for s in range(schools.size):
        use = per_post(schools[s].rooted, schools[s].teaching)
        schools[s].embedded = embedded_at_rest(use, schools[s].coherence, 0.0, numbers[0].embedding)


@njit
def _count(begin, end, teachers, schools, compliant_intensity):
    for s in range(begin, end):
        count_school(schools[s], teachers, compliant_intensity)


def count_all(teachers, schools, compliant_intensity, pool=None):
    """Every school's sums over its teachers. pool : threads that schools are shared out to; changes no result."""
    each_share(pool, schools.last, lambda begin, end: _count(begin, end, teachers, schools, compliant_intensity))
