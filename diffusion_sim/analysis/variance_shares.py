"""How much of the spread of a paired difference is chance, and how much the parameters: one-way random effects.

y_ij = mu + p_i + e_ij, i a parameter set (point), j one of its seeds; y the paired difference of two strategies. The
ANOVA estimators are var_e = MSW and var_p = (MSB - MSW) / n0, n0 = (N - sum n_i^2 / N) / (k - 1), for any numbers n_i
of seeds (Searle, Casella & McCulloch 1992, Variance Components, ch. 3). A negative var_p is set to 0 and told. The
interval of the share var_p / (var_p + var_e) is exact for normal effects and equal n_i (F distribution, the same
source, sec. 3.5); else the 95 % percentile bootstrap over points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.cells import Cells
from diffusion_sim.analysis.intervals import DRAWS, LEVEL
from diffusion_sim.errors import StudyError

Floats = NDArray[np.float64]

ROUNDING = 1e-12  # of the largest value: (b + 0.1) - b is not 0.1 throughout
F_BASED, BOOTSTRAP = "F distribution (equal numbers of seeds)", "bootstrap over points (numbers of seeds differ)"


class Shares(NamedTuple):
    """Parts of a variance. share : parameters' part; clipped : was var_p negative; n : differences; k : points."""

    chance: float
    parameters: float
    share: float
    low: float
    high: float
    method: str
    clipped: bool
    n: int
    k: int


def shares(values: Floats, *, rng: int = 1) -> Shares:
    """Estimates from differences (points, seeds), NaN = not there; points with fewer than 2 are left out.

    rng : seed of the bootstrap. NaN estimates with fewer than 2 points. All the same: both variances 0, share NaN.
    """
    values = values[np.isfinite(values).sum(axis=1) >= 2]
    count = np.isfinite(values).sum(axis=1).astype(np.float64)
    k, n = len(values), int(count.sum())
    if k < 2:
        return Shares(np.nan, np.nan, np.nan, np.nan, np.nan, "", False, n, k)
    centre = np.nanmean(values)  # so that squares lose nothing
    filled = np.where(np.isfinite(values), values - centre, 0.0)
    sums = filled.sum(axis=1)
    inner = np.where(np.isfinite(values), filled - (sums / count)[:, None], 0.0)
    squares = (inner**2).sum(axis=1)
    between, chance, n0 = _mean_squares(count, sums, squares)
    estimate = float((between - chance) / n0)
    parameters = max(estimate, 0.0)
    whole = parameters + chance
    share = parameters / whole if whole > 0.0 else np.nan
    if whole == 0.0:
        low, high, method = np.nan, np.nan, ""
    elif (count == count[0]).all():
        low, high, method = *_f_interval(between, chance, k, n, count[0]), F_BASED
    else:
        low, high, method = *_bootstrap(count, sums, squares, rng), BOOTSTRAP
    return Shares(float(chance), parameters, share, low, high, method, estimate < 0.0, n, k)


def _mean_squares(count: Floats, sums: Floats, squares: Floats) -> tuple[Any, Any, Any]:
    """(MSB, MSW, n0) of groups along the last axis: their sizes, sums and inner sums of squares."""
    k, n = count.shape[-1], count.sum(axis=-1)
    between = ((sums**2 / count).sum(axis=-1) - sums.sum(axis=-1) ** 2 / n) / (k - 1)
    return np.maximum(between, 0.0), squares.sum(axis=-1) / (n - k), (n - (count**2).sum(axis=-1) / n) / (k - 1)


def _f_interval(between: float, chance: float, k: int, n: int, seeds: float) -> tuple[float, float]:
    from scipy.stats import f

    if chance == 0.0:
        return 1.0, 1.0
    ratio = between / chance
    upper, lower = f.ppf([0.5 + LEVEL / 2, 0.5 - LEVEL / 2], k - 1, n - k)
    ends = [(ratio / quantile - 1.0) / (ratio / quantile + seeds - 1.0) for quantile in (upper, lower)]
    return float(max(ends[0], 0.0)), float(max(ends[1], 0.0))


