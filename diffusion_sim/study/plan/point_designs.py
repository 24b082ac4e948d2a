"""Designs: which points of the space are run. Counted before they are made, and always made in the same order."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.errors import nearest
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.drawn_again import kept_together
from diffusion_sim.study.plan.factors import Level, Settled, other_levels, problem, settle
from diffusion_sim.study.plan.spec import StudySpec
from diffusion_sim.study.plan.structures import Structures, crossing

# What random numbers are for; the first word after the study's rng.
_HYPERCUBE, _SOBOL = 1, 2


class Point(NamedTuple):
    """One set of values. number : its place, which it keeps. values : dotted path -> plain value, the same for all
    scenarios; what is not in it is the scenario's own. labels : factor of its own name -> label of its level."""

    number: int
    values: dict[str, Any]
    labels: dict[str, str]


def count_points(spec: StudySpec, settled: Sequence[Settled], scenarios: Sequence[Scenario]) -> int:
    """How many points the design has, structures apart, without making them."""
    kind = spec.design["kind"]
    if kind == "grid":
        return math.prod(len(factor.levels) for factor in settled)
    if kind == "one_at_a_time":
        return 1 + sum(len(other_levels(factor, scenarios)) for factor in settled)
    return len(spec.design["rows"]) if kind == "table" else spec.design["points"]


def make_points(
    spec: StudySpec, settled: Sequence[Settled], scenarios: Sequence[Scenario], first: int = 0
) -> list[Point]:
    """All points of the design, numbered from 0; of structures those alone that points draw, among ``settled``.

    first : of a Latin hypercube, how many points a store has; the design is then the hypercube that follows them,
    ``points`` - first points, independent of those before. Raises StudyError for a row of a table.
    """
    kind = spec.design["kind"]
    if kind == "table":
        return _table(spec, settled, scenarios)
    chosen: Iterator[Sequence[tuple[Settled, Level]]]
    if kind == "grid":
        chosen = itertools.product(*([(factor, level) for level in factor.levels] for factor in settled))
    elif kind == "one_at_a_time":
        alone = ([(factor, level)] for factor in settled for level in other_levels(factor, scenarios))
        chosen = itertools.chain([[]], alone)
    else:
        chosen = _drawn(spec, settled, first)
    return [_point(first + number, pairs) for number, pairs in enumerate(chosen)]


def _point(number: int, pairs: Sequence[tuple[Settled, Level]]) -> Point:
    values: dict[str, Any] = {}
    labels: dict[str, str] = {}
    for factor, level in pairs:
        values |= level.values
        if level.label:
            labels[factor.name] = level.label
    return Point(number, values, labels)


# ---- structures ------------------------------------------------------------------------------------------------------


