"""``diffusion-sim study``: what each command prints and writes."""

from __future__ import annotations

import json

import pytest
import yaml

from diffusion_sim.cli import call
from tests.study.small_study import SAID, assert_same, write_misbehaving, write_study


@pytest.fixture
def say(capsys):
    """Run a command line; returns (exit code, what it prints, what it says on standard error)."""

    def _say(*words: object) -> tuple[int, str, str]:
        code = call([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return _say


def run(say, *words):
    code, out, err = say("study", *words)
    assert code == 0, err
    return out


def test_run_status_expand_merge(say, tmp_path):
    study = write_study(tmp_path, replicates=2)
    out = run(say, "run", study, "--workers", 1, "--any-version")
    assert f"{tmp_path / 'results'}: 12 done, 0 failed, 0 crashed, 0 skipped" in out and "not forecasts" in out
    said = json.loads(run(say, "run", tmp_path, "--workers", 1, "--any-version", "--json"))
    assert (said["done"], said["skipped"]) == (0, 12) and said["folder"].endswith("results")
    status = run(say, "status", tmp_path)
    assert "done: 12 of 12 runs in the store" in status and "12 ok, 0 failed, 0 crashed" in status
    said = json.loads(run(say, "status", tmp_path / "results", "--json"))
    assert said["stored"] == {"ok": 12, "error": 0, "crashed": 0} and said["running"] is False

    out = run(say, "expand", tmp_path / "results", "--replicates", 3, "--workers", 1, "--any-version")
    assert "6 done, 0 failed, 0 crashed, 12 skipped" in out

    study.write_text(yaml.safe_dump({**SAID, "replicates": 3}))
    shards = tmp_path / "in_shards"
    for number in (1, 2):
        run(say, "run", study, "--out", shards, "--shard", f"{number}/2", "--workers", 1, "--any-version")
        out = run(say, "merge", shards, "--any-version")
        assert ("2/2; run them" in out) == (number == 1)
    assert "shard 2/2:" in run(say, "status", shards)
    assert_same(shards, tmp_path / "results")


def test_failures_are_counted_and_retried(say, tmp_path):
    study = write_misbehaving(tmp_path, "raise ValueError('no coach')", 2, replicates=1, space=None, design=None)
    out = run(say, "run", study, "--workers", 2, "--allow-code", "--any-version")
    assert "1 done, 1 failed, 0 crashed, 0 skipped" in out and "diffusion-sim study retry" in out
    out = run(say, "retry", study, "--workers", 2, "--allow-code", "--any-version")
    assert "0 done, 1 failed, 0 crashed, 1 skipped" in out


def test_where_nothing_succeeds_the_exit_code_says_so_and_the_error_is_named(say, tmp_path):
    what = "raise ValueError('no coach ' + 'x' * 200)"
    study = write_misbehaving(tmp_path, what, 2, replicates=2, strategies=["mine"], baseline="mine",
                              space=None, design=None)  # fmt: skip
    words = (study, "--workers", 1, "--allow-code", "--any-version")
    for counts in ("0 done, 2 failed", "0 done, 0 failed, 0 crashed, 2 skipped (of them 2 had failed before)"):
        code, out, _ = say("study", "run", *words)
        assert code == 1 and counts in " ".join(out.split())
        assert "no coach x" in out and "... (strategy mine, 2 runs)" in " ".join(out.split())
    code, out, _ = say("study", "run", *words, "--json")
    said = json.loads(out)
    assert code == 1 and said["failed_before"] == 2 and said["commonest_error"]["runs"] == 2
    out = " ".join(run(say, "status", tmp_path).split())
    assert "2 skipped (of them 2 had failed before)" in out and "(strategy mine, 2 runs)" in out


def test_plan(say, tmp_path):
    study = write_study(tmp_path, replicates=20)
    out = " ".join(run(say, "plan", study, "--workers", 2, "--quick").split())
    assert "2 points (grid) x 20 replicates (common seeds) x strategies (3 in mid_size_district): 120 runs" in out
    said = json.loads(run(say, "plan", study, "--workers", 2, "--json"))
    assert said["runs"] == 120 and said["hours"] > 0 and said["megabytes"] > 0
    assert not (tmp_path / "results").exists()


def test_plan_counts_structures(say, tmp_path):
    study = write_study(tmp_path, replicates=20, structure={"mode": "one_at_a_time", "dose": None, "like": None})
    out = " ".join(run(say, "plan", study, "--workers", 2, "--quick").split())
    assert "2 points (grid) x 4 structures (one_at_a_time) x 20 replicates (common seeds) x strategies (3 in" in out
    assert ": 480 runs" in out
    said = json.loads(run(say, "plan", study, "--workers", 2, "--quick", "--json"))
    assert (said["points"], said["structures"], said["runs"]) == (8, 4, 480)
    study = write_study(tmp_path, structure={"dose": ["satturating"]})
    code, _, err = say("study", "plan", study)
    assert code == 2 and "structure.dose[0]" in err and "hill, saturating" in " ".join(err.split())


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("run", "{study}", "--shard", "3/2"), "shard: found '3/2'"),
        (("run", "{folder}/nothing.yaml"), "nothing.yaml"),
        (("status", "{folder}"), "is no folder of results"),
        (("merge", "{folder}"), "has no shards"),
        (("retry", "{study}"), "nothing to run again"),
        (("expand", "{study}"), "is not there"),
        (("run", "{study}", "--timeout", "0"), "timeout"),
        (("runn", "{study}"), "did you mean 'run'"),
    ],
)
def test_what_cannot_be(say, tmp_path, words, text):
    study = write_study(tmp_path)
    code, out, err = say("study", *(word.format(study=study, folder=tmp_path) for word in words))
    assert code == 2 and text in err and not out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.yaml"]


def test_a_changed_file_names_the_way_out(say, tmp_path):
    study = write_study(tmp_path, replicates=1, space=None, design=None)
    run(say, "run", study, "--workers", 1, "--any-version")
    write_study(tmp_path, replicates=2, space=None, design=None)
    code, _, err = say("study", "run", study, "--any-version")
    assert code == 2 and "replicates: was 1, is 2" in err and "study expand" in err and "--out" in err
