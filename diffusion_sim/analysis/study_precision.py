"""How many replicates a study's precision took, and which replicates count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.cells import POINT, Cells, Floats, as_groups
from diffusion_sim.analysis.intervals import mean_interval, what_pairing_saves
from diffusion_sim.study.run.stopping_rule import decided

CHANCE = "chance only: replicates at fixed parameters"
COLUMNS = [
    "scenario", "point", "measure", "strategy", "baseline", "wanted", "decided", "replicates", "n", "difference",
    "half_width", "variance_factor", "independent_seeds", "dropped", "covers",
]  # fmt: skip


def _differences(cells: Cells, precision: Any) -> tuple[Floats, NDArray[np.int64]]:
    """Paired differences (cells, replicates), and how many replicates each cell has ended without a gap."""
    a, b = cells.arm(precision.strategy), cells.arm(precision.baseline)
    values = cells.column(precision.measure)
    apart = (values[:, :, a] - values[:, :, b]).reshape(-1, cells.replicates)
    ended = (cells.ended[:, :, a] & cells.ended[:, :, b]).reshape(-1, cells.replicates)
    return apart, np.logical_and.accumulate(ended, axis=1).sum(axis=1)


def decided_after(cells: Cells, precision: Any) -> dict[tuple[str, int], int]:
    """(scenario, point) -> number of replicates, of the cells that are decided (``study.stopping``).

    precision : ``spec.Precision``. A cell without both strategies of the contrast is never decided. Raises StudyError.
    """
    apart, upto = _differences(cells, precision)
    keys = [(scenario, point) for scenario in cells.scenarios for point in cells.points]
    found = {}
    for key, values, count in zip(keys, apart, upto, strict=True):
        taken = decided(values[:count], precision)
        if taken is not None:
            found[key] = taken
    return found


def within(frame: pd.DataFrame, taken: dict[tuple[str, int], int]) -> pd.DataFrame:
    """Rows of the replicates that count: all of cells that are not in ``taken``."""
    if not taken or frame.empty:
        return frame
    limit = np.full(len(frame), np.iinfo(np.int64).max)
    scenario, point = frame["scenario"].astype(object).to_numpy(), frame["point"].to_numpy()
    codes, names = pd.factorize(scenario)
    for (name, number), count in taken.items():
        hit = np.flatnonzero(names == name)
        if hit.size:
            limit[(codes == hit[0]) & (point == number)] = count
    return frame[frame["replicate"].to_numpy() < limit].reset_index(drop=True)


def precision_table(
    cells: Cells,
    precision: Any,
    points: pd.DataFrame,
    ran: dict[tuple[str, int], int],
    taken: dict[tuple[str, int], int],
) -> pd.DataFrame:
    """See ``Study.precision``. cells : of the runs that count; ran : replicates of each cell before any was dropped;
    taken : what ``decided_after`` said."""
    apart, _ = _differences(cells, precision)
    a, b = cells.arm(precision.strategy), cells.arm(precision.baseline)
    values = cells.column(precision.measure)
    own, other = (values[:, :, arm].reshape(-1, cells.replicates) for arm in (a, b))
    head = as_groups(cells, POINT, points)
    rows: list[dict[str, Any]] = []
    places = []
    for i, key in enumerate((scenario, point) for scenario in cells.scenarios for point in cells.points):
        if key not in ran:
            continue
        places.append(i)
        kept = min(ran[key], taken.get(key, ran[key]))
        difference, _, low, high, n = mean_interval(apart[i])
        factor, _ = what_pairing_saves(own[i], other[i])
        rows.append({
            "measure": precision.measure, "strategy": precision.strategy, "baseline": precision.baseline,
            "wanted": precision.half_width, "decided": key in taken, "replicates": kept,
            "n": n, "difference": difference, "half_width": (high - low) / 2.0, "variance_factor": factor,
            "independent_seeds": np.ceil(n * factor) if np.isfinite(factor) else np.nan,
            "dropped": ran[key] - kept, "covers": CHANCE,
        })  # fmt: skip
    return pd.concat([head.iloc[places].reset_index(drop=True), pd.DataFrame(rows)], axis=1)


def ran_by_cell(runs: pd.DataFrame) -> dict[tuple[str, int], int]:
    """(scenario, point) -> different replicates that have a run."""
    once = runs[["scenario", "point", "replicate"]].drop_duplicates()
    counted = once.groupby(["scenario", "point"], observed=True, sort=False).size()
    return {(str(scenario), int(point)): int(count) for (scenario, point), count in counted.items()}
