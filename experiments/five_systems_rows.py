"""What rows of experiments/five_systems.yaml say of a system, which sizes are larger, and what rows agree on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from systems_page import Findings, PageError, rows_where, shown

from diffusion_sim.analysis.intervals import mean_interval

NEARLY_ALL = 0.9  # of draws
GAIN, POOREST = "pupil_gain_sd", "poorest_quarter_gain"


class Told(NamedTuple):
    """What a row says of one system. system : id. name : with its label. value : as shown. yes : the answer at the
    scenario's numbers. told : from chance. held, draws : in how many draws the answer is yes; draws 0 = not asked."""

    system: str
    name: str
    asked: str
    value: str
    yes: bool
    told: bool
    held: int = 0
    draws: int = 0


class Size(NamedTuple):
    """A difference that is compared by its size: words, mean, low, high, and a statement about it with its draws."""

    words: str
    mean: float
    low: float
    high: float
    said: str


# ---- rows of questions -----------------------------------------------------------------------------------------------


def options(row: Mapping[str, Any]) -> list[str]:
    """How a number is shown."""
    return [word.strip() for word in str(row.get("as", "3")).split("|")]


def estimate(found: Findings, key: Any) -> tuple[float, float, float]:
    """Mean, low and high of a quantity, of the one row [table, conditions] or [table, conditions, column], or of
    pupils' gain of one arm - another, [runs, arm, arm]."""
    if isinstance(key, str):
        if key not in found.quantities.index:
            raise PageError(f"{found.system}: no quantity {key!r}")
        mean, low, high = found.quantities.loc[key, ["mean", "low", "high"]]
        return mean, low, high
    if key[0] == "runs":
        return over_seeds(found, key[1], "gain", key[2])
    table = rows_where(found.csv(key[0]), key[0], key[1])
    if len(table) != 1:
        raise PageError(f"{found.system}, {key}: {len(table)} rows; one is needed")
    names = [key[2], f"{key[2]}_low", f"{key[2]}_high"] if len(key) == 3 else ["mean", "low", "high"]
    mean, low, high = table.iloc[0][names]
    return mean, low, high


def over_seeds(found: Findings, arm: str, what: str, other: str = "none") -> tuple[float, float, float]:
    """Mean and 95 % interval over seeds of pupils' gain, arm - other (``gain``), of the same in the poorest quarter of
    schools (``poorest alone``), or of that - in all (``poorest``)."""
    runs = found.csv("runs").pivot_table(index="seed", columns="strategy", values=[GAIN, POOREST])
    for one in (arm, other):
        if one not in runs[GAIN]:
            raise PageError(f"{found.system}, runs.csv: no arm {one!r}; {', '.join(runs[GAIN])} are allowed")
    more = {name: runs[name][arm] - runs[name][other] for name in (GAIN, POOREST)}
    each = {"gain": more[GAIN], "poorest alone": more[POOREST], "poorest": more[POOREST] - more[GAIN]}
    if what not in each:
        raise PageError(f"{found.system}, seeds: {what!r}; {', '.join(each)} are allowed")
    values = each[what]
    mean, _, low, high, _ = mean_interval(values.to_numpy(dtype=np.float64))
    return mean, low, high


def told(found: Findings, row: Mapping[str, Any], name: str) -> Told:
    """What a row of five_systems.yaml says of its system."""
    asked, how, where = row["asked"], options(row), f"{row['system']}: {row['asked']}"
    if "statement" in row:
        its, other = found.statement(row["statement"]), row.get("says") == "fails"
        held = its["draws"] - its["holds_in"] if other else its["holds_in"]
        value = shown(its["value"], its["low"], its["high"], how, where)
        sure = bool(its["holds"]) != other, bool(its["told"])
        return Told(found.system, name, asked, value, *sure, int(held), int(its["draws"]))
    if "from" in row:
        first, last = estimate(found, row["from"]), estimate(found, row["to"])
        value = f"{shown(*first, how, where)}, then {shown(*last, how, where)}"
        return Told(found.system, name, asked, value, last[0] >= first[0], last[1] > first[2] or last[2] < first[1])
    mean, low, high = estimate(found, row["quantity"]) if "quantity" in row else over_seeds(found, *row["seeds"])
    bar = cited(found, row["than"]) if "than" in row else 0.0
    yes = mean > bar if row["is"] == "above" else mean < bar
    return Told(found.system, name, asked, shown(mean, low, high, how, where), yes, low > bar or high < bar)


