"""``patterns``: the model held against empirical patterns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusion_sim.cli import show
from diffusion_sim.cli.files import said_otherwise
from diffusion_sim.patterns.check import SEEDS
from diffusion_sim.patterns.page import (
    FIRST,
    READING,
    RULES,
    interval,
    number,
    said_verdict,
    side_by_side,
    space_words,
)
from diffusion_sim.scenario.ranges_lock import DRAWN


def command_of(out: Path, said: Mapping[str, Any]) -> str:
    """The command line that makes the page again, without what changes nothing in it."""
    usual = {"rows": None, "seeds": SEEDS, "no_off": False, "off": None, "space": 0, "space_seeds": 1, "rng": 1}
    return " ".join(["diffusion-sim patterns", *said_otherwise(said, usual), f"--out {out}"])


def show_page(found: Any, out: Path | None, files: list[str]) -> None:
    """Print the table of rows, then what each row's conditions came to."""
    show.heading("Patterns")
    show.lines([FIRST, RULES], "")
    show.text(f"ranges.lock {found.digest}, model {found.model}, {found.seeds} seeds", "bold")
    for note in found.notes:
        show.text(note, "bold yellow")
    columns = ["row", "pattern", "use", "literal", "sharper", "off"] + ["space"] * (found.draws > 0)
    cells = [
        (one.row, _short(one.title, 30), one.use, one.literal, said_verdict(one.sharper, one.close),
         one.sharper_off or "-", *([space_words(one) or "-"] * (found.draws > 0)))
        for one in found.rows.itertuples()
    ]  # fmt: skip
    show.table(columns, cells)
    for row, table in found.conditions.groupby("row", sort=False):
        _conditions(row, table, found)
    notes = [READING, "off: the sharper reading with the row's mechanism switched off"]
    if found.draws:
        notes.append(f"space: n of {found.draws} {DRAWN}, "
                     f"{found.draw_seeds} seed(s) each, hold the sharper reading")  # fmt: skip
    empty = found.rows["row"][found.rows["evidence"].str.startswith("holds")].tolist()
    if empty:
        notes.append(f"no evidence for their mechanism, since they hold without it: {', '.join(empty)}")
    notes += [f"{one.id} is not measured: {one.reason}" for one in found.not_measured.itertuples()]
    show.closing(notes, out, files)


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _conditions(row: str, table: Any, found: Any) -> None:
    """A line or two for each condition, in 80 columns."""
    line = next(one for one in found.rows.itertuples() if one.row == row)
    beside = f"  [off: {line.mechanism}]" if line.sharper_off else ""
    show.text(f"{row}  {line.title}{beside}", "bold")
    if line.lacks:
        show.lines([f"not measured yet: {line.lacks}"])
    for words, both in side_by_side(table):
        one = both.get("sharper") or both["literal"]
        sharper = both["sharper"].band if "sharper" in both else "-"
        literal = both["literal"].band if "literal" in both else "-"
        band = literal if literal == sharper else f"{literal} | {sharper}"
        beside = f"; off {number(one.value_off)}" if one.verdict_off or one.value_off == one.value_off else ""
        said = f"{words}: {number(one.value)}{interval(one.low, one.high)}  ({band}) {one.verdict}{beside}"
        show.lines([said], "    ")
