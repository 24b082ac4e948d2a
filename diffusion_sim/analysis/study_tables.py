"""Tables of a study's paired differences.

Every table says in its column ``covers`` what its intervals are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis import paired
from diffusion_sim.analysis.cells import (
    POINT,
    SCENARIO,
    Cells,
    Floats,
    Means,
    Pair,
    as_groups,
    at,
    direction,
    mean_intervals,
    pair_units,
)
from diffusion_sim.analysis.intervals import divide
from diffusion_sim.errors import StudyError
from diffusion_sim.measures import COMPARED, MEASURE_INFO, compares
from diffusion_sim.measures.info import LARGER, SMALLER_ABSOLUTE

LINEAR, BOOTSTRAP = "linear", "bootstrap"
_VALUES = ["difference", "low", "high", "p_better", "variance_factor", "n", "runs"]


class Design(NamedTuple):
    """What of a study's design decides what an interval is about. kind : of design; seeds : common or by_point;
    points : of the space; structures : how many these are run under."""

    kind: str
    seeds: str
    points: int
    structures: int = 1

    @property
    def drawn(self) -> bool:
        """Are points draws of the parameters?"""
        return self.points > 1 and (
            self.kind in ("latin_hypercube", "sobol") or (self.kind == "table" and self.seeds == "by_point")
        )

    def covers(self, by: str | None, scenarios: int = 1) -> str:
        """What an interval covers, in words."""
        if by == POINT or self.points == 1:
            text = "chance only: replicates at fixed parameters"
        elif not self.drawn:
            what = "this grid" if self.kind == "grid" else "this design"
            text = f"chance only: replicates, over the points of {what}, which are chosen, not drawn"
        elif self.seeds == "common":
            text = "parameters only: points drawn from their ranges, one value a point, all on the same seeds"
        elif self.kind == "table":
            text = "parameters and chance: the table's points taken as drawn, one value a point"
        else:
            text = "parameters and chance: points drawn from their ranges, one value a point"
        if by != POINT and self.structures > 1:
            text += f"; mean of {self.structures} structures, which are chosen"
        return text + (f"; mean of {scenarios} scenarios, which are chosen" if by is None and scenarios > 1 else "")


def covered(
    design: Design, cells: Cells, by: str | None, runs: NDArray[np.bool_], only: NDArray[np.bool_] | None = None
) -> list[str]:
    """What the intervals of each group cover, in words, with the points and scenarios that have no value.

    runs : those that count, (scenarios, points, replicates). only : which points are asked for, None = all.
    """
    there: NDArray[np.bool_] = np.asarray(runs.any(axis=2))
    if by == POINT:
        return [design.covers(by)] * there.size
    asked = len(cells.points) if only is None else int(only.sum())
    if cells.crossed is not None:
        design = design._replace(structures=cells.crossed.among(only))
    if by == SCENARIO:
        return [design.covers(by) + _few_points(int(count), int(count), asked) for count in there.sum(axis=1)]
    live: NDArray[np.bool_] = np.asarray(there.any(axis=1))
    if live.all():
        text = design.covers(by, len(live))
    else:
        names = ", ".join(name for name, ran in zip(cells.scenarios, live, strict=True) if ran)
        text = design.covers(by) + (
            f"; {live.sum()} of {len(live)} scenarios{f' ({names})' if names else ''}: "
            "in the others there are no runs to compare"
        )
    if design.drawn and live.any():  # a point counts where all these scenarios have it
        count = int(there[live].all(axis=0).sum())
        return [text + _few_points(count, count, asked)]
    counts = there[live].sum(axis=1) if live.any() else np.zeros(1, dtype=np.int64)
    return [text + _few_points(int(counts.min()), int(counts.max()), asked)]


def _few_points(low: int, high: int, asked: int) -> str:
    """Words for points without a value; none where there are all, or but one was asked for."""
    if low == asked or asked < 2:
        return ""
    count = f"{low}" if low == high else f"{low} to {high}"
    return f"; {count} of {asked} points: at the others there are no runs to compare"


def contrasts_of(cells: Cells, baseline: str, contrasts: Sequence[Any] | None) -> list[tuple[str, str]]:
    """Pairs (strategy, baseline): those given, or every other strategy against ``baseline``.

    contrasts : texts "a - b" or pairs. Raises StudyError: an unknown strategy (nearest name), a - a, no pair.
    """
    if contrasts is None:
        cells.arm(baseline, "baseline")
        pairs = [(name, baseline) for name in cells.strategies if name != baseline]
        if not pairs:
            raise StudyError(f"baseline '{baseline}' is the only strategy of the study; nothing to compare it with")
        return pairs
    if isinstance(contrasts, str):
        contrasts = [contrasts]
    if not isinstance(contrasts, Iterable):
        raise StudyError(f"contrasts: found {contrasts!r:.60}; a list of 'strategy - baseline' is allowed")
    pairs = []
    for said in contrasts:
        names = [part.strip() for part in said.split(" - ")] if isinstance(said, str) else said
        if not isinstance(names, list | tuple) or len(names) != 2:
            raise StudyError(f"contrast: found {said!r:.60}; 'strategy - baseline' or a pair of ids is allowed")
        cells.arm(names[0], "contrast: strategy")
        cells.arm(names[1], "contrast: baseline")
        if names[0] == names[1]:
            raise StudyError(f"contrast: '{names[0]}' is compared with itself; two different strategies are needed")
        pairs.append((names[0], names[1]))
    if not pairs:
        raise StudyError("contrasts: the list is empty; name at least one, or leave it out for all")
    return pairs


def speaking(names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The measures of which a difference says something in one of the pairs at least; all where there are none such."""
    return [name for name in names if any(compares(name, other, MEASURE_INFO) for _, other in pairs)] or list(names)


