"""The world at the start of a run: schools, teachers and ties as columns, from a scenario and a seed.

The same for every strategy on one seed; a model copies what it changes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.dynamics import params as groups
from diffusion_sim.ids import escaped
from diffusion_sim.measures import Basis, make_basis
from diffusion_sim.network.advice import build, empty
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.scenario import Scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import NO_TEAM
from diffusion_sim.state.tables import (
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
from diffusion_sim.world import concern
from diffusion_sim.world.accountability import fill_pressure, given_alignment
from diffusion_sim.world.district_traits import fill_fit, fill_usual_principals, of_districts, start_traits
from diffusion_sim.world.improvement_networks import NamedNetworks, named_networks
from diffusion_sim.world.like_schools import kinds_of
from diffusion_sim.world.numbers import numbers_of
from diffusion_sim.world.start import (
    count_all,
    feel_all,
    initial_shares,
    start_districts,
    start_embedded,
    start_grades,
    start_schools,
    start_teachers,
    turnover_hazards,
)

LONG_AGO = 1_000_000  # weeks since the first leaders came where nobody says when: the agenda has settled


@dataclass(frozen=True, eq=False)
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
    networks: NamedNetworks  # improvement networks that the scenario names

    @cached_property
    def turn(self) -> NDArray[np.int64]:
        """Rows of schools in a keyed order: whose turn it is where money or places do not suffice for all."""
        place = rng.uniforms(self.seed, self.schools.key, 0, rng.QUEUE, 0)
        return np.argsort(place, kind="stable")

    @cached_property
    def table_networks(self) -> list[str] | None:
        """Improvement networks that the table names, in the order of the alphabet; None: it names none."""
        return sorted(set(self.table.network or ()) - {""}) or None

    @cached_property
    def hubs(self) -> NDArray[np.int64]:
        """Improvement network of each school, a number: those that the scenario names, then those that the table does;
        -1 = in none of these."""
        first = len(self.networks.names)
        number = {name: first + n for n, name in enumerate(self.table_networks or ())}
        of_table = [number.get(name, -1) for name in self.table.network or [""] * len(self.table)]
        return np.where(self.networks.of >= 0, self.networks.of, np.array(of_table, np.int64))

    @cached_property
    def context(self) -> NDArray[np.int64]:
        """Context of each school: 2 x locale + 1 where poverty is above the programme schools' median; 0..7."""
        inside = self.schools.programme == 1
        median = float(np.median(self.schools.poverty[inside])) if inside.any() else 0.0
        return 2 * self.schools.locale.astype(np.int64) + (self.schools.poverty > median)

    @cached_property
    def kinds(self) -> Any:
        """Level and poverty third of each school, a number: ``like_schools.kinds_of``."""
        return kinds_of(self.schools)

    @cached_property
    def lasting(self) -> dict[str, Any]:
        """Columns that a planner sees and that never change, read-only."""
        names = ("district", "programme", "pupils", "poverty", "achievement", "level", "locale")
        columns = {name: frozen(self.schools[name]) for name in names}
        return columns | {
            "school_key": frozen(self.schools["key"]),
            "pot": frozen(self.pots.pot),
        }


def frozen(array: Any) -> Any:
    """A read-only copy."""
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


class Pots(NamedTuple):
    """Who shares which money. pot : int32[S], -1 outside the programme; members, starts : schools by pot."""

    pot: NDArray[np.int32]
    members: NDArray[np.int64]
    starts: NDArray[np.int64]
    posts: Floats  # posts of each pot that the practice was for before week 1


def build_world(sc: Scenario, seed: int) -> World:
    """Columns at the start, from scenario and seed, 0 to 2**64 - 1. Raises PopulationError for an unusable table."""
    table = load_population(sc, seed)
    district_ids = sorted(set(table.district_id))
    schools = school_columns(table, district_ids)
    districts = district_columns(district_ids, schools)
    districts.weeks_superintendent[:] = weeks_in_post(of_districts(table, "superintendent_years", districts))
    teachers = teacher_columns(schools)
    start_grades(np.uint64(seed), schools, teachers)
    concern.begin(sc, teachers, schools)
    numbers = numbers_of(sc)
    p = numbers.weekly
    start_districts(np.uint64(seed), districts, numbers.districts, numbers.leader_start)
    given_alignment(districts, table)
    fill_usual_principals(seed, districts, numbers.leader_start)
    start_traits(seed, districts, numbers.traits, table)
    fill_pressure(schools, districts, table, numbers.accountability)
    survey = np.zeros((0, 4)) if table.readiness is None else np.asarray(table.readiness, dtype=np.float64)
    start_schools(
        np.uint64(seed), schools, districts, survey, numbers.schools, p.coaches, numbers.leader_start, p.readiness
    )
    turnover_hazards(sc, schools)
    share = initial_shares(sc, seed, schools, districts, table)
    popularity_sd, uses = numbers.network.popularity_sd, p.learning.routine_uses
    start_teachers(np.uint64(seed), schools, teachers, share, numbers.persons, p.learning.s_w, uses, popularity_sd)
    given = sc["network.kind"] == "given"
    network = given_ties(sc, table) if given else build(seed, teachers, schools, districts, numbers.network)
    fill_fit(schools, districts)
    feel_all(schools, districts, groups.packed(p))
    count_all(teachers, schools, p.learning.compliant_intensity)
    schools.norm[:] = schools.deep / np.maximum(1, schools.teaching)
    if p.structure.embedding == 1.0:
        start_embedded(schools, groups.packed(p))
    basis = make_basis(schools, districts, float(sc["pupils.months_per_sd"]))
    pots = make_pots(schools, str(sc["money.pool"]))
    named = named_networks(sc, table)
    return World(table, seed, teachers, schools, districts, network, not given, basis, district_ids, pots, named)


