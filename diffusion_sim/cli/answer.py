"""``answer``: the question of a system in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diffusion_sim.cli import show
from diffusion_sim.cli.show import NOTHING


def as_said(found: Any, files: list[str]) -> dict[str, Any]:
    """What --json prints."""
    head = {name: getattr(found, name) for name in ("system", "question", "lines", "cost", "harm")}
    tables = {"quantities": found.quantities, "statements": found.statements, **found.tables}
    tables |= {"drivers": found.drivers} if len(found.draws) else {}
    return {**head, **tables, "provenance": found.provenance, "files": files}


def _here(row: Any) -> str:
    return ("yes" if row["holds"] else "no") + ("" if row["told"] else " (not told from chance)")


def show_page(found: Any, out: Path | None, files: list[str]) -> None:
    """Print it: the answer first."""
    show.heading(found.question)
    show.changes(found.scenario.changed)
    show.lines(found.lines)
    for title, said in (("Cost", found.cost), ("Harm", found.harm)):
        show.text(title, "bold")
        show.lines(said)
    show.text("Does it hold?", "bold")
    drawn = len(found.draws)
    rows = [
        (row["text"], _here(row), f"{row['holds_in']} of {drawn}" if drawn else NOTHING)
        for row in found.statements.to_dict("records")
    ]
    show.table(["statement", "at the scenario's numbers", "draws from the plausible ranges"], rows)
    notes = [f"intervals cover chance between {found.provenance['replicates']} seeds only"]
    if not drawn:
        notes.append(f"whether it holds over the plausible ranges: diffusion-sim answer {found.system} --space 200")
    show.closing([*notes, *found.scenario.warnings], out, files)
