"""What each command prints and writes."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.cli import call

TINY = ["--set", "population.schools=3", "--set", "programme.years_support=1", "--set", "programme.years_after=1"]
OVERRIDES = {"population.schools": 3, "programme.years_support": 1, "programme.years_after": 1}
STATEMENTS = ("nothing here rates a person", "not forecasts", "Equity is between schools")


@pytest.fixture
def say(capsys):
    """Run a command line that must succeed; returns what it prints."""

    def _say(*words: object) -> str:
        code = call([str(word) for word in words])
        out, err = capsys.readouterr()
        assert code == 0, err
        return out

    return _say


def one_line(text: str) -> str:
    return " ".join(text.split())


def exactly(path: Path) -> pd.DataFrame:
    """A CSV of numbers, read without losing a digit on any pandas."""
    return pd.read_csv(path, dtype=str).map(float)


def strict_json(text: str):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_help_and_version(say):
    assert say("--version").strip() == f"diffusion-sim, version {ds.__version__}"
    text = say("--help")
    for command in ("scenarios", "strategies", "check", "new", "run", "compare"):
        assert f"\n  {command} " in text and "--help" in say(command, "--help")
    for option in ("--out", "--replicates", "--rng", "--workers", "--set", "--strategies", "--json", "--allow-code",
                   "--equal-spending", "--baseline"):  # fmt: skip
        assert option in say("compare", "--help")


def test_scenarios(say):
    text = one_line(say("scenarios"))
    assert "michigan" in text and "mid_size_district" in text and ds.__version__ in text
    found = strict_json(say("scenarios", "--json"))
    assert found["diffusion_sim"] == ds.__version__
    assert found["scenarios"] == ds.list_scenarios().to_dict("records")


def test_strategies(say):
    text = say("strategies")
    assert all(name in text for name in ds.list_strategies()["id"])
    assert strict_json(say("strategies", "--json"))["strategies"] == ds.list_strategies().to_dict("records")


@pytest.mark.parametrize("name", list(ds.list_scenarios()["id"]))
def test_check(say, name):
    text, found = one_line(say("check", name)), strict_json(say("check", name, "--json"))
    scenario = ds.load_scenario(name)
    counts = found["counts"]
    assert counts["numbers"] == len(found["numbers"]) > 150
    assert counts["numbers"] == counts["sourced"] + counts["assumptions"] and counts["unknown_source"] == 0
    numbers, sourced, assumptions = counts["numbers"], counts["sourced"], counts["assumptions"]
    assert f"{numbers} numbers: {sourced} with a source, {assumptions} assumptions" in text
    for path, number in scenario.numbers.items():
        assert path in text and number.source in text
    assert "plausible range" in text and ds.__version__ in text and "Sources" in text
    schools = 1848 if name == "michigan" else scenario["population.schools"]
    assert found["schools"]["schools"] == schools
    assert found["schools"]["teachers"] > 1000
    some = schools // 4
    assert found["designated"]["schools"] == some
    assert f"accountability names {some} of the" in text and "the lowest 0.25 by achievement" in " ".join(text.split())


def test_check_shows_changes_and_warnings(say):
    said = ["--set", "trial.q=3", "--set", "strategy.recruitment.kind=directed"]
    text = one_line(say("check", "mid_size_district", *said))
    assert "1 set by you" in text and "trial.q = 3 is outside its plausible range 0.6 to 1.2" in text
    found = strict_json(say("check", "mid_size_district", "--json", "--set", "trial.q=3"))
    row = next(row for row in found["numbers"] if row["path"] == "trial.q")
    assert row["value"] == 3 and row["source"] == "override" and found["counts"]["outside_range"] == 1
    word = next(row for row in found["numbers"] if row["path"] == "money.pool")
    assert word["value"] == "district" and word["low"] is None


def test_check_says_for_how_many_the_practice_is(say):
    few = ["--set", "practice.for=bands", "--set", "practice.bands=0.2"]
    assert "The practice is for all teachers" in one_line(say("check", "mid_size_district"))
    text = one_line(say("check", "mid_size_district", *few))
    found = strict_json(say("check", "mid_size_district", "--json", *few))
    model = ds.ReformModel("mid_size_district", rng=1, overrides={"practice.for": "bands", "practice.bands": 0.2})
    concerned = int(model.state.schools.teaching.sum())
    assert found["practice"]["teachers"] == concerned < found["schools"]["teachers"] / 5
    assert found["practice"]["programme_schools"] == int((model.state.schools.programme == 1).sum())
    assert f"The practice is for {concerned} of the {found['schools']['teachers']:,} teachers, by grade band" in text


def test_new_and_check_it(say, tmp_path: Path):
    path = tmp_path / "my_district.yaml"
    assert "my_district.yaml" in say("new", path)
    assert ds.load_scenario(path).id == "my_district"
    assert "my_district" in say("check", path)
    say("new", tmp_path / "mi.yaml", "--like", "michigan")
    assert ds.load_scenario(tmp_path / "mi.yaml")["population.kind"] == "table"


def test_run(say, tmp_path: Path):
    out = tmp_path / "deep" / "er"
    text = say("run", "mid_size_district", "--strategies", "directed_uniform", "--rng", 7, *TINY, "--out", out)
    assert all(words in one_line(text) for words in STATEMENTS) and ds.__version__ in text
    assert sorted(p.name for p in out.iterdir()) == [
        "flows.csv", "outcomes.csv", "provenance.json", "schools.csv", "series.csv",
    ]  # fmt: skip
    model = ds.ReformModel("mid_size_district", rng=7, strategy="directed_uniform", overrides=OVERRIDES).run()
    series = exactly(out / "series.csv")
    assert series.pop("week").tolist() == list(range(73))
    pd.testing.assert_frame_equal(series, model.series.reset_index(drop=True), check_exact=True)
    record = strict_json((out / "provenance.json").read_text("utf-8"))
    assert record["version"] in (ds.__version__, None)
    assert record["seed"] == 7 and record["strategy"] == "directed_uniform"
    assert record["scenario"]["digest"] == model.case.digest
    table = pd.read_csv(out / "outcomes.csv").set_index("measure")
    assert table.loc["reach", "last"] == pytest.approx(model.outcomes["reach"])


def test_ids_that_look_like_formulas(say, tmp_path: Path):
    """Guarded in CSV, which the record says; as they are with --plain-ids, and always in Parquet."""
    ids = ["=1+1", "+2", "-3", "@4"]
    table = pd.DataFrame({"district_id": "=D", "school_id": ids, "teachers": 4, "poverty": 0.5})
    table.to_csv(tmp_path / "s.csv", index=False)
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: t\nquestion: q?\npopulation: {kind: table, source: s.csv, options: {no_pupils: impute}}\n"
        "programme: {years_support: 1, years_after: 1}\ninitial_use: {share: 0.1}\n"
        "strategy: {recruitment: {kind: none}}\n"
    )
    for name, more in (("guarded", []), ("plain", ["--plain-ids"])):
        say("run", tmp_path / "own.yaml", "--out", tmp_path / name, *more)
    found = {name: pd.read_csv(tmp_path / name / "schools.csv", dtype=str) for name in ("guarded", "plain")}
    assert sorted(found["plain"]["school_id"]) == sorted(ids) and set(found["plain"]["district_id"]) == {"=D"}
    assert sorted(found["guarded"]["school_id"]) == sorted(f"'{name}" for name in ids)
    said = {name: json.loads((tmp_path / name / "provenance.json").read_text())["text_in_csv"] for name in found}
    assert "apostrophe" in said["guarded"] and "--plain-ids" in said["guarded"] and "as it is" in said["plain"]
    (tmp_path / "study.yaml").write_text(
        "id: s\ntitle: t\nscenarios: [own.yaml]\nstrategies: [none]\nreplicates: 1\nkeep: {schools: end}\n"
    )
    ds.run_study(tmp_path / "study.yaml", workers=1, progress=False)
    stored = pd.concat(map(pd.read_parquet, (tmp_path / "results" / "schools").glob("*.parquet")))
    assert sorted(stored["school_id"]) == sorted(ids)


def test_run_as_json(say):
    found = strict_json(say("run", "mid_size_district", "--json", "--strategy", "none", *TINY))
    model = ds.ReformModel("mid_size_district", rng=1, strategy="none", overrides=OVERRIDES).run()
    assert found["weeks"] == 72 and found["files"] == [] and found["seed"] == 1
    assert found["outcomes"]["reach"] == model.outcomes["reach"]
    assert found["outcomes"]["sustained_deep_use_2y"] is None and np.isnan(model.outcomes["sustained_deep_use_2y"])


def test_run_takes_the_scenarios_own_strategy(say):
    found = strict_json(say("run", "mid_size_district", "--json", *TINY, "--set", "strategy.recruitment.kind=none"))
    assert found["strategy"] is None and found["outcomes"]["cost_total"] == 0


COMPARE = ["compare", "mid_size_district", "--replicates", 3, "--workers", 1, *TINY]


def test_compare(say, tmp_path: Path):
    text = say(*COMPARE, "--strategies", "none,volunteer_uniform,directed_uniform", "--out", tmp_path / "out")
    flat = one_line(text)
    assert all(words in flat for words in STATEMENTS) and ds.__version__ in flat
    for words in ("reach (share)", "deep use (share)", "owned use", "equity gap", "95 % interval", "directed_uniform",
                  "3 runs of each strategy on the same seeds", "Why:", "tries under a mandate", "Files in"):
        assert words in flat, words
    files = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"table.csv", "differences.csv", "flows.csv", "runs.csv", "provenance.json"} <= files
    assert {"figure.png", "figure.svg"} <= files
    for path in (tmp_path / "out").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            assert len(list(csv.reader(file))) > 1 or path.name in ("at_full_intensity.csv", "spending.csv"), path.name
    comparison = ds.compare(
        "mid_size_district", ["none", "volunteer_uniform", "directed_uniform"], replicates=3, workers=1,
        overrides=OVERRIDES, progress=False,
    )  # fmt: skip
    saved = pd.read_csv(tmp_path / "out" / "table.csv")
    assert saved["mean"].to_numpy() == pytest.approx(comparison.table["mean"].to_numpy(), nan_ok=True)
    reach = comparison.table.set_index(["measure", "strategy"]).loc[("reach", "directed_uniform"), "mean"]
    assert f"{reach:.3f}" in text


def test_compare_as_json(say):
    found = strict_json(say(*COMPARE, "--strategies", "none,directed_uniform", "--json"))
    assert found["diffusion_sim"] == ds.__version__ and found["files"] == [] and found["equal_spending"] is None
    assert {row["strategy"] for row in found["table"]} == {"none", "directed_uniform"}
    assert {row["baseline"] for row in found["differences"]} == {"none"}
    assert found["provenance"]["replicates"] == 3 and found["scenario"]["overrides"] == OVERRIDES


def test_compare_with_another_baseline_and_list(say):
    found = strict_json(say(*COMPARE, "--strategies", "volunteer_uniform,lottery", "--baseline", "lottery", "--json"))
    assert {row["baseline"] for row in found["differences"]} == {"lottery"}
    text = say(*COMPARE, "--strategies", "volunteer_uniform,lottery", "--baseline", "lottery")
    assert "difference to lottery" in one_line(text)


def test_compare_at_equal_spending(say):
    text = say(*COMPARE, "--strategies", "none,volunteer_uniform,directed_uniform", "--equal-spending")
    assert "The same at equal spending" in text and "equal spending: a pot of" in one_line(text)


def test_own_code(say, tmp_path: Path):
    (tmp_path / "mine.py").write_text(
        "from diffusion_sim import Plan\nclass Mine:\n    def plan(self, view, draw):\n        return Plan()\n"
    )
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: '[bold]t[/bold]'\nquestion: q?\npopulation: {kind: synthetic, schools: 3}\n"
        "programme: {years_support: 1, years_after: 0}\ninitial_use: {share: 0.1}\n"
        "strategy: {recruitment: {kind: none}}\nstrategies: {mine: {code: 'mine.py:Mine'}}\n"
    )
    assert "mine.py:Mine" in say("strategies", tmp_path / "own.yaml")
    words = ["compare", tmp_path / "own.yaml", "--strategies", "none,mine", "--replicates", 2, "--workers", 1]
    text = say(*words, "--allow-code")
    assert "[bold]t[/bold]" in text, "text of a file is shown, not obeyed"
    assert say("run", tmp_path / "own.yaml", "--strategy", "mine", "--allow-code")


def test_as_a_program(tmp_path: Path):
    """Through the real door, with two workers."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "80"}
    words = [sys.executable, "-m", "diffusion_sim", "compare", "mid_size_district", *TINY, "--replicates", "4",
             "--workers", "2", "--strategies", "none,volunteer_uniform", "--out", str(tmp_path / "o")]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and (tmp_path / "o" / "figure.png").stat().st_size > 10_000


