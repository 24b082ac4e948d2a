"""No pot is ever overspent: an account kept from outside, from what schools are seen to get."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
import yaml

from diffusion_sim.dynamics.money import DISTRICT, FREED
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario.words import BUILT_IN
from diffusion_sim.state.codes import COACH, TRADED


def of_structures(model, case):
    """What a quarter of staffing structures costs and frees, each school's, as seen from who is in post."""
    schools, t = model.state.schools, model.state.teachers
    pay, size = case["money.mean_pay"] / 4, schools.size
    leads = np.bincount(t.school, weights=t.leader == np.arange(t.size), minlength=size)
    coaches = np.bincount(t.school, weights=t.leader == COACH, minlength=size)
    traded = np.bincount(t.school, weights=t.leader == TRADED, minlength=size)
    cost = (leads * case["money.supplement"] + coaches) * pay * (schools.staffed == 1)
    if model.week % 36 == 1:
        begins = (schools.staffing > 0) & (schools.staffing_year == model.week // 36) & (schools.enrolled == 1)
        cost += begins * (leads + coaches) * case["money.price_transition"]
    return cost, traded * case["money.traded_pay"] * pay


def of_hours(model, case):
    """What a quarter of hours, building and team leaders' preparation costs each school; of leaders only a part has a
    class of their own."""
    schools = model.state.schools
    coach, time = case["money.price_coaching"], case["money.price_released_time"]
    leader, told = case["money.released_leaders"] * time, schools.to_leaders
    whole = (schools.hours + schools.adapting_hours) / 4 * schools.participants
    whole *= (schools.enrolled == 1) | (schools.kept == 1)
    taught, trains = whole * (schools.mix[:, 0] + schools.mix[:, 1]), whole * schools.mix[:, 3]
    cost = taught * (coach + (1 - told) * time + told * leader)
    return cost + (trains + schools.building / 4 + schools.preparing / 4) * (coach + leader)


def of_places(model, case):
    """What a quarter of outreach, measurement, invitations by name, monitoring and cycles costs each school; a place of
    a district's own programme costs nothing."""
    schools, t = model.state.schools, model.state.teachers
    supported = (schools.enrolled == 1) & (schools.outreach > 0) & (model.week <= model.support_weeks)
    cost = supported * (case["money.outreach_hours"] * case["money.price_outreach"] * schools.outreach)
    cost += supported * case["money.price_measurement"]
    invited = np.bincount(t.school, weights=t.invited & 1, minlength=schools.size)
    cost += invited * case["money.invite_hours"] * case["money.price_outreach"]
    # a mandate that ends with this week has been paid as well
    cost += (schools.mandate_weeks > 0) * case["money.monitoring_hours"] / 4 * case["money.price_monitoring"]
    return cost + schools.testing * (case["testing.price_common"] + case["testing.price_hub"])


def of_districts(model, case, before):
    """What a quarter of relief costs a district, at its first school that is relieved. before : quarters of relief."""
    now = model.state.schools.relief_quarters
    paid = (now > before) | (now == 4)  # four stay four only as long as they are paid
    first = np.unique(model.state.schools.district[paid], return_index=True)[1]
    cost = np.zeros(paid.size)
    cost[np.flatnonzero(paid)[first]] = case["district.relief_hours"] / 4 * case["money.price_coaching"]
    return cost


class Books(NamedTuple):
    """overspent : quarters in which a pot had spent more in the year than came into it; support, own : spent less freed
    in years of support, and after them; freed : in all; unspent : left of years of support and not carried."""

    overspent: list[int]
    support: float
    own: float
    freed: float
    unspent: float


def account(model, allowed=1.0):
    """Step a model to its end and keep its books; ``allowed`` : share of what came in that may be spent."""
    case, pots = model.case, model.world.pots
    carried, support = case["money.unspent"] == "carried", 36 * case["programme.years_support"]
    overspent, net, freed, unspent, inside = [], [0.0, 0.0], 0.0, 0.0, pots.pot >= 0
    limit = spent = np.zeros(pots.posts.size)
    while model.running:
        quarter_begins, own = model.week % 9 == 0, model.week >= support
        if model.week % 36 == 0:
            goes_on = carried and model.week not in (0, support)
            unspent += 0.0 if goes_on or model.week > support else (limit - spent).sum()
            new = pots.posts * case["money.budget_per_teacher"] * (case["money.own_budget"] if own else 1.0)
            limit, spent = new + (limit - spent) * goes_on, np.zeros(new.size)
        looked, relief = model.state.schools.looked.copy(), model.state.schools.relief_quarters.copy()
        model.step()
        if not quarter_begins:
            continue
        of_staff, saving = of_structures(model, case)
        looks = (model.state.schools.looked > looked) * case["planner.look_hours"] * case["money.price_coaching"]
        cost = of_places(model, case) + of_hours(model, case) + of_staff + looks + of_districts(model, case, relief)
        assert not cost[pots.pot < 0].any()
        spent = spent + np.bincount(pots.pot[inside], weights=cost[inside], minlength=new.size)
        limit = limit + np.bincount(pots.pot[inside], weights=saving[inside], minlength=new.size)
        net[own] += cost.sum() - saving.sum()
        freed += saving.sum()
        if (spent > limit * allowed * (1 + 1e-9) + 1e-6).any():
            overspent.append(model.week)
    return Books(overspent, *net, freed, unspent)


def agrees(model):
    """Keep the books of a run and hold the model's own against them."""
    budget, years = model.world.pots.posts.sum() * model.case["money.budget_per_teacher"], model.support_weeks // 36
    books, ledger = account(model), model.state.ledger
    assert books.overspent == []
    assert books.support + books.own == pytest.approx(ledger.sum())
    assert books.freed == pytest.approx(-ledger[FREED])
    assert books.unspent == pytest.approx(model.state.unspent, abs=1e-6)
    assert books.support + model.state.unspent == pytest.approx(budget * years)
    return books


@pytest.mark.parametrize("spend", ["offer", "stretch"])
@pytest.mark.parametrize("pool", ["district", "world"])
@pytest.mark.parametrize("strategy", BUILT_IN)
def test_no_pot_is_overspent(worlds, strategy, pool, spend):
    unspent = {"offer": "carried", "stretch": "returned"}[spend]
    numbers = {"money.pool": pool, "money.spend": spend, "programme.mandate_years": 4, "programme.hours": 30}
    model = worlds.model(strategy, overrides=numbers | {"money.unspent": unspent})
    books = agrees(model)
    assert (model.outcomes["cost_gross"] > 0) == (strategy != "none")
    assert (books.freed > 0) == strategy.startswith("multi_classroom_leader")


@pytest.mark.parametrize(("pool", "provider"), [("district", "world"), ("world", "district")])
@pytest.mark.parametrize(
    "parts",
    [
        {"staffing": "coach"},
        {"staffing": "multi_classroom_leader", "content": {"kind": "mixed", "capacity": 0.3, "practice": 0.4}},
        {"content": {"kind": "practice_first", "practice": 0.5, "capacity": 0.4}},
        {"staffing": "multi_classroom_leader", "content": "mixed", "testing": "menu", "recruitment": "team_outward",
         "district": {"kind": "relief", "schools": "all"}},
    ],
    ids=["coach", "leaders_and_capacity", "capacity", "everything"],
)
def test_no_pot_is_overspent_by_parts(worlds, parts, pool, provider):
    said = yaml.safe_dump({"strategies": {"mine": {"recruitment": "volunteer", **parts}}})
    numbers = {"money.pool": pool, "structure.provider": provider, "money.own_budget": 0.3, "enrolment.n0": 5}
    numbers |= {"money.budget_per_teacher": 6000, "staffing.trade": "half"}
    model = ReformModel(worlds.case(extra=said), rng=11, strategy="mine", overrides=numbers)
    agrees(model)
    assert (model.state.ledger[9] > 0) == (model.state.capacity > 0).any() == ("content" in parts)
    assert model.state.ledger[8] > 0 or parts == {"staffing": "coach"}
    assert (model.state.ledger[DISTRICT] > 0) == ("district" in parts)


def test_the_account_sees_a_pot_that_is_too_small(worlds):
    """With 90 % of the money the same spending is too much: the account above can fail."""
    assert account(worlds.model("directed_uniform", overrides={"programme.hours": 30}), allowed=0.9).overspent
