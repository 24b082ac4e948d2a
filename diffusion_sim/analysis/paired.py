"""Tables of a comparison: every arm's measures, and paired differences between arms that ran on the same seeds.

Two arms with the same seed meet the same teachers, schools and draws (common random numbers), so a difference is taken
seed by seed and its interval is that of the differences. Means have 95 % t intervals. A ratio whose denominator
differs from run to run (``MeasureInfo.parts``) is the ratio of means, without standard deviation, with a 95 %
percentile bootstrap interval over seeds (Efron & Tibshirani 1993, ch. 13); p_better is of the seeds' own values.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END
from diffusion_sim.measures.info import LARGER, SMALLER_ABSOLUTE

TABLE = ["strategy", "measure", "mean", "sd", "low", "high", "n"]
DIFFERENCES = ["strategy", "baseline", "measure", "difference", "low", "high", "p_better", "variance_factor", "n"]
FLOW_TABLE = ["strategy", "flow", "mean", "difference", "low", "high", "n"]
NONE = "none"  # the arm without a programme
ADDITIONAL = "cost_per_additional_deep_user"  # exists in comparisons only
DRAWS = 2000  # bootstrap samples: the ends of a 95 % interval are then known to about 2 % of its width
LEVEL = 0.95

Vector = NDArray[np.float64]


def table(runs: pd.DataFrame, measures: Sequence[str] | None = None, *, rng: int = 1) -> pd.DataFrame:
    """Mean over seeds of each arm's outcomes.

    runs : one row a run of one scenario: strategy, seed and outcome columns (measures, ``<name>_support_end``,
        ``flow_<name>``). measures : names to show; None = every outcome but the flows. rng : seed of the bootstrap.

    Returns strategy, measure, mean, sd, low, high, n. n counts seeds where the value is defined (of a ratio: both its
    parts); with fewer than 2 of them the interval is NaN. ``cost_per_additional_deep_user`` is included where the
    runs have an arm ``none``. Raises StudyError: unknown measure, missing columns, a seed twice in one arm.
    """
    arms = gather(runs)
    names = chosen(arms, measures)
    weights = _bootstrap_weights(arms, names, rng)
    rows = []
    for a, strategy in enumerate(arms.strategies):
        for name in names:
            if name == ADDITIONAL:
                if strategy != NONE:
                    value, low, high, n = _additional(arms, strategy, weights)
                    rows.append((strategy, name, value, np.nan, low, high, n))
            elif (parts := arms.parts(name)) is not None:
                value, low, high, n = _ratio_of_means(parts[0][a], parts[1][a], weights)
                rows.append((strategy, name, value, np.nan, low, high, n))
            else:
                rows.append((strategy, name, *_mean_interval(arms.values[name][a])))
    return pd.DataFrame(rows, columns=TABLE)


def differences(
    runs: pd.DataFrame, baseline: str = NONE, measures: Sequence[str] | None = None, *, rng: int = 1
) -> pd.DataFrame:
    """Every other arm against ``baseline``, paired by seed; arguments and errors as in :func:`table`.

    Returns strategy, baseline, measure, difference (strategy - baseline), low, high, p_better, variance_factor, n.
    p_better : share of seeds where the strategy is better, plus half the ties; NaN where neither way is better.
    variance_factor : (var A + var B) / var(A - B), what pairing saves; NaN for ratios. n : seeds both arms have.
    ``cost_per_additional_deep_user`` has rows against ``none`` only: its ``difference`` is the mean difference in cost
    over the mean difference in deep users, NaN where there are no more of them.
    """
    arms = gather(runs)
    arms.row(baseline, "baseline")
    pairs = [(strategy, baseline) for strategy in arms.strategies if strategy != baseline]
    return _differences(arms, pairs, measures, rng)[DIFFERENCES]


def differences_between(
    runs: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    measures: Sequence[str] | None = None,
    *,
    rng: int = 1,
) -> pd.DataFrame:
    """As :func:`differences` for any pairs (strategy, baseline), with one more column.

    correlation : between the two arms' values over the common seeds; NaN for ratios and where an arm does not vary.
    """
    return _differences(gather(runs), list(pairs), measures, rng)


def flows(runs: pd.DataFrame, baseline: str = NONE) -> pd.DataFrame:
    """What happened on the way, per 100 teachers of the run, and each arm's paired difference to ``baseline``.

    Returns strategy, flow, mean, difference, low, high, n (the interval is the difference's; NaN for the baseline
    itself, whose n counts its own seeds). Needs the columns ``flow_<name>`` and ``teachers``; without flows, no rows.
    """
    arms = gather(runs)
    base = arms.row(baseline, "baseline")
    names = [name for name in arms.values if name.startswith("flow_")]
    rows = []
    if names:
        hundreds = arms.column("teachers") / 100.0
    for a, strategy in enumerate(arms.strategies):
        for name in names:
            rate = _divide(arms.values[name], hundreds)
            mean, _, _, _, n = _mean_interval(rate[a])
            difference = low = high = np.nan
            if a != base:
                difference, _, low, high, n = _mean_interval(rate[a] - rate[base])
            rows.append((strategy, name.removeprefix("flow_"), mean, difference, low, high, n))
    return pd.DataFrame(rows, columns=FLOW_TABLE)


# ---- runs by arm and seed ----------------------------------------------------------------------------------------

_NOT_OUTCOMES = {"scenario", "strategy", "point", "replicate", "seed", "status", "error", "seconds"}


class Arms(NamedTuple):
    """Outcomes by arm and seed: rows = strategies in order of appearance, columns = seeds in ascending order."""

    strategies: list[str]
    seeds: list
    values: dict[str, Vector]  # outcome -> (strategies, seeds), NaN = undefined or not run

    def row(self, strategy: str, word: str = "strategy") -> int:
        """Row of ``strategy``. Raises StudyError."""
        if strategy not in self.strategies:
            raise StudyError(
                f"{word} '{strategy}' is not among the runs; they have {', '.join(self.strategies)}"
                + nearest(strategy, self.strategies)
            )
        return self.strategies.index(strategy)

    def column(self, name: str, wanted_by: str = "") -> Vector:
        """An outcome. Raises StudyError where the runs lack it."""
        if name not in self.values:
            reason = f", which '{wanted_by}' is computed from" if wanted_by else ""
            raise StudyError(f"the runs have no column '{name}'{reason}" + nearest(name, self.values))
        return self.values[name]

    def parts(self, name: str) -> tuple[Vector, Vector] | None:
        """Numerator and denominator of a ratio, None for what is not one. Raises StudyError where a part is missing."""
        stem = name.removesuffix(SUPPORT_END)
        info = MEASURE_INFO.get(stem)
        if info is None or info.parts is None:
            return None
        end = name[len(stem) :]
        top, bottom = (part if part == "" or part.endswith(SUPPORT_END) else part + end for part in info.parts)
        values = self.column(name)
        if not np.isfinite(values).any() and bottom not in self.values:
            return values, values  # never defined: a year after support does not exist at its end
        denominator = self.column(bottom, name)
        if top:
            return self.column(top, name), denominator
        # A denominator of 0 makes the run's value NaN, but the part above is known: it counts the same persons.
        return np.where(denominator == 0.0, 0.0, values * denominator), denominator


def gather(runs: pd.DataFrame) -> Arms:
    """Sort runs by arm and seed. Raises StudyError: no rows, missing columns, several scenarios, a seed twice."""
    for column in ("strategy", "seed"):
        if column not in runs.columns:
            raise StudyError(f"the table of runs needs a column '{column}'; it has {', '.join(map(str, runs.columns))}")
    if runs.empty:
        raise StudyError("the table of runs has no rows")
    if "scenario" in runs.columns and runs["scenario"].nunique() > 1:
        raise StudyError(f"runs of one scenario are compared; found {', '.join(map(str, runs['scenario'].unique()))}")
    twice = runs.duplicated(["strategy", "seed"])
    if twice.any():
        row = runs[twice].iloc[0]
        raise StudyError(f"seed {row['seed']} occurs more than once in strategy '{row['strategy']}'")
    arm, strategies = pd.factorize(runs["strategy"])
    seed, seeds = pd.factorize(runs["seed"], sort=True)
    values = {}
    for name in runs.columns:
        if name in _NOT_OUTCOMES or name.startswith("p.") or not pd.api.types.is_numeric_dtype(runs[name]):
            continue
        values[name] = np.full((len(strategies), len(seeds)), np.nan)
        values[name][arm, seed] = runs[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return Arms([str(strategy) for strategy in strategies], list(seeds), values)


def chosen(arms: Arms, measures: Sequence[str] | None) -> list[str]:
    """The measures to show. Raises StudyError with the nearest names for one that is unknown or not in the runs."""
    if measures is None:
        found = [
            name
            for name, values in arms.values.items()
            if not name.startswith("flow_") and (name not in COMPARED or np.isfinite(values).any())
        ]
        additional = NONE in arms.strategies and {"cost_total", "deep_users"} <= set(arms.values)
        return found + [ADDITIONAL] * additional
    known = [*MEASURE_INFO, *COMPARED, *(name + SUPPORT_END for name in MEASURE_INFO), *arms.values, ADDITIONAL]
    for name in measures:
        if name not in known:
            raise StudyError(f"measure '{name}' is unknown" + nearest(name, known))
        if name == ADDITIONAL:
            arms.row(NONE)
        else:
            arms.column(name)
    return list(measures)


# ---- one pair of arms --------------------------------------------------------------------------------------------


def _differences(arms: Arms, pairs: list[tuple[str, str]], measures: Sequence[str] | None, rng: int) -> pd.DataFrame:
    names = chosen(arms, measures)
    weights = _bootstrap_weights(arms, names, rng)
    rows = []
    for strategy, baseline in pairs:
        a, b = arms.row(strategy), arms.row(baseline, "baseline")
        for name in names:
            if name == ADDITIONAL:
                if baseline == NONE != strategy:
                    found = _additional(arms, strategy, weights)
                    rows.append((strategy, NONE, name, *found[:3], np.nan, np.nan, found[3], np.nan))
                continue
            own, other = arms.values[name][a], arms.values[name][b]
            if name in COMPARED and not np.isfinite(own + other).any():
                continue  # a rank against ``none``, which has none itself
            better = _share_better(own, other, _direction(name))
            if (parts := arms.parts(name)) is not None:
                value, low, high, n = _difference_of_ratios(parts, a, b, weights)
                factor = correlation = np.nan
            else:
                value, _, low, high, n = _mean_interval(own - other)
                factor, correlation = _what_pairing_saves(own, other)
            rows.append((strategy, baseline, name, value, low, high, better, factor, n, correlation))
    return pd.DataFrame(rows, columns=[*DIFFERENCES, "correlation"])


def _direction(name: str) -> str | None:
    info = (MEASURE_INFO | COMPARED).get(name.removesuffix(SUPPORT_END))
    return info.direction if info else None


def _share_better(own: Vector, other: Vector, direction: str | None) -> float:
    """Share of seeds with ``own`` better than ``other``, plus half the ties, where both are defined."""
    both = np.isfinite(own) & np.isfinite(other)
    if direction is None or not both.any():
        return np.nan
    own, other = own[both], other[both]
    if direction == SMALLER_ABSOLUTE:
        own, other = np.abs(own), np.abs(other)
    better = own > other if direction == LARGER else own < other
    return float(np.mean(better + 0.5 * (own == other)))


def _what_pairing_saves(own: Vector, other: Vector) -> tuple[float, float]:
    """((var A + var B) / var(A - B), correlation) over the common seeds; NaN for 0/0 or fewer than 2 seeds."""
    both = np.isfinite(own) & np.isfinite(other)
    if both.sum() < 2:
        return np.nan, np.nan
    own, other = own[both], other[both]
    own_variance, other_variance = own.var(ddof=1), other.var(ddof=1)
    left = (own - other).var(ddof=1)
    apart = own_variance + other_variance
    factor = apart / left if left > 0.0 else (np.inf if apart > 0.0 else np.nan)
    spread = np.sqrt(own_variance * other_variance)
    covariance = ((own - own.mean()) * (other - other.mean())).sum() / (own.size - 1)
    return float(factor), float(covariance / spread) if spread > 0.0 else np.nan


# ---- means -------------------------------------------------------------------------------------------------------


@cache
def _t_quantile(degrees: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2.0, degrees))


def _mean_interval(values: Vector) -> tuple[float, float, float, float, int]:
    """(mean, sd, low, high, n) of the defined values; 95 % t interval."""
    values = values[np.isfinite(values)]
    n = values.size
    if n == 0:
        return np.nan, np.nan, np.nan, np.nan, 0
    mean = float(values.mean())
    if n == 1:
        return mean, np.nan, np.nan, np.nan, 1
    sd = float(values.std(ddof=1))
    half = _t_quantile(n - 1) * sd / np.sqrt(n)
    return mean, sd, mean - half, mean + half, n


def _divide(numerator: Vector, denominator: Vector) -> Vector:
    """Quotient, NaN where the denominator is 0 or either is undefined."""
    out = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator != 0.0)


# ---- ratios: bootstrap over seeds --------------------------------------------------------------------------------


def _bootstrap_weights(arms: Arms, names: list[str], rng: int) -> Vector | None:
    """How often each seed is drawn in each bootstrap sample, (DRAWS, seeds); None where no ratio asks for it.

    One set of samples for all arms and measures: a difference of ratios is bootstrapped pair by pair.
    """
    n = len(arms.seeds)
    if n < 2 or not any(name == ADDITIONAL or arms.parts(name) is not None for name in names):
        return None
    return np.random.default_rng(rng).multinomial(n, np.full(n, 1.0 / n), size=DRAWS).astype(np.float64)


def _sums(values: Vector, defined: NDArray[np.bool_], weights: Vector) -> Vector:
    """Bootstrap sums over the defined seeds."""
    return weights @ np.where(defined, values, 0.0)


def _percentiles(draws: Vector) -> tuple[float, float]:
    """95 % percentile interval; NaN where more than 1 in 20 samples has no value. Infinite ends stay infinite."""
    draws = draws[~np.isnan(draws)]
    if draws.size < LEVEL * DRAWS:
        return np.nan, np.nan
    low, high = np.quantile(draws, [0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0], method="inverted_cdf")
    return float(low), float(high)


def _ratio_of_means(numerator: Vector, denominator: Vector, weights: Vector | None) -> tuple[float, float, float, int]:
    """(ratio of means, low, high, n)."""
    defined = np.isfinite(numerator) & np.isfinite(denominator)
    n = int(defined.sum())
    value = float(_divide(numerator[defined].sum(), denominator[defined].sum()))
    if n < 2 or weights is None or np.isnan(value):
        return value, np.nan, np.nan, n
    return value, *_percentiles(_divide(_sums(numerator, defined, weights), _sums(denominator, defined, weights))), n


def _difference_of_ratios(
    parts: tuple[Vector, Vector], a: int, b: int, weights: Vector | None
) -> tuple[float, float, float, int]:
    """(difference of the arms' ratios of means over common seeds, low, high, n)."""
    numerator, denominator = parts
    defined = np.asarray(np.isfinite(numerator[[a, b]] + denominator[[a, b]]).all(axis=0))
    n = int(defined.sum())
    own, other = (_divide(numerator[i][defined].sum(), denominator[i][defined].sum()) for i in (a, b))
    value = float(own - other)
    if n < 2 or weights is None or np.isnan(value):
        return value, np.nan, np.nan, n
    own, other = (
        _divide(_sums(numerator[i], defined, weights), _sums(denominator[i], defined, weights)) for i in (a, b)
    )
    return value, *_percentiles(own - other), n


def _additional(arms: Arms, strategy: str, weights: Vector | None) -> tuple[float, float, float, int]:
    """Cost per additional deep user against ``none``: (value, low, high, n).

    Mean difference in cost / mean difference in deep users. Where there are none more, nothing was bought: the value
    is undefined; a bootstrap sample of that kind counts as infinitely dear, so that the interval opens upwards.
    """
    a, none = arms.row(strategy), arms.row(NONE)
    cost, deep = arms.column("cost_total"), arms.column("deep_users")
    dearer, more = cost[a] - cost[none], deep[a] - deep[none]
    defined = np.isfinite(dearer) & np.isfinite(more)
    n = int(defined.sum())
    if n == 0 or more[defined].sum() <= 0.0:
        return np.nan, np.nan, np.nan, n
    value = float(dearer[defined].sum() / more[defined].sum())
    if n < 2 or weights is None:
        return value, np.nan, np.nan, n
    bought = _sums(more, defined, weights)
    draws = np.where(bought > 0.0, _divide(_sums(dearer, defined, weights), bought), np.inf)
    return value, *_percentiles(draws), n
