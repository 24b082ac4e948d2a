"""The factors of a study: which numbers vary, over which levels, ranges or distributions.

``read_space`` checks what the file says by itself; ``settle_factors`` checks it against the scenarios and gives levels
and quantile functions whose values the scenarios accept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.errors import ScenarioError, StudyError, nearest
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.numbers import ScenarioNumber, short
from diffusion_sim.scenario.parts import ID
from diffusion_sim.study.plan.distributions import (
    NAMES,
    Distribution,
    finite,
    make_distribution,
)

PLAUSIBLE = "plausible"
MOST_LEVELS = 10_000
MOST_POINTS = 1_000_000
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.+-]{0,39}")
_FORMS = (
    "a list of values, {range: [low, high]} with or without levels:, {range: plausible}, or {distribution: name, ...}"
)


Quantile = Callable[[NDArray[np.float64]], list[Any]]


class Level(NamedTuple):
    """One level of a factor. label : its name, "" where the value says it all. values : dotted path -> value."""

    label: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Factor:
    """One line of ``space``: a dotted path that varies, or a name of its own with labelled levels.

    levels : as stated, () where it is continuous; low, high, plausible, count, unit : of a range; said : the file's
    words as plain JSON, mappings whose order counts as lists of pairs.
    """

    name: str
    said: Any
    levels: tuple[Level, ...] = ()
    low: float | None = None
    high: float | None = None
    plausible: bool = False
    count: int | None = None
    unit: str | None = None
    distribution: Distribution | None = field(default=None, compare=False)  # said says it, too

    @property
    def labelled(self) -> bool:
        """True for a factor of its own name, whose levels have labels."""
        return "." not in self.name

    @property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths that it sets."""
        if not self.labelled:
            return (self.name,)
        return tuple(dict.fromkeys(path for level in self.levels for path in level.values))


class Settled(NamedTuple):
    """A factor that the scenarios accept. levels : with plain values, () where continuous; quantile :
    chances in [0, 1), float[n] -> list of n values, None where it has levels."""

    name: str
    paths: tuple[str, ...]
    levels: tuple[Level, ...]
    quantile: Quantile | None


def problem(where: str, key: str, text: str) -> StudyError:
    """An error that names file and key."""
    return StudyError(f"{where}, {key[:120]}: {text}")


def check_path(path: Any, where: str, key: str) -> str:
    """A dotted path that may vary. Raises StudyError for one of a strategy's own."""
    if not isinstance(path, str) or "." not in path:
        raise problem(where, key, f"found {short(path)}; a dotted path such as trial.q is allowed")
    if path.split(".")[0] == "strategy":
        raise problem(
            where, key, "runs name their strategies by id, and an id replaces the scenario's strategy block, so this "
            "changes nothing; define strategies in the scenario (strategies: {my_id: {...}}), name their ids, and vary "
            "their options by strategies.my_id.content.practice and the like"
        )  # fmt: skip
    return path


# ---- what the file says ----------------------------------------------------------------------------------------------


def read_space(raw: Any, where: str) -> tuple[Factor, ...]:
    """The factors of ``space``. Raises StudyError: no mapping, a form that is not allowed, one path set twice."""
    if not isinstance(raw, Mapping) or not raw:
        raise problem(where, "space", f"found {short(raw)}; a mapping of dotted path to {_FORMS} is allowed")
    factors = tuple(_factor(name, said, where) for name, said in raw.items())
    set_by: dict[str, str] = {}
    for factor in factors:
        for path in factor.paths:
            if path in set_by:
                text = f"{path} is set by {set_by[path]}, too; one factor sets a number"
                raise problem(where, f"space.{factor.name}", text)
            set_by[path] = factor.name
    return factors


def _factor(name: str, said: Any, where: str) -> Factor:
    key = f"space.{name}"
    if not isinstance(name, str):
        raise problem(where, key, f"found {short(name)}; a dotted path or a name is allowed")
    if "." not in name:
        return _labelled(name, said, where, key)
    check_path(name, where, key)
    if isinstance(said, list):
        if not 1 <= len(said) <= MOST_LEVELS:
            raise problem(where, key, f"found {len(said)} levels; a list of 1 to {MOST_LEVELS:,} values is allowed")
        return Factor(name, said, levels=tuple(Level("", {name: value}) for value in said))
    if isinstance(said, Mapping) and "range" in said:
        return _range(name, dict(said), where, key)
    if isinstance(said, Mapping) and "distribution" in said:
        return Factor(name, dict(said), distribution=make_distribution(dict(said), where, key))
    raise problem(where, key, f"found {short(said)}; {_FORMS} is allowed ({', '.join(NAMES)})")


