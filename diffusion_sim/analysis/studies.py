"""A study's results: its runs, and what they say."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from diffusion_sim.analysis import results as saving
from diffusion_sim.analysis import study_precision as precise
from diffusion_sim.analysis import study_tables as tables
from diffusion_sim.analysis import variance_shares as nested
from diffusion_sim.analysis.by_level import by_level
from diffusion_sim.analysis.cells import POINT, SCENARIO, Cells, direction
from diffusion_sim.analysis.harm import harm_by_cell
from diffusion_sim.analysis.study_best import best
from diffusion_sim.analysis.study_frame import frame_of
from diffusion_sim.errors import StoreError, StudyError, as_path
from diffusion_sim.study.plan.factor_columns import is_factor
from diffusion_sim.study.plan.structures import crossing
from diffusion_sim.study.provenance import environment

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from diffusion_sim.study.plan.spec import StudySpec
    from diffusion_sim.study.store.store import Store

FIGURE = ("diffusion_sim.viz.study_figure", "study_figure")  # drawn above us, loaded by name
_SOMETIMES = ("differences", "differences_by_scenario", "best", "precision", "variance_shares", "harm")  # tables
Loader = Callable[[], pd.DataFrame]


class Study:
    """Results of a study. Made by ``run_study`` and ``open_study``.

    spec : what the study file said. runs : one row a run: scenario, strategy, point, replicate, seed, status, error,
    seconds, p.<dotted path>..., structure.<key>..., label.<factor>..., measures (NaN = undefined, or the run failed).
    series, schools : quarterly measures and schools at the end, where the study keeps them, else empty; read when first
    asked for. provenance : of the store: versions, when it was begun, the study.

    With ``precision`` the replicates of a cell (scenario, point) after it was decided are left out of all tables.
    """

    def __init__(
        self,
        spec: StudySpec,
        runs: pd.DataFrame,
        *,
        series: Loader | None = None,
        schools: Loader | None = None,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        self.spec = spec
        self.provenance = dict(provenance or {})
        self._ran = precise.ran_by_cell(runs) if spec.precision is not None else {}
        apart = crossing(spec.structure)
        structures = () if apart is None else [factor.name for factor in apart.factors]
        self._all, cells, self._taken = len(runs), Cells(runs, structures), {}
        if spec.precision is not None:
            self._taken = precise.decided_after(cells, spec.precision)
            kept = precise.within(runs, self._taken)
            cells = cells if kept is runs else Cells(kept, structures)
        self._cells, self._series, self._schools = cells, series, schools

    # ---- what was run ------------------------------------------------------------------------------------------------
    @property
    def runs(self) -> pd.DataFrame:
        """One row a run."""
        return self._cells.runs

    @cached_property
    def series(self) -> pd.DataFrame:
        """One row a run and quarter: scenario, strategy, point, replicate, seed, week, measures."""
        return self._panel(self._series)

    @cached_property
    def schools(self) -> pd.DataFrame:
        """One row a run and school at the end of the run."""
        return self._panel(self._schools)

    def _panel(self, load: Loader | None) -> pd.DataFrame:
        return pd.DataFrame() if load is None else precise.within(load(), self._taken)

    @property
    def counts(self) -> dict[str, int]:
        """Runs that count, by status: ok, error, crashed; dropped : those of replicates after a cell was decided."""
        found = self.runs["status"].value_counts()
        counted = {status: int(found.get(status, 0)) for status in ("ok", "error", "crashed")}
        return {"runs": len(self.runs), **counted, "dropped": self._all - len(self.runs)}

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row a scenario and point: scenario, point, its factors (p.<path>, structure.<key>, label.<factor>)."""
        factors = [c for c in self.runs.columns if is_factor(c)]
        first = ~self.runs.duplicated(["scenario", "point"])
        return self.runs.loc[first, ["scenario", "point", *factors]].reset_index(drop=True)

    @property
    def strategies(self) -> list[str]:
        """Strategies in their order."""
        return list(self._cells.strategies)

    @property
    def factors(self) -> list[str]:
        """What varies: names of the space's factors, then structures (structure.<key>)."""
        structures = () if self.spec.structure is None else self.spec.structure.factors
        return [factor.name for factor in (*self.spec.space, *structures)]

    @property
    def design(self) -> tables.Design:
        """Kind of design, seeds, numbers of points and structures: what decides what an interval covers."""
        crossed, points = self._cells.crossed, len(self._cells.points)
        structures, points = (1, points) if crossed is None else crossed.table.shape
        return tables.Design(str(self.spec.design["kind"]), self.spec.seeds, points, structures)

    # ---- what it says ------------------------------------------------------------------------------------------------
    def differences(
        self,
        measures: Sequence[str] | None = None,
        by: str | None = POINT,
        *,
        baseline: str | None = None,
        contrasts: Sequence[Any] | None = None,
        ratios: str = tables.LINEAR,
    ) -> pd.DataFrame:
        """Paired differences with 95 % intervals.

        measures : names, None = the study's ``outcomes`` (all where it names none), against ``none`` alone without what
        says nothing there. by : "point" = each cell (scenario and point), "scenario" = each scenario over its points,
        None = over all points and scenarios, each scenario with the same weight. baseline : None = the study's;
        contrasts : instead, a list of "strategy - baseline". ratios : intervals of ratios of means: "linear" (t, of
        linearised values) or, by="point", "bootstrap" as ``compare``, which takes far longer: name the measures.

        Returns the group (scenario, point, its factors), strategy, baseline, measure, difference, low, high,
        p_better, variance_factor, n, runs, covers. n : independent values in the interval: replicates, or points where
        these are drawn (one value a point: the mean over its replicates). runs : pairs of runs. p_better : share of
        pairs where the strategy is better, plus half the ties. variance_factor : (var A + var B) / var(A - B) over the
        n values, of drawn points within points (NaN where none has 2 replicates); NaN for ratios. covers : what the
        interval is about, in words (all that occur also in ``.attrs["covers"]``): also "4 of 12 points", "1 of 2
        scenarios (its name)" where the others have no pair of runs; a pair without any has difference NaN and runs 0.
        Raises StudyError: an unknown measure or strategy, nothing to compare, no run that succeeded.
        """
        pairs, names = self._asked(measures, baseline, contrasts)
        found = tables.differences(self._cells, pairs, names, by, self.design, self.points, ratios)
        return tables.not_empty(found, names)

    def _asked(
        self, measures: Sequence[str] | None, baseline: str | None, contrasts: Sequence[Any] | None
    ) -> tuple[list[tuple[str, str]], list[str]]:
        """(pairs of strategies, measures) to compare. Raises StudyError."""
        self._cells.successful()
        pairs = tables.contrasts_of(self._cells, self.spec.baseline if baseline is None else baseline, contrasts)
        names = self._cells.measures(measures, self.spec.outcomes)
        return pairs, tables.speaking(names, pairs) if measures is None else names

    def by_level(
        self,
        measures: Sequence[str] | None = None,
        *,
        baseline: str | None = None,
        contrasts: Sequence[Any] | None = None,
    ) -> pd.DataFrame:
        """Paired differences at each level of each factor, over the points that have it, each with the same weight.

        Of a one_at_a_time design the points that differ from the first one in nothing but the factor; the first one's
        level is "as it is" where it has no label, or scenarios differ. Factors with more than 12 levels are left out.
        Returns factor, level (text), value (NaN for texts), and the columns of ``differences(by="scenario")``. Raises
        StudyError as that does, and where no factor has few levels.
        """
        pairs, names = self._asked(measures, baseline, contrasts)
        return by_level(self._cells, pairs, names, self.design, self.points, self.spec)

    def best(self, measures: Sequence[str] | None = None, by: str | None = SCENARIO) -> pd.DataFrame:
        """The strategy with the best mean, by group and measure, and whether that is decided.

        Means are those over the runs (seeds and points) that all ranked strategies have: a strategy that fails where
        outcomes are low gains nothing by it, and means of different points or scenarios are never ranked.
        measures : None = those of the study where one way is better. by : as in ``differences``.
        Returns the group, measure, best, mean, runner_up, better_by (best to runner-up, positive), p (of that
        difference, two-sided paired t test after Holm's correction over the whole table), verdict ("best", or "not
        decided: may be ..." with the strategies from which the best is not told apart at 5 %), better_than, p_better
        (share of pairs of runs where the best is better than the runner-up), not_ranked (strategies with so few runs
        that ranking them would take more than half of the others' away, in words), correction and covers in words.
        "smaller absolute" measures are compared by the distance of their means from 0. Raises StudyError.
        """
        names = self._cells.measures(measures, self.spec.outcomes)
        if measures is None:
            names = [name for name in names if direction(name) is not None]
            if not names:
                raise StudyError("measures: of none of the study's is more or less better, so no strategy is the best")
        return best(self._cells, names, by, self.design, self.points)

    def variance_shares(
        self,
        measures: Sequence[str] | None = None,
        *,
        baseline: str | None = None,
        contrasts: Sequence[Any] | None = None,
    ) -> pd.DataFrame:
        """What part of the spread of paired differences is chance, and what the parameters.

        Returns scenario, structure.<key> (each structure by itself), strategy, baseline, measure, chance_variance,
        parameter_variance, chance_share, parameter_share, low, high (95 % interval of parameter_share), points, n
        (differences), clipped (the estimate of parameter_variance was negative and is given as 0), interval (how it was
        made), covers. Of ratios the runs' own values count. Raises StudyError: points share seeds or have one.
        """
        pairs, names = self._asked(measures, baseline, contrasts)
        how = "drawn from their ranges" if self.design.drawn else "chosen: a share over these points"
        covers = f"single runs: seeds drawn anew within each point; points {how}"
        return nested.variance_shares(self._cells, pairs, names, covers)

    @property
    def precision(self) -> pd.DataFrame:
        """How many replicates the study's ``precision`` took, one row a cell.

        scenario, point, its factors, measure, strategy, baseline, wanted (half width), decided, replicates (that
        count), n (with a value), difference, half_width (reached), variance_factor, independent_seeds (how many seeds
        each strategy would have needed for this half width with seeds of its own: n x variance_factor), dropped
        (replicates run after the decision), covers. Raises StudyError where the study names no precision.
        """
        if self.spec.precision is None:
            raise StudyError(
                "the study file names no precision; add precision: {measure: ..., contrast: a - b, half_width: ...}"
            )
        return precise.precision_table(self._cells, self.spec.precision, self.points, self._ran, self._taken)

    # ---- figure and files --------------------------------------------------------------------------------------------
    def plot(self, measures: Sequence[str] | None = None, strategies: Sequence[str] | None = None) -> Figure:
        """The study's figure: differences by factor and strategy of a small design, else over the points.

        measures, strategies : lists of up to 4 and (by factor) 7 names; None = chosen for you, and the figure says what
        it leaves out. Raises StudyError.
        """
        room, name = FIGURE
        return getattr(importlib.import_module(room), name)(self, measures, strategies)

    def save(self, dir: str | os.PathLike[str], plain_ids: bool = False) -> Path:
        """Write runs, points, differences, differences_by_scenario, best and, where there are such, precision,
        variance_shares and harm (.csv), figure.png, figure.svg and provenance.json. A table or figure that the study
        cannot give, as the best of one strategy, is left out, and provenance.json says why. plain_ids : text as it is.
        Returns the folder. Raises StoreError, also for the folder of a store or one within it."""
        out = saving.outside_stores(as_path(dir, "folder to save into", StoreError))
        wanted: dict[str, Callable[[], pd.DataFrame]] = {
            "differences": self.differences,
            "differences_by_scenario": lambda: self.differences(by=SCENARIO),
            "best": self.best,
        }
        if self.spec.precision is not None:
            wanted["precision"] = lambda: self.precision
        if self.design.drawn and self.spec.seeds == "by_point":
            wanted["variance_shares"] = self.variance_shares
        left_out: dict[str, str] = {}
        found = {"runs": self.runs, "points": self.points, "harm": harm_by_cell(self.runs)}
        found = {name: table for name, table in found.items() if name != "harm" or len(table)}
        for name, make in wanted.items():
            table = saving.or_none(make, name, left_out)
            if table is not None:
                found[name] = table
        covers = {name: sorted(set(map(str, table["covers"]))) for name, table in found.items() if "covers" in table}

        def write(folder: Path) -> None:
            for name, table in found.items():
                saving.write_csv(table, folder / f"{name}.csv", plain_ids)
            saving.or_none(lambda: saving.write_figure(self.plot, folder), "figure", left_out)
            said = {"counts": self.counts, "covers": covers, "left_out": left_out, **saving.text_in_csv(plain_ids)}
            saving.write_record({**environment(), **self.provenance, **said}, folder / "provenance.json")

        return saving.save_into(out, write, [*(f"{name}.csv" for name in _SOMETIMES), "figure.png", "figure.svg"])

    def __repr__(self) -> str:
        counts = ", ".join(f"{number:,} {word}" for word, number in self.counts.items() if number and word != "runs")
        return (
            f"Study {self.spec.id}: {', '.join(self.strategies)} x {len(self._cells.scenarios)} scenario(s) x "
            f"{len(self._cells.points)} point(s), {self._cells.replicates} replicates at most; runs: {counts}"
        )


