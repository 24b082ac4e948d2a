"""Improvement networks in the fast model and in its slow twin where something is none, one or all: tests that do not
err, readings that nobody has, networks of one, names in the table's column, and plans that ask for another rule."""

from __future__ import annotations

import dataclasses

import pytest

from diffusion_sim.model import ReformModel

from .test_twin import SEED, agree
from .test_twin_cycles import PARTS, rule
from .test_twin_networks import WIDE
from .twin import make_case, network_columns, run_both, school_rows, twin_of
from .variants import Rule

OWN_MENU = rule("menu", "own", "groups_hub", 0.9)
OWN_DESIGNS = rule("local", "own", "groups_hub", 0.9)
COMMON_MENU = rule("menu", "common", "groups_hub", 0.9)
TWO_YEARS = {"programme.years_support": 2, "programme.years_after": 0}
NO_ERROR = {"bias_own": 0, "noise_own": 0, "noise_common": 0}


def by_column(row):
    return row | {"network": "alpha" if row["school_id"] in ("s05", "s21", "s63") else ""}


def some_by_column(row):
    return row | {"network": ("red", "blue", "")[int(row["school_id"][1:]) % 3]}


# Numbers of testing, the rule, what the table's column says, networks of the scenario, what must have happened.
EDGES = {
    "all variants alike, no error": (
        NO_ERROR | {"context_sd": 0, "menu_sd": 0}, OWN_MENU, None, None, lambda c: c.counts["abandonments"] > 50
    ),
    "no error": (
        {"noise_own": 0, "noise_common": 0}, OWN_MENU, None, None, lambda c: c.counts["borrowings"] > 10
    ),
    "contexts alike": ({"context_sd": 0}, COMMON_MENU, None, None, lambda c: c.counts["borrowings"] > 10),
    "variants differ by context": ({"menu_sd": 0}, COMMON_MENU, None, None, lambda c: c.counts["borrowings"] > 10),
    "all bias": ({"bias_own": 10, "noise_own": 0.01}, OWN_MENU, None, None, lambda c: c.counts["borrowings"] > 10),
    "no time": ({"network_time": 0}, OWN_MENU, None, None, lambda c: c.counts["borrowings"] == 0),
    "no readings": ({"reports": 0}, OWN_MENU, None, None, lambda c: c.counts["borrowings"] == 0),
    "the hub alone is read": ({"reports": 1}, OWN_MENU, None, None, lambda c: c.counts["borrowings"] > 10),
    "more readings than partners": ({"reports": 20}, COMMON_MENU, None, None, lambda c: c.counts["borrowings"] > 10),
    "a menu of one": ({"menu_size": 1, "explore": 1}, COMMON_MENU, None, None, lambda c: c.counts["switches"] == 0),
    "a menu of many": (
        {"menu_size": 64, "explore": 1, "reports": 4}, COMMON_MENU, None, None, lambda c: c.happened["forgotten"] > 50
    ),
    "networks of one": ({"network_size": 1}, OWN_MENU, None, None, lambda c: c.counts["study_acts"] and not c.judged),
    "networks of three": ({"network_size": 3}, OWN_MENU, None, None, lambda c: len(c.judged) == 6),
    "own designs in networks of districts": ({"networks": "district"}, OWN_DESIGNS, None, None, lambda c: c.judged),
    "networks of the column have rules": (
        {}, OWN_MENU, some_by_column, {"r": {"network": "red", "rule": {"kind": "local", "topology": "hub"}}},
        lambda c: len(c.judged) == 2 and c.rules,
    ),
    "names of the column put together": (
        {}, OWN_MENU, some_by_column, {"r": {"network": ["red", "blue"]}}, lambda c: len(c.judged) == 1
    ),
    "the column names only those whom the scenario names": (
        {}, OWN_MENU, by_column, {"a": {"network": "alpha", "rule": {"kind": "menu", "topology": "pairs"}}},
        lambda c: len(c.judged) == 1,
    ),
    "by district, and some do not test": (
        {"networks": "district"},
        OWN_DESIGNS,
        None,
        {
            "d": {"districts": ["north", "outside"], "rule": rule("menu", "own", "hub", 1)},
            "e": {"schools": ["s19"], "districts": ["west"], "rule": {"kind": "none"}},
        },
        lambda c: {r.kind for r in c.rules.values()} == {"menu", "none"} and c.happened["paid"] < 100,
    ),
}
QUICK = ("all variants alike, no error", "by district, and some do not test")


def case_of(folder, column=None, networks=None):
    """160 teachers in 20 schools, 18 of which can take part."""
    rows = network_columns(school_rows(20, 160))
    return make_case(folder, [column(row) for row in rows] if column else rows, TWO_YEARS, networks=networks)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in EDGES]
)
def test_same_networks_at_the_edge(tmp_path, name):
    numbers, testing, column, networks, happened = EDGES[name]
    numbers = WIDE | {f"testing.{key}": value for key, value in numbers.items()}
    _, twin = agree(case_of(tmp_path, column, networks), PARTS, overrides=numbers, testing=testing)
    assert happened(twin.cycles)


@pytest.mark.parametrize("named", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_same_networks_where_plans_ask_for_another_rule(tmp_path, named):
    """By quarter; where a plan says nothing the rule stays. What was observed before weighs by the present rule."""
    asked = {1: OWN_DESIGNS, 3: COMMON_MENU, 5: OWN_MENU, 6: {"kind": "none"}, 7: rule("local", "common", "hub", 1)}
    networks = {"d": {"districts": ["north"], "rule": rule("menu", "own", "pairs_hub", 1)}} if named else None
    case = case_of(tmp_path, None, networks)
    model = ReformModel(case, rng=SEED, overrides=WIDE | {"strategy.testing.kind": "none"})
    twin = twin_of(model, PARTS, None, {"kind": "none"})
    usual, plan = model.maker, twin.plan

    class Asks:
        def plan(self, view, draw):
            return dataclasses.replace(usual.plan(view, draw), variant_rule=asked.get(view.quarter))

    def asks():
        if twin.quarter() in asked:
            twin.cycles.plan_rule = Rule.of(asked[twin.quarter()])
        return plan()

    model.maker, twin.plan = Asks(), asks
    assert run_both(model, twin) == []
    makers = {line.variant[0] for book in twin.cycles.books.values() for line in book.lines}
    assert len(makers) > 5 and 0 in makers and twin.cycles.counts["borrowings"] > 10
