"""Net spending per pupil, in all and by year: columns that everything else that says money per pupil reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.measures import MEASURE_INFO, MeasureInfo
from diffusion_sim.measures.info import SMALLER
from diffusion_sim.school_year import WEEKS_PER_YEAR

PER_YEAR, WHOLE = "cost_per_pupil_year", "cost_per_pupil"
INFO = {
    PER_YEAR: MeasureInfo(
        "net spending", "US dollars per pupil and year", SMALLER,
        "cost_total / pupils of the programme schools / years so far.", against_none=False,
    ),
    WHOLE: MeasureInfo(
        "net spending in all", "US dollars per pupil", SMALLER, "cost_total / pupils of the programme schools.",
        against_none=False,
    ),
}  # fmt: skip


def pupils_of(sc: Any, seeds: Iterable[int]) -> dict[int, float]:
    """seed -> pupils of the programme schools of its world."""
    from diffusion_sim.world.build import load_population

    tables = {int(seed): load_population(sc, int(seed)) for seed in seeds}
    return {seed: float(np.sum(table.pupils[np.asarray(table.programme) == 1])) for seed, table in tables.items()}


def with_costs(runs: pd.DataFrame, series: pd.DataFrame, sc: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(runs, series) with PER_YEAR, and WHOLE in runs, as far as they do not have them as measures of their own."""
    weeks = int(series["week"].max())
    if PER_YEAR not in MEASURE_INFO:
        pupils = pupils_of(sc, runs["seed"].unique())
        years = series["week"] / WEEKS_PER_YEAR
        spent = series["cost_total"] / series["seed"].map(pupils)
        series = series.assign(**{PER_YEAR: spent / years.where(years > 0.0)})
        runs = _added(runs, PER_YEAR, runs["cost_total"] / runs["seed"].map(pupils) * (WEEKS_PER_YEAR / weeks))
    if WHOLE not in MEASURE_INFO:
        runs = _added(runs, WHOLE, runs[PER_YEAR] * (weeks / WEEKS_PER_YEAR))
    return runs, series


def _added(runs: pd.DataFrame, name: str, values: pd.Series) -> pd.DataFrame:
    return pd.concat([runs, values.rename(name)], axis=1)


def said(runs: pd.DataFrame, what: str) -> list[str]:
    """A line on the mean net spending of each strategy that spends, per pupil and year."""
    mean = runs.groupby("strategy", sort=False)[PER_YEAR].mean()
    each = [f"{name} {in_words(value)}" for name, value in mean.items() if value != 0.0 and np.isfinite(value)]
    return [f"{what}, net US dollars a pupil and year of the run: {', '.join(each)}"] if each else []


def in_words(value: float) -> str:
    """Dollars a pupil; below 0 an arm frees money."""
    return f"{value:,.2f}" if value >= 0.0 else f"frees {-value:,.2f}"
