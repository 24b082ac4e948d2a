"""The world at the start of a run: schools, teachers and ties as columns, from a scenario and a seed.

The same for every strategy on one seed; a model copies what it changes.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim._cache import njit
from diffusion_sim.dynamics import params as groups
from diffusion_sim.dynamics.coaches import coach_quality
from diffusion_sim.dynamics.leaders import clip01, draw_principal, draw_superintendent, yearly_hazard
from diffusion_sim.engine import count_school, felt_readiness
from diffusion_sim.measures import Basis, make_basis
from diffusion_sim.network.advice import attitude_class, build, grade_band, network_params, popularity_weight
from diffusion_sim.persons import PersonParams, beta_table, draw_incumbent, from_score
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.scenario import Scenario
from diffusion_sim.state import (
    DISTRICT,
    SCHOOL,
    TEACHER,
    Districts,
    Floats,
    Network,
    Schools,
    Teachers,
    rows,
    set_bounds,
)

LONG_AGO = 1_000_000  # weeks since the first principals came: the agenda has settled


@dataclass(frozen=True)
class World:
    """All that strategies on one seed share. Arrays are not to be written to: a model takes copies."""

    table: SchoolTable
    seed: int
    teachers: Teachers
    schools: Schools
    districts: Districts
    network: Network
    renew_ties: bool  # False: given ties belong to the posts
    basis: Basis
    district_ids: list[str]
    pots: Pots


class Pots(NamedTuple):
    """Who shares which money. pot : int32[S], -1 outside the programme; members, starts : schools by pot."""

    pot: NDArray[np.int32]
    members: NDArray[np.int64]
    starts: NDArray[np.int64]
    posts: Floats  # teaching posts of each pot


def build_world(sc: Scenario, seed: int) -> World:
    """Columns at the start, from scenario and seed (0 <= seed < 2**64). Raises PopulationError for an unusable table."""
    table = load_population(sc, seed)
    district_ids = sorted(set(table.district_id))
    schools = school_columns(table, district_ids)
    districts = district_columns(district_ids, schools)
    teachers = teacher_columns(schools)
    start_districts(np.uint64(seed), districts, _district_start(sc), groups.leader_start(sc.__getitem__))
    fill_districts(sc, districts, schools)
    survey = np.zeros((0, 4)) if table.readiness is None else np.asarray(table.readiness, dtype=np.float64)
    start_schools(np.uint64(seed), schools, survey, _school_start(sc), groups.section(sc.__getitem__, "coaches"),
                  groups.leader_start(sc.__getitem__))
    turnover_hazards(sc, schools)
    share = initial_shares(sc, seed, schools, table)
    p = groups.weekly(sc.__getitem__)
    network_section = sc.section("network")
    numbers = network_params(network_section)
    start_teachers(np.uint64(seed), schools, teachers, share, person_params(sc), p.learning.s_w, p.learning.routine_uses,
                   numbers.popularity_sd)
    given = network_section.get("kind") == "given"
    network = given_ties(sc, table, schools) if given else build(seed, teachers, schools, districts, numbers)
    feel_all(schools, districts, groups.packed(p))
    count_all(teachers, schools, p.learning.compliant_intensity)
    schools.norm[:] = schools.deep / schools.posts
    basis = make_basis(schools, districts, float(sc["pupils.months_per_sd"]))
    pots = make_pots(schools, str(sc["money.pool"]))
    return World(table, seed, teachers, schools, districts, network, not given, basis, district_ids, pots)


def load_population(sc: Scenario, seed: int) -> SchoolTable:
    """The scenario's schools: read from its table, or made for this seed. Raises PopulationError."""
    section = sc.section("population")
    if section["kind"] == "table":
        return _read_table(sc, source_stamps(sc))
    from diffusion_sim.population.synthetic import synthetic

    return synthetic(seed, **{key: value for key, value in section.items() if key != "kind"})


def source_stamps(sc: Scenario) -> tuple[tuple[str, int, int], ...]:
    """Path, time of change and size of each file that the scenario reads: a file edited within a session is read anew."""
    stamps = []
    for path in ("population.source", "network.file"):
        place = sc.file(path) if path in sc else None
        if isinstance(place, Path) and place.is_file():
            about = place.stat()
            stamps.append((str(place.resolve()), about.st_mtime_ns, about.st_size))
    return tuple(stamps)


@lru_cache(maxsize=2)
def _read_table(sc: Scenario, stamps: tuple[tuple[str, int, int], ...]) -> SchoolTable:
    from diffusion_sim.population.table import from_table

    section = sc.section("population")
    return from_table(
        sc.file("population.source"),
        preset=section.get("preset"),
        columns=section.get("columns"),
        options=section.get("options"),
    )


_cached: OrderedDict[tuple[str, int, tuple[tuple[str, int, int], ...]], World] = OrderedDict()
CACHE_POSTS = 200_000  # larger worlds are not kept: memory


