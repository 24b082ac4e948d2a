"""Runs of a study by scenario, point, strategy and replicate, and what one value of a comparison is made of.

A *unit* is what an interval counts as one independent value: a replicate of a cell; over points that are chosen (a
grid), the mean over its points at one replicate; over points that are drawn, the mean over the replicates of one point,
so that more seeds at a point do not pass for more draws of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.arms import parts_of
from diffusion_sim.analysis.crossed_points import Crossed, crossed
from diffusion_sim.analysis.intervals import Parts, divide
from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END, outcome_exists
from diffusion_sim.study.plan.factor_columns import is_factor
from diffusion_sim.study.run.stopping_rule import t_quantiles

Floats = NDArray[np.float64]

POINT, SCENARIO = "point", "scenario"
_KEPT = 6  # columns sorted into cells that are kept at hand: a measure's own and its parts
_NEEDED = ("scenario", "point", "strategy", "replicate", "seed", "status")
_NOT_OUTCOMES = {*_NEEDED, "error", "seconds", "key"}


class Cells:
    """What tables of a study are computed from. Arrays are (scenarios, points, strategies, replicates).

    scenarios, points, strategies : in order of appearance (points ascending); replicates : how many at most.
    crossed : which points differ in structures alone, None = none do.
    """

    def __init__(self, runs: pd.DataFrame, structures: Sequence[str] = ()) -> None:
        """runs : one row a run, as in ``Study.runs``; structures : its columns of structures that vary. Raises
        StudyError: columns missing, no row, a run twice."""
        for column in _NEEDED:
            if column not in runs.columns:
                raise StudyError(f"the table of runs needs a column '{column}'{nearest(column, runs.columns)}")
        if runs.empty:
            raise StudyError("the study has no runs yet; `diffusion-sim study run` makes them")
        scenario, self.scenarios = _codes(runs["scenario"])
        strategy, self.strategies = _codes(runs["strategy"])
        point, points = pd.factorize(runs["point"].to_numpy(), sort=True)
        self.points = [int(number) for number in points]
        self.crossed = crossed(runs, self.points, structures) if structures else None
        replicate = runs["replicate"].to_numpy(dtype=np.int64)
        self.replicates = int(replicate.max()) + 1
        self.size = (len(self.scenarios), len(self.points), len(self.strategies), self.replicates)
        self._place = np.ravel_multi_index((scenario, point, strategy, replicate), self.size)
        self.ended = np.zeros(self.size, dtype=bool)
        self.ended.flat[self._place] = True
        if self.ended.sum() < len(runs):
            row = runs[pd.Series(self._place, index=runs.index).duplicated()].iloc[0]
            raise StudyError(
                f"scenario '{row['scenario']}', point {row['point']}, replicate {row['replicate']}: strategy "
                f"'{row['strategy']}' occurs more than once"
            )
        self._good = (runs["status"] == "ok").to_numpy()
        # A whole study in its order, the common case, needs no sorting of values into their places.
        self._whole = len(runs) == self.ended.size and bool((np.diff(self._place) == 1).all())
        self._kept: dict[str, Floats] = {}
        self._parts: dict[str, Parts | None] = {}  # of one measure
        self.runs = runs
        self.outcomes = [
            str(name)
            for name in runs.columns
            if name not in _NOT_OUTCOMES
            and not is_factor(name)
            and pd.api.types.is_numeric_dtype(runs[name])
        ]

    def successful(self) -> None:
        """Raises StudyError where no run has succeeded."""
        if not self._good.any():
            row = self.runs.iloc[0]
            raise StudyError(
                f"none of the {len(self.runs)} runs has succeeded, so nothing can be compared; the first, strategy "
                f"'{row['strategy']}', seed {row['seed']}, says: {row.get('error') or row['status']}. "
                "Mend the cause, then `diffusion-sim study retry`"
            )

    def arm(self, strategy: str, word: str = "strategy") -> int:
        """Number of a strategy. Raises StudyError with the nearest name."""
        if strategy not in self.strategies:
            raise StudyError(
                f"{word} '{strategy}' is not in the study; it has {', '.join(self.strategies)}"
                + nearest(str(strategy), self.strategies)
            )
        return self.strategies.index(strategy)

    def column(self, name: str, wanted_by: str = "") -> Floats:
        """An outcome, read-only; NaN where it is undefined, the run failed or was not made. Raises StudyError."""
        if name not in self.outcomes:
            reason = f", which '{wanted_by}' is computed from" if wanted_by else ""
            raise StudyError(f"the runs have no column '{name}'{reason}" + nearest(name, self.outcomes))
        if name not in self._kept:
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[name] = self._sorted(name)
        return self._kept[name]

    def _sorted(self, name: str) -> Floats:
        values = self.runs[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if not self._good.all():
            values = np.where(self._good, values, np.nan)
        if self._whole:
            found = values.reshape(self.size)
        else:
            found = np.full(self.size, np.nan)
            found.flat[self._place] = values
        found = np.ascontiguousarray(found.transpose(2, 0, 1, 3)).transpose(1, 2, 0, 3)  # arm by arm: so it is read
        found.flags.writeable = False
        return found

    def parts(self, name: str) -> Parts | None:
        """As ``Arms.parts``."""
        if name not in self._parts:
            self._parts = {name: parts_of(name, self.column)}
        return self._parts[name]

    def defined(self, name: str, arm: int) -> NDArray[np.bool_]:
        """Which runs of an arm have a value, of a ratio both its parts: (scenarios, points, replicates)."""
        parts = self.parts(name)
        if parts is None:
            return np.isfinite(self.column(name)[:, :, arm])
        return np.isfinite(sum(part[:, :, arm] for pair in parts for part in pair))

    def measures(self, asked: Sequence[str] | None, kept: Sequence[str] | None = None) -> list[str]:
        """Names to show: ``asked``, else ``kept`` of the study file, else all but flows. Raises StudyError."""
        if asked is None:
            there = [name for name in kept or self.outcomes if name in self.outcomes]
            asked = [name for name in there if name.removesuffix(SUPPORT_END) in MEASURE_INFO | COMPARED]
            return [name for name in asked if outcome_exists(name, MEASURE_INFO)]
        asked = listed(asked, "measures", "those of the study")
        for name in asked:
            if name not in self.outcomes or not outcome_exists(name, MEASURE_INFO):
                known = [n for n in self.outcomes if outcome_exists(n, MEASURE_INFO)]
                raise StudyError(f"measure '{name}' is not in the study's runs" + nearest(str(name), known))
        return asked


def listed(asked: Any, what: str, otherwise: str) -> list[Any]:
    """Names that were asked for as a list; otherwise : what there is where none are. Raises StudyError."""
    if isinstance(asked, str):
        raise StudyError(f"{what}: found the text '{asked}'; a list such as ['{asked}'] is allowed")
    if not isinstance(asked, Iterable):
        raise StudyError(f"{what}: found {asked!r:.60}; a list of names is allowed")
    names = list(asked)
    if not names:
        raise StudyError(f"{what}: the list is empty; name at least one, or leave it out for {otherwise}")
    return names


def _codes(column: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Codes of texts in order of appearance."""
    codes, names = pd.factorize(column)
    return np.asarray(codes, dtype=np.int64), [str(name) for name in names]


