"""What is said of trials, in sections of a text and a table: the page and the terminal show the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from diffusion_sim.analysis.trials.coaching import ALL, CONSENTED
from diffusion_sim.analysis.trials.network import GROUPS
from diffusion_sim.analysis.trials.published import CEILING, COACHING, CONTRASTS, NETWORK, published
from diffusion_sim.analysis.trials.tables import TrialResults, draws_with

WHOM = {CONSENTED: "teachers who consented", ALL: "all teachers of schools that agreed", "": ""}
NOTHING = "-"


class Section(NamedTuple):
    """A title, lines before a table, the table, lines after it."""

    title: str
    before: list[str]
    columns: list[str]
    rows: list[list[str]]
    after: list[str]


def sections(found: TrialResults) -> list[Section]:
    """All that there is to say, in order; of trials that were not run nothing."""
    makers = (
        (len(found.figures), figures_section),
        (len(found.coaching), coaching_section),
        (len(found.ceiling), ceiling_section),
        (len(found.network), network_section),
        (len(found.contrasts), contrasts_section),
    )
    return [make(found) for there, make in makers if there]


# ---- words -----------------------------------------------------------------------------------------------------------


def number(value: float, digits: int = 2, signed: bool = False) -> str:
    """A number with so many decimals; - where it is undefined or has no end."""
    if not math.isfinite(value):
        return NOTHING
    text = f"{value:{'+' if signed else ''}.{digits}f}"
    return text.replace("-", "", 1) if float(text) == 0.0 and not signed else text


def interval(row: Any, digits: int = 3) -> str:
    """``effect (low to high)``."""
    ends = f"{number(row['low'], digits, True)} to {number(row['high'], digits, True)}"
    return f"{number(row['effect'], digits, True)} ({ends})"


def band(low: float, high: float) -> str:
    """A band in words."""
    if math.isinf(low):
        return f"at most {number(high)}"
    return f"at least {number(low)}" if math.isinf(high) else f"{number(low)} to {number(high)}"


def _rows(table: pd.DataFrame, **keys: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return [row for row in rows if all(row[key] == value for key, value in keys.items())]


# ---- figures ---------------------------------------------------------------------------------------------------------


def figures_section(found: TrialResults) -> Section:
    """Published figures, their bands, what the model gives, and how many draws hold them."""
    draws = len(found.draws)
    rows = []
    for row in found.figures.to_dict("records"):
        figure = published().figures[str(row["figure"])]
        beyond = "; published lies outside what the model can show" if row["beyond"] else ""
        rows.append(
            [
                figure.title,
                WHOM[str(row["who"])],
                f"{number(figure.published)} ({figure.seen})",
                band(figure.low, figure.high),
                figure.unit,
                number(row["model"], 3),
                ("inside" if row["inside"] else "outside") + beyond,
                f"{row['draws_inside']} of {draws}" if draws else NOTHING,
            ]
        )
    columns = ["figure", "of whom", "published", "band", "unit", "model, defaults", "verdict", "draws inside"]
    before = [
        "Bands were written down before the first run. The model's numbers are never moved for a figure, and a figure "
        "that it does not meet is said not to be met."
    ]
    return Section("Published figures", before, columns, rows, _of_draws(found, draws))


def _of_draws(found: TrialResults, draws: int) -> list[str]:
    if not draws:
        return ["No draws were made from the plausible ranges."]
    both = {who: draws_with(found.draws, ("practice", "pupils"), who) for who in (CONSENTED, ALL)}
    highest = max((row[f"pupils/{who}"] for who, rows in both.items() for row in rows), default=math.nan)
    varied = sum(str(name).startswith("p.") for name in found.draws.columns)
    return [
        f"Draws: n of {draws} draws from our own ranges (uniform, independent): a Latin hypercube over {varied} "
        "numbers of the model, the reliability of ratings and the load of interim tests. That says how much of what we "
        "hold plausible agrees with a figure, not how likely the figure is. A ratio whose second effect is not above "
        "0 counts as outside.",
        f"Practice and pupils (both sizes) inside their bands at once: {len(both[CONSENTED])} of {draws} draws for "
        f"{WHOM[CONSENTED]}, {len(both[ALL])} of {draws} for {WHOM[ALL]}. Bands are wide: the largest effect on pupils "
        f"among these is {number(highest)} SD.",
    ]


# ---- trials ----------------------------------------------------------------------------------------------------------


def coaching_section(found: TrialResults) -> Section:
    """Effects by size, hours and whom one counts."""
    rows = []
    for row in _rows(found.coaching, measure="practice"):
        key = {name: row[name] for name in ("schools", "hours", "who")}
        (pupils,) = _rows(found.coaching, measure="pupils", **key)
        rows.append(
            [
                str(row["schools"]), number(row["hours"], 0), number(row["received"], 1), WHOM[row["who"]],
                number(row["teachers"] / 2, 0), number(100 * row["share"], 0), interval(row, 2), interval(pupils),
                number(pupils["sd_alone"]),
            ]
        )  # fmt: skip
    columns = ["schools offered", "hours a year", "received", "of whom", "teachers offered", "% of teachers",
               "practice, SD of ratings", "pupils, SD", "SD of one trial's pupils"]  # fmt: skip
    design, n = published().designs[COACHING], found.numbers
    weeks = design["consent_weeks"]
    before = [
        "One district; so many schools get the offer of a year's coaching and as many do not, by lot. All have agreed: "
        "they take their place in week 1. Hours go to all teachers of schools with the offer.",
        f"Practice is a rating: q + {n['teacher_sd']:g}/{n['effect']:g} e + noise with which the reliability is "
        f"{n['reliability']:g}; q = quality of use (0 for who does not use), e = general effectiveness. Its unit is "
        "the SD of ratings among all teachers without the programme. Pupils: SD of their gain in the year.",
        f"Teachers who consented = those who begin within the first {weeks} weeks if they get the offer, with it and "
        "without it. All = all teachers of schools that agreed. Every trial is run twice, the second time with the "
        "coin turned over, so that every teacher is seen both ways; means over seeds with 95 % intervals. The last "
        "column is how far one such trial alone strays by chance.",
        "Controls are colleagues of the same district: they see like schools take up the practice.",
    ]
    return Section(design["title"], before, columns, rows, [])


def ceiling_section(found: TrialResults) -> Section:
    """The ceiling, and whether the published pair can be had."""
    rows = []
    for row in _rows(found.ceiling, measure="pupils"):
        key = {"hours": row["hours"]}
        (practice,), (readiest,) = (_rows(found.ceiling, measure=m, **key) for m in ("practice", "readiest"))
        rows.append([number(row["hours"], 0), interval(practice, 2), interval(row), interval(readiest)])
    columns = ["hours a year", "practice, SD of ratings", "pupils, SD", "pupils, readiest quarter of schools"]
    before = [
        "Everybody uses the practice, as their own, from week 1 on; nobody stops; every coach is as good as the first; "
        "one year, against no programme. Hours of coaching on the practice cannot give much more in a first year at "
        "these numbers."
    ]
    return Section(published().designs[CEILING]["title"], before, columns, rows, _both(found))


def _both(found: TrialResults) -> list[str]:
    n, figures = found.numbers, published().figures
    practice, pupils = figures["practice"].published, figures["pupils"].published
    most, unit, held = found.most("pupils"), found.most("unit"), found.most("held")
    asked, draws = pupils / practice, found.draws
    able = "can" if held >= asked else "cannot"
    lines = [
        f"Published: {practice:g} SD of practice with {pupils:g} SD of pupils, {asked:.2f} for each SD of ratings. In "
        f"the model a rating's SD is {unit:.2f} in units of quality, for teachers differ by {n['teacher_sd']:g} SD of "
        f"pupils' gain, which is {n['teacher_sd'] / n['effect']:.2f} in units of quality, and the noise of the "
        f"instrument divides that by the root of {n['reliability']:g}. One SD of ratings, held by everybody for the "
        f"whole year, is worth {n['effect']:g} x {n['fit']:g} x {unit:.2f} = {held:.2f} SD of pupils; practice that "
        f"grows in the year and costs its first tries is worth less. So both {able} be had at once: {practice:g} SD of "
        f"practice held all year would be {practice * held:.2f} SD of pupils.",
        f"The ceiling is {most:+.3f} SD of pupils in a first year; "
        + "; ".join(
            f"{figures[name].published:g} ({figures[name].title}) lies "
            + ("outside" if figures[name].published > most else "inside")
            for name in ("pupils", "pupils_small", "pupils_large")
        )
        + ". pupils.effect is not moved for it.",
    ]
    if len(draws):
        reach = int((draws["ceiling"] >= pupils).sum())
        able_to = int((draws["held"] >= asked).sum())
        lines.append(
            f"In {reach} of {len(draws)} draws the ceiling is {pupils:g} or more (highest "
            f"{draws['ceiling'].max():.2f}); in {able_to} of {len(draws)} one SD of ratings held all year is worth "
            f"{asked:.2f} SD of pupils or more."
        )
    return lines


def network_section(found: TrialResults) -> Section:
    """The Achievement Network's trial by quarter of start readiness."""
    months = found.numbers["months_per_sd"]
    rows = []
    for row in _rows(found.network, measure="pairs"):
        key = {"to_leaders": row["to_leaders"], "group": row["group"]}
        (same,), (use,) = (_rows(found.network, measure=m, **key) for m in ("same", "use"))
        rows.append(
            [
                "leaders" if row["to_leaders"] else "teachers", row["group"], number(row["schools"], 0),
                number(row["readiness"]), interval(row), number(months * row["effect"], 1, True), interval(same),
                interval(use),
            ]
        )  # fmt: skip
    columns = ["hours go to", "schools", "number", "start readiness", "matched pairs, SD", "months",
               "same schools, SD", "share of users"]  # fmt: skip
    design = published().designs[NETWORK]
    before = [
        f"{design['schools']} schools in {design['districts']} districts (both from memory), in pairs of one district "
        "and like level and poverty; one of each pair, by lot, gets the same support as all, with interim tests "
        f"(pupils.load {found.numbers['load']:g}, {published().load['range'][0]:g} to {published().load['range'][1]:g} "
        f"in the draws), for two years. Schools that leave count. {months:g} months = 1 SD.",
        "A pair stands in the group of its school with the offer, by readiness at the start. Same schools = the same "
        "school with the offer and without, which no trial can see. Published: none overall, 4 to 7 months more over "
        "two years where the conditions were in place.",
        "The network's article says that its coaching time was time with school leaders. Figures are of hours that go "
        "to teachers; the second half of the table has all hours go to leaders, who pass on what they can.",
    ]
    order = list(GROUPS)
    rows.sort(key=lambda cells: (cells[0] == "leaders", order.index(cells[1])))
    return Section(design["title"], before, columns, rows, [])


