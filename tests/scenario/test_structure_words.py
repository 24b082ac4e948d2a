"""The section ``structure``: words that a scenario states and an override sets, said wherever results stand."""

from __future__ import annotations

import json

import pytest

import diffusion_sim as ds
from diffusion_sim.cli import call
from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.scenario.numbers import defaults

SMALL = {"population.schools": 3, "programme.years_support": 1, "programme.years_after": 0}
SETS = [word for path, value in SMALL.items() for word in ("--set", f"{path}={value}")]
DOSE = "structure.dose"


def test_an_override_sets_a_word_and_is_another_scenario():
    sc = load_scenario("mid_size_district")
    for name, entry in defaults()["structure"].items():
        path = f"structure.{name}"
        assert sc[path] == entry.value == entry.choices[0] and sc.section("structure")[name] == entry.value
        for word in entry.choices[1:]:
            other = sc.override({path: word})
            assert other[path] == word and other.digest != sc.digest and other.in_force[path] == word
            assert other.changed == [f"{path} = {word}"] and other.number(path).source == "override"


def test_a_word_that_does_not_exist():
    sc = load_scenario("mid_size_district")
    with pytest.raises(ScenarioError, match=r"structure.dose: found 'hil'.*one of hill, saturating.*mean 'hill'"):
        sc.override({DOSE: "hil"})
    with pytest.raises(ScenarioError, match=r"structure.doze: no such path.*did you mean 'structure.dose'"):
        sc.override({"structure.doze": "hill"})


def test_set_on_the_command_line(capsys):
    words = ["--set", f"{DOSE}=saturating", "--set", "structure.like=off"]
    assert call(["run", "mid_size_district", *SETS, *words]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"{DOSE} = saturating" in text and "structure.like = off" in text
    assert call(["check", "mid_size_district", "--json", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["changed"] == [f"{DOSE} = saturating", "structure.like = off"]
    assert call(["check", "mid_size_district", "--set", f"{DOSE}=linear"]) == 2
    assert "hill, saturating" in " ".join(capsys.readouterr().err.split())


def test_a_comparison_says_it_on_page_figure_and_record(tmp_path):
    said = {**SMALL, DOSE: "saturating"}
    c = ds.compare("mid_size_district", ["none", "directed_uniform"], replicates=2, workers=1, overrides=said)
    assert f"{DOSE} = saturating" in c.provenance["changed"] and c.provenance["overrides"][DOSE] == "saturating"
    figure = c.plot()
    texts = [text.get_text() for text in figure.texts] + [t.get_text() for ax in figure.axes for t in ax.texts]
    assert any(f"{DOSE} = saturating" in " ".join(text.split()) for text in texts)
