"""``compare``: the arms' measures, what differs from the baseline, and which flows make the difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diffusion_sim.analysis.accounts import TOTAL
from diffusion_sim.cli import show
from diffusion_sim.cli.why import reasons
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END
from diffusion_sim.scenario import Scenario
from diffusion_sim.strategies import make_strategy

# Measures on the page, in this order, as far as they exist; the files hold every measure.
HEADLINE = (
    "reach",
    "reach_support_end",
    "deep_use",
    "mean_depth",
    "owned_share",
    "equity_gap",
    "equity_gap_reach",
    "sustained_deep_use_1y",
    "sustained_deep_use_2y",
    "pupil_gain_sd",
    "cost_total",
    "cost_per_pupil_year",
    "cost_per_sustained_user",
    "cost_per_additional_deep_user",
    "cost_per_tenth_sd",
)
_ROOM = 92  # columns below which the table leaves out how many seeds agree
_TITLES = {
    "cost_per_additional_deep_user": ("cost per additional deep user, against none", "US dollars"),
    "cost_per_tenth_sd": ("net cost per pupil for .1 SD of pupils' gain, against none", "US dollars"),
}


def check_strategies(sc: Scenario, strategies: Sequence[str] | None, baseline: str, allow_code: bool) -> None:
    """Raises StrategyError for an id that cannot be run, before anything is written or computed."""
    for name in [*(strategies or []), baseline]:
        make_strategy(name, sc, allow_code)


def title_and_unit(measure: str) -> tuple[str, str]:
    """How a table calls a measure."""
    if measure in _TITLES:
        return _TITLES[measure]
    stem = measure.removesuffix(SUPPORT_END)
    info = (MEASURE_INFO | COMPARED)[stem]
    return info.title + (" at the end of support" if stem != measure else ""), info.unit


def as_said(sc: Scenario, comparison: Any, out: Path | None, files: Sequence[str]) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        "scenario": {"id": sc.id, "digest": sc.digest, "overrides": dict(sc.overrides)},
        "table": comparison.table,
        "differences": comparison.differences,
        "flows": comparison.flows,
        "account": comparison.account,
        "at_full_intensity": comparison.at_full_intensity,
        "against_usual": comparison.against_usual,
        "equal_spending": _second(comparison.equal_spending),
        "failed": comparison.failed,
        "notes": _notes(comparison),
        "provenance": comparison.provenance,
        "files": [str(out / name) for name in files] if out is not None else [],
    }


def _second(equal: Any) -> dict[str, Any] | None:
    if equal is None:
        return None
    return {"spending": equal.spending, "table": equal.table, "differences": equal.differences, "notes": _notes(equal)}


def _notes(comparison: Any) -> list[str]:
    return [*comparison.warnings, *comparison.notes]


def show_page(sc: Scenario, comparison: Any, out: Path | None, files: Sequence[str]) -> None:
    """Print it."""
    show.heading(sc.title)
    show.lines([sc.question])
    show.changes(comparison.provenance.get("changed", []))
    if comparison.failed:
        show.text(comparison.failed, "bold yellow")
    _show_tables(comparison)
    _show_usual(comparison)
    if comparison.equal_spending is not None:
        show.text("The same at equal spending", "bold")
        _show_tables(comparison.equal_spending)
        show.lines(_notes(comparison.equal_spending))
    show.closing(_notes(comparison), out, files)


def _show_tables(comparison: Any) -> None:
    baseline = _baseline(comparison)
    seeds = comparison.runs["seed"].nunique()
    but = ", but for those that failed," if comparison.failed else ""
    show.text(
        f"{seeds} runs of each strategy{but} on the same seeds; difference to {baseline}: paired, 95 % intervals"
    )
    columns = ["measure and strategy", "mean", "difference", "95 % interval", "better in"]
    columns = columns if show.width() >= _ROOM else columns[:-1]
    rows = [row and row[: len(columns)] for row in _rows(comparison, baseline)]
    show.table(columns, rows, right=columns[1:])
    _show_account(comparison, baseline)
    _show_why(comparison, baseline)


def _show_usual(comparison: Any) -> None:
    """What the user's own rules change."""
    found = comparison.against_usual
    if found.empty:
        if comparison.provenance.get("rules"):
            show.lines(["--against-usual runs the same with the usual rules beside it and shows what yours change."])
        return
    show.text("What your rules change: own rules - usual rules, on the same seeds", "bold")
    rows: list[Any] = []
    for name, block in found[found["measure"].isin(HEADLINE)].groupby("measure", sort=False):
        title, unit = title_and_unit(str(name))
        rows += [None, [f"{title} ({unit})", "", "", "", ""]]
        rows += [
            [f"  {row.strategy}", show.number(row.usual, unit), show.number(row.own, unit),
             show.number(row.difference, unit, signed=True), show.interval(row.low, row.high, unit)]
            for row in block.itertuples(index=False)
        ]  # fmt: skip
    columns = ["measure and strategy", "usual", "own", "difference", "95 % interval"]
    show.table(columns, rows[1:], right=columns[1:])


