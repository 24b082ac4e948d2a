"""The command ``budget``: what it prints, writes and refuses."""

from __future__ import annotations

import json

import pytest

from diffusion_sim.cli import call

CASE = "mid_size_district"
TINY = ["--set", "population.schools=4", "--set", "programme.years_support=1", "--set", "programme.years_after=1"]
FEW = [*TINY, "--strategies", "staged,directed_uniform", "--replicates", "2", "--workers", "1"]


def test_it_prints_and_writes(tmp_path, capsys):
    out = tmp_path / "new"
    assert call(["budget", CASE, *FEW, "--budgets", "500,9000", "--out", str(out)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for words in ("what money buys", "money.spend = stretch", "500 US dollars per post", "who is not beaten", "Harm",
                  "paired by seed, excludes 0", "nothing here rates a person", "budget.txt, figure.png"):  # fmt: skip
        assert words in printed, words
    assert (out / "figure.svg").exists()


def test_json_is_plain_and_default_budgets_are_five(capsys):
    assert call(["budget", CASE, *FEW, "--measure", "deep_use", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["measure"] == "deep_use" and len(said["table"]) == 1 + 2 * 5 and said["files"] == []
    assert said["table"][0]["strategy"] == "none" and said["table"][0]["budget"] is None
    assert {row["strategy"] for row in said["front"]} <= {"none", "staged", "directed_uniform"}
    assert said["provenance"]["scenario_budget"] * 2 == said["provenance"]["budgets"][-1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--budgets", "1,x"], "--budgets 1,x: numbers between commas"),
        (["--budgets", "1,-3"], "budgets: found -3.0; US dollars above 0"),
        (["--measure", "reech"], "did you mean 'reach'"),
        (["--strategies", "staged"], "found staged alone"),
        (["--strategies", "stagd,none"], "stagd"),
        (["--replicates", "1"], "Invalid value for '--replicates'"),
        (["--set", "money.bugdet=3"], "money.bugdet"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_runs(words, told, capsys):
    assert call(["budget", CASE, *words]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
