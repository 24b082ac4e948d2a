"""The numbers that pages state about results of the model, each held against the file that it comes from.

    python experiments/claims.py             all claims with what their files say now; exit 1 where a page says another
    python experiments/claims.py --write     and the numbers of today's files written into the pages

experiments/claims.yaml says for each claim the page, the sentence or row of a table with a place {name} for each
number, and for each number whose it is (``of``: a strategy, or a contrast "a - b"), the measure, what it is (WHAT), and
the file and row. tests/test_claims.py checks every claim, and that no other number of this kind stands on the pages.

Values of claims, all of which a claim may say once for all its values:

    of, measure, what    whose number, of which measure, what it is
    results, table       an entry of ``results``, and the table of its folder: a CSV's name, or page.md#1
    row                  {column: value or list of values} beside those that of and measure say
    column               where it is not the one that ``what`` says; a list where several are looked over
    over                 min, max, sum, count: of several rows; ``above`` counts those above a number
    minus, divided_by    {column: value} of the row to be taken off, or of the divisor; may say ``of`` and ``measure``
    scale, digits        factor (1, 1.0e-6, 100) and decimals (2); with_interval: true adds "(low to high)"
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any

import pandas as pd
from claims_file import OVER, WHAT, Claim, Claims, ClaimsError, page_text, read, wrong

from diffusion_sim import __version__

NUMBER = r"-?[\d.,]*\d"
# What a number of a result looks like in a text: .12, 1.2, 12 %, $3.
RESULT = re.compile(r"(?<![\w.,])-?\d*\.\d+(?![\w.]*\.\d)|(?<![\w.,])\d[\d.,]*(?: |\xa0)?%|\$\d[\d.,]*")


# ---- values --------------------------------------------------------------------------------------------------------
def table_of(claims: Claims, value: dict[str, Any], key: str) -> pd.DataFrame:
    """The table that a value stands in, all cells as text."""
    name = str(value["table"])
    page, _, number = name.partition("#")
    path = claims.root / claims.results[value["results"]]["folder"] / (page if number else f"{name}.csv")
    if not path.exists():
        raise wrong(f"{key}.table", name, f"a table of {path.parent.relative_to(claims.root)} is allowed")
    if not number:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    tables = re.findall(r"(?:^\|.*\n)+", path.read_text("utf-8") + "\n", re.MULTILINE)
    if not number.isdigit() or not 1 <= int(number) <= len(tables):
        raise wrong(f"{key}.table", name, f"tables 1 to {len(tables)} of the page are allowed")
    lines = tables[int(number) - 1].splitlines()
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return pd.DataFrame(rows, columns=[head[0] or "row", *head[1:]])


def numbers_of(claims: Claims, value: dict[str, Any], column: str | list[str], key: str) -> list[float]:
    """The numbers of a column, or of some, in the rows that a value names."""
    table = table_of(claims, value, key)
    strategy, _, baseline = str(value["of"]).partition(" - ")
    usual = {"strategy": strategy, "measure": value["measure"]} | ({"baseline": baseline} if baseline else {})
    usual["version"] = claims.results[value["results"]]["version"]
    asked = {k: v for k, v in usual.items() if k in table} | value["row"]
    for name, said in asked.items():
        if name not in table:
            raise wrong(f"{key}.row.{name}", said, f"columns of {value['table']} are allowed: {', '.join(table)}")
        wanted = [str(one) for one in (said if isinstance(said, list) else [said])]
        known = list(dict.fromkeys(table[name]))
        for one in wanted:
            if one not in known:
                raise wrong(f"{key}.row.{name}", one, f"in {value['table']} there are {', '.join(known)}")
        table = table[table[name].isin(wanted)]
    columns = column if isinstance(column, list) else [column]
    for name in columns:
        if name not in table:
            raise wrong(f"{key}.column", name, f"columns of {value['table']} are allowed: {', '.join(table)}")
    if table.empty or (len(table) * len(columns) > 1 and "over" not in value):
        raise wrong(f"{key}.row", asked, f"one row is allowed (or over: min, max, sum, count); there are {len(table)}")
    try:
        return [float(cell.split(" ")[0]) for name in columns for cell in table[name]]
    except ValueError as error:
        raise wrong(f"{key}.column", column, f"a column of numbers is allowed: {error}") from error


def value_of(claims: Claims, value: dict[str, Any], key: str, column: str = "") -> float:
    """The number of a value, before it is scaled."""
    column = column or value.get("column") or WHAT[value["what"]].format(**value)
    numbers = numbers_of(claims, value, column, key)
    if "above" in value:
        numbers = [number for number in numbers if number > value["above"]]
    found = float(OVER[value["over"]](numbers)) if "over" in value else numbers[0]
    for name in ("minus", "divided_by"):
        if name in value:
            other = {k: v for k, v in value.items() if k not in ("minus", "divided_by")}
            said = dict(value[name])
            other |= {k: said.pop(k) for k in ("of", "measure") if k in said}
            amount = value_of(claims, other | {"row": value["row"] | said}, f"{key}.{name}")
            found = found - amount if name == "minus" else found / amount
    return found


def written(number: float, value: dict[str, Any]) -> str:
    """A number as pages write it: no leading zero, no minus before zero, commas in thousands."""
    digits = value.get("digits", 2)
    text = f"{round(number * value.get('scale', 1), digits):,.{max(0, digits)}f}"
    text = text.removeprefix("-") if not text.strip("-0.,") else text
    return re.sub(r"^(-?)0\.", r"\1.", text)


def parts_of(claims: Claims, claim: Claim) -> dict[str, str]:
    """Place -> what its file says now."""
    found = {}
    for name, value in claim.values.items():
        key = f"claims.{claim.id}.values.{name}"
        found[name] = written(value_of(claims, value, key), value)
        if value.get("with_interval"):
            low, high = (written(value_of(claims, value, key, end), value) for end in ("low", "high"))
            found[name] += f" ({low} to {high})"
    return found


# ---- pages ---------------------------------------------------------------------------------------------------------
def form_of(claim: Claim) -> re.Pattern[str]:
    """The claim's sentence as it may stand on a page, with any numbers and line ends."""
    pattern = ""
    for piece in re.split(r"(\{\w+\})", claim.text):
        if piece[:1] == "{" and piece[1:-1] in claim.values:
            whole = f"{NUMBER} \\({NUMBER} to {NUMBER}\\)" if claim.values[piece[1:-1]].get("with_interval") else NUMBER
            pattern += f"(?P<{piece[1:-1]}>{whole})"
        else:
            pattern += re.escape(piece)
    return re.compile(re.sub(r"(?:\\? )+", r"\\s+", pattern))