def crossed(points: Sequence[Point], variants: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Each point under each structure, which vary fastest, numbered from 0."""
    pairs = itertools.product(points, variants)
    return [Point(number, point.values | words, point.labels) for number, (point, words) in enumerate(pairs)]


def without(points: Sequence[Point], structures: Structures | None) -> list[Point]:
    """The points of the space, which stand in ``points`` under several structures, by their numbers in the space."""
    structures = crossing(structures)
    names = () if structures is None else [factor.name for factor in structures.factors]
    found: dict[int, Point] = {}
    for point, base in zip(points, bases_of(points, structures).values(), strict=True):
        values = {path: value for path, value in point.values.items() if path not in names}
        found.setdefault(base, Point(base, values, point.labels))
    return list(found.values())


def bases_of(points: Sequence[Point], structures: Structures | None) -> dict[int, int]:
    """Number of a point -> number in the space, structures apart: it decides the seeds. Without structures they are the
    same, and where points draw their structures. A table may say a row twice: these are two points of the space."""
    structures = crossing(structures)
    if structures is None:
        return {point.number: point.number for point in points}
    names = {factor.name for factor in structures.factors}
    bases: dict[tuple[str, int], int] = {}
    alike: Counter[str] = Counter()
    found = {}
    for point in points:
        values = sorted(point.values.items())
        whole, rest = (repr((said, point.labels)) for said in (values, [v for v in values if v[0] not in names]))
        alike[whole] += 1
        found[point.number] = bases.setdefault((rest, alike[whole]), len(bases))
    return found


# ---- drawn -----------------------------------------------------------------------------------------------------------


def _drawn(spec: StudySpec, settled: Sequence[Settled], first: int) -> Iterator[list[tuple[Settled, Level]]]:
    count = spec.design["points"] - first
    chances = unit_points(spec.design["kind"], count, len(settled), spec.rng, first)
    columns: list[list[Level]] = []
    for factor, column in zip(settled, chances.T, strict=True):
        if factor.levels:
            rows = np.minimum((column * len(factor.levels)).astype(int), len(factor.levels) - 1)
            columns.append([factor.levels[row] for row in rows])
        else:
            assert factor.quantile is not None
            columns.append([Level("", {factor.name: value}) for value in factor.quantile(column)])
    for number, levels in enumerate(zip(*columns, strict=True), first):
        said = {path: value for level in levels for path, value in level.values.items()}
        said = kept_together(settled, said, [spec.rng, number])
        yield [(factor, _as_said(factor, level, said)) for factor, level in zip(settled, levels, strict=True)]


def _as_said(factor: Settled, level: Level, said: Mapping[str, Any]) -> Level:
    return level if factor.levels else Level("", {factor.name: said[factor.name]})


def unit_points(kind: str, count: int, factors: int, rng: int, first: int = 0) -> np.ndarray:
    """Points in the unit cube, float[count, factors] in [0, 1), from the study's ``rng``.

    latin_hypercube: each factor's n equal slices hold one point each. sobol: Owen-scrambled; fewer points are the first
    of more. Source: scipy.stats.qmc with the generator ``default_rng([rng, 1 or 2, first])``.
    """
    from scipy.stats import qmc

    if count == 0:
        return np.empty((0, factors))
    if kind == "latin_hypercube":
        return _sampler(qmc.LatinHypercube, factors, [rng, _HYPERCUBE, first]).random(count)
    sampler = _sampler(qmc.Sobol, factors, [rng, _SOBOL, 0])
    return sampler.random(1 << (count - 1).bit_length())[:count]  # whole powers of two: fewer are warned of


def _sampler(kind: Any, factors: int, words: list[int]) -> Any:
    generator = np.random.default_rng(words)
    try:
        return kind(factors, rng=generator)
    except TypeError:  # SciPy before 1.15
        return kind(factors, seed=generator)


# ---- given -----------------------------------------------------------------------------------------------------------


def _table(spec: StudySpec, settled: Sequence[Settled], scenarios: Sequence[Scenario]) -> list[Point]:
    """Points of a table; each different value of a column is checked once."""
    labelled = {factor.name: {level.label: level for level in factor.levels} for factor in settled}
    rows: list[Mapping[str, Any]] = spec.design["rows"]
    places = spec.design["places"]
    known: dict[tuple[str, str], Level] = {}
    points = []
    for number, (row, place) in enumerate(zip(rows, places, strict=True)):
        values: dict[str, Any] = {}
        labels: dict[str, str] = {}
        for name, raw in row.items():
            said = (name, repr(raw))
            if said not in known:
                key = f"design, {place}, column {name}"
                known[said] = _cell(name, raw, labelled, scenarios, spec.where, key)
            values |= known[said].values
            if known[said].label:
                labels[name] = known[said].label
        points.append(Point(number, values, labels))
    return points


def _cell(
    name: str, raw: Any, labelled: Mapping[str, Mapping[str, Level]], scenarios: Sequence[Scenario], where: str,
    key: str,
) -> Level:  # fmt: skip
    if name not in labelled:
        return Level("", settle(scenarios, {name: raw}, where, key))
    levels = labelled[name]
    label = str(raw)
    if label not in levels:
        text = f"found {label[:60]!r}; one of {', '.join(levels)} is allowed{nearest(label, levels)}"
        raise problem(where, key, text)
    return levels[label]