def differences(
    cells: Cells,
    pairs: Sequence[tuple[str, str]],
    names: Sequence[str],
    by: str | None,
    design: Design,
    points: pd.DataFrame,
    ratios: str = LINEAR,
    only: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Paired differences; see ``Study.differences``. only : which points, None = all. Empty where there is no pair."""
    if ratios not in (LINEAR, BOOTSTRAP):
        raise StudyError(f"ratios: found {ratios!r:.60}; 'linear' or 'bootstrap' is allowed")
    if ratios == BOOTSTRAP and by != POINT:
        raise StudyError("ratios='bootstrap' draws the replicates of a cell anew: use it with by='point'")
    groups = as_groups(cells, by, points)
    found: list[tuple[int, int, Floats]] = []
    said: dict[tuple[int, int], list[str]] = {}
    for m, name in enumerate(names):
        for p, (strategy, baseline) in enumerate(pairs):
            a, b = cells.arm(strategy), cells.arm(baseline)
            pair = pair_units(cells, name, a, b, by, design.drawn, only)
            if name in COMPARED and not pair.runs.any():
                continue  # a rank against ``none``, which has none itself
            apart = mean_intervals(pair.own - pair.other)
            factor = _factor(cells, name, a, b, pair, apart, by, design.drawn)
            share = share_better(cells, name, a, b, by, only)
            columns = [apart.mean, apart.low, apart.high, share, factor, apart.n, pair.runs]
            found.append((m, p, np.column_stack(columns)))
            said[m, p] = covered(design, cells, by, pair.both, only)
    if not found:
        return pd.DataFrame()
    table = _stacked(groups, found, list(names), list(pairs), said)
    if ratios == BOOTSTRAP:
        _bootstrapped(table, cells, pairs, names)
    table.attrs["covers"] = " | ".join(table["covers"].cat.categories)
    return table


def in_words(names: Sequence[str]) -> str:
    """Measures in a message: a few by name."""
    return f"measures {', '.join(names)}" if len(names) <= 6 else f"all {len(names)} measures"


def not_empty(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """``table`` of differences. Raises StudyError where it has no rows."""
    if table.empty:
        raise StudyError(f"{in_words(names)}: no pair of strategies has a value of them in the same runs")
    return table


def _factor(
    cells: Cells, name: str, a: int, b: int, pair: Pair, apart: Means, by: str | None, drawn: bool
) -> Floats:
    """(var A + var B) / var(A - B) of chance, by group: what pairing saves; NaN of 0/0 and for ratios.

    Over drawn points units differ by their parameters too, so there the variances are those within points.
    """
    if cells.parts(name) is not None:
        return np.full(pair.runs.shape, np.nan)
    if drawn and by != POINT:
        values = cells.column(name)
        own, other = (np.where(pair.both, values[:, :, arm], np.nan) for arm in (a, b))
        left, both = _within(own - other, by), _within(own, by) + _within(other, by)
    else:
        left = apart.sd**2
        both = mean_intervals(pair.own).sd ** 2 + mean_intervals(pair.other).sd ** 2
    return np.where((left == 0.0) & (both > 0.0), np.inf, divide(both, left))


def _within(values: Floats, by: str | None) -> Floats:
    """Pooled variance within points of (scenarios, points, replicates), by group; NaN where none has 2 replicates."""
    found = mean_intervals(values)
    freedom = np.maximum(found.n - 1, 0).astype(np.float64)
    squares = np.where(freedom > 0, freedom * found.sd**2, 0.0)
    axis: Any = 1 if by == SCENARIO else (0, 1)
    return np.atleast_1d(divide(squares.sum(axis=axis), freedom.sum(axis=axis)))


def share_better(
    cells: Cells, name: str, a: int, b: int, by: str | None, only: NDArray[np.bool_] | None = None
) -> Floats:
    """Share of pairs of runs where the first is better, plus half the ties; NaN where neither way is."""
    values = cells.column(name)
    own, other = values[:, :, a], values[:, :, b]
    way = direction(name)
    both = at(np.isfinite(own + other), only)
    if way == SMALLER_ABSOLUTE:
        own, other = np.abs(own), np.abs(other)
    better, same = own > other if way == LARGER else own < other, own == other
    axes: Any = {POINT: 2, SCENARIO: (1, 2), None: (0, 1, 2)}[by]
    # undefined values are neither better nor the same
    sums = (better & both).sum(axis=axes) + 0.5 * (same & both).sum(axis=axes)
    share = np.atleast_1d(divide(sums, both.sum(axis=axes).astype(np.float64))).reshape(-1)
    return share if way is not None else np.full(share.shape, np.nan)


def _stacked(
    groups: pd.DataFrame,
    found: list[tuple[int, int, Floats]],
    names: list[str],
    pairs: list[tuple[str, str]],
    said: dict[tuple[int, int], list[str]],
) -> pd.DataFrame:
    """One row a group, pair and measure, in this order; groups without any pair of runs are left out.

    said : of (measure, pair), what the intervals of each group cover.
    """
    found = sorted(found, key=lambda item: (item[1], item[0]))
    values = np.stack([item[2] for item in found], axis=1)  # (groups, found, columns)
    group = np.repeat(np.arange(len(groups)), len(found))
    measure = np.tile(np.array([item[0] for item in found]), len(groups))
    which = np.tile(np.array([item[1] for item in found]), len(groups))
    flat = values.reshape(-1, values.shape[2])
    ran = np.repeat(values[:, :, -1].sum(axis=1) > 0, len(found))
    flat, group, measure, which = flat[ran], group[ran], measure[ran], which[ran]
    head = groups.iloc[group].reset_index(drop=True)
    strategies = list(dict.fromkeys(name for pair in pairs for name in pair))
    for column, side in (("strategy", 0), ("baseline", 1)):
        code = np.array([strategies.index(pair[side]) for pair in pairs])
        head[column] = pd.Categorical.from_codes(code[which], strategies)
    head["measure"] = pd.Categorical.from_codes(measure, names)
    body = pd.DataFrame(flat, columns=_VALUES)
    for column in ("n", "runs"):
        body[column] = body[column].astype(np.int64)
    texts = list(dict.fromkeys(text for item in found for text in said[item[0], item[1]]))
    number = {text: i for i, text in enumerate(texts)}
    covers = np.array([[number[text] for text in said[item[0], item[1]]] for item in found]).T.reshape(-1)[ran]
    body["covers"] = pd.Categorical.from_codes(covers, texts).remove_unused_categories()
    return pd.concat([head, body], axis=1)


def _bootstrapped(table: pd.DataFrame, cells: Cells, pairs: Sequence[tuple[str, str]], names: Sequence[str]) -> None:
    """Give ratios the percentile bootstrap intervals that ``compare`` gives them."""
    ratios = [name for name in names if cells.parts(name) is not None]
    if not ratios:
        return
    keys = ["scenario", "point", "strategy", "baseline", "measure"]
    places = {key: i for i, key in enumerate(table[keys].itertuples(index=False, name=None))}
    good = cells.runs[cells.runs["status"] == "ok"]
    columns = [table.columns.get_loc(name) for name in ("difference", "low", "high", "n")]
    for (scenario, point), rows in good.groupby(["scenario", "point"], observed=True, sort=False):
        there = set(rows["strategy"])
        here = [pair for pair in pairs if there >= set(pair)]
        if here:
            plain = rows.assign(scenario=str(scenario), strategy=rows["strategy"].astype(str))
            for row in paired.differences_between(plain, here, ratios).itertuples():
                place = places.get((scenario, point, row.strategy, row.baseline, row.measure))
                if place is not None:  # a cell without any pair of runs has no row
                    table.iloc[place, columns] = [row.difference, row.low, row.high, row.n]
