"""Which runs a study consists of: points, blocks and keys, one after another, never all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.errors import DiffusionSimError, StudyError, nearest
from diffusion_sim.scenario import Scenario, load_scenario, scenario_ids
from diffusion_sim.strategies import make_strategy
from diffusion_sim.study.plan.arms_and_seeds import arms_of, seeds_of
from diffusion_sim.study.plan.factors import MOST_POINTS, Settled, problem, settle_factors
from diffusion_sim.study.plan.point_designs import Point, bases_of, count_points, crossed, make_points
from diffusion_sim.study.plan.run_keys import Keys
from diffusion_sim.study.plan.run_seconds import about_seconds
from diffusion_sim.study.plan.spec import COMMON, StudySpec
from diffusion_sim.study.plan.structures import crossing, drawn_factors, variants

_MOST_CASES = 64  # scenarios with a point's values that are kept
_MOST_DATED = 20_000  # combinations of dates that are checked before anything runs


class Block(NamedTuple):
    """One scenario, point and replicate: one seed, all strategies on it, or those of them that are to be run. keys : of
    the runs, by strategy. with_none : ``none`` is another strategy of the seed, and has not crashed."""

    scenario: str
    point: int
    replicate: int
    seed: int
    strategies: tuple[str, ...]
    keys: tuple[str, ...]
    with_none: bool = False


class Plan:
    """What is to be run. Nothing is kept per run.

    spec. scenarios : id -> Scenario, ``set`` in it. points : in the order of their numbers. arms : scenario id ->
    strategies, the baseline first where the list does not name it. structures : how many each point of the space is run
    under. paths : dotted paths that vary, the columns p.<path> and structure.<key>. factors : of their own names, the
    columns label.<factor>. inputs : scenario id -> digest of the scenario
    and hashes of the files it reads, plain JSON. code : scenario id -> strategy with code of the user's own -> hash of
    that code. allow_code : may own strategies' code run.
    """

    def __init__(self, spec: StudySpec, checked: _Checked, points: Sequence[Point], allow_code: bool) -> None:
        self.spec = spec
        self.scenarios = checked.scenarios
        self.arms = checked.arms
        self.points = list(points)
        self.structures = len(checked.variants)
        self.allow_code = allow_code
        self.paths = tuple(dict.fromkeys(_paths(spec, checked.settled) + [p for q in points for p in q.values]))
        named = [factor.name for factor in spec.space if factor.labelled]
        self.factors = tuple(dict.fromkeys(named + [name for point in points for name in point.labels]))
        self._keys = {
            name: Keys(scenario, self.arms[name], self.paths, spec.where) for name, scenario in self.scenarios.items()
        }
        self.inputs = {
            name: {"digest": scenario.digest, "files": self._keys[name].files}
            for name, scenario in self.scenarios.items()
        }
        self.code = {name: keys.code for name, keys in self._keys.items()}
        self._by_number = {point.number: point for point in self.points}
        self._bases = bases_of(self.points, spec.structure)
        self._case = lru_cache(maxsize=_MOST_CASES)(self._make_case)

    def point(self, number: int) -> Point:
        """The point of this number. Raises StudyError where there is none."""
        if number not in self._by_number:
            raise StudyError(f"{self.spec.where}: there is no point {number}")
        return self._by_number[number]

    def case(self, scenario: str, point: int) -> Scenario:
        """The scenario with the point's values. Raises StudyError for an unknown one, ScenarioError for values that
        do not go together."""
        return self._case(scenario, point)

    def _make_case(self, scenario: str, point: int) -> Scenario:
        if scenario not in self.scenarios:
            raise StudyError(f"{self.spec.where}: there is no scenario '{scenario}'")
        values = self.point(point).values
        return self.scenarios[scenario].override(values) if values else self.scenarios[scenario]

    def worlds(self) -> list[Scenario]:
        """Cases whose worlds may differ in size: of all points where these change the population, else of the first."""
        many = any(path.startswith("population.") for path in self.paths)
        points = self.points if many else self.points[:1]
        return [self.case(name, point.number) for name in self.scenarios for point in points]

    def values(self, scenario: str, point: int) -> dict[str, Any]:
        """Value of every dotted path that varies in the study, the scenario's own where the point says nothing."""
        own, stated = self.scenarios[scenario], self.point(point).values
        return {path: stated[path] if path in stated else own[path] for path in self.paths}

    def base(self, point: int) -> int:
        """A point's number in the space, structures apart; points that share it have the same seeds."""
        return self._bases[point]

    def seed(self, point: int, replicate: int) -> int:
        """The seed of a block."""
        if self.spec.seeds == COMMON:
            return seeds_of(self.spec.rng, replicate + 1)[replicate]
        return seed_of(self.spec.rng, self._bases[point], replicate)

    @property
    def runs(self) -> int:
        """How many runs it has (at most, with ``precision``)."""
        return self.spec.replicates * len(self.points) * sum(len(arms) for arms in self.arms.values())

    @cached_property
    def differences(self) -> dict[str, list[bytes]]:
        """What each point changes, by scenario, as keys take it: the same in all replicates."""
        return {name: [keys.difference(point.values) for point in self.points] for name, keys in self._keys.items()}

    def blocks(self, mine: Callable[[int, int, int], bool] | None = None) -> Iterator[Block]:
        """Its blocks, replicate-major: for each replicate, each scenario, each point.

        mine : of a scenario's place, a point's number and a replicate, whether the block is wanted (None = all are).
        """
        common = seeds_of(self.spec.rng, self.spec.replicates) if self.spec.seeds == COMMON else None
        for replicate in range(self.spec.replicates):
            for place, (name, keys) in enumerate(self._keys.items()):
                arms = self.arms[name]
                for point, difference in zip(self.points, self.differences[name], strict=True):
                    if mine is not None and not mine(place, point.number, replicate):
                        continue
                    base = self._bases[point.number]
                    seed = common[replicate] if common else seed_of(self.spec.rng, base, replicate)
                    yield Block(name, point.number, replicate, seed, arms, keys.of(difference, arms, seed))


