"""The strategy blocks of a scenario: parts, kinds, options, code, and the ids to compare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic_core import PydanticCustomError

from diffusion_sim.errors import nearest
from diffusion_sim.scenario.hours_table import YEARS_MAX, read_table
from diffusion_sim.scenario.numbers import ScenarioNumber, plain, problem, read_number, short, unknown_key
from diffusion_sim.scenario.read_yaml import scalar
from diffusion_sim.scenario.words import (
    BUILT_IN,
    CONTENT,
    MINIMA,
    NEEDED,
    PLAIN_CONTENT,
    STAGES_WITH_GATE,
    STRATEGY_PARTS,
    TABLE,
    WHOLE,
    YEARS,
)

ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CODE = re.compile(r"(?:[^:\0]|:(?=[\\/]))+:[A-Za-z_]\w*")  # a colon before a slash is a Windows drive


def _whole(raw: Any, allowed: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise problem(f"found {short(raw)}; a mapping is allowed: {allowed}")
    return raw


def read_kind(part: str, word: Any) -> str:
    """The kind of a strategy's part. Raises ``problem`` for an unknown word."""
    kinds = list(STRATEGY_PARTS[part])
    if not isinstance(word, str) or word not in kinds:
        hint = nearest(word, kinds) if isinstance(word, str) else ""
        raise problem(f"found {short(word)}; one of {', '.join(kinds)} is allowed{hint}", f"{part}.kind")
    return word


def read_parts(raw: Any) -> dict[str, dict[str, Any]]:
    """The stated parts of a strategy, ``{part: {"kind": word, option: value}}``; a bare word is a kind, and
    ``content: {by_year: years}`` is ``{kind: by_year, years: years}``.

    Raises ``problem``: unknown part, kind or option, an option that is missing or out of bounds.
    """
    parts = _whole(raw, ", ".join(STRATEGY_PARTS))
    stated = {}
    for part, block in parts.items():
        if part not in STRATEGY_PARTS:
            raise problem(unknown_key(part, STRATEGY_PARTS), str(part))
        block = {"kind": block} if isinstance(block, str) else block
        if not isinstance(block, dict):
            words = ", ".join(STRATEGY_PARTS[part])
            raise problem(f"found {short(block)}; a word or {{kind: word}} is allowed, the word one of {words}", part)
        if part == "content" and "by_year" in block and "kind" not in block:
            block = {"kind": "by_year", YEARS: block["by_year"], **{k: v for k, v in block.items() if k != "by_year"}}
        if "kind" not in block:
            raise problem(f"the kind is missing; one of {', '.join(STRATEGY_PARTS[part])} is allowed", part)
        kind = read_kind(part, block["kind"])
        values = {key: read_option(part, kind, key, value) for key, value in block.items() if key != "kind"}
        if (needed := _needed(kind)) and needed not in values:
            raise problem(f"is missing; {NEEDED[kind][1]}", f"{part}.{needed}")
        stated[part] = {"kind": kind, **values}
    if "recruitment" not in stated:
        raise problem(f"recruitment is missing; one of {', '.join(STRATEGY_PARTS['recruitment'])} is allowed")
    _check_mix(stated.get("content"))
    return stated


def read_option(part: str, kind: str, key: str, raw: Any) -> Any:
    """The value of one option of a kind: a number, a word, for by_hand the table of hours, for by_year the contents by
    year. Raises ``problem``: unknown option or word, not a number, out of bounds, what is wrong with a table."""
    try:
        if (kind, key) == ("by_hand", TABLE):
            return read_table(plain(raw))
        if (kind, key) == ("by_year", YEARS):
            return read_years(raw)
        if key == MINIMA and key in STRATEGY_PARTS[part][kind]:
            return read_minima(option_number(part, kind, key), plain(raw))
        spec = option_number(part, kind, key)
        if isinstance(raw, dict):
            bare = spec.allowed if spec.choices else "a bare number"
            raise problem(f"found {short(raw)}; {bare} is allowed")
        value: Any = read_number(spec, plain(raw)).value
        return value if value is None or spec.choices else float(value)
    except PydanticCustomError as error:
        # an option is a bare number: the unit per cent cannot be written beside it
        text = str(error).replace("write unit: percent", "write a share")
        raise problem(text, f"{part}.{key}") from None


def option_number(part: str, kind: str, key: str) -> ScenarioNumber:
    """What is known of a number or word of a kind; its default where it has one. Raises ``problem`` for an unknown
    one."""
    options = STRATEGY_PARTS[part][kind]
    others = [other for other, its in STRATEGY_PARTS[part].items() if key in its or key == _needed(other)]
    if others and key not in options:
        raise problem(f"belongs to {part} {' or '.join(others)}; '{kind}' has no {key}")
    if key not in options:
        raise problem(f"{unknown_key(key, ['kind', *filter(None, [_needed(kind)]), *options])} for '{kind}'")
    option = options[key]
    return ScenarioNumber(
        option.default, option.unit, None, (option.low, option.high), "", option.note, False, option.choices,
        integer=option.unit in WHOLE, optional=option.default is None and key != _needed(kind),
    )  # fmt: skip


def _needed(kind: str) -> str:
    """The option that whoever writes this kind must state; "" = none."""
    return NEEDED.get(kind, ("", ""))[0]


