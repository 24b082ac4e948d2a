"""The command ``trials``: what it prints, writes and refuses."""

from __future__ import annotations

import json

import pytest

from diffusion_sim.cli import call
from diffusion_sim.scenario.ranges_lock import digest

FEW = ["--replicates", "2", "--workers", "1", "--space", "0"]


def test_a_trial_is_printed_and_its_page_written(tmp_path, capsys):
    page = tmp_path / "new" / "trials.md"
    assert call(["trials", "contrasts", *FEW, "--set", "trial.q=0.8", "--out", str(page)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Users and non-users" in printed and digest() in printed and "trial.q = 0.8" in printed
    text = page.read_text(encoding="utf-8")
    command = f"diffusion-sim trials contrasts --space 0 --replicates 2 --set trial.q=0.8 --out {page}"
    assert command in text and digest() in text and "## The first look" in text
    assert [file.name for file in page.parent.iterdir()] == ["trials.md"]


def test_a_folder_gets_page_and_tables_and_json_is_plain(tmp_path, capsys):
    assert call(["trials", "ceiling", *FEW, "--json", "--out", str(tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["digest"] == digest() and said["coaching"] == [] and len(said["ceiling"]) == 5 * 6
    assert said["files"] == ["trials.md", "ceiling.csv"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ceiling.csv", "trials.md"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["coching"], "did you mean 'coaching'"),
        (["--space", "1"], "space: found 1; 0, for none, or a whole number from 2"),
        (["coaching", "--space", "50"], "space: found 50; draws need achievement_network, ceiling, too"),
        (["ceiling", "--set", "stop.d0=0.9"], "stop.d0 is stated by the ceiling itself"),
        (["--replicates", "1"], "Invalid value for '--replicates'"),
        (["--set", "programme.hours=3"], "is stated by the trials themselves"),
        (["--set", "pupils.efect=3"], "did you mean 'pupils.effect'"),
    ],
)
def test_what_cannot_be_run_is_said_before_anything_runs(words, told, capsys):
    assert call(["trials", *words]) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_a_page_where_a_folder_stands_in_the_way(tmp_path, capsys):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert call(["trials", "contrasts", *FEW, "--out", str(tmp_path / "file" / "trials.md")]) == 2
    assert "is a file" in capsys.readouterr().err
    (tmp_path / "trials.md").mkdir()
    assert call(["trials", "contrasts", *FEW, "--out", str(tmp_path / "trials.md")]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_a_page_that_is_not_this_commands_or_has_more_trials_is_left_alone(tmp_path, capsys):
    mine = tmp_path / "notes.md"
    mine.write_text("# Notes\n", encoding="utf-8")
    assert call(["trials", "contrasts", *FEW, "--out", str(mine)]) == 2
    assert "no page of trials" in " ".join(capsys.readouterr().err.split())
    assert mine.read_text(encoding="utf-8") == "# Notes\n"
    page = tmp_path / "trials.md"
    text = "# Trials\n\nMade by `diffusion-sim trials`; do not edit here.\n\n## The coaching trial\n"
    page.write_text(text, encoding="utf-8")
    for out in (page, tmp_path):
        assert call(["trials", "contrasts", *FEW, "--out", str(out)]) == 2
        assert "would be lost (coaching)" in " ".join(capsys.readouterr().err.split())
    assert page.read_text(encoding="utf-8") == text
