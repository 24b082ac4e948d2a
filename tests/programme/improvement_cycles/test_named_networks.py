"""Networks that a scenario names: their members, a rule of their own each, in one world."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import ScenarioError
from diffusion_sim.programme import improvement_cycles
from diffusion_sim.programme.partner_groups import make_circles, rules_in_force

from .conftest import rows_of

NETWORKS = """
networks:
  coast: {schools: [s00, d/s01, s02], rule: {kind: local, measures: own, topology: pairs_hub, study_act: 1}}
  hill: {schools: [s03, s04, s05, s06]}
"""


def circles(model, of=0):
    rule, who = rules_in_force(model.world, model.state)[of]
    found = make_circles(model.world, model.state, rule, model.numbers.cycles, who)
    together: dict[int, list[int]] = {}
    for row, start in zip(found.rows.tolist(), found.start.tolist(), strict=True):
        together.setdefault(start, []).append(row)
    return rule, sorted(sorted(rows) for rows in together.values())


@pytest.fixture
def named(make):
    model = make({"strategy.testing.topology": "hub"}, extra=NETWORKS)
    model.step()
    return model


def test_members_go_by_their_own_rule_and_others_by_the_strategys(named):
    """hill has no rule of its own, so it is a network by the strategy's rule; whoever is in none is cut as usual."""
    assert circles(named, 0) == (
        ("menu", "common", "hub", pytest.approx(np.nan, nan_ok=True)), [[3, 4, 5, 6], [7, 8, 9, 10]]
    )  # fmt: skip
    assert circles(named, 1) == (("local", "own", "pairs_hub", 1.0), [[0, 1, 2]])
    state = named.state
    assert (state.variant_origin[:3, 0] == state.schools.key[:3]).all() and not state.variant_origin[3:, 0].any()


def test_prices_are_those_of_the_rule(named):
    """Three schools with own measures and a hub, eight with common ones and a hub."""
    state, p = named.state, named.numbers.cycles
    state.ledger[:] = 0
    allowance = np.array([1e6])
    improvement_cycles.pay(named.world, state, allowance, np.ones(11, np.uint8), p)
    assert state.ledger[6] == 11 * 3000 and state.ledger[7] == 3 * 300 + 8 * 1200
    assert state.ledger.sum() == 3 * 300 + 8 * 1200 + 11 * 3000 == 1e6 - allowance[0]


def test_the_study_is_that_of_the_rule(named):
    """coast studies in every quarter, with own measures; all others study with probability 0."""
    named.intervene({"testing.study_act": 0.0})
    named.run(until=10)
    acts = named.state.flow_rows["study_acts"]
    assert acts.tolist() == [1.0] * 3 + [0.0] * 8


def test_copies_and_files_go_on_alike(named, tmp_path):
    named.run(until=30)
    named.save(tmp_path / "m.npz")
    loaded, copy = ds.load_model(tmp_path / "m.npz", allow_code=True), named.copy()
    assert loaded.networks_frame().equals(named.networks_frame())
    assert loaded.networks_frame()["network"].tolist() == ["coast", "hill", "number 1"]
    assert loaded.networks_frame()["measures"].tolist() == ["own", "common", "common"]
    whole = named.run().series.to_numpy()
    for other in (loaded, copy):
        assert np.array_equal(other.run().series.to_numpy(), whole, equal_nan=True)


def test_where_the_strategy_tests_nothing_nobody_does(make):
    model = make({"strategy.testing.kind": "none"}, extra=NETWORKS).run()
    assert model.outcomes["testing_schools"] == 0 and np.isnan(model.outcomes["networks_scaled"])


def test_a_network_may_test_nothing(make):
    model = make({"networks.coast.rule.kind": "none"}, extra=NETWORKS).run()
    assert np.flatnonzero(model.state.schools.slot < 0).tolist() == [0, 1, 2]


def test_a_rule_of_its_own_that_is_the_strategys_changes_nothing(make):
    """To rest: networks that are cut as they would be, by the rule that is in force anyway."""
    everybody = ", ".join(f"s{i:02d}" for i in range(11))
    extra = "\nnetworks: {all: {schools: [" + everybody + "], rule: {kind: menu, topology: pairs}}}\n"
    one, other = (make({"strategy.testing.study_act": 0.5, **more}, extra=e).run() for e, more in
                  ((extra, {"networks.all.rule.study_act": 0.5}), ("", {})))  # fmt: skip
    for name, array in one.state.arrays().items():
        assert np.array_equal(array, other.state.arrays()[name], equal_nan=array.dtype.kind == "f"), name


def test_districts_and_the_tables_networks_are_members(make):
    rows = rows_of()
    for i, row in enumerate(rows):
        row["district_id"] = "d" if i < 6 else "e"
        row["network"] = ("", "alpha", "beta")[i // 4]
    model = make(rows=rows, extra="\nnetworks: {one: {districts: [d]}, two: {network: [beta]}}\n")
    model.step()
    assert model.world.networks.of.tolist() == [0] * 6 + [-1, -1, 1, 1, 1]
    # of the others the table names alpha: two schools
    assert model.world.hubs.tolist() == [0] * 6 + [2, 2, 1, 1, 1]
    model.run(until=10)
    assert model.networks_frame()["network"].tolist() == ["one", "alpha", "two"]
    assert model.networks_frame()["schools"].tolist() == [6, 2, 3]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("{a: {districts: [d]}, b: {schools: [s03]}}", "networks.b: school 'd/s03' is in a, too"),
        ("{a: {schools: [s99]}}", "networks.a.schools: no school 's99' among the 11 schools"),
        ("{a: {districts: [f]}}", "networks.a.districts: no district 'f' among the 1"),
        ("{a: {network: [gamma]}}", "networks.a.network: no network 'gamma' in the population's column network; it"),
        ("{a: {schools: [s10]}}", "networks.a: none of its 1 schools is a programme school"),
    ],
)  # fmt: skip
def test_members_that_are_not_there(make, said, text):
    rows = [row | {"programme": int(i < 10)} for i, row in enumerate(rows_of())]
    with pytest.raises(ScenarioError) as caught:
        make(rows=rows, extra=f"\nnetworks: {said}\n")
    assert text in str(caught.value), str(caught.value)
