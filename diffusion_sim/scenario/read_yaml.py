"""One YAML file to plain dicts, lists, texts, numbers and booleans, or one ScenarioError.

The file is read event by event, never through YAML's own object construction, which has many surprises. Here tags,
merge keys, second documents and double keys are refused, and size, depth and expanded aliases are limited. Only
``true`` and ``false`` are booleans, only decimal numbers are numbers: ``no``, ``on``, ``2024-09-01``, ``1:30``,
``1_000`` and ``0012`` stay text as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from diffusion_sim.errors import ScenarioError

MAX_BYTES = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 12

# The C parser is several times faster; the Python one gives the same events where libyaml is missing.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_text(path: Path) -> str:
    """The text of a UTF-8 file of at most 1 MB. Raises ScenarioError: missing, a folder, unreadable, not UTF-8."""
    try:
        if path.is_dir():
            raise ScenarioError(f"{path}: is a folder; give the path of a scenario's YAML file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ScenarioError(f"{path}: {size:,} bytes; a scenario file has at most {MAX_BYTES:,}")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)  # a pipe or device has no size to check before
    except FileNotFoundError:
        raise ScenarioError(f"{path}: no such file") from None
    except (OSError, ValueError) as problem:
        raise ScenarioError(f"{path}: cannot be read ({problem})") from None
    if len(raw) > MAX_BYTES:
        raise ScenarioError(f"{path}: more than {MAX_BYTES:,} bytes; a scenario file has at most that")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ScenarioError(
            f"{path}: byte {problem.start + 1:,} (0x{raw[problem.start]:02x}) is not UTF-8 text; save the file as UTF-8"
        ) from None


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """The mapping that ``text`` holds; ``where`` names it in errors. Raises ScenarioError for everything else."""
    try:
        return _Reader(where).read(text, _LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        _what_we_refuse(text, where)
        if not isinstance(problem, yaml.YAMLError):
            raise ScenarioError(f"{where}: not readable as YAML ({problem})") from None
        raise ScenarioError(f"{where}{_explain(problem, text)}") from None


def _what_we_refuse(text: str, where: str) -> None:
    """After the library's parser has failed: raise the ScenarioError of the first of our own rules that ``text``
    breaks.

    The fast parser reads ahead of the events it gives, and its versions have different limits of their own. The slow
    parser gives each event as soon as it has read it, so that our limits come first.
    """
    with suppress(yaml.YAMLError, ValueError, RecursionError):
        _Reader(where).read(text, yaml.SafeLoader)


def scalar(text: str) -> Any:
    """What an unquoted YAML scalar means here: None, bool, int, float or the text itself."""
    lower = text.lower()
    if lower in _WORDS and (text in ("~", "") or text in (lower, lower.capitalize(), lower.upper())):
        return _WORDS[lower]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= 20 else float(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if lower in _NOT_FINITE:
        return float(_NOT_FINITE[lower])
    return text


def _explain(problem: yaml.YAMLError, text: str) -> str:
    mark = getattr(problem, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark is not None else ""
    said = getattr(problem, "problem", None) or getattr(problem, "reason", None) or str(problem).splitlines()[0]
    lines = text.split("\n")
    if mark is not None and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return f"{line}: a tab; YAML is indented with spaces"
    context = getattr(problem, "context", None)
    return f"{line}: not readable as YAML ({(context + ': ') if context else ''}{said})"


class _Reader:
    """Builds values from parser events; counts nodes as if every alias were written out."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.nodes = 0
        self.events: Iterator[Any] = iter(())
        self.anchors: dict[str, tuple[Any, int, int] | None] = {}  # value, nodes, depth; None while being built

    def read(self, text: str, loader: Any) -> dict[str, Any]:
        self.events = yaml.parse(text, Loader=loader)
        document, documents = None, 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.error(event, "a second document begins; a scenario file holds one")
                document = self.value(next(self.events), "", 1)[0]
        if documents == 0 or document is None:
            raise ScenarioError(f"{self.where}: is empty; a scenario is a mapping of keys to values")
        if not isinstance(document, dict):
            kind = "a list" if isinstance(document, list) else f"a single value ({document!r:.60})"
            raise ScenarioError(f"{self.where}: holds {kind}; a scenario is a mapping of keys to values")
        return document

    def error(self, event: Any, text: str, key: str = "") -> ScenarioError:
        return ScenarioError(f"{self.where}, line {event.start_mark.line + 1}{', ' + key if key else ''}: {text}")

    def count(self, event: Any, nodes: int, depth: int, key: str) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self.error(event, f"more than {MAX_NODES:,} values once aliases are written out", key)
        if depth > MAX_DEPTH:
            raise self.error(event, f"more than {MAX_DEPTH} levels deep", key[:80])

    def value(self, event: Any, key: str, depth: int) -> tuple[Any, int]:
        """(value, its own depth) of the node that begins with ``event``; ``depth`` is the level it stands on."""
        if isinstance(event, yaml.AliasEvent):
            known = self.anchors.get(str(event.anchor))
            if known is None:
                problem = "refers to itself" if event.anchor in self.anchors else "has no anchor (&name) before it"
                raise self.error(event, f"the alias *{event.anchor} {problem}", key)
            self.count(event, known[1], depth + known[2] - 1, key)
            return known[0], known[2]
        if event.tag is not None:
            raise self.error(event, f"the tag {event.tag} is not allowed; write plain values", key)
        self.count(event, 1, depth, key)
        before = self.nodes
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            result, height = (scalar(event.value) if event.implicit[0] else event.value), 1
        elif isinstance(event, yaml.SequenceStartEvent):
            result, height = self.sequence(key, depth)
        else:
            result, height = self.mapping(key, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (result, self.nodes - before + 1, height)
        return result, height

    def sequence(self, key: str, depth: int) -> tuple[list[Any], int]:
        result: list[Any] = []
        height = 0
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            item, item_height = self.value(event, f"{key}[{len(result)}]", depth + 1)
            result.append(item)
            height = max(height, item_height)
        return result, height + 1

    def mapping(self, key: str, depth: int) -> tuple[dict[str, Any], int]:
        result: dict[str, Any] = {}
        lines: dict[str, int] = {}
        height = 0
        while True:
            event: Any = next(self.events)
            if isinstance(event, yaml.MappingEndEvent):
                return result, height + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise self.error(event, "a key is a list, a mapping or an alias; keys are words", key)
            if event.tag is not None:
                raise self.error(event, f"the tag {event.tag} is not allowed; write plain keys", key)
            name = event.value  # as written: the key `on` or `1` is that text
            path = f"{key}.{name}" if key else name
            if name == "<<" and event.implicit[0]:
                raise self.error(event, "merge keys (<<) are not allowed; write the keys out", key)
            if name in result:
                raise self.error(event, f"the key stands twice, first on line {lines[name]}", path)
            lines[name] = event.start_mark.line + 1  # type: ignore[union-attr]
            result[name], item_height = self.value(next(self.events), path, depth + 1)
            height = max(height, item_height)
