"""One page on all systems of the articles side by side: what each answers, and on what they agree.

    python experiments/five_systems.py

reads experiments/five_systems.yaml (what is asked of which system) and experiments/<id>/findings, and writes
docs/five_systems.md. No number is typed in; a system without findings is named as not run yet.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from five_systems_rows import (
    NEARLY_ALL,
    Size,
    Told,
    agreed,
    draws_of,
    largest,
    listed,
    options,
    over_seeds,
    table,
    told,
    which_larger,
)  # fmt: skip
from systems_page import PLACE, ROOT, Findings, PageError, fill, part_of_answer, shown

from diffusion_sim.analysis.statements import STATEMENTS as READ_FIRST
from diffusion_sim.scenario.numbers import defaults

PAGE = "docs/five_systems.md"
NOT_ASKED, NOT_RUN = "not asked", "not run yet"
MANY = 3  # systems in which a number has to stand first
SHARE = f"{100 * NEARLY_ALL:.0f} %"
WORLD = (
    ("population", "districts"), ("population", "schools"), ("programme", "years_support"), ("programme", "years_after"),
)  # fmt: skip
Rows = list[tuple[Any, ...]]


def answers(question: Mapping[str, Any], names: Mapping[str, str], all_found: Mapping[str, Findings]) -> list[Told]:
    """Rows of a question, of the systems with findings."""
    rows = [row for row in question["rows"] if row["system"] in all_found]
    label = {i: f" ({row['label']})" if "label" in row else "" for i, row in enumerate(rows)}
    return [told(all_found[row["system"]], row, names[row["system"]] + label[i]) for i, row in enumerate(rows)]


def summary_text(questions: Sequence[Mapping[str, Any]], names: Mapping[str, str], all_found: Any) -> str:
    """All questions in one table: how many rows say what."""
    cells: Rows = []
    alike: list[str] = []
    most: list[str] = []
    for number, question in enumerate(questions, 1):
        rows = answers(question, names, all_found)
        sure, drawn = [row for row in rows if row.told], [row for row in rows if row.draws]
        yes = sum(row.yes for row in sure)
        shares = [row.held / row.draws for row in drawn]
        here = (len({row.system for row in rows}), len(rows), yes, len(sure) - yes, len(rows) - len(sure))
        over = (len(drawn), sum(one > 0.5 for one in shares), sum(one >= NEARLY_ALL for one in shares))
        cells.append((f"{number}. {question['ask']}", *here, *over))
        if len({row.system for row in sure}) > 1 and yes in (0, len(sure)):
            answer = "yes" if yes else "no"
            alike.append(f"{number} ({answer}; {len(sure)} of {len(rows)} rows)")
            if shares and all((one > 0.5) == bool(yes) for one in shares):
                most.append(f"{number} ({answer}; {len(shares)} of {len(rows)} rows asked over draws)")
    heads = ("question", "systems", "rows", "yes", "no", "not told from chance", "rows asked over draws",
             "yes in more than half", f"yes in {SHARE} or more")  # fmt: skip
    said = (
        f"All rows that are told from chance answer alike at the scenarios' numbers, and are of two systems or more, in "
        f"question {listed(alike or ['none'])}. Of these all rows that are asked over draws answer so in more than half of "
        f"the draws, too, in question {listed(most or ['none'])}."
    )
    return f"All questions that have a yes or no, in numbers of rows:\n\n{table(heads, cells)}\n\n{said}"


def question_text(number: int, question: Mapping[str, Any], names: Mapping[str, str], all_found: Any) -> str:
    """A question with its table, who is not asked, and what is agreed on."""
    rows = answers(question, names, all_found)
    cells: Rows = []
    for row in rows:
        yes = ("yes" if row.yes else "no") + ("" if row.told else ", not told from chance")
        cells.append((row.name, row.asked, row.value, yes, f"{row.held} of {row.draws}" if row.draws else NOT_ASKED))
    has = {row["system"] for row in question["rows"]}
    cells += [(names[one], NOT_ASKED, "-", "-", "-") for one in names if one in all_found and one not in has]
    cells += [(names[one], NOT_RUN, "-", "-", "-") for one in names if one not in all_found]
    heads = ("system", "asked as", "at the scenario's numbers", "answer there", "yes in draws")
    text = f"### {number}. {question['ask']}\n\n{table(heads, cells)}\n\n{agreed(rows)}"
    return f"{text} {question['remark'].strip()}" if "remark" in question else text


def told_size(size: Size | None, among: int, how: list[str]) -> str:
    """A difference with its words, and of how many it is the largest."""
    if size is None:
        return NOT_ASKED
    most = f" (largest of {among})" if among > 1 else ""
    return f"{size.words}: {shown(size.mean, size.low, size.high, how, size.words)}{most}"


def compared_text(number: int, question: Mapping[str, Any], names: Mapping[str, str], all_found: Any) -> str:
    """The question which of two kinds of levers moves more, with its table."""
    cells: Rows = []
    verdicts: dict[str, list[str]] = {}
    for row in (row for row in question["rows"] if row["system"] in all_found):
        found, how = all_found[row["system"]], options(row)
        name = names[row["system"]] + (f" ({row['label']})" if "label" in row else "")
        both = [largest(found, row[side]) for side in ("first", "second")]
        told = [told_size(size, len(row[side]), how) for size, side in zip(both, ("first", "second"), strict=True)]
        larger = which_larger(*both) if all(both) else NOT_ASKED
        verdicts.setdefault(larger, []).append(name)
        said = [size.said for size in both if size and size.said]
        if "besides" in row and (more := draws_of(found.statement(row["besides"]))):
            said.append(more)
        cells.append((name, row["unit"], *told, larger, "; ".join(said) or NOT_ASKED))
    cells += [(names[one], NOT_RUN, "-", "-", "-", "-") for one in names if one not in all_found]
    heads = ("system", "unit", "first: who leads, or what it is built of; the largest",
             "second: how hours are shared or how it is rolled out; the largest", "larger",
             "statement: draws in which it holds")  # fmt: skip
    said = {"the first": "The first moves more in", "the second": "The second moves more in", "open": "It is open in",
            NOT_ASKED: "It is not asked in"}  # fmt: skip
    text = ". ".join(f"{words} {listed(verdicts[one])}" for one, words in said.items() if one in verdicts)
    return f"### {number}. {question['ask']}\n\n{table(heads, cells)}\n\n{text}. {question['remark'].strip()}"


# ---- numbers and draws -----------------------------------------------------------------------------------------------


def firsts(found: Findings) -> tuple[dict[str, int], int]:
    """(number of the model -> of how many quantities it stands first, how many quantities have such a number)."""
    drivers = found.csv("drivers")
    if drivers.empty:
        return {}, 0
    drivers = drivers.assign(size=drivers["rank_correlation"].abs()).sort_values("size", ascending=False)
    first = drivers.drop_duplicates("key")["number"].value_counts()
    return {str(name): int(count) for name, count in first.items()}, int(first.sum())


def meaning(path: str) -> str:
    """What the catalogue says of a number."""
    section, _, name = path.partition(".")
    said = defaults().get(section, {}).get(name)
    if said is None:
        return "-"
    return said.note if section == "structure" else said.note.split(";")[0]


def drivers_text(number: int, names: Mapping[str, str], all_found: Mapping[str, Findings]) -> str:
    """Which numbers stand first over draws, in two or more systems."""
    counts = {one: firsts(found) for one, found in all_found.items() if (found.folder / "drivers.csv").exists()}
    systems: dict[str, list[str]] = {}
    for one, (first, _) in counts.items():
        for name in first:
            systems.setdefault(name, []).append(one)
    several = sorted((name for name in systems if len(systems[name]) > 1), key=lambda n: (-len(systems[n]), n))
    heads = ("number or structure", "what it is", *(f"{names[one]}, of {counts[one][1]} quantities" for one in counts), "systems")
    cells = [(f"`{n}`", meaning(n), *(counts[one][0].get(n, 0) for one in counts), len(systems[n])) for n in several]
    own = [f"in {names[o]} `{max(f, key=lambda n: f[n])}`" for o, (f, _) in counts.items() if f]
    many = [f"`{name}`" for name in several if len(systems[name]) >= MANY]
    text = f"Standing first in {MANY} systems or more: {listed(many) if many else 'none'}."
    text += f" Most often first: {listed(own)}." if own else ""
    return (
        f"### {number}. Which numbers of the model decide?\n\nOf each quantity that a statement is about, the number that "
        "goes with it most over draws (rank correlation). Counted is of how many quantities a number stands first. Shown "
        f"are numbers that stand first in two systems or more.\n\n{table(heads, cells)}\n\n{text} A number of one system "
        "alone, such as how schools test, cannot stand first in another; what a question states does not vary in it."
    )


def draws_text(number: int, names: Mapping[str, str], all_found: Mapping[str, Findings]) -> str:
    """In how many draws statements are answered as at the scenario's numbers."""
    cells: Rows = []
    for one, found in all_found.items():
        its = found.statements[found.statements["draws"] > 0]
        same = its["holds_in"].where(its["holds"], its["draws"] - its["holds_in"]) / its["draws"].clip(lower=1)
        nearly, half = int((same >= NEARLY_ALL).sum()), int((same > 0.5).sum())
        cells.append((names[one], len(its), nearly, half - nearly, len(its) - half))
    cells += [(names[one], NOT_RUN, "-", "-", "-") for one in names if one not in all_found]
    heads = ("system", "statements", f"as there in {SHARE} of draws or more", "in more than half", "in half or fewer")
    whole = [sum(row[column] for row in cells if row[1] != NOT_RUN) for column in range(1, 5)]
    text = (
        f"Of {whole[0]} statements {whole[1]} are answered as at the scenario's numbers in nearly all draws, {whole[2]} in "
        f"most; for {whole[3]} that is so in half of the draws or fewer. Statements of one system overlap, so that these "
        "are no shares of anything."
    )
    title = f"### {number}. How many answers at the scenarios' numbers hold over draws?"
    return f"{title}\n\n{table(heads, cells)}\n\n{text}"


