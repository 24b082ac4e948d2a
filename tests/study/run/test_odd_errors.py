"""What own code may raise, and texts that are no Unicode: a failed row, or one clear error, and never the end."""

from __future__ import annotations

import json
import os
import subprocess

import numpy as np
import pyarrow as pa
import pytest

from diffusion_sim.analysis.compare import compare
from diffusion_sim.cli import call
from diffusion_sim.errors import StudyError, told
from diffusion_sim.scenario import load_scenario
from diffusion_sim.study import commands
from diffusion_sim.study.provenance import strict
from diffusion_sim.study.run.executors import Here
from diffusion_sim.study.run.progress import Lines
from diffusion_sim.study.run.result_tables import _array
from tests.study.run.test_into_store import run
from tests.study.small_study import TINY, assert_same, command, environment, table, write_misbehaving, write_study

ODD = "raise type('Odd', ({kind},), {more})('x')"
NOT_HAD = "Odd: (its text cannot be had: {})"
RAISED = {
    'raise ValueError("no table: " + os.fsdecode(b"Espa\\xf1a.csv"))': r"ValueError: no table: Espa\udcf1a.csv",
    ODD.format(kind="Exception", more="{'__str__': lambda self: 1 / 0}"): NOT_HAD.format("ZeroDivisionError"),
    ODD.format(kind="Exception", more="{'__str__': lambda self: exit()}"): NOT_HAD.format("SystemExit"),
    ODD.format(kind="BaseException", more="{}"): "Odd: x",
    "raise GeneratorExit('x')": "GeneratorExit: x",
    "raise SystemExit(3)": "SystemExit: 3",
}
SETS = [word for path, value in TINY.items() for word in ("--set", f"{path}={value}")]
ALONE = {"replicates": 1, "space": None, "design": None}


@pytest.mark.parametrize("what", RAISED)
def test_whatever_own_code_raises(tmp_path, capsys, what):
    study = write_misbehaving(tmp_path, what, share=2, **ALONE)
    counts = run(study, tmp_path / "out", Here(), True)
    assert (counts.done, counts.failed, counts.crashed) == (1, 1, 0)
    (error,) = table(tmp_path / "out")["error"].dropna()
    assert error.endswith(RAISED[what])
    case = load_scenario(tmp_path / "odd.yaml", allow_code=True).override(TINY)
    rows = compare(case, ["mine"], replicates=2, workers=1, progress=False, allow_code=True).runs
    assert rows.loc[rows["status"] == "error", "error"].tolist() == [error] * 2
    assert call(["run", str(tmp_path / "odd.yaml"), "--strategy", "mine", "--allow-code", *SETS]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and err.count("\n") == 1 and RAISED[what] in err


def test_an_interrupt_in_own_code_is_one(tmp_path, capsys):
    study = write_misbehaving(tmp_path, "raise KeyboardInterrupt", share=2, **ALONE)
    with pytest.raises(KeyboardInterrupt, match="stopped after .* of 2 runs"):
        run(study, tmp_path / "out", Here(), True)
    assert call(["run", str(tmp_path / "odd.yaml"), "--strategy", "mine", "--allow-code", *SETS]) == 130


def test_what_is_told_of_errors():
    assert told(StudyError("workers: found 0")) == "workers: found 0"
    assert told(StudyError()) == "StudyError: "
    assert told(KeyError("a\udcf1")) == r"KeyError: 'a\udcf1'"


def test_texts_that_are_no_unicode_go_into_records_columns_and_lines(capsys):
    assert strict({"a\udcf1": ["b\udcf1", 1, True]}) == {r"a\udcf1": [r"b\udcf1", 1, True]}
    column = _array(np.array(["a\udcf1", None, "ñ"], object), pa.string())
    assert column.to_pylist() == [r"a\udcf1", None, "ñ"]
    Lines().say("to go on: a\udcf1")
    assert capsys.readouterr().err == "to go on: a\\udcf1\n"


@pytest.mark.slow  # waits for processes that end
@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="names are bytes on Linux alone")
def test_a_folder_whose_name_is_no_unicode(tmp_path):
    """Own code, a study and its store, and the files of a run."""
    folder = tmp_path / os.fsdecode(b"Espa\xf1a")
    study = write_misbehaving(folder, "pass", **ALONE)
    commands.start(study, workers=1, allow_code=True, progress=False, any_version=True)
    clean = write_misbehaving(tmp_path / "clean", "pass", **ALONE)
    run(clean, tmp_path / "clean" / "results", Here(), True)
    assert_same(folder / "results", tmp_path / "clean" / "results")

    def say(*words):
        done = subprocess.run(command(*words), env=environment(), capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.decode("utf-8"))

    assert say("study", "status", folder, "--json")["folder"] == str(folder / "results")
    words = ["--strategy", "mine", "--allow-code", *SETS, "--out", folder / "one", "--json"]
    assert say("run", folder / "odd.yaml", *words)["strategy"] == "mine"
    assert json.loads((folder / "one" / "provenance.json").read_text("utf-8"))["strategy"] == "mine"


def test_crashed_runs_of_shards_are_said_by_merge(tmp_path, capsys):
    study = write_study(tmp_path, **ALONE)

    class Losing(Here):
        def each(self, function, tasks, tick=None, alone=False):
            from diffusion_sim.study.run.executors import Lost

            for task in tasks:
                lost = any("directed_uniform" in part.strategies for part in task.parts)
                yield Lost(task, "its worker process died: EXIT(3)", 1.0) if lost else function(task)

    shard = commands.Shard(1, 1)
    plan = commands.make_plan(commands.read_study(study))
    folder = tmp_path / "results" / "shards" / shard.folder
    with commands.Store.create(folder, commands.manifest_of(plan, shard), commands.schemas(plan)) as store:
        assert commands.into_store.run(plan, store, Losing(), shard=shard).crashed == 1
    assert call(["study", "merge", str(tmp_path / "results"), "--any-version"]) == 1
    assert "NOT WHOLE: 1 run crashed and found nothing (directed_uniform 1)" in capsys.readouterr().out
    assert call(["study", "status", str(tmp_path / "results")]) == 0
    assert "study retry" in capsys.readouterr().out
