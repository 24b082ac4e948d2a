"""What comes into the pots is what is spent, less what is freed, and what is left: to 1e-9, in every table of a run."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from diffusion_sim.measures import LEDGER
from diffusion_sim.model import ReformModel

LEADERS = {"recruitment": "directed", "tempo": "at_once", "staffing": "multi_classroom_leader", "content": "mixed"}
STRATEGIES = {
    "directed": {"recruitment": "directed", "tempo": "at_once"},
    "leaders": LEADERS,
    "everything": {"recruitment": "team_outward", "staffing": "multi_classroom_leader", "testing": "menu"},
}
CUT = {"kind": "budget_cut", "week": 31, "share": 0.3}  # after the first year's last quarter has been paid


def come_and_gone(model, cut):
    """Step to the end: what came into the pots in years of support and after them, less what a cut took away, and what
    years after support left and did not carry on."""
    budget = model.world.pots.posts.sum() * model.case["money.budget_per_teacher"]
    state, carried, came, dropped = model.state, model.case["money.unspent"] == "carried", [0.0, 0.0], 0.0
    while model.running:
        after = model.week >= model.support_weeks
        if cut and model.week == CUT["week"] and carried:  # else what is cut is booked as unspent already
            came[0] -= CUT["share"] * state.year_pot.sum()
        if model.week % 36 == 0:
            dropped += 0.0 if carried or model.week <= model.support_weeks else state.year_pot.sum()
            less = 1 - CUT["share"] if cut and model.week > CUT["week"] else 1.0
            came[after] += budget * less * (model.case["money.own_budget"] if after else 1.0)
        model.step()
    return came, dropped + state.year_pot.sum()


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize("unspent", ["carried", "returned"])
@pytest.mark.parametrize("seed", [3, 17])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_money_adds_up(worlds, strategy, seed, unspent, cut):
    said = yaml.safe_dump({"strategies": STRATEGIES})
    numbers = {"money.unspent": unspent, "money.own_budget": 0.2, "programme.years_after": 2}
    model = ReformModel(worlds.case(extra=said), rng=seed, strategy=strategy, overrides=numbers)
    if cut:
        model.intervene(CUT)
    (support, own), left = come_and_gone(model, cut)
    rows, end = model.series, model.support_weeks
    net = rows["cost_total"].iloc[end], rows["cost_total"].iloc[-1] - rows["cost_total"].iloc[end]
    assert net[0] + rows["cost_unspent"].iloc[-1] == pytest.approx(support, rel=1e-9)
    assert net[1] + left == pytest.approx(own, rel=1e-9)
    assert (rows["cost_freed"].iloc[-1] < 0) == (strategy != "directed")
    assert rows["cost_unspent"].iloc[end - 1] == rows["cost_unspent"].iloc[-1]

    def same(numbers):
        """Whether these are the net cost of every week."""
        return np.allclose(numbers, rows["cost_total"], rtol=1e-9, atol=1e-6)

    pupils, years = model.state.schools.pupils[model.state.schools.programme == 1].sum(), np.arange(len(rows)) / 36
    assert same(rows[[f"cost_{column}" for column in LEDGER]].sum(axis=1))
    assert same(rows["cost_gross"] + rows["cost_freed"])
    assert same(rows["cost_per_pupil"] * pupils)
    assert same(rows["cost_per_pupil_year"].fillna(0.0) * years * pupils)
    columns = [name for name in rows if name.startswith("cost_")]
    assert [model.outcomes[name] for name in columns] == rows[columns].iloc[-1].tolist()
