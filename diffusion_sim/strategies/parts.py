"""A strategy put together from its parts, and how an id becomes a strategy."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim import own_code
from diffusion_sim.errors import StrategyError, nearest
from diffusion_sim.population.schooltable import SchoolTable
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import BUILT_IN, built_in_parts
from diffusion_sim.state.tables import Floats, Keys
from diffusion_sim.strategies import allocation, content, district, gates, recruitment, staffing, staged, tempo, testing
from diffusion_sim.strategies.after_support import plans_after_support
from diffusion_sim.strategies.contract import Draw, Plan, Strategy, View


class Parts:
    """A strategy of seven parts, each ``{"kind": word, option: value}``: recruitment says who is asked, tempo how many
    are enrolled at once, allocation and content what an enrolled school gets, staffing who helps whom, testing how a
    school tests variants of the practice, district what changes at the district's own level.

    by_hand : the planner's table, looked up in a world (``bound``); it is needed where allocation is by_hand.
    """

    def __init__(self, parts: dict[str, dict[str, Any]], by_hand: allocation.ByHand | None = None) -> None:
        self.parts = parts
        self.by_hand = by_hand

    @property
    def plans_after_support(self) -> bool:
        """Whether it goes on planning after support, as its tempo says."""
        return self.parts["tempo"]["after_support"] == 1

    def bound(self, schools: SchoolTable, keys: Keys) -> Parts:
        """This strategy for a world's schools: the schools of a table of hours are looked up once.

        Raises StrategyError for a school that is not there.
        """
        block = self.parts["allocation"]
        if block["kind"] != "by_hand":
            return self
        return Parts(self.parts, allocation.look_up(block["table"], schools, keys))

    def _hours(self, view: View, stage: Floats | None = None) -> Floats:
        block, usual = self.parts["allocation"], np.asarray(view.settings["hours"], float)
        if stage is not None and self.parts["recruitment"]["kind"] == "improvement_team":
            few = (stage >= gates.TEAM) & (stage < gates.SCHOOL)  # who take part: each gets as much as the pot pays
            usual = np.where(few, np.maximum(usual, view.settings["hours_max"]), usual)
        if block["kind"] != "by_hand":
            return allocation.scaled_hours(allocation.KINDS[block["kind"]](view), view, usual)
        if self.by_hand is None:
            raise StrategyError("allocation by_hand: its table has not been looked up in a world (Parts.bound)")
        hours = self.by_hand.hours(view)
        return allocation.scaled_hours(hours, view, usual) if block["scaled"] == 1 else hours

    def plan(self, view: View, draw: Draw) -> Plan:
        """The plan of this quarter."""
        asked, tempo_block = self.parts["recruitment"], self.parts["tempo"]
        enrol, mandate, priority = recruitment.KINDS[asked["kind"]](view, draw)
        stage, more = staged.stages(view, asked["kind"], tempo_block)
        if tempo_block["kind"] in staged.GATED and stage is not None:
            whole_from = gates.DISTRICT if tempo_block["kind"] == "gated" else gates.SCHOOL
            tie = draw("pilot schools", view.school_key)
            ready = gates.open_schools(view, stage, tempo_block["pilot_share"], tie, whole_from)
            enrol, mandate = enrol * ready, mandate * ready
        if stage is not None:
            more |= staged.people(view, stage, asked, tempo_block["kind"], more.get("memo"))
        if stage is not None and asked["kind"] == "improvement_team":
            more |= staged.leaders(view, stage, enrol)
            mandate = enrol * (stage == gates.DISTRICT) * view.settings["staged_mandate"]
        shares, hours = self.parts["content"], self._hours(view, stage)
        mix, target = content.content_of(view, shares)
        return Plan(
            enrol=enrol,
            mandate=mandate,
            priority=priority,
            places=tempo.KINDS[tempo_block["kind"]](view),
            hours=hours,
            mix=mix,
            target_condition=target,
            building=content.building_of(view, hours, mix),
            outreach=np.full(view.programme.size, 0.0 if view.after_support else 1.0),
            departments=np.full(view.programme.size, shares["departments"]),
            recipient=np.full(view.programme.size, shares["to_leaders"]),
            look=view.programme * float(asked["look"]),
            **more,
            **district.district_of(view, self.parts["district"]),
            variant_rule=testing.rule_of(self.parts["testing"]),
            **staffing.staffing_of(view, draw, self.parts["staffing"]),
        )


def strategy_ids(sc: Scenario | None = None) -> list[str]:
    """Ids that can be run: the built-in ones and those of the scenario."""
    return [*BUILT_IN, *(sc.section("strategies") if sc is not None else {})]


def make_strategy(name: str | None, sc: Scenario, allow_code: bool = False) -> Strategy:
    """The strategy of an id, or the scenario's own (``None``). Raises StrategyError: unknown id, code not allowed."""
    if name is None:
        return Parts(sc.section("strategy"))
    if name in BUILT_IN:
        return Parts(built_in_parts(name))
    own = sc.section("strategies")
    if name not in own:
        raise StrategyError(
            f"strategy '{name}': unknown; allowed are {', '.join(strategy_ids(sc))}"
            f"{nearest(str(name), strategy_ids(sc))}"
        )
    block = own[name]
    return load_code(name, block["code"], sc, allow_code) if "code" in block else Parts(block)


def load_code(name: str, where: str, sc: Scenario, allow_code: bool) -> Strategy:
    """A strategy from ``module:Class`` or ``file.py:Class`` (relative to the scenario). Raises StrategyError."""
    if not allow_code:
        raise StrategyError(
            f"strategy '{name}': its code '{where}' runs only when allowed: --allow-code on the "
            "command line, allow_code=True in Python"
        )
    with own_code.guarded(lambda said: StrategyError(f"strategy '{name}': cannot load '{where}': {said}")):
        made = own_code.load(where, sc.path.parent if sc.path else None)()
        plan = getattr(made, "plan", None)
    if not callable(plan):
        raise StrategyError(f"strategy '{name}': '{where}' has no method plan(view, draw)")
    plans_after_support(made, name)  # what it says of it is checked before anything runs
    return made
