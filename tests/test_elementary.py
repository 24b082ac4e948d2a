"""ln x and cos(2 pi x), against the C library; e**x is tested with Lanes (test_lanes.py)."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from diffusion_sim.elementary import cos_of_turns, log

RNG = np.random.default_rng(8)


@numba.njit
def logarithms(x, out):
    for i in range(x.size):
        out[i] = log(x[i])


@numba.njit
def cosines(x, out):
    for i in range(x.size):
        out[i] = cos_of_turns(x[i])


def test_logarithm():
    near_1 = 10.0 ** RNG.uniform(-15, -1, 20_000)
    extremes = [np.finfo(float).tiny, np.finfo(float).max, np.sqrt(0.5), np.sqrt(2.0), 1e-16]
    x = np.concatenate([RNG.random(20_000), 10.0 ** RNG.uniform(-300, 300, 20_000), 1 - near_1, 1 + near_1, extremes])
    found = np.empty_like(x)
    logarithms(x, found)
    assert np.max(np.abs(found / np.log(x) - 1)) < 1e-15
    one = np.empty(1)
    logarithms(np.ones(1), one)
    assert one[0] == 0.0


def test_cosine_of_turns():
    x = np.concatenate([RNG.random(50_000), np.arange(9) / 8, [1e-17, 1 - 1.2e-16]])
    found = np.empty_like(x)
    cosines(x, found)
    assert np.max(np.abs(found - np.cos(2 * np.pi * x))) < 1e-15
    cosines(np.arange(5) / 4, found)
    assert found[:5].tolist() == pytest.approx([1, 0, -1, 0, 1], abs=0)


def test_a_number_does_not_depend_on_its_neighbours():
    """Loops work on several numbers at once, and on the last few alone."""
    x = RNG.random(37)
    for function in (logarithms, cosines):
        together, alone = np.empty_like(x), np.empty(1)
        function(x, together)
        for i in range(x.size):
            function(x[i : i + 1], alone)
            assert alone[0] == together[i]
