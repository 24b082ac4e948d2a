"""Runs of a design: the same bits wherever they run, failures as rows, tasks that last."""

from __future__ import annotations

import os
import sys
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor

import numpy as np
import pytest

from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario, scenario_folder
from diffusion_sim.study.plan.outcomes import OUTCOMES, SERIES
from diffusion_sim.study.run import task_queue
from diffusion_sim.study.run.executors import Given, Here, Processes
from diffusion_sim.study.run.in_memory import run_design
from diffusion_sim.study.run.places import place
from diffusion_sim.study.run.progress import Silent

SMALL = {"population.schools": 4, "programme.years_support": 1, "programme.years_after": 1}
ARMS = ["none", "volunteer_uniform", "directed_uniform"]
SEEDS = [11, 12, 13, 14, 15, 16, 17]


class AtOnce(Executor):
    """Runs what is submitted at once; remembers how many results nobody has taken."""

    def __init__(self):
        self.sizes = []

    def submit(self, function, task):
        self.sizes.append(len(task.parts))
        future = Future()
        future.set_result(function(task))
        return future


@pytest.fixture(scope="module")
def here(small):
    return run_design(small, ARMS, SEEDS, Here(), Silent())


def assert_same(one, other):
    np.testing.assert_array_equal(one.outcomes, other.outcomes)
    np.testing.assert_array_equal(one.series, other.series)
    np.testing.assert_array_equal(one.posts, other.posts)
    assert one.errors == other.errors


def test_a_row_is_the_model_s_own_run(small, here):
    frame = here.frame()
    assert len(frame) == len(ARMS) * len(SEEDS)
    assert list(frame["strategy"][:4]) == [*ARMS, "none"]  # replicate by replicate
    for row in (4, 20):
        said = frame.iloc[row]
        model = ReformModel(small, rng=int(said["seed"]), strategy=said["strategy"]).run()
        assert list(model.outcomes) == list(OUTCOMES)
        np.testing.assert_array_equal(
            said[list(OUTCOMES)].to_numpy(dtype=float), np.array(list(model.outcomes.values())), strict=True
        )
        series = here.series_frame()
        own = series[(series["strategy"] == said["strategy"]) & (series["seed"] == said["seed"])]
        np.testing.assert_array_equal(own[list(SERIES)], model.series[list(SERIES)])
        assert own["week"].tolist() == list(range(73))


def test_arms_differ_and_seeds_differ(here):
    reach = here.outcome("reach")
    assert len(np.unique(reach)) > 7


@pytest.mark.parametrize("workers", [1, 2])
def test_same_bits_in_worker_processes(small, here, workers):
    assert_same(here, run_design(small, ARMS, SEEDS, Processes(workers), Silent()))


def test_same_bits_in_any_executor_and_any_blocks(small, here, monkeypatch):
    with ThreadPoolExecutor(1) as pool:
        assert_same(here, run_design(small, ARMS, SEEDS, Given(pool), Silent()))
    monkeypatch.setattr(task_queue, "TASK_SECONDS", 1e9)
    executor = AtOnce()
    executor._max_workers = 1
    assert_same(here, run_design(small, ARMS, SEEDS, Given(executor), Silent()))
    assert sum(executor.sizes) == len(SEEDS) and max(executor.sizes) > 1  # tasks grew


def test_few_tasks_are_under_way_at_once(small):
    class Slow(Executor):
        _max_workers = 2
        most = 0

        def __init__(self):
            self.open = set()

        def submit(self, function, task):
            self.open = {future for future in self.open if not future.taken}
            future = Future()
            future.taken = False
            take = future.result

            def result(timeout=None):
                future.taken = True
                return take(timeout)

            future.result = result
            future.set_result(function(task))
            self.open.add(future)
            self.most = max(self.most, len(self.open))
            return future

    executor = Slow()
    run_design(small, ["none"], list(range(20)), Given(executor), Silent())
    assert executor.most == 4


def test_the_place():
    assert isinstance(place(1, None), Here)
    assert place(2, None).workers == 2
    for workers in (0, -1, "two", 1.5, True):
        with pytest.raises(StudyError, match="workers: found"):
            place(workers, None)
    with pytest.raises(StudyError, match="concurrent.futures.Executor is allowed"):
        place(None, 3)
    with pytest.raises(StudyError, match="give one of them"):
        place(2, AtOnce())


# ---- failures --------------------------------------------------------------------------------------------------------

STRATEGY = """
import contextlib
import os
import numpy as np
from diffusion_sim.strategies import Plan

class Fails:
    def plan(self, view, draw):
        if {when}:
            {what}
        return Plan(enrol=np.ones(view.programme.size))
"""


@pytest.fixture
def failing(tmp_path):
    """Make a scenario whose strategy 'mine' does something bad when a condition on its view holds."""

    def make(what, when="view.quarter == 0 and draw('x', np.zeros(1, np.uint64))[0] < 0.5"):
        (tmp_path / "mine.py").write_text(STRATEGY.format(what=what, when=when))
        text = (scenario_folder() / "mid_size_district.yaml").read_text("utf-8")
        text = text.replace("id: mid_size_district", "id: failing").split("\ncompare:")[0]
        text += "\nstrategies: {mine: {code: 'mine.py:Fails'}}\ncompare: [none, mine]\n"
        (tmp_path / "failing.yaml").write_text(text)
        return load_scenario(tmp_path / "failing.yaml", allow_code=True).override(SMALL)

    return make


