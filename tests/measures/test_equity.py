"""Equity measures against published figures, identities and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion_sim.measures import MEASURES, PotSums, fill_row

# O'Donnell, van Doorslaer, Wagstaff & Lindelow (2008), Analyzing Health Equity Using Household Survey Data, World Bank,
# ch. 8, table 8.1: under-five mortality in India 1982-92 by wealth group, poorest first. Births; deaths per 1,000;
# published: deaths per group and the concentration index, -.1694.
INDIA_BIRTHS = np.array([29939.0, 28776.0, 26528.0, 24689.0, 19739.0])
INDIA_RATE = np.array([154.7, 152.9, 119.5, 86.9, 54.3])
INDIA_DEATHS = [4632, 4400, 3170, 2145, 1072]
INDIA_INDEX = -0.1694

# Product per head of the 32 Mexican states in 1940 and 2000 and Hanson's (1998) five regions, in the order of the
# regions; figures of Theil's T between and within regions as printed in the documentation of the PySAL package
# `inequality` (Rey; data of Rey & Sastre Gutierrez 2010).
MEXICO_1940 = [22361, 8578, 8537, 9073, 6399, 7508]
MEXICO_1940 += [10384, 9573, 12132, 4836, 4372, 4840, 3734]
MEXICO_1940 += [6909, 4359, 4414, 5309, 3327, 6936, 3569, 11016, 3605, 5203]
MEXICO_1940 += [17816, 3408]
MEXICO_1940 += [3758, 2934, 2181, 1892, 21965, 2459, 7990]
MEXICO_2000 = [29855, 30735, 28460, 38672, 24068, 23546]
MEXICO_2000 += [27782, 26103, 17379, 11478, 15866, 15242, 11130]
MEXICO_2000 += [21358, 15585, 12348, 21610, 11838, 18170, 15685, 26149, 11701, 12191]
MEXICO_2000 += [54349, 16322]
MEXICO_2000 += [36163, 8684, 11820, 9010, 33442, 13360, 17509]
MEXICO_REGIONS = [6, 7, 10, 2, 7]


def test_concentration_index_of_a_published_table(world):
    """Groups of births as schools, births as pupils, deaths per 1,000 as users per 1,000 posts."""
    assert np.rint(INDIA_BIRTHS * INDIA_RATE / 1000).astype(int).tolist() == INDIA_DEATHS  # the table as published
    made = world([1000] * 5, [5], deep=INDIA_RATE, pupils=INDIA_BIRTHS, poverty=[0.9, 0.7, 0.5, 0.3, 0.1])
    assert made.row()["concentration_index"] == pytest.approx(INDIA_INDEX, abs=5e-5)


@pytest.mark.parametrize(
    ("values", "between", "within"),
    [(MEXICO_1940, 0.0345889, 0.17435454), (MEXICO_2000, 0.03635872, 0.0702496)],
)
def test_theil_of_published_figures(world, values, between, within):
    """States as schools of as many pupils each, product per head as users per 60,000 posts."""
    assert len(values) == sum(MEXICO_REGIONS) == 32
    row = world([60000] * 32, MEXICO_REGIONS, users=values).row()
    assert (row["theil_between_reach"], row["theil_within_reach"]) == pytest.approx((between, within), abs=5e-9)


def test_no_inequality(world):
    made = world([10, 20, 30], [1, 2], deep=[1, 2, 3], pupils=[5, 9, 2], poverty=[0.1, 0.5, 0.3])
    row = made.row()
    for name in ("equity_gap", "poverty_quartile_gap", "concentration_index", "concentration_erreygers"):
        assert row[name] == pytest.approx(0, abs=1e-15)
    for name in ("theil_between", "theil_within"):
        assert 0 <= row[name] < 1e-14
    assert row["equity_ratio"] == pytest.approx(1, abs=1e-15)


def test_everything_with_the_least_poor_reaches_the_bound(world):
    # the least poor 30 % of pupils have it all: index 1 - mean = .7; in the hands of the poorest 30 %, -.7
    columns = {"pupils": [30, 30, 40], "poverty": [0.1, 0.5, 0.9]}
    assert world([4, 4, 4], [3], deep=[4, 0, 0], **columns).row()["concentration_index"] == pytest.approx(0.7)
    columns["poverty"] = [0.9, 0.5, 0.1]
    assert world([4, 4, 4], [3], deep=[4, 0, 0], **columns).row()["concentration_index"] == pytest.approx(-0.7)


def test_all_in_one_school_of_equal_ones(world):
    # T = ln(number of schools): between = ln(3 districts), within = ln(2 schools of the district)
    row = world([4] * 6, [2, 2, 2], deep=[4, 0, 0, 0, 0, 0]).row()
    assert row["theil_between"] == pytest.approx(math.log(3), rel=1e-13)
    assert row["theil_within"] == pytest.approx(math.log(2), rel=1e-13)


def test_quarters_split_the_schools_on_their_borders(world):
    # pupils 10, 30, 40, 20 from poorest; a quarter is 25: poorest = A and half of B, least poor = D and an eighth of C
    made = world([10] * 4, [4], deep=[10, 4, 8, 2], pupils=[10, 30, 40, 20], poverty=[0.8, 0.6, 0.4, 0.2])
    assert made.basis.weights.poorest == pytest.approx([10 / 25, 15 / 25, 0, 0])
    assert made.basis.weights.least_poor == pytest.approx([0, 0, 5 / 25, 20 / 25])
    assert made.row()["poverty_quartile_gap"] == pytest.approx((10 * 1 + 15 * 0.4 - 5 * 0.8 - 20 * 0.2) / 25)


def test_one_school_is_its_own_poorest_and_least_poor(world):
    row = world([10], [1], deep=[3], poverty=[0.5]).row()
    assert row["poverty_quartile_gap"] == 0 and row["concentration_index"] == 0


def test_equally_poor_schools_share_rank_and_quarter(world):
    made = world([10] * 3, [3], pupils=[10, 30, 60], poverty=[0.5, 0.5, 0.2])
    assert made.basis.weights.rank == pytest.approx([0.2, 0.2, 0.7])  # 40 of 100 pupils tie, the middle is 20
    assert made.basis.weights.poorest == pytest.approx([0.25, 0.75, 0])
    assert made.basis.weights.least_poor == pytest.approx([0, 0, 1])


def _draw(data, size):
    counts = data.draw(st.lists(st.integers(1, 40), min_size=size, max_size=size))
    teachers = [c + data.draw(st.integers(0, 20)) for c in counts]
    pupils = data.draw(st.lists(st.integers(1, 2000), min_size=size, max_size=size))
    poverty = [p / 20 for p in data.draw(st.lists(st.integers(1, 19), min_size=size, max_size=size))]
    deep = [data.draw(st.integers(0, c)) for c in counts]
    deep[0] = max(1, deep[0])
    return {"teachers": teachers, "pupils": pupils, "poverty": poverty, "deep": deep, "users": counts}


def _row(world, table, districts):
    columns = {name: values for name, values in table.items() if name != "teachers"}
    return world(table["teachers"], districts, **columns).row()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), districts=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_order_and_scale_of_schools_do_not_matter(world, data, districts):
    table = _draw(data, sum(districts))
    row = _row(world, table, districts)

    # the same schools within each district, and the districts, in another order
    blocks = np.split(np.arange(sum(districts)), np.cumsum(districts)[:-1])
    order = data.draw(st.permutations(range(len(blocks))))
    rows = np.concatenate([data.draw(st.permutations(blocks[b].tolist())) for b in order])
    shuffled = {name: [values[r] for r in rows] for name, values in table.items()}
    mixed = _row(world, shuffled, [districts[b] for b in order])
    # twice the pupils everywhere; then twice the teachers and users everywhere
    richer = _row(world, table | {"pupils": [2 * p for p in table["pupils"]]}, districts)
    double = {name: [2 * v for v in table[name]] for name in ("teachers", "deep", "users")}
    larger = _row(world, table | double, districts)
    counts = {"teachers", "users", "deep_users", "ever_users"}
    for name in MEASURES:
        assert mixed[name] == pytest.approx(row[name], abs=1e-12, nan_ok=True), name
        assert richer[name] == pytest.approx(row[name], abs=1e-12, nan_ok=True), name
        if name not in counts:
            assert larger[name] == pytest.approx(row[name], abs=1e-12, nan_ok=True), name


@settings(max_examples=60, deadline=None)
@given(data=st.data(), districts=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_identities(world, data, districts):
    table = _draw(data, sum(districts))
    columns = {name: values for name, values in table.items() if name != "teachers"}
    made = world(table["teachers"], districts, **columns)
    row = made.row()
    w = np.array(table["pupils"]) / sum(table["pupils"])
    u = np.array(table["deep"]) / np.array(table["teachers"])
    mean = (w * u).sum()
    positive = u > 0
    whole = (w[positive] * u[positive] / mean * np.log(u[positive] / mean)).sum()
    assert row["theil_between"] + row["theil_within"] == pytest.approx(whole, abs=1e-12)
    assert row["theil_between"] >= 0 and row["theil_within"] >= 0
    assert abs(row["concentration_index"]) <= 1 - mean + 1e-12
    assert row["concentration_erreygers"] == pytest.approx(4 * mean * row["concentration_index"], abs=1e-12)
    assert (made.basis.weights.programme * made.basis.weights.rank).sum() == pytest.approx(0.5, abs=1e-12)
    # exposure: the two groups together are all pupils
    p = np.array(table["poverty"])
    both = row["exposure_low_income"] * (w * p).sum() + row["exposure_other"] * (w * (1 - p)).sum()
    assert both == pytest.approx(mean, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), size=st.integers(1, 9), factor=st.floats(0.1, 1.0))
def test_relative_indices_ignore_the_level(world, data, size, factor):
    table = _draw(data, size)
    row = _row(world, table, [size])
    less = _row(world, table | {"deep": [d * factor for d in table["deep"]]}, [size])
    for name in ("concentration_index", "theil_between", "theil_within", "equity_ratio"):
        assert less[name] == pytest.approx(row[name], abs=1e-12), name
    for name in ("concentration_erreygers", "equity_gap", "poverty_quartile_gap", "deep_use"):
        assert less[name] == pytest.approx(factor * row[name], abs=1e-12), name


def test_nothing_is_written_beyond_the_row(world):
    made = world([4, 4], [2], deep=[1, 2])
    out = np.full(len(MEASURES) + 3, 7.5)
    fill_row(out, made.sums(), made.basis, made.memory, made.ledger, PotSums(0.0, 0.0, 0.0, 0.0), 1, 108)
    assert (out[len(MEASURES) :] == 7.5).all()