def seed_of(rng: int, point: int, replicate: int) -> int:
    """A point's own seed, below 2**53; the same whatever the numbers of points and replicates.

    Source: the upper 53 bits of the first 64-bit word of NumPy's ``SeedSequence([rng, point, replicate])``.
    """
    return int(np.random.SeedSequence([rng, point, replicate]).generate_state(1, np.uint64)[0] >> np.uint64(11))


# ---- making a plan ---------------------------------------------------------------------------------------------------


class _Checked(NamedTuple):
    scenarios: dict[str, Scenario]
    arms: dict[str, tuple[str, ...]]
    settled: list[Settled]  # factors of the space, then structures that points draw
    variants: list[dict[str, Any]]  # structures


def make_plan(spec: StudySpec, allow_code: bool = False, points: Sequence[Point] | None = None) -> Plan:
    """The runs of a study; ``points`` = those of a store, taken as they are.

    Raises StudyError (file and key in it): a design too large, values that a scenario does not take, two points alike
    on common seeds; ScenarioError, StrategyError: what is wrong in a scenario itself.
    """
    checked = check(spec, allow_code)
    if points is None:
        points = crossed(make_points(spec, checked.settled, list(checked.scenarios.values())), checked.variants)
        check_together(spec, checked, points)
    plan = Plan(spec, checked, points, allow_code)
    _check_size(spec, checked, len(plan.points))
    if spec.seeds == COMMON or crossing(spec.structure) is not None:
        _check_different(plan)
    return plan


def check(spec: StudySpec, allow_code: bool = False) -> _Checked:
    """All that can be checked without making points. Raises as ``make_plan`` does."""
    scenarios = _scenarios(spec, allow_code)
    arms = {}
    for name, scenario in scenarios.items():
        try:
            arms[name] = tuple(arms_of(scenario, spec.strategies, spec.baseline, allow_code))
        except DiffusionSimError as error:
            key = "" if str(error).startswith("strategies") else f"{_arms_key(spec, scenario, allow_code)}: "
            raise StudyError(f"{spec.where}, scenario '{name}', {key}{error}") from None
    if spec.precision is not None:
        _check_contrast(spec, arms)
    several = list(scenarios.values())
    settled = settle_factors(spec.space, several, spec.where)
    settled += settle_factors(drawn_factors(spec.structure), several, spec.where, under="")
    for path in _paths(spec, settled):
        if path in spec.set:
            raise problem(spec.where, f"set.{path}", "it varies, too; let one of set and the design do it")
    checked = _Checked(scenarios, arms, settled, variants(spec.structure, several, spec.where))
    _check_size(spec, checked, count_points(spec, settled, several) * len(checked.variants))
    return checked


