"""The shipped scenarios, their references, the catalogue table and starting a new scenario."""

from __future__ import annotations

import re

import pytest

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import (
    check_table,
    counts,
    defaults,
    list_scenarios,
    load_scenario,
    new_scenario,
    references,
    scenario_folder,
    scenario_ids,
)

IDS = scenario_ids()


def test_the_shipped_ids():
    assert {"michigan", "mid_size_district"} <= set(IDS)


@pytest.mark.parametrize("name", IDS)
def test_shipped_scenarios(name: str):
    scenario = load_scenario(name)
    assert scenario.id == name and scenario.title and scenario.question.endswith("?") and scenario.description
    assert scenario.warnings == []
    assert scenario.compare[0] == "none" and len(scenario.compare) >= 5
    assert all(scenario.states(f"initial_use.{key}") for key in defaults()["initial_use"])
    for path, number in scenario.numbers.items():
        assert number.note or not number.stated, f"{path} states a number and not why"
        assert number.source == "assumption" or number.source in references(), f"{path}: {number.source}"
    assert set(scenario.sources) <= set(references())


def test_every_source_has_a_complete_reference():
    used = {n.source for keys in defaults().values() for n in keys.values()}
    for name in IDS:
        scenario = load_scenario(name)
        used |= set(scenario.sources) | {n.source for n in scenario.numbers.values()}
    assert used - {"assumption"} - set(references()) == set()
    for key, entry in references().items():
        assert set(entry) == {"citation", "used_for", "seen"}, key
        assert re.fullmatch(r"[a-z][a-z0-9_]*", key) and len(entry["citation"]) > 40, key
        assert entry["used_for"] and entry["seen"], key


def test_defaults_are_well_formed():
    found = 0
    for section, keys in defaults().items():
        for key, n in keys.items():
            path, found = f"{section}.{key}", found + 1
            assert re.fullmatch(r"[a-z][a-zA-Z0-9_]*", key), path
            assert n.source, path
            if n.choices:
                assert n.value in n.choices and n.range is None, path
                continue
            if isinstance(n.value, bool) or n.optional:
                continue
            assert n.unit and n.range and n.bounds, path
            (low, high), (least, most) = n.range, n.bounds
            assert least <= low <= n.value <= high <= most, path
            assert type(n.value) is (int if n.integer else float), path
    assert found > 100


def test_check_table():
    scenario = load_scenario("michigan").override({"trial.q": 1.0})
    table = check_table(scenario).set_index("path")
    assert list(check_table(scenario).columns) == [
        "path", "value", "unit", "low", "high", "source", "stated", "assumption", "note",
    ]  # fmt: skip
    assert table.index.is_unique
    assert table.loc["initial_use.share", "value"] == 0.05 and table.loc["initial_use.share", "stated"]
    assert table.loc["turnover.exit", "source"] == "taie_lewis_2023" and not table.loc["turnover.exit", "assumption"]
    assert table.loc["trial.q", "source"] == "override"
    assert table.loc["strategy.content.practice", "value"] == 0.9
    told = counts(scenario)
    assert told["numbers"] == len(table) == told["sourced"] + told["assumptions"] + told["overridden"]
    assert told["overridden"] == 1 and told["outside_range"] == 0 and told["unknown_source"] == 0
    assert told["assumptions"] == int(table["assumption"].sum()) > 50


def test_unknown_sources_are_counted(write, small_text: str):
    assert counts(load_scenario(write(small_text)))["unknown_source"] == 1  # some_study
    declared = small_text + "sources: [some_study]\n"
    assert counts(load_scenario(write(declared)))["unknown_source"] == 0


def test_list_scenarios():
    table = list_scenarios()
    assert list(table.columns) == ["id", "title", "question"]
    assert list(table["id"]) == IDS


@pytest.mark.parametrize("like", IDS)
def test_new_scenario(tmp_path, like: str):
    path = new_scenario(tmp_path / "my_district.yaml", like=like)
    made, original = load_scenario(path), load_scenario(like)
    assert made.id == "my_district" and made.numbers == original.numbers and made.section("strategy")
    text = path.read_text()
    assert text.startswith("# Your scenario 'my_district'") and text.count("\n#") >= 3
    with pytest.raises(ScenarioError, match="exists; it is not overwritten"):
        new_scenario(path)
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mine.txt", "ends with .yaml"),
        ("My District.yaml", "becomes the id"),
        ("michigan.yaml", "not the id of a shipped scenario"),
        ("nowhere/mine.yaml", "cannot be written"),
    ],
)
def test_new_scenario_refuses(tmp_path, name: str, text: str):
    with pytest.raises(ScenarioError, match=text):
        new_scenario(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_new_scenario_like_an_unknown_one(tmp_path):
    with pytest.raises(ScenarioError, match="did you mean 'michigan'"):
        new_scenario(tmp_path / "mine.yaml", like="michgan")


def test_only_yaml_files_are_shipped():
    assert {path.suffix for path in scenario_folder().iterdir()} == {".yaml"}
