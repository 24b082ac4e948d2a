"""The page of a system and the README of its experiment, made from texts with places for numbers and the findings.

    python experiments/systems_page.py achievement_network

reads experiments/<id>/page.in.md and README.in.md, fills their places from experiments/<id>/findings and writes
docs/systems/<id>.md and experiments/<id>/README.md. No number of a result is typed in. Findings are made by
`diffusion-sim answer <id> --space 200 --replicates N --out experiments/<id>/findings`. Places:

    {{KEY}}               a quantity of quantities.csv with its interval: +.012 (+.003 to +.021)
    {{KEY | mean}}        without the interval
    {{KEY | 1}}           so many decimals; usual 3
    {{KEY | x36}}         times a factor; all of these together: {{KEY | x36 | 1 | mean}}
    {{KEY | plain}}       no sign before what is above 0
    {{holds TEXT}}        "yes" or "no", whether the statement that begins with TEXT holds at the scenario's numbers
    {{draws TEXT}}        "123 of 200", in how many draws it holds
    {{fails TEXT}}        in how many it does not
    {{count TEXT}}        in how many it holds, without "of 200"
    {{spread TEXT}}       median of its quantity over draws and what 80 % of them lie between; takes the options of KEY
    {{statements}}        all statements as a table
    {{drivers}}           numbers that go with statements over draws, in how many of each half these hold, as a table
    {{lines}} {{cost}} {{harm}}   parts of answer.txt as lists
    {{table NAME | COLUMN=VALUE, COLUMN=A;B | COLUMN, COLUMN}}   rows of a CSV, and which columns; either may be left
                          out; COLUMN as WORDS heads it by these; plain as one more option: no signs
    {{in FOLDER | PLACE}} another place, filled from experiments/<id>/FOLDER in place of findings
    {{cited}}             experiments/<id>/cited.csv as a table
    {{cell NAME | COLUMN=VALUE, COLUMN=VALUE}}   mean, low and high of the one row of a CSV; takes the options of KEY
    {{told NAME | COLUMN=VALUE | COLUMN}}         one cell of the one row of a CSV as it stands there
    {{answer BEFORE ... AFTER}}   what stands in answer.txt between these words, which stand there once
    {{made_by}}           the line that says by what the page is made
    {{findings}}          the command that made the findings, from provenance.json
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
PLACE = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
HEADS = {"cost": "Cost", "harm": "Harm"}


class PageError(ValueError):
    """A place that cannot be filled: file, place, what is allowed."""


class Findings:
    """The folder of a system's answer."""

    def __init__(self, system: str, root: Path = ROOT, folder: str = "findings") -> None:
        self.system, self.root, self.folder = system, root, root / "experiments" / system / folder
        if not (self.folder / "quantities.csv").exists():
            raise PageError(f"{self.folder.relative_to(root)}: there are no findings; make them with {command(system)}")
        self.quantities = self.csv("quantities").set_index("key")
        self.statements = self.csv("statements")
        self.provenance = json.loads((self.folder / "provenance.json").read_text("utf-8"))

    def csv(self, name: str) -> pd.DataFrame:
        """A table by name. Raises PageError."""
        path = self.folder / f"{name}.csv"
        if not path.exists():
            names = ", ".join(sorted(file.stem for file in self.folder.glob("*.csv")))
            raise PageError(f"table {name!r}: there is none in {path.parent.name}; {names} are allowed")
        return pd.read_csv(path)

    def statement(self, begins: str) -> pd.Series:
        """The one statement that begins so."""
        found = self.statements[self.statements["text"].str.startswith(begins)]
        exact = found[found["text"] == begins]
        found = exact if len(exact) == 1 else found
        if len(found) != 1:
            known = "; ".join(self.statements["text"])
            raise PageError(f"statement {begins!r}: {len(found)} begin so; one is needed of: {known}")
        return found.iloc[0]


def command(system: str, replicates: Any = "N", draws: Any = 200) -> str:
    """What makes the findings."""
    asked = f"diffusion-sim answer {system} --space {draws} --replicates {replicates}"
    return f"{asked} --out experiments/{system}/findings"


def number(value: float, digits: int, sign: bool = True) -> str:
    """As pages write it: no leading zero, commas, no minus before zero."""
    if pd.isna(value):
        return "-"
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    text = text.lstrip("+-") if not text.strip("-+0.,") else text
    return re.sub(r"^([+-]?)0\.", r"\1.", text)


