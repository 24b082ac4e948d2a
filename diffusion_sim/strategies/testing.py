"""How schools test variants of the practice: the words of the part ``testing`` and of a plan's ``variant_rule``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from pydantic_core import PydanticCustomError

from diffusion_sim.errors import StrategyError
from diffusion_sim.scenario.parts import read_kind, read_option
from diffusion_sim.scenario.words import MEASURES_WORDS, STRATEGY_PARTS, TOPOLOGIES, WITH_HUB
from diffusion_sim.state.tables import Floats

KINDS = tuple(STRATEGY_PARTS["testing"])  # none, local, menu
RULE_SIZE = 4


class Rule(NamedTuple):
    """A rule in force, as words; study_act is NaN where the scenario's number holds."""

    kind: str
    measures: str
    topology: str
    study_act: float

    @property
    def has_hub(self) -> bool:
        """Whether its schools belong to a hub."""
        return self.topology in WITH_HUB


def rule_of(block: Mapping[str, Any]) -> dict[str, Any]:
    """The rule that a strategy's part ``testing`` asks for, all options stated."""
    kind = block["kind"]
    options = {name: option.default for name, option in STRATEGY_PARTS["testing"][kind].items()}
    return {"kind": kind, **options, **block}


def checked_rule(rule: Any, name: str) -> dict[str, Any]:
    """A plan's ``variant_rule``, complete. Raises StrategyError naming strategy, word found and what is allowed."""
    where = f"strategy '{name}': variant_rule"
    if not isinstance(rule, Mapping) or "kind" not in rule:
        raise StrategyError(f"{where} is {rule!r:.60}; a mapping with kind: one of {', '.join(KINDS)} is allowed")
    try:
        kind = read_kind("testing", rule["kind"])
        said = {key: read_option("testing", kind, str(key), rule[key]) for key in rule if key != "kind"}
    except PydanticCustomError as error:
        key = (error.context or {}).get("key", "")
        raise StrategyError(f"{where}, {key}: {error}") from None
    return rule_of({"kind": kind, **said})


def coded(rule: Mapping[str, Any]) -> Floats:
    """A complete rule as numbers, which a run keeps; shape (4,): places of kind, measures, topology, and study_act."""
    if rule["kind"] == "none":
        return np.zeros(RULE_SIZE)
    study_act = rule["study_act"]
    words = (KINDS.index(rule["kind"]), MEASURES_WORDS.index(rule["measures"]), TOPOLOGIES.index(rule["topology"]))
    return np.array([*words, np.nan if study_act is None else study_act], np.float64)


def decoded(codes: Floats) -> Rule:
    """The reverse of ``coded``."""
    kind, measures, topology = (int(code) for code in codes[:3])
    return Rule(KINDS[kind], MEASURES_WORDS[measures], TOPOLOGIES[topology], float(codes[3]))
