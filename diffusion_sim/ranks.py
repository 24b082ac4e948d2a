"""Places within groups: teachers within a school, schools within a district; and thirds, quarters by rank."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rank_within(group: NDArray[Any], *keys: NDArray[Any]) -> NDArray[np.int64]:
    """Rank from 0 of each row within its group, by the first key, then the next (all ascending); at ties by row.

    group, keys : shape (n,), groups (whole numbers) in any order.
    """
    code, first_keys = group.astype(np.int64), list(keys)
    while first_keys and first_keys[0].dtype == np.bool_:  # each key is a sort: truth values go with the group
        code = 2 * code + first_keys.pop(0)
    order = np.lexsort((*first_keys[::-1], code))
    sorted_group = group[order]
    starts = np.r_[True, sorted_group[1:] != sorted_group[:-1]]
    first = np.maximum.accumulate(np.where(starts, np.arange(order.size), 0))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - first
    return rank


def parts_by_rank(values: Any, parts: int) -> NDArray[np.int64]:
    """(n,): which of so many parts of nearly equal size a value belongs to, 0 = the lowest; ties by place."""
    order = np.argsort(np.asarray(values), kind="stable")
    found = np.empty(order.size, np.int64)
    found[order] = np.arange(order.size) * parts // order.size
    return found
