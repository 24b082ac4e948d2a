"""The part ``testing`` and a plan's ``variant_rule``: words that are taken, words that are refused."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.errors import ScenarioError, StrategyError
from diffusion_sim.scenario import built_in_parts, from_canonical, load_scenario
from diffusion_sim.strategies import Parts, Plan
from diffusion_sim.strategies.contract import checked
from diffusion_sim.strategies.testing import coded, decoded, rule_of

CASE = """\
id: words
title: Words
question: Which words are taken?
population: {kind: synthetic, districts: 1, schools: 8}
initial_use: {share: 0.1}
strategy: {recruitment: volunteer, testing: TESTING}
"""


def load(folder, testing):
    (folder / "words.yaml").write_text(CASE.replace("TESTING", testing), encoding="utf-8")
    return load_scenario(folder / "words.yaml")


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("none", {"kind": "none"}),
        ("menu", {"kind": "menu", "measures": "common", "topology": "hub", "study_act": None}),
        ("{kind: local}", {"kind": "local", "measures": "own", "topology": "isolated", "study_act": None}),
        (
            "{kind: local, topology: all_to_all, study_act: 0.3}",
            {"kind": "local", "measures": "own", "topology": "all_to_all", "study_act": 0.3},
        ),
        (
            "{kind: menu, topology: groups_hub}",
            {"kind": "menu", "measures": "common", "topology": "groups_hub", "study_act": None},
        ),
        (
            "{kind: menu, measures: own, topology: pairs, study_act: null}",
            {"kind": "menu", "measures": "own", "topology": "pairs", "study_act": None},
        ),
    ],
)
def test_words_that_are_taken(tmp_path, said, whole):
    scenario = load(tmp_path, said)
    assert scenario.section("strategy")["testing"] == whole
    again = from_canonical(scenario.canonical())
    assert again == scenario and again.section("strategy")["testing"] == whole


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("{kind: none, topology: pairs}", "strategy.testing.topology: belongs to testing local or menu; 'none' has no"),
        ("{kind: none, study_act: 0.2}", "'none' has no study_act"),
        (
            "{kind: menu, topology: pair}",
            "found 'pair' (text); one of isolated, pairs, groups, hub, all_to_all, groups_hub, pairs_hub is",
        ),
        ("{kind: menu, topology: 3}", "found 3 (number); one of isolated"),
        ("{kind: menu, measures: shared}", "strategy.testing.measures: found 'shared'"),
        ("{kind: menu, measures: {value: own}}", "one of own, common is allowed"),
        ("{kind: menu, study_act: 1.5}", "strategy.testing.study_act: found 1.5"),
        ("{kind: menu, study_act: often}", "strategy.testing.study_act: found 'often'"),
        ("{kind: menu, size: 3}", "strategy.testing.size: unknown key"),
        ("menus", "found 'menus' (text); one of none, local, menu is allowed; did you mean 'menu'?"),
    ],
)
def test_words_that_are_refused(tmp_path, said, text):
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path, said)
    assert text in str(caught.value), str(caught.value)


def test_overrides(tmp_path):
    scenario = load(tmp_path, "menu")
    changed = scenario.override({"strategy.testing.topology": "groups", "strategy.testing.study_act": 0.2})
    assert changed["strategy.testing.topology"] == "groups" and changed["strategy.testing.study_act"] == 0.2
    assert changed["strategy.testing.measures"] == "common"
    other = changed.override({"strategy.testing.kind": "local"})  # another kind drops the options of the one before
    assert other["strategy.testing.topology"] == "isolated"
    with pytest.raises(ScenarioError, match="override of strategy.testing.topology: belongs to testing"):
        scenario.override({"strategy.testing.kind": "none", "strategy.testing.topology": "hub"})


@pytest.mark.parametrize(
    ("name", "topology"), [("improvement_network", "groups_hub"), ("improvement_network_first", "hub")]
)
def test_the_built_in_networks(name, topology):
    parts = built_in_parts(name)
    assert parts["testing"] == {"kind": "menu", "measures": "common", "topology": topology, "study_act": None}
    kinds = {part: block["kind"] for part, block in parts.items()}
    assert kinds == {"recruitment": "volunteer", "allocation": "uniform", "content": "mixed", "tempo": "waves",
                     "staffing": "traditional", "testing": "menu", "district": "as_it_is"}  # fmt: skip


@pytest.mark.parametrize("kind", ["none", "local", "menu"])
@pytest.mark.parametrize("more", [{}, {"topology": "groups"}, {"measures": "own", "study_act": 0.25}])
def test_a_rule_survives_being_numbers(kind, more):
    if kind == "none":
        assert decoded(coded({"kind": "none"})).kind == "none"
        return
    rule = rule_of({"kind": kind, **more})
    back = decoded(coded(rule))
    assert (back.kind, back.measures, back.topology) == (kind, rule["measures"], rule["topology"])
    assert np.isnan(back.study_act) if rule["study_act"] is None else back.study_act == rule["study_act"]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("menu", "variant_rule is 'menu'; a mapping with kind: one of none, local, menu"),
        ({}, "a mapping with kind"),
        ({"kind": "menus"}, "variant_rule, testing.kind: found 'menus'"),
        ({"kind": "menu", "topology": "ring"}, "variant_rule, testing.topology: found 'ring'"),
        ({"kind": "none", "topology": "pairs"}, "belongs to testing local or menu"),
        ({"kind": "menu", "study_act": 2}, "variant_rule, testing.study_act: found 2"),
        ({"kind": "menu", 3: 1}, "variant_rule, testing.3: unknown key"),
        (np.ones(8), "a mapping with kind"),
    ],
)
def test_plans_that_are_refused(rule, text):
    with pytest.raises(StrategyError, match="strategy 'mine'") as caught:
        checked(Plan(variant_rule=rule), "mine", 8, 100)
    assert text in str(caught.value), str(caught.value)


def test_what_a_rule_leaves_out_has_the_default_of_its_kind():
    plan = checked(Plan(variant_rule={"kind": "menu", "topology": "pairs"}), "mine", 8, 100)
    assert plan.variant_rule == {"kind": "menu", "measures": "common", "topology": "pairs", "study_act": None}


def test_no_rule_is_as_before():
    assert checked(Plan(), "mine", 8, 100).variant_rule is None
    assert Parts(built_in_parts("none")).parts["testing"] == {"kind": "none"}
