"""What a scenario file may say: pydantic models made from defaults.yaml, so that every number stands in one place.

Nothing unknown passes (``extra="forbid"``) at any depth. pydantic's own texts never reach a user: ``validate`` turns
them into one ScenarioError that names file, dotted key, value found, what is allowed and the nearest name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, create_model
from pydantic_core import PydanticCustomError

from diffusion_sim.errors import ScenarioError, nearest
from diffusion_sim.scenario.events import read_events
from diffusion_sim.scenario.improvement_networks import read_networks
from diffusion_sim.scenario.numbers import (
    SYNTHETIC_ONLY,
    ScenarioNumber,
    defaults,
    plain,
    problem,
    read_number,
    same_key_elsewhere,
    short,
    unknown_key,
)
from diffusion_sim.scenario.parts import ID, check_compare, read_parts, read_rules, read_strategies

_SHOWN = 5

# Keys that say what a section is made of, not numbers: they cannot be overridden.
STRUCTURE: dict[str, dict[str, tuple[str, ...]]] = {
    "population": {"synthetic": ("kind",), "table": ("kind", "source", "preset", "columns", "options")},
    "network": {"generated": ("kind",), "given": ("kind", "file", "columns")},
}
_REQUIRED = {"source", "file"}
MUST_STATE = ("initial_use.share",)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


# ---- leaves ----------------------------------------------------------------------------------------------------------
def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        hint = "; put it in quotes" if isinstance(raw, int | float) else ""
        raise problem(f"found {short(raw)}; text is allowed{hint}")
    return raw


def _identifier(raw: Any) -> str:
    if not isinstance(raw, str) or not ID.fullmatch(raw):
        raise problem(f"found {short(raw)}; an id is lower-case letters, digits and _, begins with a letter")
    return raw


def _texts(raw: Any) -> list[str]:
    if not isinstance(raw, list):
        raise problem(f"found {short(raw)}; a list of texts is allowed")
    for row, item in enumerate(raw):
        if not isinstance(item, str) or not item.strip():
            raise problem(f"found {short(item)}; a list of texts is allowed", str(row))
    return list(raw)


def _columns(raw: Any) -> dict[str, str | list[str]]:
    if not isinstance(raw, dict):
        raise problem(f"found {short(raw)}; a mapping of the model's column to the file's column is allowed")
    for name, column in raw.items():
        columns = column if isinstance(column, list) and column else [column]
        if not isinstance(name, str) or not all(isinstance(c, str) and c for c in columns):
            hint = "; put it in quotes" if isinstance(column, int | float) else ""
            raise problem(
                f"found {short(column)}; the name of a column, or a list of names, is allowed{hint}", str(name)
            )
    return {name: list(column) if isinstance(column, list) else column for name, column in raw.items()}


def _options(raw: Any, key: str = "", depth: int = 0) -> Any:
    """A mapping of plain values, at most three levels deep; what each means is the population's business."""
    raw = plain(raw)
    if isinstance(raw, dict) and depth < 3:
        return {str(name): _options(item, f"{key}.{name}".lstrip("."), depth + 1) for name, item in raw.items()}
    if isinstance(raw, list | tuple) and 0 < depth < 3:
        return [_options(item, key, depth + 1) for item in raw]
    if depth == 0 or not (raw is None or isinstance(raw, str | bool | int | float)):
        raise problem(f"found {short(raw)}; a mapping of options is allowed", key)
    if isinstance(raw, float) and not math.isfinite(raw):
        raise problem(f"found {raw}, which is not a finite number", key)
    return raw


# ---- models ----------------------------------------------------------------------------------------------------------
def _leaf(check: Callable[[Any], Any]) -> Any:
    return Annotated[Any, PlainValidator(check)]


def numbers_of(section: str, kind: str) -> dict[str, ScenarioNumber]:
    """key -> default of the numbers of a section that a population or network of this ``kind`` has."""
    structure = {key for keys in STRUCTURE.get(section, {}).values() for key in keys}
    specs = {key: spec for key, spec in defaults().get(section, {}).items() if key not in structure}
    return {key: spec for key, spec in specs.items() if not kind or spec.applies in ("", kind)}


_STRUCTURE_CHECKS = {"columns": _columns, "options": _options}


@cache
def section_model(section: str, kind: str) -> type[BaseModel]:
    """The model of one section; ``kind`` matters for population and network and is "" for all others."""
    fields: dict[str, Any] = {}
    for key in STRUCTURE.get(section, {}).get(kind, ()):
        fields[key] = (_leaf(_STRUCTURE_CHECKS.get(key, _text)), ... if key in _REQUIRED else None)
    for key, spec in numbers_of(section, kind).items():
        fields[key] = (_leaf(partial(read_number, spec)), None)
    return create_model(f"{section.title()}{kind.title()}", __base__=_Strict, **fields)


