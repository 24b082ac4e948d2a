"""Workers that die while they start, wait, run or hand over a result; and workers whose parent dies."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import cloudpickle
import pytest

from diffusion_sim.errors import StudyError
from diffusion_sim.study import commands, status
from diffusion_sim.study.run import executors, worker_guard
from diffusion_sim.study.run.executors import Lost, Processes, settled
from diffusion_sim.study.run.lost_runs import once_more, words
from tests.study.run.test_into_store import run
from tests.study.small_study import ONE_OF_THREE, assert_same, begin, environment, table, write_misbehaving, write_study

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers do not know the tests
pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")
SAID = {"progress": False, "any_version": True, "allow_code": True}
ALONE = {"replicates": 3, "space": None, "design": None}


def carried(place, function, tasks, seconds=120):
    """Results and losses of ``settled``; an error where they do not come to an end."""
    end, found = time.monotonic() + seconds, []
    for one in settled(place, function, tasks, lambda task: [task], 0.2):
        assert time.monotonic() < end, "it hangs"
        found += [] if one is None else [one]
    return found


def first_times(path, times):
    """Whether this is called for one of the first times; processes count together."""
    with open(path, "ab", buffering=0) as file:
        file.write(b".")
        return file.tell() <= times


class Dying:
    """The first act of a worker that dies by it, the first times."""

    def __init__(self, folder, times):
        self.count, self.times = str(folder / "count"), times

    def __call__(self, *words):
        if first_times(self.count, self.times):
            os.kill(os.getpid(), signal.SIGKILL)
        worker_guard.begin(*words)


def test_workers_that_die_while_they_start_are_no_run_s_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "begin", Dying(tmp_path, 6))
    assert sorted(carried(Processes(2), abs, [1, 2, 3])) == [1, 2, 3]
    assert os.path.getsize(tmp_path / "count") > 6


def test_workers_that_always_die_are_an_error_and_no_run_crashed(tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "begin", Dying(tmp_path, 1000))
    with pytest.raises(StudyError, match=r"workers die before they begin a run; .*SIGKILL\(-9\)"):
        run(write_study(tmp_path), tmp_path / "out", Processes(2))
    assert status.status(tmp_path / "out")["stored"] == {"ok": 0, "error": 0, "crashed": 0}


def siblings(task):
    """Workers of this worker's parent; the parent itself is named by the task."""
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    fields = [line.split(maxsplit=2) for line in listed.splitlines()]
    return sum(f[0] == str(task) and f[1][0] != "Z" and "popen_loky" in f[2] for f in fields if len(f) == 3)


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps")
def test_a_run_that_is_alone_has_the_only_worker():
    """The death of one that waits beside it would be taken for its own."""
    place = Processes(2)
    assert carried(place, siblings, [os.getpid()] * 4)[-1] == 2
    assert list(place.each(siblings, [os.getpid()], alone=True)) == [1]


def half_handed_over(task):
    """Dies in the midst of handing over a result, the first time."""
    if isinstance(task, str) and first_times(task, 1):
        frame = sys._getframe()
        while "result_queue" not in frame.f_locals:
            frame = frame.f_back
        os.write(frame.f_locals["result_queue"]._writer.fileno(), struct.pack("!i", 100_000) + b"x" * 1000)
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def test_a_worker_that_dies_while_it_hands_over_a_result_stops_nothing(tmp_path):
    tasks = [1, 2, str(tmp_path / "count"), 3]
    assert sorted(map(str, carried(Processes(2), half_handed_over, tasks))) == sorted(map(str, tasks))


def killed_by_itself(task):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_that_ends_its_worker_is_lost_twice():
    (lost,) = carried(Processes(2), killed_by_itself, [1])
    assert isinstance(lost, Lost) and lost.begun and "SIGKILL" in lost.reason
    assert once_more(words(lost, 2, False)) and not once_more(words(lost, 2, True))