def empty_world(sc: Scenario, seed: int) -> World:
    """Schools and posts of a scenario in whose columns nothing is drawn yet; nobody has ties, nor gets them."""
    table = load_population(sc, seed)
    ids = sorted(set(table.district_id))
    schools = school_columns(table, ids)
    districts = district_columns(ids, schools)
    basis, pots, ties = make_basis(schools, districts, 1.0), make_pots(schools, str(sc["money.pool"])), empty(schools)
    named = named_networks(sc, table)
    return World(table, seed, teacher_columns(schools), schools, districts, ties, False, basis, ids, pots, named)


def load_population(sc: Scenario, seed: int) -> SchoolTable:
    """The scenario's schools: read from its table, or made for this seed. Raises PopulationError."""
    section = sc.section("population")
    if section["kind"] == "table":
        return _read_table(sc, source_stamps(sc))
    from diffusion_sim.population.synthetic import synthetic

    return synthetic(seed, **{key: value for key, value in section.items() if key != "kind"})


def source_stamps(sc: Scenario) -> tuple[tuple[str, int, int], ...]:
    """Path, time of change and size of each file that the scenario reads: an edited file is read anew."""
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
    kept = _cached.get(key)
    if kept is not None:
        return kept, True
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
        left_week=-1,
        target_condition=-1,
        weeks_principal=LONG_AGO if table.principal_years is None else weeks_in_post(table.principal_years),
        supply_factor=1.0,
        peer_scale=1.0,
        active=1.0,
        supported=1.0,
        slot=-1,
        network=-1,
        fit_new_area=np.nan,
    )
    set_bounds(schools, table.teachers)
    return schools


def weeks_in_post(years: Floats) -> NDArray[np.int64]:
    """Whole school weeks, halves upwards, since leaders came; NaN = nobody says, long ago."""
    return np.where(np.isnan(years), LONG_AGO, np.floor(WEEKS_PER_YEAR * years + 0.5)).astype(np.int64)


def district_columns(district_ids: list[str], schools: Schools) -> Districts:
    """District columns; rows of schools of one district stand together."""
    key = np.array([rng.entity_key(name) for name in district_ids], np.uint64)
    districts = rows(DISTRICT, len(district_ids), key=key, aligning=-1)
    set_bounds(districts, np.bincount(schools.district, minlength=len(district_ids)))
    return districts


def teacher_columns(schools: Schools) -> Teachers:
    """Teacher columns, empty but for school and post number."""
    size = int(schools.last[-1])
    school = np.repeat(np.arange(schools.size, dtype=np.int32), schools.posts)
    return rows(TEACHER, size, school=school, post=np.arange(size) - schools.first[school], leader=NO_TEAM)


def make_pots(schools: Schools, pool: str) -> Pots:
    """Pots of the programme schools: one a district, or one for all."""
    inside = schools.programme == 1
    group = schools.district if pool == "district" else np.zeros_like(schools.district)
    names, number = np.unique(group[inside], return_inverse=True)
    pot = np.full(schools.size, -1, np.int32)
    pot[inside] = number.astype(np.int32)
    members = np.flatnonzero(inside)[np.argsort(number, kind="stable")].astype(np.int64)
    starts = np.searchsorted(pot[members], np.arange(names.size + 1)).astype(np.int64)
    posts = np.bincount(pot[inside], weights=schools.concerned_start[inside].astype(float), minlength=names.size)
    return Pots(pot, members, starts, posts)


def post_ids(table: SchoolTable) -> list[str]:
    """Every teaching post by name, ``district/school/post`` with posts from 0, in the order of teacher rows."""
    names = zip(table.district_id, table.school_id, table.teachers.tolist(), strict=True)
    return [f"{escaped(d)}/{escaped(s)}/{post}" for d, s, n in names for post in range(n)]


def given_ties(sc: Scenario, table: SchoolTable) -> Network:
    """Ties that the scenario gives as a file of edges between posts."""
    from diffusion_sim.network.given import from_edges

    section = sc.section("network")
    return from_edges(sc.file("network.file"), post_ids(table), columns=section.get("columns") or None)


def check_ties(sc: Scenario, table: SchoolTable) -> None:
    """Raise PopulationError for given ties that cannot be used with these schools."""
    if sc.section("network").get("kind") == "given":
        given_ties(sc, table)


def with_ties(world: World, ties: Any) -> World:
    """The world with other advice ties, which belong to the posts and are not renewed in summer.

    ties : networkx graph, DataFrame or path of an edge list between posts (``post_ids``). Raises PopulationError.
    """
    from diffusion_sim.network.given import from_edges, from_networkx

    read = from_networkx if hasattr(ties, "nodes") and hasattr(ties, "edges") else from_edges
    return replace(world, network=read(ties, post_ids(world.table)), renew_ties=False)
