"""What a page on two lives says: both in short, whom it is told of, where they come apart, the diary year by year."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from diffusion_sim.analysis.story import lives_apart
from diffusion_sim.analysis.story.life import Life
from diffusion_sim.analysis.story.life_told import diary, in_week, quarter_of, year_cells, year_row
from diffusion_sim.analysis.story.sections import changed, year_title
from diffusion_sim.analysis.story.whom import Chosen
from diffusion_sim.analysis.story.words import Section, index, many, number, percent, sd
from diffusion_sim.population.schooltable import LEVELS, LOCALES
from diffusion_sim.school_year import WEEKS_PER_YEAR

INVENTED = (
    "The teachers are simulated, and this person is an invention of the seed: another seed invents somebody else."
)


def sections_of(first: Life, second: Life, rule: Chosen, apart: pd.DataFrame) -> list[Section]:
    """Head with both lives in short, whom it is told of, where they came apart, the diary year by year."""
    lives = first, second
    years = [_year(lives, year) for year in range(1, len(first.years))]
    return [_head(lives), _whom(first, rule), _apart(lives, apart), *years, _READING]


def _names(lives: tuple[Life, Life]) -> tuple[str, str]:
    return str(lives[0].model.strategy), str(lives[1].model.strategy)


def _head(lives: tuple[Life, Life]) -> Section:
    first = lives[0]
    a, b = _names(lives)
    name = first.people.name(first.who)
    gains = [life.weeks[-1]["gain"] for life in lives]
    support = first.model.support_weeks // WEEKS_PER_YEAR
    after = len(first.years) - 1 - support
    return Section(
        f"{first.model.case.title}: two lives of one teacher",
        [
            f"The same person and the same chances under two strategies: {a} and {b}. {INVENTED} Seed "
            f"{first.model.seed}; {many(support, 'year')} of support and {many(after, 'year')} after it.",
            *(f"Under {life.model.strategy}: {in_short(life)}" for life in lives),
            f"Pupils of {name} gain {sd(gains[1] - gains[0], signed=True)} SD over the whole run under {b}, against "
            f"{a}. Each year's chance is the same in both lives, so that it is not in this difference.",
            *changed(first.model),
        ],
    )


def in_short(life: Life) -> str:
    """A life in two sentences: when begun, routine, stopped; help, uses, skill, and what there is at the end."""
    words = {"began": "began", "routine": "reached routine", "owned": "made it the own", "stopped": "stopped"}
    start, last = life.weeks[0], life.weeks[-1]
    said = ["used it from before week 1"] if start["owned"] is not None else []
    for event in life.happened:
        if event["event"] in words:
            more = " in compliance" if event["event"] == "began" and not event["owned"] else ""
            said.append(f"{words[event['event']]}{more} in week {event['week']} of year {event['year']}")
    uses, hours, led = (sum(week[key] for week in life.weeks) for key in ("uses", "hours", "hours_from_leader"))
    use = "not used at the end" if last["owned"] is None else f"used at a quality of {index(last['quality'])}"
    return (
        f"{', '.join(said) or 'never began'}. {number(hours + led)} hours of help, {number(uses)} uses; skill "
        f"{index(start['skill'])} before week 1 and {index(last['skill'])} at the end, {use}."
    )


_RULE = (
    "Found by rule, not by hand. To choose from are all who could join: who teach in the same school from before "
    "week 1 to the end in both runs, in a post that the practice is for, where the school was in the programme at "
    "some time in at least one of the two. Of these it is the person whose difference in pupils' gain at the end "
    "of the run (second strategy less first) is nearest the median. Who leaves, moves or no longer teaches in "
    "either run is not among them: these are people who stay."
)


def _whom(life: Life, rule: Chosen) -> Section:
    name = life.people.name(life.who)
    low, median, high, own = (sd(x, signed=True) for x in (rule.lower, rule.median, rule.upper, rule.difference))
    ties = f" {rule.as_near} persons are as near; the first by key is taken." if rule.as_near > 1 else ""
    return Section(
        "Whom it is told of",
        [
            _RULE,
            f"There are {many(rule.present, 'such person', 'such persons')}. Their median difference is {median} SD, "
            f"the middle half of them lies between {low} and {high} SD, and {name} has {own} SD.{ties}",
            _person(life),
        ],
    )


def _person(life: Life) -> str:
    """Who it is, and what the seed gave."""
    school, t, at = life.model.state.schools[life.s], life.model.state.teachers, life.weeks[0]
    kind = f"{LEVELS[int(school.level)]}, {LOCALES[int(school.locale)]}, {number(school.classes)} teachers"
    return (
        f"{life.people.name(life.who)} ({life.people.teacher_id(life.who)}) is the person in post "
        f"{life.who[1] >> 16} of school {life.people.school_id(life.s)} of district "
        f"{life.model.world.district_ids[life.row]} ({kind}, "
        f"{percent(float(school.poverty))} of the pupils with low income). What the seed gave: general effectiveness "
        f"{float(t.effectiveness[life.post]):+.2f} SD, openness to what is new "
        f"{float(t.innovativeness[life.post]):+.2f} SD, conviction {at['conviction']:+.2f} (of -1 to 1) and skill "
        f"{index(at['skill'])} (of 0 to 1) before week 1. Both lives begin with these. T7 is the person who was in "
        "post 7 at the start, T7.2 the second one hired into it; S0003/T7 was first hired in another school."
    )


def _apart(lives: tuple[Life, Life], apart: pd.DataFrame) -> Section:
    a, b = _names(lives)
    rows = [
        [lives_apart.TITLES[row["fact"]], in_week(row["week"]) if row["week"] >= 0 else "before week 1",
         lives_apart.value_said(row["fact"], row["first"]), lives_apart.value_said(row["fact"], row["second"])]
        for row in apart.to_dict("records")
    ]  # fmt: skip
    said = [lives_apart.said(apart, (a, b))]
    if rows:
        said.append("When each thing first differs, and what it is then; what is missing here is the same throughout.")
    return Section("Where the two come apart", said, ["what", "first differs in", a, b] if rows else [], rows)


def _year(lives: tuple[Life, Life], year: int) -> Section:
    """Quarters in which something happens, and the year in numbers."""
    a, b = _names(lives)
    rows = []
    told = [diary(life) for life in lives]
    for quarter in range(1, 5):
        cells = [_cell([one for one in found if quarter_of(one["week"]) == (year, quarter)]) for found in told]
        if any(cells):
            rows.append([f"quarter {quarter}", *cells])
    numbers = [year_cells(year_row(life, year)) for life in lives]
    rows += [[title, numbers[0][title], numbers[1][title]] for title in numbers[0]]
    title = year_title(lives[0].model, year, lives[0].years[year]["phase"])
    return Section(title, [], ["", a, b], rows)


def _cell(found: Sequence[dict]) -> str:
    """What happened in a quarter, by week."""
    weeks: dict[int, list[str]] = {}
    for one in found:
        weeks.setdefault(one["week"] % WEEKS_PER_YEAR + 1, []).append(one["text"])
    return "; ".join(f"week {week}: {', '.join(texts)}" for week, texts in weeks.items())


_READING = Section(
    "How to read it",
    [
        "Weeks of a year are counted from 1 to 36; the summer before a year belongs to its week 1. Where several "
        "causes worked together a beginning is credited to each by its share. Who stops has a hazard, a rate a year at "
        "which such users stop; the factors are what raised it most, and chance did the rest. Hours of help are those "
        "of practice and expertise that reach the person, and those of a team's leader. Compliant uses count for less. "
        "How near the next step is (to hear of the practice, to begin, to stop) is the hazard still to come before it: "
        "both lives begin with the same, and it falls faster where more speaks for the step. "
        "One life shows how the model works; what a strategy does shows in many: diffusion-sim compare.",
    ],
)
