"""Defaults and ranges are locked before anything is run with them; every change has a line in the ledger."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from diffusion_sim.scenario import ranges_lock

ROOT = Path(__file__).parents[2]
LEDGER = re.findall(r"^\| `([0-9a-f]{12})` \|", (ROOT / "docs" / "patterns.md").read_text(), re.M)


def test_lock_holds_the_defaults():
    assert ranges_lock.LOCK.read_text() == ranges_lock.text(), "run python -m diffusion_sim.scenario.ranges_lock"
    assert ranges_lock.locked() == ranges_lock.digest()


def test_any_default_or_range_changes_the_digest(monkeypatch):
    numbers, before = ranges_lock.defaults(), ranges_lock.digest()
    n = numbers["learning"]["h"]
    for other in (replace(n, value=6.0), replace(n, range=(2.0, 10.0))):
        section = numbers["learning"] | {"h": other}
        monkeypatch.setattr(ranges_lock, "defaults", lambda section=section: numbers | {"learning": section})
        assert ranges_lock.digest() != before


def test_ledger_ends_with_the_lock():
    assert LEDGER and LEDGER[-1] == ranges_lock.locked()
    assert len(set(LEDGER)) == len(LEDGER)


def test_every_lock_ever_committed_has_a_line():
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git history here")
    place = ranges_lock.LOCK.relative_to(ROOT).as_posix()
    log = subprocess.run(
        [git, "log", "-p", "--format=", "--", place], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^\+digest ([0-9a-f]{12})$", log, re.M)) <= set(LEDGER)
