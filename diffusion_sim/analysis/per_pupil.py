"""Net spending per pupil and year in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

PER_YEAR, WHOLE = "cost_per_pupil_year", "cost_per_pupil"


def said(runs: pd.DataFrame, what: str) -> list[str]:
    """A line on the mean net spending of each strategy that spends, per pupil and year."""
    mean = runs.groupby("strategy", sort=False)[PER_YEAR].mean()
    each = [f"{name} {in_words(value)}" for name, value in mean.items() if value != 0.0 and np.isfinite(value)]
    return [f"{what}, net US dollars a pupil and year of the run: {', '.join(each)}"] if each else []


def in_words(value: float) -> str:
    """Dollars a pupil; below 0 an arm frees money."""
    return f"{value:,.2f}" if value >= 0.0 else f"frees {-value:,.2f}"