def shared_world(sc: Scenario, seed: int) -> tuple[World, bool]:
    """The world of a scenario and seed, kept for the next strategy on it; and whether it is kept (copy before use)."""
    key = (sc.digest, seed, source_stamps(sc))
    if key in _cached:
        return _cached[key], True
    world = build_world(sc, seed)
    if world.teachers.size > CACHE_POSTS:
        return world, False
    _cached[key] = world
    while len(_cached) > 1:
        _cached.popitem(last=False)
    return world, True


# ---- columns ---------------------------------------------------------------------------------------------------------
def school_columns(table: SchoolTable, district_ids: list[str]) -> Schools:
    """School columns with what the table says; all else zero."""
    row_of = {name: d for d, name in enumerate(district_ids)}
    keys = [rng.entity_key(d, s) for d, s in zip(table.district_id, table.school_id, strict=True)]
    schools = rows(
        SCHOOL,
        len(table),
        key=np.array(keys, np.uint64),
        district=[row_of[d] for d in table.district_id],
        programme=table.programme,
        pupils=table.pupils,
        poverty=table.poverty,
        achievement=table.achievement,
        level=table.level,
        locale=table.locale,
        enrolled_week=-1,
        target_condition=-1,
        weeks_principal=LONG_AGO,
        supply_factor=1.0,
    )
    set_bounds(schools, table.teachers)
    return schools


def district_columns(district_ids: list[str], schools: Schools) -> Districts:
    """District columns; rows of schools of one district stand together."""
    key = np.array([rng.entity_key(name) for name in district_ids], np.uint64)
    districts = rows(DISTRICT, len(district_ids), key=key)
    set_bounds(districts, np.bincount(schools.district, minlength=len(district_ids)))
    return districts


def teacher_columns(schools: Schools) -> Teachers:
    """Teacher columns, empty but for school and post number."""
    size = int(schools.last[-1])
    school = np.repeat(np.arange(schools.size, dtype=np.int32), schools.posts)
    return rows(TEACHER, size, school=school, post=np.arange(size) - schools[school].first)


def make_pots(schools: Schools, pool: str) -> Pots:
    """Pots of the programme schools: one a district, or one for all."""
    inside = schools.programme == 1
    group = schools.district if pool == "district" else np.zeros_like(schools.district)
    names, number = np.unique(group[inside], return_inverse=True)
    pot = np.full(schools.size, -1, np.int32)
    pot[inside] = number.astype(np.int32)
    members = np.flatnonzero(inside)[np.argsort(number, kind="stable")].astype(np.int64)
    starts = np.searchsorted(pot[members], np.arange(names.size + 1)).astype(np.int64)
    posts = np.bincount(pot[inside], weights=schools[inside].posts.astype(float), minlength=names.size)
    return Pots(pot, members, starts, posts)


# ---- draws at the start ----------------------------------------------------------------------------------------------
class SchoolStart(NamedTuple):
    """Section ``schools``."""

    readiness: float
    readiness_poverty: float
    readiness_sd: float
    trust: float
    trust_sd: float
    initiatives: float


class DistrictStart(NamedTuple):
    """Alignment of instruments, section ``districts``."""

    alignment: float
    alignment_sd_between: float
    alignment_sd_within: float


def _school_start(sc: Scenario) -> SchoolStart:
    return SchoolStart(*(float(sc[f"schools.{name}"]) for name in SchoolStart._fields))


def _district_start(sc: Scenario) -> DistrictStart:
    return DistrictStart(*(float(sc[f"districts.{name}"]) for name in DistrictStart._fields))


def person_params(sc: Scenario) -> PersonParams:
    """Section ``teachers`` and ``initial_use`` as kernels read them."""
    names = PersonParams._fields[:7]
    return PersonParams(
        *(float(sc[f"teachers.{name}"]) for name in names),
        beta_table(float(sc["teachers.skill_a"]), float(sc["teachers.skill_b"])),
        beta_table(float(sc["initial_use.skill_a"]), float(sc["initial_use.skill_b"])),
        float(sc["initial_use.conviction"]),
        float(sc["initial_use.conviction_sd"]),
    )


def fill_districts(sc: Scenario, districts: Districts, schools: Schools) -> None:
    """Numbers that all districts share, and the pressure that schools feel."""
    districts.centralisation[:] = float(sc["districts.centralisation"])
    districts.autonomy[:] = float(sc["districts.autonomy"])
    districts.regime[:] = float(sc["districts.regime"])
    slope = float(sc["districts.pressure_slope"])
    schools.pressure[:] = districts.regime[schools.district] / (1.0 + np.exp(slope * schools.achievement))


