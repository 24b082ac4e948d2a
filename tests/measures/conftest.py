"""Small worlds whose measures can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.measures import MEASURES, fill_row, make_basis, new_memory
from diffusion_sim.state import Districts, Schools


class World:
    """School sums, ledger and memory of a world that need not have been simulated."""

    def __init__(self, teachers, districts, **columns):
        size = len(teachers)
        zeros = {name: np.zeros(size) for name in Schools._fields}
        zeros["first"] = np.concatenate([[0], np.cumsum(teachers)]).astype(np.int64)
        zeros["programme"] = np.ones(size, dtype=np.uint8)
        zeros["pupils"] = np.ones(size)
        for name in ("conditions", "conditions_start", "surveyed", "mix"):
            zeros[name] = np.zeros((size, 4))
        for name, values in columns.items():
            zeros[name] = np.asarray(values, dtype=zeros[name].dtype)
        self.schools = Schools(**zeros)
        number = len(districts)
        other = {name: np.zeros(number) for name in Districts._fields}
        other["first"] = np.concatenate([[0], np.cumsum(districts)]).astype(np.int64)
        other["alignment"] = other["alignment_start"] = np.zeros((number, 6))
        self.districts = Districts(**other)
        self.basis = make_basis(self.schools, self.districts, 36.0)
        self.memory = new_memory()
        self.ledger = np.zeros(10)

    def row(self, week=5, support_weeks=108, unspent=0.0, plain=False):
        """The week's measures by name; ``plain`` runs the readable twin."""
        out = np.full(len(MEASURES), -999.0)
        fill = fill_row.py_func if plain else fill_row
        fill(
            out,
            self.schools,
            self.districts,
            self.basis,
            self.memory,
            self.ledger,
            float(unspent),
            week,
            support_weeks,
        )
        return dict(zip(MEASURES, out.tolist(), strict=True))


@pytest.fixture(scope="session")
def world():
    return World
