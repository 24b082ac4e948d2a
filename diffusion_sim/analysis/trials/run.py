"""``run_trials``: published trials re-enacted, beside the figures that they published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, NamedTuple

from diffusion_sim.analysis.trials.ceiling import ceiling_case, run_ceiling
from diffusion_sim.analysis.trials.coaching import coaching_case, run_coaching
from diffusion_sim.analysis.trials.contrasts import contrasts_case, run_contrasts
from diffusion_sim.analysis.trials.network import FORMS, LOAD, network_case, run_network
from diffusion_sim.analysis.trials.published import CEILING, COACHING, CONTRASTS, NETWORK, TRIALS, published
from diffusion_sim.analysis.trials.rating import check_effect
from diffusion_sim.analysis.trials.space import OWN_SECTIONS, Draw, draw_points, run_draw
from diffusion_sim.analysis.trials.tables import TrialResults, results_of
from diffusion_sim.errors import StudyError, check_flag, nearest
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.study.plan import arms_and_seeds
from diffusion_sim.study.run.executors import Lost, Place
from diffusion_sim.study.run.places import check_sizes, place
from diffusion_sim.study.run.progress import Silent, make_progress

REPLICATES, SPACE, SEEDS_A_DRAW, MOST_DRAWS = 20, 100, 2, 100_000


class Task(NamedTuple):
    """A piece of work. trial : one of TRIALS, or "space"; number : its place; seeds : whose runs; labels : columns that
    its rows get; more : what else its function takes."""

    trial: str
    number: int
    sc: Scenario
    seeds: tuple[int, ...]
    labels: dict[str, Any]
    more: tuple[Any, ...]


def carry_out(task: Task) -> tuple[int, str, list[dict[str, Any]]]:
    """(number, trial, rows) of a task; runs where tasks run."""
    if task.trial == "space":
        return task.number, task.trial, [run_draw(task.sc, task.more[0], task.seeds)]
    function: Any = {
        COACHING: run_coaching, NETWORK: run_network, CEILING: run_ceiling, CONTRASTS: run_contrasts,
    }[task.trial]  # fmt: skip
    rows = [row | {"seed": seed} for seed in task.seeds for row in function(task.sc, seed, *task.more)]
    return task.number, task.trial, [task.labels | row for row in rows]


def run_trials(
    trials: Iterable[str] | None = None,
    *,
    space: int | None = None,
    replicates: int = REPLICATES,
    rng: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> TrialResults:
    """Re-enact published trials in the model, and say how many draws from the plausible ranges hold their figures.

    trials : of coaching, achievement_network, ceiling, contrasts; None = all. replicates : seeds of each, 2 or more.
    space : draws from all plausible ranges, 2 or more, or 0 = none; they need all of the first three; None = 100 where
    these are there, else none. overrides : {dotted path: value}, not of what a trial among them states itself; what
    they set does not vary in the draws. rng, workers,
    executor, progress : as in ``compare``.

    Raises StudyError or ScenarioError for what cannot be run as asked.
    """
    from diffusion_sim.study.run.warm_up import warm_up

    names = checked_trials(trials)
    check_flag(progress, "progress", StudyError, none=True)
    many = arms_and_seeds.whole(replicates, "replicates", 2, arms_and_seeds.MOST_REPLICATES)
    draws = checked_space(space, names)
    seeds = arms_and_seeds.seeds_of(first := arms_and_seeds.checked_rng(rng), many + SEEDS_A_DRAW * draws)
    sc = load_scenario(published().scenario).override(checked_overrides(overrides, names))
    check_effect(sc["pupils.effect"])
    points = draw_points(sc, draws, first, overrides or {}) if draws else []
    tasks = trial_tasks(sc, names, seeds[:many]) + space_tasks(sc, points, seeds[many:])
    where, shown = place(workers, executor), make_progress(progress)
    try:
        check_sizes([task.sc for task in tasks if task.trial != "space"], where, False)
        warm_up(shown.say, sc)
        rows = _rows(tasks, where, shown)
    finally:
        shown.close()
    return results_of(rows, points, sc, many, first)


def _rows(tasks: Sequence[Task], where: Place, shown: Silent) -> dict[str, list[dict[str, Any]]]:
    """Rows of every trial in the order of the tasks, whatever the order in which they came."""
    numbered: dict[int, tuple[str, list[dict[str, Any]]]] = {}
    shown.phase("trials", len(tasks))
    try:
        for found in where.each(carry_out, tasks):
            if isinstance(found, Lost):
                raise StudyError(f"trials: a run did not come back: {found.reason}")
            numbered[found[0]] = found[1:]
            shown.advance(1)
    except KeyboardInterrupt:
        where.stop()
        raise KeyboardInterrupt(f"stopped after {len(numbered)} of {len(tasks)} tasks; nothing was written") from None
    rows: dict[str, list[dict[str, Any]]] = {}
    for number in sorted(numbered):
        trial, its = numbered[number]
        rows.setdefault(trial, []).extend(its)
    return rows


def trial_tasks(sc: Scenario, names: Sequence[str], seeds: Sequence[int]) -> list[Task]:
    """The trials at the scenario's own numbers, one task a seed."""
    design, usual, reliability = published().designs, published().hours, published().reliability["value"]
    doses = tuple(float(hours) for hours in design[COACHING]["hours"])
    made: list[tuple[str, Scenario, dict[str, Any], tuple[Any, ...]]] = []
    if COACHING in names:
        for size in design[COACHING]["schools"]:
            made.append((COACHING, coaching_case(sc, size), {"schools": size}, (doses, reliability)))
    if NETWORK in names:
        for load in (published().load["value"], 0.0):
            for form in FORMS:
                labels = {"form": form, "load": load, "loaded": load > 0.0}
                made.append((NETWORK, network_case(sc, load), labels, (usual, form)))
    if CEILING in names:
        made.append((CEILING, ceiling_case(sc), {}, (doses, reliability)))
    if CONTRASTS in names:
        made.append((CONTRASTS, contrasts_case(sc), {}, (design[CONTRASTS]["strategy"],)))
    pieces = [(one, seed) for one in made for seed in seeds]
    return [Task(one[0], n, one[1], (seed,), one[2], one[3]) for n, (one, seed) in enumerate(pieces)]


