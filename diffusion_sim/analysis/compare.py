"""Comparing strategies: the same schools, teachers and draws for all of them, seed by seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from typing import Any, NamedTuple

import pandas as pd

from diffusion_sim.analysis import designation, per_pupil, usual_rules
from diffusion_sim.analysis import equal_spending as spending
from diffusion_sim.analysis import full_intensity as full
from diffusion_sim.analysis.arms import BOUGHT, NONE
from diffusion_sim.analysis.results import Comparison
from diffusion_sim.errors import StudyError, check_flag
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.study.plan import arms_and_seeds
from diffusion_sim.study.provenance import provenance
from diffusion_sim.study.run.executors import Place
from diffusion_sim.study.run.places import check_sizes, place
from diffusion_sim.study.run.progress import Silent, make_progress
from diffusion_sim.study.run.warm_up import warm_up
from diffusion_sim.world.size import counts, run_seconds

_WORTH_WORKERS = 6.0  # seconds of work from which worker processes, which take seconds to start, save time


def compare(
    case: Any,
    strategies: Iterable[str] | None = None,
    *,
    baseline: str = NONE,
    replicates: int = 50,
    rng: int = 1,
    workers: int | None = None,
    measures: Iterable[str] | None = None,
    ensemble: str | None = "auto",
    equal_spending: bool = False,
    executor: Executor | None = None,
    allow_code: bool = False,
    overrides: Mapping[str, Any] | None = None,
    rules: Mapping[str, Any] | None = None,
    full_intensity: bool | None = None,
    against_usual: bool = False,
    progress: bool | None = None,
    any_size: bool = False,
) -> Comparison:
    """Run strategies on the same seeds and say what each does, and by how much it differs from ``baseline``.

    case : Scenario, id or path. strategies : ids, None = the scenario's ``compare`` list; ``baseline`` runs too.
    replicates : seeds, derived from ``rng``; the first n are the same for more of them. workers : processes, 1 = this
    one, None = one a processor where that saves time; or ``executor``, any ``concurrent.futures.Executor``.
    measures : names for the tables, None = all. equal_spending : a second comparison with one smaller pot for all.
    full_intensity : also with compliant use as intense as owned use; None = where strategies that mandate meet
    strategies that do not, on a quarter of the seeds (5 at least). ensemble : "auto" (none in this version).
    overrides : {dotted path: value}. rules : {rule: "file.py:function"} of your own instead of the built-in ones
    (docs/rules.md), with allow_code=True; against_usual : also with the usual rules, on the same seeds, for the table
    ``against_usual`` and the figure. allow_code : may code of yours run. progress : False = silent. any_size : run also
    where the worlds are larger than this machine's memory.

    The result depends on case, strategies, seeds and overrides alone, bit for bit on one type of machine. A run that
    fails is a row with status "error", or "crashed" where it took its worker process with it, twice, alone; a warning
    counts them, and differences are over seeds on which both strategies ran. Own code that may end its process needs
    workers other than 1. Raises ScenarioError, PopulationError, StrategyError or StudyError before anything runs for
    what cannot be run as asked; StudyError where all runs fail, or all of ``baseline``.
    """
    check_flag(full_intensity, "full_intensity", StudyError, none=True)
    check_flag(progress, "progress", StudyError, none=True)
    check_flag(any_size, "any_size", StudyError)
    check_flag(against_usual, "against_usual", StudyError)
    plan = _checked(case, strategies, baseline, replicates, rng, overrides, rules, ensemble, equal_spending, allow_code)
    if against_usual:
        usual_rules.check_own(plan.sc)
    apart = workers is None and arms_and_seeds.own_code(plan.sc, plan.arms)
    where = place(workers, executor, apart)
    if workers is None and executor is None and not apart and plan.seconds() < _WORTH_WORKERS:
        where = place(1, None)
    wanted = _Wanted(full_intensity, equal_spending, against_usual, allow_code)
    check_sizes([plan.sc], where, any_size)
    names = _checked_world(plan, measures)
    compiled, main, at_full, equal, usual, missing = _run_all(plan, where, make_progress(progress), wanted)
    second = None
    if equal is not None:
        said = [*equal.notes, *missing.get(spending.STRETCHED, [])]
        second = _comparison(equal.runs, plan, names, compiled, spending=equal.table, notes=said)
    table = pd.DataFrame(columns=full.COLUMNS) if at_full is None else at_full
    notes = [*full.summary(table, plan.sc), *full.notes(table, plan.sc), *missing.get(full.WHAT, [])]
    notes += designation.notes(main.frame(), plan.sc)
    more: dict[str, Any] = {"at_full_intensity": table, "equal_spending": second, "notes": notes}
    if usual is not None:
        notes += missing.get(usual_rules.WHAT, [])
        more["against_usual"] = usual_rules.own_against_usual(main.frame(), usual.frame(), names)
        more["usual_series"] = usual.series_frame()
    return _comparison(main, plan, names, compiled, **more)


class _Plan(NamedTuple):
    """What is compared."""

    sc: Scenario
    arms: list[str]
    baseline: str
    rng: int
    seeds: list[int]

    def seconds(self) -> float:
        """About how long it takes on one processor. Raises PopulationError for a table of no use."""
        runs, teachers = len(self.seeds) * len(self.arms), counts(self.sc)[1]
        return run_seconds(runs, teachers, arms_and_seeds.weeks_of(self.sc))


class _Wanted(NamedTuple):
    """What runs beside the comparison as stated."""

    full_intensity: bool | None
    equal_spending: bool
    against_usual: bool
    allow_code: bool


def _checked(
    case: Any,
    strategies: Iterable[str] | None,
    baseline: str,
    replicates: Any,
    rng: Any,
    overrides: Mapping[str, Any] | None,
    rules: Mapping[str, Any] | None,
    ensemble: Any,
    equal_spending: Any,
    allow_code: Any,
) -> _Plan:
    """What is to be compared; raises as ``compare`` does."""
    count = arms_and_seeds.whole(replicates, "replicates", 1, arms_and_seeds.MOST_REPLICATES)
    seeds = arms_and_seeds.seeds_of(arms_and_seeds.checked_rng(rng), count)
    check_flag(equal_spending, "equal_spending", StudyError)
    check_flag(allow_code, "allow_code", StudyError)
    if ensemble is not None and (not isinstance(ensemble, str) or ensemble != "auto"):
        raise StudyError(f"ensemble: found {ensemble!r:.60}; this version has none, so only 'auto' is allowed")
    sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
    sc = arms_and_seeds.with_rules(sc.override(overrides), rules, allow_code)
    arms = arms_and_seeds.arms_of(sc, strategies, baseline, allow_code)
    if equal_spending and arms == [NONE]:
        raise StudyError("equal_spending: needs a strategy other than none")
    return _Plan(sc, arms, baseline, rng, seeds)


def _checked_world(plan: _Plan, measures: Iterable[str] | None) -> list[str] | None:
    """Names of measures to show; raises for measures, a table or ties of no use."""
    # loads compiled code: not needed to refuse what is wrong before
    from diffusion_sim.study.plan.outcomes import known_outcomes
    from diffusion_sim.world.build import check_ties, load_population

    known = [*known_outcomes(), *(BOUGHT if NONE in plan.arms else ())]
    names = arms_and_seeds.checked_measures(measures, known)
    check_ties(plan.sc, load_population(plan.sc, plan.seeds[0]))
    return names


def _run_all(
    plan: _Plan, where: Place, shown: Silent, wanted: _Wanted
) -> tuple[float, Any, pd.DataFrame | None, Any, Any, dict[str, list[str]]]:
    """(seconds of compiling, runs as stated, differences at full intensity, runs at equal spending, runs with the usual
    rules, what are the runs of -> a line where some of them are missing)."""
    from diffusion_sim.study.run.in_memory import run_design

    missing = {}

    def run(scenario: Scenario, ids: Iterable[str], count: int, what: str) -> Any:
        seeds, allow = plan.seeds[:count], wanted.allow_code
        found = run_design(scenario, list(ids), seeds, where, shown, what=what, allow_code=allow)
        missing[what] = found.missing(f"{what}: ")
        return found

    try:
        compiled = warm_up(shown.say, plan.sc)
        main = run(plan.sc, plan.arms, len(plan.seeds), "runs")
        main.refuse_all_failed(plan.baseline)
        at_full = full.at_full_intensity(main, run, wanted=wanted.full_intensity)
        usual = usual_rules.with_usual_rules(main, run) if wanted.against_usual else None
        equal = spending.at_equal_spending(main, run) if wanted.equal_spending else None
        if equal is not None:
            equal.runs.refuse_all_failed(plan.baseline)
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(str(stopped) or "stopped before the first run; nothing was written") from None
    finally:
        shown.close()
    return compiled, main, at_full, equal, usual, missing


def _comparison(runs: Any, plan: _Plan, names: list[str] | None, compiled: float, **more: Any) -> Comparison:
    """Tables of these runs, with the record of what was run."""
    record = provenance(
        runs.scenario,
        strategies=plan.arms,
        baseline=plan.baseline,
        replicates=len(plan.seeds),
        rng=plan.rng,
        seeds=plan.seeds,
        weeks_support=WEEKS_PER_YEAR * int(plan.sc["programme.years_support"]),
        weeks=runs.series.shape[2] - 1,
        failed_runs=len(runs.errors),
        seconds_compiling=round(compiled, 1),
    )
    frame = runs.frame()
    if "spending" in more:  # said in dollars of all schools
        more["notes"] = [*more["notes"], *per_pupil.said(frame, "equal spending")]
    return Comparison.from_runs(
        frame,
        runs.series_frame(),
        baseline=plan.baseline,
        measures=names,
        provenance=record,
        warnings=[*runs.scenario.warnings, *runs.missing()],
        rng=plan.rng,
        **more,
    )
