"""Which runs a study consists of: points, blocks and keys, one after another, never all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from diffusion_sim.scenario import Scenario
from diffusion_sim.study.spec import StudySpec


class Point(NamedTuple):
    """One set of values. number : its place, which it keeps. values : dotted path -> plain value, the same for all
    scenarios; what is not in it is the scenario's own. labels : factor of its own name -> label of its level."""

    number: int
    values: dict[str, Any]
    labels: dict[str, str]


class Block(NamedTuple):
    """One scenario, point and replicate: one seed, all strategies on it. keys : of the runs, by strategy."""

    scenario: str
    point: int
    replicate: int
    seed: int
    strategies: tuple[str, ...]
    keys: tuple[str, ...]


class Plan:
    """What is to be run. spec; scenarios : id -> Scenario, ``set`` in it; points; arms : scenario id -> strategies,
    the baseline first where the list does not name it; inputs : scenario id -> {"digest", "files"}, plain JSON."""

    spec: StudySpec
    scenarios: dict[str, Scenario]
    points: list[Point]
    arms: dict[str, tuple[str, ...]]
    inputs: dict[str, Any]

    def case(self, scenario: str, point: int) -> Scenario:
        """The scenario with the point's values."""
        raise NotImplementedError

    def values(self, scenario: str, point: int) -> dict[str, Any]:
        """Value of every dotted path that varies in the study, the scenario's own where the point says nothing."""
        raise NotImplementedError

    @property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths that vary, in the order of ``space``: the columns p.<path>."""
        raise NotImplementedError

    @property
    def factors(self) -> tuple[str, ...]:
        """Factors of their own names: the columns label.<factor>."""
        raise NotImplementedError

    def blocks(self, first: int = 0, replicates: int | None = None) -> Iterator[Block]:
        """Blocks of the replicates ``first`` to ``replicates`` - 1 (None = the study's number), replicate-major: for
        each replicate, each scenario, each point."""
        raise NotImplementedError

    @property
    def runs(self) -> int:
        """How many runs it has (at most, with ``precision``)."""
        raise NotImplementedError

    def cells(self) -> list[tuple[str, int]]:
        """(scenario, point) of every cell, in the order of blocks."""
        raise NotImplementedError


def make_plan(spec: StudySpec, allow_code: bool = False, points: Sequence[Point] | None = None) -> Plan:
    """The runs of a study; ``points`` = those of a store, taken as they are. Raises StudyError, ScenarioError."""
    raise NotImplementedError


def extend(old: Any, spec: StudySpec, allow_code: bool = False) -> list[Point]:
    """Points of a store (``old.points``, ``old.spec``) that is expanded to ``spec``: old ones keep their numbers."""
    raise NotImplementedError