def direction(name: str) -> str | None:
    """Which way of a measure is better (``MeasureInfo.direction``)."""
    info = (MEASURE_INFO | COMPARED).get(name.removesuffix(SUPPORT_END))
    return info.direction if info else None


# ---- units -----------------------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    """Two arms by group and unit, (groups, units): NaN where either is undefined.

    runs : pairs of runs a group. both : where both have a value, (scenarios, points, replicates).
    """

    own: Floats
    other: Floats
    runs: NDArray[np.int64]
    both: NDArray[np.bool_]


def to_units(values: Floats, by: str | None, drawn: bool, crossed: Crossed | None = None) -> Floats:
    """(scenarios, points, replicates) as (groups, units).

    A unit over several points, structures or scenarios is the mean of them all and exists where all do that have any
    value. Structures are chosen: a drawn point that is run under several is one unit.
    """
    if by == POINT:
        return values.reshape(-1, values.shape[2])
    values = _mean(values, 2) if drawn else _over(values, 1)  # drawn: one value a point
    if drawn and crossed is not None:
        values = _over(crossed.apart(values), 1)
    return values if by == SCENARIO else _over(values, 0)[None, :]


def _mean(values: Floats, axis: int) -> Floats:
    """Mean of the defined values along an axis, NaN of none."""
    defined = np.isfinite(values)
    return divide(np.where(defined, values, 0.0).sum(axis=axis), defined.sum(axis=axis).astype(np.float64))


def _over(values: Floats, axis: int) -> Floats:
    """Mean along an axis where all that have any value, along the last axis, have one."""
    dead = ~np.isfinite(values).any(axis=-1, keepdims=True)
    counted = np.where(dead, 0.0, values).sum(axis=axis)
    return divide(counted, np.broadcast_to((~dead).sum(axis=axis).astype(np.float64), counted.shape))


def units_of(cells: Cells, name: str, arm: int, by: str | None, drawn: bool, runs: NDArray[np.bool_]) -> Floats:
    """Units of a strategy over ``runs``, (scenarios, points, replicates), all of which have a value: (groups, units).

    Of a ratio a unit is its linearised value R + (numerator - R denominator) / mean denominator, R the ratio of the
    units' means: their mean is R, and their spread that of R in large samples (Cochran 1977, ch. 6).
    """

    def units(values: Floats) -> Floats:
        own = values[:, :, arm]
        return to_units(own if runs.all() else np.where(runs, own, np.nan), by, drawn, cells.crossed)

    parts = cells.parts(name)
    if parts is None:
        return units(cells.column(name))
    whole = linearised(units(parts[0][0]), units(parts[0][1]))
    for top, bottom in parts[1:]:  # of a product R1 R2: R2 x value of R1 + R1 x value of R2 - R1 R2
        factor = linearised(units(top), units(bottom))
        mean, other = _mean(whole, -1)[..., None], _mean(factor, -1)[..., None]
        whole = other * whole + mean * factor - mean * other
    return whole


def pair_units(
    cells: Cells, name: str, a: int, b: int, by: str | None, drawn: bool, only: NDArray[np.bool_] | None = None
) -> Pair:
    """Units (``units_of``) of two strategies over the replicates that both have. only : which points; None = all."""
    both = at(cells.defined(name, a) & cells.defined(name, b), only)
    own, other = (units_of(cells, name, arm, by, drawn, both) for arm in (a, b))
    count = both.sum(axis=2)
    runs = count.reshape(-1) if by == POINT else count.sum(axis=1) if by == SCENARIO else count.sum()[None]
    return Pair(own, other, runs, both)


def at(defined: NDArray[np.bool_], only: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """(scenarios, points, replicates), at some points, or in some runs, alone."""
    if only is None:
        return defined
    return defined & (only[None, :, None] if only.ndim == 1 else only)


def linearised(numerator: Floats, denominator: Floats) -> Floats:
    """Values whose mean over the last axis is the ratio of the means."""
    defined = np.isfinite(numerator + denominator)
    tops, bottoms = np.where(defined, numerator, 0.0), np.where(defined, denominator, 0.0)
    ratio = divide(tops.sum(-1), bottoms.sum(-1))[..., None]
    mean = divide(bottoms.sum(-1), defined.sum(-1).astype(np.float64))[..., None]
    return np.where(defined, ratio + divide(tops - ratio * bottoms, np.broadcast_to(mean, tops.shape)), np.nan)


class Means(NamedTuple):
    """Of each group: mean, sd, ends of the 95 % t interval, n. As ``intervals.mean_interval``, for all groups."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    n: NDArray[np.int64]