def shown(mean: float, low: float, high: float, options: list[str], where: str) -> str:
    """A number with its interval, by the options of a place."""
    digits, factor, interval, sign = 3, 1.0, True, True
    for option in options:
        if re.fullmatch(r"\d", option):
            digits = int(option)
        elif re.fullmatch(r"x[\d.]+", option):
            factor = float(option[1:])
        elif option in ("mean", "plain"):
            interval, sign = interval and option != "mean", sign and option != "plain"
        else:
            raise PageError(f"{where}: option {option!r}; a digit, x and a factor, mean, plain are allowed")
    own, *ends = (number(factor * value, digits, sign) for value in (mean, low, high))
    return f"{own} ({ends[0]} to {ends[1]})" if interval else own


def markdown(table: pd.DataFrame, sign: bool = True) -> str:
    """A Markdown table; numbers that are no whole ones with three decimals."""
    cells = table.map(lambda one: number(one, 3, sign) if isinstance(one, float) and not one.is_integer() else one)
    cells = cells.map(lambda cell: int(cell) if isinstance(cell, float) else cell)
    rows = [list(table.columns), ["---"] * len(table.columns), *cells.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows)


def rows_where(table: pd.DataFrame, name: str, conditions: str) -> pd.DataFrame:
    """Rows of a table that meet "column=value, column=a;b"."""
    for condition in conditions.split(","):
        column, _, value = (one.strip() for one in condition.partition("="))
        if column not in table:
            raise PageError(f"table {name}: column {column!r}; {', '.join(table)} are allowed")
        table = table[table[column].astype(str).isin([one.strip() for one in value.split(";")])]
    return table


def one_cell(found: Findings, words: list[str], place: str) -> str:
    """Mean and interval of one row."""
    table = rows_where(found.csv(words[0]), words[0], words[1])
    if len(table) != 1:
        raise PageError(f"place {place!r}: {len(table)} rows; one is needed")
    row = table.iloc[0]
    return shown(row["mean"], row["low"], row["high"], words[2:], place)


def told_cell(found: Findings, words: list[str], place: str) -> str:
    """One cell as it stands."""
    table = rows_where(found.csv(words[0]), words[0], words[1])
    if len(table) != 1 or words[2] not in table:
        raise PageError(f"place {place!r}: {len(table)} rows; one is needed, and a column of: {', '.join(table)}")
    return str(table.iloc[0][words[2]])


def words_of_answer(found: Findings, asked: str, place: str) -> str:
    """What stands between words of answer.txt."""
    before, _, after = (part.strip() for part in asked.partition("..."))
    text = (found.folder / "answer.txt").read_text("utf-8")
    between = re.findall(rf"{re.escape(before)} (\S(?:[^\n]*?\S)?) {re.escape(after)}", text)
    if len(between) != 1:
        raise PageError(f"place {place!r}: found {len(between)} times in answer.txt; once is needed")
    return str(between[0])


def some_rows(found: Findings, words: list[str]) -> str:
    """Rows and columns of a CSV that a place asks for."""
    name, *asked = words
    sign, asked = "plain" not in asked, [part for part in asked if part != "plain"]
    table, columns = found.csv(name), None
    for part in asked:
        if "=" not in part:
            columns = [column.strip().partition(" as ")[::2] for column in part.split(",")]
            continue
        table = rows_where(table, name, part)
    unknown = [column for column, _ in columns or [] if column not in table]
    if unknown or table.empty:
        raise PageError(f"table {' | '.join(words)}: {unknown or 'no rows'}; columns: {', '.join(table)}")
    if columns:
        heads = [said or column for column, said in columns]
        table = table[[column for column, _ in columns]].set_axis(heads, axis=1)
    return markdown(table, sign)


def all_statements(found: Findings) -> str:
    """The table of statements."""
    rows = []
    for row in found.statements.itertuples(index=False):
        here = ("yes" if row.holds else "no") + ("" if row.told else ", not told from chance")
        rows.append((row.text, here, f"{row.holds_in} of {row.draws}"))
    return markdown(pd.DataFrame(rows, columns=["statement", "at the scenario's numbers", "draws in which it holds"]))


