"""Contents by readiness and by year, shares for leaders, looks: words that are taken and refused; paths of options."""

from __future__ import annotations

import json

import pytest

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import STRATEGY_PARTS, built_in_parts, check_table, from_canonical, load_scenario

VOLUNTEER = "recruitment: {kind: volunteer}"


@pytest.fixture
def load(write, small_text: str):
    """The small scenario with this content (or another recruitment), and more YAML at its end."""

    def _load(content: str = "", recruitment: str = VOLUNTEER, more: str = ""):
        block = recruitment + (f"\n  content: {content}" if content else "")
        return load_scenario(write(small_text.replace(VOLUNTEER, block) + more))

    return _load


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        (
            "{kind: by_readiness, cut: 0.5}",
            {"kind": "by_readiness", "cut": 0.5, "below": "responsive", "above": "practice_first"},
        ),
        (
            "{kind: by_readiness, cut: 1, below: conditions_first, above: mixed}",
            {"kind": "by_readiness", "cut": 1.0, "below": "conditions_first", "above": "mixed"},
        ),
        (
            "{by_year: {2: practice_first, 1: conditions_first}}",
            {"kind": "by_year", "years": {"1": "conditions_first", "2": "practice_first"}},
        ),
        ("{kind: by_year, years: {3: mixed}}", {"kind": "by_year", "years": {"3": "mixed"}}),
        (
            "conditions_first",
            {"kind": "conditions_first", "practice": 0.1, "expertise": 0.0, "conditions": 0.9, "capacity": 0.0},
        ),
    ],
)
def test_words_that_are_taken(load, said, whole):
    scenario = load(said)
    assert scenario.section("strategy")["content"] == {**whole, "departments": 0.0, "to_leaders": 0.0}
    back = from_canonical(json.loads(json.dumps(scenario.canonical(), allow_nan=False)))
    assert back == scenario and back.canonical() == scenario.canonical()


def test_every_content_takes_shares_for_leaders_and_departments(load):
    for said in (
        "kind: mixed",
        "kind: conditions_first",
        "kind: by_readiness, cut: 0",
        "by_year: {1: mixed}",
        "kind: by_year, years: {1: mixed}",
    ):
        content = load(f"{{{said}, to_leaders: 0.4, departments: 0.25}}").section("strategy")["content"]
        assert (content["to_leaders"], content["departments"]) == (0.4, 0.25), said


