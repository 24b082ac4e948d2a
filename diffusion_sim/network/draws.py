"""One draw for every person of a school: the same numbers as `rng.words`, several persons in one instruction."""

from __future__ import annotations

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit

# Rows of a table of draws, uint64 (ROWS, n): who, then the two 64-bit halves of each draw.
ORIGIN, TAG, DRAW, SECOND, THIRD = 0, 1, 2, 4, 6
ROWS = 8


@njit
def table_for(begin, end, schools):
    """Room for the draws of the largest of the schools begin to end - 1."""
    most = 0
    for s in range(begin, end):
        most = max(most, schools.posts[s])
    return np.empty((ROWS, most), np.uint64)


@njit
def who_draws(low, posts, teachers, table):
    """Fill the rows ORIGIN and TAG with the ``posts`` persons of a school, who stand from row ``low`` on."""
    for me in range(posts):
        table[ORIGIN, me], table[TAG, me] = teachers.origin[low + me], np.uint64(teachers.tag[low + me])


@njit
def draw(posts, seed, table, row, purpose, occasion):
    """Draw for the first ``posts`` persons of ``table``.

    Words 0 and 1 go to ``table[row]``, words 2 and 3 to ``table[row + 1]``, high word first.
    """
    for me in range(np.uint64(posts)):  # unsigned: the compiler vectorises only such indices
        a, b, c, d = rng.words_here(seed, table[ORIGIN, me], table[TAG, me], purpose, occasion)
        table[row, me] = (a << rng.S32) | b
        table[row + 1, me] = (c << rng.S32) | d
