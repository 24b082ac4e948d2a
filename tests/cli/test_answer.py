"""The command ``answer``: what it prints, writes and refuses."""

from __future__ import annotations

import json

import pytest

from diffusion_sim.cli import call

FEW = ["--replicates", "2", "--workers", "1", "--set", "population.schools=44", "--set", "population.districts=2"]


def test_an_answer_is_printed_and_written(tmp_path, capsys):
    out = tmp_path / "new"
    assert call(["answer", "achievement_network", *FEW, "--out", str(out)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for words in ("Does it work?", "For whom?", "US dollars a pupil and year", "pupils gain less than without",
                  "Does it hold?", "population.schools = 44", "between 2 seeds only", "--space 200",
                  "nothing here rates a person"):  # fmt: skip
        assert words in printed, words
    assert {"answer.txt", "quantities.csv", "figure.svg", "provenance.json"} <= {file.name for file in out.iterdir()}
    assert "draws.csv" not in {file.name for file in out.iterdir()}


def test_json_is_plain(capsys):
    assert call(["answer", "achievement_network", *FEW, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["system"] == "achievement_network" and len(said["lines"]) == 5 and said["files"] == []
    assert {"key", "mean", "low", "high", "n"} == set(said["quantities"][0])
    assert said["provenance"]["replicates"] == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["achievement_netwrk"], "did you mean 'achievement_network'"),
        (["achievement_network", "--replicates", "1"], "Invalid value for '--replicates'"),
        (["achievement_network", "--space", "-1"], "Invalid value for '--space'"),
        (["achievement_network", "--set", "pupils.efect=3"], "did you mean 'pupils.effect'"),
        (["achievement_network", "--set", "programme.wave_1=0.49"], "each needs a matched control of its own district"),
        (["achievement_network", "--set", "population.schools=12"], "more schools are needed (population.schools)"),
        (["achievement_network", "--set", "strategies.uniform_90_10.content.practice=0.7"], "they sum to 1"),
        (["achievement_network", "--workers", "0"], "--workers"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_runs(words, told, capsys):
    assert call(["answer", *words]) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_a_folder_that_cannot_be_written_is_said_before_anything_runs(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert call(["answer", "achievement_network", "--out", str(tmp_path / "file" / "in")]) == 2
    assert "file" in capsys.readouterr().err
