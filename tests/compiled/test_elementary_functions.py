"""ln x, cos(2 pi x) and roots, of single numbers and of Lanes, against the C library; e**x: test_lanes.py."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim import rng
from diffusion_sim.compiled import lane_memory, lanes
from diffusion_sim.compiled.elementary_functions import cos_of_turns, log, sqrt
from diffusion_sim.programme.teams import prior_growth
from diffusion_sim.state.codes import ROUTINE, TRIAL

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


@numba.njit
def of_lanes(x, out):
    for i in range(0, x.size, lanes.WIDTH):
        each = lane_memory.load_lanes(x, 0, i)
        lane_memory.store_lanes(out, 0, i, log(each))
        lane_memory.store_lanes(out, 1, i, cos_of_turns(each))
        lane_memory.store_lanes(out, 2, i, sqrt(each))


def test_lanes_get_what_numbers_get():
    x = np.concatenate([RNG.random(40_000), np.arange(1, 9) / 8, 10.0 ** RNG.uniform(-16, 0, 8_000)])
    found, alone = np.full((4, x.size), 7.5), np.empty((2, x.size))
    of_lanes(x, found)
    assert np.max(np.abs(found[0] - np.log(x)) / np.maximum(1e-12, -np.log(x))) < 1e-15
    assert np.max(np.abs(found[1] - np.cos(2 * np.pi * x))) < 1e-15
    assert np.array_equal(found[2], np.sqrt(x)) and (found[3] == 7.5).all()
    logarithms(x, alone[0])
    cosines(x, alone[1])
    assert found[:2] == pytest.approx(alone, rel=1e-14, abs=1e-15)


def test_noise_of_users_is_their_keyed_draw():
    model = ds.ReformModel("mid_size_district", rng=3, strategy="directed_uniform")
    while model.week < 28:  # week 28 is the first of the fourth quarter
        model.step()
    people = model.state.teachers
    users = (people.stage == TRIAL) | (people.stage == ROUTINE)
    drawn = [rng.normal(3, o, t, rng.PAYOFF, 3) for o, t in zip(people.origin[users], people.tag[users], strict=True)]
    assert users.sum() > 100 and people.payoff_noise[users] == pytest.approx(drawn, rel=1e-13, abs=1e-14)


def test_what_blurs_a_planners_sight_is_a_keyed_draw():
    people = ds.ReformModel("mid_size_district", rng=3, strategy="none").state.teachers
    for size in (people.size, 13, 1):
        some = people[:size]
        drawn = [rng.normal(3, o, t, rng.PRIOR_GROWTH, 0) for o, t in zip(some.origin, some.tag, strict=True)]
        assert prior_growth(3, some, 0.0) == pytest.approx(drawn, rel=1e-13, abs=1e-14)


def test_a_number_does_not_depend_on_its_neighbours():
    """Loops work on several numbers at once, and on the last few alone."""
    x = RNG.random(37)
    for function in (logarithms, cosines):
        together, alone = np.empty_like(x), np.empty(1)
        function(x, together)
        for i in range(x.size):
            function(x[i : i + 1], alone)
            assert alone[0] == together[i]
