"""A study on a dask cluster: a real scheduler and workers in processes of their own, one of them killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from diffusion_sim.errors import StudyError
from diffusion_sim.study import commands, status
from diffusion_sim.study.run import dask_executor
from diffusion_sim.study.store.counts import Counts
from tests.study.small_study import (
    ONE_OF_THREE,
    assert_same,
    environment,
    table,
    write_misbehaving,
    write_slow,
    write_study,
)

distributed = pytest.importorskip("distributed", reason="needs dask: pip install 'diffusion-sim[cluster]'")
pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="sends signals"),
    pytest.mark.filterwarnings("ignore"),  # dask's own
]
SAID = {"progress": False, "any_version": True}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Address of a scheduler with two workers that a nanny replaces when they die."""
    folder = tmp_path_factory.mktemp("dask")
    told = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment(), "cwd": folder}
    dask = [sys.executable, "-m", "distributed.cli"]
    begun = [
        subprocess.Popen(
            [*dask[:2], "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
             "--scheduler-file", str(told)], **quiet,
        ),
        *(
            subprocess.Popen(
                [*dask[:2], "distributed.cli.dask_worker", "--scheduler-file", str(told), "--nthreads", "1",
                 "--no-dashboard", "--local-directory", str(folder)], **quiet,
            )
            for _ in range(2)
        ),
    ]  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not told.exists():
            assert time.monotonic() < end and begun[0].poll() is None
            time.sleep(0.1)
        with distributed.Client(scheduler_file=str(told), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=90)
            yield client.scheduler.address
    finally:
        for process in begun[::-1]:
            process.terminate()
        for process in begun:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def pids(address):
    with distributed.Client(address, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


@pytest.mark.slow
def test_a_worker_killed_mid_study(cluster, tmp_path):
    study = write_slow(tmp_path, replicates=30)
    victims = pids(cluster)
    assert len(set(victims)) == 2
    import threading

    killed = []

    def kill():
        end = time.monotonic() + 120
        while time.monotonic() < end:  # once it is under way
            try:
                if sum(status.status(tmp_path / "out")["stored"].values()) > 0:
                    break
            except Exception:
                pass
            time.sleep(0.1)
        os.kill(victims[0], signal.SIGKILL)
        killed.append(status.status(tmp_path / "out")["running"])
        (tmp_path / "slow").unlink()

    killer = threading.Thread(target=kill)
    killer.start()
    counts = commands.start(study, tmp_path / "out", dask=cluster, allow_code=True, **SAID).counts
    killer.join()
    assert killed == [True]  # in its midst
    assert counts == Counts(120, 0, 0, 0)
    commands.start(study, tmp_path / "here", workers=1, allow_code=True, **SAID)
    assert_same(tmp_path / "out", tmp_path / "here")


@pytest.mark.slow  # waits for processes that end
def test_a_client_given_and_a_poison_run(cluster, tmp_path):
    study = write_misbehaving(tmp_path, "os._exit(3)", ONE_OF_THREE, replicates=3, space=None, design=None)
    with distributed.Client(cluster, set_as_default=False) as client:
        counts = commands.start(study, tmp_path / "out", executor=client, allow_code=True, **SAID).counts
        assert client.status == "running"  # it is the user's own
    assert counts == Counts(5, 0, 1, 0)
    rows = table(tmp_path / "out")
    assert rows[rows["status"] == "crashed"]["error"].str.contains("not known .* begun it: KilledWorker").all()
    again, third = (
        commands.start(study, tmp_path / "out", dask=cluster, allow_code=True, **SAID).counts for _ in range(2)
    )
    assert again == Counts(0, 0, 1, 5) and third == Counts(0, 0, 0, 6, 0, 1)


def test_no_scheduler(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_executor, "_PATIENCE", 2)
    with pytest.raises(StudyError, match="dask tcp://127.0.0.1:9: no scheduler answers"):
        commands.start(write_study(tmp_path), tmp_path / "out", dask="tcp://127.0.0.1:9", **SAID)
    assert not (tmp_path / "out").exists()
