"""``budget``: what money buys, in the terminal: what is not beaten first, then the table of all points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from diffusion_sim.analysis.arms import NONE
from diffusion_sim.cli import show
from diffusion_sim.cli.compare_tables import title_and_unit
from diffusion_sim.cli.show import NOTHING

_MONEY = "US dollars per pupil"


def numbers_of(words: Sequence[str] | None) -> list[float] | None:
    """``--budgets`` as numbers. Raises a usage error."""
    if words is None:
        return None
    try:
        return [float(word) for word in words]
    except ValueError:
        raise click.UsageError(
            f"--budgets {','.join(words)}: numbers between commas are allowed, for example 1000,2500,5900"
        ) from None


def as_said(found: Any, files: Sequence[str]) -> dict[str, Any]:
    """What --json prints."""
    sc = found.scenario
    return {
        "scenario": {"id": sc.id, "digest": sc.digest, "overrides": dict(sc.overrides)},
        "measure": found.measure,
        "lines": found.lines,
        "harm": found.harm,
        "table": found.table,
        "front": found.front,
        "notes": found.notes,
        "provenance": found.provenance,
        "files": list(files),
    }


def show_page(found: Any, out: Path | None, files: Sequence[str]) -> None:
    """Print it."""
    title, unit = title_and_unit(found.measure)
    show.heading(f"{found.scenario.title}: what money buys")
    show.changes(found.scenario.changed)
    show.text(f"{title[0].upper()}{title[1:]} ({unit}): who is not beaten", "bold")
    show.lines(found.lines)
    show.text("Harm", "bold")
    show.lines(found.harm)
    show.text("All points; budget: US dollars per post and year of support; net: a pupil and year of the run", "bold")
    columns = ["strategy", "budget", "net", found.measure, "95 % interval", "more than none", "its interval", "front"]
    show.table(columns, _rows(found.table, unit), right=columns[1:-1])
    show.closing(found.notes, out, files)


def _rows(table: Any, unit: str) -> list[Any]:
    """A row a point, strategies apart by a line."""
    rows: list[Any] = []
    for row in table.itertuples(index=False):
        if rows and rows[-1][0] != row.strategy:
            rows.append(None)
        verdict = "yes" if row.on_front else f"beaten by {row.beaten_by}" if row.beaten_by else NOTHING
        budget = NOTHING if np.isnan(row.budget) else f"{row.budget:,.10g}"
        difference = NOTHING if row.strategy == NONE else show.number(row.difference, unit, signed=True)
        rows.append(
            [row.strategy, budget, show.number(row.net, _MONEY), show.number(row.value, unit),
             show.interval(row.low, row.high, unit), difference,
             show.interval(row.difference_low, row.difference_high, unit),
             verdict + (f"; {row.mark}" if row.mark else "")]
        )  # fmt: skip
    return rows
