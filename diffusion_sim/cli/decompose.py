"""``decompose``: what part of an effect each mechanism carries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diffusion_sim.analysis.results import write_csv
from diffusion_sim.cli import show
from diffusion_sim.cli.compare_tables import show_harm, title_and_unit
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.mechanisms import mechanisms

FILE = "decomposition.csv"


def write(found: Any, out: Path) -> list[str]:
    """Write the table into the folder; returns the names of files."""
    out.mkdir(parents=True, exist_ok=True)
    write_csv(found, out / FILE)
    return [FILE]


def show_page(sc: Scenario, found: Any, out: Path | None, files: Sequence[str]) -> None:
    """Print it: one table a strategy and measure, mechanisms by the size of their part."""
    show.heading(f"{sc.title}: what carries the effects")
    show.changes(found.attrs["changed"])
    for line in found.attrs["notes"]:
        show.text(line, "bold yellow")
    for (strategy, measure), rows in found.groupby(["strategy", "measure"], sort=False):
        baseline = rows["baseline"].iloc[0]
        if strategy == baseline:
            continue
        title, unit = title_and_unit(measure)
        effect = show.number(float(rows["effect"].iloc[0]), unit, signed=True)
        show.text(f"{strategy} - {baseline}, {title} ({unit}): {effect}", "bold")
        ordered = rows.reindex(rows["part"].abs().sort_values(ascending=False).index)
        cells = [
            (
                mechanisms()[row.mechanism].title,
                show.number(float(row.effect_without), unit, signed=True),
                show.number(float(row.part), unit, signed=True),
                show.interval(float(row.low), float(row.high), unit),
            )
            for row in ordered.itertuples(index=False)
        ]
        columns = ["mechanism", "effect without it", "its part", "95 % interval"]
        show.table(columns, cells, right=columns[1:])
    show_harm(found.attrs["harm"])
    notes = ["mechanisms work together: parts do not add up to the whole", "intervals cover chance between seeds only"]
    show.closing([*sc.warnings, *notes], out, files)
