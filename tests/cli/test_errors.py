"""Every mistake is one message on standard error and exit code 2; nothing is computed or written."""

from __future__ import annotations

from pathlib import Path

import pytest

import diffusion_sim.cli as cli
from diffusion_sim.cli import call, files
from diffusion_sim.errors import StoreError


@pytest.fixture
def refused(capsys):
    """Run a command line that must be refused; returns the message."""

    def _refused(*words: object) -> str:
        code = call([str(word) for word in words])
        out, err = capsys.readouterr()
        assert code == 2 and out == "", (code, out)
        assert err.startswith("error: ") and err.count("error:") == 1 and "Traceback" not in err
        return err

    return _refused


DISTRICT = "mid_size_district"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["compar"], "did you mean 'compare'"),
        (["study", "start"], "did you mean 'status'"),
        (["app"], "no command 'app'"),
        (["calibrate"], "no command 'calibrate'"),
        (["compare"], "Missing argument 'SCENARIO'"),
        (["compare", DISTRICT, "--replicate", 3], "--replicates"),
        (["compare", DISTRICT, "--nonsense"], "No such option"),
        (["compare", DISTRICT, "--replicates", 0], "--replicates"),
        (["compare", DISTRICT, "--replicates", "many"], "--replicates"),
        (["compare", DISTRICT, "--workers", 0], "--workers"),
        (["compare", DISTRICT, "--rng", -1], "--rng"),
        (["compare", DISTRICT, "--rng", 2**64], "--rng"),
        (["compare", DISTRICT, "extra"], "extra"),
        (["compare", "mid_sized_district"], "did you mean 'mid_size_district'"),
        (["run", "nowhere.yaml"], "no such scenario and no such file"),
        (["check", ""], "scenario"),
        (["compare", DISTRICT, "--strategies", "none,direct_uniform"], "did you mean 'directed_uniform'"),
        (["compare", DISTRICT, "--strategies", "none,,lottery"], "names between commas"),
        (["compare", DISTRICT, "--strategies", "none,none"], "more than once"),
        (["compare", DISTRICT, "--strategies", "improvement_networks"], "did you mean 'improvement_network'"),
        (["compare", DISTRICT, "--baseline", "nothing"], "strategy 'nothing': unknown"),
        (["run", DISTRICT, "--strategy", "lotery"], "did you mean 'lottery'"),
        (["compare", DISTRICT, "--set", "trial.qq=1"], "did you mean 'trial.q"),
        (["compare", DISTRICT, "--set", "teachers.exit=0.2"], "did you mean 'turnover.exit'"),
        (["compare", DISTRICT, "--set", "strategies.lottery.content.practice=0.5"], "'lottery', which is built in"),
        (["compare", DISTRICT, "--set", "trial.q"], "path=value is allowed"),
        (["compare", DISTRICT, "--set", "=3"], "path=value is allowed"),
        (["compare", DISTRICT, "--set", "trial.q="], "trial.q"),
        (["compare", DISTRICT, "--set", "trial.q=high"], "trial.q"),
        (["compare", DISTRICT, "--set", "initial_use.share=5"], "looks like per cent"),
        (["compare", DISTRICT, "--set", "trial.q=1", "--set", "trial.q=2"], "stands twice"),
        (["run", DISTRICT, "--set", "population.kind=table"], "cannot be overridden"),
        (["compare", "michigan", "--set", "population.schools=40"], "population.schools"),
        (["new", "my district.yaml"], "becomes the id"),
        (["new", "missing/my_district.yaml"], "cannot be written"),
        (["new", "district.txt"], "ends with .yaml"),
        (["new", "other.yaml", "--like", "michgan"], "did you mean 'michigan'"),
        (["answer", "opportunity_culture", "--set", "pupils.effect=0"], "a practice without effect size"),
        (["answer", "opportunity_culture", "--set", "strategies.teams.staffing.kind=coach"], "is about teams"),
    ],
    ids=lambda value: " ".join(map(str, value))[:60] if isinstance(value, list) else "",
)
def test_mistakes(refused, tmp_path: Path, monkeypatch, words, text):
    monkeypatch.chdir(tmp_path)
    assert text in refused(*words)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def nothing_runs(monkeypatch):
    """Running anything is a failure of the test."""
    from diffusion_sim.analysis import compare as comparing
    from diffusion_sim.cli import run as running

    def fail(*args, **kwargs):
        raise AssertionError("it ran")

    monkeypatch.setattr(comparing, "compare", fail)
    monkeypatch.setattr(running, "run_once", fail)