def _bootstrap(count: Floats, sums: Floats, squares: Floats, rng: int) -> tuple[float, float]:
    """Points drawn anew with all their seeds."""
    rows = np.random.default_rng(rng).integers(0, count.size, (DRAWS, count.size))
    between, chance, n0 = _mean_squares(count[rows], sums[rows], squares[rows])
    parameters = np.maximum((between - chance) / n0, 0.0)
    whole = parameters + chance
    drawn = np.divide(parameters, whole, out=np.full(DRAWS, np.nan), where=whole > 0.0)
    low, high = np.nanquantile(drawn, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], method="inverted_cdf")
    return float(low), float(high)


# ---- of a study ------------------------------------------------------------------------------------------------------


def check_nested(cells: Cells) -> None:
    """Raises StudyError where points share seeds, there is one point, or a point has fewer than 2 replicates. Points
    under different structures may share them: each structure has shares of its own."""
    for _, places in _by_structure(cells, cells.scenarios[0]):
        _check_points(cells, [cells.points[place] for place in places])


def _check_points(cells: Cells, points: list[int]) -> None:
    if len(points) < 2:
        raise StudyError("variance shares need several points (parameter sets); this study has one: give it a space:")
    runs = cells.runs[cells.runs["point"].isin(points)]
    for scenario in cells.scenarios:
        here = runs[(runs["scenario"] == scenario).to_numpy()]
        pairs = here[["point", "seed"]].drop_duplicates()
        shared = pairs[pairs["seed"].duplicated(keep=False)]
        if len(shared):
            seed = shared["seed"].iloc[0]
            both = shared.loc[shared["seed"] == seed, "point"].tolist()
            raise StudyError(
                f"variance shares: points {both[0]} and {both[1]} of scenario '{scenario}' ran on the same seed {seed}."
                " Chance is then common to the points and not drawn anew within each, so the one-way model does not "
                "hold; run the study with `seeds: by_point`"
            )
        count = pairs.groupby("point").size()
        few = count[count < 2]
        if len(few):
            raise StudyError(
                f"variance shares: point {few.index[0]} of scenario '{scenario}' has 1 replicate, so its chance cannot "
                "be told from its parameters; 2 or more are needed (`diffusion-sim study expand --replicates 2`)"
            )


def _by_structure(cells: Cells, scenario: str) -> Iterator[tuple[dict[str, str], NDArray[np.int64]]]:
    """(words by column, places of its points) of each structure."""
    if cells.crossed is None:
        yield {}, np.arange(len(cells.points))
        return
    runs = cells.runs[(cells.runs["scenario"] == scenario).to_numpy()].drop_duplicates("point").set_index("point")
    for row in cells.crossed.table:
        places = row[row >= 0]
        said = runs.reindex([cells.points[place] for place in places])[cells.crossed.columns].astype(object).dropna()
        yield {name: str(said[name].iloc[0]) if len(said) else "" for name in cells.crossed.columns}, places


def _apart(own: Floats, other: Floats) -> Floats:
    """Differences; 0 throughout where they differ by no more than the rounding of the values they are taken from."""
    apart = own - other
    there = np.isfinite(apart)
    if there.any():
        largest = max(np.abs(own[there]).max(), np.abs(other[there]).max())
        if np.ptp(apart[there]) <= ROUNDING * largest:
            apart[there] = 0.0
    return apart


def variance_shares(
    cells: Cells, pairs: Sequence[tuple[str, str]], names: Sequence[str], covers: str, *, rng: int = 1
) -> pd.DataFrame:
    """One row a scenario, structure, pair and measure; see ``Study.variance_shares``."""
    check_nested(cells)
    rows = []
    for s, scenario in enumerate(cells.scenarios):
        for words, points in _by_structure(cells, scenario):
            for strategy, baseline in pairs:
                for name in names:
                    values = cells.column(name)[s][points]
                    apart = _apart(values[:, cells.arm(strategy)], values[:, cells.arm(baseline)])
                    if not np.isfinite(apart).any():
                        continue
                    found = shares(apart, rng=rng)
                    rows.append({
                        "scenario": scenario, **words, "strategy": strategy, "baseline": baseline, "measure": name,
                        "chance_variance": found.chance, "parameter_variance": found.parameters,
                        "chance_share": 1.0 - found.share, "parameter_share": found.share, "low": found.low,
                        "high": found.high, "points": found.k, "n": found.n,
                        "clipped": found.clipped, "interval": found.method, "covers": covers,
                    })  # fmt: skip
    if not rows:
        raise StudyError(f"measures {', '.join(names)}: no pair of strategies has a value of them")
    return pd.DataFrame(rows)