def _labelled(name: str, said: Any, where: str, key: str) -> Factor:
    """``{levels: {label: {path: value}}}``."""
    if not ID.fullmatch(name):
        raise problem(where, key, "a factor is a dotted path, or a name of lower-case letters, digits and _")
    levels = said.get("levels") if isinstance(said, Mapping) and set(said) == {"levels"} else None
    if not isinstance(levels, Mapping) or not levels:
        raise problem(
            where, key, f"found {short(said)}; a name without a dot is a factor of labelled levels, "
            "{levels: {label: {dotted.path: value}}}; a number that varies is a dotted path"
        )  # fmt: skip
    found = []
    for label, values in levels.items():
        if not isinstance(label, str) or not _LABEL.fullmatch(label):
            raise problem(where, f"{key}.levels", f"found {short(label)}; a label is 1 to 40 letters, digits, _ . + -")
        if not isinstance(values, Mapping):
            text = f"found {short(values)}; a mapping of dotted path to value is allowed"
            raise problem(where, f"{key}.levels.{label}", text)
        for path in values:
            check_path(path, where, f"{key}.levels.{label}.{path}")
        found.append(Level(label, dict(values)))
    return Factor(name, {"levels": [[level.label, level.values] for level in found]}, levels=tuple(found))


def _range(name: str, said: dict[str, Any], where: str, key: str) -> Factor:
    for other in said:
        if other not in ("range", "levels", "unit"):
            text = f"unknown key{nearest(str(other), ('levels', 'unit')) or '.'} Allowed: range, levels, unit"
            raise problem(where, f"{key}.{other}", text)
    count, unit = said.get("levels"), said.get("unit")
    if "levels" in said and (isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= MOST_LEVELS):
        text = f"found {short(count)}; a whole number from 2 to {MOST_LEVELS:,} is allowed, or a list instead of range"
        raise problem(where, f"{key}.levels", text)
    if "unit" in said and not isinstance(unit, str):
        raise problem(where, f"{key}.unit", f"found {short(unit)}; the number's unit, or percent, is allowed")
    ends = said["range"]
    if ends == PLAUSIBLE:
        if unit is not None:
            raise problem(where, f"{key}.unit", "the plausible range has the number's own unit; leave unit out")
        return Factor(name, said, plausible=True, count=count)
    if not isinstance(ends, list) or len(ends) != 2:
        raise problem(where, f"{key}.range", f"found {short(ends)}; [low, high] or {PLAUSIBLE} is allowed")
    low, high = (finite(end, where, f"{key}.range") for end in ends)
    if not low < high:
        raise problem(where, f"{key}.range", f"found [{low:g}, {high:g}]; [low, high] with low < high is allowed")
    return Factor(name, said, low=low, high=high, count=count, unit=unit)


# ---- what the scenarios accept ---------------------------------------------------------------------------------------


def clean(number: float) -> float:
    """Twelve significant digits: .08 + .08 is .16, not .16000000000000003."""
    return float(f"{number:.12g}")


def settle(scenarios: Sequence[Scenario], values: Mapping[str, Any], where: str, key: str) -> dict[str, Any]:
    """``values`` as the scenarios hold them: whole where they are whole, per cent as shares. Raises StudyError."""
    settled: dict[str, Any] = {}
    for scenario in scenarios:
        try:
            changed = _free(scenario, values).override(values)
            found = {path: changed[path] for path in values}
        except ScenarioError as error:
            raise problem(where, key, str(error)) from None
        if settled and found != settled:
            raise problem(where, key, f"scenarios read it differently: {settled} and {found}")
        settled = found
    return settled


