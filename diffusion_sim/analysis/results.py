"""What a comparison gives its user: tables, a figure, and a folder of files."""

from __future__ import annotations

import contextlib
import html
import importlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from diffusion_sim.analysis import paired
from diffusion_sim.analysis.accounts import users_account
from diffusion_sim.analysis.harm import harm
from diffusion_sim.errors import StoreError, StudyError, check_flag, encodable
from diffusion_sim.measures import MEASURE_INFO, compares
from diffusion_sim.study.provenance import strict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

T = TypeVar("T")

# Drawn above us: the one upward door, opened by name when a figure is asked for.
FIGURE = ("diffusion_sim.viz", "compare_figure")

# Text that a spreadsheet would run as a formula.
_FORMULA = ("=", "+", "-", "@")

# Tables of the comparison at equal spending that are saved.
_EQUAL_SPENDING = ("table", "differences", "runs", "spending", "harm")

# Tables that are not always there.
_SOMETIMES = ("harm", "at_full_intensity", "against_usual")

# What ``repr`` shows first, where the runs have it.
_HEADLINE = (
    *("exposure_low_income", "equity_ratio", "poorest_quarter", "equity_gap", "reach", "deep_use", "owned_share"),
    *("pupil_gain_sd", "sustained_deep_use_1y", "cost_per_pupil_year", "cost_total"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Strategies compared on the same seeds.

    table : strategy, measure, mean, sd, low, high, n
    differences : strategy, baseline, measure, difference, low, high, p_better, variance_factor, n; against ``none``
        without what says nothing there (``MeasureInfo.against_none``)
    harm : strategy, measure, worse, draws, share: in how many draws it leaves pupils' gain, of all or of the poorest
        quarter, below ``none``; empty where ``none`` did not run
    runs : one row a run: scenario, strategy, replicate, seed, status, error, seconds, outcomes
    flows : strategy, flow, mean per 100 teachers, difference to the baseline, low, high, n
    account : strategy, baseline, part, difference, low, high, n: what the difference in users is made of, adds up
    series : strategy, seed, week and measures, one row a week
    provenance : what was run: version, scenario, seeds, software; warnings : texts for the user
    at_full_intensity : differences of strategies that mandate to those that do not, as stated and with compliant use as
        intense as owned use (full_intensity.COLUMNS); empty where not asked for or nothing to compare
    against_usual : own rules of the user's against the usual ones, by strategy (usual_rules.COLUMNS); usual_series : as
        ``series``, with the usual rules; both empty where not asked for
    equal_spending : the comparison at equal spending, or None; its ``spending`` says who spent what
    notes : what must be said with the tables
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    runs: pd.DataFrame
    flows: pd.DataFrame
    series: pd.DataFrame
    provenance: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    at_full_intensity: pd.DataFrame = field(default_factory=pd.DataFrame)
    equal_spending: Comparison | None = None
    spending: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()
    account: pd.DataFrame = field(default_factory=pd.DataFrame)
    harm: pd.DataFrame = field(default_factory=pd.DataFrame)
    against_usual: pd.DataFrame = field(default_factory=pd.DataFrame)
    usual_series: pd.DataFrame = field(default_factory=pd.DataFrame)

    @classmethod
    def from_runs(
        cls,
        runs: pd.DataFrame,
        series: pd.DataFrame,
        *,
        baseline: str = paired.NONE,
        measures: Sequence[str] | None = None,
        provenance: Mapping[str, Any] | None = None,
        warnings: Sequence[str] = (),
        rng: int = 1,
        notes: Sequence[str] = (),
        **more: Any,
    ) -> Comparison:
        """Summarise ``runs``: columns and errors as in :mod:`diffusion_sim.analysis.paired`; rng : bootstrap seed.

        more : other fields of the class.
        """
        differences = paired.differences(runs, baseline, measures, rng=rng)
        of = zip(differences["measure"], differences["strategy"], strict=True)
        said = [compares(name, baseline, MEASURE_INFO) and compares(name, arm, MEASURE_INFO) for name, arm in of]
        return cls(
            table=paired.table(runs, measures, rng=rng),
            differences=differences[said].reset_index(drop=True),
            runs=runs,
            flows=paired.flows(runs, baseline),
            series=series,
            provenance=dict(provenance or {}),
            warnings=tuple(warnings),
            notes=tuple(notes),
            account=users_account(runs, baseline),
            harm=harm(runs),
            **more,
        )

    @property
    def failed(self) -> str:
        """A line on runs that failed and of which strategies they are; empty where none did."""
        lost = self.runs[self.runs["status"] != "ok"].groupby("strategy", sort=False).size()
        seeds = self.runs["seed"].nunique()
        whose = ", ".join(f"{name} {many} of {seeds}" for name, many in lost.items())
        return whose and (
            f"{int(lost.sum())} of {len(self.runs)} runs failed and are missing ({whose}); what is left may be biased, "
            "for what happens in a run may decide whether it fails"
        )

    def plot(self, ax: Axes | None = None) -> Figure:
        """The comparison's figure, drawn into ``ax`` where given. In a notebook, the last line of a cell shows it."""
        if "ipykernel" in sys.modules:
            with contextlib.suppress(ImportError):  # what is imported teaches the notebook to show figures
                importlib.import_module("matplotlib_inline.backend_inline")
        return _drawing()(self, ax)

    def save(self, dir: str | os.PathLike[str], plain_ids: bool = False) -> Path:
        """Write table, differences, runs, flows and account (.csv), figure.png, figure.svg and provenance.json.

        Where there is such: harm.csv, at_full_intensity.csv, against_usual.csv and
        equal_spending_{table,differences,runs,spending,harm}.csv as well.
        The folder is made where it does not exist; files of these names are replaced, others left alone. All files are
        written next to their places first and moved when all are there. plain_ids : text in CSV as it is, see
        ``write_csv``. Returns the folder. Raises StoreError.
        """
        check_flag(plain_ids, "plain_ids", StoreError)
        sometimes = [*_SOMETIMES, *(f"equal_spending_{name}" for name in _EQUAL_SPENDING)]
        return save_into(Path(dir), lambda aside: _write(self, aside, plain_ids), [f"{name}.csv" for name in sometimes])

    def __repr__(self) -> str:
        strategies = ", ".join(map(str, self.table["strategy"].unique()))
        return f"Comparison of {strategies}: {len(self.runs)} runs\n{self._headline().to_string()}"

    def _repr_html_(self) -> str:
        """The headline measures and the warnings, as escaped HTML."""
        warnings = "".join(f"<li>{html.escape(text)}</li>" for text in self.warnings)
        shown = self._headline().to_html(escape=True, na_rep="", float_format=lambda value: f"{value:.4g}")
        return (f"<ul>{warnings}</ul>" if warnings else "") + shown

    def _headline(self) -> pd.DataFrame:
        """Means of the main measures (of all where none of these is there), one row a strategy."""
        means = self.table.pivot(index="strategy", columns="measure", values="mean")
        names = [name for name in _HEADLINE if name in means.columns] or list(self.table["measure"].unique())
        return means.loc[self.table["strategy"].unique(), names].rename_axis(index=None, columns=None)


def _drawing() -> Callable[..., Figure]:
    """The function that draws a comparison."""
    room, name = FIGURE
    found = getattr(importlib.import_module(room), name, None)
    if found is None or not callable(found):
        found = getattr(importlib.import_module(f"{room}.{name}"), name)
    return found


def outside_stores(folder: Path) -> Path:
    """``folder``. Raises StoreError where it is the folder of a study's store, or within one."""
    from diffusion_sim.study.store.store import is_store

    whole = folder.resolve()
    for place in (whole, *whole.parents):
        if is_store(place):
            raise StoreError(
                f"dir: found '{folder}', which is {'' if place == whole else 'within '}the folder of a study's store; "
                "any other folder is allowed, for example one beside it"
            )
    return folder


def or_none(make: Callable[[], T], name: str, left_out: dict[str, str]) -> T | None:
    """What ``make`` gives; None where it raises StudyError, whose text ``left_out`` then has under ``name``."""
    try:
        return make()
    except StudyError as error:
        left_out[name] = str(error)
        return None


def save_into(folder: Path, write: Callable[[Path], None], sometimes: Iterable[str]) -> Path:
    """Have ``write`` put files into a folder beside their places, and move them into ``folder`` when all are there.

    The folder is made where it does not exist; files of these names are replaced. sometimes : names of files that are
    not always among them; those of an earlier save go. Returns the folder. Raises StoreError.
    """
    try:
        return _save_into(folder, write, sometimes)
    except OSError as error:
        raise StoreError(f"cannot write results into '{folder}': {error.strerror or error}") from error


def _save_into(folder: Path, write: Callable[[Path], None], sometimes: Iterable[str]) -> Path:
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Inside the folder, not beside it: the same file system even where the folder is a mount of its own.
        aside = Path(tempfile.mkdtemp(prefix=".saving-", dir=folder))
        try:
            write(aside)
            files = sorted(aside.iterdir())
            for file in files:
                if (folder / file.name).is_dir():
                    raise StoreError(f"cannot write results into '{folder}': '{file.name}' there is a folder")
            for file in files:
                os.replace(file, folder / file.name)
            for name in set(sometimes) - {file.name for file in files}:
                (folder / name).unlink(missing_ok=True)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except BaseException:
        if made and not any(folder.iterdir()):
            folder.rmdir()
        raise
    return folder


def _write(comparison: Comparison, folder: Path, plain: bool) -> None:
    for name in ("table", "differences", "runs", "flows", "account"):
        write_csv(getattr(comparison, name), folder / f"{name}.csv", plain)
    record = {**comparison.provenance, "warnings": list(comparison.warnings), **text_in_csv(plain)}
    if comparison.notes:
        record["notes"] = list(comparison.notes)
    for name in _SOMETIMES:
        if not getattr(comparison, name).empty:
            write_csv(getattr(comparison, name), folder / f"{name}.csv", plain)
    if comparison.equal_spending is not None:
        second = comparison.equal_spending
        for name in _EQUAL_SPENDING:
            write_csv(getattr(second, name), folder / f"equal_spending_{name}.csv", plain)
        record["equal_spending"] = {**second.provenance, "warnings": list(second.warnings), "notes": list(second.notes)}
    write_record(record, folder / "provenance.json")
    write_figure(comparison.plot, folder)


def write_record(record: Mapping[str, Any], path: Path) -> None:
    """Write a record as JSON."""
    text = json.dumps(strict(dict(record)), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_figure(draw: Callable[[], Figure], folder: Path) -> None:
    """Write what ``draw`` returns as figure.png and figure.svg."""
    import matplotlib

    # Without a date and with fixed ids, the same results give the same file.
    with matplotlib.rc_context({"svg.hashsalt": "diffusion-sim"}):
        figure = draw()
        figure.savefig(folder / "figure.png", dpi=150)
        figure.savefig(folder / "figure.svg", metadata={"Date": None})
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)


def text_in_csv(plain: bool) -> dict[str, str]:
    """What the record beside CSV files says of their text."""
    about = "as it is; a spreadsheet may run what begins with = + - @"
    guarded = (
        "what begins with = + - @ has an apostrophe before it, so that no spreadsheet runs it: take it off to join "
        "ids with tables of yours, or write again with --plain-ids (plain_ids=True); Parquet holds text as it is"
    )
    return {"text_in_csv": about if plain else guarded}


def write_csv(frame: pd.DataFrame, path: Path, plain: bool = False) -> None:
    """Write ``frame`` as UTF-8 CSV without index; numbers in full precision.

    Text that begins with = + - @ gets a leading apostrophe, so that no spreadsheet runs it; numbers do not. With
    ``plain`` all text stays as it is, but for what is no Unicode (see ``encodable``).
    """
    safe = frame.rename(columns=lambda name: _text(name, plain))
    for position, dtype in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            safe.isetitem(position, safe.iloc[:, position].astype(object).map(lambda cell: _text(cell, plain)))
    safe.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _text(cell: Any, plain: bool) -> Any:
    if not isinstance(cell, str):
        return cell
    return encodable(cell if plain or not cell.startswith(_FORMULA) else "'" + cell)
