"""Worker processes from places where a plain spawning pool fails: a script without a main guard, -c, standard input."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import diffusion_sim

ROOT = Path(diffusion_sim.__file__).resolve().parents[1]
CODE = """
from diffusion_sim.analysis.compare import compare
small = {'population.schools': 4, 'population.teachers_mean': 8, 'programme.years_support': 1, 'programme.years_after': 1}
c = compare('mid_size_district', ['directed_uniform'], replicates=4, workers=2, overrides=small, progress=False)
print(len(c.runs), c.runs['reach'].sum().hex())
"""


def run(*arguments, text=None, cwd=None):
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments], input=text, env=env, cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def expected():
    from diffusion_sim.analysis.compare import compare
    from diffusion_sim.study.warm_up import warm_up

    warm_up(lambda text: None)
    small = {"population.schools": 4, "population.teachers_mean": 8, "programme.years_support": 1, "programme.years_after": 1}
    c = compare("mid_size_district", ["directed_uniform"], replicates=4, workers=1, overrides=small, progress=False)
    return ["8", c.runs["reach"].sum().hex()]


def test_script_without_guard(tmp_path, expected):
    (tmp_path / "script.py").write_text(CODE)
    assert run("script.py", cwd=tmp_path) == expected


def test_command(tmp_path, expected):
    assert run("-c", CODE, cwd=tmp_path) == expected


def test_standard_input(tmp_path, expected):
    assert run("-", text=CODE, cwd=tmp_path) == expected
