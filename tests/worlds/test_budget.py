"""No pot is ever overspent: an account kept from outside, from what schools are seen to get."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.scenario.words import BUILT_IN


def cycle_price(model):
    """What a quarter's improvement cycle costs a school; only one built-in strategy has them."""
    if model.strategy != "improvement_network":
        return 0.0
    return model.case["testing.price_common"] + model.case["testing.price_hub"]


def account(model, allowed=1.0):
    """Step a model to its end and keep its books: quarters in which a pot's spending so far in the year is above
    ``allowed`` x its budget, and the total spent."""
    case, schools, pots = model.case, model.state.schools, model.world.pots
    budget = pots.posts * case["money.budget_per_teacher"]
    support = 36 * case["programme.years_support"]
    overspent, total = [], 0.0
    spent = np.zeros(budget.size)
    while model.running:
        year_begins, quarter_begins = model.week % 36 == 0, model.week % 9 == 0
        own = model.week >= support
        if year_begins:
            spent = np.zeros(budget.size)
        model.step()
        if not quarter_begins:
            continue
        supported = (schools.enrolled == 1) & (schools.outreach > 0)
        cost = supported * (case["money.outreach_hours"] * case["money.price_outreach"] * schools.outreach)
        cost += supported * case["money.price_measurement"]
        # a mandate that ends with this week has been paid as well
        cost += (schools.mandate_weeks > 0) * case["money.monitoring_hours"] / 4 * case["money.price_monitoring"]
        price = case["money.price_coaching"] + case["money.price_released_time"]
        cost += schools.testing * cycle_price(model)
        cost += (schools.hours + schools.adapting_hours) / 4 * schools.participants * (schools.enrolled == 1) * price
        assert not cost[pots.pot < 0].any()
        spent += np.bincount(pots.pot[pots.pot >= 0], weights=cost[pots.pot >= 0], minlength=budget.size)
        total += cost.sum()
        limit = budget * (case["money.own_budget"] if own else 1.0) * allowed
        if (spent > limit * (1 + 1e-9) + 1e-6).any():
            overspent.append(model.week)
    return overspent, total


@pytest.mark.parametrize("spend", ["offer", "stretch"])
@pytest.mark.parametrize("pool", ["district", "world"])
@pytest.mark.parametrize("strategy", BUILT_IN)
def test_no_pot_is_overspent(worlds, strategy, pool, spend):
    numbers = {"money.pool": pool, "money.spend": spend, "programme.mandate_years": 4, "programme.hours": 30}
    model = worlds.model(strategy, overrides=numbers)
    overspent, total = account(model)
    assert overspent == []
    assert total == pytest.approx(model.state.ledger.sum())
    assert (total > 0) == (strategy != "none")
    budget = model.world.pots.posts.sum() * model.case["money.budget_per_teacher"] * 2
    own = model.state.ledger[8]
    assert total - own + model.state.unspent == pytest.approx(budget)


def test_the_account_sees_a_pot_that_is_too_small(worlds):
    """With 95 % of the money the same spending is too much: the account above can fail."""
    overspent, _ = account(worlds.model("directed_uniform", overrides={"programme.hours": 30}), allowed=0.95)
    assert overspent
