"""One number (or word) of a scenario: what defaults.yaml says of it, and what a scenario may state.

defaults.yaml is the only place that holds the model's numbers: default, unit, plausible range, hard bounds, source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from diffusion_sim.errors import nearest
from diffusion_sim.scenario.mechanisms import SECTION, mechanisms
from diffusion_sim.scenario.read_yaml import parse_yaml, read_text

ASSUMPTION = "assumption"
OVERRIDE = "override"
PERCENT = "percent"
SYNTHETIC_ONLY = ("population.schools", "population.districts")  # a table brings its own
_FORM = ("value", "unit", "range", "source", "note")

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class ScenarioNumber:
    """A value at a dotted path with all that is known of it.

    ``range`` = plausible values (low, high) or None for words; ``bounds`` = hard limits or None; ``source`` = a key
    of references.yaml, ``assumption`` or ``override``; ``stated`` = the scenario (or an override) says it itself;
    ``optional`` = the value may be None, as its default is.
    """

    value: Value
    unit: str
    range: tuple[float, float] | None
    bounds: tuple[float, float] | None
    source: str
    note: str
    stated: bool
    choices: tuple[str, ...] = ()
    integer: bool = False
    applies: str = ""  # the kind of population or network that uses it; "" = every one
    optional: bool = False

    def as_dict(self) -> dict[str, Any]:
        """What a scenario says of it, as plain JSON values."""
        said = {key: getattr(self, key) for key in ("value", "unit", "source", "note", "stated")}
        return said if self.range is None else {**said, "range": list(self.range)}

    @property
    def is_share(self) -> bool:
        return self.unit == "share" or self.unit.startswith("share ")

    @property
    def drawable(self) -> bool:
        """True where a number has a plausible range with two ends to draw between."""
        return self.range is not None and self.range[0] < self.range[1]

    @property
    def outside_range(self) -> bool:
        """True where a number lies outside its plausible range."""
        if self.range is None or self.value is None:
            return False
        return not self.range[0] <= self.value <= self.range[1]  # type: ignore[operator]

    @property
    def allowed(self) -> str:
        """What may be written, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if isinstance(self.value, bool):
            return "true or false"
        kind = "a whole number" if self.integer else "a number"
        span = f" from {self.bounds[0]:g} to {self.bounds[1]:g}" if self.bounds else ""
        nothing = ", or null," if self.optional else ""
        return f"{kind}{span} ({self.unit}){nothing}" if self.unit else kind + span + nothing


def problem(text: str, key: str = "") -> PydanticCustomError:
    """An error that carries its own text; ``key`` is appended to the place where it is raised."""
    return PydanticCustomError("scenario", "{text}", {"text": text, "key": key})


def short(value: Any) -> str:
    """A value as an error shows it: with its type, at most about 60 characters."""
    kinds = {bool: "true/false", int: "number", float: "number", str: "text", list: "list", dict: "mapping"}
    if value is None:
        return "nothing"
    try:
        text = str(value).lower() if isinstance(value, bool) else repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits cannot be written out
        text = "a value too long to show"
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{text} ({kinds.get(type(value), type(value).__name__)})"


def unknown_key(key: Any, allowed: Iterable[str], elsewhere: Iterable[str] = ()) -> str:
    """The text for a key nobody knows: the nearest names, then all that are allowed.

    elsewhere : paths of this key in other sections, named first."""
    names = list(allowed)
    return f"unknown key{nearest(str(key), names, first=elsewhere) or '.'} Allowed: {', '.join(names)}"


def same_key_elsewhere(path: str) -> list[str]:
    """Paths of numbers that end in the same key in another section: ``teachers.exit`` -> ``turnover.exit``."""
    key = path.rpartition(".")[2]
    found = [f"{section}.{key}" for section, keys in defaults().items() if section != SECTION and key in keys]
    return [other for other in found if other != path]


@cache
def defaults() -> dict[str, dict[str, ScenarioNumber]]:
    """Section -> key -> default, as in defaults.yaml (read once)."""
    path = Path(__file__).with_name("defaults.yaml")
    raw = parse_yaml(read_text(path), path.name)
    found = {
        section: {key: _default(entry, f"{section}.{key}") for key, entry in keys.items()}
        for section, keys in raw.items()
    }
    found[SECTION] = {
        key: _default({"value": True, "unit": "switch", "source": m.source, "note": m.title}, f"{SECTION}.{key}")
        for key, m in mechanisms().items()
    }
    return found


def _default(entry: dict[str, Any], path: str) -> ScenarioNumber:
    value = entry["value"]
    integer = entry.get("integer", False) or entry.get("unit") in ("count", "seed") or path in SYNTHETIC_ONLY
    is_float = not integer and isinstance(value, int | float) and not isinstance(value, bool)
    return ScenarioNumber(
        value=float(value) if is_float else value,
        unit=entry.get("unit", ""),
        range=_pair(entry.get("range"), integer),
        bounds=_pair(entry.get("bounds"), integer),
        source=entry["source"],
        note=entry.get("note") or "",
        stated=False,
        choices=tuple(entry.get("choices", ())),
        integer=integer,
        applies=entry.get("applies", "synthetic" if path.startswith("population.") else ""),
        optional=value is None,
    )