def space_tasks(sc: Scenario, points: Sequence[Draw], seeds: Sequence[int]) -> list[Task]:
    """One task a draw; numbered after all others. Each has seeds of its own."""
    its = [tuple(seeds[SEEDS_A_DRAW * n : SEEDS_A_DRAW * (n + 1)]) for n in range(len(points))]
    return [Task("space", 1_000_000 + n, sc, its[n], {}, (point,)) for n, point in enumerate(points)]


# ---- what was asked --------------------------------------------------------------------------------------------------


def checked_trials(trials: Iterable[str] | None) -> list[str]:
    """Trials in the order of TRIALS. Raises StudyError: none, one that does not exist."""
    asked = list(TRIALS) if trials is None else arms_and_seeds.listed(trials, "trials", "names of trials")
    if not asked:
        raise StudyError(f"trials: none named; allowed: {', '.join(TRIALS)}")
    for name in asked:
        if name not in TRIALS:
            hint = nearest(str(name), TRIALS) or ";"
            raise StudyError(f"trials: found {name!r:.60}{hint} Allowed: {', '.join(TRIALS)}")
    return [name for name in TRIALS if name in asked]


def checked_space(space: Any, names: Sequence[str]) -> int:
    """Number of draws; None = the usual one, or 0 where not all trials with figures are run. Raises StudyError."""
    missing = [name for name in (COACHING, NETWORK, CEILING) if name not in names]
    if space is None:
        return 0 if missing else SPACE
    if isinstance(space, bool) or not isinstance(space, int) or not (space == 0 or 2 <= space <= MOST_DRAWS):
        allowed = f"0, for none, or a whole number from 2 to {MOST_DRAWS:,} is allowed"
        raise StudyError(f"space: found {space!r:.60}; {allowed}")
    if space and missing:
        raise StudyError(f"space: found {space}; draws need {', '.join(missing)}, too: name them, or leave space out")
    return space


def checked_overrides(overrides: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Any]:
    """Overrides that none of the trials states itself. Raises StudyError."""
    if overrides is not None and not isinstance(overrides, Mapping):
        raise StudyError(f"overrides: found {overrides!r:.60}; a mapping of dotted path to value is allowed")
    for path in overrides or {}:
        if path in {*published().states, LOAD} or str(path).partition(".")[0] in OWN_SECTIONS:
            raise StudyError(f"overrides: {path!s:.120} is stated by the trials themselves; docs/trials.md says how")
        if CEILING in names and path in published().designs[CEILING]["states"]:
            others = ", ".join(name for name in TRIALS if name != CEILING)
            raise StudyError(f"overrides: {path!s:.120} is stated by the ceiling itself; allowed with {others}")
    return dict(overrides or {})