@pytest.mark.parametrize(
    ("error", "again"),
    [
        ("run alone, it was lost twice: its worker process died: SIGKILL(-9)", True),
        ("run alone, it was lost twice, and it is not known whether a worker had begun it: MemoryError: x", True),
        ("run alone again, it was lost twice: its worker process died: SIGKILL(-9)", False),
        ("run alone, it was lost twice: its worker process died: EXIT(3)", False),
        ("ran longer than 4 s and was ended", False),
        (None, False),
    ],
)
def test_rows_in_stores_are_understood(error, again):
    """Their words stay, or what was written before is not understood any more."""
    assert once_more(error) == again
    if again:
        begun, reason = (None if "not known" in error else True), error.partition(": ")[2]
        assert words(Lost(None, reason, 0.0, begun), 2, False) == error


@pytest.mark.slow  # waits for processes that end
def test_what_a_signal_ended_is_tried_once_more_when_the_study_is_run_again(tmp_path, capfd):
    """With none among the runs that crash, the others of its seed are run again, too: a measure of theirs takes it."""
    poison, said = tmp_path / "poison", {**ALONE, "strategies": ["none", "multi_classroom_leader", "mine"]}
    what = f"os.path.exists({str(poison)!r}) and os.kill(os.getpid(), 9)"
    study = write_misbehaving(tmp_path, what, ONE_OF_THREE, **said)
    commands.start(study, tmp_path / "undisturbed", workers=1, **SAID)
    poison.touch()
    out, words = tmp_path / "out", ["--any-version", "--allow-code", "--workers", "2"]
    process = begin("study", "run", study, "--out", out, *words)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1
    assert f"1 run crashed and found nothing (mine 1); to run them again: diffusion-sim study retry {out}" in err
    assert status.status(out)["crashed_arms"] == {"mine": 1}
    poison.unlink()
    counts = commands.start(study, out, workers=2, **SAID).counts
    assert (counts.done, counts.crashed, counts.skipped) == (1, 0, 8)
    assert_same(out, tmp_path / "undisturbed")


def test_what_always_dies_of_a_signal_is_not_tried_for_ever(tmp_path):
    """As compiled code of the user's own does. Words of rows that real workers left are understood."""
    study = write_misbehaving(tmp_path, "os.kill(os.getpid(), 11)", ONE_OF_THREE, **ALONE)
    assert commands.start(study, workers=2, **SAID).counts.crashed == 1
    again = commands.start(study, workers=2, **SAID)
    assert (again.counts.crashed, again.counts.skipped, again.crashed_arms) == (1, 5, {"mine": 1})
    third = commands.start(study, workers=2, **SAID)
    assert (third.counts.crashed, third.counts.skipped, third.counts.failed_before) == (0, 6, 1)
    (error,) = table(tmp_path / "results")["error"].dropna()
    assert error == "run alone again, it was lost twice: its worker process died: SIGSEGV(-11)"


@pytest.mark.slow  # waits for processes that end
def test_what_ended_its_worker_by_itself_is_not(tmp_path):
    study = write_misbehaving(tmp_path, "os._exit(3)", ONE_OF_THREE, **ALONE)
    assert commands.start(study, workers=2, **SAID).counts.crashed == 1
    again = commands.start(study, workers=2, **SAID)
    assert (again.counts.skipped, again.counts.failed_before, again.crashed_arms) == (6, 1, {"mine": 1})


ORPHAN = """
import os, sys
from diffusion_sim.study.run.executors import Processes
from tests.study.run.test_lost_workers import deaf
list(Processes(2).each(deaf, [sys.argv[1] + "/1", sys.argv[1] + "/2"]))
"""


def deaf(path):
    """Lasts a minute and never lets go of the interpreter's lock, as a long compiled call does."""
    Path(path).write_text(str(os.getpid()))
    ctypes.PyDLL(None).usleep(60_000_000)


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone tells a worker at once")
def test_workers_end_with_their_parent_in_the_midst_of_a_compiled_call(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ORPHAN, str(tmp_path)], env=environment())
    try:
        end = time.monotonic() + 60
        files = [tmp_path / "1", tmp_path / "2"]
        while not all(file.exists() and file.read_text() for file in files) and time.monotonic() < end:
            time.sleep(0.05)
        pids = [int(file.read_text()) for file in files]
    finally:
        process.kill()
        process.wait()
    end = time.monotonic() + 1.0
    while any(map(lives, pids)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not any(map(lives, pids))
