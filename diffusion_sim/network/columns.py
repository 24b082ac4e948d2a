"""The columns that network kernels read, taken out of the wide state: fewer arguments compile much faster."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim._cache import njit
from diffusion_sim.state import Bytes, Floats, Ints, Keys


class People(NamedTuple):
    """Columns of Teachers, shape (T,)."""

    origin: Keys
    tag: NDArray[np.int64]
    grade: Bytes
    attitude: Bytes
    popularity: Floats
    entered: NDArray[np.int16]


class Places(NamedTuple):
    """Columns of Schools, shape (S,) or (S + 1,) for ``first``, and ``first`` of Districts, (D + 1,)."""

    key: Keys
    first: NDArray[np.int64]
    district: Ints
    programme: Bytes
    level: Bytes
    poverty: Floats
    district_first: NDArray[np.int64]


@njit
def people_of(t):
    """People of teachers."""
    return People(t.origin, t.tag, t.grade, t.attitude, t.popularity, t.entered)


@njit
def places_of(s, d):
    """Places of schools and districts."""
    return Places(s.key, _bounds(s.first, s.last), s.district, s.programme, s.level, s.poverty, _bounds(d.first, d.last))


@njit
def _bounds(first, last):
    """First rows of all and the last one's end, shape (n + 1,)."""
    edges = np.empty(first.size + 1, np.int64)
    edges[0] = 0
    edges[1:] = last
    return edges
