"""Worker processes from places where a plain spawning pool fails: a script without a main guard, -c, standard input."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import diffusion_sim

ROOT = Path(diffusion_sim.__file__).resolve().parents[1]
CODE = """
from diffusion_sim.analysis.compare import compare
small = {'population.schools': 4, 'programme.years_support': 1, 'programme.years_after': 1}
c = compare('mid_size_district', ['directed_uniform'], replicates=4, workers=2, overrides=small, progress=False)
print(len(c.runs), c.runs['reach'].sum().hex())
"""


def run(*arguments, text=None, cwd=None):
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path}
    call = [sys.executable, "-W", "error", *arguments]
    done = subprocess.run(call, input=text, env=env, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def expected():
    from diffusion_sim.analysis.compare import compare
    from diffusion_sim.study.warm_up import warm_up

    warm_up(lambda text: None)
    small = {"population.schools": 4, "programme.years_support": 1, "programme.years_after": 1}
    c = compare("mid_size_district", ["directed_uniform"], replicates=4, workers=1, overrides=small, progress=False)
    return ["8", c.runs["reach"].sum().hex()]


def test_script_without_guard(tmp_path, expected):
    (tmp_path / "script.py").write_text(CODE)
    assert run("script.py", cwd=tmp_path) == expected


def test_command(tmp_path, expected):
    assert run("-c", CODE, cwd=tmp_path) == expected


def test_standard_input(tmp_path, expected):
    assert run("-", text=CODE, cwd=tmp_path) == expected


INTERRUPTED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from diffusion_sim.analysis.compare import compare
print("begin", flush=True)
try:
    compare("mid_size_district", replicates=2000, workers=2, progress=False)
except KeyboardInterrupt as said:
    print(said)
"""


def alive(group):
    """Processes of a group that still run; those that ended and wait to be asked how do not count."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    fields = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [args for pgid, stat, *args in fields if pgid == str(group) and not stat.startswith("Z")]


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps")
@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group of processes")
def test_interrupted_from_the_keyboard(expected):
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    try:
        assert process.stdout.readline() == "begin\n"
        time.sleep(15)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
        out, err = process.communicate(timeout=60)
        how_far = r"(after \d+ of 10000 runs \(\d+ s\)|before the first run)"
        assert re.fullmatch(rf"stopped {how_far}; nothing was written\n", out)
        assert "Traceback" not in err
        end = time.monotonic() + 20
        while alive(process.pid) and time.monotonic() < end:
            time.sleep(0.5)
        assert not alive(process.pid)
    finally:
        process.kill()
        process.wait()
