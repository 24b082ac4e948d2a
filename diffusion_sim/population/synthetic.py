"""Synthetic schools and districts: sizes, poverty, achievement, locale and level as in US public schools.

Every draw is keyed by the ids D0001 ... and S0001 ..., so a district of the same id draws the same numbers in any
world of the same seed. Means that a scenario states (teachers a school, poverty) are met by the drawn schools
themselves, also where there is one district only; clustering then shows between districts, not in the mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np

from diffusion_sim import rng
from diffusion_sim.errors import PopulationError, nearest
from diffusion_sim.population import keys as purpose
from diffusion_sim.population.imputation import Report, achievement_from_poverty, standardise
from diffusion_sim.population.keys import district_keys, school_keys
from diffusion_sim.population.schooltable import TEACHERS_MAX, SchoolTable
from diffusion_sim.state.tables import Bytes, Floats, Ints, Keys

# name: (value, lowest, highest); units, ranges and sources stand with the scenario numbers of section `population`
PARAMETERS: dict[str, tuple[float, float, float]] = {
    "district_class_1": (2558, 0, 1e6),  # districts of 1 to 299 pupils
    "district_class_300": (1922, 0, 1e6),
    "district_class_600": (1810, 0, 1e6),
    "district_class_1000": (3185, 0, 1e6),
    "district_class_2500": (1854, 0, 1e6),
    "district_class_5000": (996, 0, 1e6),
    "district_class_10000": (610, 0, 1e6),
    "district_class_25000": (266, 0, 1e6),
    "district_smallest": (50, 1, 299),
    "district_largest": (127_000, 25_001, 2e6),
    "teachers_mean": (32, 2, TEACHERS_MAX),
    "teachers_smallest": (8, 1, TEACHERS_MAX),
    "teachers_largest": (90, 2, TEACHERS_MAX),
    "teachers_sd_log": (0.62, 0, 2),
    "teachers_icc": (0.48, 0, 1),
    "teachers_size_correlation": (0.7, -1, 1),
    "teachers_ratio_middle": (1.32, 0.2, 5),
    "teachers_ratio_high": (1.92, 0.2, 5),
    "pupils_per_teacher": (15.4, 1, 100),
    "pupils_per_teacher_sd_log": (0.25, 0, 1),
    "poverty_mean": (0.51, 0.01, 0.99),
    "poverty_sd": (0.25, 0, 0.45),
    "poverty_icc": (0.6, 0, 1),
    "achievement_poverty_correlation": (-0.65, -0.99, 0.99),
    "share_middle": (0.16, 0, 1),
    "share_high": (0.15, 0, 1),
    "share_other": (0.05, 0, 1),
    "share_town": (0.17, 0, 1),
    "share_suburb": (0.23, 0, 1),
    "share_city": (0.17, 0, 1),
    "locale_size_correlation": (0.5, -1, 1),
}
SYNTHETIC_KEYS = ("districts", "schools", "population_seed", *PARAMETERS)
_CLASS_STARTS = (300, 600, 1000, 2500, 5000, 10_000, 25_000)
_SCHOOLS_MAX, _DISTRICTS_MAX = 1_000_000, 100_000
_NORMAL = NormalDist()


def synthetic(
    seed: int, *, districts: int, schools: int, population_seed: int | None = None, **values: float
) -> SchoolTable:
    """A synthetic population.

    seed : the run's seed, 64 bits; population_seed : used instead unless None, so that all runs share one population
    districts, schools : totals; schools are split in proportion to the districts' sizes, each gets at least one
    values : any of PARAMETERS, over the defaults
    Raises PopulationError for unknown names, values out of bounds, fewer schools than districts.
    Sources: NCES Digest 2022, table 214.20 (size classes); NCES Common Core of Data 2022-23 (CA, FL, MI) for the rest.
    """
    p = _checked(districts, schools, population_seed, values)
    run = int(seed if population_seed is None else population_seed)
    district_ids = [f"D{i:0{max(4, len(str(districts)))}d}" for i in range(1, districts + 1)]
    dkeys = district_keys(district_ids)
    size, size_score = _district_sizes(run, dkeys, p)
    of = np.repeat(np.arange(districts, dtype=np.int32), split_schools(size, schools))
    school_ids = [f"S{i:0{max(4, len(str(schools)))}d}" for i in range(1, schools + 1)]
    names = [district_ids[d] for d in of.tolist()]
    skeys = school_keys(names, school_ids)
    everyone = np.ones(schools, dtype=bool)
    level = _levels(run, skeys, p)
    teachers = _teachers(run, dkeys, skeys, of, size_score, level, p)
    spread = p["pupils_per_teacher_sd_log"]
    noise = rng.normals(run, skeys, 0, purpose.SCHOOL_PUPILS, 0)
    pupils = teachers * p["pupils_per_teacher"] * np.exp(spread * noise - spread**2 / 2)
    poverty = _poverty(run, dkeys, skeys, of, p)
    score = achievement_from_poverty(poverty, skeys, everyone, p["achievement_poverty_correlation"], run)
    report = Report()
    report.add("synthetic schools", "", schools, f"{districts} districts, population seed {run}")
    return SchoolTable(
        district_id=names, school_id=school_ids, teachers=teachers, pupils=np.maximum(1.0, np.floor(pupils + 0.5)),
        poverty=poverty, achievement=standardise(score, everyone), level=level,
        locale=_locales(run, dkeys, size_score, p)[of], programme=np.ones(schools, dtype=np.uint8),
        changes=tuple(report.rows),
    )  # fmt: skip


def _checked(districts: Any, schools: Any, population_seed: Any, values: Mapping[str, Any]) -> dict[str, float]:
    for name, value, most in (("districts", districts, _DISTRICTS_MAX), ("schools", schools, _SCHOOLS_MAX)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 1 <= value <= most:
            raise PopulationError(f"population.{name}: found {value!r}; allowed is a whole number from 1 to {most:,}")
    if schools < districts:
        raise PopulationError(
            f"population.schools: found {schools} for {districts} districts; every district needs at least one school"
        )
    if population_seed is not None and (
        isinstance(population_seed, bool)
        or not isinstance(population_seed, (int, np.integer))
        or not 0 <= population_seed < 2**64
    ):
        raise PopulationError(f"population.population_seed: found {population_seed!r}; allowed is a whole number >= 0")
    p = {name: float(value) for name, (value, _, _) in PARAMETERS.items()}
    for name, value in values.items():
        if name not in PARAMETERS:
            raise PopulationError(f"population.{name}: no number of a synthetic population{nearest(name, PARAMETERS)}")
        _, low, high = PARAMETERS[name]
        number = not isinstance(value, bool) and isinstance(value, (int, float, np.number))
        if not number or not low <= value <= high:
            raise PopulationError(f"population.{name}: found {value!r}; allowed is a number from {low:g} to {high:g}")
        p[name] = float(value)
    if not p["teachers_smallest"] <= p["teachers_mean"] <= p["teachers_largest"]:
        raise PopulationError(
            f"population.teachers_mean: found {p['teachers_mean']:g}; it must lie between teachers_smallest "
            f"({p['teachers_smallest']:g}) and teachers_largest ({p['teachers_largest']:g})"
        )
    for kind in (("share_middle", "share_high", "share_other"), ("share_town", "share_suburb", "share_city")):
        if sum(p[name] for name in kind) > 1.0 + 1e-9:
            raise PopulationError(f"population.{', '.join(kind)}: together above 1")
    if not sum(p[name] for name in p if name.startswith("district_class_")) > 0.0:
        raise PopulationError("population.district_class_...: all are 0; at least one class needs districts")
    if p["poverty_sd"] >= 0.95 * math.sqrt(p["poverty_mean"] * (1.0 - p["poverty_mean"])):
        raise PopulationError(
            f"population.poverty_sd: found {p['poverty_sd']:g}; shares with mean {p['poverty_mean']:g} cannot spread "
            f"that far, allowed is below {0.95 * math.sqrt(p['poverty_mean'] * (1.0 - p['poverty_mean'])):.3f}"
        )
    return p


def _district_sizes(seed: int, dkeys: Keys, p: Mapping[str, float]) -> tuple[Floats, Floats]:
    """Pupils of each district as if it stood alone, and its normal score. Log-uniform within a size class."""
    counts = np.array([p["district_class_1"]] + [p[f"district_class_{start}"] for start in _CLASS_STARTS])
    bounds = np.log([p["district_smallest"], *_CLASS_STARTS, p["district_largest"]])
    cumulated = np.concatenate(([0.0], np.cumsum(counts))) / counts.sum()
    u = rng.uniforms(seed, dkeys, 0, purpose.DISTRICT_SIZE, 0)
    score = np.array([_NORMAL.inv_cdf(x) for x in u.tolist()])
    row = np.clip(np.searchsorted(cumulated, u, side="right") - 1, 0, counts.size - 1)
    within = (u - cumulated[row]) / np.maximum(cumulated[row + 1] - cumulated[row], 1e-300)
    return np.exp(bounds[row] + within * (bounds[row + 1] - bounds[row])), score


def split_schools(size: Floats, schools: int) -> Ints:
    """Schools of each district, int32 (D,): one each, the rest in proportion to size, by largest remainders."""
    owed = np.maximum(schools * size / size.sum() - 1.0, 0.0)
    rest = schools - size.size
    if owed.sum() > 0.0:
        owed *= rest / owed.sum()
    else:
        owed[:] = rest / size.size
    whole = np.floor(owed + 1e-9)
    left = rest - int(whole.sum())
    order = np.argsort(-(owed - whole), kind="stable")
    whole[order[:left]] += 1.0
    return (1 + whole).astype(np.int32)


def _teachers(
    seed: int, dkeys: Keys, skeys: Keys, of: Ints, size_score: Floats, level: Bytes, p: Mapping[str, float]
) -> Ints:
    """Posts of each school: lognormal, clustered by district, larger in larger districts and in higher levels."""
    r, icc = p["teachers_size_correlation"], p["teachers_icc"]
    district = r * size_score + math.sqrt(1.0 - r * r) * rng.normals(seed, dkeys, 0, purpose.DISTRICT_TEACHERS, 0)
    own = rng.normals(seed, skeys, 0, purpose.SCHOOL_TEACHERS, 0)
    log = p["teachers_sd_log"] * (math.sqrt(icc) * district[of] + math.sqrt(1.0 - icc) * own)
    log += np.log([1.0, p["teachers_ratio_middle"], p["teachers_ratio_high"], 1.0])[level]
    low, high = p["teachers_smallest"], p["teachers_largest"]
    raw = np.exp(log - log.mean())

    def posts(shifts: Sequence[float]) -> Floats:
        return np.clip(raw * np.array([[math.exp(shift)] for shift in shifts]), low, high)

    shift = _bisect(lambda x: posts(x).mean(axis=1), p["teachers_mean"], -20.0, 20.0, _at_once(of.size))
    return np.floor(posts([shift])[0] + 0.5).astype(np.int32)


def _poverty(seed: int, dkeys: Keys, skeys: Keys, of: Ints, p: Mapping[str, float]) -> Floats:
    """Share of low-income pupils: logit-normal, district and school part by the intraclass correlation."""
    icc = p["poverty_icc"]
    district = rng.normals(seed, dkeys, 0, purpose.DISTRICT_POVERTY, 0)[of]
    latent = math.sqrt(icc) * district + math.sqrt(1.0 - icc) * rng.normals(seed, skeys, 0, purpose.SCHOOL_POVERTY, 0)
    spread = logit_spread(p["poverty_mean"], p["poverty_sd"]) * latent
    middle = _middle_of(p["poverty_mean"], spread)
    return _logistic(middle + spread)


@lru_cache(maxsize=4096)  # a study meets each of its points again with every further seed
def logit_spread(mean: float, sd: float) -> float:
    """SD on the logit scale of a logit-normal share with this mean and SD (by bisection on 400 normal quantiles)."""
    if sd == 0.0:
        return 0.0
    quantiles = np.array([_NORMAL.inv_cdf((i + 0.5) / 400) for i in range(400)])

    def achieved(s: float) -> float:
        return float(_logistic(_middle_of(mean, s * quantiles) + s * quantiles).std())

    return _bisect(lambda x: [achieved(s) for s in x], sd, 0.0, 20.0, 1)


def _middle_of(mean: float, spread: Floats) -> float:
    """What has to be added to ``spread``, on the logit scale, for shares of this mean."""
    return _bisect(
        lambda x: _logistic(np.array(x)[:, None] + spread).mean(axis=1), mean, -60.0, 60.0, _at_once(spread.size)
    )


def _logistic(x: Floats) -> Floats:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _at_once(size: int) -> int:
    """How many halvings `_bisect` best does at a time where its function works on ``size`` numbers."""
    return 5 if size <= 100 else 2 if size <= 500 else 1


def _bisect(
    rising: Callable[[list[float]], Sequence[float] | Floats], target: float, low: float, high: float, at_once: int
) -> float:
    """x in [low, high] where a rising function reaches ``target``, by 50 halvings.

    rising : values at several places. at_once : the places that this many halvings could need are asked for together,
    a divisor of 50; it does not change the result.
    """
    for _ in range(50 // at_once):
        places = [low, high]
        for _ in range(at_once):
            between = [0.5 * (a + b) for a, b in pairwise(places)]
            places = [x for pair in zip(places, between, strict=False) for x in pair] + [high]
        below = np.asarray(rising(places[1:-1])) < target
        first, width = 0, 2**at_once
        for _ in range(at_once):
            width //= 2
            if below[first + width - 1]:
                first += width
        low, high = places[first], places[first + 1]
    return 0.5 * (low + high)


def _levels(seed: int, skeys: Keys, p: Mapping[str, float]) -> Bytes:
    shares = np.array([p["share_middle"], p["share_high"], p["share_other"]])
    edges = np.cumsum(np.concatenate(([1.0 - shares.sum()], shares[:2])))
    u = rng.uniforms(seed, skeys, 0, purpose.SCHOOL_LEVEL, 0)
    return np.searchsorted(edges, u, side="right").astype(np.uint8)


def _locales(seed: int, dkeys: Keys, size_score: Floats, p: Mapping[str, float]) -> Bytes:
    """One locale a district; larger districts lean from rural over town and suburb to city."""
    r = p["locale_size_correlation"]
    latent = r * size_score + math.sqrt(1.0 - r * r) * rng.normals(seed, dkeys, 0, purpose.DISTRICT_LOCALE, 0)
    shares = np.array([p["share_town"], p["share_suburb"], p["share_city"]])
    edges = np.cumsum(np.concatenate(([1.0 - shares.sum()], shares[:2])))
    thresholds = [_NORMAL.inv_cdf(e) if 0.0 < e < 1.0 else (-np.inf if e <= 0.0 else np.inf) for e in edges.tolist()]
    return np.array([3, 2, 1, 0], dtype=np.uint8)[np.searchsorted(thresholds, latent, side="right")]
