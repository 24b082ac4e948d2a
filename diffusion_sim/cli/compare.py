"""``compare``: the arms' measures, what differs from the baseline, and which flows make the difference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diffusion_sim.analysis import harm
from diffusion_sim.cli import show
from diffusion_sim.cli.compare_tables import (
    HEADLINE,
    baseline_of,
    show_account,
    show_harm,
    show_measures,
    show_ratio,
    title_and_unit,
)
from diffusion_sim.cli.why import reasons
from diffusion_sim.scenario import Scenario
from diffusion_sim.strategies import make_strategy


def check_strategies(sc: Scenario, strategies: Sequence[str] | None, baseline: str, allow_code: bool) -> None:
    """Raises StrategyError for an id that cannot be run, before anything is written or computed."""
    for name in [*(strategies or []), baseline]:
        make_strategy(name, sc, allow_code)


def as_said(sc: Scenario, comparison: Any, out: Path | None, files: Sequence[str]) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        "scenario": {"id": sc.id, "digest": sc.digest, "overrides": dict(sc.overrides)},
        "table": comparison.table,
        "differences": comparison.differences,
        "flows": comparison.flows,
        "account": comparison.account,
        "harm": _harm(comparison),
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
    return {"spending": equal.spending, "table": equal.table, "differences": equal.differences, "harm": _harm(equal),
            "notes": _notes(equal)}  # fmt: skip


def _harm(comparison: Any) -> dict[str, Any]:
    """In how many draws who is worse off than without a programme, as numbers and in words."""
    return {"table": comparison.harm, "said": harm.said(comparison.harm)}


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
    baseline = baseline_of(comparison)
    seeds = comparison.runs["seed"].nunique()
    but = ", but for those that failed," if comparison.failed else ""
    show.text(
        f"{seeds} runs of each strategy{but} on the same seeds; difference to {baseline}: paired, 95 % intervals"
    )
    show_harm(harm.said(comparison.harm))
    show_measures(comparison, baseline)
    show_ratio(comparison)
    show_account(comparison, baseline)
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


def _show_why(comparison: Any, baseline: str) -> None:
    found = reasons(comparison.flows, baseline)
    if not found:
        return
    show.text(f"Why: what happened more or less often than under {baseline}, per 100 teachers, whole run", "bold")
    for strategy, said in found.items():
        show.lines([strategy])
        show.lines(said, "    ")
