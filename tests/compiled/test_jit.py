"""A rule edited in one file changes kernels compiled from another: the cache must not serve the old code."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import diffusion_sim
from diffusion_sim.model_version import SHOWS_RUNS

PACKAGE = Path(diffusion_sim.__file__).parent
# payment.break_unpaid is a kernel of programme; what it does to a school stands in dynamics/leaders.py.
PROGRAM = """
import numpy as np
from diffusion_sim.programme import payment
from diffusion_sim.compiled.jit import kernel_version
from diffusion_sim.model_version import model_version
from diffusion_sim.state.tables import FLOW, SCHOOL, rows
schools = rows(SCHOOL, 1, mandate_weeks=5, trust=0.75)
payment.break_unpaid(np.ones(1, np.uint8), schools, 0.25, rows(FLOW, 1))
print(float(schools.trust[0]), kernel_version(), model_version())
"""


def run(folder: Path, program: str = PROGRAM) -> list[str]:
    environment = dict(os.environ, PYTHONPATH=str(folder), DIFFUSION_SIM_CACHE=str(folder / "cache"))
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow  # compiles anew
def test_an_edited_rule_is_compiled_anew(tmp_path):
    copy = tmp_path / "diffusion_sim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    value, kernels, model = run(tmp_path)
    assert float(value) == 0.5
    assert run(tmp_path) == [value, kernels, model], "nothing changed, so nothing may change"
    for room in SHOWS_RUNS:
        file = copy / room if room.endswith(".py") else copy / room / "__init__.py"
        with file.open("a", encoding="utf-8") as page:
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


@pytest.mark.slow  # compiles anew
def test_an_edited_constant_of_the_calendar_is_compiled_anew(tmp_path):
    """school_year.py holds no kernel, but its numbers are compiled into kernels."""
    copy = tmp_path / "diffusion_sim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    weeks = copy / "week" / "a_year.py"
    weeks.write_text(
        "from diffusion_sim.compiled.jit import njit\nfrom diffusion_sim.school_year import WEEKS_PER_YEAR\n\n\n"
        "@njit\ndef a_year():\n    return 1.0 * WEEKS_PER_YEAR\n"
    )
    program = "from diffusion_sim.week.a_year import a_year; print(a_year())"
    assert run(tmp_path, program) == ["36.0"]
    calendar = copy / "school_year.py"
    calendar.write_text(calendar.read_text("utf-8").replace("WEEKS_PER_YEAR = 36", "WEEKS_PER_YEAR = 40"), "utf-8")
    assert run(tmp_path, program) == ["40.0"]


def test_every_kernel_is_in_the_hash():
    """Whole rooms are hashed; a file outside them holds no kernel, and gives kernels no names."""
    from diffusion_sim.compiled import jit

    def inside(path: Path) -> bool:
        parts = path.relative_to(PACKAGE).parts
        return parts[0] in jit.ROOMS or parts[0] in jit.FILES

    makers = ("@njit\n", "@rule\n", "@intrinsic", "@overload", "@lower_")
    files = {path: path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
    with_kernels = {path for path, text in files.items() if any(maker in text for maker in makers)}
    assert len(with_kernels) > 30
    assert [path for path in with_kernels if not inside(path)] == []
    assert taken_from_outside(with_kernels) == set()


def taken_from_outside(paths) -> set[str]:
    """Names that compiled functions take from files that are not in the hash."""
    from diffusion_sim.compiled import jit

    found = set()
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"))
        names = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("diffusion_sim.")
            for alias in node.names
            if node.module.split(".")[1] not in jit.ROOMS and node.module.split(".")[1] + ".py" not in jit.FILES
        }
        for node in ast.walk(tree):
            marks = {getattr(mark, "id", "") for mark in getattr(node, "decorator_list", ())}
            if marks & {"njit", "rule"}:
                used = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
                found |= {names[name] for name in used & names.keys()}
    return found
