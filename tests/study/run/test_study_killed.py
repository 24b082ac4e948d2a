"""Killing a study for real, at random moments, and going on: the final table is that of a study nobody disturbed."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from diffusion_sim.study import commands, status
from diffusion_sim.study.store.store import Store, is_store
from tests.study.small_study import assert_same, begin, command, environment, write_misbehaving, write_slow, write_study

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="sends signals"),
    pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps"),
]
REPLICATES = 40  # x 2 points x 2 strategies: most of a minute while runs are slow, and some seconds else
RUNS = 4 * REPLICATES
SAID = {"progress": False, "any_version": True, "allow_code": True}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study that is slow while a test says so, and its results when nobody disturbs it."""
    study = write_slow(tmp_path_factory.mktemp("study"), replicates=REPLICATES)
    (study.parent / "slow").unlink()
    commands.start(study, study.parent / "undisturbed", workers=2, **SAID)
    return study


@pytest.fixture
def study(whole):
    """It is slow until ``at_full_speed``."""
    (whole.parent / "slow").touch()
    yield whole
    at_full_speed(whole)


@pytest.fixture
def undisturbed(study):
    return study.parent / "undisturbed"


def at_full_speed(study):
    (study.parent / "slow").unlink(missing_ok=True)


def processes():
    """pid -> (parent, group, state, command line) of all processes."""
    call = ["ps", "-A", "-ww", "-o", "pid=,ppid=,pgid=,stat=,args="]  # lines of any length
    listed = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    fields = [line.split(maxsplit=4) for line in listed.splitlines()]
    return {int(f[0]): (int(f[1]), int(f[2]), f[3], f[4]) for f in fields if len(f) == 5}


def workers_of(group):
    """Numbers of loky's workers in a group of processes."""
    return [
        pid
        for pid, (_, its, state, args) in processes().items()
        if its == group and not state.startswith("Z") and pid != group and "popen_loky" in args
    ]


def alive(group):
    return [args for _, its, state, args in processes().values() if its == group and not state.startswith("Z")]


def stored(out):
    if not is_store(out):
        return 0
    with Store.open(out, any_version=True) as store:
        return len(store.completed())


