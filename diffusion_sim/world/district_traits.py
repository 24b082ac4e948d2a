"""In what districts differ: drawn around the mean, or a table's own, and shifted where a mean changes within a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion_sim import rng
from diffusion_sim.dynamics.districts import Trait
from diffusion_sim.dynamics.leaders import LeaderStart, usual_principal
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.state.tables import Districts, Floats, Schools


def start_traits(seed: int, districts: Districts, traits: Sequence[Trait], table: SchoolTable) -> None:
    """Fill every trait's column, and how far districts deviate from its mean, in place."""
    for number, trait in enumerate(traits):
        own = of_districts(table, trait.column, districts)
        drawn = trait.sd * rng.normals(seed, districts.key, 0, rng.DISTRICT_TRAIT, number)
        districts.deviation[:, number] = np.where(np.isnan(own), drawn, own - trait.mean)
        districts[trait.column] = np.where(np.isnan(own), _cut(trait, drawn), own)  # a table's own to the last bit


def shift_traits(districts: Districts, before: Sequence[Trait], now: Sequence[Trait]) -> None:
    """Means have changed within a run: districts keep their deviations from them, in place."""
    for number, (old, new) in enumerate(zip(before, now, strict=True)):
        if new.mean != old.mean:
            districts[new.column] = _cut(new, districts.deviation[:, number])


def _cut(trait: Trait, deviation: Floats) -> Floats:
    return np.clip(trait.mean + deviation, trait.low, trait.high)


def of_districts(table: SchoolTable, column: str, districts: Districts) -> Floats:
    """What a table says of each district, (D,): NaN where it says nothing. Rows of a district agree (population)."""
    said = getattr(table, column)
    return np.full(districts.size, np.nan) if said is None else np.asarray(said, np.float64)[districts.first]


def fill_usual_principals(seed: int, districts: Districts, start: LeaderStart) -> None:
    """Support of principals as they usually are in each district, in place."""
    key = np.uint64(seed)
    districts.usual_principal[:] = [usual_principal(key, district, start) for district in districts.key]


def fill_fit(schools: Schools, districts: Districts) -> None:
    """Schools that have tested no variant use the practice as it is in their district, in place."""
    untested = schools.slot < 0
    schools.fit[untested] = districts.fit[schools.district[untested]]