def test_whoever_stops_reading_gets_no_error():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-m", "diffusion_sim", "check", "mid_size_district"]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert program.stdout is not None and program.stderr is not None
    program.stdout.readline()
    program.stdout.close()
    assert program.stderr.read() == b""
    program.stderr.close()
    assert program.wait() == 0


DATED = """\
id: dated
title: Dated
question: q?
population: {kind: synthetic, districts: 1, schools: 3, population_seed: 4}
programme: {years_support: 2, years_after: 1}
initial_use: {share: 0.1}
strategy: {recruitment: volunteer}
strategies:
  mine: {recruitment: volunteer, allocation: {kind: by_hand, table: {S0001: {1: 6}, S0003: {1: 4, 2: 4}}}}
events:
  - {kind: budget_cut, year: 2, week: 3, share: 0.3}
  - {kind: leader_leaves, week: 5, schools: [S0002]}
"""


def test_check_prints_events_and_hours_by_hand(say, tmp_path: Path, capsys):
    path = tmp_path / "dated.yaml"
    path.write_text(DATED, "utf-8")
    text, found = one_line(say("check", path)), strict_json(say("check", path, "--json"))
    assert "after week 39 (year 2, week 3): budget_cut, share 0.3, all" in text
    assert "after week 5 (year 1, week 5): leader_leaves, schools: S0002" in text
    assert "mine: hours by hand, 3 rows; 3 school years of support have no row and get no hours" in text
    assert [event["week"] for event in found["events"]] == [39, 5] and found["tables"]["mine"]["rows"] == 3
    row = next(row for row in found["numbers"] if row["path"] == "events.0.share")
    assert (row["value"], row["unit"], row["low"], row["high"]) == (0.3, "share", 0, 1)
    assert "share 0.8" in one_line(say("check", path, "--set", "events.0.share=0.8"))
    for words, said in (
        (["--set", "events.0.share=80"], "looks like per cent"),
        (["--set", "events.0.week=200"], "the run ends after 108 weeks"),
    ):
        assert call(["check", str(path), *words]) == 2
        assert said in one_line(capsys.readouterr().err)
    changed = one_line(say("check", path, "--set", "strategies.mine.tempo.kind=waves"))
    assert "Changed: strategies.mine.tempo.kind = waves" in changed
    assert call(["check", str(path), "--set", "strategies.mine.content.practise=0.9"]) == 2
    assert "unknown key; did you mean 'practice' or 'expertise'? Allowed: kind" in one_line(capsys.readouterr().err)
    path.write_text(DATED.replace("S0002", "S0009"), "utf-8")
    runs = ["--strategies", "none,staged", "--replicates", "2", "--workers", "1"]
    for words in (["check", str(path)], ["compare", str(path), *runs]):
        assert call(words) == 2
        assert "no school 'S0009' among the 3 schools" in one_line(capsys.readouterr().err)


