"""Measures over time: the mean of the replicates of each strategy, and where most of them lie."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

COLUMNS = ["strategy", "week", "measure", "mean", "low", "high", "n"]
BAND = 0.8  # share of replicates between low and high


def over_time(series: pd.DataFrame, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Summary over seeds of each strategy's weekly measures.

    series : strategy, seed, week and measures, one row a week. Returns COLUMNS, strategies in their order of
    appearance; low and high : the quantiles between which the middle 80 % of seeds lie; n : seeds with a value.
    """
    names = [name for name in series.columns if name not in ("strategy", "seed", "week")]
    names = names if measures is None else list(measures)
    parts = []
    by_week = series.groupby(["strategy", "week"], sort=False, observed=True)
    for name in names:
        found = by_week[name]
        part = pd.DataFrame(
            {
                "mean": found.mean(),
                "low": found.quantile(0.5 - BAND / 2.0),
                "high": found.quantile(0.5 + BAND / 2.0),
                "n": found.count(),
            }
        ).reset_index()
        part.insert(2, "measure", name)
        parts.append(part)
    whole = pd.concat(parts, ignore_index=True)
    return whole.astype({"strategy": str})[COLUMNS]
