"""Tables of a comparison: every arm's measures, and paired differences between arms that ran on the same seeds.

Two arms with the same seed meet the same teachers, schools and draws (common random numbers), so a difference is taken
seed by seed and its interval is that of the differences. Means have 95 % t intervals. A ratio whose denominator
differs from run to run (``MeasureInfo.parts``) is the ratio of means, without standard deviation, with a 95 %
percentile bootstrap interval over seeds (Efron & Tibshirani 1993, ch. 13); p_better is of the seeds' own values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from diffusion_sim.analysis.arms import BOUGHT, NONE, Arms, Vector, chosen, gather
from diffusion_sim.analysis.intervals import (
    DRAWS,
    difference_of_ratios,
    divide,
    mean_interval,
    percentiles,
    ratio_of_means,
    sums,
    what_pairing_saves,
)
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END
from diffusion_sim.measures.info import LARGER, SMALLER_ABSOLUTE

TABLE = ["strategy", "measure", "mean", "sd", "low", "high", "n"]
DIFFERENCES = ["strategy", "baseline", "measure", "difference", "low", "high", "p_better", "variance_factor", "n"]
FLOW_TABLE = ["strategy", "flow", "mean", "difference", "low", "high", "n"]


def table(runs: pd.DataFrame, measures: Sequence[str] | None = None, *, rng: int = 1) -> pd.DataFrame:
    """Mean over seeds of each arm's outcomes.

    runs : one row a run of one scenario: strategy, seed and outcome columns (measures, ``<name>_support_end``,
        ``flow_<name>``). measures : names to show; None = every outcome but the flows. rng : seed of the bootstrap.

    Returns strategy, measure, mean, sd, low, high, n. n counts seeds where the value is defined (of a ratio: both its
    parts); with fewer than 2 of them the interval is NaN. ``cost_per_additional_deep_user`` and ``cost_per_tenth_sd``
    are included where the runs have an arm ``none`` and what they are made of. Raises StudyError: unknown measure,
    missing columns, a seed twice in one arm.
    """
    arms = gather(runs)
    names = chosen(arms, measures)
    weights = _bootstrap_weights(arms, names, rng)
    rows = []
    for a, strategy in enumerate(arms.strategies):
        for name in names:
            if name in BOUGHT:
                if strategy != NONE:
                    value, low, high, n = _bought(arms, name, strategy, weights)
                    rows.append((strategy, name, value, np.nan, low, high, n))
            elif (parts := arms.parts(name)) is not None:
                value, low, high, n = ratio_of_means(parts, a, weights)
                rows.append((strategy, name, value, np.nan, low, high, n))
            else:
                rows.append((strategy, name, *mean_interval(arms.values[name][a])))
    return pd.DataFrame(rows, columns=TABLE)


def differences(
    runs: pd.DataFrame, baseline: str = NONE, measures: Sequence[str] | None = None, *, rng: int = 1
) -> pd.DataFrame:
    """Every other arm against ``baseline``, paired by seed; arguments and errors as in :func:`table`.

    Returns strategy, baseline, measure, difference (strategy - baseline), low, high, p_better, variance_factor, n.
    p_better : share of seeds where the strategy is better, plus half the ties; NaN where neither way is better.
    variance_factor : (var A + var B) / var(A - B), what pairing saves; NaN for ratios. n : seeds both arms have.
    ``cost_per_additional_deep_user`` and ``cost_per_tenth_sd`` have rows against ``none`` only: the ``difference`` is
    the mean difference in (net) cost over the mean difference in deep users, or in cost a pupil over that in tenths of
    a standard deviation of pupils' gain; NaN where there are no more of them.
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
            rate = divide(arms.values[name], hundreds)
            mean, _, _, _, n = mean_interval(rate[a])
            difference = low = high = np.nan
            if a != base:
                difference, _, low, high, n = mean_interval(rate[a] - rate[base])
            rows.append((strategy, name.removeprefix("flow_"), mean, difference, low, high, n))
    return pd.DataFrame(rows, columns=FLOW_TABLE)


# ---- one pair of arms --------------------------------------------------------------------------------------------


def _differences(arms: Arms, pairs: list[tuple[str, str]], measures: Sequence[str] | None, rng: int) -> pd.DataFrame:
    names = chosen(arms, measures)
    weights = _bootstrap_weights(arms, names, rng)
    rows = []
    for strategy, baseline in pairs:
        a, b = arms.row(strategy), arms.row(baseline, "baseline")
        for name in names:
            if name in BOUGHT:
                if baseline == NONE != strategy:
                    found = _bought(arms, name, strategy, weights)
                    rows.append((strategy, NONE, name, *found[:3], np.nan, np.nan, found[3], np.nan))
                continue
            own, other = arms.values[name][a], arms.values[name][b]
            if name in COMPARED and not np.isfinite(own + other).any():
                continue  # a rank against ``none``, which has none itself
            better = _share_better(own, other, _direction(name))
            if (parts := arms.parts(name)) is not None:
                value, low, high, n = difference_of_ratios(parts, a, b, weights)
                factor = correlation = np.nan
            else:
                value, _, low, high, n = mean_interval(own - other)
                factor, correlation = what_pairing_saves(own, other)
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


# ---- seeds drawn anew --------------------------------------------------------------------------------------------


def _bootstrap_weights(arms: Arms, names: list[str], rng: int) -> Vector | None:
    """How often each seed is drawn in each bootstrap sample, (DRAWS, seeds); None where no ratio asks for it.

    One set of samples for all arms and measures: a difference of ratios is bootstrapped pair by pair.
    """
    n = len(arms.seeds)
    if n < 2 or not any(name in BOUGHT or arms.parts(name) is not None for name in names):
        return None
    return np.random.default_rng(rng).multinomial(n, np.full(n, 1.0 / n), size=DRAWS).astype(np.float64)


def _bought(arms: Arms, name: str, strategy: str, weights: Vector | None) -> tuple[float, float, float, int]:
    """Cost per additional deep user, or per .1 SD of pupils' gain (``name``), against ``none``: (value, low, high, n).

    Mean difference in cost / mean difference in what is bought. Where there is no more of it, nothing was bought: the
    value is undefined; a bootstrap sample of that kind counts as infinitely dear, so that the interval opens upwards.
    """
    a, none = arms.row(strategy), arms.row(NONE)
    of_cost, of_good, unit = BOUGHT[name]
    cost, good = arms.column(of_cost), arms.column(of_good)
    dearer, more = cost[a] - cost[none], (good[a] - good[none]) / unit
    defined = np.isfinite(dearer) & np.isfinite(more)
    n = int(defined.sum())
    if n == 0 or more[defined].sum() <= 0.0:
        return np.nan, np.nan, np.nan, n
    value = float(dearer[defined].sum() / more[defined].sum())
    if n < 2 or weights is None:
        return value, np.nan, np.nan, n
    bought = sums(more, defined, weights)
    draws = np.where(bought > 0.0, divide(sums(dearer, defined, weights), bought), np.inf)
    return value, *percentiles(draws), n