# ---- the page --------------------------------------------------------------------------------------------------------


def own_line(found: Findings, part: str, arm: str) -> str:
    """What answer.txt says of an arm in one of its parts."""
    lines = [line for line in part_of_answer(found, part).splitlines() if line.startswith(f"- {arm}: ")]
    return lines[0].split(": ", 1)[1] if lines else "-"


def filled(found: Findings, text: str) -> str:
    """A text with its places filled."""
    return PLACE.sub(lambda place: fill(found, place[1]), text.strip())


def systems_text(config: Mapping[str, Any], all_found: Mapping[str, Findings]) -> str:
    """The table of answers, one row a system."""
    cells: Rows = []
    for one, its in config["systems"].items():
        name = f"[{its['name']}](systems/{one}.md)"
        if one not in all_found:
            cells.append((its["name"], NOT_RUN, *"-----"))
            continue
        found = all_found[one]
        question = (found.folder / "answer.txt").read_text("utf-8").splitlines()[0]
        drawn = filled(found, its["draws"]) if found.statements["draws"].any() else NOT_ASKED
        poor = shown(*over_seeds(found, its["arm"], "poorest"), ["3"], one)
        parts = (own_line(found, part, its["arm"]) for part in ("cost", "harm"))
        cells.append((name, question, filled(found, its["answer"]), drawn, *parts, poor))
    heads = ("system", "question", "answer at the scenario's numbers", "over draws", "net cost", "harm",
             "pupils' gain by the programme, poorest quarter of schools - all, SD")  # fmt: skip
    arms = ", ".join(f"`{its['arm']}` ({its['name']})" for its in config["systems"].values())
    return f"{table(heads, cells)}\n\nCost, harm and the last column are of the arms {arms}."


