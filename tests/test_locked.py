"""The lists of locked packages hold what pyproject.toml asks for, with hashes, and agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKED = ROOT / "locked"
if not LOCKED.is_dir():
    pytest.skip("not a checkout of the repository", allow_module_level=True)
EXTRAS = {"run": ["build"], "test": ["build", "test", "cluster"], "dev": ["build", "dev", "test", "cluster"]}
PYTHONS = ("3.11", "3.12", "3.13")


def locked(name: str) -> list[tuple[Requirement, int]]:
    """Each line of a list, and how many hashes it has."""
    blocks = re.split(r"(?m)^(?=[a-z0-9])", (LOCKED / f"{name}.txt").read_text("utf-8"))[1:]
    return [(Requirement(block.split("\\")[0].strip()), block.count("--hash=sha256:")) for block in blocks]


def holds(marker: Marker | None, python: str) -> bool:
    here = {"python_version": python, "python_full_version": f"{python}.5", "sys_platform": "linux"}
    return marker is None or marker.evaluate(here)


def versions(name: str, python: str) -> dict[str, str]:
    """Package -> version that a Python on Linux gets."""
    found = {}
    for line, _ in locked(name):
        if holds(line.marker, python):
            (only,) = line.specifier
            assert only.operator == "==" and canonicalize_name(line.name) not in found
            found[canonicalize_name(line.name)] = only.version
    return found


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", EXTRAS)
def test_what_is_asked_for_is_locked_within_its_bounds(name, python):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for extra in EXTRAS[name] for line in project["optional-dependencies"][extra]]
    found = versions(name, python)
    for line in map(Requirement, [*project["dependencies"], *extras]):
        if line.name != "diffusion-sim":
            assert line.specifier.contains(found[canonicalize_name(line.name)]), line


@pytest.mark.parametrize("name", EXTRAS)
def test_every_line_has_hashes(name):
    assert min(hashes for _, hashes in locked(name)) >= 1


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lists_agree(python):
    """Who runs, who tests and who works on it have the same packages."""
    run, test, dev = (versions(name, python) for name in EXTRAS)
    assert run.items() <= test.items() <= dev.items()
