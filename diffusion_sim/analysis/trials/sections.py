"""What is said of trials, in sections of a text and a table: the page and the terminal show the same."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion_sim.analysis.trials.coaching import BEGIN
from diffusion_sim.analysis.trials.contrasts import NAIVE, PARTS, TRUE
from diffusion_sim.analysis.trials.figures_section import figures_section
from diffusion_sim.analysis.trials.network import FORMS, GROUPS
from diffusion_sim.analysis.trials.published import CEILING, COACHING, CONTRASTS, NETWORK, published
from diffusion_sim.analysis.trials.tables import TrialResults
from diffusion_sim.analysis.trials.words import NOTHING, Section, interval, number, rows_of, whom


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


def coaching_section(found: TrialResults) -> Section:
    """Effects by size, hours and whom one counts."""
    rows = []
    for row in rows_of(found.coaching, measure="practice"):
        key = {name: row[name] for name in ("schools", "hours", "who")}
        (pupils,) = rows_of(found.coaching, measure="pupils", **key)
        rows.append(
            [
                str(row["schools"]), number(row["hours"], 0), number(row["received"], 1), whom(row["who"]),
                number(row["teachers"] / 2, 0), number(100 * row["share"], 0), interval(row, 2), interval(pupils),
                number(pupils["sd_alone"]),
            ]
        )  # fmt: skip
    columns = ["schools offered", "hours a year", "received", "of whom", "teachers offered", "% of teachers",
               "practice, SD of ratings", "pupils, SD", "SD of one trial's pupils"]  # fmt: skip
    design, n = published().designs[COACHING], found.numbers
    usual = rows_of(found.coaching, measure="practice", hours=published().hours)[0]
    before = [
        "One district; so many schools get the offer of a year's coaching and as many do not, by lot. All have agreed: "
        "they take their place in week 1. Hours go to all teachers of schools with the offer. "
        f"{usual['received']:.0f} hours are {usual['learning']:.1f} hours of practice and expertise for each teacher "
        "and "
        f"{usual['building']:.0f} person-hours of building the school.",
        f"Practice is a rating: q + {n['teacher_sd']:g}/{n['effect']:g} e + noise with which the reliability is "
        f"{n['reliability']:g}; q = quality of use (0 for who does not use), e = general effectiveness. Its unit is "
        "the SD of ratings among all teachers without the programme. Pupils: SD of their gain in the year.",
        f"{whom(BEGIN).capitalize()}: the same persons, with the offer and without it; how many they are depends on "
        "the "
        "hours, and few of them begin without it. A trial's teachers consent before the lot is drawn, and not all who "
        "do begin, so this is nearer to an upper bound. All = all teachers of schools that agreed. Every trial is "
        "run twice, the second time with the "
        "coin turned over, so that every teacher is seen both ways; means over seeds with 95 % intervals. The last "
        "column is how far one such trial alone strays by chance.",
        "Controls are colleagues of the same district: they see like schools take up the practice.",
    ]
    return Section(design["title"], before, columns, rows, [])


def ceiling_section(found: TrialResults) -> Section:
    """The ceiling, and whether the published pair can be had."""
    rows = []
    for row in rows_of(found.ceiling, measure="pupils"):
        key = {"hours": row["hours"]}
        (practice,), (readiest,) = (rows_of(found.ceiling, measure=m, **key) for m in ("practice", "readiest"))
        rows.append([number(row["hours"], 0), interval(practice, 2), interval(row), interval(readiest)])
    columns = ["hours a year", "practice, SD of ratings", "pupils, SD", "pupils, readiest quarter of schools"]
    before = [
        "Everybody uses the practice, as their own, from week 1 on; nobody stops; every coach is as good as the first; "
        "one year, against no programme."
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
        f"whole year, is worth {n['effect']:g} x {n['fit']:g} x {unit:.2f}, give or take what districts differ, here "
        f"{held:.2f} SD of pupils; practice that "
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
    order = [(form, load) for form in FORMS for load in sorted(set(found.network["load"]), reverse=True)]
    for form, load in order:
        for group in GROUPS:
            key = {"form": form, "load": load, "group": group}
            (row,), (same,), (use,) = (rows_of(found.network, measure=m, **key) for m in ("pairs", "same", "use"))
            rows.append(
                [
                    form, f"{load:g}", group, number(row["schools"], 0), number(row["readiness"]), interval(row),
                    number(months * row["effect"], 1, True), interval(same), interval(use),
                ]
            )  # fmt: skip
    columns = ["hours go to", "load", "schools", "number", "start readiness", "matched pairs, SD", "months",
               "same schools, SD", "share of users"]  # fmt: skip
    design = published().designs[NETWORK]
    low, high = published().load["range"]
    before = [
        f"{design['schools']} schools in {design['districts']} districts (both from memory), in pairs of one district "
        "and like level and poverty; one of each pair, by lot, gets the same support as all, with interim tests "
        f"(pupils.load {found.numbers['load']:g}, {low:g} to {high:g} in the draws; and once more with load 0), for "
        "two "
        f"years. Schools that leave count. {months:g} months = 1 SD. Of the load: "
        f"{published().load['source']}.",
        "A pair stands in the group of its school with the offer, by readiness at the start. Same schools = the same "
        "school with the offer and without, which no trial can see. Published: none overall, 4 to 7 months more over "
        "two years where the conditions were in place.",
        "The network's article says that most of its coaching time was time with school leaders: the form in which all "
        "hours go to leaders, who pass on what they can, is nearer to it than the one in which they go to teachers.",
    ]
    return Section(design["title"], before, columns, rows, [])


_CONTRASTS = {
    "users - non-users": "users - non-users of the same year, all schools",
    "between schools": "schools' mean gain on their share of users, same year",
    "within school and year": "users - non-users of the same school and year",
    TRUE: "users with the programme - the same persons without it",
}


def contrasts_section(found: TrialResults) -> Section:
    """Naive contrasts beside the true effect, and what they are off it by."""
    true = found.of(CONTRASTS, "gain", contrast=TRUE)
    rows = []
    for row in rows_of(found.contrasts, measure="gain"):
        kind = row["contrast"]
        parts = [found.of(CONTRASTS, part, contrast=kind) for part in PARTS]
        off = [number(v, 3, True) for v in (row["effect"] - true, *parts)]
        rows.append([_CONTRASTS[kind], interval(row), *(off if kind in NAIVE else [NOTHING] * len(off))])
    design = published().designs[CONTRASTS]
    columns = ["contrast", "SD of pupils in a year", "off the true effect by", "general effectiveness",
               "users who would use without the programme, too", "rest"]  # fmt: skip
    before = [
        f"{design['strategy']} for {design['years']} years in {found.scenario}: pupils' gain in a year, SD. A user "
        "uses "
        "in the last week of the year. The first three are what a study that only looks would find, the last what the "
        "programme did for those who use with it and would not without it (same seed, same persons, same year).",
        "A contrast and the true effect are of different people. What they differ by has three parts that add up to "
        "it: "
        "the same contrast of general effectiveness alone; what of the remainder goes when those are left out who "
        "would "
        "use without the programme, too, and so have used for longer; and the rest: what the schools of users have in "
        "common (the year's luck, lost class time, load), and what the programme did to non-users.",
    ]
    return Section("Users and non-users", before, columns, rows, [])


def headline(found: TrialResults) -> Sequence[str]:
    """What was run."""
    lines = [
        f"Scenario {found.scenario}, {found.replicates} seeds from rng {found.rng}; digest of all defaults and ranges "
        f"{found.digest}."
    ]
    return [*lines, *([f"Changed: {'; '.join(found.changed)}."] if found.changed else [])]