def _pair(entry: list[float] | None, integer: bool) -> tuple[float, float] | None:
    return None if entry is None else (_end(entry[0], integer), _end(entry[1], integer))


def _end(number: float, integer: bool) -> float:
    """Whole numbers stay whole, because a float cannot hold every 64-bit seed."""
    return int(number) if integer and number == int(number) else float(number)


def read_number(base: ScenarioNumber, raw: Any, bare_source: str = ASSUMPTION) -> ScenarioNumber:
    """What a scenario states: a bare value, or ``{value, unit, range, source, note}``; the rest comes from ``base``.

    Raises ``problem`` (PydanticCustomError): wrong type, not finite, out of bounds, per cent as a share, another unit,
    a range that is not [low, high], an unknown key, no value.
    """
    if not isinstance(raw, dict):
        value = _value(base, raw, 1.0, "")
        return _with(base, value, base.range, bare_source, "")
    for key in raw:
        if key not in _FORM:
            raise problem(unknown_key(key, _FORM), str(key))
    if "value" not in raw or (raw["value"] is None and not base.optional):
        raise problem(f"the value is missing; write value: and {base.allowed}", "value")
    scale = _scale(base, raw.get("unit", base.unit))
    value = _value(base, raw["value"], scale, "value")
    limits = _range(base, raw["range"], scale) if "range" in raw else base.range
    return _with(base, value, limits, _text(raw, "source", bare_source), _text(raw, "note", ""))


def _with(base: ScenarioNumber, value: Value, limits: Any, source: str, note: str) -> ScenarioNumber:
    return replace(base, value=value, range=limits, source=source, note=note, stated=True)


def _text(raw: dict[str, Any], key: str, otherwise: str) -> str:
    text = raw.get(key, otherwise)
    if not isinstance(text, str) or (key == "source" and not text.strip()):
        raise problem(f"found {short(text)}; text is allowed", key)
    return text


def _scale(base: ScenarioNumber, unit: Any) -> float:
    if unit == base.unit:
        return 1.0
    if base.is_share and unit == PERCENT:
        return 0.01
    allowed = f"'{base.unit}'" if base.unit else "no unit"
    raise problem(f"found {short(unit)}; the unit is {allowed}{' or percent' if base.is_share else ''}", "unit")


def _value(base: ScenarioNumber, raw: Any, scale: float, key: str) -> Value:
    raw = plain(raw)
    if raw is None and base.optional:
        return None
    if base.choices:
        if not isinstance(raw, str) or raw not in base.choices:
            hint = nearest(raw, base.choices) if isinstance(raw, str) else ""
            raise problem(f"found {short(raw)}; {base.allowed} is allowed{hint}", key)
        return raw
    if isinstance(base.value, bool):
        if not isinstance(raw, bool):
            raise problem(f"found {short(raw)}; {base.allowed} is allowed", key)
        return raw
    number = _finite(base, raw, scale, key)
    low, high = base.bounds or (-math.inf, math.inf)
    if not low <= number <= high:
        if base.is_share and scale == 1.0 and 1 < number <= 100:
            raise problem(f"found {raw!r}: looks like per cent, write unit: percent ({base.allowed} is allowed)", key)
        raise problem(f"found {raw!r}{' percent' if scale != 1 else ''}; {base.allowed} is allowed", key)
    if base.integer and number != int(number):
        raise problem(f"found {raw!r}; {base.allowed} is allowed", key)
    return int(number) if base.integer else number


def _finite(base: ScenarioNumber, raw: Any, scale: float, key: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise problem(f"found {short(raw)}; {base.allowed} is allowed", key)
    try:
        number = float(raw)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise problem(f"found {number}, which is not a finite number; {base.allowed} is allowed", key)
    if base.integer and isinstance(raw, int):
        return raw
    # Division, not multiplication: 15 percent is 0.15 exactly as written.
    return number / 100.0 if scale != 1.0 else number


def _range(base: ScenarioNumber, raw: Any, scale: float) -> tuple[float, float] | None:
    if base.choices or isinstance(base.value, bool):
        raise problem(f"found {short(raw)}; a word has no range, {base.allowed} is allowed", "range")
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise problem(f"found {short(raw)}; a range is [low, high]", "range")
    low, high = (_finite(base, plain(end), scale, "range") for end in raw)
    if low > high:
        raise problem(f"found [{low:g}, {high:g}]; a range is [low, high] with low <= high", "range")
    for end in (low, high):
        if base.bounds and not base.bounds[0] <= end <= base.bounds[1]:
            per_cent = base.is_share and scale == 1.0 and 1 < end <= 100
            hint = ": looks like per cent, write unit: percent" if per_cent else ""
            raise problem(f"found [{low:g}, {high:g}]{hint}; {base.allowed} is allowed", "range")
    return _end(low, base.integer), _end(high, base.integer)


def plain(value: Any) -> Any:
    """A NumPy scalar as the Python number it holds; anything else as it is."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return value.item()
    return value
