"""Schools shared out to threads, in weeks and in summers: the number of threads changes no bit."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.compiled.threads import each_share
from diffusion_sim.measures import MEASURES, fill_row, new_sums, sum_all
from diffusion_sim.week.run_weeks import cut_districts


@pytest.mark.parametrize("strategy", ["directed_uniform", "multi_classroom_leader"])
@pytest.mark.parametrize(("schools", "districts"), [(1, 1), (3, 2), (12, 1), (12, 2), (12, 12)])
def test_any_number_of_threads_gives_the_same_run(strategy, schools, districts):
    said = {"population.schools": schools, "population.districts": districts}
    runs = [
        ds.ReformModel("mid_size_district", rng=4, strategy=strategy, overrides=said, threads=threads).run()
        for threads in (1, 2, 5)
    ]
    first = runs[0].state
    assert first.flow_series[-1].any() and first.network.degree.any()
    for other in (run.state for run in runs[1:]):
        assert np.array_equal(first.series, other.series, equal_nan=True)
        assert np.array_equal(first.flow_series, other.flow_series)
        assert first.teachers.tobytes() == other.teachers.tobytes()
        assert first.schools.tobytes() == other.schools.tobytes()
        assert all(np.array_equal(a, b) for a, b in zip(first.network, other.network, strict=True))


def test_districts_are_cut_where_two_threads_share_them():
    world = ds.ReformModel("mid_size_district", rng=1, overrides={"population.districts": 3})
    schools, districts = world.state.schools, world.state.districts
    first = districts.first.tolist()
    assert cut_districts([0, first[1], schools.size], schools, districts).tolist() == []
    assert cut_districts([0, first[1] + 1, schools.size], schools, districts).tolist() == [1]
    assert cut_districts([0, 1, 2, first[2], first[2] + 1, schools.size], schools, districts).tolist() == [0, 2]
    assert cut_districts([0, 0, schools.size, schools.size], schools, districts).tolist() == []


def test_the_last_row_is_that_of_the_schools_as_they_are():
    """Sums taken district by district, by threads, while weeks go on, against sums of the final state alone."""
    said = {"population.districts": 7}
    for threads in (1, 3):
        model = ds.ReformModel("mid_size_district", rng=8, strategy="directed_uniform", overrides=said, threads=threads)
        state, world = model.run().state, model.world
        sums, row = new_sums(7), np.empty(len(MEASURES))
        sum_all(state.schools, world.basis, sums)
        support = model.support_weeks
        fill_row(row, sums.rows[-1], world.basis, state.memory, state.ledger, state.pot_sums, model.week, support)
        assert np.array_equal(row, state.series[model.week], equal_nan=True)
        assert sums.rows[-1].teachers == state.schools.teaching.sum()
        assert sums.rows[-1].deep == state.schools.deep.sum() > 0


def test_shares_cover_every_school_once():
    from concurrent.futures import ThreadPoolExecutor

    last = np.cumsum([5, 90, 2, 3, 40])
    for threads in (1, 2, 3, 9):
        seen: list[tuple[int, int]] = []
        with ThreadPoolExecutor(threads) as pool:
            each_share(pool, last, lambda begin, end, seen=seen: seen.append((begin, end)))
        assert sorted(row for begin, end in seen for row in range(begin, end)) == list(range(5))


def test_an_error_in_a_thread_is_raised():
    from concurrent.futures import ThreadPoolExecutor

    def fails(begin, end):
        raise ValueError("of its own")

    with ThreadPoolExecutor(2) as pool, pytest.raises(ValueError, match="of its own"):
        each_share(pool, np.array([3, 9]), fails)