def _free(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario without what dates of events and years of the programme have to do with each other: other factors
    may change that, so whether they go together is judged of whole points (``cases``)."""
    if not scenario.events:
        return scenario
    if any(path.startswith("events.") for path in values):
        return scenario.override({"programme.years_support": 20, "programme.years_after": 20})
    return replace(scenario, events=())


def settle_factors(
    factors: Sequence[Factor], scenarios: Sequence[Scenario], where: str, under: str = "space."
) -> list[Settled]:
    """The factors as the scenarios accept them. Raises StudyError: unknown path, out of bounds, two levels alike."""
    return [_settled(factor, scenarios, where, under + factor.name) for factor in factors]


def other_levels(factor: Settled, scenarios: Sequence[Scenario]) -> list[Level]:
    """Levels that are not every scenario's own: those are the base point already."""
    return [
        level
        for level in factor.levels
        if any(scenario[path] != value for scenario in scenarios for path, value in level.values.items())
    ]


def _settled(factor: Factor, scenarios: Sequence[Scenario], where: str, key: str) -> Settled:
    if factor.levels:
        levels = []
        for level in factor.levels:
            place = f"{key}.levels.{level.label}" if level.label else key
            levels.append(Level(level.label, settle(scenarios, level.values, where, place)))
        return Settled(factor.name, factor.paths, _different(levels, where, key), None)
    number = _number(factor.name, scenarios[0], where, key)
    if factor.distribution is not None:
        return Settled(
            factor.name, factor.paths, (), _drawn(factor.distribution, number, scenarios, factor, where, key)
        )
    low, high = _ends(factor, number, scenarios, where, key)
    if factor.count is not None:
        steps = np.linspace(low, high, factor.count).tolist()
        values = [round(step) if number.integer else min(max(clean(step), low), high) for step in steps]
        if len(set(values)) < len(values):
            text = f"{factor.count} levels from {low:g} to {high:g} are not {factor.count} different whole numbers"
            raise problem(where, f"{key}.levels", text)
        return Settled(factor.name, factor.paths, tuple(Level("", {factor.name: value}) for value in values), None)
    return Settled(factor.name, factor.paths, (), _uniform(low, high, number.integer))


def _different(levels: list[Level], where: str, key: str) -> tuple[Level, ...]:
    seen: dict[str, str] = {}
    for level in levels:
        said = repr(sorted(level.values.items()))
        if said in seen:
            both = f"'{seen[said]}' and '{level.label}' set" if level.label else "stands twice:"
            raise problem(where, key, f"{both} the same values {level.values}; levels differ")
        seen[said] = level.label
    return tuple(levels)


def _number(path: str, scenario: Scenario, where: str, key: str) -> ScenarioNumber:
    """What is known of a number that is to vary continuously. Raises StudyError: unknown path, a word."""
    try:
        value = scenario[path]
        if path in scenario.numbers:
            number = scenario.number(path)
        else:  # an option of the scenario's own strategies, or a number of a dated event
            event = ScenarioNumber(value, "", None, None, "", "", True, integer=isinstance(value, int))
            number = scenario.option(path) or event
    except ScenarioError as error:
        raise problem(where, key, str(error)) from None
    if number.choices or isinstance(value, bool | str | list):
        raise problem(where, key, f"is a word ({short(value)}); a list of values is allowed")
    return number


def _ends(factor: Factor, number: ScenarioNumber, scenarios: Sequence[Scenario], where: str, key: str) -> tuple:
    if not factor.plausible:
        form = [{"value": end, "unit": factor.unit} if factor.unit else end for end in (factor.low, factor.high)]
        low, high = (settle(scenarios, {factor.name: end}, where, f"{key}.range")[factor.name] for end in form)
        return low, high
    ranges = {scenario.number(factor.name).range for scenario in scenarios if factor.name in scenario.numbers}
    found = number.range
    if found is None or found[0] == found[1]:
        raise problem(where, f"{key}.range", "has no plausible range of its own; write [low, high]")
    if len(ranges) > 1:
        said = " and ".join(sorted(f"{low:g} to {high:g}" for low, high in (pair or (0, 0) for pair in ranges)))
        raise problem(where, f"{key}.range", f"the scenarios' plausible ranges differ ({said}); write [low, high]")
    return found


def _uniform(low: Any, high: Any, integer: bool) -> Quantile:
    """Every whole number from low to high as likely as another, or uniform between them."""
    if integer:
        return lambda chances: [min(low + math.floor(chance * (high - low + 1)), high) for chance in chances.tolist()]
    return lambda chances: [min(max(clean(low + chance * (high - low)), low), high) for chance in chances.tolist()]


def _drawn(
    distribution: Distribution, number: ScenarioNumber, scenarios: Sequence[Scenario], factor: Factor, where: str,
    key: str,
) -> Quantile:  # fmt: skip
    """The quantile function. Raises StudyError where the distribution reaches values that are not allowed."""
    low, high = distribution.low, distribution.high
    bounds = number.bounds or (-math.inf, math.inf)
    for name, end, bound in (("low", low, bounds[0]), ("high", high, bounds[1])):
        if math.isfinite(end):
            settle(scenarios, {factor.name: end}, where, f"{key}.{name}")
        elif math.isfinite(bound):
            text = f"{distribution.name} without {name}: reaches values that are not allowed; {number.allowed} is"
            raise problem(where, key, f"{text}. Write {name}:")

    def values(chances: NDArray[np.float64]) -> list[Any]:
        drawn = [min(max(clean(value), low), high) for value in distribution.quantile(chances).tolist()]
        return [round(value) for value in drawn] if number.integer else drawn

    return values
