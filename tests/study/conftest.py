"""A small world for comparisons: five schools, one year of support, one after."""

from __future__ import annotations

import pytest

from diffusion_sim.scenario import load_scenario

SMALL = {
    "population.schools": 5,
    "population.teachers_mean": 8,
    "programme.years_support": 1,
    "programme.years_after": 1,
}


@pytest.fixture(scope="session")
def small():
    """The scenario."""
    return load_scenario("mid_size_district").override(SMALL)
