"""Whom accountability names and how hard it presses, and what a table says of districts' instruments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.dynamics.districts import lowest, pressure, pressure_by_degree
from diffusion_sim.population.catalogue import ALIGNMENT
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.scenario import Scenario
from diffusion_sim.state.tables import Bytes, Districts, Schools
from diffusion_sim.world.district_traits import of_districts
from diffusion_sim.world.numbers import Accountability


def named(table: SchoolTable, inside: NDArray[np.bool_], share: float) -> Bytes:
    """Schools that accountability names, 0/1, (S,): as the table says, or the lowest ``share`` by achievement of those
    in the programme (``inside``)."""
    if table.designated is not None:
        return table.designated
    return lowest(table.achievement, inside, share).astype(np.uint8)


def counted(sc: Scenario, table: SchoolTable) -> dict[str, Any]:
    """How many programme schools accountability names, in numbers and, with what is odd about it, in words."""
    inside, share = table.programme == 1, float(sc["districts.designated"])
    some, count = int(named(table, inside, share)[inside].sum()), int(inside.sum())
    how = "the table's column" if table.designated is not None else f"the lowest {share:g} by achievement"
    said = f"accountability names {some:,} of the {count:,} schools that can take part ({how})"
    if sc["structure.accountability"] == "smooth":
        said += "; pressure goes by degree all the same (structure.accountability: smooth)"
    elif some in (0, count):
        said += f": {'nobody' if some == 0 else 'everybody'}, so that pressure is the same for all"
    return {"schools": some, "of": count, "said": said}


def fill_pressure(schools: Schools, districts: Districts, table: SchoolTable, p: Accountability) -> None:
    """Name schools, as the table says or the lowest by achievement, and let their district's regime press; in place."""
    schools.designated[:] = named(table, schools.programme == 1, p.designated)
    regime = districts.regime[schools.district]
    if p.by_degree:
        schools.pressure[:] = pressure_by_degree(regime, schools.achievement, p.pressure_slope)
    else:
        schools.pressure[:] = pressure(regime, schools.designated == 1, p.others_pressure)


def given_alignment(districts: Districts, table: SchoolTable) -> None:
    """Instruments of districts as the table gives them, in place of those drawn."""
    for j, column in enumerate(ALIGNMENT):
        own = of_districts(table, column, districts)
        said = ~np.isnan(own)
        districts.alignment[said, j] = districts.alignment_start[said, j] = own[said]
