"""The equity ratio taken apart, the poorest quarter, places, hours, and deep use with its line elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diffusion_sim.measures import MEASURE_INFO, MEASURES, compares

PARTS = ("ratio_ever", "ratio_kept", "ratio_deepened")


@pytest.fixture
def two(world):
    """A poor and a rich school of 10 teachers and 100 pupils each.

    school  poverty  ever  users  deep
    poor       .8      8     4      1
    rich       .2      5     4      2
    """
    return world(
        [10, 10],
        [2],
        ever=[8, 5],
        users=[4, 4],
        deep=[1, 2],
        deep_40=[3, 4],
        deep_60=[0, 1],
        pupils=[100, 100],
        poverty=[0.8, 0.2],
        enrolled=[1, 0],
        hours=[20.0, 8.0],
        mix=[[0.5, 0.25, 0.25, 0.0], [1.0, 0.0, 0.0, 0.0]],
        to_leaders=[0.0, 0.5],
        conditions=[[0.5] * 4, [0.5] * 4],
        principal=[0.5, 0.8],
        participants=[5, 10],
        active=[1.0, 0.5],
        supported=[1.0, 1.0],
    )


def test_the_ratio_taken_apart_by_hand(two):
    row = two.row()
    # low-income pupils 80 and 20, others 20 and 80: weights .8 .2 and .2 .8
    ever = (0.8 * 0.8 + 0.2 * 0.5, 0.2 * 0.8 + 0.8 * 0.5)  # .74, .56
    deep = (0.8 * 0.1 + 0.2 * 0.2, 0.2 * 0.1 + 0.8 * 0.2)  # .12, .18
    assert (row["exposure_low_income_ever"], row["exposure_other_ever"]) == pytest.approx(ever)
    assert row["ratio_ever"] == pytest.approx(0.74 / 0.56)  # more began where the poor are
    assert row["ratio_kept"] == pytest.approx((0.4 / 0.74) / (0.4 / 0.56))  # and more of them stopped
    assert row["ratio_deepened"] == pytest.approx((0.12 / 0.4) / (0.18 / 0.4))  # and fewer came to use it well
    assert row["equity_ratio"] == pytest.approx(deep[0] / deep[1]) == pytest.approx(2 / 3)
    assert math.prod(row[name] for name in PARTS) == pytest.approx(2 / 3, rel=1e-14)


def test_poorest_quarter_by_hand(two):
    row = two.row()
    assert (row["poorest_quarter"], row["poorest_quarter_reach"]) == (0.1, 0.4)  # a quarter of 200 pupils: all poor


def test_poorest_quarter_and_the_gap_are_of_the_same_pupils(world):
    made = world([10] * 4, [4], deep=[10, 4, 8, 2], pupils=[10, 30, 40, 20], poverty=[0.8, 0.6, 0.4, 0.2])
    row = made.row()  # a quarter is 25 pupils: all 10 of the poorest school, 15 of the next
    assert row["poorest_quarter"] == pytest.approx((10 * 1.0 + 15 * 0.4) / 25)
    assert row["poverty_quartile_gap"] == pytest.approx(row["poorest_quarter"] - (5 * 0.8 + 20 * 0.2) / 25)


def test_pupils_gain_in_the_poorest_quarter(world):
    """Across the quarter's border a school counts with the pupils inside."""
    made = world([10] * 4, [4], gain=[0.2, -0.1, 0.5, 0.9], pupils=[10, 30, 40, 20], poverty=[0.8, 0.6, 0.4, 0.2])
    for plain in (False, True):  # a quarter is 25 pupils: all 10 of the poorest school, 15 of the next
        assert made.row(plain=plain)["poorest_quarter_gain"] == pytest.approx((10 * 0.2 + 15 * -0.1) / 25)


def test_pupils_gain_in_equally_poor_schools(world):
    """Schools of one poverty count alike, in any order; those outside the programme do not count."""
    columns = {"pupils": [10, 30, 40, 20, 500], "poverty": [0.6, 0.6, 0.6, 0.2, 0.9], "programme": [1, 1, 1, 1, 0]}
    gain = [0.4, 0.1, -0.2, 0.9, 7.0]
    row = world([10] * 5, [2, 3], gain=gain, **columns).row()
    assert row["poorest_quarter_gain"] == pytest.approx((10 * 0.4 + 30 * 0.1 + 40 * -0.2) / 80)
    back = world([10] * 5, [2, 3], gain=gain[::-1], **{name: column[::-1] for name, column in columns.items()}).row()
    assert back["poorest_quarter_gain"] == pytest.approx(row["poorest_quarter_gain"])
    nobody = world([10] * 2, [2], gain=[0.1, 0.2], programme=0).row()
    assert math.isnan(nobody["poorest_quarter_gain"]) and nobody["pupil_gain_sd"] == pytest.approx(0.15)


def test_places_and_hours_by_hand(two):
    row = two.row()
    assert (row["places_low_income"], row["places_other"]) == pytest.approx((0.8, 0.2))
    # practice and expertise: 20 x .75 for 5 of 10 teachers; 8 x 1 for 10 of 10, half the time lost, half given to the
    # leaders, who pass on .5 x .8 of it
    poor, rich = 20 * 0.75 * 5 / 10, 8 * 1.0 * 0.5 * (0.5 + 0.5 * 0.5 * 0.8)
    assert row["hours_low_income"] == pytest.approx(0.8 * poor + 0.2 * rich)
    assert row["hours_other"] == pytest.approx(0.2 * poor + 0.8 * rich)


