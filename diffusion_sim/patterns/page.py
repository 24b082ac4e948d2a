"""The page of patterns (docs/patterns.md), made from what came out; the ledger that stands there stays as it is."""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import diffusion_sim
from diffusion_sim.analysis.results import write_csv
from diffusion_sim.errors import StoreError
from diffusion_sim.patterns.catalogue import rows
from diffusion_sim.patterns.record import CALIBRATION, Row
from diffusion_sim.patterns.worlds import SIZE, WORLDS
from diffusion_sim.scenario.mechanisms import mechanisms
from diffusion_sim.scenario.ranges_lock import DRAWN

LEDGER = "## Ledger"
FIRST = (
    "The rows of patterns against which the model is held were known when its second edition was designed, and several "
    "of its parts exist because a row failed: for them passing is design, not validation."
)
RULES = (
    "Nothing is tuned to a row. Rows marked C may serve calibration only after the model is frozen, by weighting draws "
    "of its plausible space; no default is changed by them. Series of adoption and access are held against shallow use "
    "only, never against deep use. The sharper reading counts; the literal one stands beside it."
)
READING = (
    "A value is the median over seeds, unless it is a share of seeds or a ratio of sums over seeds; in brackets its "
    "95 % interval over seeds, which knows nothing of what is not known about the numbers. \"Close\": the interval "
    "crosses the end of a band that decides. A row that holds with its mechanism off is no evidence for that mechanism."
)  # fmt: skip


class Patterns(Protocol):
    """What came out, to whoever shows it (``check.Patterns``)."""

    rows: Any
    conditions: Any
    not_measured: Any
    values: Any
    seeds: int
    draws: int
    draw_seeds: int
    digest: str
    model: str
    notes: list[str]


def save(found: Patterns, out: Path, command: str) -> list[Path]:
    """See ``Patterns.save``."""
    try:
        if out.suffix == ".md":
            out.write_text(page(found, kept_ledger(out), command), encoding="utf-8", newline="\n")
            return [out]
        out.mkdir(parents=True, exist_ok=True)
        tables = {"patterns": found.rows, "conditions": found.conditions, "values": found.values}
        for name, table in tables.items():
            write_csv(table, out / f"{name}.csv")
        (out / "patterns.json").write_text(json.dumps(as_said(found), indent=2, ensure_ascii=False), encoding="utf-8")
        target = out / "patterns.md"
        target.write_text(page(found, kept_ledger(target), command), encoding="utf-8", newline="\n")
        return [*(out / f"{name}.csv" for name in tables), out / "patterns.json", target]
    except OSError as error:
        raise StoreError(f"--out {out}: cannot be written ({error.strerror or error})") from None


def check_target(out: Path | None, asked: Sequence[str] | None) -> None:
    """Find out before anything runs whether the page can be written there, with no row of it lost. asked : rows, None =
    all. Raises StoreError."""
    if out is None:
        return
    if out.suffix == ".md":
        kept_ledger(out)
        names = {name.strip().upper() for name in asked or ()}
        lost = [name for name in rows_of(out) if asked is not None and name not in names]
        if lost:
            said = f"--out {out}: has rows that would be lost ({', '.join(lost)})"
            raise StoreError(f"{said}; ask for all, or name another file")
        if not out.absolute().parent.is_dir():
            raise StoreError(f"--out {out}: there is no folder {out.absolute().parent}")
    elif out.exists() and not out.is_dir():
        raise StoreError(f"--out {out}: is a file; a folder, or a page that ends with .md, is allowed")


def rows_of(target: Path) -> list[str]:
    """Ids of the rows that stand on a page; none where there is no page."""
    text = target.read_text("utf-8") if target.exists() else ""
    return re.findall(r"^### (\w+):", text, re.MULTILINE)


def kept_ledger(target: Path) -> str:
    """The ledger that stands on a page, with its heading; "" where there is no page. Raises StoreError for a page that
    has none: it would be lost."""
    try:
        if not target.exists():
            return ""
        text = target.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"--out {target}: cannot be read ({error})") from None
    places = [place for place, line in enumerate(text.split("\n")) if line == LEDGER]
    if not places:
        raise StoreError(f"--out {target}: is there and has no line '{LEDGER}', so it is no page of patterns")
    return "\n".join(text.split("\n")[places[0] :])


