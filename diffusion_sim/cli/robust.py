"""``robust``: does a contrast hold over the model's own plausible ranges and structures?"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from diffusion_sim.analysis.harm import said as harm_said
from diffusion_sim.cli import show
from diffusion_sim.cli.compare_tables import show_harm, title_and_unit
from diffusion_sim.scenario import Scenario

_HOW = (
    "A draw takes every number from its plausible range and every structure's word at random, each as likely as "
    "another. Shares of draws say how our own uncertainty spreads, not how likely something is in the world."
)
_SHORT = {
    "exposure_low_income": "low-inc", "poorest_quarter": "poorest", "pupil_gain_sd": "gain",
    "sustained_deep_use_1y": "sust.", "deep_use": "deep",
}  # fmt: skip
_WIDE = 80
_LONG = ("coefficients", "draws", "curves")  # tables that are files alone


def write(found: Any, out: Path, plain_ids: bool) -> list[str]:
    """Write tables, figure and record beside the studies; returns the names of files."""
    return sorted(path.name for path in Path(found.save(out, plain_ids)).iterdir() if path.is_file())


def as_said(sc: Scenario, found: Any, out: Path | None, files: Sequence[str]) -> dict[str, Any]:
    """All but the draws one by one, as JSON."""
    tables = {name: getattr(found, name) for name in found.tables if name not in _LONG}
    about = {"scenario": {"id": sc.id, "digest": sc.digest}, "ranges": found.provenance["ranges"]}
    about |= {key: found.provenance[key] for key in ("points", "seeds", "rng")}
    return {**about, **tables, "notes": list(found.notes), "folder": None if out is None else str(out), "files": files}


def show_page(sc: Scenario, found: Any, out: Path | None, files: Sequence[str]) -> None:
    """Print it, 80 columns wide."""
    show.heading(f"{sc.title}: over the plausible ranges")
    show.changes(sc.changed)
    _lines([found.ranges, f"{len(found.provenance['numbers'])} numbers, "
                f"{len(found.provenance['words'])} words, {len(found.provenance['structures'])} structures drawn; "
                f"{found.provenance['points']:,} draws x {found.provenance['seeds']} seeds"], "")  # fmt: skip
    if left_out := found.provenance["listed_as_inert"]:
        one = len(left_out) == 1
        told = f"{len(left_out)} {'number that is' if one else 'numbers that are'} listed as inert "
        told += f"{'is' if one else 'are'} not drawn; --numbers everything draws {'it' if one else 'them'}, too"
        _lines([told], "")
    for contrast in found.contrasts:
        _contrast(found, contrast)
    show_harm(harm_said(found.harm))
    _inert(found)
    show.text("How to read it", "bold")
    named = {name: its for name, its in _SHORT.items() if name in set(found.summary["measure"])}
    _lines([_HOW, "; ".join(f"{its} = {name}" for name, its in named.items())])
    show.closing([*found.notes, *sc.warnings], out, files)


def _contrast(found: Any, contrast: str) -> None:
    rows = found.summary[found.summary["contrast"] == contrast]
    numbers = found.numbers[found.numbers["contrast"] == contrast] if len(found.numbers) else found.numbers
    print()
    show.text(contrast, "bold")
    _lines(found.sentences(contrast))
    if rows.empty:
        return
    _spread(rows)
    if len(numbers):
        _leading(rows, numbers)
        _switches(numbers)
        _surveys(rows, numbers)
    _words(rows, found.words[found.words["contrast"] == contrast])


def _spread(rows: pd.DataFrame) -> None:
    cells = []
    for row in rows.itertuples(index=False):
        unit = title_and_unit(row.measure)[1]
        own = show.number(row.at_defaults, unit, signed=True)
        own += "" if row.low > 0.0 or row.high < 0.0 or math.isnan(row.low) else " ?"
        shares = [show.NOTHING if math.isnan(x) else f"{100 * x:.0f}" for x in
                  (row.chance, row.numbers, row.structure, row.left_over)]  # fmt: skip
        cells.append((_short(row.measure), own, show.number(row.median, unit, True), show.number(row.p5, unit, True),
                      show.number(row.p95, unit, True), *shares))  # fmt: skip
    show.text("Difference, and % of its variance by chance, numbers, structure; left over", "bold")
    columns = ["measure", "default", "median", "5 %", "95 %", "cha.", "num.", "str.", "left"]
    show.table(columns, cells, right=columns[1:])
    _lines(["default: with all numbers as the scenario has them; ? = not told from 0 on its seeds"])
    if rows["at_defaults"].isna().any():
        _lines(["- : with them spending is not equal"])
    wide = rows["half_width"].max()
    if wide > 0.1:
        _lines([f"numbers and structure: give or take up to {100 * min(wide, 1.0):.0f} %; more draws tell more"])


def _leading(rows: pd.DataFrame, numbers: pd.DataFrame) -> None:
    measures = list(rows["measure"])
    table = []
    for path, its in numbers.groupby("path", sort=False):
        by = its.set_index("measure")
        table.append([path, *(_coefficient(by.loc[name]) if name in by.index else show.NOTHING for name in measures)])
    show.text("Rank coefficients of the numbers that matter most; * = stands out from chance", "bold")
    show.numbers(["number", *(_short(name) for name in measures)], table)
    if numbers["pawn"].notna().any():
        best = numbers.groupby("path", sort=False)["pawn"].max().sort_values(ascending=False)
        said = ", ".join(f"{path} {value:.2f}" for path, value in best.items())
        nothing = numbers["pawn_of_nothing"].max()
        _lines([f"largest PAWN index over the measures: {said}; a number that does nothing: {nothing:.2f}"])


def _coefficient(row: pd.Series) -> str:
    if math.isnan(row["coefficient"]):
        return show.NOTHING
    text = f"{row['coefficient']:+.2f}".replace("0.", ".", 1)
    return text + ("*" if row["stands_out"] else " ")


def _switches(numbers: pd.DataFrame) -> None:
    """Where the sign turns, and by name what has no switch point."""
    show.text("Switch points: the value at which the sign turns", "bold")
    cells, without, unclear = [], [], 0
    for path, its in numbers.groupby("path", sort=False):
        turning = its[its["switch_at_defaults"].notna() | its["switch_averaged"].notna()]
        sure = turning["clear"] | turning["switch_averaged"].notna()
        unclear += int((~sure).sum())
        if turning.empty:
            without.append(path)
        for row in turning[sure].itertuples(index=False):
            own = _value(row.switch_at_defaults)
            own = own if row.clear or own == show.NOTHING else f"({own})"
            own_range = f"{row.default:.3g} ({row.range_low:.3g} to {row.range_high:.3g})"
            cells.append((path, _short(row.measure), own_range, own, _value(row.switch_averaged)))
    if cells:
        columns = ["number", "measure", "default (range)", "others\nat default", "averaged"]
        show.table(columns, cells)
        _lines(["in brackets: not told from chance on its seeds; - : no switch point within its range"])
    if unclear:
        _lines([f"{unclear} more, with others at default, are not told from chance on their seeds (numbers.csv)"])
    if without:
        _lines([f"no switch point within its range, for any measure: {', '.join(without)}"])


def _value(value: float) -> str:
    return show.NOTHING if math.isnan(value) else f"{value:.3g}"


def _surveys(rows: pd.DataFrame, numbers: pd.DataFrame) -> None:
    """What to measure first: the numbers that a district can look up or survey, one line each."""
    asked = numbers[numbers["survey"]]
    changing = asked[asked["would_change"] >= 0.5].sort_values("would_change", ascending=False)
    show.text("What to measure first", "bold")
    lines = ["n of 100 draws in which a survey of it in your district would change the choice"] if len(changing) else []
    for path, its in changing.groupby("path", sort=False):
        lines.append(f"{path}: {', '.join(f'{_short(r.measure)} {r.would_change:.0f}' for r in its.itertuples())}")
    _lines(lines or ["of no leading number that can be surveyed would knowing it alone change the choice"])


def _words(rows: pd.DataFrame, words: pd.DataFrame) -> None:
    """Structures under which the sign of the mean is another than over all draws, and its interval leaves out 0."""
    sign = rows.set_index("measure")["mean"]
    lines = []
    for row in words.itertuples(index=False):
        if row.mean * sign[row.measure] < 0.0 and (row.low > 0.0 or row.high < 0.0):
            lines.append(f"{_short(row.measure)}: {row.path} {row.word}, above 0 in {row.above} and below in "
                         f"{row.below} of {row.draws} draws")  # fmt: skip
    if len(words):
        show.text("Structures under which the mean has clearly the other sign", "bold")
        _lines(lines or ["none"])


def _inert(found: Any) -> None:
    """What was drawn and moves no measure of any contrast."""
    of = found.inert.groupby("path", sort=False).size()
    paths = [path for path, many in of.items() if many == found.summary["contrast"].nunique()]
    show.text(f"Inert here: rank coefficient below .06 for every measure ({len(paths)} of what was drawn)", "bold")
    sections: dict[str, list[str]] = {}
    for path in paths:
        section, _, key = str(path).partition(".")
        sections.setdefault(section, []).append(key)
    _lines([f"{section}: {', '.join(keys)}" for section, keys in sections.items()] or ["none"])


def _lines(items: Iterable[str], lead: str = "  ") -> None:
    """Lines of prose, 80 columns wide at most."""
    columns = min(_WIDE, max(40, show.width()))
    for item in items:
        print(textwrap.fill(item, columns, initial_indent=lead, subsequent_indent=f"{lead}  ", break_on_hyphens=False))


def _short(measure: str) -> str:
    return _SHORT.get(measure, measure)
