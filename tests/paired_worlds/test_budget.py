"""No pot is ever overspent: an account kept from outside, from what schools are seen to get."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario.words import BUILT_IN
from diffusion_sim.state.codes import COACH, TRADED


def of_structures(model, case):
    """What a quarter of staffing structures costs and saves, each school's, as seen from who is in post."""
    schools, t = model.state.schools, model.state.teachers
    pay, size = case["money.mean_pay"] / 4, schools.size
    leads = np.bincount(t.school, weights=t.leader == np.arange(t.size), minlength=size)
    coaches = np.bincount(t.school, weights=t.leader == COACH, minlength=size)
    traded = np.bincount(t.school, weights=t.leader == TRADED, minlength=size)
    cost = (leads * case["money.supplement"] + coaches) * pay * (schools.staffed == 1)
    if model.week % 36 == 1:
        begins = (schools.staffing > 0) & (schools.staffing_year == model.week // 36) & (schools.enrolled == 1)
        cost += begins * (leads + coaches) * case["money.price_transition"]
    return cost, traded * pay


def cycle_price(model):
    """What a quarter's improvement cycle with common measures and a hub costs a school that has one."""
    return model.case["testing.price_common"] + model.case["testing.price_hub"]


def account(model, allowed=1.0):
    """Step a model to its end and keep its books: quarters in which a pot's spending so far in the year is above
    ``allowed`` x its budget and what traded posts saved so far, the total spent, and saved in years of support."""
    case, schools, pots = model.case, model.state.schools, model.world.pots
    budget = pots.posts * case["money.budget_per_teacher"]
    support = 36 * case["programme.years_support"]
    overspent, total, freed = [], 0.0, 0.0
    spent, saved = np.zeros(budget.size), np.zeros(budget.size)
    while model.running:
        year_begins, quarter_begins = model.week % 36 == 0, model.week % 9 == 0
        own = model.week >= support
        if year_begins:
            spent, saved = np.zeros(budget.size), np.zeros(budget.size)
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
        taught = (schools.enrolled == 1) | (schools.kept == 1)
        cost += (schools.hours + schools.adapting_hours) / 4 * schools.participants * taught * price
        of_staff, saving = of_structures(model, case)
        cost += of_staff
        freed += 0.0 if own else saving.sum()
        assert not cost[pots.pot < 0].any()
        inside = pots.pot >= 0
        spent += np.bincount(pots.pot[inside], weights=cost[inside], minlength=budget.size)
        saved += np.bincount(pots.pot[inside], weights=saving[inside], minlength=budget.size)
        total += cost.sum()
        limit = (budget * (case["money.own_budget"] if own else 1.0) + saved) * allowed
        if (spent > limit * (1 + 1e-9) + 1e-6).any():
            overspent.append(model.week)
    return overspent, total, freed


@pytest.mark.parametrize("spend", ["offer", "stretch"])
@pytest.mark.parametrize("pool", ["district", "world"])
@pytest.mark.parametrize("strategy", BUILT_IN)
def test_no_pot_is_overspent(worlds, strategy, pool, spend):
    numbers = {"money.pool": pool, "money.spend": spend, "programme.mandate_years": 4, "programme.hours": 30}
    model = worlds.model(strategy, overrides=numbers)
    overspent, total, freed = account(model)
    assert overspent == []
    assert total == pytest.approx(model.state.ledger.sum())
    assert (total > 0) == (strategy != "none")
    budget = model.world.pots.posts.sum() * model.case["money.budget_per_teacher"] * 2
    own = model.state.ledger[8]
    assert total - own + model.state.unspent == pytest.approx(budget + freed)
    assert (freed > 0) == (strategy == "multi_classroom_leader")


@pytest.mark.parametrize("pool", ["district", "world"])
@pytest.mark.parametrize(
    "parts",
    [
        {"staffing": "coach"},
        {"staffing": "multi_classroom_leader", "content": {"kind": "mixed", "capacity": 0.3, "practice": 0.4}},
        {"content": {"kind": "practice_first", "practice": 0.5, "capacity": 0.4}},
        {"staffing": "multi_classroom_leader", "content": "mixed", "testing": "menu", "recruitment": "team_outward"},
    ],
    ids=["coach", "leaders_and_capacity", "capacity", "everything"],
)
def test_no_pot_is_overspent_by_parts(worlds, parts, pool):
    said = yaml.safe_dump({"strategies": {"mine": {"recruitment": "volunteer", **parts}}})
    numbers = {"money.pool": pool, "money.own_budget": 0.3, "enrolment.n0": 5, "money.budget_per_teacher": 6000}
    model = ReformModel(worlds.case(extra=said), rng=11, strategy="mine", overrides=numbers)
    overspent, total, freed = account(model)
    assert overspent == []
    assert total == pytest.approx(model.state.ledger.sum())
    budget = model.world.pots.posts.sum() * 6000 * 2
    assert total - model.state.ledger[8] + model.state.unspent == pytest.approx(budget + freed)
    assert (model.state.ledger[9] > 0) == (model.state.capacity > 0).any() == ("content" in parts)
    assert model.state.ledger[8] > 0 or parts == {"staffing": "coach"}


def test_the_account_sees_a_pot_that_is_too_small(worlds):
    """With 95 % of the money the same spending is too much: the account above can fail."""
    overspent, _, _ = account(worlds.model("directed_uniform", overrides={"programme.hours": 30}), allowed=0.95)
    assert overspent