def all_drivers(found: Findings) -> str:
    """The table of numbers that go with statements' quantities."""
    table, rows = found.csv("drivers"), []
    if "text" not in table:  # findings made before halves were counted
        texts = dict(zip(found.statements["key"][::-1], found.statements["text"][::-1], strict=True))
        for key, its in table.groupby("key", sort=False):
            told = its[["number", "rank_correlation"]].itertuples(index=False, name=None)
            numbers = ", ".join(f"`{name}` {number(value, 2)}" for name, value in told)
            rows.append((texts[key], numbers))
        return markdown(pd.DataFrame(rows, columns=["quantity of", "goes with (rank correlation over draws)"]))
    for text, its in table.groupby("text", sort=False):
        numbers = "; ".join(
            f"`{row.number}` {number(row.rank_correlation, 2)}: {row.holds_lower} of {row.lower}, {row.holds_upper} of "
            f"{row.upper}" for row in its.itertuples(index=False)
        )  # fmt: skip
        rows.append((text, numbers))
    told = "number or structure, rank correlation with the quantity: holds in its lower half, in its upper half"
    return markdown(pd.DataFrame(rows, columns=["statement", told]))


def part_of_answer(found: Findings, name: str) -> str:
    """Lines of answer.txt as a list."""
    text = (found.folder / "answer.txt").read_text("utf-8")
    blocks = text.split("\n\n")
    if name == "lines":
        return "\n".join(f"- {line.strip()}" for line in blocks[1].splitlines())
    block = next(block for block in blocks if block.startswith(f"{HEADS[name]}\n"))
    return "\n".join(f"- {line.strip()}" for line in block.splitlines()[1:])


def fill(found: Findings, place: str) -> str:
    """What stands in a place."""
    words = [" ".join(word.split()) for word in place.split("|")]
    head, _, rest = words[0].partition(" ")
    if words[0] == "made_by":
        return f"Made by `python experiments/systems_page.py {found.system}`; do not edit here."
    if words[0] == "findings":
        return command(found.system, found.provenance["replicates"], found.provenance["draws"])
    if words[0] == "cited":
        return markdown(pd.read_csv(found.folder.parent / "cited.csv", dtype=str))
    if words[0] in ("statements", "drivers"):
        return all_statements(found) if words[0] == "statements" else all_drivers(found)
    if words[0] in ("lines", *HEADS):
        return part_of_answer(found, words[0])
    if head == "in":
        return fill(Findings(found.system, found.root, rest), " | ".join(words[1:]))
    if head == "cell":
        return one_cell(found, [rest, *words[1:]], place)
    if head == "told" and len(words) == 3:
        return told_cell(found, [rest, *words[1:]], place)
    if head == "answer":
        return words_of_answer(found, rest, place)
    if head == "table":
        return some_rows(found, [rest, *words[1:]])
    if head in ("holds", "draws", "fails", "count", "spread"):
        row = found.statement(rest)
        if head == "spread":
            return shown(row["draws_median"], row["draws_low"], row["draws_high"], words[1:], place)
        if head in ("holds", "count"):
            return str(row["holds_in"]) if head == "count" else "yes" if row["holds"] else "no"
        return f"{row['holds_in'] if head == 'draws' else row['draws'] - row['holds_in']} of {row['draws']}"
    if words[0] not in found.quantities.index:
        like = [key for key in found.quantities.index if key.split(".")[0] == words[0].split(".")[0]]
        some = ", ".join(like[:8] or found.quantities.index[:8])
        raise PageError(f"place {place!r}: no quantity of that name; for example {some}")
    row = found.quantities.loc[words[0]]
    return shown(row["mean"], row["low"], row["high"], words[1:], place)


def made(system: str, root: Path = ROOT) -> dict[Path, str]:
    """File -> its text, of all pages of a system. Raises PageError."""
    found, home = Findings(system, root), root / "experiments" / system
    pages = {home / "page.in.md": root / "docs" / "systems" / f"{system}.md", home / "README.in.md": home / "README.md"}
    texts = {}
    for source, page in pages.items():
        if source.exists():
            try:
                texts[page] = PLACE.sub(lambda place: fill(found, place[1]), source.read_text("utf-8"))
            except PageError as error:
                raise PageError(f"{source.relative_to(root)}: {error}") from error
    return texts


def main() -> None:
    """Write the pages of the systems that are named."""
    if len(sys.argv) < 2:
        sys.exit("usage: python experiments/systems_page.py ID...")
    try:
        for system in sys.argv[1:]:
            for page, text in made(system).items():
                page.parent.mkdir(parents=True, exist_ok=True)
                page.write_text(text, encoding="utf-8", newline="\n")
                print(page.relative_to(ROOT))
    except PageError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