def test_check_prints_networks(say, tmp_path: Path, capsys):
    path = tmp_path / "networks.yaml"
    named = "\nnetworks: {coast: {schools: [S0002], rule: local}, all: {districts: [D0001]}}\n"
    path.write_text(DATED + named, "utf-8")
    assert call(["check", str(path)]) == 2
    assert "networks.all: school 'D0001/S0002' is in coast, too" in one_line(capsys.readouterr().err)
    path.write_text(DATED + named.replace("districts: [D0001]", "schools: [S0001, S0003]"), "utf-8")
    text, found = one_line(say("check", path)), strict_json(say("check", path, "--json"))
    assert "coast: 1 schools, local, measures own, topology isolated" in text
    assert "all: 2 schools, by the strategy's rule" in text
    assert found["networks"]["coast"]["rule"]["kind"] == "local" and found["networks"]["all"]["rule"] is None
    changed = one_line(say("check", path, "--set", "networks.coast.rule.measures=common"))
    assert "Changed: networks.coast.rule.measures = common" in changed and "local, measures common" in changed


def test_decompose(tmp_path, capsys):
    out = tmp_path / "parts"
    code = call([
        "decompose", "mid_size_district", "--strategies", "directed_uniform", "--mechanisms", "peers,norm",
        "--replicates", "2", "--workers", "1", "--set", "population.schools=8", "--out", str(out),
    ])  # fmt: skip
    page = capsys.readouterr().out
    assert code == 0
    assert "colleagues' example" in page and "what is usual in a school" in page
    assert "parts do not add up to the whole" in " ".join(page.split())
    assert re.search(
        r"Harm, at the end of the run directed_uniform: pupils gain less than without a programme in \d of 2 draws; "
        r"pupils of the poorest quarter of schools in \d of 2",
        " ".join(page.split()),
    )
    table = pd.read_csv(out / "decomposition.csv")
    assert set(table["mechanism"]) == {"peers", "norm"}


