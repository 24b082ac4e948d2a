"""A story, on a terminal and as a page of Markdown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar

import pandas as pd

from diffusion_sim.analysis.pages import text_there, version_said
from diffusion_sim.analysis.results import write_csv
from diffusion_sim.analysis.statements import STATEMENTS
from diffusion_sim.analysis.story.words import Section, drawn, filled
from diffusion_sim.errors import StoreError, as_path, encodable
from diffusion_sim.scenario import Scenario

PAGE, SUFFIX = "story.md", ".md"
COMMAND = "diffusion-sim story"


@dataclass(frozen=True, eq=False, kw_only=True)
class Story:
    """What happened in one run. ``print(story)`` tells it.

    asked_for : options of the command that say of whom it is told -> what was said. years : one row a year, the first
    (year 0) before week 1. compared : measure, story, none, difference, and the same of all; at the end, same seed; no
    rows where the strategy recruits nobody. sections : the story itself.
    """

    case: Scenario
    asked: str
    strategy: str | None
    seed: int
    asked_for: Mapping[str, str]
    years: pd.DataFrame
    compared: pd.DataFrame
    sections: tuple[Section, ...]

    SUBJECT: ClassVar[tuple[str, ...]] = ()  # attributes that say of whom it is told
    TABLES: ClassVar[tuple[str, ...]] = ("years", "compared")  # attributes that are tables
    SAVED: ClassVar[tuple[str, ...]] = ("years",)  # of these, those written into a folder

    def text(self) -> str:
        """The story in lines of at most 80 columns."""
        return text_of(self)

    def __str__(self) -> str:
        return self.text()

    def save(self, out: str | PathLike[str], plain_ids: bool = False) -> list[str]:
        """Write the page to a file that ends in .md, or the page and its tables as CSV into a folder; returns names of
        files.

        plain_ids : write text into CSV as it is. Raises StoreError.
        """
        return save_story(self, as_path(out, "place to save to", StoreError), plain_ids)


def text_of(found: Story) -> str:
    """All sections, folded to a terminal's width, and the statements."""
    parts = [_terminal(section) for section in found.sections]
    notes = [filled(f"Note: {line}") for line in found.case.warnings]
    return "\n\n".join([*parts, *notes, "\n".join(filled(line) for line in STATEMENTS)])


def _terminal(section: Section) -> str:
    parts = ["\n".join([filled(section.title), "=" * min(80, len(section.title))])]
    parts += [filled(text) for text in section.paragraphs]
    if section.columns:
        parts.append("\n".join(drawn(section.columns, section.rows)))
    return "\n\n".join(parts)


def page_of(found: Story, out: Path) -> str:
    """The page as Markdown. out : where it goes, for the command that makes it again."""
    head, *others = found.sections
    made = f"Made by `{command_of(found, out)}`; do not edit here. {version_said()}"
    parts = [f"# {safe(head.title)}", made, *(safe(text) for text in head.paragraphs)]
    for section in others:
        parts += [f"## {safe(section.title)}", *(safe(text) for text in section.paragraphs)]
        if section.columns:
            parts.append(table_of(section.columns, section.rows))
    parts += [f"Note: {safe(line)}" for line in found.case.warnings]
    return encodable("\n\n".join([*parts, " ".join(STATEMENTS)]) + "\n")


def command_of(found: Story, out: Path) -> str:
    """The command line that makes the page again, without what changes nothing in it."""
    words = ["diffusion-sim", "story", found.asked]
    words += ["--strategy", found.strategy] if found.strategy is not None else []
    words += [word for option, value in found.asked_for.items() for word in (f"--{option}", value)]
    words += ["--rng", str(found.seed)] if found.seed != 1 else []
    for path, value in found.case.overrides.items():
        words += ["--set", f"{path}={value}"]
    for name, place in found.case.rules.items():
        words += ["--rule", f"{name}={place}"]
    own = found.case.section("strategies").get(found.strategy or "", {})
    words += ["--allow-code"] if found.case.rules or "code" in own else []
    return " ".join(shlex.quote(word) for word in [*words, "--out", str(out)])


def safe(text: str) -> str:
    """Ids and titles are the user's: nothing in them is read as Markdown."""
    return re.sub(r"([\\`*<|\[\]])", r"\\\1", " ".join(text.split()))


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(columns) - 1)]
    lines = [[safe(cell) for cell in cells] for cells in (columns, *rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (lines[0], rule, *lines[1:]))


def check_out(out: Path) -> None:
    """Raise StoreError where a story must not be written."""
    check_place(out, PAGE, COMMAND, "a story")


def save_story(found: Story, out: Path, plain_ids: bool) -> list[str]:
    """Write the page, and into a folder its tables too; returns the names of files. Raises StoreError."""
    check_out(out)
    return write_page(out, PAGE, page_of(found, out), {name: getattr(found, name) for name in found.SAVED}, plain_ids)


def check_place(out: Path, name: str, command: str, of: str) -> None:
    """Raise StoreError where a page of ``of`` that ``command`` makes must not be written: a folder in its place, a page
    of something else. out : the page, or the folder where it is called ``name``."""
    page = out if out.suffix == SUFFIX else out / name
    if page.is_dir():
        raise StoreError(f"--out {page}: is a folder; a page ends in {SUFFIX}, so name a file, or another folder")
    text_there(page, command, of)


def write_page(out: Path, name: str, text: str, tables: Mapping[str, pd.DataFrame], plain_ids: bool) -> list[str]:
    """Write a page, and into a folder its tables too; returns the names of files. Raises StoreError."""
    alone = out.suffix == SUFFIX
    page = out if alone else out / name
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8", newline="\n")
        if not alone:
            for table, frame in tables.items():
                write_csv(frame, out / f"{table}.csv", plain_ids)
    except OSError as error:
        raise StoreError(f"{out}: cannot be written ({error.strerror or error})") from None
    return [page.name] if alone else [name, *(f"{table}.csv" for table in tables)]
