"""One draw for every person at once: the same numbers as `rng.words`, but several persons in one instruction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim._cache import njit
from diffusion_sim.state import Teachers

# Rows of the table of draws: who, then the two 64-bit halves of each draw.
ORIGIN, TAG, DRAW, SECOND, THIRD = 0, 1, 2, 4, 6
ROWS = 8



def table_of(teachers: Teachers) -> NDArray[np.uint64]:
    """Table of draws, (8, T), with its rows ORIGIN and TAG filled."""
    table = np.empty((ROWS, teachers.tag.size), np.uint64)
    table[ORIGIN], table[TAG] = teachers.origin, teachers.tag
    return table


@njit
def draw(low, high, seed, table, row, purpose, occasion):
    """Draw for the persons of rows low to high - 1.

    Words 0 and 1 go to ``table[row]``, words 2 and 3 to ``table[row + 1]``, high word first.
    """
    for i in range(np.uint64(low), np.uint64(high)):  # unsigned: indices that cannot be negative make vectors
        a, b, c, d = rng.words_here(seed, table[ORIGIN, i], table[TAG, i], purpose, occasion)
        table[row, i] = (a << rng.S32) | b
        table[row + 1, i] = (c << rng.S32) | d
