"""Two lives on a terminal and as a page of Markdown: a diary of both side by side."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import pandas as pd

from diffusion_sim.analysis.pages import version_said
from diffusion_sim.analysis.statements import STATEMENTS
from diffusion_sim.analysis.story.page import check_place, safe, table_of, write_page
from diffusion_sim.analysis.story.whom import Chosen
from diffusion_sim.analysis.story.words import COLUMNS, Section, filled
from diffusion_sim.errors import StoreError, as_path, check_flag, encodable
from diffusion_sim.scenario import Scenario

PAGE = "two_lives.md"
COMMAND = "diffusion-sim two_lives"
SAVED = ("diary", "by_year", "apart")


@dataclass(frozen=True, eq=False, kw_only=True)
class TwoLives:
    """One simulated person under two strategies. ``print(lives)`` tells it.

    person : teacher_id; called : as the page calls the person; school, district : ids. rule : whom it is told of, and
    why (``whom.Chosen``). diary : strategy, year, quarter, week (of the year, from 1), event, text. by_year : strategy,
    then ``life_told.year_row``; year 0 is before week 1. apart : ``lives_apart.COLUMNS``, where the lives first differ.
    """

    case: Scenario
    asked: str
    strategies: tuple[str, str]
    seed: int
    person: str
    called: str
    school: str
    district: str
    rule: Chosen
    diary: pd.DataFrame
    by_year: pd.DataFrame
    apart: pd.DataFrame
    sections: tuple[Section, ...]

    def text(self) -> str:
        """Both lives in lines of at most 80 columns."""
        return text_of(self)

    def __str__(self) -> str:
        return self.text()

    def save(self, out: str | PathLike[str], plain_ids: bool = False) -> list[str]:
        """Write the page to a file that ends in .md, or the page and its tables as CSV into a folder; returns names of
        files. Raises StoreError."""
        check_flag(plain_ids, "plain_ids", StoreError)
        return save(self, as_path(out, "place to save to", StoreError), plain_ids)


# ---- how it is shown -------------------------------------------------------------------------------------------------
def text_of(found: TwoLives) -> str:
    """All sections, folded to a terminal's width, and the statements."""
    parts = []
    for section in found.sections:
        parts.append("\n".join([filled(section.title), "=" * min(COLUMNS, len(section.title))]))
        parts += [filled(text) for text in section.paragraphs]
        if section.columns:
            parts.append("\n".join(side_by_side([section.columns, *section.rows])))
    parts += [filled(f"Note: {line}") for line in found.case.warnings]
    return "\n\n".join([*parts, "\n".join(filled(line) for line in STATEMENTS)])


def side_by_side(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as columns of folded text; the last two get most of the width."""
    wide = [18, 29, 29] if len(rows[0]) == 3 else [22, 16, 18, 18]
    lines = []
    for at, row in enumerate([[cell.replace("_", " ") for cell in rows[0]], *rows[1:]]):
        cells = [textwrap.wrap(cell, w, break_on_hyphens=False) or [""] for cell, w in zip(row, wide, strict=True)]
        for i in range(max(map(len, cells))):
            line = [(cell[i] if i < len(cell) else "").ljust(w) for cell, w in zip(cells, wide, strict=True)]
            lines.append("  ".join(line).rstrip())
        if at == 0:
            lines.append("  ".join("-" * w for w in wide))
    return lines


def page_of(found: TwoLives, out: Path) -> str:
    """The page as Markdown. out : where it goes, for the command that makes it again."""
    head, *others = found.sections
    made = f"Made by `{command_of(found, out)}`; do not edit here. {version_said()}"
    parts = [f"# {safe(head.title)}", made, *(safe(text) for text in head.paragraphs)]
    for section in others:
        parts += [f"## {safe(section.title)}", *(safe(text) for text in section.paragraphs)]
        if section.columns:
            parts.append(table_of(section.columns, section.rows).replace("---:", "---"))
    parts += [f"Note: {safe(line)}" for line in found.case.warnings]
    return encodable("\n\n".join([*parts, " ".join(STATEMENTS)]) + "\n")


def command_of(found: TwoLives, out: Path) -> str:
    """The command line that makes the page again, without what changes nothing in it."""
    words = ["diffusion-sim", "two_lives", found.asked, *found.strategies]
    words += ["--rng", str(found.seed)] if found.seed != 1 else []
    for path, value in found.case.overrides.items():
        words += ["--set", f"{path}={value}"]
    own = found.case.section("strategies")
    words += ["--allow-code"] if any("code" in own.get(name, {}) for name in found.strategies) else []
    return " ".join(shlex.quote(word) for word in [*words, "--out", str(out)])


def check_out(out: Path) -> None:
    """Raise StoreError where a page of two lives must not be written."""
    check_place(out, PAGE, COMMAND, "two lives")


def save(found: TwoLives, out: Path, plain_ids: bool) -> list[str]:
    """Write the page, and into a folder its tables too; returns the names of files. Raises StoreError."""
    check_out(out)
    return write_page(out, PAGE, page_of(found, out), {name: getattr(found, name) for name in SAVED}, plain_ids)