PLAIN = "one of practice_first, mixed, conditions_first, responsive is allowed"


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        ("by_readiness", ["content.cut: is missing; by_readiness asks for the surveyed readiness, 0 to 1"]),
        ("{kind: by_readiness, below: mixed}", ["content.cut: is missing"]),
        ("{kind: by_readiness, cut: null}", ["content.cut: found nothing", "a number from 0 to 1 (share) is allowed"]),
        ("{kind: by_readiness, cut: 1.5}", ["content.cut: found 1.5", "a number from 0 to 1"]),
        ("{kind: by_readiness, cut: -0.1}", ["content.cut: found -0.1", "a number from 0 to 1"]),
        ("{kind: by_readiness, cut: half}", ["content.cut: found 'half' (text)", "a number from 0 to 1"]),
        ("{kind: by_readiness, cut: 0.5, below: by_year}", ["content.below: found 'by_year' (text)", PLAIN]),
        ("{kind: by_readiness, cut: 0.5, above: by_readiness}", ["content.above: found 'by_readiness'", PLAIN]),
        ("{kind: by_readiness, cut: 0.5, below: {kind: mixed}}", ["content.below: found {'kind': 'mixed'}", PLAIN]),
        ("{kind: by_readiness, cut: 0.5, below: respnsive}", ["found 'respnsive'", "did you mean 'responsive'"]),
        ("{kind: by_readiness, cut: 0.5, practice: 0.9}", ["content.practice: belongs to content practice_first or"]),
        ("{kind: mixed, cut: 0.5}", ["content.cut: belongs to content by_readiness; 'mixed' has no cut"]),
        ("{kind: mixed, years: {1: mixed}}", ["content.years: belongs to content by_year; 'mixed' has no years"]),
        ("by_year", ["content.years: is missing; by_year asks for a mapping of programme year to content"]),
        ("{by_year: {}}", ["content.years: found {} (mapping)", "programme year (1 = the first)"]),
        ("{by_year: mixed}", ["content.years: found 'mixed' (text)", "a mapping of programme year"]),
        ("{by_year: [mixed]}", ["content.years: found ['mixed'] (list)"]),
        ("{by_year: {0: mixed}}", ["content.years: found year '0'", "a whole number from 1"]),
        ("{by_year: {1.5: mixed}}", ["content.years: found year '1.5'", "a whole number from 1"]),
        ("{by_year: {first: mixed}}", ["content.years: found year 'first'", "a whole number from 1"]),
        ("{by_year: {1: mixed, +1: mixed}}", ["content.years: year 1 stands twice"]),
        ("{by_year: {1: mixed, 2: by_readiness}}", ["content.years: year 2: found 'by_readiness'", PLAIN]),
        ("{by_year: {1: {kind: mixed}}}", ["content.years: year 1: found {'kind': 'mixed'}", PLAIN]),
        ("{by_year: {1: mixd}}", ["year 1: found 'mixd'", "did you mean 'mixed'"]),
        (
            "{by_year: {1: mixed, 4: mixed}}",
            ["content.years: year 4: lies beyond the years of support (programme.years_support = 3); 1 to 3 is "],
        ),
        ("{kind: by_year, by_year: {1: mixed}}", ["content.by_year: unknown key"]),
        (
            "{kind: conditions_first, practice: 0.5}",
            ["content: the shares sum to 1.4 (practice 0.5, expertise 0, conditions 0.9, capacity 0); they sum to 1"],
        ),
        ("{kind: mixed, to_leaders: 2}", ["content.to_leaders: found 2", "a number from 0 to 1"]),
        ("{kind: mixed, to_leaders: -1}", ["content.to_leaders: found -1", "a number from 0 to 1"]),
        ("{kind: mixed, departments: 1.5}", ["content.departments: found 1.5", "a number from 0 to 1"]),
    ],
)
def test_words_that_are_refused(load, said, texts):
    with pytest.raises(ScenarioError) as caught:
        load(said)
    for text in ["strategy.content", *texts]:
        assert text in str(caught.value), str(caught.value)


@pytest.mark.parametrize("kind", STRATEGY_PARTS["recruitment"])
def test_every_recruitment_takes_a_look(load, kind):
    assert load().section("strategy")["recruitment"] == {"kind": "volunteer", "look": 0.0}
    assert load("", f"recruitment: {{kind: {kind}, look: 1}}")["strategy.recruitment.look"] == 1
    for found in ("3", "0.5", "yes", "true"):
        with pytest.raises(ScenarioError, match=r"strategy\.recruitment\.look: found .*a whole number from 0 to 1"):
            load("", f"recruitment: {{kind: {kind}, look: {found}}}")


def test_a_year_beyond_the_run_is_an_error_wherever_it_comes_from(load):
    more = "strategies:\n  mine: {recruitment: directed, content: {by_year: {1: mixed, 3: practice_first}}}\n"
    scenario = load(more=more)
    text = r"strategies\.mine\.content\.years: year 3: lies beyond .*programme.years_support = 2\); 1 to 2 is allowed"
    with pytest.raises(ScenarioError, match=text):
        scenario.override({"programme.years_support": 2})
    with pytest.raises(ScenarioError, match=text):
        load(more=more + "programme: {years_support: 2}\n")
    both = scenario.override({"programme.years_support": 2, "strategies.mine.content.years": {1: "mixed"}})
    assert both.section("strategies")["mine"]["content"]["years"] == {"1": "mixed"}
    with pytest.raises(ScenarioError, match=r"strategies\.mine\.content\.years: year 2: .*; 1 is allowed"):
        scenario.override({"programme.years_support": 1, "strategies.mine.content.years": {2: "mixed"}})