def _baseline(comparison: Any) -> str:
    found = comparison.differences["baseline"]
    return str(found.iloc[0]) if len(found) else str(comparison.table["strategy"].iloc[0])


def _rows(comparison: Any, baseline: str) -> list[Any]:
    means = comparison.table.set_index(["measure", "strategy"])
    differences = comparison.differences.set_index(["measure", "strategy"])
    strategies = list(dict.fromkeys(comparison.table["strategy"]))
    present = set(comparison.table["measure"])
    names = [name for name in HEADLINE if name in present] or list(dict.fromkeys(comparison.table["measure"]))
    rows: list[Any] = []
    for name in names:
        title, unit = title_and_unit(name)
        block = []
        for strategy in strategies:
            if (name, strategy) not in means.index:
                continue
            cells = [f"  {strategy}", show.number(float(means.loc[(name, strategy), "mean"]), unit), "", "", ""]
            if strategy != baseline and (name, strategy) in differences.index and name not in _TITLES:
                row = differences.loc[(name, strategy)]
                better = float(row["p_better"])
                cells[2] = show.number(float(row["difference"]), unit, signed=True)
                cells[3] = show.interval(float(row["low"]), float(row["high"]), unit)
                cells[4] = show.NOTHING if better != better else f"{better:.0%}"
            block.append(cells)
        if all(cells[1] == show.NOTHING for cells in block):
            continue  # defined for no arm, such as what is left two years on in a shorter run
        rows += [[f"{title} ({unit})", "", "", "", ""], *block, None]
    return rows[:-1]


def _show_why(comparison: Any, baseline: str) -> None:
    found = reasons(comparison.flows, baseline)
    if not found:
        return
    show.text(f"Why: what happened more or less often than under {baseline}, per 100 teachers, whole run", "bold")
    for strategy, said in found.items():
        show.lines([strategy])
        show.lines(said, "    ")


def _show_account(comparison: Any, baseline: str) -> None:
    """What the difference in users is made of: one column a strategy, rows that add up."""
    account = comparison.account
    if account.empty:
        return
    show.text(f"Where the difference in users comes from: per 100 teachers, against {baseline}; adds up", "bold")
    parts = account.pivot(index="part", columns="strategy", values="difference")
    parts = parts.loc[account["part"].unique(), account["strategy"].unique()]
    parts = parts[(parts.abs() >= 0.05).any(axis=1) | (parts.index == TOTAL)]
    rows: list[Any] = [
        [part, *(show.NOTHING if math.isnan(x) else f"{x:+.1f}" for x in row)]
        for part, row in zip(parts.index, parts.to_numpy(), strict=True)
    ]
    show.table(["part", *map(str, parts.columns)], [*rows[:-1], None, rows[-1]], right=list(map(str, parts.columns)))