def as_said(found: Patterns) -> dict[str, Any]:
    """All of it as plain JSON; what is undefined is null."""

    def records(table: Any) -> list[dict[str, Any]]:
        return [{key: _plain(value) for key, value in line.items()} for line in table.to_dict("records")]

    return {
        "version": diffusion_sim.__version__, "model": found.model, "ranges": found.digest, "seeds": found.seeds,
        "draws": found.draws, "draw_seeds": found.draw_seeds, "rows": records(found.rows),
        "conditions": records(found.conditions), "not_measured": records(found.not_measured), "notes": found.notes,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


# ---- words -----------------------------------------------------------------------------------------------------------


def number(value: float) -> str:
    """Three digits after the point below 10, fewer above; "-" where undefined."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "inf"
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
    return text.replace("-0.", "-.").removeprefix("0") if abs(value) < 1 and text not in ("0.000", "-0.000") else text


def interval(low: float, high: float) -> str:
    """``[low, high]``, nothing where there is none."""
    return "" if math.isnan(low) or math.isnan(high) else f" [{number(low)}, {number(high)}]"


def space_words(line: Any) -> str:
    """``n of N``, nothing where no draws were asked for."""
    return "" if math.isnan(line.space_draws) else f"{line.space_holds:.0f} of {line.space_draws:.0f}"


def said_verdict(word: str, close: bool) -> str:
    """A verdict, and whether chance between seeds could turn it."""
    return f"{word} (close)" if close and word != "no value" else word


# ---- the page --------------------------------------------------------------------------------------------------------


def page(found: Patterns, ledger: str, command: str) -> str:
    """The whole page. command : that makes it again, "" = it was made in Python."""
    parts = ["# Patterns, and the ledger of numbers", _wrapped(FIRST), _wrapped(RULES), _wrapped(_made(found, command))]
    parts += ["## How the rows stand", _wrapped(READING), "\n".join(_summary(found)), *_counts(found)]
    parts += [f"*Failed runs.* {note}" for note in found.notes]
    parts += ["## Row by row", *(_row(found, rows()[name]) for name in found.rows["row"])]
    lines = ["| row | pattern | source | why |", "|---|---|---|---|"]
    lines += [f"| {one.id} | {one.title} | {one.source} | {one.reason} |" for one in found.not_measured.itertuples()]
    parts += ["## Not measured", "\n".join(lines)]
    parts.append(ledger.rstrip("\n") if ledger else "The ledger of numbers stands in docs/patterns.md.")
    return "\n\n".join(parts) + "\n"


def _made(found: Patterns, command: str) -> str:
    text = (
        f"Made by `{command or 'check_patterns'}` (version {found.model} of the model, {found.seeds} "
        f"seeds). Defaults and plausible ranges: `{found.digest}` (ranges.lock; the ledger below)."
    )
    if found.draws:
        text += (
            f" Share of the plausible space: of {found.draws} {DRAWN}, a Latin "
            f"hypercube over all numbers, structures drawn, {found.draw_seeds} seed(s) each, those that hold the "
            "sharper reading. It is a statement about our ranges, not a probability."
        )
    return text


def _summary(found: Patterns) -> list[str]:
    with_space = found.draws > 0
    head = ["row", "pattern", "certainty", "use", "literal", "sharper", "mechanism", "sharper, it off"]
    head += ["draws that hold"] * with_space
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for one in found.rows.itertuples():
        cells = [one.row, one.title, one.certainty, one.use, one.literal, said_verdict(one.sharper, one.close)]
        cells += [f"`{one.mechanism}`", one.sharper_off or "-"] + [space_words(one) or "-"] * with_space
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _counts(found: Patterns) -> list[str]:
    table = found.rows
    text = [f"{name} reading: {(table[name] == 'holds').sum()} of {len(table)} rows hold" for name in
            ("literal", "sharper")]  # fmt: skip
    empty = table["row"][table["evidence"].str.startswith("holds")].tolist()
    more = f" No evidence for their mechanism, since they hold without it: {', '.join(empty)}." if empty else ""
    return [_wrapped(f"{text[0].capitalize()}; {text[1]}.{more}")]


def _row(found: Patterns, row: Row) -> str:
    line = next(one for one in found.rows.itertuples() if one.row == row.id)
    use = "may serve calibration after the freeze (C)" if row.use == CALIBRATION else "checked only (H)"
    parts = [
        f"### {row.id}: {row.title}",
        _wrapped(f"{row.statement} *{row.source}; {row.certainty}; {use}.*"),
        _wrapped(f"Measured: {row.measure} World: {WORLDS[row.world][0]}; {years_of(row)}."),
        "\n".join(_conditions(found, row)),
    ]
    said = [f"Sharper reading: {said_verdict(line.sharper, line.close)}; literal: {line.literal}."]
    if line.sharper_off:
        title = mechanisms()[line.mechanism].title
        said.append(f"Without `{line.mechanism}` ({title}): {line.sharper_off}.")
    if line.evidence.startswith("holds"):
        said.append("So it is no evidence for this mechanism.")
    if space_words(line):
        said.append(f"Held by {space_words(line)} {DRAWN}.")
    if row.lacks:
        said.append(f"Not measured yet: {row.lacks}.")
    if row.reading:
        said.append(f"What is behind it: {row.reading}")
    return "\n\n".join([*parts, _wrapped(" ".join(said))])


def years_of(row: Row) -> str:
    """How long a row's arms run; where they differ, each."""
    spans = dict.fromkeys(
        tuple({**WORLDS[arm.world or row.world][1], **arm.overrides}[path] for path in SIZE[2:])
        for arm in row.arms.values()
    )
    return " or ".join(f"{support} years of support" + (f" and {after} after" if after else "")
                       for support, after in spans).replace("1 years", "1 year")  # fmt: skip


def _conditions(found: Patterns, row: Row) -> list[str]:
    """Literal and sharper reading side by side."""
    table = found.conditions[found.conditions["row"] == row.id]
    off = bool((table["verdict_off"] != "").any())
    head = ["", "value", "literal band", "sharper band", "sharper"] + ["mechanism off"] * off
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for words, both in side_by_side(table):
        one = both.get("sharper") or both["literal"]
        bands = [both[reading].band if reading in both else "-" for reading in ("literal", "sharper")]
        cells = [words, number(one.value) + interval(one.low, one.high), *bands, (one.verdict or "-")]
        if "sharper" not in both:
            cells[-1] = f"({one.verdict or '-'})"
        cells += [number(one.value_off) + interval(one.low_off, one.high_off)] * off
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def side_by_side(table: Any) -> list[tuple[str, dict[str, Any]]]:
    """(condition in words, reading -> its line), in the order of the literal reading, then what the sharper adds."""
    found: dict[str, dict[str, Any]] = {}
    for one in table.itertuples():
        found.setdefault(one.condition, {})[one.reading] = one
    return list(found.items())


def _wrapped(text: str, width: int = 120) -> str:
    return "\n".join(textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False))