@pytest.mark.parametrize("command", ["run", "compare"])
@pytest.mark.parametrize("place", ["a_file", "a_file/below", "a_file/far/below", "/proc/nowhere"])
def test_unwritable_places_are_found_before_running(refused, nothing_runs, tmp_path, monkeypatch, command, place):
    if place.startswith("/proc") and not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_file").write_text("mine")
    assert f"--out {place}" in refused(command, DISTRICT, "--out", place)
    assert (tmp_path / "a_file").read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_trying_a_place_leaves_nothing(tmp_path: Path):
    files.check_writable(None)
    files.check_writable(tmp_path / "new" / "er")
    files.check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_are_written_all_or_none(tmp_path: Path):
    def fine(path: Path) -> None:
        path.write_text("new")

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="No space left on device"):
        files.write_all(tmp_path / "new", {"a": fine, "b": full})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a").write_text("old")
    with pytest.raises(StoreError):
        files.write_all(tmp_path, {"a": fine, "b": full})
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and (tmp_path / "a").read_text() == "old"
    assert files.write_all(tmp_path, {"a": fine}) == ["a"] and (tmp_path / "a").read_text() == "new"


def test_new_does_not_overwrite(refused, tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("mine")
    assert "exists; it is not overwritten" in refused("new", path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "is empty"),
        ("- a\n- b\n", "holds a list"),
        ("population: {kind: synthetic}\nidd: y\n", "idd"),
        ("a: &a [x, x]\nb: !!python/object:os.system {}\n", "tag"),
        ("a: [1, 2\n", "not readable as YAML"),
    ],
)
def test_files_that_are_no_scenarios(refused, tmp_path: Path, content, text):
    path = tmp_path / "bad.yaml"
    path.write_text(content)
    message = refused("check", path)
    assert text in message and str(path) in message


def test_a_table_that_cannot_be_used(refused, tmp_path: Path):
    (tmp_path / "schools.csv").write_text("district_id,school_id,teachers,poverty\n1,1,10,0.2\n1,1,12,0.3\n")
    (tmp_path / "mine.yaml").write_text(
        "id: mine\ntitle: t\nquestion: q?\npopulation: {kind: table, source: schools.csv}\ninitial_use: {share: 0.1}\n"
        "strategy: {recruitment: {kind: none}}\ncompare: [none, lottery]\n"
    )
    for command in (["check"], ["run", "--out", tmp_path / "o"], ["compare", "--out", tmp_path / "o"]):
        message = refused(command[0], tmp_path / "mine.yaml", *command[1:])
        assert "schools.csv" in message
    assert not (tmp_path / "o").exists()


def test_code_without_leave(refused, tmp_path: Path):
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: t\nquestion: q?\npopulation: {kind: synthetic}\ninitial_use: {share: 0.1}\n"
        "strategy: {recruitment: {kind: none}}\nstrategies: {mine: {code: 'mine.py:Mine'}}\n"
    )
    assert "--allow-code" in refused("run", tmp_path / "own.yaml", "--strategy", "mine")


def _raise(error):
    def command(*args, **kwargs):
        raise error

    return command


def test_stopping(monkeypatch, capsys):
    monkeypatch.setattr(cli.cli, "main", _raise(KeyboardInterrupt("stopped after 3 of 10 runs")))
    assert call(["compare", DISTRICT]) == 130
    assert capsys.readouterr().err == "stopped after 3 of 10 runs\n"
    monkeypatch.setattr(cli.cli, "main", _raise(KeyboardInterrupt()))
    assert call([]) == 130 and capsys.readouterr().err == "stopped\n"


def test_a_fault_of_ours_is_said_to_be_one(monkeypatch, capsys):
    monkeypatch.setattr(cli.cli, "main", _raise(ZeroDivisionError("division by zero")))
    monkeypatch.delenv("DIFFUSION_SIM_DEBUG", raising=False)
    assert call([]) == 70
    err = capsys.readouterr().err
    assert "a fault of the program: ZeroDivisionError: division by zero" in err and "Traceback" not in err
    monkeypatch.setenv("DIFFUSION_SIM_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        call([])


def test_too_little_memory(monkeypatch, capsys):
    monkeypatch.setattr(cli.cli, "main", _raise(MemoryError()))
    assert call([]) == 2 and "not enough memory" in capsys.readouterr().err
