"""One look a strategy, everywhere, told apart with any colour vision."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from diffusion_sim.scenario import load_scenario
from diffusion_sim.scenario.words import BUILT_IN
from diffusion_sim.viz.colours import BASELINE, FREE, STRATEGIES, dark, looks, luminance

# Machado, Oliveira & Fernandes (2009), A physiologically-based model for simulation of color vision deficiency, IEEE
# Transactions on Visualization and Computer Graphics 15(6), matrices of severity 1, for linear RGB.
VISION = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def seen(colour, vision):
    """CIELAB of a colour as somebody sees it."""
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one, two):
    """The smallest CIE 1976 difference over all kinds of vision; 2.3 is just noticeable side by side."""
    return min(float(np.linalg.norm(seen(one, kind) - seen(two, kind))) for kind in VISION)


def test_the_measure_of_distance_can_fail():
    assert distance("#FF0000", "#FF0000") == 0
    assert distance("#009E73", "#CC79A7") < distance("#000000", "#FFFFFF") == pytest.approx(100, abs=0.1)
    red, green = "#E41A1C", "#4DAF4A"  # alike to many men
    assert np.linalg.norm(seen(red, "all cones") - seen(green, "all cones")) > 2 * distance(red, green)


def test_any_two_colours_are_apart_with_any_vision():
    colours = [*(look.colour for look in STRATEGIES.values()), *FREE]
    assert len(set(colours)) == len(colours) >= 20
    near = {(a, b): d for a, b in itertools.combinations(colours, 2) if (d := distance(a, b)) < 14}
    assert not near, near


@pytest.mark.parametrize("name", ["mid_size_district", "michigan"])
def test_the_default_comparison_is_far_apart(name):
    colours = [looks([arm])[arm].colour for arm in load_scenario(name).compare]
    assert min(distance(a, b) for a, b in itertools.combinations(colours, 2)) > 18


def test_colours_are_stable():
    """A strategy looks the same whatever stands beside it and in whatever order."""
    assert set(BUILT_IN) <= set(STRATEGIES)
    whole = looks(STRATEGIES)
    assert whole["volunteer_uniform"].colour == "#0072B2" and whole["directed_need_weighted"].colour == "#AA00FF"
    for some in (["staged", "none"], ["directed_uniform"], list(reversed(STRATEGIES))):
        assert list(looks(some)) == some
        assert all(look == whole[arm] for arm, look in looks(some).items())
    assert looks(["none"])["none"] == BASELINE


def test_own_strategies_take_the_next_free_ones_by_name():
    found = looks(["zebra", "none", "apple", "directed_uniform", "mango"])
    assert [found[name].colour for name in ("apple", "mango", "zebra")] == list(FREE[:3])
    assert found["directed_uniform"] == STRATEGIES["directed_uniform"]
    many = looks(f"own{i:02}" for i in range(3 * len(FREE)))
    assert len(set(many.values())) == len(many)  # the colour again, with another dash and marker


def test_names_are_dark_enough_to_read():
    for colour in [*(look.colour for look in STRATEGIES.values()), *FREE]:
        assert 1.05 / (luminance(dark(colour)) + 0.05) >= 4.5
    assert dark("#0072B2") == "#0072B2" and luminance("#FFFFFF") == pytest.approx(1)