# ---- making one ------------------------------------------------------------------------------------------------------


def run_study(
    path: str | os.PathLike[str],
    workers: int | None = None,
    executor: Executor | Any = None,
    out: str | os.PathLike[str] | None = None,
    **how: Any,
) -> Study:
    """Run a study, or go on with one, and open its results.

    path : a study.yaml, its folder, or a folder of results. workers : processes, None = one a processor, 1 = this one;
    executor : any ``concurrent.futures.Executor`` or a dask client. out : folder of results, None = ``results`` beside
    the file. Further keywords (dask, shard, timeout, any_version, allow_code, progress) as of ``study.commands.start``.

    What its store holds is not run again; a run that fails is a row with its error. Raises StudyError, ScenarioError,
    StrategyError and StoreError before anything runs for what cannot be run as asked; StudyError where no run is left
    to show; KeyboardInterrupt, saying how to go on.
    """
    from diffusion_sim.study.commands import start

    finished = start(path, out, workers=workers, executor=executor, **how)
    return open_study(finished.folder, any_version=bool(how.get("any_version", False)))


def open_study(dir: str | os.PathLike[str], *, any_version: bool = False) -> Study:
    """The results in a store, finished or not; any number of processes may read while one writes.

    dir : the store, or the folder of a study.yaml with its ``results``. any_version : also of another model version.
    Raises StoreError: no store there, damaged, of another version. StudyError: it has no runs yet.
    """
    from diffusion_sim.study.status import RESULTS
    from diffusion_sim.study.store.store import Store, is_store

    folder = as_path(dir, "folder of results", StoreError)
    folder = folder / RESULTS if is_store(folder / RESULTS) and not is_store(folder) else folder
    with Store.open(folder, any_version=any_version) as store:
        return from_store(store)


def from_store(store: Store) -> Study:
    """The results in an open store."""
    from diffusion_sim.study.commands import spec_of

    manifest, runs = store.manifest, frame_of(store.load("runs"))
    if runs.empty:
        raise StudyError(f"{store.folder}: has no runs yet; `diffusion-sim study run` makes them")
    record = {key: value for key, value in manifest.items() if key not in ("points", "columns")}
    return Study(
        spec_of(manifest),
        runs,
        series=lambda: frame_of(store.load("series")),
        schools=lambda: frame_of(store.load("schools")),
        provenance=record,
    )
