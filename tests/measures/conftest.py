"""Small worlds whose measures can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.measures import MEASURES, PotSums, fill_row, make_basis, new_memory, new_sums, sum_all
from diffusion_sim.state.tables import DISTRICT, SCHOOL, rows, set_bounds


class World:
    """School sums, ledger and memory of a world that need not have been simulated."""

    def __init__(self, teachers, districts, **columns):
        self.schools = rows(SCHOOL, len(teachers), **({"programme": 1, "pupils": 1.0, "slot": -1} | columns))
        set_bounds(self.schools, teachers)
        self.districts = rows(DISTRICT, len(districts))
        set_bounds(self.districts, districts)
        self.basis = make_basis(self.schools, self.districts, 36.0)
        self.memory = new_memory()
        self.ledger = np.zeros(12)

    def sums(self, plain=False):
        """The world's sums; ``plain`` by the readable twin."""
        sums = new_sums(len(self.districts))
        (sum_all.py_func if plain else sum_all)(self.schools, self.basis, sums)
        return sums.rows[-1]

    def row(self, week=5, support_weeks=108, pots=(0.0, 0.0, 0.0, 0.0), plain=False):
        """The week's measures by name; ``plain`` runs the readable twin."""
        out = np.full(len(MEASURES), -999.0)
        fill = fill_row.py_func if plain else fill_row
        fill(out, self.sums(plain), self.basis, self.memory, self.ledger, PotSums(*pots), week, support_weeks)
        return dict(zip(MEASURES, out.tolist(), strict=True))


@pytest.fixture(scope="session")
def world():
    return World