def contrasts_section(found: TrialResults) -> Section:
    """Naive contrasts beside the true effect."""
    words = {
        "users - non-users": "users - non-users of the same year, all schools",
        "between schools": "schools' mean gain on their share of users, same year",
        "within school and year": "users - non-users of the same school and year",
        "general effectiveness": "of the last, what the same users are ahead by without the practice",
        "true, same teachers": "users with the programme - the same persons without it",
    }
    rows = [[words[row["contrast"]], interval(row)] for row in _rows(found.contrasts)]
    design = published().designs[CONTRASTS]
    before = [
        f"{design['strategy']} for {design['years']} years in {found.scenario}: pupils' gain in a year, SD. The first "
        "three are what a study that only looks would find, the last what the programme did for those who use with it "
        "and would not without it (same seed, same persons, same year)."
    ]
    after = []
    value = {str(row["contrast"]): float(row["effect"]) for row in found.contrasts.to_dict("records")}
    true = value["true, same teachers"]
    if math.isfinite(true):
        parts = [f"{words[kind]}: {value[kind] - true:+.3f}" for kind in list(words)[:3]]
        after = [f"Off the true effect by: {'; '.join(parts)}."]
    return Section("Users and non-users", before, ["contrast", "SD of pupils in a year"], rows, after)


def headline(found: TrialResults) -> Sequence[str]:
    """What was run."""
    lines = [
        f"Scenario {found.scenario}, {found.replicates} seeds from rng {found.rng}; digest of all defaults and ranges "
        f"{found.digest}."
    ]
    return [*lines, *([f"Changed: {'; '.join(found.changed)}."] if found.changed else [])]
