"""What differs between two columns, one of the model and one of its slow twin."""

from __future__ import annotations

import numpy as np

RELATIVE = 1e-9
ABSOLUTE = 1e-12  # for values that pass through zero


def unequal(a, b) -> list[int]:
    a, b = np.atleast_1d(np.asarray(a).astype(np.int64)), np.atleast_1d(np.asarray(b).astype(np.int64))
    return np.unique(np.nonzero(a != b)[0]).tolist()[:8]


def apart(a, b) -> list[int]:
    a, b = np.atleast_1d(np.asarray(a, dtype=float)), np.atleast_1d(np.asarray(b, dtype=float))
    return np.unique(np.nonzero(~np.isclose(a, b, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True))[0]).tolist()[:8]
