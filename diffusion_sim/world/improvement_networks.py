"""Improvement networks that a scenario names, in a world: whose schools they are, and by what rule these test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.errors import ScenarioError, nearest
from diffusion_sim.ids import escaped
from diffusion_sim.population.names import find_districts, find_schools
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.scenario import Scenario
from diffusion_sim.strategies.testing import Rule, coded, decoded


class NamedNetworks(NamedTuple):
    """names : of the networks, in the order of the scenario; of : (S,), the number of each school's, -1 = none of them;
    rules : of each, None = it goes by the strategy's."""

    names: tuple[str, ...]
    of: NDArray[np.int64]
    rules: tuple[Rule | None, ...]


def named_networks(sc: Scenario, table: SchoolTable) -> NamedNetworks:
    """The scenario's networks in a world. Raises ScenarioError: unknown names, a school in two networks, a network
    none of whose schools can take part."""
    said, of = sc.section("networks"), np.full(len(table), -1, np.int64)
    for number, (name, block) in enumerate(said.items()):
        rows = _members(block, f"networks.{name}", table)
        for row in rows:
            if of[row] not in (-1, number):
                school = f"{escaped(table.district_id[row])}/{escaped(table.school_id[row])}"
                raise ScenarioError(
                    f"networks.{name}: school '{school}' is in {list(said)[of[row]]}, too; a school in one network is "
                    "allowed"
                )
        of[rows] = number
        if not table.programme[rows].any():
            raise ScenarioError(
                f"networks.{name}: none of its {len(set(rows))} schools is a programme school; one at least is needed"
            )
    rules = (decoded(coded(block["rule"])) if "rule" in block else None for block in said.values())
    return NamedNetworks(tuple(said), of, tuple(rules))


def _members(block: dict, where: str, table: SchoolTable) -> list[int]:
    rows = find_schools(table, block.get("schools", ()), f"{where}.schools", ScenarioError)
    ids = sorted(set(table.district_id))
    districts = {ids[d] for d in find_districts(ids, block.get("districts", ()), f"{where}.districts", ScenarioError)}
    rows += [row for row, name in enumerate(table.district_id) if name in districts]
    named = table.network or [""] * len(table)
    for name in block.get("network", ()):
        found = [row for row, other in enumerate(named) if other == name]
        if not found:
            known = sorted(set(named) - {""})
            hint = nearest(name, known) or (f"; it names {', '.join(known[:8])}" if known else "; it names none")
            raise ScenarioError(f"{where}.network: no network '{name}' in the population's column network{hint}")
        rows += found
    return rows