def mean_intervals(values: Floats) -> Means:
    """Means over the last axis of the defined values."""
    defined = np.isfinite(values)
    if defined.all():
        n = np.full(values.shape[:-1], values.shape[-1])
        mean = values.mean(axis=-1)
        apart = values - mean[..., None]
    else:
        n = defined.sum(axis=-1)
        mean = divide(np.where(defined, values, 0.0).sum(axis=-1), n.astype(np.float64))
        apart = np.where(defined, values - mean[..., None], 0.0)
    few = n < 2
    squares = np.einsum("...i,...i->...", apart, apart)
    sd = np.sqrt(divide(squares, np.where(few, 0, n - 1).astype(np.float64)))
    half = t_quantiles(max(int(values.shape[-1]), 2))[np.where(few, 0, n - 1)] * sd / np.sqrt(np.maximum(n, 1))
    return Means(mean, sd, mean - half, mean + half, n)


def as_groups(cells: Cells, by: str | None, points: pd.DataFrame) -> pd.DataFrame:
    """One row a group, in the order of ``to_units``: scenario, point and its factors; scenario; or nothing."""
    if by is None:
        return pd.DataFrame(index=range(1))
    if by == SCENARIO:
        return pd.DataFrame({"scenario": pd.Categorical(cells.scenarios, categories=cells.scenarios)})
    if by != POINT:
        raise StudyError(f"by: found {by!r:.60}; 'point', 'scenario' or None is allowed")
    count = len(cells.points)
    codes: Any = np.repeat(np.arange(len(cells.scenarios)), count)
    names = np.array(cells.scenarios, dtype=object)[codes]
    index = pd.MultiIndex.from_arrays([names, cells.points * len(cells.scenarios)])
    keyed = points.set_index([points["scenario"].astype(object), points["point"]]).drop(columns=["scenario", "point"])
    found = keyed.reindex(index).reset_index(drop=True)
    found.insert(0, "scenario", pd.Categorical.from_codes(codes, cells.scenarios))
    found.insert(1, "point", cells.points * len(cells.scenarios))
    return found
