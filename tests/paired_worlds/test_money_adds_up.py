"""What comes into the pots is what is spent, less what is freed, and what is left: to 1e-9, in every table of a run."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from diffusion_sim.analysis.compare import compare
from diffusion_sim.measures import LEDGER, MEASURES, SUPPORT_END
from diffusion_sim.model import ReformModel

from ..study.run.test_into_store import run
from ..study.small_study import table, write_study

LEADERS = {"recruitment": "directed", "tempo": "at_once", "staffing": "multi_classroom_leader", "content": "mixed"}
STRATEGIES = {
    "directed": {"recruitment": "directed", "tempo": "at_once"},
    "leaders": LEADERS,
    "everything": {"recruitment": "team_outward", "staffing": "multi_classroom_leader", "testing": "menu"},
}
ARMS = ["none", *STRATEGIES]
CUT = {"kind": "budget_cut", "week": 31, "share": 0.3}  # after the first year's last quarter has been paid
NUMBERS = {"money.own_budget": 0.2, "programme.years_after": 2}


def extra(cut):
    """The strategies, and the cut, as YAML of a scenario."""
    return yaml.safe_dump({"strategies": STRATEGIES} | ({"events": [CUT]} if cut else {}))


def check(rows, end=""):
    """What a reader can add up in the rows of any table; ``end`` : of the last week of support."""
    of = {name: rows[f"{name}{end}"].to_numpy(float) for name in MEASURES if f"{name}{end}" in rows}
    left = of["cost_unspent"] + of["cost_unspent_own"] + of["cost_in_pots"]
    freed_and_spent = sum(of[f"cost_{column}"] for column in LEDGER)
    np.testing.assert_allclose(of["cost_total"] + left, of["cost_pot"], rtol=1e-9, atol=0.0)
    np.testing.assert_allclose(of["cost_gross"] + of["cost_freed"] + left, of["cost_pot"], rtol=1e-9, atol=0.0)
    np.testing.assert_allclose(freed_and_spent + left, of["cost_pot"], rtol=1e-9, atol=0.0)
    return of


def came(model, cut):
    """Step to the end: what comes into the pots in years of support and after them, less what a cut takes away."""
    budget = model.world.pots.posts.sum() * model.case["money.budget_per_teacher"]
    state, into = model.state, [0.0, 0.0]
    while model.running:
        after = model.week >= model.support_weeks
        if cut and model.week == CUT["week"]:
            into[0] -= CUT["share"] * state.year_pot.sum()
        if model.week % 36 == 0:
            less = 1 - CUT["share"] if cut and model.week > CUT["week"] else 1.0
            into[after] += budget * less * (model.case["money.own_budget"] if after else 1.0)
        model.step()
    return into


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize(("unspent", "pool"), [("carried", "district"), ("returned", "world")])
@pytest.mark.parametrize("seed", [3, 17])
@pytest.mark.parametrize("strategy", ARMS)
def test_money_adds_up(worlds, strategy, seed, unspent, pool, cut):
    numbers = NUMBERS | {"money.unspent": unspent, "money.pool": pool}
    model = ReformModel(worlds.case(extra=extra(cut)), rng=seed, strategy=strategy, overrides=numbers)
    support, own = came(model, cut)
    rows, end = model.series, model.support_weeks
    of = check(rows)
    assert of["cost_pot"][0] == 0.0 and (np.diff(of["cost_pot"]) != 0).sum() == 4 + (cut and unspent == "carried")
    assert of["cost_pot"][end] == pytest.approx(support, rel=1e-9)
    assert of["cost_pot"][-1] == pytest.approx(support + own, rel=1e-9)
    assert (of["cost_freed"][-1] < 0) == (strategy in ("leaders", "everything"))
    assert (of["cost_own"][-1] > 0) == (strategy != "none")
    # what is booked as left stands in no pot
    assert of["cost_in_pots"][end] == 0.0 and of["cost_unspent"][end - 1] == of["cost_unspent"][-1]
    assert not of["cost_unspent_own"][: end + 1].any()
    assert (of["cost_unspent_own"][-1] > 0) == (unspent == "returned") == (of["cost_in_pots"][-1] == 0)

    def same(numbers):
        """Whether these are the net cost of every week."""
        return np.allclose(numbers, rows["cost_total"], rtol=1e-9, atol=1e-6)

    pupils, years = model.state.schools.pupils[model.state.schools.programme == 1].sum(), np.arange(len(rows)) / 36
    assert same(rows["cost_per_pupil"] * pupils)
    assert same(rows["cost_per_pupil_year"].fillna(0.0) * years * pupils)
    columns = [name for name in rows if name.startswith("cost_")]
    assert [model.outcomes[name] for name in columns] == rows[columns].iloc[-1].tolist()
    at_end = [model.outcomes[f"{name}{SUPPORT_END}"] for name in columns]
    np.testing.assert_array_equal(at_end, rows[columns].iloc[end])


@pytest.mark.parametrize("pool", ["district", "world"])
@pytest.mark.parametrize("unspent", ["carried", "returned"])
def test_in_the_runs_of_a_comparison_and_at_equal_spending(worlds, unspent, pool):
    numbers = NUMBERS | {"money.unspent": unspent, "money.pool": pool}
    said = {"overrides": numbers, "replicates": 2, "workers": 1, "progress": False, "equal_spending": True}
    whole = compare(worlds.case(extra=extra(cut=True)), ARMS, full_intensity=False, **said)
    for found in (whole, whole.equal_spending):
        assert len(found.runs) == 2 * len(ARMS) and (found.runs["status"] == "ok").all()
        for end in ("", SUPPORT_END):
            assert (check(found.runs, end)["cost_pot"] > 0).all()
        check(found.table.pivot(index="strategy", columns="measure", values="mean"))
    assert whole.runs["cost_freed"].min() < 0
    assert (whole.runs["cost_pot"].to_numpy() > whole.equal_spending.runs["cost_pot"].to_numpy()).all()


@pytest.mark.parametrize("unspent", ["carried", "returned"])
def test_in_the_stored_runs_of_a_study(tmp_path, unspent):
    case = {"population.schools": 4, "population.districts": 2, "population.teachers_mean": 8}
    case |= {"programme.years_support": 2, "programme.years_after": 1}
    said = {"set": case | {"money.unspent": unspent}, "space": {"money.pool": ["district", "world"]}, "replicates": 2}
    names = ["none", "directed_uniform", "multi_classroom_leader", "staged"]
    run(write_study(tmp_path, strategies=names, **said), tmp_path / "store")
    runs = table(tmp_path / "store")
    assert len(runs) == 2 * 2 * len(names) and (runs["status"] == "ok").all()
    for end in ("", SUPPORT_END):
        check(runs, end)
    assert (runs["cost_pot"] > 0).all() and runs["cost_freed"].min() < 0
