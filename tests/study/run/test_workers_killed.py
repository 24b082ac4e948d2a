"""kill -9 of workers, and of parents, at random moments from the very start: of studies, shards, merges, comparisons.

Moments differ from time to time; what is printed says their seed, which SEED in the environment gives again.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time

import pandas as pd
import pytest

from diffusion_sim.study import commands
from diffusion_sim.study.store.writer_lock import is_held
from tests.study.run.test_study_killed import SAID, alive, at_full_speed, wait_until, workers_of
from tests.study.small_study import TINY, assert_same, begin, write_slow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="sends signals"),
    pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps"),
]
STUDIES, KILLS = 11, 3  # of workers, each
SHARES = ("--any-version", "--allow-code", "--workers", 2)
COMPARED = [word for path, value in TINY.items() for word in ("--set", f"{path}={value}")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study that is slow while a test says so, and its results when nobody disturbs it."""
    study = write_slow(tmp_path_factory.mktemp("study"), replicates=10)
    at_full_speed(study)
    commands.start(study, study.parent / "undisturbed", workers=2, **SAID)
    return study


@pytest.fixture
def draw():
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"SEED={seed}")
    return random.Random(seed)


def kill_some(process, draw, times):
    """Kill workers at random moments, some of them before they have come to life; how many."""
    killed = 0
    for _ in range(times):
        wait_until(lambda: workers_of(process.pid) or process.poll() is not None)
        time.sleep(draw.choice([0.0, draw.uniform(0.0, 0.5), draw.uniform(0.0, 2.0)]))
        victims = workers_of(process.pid)
        if victims:
            try:
                os.kill(draw.choice(victims), signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass
    return killed


def disturbed(study, draw, times, *words):
    """A command of the study while workers are killed; (kills, exit code, what it said)."""
    (study.parent / "slow").touch()
    process = begin(*words)
    try:
        killed = kill_some(process, draw, times)
        at_full_speed(study)
        _, err = process.communicate(timeout=200)  # never a hang
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in err, err
    return killed, process.returncode, err


def finished(*words):
    process = begin(*words)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return out


def test_studies_whose_workers_are_killed_end_the_same(whole, tmp_path, draw):
    kills = again = 0
    for number in range(STUDIES):
        words = ("study", "run", whole, "--out", tmp_path / str(number), *SHARES)
        killed, code, err = disturbed(whole, draw, KILLS, *words)
        kills += killed
        if code:
            assert code == 1 and "NOT WHOLE" in err, err
            again += 1
            finished(*words)
        assert_same(tmp_path / str(number), whole.parent / "undisturbed")
    print(f"{kills} workers of {STUDIES} studies killed; {again} of them were run again")
    assert kills >= 30


def test_shards_and_merges_that_are_killed_end_the_same(whole, tmp_path, draw):
    kills = parents = merges = 0
    for number in range(2):
        out = tmp_path / str(number)
        for shard in ("1/2", "2/2"):
            words = ("study", "run", whole, "--out", out, "--shard", shard, *SHARES)
            (whole.parent / "slow").touch()
            process = begin(*words)
            try:
                kills += kill_some(process, draw, 1)
                time.sleep(draw.uniform(0.0, 2.0))
                parents += process.poll() is None
            finally:
                process.kill()
                process.communicate()
            assert wait_until(lambda group=process.pid: not alive(group), 20)
            at_full_speed(whole)
            finished(*words)
        for _ in range(4):
            process = begin("study", "merge", out, "--any-version")
            try:
                wait_until(lambda out=out, process=process: is_held(out) or process.poll() is not None)
                time.sleep(draw.uniform(0.0, 0.1))
                merges += process.poll() is None
            finally:
                process.kill()
                process.communicate()
        finished("study", "merge", out, "--any-version")
        assert_same(out, whole.parent / "undisturbed")
    print(f"{kills} workers, {parents} parents, {merges} merges killed")
    assert kills and parents and merges


def test_comparisons_whose_workers_are_killed_have_no_wrong_row(whole, tmp_path, draw):
    def rows(folder):
        return pd.read_csv(folder / "runs.csv").drop(columns="seconds")

    words = ("compare", whole.parent / "odd.yaml", "--replicates", 10, "--workers", 2, "--allow-code", *COMPARED)
    finished(*words, "--out", tmp_path / "undisturbed")
    kills = crashed = 0
    for number in range(3):
        killed, code, err = disturbed(whole, draw, KILLS, *words, "--out", tmp_path / str(number))
        kills += killed
        found, expected = rows(tmp_path / str(number)), rows(tmp_path / "undisturbed")
        lost = found["status"] == "crashed"
        assert code == int(lost.any()), err  # runs that are missing end a comparison with 1
        crashed += lost.sum()
        pd.testing.assert_frame_equal(found[~lost], expected[~lost], check_exact=True, check_dtype=False)
        assert all("SIGKILL" in error for error in found.loc[lost, "error"]) and found.loc[lost, "reach"].isna().all()
    print(f"{kills} workers of 3 comparisons killed; {crashed} runs crashed")
    assert kills >= 6