def test_a_failing_run_is_a_row_and_the_rest_goes_on(failing):
    sc = failing("raise ValueError('no coach')")
    runs = run_design(sc, ["none", "mine"], SEEDS, Here(), Silent(), allow_code=True)
    frame = runs.frame()
    failed = frame[frame["status"] == "error"]
    assert 0 < len(failed) < len(SEEDS) and set(failed["strategy"]) == {"mine"}
    assert failed["error"].str.contains("no coach").all() and failed["reach"].isna().all()
    assert frame[frame["status"] == "ok"]["reach"].notna().all()
    assert (frame[frame["status"] == "ok"]["error"] == "").all()


def test_all_failing_is_an_error_that_says_the_commonest(failing):
    when = "view.quarter == (draw('x', np.zeros(1, np.uint64))[0] < 0.75)"
    sc = failing("raise ValueError('no coach' if view.quarter else 'no plan')", when=when)
    runs = run_design(sc, ["mine"], SEEDS, Here(), Silent(), allow_code=True)
    texts = [text for text in runs.errors.values()]
    times = sum("no coach" in text for text in texts)
    assert len(texts) == 7 and 3 < times < 7 and "no plan" in runs.errors[0, 0]
    said = f"^all 7 runs failed; the commonest error \\({times} of 'mine'\\): .*no coach"
    with pytest.raises(StudyError, match=said):
        runs.refuse_all_failed("mine")


def test_a_baseline_without_runs_is_an_error(failing):
    sc = failing("raise ValueError('no coach')", when="True")
    runs = run_design(sc, ["none", "mine"], SEEDS, Here(), Silent(), allow_code=True)
    runs.refuse_all_failed("none")
    said = "^all 7 runs of 'mine', which the others are compared with, failed; .*no coach"
    with pytest.raises(StudyError, match=said):
        runs.refuse_all_failed("mine")


def test_a_worker_that_dies_once_is_replaced(failing, tmp_path):
    mark = tmp_path / "died"
    # Both workers may come here at once: the one that makes the file dies, the other goes on.
    die_once = f"with contextlib.suppress(FileExistsError): open({str(mark)!r}, 'x').close(); os._exit(3)"
    sc = failing(die_once, when=f"not os.path.exists({str(mark)!r})")
    runs = run_design(sc, ["none", "mine"], SEEDS, Processes(2), Silent(), allow_code=True)
    assert mark.exists() and not runs.errors
    again = run_design(sc, ["none", "mine"], SEEDS, Here(), Silent(), allow_code=True)
    assert_same(runs, again)


def test_a_run_that_ends_its_worker_again_is_a_row_and_harms_no_other(failing):
    """Also the measure that takes two runs."""
    sc, arms = failing("os._exit(3)"), ["none", "multi_classroom_leader", "mine"]
    runs = run_design(sc, arms, SEEDS[2:5], Processes(2), Silent(), allow_code=True)
    lost = runs.status == "crashed"
    assert 0 < lost.sum() < 3 and not lost[:, :2].any() and set(zip(*np.nonzero(lost), strict=True)) == set(runs.errors)
    said = "run alone, it was lost twice: its worker process died: EXIT(3)"
    assert all(said in text for text in runs.errors.values())
    frame = runs.frame()
    assert frame[frame["status"] == "crashed"]["reach"].isna().all() and frame["reach"].notna().sum() == 9 - lost.sum()
    alone = run_design(sc, arms[:2], SEEDS[2:5], Here(), Silent())
    np.testing.assert_array_equal(runs.outcomes[:, :2], alone.outcomes)
    np.testing.assert_array_equal(runs.series[:, :2], alone.series)
    np.testing.assert_array_equal(runs.posts, alone.posts)
    assert np.isfinite(alone.outcomes[:, 1, -1]).any()


@pytest.mark.slow
def test_where_no_run_comes_back_it_is_said(failing):
    sc = failing("os._exit(3)", when="True")
    with pytest.raises(StudyError, match=r"no run comes back from the workers; the last one: .*died: EXIT\(3\)"):
        run_design(sc, ["mine"], SEEDS, Processes(2), Silent(), allow_code=True)


def test_workers_of_another_version_are_refused(small):
    class Older(AtOnce):
        def submit(self, function, task):
            return super().submit(lambda task: function(task)._replace(version="older"), task)

    with pytest.raises(StudyError, match="another version of the model"):
        run_design(small, ["none"], SEEDS, Given(Older()), Silent())


def test_a_broken_executor_of_the_user_s_own(small):
    class Broken(Executor):
        def submit(self, function, task):
            raise BrokenExecutor("gone")

    with pytest.raises(StudyError, match="executor: it broke down: BrokenExecutor: gone"):
        run_design(small, ["none"], SEEDS, Given(Broken()), Silent())


def test_interruption_says_how_far_it_came(small):
    class Interrupted(Here):
        stopped = False

        def each(self, function, tasks, tick=None):
            for done, task in enumerate(tasks):
                if done == 2:
                    raise KeyboardInterrupt
                yield function(task)

        def stop(self):
            self.stopped = True

    where = Interrupted()
    with pytest.raises(KeyboardInterrupt, match=r"^stopped after [2-6] of 7 runs \([0-9]+ s\); nothing was written$"):
        run_design(small, ["none"], SEEDS, where, Silent())
    assert where.stopped


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat_over_2000_runs(small):
    def megabytes():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    run_design(small, ARMS[1:], list(range(100)), Here(), Silent())
    before = megabytes()
    for begin in range(0, 900, 100):
        run_design(small, ARMS[1:], list(range(begin, begin + 100)), Here(), Silent())
    assert megabytes() - before < 50
