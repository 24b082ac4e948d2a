"""A strategy put together from its parts, and how an id becomes a strategy."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np

from diffusion_sim import rng
from diffusion_sim.errors import StrategyError, nearest
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import BUILT_IN, IDS_NOT_AVAILABLE, complete_parts
from diffusion_sim.strategies import allocation, content, recruitment, staffing, tempo
from diffusion_sim.strategies.contract import Draw, Plan, Strategy, View


class Parts:
    """A strategy of six parts, each ``{"kind": word, option: value}``: recruitment says who is asked, tempo how many
    are in at once, allocation and content what an enrolled school gets, staffing who helps whom (testing none)."""

    def __init__(self, parts: dict[str, dict[str, Any]]) -> None:
        self.parts = parts

    def plan(self, view: View, draw: Draw) -> Plan:
        """The plan of this quarter."""
        enrol, mandate, priority = recruitment.KINDS[self.parts["recruitment"]["kind"]](view, draw)
        weight = allocation.KINDS[self.parts["allocation"]["kind"]](view)
        kind = self.parts["content"]["kind"]
        shares = {k: v for k, v in self.parts["content"].items() if k != "kind"}
        return Plan(
            enrol=enrol,
            mandate=mandate,
            priority=priority,
            places=tempo.KINDS[self.parts["tempo"]["kind"]](view),
            hours=allocation.scaled_hours(weight, view, view.settings["hours"]),
            mix=content.mix_of(view, shares),
            target_condition=content.KINDS[kind](view),
            outreach=np.ones(view.programme.size),
            staffing=staffing.staffing_of(view, self.parts["staffing"]["kind"]),
        )


def strategy_ids(sc: Scenario | None = None) -> list[str]:
    """Ids that can be run: the built-in ones and those of the scenario."""
    return [*BUILT_IN, *(sc.section("strategies") if sc is not None else {})]


def make_strategy(name: str | None, sc: Scenario, allow_code: bool = False) -> Strategy:
    """The strategy of an id, or the scenario's own (``None``). Raises StrategyError: unknown id, code not allowed."""
    if name is None:
        return Parts(sc.section("strategy"))
    if name in BUILT_IN:
        return Parts(complete_parts({part: {"kind": kind} for part, kind in BUILT_IN[name].items()}))
    own = sc.section("strategies")
    if name not in own:
        if name in IDS_NOT_AVAILABLE:
            raise StrategyError(f"strategy '{name}': known, not available in this version")
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
    place, _, attribute = where.rpartition(":")
    try:
        if place.endswith(".py"):
            module = _load_file(Path(str(sc.path)).parent / place if sc.path else Path(place))
        else:
            module = importlib.import_module(place)
        made = getattr(module, attribute)()
    except Exception as error:  # a user's code may fail in any way; it gets one clear message
        raise StrategyError(f"strategy '{name}': cannot load '{where}': {type(error).__name__}: {error}") from error
    if not callable(getattr(made, "plan", None)):
        raise StrategyError(f"strategy '{name}': '{where}' has no method plan(view, draw)")
    return made


def _load_file(path: Path) -> Any:
    key = f"diffusion_sim_user_{rng.entity_key(str(path.resolve())):x}"
    spec = importlib.util.spec_from_file_location(key, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[key] = module
    spec.loader.exec_module(module)
    return module
