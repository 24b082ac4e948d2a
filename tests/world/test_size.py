"""The size of a world is said before it is taken."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import diffusion_sim as ds
from diffusion_sim.cli import call
from diffusion_sim.errors import PopulationError
from diffusion_sim.study import estimate
from diffusion_sim.study.run.one_seed import Asked, run_seed
from diffusion_sim.study.run.places import check_sizes, place
from diffusion_sim.world import size

HUGE = {"population.schools": 1_000_000, "population.teachers_mean": 90}
SMALL = {"population.schools": 3, "programme.years_support": 1, "programme.years_after": 0}
FEW = {"replicates": 1, "workers": 1, "progress": False}
CALLS = {
    "model": lambda **said: ds.ReformModel("mid_size_district", rng=1, **said),
    "compare": lambda **said: ds.compare("mid_size_district", ["none"], **FEW, **said),
    "decompose": lambda **said: ds.decompose("mid_size_district", ["none"], mechanisms=["norm"], **FEW, **said),
}


@pytest.fixture
def little_memory(monkeypatch):
    """A machine with 400 MB."""
    monkeypatch.setattr(size, "memory_limit", lambda: 0.4e9)


@pytest.mark.parametrize("name", CALLS)
def test_too_large_is_refused_at_once(little_memory, name):
    with pytest.raises(PopulationError) as error:
        CALLS[name](overrides=HUGE)
    for part in ("1,000,000 schools", "90,000,000 teachers", "42.3 GB", "0.4 GB", "any_size=True", "--any-size"):
        assert part in str(error.value)


@pytest.mark.parametrize("name", CALLS)
def test_any_size(monkeypatch, name):
    monkeypatch.setattr(size, "memory_limit", lambda: 1.0)
    with pytest.raises(PopulationError):
        CALLS[name](overrides=SMALL)
    assert CALLS[name](overrides=SMALL, any_size=True) is not None
    assert size.ANY_SIZE not in os.environ
    monkeypatch.setenv(size.ANY_SIZE, "1")
    assert CALLS[name](overrides=SMALL) is not None


@pytest.mark.parametrize("command", ["check", "run", "compare", "decompose"])
def test_the_command_line(little_memory, capsys, command):
    words = [word for path, value in HUGE.items() for word in ("--set", f"{path}={value}")]
    assert call([command, "mid_size_district", *words]) == 2
    assert "GB of memory" in capsys.readouterr().err
    assert "--any-size" in subprocess.run(
        [sys.executable, "-m", "diffusion_sim", command, "--help"], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip


def test_processes_count(little_memory):
    with pytest.raises(PopulationError, match="about 0.6 GB of memory in 2 processes.*--workers"):
        ds.compare("mid_size_district", ["none"], replicates=100, workers=2, progress=False)


def test_large_ones_are_said(capsys):
    sc = ds.load_scenario("mid_size_district").override({"population.schools": 200_000})
    size.check_size(sc)
    assert "200,000 schools with about 6,400,000 teachers: about 3.5 GB of memory, about" in capsys.readouterr().err
    size.check_size(ds.load_scenario("mid_size_district"))
    size.check_size(ds.load_scenario("michigan"))
    assert capsys.readouterr().err == ""


def test_a_container_is_respected(tmp_path: Path, monkeypatch):
    def write(name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    write("proc/self/cgroup", "4:memory,cpu:/job\n0::/a/b\n")
    write("sys/fs/cgroup/a/memory.max", "7000\n")
    write("sys/fs/cgroup/a/b/memory.max", "max\n")
    write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9000\n")
    files = list(size._limit_files(tmp_path))
    assert tmp_path / "sys/fs/cgroup/a/memory.max" in files and tmp_path / "sys/fs/cgroup/memory.max" in files
    monkeypatch.setattr(size, "_limit_files", lambda: files)
    assert size.memory_limit() == 7000


_PEAK = """
import sys, diffusion_sim as ds
ds.ReformModel("mid_size_district", rng=1).run(until=1)
ds.ReformModel("mid_size_district", rng=1, overrides={"population.schools": int(sys.argv[1])}).run(until=40)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) * 1024)
"""


def test_the_estimate_holds():
    """Of a process that finds everything compiled, as the second does."""
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not say how much memory a process took since it began")
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", _PEAK, "6000"], capture_output=True, text=True, check=True)
    said = size.memory(*size.counts(ds.load_scenario("mid_size_district").override({"population.schools": 6000})))
    assert 0.6 * said < int(done.stdout) < 1.6 * said


def test_a_study_looks_at_its_largest_world(monkeypatch, tmp_path):
    """Also where only a point makes it large; and at all processes that run at once. Nothing is stored before."""
    path = tmp_path / "study.yaml"
    path.write_text(
        "id: sizes\ntitle: t\nquestion: q?\nscenarios: [mid_size_district]\nstrategies: [none]\nreplicates: 1\n"
        "space: {population.schools: [2, 40]}\ndesign: {kind: grid}\n"
        "set: {programme.years_support: 1, programme.years_after: 0}\n"
    )
    large, small = 2 * size.memory(40, 1280), 2 * size.memory(2, 64)
    monkeypatch.setattr(size, "memory_limit", lambda: (large + small) / 2)
    with pytest.raises(PopulationError, match="40 schools with about .* in 2 processes"):
        ds.run_study(path, workers=2, progress=False)
    assert not (tmp_path / "results").exists()
    assert len(ds.run_study(path, workers=2, progress=False, any_size=True).runs) == 2


def test_an_executor_of_the_users_own_is_not_taken_for_processes_of_this_machine(monkeypatch):
    """A hundred threads hold one process's memory; a cluster's workers hold their own machines'."""
    monkeypatch.setattr(size, "memory_limit", lambda: 0.7e9)
    with ThreadPoolExecutor(100) as executor:
        found = ds.compare("mid_size_district", ["none"], overrides=SMALL, replicates=1, executor=executor)
    assert len(found.runs) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_checked_before_is_not_checked_by_each_run(monkeypatch, workers):
    """So consent reaches workers that run already, too."""
    where = place(workers, None)
    monkeypatch.setattr(size, "memory_limit", lambda: 1.0)
    case = ds.load_scenario("mid_size_district").override(SMALL)
    with pytest.raises(PopulationError):
        check_sizes([case], where, False)
    assert run_seed(case, 1, ["none"], Asked())[0].status == "error"
    check_sizes([case], where, True)
    assert run_seed(case, 1, ["none"], Asked(any_size=where.any_size))[0].status == "ok"


def test_a_plan_says_memory_before_anything_is_made(monkeypatch, tmp_path, capsys):
    path = tmp_path / "study.yaml"
    path.write_text(
        "id: large\ntitle: t\nquestion: q?\nscenarios: [mid_size_district]\nstrategies: [none]\nreplicates: 1\n"
        "set: {population.schools: 900000}\n"
    )
    monkeypatch.setattr(size, "memory_limit", lambda: 5e9)
    monkeypatch.setattr(estimate, "memory_limit", lambda: 5e9)
    assert call(["study", "plan", str(path), "--workers", "2"]) == 0
    said = capsys.readouterr().out
    assert "GB of memory" in said and "this machine has 5.0 GB: study run refuses it without --any-size" in said
