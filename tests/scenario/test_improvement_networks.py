"""The section ``networks`` of a scenario: what it may say, its paths, what it does to digests and keys of runs."""

from __future__ import annotations

import pytest

from diffusion_sim.errors import ScenarioError
from diffusion_sim.interventions import changed
from diffusion_sim.scenario import from_canonical, load_scenario
from diffusion_sim.study.plan.run_keys import Keys

CASE = """\
id: words
title: Words
question: Which networks are taken?
population: {kind: synthetic, districts: 2, schools: 8}
initial_use: {share: 0.1}
strategy: {recruitment: volunteer, testing: menu}
"""
NETWORKS = "networks: {coast: {schools: [a, b], rule: {kind: menu, measures: own}}, hill: {districts: c}}\n"


@pytest.fixture
def load(tmp_path):
    def _load(text=NETWORKS):
        (tmp_path / "words.yaml").write_text(CASE + text, encoding="utf-8")
        return load_scenario(tmp_path / "words.yaml")

    return _load


def test_what_is_said_is_kept_and_filled_up(load):
    sc = load()
    rule = {"kind": "menu", "measures": "own", "topology": "hub", "study_act": None}
    assert sc.section("networks") == {"coast": {"schools": ["a", "b"], "rule": rule}, "hill": {"districts": ["c"]}}
    assert sc["networks.coast.schools"] == ["a", "b"] and sc["networks.coast.rule.topology"] == "hub"
    again = from_canonical(sc.canonical())
    assert again == sc and again.section("networks") == sc.section("networks")
    assert load("").section("networks") == {} and load("") != sc


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("[coast]", "networks: found ['coast'] (list); a mapping of a network's name"),
        ("{Coast: {schools: [a]}}", "networks.Coast: a name is lower-case"),
        ("{coast: [a]}", "networks.coast: found ['a'] (list); a mapping of schools, districts, network"),
        ("{coast: {rule: menu}}", "networks.coast: has no members; one of schools, districts, network at least"),
        ("{coast: {schools: []}}", "networks.coast.schools: is empty: a network without members"),
        ("{coast: {schools: [1]}}", "networks.coast.schools: found [1] (list); a list of names is allowed; put ids"),
        ("{coast: {schools: [a, a]}}", "networks.coast.schools: 'a' stands twice"),
        ("{coast: {school: [a]}}", "networks.coast.school: unknown key"),
        ("{coast: {schools: [a], rule: menus}}", "networks.coast.rule.kind: found 'menus' (text); one of none, local"),
        ("{coast: {schools: [a], rule: 3}}", "networks.coast.rule: found 3 (number); {kind: one of none, local, menu}"),
        ("{coast: {schools: [a], rule: {kind: menu, topology: ring}}}", "networks.coast.rule.topology: found 'ring'"),
        ("{coast: {schools: [a], rule: {kind: menu, study_act: 2}}}", "networks.coast.rule.study_act: found 2"),
        ("{coast: {schools: [a]}, hill: {schools: [a]}}", "networks.hill.schools: school 'a' is in coast, too"),
        ("{coast: {districts: [a]}, hill: {districts: [a]}}", "networks.hill.districts: district 'a' is in coast, too"),
        (
            "{coast: {network: [x], rule: menu}, hill: {network: [x], rule: local}}",
            "networks.hill.network: the population's network 'x' is in coast, too; in one network, and by one rule,",
        ),
    ],
)
def test_what_is_refused(load, said, text):
    with pytest.raises(ScenarioError) as caught:
        load(f"networks: {said}\n")
    assert text in str(caught.value), str(caught.value)


def test_rules_have_paths(load):
    sc = load()
    other = sc.override({"networks.coast.rule.topology": "pairs_hub", "networks.coast.rule.study_act": 0.3})
    assert other["networks.coast.rule.topology"] == "pairs_hub" and other["networks.coast.rule.measures"] == "own"
    assert other.overrides == {"networks.coast.rule.topology": "pairs_hub", "networks.coast.rule.study_act": 0.3}
    assert sc["networks.coast.rule.topology"] == "hub" and other.digest != sc.digest
    local = other.override({"networks.coast.rule.kind": "local"})  # another kind drops the options of the one before
    assert local["networks.coast.rule.topology"] == "isolated"
    assert "networks.coast.rule.study_act" not in local.overrides
    given = sc.override({"networks.hill.rule.kind": "local", "networks.hill.rule.measures": "common"})
    assert given["networks.hill.rule.measures"] == "common"
    assert sc.option("networks.coast.rule.study_act").bounds == (0.0, 1.0)
    assert sc.states("networks.coast.rule.measures") and not sc.states("networks.coast.rule.topology")


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("networks.coast.rule.topology", "ring", "override of networks.coast.rule.topology: found 'ring'"),
        ("networks.hill.rule.measures", "own", "the network has no rule of its own; set its kind first"),
        ("networks.coast.schools", ["a"], "says what the scenario is made of and cannot be overridden"),
        ("networks.shore.rule.kind", "menu", "networks.shore.rule.kind: no such path"),
    ],
)
def test_paths_that_are_refused(load, path, value, text):
    with pytest.raises(ScenarioError) as caught:
        load().override({path: value})
    assert text in str(caught.value), str(caught.value)


def test_rules_are_settled_when_the_run_is_laid_out(load):
    with pytest.raises(ScenarioError, match="is settled when the run is laid out"):
        changed(load(), {"networks.coast.rule.topology": "pairs"}, None, 0)


def test_runs_of_other_networks_have_other_keys(load):
    def key(sc):
        return Keys(sc, ["none"], [], "here").of(b"", ["none"], 1)

    assert key(load()) != key(load("")) and key(load()) == key(load())
    assert key(load(NETWORKS.replace("measures: own", "topology: pairs"))) != key(load())