@cache
def scenario_model(population: str, network: str, allow_code: bool) -> type[BaseModel]:
    """The model of a whole file, for one kind of population and network."""
    fields: dict[str, Any] = {
        "id": (_leaf(_identifier), ...),
        "title": (_leaf(_text), ...),
        "question": (_leaf(_text), ...),
        "description": (_leaf(_text), ""),
        "sources": (_leaf(_texts), Field(default_factory=list)),
        "population": (section_model("population", population), ...),
        "network": (section_model("network", network), Field(default_factory=section_model("network", network))),
        "strategy": (_leaf(read_parts), ...),
        "strategies": (_leaf(partial(read_strategies, allow_code=allow_code)), Field(default_factory=dict)),
        "compare": (_leaf(_texts), Field(default_factory=list)),
        "events": (_leaf(read_events), Field(default_factory=list)),
        "networks": (_leaf(read_networks), Field(default_factory=dict)),
        "rules": (_leaf(partial(read_rules, allow_code=allow_code)), Field(default_factory=dict)),
    }
    for section in defaults():
        if section not in fields:
            model = section_model(section, "")
            fields[section] = (model, Field(default_factory=model))
    return create_model("ScenarioFile", __base__=_Strict, **fields)


def validate(raw: dict[str, Any], where: str, allow_code: bool) -> BaseModel:
    """The checked content of a scenario file. ``where`` names the file in errors. Raises ScenarioError."""
    population = _kind(raw, where, "population", None)
    network = _kind(raw, where, "network", "generated")
    model = scenario_model(population, network, allow_code)
    try:
        checked = model.model_validate(raw)
        check_compare(checked.compare, checked.strategies)  # type: ignore[attr-defined]
    except ValidationError as error:
        found = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
        texts = [_explain(item, raw, population) for item in found[:_SHOWN]]
        more = f"\nand {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ScenarioError("\n".join(f"{where}, {text}" for text in texts) + more) from None
    except PydanticCustomError as error:
        raise ScenarioError(f"{where}, {(error.context or {}).get('key', '')}: {error}") from None
    except (UnicodeError, RecursionError) as error:
        raise ScenarioError(f"{where}: holds text or nesting that cannot be read ({error})") from None
    for path in MUST_STATE:
        section, key = path.split(".")
        if getattr(getattr(checked, section), key) is None:
            note = defaults()[section][key].note
            raise ScenarioError(f"{where}, {path}: is missing; every scenario states it ({note})")
    return checked


def _kind(raw: dict[str, Any], where: str, section: str, otherwise: str | None) -> str:
    kinds = STRUCTURE[section]
    block = raw.get(section, {"kind": otherwise} if otherwise else None)
    if not isinstance(block, dict):
        found = f"found {short(block)}" if section in raw else "is missing"
        raise ScenarioError(f"{where}, {section}: {found}; a mapping with kind: {' or '.join(kinds)} is allowed")
    kind = block.get("kind", otherwise)
    if not isinstance(kind, str) or kind not in kinds:
        found = "is missing" if kind is None else f"found {short(kind)}"
        hint = nearest(kind, kinds) if isinstance(kind, str) else ""
        raise ScenarioError(f"{where}, {section}.kind: {found}; {' or '.join(kinds)} is allowed{hint}")
    return kind


def _explain(item: Any, raw: dict[str, Any], population: str) -> str:
    """One of pydantic's errors in our words: ``dotted.key: what was found, what is allowed``."""
    place = [str(step) for step in item["loc"]]
    if item["type"] == "scenario":
        key = item["ctx"]["key"]
        return f"{'.'.join([*place, *([key] if key else [])])}: {item['ctx']['text']}"
    path = ".".join(place)
    if item["type"] == "extra_forbidden":
        return f"{path[:120]}: {_unknown(place, population)}"
    if item["type"] == "missing":
        return f"{path}: is missing"
    return f"{path}: found {short(item['input'])}; a mapping of keys to values is allowed"


def _unknown(place: list[str], population: str) -> str:
    *parents, key = place
    elsewhere = same_key_elsewhere(".".join(place))
    if not parents:
        return unknown_key(key, scenario_model("synthetic", "generated", False).model_fields, elsewhere)
    section = parents[0]
    if other := other_kind(".".join(place), population):
        return other
    allowed = [name for kind in STRUCTURE.get(section, {"": ()}) for name in section_model(section, kind).model_fields]
    return unknown_key(key, dict.fromkeys(allowed), elsewhere)


def other_kind(path: str, population: str) -> str:
    """Why a key that another kind of population or network has is not taken here; "" for any other path."""
    section, _, key = path.partition(".")
    if path in SYNTHETIC_ONLY and population == "table":
        return "a table population has the schools and districts of its table; only kind: synthetic takes this number"
    for kind in STRUCTURE.get(section, {}):
        if key in section_model(section, kind).model_fields:
            return f"belongs to {section}s of kind: {kind}"
    return ""
