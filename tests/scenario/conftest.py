"""A small scenario as text and as a file, for tests that change one thing in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion_sim.scenario import Scenario, load_scenario

SMALL = """\
id: small
title: A small world
question: Does it load?
population:
  kind: synthetic
initial_use:
  share: 0.1
trial:
  q: {value: 0.9, unit: per school year, range: [0.5, 1.2], source: some_study, note: "table 2"}
strategy:
  recruitment: {kind: volunteer}
"""


@pytest.fixture
def small_text() -> str:
    return SMALL


@pytest.fixture
def write(tmp_path: Path):
    """Write text or bytes to a scenario file; returns its path."""

    def _write(content: str | bytes, name: str = "small.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.fixture
def small(write, small_text: str) -> Scenario:
    return load_scenario(write(small_text))
