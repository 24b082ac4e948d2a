"""A scenario's improvement networks: who belongs to each, and the rule by which its schools test, where it has its own.

    networks:
      coast: {schools: [north/harbour, hill], rule: {kind: menu, measures: own, topology: groups_hub}}
      south: {districts: [south], rule: local}
      alpha: {network: [alpha]}

``schools`` and ``districts`` name members by id, ``network`` by the population's column of that name. Which rows are
meant is looked up once there is a world (world/improvement_networks.py).
"""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticCustomError

from diffusion_sim.scenario.numbers import plain, problem, short, unknown_key
from diffusion_sim.scenario.parts import ID, read_kind, read_option
from diffusion_sim.scenario.words import STRATEGY_PARTS

MEMBERS = ("schools", "districts", "network")
RULE = "rule"
Named = dict[str, Any]  # lists of names by MEMBERS, and "rule" as stated


def read_networks(raw: Any) -> dict[str, Named]:
    """Name -> what is said of a network, checked. Raises ``problem`` with the place: no mapping, an unknown key or
    word, no members, what stands in two networks."""
    if not isinstance(raw, dict):
        raise problem(f"found {short(raw)}; a mapping of a network's name to its members and rule is allowed")
    networks: dict[str, Named] = {}
    for name, said in raw.items():
        if not isinstance(name, str) or not ID.fullmatch(name):
            raise problem("a name is lower-case letters, digits and _, begins with a letter", str(name)[:80])
        try:
            networks[name] = read_network(said)
        except PydanticCustomError as error:
            key = (error.context or {}).get("key", "")
            raise problem(str(error), f"{name}.{key}" if key else name) from None
    _check_once(networks)
    return networks


def read_network(raw: Any) -> Named:
    """One network: its members, and the rule where it has its own. Raises ``problem``."""
    allowed = [*MEMBERS, RULE]
    if not isinstance(raw, dict):
        raise problem(f"found {short(raw)}; a mapping of {', '.join(MEMBERS)} (one of them at least) and rule")
    for key in raw:
        if key not in allowed:
            raise problem(unknown_key(str(key), allowed), str(key))
    said: Named = {key: _names(raw[key], key) for key in MEMBERS if raw.get(key) is not None}
    if not said:
        raise problem(f"has no members; one of {', '.join(MEMBERS)} at least is needed")
    if raw.get(RULE) is not None:
        said[RULE] = read_rule(raw[RULE])
    return said


def read_rule(raw: Any) -> dict[str, Any]:
    """The rule of a network as it is stated: a kind of testing and its options. Raises ``problem``."""
    block = {"kind": raw} if isinstance(raw, str) else raw
    if not isinstance(block, dict) or "kind" not in block:
        raise problem(f"found {short(raw)}; {{kind: one of {', '.join(STRATEGY_PARTS['testing'])}}} is allowed", RULE)
    try:
        kind = read_kind("testing", block["kind"])
        options = {str(k): read_option("testing", kind, str(k), v) for k, v in block.items() if k != "kind"}
    except PydanticCustomError as error:
        key = str((error.context or {}).get("key", "")).removeprefix("testing.")
        raise problem(str(error), f"{RULE}.{key}") from None
    return {"kind": kind, **options}


def whole_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule with all its options."""
    return {"kind": rule["kind"], **{k: o.default for k, o in STRATEGY_PARTS["testing"][rule["kind"]].items()}, **rule}


def whole(networks: dict[str, Named]) -> dict[str, Named]:
    """Networks with all options of their rules."""
    return {name: said | ({RULE: whole_rule(said[RULE])} if RULE in said else {}) for name, said in networks.items()}


def _names(raw: Any, key: str) -> list[str]:
    raw = plain(raw)
    names = [raw] if isinstance(raw, str) else raw
    if not isinstance(names, list | tuple) or not all(isinstance(n, str) and n for n in names):
        hint = "; put ids of digits in quotes" if isinstance(names, list | tuple | int) else ""
        raise problem(f"found {short(raw)}; a list of names is allowed{hint}", key)
    if not names:
        raise problem("is empty: a network without members; a list of names is allowed", key)
    twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if twice is not None:
        raise problem(f"'{twice}' stands twice", key)
    return list(names)


def _check_once(networks: dict[str, Named]) -> None:
    """Whatever is named is in one network. That a school is in a district of another one is seen in the world."""
    first: dict[tuple[str, str], str] = {}
    what = {"schools": "school", "districts": "district", "network": "the population's network"}
    for name, said in networks.items():
        for key in MEMBERS:
            for member in said.get(key, ()):
                if (key, member) in first:
                    other = first[key, member]
                    text = f"{what[key]} '{member}' is in {other}, too; in one network, and by one rule, is allowed"
                    raise problem(text, f"{name}.{key}")
                first[key, member] = name