def _arms_key(spec: StudySpec, scenario: Scenario, allow_code: bool) -> str:
    """Which key of the file names a strategy that cannot be made."""
    for name in spec.strategies or ():
        try:
            make_strategy(name, scenario, allow_code)
        except DiffusionSimError:
            return "strategies"
    try:
        make_strategy(spec.baseline, scenario, allow_code)
    except DiffusionSimError:
        return "baseline"
    return "compare"


def _paths(spec: StudySpec, settled: Sequence[Settled]) -> list[str]:
    """Dotted paths that vary: those of ``space``, then a table's columns, then structures."""
    paths = [path for factor in settled for path in factor.paths]
    if spec.design["kind"] == "table":
        paths += [name for name in spec.design["rows"][0] if "." in name]
    structures = crossing(spec.structure)  # those that points draw are settled factors
    return paths + ([] if structures is None else [factor.name for factor in structures.factors])


def _scenarios(spec: StudySpec, allow_code: bool) -> dict[str, Scenario]:
    """id -> scenario with ``set`` in it."""
    found: dict[str, Scenario] = {}
    for row, name in enumerate(spec.scenarios):
        key = f"scenarios[{row}]"
        place: str | Path = name
        if name not in scenario_ids() and spec.path is not None:
            beside = spec.path.parent / name
            try:
                place = beside if beside.exists() else name
            except (OSError, ValueError):
                place = name
        try:
            scenario = load_scenario(place, allow_code)
        except DiffusionSimError as error:
            raise problem(spec.where, key, str(error)) from None
        if scenario.id in found:
            raise problem(spec.where, key, f"a second scenario with the id '{scenario.id}'; ids tell runs apart")
        try:
            found[scenario.id] = scenario.override(spec.set)
        except DiffusionSimError as error:
            raise problem(spec.where, "set", str(error)) from None
    return found


def _check_contrast(spec: StudySpec, arms: dict[str, tuple[str, ...]]) -> None:
    assert spec.precision is not None
    for name in (spec.precision.strategy, spec.precision.baseline):
        for scenario, its in arms.items():
            if name not in its:
                text = f"'{name}' is not run in scenario '{scenario}'; one of {', '.join(its)} is allowed"
                raise problem(spec.where, "precision.contrast", text + nearest(name, its))


def _check_size(spec: StudySpec, checked: _Checked, points: int) -> None:
    if points > MOST_POINTS:
        text = f"{points:,} points; at most {MOST_POINTS:,} are allowed. Fewer factors or levels, or a drawn design"
        raise problem(spec.where, "design", text)
    arms = sum(len(its) for its in checked.arms.values())
    runs = points * spec.replicates * arms
    if runs <= spec.at_most_runs:
        return
    hours = sum(
        about_seconds(scenario, points * spec.replicates * len(checked.arms[name]))
        for name, scenario in checked.scenarios.items()
    )
    text = (
        f"{points:,} points x {spec.replicates:,} replicates x {arms} strategies are {runs:,} runs, about "
        f"{hours / 3600:,.0f} hours on one processor; at most {spec.at_most_runs:,} are allowed. Fewer levels, points "
        "or replicates, or a larger at_most_runs: (up to 100,000,000)"
    )
    raise problem(spec.where, "design", text)


def check_together(spec: StudySpec, checked: _Checked, points: Sequence[Point]) -> None:
    """Values are accepted one by one; dates of events have to go together with each other and the years, too."""
    dated = [path for path in _paths(spec, checked.settled) if path.startswith(("events.", "programme.years_"))]
    for scenario in checked.scenarios.values():
        if not dated or not scenario.events:
            continue
        seen: set[str] = set()
        for point in points:
            values = {path: point.values[path] for path in dated if path in point.values}
            said = repr(values)
            if said in seen or len(seen) >= _MOST_DATED:
                continue
            seen.add(said)
            try:
                scenario.override(values)
            except DiffusionSimError as error:
                raise problem(spec.where, f"point {point.number}", str(error)) from None


def _check_different(plan: Plan) -> None:
    """On the same seeds two points alike would be the same runs twice."""
    common = plan.spec.seeds == COMMON
    for name, differences in plan.differences.items():
        seen: dict[tuple[int, bytes], int] = {}
        for point, difference in zip(plan.points, differences, strict=True):
            said = (0 if common else plan.base(point.number), difference)
            if said in seen:
                both = f"points {seen[said]} and {point.number} are the same in scenario '{name}'"
                way = ", or take seeds: by_point" if common and plan.structures == 1 else ""
                text = f"{both} ({point.values}), so their runs are, too; leave one out{way}"
                raise problem(plan.spec.where, "design" if common else "structure", text)
            seen[said] = point.number
