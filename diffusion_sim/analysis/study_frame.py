"""A table of a study's store as its user gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from diffusion_sim.study.plan.factor_columns import is_factor

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = ["scenario", "strategy", "point", "replicate", "seed", "status", "error", "seconds"]


def frame_of(table: pa.Table | None) -> pd.DataFrame:
    """What tells a run first, then factors; the key is left out."""
    if table is None:
        return pd.DataFrame()
    names = [name for name in table.column_names if name != "key"]
    head = [name for name in HEAD if name in names]
    factors = [name for name in names if is_factor(name)]
    rest = [name for name in names if name not in head and name not in factors]
    return table.select([*head, *factors, *rest]).to_pandas()
