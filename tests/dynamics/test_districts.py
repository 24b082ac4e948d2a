"""Who stands among the lowest, how hard accountability presses, and how relief and autonomy come and go."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diffusion_sim.dynamics.districts import lowest, pressure, pressure_by_degree, ramp

EIGHT = np.array([0.5, -1.0, 0.2, -2.0, 1.0, -0.3, -1.0, 2.0])  # ascending: -2, -1, -1, -.3, .2, .5, 1, 2
ALL = np.ones(8, bool)


@pytest.mark.parametrize(
    ("share", "who"),
    [
        (0.0, []),
        (0.01, [3]),  # at least one: k = ceil(.08)
        (0.125, [3]),  # k = 1 to the last bit
        (0.126, [3, 1, 6]),  # k = 2, and who equals the second is named, too
        (0.25, [3, 1, 6]),
        (0.5, [3, 1, 6, 5]),
        (1.0, list(range(8))),
    ],
)
def test_the_lowest_are_counted_upwards_and_equals_are_treated_alike(share, who):
    assert np.flatnonzero(lowest(EIGHT, ALL, share)).tolist() == sorted(who)
    order = np.array([3, 0, 7, 1, 5, 2, 4, 6])
    assert np.array_equal(lowest(EIGHT[order], ALL, share), lowest(EIGHT, ALL, share)[order])


def test_who_is_not_inside_stands_under_the_same_line():
    """Inside: .2, -2, 1, -.3; a quarter of them is one, -2; half of them two, up to -.3, and both -1 stand below."""
    inside = np.array([0, 0, 1, 1, 1, 1, 0, 0], bool)
    assert np.flatnonzero(lowest(EIGHT, inside, 0.25)).tolist() == [3]
    assert np.flatnonzero(lowest(EIGHT, inside, 0.5)).tolist() == [1, 3, 5, 6]
    assert not lowest(EIGHT, ~ALL, 0.5).any(), "nobody inside, no line"


def test_all_alike_is_everybody_or_nobody():
    assert lowest(np.zeros(3), np.ones(3), 0.25).all() and not lowest(np.zeros(3), np.ones(3), 0.0).any()


def test_pressure_of_those_named_and_of_others():
    found = pressure(np.array([1.0, 1.0, 0.5]), np.array([True, False, False]), 0.2)
    assert found.tolist() == [1.0, 0.2, 0.1]
    assert pressure_by_degree(2.0, np.array([0.0, 1.0]), 1.5) == pytest.approx([1.0, 2 / (1 + math.exp(1.5))])


def test_quarters_come_and_go_one_by_one_and_end_at_a_year():
    r, seen = np.array([0]), []
    for paid in (1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0):
        r = ramp(r, np.array([paid == 1]))
        seen.append(int(r[0]))
    assert seen == [1, 2, 1, 2, 3, 4, 4, 3, 2, 1, 0, 0]
