"""The strategy blocks of a scenario: parts, kinds, options, code, and the ids to compare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic_core import PydanticCustomError

from diffusion_sim.errors import nearest
from diffusion_sim.scenario.hours_table import TABLE, read_table
from diffusion_sim.scenario.numbers import ScenarioNumber, plain, problem, read_number, short, unknown_key
from diffusion_sim.scenario.words import BUILT_IN, CONTENT, STRATEGY_PARTS, WHOLE

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
    """The stated parts of a strategy, ``{part: {"kind": word, option: value}}``; a bare word is a kind.

    Raises ``problem``: unknown part, kind or option, a kind not available, an option out of bounds.
    """
    parts = _whole(raw, ", ".join(STRATEGY_PARTS))
    stated = {}
    for part, block in parts.items():
        if part not in STRATEGY_PARTS:
            raise problem(unknown_key(part, STRATEGY_PARTS), str(part))
        block = {"kind": block} if isinstance(block, str) else block
        if not isinstance(block, dict):
            raise problem(f"found {short(block)}; {{kind: word}} is allowed", part)
        if "kind" not in block:
            raise problem(f"the kind is missing; one of {', '.join(STRATEGY_PARTS[part])} is allowed", part)
        kind = read_kind(part, block["kind"])
        values = {key: read_option(part, kind, key, value) for key, value in block.items() if key != "kind"}
        if kind == "by_hand" and TABLE not in values:
            raise problem("is missing; by_hand asks for a table of hours by school and year", f"{part}.{TABLE}")
        stated[part] = {"kind": kind, **values}
    if "recruitment" not in stated:
        raise problem(f"recruitment is missing; one of {', '.join(STRATEGY_PARTS['recruitment'])} is allowed")
    _check_mix(stated.get("content"))
    return stated


def read_option(part: str, kind: str, key: str, raw: Any) -> Any:
    """The value of one option of a kind: a number, a word, for by_hand the table of hours. Raises ``problem``: unknown
    option or word, not a number, out of bounds, what is wrong with a table."""
    options = STRATEGY_PARTS[part][kind]
    if (kind, key) == ("by_hand", TABLE):
        try:
            return read_table(plain(raw))
        except PydanticCustomError as error:
            raise problem(str(error), f"{part}.{key}") from None
    others = [other for other, its in STRATEGY_PARTS[part].items() if key in its]
    if others and not options:
        raise problem(f"belongs to {part} {' or '.join(others)}; '{kind}' has no {key}", f"{part}.{key}")
    if key not in options:
        raise problem(f"{unknown_key(key, ['kind', *options])} for '{kind}'", f"{part}.{key}")
    option = options[key]
    spec = ScenarioNumber(
        option.default, option.unit, None, (option.low, option.high), "", "", False, option.choices,
        integer=option.unit in WHOLE, optional=option.default is None,
    )  # fmt: skip
    if isinstance(raw, dict):
        bare = "one of " + ", ".join(option.choices) if option.choices else "a bare number"
        raise problem(f"found {short(raw)}; {bare} is allowed", f"{part}.{key}")
    try:
        value: Any = read_number(spec, plain(raw)).value
        return value if value is None or option.choices else float(value)
    except PydanticCustomError as error:
        raise problem(str(error), f"{part}.{key}") from None


def _check_mix(content: dict[str, Any] | None) -> None:
    if content is None:
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
