"""``answer``: the question of a system, asked of its scenario at a size that takes a minute or two."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, NamedTuple

from diffusion_sim.errors import StudyError, check_flag
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.study.plan import arms_and_seeds
from diffusion_sim.study.run.executors import Lost, Place
from diffusion_sim.study.run.places import check_sizes, place
from diffusion_sim.study.run.progress import Silent, make_progress
from diffusion_sim.systems.draws import draw_points
from diffusion_sim.systems.question import Question, question_of
from diffusion_sim.systems.results import Answer, answer_of

MOST_DRAWS = 100_000


class Task(NamedTuple):
    """One seed of the question, or one draw on its seeds."""

    number: int
    system: str
    sc: Scenario
    seeds: tuple[int, ...]
    point: dict[str, Any] | None  # values of a draw; None = the scenario's own numbers


def carry_out(task: Task) -> tuple[int, list[dict[str, Any]]]:
    """(number, rows) of a task; runs where tasks run. Of a draw the quantities alone, as one row."""
    question = question_of(task.system)
    if task.point is None:
        return task.number, [row | {"seed": seed} for seed in task.seeds for row in question.run(task.sc, seed)]
    sc = task.sc.override(task.point)
    return task.number, [mean_of([question.reckon(question.run(sc, seed)) for seed in task.seeds])]


def mean_of(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean of each quantity over the seeds on which it has a value."""
    means = {}
    for key in found[0]:
        known = [one[key] for one in found if not math.isnan(one[key])]
        means[key] = sum(known) / len(known) if known else math.nan
    return means


def answer(
    system: str,
    *,
    replicates: int | None = None,
    space: int = 0,
    seeds_a_draw: int = 2,
    rng: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> Answer:
    """Ask a shipped system its question.

    system : achievement_network, deeper_learning, ed_partners, improvement_networks or opportunity_culture.
    replicates : seeds, 2 or more; None = as many as take a minute or two on 2 cores. space : draws from the plausible
    ranges of all numbers and structures, on which it is counted whether each statement of the answer holds, each draw
    on ``seeds_a_draw`` seeds of its own; 0 = none. overrides : {dotted path: value}; what they set does not vary in
    the draws. rng, workers, executor, progress : as in ``compare``.

    Raises StudyError, ScenarioError or StrategyError for what cannot be asked.
    """
    from diffusion_sim.study.run.warm_up import warm_up

    question = question_of(system)
    check_flag(progress, "progress", StudyError, none=True)
    many = arms_and_seeds.whole(
        question.replicates if replicates is None else replicates, "replicates", 2, arms_and_seeds.MOST_REPLICATES
    )
    draws = arms_and_seeds.whole(space, "space", 0, MOST_DRAWS)
    each = arms_and_seeds.whole(seeds_a_draw, "seeds_a_draw", 1, 1_000)
    seeds = arms_and_seeds.seeds_of(first := arms_and_seeds.checked_rng(rng), many + each * draws)
    sc = load_scenario(system).override(dict(overrides or {}))
    question.check(sc)
    points = draw_points(sc, question.stated, draws, first) if draws else []
    where, shown = place(workers, executor), make_progress(progress)
    try:
        check_sizes([sc], where, False)
        warm_up(shown.say, sc)
        found = _each(tasks_of(question, sc, seeds[:many], points, seeds[many:]), where, shown)
    finally:
        shown.close()
    rows = [row for n in range(many) for row in found[n]]
    drawn = [found[many + n][0] for n in range(draws)]
    return answer_of(question, sc, rows, points, drawn, {"replicates": many, "rng": first, "seeds_a_draw": each})


def tasks_of(
    question: Question, sc: Scenario, seeds: Sequence[int], points: Sequence[dict[str, Any]], others: Sequence[int]
) -> list[Task]:
    """One task a seed, then one a draw with seeds of its own."""
    found = [Task(n, question.id, sc, (seed,), None) for n, seed in enumerate(seeds)]
    each = len(others) // len(points) if points else 0
    its = [tuple(others[each * n : each * (n + 1)]) for n in range(len(points))]
    return found + [Task(len(seeds) + n, question.id, sc, its[n], point) for n, point in enumerate(points)]


def _each(tasks: Sequence[Task], where: Place, shown: Silent) -> dict[int, list[dict[str, Any]]]:
    """Rows of every task by its number."""
    found: dict[int, list[dict[str, Any]]] = {}
    shown.phase("answer", len(tasks))
    try:
        for done in where.each(carry_out, tasks):
            if isinstance(done, Lost):
                raise StudyError(f"answer: a run did not come back: {done.reason}")
            found[done[0]] = done[1]
            shown.advance(1)
    except KeyboardInterrupt:
        where.stop()
        raise KeyboardInterrupt(f"stopped after {len(found)} of {len(tasks)} tasks; nothing was written") from None
    return found