def wait_until(condition, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def run(study, out, **said):
    return begin("study", "run", study, "--out", out, "--workers", 2, "--any-version", "--allow-code", **said)


def finish(study, out):
    at_full_speed(study)
    process = run(study, out)
    said, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return said


def kill_parent(study, out, draw):
    """Kill it some time after it has begun; whether it had not ended yet."""
    before = stored(out)
    process = run(study, out)
    try:
        if draw.random() < 0.7:
            wait_until(lambda: stored(out) > before or process.poll() is not None)
        time.sleep(draw.uniform(0.0, 1.5))
        early = process.poll() is None
        process.kill()
        process.wait()
        assert wait_until(lambda: not alive(process.pid), 20), alive(process.pid)  # workers do not linger
        return early
    finally:
        process.kill()
        process.communicate()


def kill_parents(study, out, undisturbed, times, seed):
    draw = random.Random(seed)
    early = [kill_parent(study, out, draw) for _ in range(times)]
    kept = stored(out)
    finish(study, out)
    assert_same(out, undisturbed)
    return sum(early), kept


def test_killed_and_resumed(study, undisturbed, tmp_path):
    early, kept = kill_parents(study, tmp_path / "out", undisturbed, 3, 1)
    assert early == 3 and 0 < kept < RUNS


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_killed_and_resumed_many_times(study, undisturbed, tmp_path, seed):
    kill_parents(study, tmp_path / "out", undisturbed, 8, seed)


def kill_workers(study, out, undisturbed, times, seed):
    draw = random.Random(seed)
    process = run(study, out)
    killed = 0
    try:
        for _ in range(times):
            wait_until(lambda: workers_of(process.pid) or process.poll() is not None)
            if killed:
                time.sleep(draw.uniform(0.2, 1.5))
            victims = workers_of(process.pid)
            if process.poll() is not None or not victims:
                continue
            try:
                os.kill(draw.choice(victims), signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass
        at_full_speed(study)
        _, err = process.communicate(timeout=300)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err  # two kills are too few for a run that is lost twice when it is alone
    assert "Traceback" not in err
    assert_same(out, undisturbed)
    return killed


@pytest.mark.slow
def test_killed_workers_are_replaced(study, undisturbed, tmp_path):
    assert kill_workers(study, tmp_path / "out", undisturbed, 2, 1) == 2


@pytest.mark.slow  # waits for processes that end
def test_interrupted_from_the_keyboard(study, undisturbed, tmp_path):
    """Ctrl-C reaches the whole group, as on a terminal: it drains, flushes, and says the command that goes on."""
    out = tmp_path / "out"
    process = run(study, out)
    try:
        assert wait_until(lambda: stored(out) > 0)
        os.killpg(process.pid, signal.SIGINT)
        at_full_speed(study)
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, err
    assert "stopping: what is under way comes to its end first" in err and "Traceback" not in err
    found = re.search(r"stopped after (\d+) of 160 runs .*; all of them are in (.*)\nto go on: (.*)\n", err)
    assert found and int(found[1]) == stored(out) < RUNS and found[2] == str(out)
    assert found[3] == f"diffusion-sim study run {study} --out {out} --workers 2 --any-version --allow-code"
    assert wait_until(lambda: not alive(process.pid), 20)
    known = status.status(out)
    assert known["state"] == "stopped" and not known["running"] and known["resume"] == found[3]
    again = subprocess.run(command(*found[3].split()[1:]), env=environment(), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert_same(out, undisturbed)


@pytest.mark.slow  # waits for processes that end
def test_interrupted_twice_ends_at_once(tmp_path):
    """Runs never end, so nothing but the second Ctrl-C ends the study."""
    begun, said, out = tmp_path / "begun", tmp_path / "said", tmp_path / "out"
    never = f"\n            open({str(begun)!r}, 'w').close()\n            while True: time.sleep(0.1)"
    with said.open("w") as file:
        process = run(write_misbehaving(tmp_path, never, share=2), out, stderr=file)
    try:
        assert wait_until(begun.exists)
        os.killpg(process.pid, signal.SIGINT)
        assert wait_until(lambda: "stopping: what is under way" in said.read_text())
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        err = said.read_text()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130 and "to go on: diffusion-sim study run" in err and "Traceback" not in err
    assert wait_until(lambda: not alive(process.pid), 20)


def test_status_from_another_terminal_and_a_second_writer(tmp_path):
    out = tmp_path / "out"
    process = run(write_slow(tmp_path, replicates=1200), out)  # longer than this test lasts
    try:
        assert wait_until(lambda: is_store(out) and status.status(out).get("rate"))
        os.kill(process.pid, signal.SIGSTOP)  # what is read stays as it is
        looked = subprocess.run(
            command("study", "status", out), env=environment(), capture_output=True, text=True, timeout=120
        )
        assert looked.returncode == 0, looked.stderr
        assert "running since" in looked.stdout and "of 4,800 runs in the store" in looked.stdout
        assert "runs a second" in looked.stdout
        second = subprocess.run(
            command("study", "run", tmp_path / "study.yaml", "--out", out, "--any-version", "--allow-code"),
            env=environment(), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert second.returncode == 2 and "another process is writing to it" in second.stderr
    finally:
        process.kill()
        process.communicate()


SCRIPT = """
import sys
from diffusion_sim.study import commands
found = commands.start(sys.argv[1], sys.argv[2], workers=2, progress=False, any_version=True)
print(*found.counts)
"""


def test_script_without_guard(tmp_path):
    study = write_study(tmp_path)
    (tmp_path / "script.py").write_text(SCRIPT)
    call = [sys.executable, "-W", "error", "script.py", str(study), str(tmp_path / "out")]
    done = subprocess.run(call, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["18", "0", "0", "0", "0", "0"]
