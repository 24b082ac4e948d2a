"""The command ``story``: what it prints, writes and refuses."""

from __future__ import annotations

import json
import shlex

import pytest

import diffusion_sim as ds
from diffusion_sim.cli import call, commands
from diffusion_sim.cli import story as page

CASE = "mid_size_district"
SET = {"population.schools": 4, "programme.years_support": 1, "programme.years_after": 1}
TINY = [word for path, value in SET.items() for word in ("--set", f"{path}={value}")]


def test_it_prints_what_python_tells(capsys):
    assert call(["story", CASE, "--strategy", "staged", "--rng", "4", *TINY]) == 0
    printed = capsys.readouterr().out
    assert printed.rstrip("\n") == ds.story(CASE, "staged", rng=4, overrides=SET).text()
    assert max(map(len, printed.splitlines())) <= 80
    assert "One run of seed 4; another seed tells another story." in printed
    assert printed.rstrip().endswith("Equity is between schools.")


def test_the_page_says_the_command_that_makes_it_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["story", CASE, "--strategy", "directed_uniform", "--district", "D0001", "--rng", "9", *TINY]
    assert call([*words, "--out", "told.md"]) == 0
    assert "Files in .: told.md" in capsys.readouterr().out
    first = (tmp_path / "told.md").read_text("utf-8")
    made = first.split("Made by `")[1].split("`")[0]
    assert shlex.split(made) == ["diffusion-sim", *words, "--out", "told.md"]
    assert call(shlex.split(made)[1:]) == 0
    assert (tmp_path / "told.md").read_text("utf-8") == first


def test_a_page_with_a_rule_of_ones_own_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("def force(exposure):\n    return 2.0 * exposure\n")
    words = ["story", CASE, "--strategy", "staged", *TINY, "--rule", "peer_force=mine.py:force", "--allow-code"]
    assert call([*words, "--out", "told.md"]) == 0, capsys.readouterr().err
    made = (tmp_path / "told.md").read_text("utf-8").split("Made by `")[1].split("`")[0]
    assert "--rule peer_force=" in made and made.endswith("--allow-code --out told.md")
    first = (tmp_path / "told.md").read_text("utf-8")
    assert call(shlex.split(made)[1:]) == 0 and (tmp_path / "told.md").read_text("utf-8") == first


def test_a_folder_and_json(tmp_path, capsys):
    out = tmp_path / "new"
    assert call(["story", CASE, "--strategy", "staged", *TINY, "--json", "--out", str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["files"] == ["story.md", "years.csv"] == sorted(path.name for path in out.iterdir())
    assert [row["phase"] for row in said["years"]] == ["start", "support", "own"]
    assert said["years"][0]["focus_before"] is None and said["district"] == "D0001"
    assert len(said["schools"]) == 4 and [row["measure"] for row in said["compared"]][0] == "reach"
    assert said["story"][1]["title"] == "Year 1 of support"


def test_one_school_as_page_tables_and_json(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["story", CASE, "--strategy", "directed_uniform", "--school", "S0002", *TINY]
    assert call([*words, "--json", "--out", "all"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["district"], said["school"]) == ("D0001", "S0002") and said["files"][0] == "story.md"
    assert {row["event"] for row in said["happened"]} >= {"began", "stopped"} and said["pupils"][0]["year"] == 1
    assert call([*words, "--out", "told.md"]) == 0
    first = (tmp_path / "told.md").read_text("utf-8")
    made = first.split("Made by `")[1].split("`")[0]
    assert shlex.split(made) == ["diffusion-sim", *words, "--out", "told.md"]
    assert call(shlex.split(made)[1:]) == 0 and (tmp_path / "told.md").read_text("utf-8") == first


def test_one_network_as_page_and_json(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [
        "story",
        CASE,
        "--strategy",
        "improvement_network",
        *(word.replace("schools=4", "schools=12") for word in TINY),
    ]
    assert call([*words, "--network", "--json"]) == 0  # without a name: the largest
    said = json.loads(capsys.readouterr().out)
    assert said["network"] == "number 1" and said["years"][1]["cycles"] > 0 and said["members"]
    assert call([*words, "--network", "largest", "--out", "told.md"]) == 0
    made = (tmp_path / "told.md").read_text("utf-8").split("Made by `")[1].split("`")[0]
    assert "--network largest" in made
    assert call([*words[:2], "--network", "1", "--strategy", "none"]) == 2
    assert "strategy 'none' tests nothing" in " ".join(capsys.readouterr().err.split())


def test_the_scenarios_own_strategy_and_none(capsys):
    assert call(["story", CASE, *TINY]) == 0
    assert "the scenario's own strategy" in " ".join(capsys.readouterr().out.split())
    assert call(["story", CASE, "--strategy", "none", *TINY]) == 0
    assert "nothing to compare it with" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([CASE, "--district", "D001", *TINY], "'D001' among the 1 of this population; did you mean 'D0001'"),
        ([CASE, "--district", "1", *TINY], "no district '1' among the 1 of this population; for example 'D0001'"),
        ([CASE, "--school", "S01", *TINY], "'S01' among the 4 schools of this population; did you mean 'S0001'"),
        ([CASE, "--school", "S0001", "--district", "D0001"], "district and school: found both"),
        ([CASE, "--strategy", "stage"], "did you mean 'staged'"),
        (["mid_size"], "did you mean 'mid_size_district'"),
        ([], "Missing argument 'CASE'"),
        ([CASE, "--rng", "-1"], "Invalid value for '--rng'"),
        ([CASE, "--set", "trial.qq=1"], "did you mean 'trial.q"),
        ([CASE, "--set", "trial.q"], "path=value is allowed"),
        ([CASE, "--rule", "peer_force=mine.py:f"], "--allow-code"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)  # fmt: skip
def test_mistakes_are_one_message(words, told, capsys):
    assert call(["story", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and told in " ".join(err.split()) and err.count("error:") == 1 and "Traceback" not in err


def test_places_that_cannot_be_written_are_found_before_anything_runs(tmp_path, monkeypatch, capsys):
    def fail(*args, **kwargs):
        raise AssertionError("it ran")

    monkeypatch.setattr(page, "story", fail)
    (tmp_path / "mine.md").write_text("# Mine\n")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "file").write_text("x")
    for name, told in (("mine.md", "no page of a story"), ("folder.md", "is a folder"), ("file/story.md", "is a file"),
                       ("file", "is a file")):  # fmt: skip
        assert call(["story", CASE, "--out", str(tmp_path / name)]) == 2
        assert told in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "mine.md").read_text() == "# Mine\n"


def test_it_is_listed():
    assert "story" in commands.cli.commands
