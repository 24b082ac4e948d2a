"""The fast model against its slow twin, written from docs/model.md alone: the same persons use the practice in every
week, and skill, conviction, norm, trust, readiness and the ledger agree."""

from __future__ import annotations

import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario.words import BUILT_IN

from .oracle import STRATEGIES
from .twin import differences, make_case, run_both, school_rows, survey_columns, twin_of

SUPPORT_2_AFTER_1 = {"programme.years_support": 2, "programme.years_after": 1}
SEED = 20_260


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """500 teachers in 20 schools, three school years."""
    return make_case(tmp_path_factory.mktemp("big"), school_rows(20, 500), SUPPORT_2_AFTER_1)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """150 teachers in 12 schools, three school years."""
    return make_case(tmp_path_factory.mktemp("small"), school_rows(12, 150), SUPPORT_2_AFTER_1)


def agree(case, strategy, seed=SEED, overrides=None, mix=None):
    """Run both to the end; the finished model and twin."""
    model = ReformModel(case, rng=seed, strategy=strategy if strategy in BUILT_IN else None, overrides=overrides)
    twin = twin_of(model, strategy, mix)
    assert run_both(model, twin) == []
    return model, twin


def test_the_twin_knows_every_strategy():
    assert set(STRATEGIES) == set(BUILT_IN)


@pytest.mark.parametrize("strategy", BUILT_IN)
def test_same_users_every_week(big, strategy):
    model, twin = agree(big, strategy)
    assert model.state.teachers.school.size == 500
    assert model.week == 108
    happened = model.flows.iloc[-1]
    assert happened.hired > 100 and happened.moved > 5 and happened.principals_left > 3
    assert happened.trial_initiative > 5 and happened.stop_owned > 5
    assert (happened.school_entries > 5) == (strategy != "none")
    assert (happened.trial_mandate > 50) == (strategy.startswith("directed"))
