"""The parts of a network's story, as the terminal and the page show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from diffusion_sim.analysis.story import network_told as told
from diffusion_sim.analysis.story.follow_cycles import BEGAN, FollowedCycles
from diffusion_sim.analysis.story.network import Network
from diffusion_sim.analysis.story.network_told import Names
from diffusion_sim.analysis.story.network_years import recommended_at, schools_at
from diffusion_sim.analysis.story.sections import changed, in_numbers, without, year_title
from diffusion_sim.analysis.story.words import NOTHING, Row, Section, index, many, number
from diffusion_sim.school_year import WEEKS_PER_YEAR

UNNAMED = "the scenario's own strategy"
_HOW = (
    "Fit, and what is held of it, are in units of payoff and for the context of the school. A quarter's results are "
    "studied when the next quarter begins and counted there, so that those of a year's last quarter belong to the "
    "year after. Claims are what schools say of themselves; true fit is what nobody in the run sees. What did not "
    "happen is not told."
)
_CUT = (
    "Nobody names it: it is one of the networks into which schools with cycles are cut by size, each quarter anew, as "
    "it was at the end of the last quarter that was studied; before that, the one with which it shares most schools."
)
_BY_SCHOOL = (
    "At the end: the variant with which each began and its true fit; the one in use, its true fit, what the school "
    "holds of it, how often it has tested it itself, and how many teachers use it; c claims success, t truly better "
    "than what it began with, b taken up on what only others had tested."
)
_IN_NUMBERS = (
    "Cycles of a quarter and their cost in US dollars; results studied; variants taken up on own tests, on others', "
    "untested ones, by habit; at the year's end schools that claim success, schools truly better than they began, "
    "mean true fit and what is held of it."
)
_RECOMMENDED = (
    "For the contexts of those with cycles in the last quarter that had any: what all observations of its members "
    "would recommend at the end, its true fit there, and that of the best of all that they have observed."
)


def sections_of(seen: FollowedCycles, network: Network, rows: Sequence[Row], compared: pd.DataFrame) -> list[Section]:
    """Head, members, years, variants school by school, what spread, numbers, the same seed without a programme."""
    names, model = Names(seen), seen.model
    parts = [_head(seen, network, rows), _members(seen, network, names)]
    parts += [_year(seen, network, rows, year, names) for year in range(1, len(rows))]
    parts += [_schools(seen, network, names), _spread(seen, network, rows, names), _cycles(rows)]
    everybody = len(network.rows) == model.state.schools.size
    said = [] if everybody else ["Of the schools that belong to the network at the end, and of all schools (all)."]
    last = without(compared, model, everybody, "  all schools")
    return [*(part for part in parts if part.paragraphs or part.rows), in_numbers(rows, everybody, said), last]


def _head(seen: FollowedCycles, network: Network, rows: Sequence[Row]) -> Section:
    model = seen.model
    support = model.support_weeks // WEEKS_PER_YEAR
    after = model.weeks // WEEKS_PER_YEAR - support
    districts = {int(model.state.schools.district[row]) for row in network.rows}
    size = f"{many(len(network.rows), 'school')} of {many(len(districts), 'district')}"
    more = len(network.ever) - len(network.rows)
    before = f" at the end, and {number(more)} before" if more else ""
    tested = (
        f"; {number(len(network.tested))} ever had a cycle in it" if len(network.tested) < len(network.ever) else ""
    )
    return Section(
        f"{model.case.title}: what happened in improvement network {network.name}",
        [
            f"One run of seed {model.seed}; another seed tells another story.",
            f"Strategy: {model.strategy or UNNAMED}; {many(support, 'year')} of support and {many(after, 'year')} "
            f"after it. The network: {size}{before}, {many(rows[0]['teachers'], 'teacher')}{tested}. "
            f"{_rule(seen, network)}",
            *([_CUT] if network.name.startswith("number ") else []),
            _HOW,
            *changed(model),
        ],
    )


def _rule(seen: FollowedCycles, network: Network) -> str:
    """The rule when the first of them had a cycle."""
    for quarter in seen.quarters:
        for row in network.by_quarter.get(quarter.number, [])[:1]:
            return told.rule_told(quarter.rule_of(row), quarter, row, seen.model.numbers.cycles)
    return "None of its schools ever had a cycle."


def _members(seen: FollowedCycles, network: Network, names: Names) -> Section:
    world, rows = seen.model.world, []
    for row in network.ever:
        there = [quarter for quarter, members in network.by_quarter.items() if row in members]
        first, last = (there[0] // 4 + 1, there[-1] // 4 + 1) if there else (0, 0)
        years = NOTHING if not there else str(first) if first == last else f"{first} to {last}"
        posts, context = str(int(world.schools.posts[row])), names.context(int(world.context[row]))
        rows.append([names.school(row), context, posts, years, str(len(there))])
    columns = ["school", "context", "posts", "years", "cycles"]
    return Section("Its schools", ["Context, teaching posts, years with cycles, and how many quarters."], columns, rows)


def _year(seen: FollowedCycles, network: Network, rows: Sequence[Row], year: int, names: Names) -> Section:
    row = rows[year]
    title = year_title(seen.model, year, row["phase"])
    if told.nothing_new(row):
        quiet = "Nothing was tested, and every school kept the variant that it used." if row["tested"] else ""
        return Section(title, [text for text in (quiet, *told.ended(seen, network, year)) if text])
    parts = [
        told.cycles(seen, network, row, names),
        told.begun(seen, network, year, names),
        told.studied(seen, network, year, names),
        told.switched(seen, network, year, names),
        told.in_use(seen, network, year, names) + told.claims(row),
        told.recommended(seen, network, row, names),
        told.ended(seen, network, year),
    ]
    return Section(title, [" ".join(some) for some in parts if some])


# ---- tables ----------------------------------------------------------------------------------------------------------
def _schools(seen: FollowedCycles, network: Network, names: Names) -> Section:
    """What each school began with and uses at the end."""
    rows = []
    for one in schools_at(seen, network, max(seen.ends)):
        began = names.variant(_began(seen, one["row"]))
        marks = "".join(mark for mark, key in (("c", "claims"), ("t", "improved"), ("b", "borrowed")) if one[key])
        fits = [index(one["fit_start"]), names.variant(one["variant"]), index(one["fit"]), index(one["held"])]
        use = f"{number(one['users'])}/{one['teachers']}"
        rows.append([names.school(one["row"]), began, *fits, number(one["own_tests"]), use, marks or NOTHING])
    columns = ["school", "began", "fit", "uses", "fit", "held", "tests", "users", ""]
    return Section("Variants, school by school", [_BY_SCHOOL] if rows else [], columns, rows)


def _began(seen: FollowedCycles, row: int) -> Any:
    return next((event["variant"] for event in seen.events if event["row"] == row and event["event"] == BEGAN), None)


def _spread(seen: FollowedCycles, network: Network, rows: Sequence[Row], names: Names) -> Section:
    """Who uses what they had not tested when they took it up, and what the network would recommend at the end."""
    last = max(seen.ends)
    borrowed: dict[Any, list[int]] = {}
    for one in schools_at(seen, network, last):
        if one["borrowed"]:
            borrowed.setdefault(one["variant"], []).append(one["row"])
    said = [f"{names.variant(variant)} in {names.schools(those)}" for variant, those in sorted(borrowed.items())]
    text = [f"In use at the end on what only others had tested: {'; '.join(said)}."] if said else []
    area = rows[-1]["fit_new_area"]
    if area == area:
        text.append(f"Over all contexts of this world what it would recommend has a true fit of {index(area)}.")
    table = []
    for one in recommended_at(seen, network, last):
        fits = [index(one["fit"]), index(one["best_fit"])]
        table.append([names.context(one["context"]), str(one["schools"]), names.variant(one["variant"]), *fits])
    text += [_RECOMMENDED] if table else []
    columns = ["context", "schools", "recommended", "fit", "best observed"] if table else []
    return Section("What spread, and what it would recommend", [" ".join(text)] if text else [], columns, table)


def _cycles(rows: Sequence[Row]) -> Section:
    """The years of the cycles in numbers."""
    columns = ["year", "cycles", "cost", "study", "own", "read", "new", "habit", "claim", "true", "fit", "held"]
    counts = ("study_acts", "by_evidence", "by_borrowing", "new", "by_habit", "claimed", "improved")
    table = []
    for row in rows[1:]:
        said = {**row, "new": row["untested"] + row["failed"]}
        money = f"{row['cost_measurement'] + row['cost_hub']:,.0f}"
        held = [index(row["fit"]), index(row["held"])]
        table.append([str(row["year"]), number(row["cycles"]), money, *(number(said[name]) for name in counts), *held])
    return Section("The cycles in numbers", [_IN_NUMBERS], columns, table)
