"""A store whose writer is killed at any moment, and whose disk is full: nothing lost, nothing doubled, nothing damaged.

The kills are real (SIGKILL to a process that appends, merges, rewrites the manifest and creates stores); what is
checked after each is in store_driver.check.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from diffusion_sim.errors import StoreError
from diffusion_sim.study.merge_shards import take_over
from diffusion_sim.study.store.store import Store, read_status, set_damaged_aside

DRIVER = Path(__file__).with_name("store_driver.py")
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the driver forks and kills, which Windows cannot")


@pytest.fixture
def quick():
    """A folder in memory where there is one: a kill, unlike a power cut, leaves what was written to the system."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def drive(*args, **how):
    return subprocess.run([sys.executable, str(DRIVER), *map(str, args)], capture_output=True, text=True, **how)


def fine(*args):
    done = drive(*args)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout
    return done.stdout.split()


def test_sixty_kills_lose_and_double_nothing(quick):
    said = fine("kills", quick / "store", 60, 1)
    assert said[:2] == ["kills", "60"] and int(said[3]) > 200 and int(said[5]) > 10, said


def test_death_before_an_act_on_the_files(quick):
    """Every ninth of the renames, deletions, syncs and new folders of a short study; all of them in the slow tests."""
    assert int(fine("steps", quick / "store", 9)[1]) > 150


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 7))
def test_hundreds_of_kills(quick, seed):
    fine("kills", quick / "store", 200, seed)


@pytest.mark.slow
def test_death_before_every_act_on_the_files(quick):
    fine("steps", quick / "store", 1)


# ---- full disks and folders that cannot be written -------------------------------------------------------------------
def sound(folder, promised):
    """The store holds what was promised, reads well, and is gone on with once there is room."""
    store = Store.open(folder, any_version=True)
    assert len(store.completed()) == promised
    assert store.load("series").num_rows == 3 * promised
    assert not set_damaged_aside(folder)
    with Store.open(folder, write=True, any_version=True):
        pass
    assert not [p for p in folder.rglob("*") if p.name.endswith(".tmp")]


def test_files_that_may_grow_no_further(tmp_path):
    """The system refuses to let a file grow: appended parts fit, the block they are to make does not."""
    done = drive("fill", tmp_path / "store", 80_000)
    assert done.returncode == 2, done.stderr[-2000:]
    number, text = done.stdout.split("\n", 1)
    assert "cannot write results: File too large" in text and str(tmp_path) in text and "run the study again" in text
    assert int(number) > 0
    sound(tmp_path / "store", int(number))


@pytest.fixture
def full(tmp_path):
    """A disk of 600 kB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(asked, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk cannot be mounted here (needs the rights to mount)")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full(full):
    done = drive("fill", full / "store")
    assert done.returncode == 2, done.stderr[-2000:]
    number, text = done.stdout.split("\n", 1)
    assert "cannot write results: No space left on device" in text and "run the study again" in text
    assert int(number) > 0
    store = Store.open(full / "store", any_version=True)
    assert len(store.completed()) == int(number) and store.load("series").num_rows == 3 * int(number)
    # Still full: a further writer says so, or finds room among what the first left over; nothing is lost either way.
    again = drive("fill", full / "store")
    assert again.returncode == 2 and "Traceback" not in again.stderr
    assert len(store.completed()) >= int(number)


def test_a_folder_that_cannot_be_written():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        fine("try", Path(folder) / "there")
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        nobody = [65534] if os.geteuid() == 0 else []  # may write anywhere: becomes somebody who may not
        for name in ("there", "new"):
            done = drive("try", Path(folder) / name, *nobody)
            assert done.returncode == 2, done.stderr[-2000:]
            assert "Permission denied" in done.stdout and str(Path(folder) / name) in done.stdout
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o755)


# ---- a second process ------------------------------------------------------------------------------------------------
def test_a_second_writer_is_refused_until_the_first_is_killed(tmp_path):
    folder = tmp_path / "store"
    with subprocess.Popen([sys.executable, str(DRIVER), "hold", str(folder)], stdout=subprocess.PIPE, text=True) as one:
        try:
            word, pid = one.stdout.readline().split()
            assert word == "holding" and int(pid) == one.pid
            with pytest.raises(StoreError, match=rf"another process is writing to it \(process {pid} on \S+, since"):
                Store.open(folder, write=True, any_version=True)
            status = read_status(folder)
            assert status["running"] and status["holder"]["pid"] == one.pid and status["done"] == 6
            assert status["age"] < 60
            assert len(Store.open(folder, any_version=True).completed()) == 6  # reading is free
            with pytest.raises(StoreError, match="another process is writing"):
                set_damaged_aside(folder)
            with Store.create(tmp_path / "whole", {}) as whole, pytest.raises(StoreError, match="cannot be merged whi"):
                take_over(whole, folder)
        finally:
            one.send_signal(signal.SIGKILL)
    status = read_status(folder)
    assert not status["running"] and status["holder"] is None and status["done"] == 6
    with Store.open(folder, write=True, any_version=True) as store:
        assert len(store.completed()) == 6


def test_a_fork_does_not_keep_the_store(tmp_path):
    """A child of the writer that outlives it, such as a worker, holds nothing."""
    code = f"""
import os, sys, time
from diffusion_sim.study.store.store import Store
store = Store.create({str(tmp_path / "store")!r}, {{}})
if os.fork() == 0:
    print("child", flush=True)
    time.sleep(600)
sys.stdout.flush(); time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as one:
        try:
            assert one.stdout.readline() == "child\n"
            assert read_status(tmp_path / "store")["running"]
            one.kill()
            one.wait()
            assert not read_status(tmp_path / "store")["running"]
            Store.open(tmp_path / "store", write=True, any_version=True).close()
        finally:
            os.killpg(one.pid, signal.SIGKILL)
