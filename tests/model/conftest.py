"""A small world, and comparing two models."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.world.run_state import MONEY

SMALL = {"population.schools": 6, "population.districts": 2, "programme.years_support": 1, "programme.years_after": 1}


@pytest.fixture
def small():
    """Make a model of a small world: 72 weeks."""

    def make(rng=3, strategy="directed_uniform", overrides=None, **more) -> ReformModel:
        return ReformModel("mid_size_district", rng=rng, strategy=strategy, overrides=SMALL | (overrides or {}), **more)

    return make


@pytest.fixture
def differing():
    """Names of the arrays in which two models differ, bit for bit (NaN equals NaN)."""

    def find(a: ReformModel, b: ReformModel) -> list[str]:
        one, two = a.state.arrays(), b.state.arrays()
        assert one.keys() == two.keys() and len(one) > 50
        assert a.week == b.week
        money = [name for name in MONEY if getattr(a.state, name) != getattr(b.state, name)]
        return money + [k for k in one if one[k].tobytes() != np.asarray(two[k]).tobytes()]

    return find