def cited(found: Findings, key: str) -> float:
    """What the article says, by experiments/<id>/cited.csv."""
    said = pd.read_csv(found.folder.parent / "cited.csv").set_index("key")["value"]
    if key not in said:
        raise PageError(f"{found.system}, cited.csv: no key {key!r}; {', '.join(said.index)} are allowed")
    return float(said[key])


# ---- sizes -----------------------------------------------------------------------------------------------------------


def largest(found: Findings, entries: Sequence[Sequence[Any]]) -> Size | None:
    """Of differences that with the largest size at the scenario's numbers, None without any."""
    sizes = []
    for words, key in entries:
        its = found.statements[found.statements["key"] == key] if isinstance(key, str) else found.statements[:0]
        sizes.append(Size(words, *estimate(found, key), draws_of(its.iloc[0]) if len(its) else ""))
    return max(sizes, key=lambda size: abs(size.mean), default=None)


def draws_of(statement: pd.Series) -> str:
    """A statement and in how many draws it holds, or nothing where it was not asked."""
    return f"\"{statement['text']}\": {statement['holds_in']} of {statement['draws']}" if statement["draws"] else ""


def ends(size: Size) -> tuple[float, float]:
    """Least and most of the size, from the interval."""
    low, high = sorted((abs(size.low), abs(size.high)))
    return (0.0 if size.low <= 0.0 <= size.high else low), high


def which_larger(first: Size, second: Size) -> str:
    """Which of two differences is larger in size; open where intervals of sizes overlap."""
    if ends(first)[0] > ends(second)[1]:
        return "the first"
    return "the second" if ends(second)[0] > ends(first)[1] else "open"


# ---- words -----------------------------------------------------------------------------------------------------------


def listed(names: Iterable[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def agreed(rows: Sequence[Told]) -> str:
    """What rows agree on and where not, in plain sentences that say no more than the rows."""
    if len(rows) < 2:
        return "Fewer than two systems have findings on it: nothing to agree on yet."
    groups = {
        "yes": [row.name for row in rows if row.told and row.yes],
        "no": [row.name for row in rows if row.told and not row.yes],
        "not told from chance": [row.name for row in rows if not row.told],
    }
    said = "; ".join(f"{word} in {listed(names)}" for word, names in groups.items() if names)
    one = [word for word, names in groups.items() if names]
    here = f"{one[0]} in all {len(rows)} rows" if len(one) == 1 else said
    asked = [row for row in rows if row.draws]
    if not asked:
        return f"At the scenarios' numbers: {here}. Over draws it is not asked."
    most = [row for row in asked if 2 * row.held > row.draws]
    few = [row for row in asked if 2 * row.held <= row.draws]
    words = [f"{word} in {listed(row.name for row in its)}" for word, its in (("yes", most), ("no", few)) if its]
    over = "; ".join(words) if len(words) > 1 else f"{words[0].split()[0]} in all {len(asked)} rows that are asked"
    over = f"{words[0]}, which alone is asked" if len(asked) == 1 else over
    turned = [row.name for row in asked if row.yes != (2 * row.held > row.draws)]
    close = [row.name for row in asked if 1.0 - NEARLY_ALL < row.held / row.draws < NEARLY_ALL]
    return (
        f"At the scenarios' numbers: {here}. In most draws: {over}."
        + (f" Most draws say otherwise than the scenario in {listed(turned)}." if turned else "")
        + (f" The other answer is that of more than one draw in ten in {listed(close)}." if close else "")
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table of text."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |" for line in lines)
