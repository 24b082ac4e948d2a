"""The command ``two_lives``: what it prints, writes and refuses."""

from __future__ import annotations

import json
import shlex

import pytest

import diffusion_sim as ds
from diffusion_sim.cli import call

CASE = "mid_size_district"
SET = {"population.schools": 4, "programme.years_support": 1, "programme.years_after": 1}
TINY = [word for path, value in SET.items() for word in ("--set", f"{path}={value}")]
PAIR = "staged", "directed_uniform"


def test_it_prints_what_python_tells(capsys):
    assert call(["two_lives", CASE, *PAIR, "--rng", "4", *TINY]) == 0
    assert capsys.readouterr().out.rstrip("\n") == ds.two_lives(CASE, *PAIR, rng=4, overrides=SET).text()


def test_the_page_says_the_command_that_makes_it_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["two_lives", CASE, *PAIR, "--rng", "9", *TINY]
    assert call([*words, "--out", "told.md"]) == 0
    assert "Files in .: told.md" in capsys.readouterr().out
    first = (tmp_path / "told.md").read_text("utf-8")
    made = first.split("Made by `")[1].split("`")[0]
    assert shlex.split(made) == ["diffusion-sim", *words, "--out", "told.md"]
    assert call(shlex.split(made)[1:]) == 0
    assert (tmp_path / "told.md").read_text("utf-8") == first


def test_a_folder_and_json(tmp_path, capsys):
    out = tmp_path / "new"
    assert call(["two_lives", CASE, *PAIR, *TINY, "--json", "--out", str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["files"] == ["two_lives.md", "diary.csv", "by_year.csv", "apart.csv"]
    assert sorted(said["files"]) == sorted(path.name for path in out.iterdir())
    assert said["strategies"] == list(PAIR) and said["rule"]["present"] > 0 and said["seed"] == 1
    assert {row["strategy"] for row in said["by_year"]} == set(PAIR)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["staged", "staged"], "found 'staged' twice"),
        (["staged", "stagd"], "did you mean 'staged'"),
        (["staged"], "Missing argument 'B'"),
        (["staged", "none", "--set", "trial.qq=1"], "trial.qq"),
        (["staged", "none", "--rng", "-1"], "--rng"),
    ],
)
def test_what_cannot_be_told_is_said_before_anything_runs(words, told, capsys):
    assert call(["two_lives", CASE, *words]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
