"""Options of a scenario's strategies at dotted paths: how an override finds and sets them.

``strategy.content.practice`` is an option of the scenario's own strategy block, ``strategies.my_plan.content.practice``
one of a strategy that the scenario defines. Of a content by year each year has a path: ``strategy.content.years.2``.
The rule of a network that the scenario names is found in the same way: ``networks.coast.rule.measures``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusion_sim.scenario import hours_table, parts
from diffusion_sim.scenario.improvement_networks import RULE, read_network
from diffusion_sim.scenario.numbers import ScenarioNumber, problem, unknown_key
from diffusion_sim.scenario.words import BUILT_IN, STRATEGY_PARTS, TABLE, YEARS, complete_parts

# "strategy", or "strategies.<id>" -> parts as stated, or {"code": ...}; "networks.<name>" -> members and rule.
Blocks = Mapping[str, dict[str, Any]]
HEADS = {"strategy": 1, "strategies": 2, "networks": 2}  # section -> words of a path that say which block


def split(path: str, blocks: Blocks | None = None) -> str | None:
    """Where the strategy stands of which ``path`` is an option, "strategy" or "strategies.<id>"; None where the path
    is none of an option, or with ``blocks`` none of their strategies."""
    words = path.split(".")
    head = HEADS.get(words[0], 0)
    rest = words[head:]
    if not head or len(rest) not in (2, 3) or (len(rest) == 3 and rest[1] != YEARS):
        return None
    if words[0] == "networks" and (len(rest) != 2 or rest[0] != RULE):
        return None
    prefix = ".".join(words[:head])
    return None if blocks is not None and prefix not in blocks else prefix


def why_not(path: str, blocks: Blocks) -> str:
    """Why the parts of a built-in strategy are not set; "" for any other path."""
    prefix = split(path)
    name = (prefix or "").removeprefix("strategies.")
    if prefix is None or prefix in blocks or name not in BUILT_IN:
        return ""
    return f"the parts of '{name}', which is built in, are fixed; define a strategy of your own under strategies:"


def set_option(blocks: Blocks, path: str, raw: Any, file: Path | None) -> dict[str, Any]:
    """Set one kind or option of a stated strategy, in place; returns the paths set and their values.

    file : the scenario's, for tables. Raises ``problem``.
    """
    prefix = split(path, blocks)
    assert prefix is not None
    block, (part, key, *year) = blocks[prefix], path[len(prefix) + 1 :].split(".")
    if part == RULE:
        return _set_rule(block, path, key, raw)
    if "code" in block:
        raise problem("is a strategy of code; it has no parts")
    if part not in STRATEGY_PARTS:
        raise problem(unknown_key(part, STRATEGY_PARTS))
    if key == "kind":
        kind = parts.read_kind(part, raw)
        if block.get(part, {}).get("kind") != kind:
            block[part] = {"kind": kind}
        return {path: kind}
    its = block.setdefault(part, {"kind": complete_parts(block)[part]["kind"]})
    if year:
        raw = {**its.get(YEARS, {}), year[0]: raw}
    its[key] = parts.read_option(part, its["kind"], key, raw)
    if key == TABLE:
        hours_table.fill(block, file)
    if year:
        number = str(int(year[0]))
        return {f"{prefix}.{part}.{key}.{number}": its[key][number]}
    if key == YEARS:
        return {f"{path}.{number}": word for number, word in its[key].items()}
    return {path: its[key]}


def _set_rule(block: dict[str, Any], path: str, key: str, raw: Any) -> dict[str, Any]:
    """Set the kind or an option of a network's rule, in place."""
    if key == "kind":
        kind = parts.read_kind("testing", raw)
        if block.get(RULE, {}).get("kind") != kind:
            block[RULE] = {"kind": kind}
        return {path: kind}
    if RULE not in block:
        raise problem(f"the network has no rule of its own; set its kind first: {path.removesuffix(key)}kind")
    block[RULE][key] = parts.read_option("testing", block[RULE]["kind"], key, raw)
    return {path: block[RULE][key]}


def check_block(prefix: str, block: dict[str, Any]) -> None:
    """Raises ``problem`` where a block, as it is now, is not what a file may say."""
    if prefix.startswith("networks."):
        read_network(block)
    else:
        parts.read_parts(block)


def leaves(path: str, value: Any) -> dict[str, Any]:
    """Dotted path -> value of all that is no mapping."""
    if not isinstance(value, dict):
        return {path: value}
    return {name: leaf for key, item in value.items() for name, leaf in leaves(f"{path}.{key}", item).items()}


def number_of(path: str, blocks: Blocks) -> ScenarioNumber | None:
    """What is known of the number or word at ``path``, as it is by default; None where the path is none of an option
    with a default, unit and bounds."""
    prefix = split(path, blocks)
    if prefix is None or prefix not in blocks or "code" in blocks[prefix]:
        return None
    part, key, *_ = path[len(prefix) + 1 :].split(".")
    if part == RULE:
        part, kind = "testing", blocks[prefix].get(RULE, {}).get("kind", "none")
    elif part in STRATEGY_PARTS:
        kind = complete_parts(blocks[prefix])[part]["kind"]
    else:
        return None
    return parts.option_number(part, kind, key) if key in STRATEGY_PARTS[part][kind] else None


def has(blocks: Blocks, path: str) -> bool:
    """Whether a strategy states the kind or option at ``path`` itself."""
    prefix = split(path, blocks)
    if prefix is None:
        return False
    found: Any = blocks[prefix]
    for key in path[len(prefix) + 1 :].split("."):
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    return True