# ---- ids -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "recruitment", "allocation", "content"),
    [
        ("volunteer_differentiated", "volunteer", "readiness_gap", "by_readiness"),
        ("directed_differentiated", "directed", "readiness_gap", "by_readiness"),
        ("volunteer_responsive", "volunteer", "readiness_gap", "responsive"),
        ("directed_responsive", "directed", "readiness_gap", "responsive"),
        ("directed_need_weighted", "directed", "need_weighted", "practice_first"),
    ],
)
def test_built_in_ids(name, recruitment, allocation, content):
    parts = built_in_parts(name)
    assert [parts[part]["kind"] for part in STRATEGY_PARTS] == [
        recruitment, allocation, content, "at_once" if recruitment == "directed" else "waves", "traditional", "none",
        "as_it_is",
    ]  # fmt: skip
    if content == "by_readiness":
        fitted = {"kind": "by_readiness", "cut": 0.5, "below": "responsive", "above": "practice_first"}
        assert parts["content"] == {**fitted, "to_leaders": 0, "departments": 0}


# ---- paths -----------------------------------------------------------------------------------------------------------
OWN = """\
strategies:
  my_plan: {recruitment: directed, content: {kind: practice_first, practice: 0.8, conditions: 0.2}}
  by_years: {recruitment: volunteer, content: {by_year: {1: conditions_first, 2: practice_first}}}
"""
MINE = "strategies.my_plan.content"
PRACTICE, CONDITIONS = f"{MINE}.practice", f"{MINE}.conditions"


def test_options_of_own_strategies_are_overridden(load):
    scenario = load(more=OWN)
    changed = scenario.override({PRACTICE: 0.6, CONDITIONS: 0.4, "strategies.my_plan.recruitment.look": 1})
    assert changed[PRACTICE] == 0.6 and changed.section("strategies")["my_plan"]["content"]["conditions"] == 0.4
    assert changed.section("strategies")["my_plan"]["recruitment"] == {"kind": "directed", "look": 1.0}
    assert changed.overrides == {PRACTICE: 0.6, CONDITIONS: 0.4, "strategies.my_plan.recruitment.look": 1.0}
    assert f"{PRACTICE} = 0.6" in changed.changed
    assert scenario[PRACTICE] == 0.8 and scenario.overrides == {}, "the scenario itself stays"
    assert changed.section("strategies")["by_years"] == scenario.section("strategies")["by_years"]
    assert changed != scenario and changed.section("strategy") == scenario.section("strategy")
    assert scenario.states(PRACTICE) and not scenario.states("strategies.my_plan.content.expertise")
    back = from_canonical(json.loads(json.dumps(changed.canonical(), allow_nan=False)))
    assert back == changed and back.overrides == changed.overrides


def test_another_kind_drops_the_options_of_the_kind_before(load):
    scenario = load(more=OWN).override({PRACTICE: 0.6, CONDITIONS: 0.4})
    kind, cut = "strategies.my_plan.content.kind", "strategies.my_plan.content.cut"
    other = scenario.override({cut: 0.3, kind: "by_readiness"})
    assert other.section("strategies")["my_plan"]["content"]["cut"] == 0.3
    assert other.overrides == {cut: 0.3, kind: "by_readiness"}


