"""Seeds: what is taken, what is refused, and that they decide everything."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.errors import ScenarioError, StrategyError
from diffusion_sim.model import ReformModel

pytestmark = pytest.mark.mesa_versions


def test_the_same_seed_is_the_same_run(small, differing):
    assert differing(small(rng=5).run(), small(rng=5).run()) == []
    assert differing(small(rng=5), small(rng=6)) != []


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint64, np.uint32])
def test_numpy_numbers_are_taken(small, differing, kind):
    model = small(rng=kind(5))
    assert type(model.seed) is int and model.seed == 5
    assert differing(model.run(), small(rng=5).run()) == []


@pytest.mark.parametrize("seed", [0, 2**32, 2**63, 2**64 - 1])
def test_all_64_bits_count(small, differing, seed):
    model = small(rng=seed)
    assert model.seed == seed
    assert differing(model, small(rng=seed % 2**32 if seed >= 2**32 else seed + 2**32)) != []


def test_none_takes_entropy_and_keeps_it(small, differing):
    one, two = small(rng=None), small(rng=None)
    assert isinstance(one.seed, int) and one.seed != two.seed
    assert differing(one, small(rng=one.seed)) == []


@pytest.mark.parametrize(
    "seed", [-1, 2**64, 1.0, np.float64(3), "1", True, np.bool_(True), [1], np.random.default_rng(1)]
)
def test_what_is_no_seed(small, seed):
    with pytest.raises(ScenarioError, match=r"rng: found .*whole number from 0 to 2\*\*64 - 1"):
        small(rng=seed)


def test_the_default_case_and_ids():
    short = {"population.schools": 2, "programme.years_support": 1, "programme.years_after": 0}
    assert ReformModel(overrides=short, rng=1).case.id == "mid_size_district"
    with pytest.raises(ScenarioError, match="did you mean 'michigan'"):
        ReformModel("michgan", rng=1)
    with pytest.raises(StrategyError, match="did you mean 'lottery'"):
        ReformModel(strategy="lotery", rng=1)
    with pytest.raises(StrategyError, match="did you mean 'improvement_network'"):
        ReformModel(strategy="improvement_networks", rng=1)
    with pytest.raises(ScenarioError, match="no such path"):
        ReformModel(overrides={"trial.qq": 1}, rng=1)


def test_worlds_are_shared_by_strategies_and_runs_do_not_disturb_each_other(small, differing):
    first = small(strategy="directed_uniform").run()
    other = small(strategy="none").run()
    assert differing(first, small(strategy="directed_uniform").run()) == []
    assert differing(other, small(strategy="none").run()) == []
