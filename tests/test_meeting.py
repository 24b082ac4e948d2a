"""Threads that wait for each other: nobody goes on before all have come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from diffusion_sim.meeting import meet

ROUNDS = 300


@numba.njit(nogil=True)
def count_rounds(me, parties, arrived, counts, seen):
    for number in range(ROUNDS):
        counts[me] += 1
        meet(arrived, parties)
        for other in range(parties):  # all have counted this round, nobody the next
            seen[me] += counts[other] == number + 1
        meet(arrived, parties)


@pytest.mark.parametrize("parties", [1, 2, 5])
def test_all_wait_for_all(parties):
    arrived, counts, seen = np.zeros(1, np.int64), np.zeros(parties, np.int64), np.zeros(parties, np.int64)
    count_rounds(0, 1, np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64))  # compiles
    with ThreadPoolExecutor(parties) as pool:
        jobs = [pool.submit(count_rounds, me, parties, arrived, counts, seen) for me in range(parties)]
        for job in jobs:
            job.result()
    assert counts.tolist() == [ROUNDS] * parties and seen.tolist() == [ROUNDS * parties] * parties
    assert arrived[0] == 2 * ROUNDS * parties


def test_only_whole_numbers_count():
    with pytest.raises(TypeError, match="an array of int64"):
        numba.njit(lambda arrived: meet(arrived, 1))(np.zeros(1))
