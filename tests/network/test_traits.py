"""What persons bring to the network, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.network.traits import attitude_class, band_of, grade_band, school_degree


@pytest.mark.parametrize(
    ("u", "posts", "band"),
    [
        (0.0, 30, 0),
        (0.399, 30, 0),
        *((0.4 + 0.6 * (k + 0.5) / 9, 30, 1 + k) for k in range(9)),  # nine bands of .6 / 9 each
        *((0.4 + 0.6 * (k + 0.5) / 3, 4, 1 + k) for k in range(3)),  # a school of four has three
        (0.4, 10, 1),
        (0.999, 10, 9),
        (0.999, 9, 8),
        (0.999, 2, 1),
        (0.999, 1, 1),
    ],
)
def test_bands_are_even(u, posts, band):
    assert band_of.py_func(u, posts) == band


def test_bands_of_a_school_are_even():
    """450 posts: 180 with several grades, 30 in each of nine bands, give or take what steps of a ratio leave."""
    bands = [grade_band(np.uint64(3), np.uint64(7), post, 450, 0) for post in range(450)]
    assert np.abs(np.bincount(bands) - [180, *[30] * 9]).max() <= 2


def test_shares_of_attitudes():
    n = 20_000
    found = np.bincount([attitude_class(np.uint64(3), np.uint64(7), tag) for tag in range(n)]) / n
    assert found == pytest.approx([0.52, 0.27, 0.15, 0.06], abs=0.012)  # more than 3 standard errors
    assert (found**2).sum() == pytest.approx(0.38, abs=0.01)  # two staff share the class


def test_degrees_of_schools_have_their_mean():
    found = [school_degree(np.uint64(3), np.uint64(key), 4.0, 0.3) for key in range(20_000)]
    assert np.mean(found) == pytest.approx(4.0, abs=0.03) and np.std(np.log(found)) == pytest.approx(0.3, abs=0.006)
