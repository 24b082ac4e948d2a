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
    from diffusion_sim.study.run.warm_up import warm_up

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
    call = ["ps", "-A", "-ww", "-o", "pgid=,stat=,args="]  # lines of any length
    listed = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    fields = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [args for pgid, stat, *args in fields if pgid == str(group) and not stat.startswith("Z")]


@pytest.mark.slow  # waits for processes that end
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
        how_far = r"(after \d+ of 12000 runs \(\d+ s\)|before the first run)"
        assert re.fullmatch(rf"stopped {how_far}; nothing was written\n", out)
        assert "Traceback" not in err
        end = time.monotonic() + 20
        while alive(process.pid) and time.monotonic() < end:
            time.sleep(0.5)
        assert not alive(process.pid)
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_prompt(expected):
    """Typed at the prompt of an interactive session on a terminal, with the bar of progress on it."""
    import pty

    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path, "TERM": "xterm", "PYTHON_BASIC_REPL": "1"}
    env.pop("CI", None)
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    seen = b""
    try:
        typed = PROMPT.strip().splitlines() + ["exit()"]
        os.write(ours, "".join(line + "\n" for line in typed).encode())
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # Linux: the other side is closed
                break
            if not more:
                break
            seen += more
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    text = seen.decode("utf-8", "replace")
    assert "Traceback" not in text
    assert f"found {' '.join(expected)}" in text
    assert "8/8" in text


PROMPT = """
from diffusion_sim.analysis.compare import compare
small = {"population.schools": 4, "programme.years_support": 1, "programme.years_after": 1}
c = compare("mid_size_district", ["directed_uniform"], replicates=4, workers=2, overrides=small)
print("found", len(c.runs), c.runs["reach"].sum().hex())
"""


def test_notebook(expected):
    """In a kernel: workers start, progress is said in the cell, the comparison and its figure are shown."""
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat, nbclient and ipykernel")
    nbclient = pytest.importorskip("nbclient", reason="needs nbformat, nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="needs nbformat, nbclient and ipykernel")
    patient = "from diffusion_sim.study.run import progress; progress._CELL = 0.0\n"
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(text) for text in (patient + PROMPT, "c", "c.plot()")]
    kernel = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    kernel.execute(env={**os.environ, "PYTHONPATH": path})
    run, shown, figure = (cell.outputs for cell in notebook.cells)
    said = {name: "".join(o["text"] for o in run if o.get("name") == name) for name in ("stdout", "stderr")}
    assert said["stdout"].split()[1:] == expected
    lines = [o["data"]["text/plain"] for o in run if o["output_type"] == "display_data"]
    assert len(lines) == 1 and "8 of 8 runs" in lines[0]  # one line, which changed
    assert "stderr" not in said or "of 8 runs" not in said["stderr"]
    assert "text/html" in shown[0]["data"] and "image/png" in figure[0]["data"]
