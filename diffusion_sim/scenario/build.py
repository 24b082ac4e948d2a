"""From checked content to a Scenario: a file's mapping, or what ``canonical()`` said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import hours_table, schema
from diffusion_sim.scenario.numbers import ScenarioNumber, defaults, short
from diffusion_sim.scenario.scenario import FORMAT, Scenario, resolve

_CANONICAL = {
    "format", "id", "title", "question", "description", "sources", "structure", "numbers", "strategy", "strategies",
    "compare", "events", "networks", "rules", "overrides", "location",
}  # fmt: skip


def from_mapping(raw: dict[str, Any], where: str, path: Path | None, allow_code: bool) -> Scenario:
    """A Scenario from a file's content. ``where`` names the file in errors. Raises ScenarioError."""
    checked: Any = schema.validate(raw, where, allow_code)
    numbers = _numbers(checked)
    blocks = {"strategy": checked.strategy} | {f"strategies.{name}": b for name, b in checked.strategies.items()}
    for name, block in blocks.items():
        hours_table.fill(block, path, f"{where}, {name}")
    structure = {section: _structure(getattr(checked, section), section) for section in schema.STRUCTURE}
    structure["population"]["kind"] = raw["population"]["kind"]
    structure["network"]["kind"] = raw.get("network", {}).get("kind", "generated")
    scenario = Scenario(
        id=checked.id,
        title=checked.title,
        question=checked.question,
        description=checked.description,
        sources=tuple(checked.sources),
        compare=tuple(checked.compare),
        path=path,
        overrides={},
        _numbers=numbers,
        _structure=structure,
        _strategy=checked.strategy,
        _strategies=checked.strategies,
        _allow_code=allow_code,
        events=tuple(checked.events),
        rules=checked.rules,
        _networks=checked.networks,
    )
    scenario.check_years(f"{where}, ")
    return scenario


def check_files(scenario: Scenario, where: str) -> None:
    """Raises ScenarioError where a table or network file that the scenario names does not exist."""
    for path in ("population.source", "network.file"):
        if path not in scenario:
            continue
        found = resolve(scenario[path], scenario.path)
        try:
            missing = isinstance(found, Path) and not found.is_file()
        except (OSError, ValueError):
            missing = True
        if missing:
            raise ScenarioError(f"{where}, {path}: found '{scenario[path]}'; there is no file {found}")


def _numbers(checked: BaseModel) -> dict[str, ScenarioNumber]:
    numbers = {}
    for section in defaults():
        block = getattr(checked, section)
        for key, spec in defaults()[section].items():
            if key in type(block).model_fields:
                stated = getattr(block, key)
                numbers[f"{section}.{key}"] = spec if stated is None else stated
    return numbers


def _structure(block: BaseModel, section: str) -> dict[str, Any]:
    keys = {key for kind in schema.STRUCTURE[section].values() for key in kind}
    said = {key: getattr(block, key) for key in type(block).model_fields if key in keys}
    return {key: value for key, value in said.items() if value is not None}


def from_canonical(said: Mapping[str, Any], allow_code: bool = False) -> Scenario:
    """The scenario that ``Scenario.canonical()`` described, checked as a file would be; every number must be there.

    Raises ScenarioError.
    """
    where = "saved scenario"
    if not isinstance(said, Mapping) or set(said) != _CANONICAL:
        raise ScenarioError(f"{where}: not what Scenario.canonical() writes; keys {', '.join(sorted(_CANONICAL))}")
    try:
        json.dumps(said, ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise ScenarioError(f"{where}: holds what is not plain text, numbers, lists and mappings ({error})") from None
    if said["format"] != FORMAT:
        raise ScenarioError(f"{where}, format: found {short(said['format'])}; this version reads {FORMAT}")
    raw, stated = _as_file(said, where)
    location = said["location"]
    if location is not None and not isinstance(location, str):
        raise ScenarioError(f"{where}, location: found {short(location)}; text is allowed")
    scenario = from_mapping(raw, where, None if location is None else Path(location), allow_code)
    for path in scenario.numbers:
        if path not in stated:
            raise ScenarioError(f"{where}, {path}: is missing; it was written by another version of the model")
    numbers = {path: replace(number, stated=stated[path]) for path, number in scenario.numbers.items()}
    scenario = replace(scenario, _numbers=numbers)
    return replace(scenario, overrides=_overrides(said["overrides"], scenario, where))


def _as_file(said: Mapping[str, Any], where: str) -> tuple[dict[str, Any], dict[str, bool]]:
    """The mapping a file would hold, and which numbers were stated."""
    raw: dict[str, Any] = {key: said[key] for key in ("id", "title", "question", "sources", "strategy", "strategies")}
    raw |= {key: said[key] for key in ("compare", "events", "networks", "rules")}
    if said["description"] != "":
        raw["description"] = said["description"]
    for key in ("structure", "numbers", "overrides"):
        if not isinstance(said[key], Mapping):
            raise ScenarioError(f"{where}, {key}: found {short(said[key])}; a mapping is allowed")
    for section, block in said["structure"].items():
        if section not in schema.STRUCTURE or not isinstance(block, Mapping):
            raise ScenarioError(f"{where}, structure.{section}: found {short(block)}; population and network only")
        raw[section] = dict(block)
    stated = {}
    for path, form in said["numbers"].items():
        section, dot, key = str(path).partition(".")
        if not dot or not isinstance(form, Mapping) or not isinstance(form.get("stated"), bool):
            raise ScenarioError(f"{where}, numbers.{path}: found {short(form)}; a number with stated: true/false")
        block = raw.setdefault(section, {})
        if not isinstance(block, dict) or key in block:
            raise ScenarioError(f"{where}, numbers.{path}: is not a number of the model")
        block[key] = {name: value for name, value in form.items() if name != "stated"}
        stated[path] = form["stated"]
    return raw, stated


def _overrides(said: Mapping[str, Any], scenario: Scenario, where: str) -> dict[str, Any]:
    for path, value in said.items():
        if path not in scenario or scenario[path] != value or type(scenario[path]) is not type(value):
            raise ScenarioError(f"{where}, overrides.{path}: found {short(value)}, which is not the scenario's value")
    return dict(said)
