"""Every weekly measure on worlds small enough to count by hand, and the rules for what is undefined."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diffusion_sim.measures import LEDGER, MEASURE_INFO, MEASURES, equity, make_basis, remember, sums
from diffusion_sim.school_year import WEEKS_PER_YEAR

POTS = (1600.0, 77.0, 23.0, 300.0)  # came in, unspent in years of support and after them, in the pots


@pytest.fixture
def four(world):
    """Four schools in two districts (A, B | C, D).

    school  teachers  users  deep  pupils  poverty
    A          10       8      5     100     .9
    B           5       4      0     100     .6
    C          20       6      4     200     .3
    D           5       0      0     400     .1
    """
    made = world(
        [10, 5, 20, 5],
        [2, 2],
        users=[8, 4, 6, 0],
        deep=[5, 0, 4, 0],
        quality=[5.0, 1.0, 3.0, 0.0],
        owned=[6, 1, 2, 0],
        discontinued=[1, 1, 4, 0],
        ever=[9, 5, 10, 0],
        pupils=[100, 100, 200, 400],
        poverty=[0.9, 0.6, 0.3, 0.1],
        gain=[0.2, 0.1, 0.05, -0.025],
    )
    made.ledger[:] = [1000, 200, 30, 4, 5, 6, 7, 8, 90, 10, 11, -160]
    return made


def test_spread(four):
    row = four.row()
    assert row["teachers"] == 40  # 10 + 5 + 20 + 5
    assert row["users"] == 18
    assert row["ever_users"] == 24
    assert row["reach"] == 18 / 40
    assert row["schools_saturated"] == 2 / 4  # A: 8 of 10, B: 4 of 5, both exactly .8
    assert row["discontinued"] == 6 / 24


@pytest.mark.parametrize("teachers", [5, 10, 15, 35, 60_000])
def test_saturation_counts_exactly_four_fifths(world, teachers):
    enough = teachers * 4 // 5
    made = world([teachers, teachers], [2], users=[enough, enough - 1])
    assert made.row()["schools_saturated"] == 0.5


def test_depth(four):
    row = four.row()
    assert row["deep_users"] == 9
    assert row["deep_use"] == 9 / 40
    assert row["mean_depth"] == 9.0 / 18
    assert row["owned_share"] == 9 / 18


def test_equity_of_deep_use(four):
    row = four.row()
    # u = .5, 0, .2, 0; low-income pupils 90, 60, 60, 40 = 250; others 10, 40, 140, 360 = 550
    low_income, other = (90 * 0.5 + 60 * 0.2) / 250, (10 * 0.5 + 140 * 0.2) / 550  # 57/250, 33/550
    assert row["exposure_low_income"] == pytest.approx(57 / 250, abs=1e-15) == low_income
    assert row["exposure_other"] == pytest.approx(33 / 550, abs=1e-15) == pytest.approx(other)
    assert row["equity_gap"] == pytest.approx(0.228 - 0.06, abs=1e-15)
    assert row["equity_ratio"] == pytest.approx(3.8, rel=1e-14)
    # a quarter of 800 pupils is 200: poorest = A and B, mean (.5 + 0)/2; least poor = half of D, 0
    assert row["poverty_quartile_gap"] == pytest.approx(0.25, abs=1e-15)
    # pupils' shares .125 .125 .25 .5, ranks .0625 .1875 .375 .75, mean(u) = .125 x .5 + .25 x .2 = .1125
    # cov = .0625 x (.0625 - .5) + .05 x (.375 - .5) = -.02734375 - .00625 = -.03359375
    assert row["concentration_index"] == pytest.approx(2 * -0.03359375 / 0.1125, rel=1e-13)
    assert row["concentration_erreygers"] == pytest.approx(8 * -0.03359375, rel=1e-13)
    # district means: AB .25 (pupils .25), CD .0667 (pupils .75); mean .1125
    between = (0.0625 * math.log(0.25 / 0.1125) + 0.05 * math.log((0.05 / 0.75) / 0.1125)) / 0.1125
    within = (0.0625 * math.log(0.5 / 0.25) + 0.05 * math.log(0.2 / (0.05 / 0.75))) / 0.1125
    assert row["theil_between"] == pytest.approx(between, rel=1e-13)
    assert row["theil_within"] == pytest.approx(within, rel=1e-13)


def test_equity_of_reach(four):
    row = four.row()
    # share of users .8 .8 .3 0
    assert row["exposure_low_income_reach"] == pytest.approx((90 * 0.8 + 60 * 0.8 + 60 * 0.3) / 250)  # 138/250
    assert row["exposure_other_reach"] == pytest.approx((10 * 0.8 + 40 * 0.8 + 140 * 0.3) / 550)  # 82/550
    assert row["equity_gap_reach"] == pytest.approx(138 / 250 - 82 / 550)
    assert row["equity_ratio_reach"] == pytest.approx((138 / 250) / (82 / 550))
    assert row["poverty_quartile_gap_reach"] == pytest.approx(0.8)
    # mean .1 + .1 + .075 = .275; cov = .1 x -.4375 + .1 x -.3125 + .075 x -.125 = -.084375
    assert row["concentration_index_reach"] == pytest.approx(2 * -0.084375 / 0.275)
    assert row["concentration_erreygers_reach"] == pytest.approx(8 * -0.084375)
    # AB: both .8, mean .8; CD: .3 and 0, mean .1
    assert row["theil_between_reach"] == pytest.approx(
        (0.2 * math.log(0.8 / 0.275) + 0.075 * math.log(0.1 / 0.275)) / 0.275
    )
    assert row["theil_within_reach"] == pytest.approx(0.075 * math.log(3.0) / 0.275)


def test_improvement_cycles(world):
    """Schools A to D test variants, E does not: fit 1 as without testing, whatever its other columns say."""
    row = world(
        [10, 10, 10, 10, 10],
        [5],
        users=[4, 0, 2, 2, 2],
        slot=[0, 3, 1, 0, -1],
        fit=[1.2, 0.5, 0.7, 0.9, 1.0],
        fit_start=[1.0, 0.5, 0.9, 0.9 - 1e-10, 0.0],
        claims=[1, 1, 0, 1, 1],
        borrowed=[0, 0, 1, 0, 1],
    ).row()
    assert row["mean_fit"] == pytest.approx((4 * 1.2 + 2 * 0.7 + 2 * 0.9 + 2 * 1.0) / 10)
    assert row["testing_schools"] == 4
    assert row["claimed_success"] == 3 / 4
    assert row["true_improvement"] == 1 / 4  # A; D only by rounding
    assert row["borrowed_variant"] == 1 / 4


def test_pupils(four):
    row = four.row()
    # (100 x .2 + 100 x .1 + 200 x .05 - 400 x .025) / 800 = 30/800
    assert row["pupil_gain_sd"] == pytest.approx(0.0375, abs=1e-16)
    assert row["pupil_gain_months"] == pytest.approx(0.0375 * 36, abs=1e-14)


def test_teams(four):
    """Schools A to D: 3 posts in teams with one leader of skill .7; none; 5 with two of .5 and .9; none."""
    four.schools.in_teams[:4], four.schools.leaders[:4] = (3, 0, 5, 0), (1, 0, 2, 0)
    four.schools.leader_skill[:4] = 0.7, 0.0, 1.4, 0.0
    row = four.row()
    assert row["in_teams"] == 8 / row["teachers"] and row["team_leaders"] == 3
    assert row["leader_skill"] == pytest.approx(2.1 / 3)


def test_cost(four):
    row = four.row(pots=POTS)
    assert row["cost_gross"] == 1371 and row["cost_total"] == 1211  # 160 were freed
    assert [row[f"cost_{column}"] for column in LEDGER] == [1000, 200, 30, 4, 5, 6, 7, 8, 90, 10, 11, -160]
    assert row["cost_unspent"] == 77 and row["cost_unspent_own"] == 23
    assert row["cost_pot"] == 1600 and row["cost_in_pots"] == 300
    assert math.isnan(row["cost_per_sustained_user"])


def test_cost_per_pupil(four):
    row = four.row(week=18)  # 800 pupils, half a year
    assert row["cost_per_pupil"] == 1211 / 800 and row["cost_per_pupil_year"] == pytest.approx(2 * 1211 / 800)
    first = four.row(week=0)
    assert first["cost_per_pupil"] == 1211 / 800 and math.isnan(first["cost_per_pupil_year"])
    four.ledger[0] = -1000.0
    assert four.row(week=36)["cost_per_pupil_year"] == -789 / 800  # frees a dollar a pupil and year


def test_pupils_outside_the_programme_do_not_share_its_cost(world):
    made = world([4, 4], [2], programme=[1, 0], pupils=[50, 150])
    made.ledger[0] = 100.0
    assert made.row()["cost_per_pupil"] == 2.0
    nobody = world([4], [1], programme=[0])
    assert math.isnan(nobody.row()["cost_per_pupil"]) and math.isnan(nobody.row()["cost_per_pupil_year"])


def test_what_is_left_after_support(four):
    later = [name for name in MEASURES if name.endswith(("_1y", "_2y")) or name == "cost_per_sustained_user"]
    assert len(later) == 8
    remember(four.memory, four.sums())  # 9 deep users of 40
    for week in (10, 11, 10 + WEEKS_PER_YEAR - 1):
        assert all(math.isnan(four.row(week, 10)[name]) for name in later)

    four.schools.deep[:] = [3, 0, 3, 0]  # 6 of 40 in deep use, of whom 4 were so at the end of support
    four.schools.marked_deep[:] = [3, 0, 1, 0]
    row = four.row(10 + WEEKS_PER_YEAR, 10)
    assert row["deep_use_1y"] == 6 / 40
    assert row["deep_users_1y"] == 6
    assert row["sustained_deep_use_1y"] == pytest.approx(6 / 9)
    assert row["retained_deep_users_1y"] == pytest.approx(4 / 9)
    assert row["cost_per_sustained_user"] == pytest.approx(1211 / 6)
    assert math.isnan(row["sustained_deep_use_2y"]) and math.isnan(row["retained_deep_users_2y"])

    four.schools.deep[:] = [18, 0, 0, 0]
    four.schools.marked_deep[:] = [2, 0, 0, 0]
    four.ledger[8] += 60
    held = four.row(10 + WEEKS_PER_YEAR + 1, 10)
    assert held["sustained_deep_use_1y"] == row["sustained_deep_use_1y"]
    assert held["retained_deep_users_1y"] == row["retained_deep_users_1y"]
    assert held["cost_per_sustained_user"] == pytest.approx(1271 / 6)  # money up to this week
    two = four.row(10 + 2 * WEEKS_PER_YEAR, 10)
    assert two["sustained_deep_use_2y"] == pytest.approx(2.0)
    assert two["retained_deep_users_2y"] == pytest.approx(2 / 9)
    assert two["sustained_deep_use_1y"] == row["sustained_deep_use_1y"]


def test_what_is_left_of_nothing_is_undefined(world):
    made = world([4, 4], [2])
    remember(made.memory, made.sums())
    row = made.row(36, 0)
    assert row["deep_use_1y"] == 0
    for name in ("sustained_deep_use_1y", "retained_deep_users_1y", "cost_per_sustained_user"):
        assert math.isnan(row[name])


def test_nobody_uses(world):
    row = world([4, 6], [1, 1], poverty=[0.2, 0.4]).row()
    undefined = {name for name, value in row.items() if math.isnan(value)}
    stems = {"equity_ratio", "concentration_index", "theil_between", "theil_within"}
    assert undefined == stems | {f"{stem}_reach" for stem in stems} | {
        *(f"{who}_{group}" for who in ("enrolled", "takers")  # nobody is named, and all achieve the same
          for group in ("designated", "upper", "designated_ratio", "lower_ratio")),
        "ratio_ever",  # parts of a ratio of nothing to nothing
        "ratio_kept",
        "ratio_deepened",
        "mean_depth",
        "owned_share",
        "discontinued",
        "mean_fit",
        "claimed_success",
        "true_improvement",
        "borrowed_variant",
        "stage",
        "districts_complete",
        "deep_use_1y",
        "deep_use_2y",
        "deep_users_1y",
        "sustained_deep_use_1y",
        "sustained_deep_use_2y",
        "retained_deep_users_1y",
        "retained_deep_users_2y",
        "cost_per_sustained_user",
        "kept_schools",
        "leader_skill",
    }
    assert row["reach"] == row["deep_use"] == row["equity_gap"] == row["concentration_erreygers"] == 0


@pytest.mark.parametrize(("poverty", "empty", "full"), [(0.0, "low_income", "other"), (1.0, "other", "low_income")])
def test_a_group_without_pupils_has_no_exposure(world, poverty, empty, full):
    row = world([4, 4], [2], deep=[2, 2], poverty=[poverty, poverty]).row()
    assert math.isnan(row[f"exposure_{empty}"]) and math.isnan(row["equity_gap"]) and math.isnan(row["equity_ratio"])
    assert row[f"exposure_{full}"] == 0.5


def test_schools_outside_the_programme_count_for_reach_but_not_for_ranks(world):
    columns = {"users": [4, 2, 0], "deep": [4, 2, 0], "poverty": [0.9, 0.5, 0.1]}
    inside = world([4, 4], [2], **{name: values[:2] for name, values in columns.items()}).row()
    row = world([4, 4, 4], [3], programme=[1, 1, 0], **columns).row()
    assert row["reach"] == 6 / 12
    assert row["exposure_other"] == pytest.approx((0.1 * 1 + 0.5 * 0.5) / 1.5)
    for name in ("poverty_quartile_gap", "concentration_index", "concentration_erreygers"):
        assert row[name] == pytest.approx(inside[name], abs=1e-15)
    nobody = world([4, 4], [2], programme=[0, 0], deep=[2, 0], poverty=[0.3, 0.2])
    assert np.isnan(nobody.basis.weights.rank).all()
    assert math.isnan(nobody.row()["poverty_quartile_gap"]) and math.isnan(nobody.row()["concentration_erreygers"])


def test_one_place_for_each_measure(four):
    assert len(set(MEASURES)) == len(MEASURES) == len(MEASURE_INFO)
    assert -999.0 not in four.row().values()


def test_plain_python_twin(four):
    for week in (5, 10 + WEEKS_PER_YEAR, 10 + 2 * WEEKS_PER_YEAR):
        remember(four.memory, four.sums())
        remember.py_func(four.memory, four.sums(plain=True))
        fast, plain = four.row(week, 10, POTS), four.row(week, 10, POTS, plain=True)
        assert list(fast.values()) == pytest.approx(list(plain.values()), rel=1e-15, nan_ok=True)


def test_parts_of_each_twin_are_plain_python(four):
    """`.py_func` of the pieces, so that the readable code itself is what is compared."""
    row, totals = four.row(), four.sums(plain=True)
    assert totals == four.sums()
    assert (totals.users, totals.deep, totals.quality, totals.saturated, totals.schools) == (18, 9, 9.0, 2, 4)
    assert sums.total.py_func(np.arange(11.0)) == 55.0
    assert math.isnan(sums.ratio.py_func(1.0, 0.0)) and sums.ratio.py_func(1.0, 4.0) == 0.25
    assert totals.of_deep.low_income == pytest.approx(row["exposure_low_income"], rel=1e-15)
    theil = equity.theil.py_func(totals.of_deep)
    assert theil == pytest.approx((row["theil_between"], row["theil_within"]), rel=1e-13)


def test_traded_posts_leave_the_denominators(four):
    four.schools.teaching[2] -= 1  # a traded post of school C
    row = four.row()
    assert row["teachers"] == 39 and row["reach"] == 18 / 39


def test_basis_is_made_of_the_world(four):
    again = make_basis(four.schools, four.districts, 24.0)
    assert again.months_per_sd == 24.0
    assert four.schools.teaching.tolist() == [10, 5, 20, 5]
    assert again.weights.rank.tolist() == [0.0625, 0.1875, 0.375, 0.75]


def test_stages(world):
    """Three districts: in stage 4, 5 and abandoned; a fourth has no programme school. In the second four fifths use,
    of its programme schools: 4 of 5, its other school does not count."""
    made = world(
        [10, 10, 5, 5, 10, 10], [2, 2, 1, 1], users=[8, 7, 4, 0, 0, 10], programme=[1, 1, 1, 0, 1, 0],
        stage=[4, 4, 5, 0, -1, 0], adopted=[3, 0, 4, 0, 1, 0], adapted=[2, 0, 0, 0, 1, 0], abandoned=[0, 0, 0, 0, 1, 0],
    )  # fmt: skip
    for plain in (False, True):
        row = made.row(plain=plain)
        assert row["districts_at_80"] == 1 / 3 and row["districts_complete"] == 1 / 3 and row["stage"] == 3.0
        assert [row[f"verdicts_{name}"] for name in ("adopt", "adapt", "abandon")] == [8, 3, 1]


def test_no_stages_and_no_programme(world):
    row = world([10], [1], users=[8]).row()
    assert math.isnan(row["stage"]) and math.isnan(row["districts_complete"]) and row["districts_at_80"] == 1
    assert math.isnan(world([10], [1], programme=0).row()["districts_at_80"])
