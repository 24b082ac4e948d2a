"""The same rules one agent at a time, as a plain Mesa model: what the compiled columns are measured against.

The rules are those of the slow twin (tests/oracle/oracle.py), written from docs/model.md alone. Every teacher is a
mesa.Agent; a step lets them act one after another.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mesa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.oracle.oracle import Oracle  # noqa: E402


class TeacherAgent(mesa.Agent):
    """A teacher of the plain model."""

    def __init__(self, model: AgentModel, teacher: object) -> None:
        super().__init__(model)
        self.teacher = teacher


class AgentModel(mesa.Model):
    """Mesa model around the slow twin."""

    def __init__(self, twin: Oracle, rng: int = 1) -> None:
        super().__init__(rng=rng)
        self.twin = twin
        for school in twin.schools:
            for teacher in school.teachers:
                TeacherAgent(self, teacher)

    def step(self) -> None:
        """One week."""
        self.twin.step()
