"""Who is in the programme and who would come, by whom accountability names and by half of achievement."""

from __future__ import annotations

import math

import pytest

from diffusion_sim.measures import MEASURES


@pytest.fixture
def six(world):
    """Five programme schools and one outside; the middle one of the five by achievement is 0, so three are low.

    school  achievement  named  in  would come  kept
    A          -2         yes    .      yes
    B          -1         yes    yes    yes
    C           0         .      .      .
    D           1         .      .      .       yes
    E           2         .      yes    yes
    out        -3         yes    .      yes
    """
    return world(
        [5] * 6, [6], programme=[1, 1, 1, 1, 1, 0], achievement=[-2, -1, 0, 1, 2, -3], designated=[1, 1, 0, 0, 0, 1],
        enrolled=[0, 1, 0, 0, 1, 0], kept=[0, 0, 0, 1, 0, 0], enter_sum=[2, 0, 0.5, 0, 3, 2], enter_draw=1.0,
    )  # fmt: skip


@pytest.mark.parametrize("plain", [False, True])
def test_shares_and_ratios(six, plain):
    row = six.row(plain=plain)
    found = {name: row[name] for name in MEASURES if name.startswith(("enrolled", "takers"))}
    assert found == pytest.approx({
        "enrolled": 3 / 5, "enrolled_designated": 1 / 2, "enrolled_others": 2 / 3,
        "enrolled_lower": 1 / 3, "enrolled_upper": 2 / 2,
        "takers": 4 / 5, "takers_designated": 2 / 2, "takers_others": 2 / 3,
        "takers_lower": 2 / 3, "takers_upper": 2 / 2,
        "enrolled_designated_ratio": 3 / 4, "enrolled_lower_ratio": 1 / 3,
        "takers_designated_ratio": 3 / 2, "takers_lower_ratio": 2 / 3,
    })  # fmt: skip


def test_nobody_named_or_everybody(world):
    for named in (0, 1):
        row = world([5, 5], [2], achievement=[1, 2], designated=named, enrolled=1, enter_draw=1.0).row()
        assert math.isnan(row["enrolled_designated"]) == (named == 0) and row["enrolled"] == 1
        assert math.isnan(row["enrolled_others"]) == (named == 1) and math.isnan(row["enrolled_designated_ratio"])


def test_equals_at_the_middle_are_in_the_lower_half(world):
    row = world([5] * 4, [4], achievement=[1, 1, 1, 2], enrolled=[1, 0, 0, 1], enter_draw=1.0).row()
    assert row["enrolled_lower"] == 1 / 3 and row["enrolled_upper"] == 1
