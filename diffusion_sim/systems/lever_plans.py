"""Levers of the question on deeper learning: what each adds to asking for volunteers, alone and several at once.

A strategy of parts buys one of a district's remedies. Here several strategies of the scenario are laid over each other,
option by option, and all their districts' remedies are asked for; what is asked for has its price as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.scenario import Scenario
from diffusion_sim.strategies import district
from diffusion_sim.strategies.contract import Draw, Plan, View
from diffusion_sim.strategies.parts import Parts

VOLUNTEERS, POWER = "volunteers", "power"
# In the order of the article's six lessons. All but POWER are strategies of the scenario.
LEVERS = ("vision", "honest_look", "all_levels", "departments", POWER, "autonomy")
IN_SCENARIO = tuple(lever for lever in LEVERS if lever != POWER)
DISTRICT = "district"  # the part of a strategy of which one word can be said
Blocks = dict[str, dict[str, Any]]


def laid_over(base: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> tuple[Blocks, list[dict[str, Any]]]:
    """(parts, remedies): ``base`` with every option in which one of ``others`` differs from it, the later first; and
    the district words of all of them. base, others : parts of strategies, each ``{"kind": word, option: value}``."""
    parts: Blocks = {name: dict(block) for name, block in base.items()}
    remedies = []
    for other in others:
        for name, block in other.items():
            if name != DISTRICT:
                parts[name] |= {key: value for key, value in block.items() if base[name].get(key) != value}
        if other[DISTRICT] != base[DISTRICT]:
            remedies.append(dict(other[DISTRICT]))
    return parts, remedies


def central_half(districts: Any, schools: Any) -> NDArray[np.bool_]:
    """Schools of the more centralised half of the districts (half of an odd number rounded up), (S,)."""
    authority = np.asarray(districts.centralisation)
    order = np.argsort(-authority, kind="stable")
    half = np.zeros(authority.size, bool)
    half[order[: (authority.size + 1) // 2]] = True
    return half[np.asarray(schools.district)]


class WithLevers:
    """Volunteers are asked for, with levers of the scenario; in some districts all schools are told instead.

    sc : the scenario. levers : ids of LEVERS. told : bool[S], schools of districts that tell instead of asking.
    """

    def __init__(self, sc: Scenario, levers: Sequence[str], told: NDArray[np.bool_]) -> None:
        own = sc.section("strategies")
        blocks, self.remedies = laid_over(own[VOLUNTEERS], [own[lever] for lever in levers if lever != POWER])
        self.parts, self.told = Parts(blocks), told.astype(float)

    def plan(self, view: View, draw: Draw) -> Plan:
        """The plan of this quarter, see ``Strategy``."""
        said = self.parts.plan(view, draw)
        fields: dict[str, Any] = {}
        for block in self.remedies:
            fields |= district.district_of(view, block)
        if self.told.any():
            enrol = np.asarray(said.enrol, float)
            fields |= {"enrol": enrol * (1.0 - self.told), "mandate": enrol * self.told}
        return replace(said, **fields)
