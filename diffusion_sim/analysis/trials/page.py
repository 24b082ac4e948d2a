"""docs/trials.md: the page of trials, which keeps its first look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diffusion_sim.analysis.pages import text_there, version_said
from diffusion_sim.analysis.trials.published import CEILING, COACHING, CONTRASTS, NETWORK, TRIALS, published
from diffusion_sim.analysis.trials.sections import Section, headline, sections
from diffusion_sim.analysis.trials.tables import TrialResults
from diffusion_sim.errors import StoreError, told

COMMAND = "diffusion-sim trials"
# Trial -> its table in the results.
TABLES = {COACHING: "coaching", NETWORK: "network", CEILING: "ceiling", CONTRASTS: "contrasts"}
BEGIN, END = "<!-- first look -->", "<!-- end of the first look -->"

_HEAD = """# Trials

Made by `{command}`; do not edit here.

Published trials, re-enacted in the model and read on the trials' own scales, beside the figures that they published.
Designs, figures, bands and sources stand in `diffusion_sim/analysis/trials/published.yaml`; they were written before
anything was run, but for a few that say so. No number of the model was or is moved because of this page.
"""
_FIRST = """## The first look

What came out when this was run for the first time, kept as it was. The sections above are of the present model and may
be made again; which defaults and ranges have changed since, the ledger of [patterns.md](patterns.md) says.
"""


def page_of(found: TrialResults, command: str, first: str | None = None) -> str:
    """The page as Markdown. first : the first look as another page has kept it, None = this is it."""
    parts = [_HEAD.format(command=command), " ".join([version_said(), *headline(found)])]
    parts += [_section(one, 2) for one in sections(found)]
    return "\n\n".join(part.strip() for part in [*parts, _FIRST, first or first_look(found)]) + "\n"


def first_look(found: TrialResults) -> str:
    """Figures and trials as they are now, to be kept."""
    parts = [BEGIN, " ".join([version_said(), *headline(found)])]
    for one in sections(found):
        parts.append(_section(one._replace(before=[]), 3))
    return "\n\n".join([*parts, END])


def kept_first_look(text: str) -> str | None:
    """The first look of a page, None where it has none."""
    if BEGIN not in text or END not in text:
        return None
    return text[text.index(BEGIN) : text.index(END) + len(END)]


def check_page(path: Path, trials: Sequence[str]) -> None:
    """Raise StoreError where a page of these trials (none named = all) must not be written over what stands there."""
    text = text_there(path, COMMAND, "trials")
    titles = {name: published().designs[name]["title"] for name in TRIALS if trials and name not in trials}
    lost = [name for name, title in titles.items() if f"\n## {title}\n" in text]
    if lost:
        raise StoreError(
            f"{path}: has trials that would be lost ({', '.join(lost)}); name them, too, or none, or another file"
        )


def write_page(found: TrialResults, path: Path, command: str) -> None:
    """Write the page; the first look of a page that stands there already is kept. Raises StoreError."""
    check_page(path, [name for name in TRIALS if len(getattr(found, TABLES[name]))])
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page_of(found, command, kept_first_look(before)), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: the page cannot be written there: {told(error)}") from None


def _section(one: Section, level: int) -> str:
    parts = [f"{'#' * level} {one.title}", *one.before, _table(one.columns, one.rows), *one.after]
    return "\n\n".join(parts)


def _table(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