def test_each_year_of_a_content_has_a_path(load):
    path, own = "strategies.by_years.content.years", "strategy.content.years.1"
    scenario = load("{by_year: {1: mixed}}", more=OWN)
    assert scenario[f"{path}.2"] == "practice_first" and scenario[own] == "mixed"
    changed = scenario.override({f"{path}.2": "mixed", f"{path}.3": "responsive", own: "responsive"})
    assert changed.section("strategies")["by_years"]["content"]["years"] == {
        "1": "conditions_first", "2": "mixed", "3": "responsive",
    }  # fmt: skip
    assert changed.overrides == {f"{path}.2": "mixed", f"{path}.3": "responsive", own: "responsive"}
    fewer = changed.override({path: {1: "mixed"}})
    assert fewer.overrides == {f"{path}.1": "mixed", own: "responsive"}
    back = from_canonical(json.loads(json.dumps(changed.canonical(), allow_nan=False)))
    assert back == changed and back.overrides == changed.overrides
    table = check_table(changed).set_index("path")
    row = table.loc[own]
    assert (row["value"], row["source"]) == ("responsive", "override")


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ({"strategies.my_plan.content.practise": 0.6}, ["unknown key", "did you mean 'practice'", "Allowed: kind, "]),
        ({"strategies.my_plan.contents.practice": 0.6}, ["unknown key", "did you mean 'content'"]),
        ({"strategies.my_plon.content.practice": 0.6}, ["no such path", f"did you mean '{PRACTICE}'"]),
        ({PRACTICE: 0.6}, ["override of strategies.my_plan.content: the shares sum to 0.8"]),
        ({PRACTICE: "much"}, ["found 'much' (text)", "a number from 0 to 1"]),
        ({f"{MINE}.kind": "by_readiness"}, [f"override of {MINE}.cut: is missing"]),
        ({f"{MINE}.kind": "by_year"}, [f"override of {MINE}.years: is missing"]),
        ({f"{MINE}.years.1": "mixed"}, ["belongs to content by_year; 'practice_first' has no years"]),
        ({"strategies.by_years.content.years.0": "mixed"}, ["found year '0'", "a whole number from 1"]),
        ({"strategies.by_years.content.years.4": "mixed"}, ["strategies.by_years.content.years: year 4: lies beyond"]),
        ({"strategies.by_years.content.years": {}}, ["override of strategies.by_years.content.years: found {}"]),
        ({"strategies.lottery.content.practice": 0.6}, ["'lottery', which is built in, are fixed"]),
        ({"strategies.my_plan": {}}, ["cannot be overridden"]),
        ({"strategies.my_plan.content": "mixed"}, ["cannot be overridden"]),
        ({"strategies": {}}, ["cannot be overridden"]),
        ({"strategies.coded.content.practice": 0.6}, ["is a strategy of code; it has no parts"]),
        ({"strategies.coded.code": "x.py:X"}, ["cannot be overridden"]),
    ],
)
def test_paths_that_are_refused(write, small_text, values, texts):
    text = small_text + OWN + "  coded: {code: 'mine.py:Mine'}\n"
    scenario = load_scenario(write(text), allow_code=True)
    with pytest.raises(ScenarioError) as caught:
        scenario.override(values)
    for part in ["scenario 'small'", *texts]:
        assert part in str(caught.value), str(caught.value)


def test_reading_an_unknown_option_names_the_nearest(load):
    with pytest.raises(ScenarioError, match=r"no such path; did you mean 'strategies\.my_plan\.content\.practice'"):
        load(more=OWN)["strategies.my_plan.content.practise"]


# ---- names of other sections -----------------------------------------------------------------------------------------
def test_a_key_of_another_section_is_named(load, write, small_text):
    scenario = load()
    for do in (lambda: scenario["teachers.exit"], lambda: scenario.override({"teachers.exit": 0.2})):
        with pytest.raises(ScenarioError, match=r"teachers\.exit: no such path; did you mean 'turnover\.exit'"):
            do()
    for said, text in (
        ("teachers: {exit: 0.2}", r"teachers\.exit: unknown key; did you mean 'turnover\.exit'.*Allowed: skill_a"),
        ("exit: 0.2", r"small\.yaml, exit: unknown key; did you mean 'turnover\.exit'"),
        ("population_x: 3\nturnover: {mu: 1}", r"turnover\.mu: unknown key; did you mean 'trial\.mu'"),
    ):
        with pytest.raises(ScenarioError, match=text):
            load_scenario(write(small_text + said + "\n"))
    with pytest.raises(ScenarioError, match=r"exit_ratioo: no such path; did you mean 'turnover\.exit_ratio'"):
        scenario.override({"turnover.exit_ratioo": 1})
