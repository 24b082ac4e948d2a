"""Shares of chance and parameters: a published example, closed forms, simulated studies of known shares, errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from diffusion_sim.analysis.studies import Study
from diffusion_sim.analysis.variance_shares import BOOTSTRAP, F_BASED, shares
from diffusion_sim.errors import StudyError
from tests.analysis.studies_by_hand import rows, spec, study

# Yield of dyestuff, g: 6 batches x 5 (Davies 1949, table 6.2; Box & Tiao 1973, sec. 5.1.2).
DYESTUFF = np.array([
    [1545, 1440, 1440, 1520, 1580], [1540, 1555, 1490, 1560, 1495], [1595, 1550, 1605, 1510, 1560],
    [1445, 1440, 1595, 1465, 1545], [1595, 1630, 1515, 1635, 1625], [1520, 1455, 1450, 1480, 1445],
], dtype=float)  # fmt: skip


def test_published_example():
    found = shares(DYESTUFF)
    # Box & Tiao: mean squares 11,271.5 (5 degrees of freedom) and 2,451.25 (24); (11,271.5 - 2,451.25) / 5 = 1,764.05
    assert found.chance == pytest.approx(2451.25)
    assert found.parameters == pytest.approx(1764.05)
    assert found.share == pytest.approx(1764.05 / 4215.3)
    ratio = 11271.5 / 2451.25
    ends = [(ratio / f - 1) / (ratio / f + 4) for f in stats.f.ppf([0.975, 0.025], 5, 24)]
    assert (found.low, found.high) == pytest.approx(ends)
    assert (found.method, found.clipped, found.n, found.k) == (F_BASED, False, 30, 6)


def test_unequal_numbers_by_hand():
    nan = np.nan
    found = shares(np.array([[1.0, 3.0, nan], [6.0, 7.0, 8.0], [2.0, nan, nan]]))
    # the third point has one seed and is left out: means 2 and 7, squares within 2 + 2 = 4 on 3 degrees of freedom;
    # grand mean 5, between 2 x 9 + 3 x 4 = 30 on 1; n0 = 5 - 13 / 5 = 2.4
    assert found.chance == pytest.approx(4 / 3)
    assert found.parameters == pytest.approx((30 - 4 / 3) / 2.4)
    assert (found.n, found.k, found.method) == (5, 2, BOOTSTRAP)


def test_negative_estimates_become_0_and_say_so():
    found = shares(np.array([[0.0, 2.0], [2.0, 0.0], [1.0, 1.0]]))
    assert (found.parameters, found.share, found.low, found.clipped) == (0.0, 0.0, 0.0, True)


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_without_any_spread_there_is_no_share(value):
    found = shares(np.full((4, 3), value))
    assert found.chance == found.parameters == 0.0 and np.isnan(found.share)
    only_points = shares(np.repeat([[1.0], [2.0], [4.0]], 3, axis=1))
    assert (only_points.chance, only_points.share, only_points.low) == pytest.approx((0.0, 1.0, 1.0), abs=1e-12)


def test_rounding_is_no_spread():
    """(b + 0.1) - b is 0.1 but for rounding, which is no chance."""
    rng = np.random.default_rng(3)
    cells = {}
    for p in range(6):
        base = 1000.0 * rng.normal(size=4)
        cells[p, "none"], cells[p, "a"] = {"reach": base}, {"reach": base + 0.1}
    apart = np.concatenate([cells[p, "a"]["reach"] - cells[p, "none"]["reach"] for p in range(6)])
    assert len(set(apart)) > 1
    row = study(cells, kind="latin_hypercube", seeds="by_point").variance_shares().iloc[0]
    assert row["chance_variance"] == row["parameter_variance"] == 0.0
    assert np.isnan(row["parameter_share"]) and np.isnan(row["low"])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_known_shares_are_found_and_covered(share):
    """400 studies of 40 points x 3 seeds; 95 % F intervals, exact: standard error of the coverage 1.1 points."""
    rng = np.random.default_rng(8)
    estimates, held = [], 0
    for _ in range(400):
        values = np.sqrt(share) * rng.normal(size=(40, 1)) + np.sqrt(1 - share) * rng.normal(size=(40, 3))
        found = shares(values)
        estimates.append(found.share)
        held += found.low <= share <= found.high
    assert np.mean(estimates) == pytest.approx(share, abs=0.035 if share else 0.06)  # at 0 half of them are clipped
    assert 0.92 <= held / 400 <= 0.995


def test_bootstrap_intervals_cover_where_numbers_differ():
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(100):
        values = np.sqrt(0.5) * rng.normal(size=(60, 1)) + np.sqrt(0.5) * rng.normal(size=(60, 4))
        values[::2, 3] = np.nan
        found = shares(values)
        held += found.low <= 0.5 <= found.high
    assert 87 <= held <= 100


# ---- of a study ------------------------------------------------------------------------------------------------------


def drawn(points=30, seeds=3, effect=0.05, **said):
    rng = np.random.default_rng(4)
    cells = {}
    for p in range(points):
        base, own = rng.normal(size=seeds), effect * rng.normal()
        cells[p, "none"] = {"reach": base}
        cells[p, "a"] = {"reach": base + 0.3 + own + 0.05 * rng.normal(size=seeds)}
    return study(cells, kind="latin_hypercube", seeds="by_point", **said)


def test_shares_are_of_paired_differences():
    table = drawn().variance_shares(["reach"])
    row = table.iloc[0]
    # what both arms share (sd 1) is gone: variances near .05^2 each
    assert row["chance_variance"] == pytest.approx(0.0025, rel=0.5)
    assert row["parameter_variance"] == pytest.approx(0.0025, rel=0.8)
    assert row["chance_share"] + row["parameter_share"] == pytest.approx(1.0)
    assert row["low"] < row["parameter_share"] < row["high"]
    assert "seeds drawn anew within each point; points drawn from their ranges" in row["covers"]


def test_common_seeds_are_refused():
    with pytest.raises(StudyError, match=r"points 0 and 1 .* same seed 7\..*seeds: by_point"):
        drawn(seed=lambda point, replicate: 7 + replicate).variance_shares()


def test_one_seed_a_point_is_refused():
    with pytest.raises(StudyError, match=r"point 0 .* has 1 replicate.*study expand"):
        drawn(seeds=1).variance_shares()


def test_one_point_is_refused():
    with pytest.raises(StudyError, match="several points"):
        drawn(points=1).variance_shares()


def test_each_scenario_has_its_own_shares():
    rng = np.random.default_rng(1)
    parts = []
    for scenario, effect in (("calm", 0.0), ("wild", 5.0)):
        cells = {}
        for p in range(12):
            base = rng.normal(size=4)
            cells[p, "none"], cells[p, "a"] = {"reach": base}, {"reach": base + effect * p + rng.normal(size=4)}
        parts.append(rows(cells, scenario=scenario))
    table = Study(spec("table", "by_point"), pd.concat(parts, ignore_index=True)).variance_shares()
    shares_of = table.set_index("scenario")["parameter_share"]
    assert shares_of["calm"] < 0.5 and shares_of["wild"] > 0.95
