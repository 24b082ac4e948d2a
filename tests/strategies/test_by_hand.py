"""Hours by hand in a run: what the table says is offered, what it leaves out is nothing."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import DiffusionSimError, StrategyError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario

CASE = """\
id: by_hand
title: Hours by hand
question: q?
population: {{kind: synthetic, districts: 1, schools: 4, population_seed: 2}}
programme: {{years_support: 2, years_after: 1, hours: 8}}
money: {{budget_per_teacher: 100000}}
coaches: {{lag: 0}}
initial_use: {{share: 0.1}}
strategy: {{recruitment: volunteer}}
strategies:
  mine: {{recruitment: directed, allocation: {{kind: by_hand, table: {table}, scaled: {scaled}}}}}
compare: [none, directed_uniform, mine]
"""


@pytest.fixture
def case(tmp_path):
    def make(table="{S0001: {1: 12, 2: 3}, D0001/S0003: {2: 6}}", scaled=0):
        path = tmp_path / "case.yaml"
        path.write_text(CASE.format(table=table, scaled=scaled), "utf-8")
        return load_scenario(path)

    return make


def hours_by_year(model):
    found = []
    for _ in range(2):
        model.step()
        found.append(model.state.schools.hours.tolist())
        while model.week % 36:
            model.step()
    return found


def test_the_table_is_what_schools_get(case):
    assert hours_by_year(ReformModel(case(), rng=1, strategy="mine")) == [[12, 0, 0, 0], [3, 0, 6, 0]]


def test_scaled_hours_sum_to_those_of_other_rules(case):
    model = ReformModel(case(scaled=1), rng=1, strategy="mine")
    posts = model.state.schools.posts.copy()
    for hours in hours_by_year(model):
        assert np.dot(hours, posts) == pytest.approx(8 * posts.sum())
    assert hours[1] == 0 == hours[3] and hours[2] == pytest.approx(2 * hours[0])


def test_a_pot_that_does_not_suffice_shrinks_all_alike(case):
    sc = case("{S0001: 100, S0002: 50, S0003: 20}")
    model = ReformModel(sc, rng=1, strategy="mine", overrides={"money.budget_per_teacher": 2000})
    for hours in hours_by_year(model):
        assert 0 < hours[0] < 100 and hours[3] == 0
        assert hours[0] == pytest.approx(2 * hours[1]) and hours[0] == pytest.approx(5 * hours[2])


def test_equal_hours_by_hand_are_the_uniform_arm(case):
    sc = case("{S0001: 8, S0002: 8, S0003: 8, S0004: 8}")
    c = ds.compare(sc, ["none", "directed_uniform", "mine"], replicates=2, workers=1)
    runs = c.runs.set_index(["strategy", "replicate"])[["reach", "deep_use", "cost_total"]]
    assert runs.loc["mine"].equals(runs.loc["directed_uniform"])
    fewer = ds.compare(case(), ["none", "mine"], replicates=2, workers=1).runs.set_index("strategy")
    assert (fewer.loc["mine", "cost_total"].to_numpy() < runs.loc["mine", "cost_total"].to_numpy()).all()


def test_saved_and_copied(case, tmp_path):
    sc = case()
    model = ReformModel(sc, rng=1, strategy="mine")
    for _ in range(30):
        model.step()
    model.save(tmp_path / "m.npz")
    loaded, whole = ds.load_model(tmp_path / "m.npz").run(), ReformModel(sc, rng=1, strategy="mine").run()
    assert np.array_equal(loaded.state.schools.hours, whole.state.schools.hours)
    assert np.array_equal(loaded.series.to_numpy(), whole.series.to_numpy(), equal_nan=True)
    assert np.array_equal(model.copy().run().state.ledger, whole.state.ledger)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("{S0009: 3}", "no school 'S0009' among the 4 schools.*did you mean"),
        ("{S0001: 3, D0001/S0001: 4}", "has year 1 twice, under two names"),
    ],
)
def test_schools_that_are_not_there(case, table, text):
    with pytest.raises(StrategyError, match=text):
        ReformModel(case(table), rng=1, strategy="mine")
    ReformModel(case(table), rng=1, strategy="directed_uniform")
    with pytest.raises(DiffusionSimError, match=text):
        ds.compare(case(table), ["mine"], baseline="mine", replicates=2, workers=1)


def test_no_pot_is_overspent_and_no_money_is_no_programme(case):
    sc = case("{S0001: 400, S0002: 400, S0003: 1}")
    numbers = {"money.budget_per_teacher": 3400.0}
    for spend in ("offer", "stretch"):
        run = ReformModel(sc, rng=1, strategy="mine", overrides=numbers | {"money.spend": spend}).run()
        pot = run.world.pots.posts.sum() * 3400 * 2
        own = run.state.ledger[8]
        assert run.state.ledger.sum() - own + run.state.unspent == pytest.approx(pot)
        assert run.state.unspent >= -1e-6 * pot and run.outcomes["cost_coaching"] > 0
    broke, none = (
        ReformModel(sc, rng=1, strategy=name, overrides={"money.budget_per_teacher": 0}).run()
        for name in ("mine", "none")
    )
    assert broke.series.equals(none.series) and broke.outcomes["cost_total"] == 0


def test_a_table_that_was_not_looked_up_is_an_error(case):
    from diffusion_sim.strategies import make_strategy
    from diffusion_sim.strategies.contract import View

    view = dict.fromkeys(View.__dataclass_fields__)
    unbound = make_strategy("mine", case())
    with pytest.raises(StrategyError, match="has not been looked up in a world"):
        unbound._hours(View(**view | {"settings": {"hours": 8}}))