def test_decompose_refuses_what_is_no_mechanism(capsys):
    assert call(["decompose", "mid_size_district", "--mechanisms", "pears"]) == 2
    assert "did you mean 'peers'" in capsys.readouterr().err


def test_runs_that_failed_end_with_1_however_they_are_shown(tmp_path, monkeypatch, capsys):
    """Of a comparison and of a decomposition; all that ran is shown."""
    (tmp_path / "mine.py").write_text(
        "class Mine:\n    def plan(self, view, draw):\n        raise ValueError('no such table')\n"
    )
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: t\nquestion: q?\npopulation: {kind: synthetic, districts: 1, schools: 4}\n"
        "programme: {years_support: 1, years_after: 0}\ninitial_use: {share: 0.1}\n"
        "strategy: {recruitment: {kind: none}}\nstrategies:\n  mine: {code: 'mine.py:Mine'}\n"
    )
    monkeypatch.chdir(tmp_path)
    few = ["own.yaml", "--allow-code", "--strategies", "none,mine", "--replicates", "2", "--workers", "1"]
    for command, more in (("compare", []), ("decompose", ["--mechanisms", "norm"])):
        for shown in ([], ["--json"]):
            assert call([command, *few, *more, *shown]) == 1
            said = capsys.readouterr().out
            assert "no such table" in said and "2 of 2" in said
