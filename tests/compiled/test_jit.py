"""A rule edited in one file changes kernels compiled from another: the cache must not serve the old code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import diffusion_sim

PACKAGE = Path(diffusion_sim.__file__).parent
# programme.break_unpaid is a kernel of programme.py; what it does to a school stands in dynamics/leaders.py.
PROGRAM = """
import numpy as np
from diffusion_sim import programme
from diffusion_sim._cache import kernel_version, model_version
from diffusion_sim.state import FLOW, SCHOOL, rows
schools = rows(SCHOOL, 1, mandate_weeks=5, trust=0.75)
programme.break_unpaid(np.ones(1, np.uint8), schools, 0.25, rows(FLOW, 1))
print(float(schools.trust[0]), kernel_version(), model_version())
"""


def run(folder: Path) -> list[str]:
    environment = dict(os.environ, PYTHONPATH=str(folder), DIFFUSION_SIM_CACHE=str(folder / "cache"))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_an_edited_rule_is_compiled_anew(tmp_path):
    copy = tmp_path / "diffusion_sim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    value, kernels, model = run(tmp_path)
    assert float(value) == 0.5
    assert run(tmp_path) == [value, kernels, model], "nothing changed, so nothing may change"
    for room in ("analysis", "viz", "cli"):
        with (copy / room / "__init__.py").open("a", encoding="utf-8") as page:
            page.write("# an edit\n")
    assert run(tmp_path) == [value, kernels, model], "what only shows runs decides none"
    rule = copy / "dynamics" / "leaders.py"
    text = rule.read_text(encoding="utf-8")
    edited = text.replace("schools[s].trust - loss)", "schools[s].trust - 2.0 * loss)", 1)
    assert edited != text
    rule.write_text(edited, encoding="utf-8")
    after, kernels_after, model_after = run(tmp_path)
    assert float(after) == 0.25
    assert kernels_after != kernels
    assert model_after != model


def test_every_file_with_a_kernel_is_in_the_hash():
    """Files that import njit or rule must be among those that name the cache folder."""
    from diffusion_sim.compiled import jit

    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(f"@{part}" in (text := path.read_text(encoding="utf-8")) for part in ("intrinsic", "overload", "lower_"))
        or ("from diffusion_sim._cache import" in text and any(f"@{word}\n" in text for word in ("njit", "rule")))
    }
    assert len(users) > 15
    covered = {part for user in users for part in jit.KERNEL_PARTS if user == part or user.startswith(part + "/")}
    assert {u for u in users if not any(u == p or u.startswith(p + "/") for p in covered)} == set()
