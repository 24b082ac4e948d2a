"""Threads that wait for each other: nobody goes on before all have come, and nobody waits for who never will."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.compiled.barrier import (
    ABANDONED,
    ARRIVED,
    all_together,
    meet,
    new_meeting,
)
from diffusion_sim.compiled.threads import thread_pool

ROUNDS = 300


@numba.njit(nogil=True)
def count_rounds(me, parties, meeting, counts, seen):
    for number in range(ROUNDS):
        counts[me] += 1
        if not meet(meeting, parties):
            return
        for other in range(parties):  # all have counted this round, nobody the next
            seen[me] += counts[other] == number + 1
        if not meet(meeting, parties):
            return


def rounds(parties, meeting):
    counts, seen = np.zeros(parties, np.int64), np.zeros(parties, np.int64)
    return counts, seen, [lambda me=me: count_rounds(me, parties, meeting, counts, seen) for me in range(parties)]


@pytest.mark.parametrize("parties", [1, 2, 5])
def test_all_wait_for_all(parties):
    meeting = new_meeting()
    counts, seen, calls = rounds(parties, meeting)
    all_together(thread_pool(parties), meeting, calls)
    assert counts.tolist() == [ROUNDS] * parties and seen.tolist() == [ROUNDS * parties] * parties
    assert meeting[ARRIVED] == 2 * ROUNDS * parties and meeting[ABANDONED] == 0


def test_an_error_in_one_ends_all():
    meeting = new_meeting()
    counts, _, calls = rounds(3, meeting)

    def fails():
        raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        all_together(thread_pool(3), meeting, [*calls[:2], fails])
    assert counts.tolist() == [1, 1, 0] and meeting[ABANDONED] == 1


def test_a_thread_that_cannot_start_ends_all():
    class Narrow(ThreadPoolExecutor):
        def submit(self, *args, **keywords):
            if self.begun:
                raise RuntimeError("can't start new thread")
            self.begun = True
            return super().submit(*args, **keywords)

    meeting = new_meeting()
    counts, _, calls = rounds(2, meeting)
    with Narrow(2) as pool:
        pool.begun = False
        with pytest.raises(RuntimeError, match="can't start"):
            all_together(pool, meeting, calls)
    assert counts.tolist() == [1, 0]


def test_an_interrupt_waits_for_all(monkeypatch):
    meeting = new_meeting()
    counts, _, calls = rounds(2, meeting)
    waits = []

    def interrupted(jobs):
        waits.append(len(jobs))
        if len(waits) == 1:
            raise KeyboardInterrupt
        for job in jobs:
            job.result()

    gate = threading.Event()

    def late():
        gate.wait(10)
        calls[1]()

    def waiting(jobs):
        if waits:
            gate.set()
        return interrupted(jobs)

    monkeypatch.setattr("diffusion_sim.compiled.barrier.wait", waiting)
    with pytest.raises(KeyboardInterrupt):
        all_together(thread_pool(2), meeting, [calls[0], late])
    assert counts.tolist() == [ROUNDS] * 2 and waits == [2, 2]


def test_a_failed_thread_leaves_the_model_where_it_was(monkeypatch):
    from diffusion_sim.week import engine

    model = ds.ReformModel("mid_size_district", rng=1, threads=2)
    model.step()
    before = model.state.teachers.tobytes()
    work = engine.lanes().weeks

    def fails(share, *rest):
        if share.begin > 0:
            raise MemoryError("no room")
        work(share, *rest)

    with monkeypatch.context() as changed:
        changed.setattr(engine.lanes(), "weeks", fails)
        with pytest.raises(MemoryError):
            model.step()
    assert model.week == 1 and model.state.teachers.tobytes() == before
    series, alone = model.run().state.series, ds.ReformModel("mid_size_district", rng=1).run().state.series
    assert np.array_equal(series, alone, equal_nan=True)


def test_runs_of_one_pool_take_turns():
    """Two at once, of as many threads as the pool has, and of others: each as alone."""
    alone = ds.ReformModel("mid_size_district", rng=1).run().state.series
    models = [ds.ReformModel("mid_size_district", rng=1, threads=threads) for threads in (2, 2, 3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda model: model.run(), models))
    assert all(np.array_equal(model.state.series, alone, equal_nan=True) for model in models)


def test_only_whole_numbers_count():
    with pytest.raises(TypeError, match="an array of int64"):
        numba.njit(lambda meeting: meet(meeting, 1))(np.zeros(3))