def worlds_text(config: Mapping[str, Any], root: Path) -> str:
    """Size and years of each world, from the scenarios."""
    cells: Rows = []
    for one, its in config["systems"].items():
        scenario = yaml.safe_load((root / "scenarios" / f"{one}.yaml").read_text("utf-8"))
        cells.append((its["name"], *(scenario[section][name]["value"] for section, name in WORLD)))
    return table(("system", "districts", "schools", "years of support", "years after"), cells)


def made(root: Path = ROOT) -> str:
    """The text of the page. Raises PageError."""
    config = yaml.safe_load((ROOT / "experiments" / "five_systems.yaml").read_text("utf-8"))
    names = {one: its["name"] for one, its in config["systems"].items()}
    have = [one for one in names if (root / "experiments" / one / "findings" / "quantities.csv").exists()]
    all_found = {one: Findings(one, root) for one in have}
    missing = [names[one] for one in names if one not in all_found]
    questions, texts = config["questions"], {name: text.strip() for name, text in config["texts"].items()}
    run = f"Not run yet: {listed(missing)}." if missing else "All five have findings."
    blocks = [question_text(n, question, names, all_found) for n, question in enumerate(questions, 1)]
    next_one = len(blocks) + 1
    parts = [
        *(texts["head"], " ".join(READ_FIRST), run, systems_text(config, all_found), texts["agreed"]),
        *(summary_text(questions, names, all_found), *blocks),
        compared_text(next_one, config["compared"], names, all_found),
        drivers_text(next_one + 1, names, all_found),
        draws_text(next_one + 2, names, all_found),
        *(texts["cannot"], worlds_text(config, ROOT)),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the page."""
    try:
        (ROOT / PAGE).write_text(made(), encoding="utf-8", newline="\n")
    except PageError as error:
        sys.exit(f"error: {error}")
    print(PAGE)


if __name__ == "__main__":
    main()
