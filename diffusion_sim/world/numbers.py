"""A scenario's numbers, gathered once in the groups that the model's rooms take. No other place reads a scenario for
numbers of a run, but for what is drawn at the start school by school (start.py)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from diffusion_sim.dynamics import params as groups
from diffusion_sim.dynamics.cycles import CycleParams
from diffusion_sim.dynamics.districts import DistrictPartParams, Trait
from diffusion_sim.dynamics.enrolment import EnrolmentParams
from diffusion_sim.dynamics.leaders import LeaderParams, LeaderStart
from diffusion_sim.dynamics.money import MoneyParams
from diffusion_sim.dynamics.turnover import TurnoverParams
from diffusion_sim.network.params import NetworkParams, network_params
from diffusion_sim.persons import PersonParams, beta_table
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import INSTRUMENTS
from diffusion_sim.world.concern import bands_of

# In what districts differ, in the order of districts.deviation: column -> dotted path of its mean; path_sd is its SD.
TRAITS = {
    "centralisation": "districts.centralisation",
    "autonomy": "districts.autonomy",
    "regime": "districts.regime",
    "fit": "experience.fit",
    "complexity": "experience.complexity",
    "effect": "pupils.effect",
    "board": "districts.board",
}


class SchoolStart(NamedTuple):
    """Section ``schools``, and the share of variance that a district's schools have in common."""

    readiness: float
    readiness_poverty: float
    readiness_sd: float
    trust: float
    trust_sd: float
    initiatives: float
    initiative_years: float
    icc: float  # districts.icc


class DistrictStart(NamedTuple):
    """Alignment of instruments at the start, section ``districts``: the mean of each, in the order of INSTRUMENTS, and
    SDs."""

    means: tuple[float, ...]
    alignment_sd_between: float
    alignment_sd_within: float


class Accountability(NamedTuple):
    """Whom accountability names and how hard it presses; section ``districts``. by_degree : whether pressure follows
    achievement by degree, ``structure.accountability`` smooth."""

    designated: float
    others_pressure: float
    pressure_slope: float
    by_degree: bool


class PlannerNumbers(NamedTuple):
    """Section ``planner``: how well a planner sees; SDs of errors, and a reliability."""

    survey_sd: float
    look_hours: float
    observed_use_sd: float
    growth_reliability: float
    gate_sd: float
    willing_sd: float


class Numbers(NamedTuple):
    """All groups. weekly : of the weekly loop; settings : section ``programme`` as a planner is told of it."""

    weekly: groups.Params
    enrolment: EnrolmentParams
    leaders: LeaderParams
    leader_start: LeaderStart
    turnover: TurnoverParams
    money: MoneyParams
    cycles: CycleParams
    persons: PersonParams
    network: NetworkParams
    planner: PlannerNumbers
    schools: SchoolStart
    districts: DistrictStart
    accountability: Accountability
    district_part: DistrictPartParams
    traits: tuple[Trait, ...]  # as TRAITS
    concerned_bands: float  # share of single-grade bands that the practice is for, 0 = it is for all
    use_at_start: float  # share of teachers who use the practice at the start, initial_use.share
    mandate_weeks: int
    support_weeks: int
    weeks: int  # of the whole run
    settings: Mapping[str, Any]


@lru_cache(maxsize=8)
def numbers_of(sc: Scenario) -> Numbers:
    """The numbers of a scenario (``Scenario.in_force``)."""
    get = sc.__getitem__
    support_weeks = WEEKS_PER_YEAR * int(get("programme.years_support"))
    return Numbers(
        weekly=groups.weekly(get),
        enrolment=groups.section(get, "enrolment"),
        leaders=groups.section(get, "leaders"),
        leader_start=groups.leader_start(get),
        turnover=groups.section(get, "turnover"),
        money=groups.money(get),
        cycles=groups.cycles(get),
        persons=_persons(sc),
        network=network_params(sc.section("network")),
        planner=_floats(PlannerNumbers, sc, "planner"),
        schools=_school_start(sc),
        districts=_district_start(sc),
        accountability=Accountability(
            *(float(get(f"districts.{name}")) for name in Accountability._fields[:-1]),
            by_degree=get("structure.accountability") == "smooth",
        ),
        district_part=_floats(DistrictPartParams, sc, "district"),
        traits=tuple(_trait(sc, column, path) for column, path in TRAITS.items()),
        concerned_bands=bands_of(sc),
        use_at_start=float(get("initial_use.share")),
        mandate_weeks=WEEKS_PER_YEAR * int(get("programme.mandate_years")),
        support_weeks=support_weeks,
        weeks=support_weeks + WEEKS_PER_YEAR * int(get("programme.years_after")),
        settings=MappingProxyType(sc.section("programme")),
    )


def _floats(group: Any, sc: Scenario, section: str) -> Any:
    """A group whose fields are keys of a section."""
    return group(*(float(sc[f"{section}.{name}"]) for name in group._fields))


def _school_start(sc: Scenario) -> SchoolStart:
    """Section ``schools`` as it shapes the start, and districts.icc."""
    own = (float(sc[f"schools.{name}"]) for name in SchoolStart._fields[:-1])
    return SchoolStart(*own, icc=float(sc["districts.icc"]))


def _district_start(sc: Scenario) -> DistrictStart:
    """Means of the six instruments: an own one, else that of all."""
    own = [sc[f"districts.{instrument}"] for instrument in INSTRUMENTS]
    means = tuple(float(sc["districts.alignment"] if mean is None else mean) for mean in own)
    sds = (float(sc[f"districts.{name}"]) for name in DistrictStart._fields[1:])
    return DistrictStart(means, *sds)


def _trait(sc: Scenario, column: str, path: str) -> Trait:
    """What districts have one of, with the hard bounds of its mean."""
    section, _, key = path.partition(".")
    low, high = defaults()[section][key].bounds or (-math.inf, math.inf)
    return Trait(column, float(sc[path]), float(sc[f"{path}_sd"]), float(low), float(high))


def _persons(sc: Scenario) -> PersonParams:
    """Sections ``teachers`` and ``initial_use`` as kernels read them."""
    names = ("skill_effectiveness", "conviction", "conviction_sd", "conviction_norm")
    return PersonParams(
        *(float(sc[f"teachers.{name}"]) for name in names),
        float(sc["teachers.experienced_ratio"]),
        float(sc["teachers.experienced_skill"]),
        float(sc["teachers.experience_mean"]),
        beta_table(float(sc["teachers.skill_a"]), float(sc["teachers.skill_b"])),
        beta_table(float(sc["initial_use.skill_a"]), float(sc["initial_use.skill_b"])),
        float(sc["initial_use.conviction"]),
        float(sc["initial_use.conviction_sd"]),
    )