def turnover_hazards(sc: Scenario, schools: Schools) -> None:
    """Yearly hazards of teachers and principals leaving, by poverty around the programme's mean weighted by posts."""
    inside = schools.programme == 1
    posts = schools[inside].posts
    mean = float((posts * schools[inside].poverty).sum() / posts.sum()) if inside.any() else 0.0
    for s in range(schools.size):
        poverty = schools[s].poverty
        schools[s].exit_hazard = yearly_hazard(sc["turnover.exit"], sc["turnover.exit_ratio"], poverty, mean)
        schools[s].principal_hazard = yearly_hazard(
            sc["leaders.principal_exit"], sc["leaders.principal_exit_ratio"], poverty, mean
        )


def initial_shares(sc: Scenario, seed: int, schools: Schools, table: SchoolTable) -> Floats:
    """Each school's chance that a teacher uses the practice at the start, shape (S,)."""
    if table.initial_use is not None:
        return np.asarray(table.initial_use, dtype=np.float64)
    share, icc = float(sc["initial_use.share"]), float(sc["initial_use.icc"])
    if icc == 0.0 or share in (0.0, 1.0):
        return np.full(schools.size, share)
    width = (1.0 - icc) / icc
    quantiles = beta_table(share * width, (1.0 - share) * width)
    scores = rng.normals(seed, schools.key, 0, rng.SCHOOL_USE, 0)
    return np.array([from_score(score, quantiles) for score in scores])


def given_ties(sc: Scenario, table: SchoolTable, schools: Schools) -> Network:
    """Ties that the scenario gives as a file of edges between posts named district/school/post."""
    from diffusion_sim.network.given import from_edges

    ids = [
        f"{d}/{s}/{post}"
        for d, s, n in zip(table.district_id, table.school_id, schools.posts, strict=True)
        for post in range(n)
    ]
    return from_edges(sc.file("network.file"), ids, columns=sc.section("network").get("columns") or None)


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
def start_schools(seed, schools, survey, start, coaches, leaders):
    """Draw every school's conditions, principal, trust, initiatives and coach. survey : (S, 4) or (0, 4)."""
    for s in range(schools.size):
        key = schools[s].key
        for j in range(4):
            mean = start.readiness + start.readiness_poverty * (schools[s].poverty - 0.5)
            value = clip01(mean + start.readiness_sd * rng.normal(seed, key, 0, rng.CONDITION, j))
            if survey.shape[0] > 0:
                value = survey[s, j]
            schools[s].conditions[j] = value
            schools[s].conditions_start[j] = value
        draw_principal(s, seed, schools, leaders, 0.0)
        schools[s].trust = clip01(start.trust + start.trust_sd * rng.normal(seed, key, 0, rng.TRUST, 0))
        schools[s].trust_start = schools[s].trust
        number = poisson_inverse(rng.uniform(seed, key, 0, rng.INITIATIVES, 0), start.initiatives)
        schools[s].initiatives = number
        schools[s].initiatives_start = number
        schools[s].coach_quality = coach_quality(rng.normal(seed, key, 0, rng.COACH, 0), coaches)
        schools[s].enter_draw = rng.exponential(seed, key, 0, rng.ENTER, 0)


@njit
def start_districts(seed, districts, start, leaders):
    """Draw every district's superintendent and the alignment of its six instruments."""
    for d in range(districts.size):
        key = districts[d].key
        draw_superintendent(d, seed, districts, leaders, 0.0)
        mean = start.alignment + start.alignment_sd_between * rng.normal(seed, key, 0, rng.ALIGNMENT_MEAN, 0)
        for j in range(districts.alignment.shape[1]):
            z = rng.normal(seed, key, 0, rng.ALIGNMENT, j)
            districts[d].alignment[j] = clip01(mean + start.alignment_sd_within * z)
            districts[d].alignment_start[j] = districts[d].alignment[j]


@njit
def start_teachers(seed, schools, teachers, share, persons, s_w, routine_uses, popularity_sd):
    """Draw every incumbent, and what each brings to the network."""
    for s in range(schools.size):
        key = schools[s].key
        posts = schools[s].posts
        for i in range(schools[s].first, schools[s].last):
            draw_incumbent(teachers[i], seed, key, share[s], routine_uses, s_w, persons)
            teachers[i].grade = grade_band(seed, key, teachers[i].post, posts, schools[s].level)
            teachers[i].attitude = attitude_class(seed, key, teachers[i].tag)
            teachers[i].popularity = popularity_weight(seed, key, teachers[i].tag, popularity_sd)


@njit
def feel_all(schools, districts, numbers):
    """Readiness and coherence of every school."""
    for s in range(schools.size):
        felt_readiness(s, schools, districts, numbers[0].readiness)


@njit
def count_all(teachers, schools, compliant_intensity):
    """Every school's sums over its teachers."""
    for s in range(schools.size):
        count_school(schools[s], teachers, compliant_intensity)