def read_minima(spec: ScenarioNumber, raw: Any) -> list[float] | None:
    """Least times in stages 1 to 4, or None. Raises ``problem``: no list of four, one that is no such number."""
    if raw is None:
        return None
    if not isinstance(raw, list | tuple) or len(raw) != STAGES_WITH_GATE:
        what = f"a list of {len(raw)}" if isinstance(raw, list | tuple) else short(raw)
        raise problem(f"found {what}; a list of {STAGES_WITH_GATE} whole numbers of quarters is allowed, or null")
    one = replace(spec, optional=False)
    found: list[float] = []
    for place, value in enumerate(raw, 1):
        try:
            found.append(float(read_number(one, plain(value)).value))  # type: ignore[arg-type]
        except PydanticCustomError as error:
            raise problem(f"number {place}: {error}") from None
    return found


def read_years(raw: Any) -> dict[str, str]:
    """Contents by programme year, ``{"1": word, ...}`` in the order of the years. Raises ``problem``: no mapping or an
    empty one, what is no year, a word that is no plain content."""
    words = ", ".join(PLAIN_CONTENT)
    if not isinstance(raw, dict) or not raw:
        raise problem(f"found {short(raw)}; a mapping of programme year (1 = the first) to one of {words} is allowed")
    found = {}
    for key, word in raw.items():
        year = scalar(key) if isinstance(key, str) else plain(key)
        if isinstance(year, bool) or not isinstance(year, int) or not 1 <= year <= YEARS_MAX:
            allowed = f"a whole number from 1 (the first year of support) to {YEARS_MAX} is allowed"
            raise problem(f"found year {short(key)}; {allowed}")
        if str(year) in found:
            raise problem(f"year {year} stands twice")
        if not isinstance(word, str) or word not in PLAIN_CONTENT:
            hint = nearest(word, PLAIN_CONTENT) if isinstance(word, str) else ""
            raise problem(f"year {year}: found {short(word)}; one of {words} is allowed{hint}")
        found[str(year)] = word
    return dict(sorted(found.items(), key=lambda item: int(item[0])))


def check_years(content: dict[str, Any], years_support: int) -> None:
    """Raises ``problem`` where a content by year names a year without support."""
    last = max((int(year) for year in content.get(YEARS, ())), default=0)
    if last > years_support:
        there = f"1 to {years_support}" if years_support > 1 else "1"
        raise problem(
            f"year {last}: lies beyond the years of support (programme.years_support = {years_support}); {there} is "
            "allowed", f"content.{YEARS}",
        )  # fmt: skip


def _check_mix(content: dict[str, Any] | None) -> None:
    if content is None or content["kind"] not in PLAIN_CONTENT:
        return
    options = STRATEGY_PARTS["content"][content["kind"]]
    shares: dict[str, Any] = {name: content.get(name, options[name].default) for name in CONTENT}
    if abs(sum(shares.values()) - 1.0) > 1e-9:
        said = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        raise problem(f"the shares sum to {sum(shares.values()):g} ({said}); they sum to 1", "content")


def read_strategies(raw: Any, allow_code: bool) -> dict[str, dict[str, Any]]:
    """A scenario's own strategies: id -> stated parts or ``{"code": ...}``. Raises ``problem``."""
    stated = {}
    for name, block in _whole(raw, "strategy ids with their parts").items():
        if not isinstance(name, str) or not ID.fullmatch(name):
            raise problem("an id is lower-case letters, digits and _, begins with a letter", str(name)[:80])
        if name in BUILT_IN:
            raise problem("this id is built in; choose another for a strategy of your own", name)
        try:
            is_code = isinstance(block, dict) and "code" in block
            stated[name] = _code(block, allow_code) if is_code else read_parts(block)
        except PydanticCustomError as error:
            key = (error.context or {}).get("key", "")
            raise problem(str(error), f"{name}.{key}" if key else name) from None
    return stated


def _code(block: dict[str, Any], allow_code: bool) -> dict[str, str]:
    for key in block:
        if key != "code":
            raise problem("unknown key; a strategy is either code: or parts", str(key))
    return {"code": _place_of_code(block["code"], "Class", "code", allow_code)}


def _place_of_code(code: Any, what: str, key: str, allow_code: bool) -> str:
    """``file.py:name`` or ``module:name``, where code may run. Raises ``problem`` at ``key``."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise problem(f"found {short(code)}; 'package.module:{what}' or 'file.py:{what}' is allowed", key)
    if not allow_code:
        raise problem(
            f"found '{code}': a scenario's code runs only when you say so: --allow-code, or "
            "load_scenario(..., allow_code=True)",
            key,
        )
    return code


def read_rules(raw: Any, allow_code: bool) -> dict[str, str]:
    """Code of the user's own in the place of the model's rules: rule -> place of the code. Raises ``problem``.

    Which rules there are, the week knows (week/replaceable_rules.py); it says so when a run is made.
    """
    stated = {}
    for name, code in _whole(raw, "rules with the place of their code").items():
        if not isinstance(name, str) or not ID.fullmatch(name):
            raise problem("a rule's name is lower-case letters, digits and _", str(name)[:80])
        stated[name] = _place_of_code(code, "function", name, allow_code)
    return stated


def check_compare(ids: list[str], own: Iterable[str]) -> None:
    """Raises ``problem`` where ``ids`` names an unknown strategy, or one twice."""
    known = [*BUILT_IN, *own]
    for row, name in enumerate(ids):
        if name not in known:
            raise problem(
                f"found {short(name)}, an unknown strategy{nearest(name, known) or '.'} Known: {', '.join(known)}",
                f"compare.{row}",
            )
        if name in ids[:row]:
            raise problem(f"'{name}' stands twice", f"compare.{row}")