def test_comers_by_hand(world):
    """Two comers on ten posts where the poor are, one on five where they are not."""
    row = world([10, 5], [2], comers=[2.0, 1.0], pupils=[100, 100], poverty=[0.8, 0.2]).row()
    assert (row["comers_low_income"], row["comers_other"]) == pytest.approx((0.2, 0.2))
    row = world([10, 10], [2], comers=[2.0, 0.0], pupils=[100, 100], poverty=[0.8, 0.2]).row()
    assert (row["comers_low_income"], row["comers_other"]) == pytest.approx((0.8 * 0.2, 0.2 * 0.2))


def test_the_line_of_deep_use(two):
    row = two.row()
    assert (row["deep_use_40"], row["deep_use"], row["deep_use_60"]) == (7 / 20, 3 / 20, 1 / 20)


def test_nobody_deep_leaves_that_part_undefined(world):
    row = world([10, 10], [2], ever=[5, 5], users=[4, 2], deep=[0, 0], poverty=[0.8, 0.2]).row()
    assert row["ratio_ever"] == 1 and row["ratio_kept"] == pytest.approx((0.8 * 4 + 0.2 * 2) / (0.2 * 4 + 0.8 * 2))
    assert math.isnan(row["ratio_deepened"]) and math.isnan(row["equity_ratio"])


@settings(max_examples=200, deadline=None)
@given(data=st.data(), districts=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_the_product_of_the_parts_is_the_ratio(world, data, districts):
    """In any world, for the compiled measures and by the definition with logarithms."""
    size = sum(districts)

    def below(most):
        return [data.draw(st.integers(0, limit)) for limit in most]

    teachers = data.draw(st.lists(st.integers(1, 60), min_size=size, max_size=size))
    ever = below(teachers)
    users = below(ever)
    deep = below(users)
    pupils = data.draw(st.lists(st.integers(1, 2000), min_size=size, max_size=size))
    poverty = [p / 20 for p in data.draw(st.lists(st.integers(0, 20), min_size=size, max_size=size))]
    made = world(teachers, districts, ever=ever, users=users, deep=deep, pupils=pupils, poverty=poverty)
    row = made.row()
    assume(0 < row["equity_ratio"] < math.inf)
    assert abs(math.prod(row[name] for name in PARTS) / row["equity_ratio"] - 1) < 1e-12
    w, p = np.array(pupils, float), np.array(poverty)
    group = {name: [(w * g * c / teachers).sum() / (w * g).sum() for g in (p, 1 - p)]
             for name, c in (("B", np.array(ever)), ("U", np.array(users)), ("D", np.array(deep)))}  # fmt: skip
    log = {name: math.log(low / other) for name, (low, other) in group.items()}
    assert math.log(row["ratio_ever"]) == pytest.approx(log["B"], abs=1e-9)
    assert math.log(row["ratio_kept"]) == pytest.approx(log["U"] - log["B"], abs=1e-9)
    assert math.log(row["ratio_deepened"]) == pytest.approx(log["D"] - log["U"], abs=1e-9)


def test_new_names_stand_at_the_end_of_their_groups():
    place = {name: i for i, name in enumerate(MEASURES)}
    assert [place[name] - place["owned_share"] for name in ("deep_use_40", "deep_use_60")] == [1, 2]
    new = """poorest_quarter poorest_quarter_reach exposure_low_income_ever exposure_other_ever ratio_ever ratio_kept
    ratio_deepened places_low_income places_other hours_low_income hours_other
    comers_low_income comers_other""".split()
    assert [place[name] - place["theil_within_reach"] for name in new] == list(range(1, len(new) + 1))
    assert place["poorest_quarter_gain"] == place["pupil_gain_months"] + 1


def test_what_is_not_compared_with_none():
    """What divides by what ``none`` has hardly any of, what tells distances between the few, and money."""
    senseless = """sustained_deep_use_1y retained_deep_users_2y cost_total cost_unspent cost_per_sustained_user
    equity_ratio equity_gap equity_gap_reach poverty_quartile_gap concentration_index concentration_erreygers
    theil_between mean_depth owned_share discontinued ratio_kept places_other hours_low_income
    comers_other true_improvement""".split()
    sensible = """reach deep_use deep_use_40 exposure_low_income exposure_other_reach poorest_quarter deep_use_1y
    pupil_gain_sd poorest_quarter_gain schools_saturated users""".split()
    for name in senseless:
        assert not compares(name, "none", MEASURE_INFO) and not compares(name + "_support_end", "none", MEASURE_INFO)
        assert compares(name, "volunteer_uniform", MEASURE_INFO)
    for name in sensible:
        assert compares(name, "none", MEASURE_INFO) and compares(name + "_support_end", "none", MEASURE_INFO)
    assert compares("flow_aware", "none", MEASURE_INFO)
    for name, info in MEASURE_INFO.items():
        assert not (info.against_none and (info.parts or name.startswith("cost_"))), name
