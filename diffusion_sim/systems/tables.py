"""Tables of a question's rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.systems.question import Row


def rows_in(rows: Sequence[Row], table: str) -> list[dict[str, Any]]:
    """The rows that stand in a table."""
    return [{key: value for key, value in row.items() if key != "table"} for row in rows if row["table"] == table]


def over_seeds(rows: Sequence[Row], keys: Sequence[str]) -> pd.DataFrame:
    """Columns ``keys``, value, mean, low, high, n: of each value of rows that share the keys its mean over seeds."""
    values: dict[tuple[Any, ...], list[float]] = {}
    for row in rows:
        for name, value in row.items():
            if name not in (*keys, "table", "seed"):
                values.setdefault((*(row[key] for key in keys), name), []).append(value)
    found = []
    for place, its in values.items():
        mean, _, low, high, n = mean_interval(np.array(its, np.float64))
        found.append((*place, mean, low, high, n))
    return pd.DataFrame(found, columns=[*keys, "value", "mean", "low", "high", "n"])