def standing(claims: Claims, claim: Claim) -> re.Match[str] | None:
    """Where the claim's sentence stands on its page; None where it does not, or more than once."""
    found = list(form_of(claim).finditer(page_text(claims.root, claim.page, f"claims.{claim.id}.page")))
    return found[0] if len(found) == 1 else None


def version_of(claims: Claims, claim: Claim) -> str:
    """Version of the package that a claim's results were made with."""
    (version,) = {claims.results[value["results"]]["version"] for value in claim.values.values()}
    return str(version)


def complaint(claims: Claims, claim: Claim) -> str:
    """What is wrong with a claim; empty where its page says what its file says."""
    now = parts_of(claims, claim)
    place = standing(claims, claim)
    if place is None:
        return f"{claim.id}: {claim.page}: no sentence of this form, or several: {claim.text}"
    said = {name: " ".join(text.split()) for name, text in place.groupdict().items()}
    version, page = version_of(claims, claim), page_text(claims.root, claim.page, claim.id)
    if version not in (__version__, "any") and f"of version {version}" not in page:
        return f"{claim.id}: {claim.page}: made with {version}, this is {__version__}, and the page does not say so"
    other = [f"{name}: the page says {said[name]}, the file {now[name]}" for name in now if said[name] != now[name]]
    return f"{claim.id}: {claim.page}: {'; '.join(other)}" if other else ""


def write(claims: Claims, claim: Claim) -> None:
    """Put the numbers of today's files into the claim's sentence on its page."""
    now, place, path = parts_of(claims, claim), standing(claims, claim), claims.root / claim.page
    if place is None:
        return
    text = path.read_text("utf-8")
    for name in sorted(now, key=place.start, reverse=True):
        text = text[: place.start(name)] + now[name] + text[place.end(name) :]
    path.write_text(text, encoding="utf-8", newline="\n")


def unclaimed(claims: Claims, page: str) -> list[str]:
    """Numbers of results in a page's sections that stand in no claim, with the words around them."""
    asked = claims.pages[page].get("sections")
    if not asked:
        return []
    text = page_text(claims.root, page, f"pages.{page}")
    for claim in claims.claims.values():
        if claim.page == page:
            text = form_of(claim).sub(" ", text)
    for left in claims.not_results:
        if left["page"] == page:
            if " ".join(left["text"].split()) not in " ".join(text.split()):
                raise wrong("not_results.text", left["text"], f"words of {page} are allowed")
            text = re.sub(r"\s+".join(map(re.escape, left["text"].split())), " ", text)
    for section in [] if asked == "all" else asked:
        if f"\n## {section}\n" not in text:
            raise wrong(f"pages.{page}.sections", section, "all, or a list of the page's headings, is allowed")
    parts = re.split(r"^## (.*)\n", "## \n" + text, flags=re.MULTILINE)[1:]
    shown = [body for head, body in zip(parts[::2], parts[1::2], strict=True) if asked == "all" or head in asked]
    code = r"^```.*?^```|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->"
    bare = re.sub(code, " ", "\n".join(shown), flags=re.MULTILINE | re.DOTALL)
    return [" ".join(bare[max(0, m.start() - 60) : m.end() + 30].split()) for m in RESULT.finditer(bare)]


def unlisted(claims: Claims) -> list[str]:
    """Pages of the repository that claims.yaml does not name."""
    places = ("docs/*.md", "docs/systems/*.md", "experiments/**/README.md")
    found = [claims.root / "README.md", *(path for place in places for path in claims.root.glob(place))]
    return sorted({path.relative_to(claims.root).as_posix() for path in found} - set(claims.pages))


def main() -> None:
    """Print all claims; with --write bring the pages up to their files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the numbers of today's files into the pages")
    options = parser.parse_args()
    bad = 0
    try:
        claims = read()
        for claim in claims.claims.values():
            if options.write:
                write(claims, claim)
            sources = dict.fromkeys(claims.results[value["results"]]["made_by"] for value in claim.values.values())
            told = complaint(claims, claim)
            bad += bool(told)
            now = claim.text.format(**parts_of(claims, claim))
            print(f"{claim.id} ({claim.page}; version {version_of(claims, claim)}, {'; '.join(sources)})\n    {now}")
            if told:
                print(f"    PAGE DIFFERS: {told}")
    except ClaimsError as error:
        sys.exit(str(error))
    print(f"{len(claims.claims)} claims, {bad} of which differ from their pages")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
